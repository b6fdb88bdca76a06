"""Cut a mail into passages: sentences and bullets with exact offsets, each with its zone and paragraph.

`body[p.start:p.end] == p.text` for every passage; between them stand only white space and bullet signs.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sentencex import get_sentence_boundaries

from reviewer.cues import closing_of
from reviewer.forms import forms
from reviewer.language import detect
from reviewer.texts import data
from reviewer.types import THREAD, Language, Passage, Stakeholder, Zone
from reviewer.zones import Line, end_of_greeting, is_name_line, lines_of, zones_of

# "all'ing. Moretti", "l'art. 12"
_ELIDED = re.compile(r"^(?:l|d|qu|un|all|dell|dall|nell|sull)['’]")
_BULLET = re.compile(
    r"[ \t\u00a0\u202f]*(?!M\.[ \t\u00a0]+[A-ZÀ-Þ])"  # "M. Aubin, je vous appelle" is no item of a list
    r"(?P<sign>[-*•·▪◦‣●○■□➢➤→✓✔–—⁃∙◆◇★▶►➡👉✅☑☐✗✘❌]\ufe0f?|o(?=[ \t\u00a0\u202f])|\?(?=\t|[ \u00a0]{2})"
    # What Word's own signs become where its font is not known: "§", "Ø", "ü", or a character of private use.
    r"|[§Øüq](?=\t|[ \u00a0]{2})(?!\s+\d)|[\uf000-\uf0ff]"
    r"|\+(?=[ \t\u00a0]+[^\W\d])|\(?\d{1,2}[.)°](?!\d)|\d{1,2}[/-](?=[ \t\u00a0]+[A-ZÀ-Þ«\"])"
    r"|\(?(?:[a-zA-Z]|[ivx]{2,4})[.)](?=[ \t\u00a0\u202f]))[ \t\u00a0\u202f]+(?=\S)"
)
# A sign that a mail client left alone on its line, its text below; "?" is what old ones made of theirs.
_LONE_SIGN = re.compile(r"[ \t\u00a0\u202f]*(?P<sign>[-*•·▪◦‣●○■□➢➤→–—?]|\(?\d{1,2}[.)])[ \t\u00a0\u202f]*$")
_ONLY_SIGNS = "•·▪◦‣●○■□➢➤"  # which are nothing else
_LONGEST = 600  # characters; a passage without a break is cut at a semicolon or comma beyond
_WRAP = 60  # characters from which a line may have been wrapped by a mail client
_BROKEN = 40  # characters from which a line may end in mid-sentence with an empty line behind it, in a mail that was wrapped twice
_FLOWED = 3  # lines that end in a blank without a full stop, from which the blank says that they go on
_STOP = 120  # characters before a full stop that tell what it ends; the rest of a long passage does not
# Around a stop without a blank behind it that ends a sentence: a plain word or a sum, then a capitalised word. So "réglé.Nous passons",
# and not "CNG.APPAL.IF", "www.Acme.com", "offer.Final.pdf".
_WORD_ENDS = re.compile(r"(?:^|[\s(«“\"'’-])(?!www\.)(?:[^\W\d_]*[a-zß-ÿ]{2}|[€$£]?\d+(?:[.,]\d+)*[%€$£]?)[)»”\"]?\.$")
_WORD_BEGINS = re.compile(
    r"[«“\"(]?(?:[A-ZÀ-Þ][a-zß-ÿ]+|[A-ZÀ-Þ](?=[\s'’]))[^\s.]*(?:\.?(?=\s|$)|\.(?=[A-ZÀ-Þ][a-zß-ÿ]))"
)
_CLOSING_MARKS = re.compile(
    r"[*_~»”\"'’)\]]+(?:\s|$)"
)  # of italics, a quote or a bracket, behind the sign that ends a sentence
# A number or letter that counts an item, alone in its sentence or at the end of the one before: "### 1.", "My questions: 1. ... 2."
_COUNTS = re.compile(r"[^\w\n]{0,5}\(?(?:\d{1,2}|[a-zA-Z])[.)]")
_COUNTS_NEXT = re.compile(r"(?<=[.:;?!)])\s+(?=\(?(?P<number>\d{1,2})[.)]$)")
_COUNTED = 2000  # characters up to the number before, or behind, in one list
# What goes on behind "10 a.m.": a time zone, a day or a month.
_HALF_DAY = re.compile(r"\b[ap]\.\s?m\.$", re.IGNORECASE)
_BEHIND_HALF_DAY = re.compile(
    r"(?:(?:[A-Z]{1,3}T|GMT|UTC|(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?)\b"
    # "May I ask you ..." begins a sentence.
    r"|(?:January|February|March|April|May|June|July|August|September|October|November|December) \d)"
)
_GERMAN_MONTH = re.compile(
    r"(?:Jan(?:uar)?|Jänner|Feb(?:ruar)?|März|April|Mai|Juni?|Juli?|Aug(?:ust)?|Sept?(?:ember)?|Okt(?:ober)?|Nov(?:ember)?|Dez(?:ember)?)\b"
)
# A number of an account or a card that goes on in the next line.
_NUMBER_ENDS = re.compile(r"\d{2}[A-Za-z0-9 \u00a0./-]{0,40}\s*$")
_NUMBER_GOES_ON = re.compile(r"[> \t\u00a0]*(?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{1,6}(?![A-Za-z0-9])")
_LONGEST_NUMBER = 60  # characters of one, with its blanks
_QUOTES = re.compile("[«»'`’‘“”„]")
_MOST_QUOTES = 10_000
_SPACE = " \t\u00a0\u202f\u2009\u200b\ufeff\r\f\v"


# What parts the cells of a row: tabs or several blanks; or bars around it.
_CELLS = re.compile(r"[ \u00a0]*\t[\s]*|[ \u00a0]{4,}")
_BARS = re.compile(r"\s*\|.*\|\s*")
_LONGEST_CELL = 8  # words; more are a sentence, which may be for one reader alone


class Block(NamedTuple):
    """Lines that are read as one text: a bullet, a wrapped paragraph, or a single line."""

    start: int
    end: int
    zone: Zone
    paragraph: int
    bullet: str
    sign_above: bool = False
    """Whether the bullet stood alone on the line above."""


def passages(body: str, language: Language | None = None, people: Sequence[Stakeholder] = ()) -> tuple[Passage, ...]:
    """Every passage of the body in order, `s1`, `s2`, ...; `language` is detected where it is not given."""
    lines = lines_of(body)
    zones = zones_of(lines, people)
    code = language or detect(body[:4000]) or "en"
    result: list[Passage] = []
    for block in _blocks(body, lines, zones):
        for start, end, zone in _pieces(body, block, code, people, first=not result):
            number = len(result) + 1
            bullet = block.bullet if start == block.start else ""
            result.append(
                Passage(
                    id=f"s{number}",
                    zone=zone,
                    text=body[start:end],
                    start=start,
                    end=end,
                    paragraph=block.paragraph,
                    bullet=bullet,
                )
            )
    return _closed(result, code)


def _closed(found: Sequence[Passage], language: Language) -> tuple[Passage, ...]:
    """The passages with the closing that stands behind the last sentence on its line: "... by Friday. Kind regards. Tom"."""
    own = [n for n, passage in enumerate(found) if passage.zone is Zone.AUTHOR]
    if len(own) < 2 or any(passage.zone is Zone.SIGNOFF for passage in found):
        return tuple(found)
    last, before = found[own[-1]], found[own[-2]]
    zones: dict[int, Zone] = {}
    if closing_of(last.text, language):
        zones = {own[-1]: Zone.SIGNOFF}
    elif len(own) > 2 and closing_of(before.text, language) and is_name_line(last.text):
        zones = {own[-2]: Zone.SIGNOFF, own[-1]: Zone.SIGNATURE}
    return tuple(p.model_copy(update={"zone": zones[n]}) if n in zones else p for n, p in enumerate(found))


def _blocks(body: str, lines: Sequence[Line], zones: Sequence[Zone | None]) -> Iterator[Block]:
    paragraph, fresh = -1, True
    current: Block | None = None
    wrapped = _is_wrapped(lines, zones)
    flowed = wrapped and _is_flowed(lines, zones)
    previous: Line | None = None
    sign, signs = "", _lone_signs(lines, zones)
    for number, (line, zone) in enumerate(zip(lines, zones, strict=True)):
        alone = line.text.strip(_SPACE) if signs and zone is Zone.AUTHOR else ""
        if alone in signs:
            below = _next_text(lines, zones, number)
            if _is_sign(alone, None if fresh else current, body, below, signs[alone] > 1):
                sign = alone
                continue
            if below is None and current is not None and current.sign_above and current.bullet == alone:
                continue  # of an item that is none, such as a name that signs
        if zone is None:
            fresh = True
            continue
        if current is not None and flowed and fresh and previous and _broken(current, previous, line):
            fresh = False
        if (
            current is not None
            and not fresh
            and not sign
            and (
                (current.zone is zone and _continues(current, previous, line, wrapped, flowed))
                or _parts_a_number(body, previous, line)
            )
        ):
            current = current._replace(end=_trimmed(body, line.start, line.end)[1])
            previous = line
            continue
        if current is not None:
            yield current
        if fresh:
            paragraph += 1
            fresh = False
        match = _BULLET.match(line.text) if zone is Zone.AUTHOR else None
        start = line.start + match.end() if match else line.start
        start, end = _trimmed(body, start, line.end)
        if start >= end:
            current, sign = None, ""
            continue
        current = Block(start, end, zone, paragraph, match.group("sign") if match else sign, bool(sign))
        previous, sign = line, ""
    if current is not None:
        yield current


def _next_text(lines: Sequence[Line], zones: Sequence[Zone | None], number: int) -> Line | None:
    """The next line with a text, if it is the author's and at most one empty line stands between."""
    for line, zone in zip(lines[number + 1 : number + 3], zones[number + 1 : number + 3], strict=True):
        if zone is not None:
            return line if zone is Zone.AUTHOR and line.text.strip(_SPACE) else None
    return None


