"""Whom the local engine takes the seller to be speaking to, and what it keeps beside a confidence: who reads which sentence."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from reviewer import policy, prompts
from reviewer.cues import asks_anybody, is_familiar, leans_back, speaks_to_one
from reviewer.local.conversation import greeted
from reviewer.local.engine import local_engine
from reviewer.parse import read_draft
from reviewer.types import Act, Audience, Case, Classification, Language, Situation, Stage, Topic
from tests.build import TODAY

POLICY = policy.load(prompts.set_path("default") / "policy.yaml")
PEOPLE = """\
Victoria Stanton <victoria@fh.example> - Executive Sponsor
Rajesh Iyer <rajesh@fh.example> - CTO
Linda Kowalski <linda@fh.example> - Procurement
Emily Tran <emily@fh.example> - Project Manager
"""
GROUP, HELD = ["group"], list[str]()


def of(text: str, greeting: str = "Hi all,", people: str = PEOPLE) -> Case:
    """A mail of one paragraph behind a sentence that everybody may read."""
    draft, passages = read_draft(f"{greeting}\n\nThe pilot went live on Monday.\n\n{text}\n".encode(), people)
    return Case(draft=draft, passages=passages, situation=Situation(today=TODAY, explain_in="en"))


def labels_of(case: Case) -> Sequence[Classification]:
    """What the local engine takes the sentences to be."""
    return asyncio.run(local_engine(POLICY).classify(case)).classifications


def readers(case: Case) -> Mapping[str, list[str]]:
    """Who reads each sentence but the first, by the local engine: "group", and the part of the address before the @."""
    engine = local_engine(POLICY)

    async def steps() -> Sequence[tuple[str, Audience]]:
        labels = (await engine.classify(case)).classifications
        flags = (await engine.flag(case)).flags
        made = (await engine.split(case, labels, flags)).assignments
        return [(a.passage_id, a.audience) for a in made]

    texts = {p.id: p.text for p in case.passages}
    return {
        texts[i]: [*(["group"] if a.group else []), *(p.split("@")[0] for p in a.people)]
        for i, a in asyncio.run(steps())[1:]
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Rajesh, the attenuation figures you requested are 0.21 dB/km. We measured them twice. They are in the attached report."
            " Could you tell me whether your equipment tolerates that?",
            [["rajesh"]] * 4,
        ),
        (
            "Rajesh, your lab interface drops messages. Perhaps Emily can help. Could your team check the queue settings by Friday?",
            [["rajesh"]] * 3,
        ),
        ("Rajesh, the interface is ready. The steering committee is on 3 June.", [["rajesh"], GROUP]),
        ("Rajesh, the interface is ready. Emily, could you book the room?", [["rajesh"], ["emily"]]),
        ("- Rajesh, the connector is on v2.3. Can you get that scheduled?", [["rajesh"], ["rajesh"]]),
    ],
)
def test_a_paragraph_goes_on_speaking_to_whom_it_called(text: str, expected: list[list[str]]) -> None:
    """Until somebody else is called; a date for all stays one, and who is only mentioned is not spoken to."""
    assert list(readers(of(text)).values()) == expected


def test_a_question_to_anybody_is_asked_by_its_topic() -> None:
    """ "Can somebody" speaks to nobody, not to whom the paragraph called."""
    found = readers(of("Linda, the order is on its way. Can somebody tell us which API the interface uses?"))
    assert list(found.values())[1] == ["rajesh"]


@pytest.mark.parametrize(
    ("greeting", "to_cc", "expected"),
    [
        ("Hi Rajesh,", "", ["rajesh@fh.example"]),
        ("Hi Rajesh and Emily,", "", ["rajesh@fh.example", "emily@fh.example"]),
        ("Hi Rajesh, hi all,", "", []),
        ("Hello,", "", []),
        ("Hello,", "cc", ["victoria@fh.example"]),
    ],
)
def test_a_greeting_to_one_says_who_is_asked(greeting: str, to_cc: str, expected: list[str]) -> None:
    """Whom it names, else who stands alone in To; nobody where it speaks to several besides."""
    case = of("Could you send us the list by Friday?", greeting)
    if to_cc:
        first, *others = case.draft.stakeholders
        people = (first, *(p.model_copy(update={"recipient": "cc"}) for p in others))
        case = case.model_copy(update={"draft": case.draft.model_copy(update={"stakeholders": people})})
    assert list(greeted(case)) == expected
    asked = list(readers(case).values())[-1]
    assert not expected or asked[0] in {a.split("@")[0] for a in expected}


def test_what_follows_from_a_confidence_does_not_reach_whom_it_is_about() -> None:
    """Rule 4, sentence by sentence; the plain sentence behind it does not suffer."""
    told = "Victoria, between us, Emily told me she is burnt out and thinks about leaving. The planning will slip if she goes."
    found = readers(of(f"{told} We should look for somebody else to run the project."))
    assert next(iter(found.values())) == ["victoria"]
    assert all("emily" not in who and "group" not in who for who in found.values())
    beside = readers(of("Emily told me that she is looking for a new job. The kick-off is on 2 June."))
    assert list(beside.values()) == [HELD, GROUP]


def test_a_plan_because_of_somebody_does_not_reach_them() -> None:
    """Though their role reads such matters."""
    found = readers(
        of("Emily told me that she may not be around in October. We may need a plan B for the project lead.")
    )
    assert all("emily" not in who and "group" not in who for who in found.values())


def test_what_a_confidence_began_with_is_one() -> None:
    """ "He is afraid": whom the sentence before named, who must not read that sentence either."""
    people = PEOPLE.replace("Victoria", "Jean").replace("Emily Tran <emily", "Lucie Brun <lucie")
    case = of(
        "J'ai senti Jean très réservé sur notre capacité industrielle. Il a peur qu'on le plante.",
        "Bonjour à tous,",
        people,
    )
    assert list(readers(case).values()) == [HELD, HELD]


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("Our day rate is 1,150 euros.", Stage.OPEN),
        ("The licence is 33 euros per user, and that is our best price.", Stage.OPEN),
        ("The discount stands at 12 % and expires on 30 June.", Stage.OPEN),
        ("The budget of 84,000 euros has been approved by the board.", Stage.SETTLED),
    ],
)
def test_a_price_is_an_offer_unless_the_sentence_says_that_it_is_settled(text: str, stage: Stage) -> None:
    """And an offer is the buyer's alone."""
    case = of(text)
    assert labels_of(case)[1].stage is stage
    assert list(readers(case).values()) == [["linda"] if stage is Stage.OPEN else GROUP]


