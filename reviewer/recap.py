"""The weekly message to everybody and the sponsor's summary, gathered from what a deal has done since the last one.

Rules 9, 10, 14, 15 and 19: decisions, milestones, next dates and the outcome of every budget, scope or planning matter, in sentences
that were written already and that every reader may read. Each sentence is held against every confidence of every review of the
deal, and the message is checked like any other.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from textwrap import shorten
from typing import Literal, NamedTuple

from reviewer import compare, details
from reviewer.check import check
from reviewer.cues import closing_of, follows_up, greets_several, names_a_week, tells_of_every_copy
from reviewer.deal import MATTER_TOPICS, MATTERS, WEEK, History, Outgoing, language, name_key, situation
from reviewer.engagement import signed, signed_off
from reviewer.errors import InputError
from reviewer.frame import framed, is_courtly, titled_topics
from reviewer.mail import bare_subject
from reviewer.outcome import is_signed, names_somebody, same_day, turns_alike
from reviewer.owed import (
    SAME,
    Debt,
    Read,
    debts,
    is_out_of_date,
    is_over,
    is_past,
    is_replaced,
    is_to_come,
    matters_of,
    read,
    read_in,
    refusal,
    sentence,
    tellable,
    why_not,
)
from reviewer.plan import called, mentioned, salutation, sponsor, tone_of
from reviewer.policy import Policy
from reviewer.texts import Lang, data, listed, say
from reviewer.types import (
    Act,
    Assignment,
    Audience,
    Brief,
    Case,
    Classification,
    Draft,
    Finding,
    Item,
    Language,
    Matter,
    Message,
    Passage,
    Proposal,
    Recipient,
    Side,
    Stage,
    Stakeholder,
    Tone,
    Topic,
    Zone,
)

Heading = Literal["decision", "milestone", "next_date"]
_QUOTED = 80  # characters of the sentence that a debt quotes
_HEADINGS: tuple[Heading, ...] = ("decision", "milestone", "next_date")


class Line(NamedTuple):
    """A sentence of the recap, and where it comes from."""

    text: str
    heading: Heading
    topics: tuple[Topic, ...]
    place: tuple[int, str] | None
    """Review and passage; None for an outcome that the seller wrote."""
    matter: Matter | None = None


class LeftOut(NamedTuple):
    """A sentence that could have been told, and why it is not: the seller may think otherwise."""

    text: str
    reason: str


class Recap(NamedTuple):
    """A message that gathers several reviews."""

    message: Message | None
    """None where there is nothing to tell."""
    lines: tuple[Line, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    pays: tuple[Matter, ...] = ()
    """The matters whose outcome it tells: sent, it settles the debts."""
    owed: tuple[Debt, ...] = ()
    """The debts that it does not pay."""
    findings: tuple[Finding, ...] = ()

    @property
    def covers(self) -> tuple[tuple[int, str], ...]:
        """Review and passage of every sentence that has one."""
        return tuple(line.place for line in self.lines if line.place)


def weekly(history: History, policy: Policy, today: date, explain_in: Lang) -> Recap:
    """The next message to everybody. Raises InputError for a deal without readers."""
    history = _as_of(history, today)
    everybody = _group(history)
    lines, left_out = _gathered(history, policy, everybody, today, explain_in, read(history))
    pays = tuple(m for m in MATTERS if any(line.matter == m for line in lines))
    owed = tuple(debts(_told(history, everybody, lines, pays, today), policy, today))
    if not lines:
        return Recap(None, left_out=left_out, owed=owed)
    to = tuple(p for p in everybody if p.recipient is Recipient.TO) or everybody
    cc = tuple(p for p in everybody if p not in to)
    words = data("phrases")[language(history)]["weekly"]
    # Of what is still open the group reads that it is being handled, and no more.
    open_matters = tuple(d.matter for d in owed if d.settled is None)
    return _checked(history, "group", to, cc, words, lines, left_out, pays, owed, today, explain_in, open_matters)


def summary(history: History, policy: Policy, today: date, explain_in: Lang) -> Recap:
    """The sponsor's summary of the last seven days: what everybody may know, and who was written to about what (rule 15).

    What an earlier summary has told the sponsor is told once.
    """
    history = _as_of(history, today)
    case = gathered_case(history, (), today, explain_in)
    reader = sponsor(case)
    if reader is None:
        raise InputError(f"{history.deal.name} has no sponsor; give somebody the role of champion.")
    earlier = [m for m in history.sent() if _is_summary(m) and reader.address in m.message.readers]
    since = max([_days_ago(today), *map(_day_of, earlier)])
    known = read_in(history, earlier)
    lines, left_out = _gathered(history, policy, (reader,), today, explain_in, known, since)
    exchanges = list(_exchanges(history, reader, since, earlier))
    if not lines and not exchanges:
        return Recap(None, left_out=left_out)
    words = data("phrases")[case.draft.language]["summary"]
    more = ("\n".join([words["exchanges"], *(f"- {exchange}" for exchange in exchanges)]),) if exchanges else ()
    return _checked(history, "direct", (reader,), (), words, lines, left_out, (), (), today, explain_in, more=more)


def _days_ago(today: date) -> date:
    return today - WEEK


def _is_summary(outgoing: Outgoing) -> bool:
    return outgoing.review_id is None and outgoing.message.kind == "direct"


def _day_of(gathered: Outgoing) -> date:
    """The last day of which a gathered message tells: it may leave later than it was made."""
    return min(gathered.made, gathered.sent or gathered.made)


def _as_of(history: History, today: date) -> History:
    """The deal as it stood on that day: what left later is no news of its week."""
    messages = tuple(m for m in history.messages if m.sent is None or m.sent <= today)
    return history._replace(messages=messages)


def _group(history: History) -> tuple[Stakeholder, ...]:
    people = tuple(p for p in history.deal.people if p.side is not Side.OWN)
    if not people:
        raise InputError(f"{history.deal.name} has no readers; add them with `reviewer deal people`.")
    return people


def _told(
    history: History, everybody: Sequence[Stakeholder], lines: Sequence[Line], pays: tuple[Matter, ...], today: date
) -> History:
    """The deal as it will be once the group has read these lines."""
    if not lines:
        return history
    message = Message(
        to=tuple(p.address for p in everybody),
        subject="",
        body="\n".join(line.text for line in lines),
        kind="group",
    )
    covers = tuple(line.place for line in lines if line.place)
    # Made after all others, as it will be: an outcome of the day of a position is the next one.
    number = max((m.id for m in history.messages), default=0) + 1
    told = Outgoing(id=number, made=today, message=message, covers=covers, matters=pays, sent=today)
    return history._replace(messages=(*history.messages, told))


# --- gathering -----------------------------------------------------------------------------------------------------


def _gathered(
    history: History,
    policy: Policy,
    readers: Sequence[Stakeholder],
    today: date,
    explain_in: Lang,
    known: Read,
    since: date | None = None,
) -> tuple[tuple[Line, ...], tuple[LeftOut, ...]]:
    """What these readers may be told and do not know, and what they may not; all that the group has not read, however old.

    With `since`, what is of that day or later, whether the group has read it or not.
    """
    last = history.last_group_message()
    lines: list[Line] = []
    left_out: list[LeftOut] = []
    written = {(kept.id, p.id): kept.day for kept in history.reviews for p in kept.review.passages}
    noted = {o.text: o.day for o in history.deal.outcomes}
    for line, day in _candidates(history, since, today):
        if known.tells(line.text, line.place) or any(_same(line.text, x.text) for x in lines):
            continue
        said_already = [x for x in lines if same_day(x.text, line.text)]
        if line.place and said_already:
            continue
        since_then = written[line.place] if line.place else noted[line.text]
        # As a next date, what was over when it was written is none either.
        over = is_over(line.text, since_then, today) or (line.heading == "next_date" and is_past(line.text, today))
        if over and line.matter is None:
            continue
        addresses = [p.address for p in readers]
        replaced = is_replaced(history, line.text, line.place, today)
        why = (
            "over"
            if over
            else "replaced"
            if replaced
            else refusal(history, policy, line.text, line.place, addresses, today, line.matter)
        )
        if why is None and is_out_of_date(line.text, since_then, today):
            why = "dated"
        if why is None:
            # As the seller noted it, rather than as it was said to one: "Great, the 22nd is confirmed then."
            lines = [x for x in lines if x not in said_already]
            lines.append(line)
        elif since or last is None or day >= last:
            # The reason was given with an earlier message already, where that was asked for.
            left_out.append(LeftOut(line.text, say(explain_in, f"deal.left_out.{why}")))
    changed = say(explain_in, "deal.left_out.changed")
    left_out += [
        LeftOut(text, changed) for text, day in _changed(history, today) if since or last is None or day >= last
    ]
    return tuple(sorted(lines, key=lambda x: _HEADINGS.index(x.heading))), tuple(left_out)


def _changed(history: History, today: date) -> Iterator[tuple[str, date]]:
    """News that the seller took out of a message to a few, or changed, before it left: what it says now is not known as a sentence."""
    for outgoing in history.sent():
        kept = history.review(outgoing.review_id)
        if kept is None or outgoing.sent is None or history.to_all(outgoing):
            continue
        labels = {c.passage_id: c for c in kept.review.classifications}
        gone = set(outgoing.message.passage_ids) - set(history.carried(outgoing))
        for passage in tellable(kept):
            text = sentence(kept, passage.id)
            if passage.id in gone and passage.id in labels and _heading(labels[passage.id], text, today):
                yield text, outgoing.sent


def _candidates(history: History, since: date | None, today: date) -> Iterator[tuple[Line, date]]:
    """Settled sentences of what was sent directly, of group messages that never left, and outcomes; each with its day.

    With `since`, those of that day or later, and also what the group has read then.
    """
    told = since is not None
    recaps = [m for m in history.sent() if told and m.review_id is None and history.to_all(m)]
    for kept in history.reviews:
        own = [m for m in history.messages if m.review_id == kept.id]
        days: dict[str, date] = {}
        for outgoing in own:
            if outgoing.sent and (told or not history.to_all(outgoing)):
                days |= dict.fromkeys(history.carried(outgoing), outgoing.sent)
        days |= {i: m.sent for m in recaps if m.sent for review_id, i in m.covers if review_id == kept.id}
        # A message to all that stayed behind while others left: it came too soon (rule 14), and waits for this one.
        if any(m.sent for m in own):
            for outgoing in own:
                if history.to_all(outgoing) and not outgoing.sent:
                    days = dict.fromkeys(outgoing.message.passage_ids, kept.day) | days
        labels = {c.passage_id: c for c in kept.review.classifications}
        for passage in tellable(kept):
            label, day = labels.get(passage.id), days.get(passage.id)
            text = sentence(kept, passage.id)
            heading = _heading(label, text, today) if label else None
            if label and heading and day and (since is None or day >= since):
                place = (kept.id, passage.id)
                matter = next(iter(matters_of(history, kept, label)), None)
                yield Line(text, heading, label.topics, place, matter), day
    for outcome in history.deal.outcomes:
        # It is news again on the day on which the group reads it.
        read_on = [m.sent for m in recaps if m.sent and outcome.text in m.message.body]
        day = max([outcome.day, *read_on])
        if outcome.day <= today and (since is None or day >= since):
            topic = next(t for t, matter in MATTER_TOPICS.items() if matter == outcome.matter)
            yield Line(outcome.text, "decision", (topic,), None, outcome.matter), day


def _heading(label: Classification, text: str, today: date) -> Heading | None:
    """Under which heading the group reads it; None where it is nothing for the group (rule 10).

    Of the contract that is that it was signed. A milestone that is still to come is a next date.
    """
    # Whoever wants every copy is a warning sign, and no outcome (rule 16).
    if label.stage is not Stage.SETTLED or label.act in (Act.REQUEST, Act.PROPOSE) or tells_of_every_copy(text):
        return None
    topics = set(label.topics)
    if Topic.DECISION in topics or topics & set(MATTER_TOPICS):
        return "decision"
    if Topic.CONTRACT_LEGAL in topics and is_signed(text):
        return "decision"
    if Topic.MILESTONE in topics and not (Topic.NEXT_DATE in topics and is_to_come(text, today)):
        return "milestone"
    return "next_date" if Topic.NEXT_DATE in topics else None


def _same(first: str, second: str) -> bool:
    told = details.find(first)
    if {d.value for d in told} != {d.value for d in details.find(second)}:
        return False
    if any(details.in_another_currency(d, second) for d in told) or not turns_alike(first, second):
        return False
    return compare.coverage(first, second) >= SAME and compare.coverage(second, first) >= SAME


def _exchanges(history: History, reader: Stakeholder, since: date, earlier: Sequence[Outgoing]) -> Iterator[str]:
    """With whom there was direct work since that day, and about what: never about what the reader must not know of.

    Of the day of an earlier summary only whom that does not name: the others it has told of.
    """
    matters = data("phrases")[language(history)]["matters"]
    topics: dict[str, list[Item]] = {}
    for outgoing in history.sent():
        kept = history.review(outgoing.review_id)
        # A mail to a few that left as it was is direct work as well.
        if kept is None or outgoing.sent is None or history.kind(outgoing) != "direct" or outgoing.sent < since:
            continue
        told_then = "\n".join(m.message.body for m in earlier if _day_of(m) == outgoing.sent)
        carried = history.carried(outgoing)
        closed = {f.passage_id for f in kept.review.flags if reader.address in f.withhold_from}
        for label in kept.review.classifications:
            if label.passage_id in carried and label.passage_id not in closed:
                for address in outgoing.message.to:
                    if history.names().get(address, address) in told_then:
                        continue
                    item = Item(passage_id=label.passage_id, text="", act=label.act, topics=label.topics, paragraph=0)
                    topics.setdefault(address, []).append(item)
    for address, items in topics.items():
        person = history.deal.person(address)
        titled = titled_topics(items)[:2]
        if person and titled and address != reader.address:
            yield f"{person.name} ({listed(language(history), [matters[t] for t in titled])})"


# --- the message ---------------------------------------------------------------------------------------------------


def gathered_case(history: History, lines: Sequence[Line], today: date, explain_in: Lang) -> Case:
    """A case whose draft is the gathered sentences, one passage each."""
    body, passages = "", []
    for number, line in enumerate(lines, 1):
        start = len(body) + 2 * bool(body)
        body = f"{body}\n\n{line.text}" if body else line.text
        passages.append(
            Passage(id=f"s{number}", zone=Zone.AUTHOR, text=line.text, start=start, end=len(body), paragraph=number - 1)
        )
    latest = history.reviews[-1].review if history.reviews else None
    sender = (latest.draft.sender if latest else None) or history.deal.sender
    draft = Draft(body=body, sender=sender, stakeholders=_group(history), language=language(history))
    return Case(draft=draft, passages=tuple(passages), situation=situation(history, today, explain_in))


def _checked(
    history: History,
    kind: Literal["group", "direct"],
    to: tuple[Stakeholder, ...],
    cc: tuple[Stakeholder, ...],
    words: dict[str, str],
    lines: tuple[Line, ...],
    left_out: tuple[LeftOut, ...],
    pays: tuple[Matter, ...],
    owed: tuple[Debt, ...],
    today: date,
    explain_in: Lang,
    recaps: tuple[Matter, ...] = (),
    more: tuple[str, ...] = (),
) -> Recap:
    case = gathered_case(history, lines, today, explain_in)
    tone = _tone(history, case.draft.language, [p.address for p in (*to, *cc)])
    brief = Brief(
        kind=kind,
        language=case.draft.language,
        familiar=False,
        to=to,
        cc=cc,
        called=tuple(_called(p, history) for p in to),
        sender=case.draft.sender,
        subject="",
        greeting=_to_all(history, case.draft.language, tone.salutation) if kind == "group" else "",
        closing=_signed(history, case),
        items=(),
        tone=tone,
        recaps=recaps,
    )
    headings = data("phrases")[case.draft.language]["weekly"]
    paragraphs = [words["opening"]]
    for heading in _HEADINGS:
        told = [line.text for line in lines if line.heading == heading]
        if told:
            paragraphs.append("\n".join([headings[heading], *(f"- {text}" for text in told)]))
    message = Message(
        to=tuple(p.address for p in to),
        cc=tuple(p.address for p in cc),
        subject=_subject(history, kind, words["subject"], (*to, *cc), today),
        body=framed(brief, [*paragraphs, *more]),
        passage_ids=tuple(p.id for p in case.passages),
        kind=kind,
    )
    labels = tuple(
        Classification(passage_id=p.id, topics=line.topics, act=Act.INFORM, stage=Stage.SETTLED)
        for p, line in zip(case.passages, lines, strict=True)
    )
    audience = Audience(group=kind == "group", people=() if kind == "group" else (to[0].address,))
    assignments = tuple(Assignment(passage_id=p.id, audience=audience, reason="-") for p in case.passages)
    proposal = Proposal(group=message) if kind == "group" else Proposal(direct=(message,))
    # What the message says besides its sentences is the program's or the deal's, and no invention.
    known = case.draft.model_copy(
        update={"subject": "\n".join([message.subject, appended(history, case, message.readers), *more])}
    )
    findings = check(case.model_copy(update={"draft": known}), labels, (), assignments, proposal)
    # The passages of this draft are of no review that is kept; `covers` says where its sentences come from.
    bare = message.model_copy(update={"passage_ids": ()})
    return Recap(bare, lines, left_out, pays, owed, findings)


def _subject(
    history: History, kind: Literal["group", "direct"], own: str, readers: Sequence[Stakeholder], today: date
) -> str:
    """What the message is, behind what its readers know the matter by; never the seller's own name for the deal.

    That is the subject under which the group was written to last, else the customer's name, as where that subject is over:
    it names a day that is, or follows up on a meeting and a weekly message has had it already. A weekly message goes on
    under the title that the seller gave the one before.
    """
    last = next((m for m in reversed(history.sent()) if history.to_all(m)), None)
    title = bare_subject(last.message.subject) if last else ""
    base = _known_as(history, title, [p.address for p in readers])
    customer = _customer(history)
    followed = base != title and follows_up(base)
    if last and (_names_a_past_day(base, last.sent or last.made, today) or (followed and customer)):
        base = ""
    if kind == "group" and last and last.review_id is None and base and base == title:
        return base
    base = base or customer
    return f"{base} – {own}" if base else own


def _customer(history: History) -> str:
    """The customer's name, as noted or by the one firm of its people; empty where neither says."""
    firms = {p.organisation for p in history.deal.people if p.side is Side.CUSTOMER and p.organisation}
    return history.deal.customer or (firms.pop() if len(firms) == 1 else "")


