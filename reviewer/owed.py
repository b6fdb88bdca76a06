"""What the group is owed: outcomes that a few have read, or that the seller noted, and that no message to the group has told (rule 19).

A debt is paid by what a message to the group says, never by its day or by another outcome of the same matter.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import date
from typing import NamedTuple

from reviewer import compare, details
from reviewer.affair import same_affair
from reviewer.cues import leans_back, points_back, speaks_to_one
from reviewer.deal import MATTER_TOPICS, MATTERS, History, KeptReview, Outcome, Outgoing, language, situation
from reviewer.language import detect
from reviewer.local.flag import flag_passages
from reviewer.names import addressed, end_of_call, mentions, without_call
from reviewer.outcome import (
    OF_MATTER,
    is_neutral,
    is_of_the_firm,
    is_signed,
    names_somebody,
    of_other_plans,
    planned,
    replaces,
    same_day,
    shares_only_its_day,
    speaks_of_signing,
    turns_alike,
)
from reviewer.plan import is_lead_in
from reviewer.policy import Policy, recap_of
from reviewer.roles import roles_named_in, roles_of
from reviewer.texts import pattern
from reviewer.types import (
    IN_CONFIDENCE,
    Act,
    Case,
    Classification,
    Draft,
    Flag,
    Language,
    Matter,
    Passage,
    Sensitivity,
    Severity,
    Side,
    Stage,
    Topic,
    Zone,
)
from reviewer.withhold import Leak, codes_in, given_away

SAME = 0.85  # share of content words from which one sentence tells another
_NAMES_ONE = re.compile(
    r"\b(?:\w*\d\w*|(?<=\w )[A-Z])\b"
)  # "lot 3", "lot B", "42": what tells one outcome from its like

_CLAUSES = re.compile(r"[,;:–—]\s")
_SHOUTED = re.compile(r"\b[^\W\d_a-zß-ÿ]{4,}\b")
_COUNTED = re.compile(r"^\W*(\w+)")

_NOTED = 10**9  # the turn of what is noted on a day: behind what was written on it
_DAYS = frozenset((Topic.MILESTONE, Topic.NEXT_DATE))
_SECRET = IN_CONFIDENCE | {Sensitivity.PERSONAL_DATA, Sensitivity.CREDENTIAL}
_OWN_READERS = _SECRET | {Sensitivity.CONTRACT_PRICE}  # what is meant for whoever read it then, and for nobody else
# Where the classifier is that sure, it counts for an outcome in plain words, too. Of 1,634 labelled sensitive passages none is plain.
_CERTAIN = 0.8

Place = tuple[int, str]
"""Review and passage."""


class Debt(NamedTuple):
    """A matter that moved between a few people, of which the group has not read the outcome."""

    matter: Matter
    since: date
    """When it was first written about, of all that is still owed or open."""
    days: int
    settled: date | None
    """When it was settled: from then on the recap is owed. None while it is open, and there is nothing to tell yet."""
    text: str
    """The sentence that settled it first, of those that are owed; empty while it is open."""


class Read(NamedTuple):
    """What some readers, the group or the sponsor, have read of the outcomes of a deal."""

    places: frozenset[Place]
    """The passages that their messages carry."""
    statements: tuple[str, ...]
    """The settled sentences of their messages, and the lines of their recaps."""

    def tells(self, text: str, place: Place | None = None) -> bool:
        """Whether they have read this: the passage itself, or the same in its words or nearly so."""
        return place in self.places or any(carries(statement, text) for statement in self.statements)


def read(history: History) -> Read:
    """What the messages to the group that left have told."""
    return read_in(history, [m for m in history.sent() if history.to_all(m)])


def read_in(history: History, messages: Iterable[Outgoing]) -> Read:
    """What these messages have told."""
    places: set[Place] = set()
    statements: list[str] = []
    for outgoing in messages:
        kept = history.review(outgoing.review_id)
        if kept is None:
            places.update(outgoing.covers)
            statements += filter(None, map(str.strip, outgoing.message.body.split("\n")))
            continue
        carried = set(history.carried(outgoing))
        places.update((kept.id, i) for i in carried)
        settled = {c.passage_id for c in kept.review.classifications if c.stage is Stage.SETTLED}
        statements += [p.text for p in kept.review.passages if p.id in carried & settled]
    return Read(frozenset(places), tuple(statements))


def carries(statement: str, text: str) -> bool:
    """Whether a statement tells this text: word for word, or each of its numbers and letters in their order and nearly all its content
    words, or the same day of the same thing; the contrary tells nothing of it.
    """
    if compare.contains(statement, text) or same_day(statement, text):
        return True
    there = iter(_NAMES_ONE.findall(statement))
    return (
        len(compare.content_stems(text)) > 1
        # "From 4 to 11 May" is not "from 11 to 4 May".
        and all(name in there for name in _NAMES_ONE.findall(text))
        and turns_alike(statement, text)
        and compare.coverage(text, statement) >= SAME
    )


def debts(history: History, policy: Policy, today: date) -> list[Debt]:
    """The recaps that are owed, and the matters that may come to owe one; what is settled longest comes first.

    What is still open is over with the next outcome of its matter that the group reads. A deal that has ended owes nothing.
    """
    found: list[Debt] = []
    if history.deal.ended(today):
        return found
    known = read(history)
    for matter in MATTERS:
        outcomes = _told_to_all(history, matter)
        opened: list[date] = []
        settled: list[tuple[date, str]] = []
        for outgoing in history.sent():
            kept = history.review(outgoing.review_id)
            if kept is None or outgoing.sent is None or history.to_all(outgoing):
                continue
            for passage_id in history.carried(outgoing):
                stage = _moves(history, kept, policy, passage_id, matter)
                if stage is Stage.OPEN and not any(_is_next(outcome, outgoing) for outcome in outcomes):
                    opened.append(outgoing.sent)
                elif stage is Stage.SETTLED and not _paid(
                    history, policy, known, kept, passage_id, matter, outgoing.sent, today
                ):
                    settled.append((outgoing.sent, sentence(kept, passage_id)))
        settled += [
            (o.day, o.text)
            for o in history.deal.outcomes
            if o.matter == matter and o.day <= today and not _noted_is_paid(history, policy, known, o, today)
        ]
        if opened or settled:
            since = min([*opened, *(day for day, _ in settled)])
            done, text = min(settled, key=lambda told: told[0], default=(None, ""))
            found.append(Debt(matter, since, (today - (done or since)).days, done, text))
    return sorted(found, key=lambda d: (d.settled is None, -d.days))


def _is_next(outcome: Outgoing, position: Outgoing) -> bool:
    """Whether an outcome left after a position, or on its day and was made later; a message of the same draft is no next one."""
    if outcome.sent is None or position.sent is None:
        return False
    same_draft = outcome.review_id is not None and outcome.review_id == position.review_id
    return not same_draft and (outcome.sent, outcome.id) > (position.sent, position.id)


def _moves(history: History, kept: KeptReview, policy: Policy, passage_id: str, matter: Matter) -> Stage | None:
    """Whether a passage moves the matter, and to which stage: an open position that is sensitive, or an outcome.

    An ask moves nothing, and neither does what only announces the sentences behind it, or what is told in confidence.
    """
    label = next((c for c in kept.review.classifications if c.passage_id == passage_id), None)
    if label is None or label.act is Act.REQUEST or passage_id not in {p.id for p in tellable(kept)}:
        return None
    flags = [f for f in _flags(history, kept) if f.passage_id == passage_id]
    if any(f.sensitivity in _SECRET and f.severity is not Severity.NOTE for f in flags):
        return None
    # A sentence is owed once, whatever matters it touches.
    first = matters_of(history, kept, label)[:1]
    if label.stage is Stage.SETTLED and label.act is not Act.PROPOSE and first == (matter,):
        return Stage.SETTLED
    return Stage.OPEN if recap_of(policy, flags) == matter else None


def _paid(
    history: History,
    policy: Policy,
    known: Read,
    kept: KeptReview,
    passage_id: str,
    matter: Matter,
    day: date,
    today: date,
) -> bool:
    """Whether the group has read an outcome that was settled on this day between a few.

    What it may not read in its own words, a price for one, or a day that is over by now, is paid by an outcome of the matter that the
    seller noted since.
    """
    text, place = sentence(kept, passage_id), (kept.id, passage_id)
    if known.tells(text, place) or is_replaced(history, text, place, today):
        return True
    return _told_since(history, known, matter, day, text) and (
        _has_gone_by(text, kept.day, today)
        or refusal(history, policy, text, place, _group(history), today, matter) is not None
    )


def _noted_is_paid(history: History, policy: Policy, known: Read, outcome: Outcome, today: date) -> bool:
    """Whether the group has read an outcome that the seller noted, or, where it may not read this one, another of the matter since."""
    if known.tells(outcome.text) or is_replaced(history, outcome.text, None, today):
        return True
    return _told_since(history, known, outcome.matter, outcome.day, outcome.text) and (
        _has_gone_by(outcome.text, outcome.day, today) or not_for_all(history, policy, outcome, today)
    )


def is_replaced(history: History, text: str, place: Place | None, today: date) -> bool:
    """Whether a sentence that was settled later, or an outcome noted since, gives another day for the same.

    `place` is the passage that it is; None for an outcome that the seller noted.
    """
    statements = list(_statements(history, today))
    written = max((when for when, other, where in statements if other == text and where == place), default=None)
    return written is not None and any(
        when > written and replaces(other, text, afterwards=when[0] > written[0] or when[1] == _NOTED)
        for when, other, _ in statements
    )


def _statements(history: History, today: date) -> Iterator[tuple[tuple[date, int], str, Place | None]]:
    """Every settled sentence of a mail of which something left, and every noted outcome, each with its day and its turn on it."""
    left = {m.review_id for m in history.sent()}
    for kept in history.reviews:
        labels = {c.passage_id: c for c in kept.review.classifications}
        for passage in tellable(kept) if kept.id in left else ():
            label = labels.get(passage.id)
            if label and label.stage is Stage.SETTLED and label.act not in (Act.REQUEST, Act.PROPOSE):
                yield (kept.day, passage.start), sentence(kept, passage.id), (kept.id, passage.id)
    for outcome in history.deal.outcomes:
        if outcome.day <= today:
            yield (outcome.day, _NOTED), outcome.text, None


def _told_since(history: History, known: Read, matter: Matter, day: date, text: str) -> bool:
    """Whether the group has read an outcome of the matter that was noted since that day, and is not of something else that is planned."""
    return any(
        o.matter == matter and o.day >= day and known.tells(o.text) and not of_other_plans(o.text, text)
        for o in history.deal.outcomes
    )


def _has_gone_by(text: str, written: date, today: date) -> bool:
    return is_over(text, written, today) or is_out_of_date(text, written, today)


def _group(history: History) -> list[str]:
    return [p.address for p in history.deal.people if p.side is not Side.OWN]


def _told_to_all(history: History, matter: Matter) -> list[Outgoing]:
    """The messages in which the group read an outcome of the matter: a settled sentence about it, or a recap."""
    found = []
    for outgoing in history.sent():
        if not history.to_all(outgoing):
            continue
        kept = history.review(outgoing.review_id)
        carried = history.carried(outgoing)
        settled = kept is not None and any(
            c.passage_id in carried and c.stage is Stage.SETTLED and matter in matters_of(history, kept, c)
            for c in kept.review.classifications
        )
        if settled or matter in outgoing.matters:
            found.append(outgoing)
    return found


def matters_of(history: History, kept: KeptReview, label: Classification) -> tuple[Matter, ...]:
    """The matters that a passage tells of: by its topics, and the schedule where it settles a day of what was still open there."""
    found = tuple(dict.fromkeys(MATTER_TOPICS[t] for t in label.topics if t in MATTER_TOPICS))
    if found or label.stage is not Stage.SETTLED or not set(label.topics) & _DAYS:
        return found
    name = planned(sentence(kept, label.passage_id), kept.review.draft.stakeholders)
    left = {m.review_id for m in history.sent()}
    reopened = name and any(_open_plan(other, name) for other in history.reviews if other.id in left)
    return ("planning",) if reopened else ()


def _open_plan(kept: KeptReview, name: str) -> list[Passage]:
    """The passages in which the schedule of what is called so is still open."""
    flagged = {f.passage_id for f in kept.review.flags if f.sensitivity is Sensitivity.PLANNING}
    labels = {c.passage_id: c for c in kept.review.classifications}
    return [
        p
        for p in kept.review.passages
        if (label := labels.get(p.id))
        and label.stage is Stage.OPEN
        and (p.id in flagged or Topic.PLANNING_CHANGE in label.topics)
        and compare.contains(p.text, name)
    ]


# --- a sentence by itself ------------------------------------------------------------------------------------------


def tellable(kept: KeptReview) -> list[Passage]:
    """The author's passages, but for those that only announce what stands behind them."""
    author = [p for p in kept.review.passages if p.zone is Zone.AUTHOR]
    return [p for p, following in zip(author, [*author[1:], None], strict=True) if not is_lead_in(p, following)]


