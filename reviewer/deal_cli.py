"""The `reviewer deal` commands: the memory of a sale on the command line.

Only what every call needs is imported here, as in `reviewer.cli`.
"""

import sys
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewer.errors import InputError, ReviewerError
from reviewer.terminal import Mailbox, day_of, decoded, fail, give_all, interactive, put_drafts, read_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.contacts import Answer, Near
    from reviewer.deal import History, Outgoing
    from reviewer.mail import RawMail
    from reviewer.recap import Recap
    from reviewer.store import Store
    from reviewer.texts import Lang
    from reviewer.types import Draft, Envelope, Passage, Review, Situation, Stakeholder

app = typer.Typer(no_args_is_help=True, help="Deals: the people, the agreement, the recaps and the record of a sale.")
LOOK_AGAIN = timedelta(days=28)  # after which whoever insists on every copy is looked at again, where no day is given

_Name = Annotated[str, typer.Argument(metavar="NAME", help="The deal.")]
_On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="The day (YYYY-MM-DD); today if not given.")]

_Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write the .eml draft here.")]
_Drafts = Annotated[
    Mailbox | None,
    typer.Option("--drafts", help="Put it into the Drafts of this mailbox, as the README's settings name it."),
]


class RecordFormat(StrEnum):
    """How to write the record."""

    MARKDOWN = "markdown"
    CSV = "csv"
    HTML = "html"


class AgreementName(StrEnum):
    """How far the way of writing is agreed."""

    NONE = "none"
    PROPOSED = "proposed"
    AGREED = "agreed"


class EndName(StrEnum):
    """How a deal ended."""

    WON = "won"
    LOST = "lost"
    PAUSED = "paused"


class MatterName(StrEnum):
    """What is always recapped."""

    BUDGET = "budget"
    SCOPE = "scope"
    PLANNING = "planning"


class ObservedCulture(StrEnum):
    """How information travels at the customer."""

    TRANSPARENT = "transparent"
    MIXED = "mixed"
    HIERARCHICAL = "hierarchical"


# --- for `reviewer review --deal` ----------------------------------------------------------------------------------


def draft_in(
    name: str, mail: "RawMail", given: "tuple[Stakeholder, ...]", subject: str, sender: str, today: date
) -> "tuple[Draft, tuple[Passage, ...], Situation, Envelope]":
    """The draft as the deal knows its readers, the situation that the deal tells of, and whom it knows. Raises ReviewerError."""
    from reviewer.contacts import by_name_lines
    from reviewer.deal import envelope, named_readers, readers, sellers, situation
    from reviewer.parse import make_draft, refuse_received
    from reviewer.present import printable
    from reviewer.store import Store

    history = Store().history(name)
    by_name, unknown = named_readers(history.deal, mail) if not given else ((), ())
    mail = mail._replace(people=(*mail.people, *by_name))
    selling = sellers(history)
    if not sender:
        refuse_received(mail, selling, history.deal.people)
    known = readers(history.deal, given or mail.people, today, lang_of(history))
    if mail.sender and mail.sender.address in {p.address for p in selling}:
        # Whoever sells and stands among the deal's people is no reader of their own mail.
        known = tuple(p for p in known if p.address != mail.sender.address)
    if mail.sender is None and history.deal.sender is not None:
        mail = mail._replace(sender=history.deal.sender)
    draft, passages = make_draft(mail, known, subject, sender)
    lang: Lang = "fr" if draft.language == "fr" else "en"
    for line in by_name_lines(by_name, unknown, lang):
        typer.echo(printable(f"! {line}"), err=True)
    return draft, passages, situation(history, today, lang_of(history)), envelope(history, mail, draft, passages)


