"""What a model is sent in place of names and amounts, and what comes back out of its answers."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape, unescape

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
from reviewer.redact import Sent, Vault, _apart, _Words
from reviewer.testing import Reply, Request, Script, completion, error, faulty, honest, serving
from reviewer.types import Case, Correspondent, Review, Role, Side, Situation
from tests.build import TODAY, case, person

PEOPLE = (
    person("Claire Leroy", Role.CHAMPION),
    person("Karim Benali", Role.TECHNICAL_EVALUATOR),
    person("Jean-Noël O'Brien", Role.PROCUREMENT, note="Le protégé de Karim, joignable au 06 12 34 56 78"),
)
PEOPLE = tuple(p.model_copy(update={"organisation": "Atlas Logistique SA"}) for p in PEOPLE)
MAILS = {
    "fr": "Bonjour à tous,\n\nClaire, le rabais de 42 500 € reste entre nous. Karim vous rappelle au 06 12 34 56 78. "
    "M. Dubois a validé le calendrier du 3 mars.\n\nMot de passe : hunter2!x",
    "en": "Hi all,\n\nKarim, the price of €42 500 stays between us. Write to claire@client.example. The plan starts on 3 March.",
    "de": "Hallo zusammen,\n\nClaire, der Rabatt von 42 500 € bleibt unter uns. Karim Benali prüft den Zugang bis 3. März.",
    "es": "Hola a todos:\n\nClaire, el descuento de 42 500 € queda entre nosotros. Karim revisará el acceso el 3 de marzo.",
    "it": "Buongiorno a tutti,\n\nClaire, lo sconto di 42 500 € resta tra noi. Karim verifica l'accesso entro il 3 marzo.",
    "nl": "Beste allen,\n\nClaire, de korting van 42 500 € blijft onder ons. Karim controleert de toegang op 3 maart.",
}
# Each language's mail with everything that is replaced, and its words that must not leave: of every kind one.
TELLING = {
    "fr": "Bonjour à tous,\n\nClaire, le rabais de 42 500 €, soit quarante-deux mille euros ou 3 millions, reste entre nous. Karim vous "
    "rappelle au 01 23 45 67 89. Mme Grosjean d'Atlas a validé le 3 mars, au 12 rue de la Paix.\n\n"
    "Le mot de passe est Soleil. L'IBAN est FR76-3000-6000-0112-3456-7890-189.",
    "en": "Hi all,\n\nClaire, the price of €42 500, or 800 PLN, or forty thousand pounds, stays between us. "
    "Karim's number is (555) 123-4567. "
    "Mrs Stoneham of Atlas agrees, 12 Baker Street. Write to claire@client.example. The plan starts on 3 March.\n\n"
    "The password is summer. The account is NO93 8601 1117 947.",
    "de": "Hallo zusammen,\n\nClaire, der Rabatt von 42 500 €, also 120 TEUR, 95 Tsd. Euro oder zwölftausend Euro, bleibt unter uns. "
    "Karims Nummer ist 030/12345-67. Frau Dr. Lange von Atlas Logistique prüft bis 3. März, Hauptstraße 12.\n\n"
    "Das Passwort lautet Sommer. Das Konto ist DE89-3704-0044-0532-0130-00.",
    "es": "Hola a todos:\n\nClaire, el descuento de 42 500 €, o 900 SEK, o cuarenta mil euros, queda entre nosotros. El número de Karim es "
    "91 123 45 67. La señora López de Atlas revisará el acceso el 3 de marzo, Calle Mayor 5.\n\n"
    "La contraseña es verano. La cuenta es ES91 2100 0418 4502 0005 1332.",
    "it": "Buongiorno a tutti,\n\nClaire, lo sconto di 42 500 €, o ¥500, o quarantamila euro, resta tra noi. Il numero di Karim è "
    "347 12 34 567. La signora Bianchi di Atlas verifica l'accesso entro il 3 marzo, Via Roma 3.\n\n"
    "La password è estate. Il conto è IT60 X054 2811 1010 0000 0123 456.",
    "nl": "Beste allen,\n\nClaire, de korting van 42 500 €, of 45,- € of veertigduizend euro, blijft onder ons. Het nummer van Karim is "
    "020-123 45 67. Mevrouw Jansen en dhr. Bakker van Atlas controleren op 3 maart, Kerkstraat 8.\n\n"
    "Het wachtwoord is zomer. De rekening is NL91ABNA0417164300.",
}
ALWAYS = ("Claire", "Karim", "42 500", "Atlas")
PRIVATE = {
    "fr": ("quarante-deux mille", "3 millions", "45 67", "Grosjean", "rue de la Paix", "Soleil", "FR76", "7890"),
    "en": ("800 PLN", "forty thousand", "555", "4567", "Stoneham", "Baker", "client.example", "summer", "NO93", "1117"),
    "de": ("120 TEUR", "95 Tsd", "zwölftausend", "030", "-67", "Lange", "Hauptstraße", "Sommer", "DE89", "0532"),
    "es": ("900 SEK", "cuarenta mil", "45 67", "López", "Mayor", "verano", "ES91", "1332"),
    "it": ("¥500", "quarantamila", "347 12", "567", "Bianchi", "Roma", "estate", "IT60", "2811"),
    "nl": ("45,-", "veertigduizend", "020-", "45 67", "Jansen", "Bakker", "Kerkstraat", "zomer", "NL91"),
}


def private(language: str) -> re.Pattern[str]:
    """The words of a mail that nobody elsewhere may see."""
    return re.compile("|".join(map(re.escape, (*ALWAYS, *PRIVATE[language]))), re.IGNORECASE)


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


def made(body: str, script: Script, redact: bool, retries: int = 0) -> tuple[Review, list[Request], list[Sent]]:
    """A review by a scripted model, every request it saw, and what the review says it sent."""
    draft, passages = make_draft(RawMail("Offre Claire", None, (), body), PEOPLE)
    loaded = load("default")
    sent: list[Sent] = []

    async def run(url: str) -> Review:
        model = Model(Endpoint("scripted", url, "k", 5.0, retries))
        try:
            setup = Setup(loaded.policy, llm_engine(model, loaded), redact=redact, sent=sent.append)
            return await review(draft, passages, Situation(today=TODAY), setup)
        finally:
            await model.aclose()

    with serving(script) as server:
        return asyncio.run(run(server.url)), server.requests, sent


@pytest.mark.parametrize("language", TELLING)
def test_no_original_leaves_in_any_step(language: str) -> None:
    """Names, addresses, numbers, secrets: none of them is in any request, in six languages."""
    assert not [word for word in (*ALWAYS, *PRIVATE[language]) if word not in TELLING[language]]
    _, plain, _ = made(TELLING[language], owing, redact=False)
    assert all(private(language).search(str(r.body)) for r in plain)
    _, requests, _ = made(TELLING[language], owing, redact=True)
    assert {r.step for r in requests} == {"classify", "flag", "split", "write"}
    for request in requests:
        # The labels of the people are told by their ids; their words are not.
        assert not private(language).findall(json.dumps(request.body["messages"], ensure_ascii=False))


@pytest.mark.parametrize("language", TELLING)
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
    _, requests, sent = made(TELLING["fr"], owing, redact=True)
    assert sorted(s.user for s in sent) == sorted(r.user for r in requests)
    assert sorted(s.system for s in sent) == sorted(r.system for r in requests)
    page = what_left(sent, "fr")
    assert "[NAME_1]" in page
    assert "[AMOUNT_1]" in page
    assert not private("fr").search(page)


def test_what_was_sent_again_is_told_again() -> None:
    """Each request that left counts, the failed ones too, and the page says where to and what each form of answer was."""

    def once_down(request: Request) -> Reply | None:
        return error(500) if request.call == 0 and request.step in ("classify", "write") else None

    _, requests, sent = made(TELLING["en"], faulty(once_down, owing), redact=False, retries=1)
    assert sorted(s.user for s in sent) == sorted(r.user for r in requests)
    assert sum(s.attempt == 2 for s in sent) == 2
    [address] = {s.address for s in sent}
    page = what_left(sent, "en")
    assert f"{len(requests)} requests left" in page
    assert f"    {address}\n" in page
    assert page.count("attempt 2, as the one before failed") == 2
    for schema in {json.dumps(s.schema, ensure_ascii=False) for s in sent}:
        assert page.count(f"    {schema}\n") == 1


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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Anne-Lise Morvan", "Merci Lise, et qu'Anne me rappelle."),
        ("Hans-Peter Krüger", "Peter, könnten Sie Hans' Liste schicken?"),
        ("Maria-José Núñez", "José lo enviará; gracias, JOSE."),
        ("Gian-Luca Ferri", "Grazie a Luca."),
        ("Jan-Willem de Boer", "Willem stuurt het."),
        ("Emma Clarke-Hughes", "Mrs Hughes agreed, Clarke did not."),
    ],
)
def test_half_of_a_name_with_a_hyphen_is_hidden_too(name: str, said: str) -> None:
    """The half that is said leaves as the person's number, and comes back as it was said."""
    vault = Vault(case(said, people=(person(name), *PEOPLE)))
    text, carried = vault.redact(f"<p>{said}</p>")
    for half in re.split(r"[\s-]", name):
        assert not re.search(rf"\b{half}\b", text, re.IGNORECASE)
    assert set(re.findall(r"NAME_\d+", text)) == {"NAME_1"}
    assert vault.restore(text, carried) == f"<p>{said}</p>"


