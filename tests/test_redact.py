"""What a model is sent in place of names and amounts, and what comes back out of its answers."""

import asyncio
import json
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.chain import Setup, review
from reviewer.endpoint import Endpoint, endpoint
from reviewer.errors import ModelAnswerError
from reviewer.llm.engine import llm_engine
from reviewer.mail import RawMail
from reviewer.model import Model
from reviewer.parse import make_draft
from reviewer.present import what_left
from reviewer.prompts import load
from reviewer.redact import Sent, Vault, _apart
from reviewer.testing import Reply, Request, Script, completion, honest, serving
from reviewer.types import Review, Role, Side, Situation
from tests.build import TODAY, case, person

PEOPLE = (
    person("Claire Leroy", Role.CHAMPION),
    person("Karim Benali", Role.TECHNICAL_EVALUATOR),
    person("Jean-Noël O'Brien", Role.PROCUREMENT, note="Le protégé de Karim, joignable au 06 12 34 56 78"),
)
PRIVATE = "Claire|Leroy|Karim|Benali|Noël|Brien|client.example|42 500|12 34 56|FR76|Dubois|hunter2|Brasserie|sk-live"
MAILS = {
    "fr": "Bonjour à tous,\n\nClaire, le rabais de 42 500 € reste entre nous. Karim vous rappelle au 06 12 34 56 78. "
    "M. Dubois a validé le calendrier du 3 mars.\n\nMot de passe : hunter2!x",
    "en": "Hi all,\n\nKarim, the price of €42 500 stays between us. Write to claire@client.example. The plan starts on 3 March.",
    "de": "Hallo zusammen,\n\nClaire, der Rabatt von 42 500 € bleibt unter uns. Karim Benali prüft den Zugang bis 3. März.",
    "es": "Hola a todos:\n\nClaire, el descuento de 42 500 € queda entre nosotros. Karim revisará el acceso el 3 de marzo.",
    "it": "Buongiorno a tutti,\n\nClaire, lo sconto di 42 500 € resta tra noi. Karim verifica l'accesso entro il 3 marzo.",
    "nl": "Beste allen,\n\nClaire, de korting van 42 500 € blijft onder ons. Karim controleert de toegang op 3 maart.",
}


def owing(request: Request) -> Reply:
    """A model that finds every amount a price, flags it by the words it was given, and sends it to the first person."""
    data = re.findall(r"<passage ([^>]*)>(.*?)</passage>", request.user, re.DOTALL)
    passages = [(re.search(r'id="(\w+)"', a).group(1), t) for a, t in data]  # type: ignore[union-attr]
    priced = {i: re.search(r"\[AMOUNT_\d+\]|[€\d ]*42 500[ €]*", t) for i, t in passages}
    if request.step == "flag":
        flags = [
            {
                "id": i,
                "quote": m.group().strip(),
                "sensitivity": "confidential",
                "hurts": [],
                "reason": f"{m.group().strip()} is private",
            }
            for i, m in priced.items()
            if m
        ]
        return completion(json.dumps({"flags": flags}))
    if request.step == "split":
        shares = [
            {
                "id": i,
                "group": not priced[i],
                "people": ["p1"] if priced[i] else [],
                "owner": "nobody",
                "reason": "-",
                "suggestion": "",
            }
            for i, _ in passages
        ]
        return completion(json.dumps({"assignments": shares}))
    return honest(request)


def made(body: str, script: Script, redact: bool) -> tuple[Review, list[Request], list[Sent]]:
    """A review by a scripted model, every request it saw, and what the review says it sent."""
    draft, passages = make_draft(RawMail("Offre Claire", None, (), body), PEOPLE)
    loaded = load("default")
    sent: list[Sent] = []

    async def run(url: str) -> Review:
        model = Model(Endpoint("scripted", url, "k", 5.0, 0))
        try:
            setup = Setup(loaded.policy, llm_engine(model, loaded), redact=redact, sent=sent.append)
            return await review(draft, passages, Situation(today=TODAY), setup)
        finally:
            await model.aclose()

    with serving(script) as server:
        return asyncio.run(run(server.url)), server.requests, sent


