"""The advice: each rule where it applies, and not where it does not."""

import asyncio
from datetime import date, timedelta

import pytest

from reviewer.chain import Setup, review
from reviewer.local.engine import local_engine
from reviewer.policy import load
from reviewer.present import verdict
from reviewer.prompts import set_path
from reviewer.types import Advice, Case, Culture, Severity
from tests.build import CLAIRE, KARIM, ODILE, PEOPLE, SANDRINE, TODAY, case, person

POLICY = load(set_path("default") / "policy.yaml")
SETTLED = "Le comité a validé le périmètre du lot 1."
PRICE = "Sandrine, nous pourrions descendre à 42 k€ par an si vous vous engagez sur trois ans."
ASK = "Pouvez-vous valider le plan de recette ?"


def advice(of: Case) -> dict[int, Advice]:
    """The advice by rule."""
    result = asyncio.run(review(of.draft, of.passages, of.situation, Setup(POLICY, local_engine(POLICY))))
    assert result.passed
    return {a.rule: a for a in result.advice}


def test_all_in_copy_is_said_with_what_is_at_risk() -> None:
    """Rules 1 and 3: four people or more, and the risk in plain words."""
    found = advice(case(SETTLED, PRICE))
    assert found[1].severity is Severity.WARNING
    assert "wait for somebody else" in found[1].explanation
    assert len(found[1].people) == len(PEOPLE)
    assert 1 not in advice(case(SETTLED, PRICE, people=PEOPLE[:3]))


def test_outcomes_to_everybody_are_only_noted() -> None:
    """A mail of outcomes may leave to many; the rule is a note then."""
    assert advice(case(SETTLED))[1].severity is Severity.NOTE


def test_an_ask_of_several_is_said_with_its_owner() -> None:
    """Rule 2: several in To are a warning, one in To with others in Cc a note."""
    found = advice(case(SETTLED, ASK))
    assert found[2].severity is Severity.WARNING
    assert found[2].passage_ids == ("s2",)
    assert len(found[2].people) == 1
    assert advice(case(ASK, people=(CLAIRE, ODILE)))[2].severity is Severity.NOTE
    assert 2 not in advice(case("Karim, pouvez-vous valider le plan de recette ?"))
    assert 2 not in advice(case(ASK, people=(CLAIRE,)))


def test_the_sponsors_agreement_comes_first() -> None:
    """Rule 6: until it is on record; without a sponsor the advice says so."""
    assert CLAIRE.address in advice(case(SETTLED, PRICE))[6].people
    assert 6 not in advice(case(SETTLED, PRICE, agreed=True))
    assert 6 not in advice(case(SETTLED))
    assert "Nobody here is known as the sponsor" in advice(case(SETTLED, PRICE, people=PEOPLE[1:]))[6].explanation


def test_detail_for_the_group_is_said() -> None:
    """Rule 10 names the passages that are substantive work."""
    assert advice(case(SETTLED, PRICE))[10].passage_ids == ("s2",)
    assert 10 not in advice(case(SETTLED))


def test_unknown_roles_are_said_first() -> None:
    """Rule 11: nothing can go by role; heavier where something is held back; silent once one role is known."""
    strangers = [person(f"{name} Faure") for name in ("Ines", "Noe", "Lea")]
    private = "Entre nous, le directeur financier doute du projet et cherche un autre fournisseur."
    found = advice(case(SETTLED, private, people=strangers))
    assert found[11].severity is Severity.WARNING
    assert found[11].people == tuple(p.address for p in strangers)
    assert 11 not in advice(case(SETTLED, people=strangers))
    assert 11 not in advice(case(SETTLED, private, people=(CLAIRE, *strangers)))


@pytest.mark.parametrize(
    ("days", "severity", "words"),
    [
        (0, Severity.WARNING, "0 days ago"),
        (6, Severity.WARNING, "6 days ago"),
        (7, None, ""),
        (9, None, ""),
        (10, Severity.NOTE, "10 days"),
        (40, Severity.NOTE, "40 days"),
        (-3, Severity.WARNING, "lies in the future"),
    ],
)
def test_the_rhythm_of_the_group_is_watched(days: int, severity: Severity | None, words: str) -> None:
    """Rule 14: a second message within the week, a long silence, and a date that cannot be."""
    found = advice(case(SETTLED, last=TODAY - timedelta(days=days)))
    if severity is None:
        assert 14 not in found
    else:
        assert found[14].severity is severity
        assert words in found[14].explanation


@pytest.mark.parametrize(("circle", "soon"), [(0, True), (3, True), (4, False), (9, False)])
def test_a_mail_to_the_smaller_part_of_a_deals_people_is_no_message_to_the_group(circle: int, soon: bool) -> None:
    """As the deal counts it: from more than half of them on."""
    of = case(SETTLED, people=(CLAIRE, KARIM), last=TODAY - timedelta(days=2))
    of = of.model_copy(update={"situation": of.situation.model_copy(update={"circle": circle})})
    assert (14 in advice(of)) is soon


