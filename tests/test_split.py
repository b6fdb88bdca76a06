"""The policy's split of the labelled dev mails, from their labels and not from an engine's: who reads what, and in which words why."""

from collections.abc import Sequence

from evals.cases import LabelledMail, load
from reviewer import prompts
from reviewer.cues import asks
from reviewer.local.split import assign
from reviewer.names import addressed
from reviewer.plan import reconcile
from reviewer.texts import word
from reviewer.types import (
    Act,
    Assignment,
    Case,
    Classification,
    Flag,
    Role,
    Sensitivity,
    Severity,
    Stage,
    Stakeholder,
    Topic,
)
from reviewer.withhold import make_flag
from tests.build import CLAIRE, KARIM, ODILE, PEOPLE, SANDRINE, THOMAS, case, flag, golden, label, person

POLICY = prompts.load("default").policy


def labelled(mail: LabelledMail) -> tuple[Case, list[Classification], list[Flag]]:
    """A mail with the labels of its facts as an engine would give them to the passages."""
    of = mail.case()
    places = list(zip(mail.facts, mail.places(), strict=True))
    labels, flags = [], []
    for passage in of.author_passages():
        facts = [(f, at) for f, at in places if at[0] < passage.end and passage.start < at[1]]
        topics = dict.fromkeys(t for f, _ in facts for t in f.topics if t is not Topic.OTHER)
        asked = asks(passage.text) or any(f.act is Act.REQUEST for f, _ in facts)
        labels.append(
            Classification(
                passage_id=passage.id,
                topics=tuple(topics) or (Topic.OTHER,),
                act=Act.REQUEST if asked else facts[0][0].act,
                stage=Stage.OPEN if asked or any(f.stage is Stage.OPEN for f, _ in facts) else Stage.SETTLED,
                addressed_to=addressed(passage.text, of.draft.stakeholders),
                reason="-",
            )
        )
        flags += [
            make_flag(of, POLICY, passage, max(start, passage.start), min(end, passage.end), kind, "-")
            for f, (start, end) in facts
            for kind in f.sensitivity
        ]
    return of, labels, flags


