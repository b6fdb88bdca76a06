"""A cheap look before a costly search: the words of which a pattern's every match has one.

Most sentences hold nothing of what a list of patterns looks for, and `in` finds that out many times as fast as a regular expression
does. The words come from the parsed pattern (Russ Cox, "Regular Expression Matching with a Trigram Index", 2012, has the idea), so
that nobody has to keep them by hand.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_SHORTEST = 2  # letters; a shorter word stands in every sentence
_MOST = 80  # words, from which on looking for them all is no cheaper than the pattern
# Letters that a pattern in any case takes for a plain one, and that `str.lower` leaves as they are or makes two of.
_PLAIN = str.maketrans({"İ": "i", "ı": "i", "ſ": "s", "\u212a": "k", "ẞ": "ß"})
# What is one letter in any case: ASCII and the Latin letters of the first block.
_SURE = frozenset(chr(c) for c in (*range(0x20, 0x7F), *range(0xE0, 0x100))) - {"ÿ", "ß", "÷"}


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """A text as the words of `words_of` are looked for in it."""
    return text.translate(_PLAIN).lower()


class Guarded:
    """A pattern that is only tried on a text with one of its words."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        """Work out the words, once."""
        self.pattern = pattern
        self.words = words_of(pattern)

    def may_match(self, plain: str) -> bool:
        """Whether the pattern can match anywhere in a text, given `folded`; False is sure, True is not."""
        if self.words is None:
            return True
        for word in self.words:  # noqa: SIM110 - `any` is a third slower, and this is what is to be fast
            if word in plain:
                return True
        return False

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in the text."""
        return self.pattern.search(text) if self.may_match(folded(text)) else None


def words_of(pattern: re.Pattern[str]) -> tuple[str, ...] | None:
    """Words in small letters of which every match of the pattern has one; None where there are no such words, or too many."""
    words = _words(_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE).data)
    if words is None or len(words) > _MOST or min(map(len, words)) < _SHORTEST:
        return None
    # What holds another of the words need not be looked for.
    return tuple(w for w in sorted(words, key=len) if not any(o in w for o in words if o != w))


def _words(parts: Sequence[tuple[Any, Any]]) -> frozenset[str] | None:
    """Of a sequence: its longest run of letters, or what one of its parts needs, whichever tells most."""
    best: frozenset[str] | None = None
    run = ""
    for what, value in parts:
        if what is op.LITERAL and chr(value).lower() in _SURE:
            run += chr(value).lower()
            continue
        best, run = _better(best, run), ""
        best = _better(best, _part(what, value))
    return _better(best, run)


def _part(what: object, value: Any) -> frozenset[str] | None:  # noqa: ANN401 - as the parser of `re` gives it
    if what is op.SUBPATTERN:
        return _words(value[3])
    if what is op.BRANCH:
        needed: frozenset[str] = frozenset()
        for branch in value[1]:
            words = _words(branch)
            if words is None:
                return None
            needed |= words
        return needed
    if what in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return _words(value[2]) if value[0] else None
    return _words(value) if what is op.ATOMIC_GROUP else None


def _better(one: frozenset[str] | None, other: frozenset[str] | str | None) -> frozenset[str] | None:
    """Of two sets the one whose shortest word has more letters, and then the smaller one; of two with short words ("est") the one whose
    words are longer on the whole, for these stand in most sentences.
    """
    if isinstance(other, str):
        other = frozenset({other}) if other else None
    if one is None or other is None:
        return one or other
    return max(one, other, key=_tells)


def _tells(words: frozenset[str]) -> tuple[int, float, int]:
    letters = [len(word.replace(" ", "")) for word in words]
    return min(*letters, 4), sum(letters) / len(letters) if min(letters) < 4 else 0.0, -len(words)