def keep(name: str, review: "Review") -> dict[str, int]:
    """Keep the review in its deal, and say which numbers its messages have; and that the deal has ended, where it has.

    The numbers by the keys of the messages.
    """
    from reviewer.dashboard import ending_line
    from reviewer.deal import strangers
    from reviewer.present import printable
    from reviewer.store import Store
    from reviewer.texts import listed, say

    store = Store()
    lang = review.situation.explain_in
    added = store.add_review(name, review, review.situation.today)
    history = store.history(name)
    for outgoing in added:
        names = {p.address: p.name for p in review.draft.stakeholders}
        to = ", ".join(names.get(a, a) for a in outgoing.message.to)
        typer.echo(f"{name}: {outgoing.id}  {history.kind(outgoing)}  {printable(to)}", err=True)
    typer.echo(f"When they are sent: reviewer deal sent {name!r} NUMBER...", err=True)
    deal = history.deal
    if ended := ending_line(deal, review.situation.today, lang):
        typer.echo(say(lang, "deal.ended_review", name=deal.name, ended=ended), err=True)
    unknown = strangers(deal, review.draft.stakeholders)
    if unknown:
        typer.echo(say(lang, "deal.strangers", names=listed(lang, [p.name for p in unknown])), err=True)
    return {outgoing.message.key: outgoing.id for outgoing in added}


def lang_of(history: "History") -> "Lang":
    """French for a deal whose last draft was French, else English."""
    return "fr" if history.reviews and history.reviews[-1].review.draft.language == "fr" else "en"


# --- commands ------------------------------------------------------------------------------------------------------


@app.command()
def new(
    name: _Name,
    people: Annotated[
        str | None,
        typer.Option("--people", metavar="FILE", help="Who is who: CSV, vCard, pasted lines, or a To/Cc header."),
    ] = None,
    customer: Annotated[str, typer.Option(help="The customer's name.")] = "",
    sender: Annotated[str, typer.Option(help="Who sells: Name <address>.")] = "",
    on: _On = None,
) -> None:
    """Begin a deal. From now on what is reviewed in it is kept on this machine."""
    from reviewer.contacts import Contacts, alike, contacts_of, left_out_line, question
    from reviewer.parse import sender_of
    from reviewer.present import printable
    from reviewer.store import Store

    try:
        listed = contacts_of(read_file(people, "--people")) if people else Contacts(())
        store = Store()
        deal = store.create(name, customer, listed.people, sender_of(sender), day_of(on, "--on") or date.today())
        typer.echo(f"{deal.name}: {len(deal.people)} people, kept in {store.path}.")
        if listed.without_address:
            typer.echo(printable(f"! {left_out_line(listed.without_address, 'en')}"), err=True)
        asked = alike(deal.people)
        for near in asked:
            typer.echo(printable(f"? {question(near, 'en')}"), err=True)
        if asked:
            typer.echo(f"If so, mend the file: reviewer deal people {name!r} FILE --replace", err=True)
    except ReviewerError as error:
        fail(error)


@app.command(name="list")
def list_() -> None:
    """List the deals, and how those that have ended did."""
    from reviewer.dashboard import ending_line
    from reviewer.store import DamagedError, Store

    try:
        store = Store()
        names = store.names()
        for name in names:
            try:
                history = store.history(name)
                said = ending_line(history.deal, date.today(), lang_of(history))
            except DamagedError:
                said = "damaged"
            typer.echo(" · ".join(filter(None, (name, said))))
    except ReviewerError as error:
        fail(error)
    if not names:
        typer.echo("There is no deal yet; begin one with `reviewer deal new`.")


@app.command()
def show(name: _Name, on: _On = None) -> None:
    """Show a deal: people and how long they have heard nothing, culture, agreement, rhythm, what is owed."""
    from rich.console import Console

    from reviewer import prompts
    from reviewer.dashboard import terminal
    from reviewer.store import Store

    try:
        history = Store().history(name)
        policy = prompts.load(prompts.production()).policy
        console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
        terminal(history, policy, day_of(on, "--on") or date.today(), lang_of(history), console)
    except ReviewerError as error:
        fail(error)


