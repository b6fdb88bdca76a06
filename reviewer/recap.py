"""The weekly message to everybody and the sponsor's summary, gathered from what a deal has done since the last one.

Rules 9, 10, 14, 15 and 19: decisions, milestones, next dates and the outcome of every budget, scope or planning matter, in sentences
that were written already and that every reader may read. Each sentence is held against every confidence of every review of the
deal, and the message is checked like any other.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, NamedTuple

from reviewer import compare, details
from reviewer.check import check
from reviewer.cues import leans_back, points_back, speaks_to_one
from reviewer.deal import (
    MATTER_TOPICS,
    MATTERS,
    WEEK,
    Debt,
    History,
    KeptReview,
    debts,
    situation,
)
from reviewer.engagement import signed
from reviewer.errors import InputError
from reviewer.frame import framed, titled_topics
from reviewer.names import addressed, end_of_call
from reviewer.plan import called, is_lead_in, sponsor
from reviewer.policy import Matter, Policy
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
    Message,
    Passage,
    Proposal,
    Recipient,
    Side,
    Stage,
    Stakeholder,
    Topic,
    Zone,
)
from reviewer.withhold import given_away

Heading = Literal["decision", "milestone", "next_date"]
_HEADINGS: tuple[Heading, ...] = ("decision", "milestone", "next_date")
_SAME = 0.85  # share of content words from which two sentences with the same details tell the same


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
    everybody = _group(history)
    lines, left_out = _gathered(history, everybody, today, explain_in)
    pays = tuple(m for m in MATTERS if any(line.matter == m for line in lines))
    owed = tuple(d for d in debts(history, policy, today) if d.matter not in pays)
    if not lines:
        return Recap(None, left_out=left_out, owed=owed)
    to = tuple(p for p in everybody if p.recipient is Recipient.TO) or everybody
    cc = tuple(p for p in everybody if p not in to)
    words = data("phrases")[_language(history)]["weekly"]
    # Of what is still open the group reads that it is being handled, and no more.
    open_matters = tuple(d.matter for d in owed if d.settled is None)
    return _checked(history, "group", to, cc, words, lines, left_out, pays, owed, today, explain_in, open_matters)


def summary(history: History, policy: Policy, today: date, explain_in: Lang) -> Recap:
    """The sponsor's summary of the last seven days: what everybody may know, and who was written to about what (rule 15)."""
    case = _case(history, (), today, explain_in)
    reader = sponsor(case)
    if reader is None:
        raise InputError(f"{history.deal.name} has no sponsor; give somebody the role of champion.")
    lines, left_out = _gathered(history, (reader,), today, explain_in, since=_days_ago(today), told=True)
    exchanges = list(_exchanges(history, reader, today))
    if not lines and not exchanges:
        return Recap(None, left_out=left_out)
    words = data("phrases")[case.draft.language]["summary"]
    more = (words["exchanges"].format(exchanges="; ".join(exchanges)),) if exchanges else ()
    return _checked(history, "direct", (reader,), (), words, lines, left_out, (), (), today, explain_in, more=more)


def _days_ago(today: date) -> date:
    return today - WEEK


def _group(history: History) -> tuple[Stakeholder, ...]:
    people = tuple(p for p in history.deal.people if p.side is not Side.OWN)
    if not people:
        raise InputError(f"{history.deal.name} has no readers; add them with `reviewer deal people`.")
    return people


def _language(history: History) -> Literal["fr", "en", "de", "es", "it", "nl"]:
    return history.reviews[-1].review.draft.language if history.reviews else "en"


# --- gathering -----------------------------------------------------------------------------------------------------


def _gathered(
    history: History,
    readers: Sequence[Stakeholder],
    today: date,
    explain_in: Lang,
    since: date | None = None,
    told: bool = False,
) -> tuple[tuple[Line, ...], tuple[LeftOut, ...]]:
    """What these readers may be told, and what not. With `told`, also what they read already."""
    last = since or history.last_group_message()
    bodies = [] if told else [m.message.body for m in history.sent() if history.to_all(m)]
    lines: list[Line] = []
    left_out: list[LeftOut] = []
    for line in _candidates(history, last, told, today):
        if any(compare.contains(body, line.text) for body in bodies) or any(_same(line.text, x.text) for x in lines):
            continue
        why = _why_not(history, line, readers, today)
        if why == "past":
            continue
        if why:
            left_out.append(LeftOut(line.text, say(explain_in, f"deal.left_out.{why}")))
        else:
            lines.append(line)
    return tuple(sorted(lines, key=lambda x: _HEADINGS.index(x.heading))), tuple(left_out)


