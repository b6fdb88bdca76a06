"""What the form alone gives away: passwords, keys, card and account numbers, "keep that between us" (`sensitive` of `cues.yaml`).

The flags of both engines and the redaction read the same list. Numbers that have check digits are known by them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from reviewer.prefilter import Guarded, folded
from reviewer.texts import data, guarded, pattern

_GROUP = re.compile(r"[A-Za-z0-9]+")
# What stands for a blank, and between the groups of a number for a hyphen, in text out of a page or a word processor.
_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " "))
_HYPHEN = re.compile("(?<=[A-Za-z0-9])[\u2010-\u2013\u2212](?=[A-Za-z0-9])")
_SHORTEST_IBAN = 15  # characters: Norway's
_SHORTEST_CODE = 4  # characters of access data that are looked for once more
_EVERYDAY = re.compile(r"[^\W\d_]+|(?:19|20)\d\d")


class Form(NamedTuple):
    """Something sensitive in a text."""

    name: str
    entry: Mapping[str, Any]
    """What `cues.yaml` says of it: its `sensitivity`, whether the `whole` text is."""
    start: int
    end: int
    """The span to keep back: the `value` of the pattern, else all that it matches."""
    cue: str
    """The words it is known by."""
    has_value: bool


def typed(text: str) -> str:
    """The text as a keyboard gives it, letter for letter: any blank is a blank, and a hyphen that breaks no line a hyphen."""
    return text if text.isascii() else _HYPHEN.sub("-", text.translate(_BLANKS))


@lru_cache(maxsize=4096)
def forms(text: str) -> tuple[Form, ...]:
    """All that the form gives away, one entry of the list after the other. Both engines ask for the same passages."""
    return tuple(_forms(text))


@lru_cache(maxsize=64)
def forms_alone(body: str) -> tuple[Form, ...]:
    """What stands alone on its line, or as a sentence, and is known by the words above it: "The password is the following:".

    The offsets are those of the body. What its own passage gives away as well may be among it.
    """
    return tuple(f for f in _with_value(body) if f.cue != body[f.start : f.end] and _is_alone(body, f))


@lru_cache(maxsize=64)
def _with_value(body: str) -> tuple[Form, ...]:
    """What has a value to keep back, of a whole body; the patterns without one are not looked for."""
    return tuple(f for f in _forms(body, valued=True) if f.has_value)


@lru_cache(maxsize=64)
def forms_again(body: str) -> tuple[Form, ...]:
    """Where access data of a body stand once more, without the words that they are known by: "Log in with Tulipe9".

    A word of letters alone is an everyday word as well, and a year a year.
    """
    told = [f for f in _with_value(body) if f.entry["sensitivity"] == "credential"]
    values = {body[f.start : f.end].casefold(): f for f in told}
    codes = {value: f for value, f in values.items() if len(value) >= _SHORTEST_CODE and not _EVERYDAY.fullmatch(value)}
    if not codes:
        return ()
    longest_first = "|".join(map(re.escape, sorted(codes, key=len, reverse=True)))
    known = [(f.start, f.end) for f in told]
    return tuple(
        Form(
            codes[match.group().casefold()].name,
            codes[match.group().casefold()].entry,
            *match.span(),
            match.group(),
            True,
        )
        for match in re.finditer(rf"(?<!\w)(?:{longest_first})(?!\w)", body, re.IGNORECASE)
        if match.group().casefold() in codes and not any(a <= match.start() < b for a, b in known)
    )


def tells(subject: str) -> bool:
    """Whether a subject line gives something away by itself: it holds access data or a number, tells what is private of a person, or says
    that it is between two people.
    """
    return any(f.has_value or f.entry.get("whole") for f in forms(subject)) or bool(pattern("private").search(subject))


def _is_alone(body: str, form: Form) -> bool:
    start = max(body.rfind("\n", 0, form.start), body.rfind(". ", 0, form.start))
    end = body.find("\n", form.end)
    return not _GROUP.search(body[start + 1 : form.start] + body[form.end : end if end >= 0 else len(body)])


def _forms(text: str, valued: bool = False) -> Iterator[Form]:
    seen: set[tuple[str, int, int]] = set()
    keyed = typed(text)
    plain = folded(keyed)
    for name, entry, guard in _entries():
        if valued and "value" not in guard.pattern.groupindex:
            continue
        for match in guard.pattern.finditer(keyed) if guard.may_match(plain) else ():
            has_value = bool(match.groupdict().get("value"))
            start, end = match.span("value") if has_value else match.span()
            if check := entry.get("check"):
                end = start + _CHECKS[check](keyed[start:end])
            if end > start and (entry["sensitivity"], start, end) not in seen:
                seen.add((entry["sensitivity"], start, end))
                yield Form(name, entry, start, end, text[match.start() : match.end()], has_value)


@lru_cache(maxsize=1)
def _entries() -> tuple[tuple[str, Mapping[str, Any], Guarded], ...]:
    entries = data("cues")["sensitive"].items()
    return tuple((name, e, guarded(f"sensitive.{name}.pattern", e.get("any_case", True))) for name, e in entries)


def _card(text: str) -> int:
    """The length of a number with the check digit of payment cards (Luhn), else 0."""
    digits = [int(c) for c in text if c.isdigit()]
    doubled = [d if i % 2 == 0 else 2 * d - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return 0 if sum(doubled) % 10 else len(text)


def _iban(text: str) -> int:
    """How many characters at the start are an account number by its check digits (ISO 13616), words behind it left out; else 0."""
    groups = list(_GROUP.finditer(text))
    for match, code in reversed([*zip(groups, accumulate(m.group() for m in groups), strict=True)]):
        turned = code[4:] + code[:4]
        if len(code) >= _SHORTEST_IBAN and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1:
            return match.end()
    return 0


def _bank(text: str) -> int:
    """The length of a French account number (RIB) by its key, else 0; of its letters A and J count as 1, B, K and S as 2."""
    digits = "".join(c if c.isdigit() else str((ord(c) - ord("A")) % 9 + 1 + (c > "R")) for c in text if c.isalnum())
    bank, branch, account, key = (int(digits[a:b]) for a, b in ((0, 5), (5, 10), (10, 21), (21, 23)))
    return 0 if (89 * bank + 15 * branch + 3 * account + key) % 97 else len(text)


def _insured(text: str) -> int:
    """The length of a French social security number (NIR) by its key, else 0; of Corsica "2A" counts as 19, "2B" as 18."""
    code = "".join(c for c in text if c.isalnum()).replace("2A", "19").replace("2B", "18")
    return 0 if (int(code[:13]) + int(code[13:])) % 97 else len(text)


_CHECKS: Mapping[str, Callable[[str], int]] = {"card": _card, "iban": _iban, "bank": _bank, "insured": _insured}
