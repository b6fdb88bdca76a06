"""The policy's split of the labelled dev mails, from their labels and not from an engine's: who reads what, and in which words why."""

from collections.abc import Sequence

import pytest

from evals.cases import LabelledMail, load
from reviewer import prompts
from reviewer.cues import asks
from reviewer.local.classify import classify_passages
from reviewer.local.split import assign, without_lone_headings
from reviewer.mail import RawMail
from reviewer.names import addressed
from reviewer.parse import make_draft
from reviewer.plan import reconcile
from reviewer.texts import word
from reviewer.types import (
    Act,
    Assignment,
    Audience,
    Case,
    Classification,
    Culture,
    Flag,
    Language,
    Role,
    Sensitivity,
    Severity,
    Situation,
    Stage,
    Stakeholder,
    Topic,
)
from reviewer.withhold import make_flag
from tests.build import CLAIRE, KARIM, ODILE, PEOPLE, SANDRINE, THOMAS, TODAY, case, flag, golden, label, person

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
    assert owner(Sensitivity.CONFIDENTIAL, PEOPLE) is None
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


def read(body: str, people: Sequence[Stakeholder] = PEOPLE) -> Case:
    """A mail as it is read, bullets and paragraphs included."""
    draft, passages = make_draft(RawMail("Projet Atlas", None, (), body), people)
    return Case(draft=draft, passages=passages, situation=Situation(today=TODAY, explain_in="en"))


def split_of(of: Case, *topics: Topic) -> list[Assignment]:
    """The policy's split where the author's passages have these topics."""
    passages = of.author_passages()
    assert len(passages) == len(topics), [p.text for p in passages]
    labels = [label(int(p.id[1:]), topic) for p, topic in zip(passages, topics, strict=True)]
    return list(assign(of, POLICY, labels, ()).assignments)


def test_a_line_that_announces_a_list_goes_where_its_items_go() -> None:
    """Whatever stands before it: its own items count, what goes on behind an item on its line too, and not the sentence below."""
    lead, first, second, below, _ = split_of(
        read(
            "Bonjour à tous,\n\nLes points techniques :\n- le flux passe par une API\n- le jeton dure une heure\n"
            "Le lot 1 est validé.\n- la clause 7 est acceptée"
        ),
        Topic.DECISION, Topic.TECHNICAL_SPEC, Topic.TECHNICAL_SPEC, Topic.DECISION, Topic.CONTRACT_LEGAL,
    )  # fmt: skip
    assert lead.audience == first.audience == second.audience == Audience(people=(KARIM.address,))
    assert below.audience.group
    before, lead, first, behind, other = split_of(
        read(
            "Bonjour à tous,\n\nLe lot 1 est validé. Les points ouverts :\n- Le flux passe par une API. Le lot 2 est validé.\n"
            "- Le prix baisse."
        ),
        Topic.TECHNICAL_SPEC, Topic.DECISION, Topic.TECHNICAL_SPEC, Topic.DECISION, Topic.CONTRACT_LEGAL,
    )  # fmt: skip
    assert before.audience.people == first.audience.people == (KARIM.address,)
    assert behind.audience.group
    assert other.audience.people == (SANDRINE.address,)
    assert lead.audience == Audience(group=True, people=(KARIM.address, SANDRINE.address))


def test_a_line_that_announces_sentences_goes_with_those_of_its_paragraph() -> None:
    """A later paragraph is not announced by it; a list with an empty line before it is."""
    lead, told, later = split_of(
        read("Bonjour à tous,\n\nVoici l'essentiel :\nLe flux passe par une API.\n\nLe lot 1 est validé."),
        Topic.DECISION, Topic.TECHNICAL_SPEC, Topic.DECISION,
    )  # fmt: skip
    assert lead.audience == told.audience == Audience(people=(KARIM.address,))
    assert later.audience.group
    for above in ("", "Le lot 1 est validé.\n\n"):
        *_, lead, item = split_of(
            read(f"Bonjour à tous,\n\n{above}Les points techniques :\n\n- le flux passe par une API"),
            *([Topic.DECISION] if above else []),
            Topic.DECISION,
            Topic.TECHNICAL_SPEC,
        )
        assert lead.audience == item.audience == Audience(people=(KARIM.address,))


