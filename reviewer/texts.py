"""The words that the reviewer says to the seller, in French and English, and its phrases in six languages.

Both are data, so that a wording can be changed without touching code. A missing text is a KeyError, held by a test.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from yaml import CSafeLoader

from reviewer.prefilter import Guarded

Lang = Literal["fr", "en"]
_CHOICE = re.compile(r"\[([^|\]]*)\|([^|\]]*)\]")


@lru_cache(maxsize=16)
def data(name: str) -> Any:  # noqa: ANN401 - what a YAML file holds
    """A YAML file of `reviewer/data`, read once."""
    text = (files("reviewer") / "data" / f"{name}.yaml").read_text("utf-8")
    return yaml.load(text, Loader=CSafeLoader)


@lru_cache(maxsize=256)
def pattern(path: str, any_case: bool = True) -> re.Pattern[str]:
    """A regular expression of `cues.yaml`; a list of them matches where one of its items does."""
    node = _cue(path)
    source = "|".join(f"(?:{item})" for item in node) if isinstance(node, list) else str(node)
    return re.compile(source, re.IGNORECASE if any_case else 0)


@lru_cache(maxsize=64)
def guarded(path: str, any_case: bool = True) -> Guarded:
    """The same, tried only on a text that has one of its words."""
    return Guarded(pattern(path, any_case))


@lru_cache(maxsize=16)
def patterns(path: str) -> tuple[Guarded, ...]:
    """The regular expressions of a list of `cues.yaml`, each by itself, as they are typed."""
    return tuple(Guarded(re.compile(item)) for item in _cue(path))


def _cue(path: str) -> Any:  # noqa: ANN401 - what a YAML file holds
    node: Any = data("cues")
    for part in path.split("."):
        node = node[part]
    return node


def say(lang: Lang, key: str, **values: object) -> str:
    """The text of this key, with its {placeholders} filled in; `key` is a dotted path such as `finding.lost`.

    `[one passage|{count} passages]` in a text chooses by the value `count`. A date among the values stands as `dated` has it.
    """
    node: Any = data("texts")
    for part in key.split("."):
        node = node[part]
    text: str = node[lang]
    if "count" in values:
        text = chosen(text, values["count"] == 1)
    told = {name: dated(lang, value) if isinstance(value, date) else value for name, value in values.items()}
    return text.format(**told) if told else text


def chosen(text: str, first: bool) -> str:
    """The text with the first or the second alternative of each `[one|other]` in it."""
    return _CHOICE.sub(lambda match: match.group(1 if first else 2), text)


def dated(lang: Lang, day: date) -> str:
    """A day as people write it in a sentence: "1er mars 2026" in French, "1 March 2026" in English."""
    month = data("texts")["months"][lang].split()[day.month - 1]
    return f"{'1er' if lang == 'fr' and day.day == 1 else day.day} {month} {day.year}"


def headed(lang: Lang, key: str, value: str = "") -> str:
    """A value behind what it is: "À : Ada Roy" in French, "To: Ada Roy" in English."""
    return say(lang, "headed", label=say(lang, key), value=value)


def word(lang: Lang, vocabulary: str, name: str) -> str:
    """A word of the vocabulary as people say it: `word("fr", "topic", "budget_price")` is "budget et prix"."""
    table: Mapping[str, Mapping[str, str]] = data("texts")["word"][vocabulary]
    return table[str(name)][lang]


def listed(lang: str, items: list[str]) -> str:
    """Items joined as a sentence does: "a, b and c"."""
    last = data("phrases")[lang]["and"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""