@pytest.mark.parametrize("language", MAILS)
def test_no_original_leaves_in_any_step(language: str) -> None:
    """Names, addresses, numbers, secrets: none of them is in any request, in six languages."""
    _, plain, _ = made(MAILS[language], owing, redact=False)
    assert all(re.search(PRIVATE, str(r.body), re.IGNORECASE) for r in plain)
    _, requests, _ = made(MAILS[language], owing, redact=True)
    assert {r.step for r in requests} == {"classify", "flag", "split", "write"}
    for request in requests:
        # The labels of the people are told by their ids; their words are not.
        assert not re.findall(PRIVATE, json.dumps(request.body, ensure_ascii=False), re.IGNORECASE)


@pytest.mark.parametrize("language", MAILS)
def test_redaction_changes_neither_the_split_nor_the_words(language: str) -> None:
    """The same model gives the same flags, audiences and messages with and without it."""
    plain, _, _ = made(MAILS[language], owing, redact=False)
    hidden, _, _ = made(MAILS[language], owing, redact=True)
    assert hidden.fallbacks == plain.fallbacks == ()
    assert [(a.passage_id, a.audience, a.owner) for a in hidden.assignments] == [
        (a.passage_id, a.audience, a.owner) for a in plain.assignments
    ]
    assert [(f.passage_id, f.quote, f.withhold_from) for f in hidden.flags] == [
        (f.passage_id, f.quote, f.withhold_from) for f in plain.flags
    ]
    assert [(m.to, m.subject, m.body) for m in hidden.proposal.messages] == [
        (m.to, m.subject, m.body) for m in plain.proposal.messages
    ]
    assert any("42 500" in m.body for m in hidden.proposal.messages)


def test_what_left_is_what_the_server_was_sent() -> None:
    """What the user is shown is the requests themselves."""
    _, requests, sent = made(MAILS["fr"], owing, redact=True)
    assert sorted(s.user for s in sent) == sorted(r.user for r in requests)
    assert sorted(s.system for s in sent) == sorted(r.system for r in requests)
    page = what_left(sent, "fr")
    assert "[NAME_1]" in page
    assert "[AMOUNT_1]" in page
    assert not re.search(PRIVATE, page)


def guessing(text: str) -> Callable[[Request], Reply]:
    """A model that writes a message of its own instead of the passages it was given."""
    return lambda request: (
        completion(json.dumps({"subject": "-", "body": text})) if request.step == "write" else owing(request)
    )


@pytest.mark.parametrize("guess", ["[AMOUNT_1]", "AMOUNT_1", r"\[AMOUNT\_1\]", "[amount_1]", "[BETRAG_1]", "[NAME_99]"])
def test_a_guessed_placeholder_brings_nothing_to_light(guess: str) -> None:
    """What stands behind a placeholder that a request did not carry may be withheld from its readers."""
    result, _, _ = made(MAILS["fr"], guessing(f"Le montant est {guess}."), redact=True)
    assert {f.step for f in result.fallbacks} == {"write"}
    group = result.proposal.group
    assert group is not None
    assert "42 500" not in group.body
    assert "AMOUNT" not in group.body.upper()
    assert result.passed


def test_all_that_names_one_person_shares_a_number() -> None:
    """So that a model can tell who is who, and every spelling comes back."""
    vault = Vault(case("Noël et NOËL, noel puis Karim Benali.", people=PEOPLE))
    text, carried = vault.redact("<p>Claire Leroy, Claire, CLAIRE, claire</p>")
    assert text == "<p>[NAME_1], [NAME_1b], [NAME_1c], [NAME_1d]</p>"
    assert vault.restore([{"a": text}], carried) == [{"a": "<p>Claire Leroy, Claire, CLAIRE, claire</p>"}]


def test_a_first_name_of_two_people_is_neither_ones_number() -> None:
    """A model must not be told more than the mail tells."""
    people = (person("Anna Vogt"), person("Anna Berg").model_copy(update={"address": "a.berg@client.example"}))
    text, _ = Vault(case("-", people=people)).redact("Anna, Vogt, Berg, Anna Vogt")
    assert text == "[NAME_3], [NAME_1b], [NAME_2b], [NAME_1]"