def _lone_signs(lines: Sequence[Line], zones: Sequence[Zone | None]) -> Counter[str]:
    """How many of the author's lines each sign of a list has for itself."""
    found = (_LONE_SIGN.match(line.text) for line, zone in zip(lines, zones, strict=True) if zone is Zone.AUTHOR)
    return Counter(match.group("sign") for match in found if match)


def _is_sign(sign: str, above: Block | None, body: str, below: Line | None, several: bool) -> bool:
    """Whether a sign alone on its line belongs to the text below it, and is no mark of the text above and no rule between two.

    A question mark or a dash is one in a list alone: behind a colon or another item, or where several stand so.
    """
    if below is None or _BULLET.match(below.text) or _LONE_SIGN.match(below.text):
        return False
    if above is None:
        return several or sign in _ONLY_SIGNS
    before = body[above.start : above.end]
    # Below "Participants:" stands how many they are, unless the number is the first of a list.
    counts = sign.strip("(.)")
    if above.bullet == sign or _counts_on(above.bullet, sign) or (before.endswith(":") and counts in ("1", sign)):
        return True
    ended = before[-1] in ".!?;…" and not _is_abbreviation(before)
    return ended and (several or sign in _ONLY_SIGNS)


def _counts_on(before: str, sign: str) -> bool:
    """Whether a sign is the number behind that of the item above: "2." below "1."."""
    one, other = (int(number) if (number := re.sub(r"\D", "", text)) else 0 for text in (before, sign))
    return other == one + 1 > 1


