"""Compare two texts by their words: shared runs, shared content words, and how much of one is in the other."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from reviewer.names import fold
from reviewer.texts import data

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
_STEM = 6  # letters that inflected forms of a word share in the six languages, near enough
SENTENCE = 4  # characters from which a sentence is told from a piece of another
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_PIECE = re.compile(r"[^\s'’\"“”«»]+")
_AROUND = re.compile(r"^[\s'’\"“”«»]+|[\s'’\"“”«»]+\Z")
_LINE_END = re.compile(r"\s*\n\s*")
_ENDED = re.compile(r"[^\w\s]|\n")  # what stands between two sentences of a message, or ends the first


class Word(NamedTuple):
    """A word as compared."""

    word: str
    """Folded, without an elided article ("l'enveloppe")."""
    stem: str
    article: int
    """Characters of the article that was split off."""
    content: bool
    """Whether the word says something of its own: no function word, and longer than three letters or a number."""


class Token(NamedTuple):
    """A word of a text, and where it stands."""

    word: str
    stem: str
    start: int
    end: int
    content: bool


@lru_cache(maxsize=1)
def stopwords() -> frozenset[str]:
    """Function words of all six languages, folded."""
    return frozenset(fold(word) for words in data("stopwords").values() for word in str(words).split())


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """The words of the text in order. Most of what is compared needs no more, and their places cost several times as much."""
    return tuple(map(_word, _TOKEN.findall(text)))


@lru_cache(maxsize=256)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of the text with their places."""
    return tuple(
        Token(word, stem, match.start() + article, match.end(), content)
        for (word, stem, article, content), match in zip(words(text), _TOKEN.finditer(text), strict=True)
    )


@lru_cache(maxsize=16384)
def _word(typed: str) -> Word:
    word, article = fold(typed), 0
    head, quote, tail = word.partition("'")
    if quote and len(head) <= 2:
        word, article = tail, len(head) + 1
    return Word(word, word[:_STEM], article, word not in stopwords() and (len(word) > 3 or word.isdigit()))


@lru_cache(maxsize=4096)
def content_stems(text: str) -> frozenset[str]:
    """Stems of the content words."""
    return frozenset(word.stem for word in words(text) if word.content)


def sentences(text: str) -> list[str]:
    """The sentences of a message, roughly: cut behind an end mark and at each line end."""
    return _SENTENCE_END.split(text)


def coverage(source: str, text: str) -> float:
    """Share, 0 to 1, of the source's content words whose stem the text has; 1 where the source has none."""
    wanted = content_stems(source)
    return len(wanted & content_stems(text)) / len(wanted) if wanted else 1.0


def contains(text: str, source: str) -> bool:
    """Whether the text holds the source word for word, white space, case and punctuation aside."""
    return _words(source) in _words(text)


def place(text: str, quote: str) -> tuple[int, int] | None:
    """Where the text has a quote, as offsets; None where it has not, or the quote is empty.

    White space and quotation marks are compared loosely, because models retype them.
    """
    typed = _AROUND.sub("", quote)
    if (at := text.find(typed)) >= 0:
        return (at, at + len(typed)) if typed else None
    match = re.search(r"[\s'’\"“”«»]*".join(map(re.escape, _PIECE.findall(quote))), text)
    return match.span() if match else None


@lru_cache(maxsize=256)
def _words(text: str) -> str:
    """The words with a space around each."""
    return f" {' '.join(word.word for word in words(text))} " if words(text) else ""


class Runs:
    """Runs of words of some texts, one behind the other; worked out once for each length, and asked for many spans."""

    def __init__(self, *texts: str) -> None:
        """The words of the texts in order."""
        self._texts = texts
        self._words = [word.word for text in texts for word in words(text)]
        self._places: dict[int, dict[tuple[str, ...], list[int]]] = {}
        self._known: dict[int, set[tuple[str, ...]]] = {}

    def known(self, length: int) -> set[tuple[str, ...]]:
        """Every run of so many words."""
        if length not in self._known:
            self._known[length] = set(self._runs(length))
        return self._known[length]

    def spans(self, runs: Iterable[tuple[str, ...]], length: int) -> Iterator[tuple[int, int]]:
        """Where the runs, each of so many words, stand in the one text, from its start."""
        if length not in self._places:
            places: dict[tuple[str, ...], list[int]] = {}
            for place, run in enumerate(self._runs(length)):
                places.setdefault(run, []).append(place)
            self._places[length] = places
        for place in sorted(place for run in runs for place in self._places[length].get(run, ())):
            found = tokens(self._texts[0])
            yield found[place].start, found[place + length - 1].end

    def _runs(self, length: int) -> Iterator[tuple[str, ...]]:
        return zip(*(self._words[i:] for i in range(length)), strict=False)


def shared_runs(span: str, text: Runs, allowed: Runs, length: int = 4) -> Iterator[tuple[int, int]]:
    """Where the text repeats so many words in a row of the span that `allowed` does not say.

    A run counts from two content words on; a span shorter than `length` words counts as a whole.
    """
    length = min(length, len(words(span)))
    if length:
        yield from text.spans(_telling_runs(span, length) - allowed.known(length), length)


@lru_cache(maxsize=4096)
def _telling_runs(span: str, length: int) -> frozenset[tuple[str, ...]]:
    said = words(span)
    return frozenset(
        tuple(w.word for w in said[i : i + length])
        for i in range(len(said) - length + 1)
        if sum(w.content for w in said[i : i + length]) >= min(2, length)
    )


def at_a_seam(text: str, start: int, end: int, sentences: Iterable[str]) -> bool:
    """Whether `text[start:end]` lies in these sentences, which stand there word for word, or where two of them meet.

    What reads as a run of words or as a detail across the end of one sentence and the start of the next is nobody's words.
    """
    position = start
    for first, last in sorted(_standing(text, start, end, sentences)):
        if start < first < position:
            continue
        if first > start and (re.search(r"\w", text[position:first]) or not _ENDED.search(text[position - 1 : first])):
            return False
        position = max(position, last)
    return not re.search(r"\w", text[position:end])


def _standing(text: str, start: int, end: int, sentences: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where the sentences stand in the text, if they have a part in common with `text[start:end]`."""
    for sentence in sentences:
        length = len(sentence)
        at = text.find(sentence, max(start - length + 1, 0), end + length - 1) if length >= SENTENCE else -1
        while at >= 0:
            yield at, at + length
            at = text.find(sentence, at + length, end + length - 1)


def on_one_line(text: str) -> str:
    """A text without its line ends, which are a mail client's, for a window of another width."""
    return _LINE_END.sub(" ", text)


@lru_cache(maxsize=4096)
def as_told(sentence: str) -> tuple[str, ...]:
    """The forms in which a message may hold a sentence of the draft: as typed, or without the name at its start.

    What follows the name then begins with a capital; whatever it begins with, the rest of it is the last form.
    """
    named = re.match(r"[^,:–—]{1,40}[,:–—]\s*([^\W\d])", sentence)
    if not named:
        return (sentence,)
    rest = sentence[named.end() :]
    return sentence, named.group(1).upper() + rest, rest


def all_stems(texts: Iterable[str]) -> frozenset[str]:
    """Stems of the content words of all the texts."""
    return frozenset().union(*map(content_stems, texts))
