"""What is known of a sale, and what follows from it: readers and situation of the next review, who was told what.

Plain values and functions of them; `reviewer.store` keeps them. Nothing here reads a clock: `today` is given.
"""

import itertools
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple, TypeVar

from reviewer import compare, details
from reviewer.cues import insists_on_copy
from reviewer.errors import InputError
from reviewer.language import detect
from reviewer.mail import RawMail, matter, message_ids
from reviewer.names import fold
from reviewer.parse import NO_ADDRESS, envelope_of
from reviewer.plan import is_to_group
from reviewer.texts import Lang, say
from reviewer.types import (
    THREAD,
    Act,
    Culture,
    Draft,
    Envelope,
    Language,
    Matter,
    Message,
    Passage,
    Review,
    Side,
    Situation,
    Stakeholder,
    Topic,
    Value,
)
from reviewer.withhold import by_passage, visible_text

_RETOLD = 0.5  # share of content words from which an edited message still tells a sentence
_REPEATED = 0.85  # share of a sentence's content words in another, from which both say the same of their figures
WEEK = timedelta(days=7)
_QUOTED = 0.8  # share of a message's content words that stand in the thread below an answer to it
MATTERS: tuple[Matter, ...] = ("budget", "scope", "planning")
MATTER_TOPICS: dict[Topic, Matter] = {
    Topic.BUDGET_PRICE: "budget",
    Topic.SCOPE: "scope",
    Topic.PLANNING_CHANGE: "planning",
}
"""Of which matter a topic tells (rule 19)."""


class AgreementState(StrEnum):
    """How far the way of writing is agreed with the sponsor (rules 6 to 8)."""

    NONE = "none"
    PROPOSED = "proposed"
    AGREED = "agreed"


class EndState(StrEnum):
    """Whether a deal runs, or how it ended."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    PAUSED = "paused"


class Observation(Value):
    """What was seen of the customer's culture, and when (rule 22)."""

    day: date
    culture: Culture
    note: str = ""


class Agreement(Value):
    """A step of the agreement with the sponsor: of those up to today the last one is in force."""

    day: date
    state: AgreementState
    what: str = ""
    """Who is written to directly about what, in the seller's words."""


class Insistence(Value):
    """Somebody who insists on every copy, and until when they are kept informed (rules 16 to 18)."""

    address: str
    since: date
    until: date
    """The day to look at it again."""
    note: str = ""


class Outcome(Value):
    """How a budget, scope or planning matter ended, in a neutral sentence that everybody may read (rule 19)."""

    day: date
    matter: Matter
    text: str


class Ending(Value):
    """The end of a deal, or that it was opened again: the last one is in force. From its day on nothing is owed or reminded of."""

    day: date
    state: EndState


Note = Observation | Agreement | Insistence | Outcome | Ending
"""What the seller writes down of a deal."""
Step = TypeVar("Step", Observation, Agreement, Ending)


def in_force(steps: Iterable[Step], today: date) -> Step | None:
    """The last of these steps up to today; of two on one day the one noted later."""
    # A sort keeps those of one day in their order, where `max` takes the first of them.
    return next(iter(sorted((s for s in steps if s.day <= today), key=lambda s: s.day)[::-1]), None)