def test_what_is_nobodys_matter_goes_to_the_group_where_the_circle_is_small_or_open() -> None:
    """Three readers of the customer, or a culture of transparency; four are too many, and so the seller is asked."""
    strangers = [person(f"{name} Faure") for name in ("Ines", "Noe", "Lea", "Max", "Zoe")]
    text, labels = "La clause 7 est acceptée.", [label(1, Topic.CONTRACT_LEGAL)]
    for people, culture, to_all in (
        (strangers[:3], Culture.UNKNOWN, True),
        (strangers, Culture.TRANSPARENT, True),
        (strangers[:4], Culture.UNKNOWN, False),
        (strangers, Culture.UNKNOWN, False),
        (strangers, Culture.HIERARCHICAL, False),
    ):
        (found,) = assign(case(text, people=people, culture=culture), POLICY, labels, ()).assignments
        assert found.audience == Audience(group=to_all)


def test_what_is_about_nothing_sure_stays_with_the_group_but_in_a_hierarchy() -> None:
    """There the chain reads it first."""
    unsure = [label(1, Topic.TECHNICAL_SPEC).model_copy(update={"sure": False})]
    for culture in Culture:
        (found,) = assign(case("Cela avance bien.", culture=culture), POLICY, unsure, ()).assignments
        assert found.audience.group == (culture is not Culture.HIERARCHICAL), culture


def test_the_first_holder_of_a_role_answers_and_of_those_greeted_whose_matter_it_is() -> None:
    """In the order of the list of people; where it is nobody's, the first who is greeted."""
    second = person("Hugo Martin", Role.TECHNICAL_EVALUATOR)
    of = case("Qui relit le schéma ?", people=(*PEOPLE, second))
    ask = label(1, Topic.TECHNICAL_SPEC, act=Act.REQUEST)
    assert assign(of, POLICY, [ask], ()).assignments[0].owner == KARIM.address
    of = read("Claire, Karim, Thomas,\n\nMerci de relire le document.")
    (passage,) = of.author_passages()
    for topic, owner in ((Topic.TECHNICAL_SPEC, KARIM), (Topic.CONTRACT_LEGAL, CLAIRE)):
        asked = [label(int(passage.id[1:]), topic, act=Act.REQUEST)]
        assert assign(of, POLICY, asked, ()).assignments[0].owner == owner.address


def test_a_question_about_a_sentence_of_two_readers_is_answered_by_the_first() -> None:
    """One person per ask (rule 2)."""
    second = person("Paula Klein", Role.PROCUREMENT)
    plain = case(PRICE, "Cela rentre-t-il ?", people=(CLAIRE, SANDRINE, second))
    of = plain.model_copy(update={"passages": tuple(p.model_copy(update={"paragraph": 0}) for p in plain.passages)})
    labels = [
        label(1, Topic.BUDGET_PRICE, act=Act.PROPOSE, stage=Stage.OPEN),
        label(2, Topic.BUDGET_PRICE, act=Act.REQUEST, stage=Stage.OPEN),
    ]
    before, ask = assign(of, POLICY, labels, ()).assignments
    assert before.audience.people == (SANDRINE.address, second.address)
    assert (ask.audience.people, ask.owner) == ((SANDRINE.address,), SANDRINE.address)


def test_of_a_sentence_with_a_confidence_the_group_reads_what_is_left() -> None:
    """Where nobody may read all of it; whoever may, has it whole besides, by the sensitivity's own readers too."""
    of = case("Le lot 1 est validé, mais il reste 30 k€ à trouver.")
    everybody = [CLAIRE, KARIM, SANDRINE, THOMAS, ODILE]
    quote = "mais il reste 30 k€ à trouver"
    (rest,) = assign(of, POLICY, [label(1)], [flag(of, 1, Sensitivity.CONFIDENTIAL, everybody, quote)]).assignments
    assert rest.audience == Audience(group=True)
    withheld = [CLAIRE, KARIM, THOMAS, ODILE]
    found = assign(of, POLICY, [label(1)], [flag(of, 1, Sensitivity.BUDGET, withheld, quote)]).assignments
    assert found[0].audience == Audience(group=True, people=(SANDRINE.address,))