def test_the_next_weekly_message_is_dated() -> None:
    """The content is offered for the day from which a new group message is due."""
    assert "5 March 2026" in advice(case(SETTLED, last=date(2026, 2, 26)))[14].suggestion
    assert 14 not in advice(case(SETTLED))


def test_whoever_insists_on_copy_gets_three_rules() -> None:
    """Rules 16 to 18: the sign, the hypotheses with questions, and a date to look at it again."""
    insisting = person("Thomas Vidal", note="veut être en copie de tout")
    found = advice(case(SETTLED, people=(CLAIRE, KARIM, insisting)))
    assert found[16].people == found[17].people == found[18].people == (insisting.address,)
    assert found[17].suggestion.count("?") == 3
    assert "30 March 2026" in found[18].suggestion
    assert not {16, 17, 18} & set(advice(case(SETTLED)))


@pytest.mark.parametrize(
    "text",
    [
        "Odile a demandé à être en copie de tous les échanges, ce que je fais donc ici.",
        "Odile veut être en copie de tout, y compris des échanges techniques.",
        "Odile wants to be copied on everything.",
        "Odile insists on being cc'd on every mail.",
        "Odile möchte bei allem in Kopie sein, deshalb steht sie auf dem Verteiler.",
        "Odile besteht darauf, bei jeder Mail in Kopie zu sein.",
        "Odile quiere estar en copia de todo.",
        "Odile vuole essere in copia su tutto.",
        "Odile wil bij alles in kopie staan.",
    ],
)
def test_whoever_the_draft_says_wants_every_copy_gets_them_too(text: str) -> None:
    """And neither the group nor that person reads it: it is a warning sign about one of them."""
    draft = case(SETTLED, text)
    result = asyncio.run(review(draft.draft, draft.passages, draft.situation, Setup(POLICY, local_engine(POLICY))))
    found = {a.rule: a for a in result.advice}
    assert found[16].people == found[17].people == found[18].people == (ODILE.address,)
    assert found[16].passage_ids == ("s2",)
    readers = {a for m in result.proposal.messages if "s2" in m.passage_ids for a in m.readers}
    assert readers <= {CLAIRE.address}


@pytest.mark.parametrize(
    "text",
    [
        "Odile, vous serez en copie de tous les échanges.",
        "Odile asked for a copy of all contracts.",
        "Odile vous demande une copie du contrat pour toutes les parties.",
    ],
)
def test_a_copy_of_a_paper_is_no_insistence(text: str) -> None:
    """Nor what is said to that person."""
    assert 16 not in advice(case(SETTLED, text))


@pytest.mark.parametrize("zone", ["quoted", "forwarded"])
def test_a_confidence_of_the_thread_is_the_threads(zone: str) -> None:
    """No message carries it: rule 12 speaks of it, rules 4 and 5 of what the seller writes."""
    told = ("Entre nous, Karim craint de ne pas tenir la charge.", "Karim n'a plus que 42 k€ de budget.")
    assert {4, 5} <= {*advice(case(SETTLED, *told))}
    found = advice(case(SETTLED, PRICE, *(f"{zone}|{text}" for text in told)))
    assert found[12].passage_ids == ("s3", "s4")
    assert not {4, 5} & {*found}


def test_a_recap_is_owed_for_what_moves_elsewhere() -> None:
    """Rule 19 names the matter."""
    assert "budget" in advice(case(SETTLED, PRICE))[19].explanation.lower()
    assert 19 not in advice(case(SETTLED))


def test_the_culture_is_followed_or_asked_for() -> None:
    """Rules 21 and 22: the order of a hierarchy, transparency, and a culture not known."""
    strict = advice(case(SETTLED, PRICE, culture=Culture.HIERARCHICAL))
    assert "→" in strict[21].suggestion
    assert strict[21].suggestion.index("Claire Leroy") < strict[21].suggestion.index("the group")
    # Whom a message goes to is no part of the chain by that.
    assert SANDRINE.name not in strict[21].suggestion
    assert "confidences stay private" in advice(case(SETTLED, PRICE, culture=Culture.TRANSPARENT))[21].explanation
    assert 22 in advice(case(SETTLED, PRICE))
    assert not {21, 22} & set(advice(case(SETTLED, PRICE, culture=Culture.MIXED)))


@pytest.mark.parametrize("culture", list(Culture))
def test_a_mail_to_one_person_is_one_message_in_any_culture(culture: Culture) -> None:
    """What asks and what tells, without what is held back; of the others' order nothing is said."""
    told = ("Odile, entre nous, n'en parlez à personne : Karim est épuisé.", "Le lot 1 est validé.", ASK)
    draft = case(*told, people=(KARIM,), culture=culture)
    result = asyncio.run(review(draft.draft, draft.passages, draft.situation, Setup(POLICY, local_engine(POLICY))))
    assert result.passed
    [message] = result.proposal.messages
    assert message.readers == (KARIM.address,)
    assert {"s2", "s3"} <= set(message.passage_ids)
    assert not {21, 22} & {a.rule for a in result.advice}
    assert KARIM.name in verdict(result)
