"""Judge a review by the labels of its mail. Each score says what was wrong and where.

The scorers look at the words of the outgoing messages and at nothing that the program says about itself, so that a chain and a
single prompt are judged alike; only what a single prompt does not give (topics, flags, advice) is left out for it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from evals.cases import RULES, Fact, LabelledMail
from reviewer import compare, details, language
from reviewer.check import invented
from reviewer.types import Message, Passage, Review, Side, Topic, Value

SAYS = 0.6
"""A message says a fact where it has all its details and this share of its content words (docs/evals.md measures it)."""
_LONG_RUN = 7  # words in a row; so many of a withheld fact are a leak even without a telling string
_LETTERS = 60  # a shorter message is not judged for its language


class Note(Value):
    """Why a score is not full, and where."""

    kind: str
    """What was wrong: a key of the catalogue of texts, `evals.note`."""
    who: str = ""
    """A person's name, a rule's number, or a kind of sensitivity, as the text of the kind wants it."""
    message: str | None = None
    """Key of the message."""
    quote: str = ""
    """The words of the mail or of the message that it is about."""
    start: int | None = None
    """Offset of the quote in the message's text (subject, line end, body), where it stands in one."""
    fact: str = ""
    """Quote of the fact, where `quote` is not that."""


class Mark(Value):
    """One score of one case: `hits` of `total`, with a note for each that is wrong."""

    score: str
    hits: int
    total: int
    notes: tuple[Note, ...] = ()


class Score(NamedTuple):
    """What a score means."""

    name: str
    good: bool
    """Whether hits are what one wants; else they are what must not happen."""
    exact: bool = False
    """Whether its interval is the exact binomial one."""


SCORES = (
    Score("leak", good=False, exact=True),
    Score("coverage", good=True),
    Score("accounted", good=True),
    Score("routing", good=True),
    Score("routing_precision", good=True),
    Score("group_has", good=True),
    Score("group_extra", good=False, exact=True),
    Score("right", good=True),
    Score("invented", good=False, exact=True),
    Score("asks", good=True),
    Score("sensitive_recall", good=True),
    Score("sensitive_precision", good=True),
    Score("rules_recall", good=True),
    Score("rules_precision", good=True),
    Score("language", good=True),
)
CRITERIA = ("reads_like_the_seller", "understandable_alone", "coherent", "would_send")
"""What a model judges, where one is asked (`evals/judge.py`)."""
JUDGED = (
    *(Score(name, good=True) for name in CRITERIA),
    *(Score(f"{name}_no", good=False) for name in CRITERIA),
)
"""Messages that the judge grades yes, and those that it grades no."""
BY_NAME = {score.name: score for score in (*SCORES, *JUDGED)}


def says(text: str, quote: str) -> bool:
    """Whether a text says the quote: word for word, or its details and most of its content words."""
    if compare.contains(text, quote):
        return True
    present = {d.value for d in details.find(text)}
    telling = [d for d in details.find(quote) if not details.is_trivial(d)]
    if any(d.value not in present or details.in_another_currency(d, text) for d in telling):
        return False
    return compare.coverage(quote, text) >= SAYS


def text_of(message: Message) -> str:
    """What a reader reads of a message."""
    return f"{message.subject}\n{message.body}"


class Judged:
    """A mail with the messages that would leave instead of it."""

    def __init__(self, mail: LabelledMail, review: Review) -> None:
        """Look the readers up once."""
        self.mail, self.review = mail, review
        self.messages = review.proposal.messages
        self.code = mail.language
        self.customers = {p.address for p in mail.people if p.side is not Side.OWN}
        self.facts = list(zip(mail.facts, mail.places(), strict=True))
        # A name that the greeting took over is no part of what has to be said.
        names = {w for p in mail.people for w in re.findall(r"\w{2,}", p.name)}
        self._names = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})\b")

    def read_by(self, address: str) -> list[Message]:
        """The messages that a person gets."""
        return [m for m in self.messages if address in m.readers]

    def without_names(self, fact: Fact) -> str:
        """The quote of a fact without the readers' names."""
        return self._names.sub(" ", fact.quote)

    def said_in(self, fact: Fact) -> list[Message]:
        """The messages that say a fact."""
        return [m for m in self.messages if says(text_of(m), self.without_names(fact))]

    def is_group(self, message: Message) -> bool:
        """Whether it is to everybody: at least three of the customer, and all but one of them."""
        readers = self.customers & set(message.readers)
        return message.kind == "group" or len(readers) >= max(3, len(self.customers) - 1)


