"""Whether two sentences are about one affair of one person or place, in other words: "Karim démissionne", "la démission de Karim".

A confidence is told again by its name and by what becomes of whoever has it, however that is said. What they share besides is not asked:
somebody's departure is one, whoever tells it.
"""

import re
from functools import lru_cache

from reviewer import compare
from reviewer.names import TITLE, fold
from reviewer.texts import data, pattern

_CAPITAL = re.compile(r"\b(?:[DdLl]['’])?([A-ZÀ-ÖØ-Þ][\w-]{2,})")
_TITLED = re.compile(rf"(?<![\w.])(?:{TITLE}\s+)+([A-ZÀ-ÖØ-Þ][\w-]+)")


def same_affair(confidence: str, text: str) -> str | None:
    """The words by which a text tells of the affair of a confidence again; None where it does not.

    Both name the same person or place, and say the same of it: that somebody leaves, is ill, or that something is closed or sold.
    """
    shared = _names(confidence) & _names(text)
    if not shared:
        return None
    # The first word of a sentence has its capital from there, and is a name where what becomes of it stands right behind.
    capital = any(name not in _first(confidence) or name not in _first(text) for name in shared)
    for kind in data("cues")["affair"]:
        told = pattern(f"affair.{kind}").search(text)
        if told and pattern(f"affair.{kind}").search(confidence):
            behind = (all(_right_behind(name, kind).search(fold(t)) for t in (confidence, text)) for name in shared)
            if capital or any(behind):
                return told[0]
    return None


@lru_cache(maxsize=256)
def _right_behind(name: str, kind: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(name)}s?(?:\W+\w+){{0,2}}?\W+(?:{fold(data('cues')['affair'][kind])})")


@lru_cache(maxsize=4096)
def _names(text: str) -> frozenset[str]:
    """The capitalised words of a text, folded and without the "s" of an owner, but for titles and for what says what becomes of them."""
    titles = re.compile(TITLE)
    words = {w for w in (*_CAPITAL.findall(text), *_TITLED.findall(text)) if not titles.fullmatch(w)}
    told = {
        _plain(w) for w in words if not any(pattern(f"affair.{kind}").fullmatch(w) for kind in data("cues")["affair"])
    }
    return frozenset(told - compare.stopwords())


@lru_cache(maxsize=4096)
def _first(text: str) -> frozenset[str]:
    return frozenset(_plain(words[0]) for s in compare.sentences(text) if (words := re.findall(r"\w[\w-]*", s)))


def _plain(word: str) -> str:
    folded = fold(word)
    return folded[:-1] if folded.endswith("s") and len(folded) > 4 else folded
