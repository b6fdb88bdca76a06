"""How a deal stands, in lines that the terminal and the page show alike."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import get_args

from rich.console import Console
from rich.table import Table

from reviewer.deal import (
    Agreement,
    AgreementState,
    Deal,
    Ending,
    History,
    Insistence,
    Note,
    Observation,
    Outcome,
    in_force,
    known_to_one,
    rhythm,
    silences,
)
from reviewer.language import detect
from reviewer.outcome import is_neutral
from reviewer.owed import debts, not_for_all
from reviewer.policy import Policy
from reviewer.present import printable
from reviewer.recap import debt_line
from reviewer.texts import Lang, dated, listed, say, word
from reviewer.types import Language, Role


def agreement_line(history: History, today: date, lang: Lang) -> str:
    """The agreement with the sponsor, as it stands, and who is written to directly about what."""
    step = in_force(history.deal.agreements, today)
    state = say(lang, f"deal.agreement.{step.state if step else AgreementState.NONE}", day=step.day if step else "")
    return " · ".join(filter(None, (state, step.what if step else "")))


def culture_line(history: History, today: date, lang: Lang) -> str:
    """The customer's culture as observed last, when, and what was seen."""
    seen = in_force(history.deal.observations, today)
    culture = say(lang, f"ui.culture_{history.deal.culture(today)}")
    return " · ".join(filter(None, (culture, dated(lang, seen.day) if seen else "", seen.note if seen else "")))


def noted_line(history: History, policy: Policy, outcome: Outcome, lang: Lang) -> str | None:
    """What the seller should know of an outcome just noted: that the recap leaves it out, or tells all of it; None where it is plain."""
    if not_for_all(history, policy, outcome, outcome.day):
        return say(lang, "deal.not_for_all", name=history.deal.name)
    # A short sentence may tell no language, and a deal without a draft has none.
    found = detect(outcome.text)
    languages: tuple[Language, ...] = (found,) if found else get_args(Language)
    plain = any(is_neutral(outcome.text, outcome.matter, each) for each in languages)
    return None if plain else say(lang, "deal.not_plain")


def ending_line(deal: Deal, today: date, lang: Lang) -> str | None:
    """How the deal ended; None while it runs."""
    end = deal.ended(today)
    return say(lang, f"deal.ended.{end.state}", day=end.day) if end else None


def note_line(note: Note, history: History, lang: Lang) -> str:
    """What was written down, on one line."""
    about: str
    said: tuple[str, ...]
    match note:
        case Observation():
            about, said = "ui.culture", (say(lang, f"ui.culture_{note.culture}"), dated(lang, note.day), note.note)
        case Agreement():
            about, said = "deal.agreed", (say(lang, f"deal.agreement.{note.state}", day=note.day), note.what)
        case Outcome():
            about, said = f"deal.matter.{note.matter}", (note.text, dated(lang, note.day))
        case Insistence():
            name = history.names().get(note.address, note.address)
            return " · ".join(filter(None, (say(lang, "deal.informed", name=name, until=note.until), note.note)))
        case Ending():
            return say(lang, f"deal.ended.{note.state}", day=note.day)
    return say(lang, "deal.noted", about=say(lang, about), note=" · ".join(filter(None, said)))


def owed_lines(history: History, policy: Policy, today: date, lang: Lang) -> Iterator[str]:
    """The recaps that are owed, and the matters that are still open."""
    for debt in debts(history, policy, today):
        yield debt_line(debt, lang)


def rhythm_lines(history: History, today: date, lang: Lang) -> Iterator[str]:
    """The weekly rhythm: what was last, what comes next, what was missed or too much."""
    found = rhythm(history, today)
    if found.last and found.next is None:
        yield say(lang, "deal.rhythm_ended", last=found.last)
    elif found.last:
        yield say(lang, "deal.rhythm_last", last=found.last, next=found.next)
    else:
        yield say(lang, "deal.rhythm_none")
    if found.missed:
        yield say(lang, "deal.rhythm_missed", count=found.missed)
    for first, second in found.twice:
        yield say(lang, "deal.rhythm_twice", first=first, second=second)


def soon_line(history: History, policy: Policy, today: date, lang: Lang) -> str | None:
    """That it is too early for another message to the group (rule 14); None where one fits, and where the deal has ended."""
    last = history.last_group_message()
    if last is None or history.deal.ended(today) or not 0 <= (today - last).days < policy.group.weekly_days:
        return None
    following = last + timedelta(days=policy.group.weekly_days)
    return " ".join(
        (
            say(lang, "advice.r14.soon", count=(today - last).days, date=last),
            say(lang, "advice.r14.soon_suggestion", next=following),
        )
    )


def insistence_lines(history: History, today: date, lang: Lang) -> Iterator[str]:
    """Who insists on every copy: until when they are kept informed, or that it is time to look at it again (rule 18).

    Nobody, where the deal has ended.
    """
    if history.deal.ended(today):
        return
    for insistence in history.deal.insisting(today).values():
        person = history.deal.person(insistence.address)
        name = person.name if person else insistence.address
        key = "look_again" if insistence.until <= today else "informed"
        yield say(lang, f"deal.{key}", name=name, since=insistence.since, until=insistence.until)


def silence_lines(history: History, today: date, lang: Lang) -> Iterator[str]:
    """How long each person has heard nothing, the longest first."""
    for silence in silences(history, today):
        if silence.last is None:
            yield say(lang, "deal.silence_from_the_first", name=silence.person.name, count=silence.days)
        else:
            yield say(lang, "deal.silence", name=silence.person.name, count=silence.days, last=silence.last)


def alone_lines(history: History, lang: Lang) -> Iterator[str]:
    """What only one person of the customer knows."""
    for item in known_to_one(history):
        names = [p.name for a in item.readers if (p := history.deal.person(a))]
        yield f"{dated(lang, item.day)} · {', '.join(names)} · {item.text}"


def terminal(history: History, policy: Policy, today: date, lang: Lang, console: Console) -> None:
    """The whole deal on a terminal."""
    deal = history.deal
    console.print(
        printable(" · ".join(filter(None, dict.fromkeys((deal.name, deal.customer))))), style="bold", markup=False
    )
    if ended := ending_line(deal, today, lang):
        console.print(ended, markup=False)
    parts = (
        ("ui.culture", [culture_line(history, today, lang)]),
        ("deal.agreed", [agreement_line(history, today, lang)]),
        ("deal.rhythm", list(rhythm_lines(history, today, lang))),
        ("deal.owed", list(owed_lines(history, policy, today, lang))),
        ("deal.insisting", list(insistence_lines(history, today, lang))),
        ("deal.silences", list(silence_lines(history, today, lang))),
        ("deal.alone", list(alone_lines(history, lang))),
    )
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(4):
        table.add_column(overflow="fold")
    for person in deal.people:
        roles = listed(lang, [word(lang, "role", r) for r in person.roles if r is not Role.UNKNOWN])
        table.add_row(printable(person.name), printable(person.address), roles, printable(person.note))
    console.print(table)
    for key, lines in parts:
        if lines:
            console.print(f"\n{say(lang, key)}", style="bold", markup=False)
        for line in lines:
            console.print(f"  {printable(line)}", markup=False, soft_wrap=True)
