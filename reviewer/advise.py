"""What the rules of the method say about this mail, with reason and suggestion; the seller decides (rule 12)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from reviewer.cues import insists_on_copy, tells_of_every_copy
from reviewer.hanging import hanging
from reviewer.names import addressed, talked_about
from reviewer.plan import customers, is_to_group, sponsor
from reviewer.policy import Policy, roles_known
from reviewer.texts import data, listed, say, word
from reviewer.types import (
    IN_CONFIDENCE,
    THREAD,
    Act,
    Advice,
    Assignment,
    Case,
    Classification,
    Culture,
    Flag,
    Proposal,
    Recipient,
    Sensitivity,
    Severity,
    Side,
)


class Facts:
    """All that a rule may look at."""

    def __init__(
        self,
        case: Case,
        policy: Policy,
        classifications: Sequence[Classification],
        flags: Sequence[Flag],
        assignments: Sequence[Assignment],
        proposal: Proposal,
    ) -> None:
        """Gather them once for all rules."""
        self.case, self.policy, self.proposal = case, policy, proposal
        self.classifications, self.flags, self.assignments = classifications, flags, assignments
        self.author = {p.id: p for p in case.author_passages()}
        thread = {p.id for p in case.passages if p.zone in THREAD}
        self.own_flags = [flag for flag in flags if flag.passage_id not in thread]
        """Without those of the thread, which no message carries (rule 12)."""
        self.quoted_flags = [flag for flag in flags if flag.passage_id in thread]
        self.explain = case.situation.explain_in

    def advice(
        self,
        rule: int,
        severity: Severity,
        keys: tuple[str, str] = ("explanation", "suggestion"),
        people: Sequence[str] = (),
        passages: Sequence[str] = (),
        **values: object,
    ) -> Advice:
        """An advice in the seller's language."""
        return Advice(
            rule=rule,
            severity=severity,
            explanation=say(self.explain, f"advice.r{rule}.{keys[0]}", **values),
            suggestion=say(self.explain, f"advice.r{rule}.{keys[1]}", **values),
            people=tuple(people),
            passage_ids=tuple(passages),
        )

    def names(self, addresses: Sequence[str]) -> str:
        """The people's names as a sentence lists them."""
        return listed(self.explain, [self.case.person(a).name for a in addresses])

    def asked(self, label: Classification) -> tuple[str, ...]:
        """Addresses of whom a passage asks by name; what the words leave open a model may have seen ("Colin can you check")."""
        text = self.author[label.passage_id].text
        return addressed(text, self.case.draft.stakeholders) or label.addressed_to


Rule = Callable[[Facts], Iterator[Advice]]


def all_in_copy(f: Facts) -> Iterator[Advice]:
    """Rules 1 and 3: many people of the customer would read the draft."""
    circle = customers(f.case)
    if len(circle) < f.policy.group.large:
        return
    people = [p.address for p in circle]
    if f.proposal.as_is:
        yield f.advice(1, Severity.NOTE, ("explanation", "as_is"), people, count=len(circle))
        return
    yield f.advice(1, Severity.WARNING, people=people, count=len(circle))


def asked_of_several(f: Facts) -> Iterator[Advice]:
    """Rule 2: an ask that nobody in particular has to answer; several people in To weigh more than people in Cc."""
    circle = customers(f.case)
    in_to = [p for p in circle if p.recipient is Recipient.TO]
    if len(circle) < 2:
        return
    told_apart = {
        x.passage_id for x in f.flags if x.sensitivity in {*IN_CONFIDENCE, Sensitivity.BUDGET} and x.withhold_from
    }
    # "Please keep that to yourselves" waits for no answer; what is said in trust is a matter of rules 4 and 5.
    asks = [
        c
        for c in f.classifications
        if c.act is Act.REQUEST and c.passage_id in f.author and c.passage_id not in told_apart
    ]
    shared = [c.passage_id for c in asks if len(f.asked(c)) != 1]
    if not shared:
        return
    owners = list(dict.fromkeys(a.owner for a in f.assignments if a.owner and a.passage_id in shared))
    severity = Severity.WARNING if len(in_to) > 1 else Severity.NOTE
    key = "suggestion" if owners else "nobody"
    yield f.advice(2, severity, ("explanation", key), owners, shared, count=len(shared), owners=f.names(owners))