def test_the_paragraph_goes_on_speaking_to_one_but_with_what_is_for_all() -> None:
    """A question is theirs, and what says little by itself; a decision that is settled is the group's."""
    texts = (
        "Karim, merci du retour.",
        "Le schéma est-il prêt ?",
        "Le document est en salle 2.",
        "Le lot 1 est validé.",
    )
    apart = case(*texts)
    of = apart.model_copy(update={"passages": tuple(p.model_copy(update={"paragraph": 0}) for p in apart.passages)})
    labels = [
        label(1, Topic.OTHER, to=[KARIM]),
        label(2, Topic.DECISION, act=Act.REQUEST),
        label(3, Topic.LOGISTICS, Topic.OTHER),
        label(4, Topic.DECISION, act=Act.DECIDE),
    ]
    thanks, ask, place, outcome = assign(of, POLICY, labels, ()).assignments
    for found in (thanks, ask, place):
        assert found.audience == Audience(people=(KARIM.address,))
    assert (ask.owner, place.owner) == (KARIM.address, None)
    assert outcome.audience == Audience(group=True)


def test_where_nobody_has_a_role_what_harms_nobody_stays_with_everybody() -> None:
    """A harmless ask too, as the seller has it; a price is held back and the roles are asked for."""
    nobody = [person(f"{name} Leroy") for name in ("Anna", "Boris", "Carla", "Denis", "Elena", "Fabio")]
    of = case("Il nous faudrait le plan des accès.", "Le badge est à l'accueil.", PRICE, people=nobody)
    labels = [
        label(1, Topic.TECHNICAL_SPEC, act=Act.REQUEST, stage=Stage.OPEN),
        label(2, Topic.TECHNICAL_SPEC, stage=Stage.OPEN),
        label(3, Topic.BUDGET_PRICE, act=Act.REQUEST, stage=Stage.OPEN),
    ]
    asked, told, price = (a.audience for a in assign(of, POLICY, labels, []).assignments)
    assert (asked.group, told.group) == (True, True)
    assert price.held_back


def test_what_says_little_goes_on_with_whom_the_paragraph_speaks_to() -> None:
    """An errand behind "Karim, ..." is Karim's, an outcome of the same paragraph everybody's."""
    texts = ("Karim, pourriez-vous relire le schéma ?", "La salle est réservée.")
    for topic, of_all in ((Topic.LOGISTICS, False), (Topic.OTHER, False), (Topic.DECISION, True)):
        of = case(*texts)
        one_paragraph = of.model_copy(
            update={"passages": tuple(p.model_copy(update={"paragraph": 0}) for p in of.passages)}
        )
        labels = [label(1, Topic.TECHNICAL_SPEC, act=Act.REQUEST, stage=Stage.OPEN, to=[KARIM]), label(2, topic)]
        second = assign(one_paragraph, POLICY, labels, []).assignments[1].audience
        assert (second.group, second.people) == ((True, ()) if of_all else (False, (KARIM.address,)))


def test_who_is_called_and_may_not_read_it_is_named_in_the_reason() -> None:
    """So that the seller sees for whom it was meant."""
    of = case(f"Karim, {PRICE}")
    hidden = [flag(of, 1, Sensitivity.CONTRACT_PRICE, PEOPLE)]
    assignment = assign(of, POLICY, [label(1, Topic.BUDGET_PRICE, to=[KARIM])], hidden).assignments[0]
    assert assignment.audience.held_back
    assert KARIM.name in assignment.reason


def test_an_ask_that_nobody_may_read_is_held_back_for_that_reason() -> None:
    """Not because nobody handled it: whoever does is known; where nobody is, that is said."""
    of = case("Claire, le planning dépend de Karim, qui ne répond plus : que se passe-t-il dans son équipe ?")
    hidden = [flag(of, 1, Sensitivity.PERSONAL_CONCERN, PEOPLE)]
    asked = label(1, Topic.PLANNING_CHANGE, act=Act.REQUEST)
    assignment = assign(of, POLICY, [asked], hidden).assignments[0]
    assert assignment.audience.held_back
    assert (
        assignment.reason
        == "An ask (change of schedule) that says something else that no reader should read in a mail (personal confidence)."
    )
    assert "by itself" in assignment.suggestion


