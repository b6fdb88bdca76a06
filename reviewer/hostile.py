"""Instructions to an AI that stand in a mail, a subject, a name or a note: found by patterns, reported, never followed.

Nothing here protects by itself: what holds is that draft text reaches a model as escaped data, that answers are ids of closed
lists, and that writers see only their readers' passages. This tells the seller that somebody tried.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from reviewer.texts import pattern, patterns
from reviewer.types import Case

Way = Literal["instruction", "delimiter", "invisible", "encoded"]
_LONGEST = 160  # characters of a quote
# Characters that no reader sees: zero-width ones, those that turn the direction of writing, and the Unicode tags.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\U000e0000-\U000e007f]")
# Joiners between letters of scripts that need them, and inside emoji, are writing.
_JOINED = re.compile("(?<=[\u0600-\u06ff\u0900-\u0dff\U0001f300-\U0001faff\ufe0f])[\u200c\u200d]")
_REST = re.compile(r"\w*")  # of a word that a pattern names by its stem
_BASE64 = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{32,}={0,2}(?![\w+/=])")


class Attempt(NamedTuple):
    """Something in the mail that speaks to a program and not to its readers."""

    way: Way
    passage_id: str | None
    """The passage; None where it stands in the subject or with a person."""
    quote: str


def attempts(case: Case) -> Iterator[Attempt]:
    """Every attempt, in the order of the mail; the subject and the people last."""
    places: list[tuple[str | None, str]] = [(p.id, p.text) for p in case.passages]
    places.append((None, case.draft.subject))
    places += [(None, f"{p.name} {p.organisation} {p.note}") for p in case.draft.stakeholders]
    for passage_id, text in places:
        found = _in(text)
        if found:
            yield Attempt(found[0], passage_id, found[1][:_LONGEST])


def is_hostile(text: str) -> bool:
    """Whether a text holds an attempt."""
    return _in(text) is not None


@lru_cache(maxsize=4096)
def _in(text: str) -> tuple[Way, str] | None:
    """The gravest thing in a text, and its words."""
    seen = _JOINED.sub("", text)
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", seen))
    if span := _instruction(plain):
        return "instruction", _whole_words(plain, *span)
    if match := pattern("hostile.delimiter").search(plain):
        return "delimiter", _whole_words(plain, *match.span())
    for match in _BASE64.finditer(plain):
        inside = _decoded(match.group())
        if inside and _instruction(inside):
            return "encoded", match.group()
    if _INVISIBLE.search(seen):
        return "invisible", plain
    return None


def _whole_words(text: str, start: int, end: int) -> str:
    rest = _REST.match(text, end)
    return text[start : rest.end() if rest else end].strip()


def _instruction(text: str) -> tuple[int, int] | None:
    """Where the first instruction stands, or None.

    The patterns are all in small letters; one by one and on small letters they are three times as fast as in one, in any case.
    """
    small = text.replace("İ", "I").lower()  # the one letter that becomes two
    found = [match.span() for one in patterns("hostile.instruction") if (match := one.search(small))]
    return min(found, key=lambda span: span[0], default=None)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