def sentence(kept: KeptReview, passage_id: str) -> str:
    """The passage as one line, without the name that it began with, and where it was talked over: to all, "Karim, as agreed this morning,
    lot 1 is validated" is "Lot 1 is validated".
    """
    text = " ".join(next(p.text for p in kept.review.passages if p.id == passage_id).split())
    text = without_call(text, end_of_call(text, kept.review.draft.stakeholders))
    said = pattern("outcome.as_said").match(text)
    text = text[said.end() :] if said else text
    # German goes on in small letters behind a greeting; here it is a sentence of its own.
    text = text[:1].upper() + text[1:]
    return text if text[-1:] in ".!?…" else f"{text.rstrip(' ;,')}."


def why_not(
    history: History, text: str, place: Place | None, readers: Sequence[str], matter: Matter | None = None
) -> str | None:
    """Why these readers (addresses) are not told this sentence: a key of the catalogue of texts; None where they may be.

    `matter` is that of an outcome that the seller noted.
    """
    kept = history.review(place[0]) if place else None
    if kept and place:
        flags = [f for f in _flags(history, kept) if f.passage_id == place[1]]
        if any(set(f.withhold_from) & set(readers) for f in flags):
            return "withheld"
        if _speaks_to_one(history, kept, place[1], text) or addressed(text, kept.review.draft.stakeholders):
            return "spoken"
        if leans_back(text, kept.review.draft.language) or points_back(text):
            return "context"
    label = next((c for c in kept.review.classifications if c.passage_id == place[1]), None) if kept and place else None
    plan = (
        label is not None and label.stage is Stage.SETTLED and bool(set(label.topics) & {*_DAYS, Topic.PLANNING_CHANGE})
    )
    return "leak" if any(given_away_by(history, text, readers, place, plan or matter == "planning")) else None


