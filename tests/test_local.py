"""The local engine's eyes: features, classifier, patterns, and the weights that ship."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.chain import Setup, review
from reviewer.cues import invoices, money_is_settled
from reviewer.forms import forms
from reviewer.local.classifier import predict, weights
from reviewer.local.engine import local_engine
from reviewer.local.features import VERSION, features, lexicon_hits, masked
from reviewer.local.flag import flag_passages, flags_by_form
from reviewer.mail import RawMail
from reviewer.parse import make_draft
from reviewer.policy import load
from reviewer.prompts import set_path
from reviewer.types import LANGUAGES, Act, Case, Language, Sensitivity, Severity, Situation, Topic
from tests.build import CLAIRE, ODILE, PEOPLE, THOMAS, TODAY, case

POLICY = load(set_path("default") / "policy.yaml")


def kinds(text: str, language: str = "fr") -> dict[Sensitivity, str]:
    """Sensitivity to the flagged words of a passage."""
    of = case(text, language=language)  # type: ignore[arg-type]
    return {f.sensitivity: f.quote for f in flag_passages(of, POLICY).flags}


def test_details_and_people_are_masked() -> None:
    """What is learned is the kind of a thing, not the thing."""
    text = "Mme Leroy a confirmé 42 k€ (soit 12 %) avant le 14 mars à 10 h, écrire à a@b.example."
    wanted = "<person> a confirmé <amount> (soit <percent> ) avant le <date> à <time> , écrire à <address> ."
    assert " ".join(masked(text).split()) == wanted


def test_lexicon_entries_match_words_prefixes_and_phrases() -> None:
    """Accents and apostrophes do not matter; a phrase needs its words in a row."""
    assert "topic budget_price" in lexicon_hits(["les", "tarifaires"], "fr")
    assert "sensitivity confidential" in lexicon_hits(["entre", "nous"], "fr")
    assert "sensitivity confidential" not in lexicon_hits(["entre", "hier", "nous"], "fr")
    assert lexicon_hits([], "en") == []


@given(st.text(max_size=200), st.sampled_from(LANGUAGES))
def test_any_text_has_features_and_probabilities(text: str, language: str) -> None:
    """Nothing breaks it, and equal texts get equal answers."""
    assert features(text, language) == features(text, language)  # type: ignore[arg-type]
    (prediction,) = predict([text], language)  # type: ignore[arg-type]
    assert all(0.0 <= p <= 1.0 for p in prediction.probability.values())
    assert 0.0 <= prediction.sensitive <= 1.0


def test_the_weights_know_every_label() -> None:
    """They were trained with these features and this vocabulary."""
    labels = weights().labels
    assert {f"topic {t}" for t in Topic} | {f"act {a}" for a in Act} | {"stage open", "sensitive"} <= labels.keys()
    assert {f"sensitivity {s}" for s in Sensitivity} <= labels.keys()
    assert VERSION == 2, "a changed feature needs a new training run: python -m training.train"


KEY_LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"


@pytest.mark.parametrize(
    ("text", "sensitivity", "quote"),
    [
        ("Le mot de passe est Atlas-2025! pour la recette.", Sensitivity.CREDENTIAL, "Atlas-2025"),
        ("Token : ghp_aB3dE5fG7hJ9kL1mN3pQ5r", Sensitivity.CREDENTIAL, "ghp_aB3dE5fG7hJ9kL1mN3pQ5r"),
        ("Son IBAN : FR76 3000 4000 0312 3456 7890 143.", Sensitivity.PERSONAL_DATA, "FR76 3000 4000 0312 3456 7890 143"),
        ("Elle est née le 14/02/1979.", Sensitivity.PERSONAL_DATA, "14/02/1979"),
        ("Son portable : 06 55 51 20 20.", Sensitivity.PERSONAL_DATA, "06 55 51 20 20"),
        ("Cela reste entre nous, le siège hésite.", Sensitivity.CONFIDENTIAL, "Cela reste entre nous, le siège hésite."),
        *((text, Sensitivity.CREDENTIAL, quote) for text, quote in (
            ("Le mot de passe est Soleil.", "Soleil"),
            ("Le mot de passe du portail : « Soleil ».", "Soleil"),
            ("The password is summer.", "summer"),
            ("Das Passwort für den Testserver lautet Sommer.", "Sommer"),
            ("La contraseña es verano.", "verano"),
            ("La password è estate.", "estate"),
            ("Het wachtwoord is zomer.", "zomer"),
            ("wifi: Guest42pass", "Guest42pass"),
            ("Use postgres://admin:S3cret@db.internal/app.", "S3cret"),  # pragma: allowlist secret
            ("Google key AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY.", "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"),
            ("Use github_pat_11ABCDEFG0abcdefghijkl.", "github_pat_11ABCDEFG0abcdefghijkl"),
            ("Use glpat-abcdefghijklmnopqrst.", "glpat-abcdefghijklmnopqrst"),  # pragma: allowlist secret
            (
                "AKIAIOSFODNN7EXAMPLE, wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",  # pragma: allowlist secret
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",  # pragma: allowlist secret
            ),
            (
                "Use eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3",  # pragma: allowlist secret
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3",  # pragma: allowlist secret
            ),
            ("-----BEGIN RSA PRIVATE KEY----- MIIEvQIBADAN", "-----BEGIN RSA PRIVATE KEY----- MIIEvQIBADAN"),  # pragma: allowlist secret
            (KEY_LINE, KEY_LINE),
        )),
        *((f"It is {number}, I think.", Sensitivity.PERSONAL_DATA, number) for number in (
            "4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005", "DE89-3704-0044-0532-0130-00",
            "NO93 8601 1117 947", "fr76 3000 6000 0112 3456 7890 189",
        )),
    ],
)  # fmt: skip
def test_what_the_form_alone_gives_away_is_found(text: str, sensitivity: Sensitivity, quote: str) -> None:
    """Credentials, private data and whispers, with the words to cut."""
    assert quote in kinds(text)[sensitivity]


@pytest.mark.parametrize(
    "text",
    [
        "Le mot de passe vous sera envoyé par SMS.",
        "Le module Confidentialité est livré.",
        "Le pilote s'est terminé vendredi.",
        "Merci pour votre accueil.",
    ],
)
def test_ordinary_sentences_are_not_flagged(text: str) -> None:
    """Words alone are no reason."""
    assert kinds(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "The password is reset every month.",
        "The password is reset.",
        "Password: see below.",
        "A password is required.",
        "Le mot de passe est à changer.",
        "Le mot de passe est obligatoire.",
        "Das Passwort ist abgelaufen.",
        "La contraseña es obligatoria.",
        "La password è scaduta.",
        "Het wachtwoord is verlopen.",
        "The order is 4111 1111 1111 1112.",
        "The build is dc350363-f761e300-862564c2-54998e.",
    ],
)
def test_what_is_said_of_a_password_is_none(text: str) -> None:
    """Nor is a number without its check digit."""
    assert list(forms(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        *[
            "FR 76 3000 6000 0112 3456 7890 189",
            "FR76  3000  6000  0112  3456  7890  189",
            "30006 00001 12345678901 89",
        ],
        *["20041 01005 0500013M026 06", "1 85 05 78 006 084 91", "1 84 12 2A 451 089 33", "RSSMRA85T10A562S"],
        *["4111\u20111111\u20111111\u20111111", "4111–1111–1111–1111", "4111\u20071111\u20071111\u20071111"],
    ],
)
def test_numbers_that_are_known_by_their_check_digits(text: str) -> None:
    """Bank accounts, social security, cards, with any blank or hyphen between the groups; with another key it is some number."""
    (form,) = (f for f in forms(f"So: {text}.") if f.name != "iban")
    assert (form.entry["sensitivity"], form.start, form.end) == ("personal_data", 4, 4 + len(text))
    last = str((int(text[-1], 36) + 1) % 10)
    assert [f.name for f in forms(f"So: {text[:-1]}{last}.") if f.name not in ("iban", "codice_fiscale")] == []


@pytest.mark.parametrize(
    ("told", "again"),
    [
        ("Le mot de passe est Tulipe9.", "Karim, connecte-toi avec tulipe9 ce soir."),
        ("The password for the portal: abc-12", "Karim, does abc-12 work for you?"),
        ("Das Passwort lautet 4589B.", "Karim, bitte 4589B und dann die Raute drücken."),
    ],
)
def test_access_data_are_held_back_wherever_they_stand_again(told: str, again: str) -> None:
    """A sentence that only uses the password gave it to whom it speaks to."""
    of = case(told, again, "Karim, voici le plan 4589 de 2026.", people=PEOPLE)
    assert [(f.quote, set(f.withhold_from)) for f in flags_by_form(of, POLICY) if f.passage_id != "s1"] == [
        (again, {p.address for p in PEOPLE})
    ]


@pytest.mark.parametrize("told", ["Das Passwort lautet Sommer.", "Le code PIN est 2026."])
def test_a_word_and_a_year_may_stand_again(told: str) -> None:
    """They mean other things as well."""
    of = case(told, "Im Sommer 2026 geht es los.", people=PEOPLE)
    assert {f.passage_id for f in flags_by_form(of, POLICY)} == {"s1"}


PRIVATE_FACTS = {
    "health": [
        "Thomas est séropositif.", "Thomas has burnout.", "She is diabetic.", "Thomas hat ein Burnout.", "Thomas tiene depresión.",
        "Lui soffre di ansia.", "Thomas heeft een burn-out.", "Anna Maria had a stroke.",
    ],
    "belief": [
        "Thomas est syndiqué à la CGT.", "Thomas is gay.", "Er ist Gewerkschaftsmitglied.", "Ella es musulmana.", "Thomas è ebreo.",
        "Thomas is lid van de vakbond.",
    ],
    "post": [
        "Thomas sera licencié en mars.", "Thomas will be laid off.", "Thomas wird im März entlassen.", "Thomas será despedido.",
        "Thomas sarà licenziato a marzo.", "Thomas wordt in maart ontslagen.", "Thomas cherche un autre poste.",
        "I think Thomas is looking for another job.", "Thomas sucht einen neuen Job.", "Thomas lässt sich scheiden.",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in PRIVATE_FACTS.items() for text in texts])
def test_what_is_private_of_a_person_is_known_by_its_words(name: str, text: str) -> None:
    """Health, belief, orientation, the end of a post: said of somebody by name, nobody reads it."""
    assert [form.name for form in forms(text)] == [name]
    (flag,) = flags_by_form(case(text, people=PEOPLE), POLICY)
    assert (flag.quote, flag.severity) == (text, Severity.ERROR)
    assert THOMAS.address in flag.withhold_from


@pytest.mark.parametrize(
    "text",
    [
        *[
            "Der Patient wird entlassen.",
            "The server suffers from slow queries.",
            "Le projet est en chimie.",
            "Rien n'est licencié.",
            "The server was fired up again.",
            "The old server was let go.",
            "Orion sera licencié par poste.",
            "Paul cherche un autre poste de travail.",
            "Marta busca un nuevo trabajo de fin de curso.",
            "Peter wird aus der Haftung entlassen.",
        ],
        *[
            "The staff will be trained.",
            "We are looking for a new partner.",
            "Das Gerät hat einen Infarkt.",
            "Il est prêt.",
        ],
    ],
)
def test_what_is_said_of_things_is_private_to_nobody(text: str) -> None:
    """No person, or no such fact."""
    assert not {f.name for f in forms(text)} & {*PRIVATE_FACTS}


@pytest.mark.parametrize(
    "text",
    [
        "Log in with admin / Welcome1.",
        "Melden Sie sich mit admin / Welcome1 an.",
        "Sign in as admin/Welcome1!",
        "Digicode 45A89, 3e étage.",
    ],
)
def test_a_pair_to_log_in_with_and_the_code_of_a_door_are_access_data(text: str) -> None:
    """Without the word for a password."""
    assert any(f.has_value and f.entry["sensitivity"] == "credential" for f in forms(text))


def test_a_password_is_known_behind_any_blanks() -> None:
    """Mail clients set no-break spaces where they like; what is said of the cue is the text's own words."""
    (form,) = forms("Le mot\u00a0de\u00a0passe\u202f: Tulipe9")
    assert (form.cue, form.start) == ("mot\u00a0de\u00a0passe\u202f: Tulipe9", 18)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Le compte de test est demo / citron.", "citron"),
        ("Accès démo : jdoe / Soleil", "Soleil"),
        ("The test account is demo / lemon.", "lemon"),
        ("Admin login: root | summer", "summer"),
        ("Das Testkonto ist demo / Zitrone.", "Zitrone"),
        ("Test-Zugang: demo / Zitrone", "Zitrone"),
        ("La cuenta de prueba es demo / limones.", "limones"),
        ("L'account di prova è demo / limone.", "limone"),
        ("Het testaccount is demo / citroen.", "citroen"),
        ("login : jdoe mdp : citron", "citron"),
        ("Identifiant: jdoe, mot de passe: citron et c'est tout", "citron"),
        ("user: jdoe pwd: lemon on the portal", "lemon"),
        ("Benutzer: jdoe, Kennwort: Zitrone bitte", "Zitrone"),
        ("usuario: jdoe / clave: limones en el portal", "limones"),
        ("utente: jdoe - password: limone sul portale", "limone"),
        ("gebruiker: jdoe en wachtwoord: citroen op de site", "citroen"),
    ],
)
def test_an_account_and_its_password_are_found_whatever_words_they_are(text: str, value: str) -> None:
    """In six languages; the value alone is kept back."""
    assert value in {text[f.start : f.end] for f in forms(text) if f.entry["sensitivity"] == "credential"}