def test_half_of_a_name_in_small_letters_is_a_word() -> None:
    """And where somebody else bears it alone, it is theirs."""
    people = (person("Rose-Marie Val"), person("Marie Petit").model_copy(update={"address": "m.petit@client.example"}))
    text, _ = Vault(case("-", people=people)).redact("la salle rose, Marie, Marie Petit, Rose")
    assert text == "la salle rose, [NAME_2b], [NAME_2], [NAME_1b]"


@pytest.mark.parametrize(
    "written",
    [
        *["[NAME_1]", "NAME_1", "[name_1]", r"\[NAME\_1\]", "[ NAME_1 ]", "[Name 1]", "name_1", "{NAME_1}", "<NAME_1>"],
        *[
            "[[NAME_1]]",
            "[NAME-1]",
            "[NAME1]",
            "[NAME_01]",
            "[NAMES_1]",
            "[NOM_1]",
            "**NAME_1**",
            "**[NAME_1]**",
            "【NAME_1】",
        ],
    ],
)
def test_a_placeholder_is_understood_as_models_retype_it(written: str) -> None:
    """Without brackets or with others, in small letters, escaped, emphasised, translated; nothing of it stays."""
    vault = Vault(case("Claire.", people=PEOPLE))
    assert vault.restore(f"Chère {written}, merci.", frozenset({"NAME_1"})) == "Chère Claire Leroy, merci."


