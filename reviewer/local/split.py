"""The local engine's split: the policy's table applied to every passage, with the reason in words."""

import itertools
import re
from collections.abc import Container, Iterator, Sequence

from reviewer import details
from reviewer.cues import (
    asks,
    asks_anybody,
    contrasts,
    hushes,
    keeps_dark,
    leans_back,
    leans_on,
    money_is_settled,
    replaces,
    says_more,
    speaks_to_all,
    speaks_to_one,
    states,
    tells_an_affair,
    tells_outcome,
)
from reviewer.local.classifier import UNSURE, predict, topics_of
from reviewer.local.conversation import greeted, partners
from reviewer.names import TITLED_NAME, addressed, ambiguous, end_of_call, mentions
from reviewer.outcome import is_of_the_firm
from reviewer.plan import customers, is_lead_in
from reviewer.policy import Policy, holders, roles_known
from reviewer.texts import listed, pattern, say, word
from reviewer.types import (
    Act,
    Assigned,
    Assignment,
    Audience,
    Case,
    Classification,
    Culture,
    Flag,
    Passage,
    Role,
    Sensitivity,
    Severity,
    Stage,
    Stakeholder,
    Topic,
)
from reviewer.withhold import by_passage, refers_to, subjects, visible_text, withheld_flags


def assign(case: Case, policy: Policy, classifications: Sequence[Classification], flags: Sequence[Flag]) -> Assigned:
    """One assignment for every passage of the author."""
    author = case.author_passages()
    labels = {c.passage_id: c for c in classifications}
    flagged = by_passage(flags)
    partner_of, first_called = partners(case, classifications), greeted(case)
    result: dict[str, Assignment] = {}
    previous: Passage | None = None
    for passage, following in itertools.zip_longest(author, author[1:]):
        label = labels[passage.id]
        own = flagged.get(passage.id, ())
        route = _Route(case, policy, passage, label, own, partner_of.get(passage.id), first_called, following)
        assignment = route.assignment()
        if previous is not None and not own and _leans_back(case, passage, previous, label):
            # "She told me so on Monday": without the sentence before it nobody understands it.
            before = result[previous.id]
            reason = say(case.situation.explain_in, "split.follows", reason=before.reason)
            assignment = before.model_copy(update={"passage_id": passage.id, "reason": reason, "owner": None})
        if previous is not None and label.act is Act.REQUEST and refers_to(previous, passage):
            before_flags = flagged.get(previous.id, ())
            result[previous.id], assignment = _together(
                case, before_flags, previous, result[previous.id], label, assignment
            )
        result[passage.id] = assignment
        previous = passage
    _lead_ins(case, author, result, flagged)
    return Assigned(tuple(result[p.id] for p in author))


def _together(
    case: Case, flags: Sequence[Flag], previous: Passage, before: Assignment, label: Classification, ask: Assignment
) -> tuple[Assignment, Assignment]:
    """Let a question about the sentence before it and that sentence reach the same person.

    That is whom the question names, else whoever reads the sentence.
    """
    if before.audience.group:
        return before, ask
    explain = case.situation.explain_in
    if label.addressed_to and ask.owner:
        if not visible_text(previous, flags, [ask.owner], case.draft.language):
            return before, ask
        people = () if flags else before.audience.people
        reason = say(explain, "split.asked_about", name=case.person(ask.owner).name)
        audience = Audience(people=tuple(dict.fromkeys((*people, ask.owner))))
        return before.model_copy(update={"audience": audience, "reason": reason, "suggestion": ""}), ask
    readers = [a for a in before.audience.people if a in {p.address for p in customers(case)}]
    if readers and not label.addressed_to:
        reason = say(explain, "split.follows", reason=before.reason)
        return before, ask.model_copy(
            update={"audience": Audience(people=(readers[0],)), "owner": readers[0], "reason": reason, "suggestion": ""}
        )
    return before, ask


def _says_little(label: Classification) -> bool:
    """Whether the topics are none of which a group wants to hear by themselves ("They are in the attached report")."""
    return set(label.topics) <= {Topic.OTHER, Topic.LOGISTICS}


def _leans_back(case: Case, passage: Passage, previous: Passage, label: Classification) -> bool:
    if passage.paragraph != previous.paragraph or passage.bullet or label.act is Act.REQUEST or label.addressed_to:
        return False
    language = case.draft.language
    return leans_back(passage.text, language) or leans_on(passage.text, language)