@pytest.mark.parametrize(
    "text",
    [
        "Le compte de test est client / production.",
        "Accès admin : lecture / écriture",
        "The test account is open / closed.",
        "The demo account is ready / still to be confirmed by Paul.",
        "Le compte est validé / en attente.",
        "login: jdoe, mot de passe: voir SMS",
        "Account: Atlas / Phase 2",
        "Email: a@client.example / Tel: 12",
    ],
)
def test_two_words_beside_an_account_are_no_password_yet(text: str) -> None:
    """Rights, states, and where the password comes later."""
    assert list(forms(text)) == []


ANNOUNCED = {
    "fr": ("Bonjour à tous,\n\nLe lot 1 est validé.", ("Le mot de passe est le suivant :", "Voici le code d'accès à la salle :")),
    "en": ("Hi all,\n\nLot 1 is approved.", ("The password is the following:", "Here is the access code of the test portal:")),
    "de": ("Hallo zusammen,\n\nLos 1 ist freigegeben.", ("Das Passwort lautet wie folgt:", "Hier ist der Zugangscode zum Portal:")),
    "es": ("Hola a todos:\n\nEl lote 1 está aprobado.", ("La contraseña es la siguiente:", "Este es el código de acceso al portal:")),
    "it": ("Buongiorno a tutti,\n\nIl lotto 1 è approvato.", ("La password è la seguente:", "Ecco il codice di accesso al portale:")),
    "nl": ("Beste allen,\n\nKavel 1 is goedgekeurd.", ("Het wachtwoord is als volgt:", "Hier is de toegangscode van het portaal:")),
}  # fmt: skip


