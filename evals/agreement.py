"""How far two people agree who labelled the same mails apart: ``python -m evals.agreement`` prints Cohen's kappa by kind of label.

The second labels are in `evals/cases/second/`: a file a mail with the labels of its facts, in the order of the case's facts, given by
somebody who saw the mail and the facts' quotes and none of the first labels. Kappa is Cohen's (1960); for labels that may be
several, it is the mean over the labels that either of the two gave.

Who may read a confidence is the hardest label, so all confidences were labelled again by themselves, reader by reader, in
`evals/cases/second/confidences/`: a file an annotator.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import TypeAdapter, ValidationError
from sklearn.metrics import cohen_kappa_score

from evals.cases import CASES, Fact, LabelledMail, load
from reviewer.errors import InputError
from reviewer.types import IN_CONFIDENCE, Value

SECOND = CASES / "second"
CONFIDENCES = SECOND / "confidences"
Reads = dict[str, Literal["must", "may", "not"]]
"""Whether each reader of a mail, by key, must, may or must not read a confidence."""
_BY_MAIL: TypeAdapter[dict[str, list[Reads]]] = TypeAdapter(dict[str, list[Reads]])


class SecondLabels(Value):
    """A mail labelled again."""

    id: str
    facts: tuple[Fact, ...]


class Agreement(NamedTuple):
    """How far the two agree on one kind of label."""

    kind: str
    kappa: float
    alike: float
    """Share of the judgements that are the same."""
    judgements: int


def second(folder: Path = SECOND) -> list[tuple[LabelledMail, SecondLabels]]:
    """Every mail that was labelled twice."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            labels = SecondLabels.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except (ValidationError, yaml.YAMLError):
            raise InputError(f"second/{path.name} is no list of labels as docs/evals.md describes it.") from None
        mail = load(labels.id)[0]
        if [f.quote for f in labels.facts] != [f.quote for f in mail.facts]:
            raise InputError(f"second/{path.name} does not have the facts of the mail, in their order.")
        found.append((mail, labels))
    return found


Both = tuple[LabelledMail, SecondLabels]


def confidences(path: Path) -> list[Both]:
    """The mails with their confidences alone, and who may read these by the labels of one annotator."""
    try:
        given = _BY_MAIL.validate_python(yaml.safe_load(path.read_text("utf-8")))
    except OSError:
        raise InputError(f"There is no file {path} with labels of confidences.") from None
    except (ValidationError, yaml.YAMLError):
        raise InputError(f"confidences/{path.name} does not say must, may or not for each reader.") from None
    found = []
    for mail in load():
        facts = [f for f in mail.facts if IN_CONFIDENCE & {*f.sensitivity}]
        rows = given.get(mail.id, [])
        if len(rows) != len(facts) or any(set(row) != {p.key for p in mail.people} for row in rows):
            raise InputError(f"confidences/{path.name} does not have the confidences and readers of {mail.id}.")
        if facts:
            again = [
                fact.model_copy(update={"must_read": _who(row, "must"), "must_not_read": _who(row, "not")})
                for fact, row in zip(facts, rows, strict=True)
            ]
            alone = mail.model_copy(update={"facts": tuple(facts)})
            found.append((alone, SecondLabels(id=mail.id, facts=tuple(again))))
    return found


def relabelled(mails: Iterable[LabelledMail], path: Path) -> tuple[LabelledMail, ...]:
    """The mails with an annotator's labels for their confidences in the place of their own."""
    again = {mail.id: {f.quote: f for f in labels.facts} for mail, labels in confidences(path)}
    return tuple(
        mail.model_copy(update={"facts": tuple(again.get(mail.id, {}).get(f.quote, f) for f in mail.facts)})
        for mail in mails
    )


def _who(row: Reads, word: str) -> tuple[str, ...]:
    return tuple(key for key, given in row.items() if given == word)


Judgements = dict[str, list[tuple[bool, bool]]]
"""By label, whether the first and whether the second gave it, fact by fact."""
_LABELS: dict[str, Callable[[Fact], Iterable[str]]] = {
    "topics": lambda f: f.topics,
    "act": lambda f: [f.act],
    "stage": lambda f: [f.stage],
    "sensitive at all": lambda f: ["sensitive"] if f.sensitivity else [],
    "sensitivity": lambda f: f.sensitivity,
    "group": lambda f: [f.group],
}
_PEOPLE: dict[str, Callable[[Fact], Iterable[str]]] = {
    "must read": lambda f: f.must_read,
    "must not read": lambda f: f.must_not_read,
    "owner": lambda f: [f.owner] if f.owner else [],
}


def judgements(kind: str, mails: Sequence[Both]) -> Judgements:
    """Every judgement of one kind; of people there is one for each fact and each reader of its mail."""
    pairs = [(m, a, b) for m, second_ in mails for a, b in zip(m.facts, second_.facts, strict=True)]
    if kind in _PEOPLE:
        named = _PEOPLE[kind]
        return {kind: [(p.key in named(a), p.key in named(b)) for m, a, b in pairs for p in m.people]}
    given = _LABELS[kind]
    values = sorted({v for _, a, b in pairs for v in (*given(a), *given(b))})
    return {v: [(v in given(a), v in given(b)) for _, a, b in pairs] for v in values}


def agreement(kind: str, mails: Sequence[Both]) -> Agreement:
    """Kappa of one kind of label over mails that were labelled twice."""
    found = judgements(kind, mails)
    kappas = [cohen_kappa_score(*zip(*rows, strict=True)) for rows in found.values() if len(set(sum(rows, ()))) > 1]
    every = [row for rows in found.values() for row in rows]
    kappa = sum(kappas) / len(kappas) if kappas else 1.0
    return Agreement(kind, float(kappa), sum(a == b for a, b in every) / len(every), len(every))


def main() -> int:
    """Print the table."""
    mails = second()
    if not mails:
        print("No mail was labelled twice yet.")
        return 1
    print(f"{len(mails)} mails, {sum(len(m.facts) for m, _ in mails)} facts labelled twice")
    for kind in (*_LABELS, *_PEOPLE):
        print(_line(agreement(kind, mails)))
    for path in sorted(CONFIDENCES.glob("*.yaml")):
        told = confidences(path)
        print(
            f"{sum(len(mail.facts) for mail, _ in told)} confidences in {len(told)} mails, labelled again by themselves"
        )
        for kind in ("must read", "must not read"):
            print(_line(agreement(kind, told)))
    return 0


def _line(found: Agreement) -> str:
    return f"{found.kind:18} kappa {found.kappa:5.2f}   alike {found.alike:6.1%} of {found.judgements}"


if __name__ == "__main__":
    sys.exit(main())