def _candidates(history: History, last: date | None, told: bool, today: date) -> Iterator[Line]:
    """Settled sentences of what was sent directly since the last message to all, of group messages that never left, and outcomes.

    With `told`, also those that the group has read.
    """
    in_group = {
        place
        for m in history.sent()
        if history.to_all(m) and not told
        for place in (m.covers if m.review_id is None else [(m.review_id, i) for i in m.message.passage_ids])
    }
    for kept in history.reviews:
        own = [m for m in history.messages if m.review_id == kept.id]
        sent = {i for m in own if m.sent and (last is None or m.sent >= last) for i in m.message.passage_ids}
        if told:
            sent |= {
                i
                for m in history.sent()
                if last is None or (m.sent and m.sent >= last)
                for review_id, i in m.covers
                if review_id == kept.id
            }
        # A message to all that stayed behind while others left: it came too soon (rule 14), and waits for this one.
        waiting = {
            i
            for m in own
            if history.to_all(m) and not m.sent and any(o.sent for o in own) and (last is None or kept.day >= last)
            for i in m.message.passage_ids
        }
        labels = {c.passage_id: c for c in kept.review.classifications}
        author = [p for p in kept.review.passages if p.zone is Zone.AUTHOR]
        for passage, following in zip(author, [*author[1:], None], strict=True):
            label = labels.get(passage.id)
            if label is None or (kept.id, passage.id) in in_group or is_lead_in(passage, following):
                continue
            if passage.id in sent | waiting:
                heading = _heading(label)
                if heading:
                    yield Line(_sentence(kept, passage), heading, label.topics, (kept.id, passage.id), _matter(label))
    for outcome in history.deal.outcomes:
        if outcome.day <= today and (last is None or outcome.day >= last):
            topic = next(t for t, matter in MATTER_TOPICS.items() if matter == outcome.matter)
            yield Line(outcome.text, "decision", (topic,), None, outcome.matter)


def _heading(label: Classification) -> Heading | None:
    """Under which heading the group reads it; None where it is nothing for the group (rule 10)."""
    if label.stage is not Stage.SETTLED or label.act in (Act.REQUEST, Act.PROPOSE):
        return None
    topics = set(label.topics)
    if Topic.DECISION in topics or topics & set(MATTER_TOPICS):
        return "decision"
    if Topic.MILESTONE in topics:
        return "milestone"
    return "next_date" if Topic.NEXT_DATE in topics else None


def _matter(label: Classification) -> Matter | None:
    return next((MATTER_TOPICS[t] for t in label.topics if t in MATTER_TOPICS), None)


def _sentence(kept: KeptReview, passage: Passage) -> str:
    """The passage as one line, without the name that it began with: to all, "Karim, lot 1 is validated" is "Lot 1 is validated"."""
    text = " ".join(passage.text.split())
    if called := end_of_call(text, kept.review.draft.stakeholders):
        text = text[called].upper() + text[called + 1 :]
    return text if text[-1:] in ".!?…" else f"{text.rstrip(' ;,')}."


def _why_not(history: History, line: Line, readers: Sequence[Stakeholder], today: date) -> str | None:
    """Why these readers are not told this sentence: a key of the catalogue of texts."""
    addresses = [p.address for p in readers]
    if line.heading == "next_date" and _is_past(line.text, today):
        return "past"
    kept = history.review(line.place[0]) if line.place else None
    if kept and line.place:
        flags = [f for f in kept.review.flags if f.passage_id == line.place[1]]
        if any(set(f.withhold_from) & set(addresses) for f in flags):
            return "withheld"
        if speaks_to_one(line.text, kept.review.draft.language) or addressed(line.text, kept.review.draft.stakeholders):
            return "spoken"
        if leans_back(line.text, kept.review.draft.language) or points_back(line.text):
            return "context"
    return "leak" if any(_gives_away(history, line, addresses)) else None