def mail(body: str) -> Case:
    """A mail as it is read, to the five of the builders."""
    draft, passages = make_draft(RawMail("Atlas", None, (), body), PEOPLE)
    return Case(draft=draft, passages=passages, situation=Situation(today=TODAY))


def credentials(of: Case) -> list[str]:
    """What the form alone calls access data."""
    return [f.quote for f in flags_by_form(of, POLICY) if f.sensitivity is Sensitivity.CREDENTIAL]


@pytest.mark.parametrize("between", ["\n", "\n\n", "\n- ", "\n« "])
@pytest.mark.parametrize("value", ["Tr0ub4dor&3", "4711", "815-201"])
@pytest.mark.parametrize("language", ANNOUNCED)
def test_a_password_or_code_alone_below_its_announcement_is_found(language: str, value: str, between: str) -> None:
    """On the next line, in the next paragraph, as a list and in quotes: the value alone, with a name below it or as the last line."""
    opening, announcements = ANNOUNCED[language]
    for announcement in announcements:
        for end in ("", "\n\nTom Ellis"):
            assert credentials(mail(f"{opening}\n\n{announcement}{between}{value}{end}")) == [value]


@pytest.mark.parametrize("language", ANNOUNCED)
def test_a_password_alone_on_its_line_is_in_no_message(language: str) -> None:
    """It is held back from everybody, with a reason; what else the mail says arrives."""
    opening, announcements = ANNOUNCED[language]
    of = mail(f"{opening}\n\n{announcements[0]}\nTr0ub4dor&3")
    done = asyncio.run(review(of.draft, of.passages, of.situation, Setup(POLICY, local_engine(POLICY))))
    assert all("Tr0ub4dor" not in m.body for m in done.proposal.messages)
    held = {a.passage_id: a.reason for a in done.assignments if a.audience.held_back}
    assert held[next(p.id for p in of.passages if p.text == "Tr0ub4dor&3")]
    assert any("1" in m.body for m in done.proposal.messages)
    assert done.passed


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("Hi,\n\nThe offer is final.\n\nPassword\nTr0ub4dor3\n\nTom Ellis", "Tr0ub4dor3"),
        ("Hi,\n\nThe offer is final. Here is the password. Tr0ub4dor3.\n\nTom Ellis", "Tr0ub4dor3"),
        (
            "Hi,\n\nThe password to open the archive that we sent to you\non Friday is:\nTr0ub4dor&3\n\nTom Ellis",
            "Tr0ub4dor&3",
        ),
        ("Hi,\n\nThe offer is final.\n\nKind regards,\nTom Ellis\nPassword:\nTr0ub4dor&3", "Tr0ub4dor&3"),
        ("Bonjour,\n\nL'offre est ferme.\n\nLe mot de passe est le suivant :\n\nSoleil", "Soleil"),
        ("Hi,\n\nFine.\n\nOn Mon, 3 Nov 2025 Helen wrote:\n> The password is:\n> Tr0ub4dor&3\n> Bye", "Tr0ub4dor&3"),
        ("Hi,\n\nThe PIN is the following: 4711. Use it on Friday.\n\nTom Ellis", "4711"),
    ],
)
def test_a_password_is_found_wherever_the_line_above_names_it(body: str, value: str) -> None:
    """Without a colon, in a wrapped sentence, below a signature, as a last word that looks like one, in a quoted mail."""
    (found,) = credentials(mail(body))
    assert value in found


