"""The policy's split of the labelled dev mails, from their labels and not from an engine's: who reads what, and in which words why."""

from evals.cases import LabelledMail, load
from reviewer import prompts
from reviewer.cues import asks
from reviewer.local.split import assign
from reviewer.names import addressed
from reviewer.plan import reconcile
from reviewer.types import Act, Assignment, Case, Classification, Flag, Stage, Topic
from reviewer.withhold import make_flag
from tests.build import golden

POLICY = prompts.load("default").policy


def labelled(mail: LabelledMail) -> tuple[Case, list[Classification], list[Flag]]:
    """A mail with the labels of its facts as an engine would give them to the passages."""
    case = mail.case()
    places = list(zip(mail.facts, mail.places(), strict=True))
    labels, flags = [], []
    for passage in case.author_passages():
        facts = [(f, at) for f, at in places if at[0] < passage.end and passage.start < at[1]]
        topics = dict.fromkeys(t for f, _ in facts for t in f.topics if t is not Topic.OTHER)
        asked = asks(passage.text) or any(f.act is Act.REQUEST for f, _ in facts)
        labels.append(
            Classification(
                passage_id=passage.id,
                topics=tuple(topics) or (Topic.OTHER,),
                act=Act.REQUEST if asked else facts[0][0].act,
                stage=Stage.OPEN if asked or any(f.stage is Stage.OPEN for f, _ in facts) else Stage.SETTLED,
                addressed_to=addressed(passage.text, case.draft.stakeholders),
                reason="-",
            )
        )
        flags += [
            make_flag(case, POLICY, passage, max(start, passage.start), min(end, passage.end), kind, "-")
            for f, (start, end) in facts
            for kind in f.sensitivity
        ]
    return case, labels, flags


def line(case: Case, assignment: Assignment) -> str:
    """One decision in a line."""
    audience = assignment.audience
    readers = [
        "group" if audience.group else "",
        *(case.person(a).name for a in audience.people),
        *(f"copy to {case.person(a).name}" for a in audience.copied),
    ]
    words = next(p.text for p in case.passages if p.id == assignment.passage_id)
    parts = [
        f"{assignment.passage_id} {words[:40]!r}",
        ", ".join(filter(None, readers)) or "held back",
        f"asked: {case.person(assignment.owner).name}" if assignment.owner else "",
        assignment.reason,
        assignment.suggestion,
        f"recap: {assignment.recap}" if assignment.recap else "",
        f"cut for all: {' / '.join(assignment.held_back_parts)}" if assignment.held_back_parts else "",
    ]
    return " | ".join(filter(None, parts))


def test_the_policys_split_of_the_dev_mails() -> None:
    """As it was read and found good, reasons included; the reconciled split is the same where nothing was proposed."""
    lines = []
    for mail in load(split="dev"):
        case, labels, flags = labelled(mail)
        lines.append(f"{mail.id}:")
        default = assign(case, POLICY, labels, flags).assignments
        lines += [f"  {line(case, a)}" for a in default]
        settled = reconcile(case, POLICY, labels, flags, (), default)
        lines += [f"  reconciled: {line(case, b)}" for a, b in zip(default, settled, strict=True) if a != b]
    golden("split", "\n".join(lines) + "\n")


def test_nobody_reads_what_the_labels_withhold() -> None:
    """With right labels the policy's split puts no withheld fact before a reader who must not read it, but where the labels and the
    policy does not know whom a passage is about: fewer than one pair in thirty. A model names them (`hurts`).
    """
    wrong = total = 0
    for mail in load(split="dev"):
        case, labels, flags = labelled(mail)
        decided = {a.passage_id: a for a in assign(case, POLICY, labels, flags).assignments}
        everybody = {p.address for p in case.draft.stakeholders}
        for fact, (start, end) in zip(mail.facts, mail.places(), strict=True):
            for passage in case.author_passages():
                if not (start < passage.end and passage.start < end) or not fact.must_not_read:
                    continue
                audience = decided[passage.id].audience
                readers = set(audience.people) | (everybody if audience.group else set())
                cut = {a for f in flags if f.passage_id == passage.id for a in f.withhold_from}
                for key in fact.must_not_read:
                    total += 1
                    wrong += mail.address(key) in readers - cut
    assert total > 300
    assert wrong / total < 1 / 30
