"""Which part of a mail each line belongs to: the author's own words, greeting, closing, or somebody else's text.

After Lampert, Dale & Paris 2009: zones are found line by line, by what a line looks like and what stands around it. Patterns
are data (`zones.yaml`), in six languages, and each looks at one line of bounded length, so the time is linear.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from reviewer.cues import asks, speaks_to_several, states, without_thanks
from reviewer.forms import forms, forms_alone
from reviewer.names import TITLE, fold
from reviewer.texts import data
from reviewer.types import Stakeholder, Zone

_LONGEST = 300  # characters of a line that the patterns look at
_GREETING_WORDS = 9
_NEXT_WORDS = 6  # of a greeting behind another
_GREETINGS = 8  # on one line
_PARTICLE = 3  # letters of "van" and "de la" in a name
_TITLED = re.compile(rf"(?:(?:de )?heer|{TITLE})(?:\s+|$)", re.IGNORECASE)
_SIGNOFF_WORDS = 9
_FORMAL_WORDS = 45
_SHORT_WORDS = {
    "ok",
    "oui",
    "non",
    "no",
    "yes",
    "ja",
    "nee",
    "si",
    "sí",
    "eh",
    "hé",
    "ici",
    "tbc",
    "tbd",
    "etc",
    "fyi",
    "nb",
    "ps",
    "asap",
}
_SIGNATURE_LINES = 9  # lines that a signature may have below the sign-off


# One part of a greeting that shares its line with a text, with what ends it.
_GREETS = re.compile(r"\s*(?P<words>[^,:!\n]{2,60}?)(?:(?P<end>[,:!])|(?P<dash>\s+[-–—]+))(?=\s+\S)")


_RULE = re.compile(r"\s*(?:[-=_*~—–·•─━═\u2500-\u257f]\s?){3,}\s*")


class Line(NamedTuple):
    """A line of the body with its offsets, without its line end."""

    text: str
    start: int
    end: int


def fits(name: str, text: str) -> bool:
    """Whether a whole line is one of the patterns `name`."""
    return bool(_patterns(name).fullmatch(text[:_LONGEST].strip()))


def lines_of(body: str) -> list[Line]:
    """The lines of the body, empty ones too."""
    result, position = [], 0
    for raw in body.split("\n"):
        result.append(Line(raw, position, position + len(raw)))
        position += len(raw) + 1
    return result


@lru_cache(maxsize=16)
def _patterns(name: str) -> re.Pattern[str]:
    entry = data("zones")[name]
    source = "|".join(f"(?:{item})" for item in entry) if isinstance(entry, list) else entry
    return re.compile(source, re.IGNORECASE)


@lru_cache(maxsize=1)
def _sender() -> re.Pattern[str]:
    return re.compile(rf"(?:{data('zones')['fields']['from']})\b", re.IGNORECASE)


def _whole(name: str, text: str) -> bool:
    return bool(_patterns(name).fullmatch(text[:_LONGEST].strip().rstrip(" ,.!;").strip()))


def zones_of(lines: Sequence[Line], people: Sequence[Stakeholder] = ()) -> list[Zone | None]:
    """One zone per line; None for a blank line, and for a rule between two paragraphs.

    A greeting that shares its line with text counts as author here.
    """
    zones: list[Zone | None] = [Zone.AUTHOR if line.text.strip() else None for line in lines]
    _others_text(lines, zones)
    _machines(lines, zones)
    _disclaimers(lines, zones)
    own = [i for i, zone in enumerate(zones) if zone is Zone.AUTHOR]
    for n, i in enumerate(own):
        if not (_goes_on_greeting(lines[i].text) if n else is_greeting(lines[i].text, people)):
            break
        zones[i] = Zone.GREETING
    _closing(lines, zones)
    return [
        None if zone is Zone.AUTHOR and _RULE.fullmatch(line.text) else zone
        for line, zone in zip(lines, zones, strict=True)
    ]


def _others_text(lines: Sequence[Line], zones: list[Zone | None]) -> None:
    """Quoted lines, and everything below the header of a quoted or forwarded message."""
    zone: Zone | None = None
    for i, line in enumerate(lines):
        text = line.text[:_LONGEST].strip()
        if not text:
            continue
        if zone is None:
            zone = opening(lines, i)
            if zone is Zone.QUOTED and _interleaved(lines, i):
                zones[i], zone = Zone.QUOTED, None
                continue
        if zone is not None:
            zones[i] = zone
        elif text.startswith(">"):
            zones[i] = Zone.QUOTED


def opening(lines: Sequence[Line], i: int) -> Zone | None:
    """The zone that this line opens, quoted or forwarded; None where it is a line like any other."""
    text = lines[i].text[:_LONGEST].strip()
    if re.fullmatch(r"_{5,}", text):
        # A rule above a quoted header belongs to it; elsewhere it is a rule.
        below = next((j for j in range(i + 1, min(i + 4, len(lines))) if lines[j].text.strip()), None)
        return Zone.QUOTED if below is not None and _header_block(lines, below) else None
    # Marks of bold or italics around the words.
    text = text.lstrip("> *_")
    if _patterns("forwarded").fullmatch(text):
        return Zone.FORWARDED
    # A mail client may wrap "On Monday ... <a@b>" and "wrote:" on two lines.
    following = lines[i + 1].text.strip() if i + 1 < len(lines) else ""
    third = lines[i + 2].text.strip() if following and i + 2 < len(lines) else ""
    # Over three lines only where the address has one of its own.
    wrapped = [f"{text} {following} {third}"[:_LONGEST]] if following.startswith("<") else []
    for candidate in (text, f"{text} {following}"[:_LONGEST], *wrapped):
        if _patterns("quoted").fullmatch(candidate):
            return Zone.QUOTED
    if _header_block(lines, i):
        return Zone.QUOTED
    return None


def _header_block(lines: Sequence[Line], i: int) -> bool:
    """Two header fields within three lines, one of them a sender or a date; or a name above a date above "To:"."""
    fields = [
        line.text.strip() for line in lines[i : i + 4] if _patterns("header").fullmatch(line.text[:_LONGEST].strip())
    ]
    first = bool(_patterns("header").fullmatch(lines[i].text[:_LONGEST].strip()))
    known = sum(bool(_sender().match(field.lstrip("*_> \t"))) for field in fields)
    if first and len(fields) >= 2 and (known or len(fields) >= 3):
        return True
    window = [line.text.strip() for line in lines[i + 1 : i + 4] if line.text.strip()]
    dated = any(re.search(r"\d{1,2}/\d{1,2}/\d{2,4}\s+\d{1,2}:\d{2}", t) for t in [lines[i].text, *window[:1]])
    return dated and any(re.match(r"(?:to|à|a|pour|an|aan|para)\s*:", t, re.IGNORECASE) for t in window)


def _interleaved(lines: Sequence[Line], i: int) -> bool:
    """Whether own lines stand between or below "> " lines: then only the marked lines are quoted."""
    below = [line.text.strip() for line in lines[i + 1 :] if line.text.strip()]
    marked = [n for n, text in enumerate(below) if text.startswith(">")]
    return bool(marked) and marked[0] <= 2 and any(not t.startswith(">") for t in below[marked[0] :])


def _machines(lines: Sequence[Line], zones: list[Zone | None]) -> None:
    """What a mail program wrote of its own is nobody's text, wherever it stands."""
    for i, line in enumerate(lines):
        if zones[i] is Zone.AUTHOR and fits("machine", line.text):
            zones[i] = Zone.DISCLAIMER


