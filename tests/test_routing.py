"""Who reads a sentence in the end, by the local engine alone: mails in which a name, a "you" or a list could mislead."""

import asyncio

import pytest

from reviewer.chain import Setup, review
from reviewer.local.engine import local_engine
from reviewer.mail import RawMail
from reviewer.parse import make_draft
from reviewer.people import read_people
from reviewer.types import Situation
from tests.build import TODAY
from tests.test_deal import POLICY

PEOPLE = """Sylvie Martin <s.martin@client.example> - CEO, sponsor
Karim Benali <k.benali@client.example> - CTO
Marie Colin <m.colin@client.example> - head of procurement
Thomas Vidal <t.vidal@client.example> - project manager
Anna Roth <a.roth@client.example> - CFO"""


def readers(body: str, words: str) -> set[str]:
    """Who reads the sentence that has these words: first names, and "group"."""
    draft, passages = make_draft(RawMail("Atlas", None, (), body), read_people(PEOPLE))
    made = asyncio.run(review(draft, passages, Situation(today=TODAY), Setup(POLICY, local_engine(POLICY))))
    passage = next(p for p in passages if words in p.text)
    audience = next(a.audience for a in made.assignments if a.passage_id == passage.id)
    names = {p.address: p.name.split()[0] for p in draft.stakeholders}
    return {names[a] for a in audience.people} | ({"group"} if audience.group else set())


@pytest.mark.parametrize(
    ("paragraph", "words", "wanted"),
    [
        ("Sylvie, un mot. Karim, votre DSI, vous le savez, est épuisé.", "épuisé", {"Sylvie"}),
        ("Sylvie, a word. Karim, our CTO who is worn out, is leaving.", "worn out", {"Sylvie"}),
        ("Sylvie, a word. Karim I can tell you is close to burning out.", "burning out", {"Sylvie"}),
        ("Sylvie, unter uns: Karim ist ausgebrannt. Ich erzähle Ihnen alle Einzelheiten.", "Einzelheiten", {"Sylvie"}),
        ("Sylvie, we should talk. I will tell you all about Karim on Friday.", "tell you all", {"Sylvie"}),
        ("Marie, our price floor is 42,000 euros. Please don't mention it to Karim.", "mention it", set()),
        ("Marie, unser Angebot:\n- der Preis liegt bei 42.000 Euro;\n- der Go-live ist im Mai.", "Go-live", {"Marie"}),
        ("Two options:\n- either we go down to 42,000 euros;\n- or the module is dropped.", "dropped", {"Marie"}),
        ("Si le périmètre baisse :\n- le prix passe à 42 000 euros ;\n- mai est tenu.", "mai est tenu", {"Marie"}),
    ],
)
def test_a_sentence_reaches_whom_it_is_for(paragraph: str, words: str, wanted: set[str]) -> None:
    """Never whom it is about, and not everybody because of a word."""
    assert readers(f"Hello all,\n\n{paragraph}\n\nRegards,\nJulie", words) == wanted


@pytest.mark.parametrize(
    "text",
    ["Contrat (Marie) :\nJe te propose de descendre à 42 000 euros.", "« tu dois baisser ton prix à 42 000 euros »."],
)
def test_a_familiar_you_is_not_always_who_is_greeted(text: str) -> None:
    """A heading names somebody else, or the words are another's."""
    body = f"Bonjour Karim, bonjour à tous,\n\n{text}\n\nCordialement,\nJulie"
    assert "Karim" not in readers(body, "42 000")


@pytest.mark.parametrize(
    "greeting", ["Dear Karim and your team,", "Bonjour Karim et votre équipe,", "Hallo Karim und das Team,"]
)
def test_a_greeting_of_one_and_a_team_is_for_all(greeting: str) -> None:
    """An ask goes to whose matter it is."""
    asked = readers(
        f"{greeting}\n\nThe scope is approved.\n\nCould you send us the contract clauses?\n\nJulie", "clauses"
    )
    assert asked == {"Marie"}


def test_a_name_in_the_order_of_its_address_is_not_turned() -> None:
    """A first name or a firm in capitals stays in front."""
    listed = "MARIE Colin <marie@k.example>\nPETER Müller <p.mueller@k.example>\nACME France <contact@acme.example>"
    assert [p.name for p in read_people(listed)] == ["Marie Colin", "Peter Müller", "Acme France"]


def test_a_settled_half_that_tells_of_somebody_is_not_for_all() -> None:
    """ "In spite of Karim's burn-out" is no outcome."""
    text = "The scope is confirmed in spite of Karim's burn-out, but we could go down to 42,000 euros."
    assert not {"group", "Karim"} & readers(f"Hello all,\n\n{text}\n\nRegards,\nJulie", "burn-out")