@pytest.mark.parametrize(
    "body",
    [
        "The password can be reset here:\nhttps://portal.example/reset?id=4711",
        "The password can be reset here:\nportal.example/reset4711",
        "For the password write to:\nhelpdesk2@client.example",
        "The password rules change on:\n12/05/2026",
        "The password is valid from:\n10:30",
        "The price of the password manager:\n4.711 €",
        "I have changed my password\nOn V2.1",
        "Open points on the password:\n- length of at least 12\n- V2.1 of the form",
        "Please choose a password\n- Lot2-tests",
        "Password: see the next mail.\n4711",
        "Token: 12.5",
    ],
)
def test_what_stands_below_a_line_on_passwords_is_not_always_one(body: str) -> None:
    """Links, addresses, dates, times, amounts, lists of several words, short words with a digit."""
    assert credentials(mail(f"Hi,\n\n{body}\n\nKind regards,\nTom Ellis")) == []


def test_of_a_mixed_sentence_only_the_sensitive_clause_is_flagged() -> None:
    """The outcome may be told, the position behind it may not."""
    text = "Le comité a validé le lot 1, mais entre nous votre DAF n'a plus que 30 k€ et craint un dépassement."
    flags = flag_passages(case(text, people=(CLAIRE,)), POLICY).flags
    assert flags
    assert all("validé" not in f.quote for f in flags if f.sensitivity is Sensitivity.BUDGET)


