"""What a sentence sheds when its neighbours went to others: words that join to them, and the excuse of a length that is no more.

Each is left where hardly anything else would be left of the sentence, so that the check would miss it.
"""

import re
from collections.abc import Sequence

from reviewer.check import is_kept
from reviewer.cues import contrasts, excuse_of_length
from reviewer.texts import pattern
from reviewer.types import Item, Language

_CLAUSE = re.compile(r"[,;–—]\s+")
_CONDITION = re.compile(r"\b(?:if|unless|wenn|falls|sofern|si|s['’]ils?|se|qualora|als|indien|mits)\b", re.IGNORECASE)
_STOP = re.compile(r"[\s.!?…]*\Z")


def number(item: Item) -> int:
    """Which passage of the draft it is."""
    return int(item.passage_id[1:])


def without_joiners(text: str, language: Language) -> str:
    """A sentence without the words that join it to one that went to others: "And on the legal side, ...", "The drawings, however, ...".

    A sentence that sets two things against each other itself, or has a condition, keeps what stands within it: "It is late, but we go on
    all the same".
    """
    if match := pattern(f"joiner.{language}").match(text):
        rest = _begun(text[match.end() :])
        text = rest if is_kept(text, rest, language) else text
    rest = pattern(f"joins_within.{language}").sub("", text)
    if rest == text or contrasts(rest) or _CONDITION.search(rest):
        return text
    return rest if is_kept(text, rest, language) else text


def without_excuse(text: str, items: Sequence[Item], language: Language) -> str:
    """A sentence without the clause that excuses the length of the mail, in a message of less than half of its sentences."""
    # A draft has at least as many passages as the last of them says.
    excuse = excuse_of_length(text, language) if 2 * len(items) < number(items[-1]) else None
    if not excuse:
        return text
    at = text.index(excuse)
    before = [m for m in _CLAUSE.finditer(text) if m.end() <= at]
    behind = _CLAUSE.search(text, at + len(excuse))
    if before and not behind:
        stop = _STOP.search(text)
        rest = text[: before[-1].start()] + (stop.group() if stop else "")
    elif behind and not before:
        rest = _begun(text[behind.end() :])
    else:
        return text
    return rest if is_kept(text, rest, language) else text


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