@app.command()
def people(
    name: _Name,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="vCard, a CSV of HubSpot or Salesforce, pasted lines, a To/Cc header; - for standard input.",
        ),
    ],
    replace: Annotated[bool, typer.Option("--replace", help="Leave out whoever is not in the file.")] = False,
    same: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS=ADDRESS",
            help="One of the deal and one of the file are one person; the second address counts from now on.",
        ),
    ] = None,
    new: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="This one of the file is nobody of the deal.")
    ] = None,
) -> None:
    """Add people to a deal, or bring them up to date; who is nearly somebody known is asked for, never guessed."""
    from reviewer.contacts import contacts_of, left_out_line, match, question
    from reviewer.present import printable
    from reviewer.store import Store

    try:
        store = Store()
        history = store.history(name)
        contacts = contacts_of(read_file(file, "FILE"))
        known, found = history.deal.people, contacts.people
        answers = _answers(known, same or (), new or ())
        if file != "-" and interactive():
            _ask(match(known, found).near, answers, lang_of(history))
        brought = store.bring_in(name, found, answers, replace)
        typer.echo(f"{name}: {len(brought.people)} people, {len(brought.new)} new.")
        if contacts.without_address:
            typer.echo(printable(f"! {left_out_line(contacts.without_address, lang_of(history))}"), err=True)
        for near in brought.asked:
            typer.echo(printable(f"? {question(near, lang_of(history))}"), err=True)
        if brought.asked:
            many = len({near.found.address for near in brought.asked})
            typer.echo(
                f"{many} left out, because nobody answered: say --new ADDRESS, or --same ADDRESS=ADDRESS "
                "with the address last that counts from now on.",
                err=True,
            )
    except ReviewerError as error:
        fail(error)


def _answers(known: "Sequence[Stakeholder]", same: "Sequence[str]", new: "Sequence[str]") -> "dict[str, Answer]":
    """What --same and --new say, by the address of the file."""
    from reviewer.contacts import Answer

    addresses = {p.address for p in known}
    answers = {address.strip().lower(): Answer() for address in new}
    for pair in same:
        before, sign, after = (part.strip().lower() for part in pair.partition("="))
        if not sign or (before in addresses) is (after in addresses):
            raise InputError(f"--same {pair}: write ADDRESS=ADDRESS, with one of the two a person of the deal.")
        answers.update(
            {after: Answer(before, moved=True)} if before in addresses else {before: Answer(after, moved=False)}
        )
    return answers


def _ask(near: "Sequence[Near]", answers: "dict[str, Answer]", lang: "Lang") -> None:
    """Ask on the terminal about everybody for whom nothing is said yet, and add the answers."""
    from reviewer.contacts import Answer, question
    from reviewer.present import printable

    settled = set(answers)
    for one in near:
        known, found = one.known.address, one.found.address
        if found in settled:
            continue
        answers[found] = Answer()
        if typer.confirm(printable(question(one, lang))):
            answers[found] = Answer(known, typer.confirm(f"  Write to {found} from now on (n: to {known})?"))
            settled.add(found)


@app.command()
def observe(
    name: _Name,
    culture: Annotated[ObservedCulture, typer.Argument(help="How information travels at the customer.")],
    note: Annotated[str, typer.Option(help="What was seen.")] = "",
    on: _On = None,
) -> None:
    """Note what was observed of the customer's culture (rule 22); the newest observation counts."""
    from reviewer.deal import Observation
    from reviewer.store import Store
    from reviewer.types import Culture

    try:
        seen = Observation(day=day_of(on, "--on") or date.today(), culture=Culture(culture.value), note=note)
        Store().note(name, seen)
        typer.echo(f"{name}: {seen.culture}, {seen.day}.")
    except ReviewerError as error:
        fail(error)


@app.command()
def agree(
    name: _Name,
    state: Annotated[
        AgreementName, typer.Argument(help="How far it is agreed with the sponsor.")
    ] = AgreementName.AGREED,
    what: Annotated[str, typer.Option(help="Who is written to directly about what.")] = "",
    on: _On = None,
) -> None:
    """Note the agreement with the sponsor on the way of writing (rules 6 to 8)."""
    from reviewer.deal import Agreement, AgreementState
    from reviewer.store import Store

    try:
        step = Agreement(day=day_of(on, "--on") or date.today(), state=AgreementState(state.value), what=what)
        Store().note(name, step)
        typer.echo(f"{name}: {step.state}, {step.day}.")
    except ReviewerError as error:
        fail(error)