def test_words_that_look_like_placeholders_come_back_as_they_were() -> None:
    """A draft about columns is a draft too."""
    vault = Vault(case("La colonne NAME_1, [AMOUNT_7] et [slide 3].", people=PEOPLE))
    text, carried = vault.redact("La colonne NAME_1, [AMOUNT_7] et [slide 3].")
    assert "NAME_1" not in text
    assert vault.restore(text, carried) == "La colonne NAME_1, [AMOUNT_7] et [slide 3]."


@pytest.mark.parametrize(
    "amount",
    [
        *["12 €", "12 $", "EUR 12", "12 US-Dollar", "12 dólares", "12 Schweizer Franken", "12 kEUR", "42k"],
        *["EUR950", "USD42500", "42 thousand", "50 cents", "1.5m", "4.2 mn"],
    ],
)
def test_an_amount_leaves_with_its_currency_and_comes_back_as_typed(amount: str) -> None:
    """Two currencies are two placeholders; a model can turn neither into the other."""
    text = f"Le prix : {amount}, puis 12 £."
    vault = Vault(case(text, people=PEOPLE))
    hidden, carried = vault.redact(text)
    assert hidden == "Le prix : [AMOUNT_1], puis [AMOUNT_2]."
    assert vault.restore(hidden, carried) == text


@pytest.mark.parametrize(
    "words",
    [
        "Le mot de passe du serveur est",
        "The password of the server is",
        "Das Passwort des Servers lautet",
        "La contraseña del servidor es",
        "La password del server è",
        "Het wachtwoord van de server is",
    ],
)
def test_a_password_of_something_is_hidden_on_its_line_and_on_the_next(words: str) -> None:
    """A passage that holds the password alone is sent without it."""
    vault = Vault(case(f"{words} Soleil-2026.", people=PEOPLE))
    assert vault.redact(f"{words} Soleil-2026.")[0] == f"{words} [SECRET_1]."
    assert vault.redact("Soleil-2026.")[0] == "[SECRET_1]."


@pytest.mark.parametrize(
    "announced", ["Voici le code d'accès à la salle :\n4711", "The password is the following:\n\n« Soleil26 »"]
)
def test_what_is_known_by_the_line_above_is_hidden_where_it_stands_alone(announced: str) -> None:
    """The model is shown the passage by itself."""
    alone = announced.split("\n")[-1].strip("« »")
    assert Vault(case(announced, people=PEOPLE)).redact(alone)[0] == "[SECRET_1]"


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


@pytest.mark.parametrize("words", ["[Step 2]", "[Phase 2]", "[Annex 3a]"])
def test_brackets_that_are_no_placeholders_name_are_left_alone(words: str) -> None:
    """An answer that counts its steps is an answer."""
    assert Vault(case("-")).restore(f"{words} follows.", frozenset()) == f"{words} follows."


def atlas(organisation: str, name: str = "Pieter van den Berg", address: str = "p@atlas.co.uk") -> Vault:
    """The vault of a mail to one person of this company."""
    of = person(name).model_copy(update={"organisation": organisation, "address": address})
    return Vault(case("-", people=(of,)))