def _names_a_past_day(title: str, sent: date, today: date) -> bool:
    """Whether a title names a day of the year that is over, a day of the week where a week has gone since it was sent, or a week by
    its number where another has begun.
    """
    weekday = any(d.kind == "date" and d.value.isalpha() for d in details.find(title))
    another_week = today.isocalendar()[:2] != sent.isocalendar()[:2]
    return is_past(title, today) or (weekday and today - sent >= WEEK) or (another_week and names_a_week(title))


def _known_as(history: History, title: str, readers: Sequence[str]) -> str:
    """A subject without what recaps add; empty where nothing is left of it, or something that these must not read."""
    for phrases in data("phrases").values():
        if title in (phrases["weekly"]["subject"], phrases["group_subject"]):
            return ""
        title = title.removesuffix(f" – {phrases['weekly']['subject']}")
    # Earlier versions wrote the deal's name there.
    if name_key(title) == name_key(history.deal.name) or why_not(history, title, None, readers):
        return ""
    return title


def _called(person: Stakeholder, history: History) -> str:
    """As the seller called this person last, by name, whether in a mail to them or to all; else as the last mails call people; the full
    name where none says.
    """
    cases = [kept.review.case() for kept in reversed(history.reviews)]
    by_name = [case for case in cases if any(m.addresses == (person.address,) for _, m in mentioned(case))]
    names = (called(person, case) for case in (*by_name, *cases))
    return next((name for name in names if name != person.name), person.name)


