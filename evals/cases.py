"""The labelled mails: ``python -m evals.cases`` says what is wrong with any of them and prints the counts.

A case is a whole mail with its readers and the facts that a reader would take from it. Everything is labelled by facts, not by
passages, so that the same labels judge a chain, another way of cutting sentences, and a single prompt that knows no passages.
The labels are defined in docs/labelling.md and docs/evals.md.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import ValidationError

from reviewer.errors import InputError
from reviewer.mail import RawMail
from reviewer.parse import make_draft
from reviewer.types import (
    Act,
    Case,
    Culture,
    Language,
    Recipient,
    Role,
    Sensitivity,
    Side,
    Situation,
    Stage,
    Stakeholder,
    Topic,
    Value,
)

CASES = Path(__file__).parent / "cases"
RULES = frozenset({1, 2, 4, 5, 6, 10, 14, 16, 19, 21})
"""The rules of the method whose advice is scored; the labels say for each whether it is due."""


class Person(Value):
    """A reader of the mail."""

    key: str
    """Two or three letters that the facts name the person by."""
    name: str
    address: str
    roles: tuple[Role, ...]
    recipient: Recipient = Recipient.TO
    side: Side = Side.CUSTOMER
    note: str = ""


class Fact(Value):
    """Something that the mail says, and who should read it."""

    quote: str
    """The exact words of the mail."""
    topics: tuple[Topic, ...]
    act: Act
    stage: Stage
    sensitivity: tuple[Sensitivity, ...] = ()
    must_read: tuple[str, ...] = ()
    """Keys of the people who have to read it."""
    must_not_read: tuple[str, ...] = ()
    """Keys of the people who would do harm with it."""
    group: Literal["must", "may", "not"]
    """Whether the message to everybody has to carry it, may, or must not."""
    tells: tuple[str, ...] = ()
    """Words of the mail that give it away where they stand in a message to somebody who must not read it."""
    owner: str | None = None
    """Key of the one person who is asked, where the fact is a request."""


class LabelledMail(Value):
    """A mail with its labels."""

    id: str
    language: Language
    split: Literal["dev", "test"]
    industry: str
    feature: str
    """What makes it hard, in a few words."""
    culture: Culture = Culture.UNKNOWN
    agreed: bool = False
    last_group_message: date | None = None
    today: date
    subject: str
    people: tuple[Person, ...]
    body: str
    facts: tuple[Fact, ...]
    rules: tuple[int, ...] = ()
    """The rules of the method that a reviewer has to report."""

    def address(self, key: str) -> str:
        """The address of the person with this key."""
        return next(p.address for p in self.people if p.key == key)

    def person(self, key: str) -> Person:
        """The person with this key."""
        return next(p for p in self.people if p.key == key)

    def places(self) -> list[tuple[int, int]]:
        """Offsets of every fact in the body, in the order of the facts; they stand in the mail's order."""
        found, position = [], 0
        for fact in self.facts:
            start = self.body.find(fact.quote, position)
            if start < 0:
                raise InputError(f"{self.id}: the mail does not say {fact.quote!r} after the fact before it.")
            found.append((start, start + len(fact.quote)))
            position = start + 1
        return found

    def stakeholders(self) -> tuple[Stakeholder, ...]:
        """The readers as a review knows them."""
        return tuple(
            Stakeholder(name=p.name, address=p.address, roles=p.roles, recipient=p.recipient, side=p.side, note=p.note)
            for p in self.people
        )

    def case(self) -> Case:
        """The mail as the chain is given it."""
        draft, passages = make_draft(RawMail(self.subject, None, (), self.body), self.stakeholders())
        situation = Situation(
            today=self.today,
            culture=self.culture,
            agreed=self.agreed,
            last_group_message=self.last_group_message,
            explain_in="fr" if self.language == "fr" else "en",
        )
        return Case(draft=draft, passages=passages, situation=situation)


def read(path: Path) -> LabelledMail:
    """One case; InputError says what is wrong with the file."""
    try:
        return LabelledMail.model_validate(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader))
    except yaml.YAMLError:
        raise InputError(f"{path.name} is not valid YAML; mend it.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name} cannot be read: save it as a UTF-8 text file.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{path.name}: {where}: {first['msg']}.") from None


@lru_cache(maxsize=4)
def _all(folder: Path) -> tuple[LabelledMail, ...]:
    return tuple(read(path) for path in sorted(folder.glob("*.yaml")))