def _lead_ins(case: Case, author: Sequence[Passage], result: dict[str, Assignment], flagged: Container[str]) -> None:
    """A line that announces bullets goes wherever one of its bullets goes."""
    for i, passage in enumerate(author):
        following = author[i + 1] if i + 1 < len(author) else None
        if not is_lead_in(passage, following) or passage.id in flagged:
            continue
        block = [result[other.id] for other in _announced(case, author[i:])]
        live = [a for a in block if not a.audience.held_back]
        explain = case.situation.explain_in
        if live:
            audience = Audience(
                group=any(a.audience.group for a in live),
                people=tuple(dict.fromkeys(p for a in live for p in a.audience.people)),
            )
            reason = say(explain, "split.lead_in")
            result[passage.id] = Assignment(passage_id=passage.id, audience=audience, reason=reason)
        elif block:
            result[passage.id] = Assignment(
                passage_id=passage.id,
                audience=Audience(),
                reason=say(explain, "split.lead_in_held"),
                suggestion=say(explain, "held.suggest"),
            )


def _announced(case: Case, author: Sequence[Passage]) -> Iterator[Passage]:
    """What the first of these passages announces: the bullets behind it, else the rest of its paragraph."""
    lead_in = author[0]
    bulleted = len(author) > 1 and bool(author[1].bullet)
    for before, other in itertools.pairwise(author):
        # What stands behind a bullet on its own line belongs to it.
        on_its_line = "\n" not in case.draft.body[before.end : other.start]
        if bulleted and not other.bullet and not on_its_line:
            break
        if not bulleted and other.paragraph != lead_in.paragraph:
            break
        yield other


def without_lone_headings(case: Case, assignments: Sequence[Assignment]) -> tuple[Assignment, ...]:
    """The assignments with the line above a list only where two points of it go, or one that says nothing without it.

    A model makes one sentence of "Then, in no particular order:" and a single point; the local engine takes both as they stand. Where
    everybody reads one point, the group has the line, else who reads the first.
    """
    result = {a.passage_id: a for a in assignments}
    author = case.author_passages()
    for i, (lead_in, following) in enumerate(itertools.pairwise(author)):
        governs = asks(lead_in.text) or addressed(lead_in.text, case.draft.stakeholders)
        if not is_lead_in(lead_in, following) or not following.bullet or governs:
            continue
        reads: dict[str, list[Passage]] = {}
        for point in _announced(case, author[i:]):
            for reader in _readers(result[point.id].audience):
                reads.setdefault(reader, []).append(point)
        before = result[lead_in.id].audience
        readers = [r for r in _readers(before) if r in reads]
        needed = [r for r in readers if len(reads[r]) > 1 or not _stands_alone(case, reads[r][0])] or readers[:1]
        if needed:
            people = tuple(a for a in before.people if a in needed)
            audience = before.model_copy(update={"group": _GROUP in needed, "people": people})
            result[lead_in.id] = result[lead_in.id].model_copy(update={"audience": audience})
    return tuple(result[a.passage_id] for a in assignments)


def _readers(audience: Audience) -> list[str]:
    return [*([_GROUP] if audience.group else []), *audience.people]


def _stands_alone(case: Case, point: Passage) -> bool:
    """Whether a bullet needs no line above it: it has a verb, asks, calls somebody, or names what it is about ("Tablets: ...")."""
    if addressed(point.text, case.draft.stakeholders):
        return True
    return states(point.text) or asks(point.text) or bool(_HEADED.match(point.text))


_GROUP = "group"
_HEADED = re.compile(r"[^:.!?]{3,60}\s?: \S")
# What moved is told to all (rule 19), whoever it was agreed with.
_MOVES = {Topic.PLANNING_CHANGE, Topic.SCOPE, Topic.NEXT_DATE, Topic.DECISION}
_OUTCOMES = {Topic.DECISION, Topic.MILESTONE, Topic.SCOPE}
# A passage about these may do harm where nothing in it is flagged, so it is held back where nobody is known who should read it.
_TOUCHY = {Topic.BUDGET_PRICE, Topic.CONTRACT_LEGAL, Topic.STRATEGY, Topic.INTERNAL_POLITICS, Topic.PERSONAL_CONCERN}


