"""The mails of a thread: who wrote each, when, to whom, and its own text, from what is quoted below a draft.

A mail client says it in one line ("On Monday ... Ada wrote:") or in a block of header fields, and marks what it quotes with
">" or not at all. What it does not say stays unknown: "Ada wrote:" tells no reader. One pass over the lines.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from reviewer import details
from reviewer.addressees import AROUND, LONGEST_NAME, correspondents
from reviewer.people import address_in
from reviewer.texts import data
from reviewer.types import THREAD, Correspondent, Earlier, Passage
from reviewer.zones import Line, fits, lines_of, opening

_DEEPEST = 30  # levels of quoting that are told apart
_HEAD_LINES = 20  # of a block of header fields, with the lines that its fields go on in
_VALUE = 4000  # characters of a field
_MARKS = re.compile(r"(?:[ \t]*>)*[ \t]?")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})[./-](\d{1,2})[./-]((?:20)?\d{2})(?!\d)")
_ISO = re.compile(r"(?<!\d)((?:19|20)\d{2})-(\d{2})-(\d{2})(?!\d)")
_YEAR = re.compile(r"(?<![\d:.])(?:19|20)\d{2}(?![\d:])")
_HALVES = re.compile(r"\d\s?[ap]\.?m\b", re.IGNORECASE)


class _Quoted(NamedTuple):
    """A line of the thread without its marks."""

    depth: int
    text: str


class _Head(NamedTuple):
    """What opens a mail of the thread."""

    mail: Earlier
    lines: int
    """How many lines it takes."""


def quoted_mails(body: str, passages: Sequence[Passage]) -> tuple[Earlier, ...]:
    """The mails quoted or forwarded in a body with these passages, in its order, each with its own text alone.

    Where the quotation names nobody, there is one without writer, day and readers.
    """
    quoted = list(_quoted(body, passages))
    bare = [Line(line.text, 0, 0) for line in quoted]
    heads: list[Earlier] = []
    texts: list[list[str]] = []
    # To which mail the lines of each depth belong, the shallowest first.
    owners: list[tuple[int, int]] = []
    i = 0
    while i < len(quoted):
        depth, text = quoted[i]
        head = _head(bare, i) if text else None
        if text:
            owners = [owner for owner in owners if owner[0] <= depth]
        if head or (text and not owners):
            level = _level(quoted, i + head.lines, depth) if head else depth
            owners = [*(owner for owner in owners if owner[0] < level), (level, len(heads))]
            heads.append(head.mail if head else Earlier(""))
            texts.append([])
        if not head and owners:
            texts[owners[-1][1]].append(text)
        i += head.lines if head else 1
    told = zip(heads, ("\n".join(lines).strip() for lines in texts), strict=True)
    return tuple(mail._replace(text=text) for mail, text in told if text)


def _quoted(body: str, passages: Sequence[Passage]) -> Iterator[_Quoted]:
    """The lines of the thread; whatever stands between them is a blank one."""
    spans = iter([(p.start, p.end) for p in passages if p.zone in THREAD])
    span = next(spans, None)
    for line in lines_of(body):
        while span and span[1] <= line.start:
            span = next(spans, None)
        if span is None:
            return
        if span[0] >= line.end or not line.text.strip():
            yield _Quoted(0, "")
            continue
        marks = _MARKS.match(line.text)
        depth = min(marks.group().count(">"), _DEEPEST) if marks else 0
        yield _Quoted(depth, line.text[marks.end() if marks else 0 :].strip())


def _level(quoted: Sequence[_Quoted], i: int, depth: int) -> int:
    """The depth of the text below a head that ends before line `i`: one deeper than the head, or the same."""
    below = next((line for line in quoted[i : i + 4] if line.text), None)
    return depth + 1 if below and below.depth > depth else depth


# --- heads ---------------------------------------------------------------------------------------------------------


def _head(lines: Sequence[Line], i: int) -> _Head | None:
    """The head that begins at a line; None where there is none."""
    if opening(lines, i) is None:
        return None
    first, second = (line.text.strip(" *_") for line in [*lines[i : i + 2], Line("", 0, 0)][:2])
    # "On Monday ... <ada@kay.example>" and "wrote:" may stand on two lines.
    for line, count in ((first, 1), (f"{first} {second}", 2)):
        if fits("quoted", line) and _words("wrote").search(line):
            return _Head(_attributed(line), count)
    return _block(lines, i) or _Head(Earlier(""), 1)


def _block(lines: Sequence[Line], i: int) -> _Head | None:
    """A block of header fields; or a name above a date, as some clients write it, above "To:"."""
    found: dict[str, str] = {}
    last, n = "", i
    above = []
    for n in range(i, min(i + _HEAD_LINES, len(lines))):
        text = lines[n].text.strip()
        kind, value = _field(text)
        if kind:
            found.setdefault(kind, value)
            last = kind
        elif not found and n < i + 2 and text:
            above += [] if fits("quoted", text) or fits("forwarded", text) or text.startswith("__") else [text]
        elif not text and n + 1 < len(lines) and _field(lines[n + 1].text.strip())[0]:
            # Made from HTML, a block may have a blank line between two fields.
            continue
        elif last in ("to", "cc") and (address_in(text) or found[last].endswith((";", ","))):
            found[last] = f"{found[last]} {text}"[:_VALUE]
        else:
            break
    else:
        n += 1
    if not found:
        return None
    if above and "from" not in found:
        found["from"], found["date"] = re.split(r"\s*\d{1,2}/\d{1,2}/\d", above[0])[0], " ".join(above)
    writers = correspondents(found.get("from", ""))
    readers = (*correspondents(found.get("to", "")), *correspondents(found.get("cc", "")))
    mail = Earlier("", writers[0] if writers else None, day_of(found.get("date", "")), readers)
    return _Head(mail, n - i)


def _field(text: str) -> tuple[str, str]:
    """Which field a line is, and its value; `other` for one that tells neither people nor day, empty for no field."""
    for kind, pattern in _fields():
        match = pattern.match(text)
        if match:
            return kind, text[match.end() :].strip(" *_\t")[:_VALUE]
    return ("other", "") if fits("header", text) else ("", "")


@lru_cache(maxsize=1)
def _fields() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (kind, re.compile(rf"[*_>\s]*(?:{words})\s*[*_]*\s*:", re.IGNORECASE))
        for kind, words in data("zones")["fields"].items()
    )


@lru_cache(maxsize=2)
def _words(name: str) -> re.Pattern[str]:
    return re.compile(data("zones")[name], re.IGNORECASE)


def _attributed(line: str) -> Earlier:
    """From "On Monday ..., Ada Kay <ada@kay.example> wrote:"."""
    wrote = _words("wrote").search(line)
    if wrote is None:
        return Earlier("")
    # "Am ... schrieb Ada Kay:" has the name behind the verb, unless the date stands there.
    behind = line[wrote.end() :].strip(AROUND).removesuffix("het volgende geschreven")
    part = behind if behind and not re.match(r"(?:am|op)\b", behind, re.IGNORECASE) else line[: wrote.start()]
    address = address_in(part)
    before = part[: part.lower().find(address)] if address else part
    name = re.split(r"\d[\d:.,hH/+-]*|,(?!\s*$)", before.strip(AROUND))[-1].strip(AROUND)
    while match := _words("clock").match(name):
        name = name[match.end() :].strip(AROUND)
    name = name if len(name) <= LONGEST_NAME else ""
    return Earlier("", Correspondent(name, address) if name or address else None, day_of(line))


def day_of(text: str) -> date | None:
    """The day that the head of a mail gives in one of the six languages; None where it has no year, or is no day."""
    if match := _ISO.search(text):
        return details.calendar_day(*map(int, match.groups()))
    if match := _NUMERIC.search(text):
        first, second, year = map(int, match.groups())
        year += 2000 if year < 100 else 0
        # Where the clock has two halves the month usually stands first.
        american = second > 12 or (first <= 12 and bool(_HALVES.search(text)))
        return details.calendar_day(year, first, second) if american else details.calendar_day(year, second, first)
    found = next((d for d in details.find(text) if d.kind == "date" and re.fullmatch(r"\d+/\d+", d.value)), None)
    written = _YEAR.search(text)
    if found is None or written is None:
        return None
    day, month = map(int, found.value.split("/"))
    return details.calendar_day(int(written.group()), month, day)