@app.command()
def insists(
    name: _Name,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Who insists on being in copy of everything.")],
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="When to look at it again; in four weeks if not given.")
    ] = None,
    note: Annotated[str, typer.Option(help="What was said.")] = "",
    on: _On = None,
) -> None:
    """Note that somebody insists on every copy, and until when to keep them informed (rules 16 to 18)."""
    from reviewer.deal import Insistence
    from reviewer.store import Store

    try:
        store = Store()
        person = store.history(name).deal.person(address.strip().lower())
        if person is None:
            raise InputError(f"{address} is nobody's address in {name}; `reviewer deal show` lists them.")
        since = day_of(on, "--on") or date.today()
        end = day_of(until, "--until") or since + LOOK_AGAIN
        if end <= since:
            raise InputError(f"--until must be after {since}; that is the day to look at it again.")
        store.note(name, Insistence(address=person.address, since=since, until=end, note=note))
        typer.echo(f"{name}: {person.name} is kept informed until {end}.")
    except ReviewerError as error:
        fail(error)


@app.command()
def settle(
    name: _Name,
    matter: Annotated[MatterName, typer.Argument(help="What is settled.")],
    outcome: Annotated[
        str, typer.Argument(metavar="OUTCOME", help="The outcome in a sentence that everybody may read.")
    ],
    on: _On = None,
) -> None:
    """Note how a budget, scope or planning matter ended; the next message to the group tells it (rule 19)."""
    from reviewer import prompts
    from reviewer.dashboard import noted_line
    from reviewer.deal import Outcome
    from reviewer.store import Store

    try:
        text = " ".join(outcome.split())
        if not text:
            raise InputError('OUTCOME must be a sentence, such as "The budget is confirmed.".')
        ended = Outcome.model_validate(
            {
                "day": day_of(on, "--on") or date.today(),
                "matter": matter.value,
                "text": text if text[-1] in ".!?…" else f"{text}.",
            }
        )
        store = Store()
        store.note(name, ended)
        typer.echo(f"{name}: {ended.matter}, {ended.day}.")
        history = store.history(name)
        line = noted_line(history, prompts.load(prompts.production()).policy, ended, lang_of(history))
        if line:
            typer.echo(f"! {line}", err=True)
    except ReviewerError as error:
        fail(error)


@app.command()
def unsay(name: _Name) -> None:
    """Take back what was noted last: an observation, the agreement, who insists, an outcome, or an end."""
    from reviewer.present import printable
    from reviewer.store import Store

    try:
        taken = Store().unsay(name)
        said = " · ".join(str(value) for value in taken.model_dump(mode="json").values() if value)
        typer.echo(printable(f"{name}: taken back: {said}"))
    except ReviewerError as error:
        fail(error)


@app.command()
def close(
    name: _Name,
    how: Annotated[EndName, typer.Option("--as", help="How it ended.")],
    on: _On = None,
) -> None:
    """Note the end of a deal: from then on nothing of it is owed, missed or waited for. It stays, and can be opened again."""
    from reviewer import prompts
    from reviewer.dashboard import owed_lines
    from reviewer.deal import EndState, ending
    from reviewer.store import Store

    try:
        store = Store()
        history = store.history(name)
        day = day_of(on, "--on") or date.today()
        end = ending(history.deal, EndState(how.value), day)
        # After the end nobody is reminded of it.
        owed = list(owed_lines(history, prompts.load(prompts.production()).policy, day, lang_of(history)))
        store.note(name, end)
        typer.echo(f"{name}: {end.state}, {end.day}.")
        for line in owed:
            typer.echo(f"! {line}", err=True)
    except ReviewerError as error:
        fail(error)


