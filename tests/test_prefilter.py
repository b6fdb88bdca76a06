"""The cheap look before a costly search never says no where the pattern would match."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.prefilter import Guarded, words_of
from reviewer.texts import data, guarded, patterns

SENSITIVE = {name: bool(entry.get("any_case", True)) for name, entry in data("cues")["sensitive"].items()}
ALL = [
    *(guarded(f"sensitive.{name}.pattern", any_case) for name, any_case in SENSITIVE.items()),
    *patterns("hostile.instruction"),
    guarded("hostile.delimiter"),
    guarded("asks"),
]
# A text for what looks ahead over the whole of it (`aws_secret`) is not found by chance.
GUARDED = [guard for guard in ALL if guard.words and guard is not guarded("sensitive.aws_secret.pattern", False)]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\b(?:password|mot de passe)\s*:", {"password", "mot de passe"}),
        (r"\b(?:mots? de passe|clés?)\b", {" de passe", "clé"}),
        (r"https?://\S+", {"http"}),
        (r"(?P<value>\d{4})", None),
        (r"(?:password)?\d", None),
        (r"(?:pass){2,}word", {"pass"}),
        (r"\b(?:ignore|x)\b", None),
        (r"(?<!un)safe(?=r)", {"safe"}),
        (r"stra(?:ß|ss)e", {"stra"}),
    ],
)
def test_the_words_of_a_pattern(pattern: str, words: set[str] | None) -> None:
    """Of each alternative one, the longest run of letters that cannot be left out; none where an alternative has none."""
    found = words_of(re.compile(pattern, re.IGNORECASE))
    assert (None if found is None else set(found)) == words


@pytest.mark.parametrize("text", ["PASSWORD: x", "paſſword: x", "Password: x", "pAsSwOrD:"])
def test_a_word_is_known_in_any_case(text: str) -> None:
    """Also by the letters that a pattern in any case takes for an s: it matches, so the look before it does not stand in the way."""
    guard = Guarded(re.compile(r"password\s*:", re.IGNORECASE))
    assert guard.search(text)


@pytest.mark.parametrize("guard", GUARDED, ids=range(len(GUARDED)))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(examples=st.data())
def test_what_a_pattern_matches_has_one_of_its_words(guard: Guarded, examples: st.DataObject) -> None:
    """On texts made from each pattern that the reviewer guards."""
    text = examples.draw(st.from_regex(guard.pattern))
    assert bool(guard.pattern.search(text)) == bool(guard.search(text))