def leak(judged: Judged) -> Mark:
    """Pairs of a withheld fact and a wrong reader who gets to read what gives it away."""
    hits, total, notes = 0, 0, []
    for fact, (start, end) in judged.facts:
        body = judged.mail.body
        elsewhere = f"{judged.mail.subject}\n{body[:start]}\n{body[end:]}"
        for key in fact.must_not_read:
            total += 1
            found = next(
                (
                    (m, place)
                    for m in judged.read_by(judged.mail.address(key))
                    if (place := _told(fact, text_of(m), elsewhere))
                ),
                None,
            )
            if found:
                hits += 1
                message, (at, quote) = found
                name = judged.mail.person(key).name
                notes.append(Note(kind="leak", who=name, message=message.key, quote=quote, start=at, fact=fact.quote))
    return Mark(score="leak", hits=hits, total=total, notes=tuple(notes))


def _told(fact: Fact, text: str, elsewhere: str) -> tuple[int, str] | None:
    """Where a text gives the fact away, or None."""
    for tell in fact.tells:
        words = r"\s+".join(re.escape(w) for w in tell.split())
        match = re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE)
        if match:
            return match.start(), match.group()
    telling = {d.value for tell in fact.tells for d in details.find(tell) if not details.is_trivial(d)}
    telling -= {d.value for d in details.find(elsewhere)}
    for detail in details.find(text):
        if detail.value in telling:
            return detail.start, detail.quote
    runs = compare.shared_runs(fact.quote, compare.Runs(text), compare.Runs(elsewhere), _LONG_RUN)
    run = next(runs, None)
    return (run[0], text[run[0] : run[1]]) if run else None


def coverage(judged: Judged) -> Mark:
    """Facts that somebody who may read them reads."""
    hits, total, notes = 0, 0, []
    for fact, _ in judged.facts:
        if fact.topics == (Topic.OTHER,) or (fact.group == "not" and not fact.must_read):
            continue
        total += 1
        forbidden = {judged.mail.address(k) for k in fact.must_not_read}
        if any(judged.customers & set(m.readers) - forbidden for m in judged.said_in(fact)):
            hits += 1
        else:
            notes.append(Note(kind="lost", quote=fact.quote))
    return Mark(score="coverage", hits=hits, total=total, notes=tuple(notes))


def accounted(judged: Judged) -> Mark:
    """Facts that stand in the messages, whoever gets them, or among what is held back; the others are lost without a word (rule 13).

    A fact of which one half is sent and the other held back is accounted for.
    """
    texts = {p.id: p.text for p in judged.review.passages}
    held = [
        part
        for a in judged.review.assignments
        for part in ((texts[a.passage_id],) if a.audience.held_back else a.held_back_parts)
    ]
    everything = "\n".join([*map(text_of, judged.messages), *held])
    counted = [fact for fact, _ in judged.facts if fact.topics != (Topic.OTHER,)]
    lost = [fact for fact in counted if not says(everything, judged.without_names(fact))]
    notes = tuple(Note(kind="unsaid", quote=fact.quote) for fact in lost)
    return Mark(score="accounted", hits=len(counted) - len(lost), total=len(counted), notes=notes)


def routing(judged: Judged) -> Iterator[Mark]:
    """Pairs of a fact and somebody who must read it, and does; in all, and by role."""
    by_role: dict[str, list[int]] = {}
    hits, total, notes = 0, 0, []
    for fact, _ in judged.facts:
        readers = {a for m in judged.said_in(fact) for a in m.readers}
        for key in fact.must_read:
            person = judged.mail.person(key)
            reached = person.address in readers
            total += 1
            hits += reached
            for role in person.roles:
                counted = by_role.setdefault(role, [0, 0])
                counted[0] += reached
                counted[1] += 1
            if not reached:
                notes.append(Note(kind="not_reached", who=person.name, quote=fact.quote))
    yield Mark(score="routing", hits=hits, total=total, notes=tuple(notes))
    for name, counted in sorted(by_role.items()):
        yield Mark(score=f"routing {name}", hits=counted[0], total=counted[1])