def test_a_list_of_decisions_is_for_all() -> None:
    """Whatever each of them is about; a question among them is none."""
    found = labels_of(
        of("Decisions:\n1) The gateway is the Moxa model.\n2) Emily leads the tests.\n3) Who writes the minutes?")
    )
    assert [c.act for c in found[2:]] == [Act.DECIDE, Act.DECIDE, Act.REQUEST]
    assert all(Topic.DECISION in c.topics and c.stage is Stage.SETTLED for c in found[2:4])
    plain = labels_of(of("Open points:\n1) The gateway is the Moxa model.\n2) Emily leads the tests."))
    assert all(Topic.DECISION not in c.topics for c in plain[2:])


@pytest.mark.parametrize(
    ("language", "text", "to", "back"),
    [
        ("it", "Le invio il piano domani.", True, False),
        ("it", "Le ho scritto ieri.", True, False),
        ("it", "La ringrazio.", True, False),
        ("it", "Le chiederò una conferma.", True, False),
        ("it", "Le agenzie sono pronte.", False, False),
        ("it", "Le loro date sono confermate.", False, False),
        ("it", "La demo è fissata.", False, False),
        ("de", "Sie hat Angst um ihre Stelle.", False, True),
        ("de", "Sie ist dagegen.", False, True),
        ("de", "Sie können das gern weitergeben.", False, False),
        ("de", "Bitte prüfen Sie das.", True, False),
        ("de", "Dann prüft sie das.", False, False),
    ],
)
def test_polite_words_at_the_start_of_a_sentence_are_told_by_the_verb(
    language: Language, text: str, to: bool, back: bool
) -> None:
    """ "Le" before a verb in the first person is somebody; "Sie" before one in the singular is a woman named before."""
    assert (speaks_to_one(text, language), leans_back(text, language)) == (to, back)


def test_an_article_at_the_start_of_a_sentence_is_no_politeness() -> None:
    """A mail of "ti" and "Le agenzie" is familiar."""
    assert is_familiar("it", "Le agenzie sono pronte. Ti invio il piano.")
    assert not is_familiar("it", "Domani Le invio il piano.")


@pytest.mark.parametrize(
    ("language", "text", "familiar"),
    [
        ("it", "Silvia, riesci a mandarmi i testi? Roberta chiedeva il modulo: si può fare.", True),
        ("it", "Paolo, dimmi se preferisci SAML.", True),
        ("it", "Qualcuno mi può mandare i testi? Fammi sapere.", True),
        ("it", "Signora Galli, può mandarci i testi? Si può fare.", False),
        ("es", "¿Alguien me puede mandar el pedido? Dime cuándo.", True),
        ("es", "Si preferís, podéis llamarme.", True),
        ("es", "Señor Molina, ¿puede enviarnos la lista?", False),
        ("es", "Se puede hacer, ¿tiene la lista?", False),
    ],
)
def test_who_is_called_tu_is_told_by_the_verb(language: Language, text: str, familiar: bool) -> None:
    """And what somebody, or anybody, can do tells nothing."""
    assert is_familiar(language, text, undecided=not familiar) is familiar


@pytest.mark.parametrize(
    ("text", "anybody"),
    [
        ("Quelqu'un peut-il nous dire où brancher l'API ?", True),
        ("Que diriez-vous à quelqu'un qui hésite ?", False),
        ("Can somebody send the list?", True),
        ("Could you show it to somebody?", False),
        ("Kann jemand die Liste schicken?", True),
        ("Können Sie es jemandem zeigen?", False),
        ("¿Puede alguien enviar la lista?", True),
        ("¿Puede enseñarlo a alguien?", False),
        ("Qualcuno può inviare la lista?", True),
        ("Può mostrarlo a qualcuno?", False),
        ("Kan iemand de lijst sturen?", True),
        ("Kunt u het aan iemand laten zien?", False),
    ],
)
def test_a_question_to_one_about_somebody_is_put_to_one(text: str, anybody: bool) -> None:
    """Only whoever is asked to do something may be anybody, not whom it is done to."""
    assert asks_anybody(text) is anybody