def appended(history: History, case: Case, readers: Sequence[str]) -> str:
    """What the program writes around a gathered message in the seller's own words: salutation, sign-off and signature."""
    return "\n".join([_tone(history, case.draft.language, readers).salutation, _signed(history, case)])


def _tone(history: History, language: Language, readers: Sequence[str]) -> Tone:
    """How the last draft in the recap's language that most of these readers had greets, else the last one of all; and whether its review
    would write to people by first name.

    The "Hallo Herr Lindner" of a mail to one does not greet a board.
    """
    drafts = [kept.review.case() for kept in reversed(history.reviews) if kept.review.draft.language == language]
    greeting = [case for case in drafts if salutation(case)]
    if not greeting:
        return Tone()
    wanted = set(readers)
    to_them = (c for c in greeting if 2 * len(wanted & {p.address for p in c.draft.stakeholders}) > len(wanted))
    case = next(to_them, greeting[0])
    by_first_name = tone_of(case, mentioned(case)).by_first_name
    return Tone(salutation=salutation(case), by_first_name=by_first_name)


def _to_all(history: History, language: Language, greeting: str) -> str:
    """A formal greeting to all as the seller typed it, "Sehr geehrte Damen und Herren,"; empty where it is another, or names somebody."""
    to_all = is_courtly(language, greeting) and greets_several(greeting, names_one=True)
    return greeting if to_all and not names_somebody(greeting, _group(history)) else ""