def refusal(
    history: History,
    policy: Policy,
    text: str,
    place: Place | None,
    readers: Sequence[str],
    today: date,
    matter: Matter | None = None,
) -> str | None:
    """Why a gathered message does not tell these readers an outcome: a key of the catalogue of texts; None where it does.

    Of a matter nobody reads whose limit it came to. What was written to a few was not written for all: it is judged as a draft to all
    would be, of money and of the contract it is told only in plain words, what happens at the customer's is no outcome of the sale,
    and whoever it names is nobody's outcome.
    """
    why = why_not(history, text, place, readers, matter)
    if why is None and withheld(history, policy, text, readers, today, matter):
        return "withheld"
    if why is None and matter and pattern("outcome.limit").search(text):
        return "leak"
    if why is None and speaks_of_signing(text) and not is_signed(text):
        return "money"
    kept = history.review(place[0]) if place else None
    if why or kept is None or place is None or _written_for(history, place, readers):
        return why
    if _of_money(kept, place[1], text) and not _plain_money(kept, text):
        return "money"
    if is_of_the_firm(text):
        return "firm"
    return "named" if _is_about_somebody(history, kept, place[1], text) else None


def _is_about_somebody(history: History, kept: KeptReview, passage_id: str, text: str) -> bool:
    """Whether an outcome names a person or a department; of a day and a milestone ("with Thomas") only what follows behind a comma."""
    label = next(c for c in kept.review.classifications if c.passage_id == passage_id)
    decides = set(label.topics) & {Topic.DECISION, *MATTER_TOPICS} and not set(label.topics) & _DAYS
    said = text if decides else " ".join(_CLAUSES.split(text)[1:])
    return names_somebody(said, kept.review.draft.stakeholders + history.deal.people) or bool(roles_named_in(said))