@pytest.mark.parametrize(
    "text",
    [
        "Karim a confirmé qu'il part en juin.",
        "Karim has decided to leave the company.",
        "Paul said he's leaving in May.",
        "Herr Pohl hat bestätigt, dass er geht.",
        "Marta ha decidido irse.",
        "Luca ha confermato che se ne va a giugno.",
        "Piet heeft besloten te vertrekken.",
    ],
)
def test_that_somebody_goes_is_no_outcome_for_all(text: str) -> None:
    """Though it is decided, and confirmed."""
    assert Sensitivity.PERSONAL_CONCERN in {form.entry["sensitivity"] for form in forms(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Claire a décidé de partir sur la version B.",
        "Karim has decided to leave the module out.",
        "Karim has confirmed that he leaves the schedule as it is.",
        "Anna said she is leaving at 3 pm.",
        "Karim a dit qu'il part à 15 h.",
        "Herr Pohl hat bestätigt, dass er kommt.",
    ],
)
def test_leaving_something_is_no_news_of_somebody(text: str) -> None:
    """A choice, a visit's end."""
    assert not forms(text)


@pytest.mark.parametrize("text", ["Our engineer is off sick.", "On the stock I could still move to consignment."])
def test_the_figure_of_a_flag_is_how_surely_the_passage_is_sensitive(text: str) -> None:
    """Not how likely this one kind is, which may be a small share of it: "personal confidence (14 %)" reads like a mistake."""
    (prediction,) = predict([text], "en")
    (*_, flag) = flag_passages(case(text, language="en"), POLICY).flags
    assert f"({round(100 * prediction.sensitive)} %)" in flag.reason


@pytest.mark.parametrize("text", ["None.", "New Flexible Deal Viewer.", "New Budget Plan."])
def test_a_fragment_is_not_flagged_on_a_doubt(text: str) -> None:
    """The classifier knows next to none of its words; one that names a reader, or a sure one, is flagged as before."""
    assert predict([text], "en")[0].sensitive >= weights().threshold[weights().labels["sensitive"]]
    assert not flag_passages(case(text, people=(CLAIRE,), language="en"), POLICY).flags
    assert flag_passages(case("Not for the minutes.", people=(CLAIRE,), language="en"), POLICY).flags


def test_a_warm_prediction_takes_milliseconds() -> None:
    """Twenty sentences in well under a tenth of a second, on any machine."""
    texts = ["Nous pourrions descendre à 42 k€ par an si l'engagement passe à trois ans."] * 20
    predict(texts, "fr")
    start = time.perf_counter()
    predict(texts, "fr")
    assert time.perf_counter() - start < 0.1