@pytest.mark.parametrize("written", ["[NAME_1]", "NAME_1", "[name_1]", r"\[NAME\_1\]", "[ NAME_1 ]", "[Name 1]"])
def test_a_placeholder_is_understood_as_models_retype_it(written: str) -> None:
    """Without brackets, in small letters, escaped."""
    vault = Vault(case("Claire.", people=PEOPLE))
    assert vault.restore(f"Chère {written}, merci.", frozenset({"NAME_1"})) == "Chère Claire Leroy, merci."


def test_words_that_look_like_placeholders_come_back_as_they_were() -> None:
    """A draft about columns is a draft too."""
    vault = Vault(case("La colonne NAME_1, [AMOUNT_7] et [slide 3].", people=PEOPLE))
    text, carried = vault.redact("La colonne NAME_1, [AMOUNT_7] et [slide 3].")
    assert "NAME_1" not in text
    assert vault.restore(text, carried) == "La colonne NAME_1, [AMOUNT_7] et [slide 3]."


@pytest.mark.parametrize(
    "amount", ["12 €", "12 $", "EUR 12", "12 US-Dollar", "12 dólares", "12 Schweizer Franken", "12 kEUR", "42k"]
)
def test_an_amount_leaves_with_its_currency_and_comes_back_as_typed(amount: str) -> None:
    """Two currencies are two placeholders; a model can turn neither into the other."""
    text = f"Le prix : {amount}, puis 12 £."
    vault = Vault(case(text, people=PEOPLE))
    hidden, carried = vault.redact(text)
    assert hidden == "Le prix : [AMOUNT_1], puis [AMOUNT_2]."
    assert vault.restore(hidden, carried) == text


def test_everyday_words_and_years_and_counts_stay() -> None:
    """A model must still be able to read the sentence."""
    people = (person("Will Rose", Role.CHAMPION, side=Side.CUSTOMER),)
    vault = Vault(case("-", people=people))
    text, _ = vault.redact("Will, you will plant 3 rose beds in 2026; WILL has 12 000.")
    assert text == "[NAME_1b], you will plant 3 rose beds in 2026; [NAME_1c] has [NUMBER_1]."


def test_markup_and_vocabulary_of_a_request_stay_as_they_are() -> None:
    """Ids, sides and roles are no private words."""
    people = (person("Id Note", Role.CHAMPION, note='dit "Id & Co" <ok>'),)
    vault = Vault(case("-", people=people))
    text, _ = vault.redact('<person id="p1" side="customer" note=\'dit "Id &amp; Co" &lt;ok&gt;\'>Id Note</person>')
    assert text.startswith('<person id="p1" side="customer" note=\'dit "[NAME_1b] &amp; Co" &lt;ok&gt;\'>')
    assert text.endswith(">[NAME_1]</person>")


def test_an_unknown_placeholder_is_refused() -> None:
    """The review then falls back, and says so."""
    with pytest.raises(ModelAnswerError, match="placeholder"):
        Vault(case("-")).restore({"body": ["[NAME_1]"]}, frozenset())


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8091/v1", True),
        ("http://localhost:1/v1", True),
        ("http://[::1]:8091/v1", True),
        ("http://127.0.0.1.evil.example/v1", False),
        ("https://api.example/v1", False),
        ("", False),
    ],
)
def test_only_an_endpoint_on_this_machine_is_loopback(url: str, local: bool) -> None:
    """A name that begins like this machine is another machine."""
    found = endpoint({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": url})
    assert found is not None
    assert found.is_loopback is local


def apart_by_comparing_all(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """What `_apart` does, said plainly."""
    kept: list[tuple[int, int, str]] = []
    for start, end, kind in spans:
        if start < end and all(end <= s or e <= start for s, e, _ in kept):
            kept.append((start, end, kind))
    return sorted(kept)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.sampled_from("ab")), max_size=12))
def test_spans_are_kept_apart(spans: list[tuple[int, int, str]]) -> None:
    """An earlier one of the list stands, and what runs into it goes."""
    assert _apart(spans) == apart_by_comparing_all(spans)


def test_what_is_replaced_costs_no_more_for_each_in_a_longer_draft() -> None:
    """Eight times as much takes about eight times as long, not sixty-four."""

    def seconds(count: int) -> float:
        text = " ".join(f"{n + 11} €, " for n in range(count))
        began = time.process_time()
        Vault(case(text))
        return time.process_time() - began

    seconds(100)
    assert seconds(6400) < 24 * seconds(800)