def _written_for(history: History, place: Place, readers: Sequence[str]) -> bool:
    """Whether a passage stands in a message to all of these readers, or to the group, whether that left or not."""
    carriers = [m for m in history.messages if m.review_id == place[0] and place[1] in m.message.passage_ids]
    return any(history.to_all(m) or (m.sent is not None and set(readers) <= set(m.message.readers)) for m in carriers)


def _for_the_group(history: History, kept: KeptReview, passage_id: str) -> bool:
    """Whether a passage stands in a message to the group, whether that left or not."""
    return any(
        m.review_id == kept.id and passage_id in m.message.passage_ids and history.to_all(m) for m in history.messages
    )


def _of_money(kept: KeptReview, passage_id: str, text: str) -> bool:
    """Whether a sentence is about the budget, a price or the contract, by its topics, its flags or its words."""
    label = next(c for c in kept.review.classifications if c.passage_id == passage_id)
    flagged = {f.sensitivity for f in kept.review.flags if f.passage_id == passage_id}
    return bool(
        set(label.topics) & {Topic.BUDGET_PRICE, Topic.CONTRACT_LEGAL}
        or flagged & OF_MATTER["budget"]
        or any(d.currency for d in details.find(text))
        or pattern("outcome.discount").search(text)
    )


def _plain_money(kept: KeptReview, text: str) -> bool:
    return is_signed(text) or is_neutral(text, "budget", kept.review.draft.language)