def confidence(f: Facts) -> Iterator[Advice]:
    """Rules 4 and 5: what is said in confidence, and what a department must not read about itself."""
    told = [x for x in f.own_flags if x.withhold_from and x.severity is not Severity.NOTE]
    private = [x for x in told if x.sensitivity in IN_CONFIDENCE]
    if private:
        ids = list(dict.fromkeys(x.passage_id for x in private))
        yield f.advice(4, Severity.WARNING, passages=ids, count=len(ids))
    budget = [x for x in told if x.sensitivity is Sensitivity.BUDGET]
    people = [p.address for p in customers(f.case) if any(p.address in x.withhold_from for x in budget)]
    if budget and people:
        ids = list(dict.fromkeys(x.passage_id for x in budget))
        yield f.advice(5, Severity.WARNING, people=people, passages=ids, names=f.names(people))


def agreement(f: Facts) -> Iterator[Advice]:
    """Rule 6: the sponsor is asked first."""
    if f.proposal.as_is or f.case.situation.agreed or not f.proposal.direct:
        return
    person = sponsor(f.case)
    if person is None:
        yield f.advice(6, Severity.WARNING, ("nobody", "nobody_suggestion"))
    else:
        yield f.advice(6, Severity.WARNING, people=[person.address], name=person.name)


def too_much_detail(f: Facts) -> Iterator[Advice]:
    """Rule 10: substance that the draft would have told everybody."""
    if f.proposal.as_is or len(customers(f.case)) < 2:
        return
    ids = [a.passage_id for a in f.assignments if a.audience.people and not a.audience.group]
    if ids:
        yield f.advice(10, Severity.SUGGESTION, passages=ids, count=len(ids))


def roles_unknown(f: Facts) -> Iterator[Advice]:
    """Rule 11: messages by role, where nobody has one."""
    people = [p.address for p in customers(f.case)]
    if not f.proposal.as_is and len(people) > 1 and not roles_known(f.case.draft.stakeholders):
        held = any(a.audience.held_back for a in f.assignments)
        yield f.advice(11, Severity.WARNING if held else Severity.SUGGESTION, people=people)


def quoted_thread(f: Facts) -> Iterator[Advice]:
    """Rule 12: something sensitive stands in the thread below the draft, which the proposed messages leave out."""
    quoted = [x for x in f.quoted_flags if x.withhold_from]
    if quoted:
        kinds = list(dict.fromkeys(word(f.explain, "sensitivity", x.sensitivity) for x in quoted))
        ids = list(dict.fromkeys(x.passage_id for x in quoted))
        yield f.advice(12, Severity.WARNING, passages=ids, sensitivity=listed(f.explain, kinds))


def held_back(f: Facts) -> Iterator[Advice]:
    """Rule 13: what is in no message."""
    ids = [a.passage_id for a in f.assignments if a.audience.held_back or a.held_back_parts]
    if ids:
        yield f.advice(13, Severity.WARNING, passages=ids, count=len(ids))


def hanging_words(f: Facts) -> Iterator[Advice]:
    """Rule 13: what a message points back to and does not carry."""
    if f.proposal.as_is:
        return
    for message in f.proposal.messages:
        for place in hanging(f.case, message):
            names = say(f.explain, "group") if message.kind == "group" else f.names(message.to)
            key = "hanging" if place.about == "matter" else "hanging_length"
            keys, people = (key, f"{key}_suggestion"), message.to
            found = f.advice(13, Severity.SUGGESTION, keys, people, [place.passage_id], quote=place.quote, names=names)
            yield found.model_copy(update={"matter": "hanging"})


def rhythm(f: Facts) -> Iterator[Advice]:
    """Rule 14: one message to the group a week, neither two nor none."""
    last, today, limits = f.case.situation.last_group_message, f.case.situation.today, f.policy.group
    if last is None:
        return
    days = (today - last).days
    # A mail to one person alone, or to the smaller part of a deal's people, is none to the group, also where it may leave as it is.
    read_by = set(f.proposal.group.readers) if f.proposal.group else set()
    to_group = is_to_group(len(read_by & {p.address for p in customers(f.case)}), f.case.situation.circle)
    if days < 0:
        yield f.advice(14, Severity.WARNING, ("future", "future_suggestion"), date=last)
    elif days < limits.weekly_days and to_group:
        following = last + timedelta(days=limits.weekly_days)
        yield f.advice(14, Severity.WARNING, ("soon", "soon_suggestion"), count=days, date=last, next=following)
    elif days >= limits.reminder_days and not to_group:
        yield f.advice(14, Severity.SUGGESTION, ("late", "late_suggestion"), count=days, date=last)
    elif days >= limits.reminder_days:
        yield f.advice(14, Severity.NOTE, ("late", "late_suggestion"), count=days, date=last)