@pytest.mark.parametrize(
    "legal",
    [
        "SA",
        "SAS",
        "SARL",
        "GmbH",
        "AG",
        "KG",
        "SpA",
        "S.p.A.",
        "Srl",
        "SL",
        "BV",
        "B.V.",
        "NV",
        "Ltd",
        "plc",
        "Inc.",
        "LLC",
    ],
)
def test_a_company_is_hidden_without_its_legal_form_too(legal: str) -> None:
    """As people write it, in short and with a genitive."""
    vault = atlas(f"Nordia Logistique {legal}")
    for text in ("Nordia Logistique", "Nordia", "NORDIA", "Nordia's", "Nordias", f"Nordia Logistique {legal}"):
        assert "nordia" not in vault.redact(text)[0].lower()


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Atlas and atlas' board.", "[COMPANY_2] and [COMPANY_2b]' board."),
        ("Brouwerij is open; De Vries too.", "Brouwerij is open; [COMPANY_3] too."),
        ("Pieters plan, Pieter's plan", "[NAME_1b]s plan, [NAME_1b]'s plan"),
        ("Van den Bergs team, van den Berg", "[NAME_1b]s team, [NAME_1c]"),
        ("mevrouw Jansen en dhr. de Bakker", "mevrouw [NAME_2] en dhr. de [NAME_3]"),
        ("Frau Dr. Lange, maître Durand", "Frau Dr. [NAME_2], maître [NAME_3]"),
        ("Contact me Monday.", "Contact me Monday."),
        ("rené@société.fr", "[MAIL_1]"),
        ("(555) 123-4567, 555-123-4567", "[PHONE_1], [PHONE_2]"),
        ("91 123 45 67, 347 12 34 567", "[PHONE_1], [PHONE_2]"),
        ("030/12345-67, 333 1234567", "[PHONE_1], [PHONE_2]"),
        ("25 000-30 000 €, 12.03.2026 10", "[AMOUNT_1]-[AMOUNT_2], 12.03.2026 10"),
        ("120 TEUR, 120 T€, 95 Tsd. Euro", "[AMOUNT_1], [AMOUNT_2], [AMOUNT_3]"),
        ("45,- €, 3 millions, 2 Mio., ¥500", "[AMOUNT_1], [AMOUNT_2], [AMOUNT_3], [AMOUNT_4]"),
        ("900 SEK, 900 PLN, 900 kr", "[AMOUNT_1], [AMOUNT_2], [AMOUNT_3]"),
        ("12 rue de la Paix, Hauptstraße 12", "[STREET_1], [STREET_2]"),
        ("Calle Mayor 5, Via Roma 3, Kerkstraat 8", "[STREET_1], [STREET_2], [STREET_3]"),
        ("12 Baker Street is via Teams", "[STREET_1] is via Teams"),
    ],
)
def test_what_has_a_form_is_hidden_whole_and_comes_back(text: str, hidden: str) -> None:
    """Nothing of it is left beside its placeholder, and nothing else goes."""
    vault = atlas("Brouwerij De Vries")
    found, carried = vault.redact(text)
    assert found == hidden
    assert vault.restore(found, carried) == text


def test_forty_spellings_are_forty_placeholders() -> None:
    """Each comes back as it was typed."""
    spellings = {"".join(c.upper() if i >> n & 1 else c for n, c in enumerate("claire")) for i in range(40)}
    text = ", ".join(sorted(spellings))
    vault = Vault(case("-", people=PEOPLE))
    hidden, carried = vault.redact(text)
    assert vault.restore(hidden, carried) == text


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


SIGNS = st.text("aAsSé -.'_", min_size=1, max_size=7).filter(str.strip)


@given(st.lists(SIGNS, max_size=5), st.text("aAsSé -.'_b", max_size=40))
def test_names_are_found_as_one_pattern_of_them_all_would_find_them(names: list[str], text: str) -> None:
    """The longest at each place, in any case, with no letter beside it but the "s" of a genitive."""
    ends = {name: r"(?!(?!s(?!\w))\w)" if len(name) >= 4 else r"(?!\w)" for name in names}
    longest_first = sorted(names, key=len, reverse=True)
    plain = "|".join(rf"(?<!\w){re.escape(name)}{ends[name]}" for name in longest_first) or "(?!)"
    found = [m.span() for m in re.finditer(plain, text, re.IGNORECASE)]
    assert list(_Words(names).spans(text)) == found


def crowd(count: int, sentences: int) -> Case:
    """A mail to so many people, which names them and strangers."""
    syllables = [a + b for a in "bdfglmnprst" for b in "aeiou"]

    def called(number: int) -> str:
        made, number = "", number * 7919 + 3_000_000
        while number:
            number, rest = divmod(number, len(syllables))
            made += syllables[rest]
        return made.capitalize()

    people = [
        person(f"{called(n)} {called(n + 5000)}", Role.UNKNOWN).model_copy(update={"address": f"p{n}@client.example"})
        for n in range(count)
    ]
    texts = [
        f"{people[n % count].name}, {called(n + 9000)} asks for the {n + 2000} euros of {called(n + 500)}."
        for n in range(sentences)
    ]
    return case(*texts, people=people)


