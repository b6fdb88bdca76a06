"""What the classifier sees of a passage: words, pairs of words, pieces of words, lexicon hits, and shapes.

Numbers, dates, amounts and people become one token each, so that "42 k€" and "118 000 €" are learned as one thing.
Training and inference share this module; a changed feature needs a new training run (a test holds the version).
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from reviewer import details
from reviewer.names import fold
from reviewer.texts import data
from reviewer.types import Language

VERSION = 2
_WORD = re.compile(r"<\w+>|[^\W\d_]+")
_PIECES = (3, 4, 5)  # lengths of the character n-grams, within word boundaries
# How much a feature weighs by its kind, the first letter: words, pairs, pieces, lexicon, shape. Chosen by cross-validation.
_WEIGHT = {"w": 1.0, "b": 1.0, "c": 0.7, "l": 3.0, "s": 1.0}
_MARKS = {"date": "<date>", "amount": "<amount>", "percent": "<percent>", "time": "<time>", "number": "<number>",
          "address": "<address>", "url": "<url>", "phone": "<phone>", "iban": "<iban>"}  # fmt: skip
# The titles with which the weights were learned; another one would change the features (see VERSION).
_TITLE = (
    r"(?:M\.|Mr\.?|Mrs\.?|Ms\.?|Mme\.?|Mlle|Monsieur|Madame|Herrn?|Frau|Sr\.?|Sra\.?|Señora?|Sig\.(?:ra)?|Signora?|Dott\.(?:ssa)?"
    r"|Ing\.|Geom\.|Dhr\.?|Mevr\.?|Mevrouw|Meneer|Dra?\.?|Lic\.|Arq\.|Avv\.|Rag\."
    r"|Prof\.?|Doña|Don|Dña\.|Maître|Me|Dottor(?:e|essa)?|Ingegnere?|Avvocat[oa])"
)
# A title before a name, or two capitalised words in a row behind the start of the sentence.
_PERSON = re.compile(
    rf"{_TITLE} [A-ZÀ-Þ][\w-]+(?: [A-ZÀ-Þ][\w-]+)?|(?<=[a-zà-ÿ,'’] )[A-ZÀ-Þ][a-zà-ÿ-]+ [A-ZÀ-Þ][a-zà-ÿ-]+"
)
_SECRET = re.compile(
    r"\b(?=[^\s]*\d)(?=[^\s]*[A-Za-z])(?=[^\s]*[-_!#$%&*+?@^~.]|[^\s]*[a-z][A-Z0-9])[A-Za-z0-9!#$%&*+?@^~_.-]{6,}"
)


_KIND = itemgetter(0)
_JOINTS = str.maketrans("_'’-", "    ")  # between the words of an entry


def weight(feature: str) -> float:
    """The weight of a feature before learning: the lexicon speaks louder than pieces of words."""
    return _WEIGHT[feature[0]]


def norm(names: Iterable[str]) -> float:
    """The length of a passage's feature vector, so that a long passage does not weigh more than a short one."""
    kinds = Counter(map(_KIND, names))
    return math.sqrt(max(sum(count * weight(kind) ** 2 for kind, count in kinds.items()), 1.0))


def masked(text: str) -> str:
    """The text with details and people replaced by what kind of thing they are."""
    pieces, position = [], 0
    for detail in details.find(text):
        pieces += [text[position : detail.start], f" {_MARKS[detail.kind]} "]
        position = detail.end
    return _PERSON.sub(" <person> ", "".join([*pieces, text[position:]]))


def features(text: str, language: Language) -> frozenset[str]:
    """The set of features of a passage; each counts once, but for lexicon hits, which count one, two, or more."""
    plain = masked(text)
    words = [w if w.startswith("<") else fold(w) for w in _WORD.findall(plain)]
    found = {f"w {word}" for word in words}
    found.update(f"b {a} {b}" for a, b in itertools.pairwise(words))
    for word in words:
        if word.startswith("<"):
            continue
        found.update(_pieces(word))
    for label, count in Counter(lexicon_hits(words, language)).items():
        found.update(f"l {label} {n}" for n in range(1, min(count, 3) + 1))
    found.update(_shape(text, words))
    return frozenset(found)


@lru_cache(maxsize=8192)
def _pieces(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(f"c {padded[i : i + n]}" for n in _PIECES for i in range(len(padded) - n + 1))


def _shape(text: str, words: Sequence[str]) -> Iterable[str]:
    stripped = text.rstrip()
    yield f"s words {min(len(words) // 6, 6)}"
    if "?" in stripped:
        yield "s question"
    if stripped.endswith((".", "!", "?", "…")):
        yield "s sentence"
    if "!" in stripped:
        yield "s exclaims"
    if ":" in stripped:
        yield "s colon"
    if _SECRET.search(text):
        yield "s secret"
    if words[:1]:
        yield f"s first {words[0]}"
    if words[1:2]:
        yield f"s first {words[0]} {words[1]}"


class Lexicon(NamedTuple):
    """The entries of a language with their labels."""

    whole: dict[str, tuple[str, ...]]
    prefix: dict[str, tuple[str, ...]]
    """Written with a star."""
    first: frozenset[str]
    """With which words an entry of several words begins."""


@lru_cache(maxsize=6)
def _lexicon(language: Language) -> Lexicon:
    whole: dict[str, list[str]] = {}
    prefix: dict[str, list[str]] = {}
    for label, entries in data(f"lexicon_{language}").items():
        for entry in str(entries).split():
            words = fold(entry.translate(_JOINTS))
            table = prefix if words.endswith("*") else whole
            table.setdefault(words.rstrip("*"), []).append(label)
    first = frozenset(entry.split(" ")[0] for entry in (*whole, *prefix) if " " in entry)
    return Lexicon({k: tuple(v) for k, v in whole.items()}, {k: tuple(v) for k, v in prefix.items()}, first)


def lexicon_hits(words: Sequence[str], language: Language) -> list[str]:
    """Labels of the lexicon's entries among the folded words: single words and runs of up to four."""
    first = _lexicon(language).first
    hits: list[str] = []
    for i, word in enumerate(words):
        hits += _hits(language, "", word)
        if word in first:
            for length in range(2, min(4, len(words) - i) + 1):
                hits += _hits(language, " ".join(words[i : i + length - 1]) + " ", words[i + length - 1])
    return hits


@lru_cache(maxsize=8192)
def _hits(language: Language, before: str, word: str) -> tuple[str, ...]:
    """Labels of the entries that a word completes behind the words before it."""
    whole, prefix, _ = _lexicon(language)
    run = before + word
    found = list(whole.get(run, ()))
    # A prefix ends within the last word of its run.
    for end in range(len(before) + 1, len(run) + 1):
        found += prefix.get(run[:end], ())
    return tuple(found)