def _gives_away(history: History, line: Line, readers: Sequence[str]) -> Iterator[bool]:
    """Whether the sentence shows these readers something of any confidence of the deal."""
    for other in history.reviews:
        review = other.review
        case = Case(draft=review.draft, passages=review.passages, situation=review.situation)
        own = (line.place[1],) if line.place and line.place[0] == other.id else ()
        yield any(given_away(case, review.flags, readers, line.text, own))


def _is_past(text: str, today: date) -> bool:
    """Whether every day that the sentence names lies behind today; a day without a year is the nearest one."""
    days = []
    for detail in details.find(text):
        day, slash, month = detail.value.partition("/")
        if detail.kind != "date" or not slash:
            continue
        near = [
            d
            for year in (today.year - 1, today.year, today.year + 1)
            if (d := details.calendar_day(year, int(month), int(day)))
        ]
        days += sorted(near, key=lambda d: abs((d - today).days))[:1]
    return bool(days) and max(days) < today


def _same(first: str, second: str) -> bool:
    told = details.find(first)
    if {d.value for d in told} != {d.value for d in details.find(second)}:
        return False
    if any(details.in_another_currency(d, second) for d in told):
        return False
    return compare.coverage(first, second) >= _SAME and compare.coverage(second, first) >= _SAME


def _exchanges(history: History, reader: Stakeholder, today: date) -> Iterator[str]:
    """With whom there was direct work in the last seven days, and about what: never about what the reader must not know of."""
    matters = data("phrases")[_language(history)]["matters"]
    topics: dict[str, list[Item]] = {}
    for outgoing in history.sent():
        kept = history.review(outgoing.review_id)
        if kept is None or outgoing.message.kind != "direct" or (outgoing.sent or today) <= _days_ago(today):
            continue
        closed = {f.passage_id for f in kept.review.flags if reader.address in f.withhold_from}
        for label in kept.review.classifications:
            if label.passage_id in outgoing.message.passage_ids and label.passage_id not in closed:
                for address in outgoing.message.to:
                    item = Item(passage_id=label.passage_id, text="", act=label.act, topics=label.topics, paragraph=0)
                    topics.setdefault(address, []).append(item)
    for address, items in topics.items():
        person = history.deal.person(address)
        titled = titled_topics(items)[:2]
        if person and titled and address != reader.address:
            yield f"{person.name} ({listed(_language(history), [matters[t]['label'] for t in titled])})"


# --- the message ---------------------------------------------------------------------------------------------------


def _case(history: History, lines: Sequence[Line], today: date, explain_in: Lang) -> Case:
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
    draft = Draft(body=body, sender=sender, stakeholders=_group(history), language=_language(history))
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
    case = _case(history, lines, today, explain_in)
    brief = Brief(
        kind=kind,
        language=case.draft.language,
        familiar=False,
        to=to,
        cc=cc,
        called=tuple(called(p, _latest(history) or case) for p in to),
        sender=case.draft.sender,
        subject="",
        greeting="",
        closing=signed(_latest(history) or case),
        items=(),
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
        subject=f"{history.deal.name} – {words['subject']}",
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
    known = case.draft.model_copy(update={"subject": "\n".join([message.subject, *more])})
    findings = check(case.model_copy(update={"draft": known}), labels, (), assignments, proposal)
    # The passages of this draft are of no review that is kept; `covers` says where its sentences come from.
    bare = message.model_copy(update={"passage_ids": ()})
    return Recap(bare, lines, left_out, pays, owed, findings)


def _latest(history: History) -> Case | None:
    """The last draft of the deal: how the seller calls people there and signs is how they do it here."""
    if not history.reviews:
        return None
    review = history.reviews[-1].review
    return Case(draft=review.draft, passages=review.passages, situation=review.situation)


def debt_line(debt: Debt, lang: Lang) -> str:
    """The debt as the seller reads it."""
    matter = say(lang, f"deal.matter.{debt.matter}")
    key = "deal.debt_settled" if debt.settled else "deal.debt_open"
    return say(lang, key, matter=matter, days=debt.days, count=debt.days)