def test_the_time_grows_with_the_people_and_with_the_text_and_not_with_their_product() -> None:
    """Ten times the people or the text take some ten times as long; one name after the other at each letter took far longer."""

    def seconds(people: int, sentences: int) -> float:
        of = crowd(people, sentences)
        began = time.process_time()
        Vault(of)
        return time.process_time() - began

    seconds(10, 10)  # patterns are compiled
    small = seconds(100, 100)
    assert seconds(1000, 100) < 30 * small
    assert seconds(100, 1000) < 30 * small
    assert seconds(1000, 1000) < 80 * small


def test_a_long_redaction_holds_up_neither_the_loop_nor_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meanwhile other things go on; when the time is up nothing has left, and the local engine does every step."""
    let_go, beats = threading.Event(), 0

    def endless(of: Case, **known: Any) -> Vault:
        let_go.wait(20)
        return Vault(of, **known)

    async def beating() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0.01)

    async def run(url: str) -> Review:
        model, heart = Model(Endpoint("scripted", url, "k", 5.0, 0)), asyncio.create_task(beating())
        draft, passages = make_draft(RawMail("Offre Claire", None, (), MAILS["fr"]), PEOPLE)
        loaded = load("default")
        try:
            setup = Setup(loaded.policy, llm_engine(model, loaded), deadline=0.3, redact=True)
            return await review(draft, passages, Situation(today=TODAY), setup)
        finally:
            heart.cancel()
            let_go.set()
            await model.aclose()

    monkeypatch.setattr("reviewer.chain.Vault", endless)
    with serving(honest) as server:
        made = asyncio.run(run(server.url))
    assert server.requests == []
    assert {f.step for f in made.fallbacks} == {"classify", "flag", "split", "write"}
    assert made.passed
    assert beats > 3


def test_a_price_without_its_currency_is_an_amount_and_a_length_is_none() -> None:
    """What is said of each seat, month or licence is a price; three metres are three metres."""
    vault = Vault(case("x", people=PEOPLE, language="en"))
    text, _ = vault.redact("It is 950 per seat and 3 m long, 24 servers per rack.")
    assert "950" not in text
    assert "3 m long, 24 servers per rack." in text


def test_how_systems_call_a_person_is_a_name() -> None:
    """The login, the joined name, and what stands before the "@"."""
    ada = person("Ada Roy", Role.CHAMPION).model_copy(update={"address": "aroy@client.example"})
    text, _ = Vault(case("x", people=(ada,), language="en")).redact("See ada_roy, ada.roy, adaroy and aroy.")
    assert not any(name in text for name in ("ada", "roy"))


@pytest.mark.parametrize(
    "written", ["€[AMOUNT_1]", "[AMOUNT_1] EUR", "[AMOUNT_1]€", "EUR [AMOUNT_1]", "**[AMOUNT_1]** euros"]
)
def test_a_currency_that_a_model_writes_once_more_goes(written: str) -> None:
    """It cannot know that the sign is part of the amount; another currency is a wrong amount, and refused."""
    vault = Vault(case("It is €118,000.", people=PEOPLE))
    sent = frozenset({"AMOUNT_1"})
    assert vault.restore(f"It is {written}.", sent) == "It is €118,000."
    with pytest.raises(ModelAnswerError, match="another currency"):
        vault.restore("It is £[AMOUNT_1].", sent)


def test_placeholders_in_one_pair_of_brackets_are_two() -> None:
    """As in "[NAME_1 and NAME_2]"."""
    vault = Vault(case("Claire, Karim.", people=PEOPLE))
    assert (
        vault.restore("[NAME_1 and NAME_2] agree.", frozenset({"NAME_1", "NAME_2"}))
        == "Claire Leroy and Karim Benali agree."
    )


SPELLED = {
    "fr": ["quatre-vingt-un mille trois cent soixante-quinze euros", "cent soixante et un euros", "cent vingt k€", "42 mille",
           "une centaine de milliers d'euros", "huit millions cinq cent mille francs"],
    "en": ["six hundred and thirteen thousand, six hundred and seventy-five pounds", "two hundred fifty quid", "118 grand",
           "118 thou", "30 bucks", "half a million dollars", "two thousand five hundred"],
    "de": ["zweiundvierzigtausendfünfhundert Euro", "eineinhalb Millionen Euro", "zwei Komma fünf Millionen Euro",
           "dreihunderteinundfünfzig Euro", "Fr. 118.50"],
    "es": ["cuarenta y dos mil quinientos euros", "setecientos euros", "118 mil", "quinientos diecinueve mil ochocientos euros"],
    "it": ["settecentoventiseimilaquattrocentododici euro", "un milione e mezzo di euro", "1,2 mln €", "1,2 mln"],
    "nl": ["achthonderddrieënzestigduizend euro", "anderhalf miljoen euro", "1,2 mln", "vijf miljoen driehonderdnegentienduizend euro"],
}  # fmt: skip


@pytest.mark.parametrize("amount", [amount for amounts in SPELLED.values() for amount in amounts])
def test_a_sum_leaves_whole_in_no_words(amount: str) -> None:
    """Spelled out, in slang, with a half, in two parts."""
    vault = Vault(case("x", people=PEOPLE))
    hidden, carried = vault.redact(f"So: {amount}.")
    assert re.fullmatch(r"So: (\[(?:AMOUNT|NUMBER)_\d+\])\.?", hidden)
    assert vault.restore(hidden, carried) == f"So: {amount}."


@pytest.mark.parametrize(
    "text",
    [
        *["118-120k", "118 to 120k", "118 bis 120 k€", "entre 118 et 120 k€", "118...120 k€", "from 118 down to 110k"],
        *["von 118 auf 110 k€", "118 -> 110 k€", "118 statt 120 k€", "110 au lieu de 118 k€", "118, 120 ou 125 k€"],
        *["118 in plaats van 120 k€", "de 118 hasta 120 k€", "118 anziché 120 k€"],
    ],
)
def test_both_ends_of_a_range_are_amounts(text: str) -> None:
    """The lower one says as much, and so do the other end of a step and another choice."""
    hidden, _ = Vault(case("x", people=PEOPLE)).redact(text)
    assert not any(c.isdigit() for c in re.sub(r"_\d+", "", hidden))


@pytest.mark.parametrize(
    "text",
    [
        *[
            "Once a week two people met on 12 May.",
            "Due to this, one of the three stays.",
            "Sei es drum.",
            "Mille mercis à tous.",
        ],
        *[
            "Im Oktober 2026 am Montag, 9 Uhr.",
            "We need one and a half days.",
            "Version 3.11.7 of 2026.",
            "Seven of us met.",
        ],
    ],
)
def test_number_words_that_tell_no_sum_stay(text: str) -> None:
    """A model must still be able to read the sentence."""
    assert Vault(case("x", people=PEOPLE)).redact(text)[0] == text


def test_whoever_is_known_beside_the_readers_does_not_leave() -> None:
    """People of the deal, those whom the head of a mail names, with an address or without, and the deal's customer."""
    walter = person("Walter Zimmermann", Role.FINANCE).model_copy(update={"address": "w.zimm@gmail.com"})
    named = [
        Correspondent("Hans Gruber", ""),
        Correspondent("Visser, Greta", "g@x.example"),
        Correspondent("Sales team", ""),
    ]
    vault = Vault(case("x", people=PEOPLE), others=[walter], named=named, customer="Globex Industries")
    text, _ = vault.redact(
        "Globex: Zimmermann and Walter ask Hans, Gruber and Greta Visser; the sales team of Globex Industries agrees."
    )
    assert not re.search("Globex|Zimmermann|Walter|Hans|Gruber|Greta|Visser", text)
    assert "the sales team of" in text


