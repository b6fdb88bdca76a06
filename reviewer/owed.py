"""What the group is owed: outcomes that a few have read, or that the seller noted, and that no message to the group has told (rule 19).

A debt is paid by what a message to the group says, never by its day or by another outcome of the same matter.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from reviewer import compare, details
from reviewer.cues import leans_back, points_back, speaks_to_one
from reviewer.deal import MATTER_TOPICS, MATTERS, History, KeptReview, Outgoing
from reviewer.names import addressed, end_of_call, fold, mentions, without_call
from reviewer.plan import is_lead_in
from reviewer.policy import Policy, recap_of
from reviewer.roles import roles_named_in
from reviewer.texts import data, pattern
from reviewer.types import (
    IN_CONFIDENCE,
    Act,
    Case,
    Classification,
    Matter,
    Passage,
    Sensitivity,
    Severity,
    Side,
    Stage,
    Stakeholder,
    Topic,
    Zone,
)
from reviewer.withhold import Leak, given_away

SAME = 0.85  # share of content words from which one sentence tells another
_NAMES_ONE = re.compile(
    r"\b(?:\w*\d\w*|(?<=\w )[A-Z])\b"
)  # "lot 3", "lot B", "42": what tells one outcome from its like

_LETTERS = re.compile(r"[^\W\d_]+")
_PUT_INTO = re.compile(r"\b(?:mise|puesta|messa) (?:en|in)\b", re.IGNORECASE)  # "mise en service" is one noun
_DAYS = frozenset((Topic.MILESTONE, Topic.NEXT_DATE))

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
    """Whether a statement tells this text: word for word, or each of its numbers and letters and nearly all its content words."""
    if compare.contains(statement, text):
        return True
    return (
        len(compare.content_stems(text)) > 1
        and set(_NAMES_ONE.findall(text)) <= set(_NAMES_ONE.findall(statement))
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
        opened, settled = [], []
        for outgoing in history.sent():
            kept = history.review(outgoing.review_id)
            if kept is None or outgoing.sent is None or history.to_all(outgoing):
                continue
            for passage_id in history.carried(outgoing):
                stage = _moves(history, kept, policy, passage_id, matter)
                if stage is Stage.OPEN and not any(_is_next(outcome, outgoing) for outcome in outcomes):
                    opened.append(outgoing.sent)
                elif stage is Stage.SETTLED and not _paid(
                    history, known, kept, passage_id, matter, outgoing.sent, today
                ):
                    settled.append(outgoing.sent)
        settled += [
            o.day for o in history.deal.outcomes if o.matter == matter and o.day <= today and not known.tells(o.text)
        ]
        if opened or settled:
            since, done = min(opened + settled), min(settled, default=None)
            found.append(Debt(matter, since, (today - (done or since)).days, done))
    return sorted(found, key=lambda d: (d.settled is None, -d.days))


def _is_next(outcome: Outgoing, position: Outgoing) -> bool:
    """Whether an outcome left after a position, or on its day and was made later; a message of the same draft is no next one."""
    if outcome.sent is None or position.sent is None:
        return False
    same_draft = outcome.review_id is not None and outcome.review_id == position.review_id
    return not same_draft and (outcome.sent, outcome.id) > (position.sent, position.id)


def _moves(history: History, kept: KeptReview, policy: Policy, passage_id: str, matter: Matter) -> Stage | None:
    """Whether a passage moves the matter, and to which stage: an open position that is sensitive, or an outcome.

    An ask moves nothing, and neither does what only announces the sentences behind it.
    """
    label = next((c for c in kept.review.classifications if c.passage_id == passage_id), None)
    if label is None or label.act is Act.REQUEST or passage_id not in {p.id for p in tellable(kept)}:
        return None
    if label.stage is Stage.SETTLED and label.act is not Act.PROPOSE and matter in matters_of(history, kept, label):
        return Stage.SETTLED
    flags = [f for f in kept.review.flags if f.passage_id == passage_id]
    return Stage.OPEN if recap_of(policy, flags) == matter else None


def _paid(
    history: History, known: Read, kept: KeptReview, passage_id: str, matter: Matter, day: date, today: date
) -> bool:
    """Whether the group has read an outcome that was settled on this day between a few.

    What it may not read in its own words, a price for one, or a day that is over by now, is paid by an outcome of the matter that the
    seller noted since.
    """
    text, place = sentence(kept, passage_id), (kept.id, passage_id)
    if known.tells(text, place):
        return True
    noted = any(o.matter == matter and o.day >= day and known.tells(o.text) for o in history.deal.outcomes)
    group = [p.address for p in history.deal.people if p.side is not Side.OWN]
    over = is_over(text, kept.day, today) or is_out_of_date(text, kept.day, today)
    return noted and (over or why_not(history, text, place, group) is not None)


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


def planned(text: str, people: Sequence[Stakeholder]) -> str:
    """What a sentence about the schedule says a day of, as it is called: "The training of the night shift"; empty where that is not clear.

    A noun of what is planned, no word in front of it, with at most two others joined to it, in front of a verb of an outcome: without a
    number, a person or a department, and without a word that says how it is with them.
    """
    match = _planned().match(text)
    if match is None:
        return ""
    name = match[0]
    words = _LETTERS.findall(_PUT_INTO.sub("", name))
    says, stop = pattern("planned.says", any_case=False), _joining()
    if any(says.fullmatch(w) or (fold(w) in compare.stopwords() and w.lower() not in stop) for w in words):
        return ""
    return "" if mentions(name, people) or roles_named_in(name) or details.find(name) else name


@lru_cache(maxsize=1)
def _planned() -> re.Pattern[str]:
    cue = data("cues")["planned"]
    verb, joint, article = (f"(?:{''.join(cue[key].split())})" for key in ("verb", "joint", "article"))
    word = rf"(?!{verb}\b)[^\W\d_]+(?:-[^\W\d_]+)*"
    # A joint or an article may end in an apostrophe, and then no space is behind it.
    start, gap = rf"(?:{article}(?:\s+|(?<=['’])))?", r"(?:\s+|(?<=['’]))"
    noun = "|".join(f"(?:{nouns})" for nouns in cue["noun"])
    return re.compile(
        rf"{start}(?:{noun})(?:\s+{joint}{gap}{start}{word}(?:\s+{word})?){{0,2}}(?=\s+{verb}\b)",
        re.IGNORECASE,
    )


@lru_cache(maxsize=1)
def _joining() -> frozenset[str]:
    cue = data("cues")["planned"]
    return frozenset(word.rstrip("['’]") for key in ("joint", "article") for word in cue[key].split("|"))


# --- a sentence by itself ------------------------------------------------------------------------------------------


def tellable(kept: KeptReview) -> list[Passage]:
    """The author's passages, but for those that only announce what stands behind them."""
    author = [p for p in kept.review.passages if p.zone is Zone.AUTHOR]
    return [p for p, following in zip(author, [*author[1:], None], strict=True) if not is_lead_in(p, following)]