def insists(f: Facts) -> Iterator[Advice]:
    """Rules 16 to 18: somebody wants to be in copy of everything, as noted of them or as the draft says."""
    default = f.case.situation.today + timedelta(weeks=f.policy.group.review_weeks)
    told: dict[str, list[str]] = {}
    for passage in filter(lambda p: tells_of_every_copy(p.text), f.author.values()):
        for address in talked_about(passage.text, f.case.draft.stakeholders):
            told.setdefault(address, []).append(passage.id)
    for person in f.case.draft.stakeholders:
        if person.side is Side.OWN or not (insists_on_copy(person) or person.address in told):
            continue
        people = [person.address]
        yield f.advice(16, Severity.WARNING, people=people, passages=told.get(person.address, ()), name=person.name)
        yield f.advice(17, Severity.SUGGESTION, people=people, name=person.name)
        until = f.case.situation.look_again.get(person.address, default)
        yield f.advice(18, Severity.SUGGESTION, people=people, name=person.name, date=until)


def recap_owed(f: Facts) -> Iterator[Advice]:
    """Rule 19: a budget, scope or planning matter that moves is followed by a written recap to the group."""
    matters: dict[str, list[str]] = {}
    for flag in f.flags:
        matter = f.policy.sensitivities[flag.sensitivity].recap
        # A matter told in confidence is owed a recap too, once it is settled; this advice is read by the seller alone.
        if matter and flag.passage_id in f.author and flag.severity is not Severity.NOTE:
            matters.setdefault(matter, []).append(flag.passage_id)
    if matters:
        words = data("texts")["word"]["sensitivity"]
        names = listed(f.explain, [words[m][f.explain] for m in matters])
        ids = list(dict.fromkeys(i for found in matters.values() for i in found))
        yield f.advice(19, Severity.SUGGESTION, passages=ids, matters=names[:1].upper() + names[1:])


def culture(f: Facts) -> Iterator[Advice]:
    """Rules 21 and 22: what the customer's culture changes, or that it is not known; of a mail to one person it changes nothing."""
    if f.proposal.as_is or len(customers(f.case)) < 2:
        return
    match f.case.situation.culture:
        case Culture.HIERARCHICAL:
            chain = set(f.policy.cultures[Culture.HIERARCHICAL].chain)
            # The others' messages go before the group's too, but nobody waits for their word.
            keys_in_order = [
                key
                for key in f.proposal.sequence
                if key in ("engagement", "group") or chain & set(f.case.person(key).roles)
            ]
            order = list(dict.fromkeys(_reader(f, key) for key in keys_in_order))
            keys = ("hierarchical", "hierarchical_suggestion")
            yield f.advice(21, Severity.SUGGESTION, keys, order=" → ".join(order))
        case Culture.TRANSPARENT:
            yield f.advice(21, Severity.NOTE, ("transparent", "transparent_suggestion"))
        case Culture.UNKNOWN:
            yield f.advice(22, Severity.NOTE)


def _reader(f: Facts, key: str) -> str:
    if key == "group":
        return say(f.explain, "group")
    message = f.proposal.rules_of_engagement
    address = message.to[0] if key == "engagement" and message else key
    return f.case.person(address).name


RULES: tuple[Rule, ...] = (
    all_in_copy,
    asked_of_several,
    confidence,
    agreement,
    too_much_detail,
    roles_unknown,
    quoted_thread,
    held_back,
    hanging_words,
    rhythm,
    insists,
    recap_owed,
    culture,
)


def advise(
    case: Case,
    policy: Policy,
    classifications: Sequence[Classification],
    flags: Sequence[Flag],
    assignments: Sequence[Assignment],
    proposal: Proposal,
) -> tuple[Advice, ...]:
    """Every advice that applies, in the order of the rules."""
    facts = Facts(case, policy, classifications, flags, assignments, proposal)
    return tuple(sorted((a for rule in RULES for a in rule(facts)), key=lambda a: a.rule))