def test_what_a_head_calls_a_mailbox_is_no_name() -> None:
    """A name that only a head has is one where it begins with a capital: "Hope Rivers" leaves hope and rivers alone."""
    named = [Correspondent("Support Team", "s@x.example"), Correspondent("Hope Rivers", "")]
    text, _ = Vault(case("x", people=PEOPLE), named=named).redact(
        "The Support Team and the team hope that rivers stay; Hope and Rivers agree."
    )
    assert text == "The Support Team and the team hope that rivers stay; [NAME_4] and [NAME_4b] agree."


def test_whom_a_head_names_as_somebody_known_is_that_one() -> None:
    """Without an address or with another: the ways to name one person share a number."""
    named = [Correspondent("Claire Leroy", ""), Correspondent("Karim Benali", "karim@home.example")]
    text, _ = Vault(case("x", people=PEOPLE), named=named).redact("Claire Leroy, Claire, Karim Benali, Karim.")
    assert text == "[NAME_1], [NAME_1b], [NAME_2], [NAME_2b]."


THREAD = """Bonjour à tous,

Walter et Greta Fink ont validé le plan. Zimmermann signe pour Globex.

Cordialement,
Tom Ellis

-----Message d'origine-----
De : Walter Zimmermann <w@globex.example>
À : Tom Ellis; Greta Fink
Objet : Plan

Merci, Hans Visser nous a rejoints.
"""