def line(of: Case, assignment: Assignment) -> str:
    """One decision in a line."""
    audience = assignment.audience
    readers = [
        "group" if audience.group else "",
        *(of.person(a).name for a in audience.people),
        *(f"copy to {of.person(a).name}" for a in audience.copied),
    ]
    words = next(p.text for p in of.passages if p.id == assignment.passage_id)
    parts = [
        f"{assignment.passage_id} {words[:40]!r}",
        ", ".join(filter(None, readers)) or "held back",
        f"asked: {of.person(assignment.owner).name}" if assignment.owner else "",
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
        of, labels, flags = labelled(mail)
        lines.append(f"{mail.id}:")
        default = assign(of, POLICY, labels, flags).assignments
        lines += [f"  {line(of, a)}" for a in default]
        settled = reconcile(of, POLICY, labels, flags, (), default)
        lines += [f"  reconciled: {line(of, b)}" for a, b in zip(default, settled, strict=True) if a != b]
    golden("split", "\n".join(lines) + "\n")


def test_nobody_reads_what_the_labels_withhold() -> None:
    """With right labels the policy's split puts no withheld fact before a reader who must not read it, but where the labels and the
    policy does not know whom a passage is about: fewer than one pair in thirty. A model names them (`hurts`).
    """
    wrong = total = 0
    for mail in load(split="dev"):
        of, labels, flags = labelled(mail)
        decided = {a.passage_id: a for a in assign(of, POLICY, labels, flags).assignments}
        everybody = {p.address for p in of.draft.stakeholders}
        for fact, (start, end) in zip(mail.facts, mail.places(), strict=True):
            for passage in of.author_passages():
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


PRICE = "Nous pourrions descendre à 42 k€ sur trois ans."


def pair(
    first: str,
    second: str,
    *,
    flags: Sequence[tuple[Sensitivity, Sequence[Stakeholder]]] = (),
    topics: Topic = Topic.BUDGET_PRICE,
) -> tuple[Assignment, ...]:
    """The split of a sentence and of a question behind it in one paragraph."""
    plain = case(first, second)
    together = tuple(p.model_copy(update={"paragraph": 0}) for p in plain.passages)
    of = plain.model_copy(update={"passages": together})
    labels = [
        label(1, topics, act=Act.PROPOSE, stage=Stage.OPEN, to=_called(first)),
        label(2, topics, act=Act.REQUEST, stage=Stage.OPEN, to=_called(second)),
    ]
    found = [flag(of, 1, kind, withheld) for kind, withheld in flags]
    return assign(of, POLICY, labels, found).assignments


def _called(text: str) -> list[Stakeholder]:
    return [p for p in PEOPLE if text.startswith(f"{p.name.split()[0]},")]


def test_a_question_and_the_sentence_it_means_reach_the_same_person() -> None:
    """Whom the question names reads both, and a sensitive sentence nobody else; where it names nobody, it goes where the sentence goes."""
    others = [CLAIRE, KARIM, THOMAS, ODILE]
    before, ask = pair(PRICE, "Sandrine, cela rentre-t-il ?", flags=[(Sensitivity.CONTRACT_PRICE, others)])
    assert before.audience.people == ask.audience.people == (SANDRINE.address,)
    assert ask.owner == SANDRINE.address
    assert "Sandrine Roux" in before.reason

    # The technical lead answers; the buyer, who would read a plain sentence about money, goes on reading it.
    before, ask = pair(PRICE, "Karim, cela tient-il avec vos serveurs ?")
    assert before.audience.people == (SANDRINE.address, KARIM.address)
    assert ask.audience.people == (KARIM.address,)

    # Withheld from the one who is asked: the sentence stays where it was.
    before, ask = pair(PRICE, "Karim, cela rentre-t-il ?", flags=[(Sensitivity.CONTRACT_PRICE, others)])
    assert before.audience.people == (SANDRINE.address,)
    assert ask.audience.people == (KARIM.address,)

    # Nobody is named: the first reader of the sentence answers.
    before, ask = pair(PRICE, "Cela rentre-t-il ?", flags=[(Sensitivity.CONTRACT_PRICE, others)])
    assert ask.audience.people == before.audience.people == (SANDRINE.address,)
    assert ask.owner == SANDRINE.address
    assert before.reason in ask.reason


def test_a_question_about_what_everybody_reads_leaves_it_with_everybody() -> None:
    """Only the question is somebody's own."""
    before, ask = pair("Le lot 1 est validé.", "Karim, cela vous convient-il ?", topics=Topic.NEXT_DATE)
    assert before.audience.group
    assert ask.audience.people == (KARIM.address,)


def test_a_sentence_that_everybody_must_not_read_goes_to_the_one_who_is_asked_about_it() -> None:
    """To nobody else, with that as its reason and nothing left to suggest."""
    before, ask = pair(
        PRICE, "Claire, cela vous paraît-il juste ?", flags=[(Sensitivity.CONTRACT_PRICE, [KARIM, THOMAS, ODILE])]
    )
    assert before.audience.people == ask.audience.people == (CLAIRE.address,)
    assert "Claire Leroy" in before.reason
    others = [KARIM, SANDRINE, THOMAS, ODILE]
    held, _ = pair(PRICE, "Cela rentre-t-il ?", flags=[(Sensitivity.CONTRACT_PRICE, others)])
    assert held.suggestion
    before, _ = pair(PRICE, "Claire, cela vous paraît-il juste ?", flags=[(Sensitivity.CONTRACT_PRICE, others)])
    assert before.audience.people == (CLAIRE.address,)
    assert "Claire Leroy" in before.reason
    assert before.suggestion == ""


def test_a_question_without_a_name_is_answered_by_whoever_reads_its_sentence() -> None:
    """Whatever the question's own topic: the buyer reads the price, and answers, though the question sounds technical or is nobody's."""
    plain = case(PRICE, "Cela rentre-t-il ?", people=(CLAIRE, KARIM, SANDRINE))
    of = plain.model_copy(update={"passages": tuple(p.model_copy(update={"paragraph": 0}) for p in plain.passages)})
    for topic in (Topic.TECHNICAL_SPEC, Topic.OTHER):
        labels = [
            label(1, Topic.BUDGET_PRICE, act=Act.PROPOSE, stage=Stage.OPEN),
            label(2, topic, act=Act.REQUEST, stage=Stage.OPEN),
        ]
        before, ask = assign(of, POLICY, labels, ()).assignments
        assert before.audience.people == ask.audience.people == (SANDRINE.address,)
        assert (ask.owner, ask.suggestion) == (SANDRINE.address, "")


def test_of_several_who_are_asked_by_name_the_one_whose_matter_it_is_answers() -> None:
    """And the first who is named where it is nobody's (rule 2)."""
    of = case("Claire et Karim, pouvez-vous confirmer ?")

    def owner(topic: Topic) -> str | None:
        ask = [label(1, topic, act=Act.REQUEST, stage=Stage.OPEN, to=[CLAIRE, KARIM])]
        found = assign(of, POLICY, ask, ()).assignments
        return reconcile(of, POLICY, ask, (), found, found)[0].owner

    assert owner(Topic.TECHNICAL_SPEC) == KARIM.address
    assert owner(Topic.SCOPE) == CLAIRE.address
    assert owner(Topic.OTHER) == CLAIRE.address


def test_a_sentence_that_leans_back_asks_nobody_and_ends_with_its_paragraph() -> None:
    """It goes where the sentence before it goes, which may ask somebody; in a paragraph of its own it leans on nothing."""
    texts = ("Karim, pouvez-vous relire le schéma ?", "Cela concerne l'annuaire.")
    labels = [label(1, Topic.TECHNICAL_SPEC, act=Act.REQUEST, to=[KARIM]), label(2, Topic.DECISION)]
    apart = case(*texts)
    together = apart.model_copy(
        update={"passages": tuple(p.model_copy(update={"paragraph": 0}) for p in apart.passages)}
    )
    asked, leaning = assign(together, POLICY, labels, ()).assignments
    assert asked.owner == KARIM.address
    assert (leaning.audience.people, leaning.owner) == ((KARIM.address,), None)
    assert asked.reason in leaning.reason
    assert assign(apart, POLICY, labels, ()).assignments[1].audience.group


def test_an_ask_goes_to_somebody_who_may_read_it() -> None:
    """By the sensitivity's own readers where its topic has none; who must not read it is passed over."""
    of = case("Qui valide ce point ?")
    ask = [label(1, Topic.OTHER, act=Act.REQUEST, stage=Stage.OPEN)]

    def owner(kind: Sensitivity, withheld: Sequence[Stakeholder], severity: Severity = Severity.WARNING) -> str | None:
        found = flag(of, 1, kind, withheld).model_copy(update={"severity": severity})
        return assign(of, POLICY, ask, [found]).assignments[0].owner

    # Procurement comes first for prices; a planning matter goes to the project manager, else to the champion.
    assert owner(Sensitivity.CONTRACT_PRICE, [CLAIRE, KARIM, THOMAS, ODILE]) == SANDRINE.address
    assert owner(Sensitivity.PLANNING, [KARIM, SANDRINE, ODILE]) == THOMAS.address
    assert owner(Sensitivity.PLANNING, [KARIM, SANDRINE, THOMAS, ODILE]) == CLAIRE.address
    # Nobody's by the policy; where it is only perhaps a confidence, the champion's.
    assert owner(Sensitivity.CONFIDENTIAL, [KARIM, SANDRINE, ODILE]) is None
    assert owner(Sensitivity.CONFIDENTIAL, [KARIM, SANDRINE, ODILE], Severity.NOTE) == CLAIRE.address
    # The one person left in the circle answers, whatever their role.
    assert owner(Sensitivity.CONFIDENTIAL, [CLAIRE, KARIM, SANDRINE, ODILE]) == THOMAS.address


def test_why_nobody_reads_it_names_the_matter() -> None:
    """Topics and wanted roles are said in words, so that the seller knows whom to add."""
    strangers = [person("Ines Faure", Role.FINANCE), *(person(f"{name} Faure") for name in ("Noe", "Lea", "Max"))]
    of = case("Le flux passera par une API.", "Qui valide le flux ?", people=strangers)
    plain, ask = assign(
        of, POLICY, [label(1, Topic.TECHNICAL_SPEC), label(2, Topic.TECHNICAL_SPEC, act=Act.REQUEST)], ()
    ).assignments
    technical = word("en", "topic", Topic.TECHNICAL_SPEC)
    assert plain.audience.held_back
    assert ask.audience.held_back
    assert technical in plain.reason
    assert technical in ask.reason
    assert word("en", "role", Role.TECHNICAL_EVALUATOR) in plain.reason + plain.suggestion
    few = case("Le flux passera par une API.", people=strangers[:2])
    assert technical in assign(few, POLICY, [label(1, Topic.TECHNICAL_SPEC)], ()).assignments[0].reason