INVOICES = (
    ("fr", "Odile, pouvez-vous nous donner le numéro de commande pour la facture de 12 000 € ?"),
    ("fr", "Odile, il nous manque le numéro de bon de commande pour la facture de mars."),
    ("en", "Odile, could you give us the purchase order number for the invoice of €12,000?"),
    ("en", "Odile, invoice 118 of €9,800 has been due since 3 November."),
    ("de", "Odile, an welche Adresse geht die Rechnung?"),
    ("de", "Odile, können Sie uns die Bestellnummer für die Rechnung über 12.000 € geben?"),
    ("de", "Odile, die Anzahlungsrechnung über 12.000 € ging gestern raus."),
    ("de", "Odile, uns fehlt noch die Bestellnummer für die Rechnung im März."),
    ("es", "Odile, nos falta el número de pedido para la factura de marzo."),
    ("it", "Odile, ci manca il numero d'ordine per la fattura di marzo."),
    ("nl", "Odile, kunt u ons het bestelnummer voor de factuur van 12.000 € geven?"),
)
LIMITS = (
    ("fr", "Faut pas que la facture finale dépasse ce que vous avez mis de côté."),
    ("fr", "Peut-on étaler le paiement de la facture, le budget est trop juste ?"),
    ("fr", "Nous pourrions décaler la facture de mars."),
    ("fr", "Il manque 8 000 € pour la facture de mars."),
    ("en", "Your budget for this year is used up, you said, so we would invoice in January."),
    ("en", "Can we spread the payment of the invoice, as the budget is too tight?"),
    ("en", "There is nothing left for the March invoice."),
    ("de", "Die Rechnung übersteigt das Budget um 12.000 €."),
    ("de", "Wir könnten im April in Rechnung stellen, wenn das Budget knapp ist."),
    ("de", "Für die Rechnung fehlen noch 8.000 €."),
    ("es", "Podríamos facturar en abril si falta presupuesto."),
    ("es", "Solo hay 8.000 € para la factura."),
    ("it", "Possiamo dilazionare il pagamento della fattura, dato che il budget è troppo stretto?"),
    ("it", "Non resta nulla per la fattura di marzo."),
    ("nl", "Kunnen we de betaling van de factuur spreiden, omdat het budget te krap is?"),
    ("nl", "Er is niets meer voor de factuur van maart."),
)


@pytest.mark.parametrize(("language", "text"), INVOICES)
def test_finance_that_is_asked_by_name_reads_about_its_invoice(language: Language, text: str) -> None:
    """An order number, an address, a payment that runs its course: no open budget, of which rule 5 is (Odile is finance)."""
    of = case(text, language=language)
    flagged = flag_passages(of, POLICY)
    assert invoices(text)
    assert Sensitivity.BUDGET not in [f.sensitivity for f in flagged.flags]
    assert not any(ODILE.address in f.withhold_from for f in flagged.flags)


@pytest.mark.parametrize(
    "text",
    [
        "La facture n°118 est toujours en attente, pouvez-vous la débloquer ?",
        "Invoice 118 is still on hold, can you release it?",
        "Die Rechnung 118 ist noch offen, können Sie sie freigeben?",
        "La factura 118 sigue en espera, ¿puede desbloquearla?",
        "La fattura 118 è ancora in attesa, può sbloccarla?",
        "Factuur 118 staat nog open, kunt u die deblokkeren?",
    ],
)
def test_an_invoice_that_waits_to_be_released_is_a_plain_one(text: str) -> None:
    """To release is no block, and to be on hold no delay that anybody negotiates."""
    assert invoices(text)


@pytest.mark.parametrize("text", ["La facture est bloquée.", "La factura: le ruego que espere."])
def test_an_invoice_that_is_blocked_or_delayed_is_no_plain_one(text: str) -> None:
    """The words that a release resembles still count."""
    assert not invoices(text)


@pytest.mark.parametrize(("language", "text"), LIMITS)
def test_an_invoice_beside_a_limit_is_no_plain_one(language: Language, text: str) -> None:
    """A shortage, an overrun, a delay, a condition: whatever the classifier says of it, counts."""
    assert not invoices(text)


@pytest.mark.parametrize(("language", "text"), [i for i in INVOICES if i[0] == "de"][1:3])
def test_an_invoice_that_tells_of_somebody_stays_flagged(language: Language, text: str) -> None:
    """What finance may read of its own invoice it does not read of Karim's."""
    told = text.replace("Odile, ", "Karim hat gesagt: ")
    assert invoices(told)
    flags = flag_passages(case(told, language=language), POLICY).flags
    assert any(ODILE.address in f.withhold_from for f in flags if f.sensitivity is Sensitivity.BUDGET)