def load(
    pattern: str = "*", split: Literal["dev", "test"] | None = None, folder: Path | None = None
) -> tuple[LabelledMail, ...]:
    """The cases whose id matches the glob, of one split or of both, in the order of their ids."""
    folder = folder or CASES
    wanted = [case for case in _all(folder) if fnmatchcase(case.id, pattern) and split in (None, case.split)]
    if not wanted:
        raise InputError(f"No case matches {pattern!r}{f' in split {split}' if split else ''}; see {folder.name}/.")
    return tuple(wanted)


def problems(case: LabelledMail) -> Iterator[str]:
    """Everything wrong with a case: quotes, people, enums beyond their type, tells that tell nothing."""
    keys = {p.key for p in case.people}
    if len(keys) < len(case.people) or len({p.address for p in case.people}) < len(case.people):
        yield "two people share a key or an address"
    customers = {p.key for p in case.people if p.side is not Side.OWN}
    if unknown := set(case.rules) - RULES:
        yield f"rules {sorted(unknown)} are not scored"
    try:
        places = case.places()
    except InputError as error:
        yield str(error)
        return
    for fact, (start, end) in zip(case.facts, places, strict=True):
        name = f"{fact.quote[:40]!r}"
        people = {*fact.must_read, *fact.must_not_read, *([fact.owner] if fact.owner else [])}
        if people - keys:
            yield f"{name} names {sorted(people - keys)}, whom nobody is called"
        if both := set(fact.must_read) & set(fact.must_not_read):
            yield f"{name}: {sorted(both)} must and must not read it"
        if set(fact.must_not_read) - customers:
            yield f"{name} is withheld from the seller's own side"
        if fact.owner and fact.owner in fact.must_not_read:
            yield f"{name} asks somebody who must not read it"
        if fact.group == "must" and fact.must_not_read:
            yield f"{name} must be in the group message and must not be read by {sorted(fact.must_not_read)}"
        if fact.act is Act.REQUEST and fact.owner is None:
            yield f"{name} is a request without an owner"
        if fact.owner and fact.act not in (Act.REQUEST, Act.PROPOSE):
            yield f"{name} has an owner and asks nobody"
        if fact.must_not_read and not fact.tells:
            yield f"{name} has nothing that gives it away"
        for tell in fact.tells:
            if tell.casefold() not in case.body[start:end].casefold():
                yield f"{name}: {tell!r} does not stand in it"
            elsewhere = f"{case.subject}\n{case.body[:start]}\n{case.body[end:]}".casefold()
            if re.search(rf"(?<!\w){re.escape(tell.casefold())}(?!\w)", elsewhere):
                yield f"{name}: {tell!r} also stands elsewhere in the mail"
        if Topic.OTHER in fact.topics and len(fact.topics) > 1:
            yield f"{name}: other must stand alone"
    own = case.case().author_passages()
    for passage in own:
        if not any(start < passage.end and passage.start < end for start, end in places):
            yield f"no fact labels {passage.text[:60]!r}"


def near_training(cases: Sequence[LabelledMail]) -> list[tuple[str, str, str]]:
    """(case, fact, training passage) where a fact comes near a passage that the local engine was trained on."""
    from training.score import near_duplicates
    from training.train import ROOT, rows

    passages = [row["text"] for row in rows((ROOT / "passages").glob("*.jsonl"))]
    return [
        (case.id, text, other)
        for case in cases
        for text, other, _ in near_duplicates([fact.quote for fact in case.facts], passages)
    ]


def counts(cases: Sequence[LabelledMail]) -> Counter[str]:
    """How many cases, facts and labels of each kind there are."""
    found: Counter[str] = Counter()
    for case in cases:
        found.update((f"language {case.language}", f"split {case.split}", f"culture {case.culture}", "cases"))
        for fact in case.facts:
            found.update(("facts", f"act {fact.act}", f"stage {fact.stage}", f"group {fact.group}"))
            found.update(f"topic {t}" for t in fact.topics)
            found.update(f"sensitivity {s}" for s in fact.sensitivity)
            found["pairs withheld"] += len(fact.must_not_read)
            found["requests"] += fact.owner is not None
    return found


def main() -> int:
    """Print every problem and the counts; 1 where there is a problem."""
    cases = load()
    bad = [f"{case.id}: {problem}" for case in cases for problem in problems(case)]
    bad += [f"{name}: {text!r} is near the training passage {other!r}" for name, text, other in near_training(cases)]
    print("\n".join([*bad, *(f"{n:6} {label}" for label, n in sorted(counts(cases).items()))]))
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
