"""The catalogues: every text in both languages, every phrase in all six, and none asked for that is not there."""

import re
import string
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from reviewer.texts import data, dated, listed, say
from reviewer.types import LANGUAGES

PACKAGE = Path(__file__).parent.parent / "reviewer"


def leaves(node: Any, path: str = "") -> dict[str, Any]:
    """Dotted path to text."""
    if isinstance(node, dict) and not set(node) <= {"fr", "en"}:
        return {k: v for key, value in node.items() for k, v in leaves(value, f"{path}.{key}".lstrip(".")).items()}
    return {path: node}


def fields(text: str) -> set[str]:
    """The placeholders of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("path", sorted((PACKAGE / "data").glob("*.yaml")), ids=lambda path: path.stem)
def test_no_key_stands_twice(path: Path) -> None:
    """YAML takes the second of two silently, and the first is gone."""
    twice: list[str] = []

    def walk(node: yaml.Node, where: str) -> None:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            twice.extend(f"{where}.{key}" for key in set(keys) if keys.count(key) > 1)
            for key, value in node.value:
                walk(value, f"{where}.{key.value}")

    walk(yaml.compose(path.read_text("utf-8"), Loader=yaml.CSafeLoader), path.stem)
    assert twice == []


@pytest.mark.parametrize(("path", "node"), leaves(data("texts")).items())
def test_every_text_is_there_in_both_languages(path: str, node: Any) -> None:
    """With the same placeholders."""
    assert isinstance(node, dict), path
    assert set(node) == {"fr", "en"}, path
    assert all(str(text).strip() for text in node.values())
    chosen = [fields(re.sub(r"\[[^|\]]*\|([^\]]*)\]", r"\1", str(text))) for text in node.values()]
    assert chosen[0] == chosen[1], path


def test_every_text_that_the_code_asks_for_is_there() -> None:
    """Keys written out in `say(...)`."""
    known = leaves(data("texts"))
    for path in PACKAGE.rglob("*.py"):
        for key in re.findall(r'\bsay\([^"()]*(?:\([^()]*\))?[^"()]*"([a-z_.0-9]+)"', path.read_text("utf-8")):
            assert key in known, f"{path.name}: {key}"


def shape(node: Any) -> Any:
    """The keys of a nested mapping, without its texts; of a list its length."""
    if isinstance(node, dict):
        return {key: shape(value) for key, value in node.items()}
    return len(node) if isinstance(node, list) else None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_there_in_six_languages(language: str) -> None:
    """The six have the same keys; forms that a language does not tell apart are written twice."""
    phrases = data("phrases")
    assert shape(phrases[language]) == shape(phrases["fr"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lexicon_has_the_same_labels(language: str) -> None:
    """A label that one language lacks would be learned from the others alone."""
    assert set(data(f"lexicon_{language}")) == set(data("lexicon_fr"))


def test_counts_read_as_people_write_them() -> None:
    """One, several, and lists with "and"."""
    assert say("en", "advice.r13.explanation", count=1) == "One passage is in no message."
    assert say("fr", "advice.r13.explanation", count=3) == "3 passages ne sont dans aucun message."
    assert listed("fr", ["a", "b", "c"]) == "a, b et c"
    assert listed("en", ["a"]) == "a"


@pytest.mark.parametrize(
    ("day", "french", "english"),
    [
        (date(2026, 3, 1), "1er mars 2026", "1 March 2026"),
        (date(2026, 8, 21), "21 août 2026", "21 August 2026"),
        (date(2027, 12, 31), "31 décembre 2027", "31 December 2027"),
    ],
)
def test_a_day_in_a_sentence_is_written_as_people_do(day: date, french: str, english: str) -> None:
    """Whatever text it stands in."""
    assert (dated("fr", day), dated("en", day)) == (french, english)
    assert say("fr", "deal.agreement.agreed", day=day) == f"convenu le {french}"
    assert say("en", "deal.rhythm_last", last=day, next=day).count(english) == 2