@app.command()
def reopen(name: _Name, on: _On = None) -> None:
    """Open a deal again that was closed; its weeks count from this day on."""
    from reviewer.deal import EndState, ending
    from reviewer.store import Store

    try:
        store = Store()
        step = ending(store.history(name).deal, EndState.OPEN, day_of(on, "--on") or date.today())
        store.note(name, step)
        typer.echo(f"{name}: {step.state}, {step.day}.")
    except ReviewerError as error:
        fail(error)


@app.command()
def sent(
    name: _Name,
    numbers: Annotated[list[int], typer.Argument(metavar="NUMBER...", help="Of the messages that left.")],
    on: _On = None,
    undo: Annotated[bool, typer.Option("--undo", help="They did not leave after all.")] = False,
    words: Annotated[
        str | None,
        typer.Option(
            "--words",
            metavar="FILE",
            help="The mail as it left (.eml, .msg or text), where it was changed: the record has its words and readers.",
        ),
    ] = None,
) -> None:
    """Mark messages as sent: from then on they are in the record."""
    from reviewer.store import Store
    from reviewer.texts import dated

    try:
        day = None if undo else day_of(on, "--on") or date.today()
        if day and day > date.today():
            raise InputError(f"--on: {day} is still to come; what left has left by today.")
        store = Store()
        if words is not None:
            if undo or len(numbers) != 1:
                raise InputError("--words: say the one NUMBER of the message that left in these words.")
            _as_it_left(store, name, numbers[0], read_file(words, "--words"), day or date.today())
        store.mark_sent(name, numbers, day)
        state = f"sent on {dated('en', day)}" if day else "not sent"
        typer.echo(f"{name}: {', '.join(map(str, numbers))} {state}.")
        begun = store.history(name).deal.created
        if day and day < begun:
            typer.echo(
                f"! That is before the deal began, on {dated('en', begun)}; if the day is wrong, say it again with --on.",
                err=True,
            )
    except ReviewerError as error:
        fail(error)


def _as_it_left(store: "Store", name: str, number: int, raw: bytes, day: date) -> None:
    """Keep the mail that left in the place of the message that was proposed, and say what is wrong with its words."""
    from email import message_from_bytes

    from reviewer import prompts
    from reviewer.deal import draft_of
    from reviewer.mail import looks_like_mail, message_ids
    from reviewer.parse import any_mail, make_draft
    from reviewer.present import printable
    from reviewer.reword import findings, reworded
    from reviewer.types import THREAD, Recipient

    history = store.history(name)
    outgoing = history.message(number)
    if outgoing is None:
        raise InputError(f"{name} has no message {number}; `reviewer deal log --unsent` lists them.")
    mail, message = any_mail(raw), outgoing.message
    draft, passages = make_draft(mail, draft_of(history, message, outgoing.review_id).stakeholders)
    thread = [p.start for p in passages if p.zone in THREAD]
    left = reworded(
        history, outgoing, draft.subject or message.subject, draft.body[: min(thread, default=None)].strip() + "\n"
    )
    if mail.people:
        to, cc = (tuple(p.address for p in mail.people if p.recipient is r) for r in (Recipient.TO, Recipient.CC))
        left = left.model_copy(update={"message": left.message.model_copy(update={"to": to, "cc": cc})})
    store.reword(name, left)
    if looks_like_mail(raw):
        # What the mail client has made of the id that the draft had.
        store.handed(name, {number: next(iter(message_ids(str(message_from_bytes(raw)["Message-ID"]))), "")})
    for finding in findings(history, prompts.load(prompts.production()).policy, left, day, lang_of(history)):
        typer.echo(printable(f"! {finding.explanation}"), err=True)