def _speaks_to_one(history: History, kept: KeptReview, passage_id: str, text: str) -> bool:
    """Whether a sentence speaks to one reader: "your offices" is the group's in a message to the group where nobody is called, by name
    or by their role, and so is the trust for which all are thanked.
    """
    written = kept.review.draft.language
    if _for_the_group(history, kept, passage_id) and not (_called(kept, passage_id) or _names_a_role(text)):
        text = pattern(f"to_several.{written}", any_case=False).sub("", text)
    return speaks_to_one(pattern("thanks_to_all").sub("", text), written)


def _flags(history: History, kept: KeptReview, kinds: Set[Sensitivity] = _OWN_READERS) -> tuple[Flag, ...]:
    """The flags of a review as they hold in the deal, those of what a neighbour covers with them.

    A flag is made for the draft's own readers, and of what was said to one alone it names nobody: those of these kinds hold for
    everybody of the deal who did not read the draft, too. A plain outcome is no position.
    """
    draft = kept.review.draft
    had = {p.address for p in draft.stakeholders}
    others = tuple(a for a in _group(history) if a not in had)
    texts = {p.id: p.text for p in kept.review.passages}

    def lasts(flag: Flag) -> bool:
        if flag.sensitivity not in kinds:
            return False
        of_money = flag.sensitivity in OF_MATTER["budget"]
        return not (of_money and is_neutral(texts[flag.passage_id], "budget", draft.language))

    return tuple(
        f.model_copy(update={"withhold_from": (*f.withhold_from, *others)}) if others and lasts(f) else f
        for f in (*kept.review.flags, *_covered(history, kept))
    )


def _is_private(text: str) -> bool:
    return any(pattern(path).search(text) for path in ("private", "outcome.confided"))


def _covered(history: History, kept: KeptReview) -> Iterator[Flag]:
    """The passages beside one that is confidential, or says to be between two, as flags: "Keep that to yourself" means them."""
    author = [p for p in kept.review.passages if p.zone is Zone.AUTHOR]
    for passage, following in itertools.pairwise(author):
        if passage.paragraph != following.paragraph or passage.bullet or following.bullet:
            continue
        for said, meant in ((passage, following), (following, passage)):
            flags = [
                f for f in kept.review.flags if f.passage_id == said.id and f.sensitivity is Sensitivity.CONFIDENTIAL
            ]
            # Whom it is between is not known where nothing was withheld.
            withheld_from = {a for f in flags for a in f.withhold_from} or set(_group(history))
            if flags or _is_private(said.text):
                yield Flag(
                    passage_id=meant.id,
                    start=meant.start,
                    end=meant.end,
                    quote=meant.text,
                    sensitivity=Sensitivity.CONFIDENTIAL,
                    severity=Severity.ERROR,
                    withhold_from=tuple(sorted(withheld_from)),
                    reason="-",
                )