def test_nobody_whom_the_thread_names_leaves_in_any_step() -> None:
    """The head of a quoted mail tells who they are; the seller's own words name them too."""
    _, requests, _ = made(THREAD, owing, redact=True)
    said = json.dumps([request.body["messages"] for request in requests], ensure_ascii=False)
    assert {r.step for r in requests} >= {"classify", "flag", "split"}
    assert not re.search("Walter|Zimmermann|Greta|Fink", said)


@pytest.mark.parametrize(
    ("domain", "texts"),
    [
        ("atlas-logistique.fr", ["ATLAS est prêt", "Atlas signe", "AtlasLogistique", "Atlas Logistique"]),
        ("portonord.it", ["Porto Nord", "PORTO NORD", "Porto-Nord", "portonord"]),
        ("nordwind-energie.de", ["NORDWIND", "Nordwinds Angebot"]),
        ("3d-systems.com", ["3D Systems signed"]),
        ("bank-of-scotland.co.uk", ["Bank of Scotland signed"]),
    ],
)
def test_a_company_is_known_by_its_address_however_it_is_written(domain: str, texts: list[str]) -> None:
    """Where the list gives no organisation."""
    vault = atlas("", address=f"p@{domain}")
    for text in texts:
        assert "COMPANY" in vault.redact(text)[0], text
    assert vault.redact("Le port du nord")[0] == "Le port du nord"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ada O'Brien", ["O’Brien", "O`Brien", "O´Brien", "O\u02bcBrien", "O Brien", "OBrien", "O&#39;Brien", "Brien"]),
        ("Ada Müller", ["Mueller", "Muller", "Muellers Angebot", "MUELLER", "M&uuml;ller", "M&#xFC;ller"]),
        ("Ada Mueller", ["Müller", "MÜLLER"]),
        ("Ada Groß", ["Gross", "GROSS", "GROẞ"]),
        ("Ada d'Angelo", ["D’Angelo", "Dangelo", "d Angelo", "Angelo"]),
        ("Ada van den Berg", ["Vandenberg", "VandenBerg", "van den\nBerg", "van\u00a0den\u00a0Berg"]),
    ],
)
def test_a_name_is_hidden_however_it_is_written(name: str, written: list[str]) -> None:
    """With any apostrophe or none, with other letters for those that a keyboard has not, with HTML's letters, over a line end."""
    vault = atlas("", name=name, address="p@client.example")
    for text in written:
        hidden, carried = vault.redact(escape(f"Avec {text} demain."))
        assert not re.search("(?i)brien|m.{0,6}ller|gro|angelo|berg", hidden), hidden
        assert vault.restore(hidden, carried) == f"Avec {text} demain."


@pytest.mark.parametrize("gap", ["\u00a0", "  ", "\n", "\n> ", "\u2009", "\t"])
def test_a_company_of_two_words_is_hidden_whatever_stands_between_them(gap: str) -> None:
    """A line end of a quoted mail too, and a new paragraph does not join them."""
    vault = atlas("Blauer Anker")
    assert re.fullmatch(r"Bei \[COMPANY_1\w?\] liegt es.", vault.redact(escape(f"Bei Blauer{gap}Anker liegt es."))[0])
    assert "\n\nAnker" in vault.redact("Bei Blauer\n\nAnker liegt es.")[0]


@pytest.mark.parametrize(
    "text",
    [
        *["Le mot\u00a0de\u00a0passe\u00a0est\u202fTulipe9.", "Die Karte ist 4111\u20111111\u20111111\u20111111."],
        *[
            "06\u201112\u201134\u201156\u201178",
            "06–12–34–56–78",
            "06 - 12 - 34 - 56 - 78",
            "+49 30 / 1234-567",
            "1-800-555-0123",
        ],
        *["42\u2007500\u00a0€", "42\u3000500 €", "42&nbsp;500&nbsp;&euro;"],
        *["FR 76 3000 6000 0112 3456 7890 189", "FR76\u20113000\u20116000\u20110112\u20113456\u20117890\u2011189"],
        *["30006 00001 12345678901 89", "1 85 05 78 006 084 91"],
    ],
)
def test_no_blank_and_no_hyphen_of_a_word_processor_shows_a_number(text: str) -> None:
    """Nor a password behind such blanks; what was replaced comes back as it was typed."""
    vault = Vault(case("x", people=PEOPLE))
    hidden, carried = vault.redact(escape(f"So: {text}"))
    assert not re.search(r"\d\d|Tulipe9", re.sub(r"\[\w+\]", "", hidden)), hidden
    assert vault.restore(unescape(hidden), carried) == f"So: {text}"


