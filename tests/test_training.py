"""The data that the local engine learned from and is judged on: valid, plentiful, kept apart; and how it does on it."""

from collections import Counter

import pytest

from training.score import case_of, macro, mails, near_duplicates, own, scored, sensitive
from training.train import ROOT, rows
from training.validate import TOPICS, problems

PASSAGES = rows((ROOT / "passages").glob("*.jsonl"))
MAILS = mails(ROOT / "test" / "mails.jsonl")


def test_every_label_is_of_the_vocabulary() -> None:
    """Training and test passages alike."""
    found = [(row["text"], p) for row in PASSAGES for p in problems(row)]
    found += [(row["text"], p) for mail in MAILS for row in mail["passages"] for p in problems(row, mail["lang"])]
    assert not found, found[:5]


@pytest.mark.parametrize(
    ("language", "least"), [("fr", 1200), ("en", 1000), ("de", 200), ("es", 200), ("it", 200), ("nl", 200)]
)
def test_there_is_enough_of_every_language(language: str, least: int) -> None:
    """As many as the engine needs at least, none of them twice."""
    texts = [row["text"].casefold() for row in PASSAGES if row["lang"] == language]
    assert len(texts) >= least
    twice = [text for text, n in Counter(texts).items() if n > 1 and len(text) > 40]
    assert not twice, twice


def test_a_mail_holds_its_passages_in_order() -> None:
    """Each passage stands in the body where it was labelled."""
    for mail in MAILS:
        case = case_of(mail)
        assert [p.text for p in case.passages] == [row["text"] for row in mail["passages"]]


def test_the_test_mails_hold_little_that_was_learned() -> None:
    """Near duplicates are left out of the scores; there are hardly any."""
    texts = [row["text"] for mail in MAILS for row in own(mail)]
    near = near_duplicates(texts, [row["text"] for row in PASSAGES])
    assert len(near) <= 0.03 * len(texts), near


def test_the_engine_is_as_good_as_it_was() -> None:
    """A guard against a worse engine, somewhat below the figures that the README reports."""
    found = [s for mail in MAILS for s in scored(mail)]
    any_ = sensitive(found)
    assert macro(found, [f"topic {t}" for t in TOPICS]) >= 0.60
    assert any_.recall >= 0.85
    assert any_.precision >= 0.72