def _trimmed(body: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (body[start] in _SPACE or body[start].isspace()):
        start += 1
    while end > start and (body[end - 1] in _SPACE or body[end - 1].isspace()):
        end -= 1
    return start, end


def _is_wrapped(lines: Sequence[Line], zones: Sequence[Zone | None]) -> bool:
    """Whether a mail client wrapped the author's lines: many end in mid-sentence at about the same width."""
    own = [line.text.rstrip() for line, zone in zip(lines, zones, strict=True) if zone is Zone.AUTHOR]
    widest = max(map(len, own), default=0)
    if not _WRAP <= widest <= 100:
        return False
    broken = sum(len(t) > 0.7 * widest and not re.search(r"[.!?:;…]$", t) for t in own)
    return broken >= 1


def _is_flowed(lines: Sequence[Line], zones: Sequence[Zone | None]) -> bool:
    """Whether a blank at the end of the author's lines says that they go on (RFC 3676), as where a mail was wrapped twice."""
    own = [line.text for line, zone in zip(lines, zones, strict=True) if zone is Zone.AUTHOR]
    return sum(_goes_on(text) for text in own) >= _FLOWED


def _goes_on(text: str) -> bool:
    return bool(re.search(r"[^\s.!?:;…] $", text))


def _broken(block: Block, previous: Line, line: Line) -> bool:
    """Whether the empty line before this one stands in the middle of a sentence, left by a mail client that wrapped at odd places."""
    before = previous.text.rstrip()
    return block.zone is Zone.AUTHOR and len(before) >= _BROKEN and before[-1:].isalnum() and line.text[:1].islower()


def _continues(block: Block, previous: Line | None, line: Line, wrapped: bool, flowed: bool) -> bool:
    """Whether a line goes on with the sentence of the line before it."""
    if block.zone in (Zone.QUOTED, Zone.FORWARDED, Zone.DISCLAIMER):
        return True
    if block.zone is not Zone.AUTHOR or previous is None or _BULLET.match(line.text):
        return False
    if not block.bullet and _is_row(previous.text) and _is_row(line.text):
        return True
    before, after = previous.text.rstrip(), line.text.lstrip()
    if flowed and _goes_on(previous.text):
        return True
    if block.bullet and not block.sign_above and line.text[:1] not in " \t":
        # A line below a bullet that is not indented goes on only in the middle of a sentence.
        return wrapped and len(before) >= _WRAP and after[:1].islower()
    if re.search(r"[.!?:;…]$", before):
        return wrapped and len(before) >= 0.6 * _WRAP and not before.endswith(":")
    if after[:1].islower() or re.search(r",$", before):
        return True
    return wrapped and len(before) >= _WRAP


def _parts_a_number(body: str, previous: Line | None, line: Line) -> bool:
    """Whether the line end stands within a number of an account or a card, which is known by its check digits."""
    if previous is None or not _NUMBER_ENDS.search(previous.text) or not _NUMBER_GOES_ON.match(line.text):
        return False
    start = max(previous.start, line.start - _LONGEST_NUMBER)
    found = forms(body[start : line.start + _LONGEST_NUMBER])
    return any(f.name in ("account", "card") and start + f.start < line.start < start + f.end for f in found)


def _pieces(
    body: str, block: Block, language: Language, people: Sequence[Stakeholder], first: bool
) -> Iterator[tuple[int, int, Zone]]:
    """The passages of a block, as offsets with their zone."""
    if block.zone is not Zone.AUTHOR and block.zone not in THREAD:
        yield block.start, block.end, block.zone
        return
    start = block.start
    if first and block.zone is Zone.AUTHOR and (end := end_of_greeting(body[start : block.end], people)):
        yield start, start + end, Zone.GREETING
        start = _trimmed(body, start + end, block.end)[0]
    if is_table(body[start : block.end]):
        yield from ((a, b, block.zone) for a, b in _rows(body, start, block.end))
        return
    for a, b in sentences(body[start : block.end], language):
        for x, y in _not_too_long(body, start + a, start + b):
            yield x, y, block.zone


def is_table(text: str) -> bool:
    """Whether a text is rows of a table, which stay together and on lines of their own."""
    lines = text.split("\n")
    return len(lines) > 1 and all(map(_is_row, lines))


def _is_row(line: str) -> bool:
    """Whether a line is a row of a table."""
    if _BARS.fullmatch(line):
        return True
    cells = _CELLS.split(line.strip())
    return len(cells) > 1 and "?" not in line and all(len(cell.split()) <= _LONGEST_CELL for cell in cells)


def _rows(body: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A table as one passage, or a long one as several of whole rows."""
    first, position = start, start
    for row in body[start:end].split("\n"):
        after = position + len(row)
        if after - first > _LONGEST and position > first:
            yield _trimmed(body, first, position)
            first = position
        position = after + 1
    yield _trimmed(body, first, end)


def sentences(text: str, language: Language) -> list[tuple[int, int]]:
    """Offsets of the sentences of a text, without the white space around them.

    sentencex finds the boundaries; breaks behind an abbreviation, an initial or an ordinal are joined again.
    """
    # A wrapped line is one text: to the splitter a line end inside it is a space.
    flat = re.sub(r"[\n\t\u00a0\u202f\u2009]", " ", text)
    spans: list[tuple[int, int]] = []
    # With tens of thousands of quotation marks the splitter would take minutes, and they mark nothing.
    counted = _QUOTES.subn("-", flat)
    marked = counted[0] if counted[1] > _MOST_QUOTES else flat
    for boundary in get_sentence_boundaries(language, marked):
        start, end = _trimmed(flat, boundary["start_index"], boundary["end_index"])
        if start >= end:
            continue
        if spans and (_joined(flat, spans[-1], start) or _within_a_day(flat, spans[-1][1], start, language)):
            spans[-1] = (spans[-1][0], end)
            continue
        if spans and (counts := _counts_next(flat, *spans[-1])):
            spans[-1] = (spans[-1][0], counts[0])
            start = counts[1]
        spans.append((start, end))
    return [piece for span in spans for piece in _unseparated(flat, *span, language)]


def _counts_next(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the blank stands before the number of an item that ends the sentence before it: "My questions: 1. Is it ready? 2. Who ...".

    The number before it or behind it counts as well: "Seats: 12. The price ..." tells how many, and "See lot No. 7." which.
    """
    match = _COUNTS_NEXT.search(text, start, end)
    if not match or _is_abbreviation(text[max(start, match.start() - _STOP) : match.start()]):
        return None
    number = int(match["number"])
    before, behind = text[max(0, start - _COUNTED) : match.start()], text[end : end + _COUNTED]
    follows = re.search(rf"(?:^|[.:;?!)]\s)\s*\(?{number - 1}[.)]\s", before) if number > 1 else None
    goes_on = re.search(rf"[.:;?!)]\s+\(?{number + 1}[.)](?:\s|$)", behind)
    return match.span() if follows or goes_on else None


def _unseparated(text: str, start: int, end: int, language: Language) -> Iterator[tuple[int, int]]:
    """Split where a question or exclamation mark, or a stop before a capital, was overlooked."""
    position = start
    for match in re.finditer(r"(?<=[\w)»\"”'’%€])(?:\.?[?!…]+|\.)\s+(?=[A-ZÀ-ÖØ-Þ¿¡«\"“])", text[start:end]):
        cut = start + match.end()
        end_of_it = start + match.start() + 1
        before = text[max(position, end_of_it - _STOP) : end_of_it]
        if match.group().strip() == "." and (
            _is_abbreviation(before)
            or _COUNTS.fullmatch(text, start, end_of_it)
            or (_HALF_DAY.search(before) and _BEHIND_HALF_DAY.match(text, cut))
        ):
            continue
        if _within_a_day(text, end_of_it, cut, language):
            continue
        yield position, _trimmed(text, position, cut)[1]
        position = cut
    yield position, end


def _joined(text: str, before: tuple[int, int], start: int) -> bool:
    last = text[max(before[0], before[1] - _STOP) : before[1]]
    after = text[start : start + 1]
    if _COUNTS.fullmatch(text[before[0] : before[1]]):
        return True
    if _HALF_DAY.search(last) and _BEHIND_HALF_DAY.match(text[start : start + _STOP]):
        return True
    if start == before[1] and "://" in text[before[0] : before[1]].split()[-1]:
        return True
    if start == before[1] and _CLOSING_MARKS.match(text, start):
        return True
    if last.endswith(("?", "!", "…")):
        return False
    if start == before[1] and last.endswith(".") and not _blank_forgotten(last, text[start : start + _STOP]):
        return True
    return _is_abbreviation(last) or (last.endswith(".") and after.islower())


def _within_a_day(text: str, end: int, start: int, language: Language) -> bool:
    """Whether a stop stands between the number and the month of a German day, whatever is before them: "am 11. und 12. November"."""
    number = re.search(
        r"(?:\b(?:und|oder|bzw\.|auf|des|zw\.)|\d\.,?|[,/:–-])\s*\d{1,2}\.$", text[max(0, end - 12) : end]
    )
    return language == "de" and bool(number) and bool(_GERMAN_MONTH.match(text, start))


def _blank_forgotten(before: str, after: str) -> bool:
    """Whether a stop with no blank behind it ends a sentence, and is no part of a code, an address or a file's name."""
    return bool(_WORD_ENDS.search(before) and _WORD_BEGINS.match(after))


def _is_abbreviation(text: str) -> bool:
    """Whether the text ends in an abbreviation, an initial or an ordinal with its full stop."""
    word = re.search(r"(\S+)\.$", text)
    if not word:
        return False
    bare = _ELIDED.sub("", word.group(1).lstrip("([«\"'").casefold())
    known: str = data("abbreviations")
    if bare in known.split() or re.fullmatch(r"[a-zà-ÿ]", bare):
        return True
    # "14. März", "z. B.", "H.T." followed by more.
    return bool(
        re.fullmatch(r"\d{1,2}", bare) and len(text.split()) > 1 and not re.search(r"\d[\s.]*\d{1,2}\.$", text[:-1])
    ) and bool(re.search(r"(?:\b(?:am|vom|zum|der|den|dem|bis|ab|nr|n°|n|art|seit)\s+\d{1,2}\.)$", text, re.IGNORECASE))


def _not_too_long(body: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _LONGEST:
        window = body[start : start + _LONGEST]
        cut = max(window.rfind("; "), window.rfind(";\n")) + 1 or max(window.rfind(", "), window.rfind(",\n")) + 1
        cut = cut or window.rfind(" ") + 1 or _LONGEST
        piece = _trimmed(body, start, start + cut)
        if piece[0] < piece[1]:
            yield piece
        start = _trimmed(body, start + cut, end)[0]
    if start < end:
        yield start, end