def test_short_forms_and_logins_of_a_name_do_not_leave() -> None:
    """ "Bill" for William, "whart" for him; a bill is a bill."""
    vault = atlas("", name="William Hart", address="w.hart@client.example")
    text, _ = vault.redact("Bill of sale: I asked Bill, whart and hartw log in; the bill is paid.")
    assert text == "Bill of sale: I asked [NAME_1b], [NAME_1c] and [NAME_1d] log in; the bill is paid."


@pytest.mark.parametrize(
    "text",
    [
        *[
            "Am Ufer 3",
            "Unter den Linden 7",
            "Nieuwezijds Voorburgwal 147",
            "Laan van Meerdervoort 3",
            "P.zza Duomo 1",
            "C.so Italia 12",
        ],
        *[
            "V.le Monza 5",
            "Pza. España 3",
            "Gran Vía 30",
            "14 r. Lepic",
            "BP 123",
            "SW1A 1AA",
            "RSSMRA85T10A562S",
            "CIF B12345674",
        ],
        *[
            "VAT GB999999973",
            "sort code 20-00-00",
            "06 - 12 34 56 78",
            "(0)6 12 34 56 78",
            "91.123.45.67",
            "+44\n7700 900123",
            *["+33 6 12\n34 56 78 90", "+33\n6 12 34 56 78", "0033 6 12 34\n56 78 90", "+49 40 1234\n5678"],
            "Am Sandtorkai 50",
            "M1 1AE",
        ],
        *["née le 12 mars 1985", "IBAN FR76 3000 6000 0112\n3456 7890 189"],
    ],
)
def test_more_that_has_a_form_is_hidden(text: str) -> None:
    """Streets and postcodes, tax numbers, addresses of a network, what a line end parts."""
    hidden, _ = Vault(case("x", people=PEOPLE)).redact(f"So: {text}.")
    assert re.fullmatch(r"So: (?:IBAN |CIF )?\[\w+\]\.?", hidden), hidden


@pytest.mark.parametrize(
    "text",
    [
        "Am Do 12. März im Herbst 26, zum Start 5 Lizenzen, in der Sitzung 3.",
        "In Q3 5DE, H1 2GB and M2 1TB.",
        "Gran Canaria 2026.",
        "Section 2.1.3.1 is open; Im Reaktor 2, im Sektor 4.",
        "We grew by +15\n2026-03-12 is the day; users: +20 (12.03.2026).",
        "Will you confirm the date? Rich clients need it.",
    ],
)
def test_days_and_numbers_of_sections_stay(text: str) -> None:
    """What only looks like a street, a postcode, an address of a network or a short name."""
    vault = atlas("", name="William Hart", address="w@client.example")
    assert "STREET" not in vault.redact(text)[0]
    assert "NAME" not in vault.redact(text)[0]


def test_the_words_of_a_company_in_small_letters_are_words() -> None:
    """ "data-systems.example" is no reason to hide the data model."""
    vault = atlas("", address="p@work-day.example")
    assert vault.redact("Each work day, Work Day and workday.")[0] == "Each work day, [COMPANY_1] and [COMPANY_2]."


@pytest.mark.parametrize(
    "text", ["Password: text_12!abcQ9", "Write to mail_2@client.example", "https://portal.client.example/link_2/offer"]
)
def test_what_holds_a_placeholders_look_is_hidden_whole(text: str) -> None:
    """A password, an address or a link is one thing, whatever stands in it."""
    hidden, carried = Vault(case("x", people=PEOPLE)).redact(text)
    assert not re.search("abcQ9|client|offer", hidden)
    assert len(carried) == 1


def test_a_currency_in_words_is_one_too() -> None:
    """And a number that stands before it has its own."""
    vault = Vault(case("It is forty thousand pounds or 40 €.", people=PEOPLE))
    sent = frozenset({"AMOUNT_1", "AMOUNT_2"})
    assert (
        vault.restore("It is £[AMOUNT_1], not 90 € [AMOUNT_2].", sent) == "It is forty thousand pounds, not 90 € 40 €."
    )
    assert (
        vault.restore("Fill in [Numéro 1] of the form.", frozenset({"NUMBER_1"})) == "Fill in [Numéro 1] of the form."
    )


@pytest.mark.parametrize(
    "text",
    [
        "un" * 20_000,
        "a" * 20_000,
        "Aa-" * 8000,
        "[name_" + "0" * 20_000,
        "pwd=" * 10_000,
        "mdp: @a." * 5000,
        "&" * 20_000,
    ],
)
def test_no_text_takes_redaction_long(text: str) -> None:
    """Whatever is repeated in it."""
    vault = Vault(case("x", people=PEOPLE))
    began = time.process_time()
    vault.redact(text)
    assert time.process_time() - began < 2