def sentence(kept: KeptReview, passage_id: str) -> str:
    """The passage as one line, without the name that it began with: to all, "Karim, lot 1 is validated" is "Lot 1 is validated"."""
    text = " ".join(next(p.text for p in kept.review.passages if p.id == passage_id).split())
    text = without_call(text, end_of_call(text, kept.review.draft.stakeholders))
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
        flags = [f for f in kept.review.flags if f.passage_id == place[1]]
        if any(set(f.withhold_from) & set(readers) for f in flags):
            return "withheld"
        if speaks_to_one(text, kept.review.draft.language) or addressed(text, kept.review.draft.stakeholders):
            return "spoken"
        if leans_back(text, kept.review.draft.language) or points_back(text):
            return "context"
    label = next((c for c in kept.review.classifications if c.passage_id == place[1]), None) if kept and place else None
    plan = (
        label is not None and label.stage is Stage.SETTLED and bool(set(label.topics) & {*_DAYS, Topic.PLANNING_CHANGE})
    )
    return "leak" if any(given_away_by(history, text, readers, place, plan or matter == "planning")) else None


def given_away_by(
    history: History, text: str, readers: Sequence[str], place: Place | None = None, plan: bool = False
) -> Iterator[Leak]:
    """What a text shows these readers of any confidence of the deal; `place` is the passage that it is.

    An outcome of the schedule (`plan`) gives nothing away by the name of what it settles, where that is all that it has in common
    with how it was discussed, not a word more, and where that was nothing but a matter of the schedule: no confidence.
    """
    name = planned(text, history.deal.people) if plan else ""
    rest = compare.content_stems(text[len(name) :])
    for other in history.reviews:
        review = other.review
        case = Case(draft=review.draft, passages=review.passages, situation=review.situation)
        own = (place[1],) if place and place[0] == other.id else ()
        surely = [f for f in review.flags if f.severity is not Severity.NOTE]
        confided = {f.passage_id for f in surely if f.sensitivity in IN_CONFIDENCE}
        discussed = [p for p in _open_plan(other, name) if p.id not in confided] if name else ()
        named = {p.id: name for p in discussed if not rest & compare.content_stems(p.text)}
        yield from given_away(case, review.flags, readers, text, own, named)


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
    found = details.find(text)
    dated = any(d.kind == "date" and "/" in d.value for d in found)
    weekday = not dated and any(d.kind == "date" and d.value.isalpha() for d in found)
    same_week = written.isocalendar()[:2] == today.isocalendar()[:2]
    if not same_week and (weekday or pattern("relative.week", any_case=False).search(text)):
        return True
    return written != today and not dated and bool(pattern("relative.day", any_case=False).search(text))