@app.command()
def log(
    name: _Name,
    person: Annotated[str | None, typer.Option(help="Only what this person was sent: a name or an address.")] = None,
    topic: Annotated[
        str | None, typer.Option(help="Only what is about this topic; `reviewer roles` lists them.")
    ] = None,
    words: Annotated[str, typer.Option(help="Only what has all of these words.")] = "",
    format: Annotated[RecordFormat, typer.Option(help="How to write it.")] = RecordFormat.MARKDOWN,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it here.")] = None,
    unsent: Annotated[
        bool, typer.Option("--unsent", help="List what is not marked as sent, with its numbers.")
    ] = False,
    sent: Annotated[
        bool, typer.Option("--sent", help="List what is marked as sent, with its numbers, as `sent --undo` takes them.")
    ] = False,
) -> None:
    """The record: who was told what, when, in which words (rule 20)."""
    from reviewer import record
    from reviewer.export import write_whole
    from reviewer.present import printable
    from reviewer.store import Store
    from reviewer.texts import data
    from reviewer.types import Topic

    try:
        history = Store().history(name)
        lang = lang_of(history)
        if topic is not None and topic not in list(Topic):
            raise InputError(f"--topic: {topic} is no topic; known are {', '.join(data('texts')['word']['topic'])}.")
        names = history.names()
        if unsent or sent:
            for one in (*(history.waiting(date.today()) if unsent else ()), *(history.sent() if sent else ())):
                to = ", ".join(names.get(a, a) for a in one.message.to)
                parts = (str(one.id), str(one.sent or one.made), history.kind(one), to, one.message.subject)
                typer.echo(printable("  ".join(parts)))
            return
        if person is not None and not record.has(history, person):
            raise InputError(
                f"--person: nobody of {history.deal.name} is called {person}; `reviewer deal show` lists who is."
            )
        search = (person, Topic(topic) if topic else None, words)
        found, extract = record.entries(history, *search), record.extract_of(lang, *search)
        text = {
            RecordFormat.MARKDOWN: lambda: record.as_markdown(history, found, lang, extract),
            RecordFormat.CSV: lambda: record.as_csv(found, lang, extract),
            RecordFormat.HTML: lambda: record.as_html(history, found, lang, extract),
        }[format]()
        if out is None:
            typer.echo(printable(text), nl=False)
        else:
            write_whole(out, text.encode("utf-8"), "--out")
            typer.echo(out, err=True)
    except ReviewerError as error:
        fail(error)


@app.command()
def recap(name: _Name, on: _On = None, out: _Out = None, drafts: _Drafts = None) -> None:
    """Gather the next message to everybody (rules 9, 10, 14, 19), and keep it until it is marked as sent."""
    _gather(name, on, "weekly", out, drafts)


@app.command()
def summary(name: _Name, on: _On = None, out: _Out = None, drafts: _Drafts = None) -> None:
    """Gather the sponsor's summary of the week (rule 15), and keep it until it is marked as sent."""
    _gather(name, on, "summary", out, drafts)


def _gather(name: str, on: str | None, which: str, out: Path | None, drafts: Mailbox | None) -> None:
    from reviewer import prompts
    from reviewer import recap as recaps
    from reviewer.dashboard import ending_line, soon_line
    from reviewer.present import printable
    from reviewer.store import Store
    from reviewer.texts import headed, say

    try:
        store = Store()
        history = store.history(name)
        today, lang = day_of(on, "--on") or date.today(), lang_of(history)
        policy = prompts.load(prompts.production()).policy
        make = recaps.weekly if which == "weekly" else recaps.summary
        found: Recap = make(history, policy, today, lang)
        if ended := ending_line(history.deal, today, lang):
            typer.echo(printable(f"{history.deal.name} · {ended}"), err=True)
        kept = None
        if found.message is None:
            typer.echo(say(lang, "deal.nothing_new"))
        else:
            kept = store.add_message(name, found.message, today, found.covers, found.pays)
            names = {p.address: p.name for p in history.deal.people}
            for key, addresses in (("to", kept.message.to), ("cc", kept.message.cc)):
                if addresses:
                    who = ", ".join(names.get(a, a) for a in addresses)
                    typer.echo(printable(headed(lang, f"deal.{key}", who)))
            typer.echo(printable(f"{headed(lang, 'deal.subject', kept.message.subject)}\n\n{kept.message.body}"))
            typer.echo(f"When it is sent: reviewer deal sent {name!r} {kept.id}", err=True)
        soon = soon_line(history, policy, today, lang) if found.message and which == "weekly" else None
        if soon:
            typer.echo(printable(f"! {soon}"), err=True)
        for finding in found.findings:
            typer.echo(printable(f"! {finding.explanation}"), err=True)
        for left in found.left_out:
            typer.echo(printable(f"- {left.text}\n    {left.reason}"), err=True)
        for debt in found.owed:
            typer.echo(
                f"! {recaps.debt_line(debt, lang)} {say(lang, 'deal.debt_pay') if debt.settled else ''}".rstrip(),
                err=True,
            )
        # Last, so that what is wrong with the message stands above: it is handed over all the same, and the seller decides.
        if kept is not None:
            _hand_over(history, kept, out, drafts, lang)
    except ReviewerError as error:
        fail(error)


