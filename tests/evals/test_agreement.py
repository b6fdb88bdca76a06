"""Second labels: of whole mails, and of who may read a confidence."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from evals.agreement import CONFIDENCES, agreement, confidences, judgements, relabelled, second
from evals.cases import load
from evals.cli import app
from reviewer.errors import InputError

FIRST = CONFIDENCES / "1.yaml"


def test_every_confidence_is_labelled_again_for_every_reader() -> None:
    """Nothing but who reads it is another label than the mail's own."""
    told = confidences(FIRST)
    assert sum(len(mail.facts) for mail, _ in told) == 99
    for mail, labels in told:
        for own, again in zip(mail.facts, labels.facts, strict=True):
            assert again.model_copy(update={"must_read": own.must_read, "must_not_read": own.must_not_read}) == own
            assert not {*again.must_read} & {*again.must_not_read}


def test_kappa_is_of_the_judgements_and_not_of_those_that_agree_by_chance() -> None:
    """Labels compared with themselves agree wholly; with those of another less than their share of like judgements says."""
    told = confidences(FIRST)
    same = [(mail, labels.model_copy(update={"facts": mail.facts})) for mail, labels in told]
    assert agreement("must read", same).kappa == 1.0
    found = agreement("must read", told)
    pairs = [pair for rows in judgements("must read", told).values() for pair in rows]
    observed = sum(a == b for a, b in pairs) / len(pairs)
    one, other = (sum(given) / len(pairs) for given in zip(*pairs, strict=True))
    by_chance = one * other + (1 - one) * (1 - other)
    assert found.alike == observed
    assert found.kappa == pytest.approx((observed - by_chance) / (1 - by_chance))
    assert found.kappa < found.alike


def test_a_run_is_judged_by_the_labels_of_the_annotator() -> None:
    """Other labels, other facts of the same mails; facts that are no confidence stay as they are."""
    mails = load()
    again = relabelled(mails, FIRST)
    told = {(mail.id, fact.quote) for mail, labels in confidences(FIRST) for fact in labels.facts}
    assert [m.id for m in again] == [m.id for m in mails]
    changed = 0
    for mail, other in zip(mails, again, strict=True):
        for fact, labelled in zip(mail.facts, other.facts, strict=True):
            if (mail.id, fact.quote) not in told:
                assert labelled == fact
            changed += labelled.must_read != fact.must_read
    assert changed


def test_labels_of_other_mails_are_refused(tmp_path: Path) -> None:
    """A reader too few, a word that is none of the three, and no YAML at all: one sentence, on the command line too."""
    labels = yaml.safe_load(FIRST.read_text("utf-8"))
    mail = next(iter(labels))
    fewer = {**labels, mail: [dict(list(row.items())[1:]) for row in labels[mail]]}
    other = {**labels, mail: [dict.fromkeys(row, "perhaps") for row in labels[mail]]}
    for number, text in enumerate((yaml.safe_dump(fewer), yaml.safe_dump(other), "{")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text, "utf-8")
        with pytest.raises(InputError, match=path.name):
            confidences(path)
    with pytest.raises(InputError, match="no file"):
        confidences(tmp_path / "nowhere.yaml")
    told = CliRunner().invoke(app, ["run", "--cases", "en-winery-short", "--confidences", str(tmp_path / "0.yaml")])
    assert told.exit_code == 2
    assert mail in told.output


def test_the_second_labels_are_of_the_same_facts() -> None:
    """As many, in their order."""
    for mail, labels in second():
        assert [f.quote for f in labels.facts] == [f.quote for f in mail.facts]
