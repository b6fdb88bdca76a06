"""Small builders for tests: people, drafts and cases from plain strings, without the parser."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from reviewer.types import (
    Act,
    Case,
    Classification,
    Culture,
    Draft,
    Flag,
    Language,
    Passage,
    Recipient,
    Role,
    Sensitivity,
    Side,
    Situation,
    Stage,
    Stakeholder,
    Topic,
    Zone,
)

TODAY = date(2026, 3, 2)
GOLDEN = Path(__file__).parent / "golden"


def golden(name: str, text: str) -> None:
    """Assert that a text is the one that was read and found good; GOLDEN=write takes the new one, to be read in the diff."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def person(
    name: str, *roles: Role, side: Side = Side.CUSTOMER, recipient: Recipient = Recipient.TO, note: str = ""
) -> Stakeholder:
    """Somebody whose address follows from the first name: Claire Leroy is claire@client.example."""
    address = f"{name.split()[0].lower()}@client.example"
    return Stakeholder(
        name=name, address=address, roles=roles or (Role.UNKNOWN,), side=side, recipient=recipient, note=note
    )


CLAIRE = person("Claire Leroy", Role.CHAMPION)
KARIM = person("Karim Benali", Role.TECHNICAL_EVALUATOR)
SANDRINE = person("Sandrine Roux", Role.PROCUREMENT)
THOMAS = person("Thomas Vidal", Role.PROJECT_MANAGER)
ODILE = person("Odile Perrin", Role.FINANCE, recipient=Recipient.CC)
PEOPLE = (CLAIRE, KARIM, SANDRINE, THOMAS, ODILE)


def case(
    *texts: str,
    people: Sequence[Stakeholder] = PEOPLE,
    language: Language = "fr",
    subject: str = "Projet Atlas",
    culture: Culture = Culture.UNKNOWN,
    agreed: bool = False,
    last: date | None = None,
) -> Case:
    """A case whose texts are author passages of one paragraph each; "zone|text" makes it another zone."""
    body, passages = "", []
    for number, given in enumerate(texts):
        name, bar, rest = given.partition("|")
        zone, text = (Zone(name), rest) if bar else (Zone.AUTHOR, given)
        if body:
            body += "\n\n"
        start = len(body)
        body += text
        passages.append(
            Passage(id=f"s{number + 1}", zone=zone, text=text, start=start, end=len(body), paragraph=number)
        )
    draft = Draft(subject=subject, body=body, stakeholders=tuple(people), language=language)
    situation = Situation(today=TODAY, culture=culture, agreed=agreed, last_group_message=last, explain_in="en")
    return Case(draft=draft, passages=tuple(passages), situation=situation)


def label(
    number: int, *topics: Topic, act: Act = Act.INFORM, stage: Stage = Stage.SETTLED, to: Sequence[Stakeholder] = ()
) -> Classification:
    """The classification of passage s<number>."""
    return Classification(
        passage_id=f"s{number}",
        topics=topics or (Topic.DECISION,),
        act=act,
        stage=stage,
        addressed_to=tuple(p.address for p in to),
        reason="-",
    )


def flag(
    of: Case,
    number: int,
    sensitivity: Sensitivity,
    withhold_from: Sequence[Stakeholder],
    quote: str | None = None,
) -> Flag:
    """A flag on passage s<number>, or on a quote of it."""
    passage = of.passages[number - 1]
    start = passage.start if quote is None else of.draft.body.index(quote, passage.start)
    end = passage.end if quote is None else start + len(quote)
    return Flag(
        passage_id=passage.id,
        start=start,
        end=end,
        quote=of.draft.body[start:end],
        sensitivity=sensitivity,
        withhold_from=tuple(p.address for p in withhold_from),
        reason="-",
    )