def test_only_a_doubt_adds_those_who_read_what_is_doubtful() -> None:
    """A sure confidence of which nobody holds the role is held back; of a doubtful one the champion reads what is left."""
    of = case("Le lot 1 est validé, et nous pourrions descendre à 42 k€.", people=[CLAIRE, KARIM])
    for severity, read in ((Severity.ERROR, ()), (Severity.WARNING, ()), (Severity.NOTE, (CLAIRE.address,))):
        told = flag(of, 1, Sensitivity.CONTRACT_PRICE, [KARIM], "nous pourrions descendre à 42 k€")
        flags = [told.model_copy(update={"severity": severity})]
        labels = [label(1, Topic.BUDGET_PRICE, act=Act.PROPOSE, stage=Stage.OPEN)]
        assert assign(of, POLICY, labels, flags).assignments[0].audience.people == read


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le contrat a été signé vendredi par Odile, merci à tous pour votre engagement.", "fr"),
        ("Pouvez vous tous me dire si vous êtes libres le 19 pour la signature ?", "fr"),
        ("The contract was signed on Friday, thank you all.", "en"),
        ("El contrato se firmó el viernes, gracias a todos.", "es"),
    ],
)
def test_what_is_said_to_all_is_read_by_all(text: str, language: Language) -> None:
    """Whatever its topic, as long as nothing in it is sensitive."""
    of = case(text, "Sandrine, le devis part ce soir.", language=language)
    labels = classify_passages(of).classifications
    assert assign(of, POLICY, labels, ()).assignments[0].audience.group


def bulleted(lead_in: str, *bullets: str) -> Case:
    """A line above a list."""
    of = case(lead_in, *bullets)
    rows = [p.model_copy(update={"bullet": "-" if n else "", "paragraph": 0}) for n, p in enumerate(of.passages)]
    return of.model_copy(update={"passages": tuple(rows)})


def reader(number: int, *people: Stakeholder, group: bool = False) -> Assignment:
    """Who reads a passage."""
    return Assignment(
        passage_id=f"s{number}", audience=Audience(group=group, people=tuple(p.address for p in people)), reason="-"
    )


@pytest.mark.parametrize(
    ("points", "readers", "wanted"),
    [
        # Karim reads two points, Claire one that says all by itself.
        (("Le flux est ouvert.", "L'API est prête.", "Le devis est signé."), (KARIM, KARIM, CLAIRE), (KARIM,)),
        (("tablettes : 40 livrées", "badges : 12 livrés", "clés : 3"), (KARIM, CLAIRE, CLAIRE), (CLAIRE,)),
        # "Le schéma" is nothing by itself.
        (("le schéma", "le devis"), (KARIM, CLAIRE), (KARIM, CLAIRE)),
        # Whoever is called is spoken to in a sentence.
        (("Karim, schéma à relire", "Le devis est signé.", "Le lot 1 est prêt."), (KARIM, CLAIRE, CLAIRE), (CLAIRE,)),
        # Nobody reads two: the line is not lost.
        (("Le flux est ouvert.", "Le devis est signé."), (KARIM, CLAIRE), (KARIM,)),
    ],
)
def test_a_heading_is_for_whoever_reads_two_of_its_points(
    points: tuple[str, ...], readers: tuple[Stakeholder, ...], wanted: tuple[Stakeholder, ...]
) -> None:
    """ "En vrac :" above a single sentence announces nothing; above two, or above a bare thing, it stays."""
    of = bulleted("En vrac :", *points)
    own = [reader(n, person) for n, person in enumerate(readers, 2)]
    line, *rest = without_lone_headings(of, [reader(1, *dict.fromkeys(readers)), *own])
    assert line.audience.people == tuple(p.address for p in wanted)
    assert rest == own


def test_a_heading_of_which_everybody_reads_one_point_is_the_groups() -> None:
    """Where the group reads one of the points it has the line."""
    of = bulleted("En bref :", "Le lot 1 est validé.", "Le devis est signé.")
    line, *_ = without_lone_headings(of, [reader(1, CLAIRE, group=True), reader(2, group=True), reader(3, CLAIRE)])
    assert line.audience == Audience(group=True)


def test_a_line_that_asks_stays_above_each_of_its_points() -> None:
    """ "Could you send us:" is what its points hang on, however few of them a reader gets."""
    asked = bulleted("Pourriez-vous nous envoyer :", "Le schéma : version 2", "Le devis : version 3")
    given = [reader(1, KARIM, CLAIRE), reader(2, KARIM), reader(3, CLAIRE)]
    assert without_lone_headings(asked, given) == tuple(given)