def _called(kept: KeptReview, passage_id: str) -> bool:
    """Whether a passage may go on speaking to one person: it calls somebody, or the greeting, what stands before it, or the line that
    announces it does.
    """
    case = kept.review.case()
    people = case.draft.stakeholders
    passage = next(p for p in case.passages if p.id == passage_id)
    greeted = {
        a for p in case.passages if p.zone is Zone.GREETING for m in mentions(p.text, people) for a in m.addresses
    }
    if len(greeted) == 1:
        return True
    for said in case.author_passages():
        if said.start > passage.start:
            break
        announces = said.text.rstrip().endswith(":")
        opens = any(mention.start == 0 or announces for mention in mentions(said.text, people))
        if opens or addressed(said.text, people) or (announces and _names_a_role(said.text)):
            return True
    return False


def _names_a_role(text: str) -> bool:
    """Whether a text names a department, or a title: "Monsieur le directeur technique"."""
    return bool(roles_named_in(text) or roles_of(text))


def given_away_by(
    history: History, text: str, readers: Sequence[str], place: Place | None = None, plan: bool = False
) -> Iterator[Leak]:
    """What a text shows these readers of any confidence of the deal; `place` is the passage that it is.

    What all of them have read in a message to the group is no secret any more. An outcome of the schedule (`plan`) gives nothing away by
    the name of what it settles, and its day, where that is all that it has in common with how it was discussed, not a word more, and
    where that was nothing but a matter of the schedule: no confidence.
    """
    name = planned(text, history.deal.people) if plan else ""
    about = list(_read_about(history, text))
    for other in history.reviews:
        flags = _flags(history, other, _OWN_READERS | {Sensitivity.BUDGET})
        hidden = {a for f in flags for a in f.withhold_from} & set(readers)
        case = other.review.case()
        case = case.model_copy(update={"passages": (*case.passages, *(p for p, read_by in about if hidden <= read_by))})
        own = (place[1],) if place and place[0] == other.id else ()
        settles = (
            {p.id for p in _discussed(other, flags, name) if shares_only_its_day(text[len(name) :], p.text)}
            if name
            else ()
        )
        for leak in given_away(case, flags, readers, text, own, dict.fromkeys(settles, text)):
            # Of its words it may repeat what it has; the day is a detail besides.
            if leak.how != "detail" or leak.flag.passage_id not in settles:
                yield leak
        yield from _access_data(flags, readers, text)
        yield from _in_other_words(history, flags, readers, text, own)


def _in_other_words(
    history: History, flags: Sequence[Flag], readers: Sequence[str], text: str, own: Sequence[str]
) -> Iterator[Leak]:
    """The confidences about people that a text tells again without their words, and of which these have not all read in any."""
    for flag in flags:
        hidden = set(flag.withhold_from) & set(readers)
        if flag.passage_id in own or not hidden or flag.sensitivity not in IN_CONFIDENCE:
            continue
        quote = same_affair(flag.quote, text)
        if quote and not any(
            hidden <= set(m.message.readers)
            and any(same_affair(flag.quote, line) for line in m.message.body.split("\n"))
            for m in history.sent()
            if history.to_all(m)
        ):
            yield Leak(flag, "affair", quote)


def _access_data(flags: Sequence[Flag], readers: Sequence[str], text: str) -> Iterator[Leak]:
    """The access data in a text, also such as these readers have read elsewhere: nobody is reminded of a password."""
    for flag in flags:
        if set(flag.withhold_from) & set(readers):
            yield from (Leak(flag, "detail", code) for code in codes_in(flag, text))


def _discussed(kept: KeptReview, flags: Sequence[Flag], name: str) -> list[Passage]:
    """The passages in which the schedule of what is called so was discussed, but for what was, or may have been, told in confidence, or
    was a position about money besides.
    """
    closed = {f.passage_id for f in flags if f.sensitivity in _SECRET | OF_MATTER["budget"]}
    closed |= {p.id for p in kept.review.passages if _is_private(p.text)}
    about = {f.passage_id for f in flags if f.sensitivity is Sensitivity.PLANNING}
    about |= {c.passage_id for c in kept.review.classifications if Topic.PLANNING_CHANGE in c.topics}
    return [p for p in kept.review.passages if p.id in about - closed and compare.contains(p.text, name)]


