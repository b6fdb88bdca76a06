"""Compare two texts by their words: shared runs, shared content words, and how much of one is in the other."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from reviewer.names import fold
from reviewer.texts import data

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
_STEM = 6  # letters that inflected forms of a word share in the six languages, near enough


class Token(NamedTuple):
    """A word of a text: as compared, its stem, and where it stands."""

    word: str
    stem: str
    start: int
    end: int
    content: bool
    """Whether the word says something of its own: no function word, and longer than three letters or a number."""


@lru_cache(maxsize=1)
def stopwords() -> frozenset[str]:
    """Function words of all six languages, folded."""
    return frozenset(fold(word) for words in data("stopwords").values() for word in str(words).split())


@lru_cache(maxsize=2048)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of the text, folded; an elided article ("l'enveloppe") is split off."""
    result = []
    for match in _TOKEN.finditer(text):
        elided, word, content = _word(match.group())
        result.append(Token(word, word[:_STEM], match.start() + elided, match.end(), content))
    return tuple(result)


@lru_cache(maxsize=8192)
def _word(text: str) -> tuple[int, str, bool]:
    """How many letters of a word are an article, the rest of it folded, and whether that says something of its own."""
    word, elided = fold(text), 0
    head, quote, tail = word.partition("'")
    if quote and len(head) <= 2:
        elided, word = len(head) + 1, tail
    return elided, word, word not in stopwords() and (len(word) > 3 or word.isdigit())


def words_of(text: str) -> list[str]:
    """The words of the text as `tokens` gives them. The same lines stand in many texts, and no word reaches over two."""
    return [token.word for line in text.split("\n") for token in tokens(line)]


def is_content(token: Token) -> bool:
    """Whether the word says something of its own."""
    return token.content


@lru_cache(maxsize=2048)
def content_stems(text: str) -> frozenset[str]:
    """Stems of the content words."""
    lines = text.split("\n")
    if len(lines) > 1:
        return frozenset().union(*map(content_stems, lines))
    return frozenset(token.stem for token in tokens(text) if token.content)


def coverage(source: str, text: str) -> float:
    """Share, 0 to 1, of the source's content words whose stem the text has; 1 where the source has none."""
    wanted = content_stems(source)
    return len(wanted & content_stems(text)) / len(wanted) if wanted else 1.0


def contains(text: str, source: str) -> bool:
    """Whether the text holds the source word for word, white space, case and punctuation aside."""
    words = words_of(source)
    return not words or f" {' '.join(words)} " in _haystack(text)


@lru_cache(maxsize=256)
def _haystack(text: str) -> str:
    return f" {' '.join(words_of(text))} "


def shared_run(span: str, text: str, allowed: str, length: int = 4) -> tuple[int, int] | None:
    """Where the text repeats so many words in a row of the span that `allowed` does not say, or None.

    A run counts from two content words on; a span shorter than `length` words counts as a whole.
    """
    words = tokens(span)
    length = min(length, len(words))
    if length == 0:
        return None
    least = min(2, length)
    runs = {
        run
        for i, run in enumerate(_runs(span, length))
        if sum(token.content for token in words[i : i + length]) >= least
    }
    runs.difference_update(_runs(allowed, length))
    # Nearly always nothing is shared, and a set says so at once.
    if not runs or runs.isdisjoint(_runs_in(text, length)):
        return None
    there = tokens(text)
    for i, run in enumerate(_runs(text, length)):
        if run in runs:
            return there[i].start, there[i + length - 1].end
    return None


@lru_cache(maxsize=256)
def _runs(text: str, length: int) -> tuple[tuple[str, ...], ...]:
    """Every so many words in a row. One message is held against many spans."""
    words = words_of(text)
    return tuple(zip(*(words[i:] for i in range(length)), strict=False))


@lru_cache(maxsize=256)
def _runs_in(text: str, length: int) -> frozenset[tuple[str, ...]]:
    return frozenset(_runs(text, length))


def rare_stems(span: str, elsewhere: Iterable[str]) -> frozenset[str]:
    """Stems of the span's content words that none of the other texts has."""
    return content_stems(span).difference(*(content_stems(text) for text in elsewhere))