@pytest.mark.parametrize(
    "text",
    [
        "The new password will be Sunflower9 from Monday.",  # pragma: allowlist secret
        "You can log in with user tom and pass Sunflower7.",  # pragma: allowlist secret
        "PW: Sunflower8",  # pragma: allowlist secret
        "Authorization: Bearer abcdef0123456789abcdef0123456789",  # pragma: allowlist secret
        "Identifiants : tom / Tournesol9",  # pragma: allowlist secret
        "pass : Tournesol9",  # pragma: allowlist secret
        "Das PW ist Sonnen9blume",  # pragma: allowlist secret
        "La parola d'ordine è Girasole9",  # pragma: allowlist secret
        "ww: Zonnebloem9",  # pragma: allowlist secret
        "npm_abcdefghijklmnopqrstuvwxyz0123",  # pragma: allowlist secret
        "OTP 482913",  # pragma: allowlist secret
        "Routing number 021000021, account 123456789012",  # pragma: allowlist secret
        "FR76/3000/6000/0112/3456/7890/189",  # pragma: allowlist secret
        "Card: 4111.1111.1111.1111",  # pragma: allowlist secret
        "Benutzername tom, Passwort Sonnenblume2",  # pragma: allowlist secret
        "Ich habe das Passwort auf Sonnenblume3 gesetzt.",  # pragma: allowlist secret
        "Das Kennwort wurde auf Sonnenblume4 geändert.",  # pragma: allowlist secret
        "Ihr Zugang: tom / Sonnenblume5",  # pragma: allowlist secret
        "mot de passe (provisoire) : Soleil77",  # pragma: allowlist secret
        "Password → Sun4flower",  # pragma: allowlist secret
        "La clave es Girasol55",  # pragma: allowlist secret
        "Use the credentials admin/Sun4flower",  # pragma: allowlist secret
    ],
)
def test_access_data_are_known_in_whatever_words(text: str) -> None:
    """In six languages, with or without a verb, and the keys of some services."""
    assert any(form.has_value for form in forms(text))


@pytest.mark.parametrize(
    "text",
    [
        "The password policy moves to ISO27001 this year.",
        "Password reset moved to Q3-2026.",
        "Please pass the 3rd test before Friday.",
        "The key is to finish lot2bis on time.",
        "La clave es terminar el lote 2.",
        "We pass: 3 of 4 tests.",
        "Your account 12345 is open.",
        "Logins per day: 250 / 300.",
        "Accès: porte 3 / quai 12.",
        "Le code postal est 75011.",
        "The password will be sent by 4pm.",
        "Passwords will be changed in 2026.",
        "The access is via VPN/MFA2 only.",
        "The OTP rollout 2026 is on track.",
        "Login: Azure/Office365",
        "Credentials: OAuth/SAML2.0",
        "Accès 8h/18h30",
        "Wir stellen das Kennwort auf Windows11 um.",
        "La clave del proyecto es Fase2.",
    ],
)
def test_what_is_said_about_access_is_no_access_data(text: str) -> None:
    """A norm, a quarter, a test, a place."""
    assert not any(form.has_value for form in forms(text))


@pytest.mark.parametrize(
    "text",
    [
        "Nous nous sommes mis d'accord sur 63 500 €.",
        "Nous sommes tombés d'accord sur 63 500 €.",
        "Le prix final est donc de 63 500 €.",
        "We have a deal at £78,000.",
        "We shook hands on £78,000.",
        "Wir haben uns auf 63.500 € geeinigt.",
        "Hemos cerrado el precio en 63.500 €.",
        "Ci siamo accordati su 63.500 €.",
        "We zijn het eens over 63.500 €.",
    ],
)
def test_a_price_that_was_agreed_on_is_settled(text: str) -> None:
    """In the words in which people agree."""
    assert money_is_settled(text)