class Deal(Value):
    """A sale: its people and what was noted of them."""

    name: str
    customer: str = ""
    created: date
    sender: Stakeholder | None = None
    people: tuple[Stakeholder, ...] = ()
    observations: tuple[Observation, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    insistences: tuple[Insistence, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    endings: tuple[Ending, ...] = ()

    def culture(self, today: date) -> Culture:
        """As observed last."""
        seen = in_force(self.observations, today)
        return seen.culture if seen else Culture.UNKNOWN

    def agreement(self, today: date) -> AgreementState:
        """As it stands."""
        step = in_force(self.agreements, today)
        return step.state if step else AgreementState.NONE

    def insisting(self, today: date) -> dict[str, Insistence]:
        """Who insists on every copy, by address, as noted last: a shorter time takes the place of a longer one."""
        return {i.address: i for i in self.insistences if i.since <= today}

    def ended(self, today: date) -> Ending | None:
        """How it has ended by today; None while it runs."""
        latest = in_force(self.endings, today)
        return latest if latest and latest.state is not EndState.OPEN else None

    def reopened(self, today: date) -> date | None:
        """The day on which it was opened again; None where it has ended, or never had."""
        latest = in_force(self.endings, today)
        return latest.day if latest and latest.state is EndState.OPEN else None

    def person(self, address: str) -> Stakeholder | None:
        """Whoever has this address."""
        return next((p for p in self.people if p.address == address), None)


class KeptReview(NamedTuple):
    """A review that was made in a deal."""

    id: int
    day: date
    review: Review


class Outgoing(Value):
    """A message of a review, or a recap, as the deal keeps it."""

    id: int
    review_id: int | None = None
    """The review that proposed it; None for a recap or a summary, which gathers several."""
    made: date
    message: Message
    covers: tuple[tuple[int, str], ...] = ()
    """Of a recap: review and passage of what it tells."""
    matters: tuple[Matter, ...] = ()
    """Of a recap: the matters whose outcome it tells."""
    sent: date | None = None
    """The day on which the seller sent it; None where it never left, or not yet."""
    mail_id: str = ""
    """The Message-ID of the draft of it that was handed over last; empty where none was."""


class History(NamedTuple):
    """A deal with its reviews and messages, each in the order in which it was made."""

    deal: Deal
    reviews: tuple[KeptReview, ...] = ()
    messages: tuple[Outgoing, ...] = ()

    def review(self, review_id: int | None) -> KeptReview | None:
        """The review of this number."""
        return next((r for r in self.reviews if r.id == review_id), None)

    def message(self, number: int) -> Outgoing | None:
        """The message of this number."""
        return next((m for m in self.messages if m.id == number), None)

    def names(self) -> dict[str, str]:
        """Names by address: those of the deal's people, and of whoever read a reviewed draft and has left the deal since."""
        drafts = {p.address: p.name for kept in self.reviews for p in kept.review.draft.stakeholders}
        return drafts | {p.address: p.name for p in self.deal.people}

    def to_all(self, outgoing: Outgoing) -> bool:
        """Whether it is a message to the group: to more than half of the customer's people, and to two at least.

        A mail to one of them that may leave as it is, or a summary for the sponsor, is none.
        """
        customers = {p.address for p in self.deal.people if p.side is Side.CUSTOMER}
        reached = customers & set(outgoing.message.readers)
        return outgoing.message.kind == "group" and is_to_group(len(reached), len(customers))

    def carried(self, outgoing: Outgoing) -> tuple[str, ...]:
        """Ids of the passages of its review that a message tells: without what the seller took out or changed before it left."""
        kept = self.review(outgoing.review_id)
        message = outgoing.message
        if kept is None or any(m.body == message.body for m in kept.review.proposal.messages):
            return message.passage_ids
        language, flagged = kept.review.draft.language, by_passage(kept.review.flags)
        told = {
            p.id: visible_text(p, flagged.get(p.id, ()), message.readers, language)
            for p in kept.review.passages
            if p.id in message.passage_ids
        }
        return tuple(i for i in message.passage_ids if i in told and _says(message.body, told[i]))

    def kind(self, outgoing: Outgoing) -> Literal["group", "direct", "engagement"]:
        """As what it counts: a message to one reader is direct, and so is a mail to a few that may leave as it is."""
        kind = outgoing.message.kind
        return "direct" if kind == "group" and not self.to_all(outgoing) else kind

    def last_group_message(self) -> date | None:
        """When the last message to the group left."""
        return max((m.sent for m in self.messages if m.sent and self.to_all(m)), default=None)

    def waiting(self, today: date) -> list[Outgoing]:
        """What has not left, but for messages to all of which a later recap has told the group.

        Where the deal has ended, only what was written since waits.
        """
        told = {place for m in self.messages if m.sent for place in m.covers}
        end = self.deal.ended(today)
        return [
            m
            for m in self.messages
            if not m.sent
            and not (end and m.made <= end.day)
            and not any((m.review_id, i) in told for i in m.message.passage_ids if self.to_all(m))
        ]

    def sent(self) -> list[Outgoing]:
        """What left, by day."""
        return sorted((m for m in self.messages if m.sent), key=lambda m: (m.sent or m.made, m.id))


def language(history: History) -> Language:
    """The language of the last message to the group, else that in which most was sent, else that of the last draft, or of what was noted.

    One mail in another language to one person does not change how the group is written to.
    """
    languages = {r.id: r.review.draft.language for r in history.reviews}
    for outgoing in reversed(history.sent()):
        if history.to_all(outgoing):
            # A recap is of the language of what it tells.
            places = [r for r, _ in outgoing.covers] if outgoing.review_id is None else [outgoing.review_id]
            if told := Counter(languages[r] for r in places if r in languages):
                return told.most_common(1)[0][0]
    sent = Counter(languages[m.review_id] for m in history.sent() if m.review_id in languages)
    if sent:
        return sent.most_common(1)[0][0]
    if history.reviews:
        return history.reviews[-1].review.draft.language
    return detect("\n".join(o.text for o in history.deal.outcomes)) or "en"


# --- the next review -----------------------------------------------------------------------------------------------


def situation(history: History, today: date, explain_in: Lang) -> Situation:
    """What the deal tells of the situation of a draft that is reviewed today; one that has ended has no weekly rhythm."""
    return Situation(
        today=today,
        culture=history.deal.culture(today),
        agreed=history.deal.agreement(today) is AgreementState.AGREED,
        last_group_message=None if history.deal.ended(today) else history.last_group_message(),
        circle=sum(p.side is Side.CUSTOMER for p in history.deal.people),
        look_again={i.address: i.until for i in history.deal.insisting(today).values() if today < i.until},
        explain_in=explain_in,
    )


def readers(deal: Deal, given: Sequence[Stakeholder], today: date, lang: Lang) -> tuple[Stakeholder, ...]:
    """Who reads the draft: the people given, each as the deal knows them, or all of the deal where none is given.

    To or Cc is the draft's to say; name, roles and notes are the deal's where it has them. Whoever insists on every copy has it
    in the note until the day at which it is looked at again, so that the rules see it.
    """
    if not given:
        return tuple(_noted(deal, p, today, lang) for p in deal.people)
    found = []
    for person in given:
        known = deal.person(person.address)
        if known is not None:
            person = known.model_copy(update={"recipient": person.recipient})
        found.append(_noted(deal, person, today, lang))
    return tuple(found)


def named_readers(deal: Deal, mail: RawMail) -> tuple[tuple[Stakeholder, ...], tuple[str, ...]]:
    """Of the readers whom the mail names without an address: the deal's people of just that name, and the names that it cannot tell.

    A name that two of the deal have tells nobody.
    """
    found: list[Stakeholder] = []
    unknown = []
    for reader in mail.unaddressed:
        same = [p for p in deal.people if _words(p.name) == _words(reader.name)]
        if len(same) != 1:
            unknown.append(reader.name)
        elif same[0].address not in {p.address for p in (*mail.people, *found)}:
            found.append(same[0].model_copy(update={"recipient": reader.recipient}))
    return tuple(found), tuple(unknown)


def _words(name: str) -> list[str]:
    """The words of a name in any order: "Castel, Hélène" is "Hélène Castel"."""
    return sorted(fold(name).replace(",", " ").split())


def _noted(deal: Deal, person: Stakeholder, today: date, lang: Lang) -> Stakeholder:
    insistence = deal.insisting(today).get(person.address)
    if insistence is None or today >= insistence.until or insists_on_copy(person):
        return person
    return person.model_copy(update={"note": f"{person.note} - {say(lang, 'ui.insists_note')}".strip(" -")})


def draft_of(history: History, message: Message, review_id: int | None) -> Draft:
    """The mail in whose place a message of the deal leaves: whoever sends it, the readers' names, and the thread.

    A recap answers the last message to the group, as far as a draft of that was handed over and so its Message-ID is known,
    and stays in its thread in any case. The sponsor's summary is a matter of its own.
    """
    kept = history.review(review_id)
    if kept is not None:
        return kept.review.draft
    drafts = [r.review.draft for r in history.reviews]
    senders = [*(d.sender for d in drafts[-1:]), history.deal.sender]
    # A signature without an address gives a name alone: the deal may know more.
    sender = next((s for s in senders if s and not s.address.endswith(NO_ADDRESS)), None)
    people = {p.address: p for d in drafts for p in d.stakeholders} | {p.address: p for p in history.deal.people}
    answered, thread = _group_thread(history) if message.kind == "group" else ("", ())
    return Draft(
        body="",
        sender=sender,
        # Whoever left the deal before any review is known by the address alone.
        stakeholders=tuple(people.get(a) or Stakeholder(name=a, address=a) for a in message.readers),
        in_reply_to=answered,
        references=thread,
    )


def _group_thread(history: History) -> tuple[str, tuple[str, ...]]:
    """What the next message to the group answers, and its thread so far, the oldest first.

    A mail client may have given a message another id when it left: then the ids before it hold the thread together.
    """
    answered, thread = "", tuple[str, ...]()
    for outgoing in history.sent():
        if not history.to_all(outgoing):
            continue
        kept = history.review(outgoing.review_id)
        if kept is not None:
            draft = kept.review.draft
            answered, thread = draft.in_reply_to, draft.references or message_ids(draft.in_reply_to)
        if outgoing.mail_id:
            answered, thread = outgoing.mail_id, (*thread, outgoing.mail_id)
    return answered, thread


def sellers(history: History) -> tuple[Stakeholder, ...]:
    """Who sells: as the deal was begun, else whoever wrote the drafts reviewed in it; nobody where neither is known."""
    if history.deal.sender is not None:
        return (history.deal.sender,)
    wrote = [kept.review.draft.sender for kept in history.reviews]
    customers = {p.address for p in history.deal.people if p.side is not Side.OWN}
    found = {p.address: p for p in wrote if p and p.address not in customers and not p.address.endswith(NO_ADDRESS)}
    return tuple(found.values())


def envelope(history: History, mail: RawMail, draft: Draft, passages: Sequence[Passage]) -> Envelope:
    """What is known around a draft of the deal: by its file, by the deal's people, and by what left."""
    names = history.names()

    def readers_of(messages: Iterable[Message]) -> tuple[Stakeholder, ...]:
        addresses = dict.fromkeys(address for message in messages for address in message.readers)
        return tuple(Stakeholder(name=names.get(address, address), address=address) for address in addresses)

    left = [m.message for m in history.sent()]
    known = envelope_of(mail, history.deal.people)
    in_thread = readers_of(_in_thread(left, draft, passages))
    return known._replace(
        sent=in_thread,
        reached=readers_of(left),
        customer=history.deal.customer,
        reviews=tuple((kept.day, kept.review) for kept in history.reviews),
        left=tuple(left),
    )


def _in_thread(left: Sequence[Message], draft: Draft, passages: Sequence[Passage]) -> Sequence[Message]:
    """The last message of a draft's thread that left: the one whose words are quoted below the draft.

    Else those under its subject, as messages to the group and to one person often share it.
    """
    subject = matter(draft.subject)
    found = [m for m in left if subject and matter(m.subject) == subject]
    thread = "\n".join(p.text for p in passages if p.zone in THREAD)
    return [m for m in found if compare.coverage(m.body, thread) >= _QUOTED][-1:] or found


def strangers(deal: Deal, people: Iterable[Stakeholder]) -> list[Stakeholder]:
    """The readers whom the deal does not have."""
    return [p for p in people if deal.person(p.address) is None]


# --- who was told what ---------------------------------------------------------------------------------------------


class Told(NamedTuple):
    """One thing that a sent message said: a passage, or a sentence of a recap."""

    day: date
    outgoing: Outgoing
    review_id: int | None
    """The review in which it was written; None for an outcome that the seller wrote."""
    passage_id: str
    topics: tuple[Topic, ...]
    text: str
    """As its readers read it: what was cut out for them is not in it."""
    asked: bool = False
    """Whether it asks for something."""

    @property
    def readers(self) -> tuple[str, ...]:
        """Addresses of whom it told."""
        return self.outgoing.message.readers


def told(history: History) -> list[Told]:
    """Everything that was told, by day (rule 20)."""
    found = []
    for outgoing in history.sent():
        day = outgoing.sent or outgoing.made
        own = [(outgoing.review_id, i) for i in history.carried(outgoing)] if outgoing.review_id else outgoing.covers
        for review_id, passage_id in own:
            kept = history.review(review_id)
            if kept is None:
                continue
            passage = next((p for p in kept.review.passages if p.id == passage_id), None)
            label = next((c for c in kept.review.classifications if c.passage_id == passage_id), None)
            if passage is None:
                continue
            text = visible_text(passage, kept.review.flags, outgoing.message.readers, kept.review.draft.language)
            if text:
                topics, asked = (label.topics, label.act is Act.REQUEST) if label else ((), False)
                found.append(Told(day, outgoing, review_id, passage_id, topics, " ".join(text.split()), asked))
        found += [
            Told(day, outgoing, None, "", (topic,), outcome.text)
            for outcome in history.deal.outcomes
            for topic, matter in MATTER_TOPICS.items()
            if matter == outcome.matter and outgoing.review_id is None and outcome.text in outgoing.message.body
        ]
    return found


def _says(body: str, text: str) -> bool:
    """Whether a body tells a sentence: in its words, or with each of its numbers and dates and at least half of its content words."""
    if compare.contains(body, text):
        return True
    present = details.values(body)
    numbers = all(d.value in present for d in details.find(text) if not details.is_trivial(d))
    return numbers and compare.coverage(text, body) >= _RETOLD


class Silence(NamedTuple):
    """How long somebody has heard nothing."""

    person: Stakeholder
    last: date | None
    """None where they were never written to."""
    days: int


def silences(history: History, today: date) -> list[Silence]:
    """Every person of the customer, who has waited longest first.

    Days count from the deal's start where nothing was sent, and up to its end where it has ended.
    """
    found, end = [], history.deal.ended(today)
    until = min(today, end.day) if end else today
    for person in history.deal.people:
        if person.side is Side.OWN:
            continue
        days = [m.sent for m in history.sent() if m.sent and person.address in m.message.readers]
        last = max(days, default=None)
        found.append(Silence(person, last, max(0, (until - (last or history.deal.created)).days)))
    return sorted(found, key=lambda s: -s.days)


def known_to_one(history: History) -> list[Told]:
    """What a single person of the customer was told and nobody else of them; what they were asked is no knowledge, and what the group
    has read in other words is none of one person alone.
    """
    everything = told(history)
    customers = {p.address for p in history.deal.people if p.side is Side.CUSTOMER}
    reached: dict[tuple[int | None, str], set[str]] = {}
    for item in everything:
        reached.setdefault((item.review_id, item.passage_id), set()).update(customers & set(item.readers))
    group = [s for m in history.sent() if history.to_all(m) for s in compare.sentences(m.message.body)]
    return [
        t
        for t in everything
        if t.passage_id
        and not t.asked
        and len(reached[t.review_id, t.passage_id]) == 1
        and not any(_has_the_figures_of(sentence, t.text) for sentence in group)
    ]


def _has_the_figures_of(sentence: str, text: str) -> bool:
    """Whether a sentence says what a text does, as far as words can tell: each of its figures, and little that is not in it."""
    figures = {d.value for d in details.find(text) if not details.is_trivial(d)}
    present = {d.value for d in details.find(sentence)}
    return bool(figures) and figures <= present and compare.coverage(sentence, text) >= _REPEATED


# --- rhythm --------------------------------------------------------------------------------------------------------


class Rhythm(NamedTuple):
    """How the weekly message stands (rule 14)."""

    last: date | None
    """When the last message to everybody left."""
    next: date | None
    """From when on the next one fits; None where the deal has ended."""
    missed: int
    """Whole weeks without one since the last, or since the deal began or was opened again; none where it has ended."""
    twice: tuple[tuple[date, date], ...]
    """Pairs of days less than a week apart on which the group was written to."""


def rhythm(history: History, today: date) -> Rhythm:
    """The weekly rhythm up to today."""
    days = sorted({m.sent for m in history.messages if m.sent and history.to_all(m)})
    last = days[-1] if days else None
    twice = tuple((a, b) for a, b in itertools.pairwise(days) if b - a < WEEK)
    if history.deal.ended(today):
        return Rhythm(last, None, 0, twice)
    start = max(filter(None, (last or history.deal.created, history.deal.reopened(today))))
    return Rhythm(last, max(today, last + WEEK) if last else today, max(0, (today - start).days // 7 - 1), twice)


# --- its end -------------------------------------------------------------------------------------------------------


def ending(deal: Deal, state: EndState, day: date) -> Ending:
    """The end of the deal on this day, or its opening again; InputError where it would change nothing."""
    if day < deal.created:
        raise InputError(f"{deal.name} began on {deal.created}; it cannot end or go on before.")
    later = max((e.day for e in deal.endings), default=day)
    if later > day:
        raise InputError(f"{deal.name} was closed or opened again on {later}; give that day or a later one.")
    if state is EndState.OPEN and deal.ended(day) is None:
        raise InputError(f"{deal.name} is open; there is nothing to open again.")
    return Ending(day=day, state=state)


def checked_name(name: str) -> str:
    """The deal's name as one line of at most 80 characters; InputError says what is wrong."""
    clean = unicodedata.normalize("NFC", " ".join(name.split()))
    if not clean or len(clean) > 80 or not clean.isprintable():
        raise InputError("A deal needs a name of 1 to 80 characters, such as Atlas.")
    return clean


def name_key(name: str) -> str:
    """What two spellings of a deal's name have in common: case, white space and the way accents are stored aside."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", " ".join(name.split())).casefold())