def _signed(history: History, case: Case) -> str:
    """The seller's own sign-off, else one of the recap's language, with the signature of the last draft, whatever the language of that."""
    closing = _closing(history, case.draft.language)
    if not history.reviews:
        return signed(case, closing)
    latest = history.reviews[-1].review.case()
    draft = latest.draft.model_copy(update={"language": case.draft.language})
    return signed(latest.model_copy(update={"draft": draft}), closing)


def _closing(history: History, language: Language) -> str:
    """As the seller signed off to the group last, else in the last draft; what the program has written itself says nothing."""
    to_group = [
        m.message.body
        for m in history.sent()
        if history.to_all(m) and (m.review_id is not None or m.message.written_by == "seller")
    ]
    drafts = [signed_off(kept.review.case()) for kept in history.reviews]
    return next(filter(None, (closing_of(text, language) for text in (*to_group[::-1], *drafts[::-1]))), "")


def debt_line(debt: Debt, lang: Lang) -> str:
    """The debt as the seller reads it; what is owed with its sentence and its day, and no open position."""
    matter = say(lang, f"deal.matter.{debt.matter}")
    key = "deal.debt_settled" if debt.settled else "deal.debt_open"
    said = say(lang, key if debt.days else f"{key}_today", matter=matter, count=debt.days)
    if debt.settled is None:
        return said
    return f"{said} {say(lang, 'deal.debt_of', quote=shorten(debt.text, _QUOTED, placeholder=' …'), day=debt.settled)}"