@pytest.mark.parametrize(
    "text",
    [
        "Le prix final reste à négocier, autour de 42 k€ par an.",
        "No price is final until you sign.",
        "We do not have a deal yet.",
        "Wir haben uns noch nicht auf einen Preis geeinigt.",
        "Aún no hemos cerrado el precio.",
        "Non ci siamo accordati sul prezzo.",
        "Dès que nous sommes d'accord sur 42 k€.",
        "Pas encore d'accord trouvé.",
    ],
)
def test_a_price_that_is_not_agreed_yet_is_open(text: str) -> None:
    """A negation or a condition takes it back."""
    assert not money_is_settled(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Your password is 'letmein please'.", "letmein please"),
        ("Le mot de passe est « petit canard jaune ».", "petit canard jaune"),
        ("Passphrase: correct horse battery staple.", "correct horse battery staple"),
        ("PSK for the guest network: harbour2024.", "harbour2024"),
        ("La parola d'ordine: estate.", "estate"),
        ("Le sésame est Hiver2024!", "Hiver2024!"),
        ("The CVV is 737.", "737"),
        ("The recovery codes are 1234-5678 and 8765-4321.", "8765-4321"),
        ("Les codes de secours sont 1234-5678, 8765-4321.", "8765-4321"),
        ("The safe's combination is 12-34-56.", "12-34-56"),
        ("See https://store.example/c?sv=2022&sig=zzQ-tropical-w9 today.", "zzQ-tropical-w9"),
        ("Ravi earns 96,000 a year.", "96,000"),
        ("Karim gagne 54 000 € par an.", "54 000"),
        ("Thomas touche 4 200 € net par mois.", "4 200 €"),
        ("He makes 62k a year.", "62k"),
        ("Ella cobra 62.000 € al año.", "62.000 €"),
        ("Marco prende 2.400 euro netti al mese.", "2.400 euro"),
    ],
)
def test_more_that_lets_in_or_is_private_is_kept_back(text: str, value: str) -> None:
    """In the words that people use for it, several words included."""
    found = [f for f in flags_by_form(mail(f"Hi all,\n\n{text}\n"), POLICY) if value in f.quote]
    assert {f.sensitivity for f in found} & {Sensitivity.CREDENTIAL, Sensitivity.PERSONAL_DATA}


@pytest.mark.parametrize(
    "text",
    [
        "The passphrase is required on each laptop.",
        "The plant earns 96,000 euros on each line.",
        "It earns 90,000 a year.",
        "Acme makes 62k a year.",
        "La société touche 40 000 € par an.",
        "The combination is unusual.",
        "The PSK will be changed on Friday.",
        "Recovery codes are printed by each user.",
        "The page is ?signature=true.",
        "Le sésame est la validation du comité.",
        "The password field is called 'pwd' on the form.",
        "The passphrase is stored in your vault, not in the mail.",
        "La passphrase est communiquée par téléphone uniquement.",
        "La clave es «acompañar al equipo».",
        "La palabra clave es integración.",
        "La parola d'ordine è semplicità.",
        "Die Losung ist Geduld.",
        "Das Passwort ist „temporär gesperrt“.",
        "The combination is 1.250.000 EUR for both modules.",
    ],
)
def test_what_only_names_such_things_is_no_value(text: str) -> None:
    """What is said about a code, a firm that earns, a setting of a page."""
    assert not [f for f in forms(text) if f.has_value]


def test_a_passage_that_says_little_but_a_value_is_held_back_whole() -> None:
    """Nobody is sent "The password is."; where more is said the value alone is cut."""
    of = mail(
        "Hi all,\n\nThe password is Tr0ub4dor&3.\n\nThe archive of the drawings opens with password Tr0ub4dor&3.\n"
    )
    first, second = flags_by_form(of, POLICY)
    assert first.quote == "The password is Tr0ub4dor&3."
    assert second.quote == "Tr0ub4dor&3"


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("La démission de Paul ne change rien au planning.", "fr", True),
        ("Paul a été licencié, le calendrier reste le même.", "fr", True),
        ("Die Kündigung von Herrn Weber sprechen wir noch nicht an.", "de", True),
        ("Ravi's illness will not delay the rollout.", "en", True),
        ("Marta está de baja, la entrega se mantiene.", "es", True),
        ("Il licenziamento di Paolo non cambia la consegna.", "it", True),
        ("Bas heeft ontslag genomen, de levering blijft staan.", "nl", True),
        ("Paul recevra sa lettre de licenciement lundi.", "fr", True),
        ("Paul est au bord du burn-out.", "fr", True),
        ("Paul is close to burn-out.", "en", True),
        ("Paul will get his notice in June.", "en", True),
        ("Paul bekommt im Juni die Kündigung.", "de", True),
        ("Marta recibirá su carta de despido el lunes.", "es", True),
        ("Paolo riceverà la lettera di licenziamento lunedì.", "it", True),
        ("Bas krijgt in juni zijn ontslag.", "nl", True),
        ("Paul bekommt im Juni die Kündigung des Vertrags.", "de", False),
        ("Paul will get notice of the change in June.", "en", False),
        ("Die Kündigung von Verträgen regelt § 5.", "de", False),
        ("Le système a démarré.", "fr", False),
    ],
)
def test_somebodys_own_affair_is_a_confidence_by_its_form(text: str, language: Language, told: bool) -> None:
    """Told with a name, whether or not that is one of the readers."""
    found = flags_by_form(case(text, language=language), POLICY)
    assert (Sensitivity.PERSONAL_CONCERN in {f.sensitivity for f in found}) is told