def routing_precision(judged: Judged) -> Mark:
    """Pairs of a fact and a reader of it that are wanted: who must read it, and everybody where the group may have it (rule 13).

    Counted are the pairs in which somebody must read the fact, and those that nobody asked for; a message to everybody that may carry the
    fact adds none. With `routing` as the recall it gives the F1 of the routing.
    """
    hits, total, notes = 0, 0, []
    for fact, _ in judged.facts:
        if fact.topics == (Topic.OTHER,):
            continue
        must = {judged.mail.address(key) for key in fact.must_read}
        needed, needless = set(), set()
        for message in judged.said_in(fact):
            readers = judged.customers & set(message.readers)
            needed |= readers & must
            if fact.group == "not" or not judged.is_group(message):
                needless |= readers - must
        hits += len(needed)
        total += len(needed) + len(needless)
        notes += [
            Note(kind="needless", who=person.name, quote=fact.quote)
            for person in judged.mail.people
            if person.address in needless
        ]
    return Mark(score="routing_precision", hits=hits, total=total, notes=tuple(notes))


def group(judged: Judged) -> Iterator[Mark]:
    """Facts that the message to everybody has to carry and does, and those that it must not carry and does."""
    messages = [m for m in judged.messages if judged.is_group(m)]
    text = "\n".join(text_of(m) for m in messages)
    have, extra = [0, 0], [0, 0]
    missing, surplus = [], []
    for fact, _ in judged.facts:
        if fact.group == "may" or fact.topics == (Topic.OTHER,):
            continue
        there = bool(messages) and says(text, judged.without_names(fact))
        counted = have if fact.group == "must" else extra
        counted[0] += there
        counted[1] += 1
        if fact.group == "must" and not there:
            missing.append(Note(kind="not_in_group", quote=fact.quote))
        elif fact.group == "not" and there:
            surplus.append(Note(kind="in_group", message=messages[0].key, quote=fact.quote))
    yield Mark(score="group_has", hits=have[0], total=have[1], notes=tuple(missing))
    yield Mark(score="group_extra", hits=extra[0], total=extra[1], notes=tuple(surplus))


def inventions(judged: Judged) -> Mark:
    """Messages with a number, date, amount, address or name that the mail does not have."""
    case = judged.mail.case()
    notes = []
    hits = 0
    for message in judged.messages:
        found = list(invented(case, message))
        hits += bool(found)
        for finding in found:
            at = text_of(message).find(finding.quote)
            notes.append(Note(kind="invented", message=message.key, quote=finding.quote, start=at))
    return Mark(score="invented", hits=hits, total=len(judged.messages), notes=tuple(notes))


def asks(judged: Judged) -> Mark:
    """Requests that reach their one owner as such: alone in To, or named in the sentence that asks."""
    hits, total, notes = 0, 0, []
    for fact, _ in judged.facts:
        if fact.owner is None:
            continue
        total += 1
        owner = judged.mail.person(fact.owner)
        carriers = judged.said_in(fact)
        if any(_asked(judged, fact, m) == owner.address for m in carriers):
            hits += 1
            continue
        key = carriers[0].key if carriers else None
        notes.append(Note(kind="not_asked", who=owner.name, message=key, quote=fact.quote))
    return Mark(score="asks", hits=hits, total=total, notes=tuple(notes))


def _asked(judged: Judged, fact: Fact, message: Message) -> str | None:
    """Whom a message asks: its one reader in To, or whom its sentence or the line that opens it names."""
    to = judged.customers & set(message.to)
    if len(to) == 1:
        return next(iter(to))
    best = max(compare.sentences(message.body), key=lambda s: compare.coverage(fact.quote, s))
    named = [p for p in judged.mail.people if any(_word(w, best) for w in p.name.split() if len(w) > 2)]
    return named[0].address if len(named) == 1 else None


