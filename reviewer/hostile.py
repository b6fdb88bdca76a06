"""Instructions to an AI that stand in a mail, a subject, a name or a note: found by patterns, reported, never followed.

Nothing here protects by itself: what holds is that draft text reaches a model as escaped data, that answers are ids of closed
lists, and that writers see only their readers' passages. This tells the seller that somebody tried.
"""

import base64
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import Literal, NamedTuple
from urllib.parse import unquote

from reviewer.texts import guarded, pattern, patterns
from reviewer.types import Case, Passage

Way = Literal["instruction", "delimiter", "invisible", "encoded"]
_LONGEST = 160  # characters of a quote
# Characters that no reader sees: zero-width ones, those that turn the direction of writing, and the Unicode tags.
_INVISIBLE = re.compile(
    "[\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
# Those that honest mails have too, such as soft hyphens and the fillers of newsletters: left out in reading, and no finding.
_SILENT = re.compile("[\u00ad\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
# Words can be hidden in variation selectors, one for each letter; writing has one at a time.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
# Joiners between letters of scripts that need them, and inside emoji, are writing; so are the tags of a flag.
_JOINED = re.compile(
    "(?<=[\u0600-\u06ff\u0900-\u0dff\U0001f300-\U0001faff\ufe0f])[\u200c\u200d]"
    "|(?<=\U0001f3f4)[\U000e0020-\U000e007e]{2,6}\U000e007f"
)
_REST = re.compile(r"\w*")  # of a word that a pattern names by its stem
_BLANKS = re.compile(r"\s[\s>]*")  # with the marks before the lines of a quoted mail
_END = (".", "!", "?")
_LATIN = re.compile(r"[A-Za-z]")
_LOOKS_LATIN = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеіјоруѕсхԁһӏԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορυ", "ABESIJKMHOPCTYXaeijopyscxdhlqwABEZHIKMNOPTYXaivopu"
)
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_WORD = re.compile(r"[^\W\d_]+")
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:[\W_]{1,3}[^\W_](?![^\W_])){9,}")
_JOINS = re.compile(r"(?<=[^\W\d_])[./+|](?=[^\W\d_])")
_PARTED = re.compile(r"(?<=[^\W\d_])- (?=[^\W\d_])")
_MIXED = re.compile(r"(?<![\w@$])(?=[^\W\d]{0,29}[\d@$])(?=[\d@$]{0,9}[^\W\d_])[\w@$]{2,30}(?![\w@$])")
_DIGITS = str.maketrans("013457@$", "oieastas")
_NO_LETTER = re.compile(r"[\W_]+")
_BASE64 = re.compile(r"(?<![\w+/])[A-Za-z0-9+/_-]{16,}(?: [A-Za-z0-9+/_-]{4,}){0,60}={0,2}(?![\w+/=])")
_BITS = 8
_SHORTEST_CODE = 24  # letters; fewer hold no order
_HEX = re.compile(r"\b(?:[0-9a-f]{2}[ :]?){12,}(?![0-9a-z])", re.IGNORECASE)
# The letters of a program, and of quoted-printable: "\\x49", "\\u0049", "=49".
_NUMBERED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|=([0-9A-F]{2})(?![0-9A-Za-z]*=?$)", re.IGNORECASE)
# Letters as a list of their numbers: "73 103 110 111 ...", "0x49, 0x67, ...", "01001001 01100111 ...".
_LISTED = re.compile(
    r"(?<!\w)(?:(?:0x[0-9a-f]{2}|[01]{8}|\d{2,3})[ ,;]{1,3}){12,}(?:0x[0-9a-f]{2}|[01]{8}|\d{2,3})?", re.IGNORECASE
)
_ESCAPED = re.compile(r"%[0-9a-f]{2}|&#?\w{2,8};", re.IGNORECASE)


class Attempt(NamedTuple):
    """Something in the mail that speaks to a program and not to its readers."""

    way: Way
    passage_id: str | None
    """The passage, the first one where it runs over two; None where it stands in the subject or with a person."""
    quote: str