def _read_about(history: History, text: str) -> Iterator[tuple[Passage, Set[str]]]:
    """What messages to the group that left have told of the matter of a text, as passages, each with its readers.

    That is a sentence with nearly all of its words and with every figure of it: another one may be the secret.
    """
    figures = _figures(text)
    for outgoing in filter(history.to_all, history.sent()):
        readers = frozenset(outgoing.message.readers)
        for number, told in enumerate(compare.sentences(outgoing.message.body)):
            if compare.coverage(text, told) >= SAME and figures <= _figures(told):
                place = f"read-{outgoing.id}-{number}"
                yield Passage(id=place, zone=Zone.AUTHOR, text=told, start=0, end=len(told), paragraph=0), readers


def _figures(text: str) -> Set[tuple[str, ...]]:
    """The figures of a text, each with its kind and, of a bare number, with what it counts: 42 agencies are not 42 days."""
    return {
        (d.kind, d.value, d.currency, "".join(_COUNTED.findall(text[d.end :])[:1]) if d.kind == "number" else "")
        for d in details.find(text)
        if not details.is_trivial(d)
    }


def not_for_all(history: History, policy: Policy, outcome: Outcome, today: date) -> bool:
    """Whether an outcome that the seller noted says what somebody of the group must not read."""
    return refusal(history, policy, outcome.text, None, _group(history), today, outcome.matter) is not None


def withheld(
    history: History, policy: Policy, text: str, readers: Sequence[str], today: date, matter: Matter | None = None
) -> bool:
    """Whether the local engine would withhold a sentence from one of these readers, as it does a draft's.

    `matter` is that of an outcome that the seller noted: told plainly, it is no position of its matter unless that is all but certain,
    and none that says to be between two is for all.
    """
    if matter and _is_private(text):
        return True
    # A deal without a draft yet has no language of its own; the sentence has.
    written: Language = detect(text) or language(history)
    people = tuple(p for p in history.deal.people if p.side is not Side.OWN)
    draft = Draft(body=text, stakeholders=people, language=written)
    passage = Passage(id="s1", zone=Zone.AUTHOR, text=text, start=0, end=len(text), paragraph=0)
    case = Case(draft=draft, passages=(passage,), situation=situation(history, today, "en"))
    flags = flag_passages(case, policy).flags
    if matter and flags and is_neutral(text, matter, written):
        certain = flag_passages(case, policy, at_least=_CERTAIN).flags
        flags = tuple(f for f in flags if f in certain or f.sensitivity not in OF_MATTER[matter])
    return any(set(f.withhold_from) & set(readers) for f in flags)


def is_over(text: str, written: date, today: date) -> bool:
    """Whether a sentence announces what is over: it names days, all of them behind today, and one was still to come when it was written.

    What was over by then ("was approved on 12 January") has happened, and can be told.
    """
    days = _days(text, today)
    return bool(days) and written < max(days) < today


def is_past(text: str, today: date) -> bool:
    """Whether every day that a text names lies behind today."""
    days = _days(text, today)
    return bool(days) and max(days) < today


def is_to_come(text: str, today: date) -> bool:
    """Whether a text names days, and none of them lies behind today."""
    days = _days(text, today)
    return bool(days) and min(days) >= today


def _days(text: str, today: date) -> list[date]:
    """The days that a text names; one without a year is the nearest."""
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
    return days


def is_out_of_date(text: str, written: date, today: date) -> bool:
    """Whether a sentence counts from the day on which it was written ("tomorrow", "next week", a weekday without its date), and that day,
    or for a week and its days that week, is over.
    """
    # "TODAY" is no name, and "Morgen" is not tomorrow.
    text = _SHOUTED.sub(lambda match: match[0].lower(), text)
    if written != today and pattern("relative.day", any_case=False).search(text):
        # "Moved to 9 March, as decided yesterday": another date in the sentence does not say which day that was.
        return True
    found = details.find(text)
    dated = any(d.kind == "date" and "/" in d.value for d in found)
    weekday = not dated and any(d.kind == "date" and d.value.isalpha() for d in found)
    same_week = written.isocalendar()[:2] == today.isocalendar()[:2]
    return not same_week and (weekday or bool(pattern("relative.week", any_case=False).search(text)))