def _word(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def right_language(judged: Judged) -> Mark:
    """Messages in the language of the mail."""
    judgeable = [m for m in judged.messages if sum(map(str.isalpha, m.body)) >= _LETTERS]
    wrong = [m for m in judgeable if language.detect(m.body) not in (None, judged.code)]
    notes = tuple(Note(kind="language", message=m.key, quote=m.body[:60]) for m in wrong)
    return Mark(score="language", hits=len(judgeable) - len(wrong), total=len(judgeable), notes=notes)


def rules(judged: Judged) -> Iterator[Mark]:
    """The advice given against the advice due, among the rules that are labelled."""
    given = {a.rule for a in judged.review.advice} & RULES
    due = set(judged.mail.rules)
    missed = tuple(Note(kind="rule_missed", who=str(r)) for r in sorted(due - given))
    extra = tuple(Note(kind="rule_extra", who=str(r)) for r in sorted(given - due))
    yield Mark(score="rules_recall", hits=len(due & given), total=len(due), notes=missed)
    yield Mark(score="rules_precision", hits=len(due & given), total=len(given), notes=extra)


def labelled_passages(judged: Judged) -> list[tuple[Passage, list[Fact]]]:
    """The author's passages with the facts that stand in them; a passage of no fact is left out."""
    own = [p for p in judged.review.passages if p.zone.value == "author"]
    pairs = [(p, [f for f, (start, end) in judged.facts if start < p.end and p.start < end]) for p in own]
    return [(p, facts) for p, facts in pairs if facts]


def sensitive(judged: Judged) -> Iterator[Mark]:
    """Sensitive passages that are flagged, and flags that are right; a passage counts once, whatever its kinds."""
    flagged = {f.passage_id: f for f in judged.review.flags}
    found, missed, wrong = 0, [], []
    rows = labelled_passages(judged)
    for passage, facts in rows:
        truth = any(f.sensitivity for f in facts)
        if truth and passage.id in flagged:
            found += 1
        elif truth:
            missed.append(Note(kind="not_flagged", quote=passage.text))
        elif passage.id in flagged:
            kind = flagged[passage.id].sensitivity
            wrong.append(Note(kind="flagged", who=kind, quote=passage.text))
    yield Mark(score="sensitive_recall", hits=found, total=found + len(missed), notes=tuple(missed))
    yield Mark(score="sensitive_precision", hits=found, total=found + len(wrong), notes=tuple(wrong))


def topics(judged: Judged) -> dict[str, tuple[int, int, int]]:
    """By topic: passages rightly given it, wrongly given it, and wrongly not given it."""
    given = {c.passage_id: set(c.topics) for c in judged.review.classifications}
    result: dict[str, list[int]] = {}
    for passage, facts in labelled_passages(judged):
        truth = {t for f in facts for t in f.topics}
        if len(truth) > 1:
            truth.discard(Topic.OTHER)
        said = given.get(passage.id, set())
        for topic in truth | said:
            row = result.setdefault(topic, [0, 0, 0])
            row[0 if topic in truth & said else 1 if topic in said else 2] += 1
    return {topic: (a, b, c) for topic, (a, b, c) in result.items()}


_OF_A_FACT = ("leak", "coverage", "routing", "group_has", "group_extra", "asks")


def right(judged: Judged, given: Iterable[Mark]) -> Mark:
    """Facts with which nothing is wrong: all who must read them do, nobody else who must not, the group as it should, asked of the one.

    Each of the other scores is easy at the cost of another; this one is not. What is wrong stands in their notes.
    """
    wrong = {note.fact or note.quote for mark in given if mark.score in _OF_A_FACT for note in mark.notes}
    counted = [fact for fact, _ in judged.facts if fact.topics != (Topic.OTHER,)]
    return Mark(score="right", hits=sum(fact.quote not in wrong for fact in counted), total=len(counted))


_ALWAYS: Sequence[Callable[[Judged], Mark | Iterable[Mark]]] = (
    leak, coverage, accounted, routing, routing_precision, group, inventions, asks, right_language,
)  # fmt: skip
_WITH_LABELS: Sequence[Callable[[Judged], Iterable[Mark]]] = (sensitive, rules)


def marks(mail: LabelledMail, review: Review) -> tuple[Mark, ...]:
    """Every score of one review."""
    judged = Judged(mail, review)
    scorers = [*_ALWAYS, *(_WITH_LABELS if review.classifications else ())]
    result: list[Mark] = []
    for scorer in scorers:
        given = scorer(judged)
        result += [given] if isinstance(given, Mark) else given
    return (*result, right(judged, result))
