"""What the seller decides about a review (rule 12), carried through to the messages, the checks and the advice.

No model is asked: a message whose passages and readers did not change keeps its words, the others are composed from the
draft's own sentences. What the seller moves to a reader by hand is the seller's word: it is no longer withheld from them.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from reviewer.advise import advise
from reviewer.check import check
from reviewer.engagement import proposal_of
from reviewer.local.split import assign, without_lone_headings
from reviewer.local.write import compose
from reviewer.plan import briefs, keep_informed, reconcile, settle_group
from reviewer.policy import Policy
from reviewer.said import with_consequences
from reviewer.texts import say
from reviewer.types import (
    Assignment,
    Audience,
    Brief,
    Case,
    Classification,
    Flag,
    Message,
    Proposal,
    Review,
    Role,
    Topic,
    Value,
)
from reviewer.withhold import reflagged

Dismissal = Literal["false_alarm", "accepted", "justified"]


class Edit(Value):
    """A message in the seller's own words."""

    subject: str
    body: str


class Decisions(Value):
    """Everything the seller changed; empty where the proposal stands."""

    audiences: Mapping[str, Audience] = {}
    """Passage to the readers that the seller chose; an empty audience holds it back."""
    topics: Mapping[str, tuple[Topic, ...]] = {}
    """Passage to the topics that the seller corrected."""
    roles: Mapping[str, tuple[Role, ...]] = {}
    """Address to the roles that the seller corrected."""
    dismissed: Mapping[str, Dismissal] = {}
    """Passage whose flags are no reason to withhold it, and why."""
    edits: Mapping[str, Edit] = {}
    """Message key to the seller's own words."""

    @property
    def count(self) -> int:
        """How many things were decided."""
        return sum(map(len, (self.audiences, self.topics, self.roles, self.dismissed, self.edits)))


def revise(review: Review, decisions: Decisions, policy: Policy) -> Review:
    """The review with the seller's decisions carried through; the same review where there are none."""
    if not decisions.count:
        return review
    case = _case(review, decisions)
    labels = tuple(_relabelled(c, decisions) for c in review.classifications)
    called = {c.passage_id: c.addressed_to for c in labels}
    flags = tuple(
        f for flag in review.flags for f in _decided(case, policy, flag, called.get(flag.passage_id, ()), decisions)
    )
    rerouted = decisions.roles or decisions.topics or decisions.dismissed
    if rerouted or (review.proposal.as_is and decisions.audiences):
        default = assign(case, policy, labels, flags).assignments
        if review.engine == "local":
            default = without_lone_headings(case, default)
        kept = {} if decisions.roles else {a.passage_id: a for a in review.assignments}
        touched = set(decisions.topics) | set(decisions.dismissed)
        proposed = [
            a if a.passage_id in touched or review.proposal.as_is else kept.get(a.passage_id, a) for a in default
        ]
        assignments = reconcile(case, policy, labels, flags, proposed, default)
        assignments = settle_group(case, labels, assignments)
        assignments = keep_informed(case, policy, labels, flags, assignments)
    else:
        assignments = review.assignments
    assignments = tuple(_moved(case, a, decisions) for a in assignments)
    split = rerouted or decisions.audiences or not review.proposal.as_is
    proposal = _proposal(review, case, policy, labels, flags, assignments) if split else review.proposal
    proposal = _edited(proposal, decisions)
    return review.model_copy(
        update={
            "draft": case.draft,
            "classifications": labels,
            "flags": flags,
            "assignments": assignments,
            "proposal": proposal,
            "findings": check(case, labels, flags, assignments, proposal),
            "advice": advise(case, policy, labels, flags, assignments, proposal),
            "said": with_consequences(case, review.said, labels, flags, proposal),
        }
    )


def _case(review: Review, decisions: Decisions) -> Case:
    people = tuple(
        p.model_copy(update={"roles": decisions.roles[p.address]}) if p.address in decisions.roles else p
        for p in review.draft.stakeholders
    )
    draft = review.draft.model_copy(update={"stakeholders": people})
    return Case(draft=draft, passages=review.passages, situation=review.situation)


def _relabelled(label: Classification, decisions: Decisions) -> Classification:
    topics = decisions.topics.get(label.passage_id)
    return label.model_copy(update={"topics": topics, "sure": True}) if topics else label


def _decided(case: Case, policy: Policy, flag: Flag, called: Sequence[str], decisions: Decisions) -> Sequence[Flag]:
    """The flag as far as it still withholds: not at all where dismissed, not from readers that the seller chose."""
    if flag.passage_id in decisions.dismissed:
        return ()
    if decisions.roles:
        flag = reflagged(case, policy, flag, called)
    audience = decisions.audiences.get(flag.passage_id)
    if audience is None:
        return (flag,)
    chosen = set(audience.people)
    if audience.group:
        chosen |= {p.address for p in case.draft.stakeholders}
    return (flag.model_copy(update={"withhold_from": tuple(a for a in flag.withhold_from if a not in chosen)}),)


def _moved(case: Case, assignment: Assignment, decisions: Decisions) -> Assignment:
    audience = decisions.audiences.get(assignment.passage_id)
    if audience is None:
        return assignment
    owner = assignment.owner if assignment.owner in audience.people or audience.group else None
    if assignment.owner and owner is None and audience.people:
        owner = audience.people[0]
    return assignment.model_copy(
        update={
            "audience": audience,
            "owner": owner,
            "reason": say(case.situation.explain_in, "split.seller"),
            "suggestion": "",
            "recap": None if audience.group else assignment.recap,
            "held_back_parts": (),
        }
    )


def _proposal(
    review: Review,
    case: Case,
    policy: Policy,
    labels: Sequence[Classification],
    flags: Sequence[Flag],
    assignments: Sequence[Assignment],
) -> Proposal:
    before = {} if review.proposal.as_is else _briefs_of(review)
    old = {message.key: message for message in review.proposal.messages}
    messages = []
    for brief in briefs(case, labels, flags, assignments):
        unchanged = before.get(brief.key) == brief and brief.key in old
        messages.append(old[brief.key] if unchanged else brief.worded(compose(brief), "local"))
    return proposal_of(case, policy, messages)


def _briefs_of(review: Review) -> dict[str, Brief]:
    return {b.key: b for b in briefs(review.case(), review.classifications, review.flags, review.assignments)}


def _edited(proposal: Proposal, decisions: Decisions) -> Proposal:
    def apply(message: Message | None) -> Message | None:
        edit = decisions.edits.get(message.key) if message else None
        if message is None or edit is None:
            return message
        return message.model_copy(update={"subject": edit.subject, "body": edit.body, "written_by": "seller"})

    return proposal.model_copy(
        update={
            "group": apply(proposal.group),
            "direct": tuple(filter(None, map(apply, proposal.direct))),
            "rules_of_engagement": apply(proposal.rules_of_engagement),
            # A mail that the seller rewrote is no longer the draft word for word.
            "as_is": proposal.as_is and "group" not in decisions.edits,
        }
    )