def attempts(case: Case) -> Iterator[Attempt]:
    """Every attempt, in the order of the mail; the subject and the people last."""
    found = {p.id: _in(p.text) for p in case.passages}
    for run in _broken(case):
        # A line break within an order may have made several passages of it.
        if len(run) > 1 and not any(found[p.id] for p in run):
            found[run[0].id] = _in("\n".join(p.text for p in run))
    places: list[tuple[str | None, tuple[Way, str] | None]] = [*found.items()]
    places.append((None, _in(case.draft.subject)))
    places.append((None, _in(case.draft.hidden)))
    places += [(None, _in(f"{p.name} {p.organisation} {p.note}")) for p in case.draft.stakeholders]
    for passage_id, attempt in places:
        if attempt:
            yield Attempt(attempt[0], passage_id, attempt[1][:_LONGEST])


def _broken(case: Case) -> Iterator[list[Passage]]:
    """The passages, those together between which no sentence ends."""
    run: list[Passage] = []
    for passage in case.passages:
        run.append(passage)
        if passage.text.endswith(_END):
            yield run
            run = []
    yield run


def is_hostile(text: str) -> bool:
    """Whether a text holds an attempt."""
    return _in(text) is not None


@lru_cache(maxsize=4096)
def _in(text: str) -> tuple[Way, str] | None:
    """The gravest thing in a text, and its words as they are read."""
    seen = _JOINED.sub("", text)
    lines = unicodedata.normalize("NFKC", _SILENT.sub("", _INVISIBLE.sub("", seen)))
    if _FOREIGN.search(lines):
        lines = _WORD.sub(_latin, lines)
    plain = _BLANKS.sub(" ", lines)
    for read in dict.fromkeys((plain, _unaccented(plain), *_disguised(plain))):
        if span := _instruction(read):
            return "instruction", _whole_words(read, *span)
    if match := guarded("hostile.delimiter").search(lines):
        return "delimiter", _whole_words(lines, *match.span())
    for match in _SPACED.finditer(plain):
        if pattern("hostile.spaced").search(_NO_LETTER.sub("", match.group())):
            return "instruction", match.group()
    for code, inside in _decoded(plain):
        # What is encoded twice is read as well.
        for text in (inside, *(again for _, again in _decoded(inside))):
            if _instruction(_BLANKS.sub(" ", text)):
                return "encoded", code
    if _INVISIBLE.search(seen) or _SELECTORS.search(seen):
        return "invisible", plain
    return None


def _disguised(text: str) -> Iterator[str]:
    """The text as it reads with blanks for what joins its words, without hyphens at line ends, and with letters for digits in words."""
    yield text.replace("_", " ")
    yield _JOINS.sub(" ", text)
    yield _PARTED.sub("", text)
    yield _MIXED.sub(lambda match: match.group().translate(_DIGITS), text)


def _unaccented(text: str) -> str:
    """Without accents and strokes over the letters, which words can be hidden under; as it is where it has none."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _latin(match: re.Match[str]) -> str:
    """A word of two scripts in the one that it looks like; a word of one script is writing."""
    word = match.group()
    return word.translate(_LOOKS_LATIN) if _LATIN.search(word) else word


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


def _decoded(text: str) -> Iterator[tuple[str, str]]:
    """What stands encoded in a text, and the words that it means."""
    for match in _BASE64.finditer(text):
        # It may be broken over lines, and words of the mail may stand before and behind it.
        pieces = match.group().rstrip("=").split(" ")
        for at in range(len(pieces)):
            code = "".join(pieces[at:])
            if len(code) >= _SHORTEST_CODE:
                yield match.group(), _read(base64.urlsafe_b64decode(_padded(code)))
    for match in _HEX.finditer(text):
        yield match.group(), _read(bytes.fromhex(match.group().replace(":", " ")))
    for match in _LISTED.finditer(text):
        yield match.group(), "".join(map(_letter, re.split("[ ,;]+", match.group())))
    if _ESCAPED.search(text):
        yield text, unescape(unquote(text))
    if _NUMBERED.search(text):
        yield text, _NUMBERED.sub(lambda m: chr(int(m[1] or m[2] or m[3], 16)), text)


def _letter(number: str) -> str:
    base = 16 if number[:2] in ("0x", "0X") else 2 if len(number) == _BITS else 10
    return chr(int(number, base)) if number else ""


def _padded(code: str) -> str:
    whole = code.translate(str.maketrans("+/", "-_"))
    whole = whole[: len(whole) - (len(whole) % 4 == 1)]  # no code ends so: a letter of a word behind it
    return whole + "=" * (-len(whole) % 4)


def _read(raw: bytes) -> str:
    """Bytes as text, also where each letter has two of them."""
    return raw.replace(b"\0", b"").decode("utf-8", "ignore")
