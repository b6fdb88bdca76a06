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
_ENDED = re.compile(r"[^\w\s]|\n")  # what stands between two sentences of a message, or ends the first


class Token(NamedTuple):
    """A word of a text: as compared, its stem, and where it stands."""

    word: str
    stem: str
    start: int
    end: int


@lru_cache(maxsize=1)
def stopwords() -> frozenset[str]:
    """Function words of all six languages, folded."""
    return frozenset(fold(word) for words in data("stopwords").values() for word in str(words).split())


@lru_cache(maxsize=2048)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of the text, folded; an elided article ("l'enveloppe") is split off."""
    result = []
    for match in _TOKEN.finditer(text):
        word = fold(match.group())
        start = match.start()
        head, quote, tail = word.partition("'")
        if quote and len(head) <= 2:
            start += len(head) + 1
            word = tail
        result.append(Token(word, word[:_STEM], start, match.end()))
    return tuple(result)


def is_content(token: Token) -> bool:
    """Whether the word says something of its own: no function word, and longer than three letters or a number."""
    return token.word not in stopwords() and (len(token.word) > 3 or token.word.isdigit())


def content_stems(text: str) -> frozenset[str]:
    """Stems of the content words."""
    return frozenset(token.stem for token in tokens(text) if is_content(token))


def coverage(source: str, text: str) -> float:
    """Share, 0 to 1, of the source's content words whose stem the text has; 1 where the source has none."""
    wanted = content_stems(source)
    return len(wanted & content_stems(text)) / len(wanted) if wanted else 1.0


def contains(text: str, source: str) -> bool:
    """Whether the text holds the source word for word, white space, case and punctuation aside."""
    words = [token.word for token in tokens(source)]
    if not words:
        return True
    haystack = " ".join(token.word for token in tokens(text))
    return f" {' '.join(words)} " in f" {haystack} "


def shared_runs(span: str, text: str, allowed: str, length: int = 4) -> Iterator[tuple[int, int]]:
    """Where the text repeats so many words in a row of the span that `allowed` does not say.

    A run counts from two content words on; a span shorter than `length` words counts as a whole.
    """
    words = tokens(span)
    length = min(length, len(words))
    if length == 0:
        return
    runs = {
        tuple(t.word for t in words[i : i + length])
        for i in range(len(words) - length + 1)
        if sum(map(is_content, words[i : i + length])) >= min(2, length)
    }
    known = tokens(allowed)
    runs -= {tuple(t.word for t in known[i : i + length]) for i in range(len(known) - length + 1)}
    there = tokens(text)
    for i in range(len(there) - length + 1):
        if tuple(t.word for t in there[i : i + length]) in runs:
            yield there[i].start, there[i + length - 1].end


def shared_run(span: str, text: str, allowed: str, length: int = 4) -> tuple[int, int] | None:
    """The first of `shared_runs`, or None."""
    return next(shared_runs(span, text, allowed, length), None)


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


def as_told(sentence: str) -> tuple[str, ...]:
    """The forms in which a message may hold a sentence of the draft: as typed, or without the name at its start.

    What follows the name then begins with a capital; whatever it begins with, the rest of it is the last form.
    """
    named = re.match(r"[^,:–—]{1,40}[,:–—]\s*([^\W\d])", sentence)
    if not named:
        return (sentence,)
    rest = sentence[named.end() :]
    return sentence, named.group(1).upper() + rest, rest


def rare_stems(span: str, elsewhere: Iterable[str]) -> frozenset[str]:
    """Stems of the span's content words that none of the other texts has."""
    return content_stems(span).difference(*(content_stems(text) for text in elsewhere))
