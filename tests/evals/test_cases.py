"""The labelled mails hold together, and what does not is named."""

from collections import Counter
from pathlib import Path

import pytest

from evals import cases
from evals.cases import LabelledMail, load, problems
from reviewer.errors import InputError
from tests.evals.build import FOLDER, harbour


def test_every_case_is_without_a_problem() -> None:
    """Quotes, people, owners and telling strings of every labelled mail."""
    assert [f"{mail.id}: {p}" for mail in load() for p in problems(mail)] == []


def test_the_cases_are_as_many_and_as_various_as_promised() -> None:
    """Languages, splits, cultures and lengths."""
    mails = load()
    languages = Counter(mail.language for mail in mails)
    assert len(mails) >= 48
    assert languages["fr"] >= 22
    assert languages["en"] >= 16
    assert sum(languages[code] for code in ("de", "es", "it", "nl")) >= 10
    assert {mail.split for mail in mails} == {"dev", "test"}
    assert {mail.culture for mail in mails} >= {"unknown", "transparent", "hierarchical"}
    sizes = [len(mail.facts) for mail in mails]
    assert min(sizes) <= 6
    assert max(sizes) >= 30


def _spoiled(**changes: object) -> LabelledMail:
    mail = harbour()
    fact = mail.facts[3].model_copy(update=changes)
    return mail.model_copy(update={"facts": (*mail.facts[:3], fact, *mail.facts[4:])})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"quote": "We could go up"}, "does not say"),
        ({"must_read": ("XX",)}, "nobody is called"),
        ({"must_read": ("RM",)}, "must and must not read it"),
        ({"group": "must"}, "must be in the group message and must not be read"),
        ({"tells": ()}, "nothing that gives it away"),
        ({"tells": ("99 k€",)}, "does not stand in it"),
        ({"tells": ("could",)}, "also stands elsewhere"),
        ({"owner": "IB", "act": "inform"}, "has an owner and asks nobody"),
        ({"topics": ("other", "scope")}, "other must stand alone"),
    ],
)
def test_a_wrong_label_is_named(changes: dict[str, object], says: str) -> None:
    """Each way of labelling wrongly has its sentence."""
    assert any(says in problem for problem in problems(_spoiled(**changes)))


def test_the_right_labels_have_no_problem() -> None:
    """The mail that the others are spoiled from."""
    assert list(problems(harbour())) == []


def test_an_unlabelled_passage_is_named() -> None:
    """A sentence that no fact speaks of was forgotten."""
    mail = harbour().model_copy(update={"facts": harbour().facts[1:]})
    assert any("no fact labels 'The steering committee approved" in p for p in problems(mail))


@pytest.mark.parametrize("text", ["id: [", "id: x\nlanguage: xx\n"])
def test_a_broken_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    """The sentence names the file."""
    path = tmp_path / "broken.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"broken\.yaml"):
        cases.read(path)


def test_a_file_in_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    """Latin-1 is named as what it is not."""
    path = tmp_path / "latin.yaml"
    path.write_bytes("id: \u00e9".encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.yaml cannot be read: save it as a UTF-8"):
        cases.read(path)


@pytest.mark.parametrize("pattern", ["zzz", "", ".", "/"])
def test_no_case_is_one_sentence(pattern: str) -> None:
    """A glob that matches nothing, or is none."""
    with pytest.raises(InputError, match=f"No case matches '{pattern}'"):
        load(pattern, folder=FOLDER)