def _disclaimers(lines: Sequence[Line], zones: list[Zone | None]) -> None:
    """From the line that opens a disclaimer to the end of the author's text; it never opens a mail."""
    own = [i for i, zone in enumerate(zones) if zone is Zone.AUTHOR]
    for n, i in enumerate(own):
        # A long notice stands in the last part of a mail; "this message is confidential" at its start is the author's.
        if n >= max(1, len(own) // 3) and _patterns("disclaimer").match(lines[i].text[:_LONGEST].strip(" *_\t")):
            for j in own[n:]:
                zones[j] = Zone.DISCLAIMER
            return


def is_greeting(text: str, people: Sequence[Stakeholder] = (), alone: bool = True) -> bool:
    """Whether a text greets: "Bonjour à tous,", "Hi all", "Mark,".

    A bare word with a comma is a name where it stands `alone` on its line; in front of a sentence ("Tomorrow, we ...") only
    where somebody bears that name.
    """
    words = text.split()
    stripped = " ".join(words)
    if len(words) > _GREETING_WORDS and len(stripped) <= _LONGEST:
        # "Sehr geehrte Frau Dr. Vogel, sehr geehrte Damen und Herren,"
        parts = [part.strip() for part in stripped.rstrip(",:! ").split(",")]
        return 1 < len(parts) <= _GREETINGS and all(map(_goes_on_greeting, (f"{part}," for part in parts)))
    untitled = re.sub(rf"\b{TITLE}\s", "", stripped)
    if not words or len(stripped) > 90 or re.search(r"[.?]\s*\S|\?$", untitled.rstrip("!")):
        return False
    if opened := _patterns("greeting").match(stripped):
        ended = bool(re.search(r"[,:!]$", stripped))
        return (ended or len(words) <= 5) and _only_greets(stripped[opened.end() :], people)
    name = re.fullmatch(
        r"((?:[A-ZÀ-Þ][\w'’.-]*)(?:(?:\s+|,\s*|/|\s*&\s*|\s+(?:et|and|und|y|e|en)\s+)[A-ZÀ-Þ][\w'’.-]*){0,5})\s*[,:;!–-]+",
        stripped,
    )
    if name and alone:
        return True
    return len(words) <= 3 and are_names(stripped.rstrip(",.:!"), people)


def are_names(text: str, people: Sequence[Stakeholder]) -> bool:
    """Whether a text is nothing but names of these people: "Anna", "Anna / Bo", "Anna and Bo"."""
    known = {fold(word) for p in people for word in p.name.split()}
    words = [fold(word) for word in re.split(r"\s+(?:et|and|und|y|e|en)\s+|[\s/&,]+", text) if word]
    return bool(words) and all(word in known for word in words)


def end_of_greeting(text: str, people: Sequence[Stakeholder]) -> int:
    """Where a greeting ends that shares its line with a text, 0 where there is none: "Hi Anna, Bo - the plan is ready".

    It goes on over the names behind it, unless whoever bears the last of them is asked something: "Hi Anna, Bo, can you come?"
    """
    end = 0
    while end < _LONGEST and (part := _GREETS.match(text, end)):
        words = part["words"].strip()
        if not end:
            greets = len(words.split()) < _GREETING_WORDS - 2 and (
                is_greeting(part.group().strip(), people, alone=False)
                or (_calls_all(part.group().strip()) and not _is_label(text[part.end() :], people))
                or (" " in words and are_names(words, people))
            )
            named = greets and (are_names(words, people) or bool(re.search(r"\s", words)))
        else:
            sentence = re.match(r"[^.?!\n]*\??", text[part.end() : part.end() + _LONGEST])
            asked = part["end"] == "," and sentence is not None and asks(sentence.group().strip())
            names = are_names(words, people) and not asked and not speaks_to_several(text[:end])
            greets = names or (not named and _calls_all(part.group().strip()))
        if not greets:
            break
        end = part.end()
    return end


def _calls_all(text: str) -> bool:
    """Whether a text calls everybody and says nothing else: "All:", "Ok Team,", "Everyone -"; with a comma, "all" may begin a sentence."""
    return bool(_patterns("calls_all").fullmatch(text))


def _is_label(behind: str, people: Sequence[Stakeholder]) -> bool:
    """Whether what stands behind "Team:" says who they are or how many: "Team: Anna and Marc.", "Team - 5 people"."""
    first = re.split(r"[.;?!\n]", behind[:_LONGEST].lstrip(), maxsplit=1)[0].strip()
    return first[:1].isdigit() or are_names(first, people)


def _only_greets(rest: str, people: Sequence[Stakeholder]) -> bool:
    """Whether what follows the first words of a greeting says nothing: "Hello, the plan is ready" does.

    Behind a comma stand names, titles, whoever is greeted besides, or a wish; before it no verb and no number.
    """
    first, *parts = (_TITLED.sub("", part.strip()) for part in re.split(r"[,:!]", rest))
    if re.search(r"\d", rest) or (states(first) and not speaks_to_several(first)):
        return False
    return all(_greets_too(part, people) for part in parts if part)


def _greets_too(part: str, people: Sequence[Stakeholder]) -> bool:
    """Whether a part of a greeting behind a comma names or greets somebody, or wishes something."""
    named = part[:1].isupper() and all(word[:1].isupper() for word in part.split() if len(word) > _PARTICLE)
    greets = _patterns("greeting").match(part) or _patterns("wish").fullmatch(part)
    return bool(named or greets or speaks_to_several(part) or are_names(part, people))


def _goes_on_greeting(text: str) -> bool:
    """Whether a text behind a greeting greets as well: "Dear all," below "Dear Helen,"; a bare name may begin a sentence there."""
    stripped = text.strip()
    if len(stripped.split()) > _NEXT_WORDS or not stripped.endswith(",") or not _patterns("greeting").match(stripped):
        return False
    return is_greeting(stripped)


def is_signoff(text: str) -> bool:
    """Whether a whole line signs off."""
    text = without_thanks(" ".join(text.split()))
    words = len(text.split())
    return (words <= 14 and _whole("signoff", text)) or (words <= _FORMAL_WORDS and _whole("formal_signoff", text))


def is_postscript(text: str) -> bool:
    """Whether a line below the signature goes on with the author's own words."""
    return bool(_patterns("postscript").match(f"{text[:_LONGEST].strip(' *_')} "))


def _is_signature_line(text: str) -> bool:
    stripped = text.strip()
    return bool(_patterns("signature").fullmatch(stripped[:_LONGEST])) or _looks_like_contact(stripped)


def _looks_like_contact(text: str) -> bool:
    if len(text) > 110:
        return False
    return bool(
        re.fullmatch(r"(?:<?[\w.+-]+@[\w.-]+>?|(?:https?://|www\.)\S+|[+(]?\d[\d\s().+/-]{6,}\d)", text)
        or (
            re.search(r"\d{2}[\s.-]?\d{2}[\s.-]?\d{2}|\d{5}", text)
            and len(text.split()) <= 9
            and not text.endswith((".", "?", "!"))
        )
    )


def is_name_line(text: str) -> bool:
    """Whether a line may be nothing but a name, by its capitals."""
    words = text.strip(" ,.-–—*_/").split()
    return (
        1 <= len(words) <= 4
        and all(w[:1].isupper() or not w[:1].isalpha() for w in words)
        and not text.rstrip().endswith(("?", "!", ":"))
    )


def _are_initials(text: str) -> bool:
    """ "sc", "j.m.": letters that are no answer."""
    letters = text.strip(" -–—").replace(".", "")
    return bool(re.fullmatch(r"[^\W\d_]{1,3}", letters)) and letters.lower() not in _SHORT_WORDS


def _closing(lines: Sequence[Line], zones: list[Zone | None]) -> None:
    """Sign-off and signature at the end of the author's text; what stands below as a P.S. is the author's again."""
    own = [i for i, zone in enumerate(zones) if zone is Zone.AUTHOR]
    if not own:
        return
    at = _signoff_at(lines, own)
    if at is None:
        _bare_signature(lines, zones, own)
        return
    for n in range(at, len(own)):
        text = lines[own[n]].text.strip()
        if is_postscript(text):
            return
        if n > at and _gives_away(lines, own, n, signed=n > at + 1):
            continue
        zones[own[n]] = Zone.SIGNOFF if is_signoff(text) and n <= at + 2 else Zone.SIGNATURE


def _signoff_at(lines: Sequence[Line], own: Sequence[int]) -> int | None:
    """Index into `own` of the line from which the closing runs."""
    for n in range(len(own) - 1, -1, -1):
        text = lines[own[n]].text.strip()
        if re.fullmatch(r"--\s*", lines[own[n]].text) and n > 0:
            # "Cdlt," or "Cdlt, / Tom" may stand above the rule.
            above = [lines[i].text for i in own[max(0, n - 2) : n]]
            if is_signoff(above[-1]):
                return n - 1
            return n - 2 if len(above) > 1 and is_signoff(above[0]) and is_name_line(above[1]) else n
        if not is_signoff(text):
            continue
        below = [lines[j].text.strip() for j in own[n + 1 :]]
        postscript = next((k for k, t in enumerate(below) if is_postscript(t)), len(below))
        below = below[:postscript]
        if len(below) > _SIGNATURE_LINES or any(len(t) > 120 or re.search(r"[?]$", t) for t in below):
            continue
        sentences = sum(len(t.split()) > 8 and t.endswith(".") for t in below)
        if sentences:
            continue
        while (
            n > 0 and is_signoff(lines[own[n - 1]].text) and len(lines[own[n - 1]].text.split()) <= _SIGNOFF_WORDS + 5
        ):
            n -= 1
        return n
    return None


def _bare_signature(lines: Sequence[Line], zones: list[Zone | None], own: Sequence[int]) -> None:
    """A name at the end of a mail without a sign-off, alone or above titles, firms, and contact lines."""
    # The block behind the last blank line of the author's text.
    first = len(own) - 1
    while first > 0 and own[first - 1] == own[first] - 1:
        first -= 1
    block = [lines[i].text.strip() for i in own[first:]]
    alone = len(block) == 1 and re.fullmatch(r"[-–— ]{0,4}[^\W\d_][\w'’.]{0,14}\.?", block[0])
    stacked = (
        len(block) <= _SIGNATURE_LINES
        and is_name_line(block[0])
        and all(len(t) <= 60 and len(t.split()) <= 8 and not t.endswith(("?", "!", ":", ";")) for t in block)
        and (len(block[0].split()) >= 2 or len(block) == 1)
        and not any(len(t.split()) > 4 and t.endswith(".") for t in block)
        and (len(block) == 1 or any(_is_signature_line(t) or re.search(r"\d", t) for t in block[1:]) or len(block) <= 3)
    )
    if first > 0 and (alone or stacked):
        start = first
    else:
        start = len(own)
        while start > 1 and len(own) - start < _SIGNATURE_LINES and _is_signature_line(lines[own[start - 1]].text):
            start -= 1
        above = lines[own[start - 1]].text.strip()
        if start > 1 and (
            (is_name_line(above) and not above.endswith("."))
            or (_are_initials(above) and lines[own[start - 2]].text.rstrip().endswith((".", "!", "?")))
        ):
            start -= 1
    # "Camille", and below it "Camille Ostrowski" with titles and numbers: one person signs twice.
    if 1 < start < len(own) and _begins_with(lines[own[start]].text, lines[own[start - 1]].text):
        start -= 1
    named = start < len(own) and not _gives_away(lines, own, start, signed=False)
    signed = named and is_name_line(lines[own[start]].text.strip())
    for n in range(start, len(own)):
        if not _gives_away(lines, own, n, signed):
            zones[own[n]] = Zone.SIGNATURE


def _gives_away(lines: Sequence[Line], own: Sequence[int], n: int, signed: bool) -> bool:
    """Whether the author's line `n` is no signature but something to keep back, by itself or by the line above it.

    Access data always are, a bank account where no name is above.
    """
    text, above = lines[own[n]].text, lines[own[n - 1]].text if n else ""
    found = [f for f in forms(text) if f.has_value]
    found += [f for f in forms_alone(f"{above}\n{text}") if f.start > len(above)]
    return any(f.entry["sensitivity"] == "credential" or not signed for f in found)


def _begins_with(full: str, short: str) -> bool:
    """Whether a line is the first name, or more of it, of the name in another."""
    words, first = (fold(text).strip(" ,.-–—*_/").split() for text in (full, short))
    return 0 < len(first) < len(words) and words[: len(first)] == first and is_name_line(short)