class _Route:
    """Where one passage goes: to whom it speaks, else who may read it and holds the role, else the group."""

    def __init__(
        self,
        case: Case,
        policy: Policy,
        passage: Passage,
        label: Classification,
        own_flags: Sequence[Flag],
        partner: str | None,
        first_called: Sequence[str],
        following: Passage | None,
    ) -> None:
        self.case, self.policy, self.passage, self.label, self.own_flags = case, policy, passage, label, own_flags
        self.following = following
        """The passage behind it, where there is one."""
        self.partner = partner
        """Whom the paragraph goes on speaking to."""
        self.first_called = first_called
        """Whom the mail speaks to from its greeting on."""
        self.explain = case.situation.explain_in
        self.culture = case.situation.culture
        self.everybody = [p.address for p in case.draft.stakeholders]

    def assignment(self) -> Assignment:
        if self.label.addressed_to:
            return self._plain() if self._outcome() else self._by_name()
        unclear = ambiguous(self.passage.text, self.case.draft.stakeholders)
        if unclear:
            names = [self.case.person(a).name for a in unclear]
            return self._hold("ambiguous", names=listed(self.explain, names))
        if not self.own_flags and speaks_to_all(self.passage.text):
            return self._make(Audience(group=True), say(self.explain, "split.to_all"))
        if self.partner and self._is_partners(self.partner):
            return self._go_on(self.partner)
        if self.label.act is Act.REQUEST:
            return self._ask()
        if withheld_flags(self.own_flags, self.everybody):
            return self._sensitive()
        return self._plain()

    def _outcome(self) -> bool:
        """Whether it is a settled outcome for all, told to one by name ("Damien, variant B is chosen")."""
        if self.own_flags or self._says_more_to_one():
            return False
        return (self.label.act is Act.DECIDE or self._moved()) and self._group_reads()

    def _says_more_to_one(self) -> bool:
        """Whether it says why, who does not know, that it is between two, who is replaced, or names somebody who is no reader."""
        text = self.passage.text
        replaced = replaces(text) and subjects(self.case, self.passage)
        outside = TITLED_NAME.search(text, end_of_call(text, self.case.draft.stakeholders))
        said = (text, *self._next_in_paragraph())
        between_two = pattern("private").search(text) or any(hushes(t) or keeps_dark(t) for t in said)
        return bool(says_more(text) or between_two or replaced or outside)

    def _next_in_paragraph(self) -> tuple[str, ...]:
        """The sentence behind it, which may say that nobody is to know: "Lot 2 is cancelled, as agreed. Please keep that to yourself." """
        after = self.following
        goes_on = after is not None and after.paragraph == self.passage.paragraph and not after.bullet
        return (after.text,) if after is not None and goes_on else ()

    def _moved(self) -> bool:
        """Whether it says that something moved as agreed, and nothing of a price, of anybody, or of the customer's house."""
        text = self.passage.text
        if self.label.act is Act.REQUEST or not {*self.label.topics} & _MOVES or not tells_outcome(text):
            return False
        priced = any(d.kind in {"amount", "percent"} for d in details.find(text))
        return not (priced or subjects(self.case, self.passage) or is_of_the_firm(text) or tells_an_affair(text))

    def _is_partners(self, partner: str) -> bool:
        """Whether the passage is for whom the paragraph speaks to: they may read all of it, and it is no outcome for all."""
        if withheld_flags(self.own_flags, [partner]):
            return False
        if self.label.act is Act.REQUEST:
            return True
        if speaks_to_one(self.passage.text, self.case.draft.language):
            # "The envelope is approved by your management" is said to one, and is for all.
            return not (self.label.act is Act.DECIDE and self._for_all() and tells_outcome(self.passage.text))
        return not self._for_all()

    def _for_all(self) -> bool:
        return not self.own_flags and self.label.sure and self._group_reads() and not _says_little(self.label)

    def _go_on(self, partner: str) -> Assignment:
        reason = say(self.explain, "split.goes_on", name=self.case.person(partner).name)
        return self._make(Audience(people=(partner,)), reason, partner if self.label.act is Act.REQUEST else None)

    def _make(self, audience: Audience, reason: str, owner: str | None = None) -> Assignment:
        return Assignment(passage_id=self.passage.id, audience=audience, reason=reason, owner=owner)

    def _hold(self, key: str, **values: object) -> Assignment:
        return Assignment(
            passage_id=self.passage.id,
            audience=Audience(),
            reason=say(self.explain, f"held.{key}", **values),
            suggestion=say(self.explain, f"held.{key}_suggest", **values),
        )

    def _sees(self, *addresses: str) -> bool:
        return bool(visible_text(self.passage, self.own_flags, addresses, self.case.draft.language))

    def _topics(self) -> str:
        return listed(self.explain, [word(self.explain, "topic", t) for t in self.label.topics])

    def _sensitivities(self) -> str:
        kinds = dict.fromkeys(f.sensitivity for f in self.own_flags)
        return listed(self.explain, [word(self.explain, "sensitivity", s) for s in kinds])

    def _role(self, role: Role) -> str:
        return word(self.explain, "role", role)

    def _by_name(self) -> Assignment:
        people = tuple(a for a in self.label.addressed_to if self._sees(a))
        names = listed(self.explain, [self.case.person(a).name for a in people or self.label.addressed_to])
        if not people:
            return self._hold("named", name=names, sensitivity=self._sensitivities())
        owner = None
        if self.label.act is Act.REQUEST:
            # Of several who are asked, the one whose matter it is; one person per ask (rule 2).
            suited = [p.address for _, holders_of in self._candidates() for p in holders_of if p.address in people]
            owner = [*suited, *people][0]
            people = (owner,)
            names = self.case.person(owner).name
        named = {a for m in mentions(self.passage.text, self.case.draft.stakeholders) for a in m.addresses}
        key = "split.named" if set(people) <= named else "split.meant"
        return self._make(Audience(people=people), say(self.explain, key, name=names), owner)

    def _candidates(self) -> list[tuple[Role, list[Stakeholder]]]:
        """Holders of the topics' roles who may read the passage, by role in order of preference."""
        found = []
        for role in self.policy.roles_for(self.label.topics, self.culture):
            people = [p for p in holders(role, self.case.draft.stakeholders) if self._sees(p.address)]
            if people:
                found.append((role, people))
        return found

    def _ask(self) -> Assignment:
        candidates = self._candidates()
        called = [a for a in self.first_called if self._sees(a)]
        if called and not asks_anybody(self.passage.text):
            suited = [p.address for _, holders_of in candidates for p in holders_of if p.address in called]
            first = [*suited, *called][0]
            reason = say(self.explain, "split.ask_greeted", name=self.case.person(first).name)
            return self._make(Audience(people=(first,)), reason, first)
        if not candidates or not (self.label.sure or self.own_flags):
            roles = self.policy.ask_fallback if not self.own_flags else self._sensitive_roles()
            people = self.case.draft.stakeholders
            pairs = [(r, [p for p in holders(r, people) if self._sees(p.address)]) for r in roles]
            candidates = [(r, p) for r, p in pairs if p]
        circle = [p for p in customers(self.case) if self._sees(p.address)]
        if candidates:
            role, people_of_role = candidates[0]
            owner = people_of_role[0]
            reason = say(self.explain, "split.ask", name=owner.name, role=self._role(role), topics=self._topics())
        elif len(circle) == 1:
            owner = circle[0]
            reason = say(self.explain, "split.ask_only", name=owner.name)
        elif self._nobody_known() and self._sees(*self.everybody):
            # As the seller has it; that it names nobody is told by the checks.
            return self._make(Audience(group=True), say(self.explain, "split.no_roles"))
        elif self.own_flags and not any(self._sees(p.address) for p in self.case.draft.stakeholders):
            # Whoever handles it is known, or even called, and must not read what else it says.
            return self._hold("ask_forbidden", topics=self._topics(), sensitivity=self._sensitivities())
        else:
            return self._hold("ask", topics=self._topics())
        return self._make(Audience(people=(owner.address,)), reason, owner.address)

    def _nobody_known(self) -> bool:
        """Whether it stays with everybody as nobody's role is known: no matter of which harm could come."""
        return not set(self.label.topics) & _TOUCHY and not roles_known(self.case.draft.stakeholders)

    def _sensitive_roles(self) -> list[Role]:
        roles: list[Role] = []
        for flag in self.own_flags:
            roles += self.policy.sensitivities[flag.sensitivity].readers
            if flag.severity is Severity.NOTE:
                roles += self.policy.doubt_readers
        return list(dict.fromkeys(roles))

    def _sensitive(self) -> Assignment:
        rest_for_group = self._sees(*self.everybody) and (self._group_reads() or self._rest_is_outcome())
        # "We would add two of them, but that is your call": what is left for all would point at what was cut.
        rest_for_group = rest_for_group and not self._rest_leans_back()
        pairs = [*self._candidates()]
        for role in self._sensitive_roles():
            people = [p for p in holders(role, self.case.draft.stakeholders) if self._sees(p.address)]
            if people:
                pairs.append((role, people))
        if self._offers():
            # What is offered for a clause is negotiated with the buyer (rule 11), whoever reads the clauses.
            buyers = self.policy.topics[Topic.BUDGET_PRICE].roles
            pairs.sort(key=lambda pair: pair[0] not in buyers)
        # Whoever may read every word comes before whoever may read only what is left of it.
        full = [(r, [p for p in ps if not withheld_flags(self.own_flags, [p.address])]) for r, ps in pairs]
        full = [(r, ps) for r, ps in full if ps]
        if full:
            role, people = full[0]
            names = listed(self.explain, [p.name for p in people])
            reason = say(
                self.explain,
                "split.sensitive",
                sensitivity=self._sensitivities(),
                names=names,
                role=self._role(role),
            )
            audience = Audience(group=rest_for_group, people=tuple(p.address for p in people))
            return self._make(audience, reason)
        if rest_for_group:
            reason = say(self.explain, "split.rest", sensitivity=self._sensitivities())
            return self._make(Audience(group=True), reason)
        if pairs:
            role, people = pairs[0]
            reason = say(self.explain, "split.rest", sensitivity=self._sensitivities())
            return self._make(Audience(people=tuple(p.address for p in people)), reason)
        return self._hold("sensitive", sensitivity=self._sensitivities())

    def _offers(self) -> bool:
        """Whether it is a position about money."""
        return Topic.BUDGET_PRICE in self.label.topics and any(
            f.sensitivity is Sensitivity.CONTRACT_PRICE for f in self.own_flags
        )

    def _rest_leans_back(self) -> bool:
        rest = visible_text(self.passage, self.own_flags, self.everybody, self.case.draft.language)
        return rest != self.passage.text and leans_back(rest, self.case.draft.language)

    def _group_reads(self) -> bool:
        return self.policy.group_reads(self.label.topics, self.label.stage, self.culture)

    def _rest_is_outcome(self) -> bool:
        """Whether what all may read of the passage is a settled matter by itself: "The scope is confirmed, (but on the price ...)"."""
        language = self.case.draft.language
        rest = visible_text(self.passage, self.own_flags, self.everybody, language)
        if mentions(rest, self.case.draft.stakeholders):
            return False  # "The scope is confirmed in spite of Karim's ..."
        if rest == self.passage.text or not states(rest) or asks(rest) or contrasts(rest):
            return False
        prediction = predict([rest], language)[0]
        topics = topics_of(prediction)
        open_or_sensitive = any(label == "stage open" or label.startswith("sensitivity") for label in prediction.given)
        sure = prediction.probability[f"topic {topics[0]}"] >= UNSURE and set(topics) & _OUTCOMES
        if open_or_sensitive or not sure or (Topic.BUDGET_PRICE in topics and not money_is_settled(rest)):
            return False
        return self.policy.group_reads(topics, Stage.SETTLED, self.culture)

    def _plain(self) -> Assignment:
        if self._group_reads():
            return self._make(Audience(group=True), say(self.explain, "split.group", topics=self._topics()))
        if not self.label.sure and self.culture is not Culture.HIERARCHICAL:
            return self._make(Audience(group=True), say(self.explain, "split.unclear"))
        candidates = self._candidates()
        if candidates:
            role, people = candidates[0]
            names = listed(self.explain, [p.name for p in people])
            reason = say(self.explain, "split.role", topics=self._topics(), names=names, role=self._role(role))
            return self._make(Audience(people=tuple(p.address for p in people)), reason)
        if self._nobody_known():
            return self._make(Audience(group=True), say(self.explain, "split.no_roles"))
        if self.culture is Culture.TRANSPARENT or len(customers(self.case)) < self.policy.group.large:
            return self._make(Audience(group=True), say(self.explain, "split.nobody_small", topics=self._topics()))
        return self._hold("role", topics=self._topics(), roles=self._wanted_roles())

    def _wanted_roles(self) -> str:
        roles = self.policy.roles_for(self.label.topics, self.culture)
        return listed(self.explain, [self._role(r) for r in roles]) or self._role(Role.UNKNOWN)