def _hand_over(history: "History", kept: "Outgoing", out: Path | None, drafts: Mailbox | None, lang: "Lang") -> None:
    """Write the message into the folder, named by its number in the deal, and put it into the mailbox, as far as they are named."""
    from reviewer.deal import draft_of
    from reviewer.export import eml, file_name, new_mail_id, write_files
    from reviewer.store import Store

    message, draft = kept.message, draft_of(history, kept.message, kept.review_id)
    mail_id = new_mail_id(draft)

    def write_draft() -> None:
        if out is not None:
            [path] = write_files({file_name(kept.id, message, draft): eml(message, draft, mail_id=mail_id)}, out)
            typer.echo(path, err=True)
            Store().handed(history.deal.name, {kept.id: mail_id})

    def into_mailbox() -> None:
        for given in put_drafts(drafts, [message], draft, lang, [mail_id]):
            Store().handed(history.deal.name, {kept.id: given})

    give_all(write_draft, into_mailbox)


@app.command()
def remind(
    name: _Name,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the .ics file.")],
    on: _On = None,
) -> None:
    """Write a calendar entry for the next weekly message (rule 14)."""
    from reviewer.deal import rhythm
    from reviewer.export import write_whole
    from reviewer.reminder import reminder
    from reviewer.store import Store

    try:
        history = Store().history(name)
        day = rhythm(history, day_of(on, "--on") or date.today()).next
        if day is None:
            raise InputError(
                f"{history.deal.name} has ended, and needs no reminder; delete its entry from the calendar."
            )
        write_whole(out, reminder(history.deal.name, day, lang_of(history)).encode("utf-8"), "--out")
        typer.echo(f"{out}: {day}")
    except ReviewerError as error:
        fail(error)


@app.command()
def export(
    name: _Name, out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it here.")] = None
) -> None:
    """Write a deal with everything in it as JSON."""
    from reviewer.export import write_whole
    from reviewer.store import Store

    try:
        text = Store().export(name)
        if out is None:
            typer.echo(text, nl=False)
        else:
            write_whole(out, text.encode("utf-8"), "--out")
            typer.echo(out, err=True)
    except ReviewerError as error:
        fail(error)


@app.command(name="import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An exported deal.")],
    name: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Under another name.")] = None,
) -> None:
    """Take in an exported deal."""
    from reviewer.store import Store

    try:
        deal = Store().import_(decoded(read_file(file, "FILE")), name)
        typer.echo(f"{deal.name}: {len(deal.people)} people.")
    except ReviewerError as error:
        fail(error)


@app.command()
def forget(name: _Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False) -> None:
    """Remove a deal with its people, reviews and record."""
    from reviewer.store import Store

    try:
        store = Store()
        history = store.history(name)
        many = len(history.reviews)
        if not yes and not typer.confirm(f"Remove {history.deal.name} with {many} review{'' if many == 1 else 's'}?"):
            typer.echo("Nothing was removed.")
            raise typer.Exit(1)
        store.forget(name)
        typer.echo(f"Removed {history.deal.name}.")
    except ReviewerError as error:
        fail(error)
