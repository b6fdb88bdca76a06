"""One whole mail in each language, from text to outgoing messages, with the local engine."""

import asyncio
from datetime import date
from typing import NamedTuple

import pytest

from reviewer import prompts
from reviewer.chain import Setup, review
from reviewer.cues import rules_access
from reviewer.deal import Deal, History, KeptReview, Outgoing
from reviewer.local.engine import local_engine
from reviewer.parse import read_draft
from reviewer.recap import weekly
from reviewer.revise import Decisions, revise
from reviewer.texts import data
from reviewer.types import Review, Role, Situation, Zone

SET = prompts.load("default")
PEOPLE = """\
Anna Roth <anna@k.example> - {}
Boris Lenz <boris@k.example> - {}
Carla Neri <carla@k.example> - {}
David Moss <david@k.example> - {}
"""
ANNA, BORIS, CARLA, DAVID = (f"{name}@k.example" for name in ("anna", "boris", "carla", "david"))


class Mail(NamedTuple):
    """A draft with its readers' titles, and what must become of it."""

    titles: str
    """Sponsor, technical lead, procurement, project manager, with slashes between."""
    body: str
    decision: str
    """Words of a settled decision, which the group reads."""
    secret: str
    """Words of a confidence told to Anna alone."""
    price: str
    """A price position told to Carla alone."""


MAILS = {
    "fr": Mail(
        "directrice générale, sponsor / DSI / acheteuse / chef de projet",
        "Bonjour à tous,\n\nLe comité de pilotage a validé le scénario B. Le pilote s'est terminé vendredi avec succès.\n\n"
        "Boris, pourriez-vous nous envoyer le schéma de l'annuaire ?\n\n"
        "Carla, nous pourrions accorder une remise de 12 % si vous signez avant juin.\n\n"
        "Entre nous Anna, Boris m'a confié qu'il craint de perdre son poste.\n\nBien cordialement,\nZoé Morel\n",
        "scénario B", "perdre son poste", "12 %",
    ),
    "en": Mail(
        "CEO, executive sponsor / CTO / head of procurement / project manager",
        "Hi all,\n\nThe steering committee approved scenario B. The pilot ended on Friday with all tests green.\n\n"
        "Boris, could you send us the directory schema?\n\n"
        "Carla, we could give you a discount of 12 % if you sign before June.\n\n"
        "Between us Anna, Boris told me he is afraid of losing his job.\n\nKind regards,\nZoe Moore\n",
        "scenario B", "losing his job", "12 %",
    ),
    "de": Mail(
        "Geschäftsführerin, Sponsorin / IT-Leiter / Einkaufsleiterin / Projektleiter",
        "Liebe Kolleginnen und Kollegen,\n\nder Lenkungsausschuss hat Variante B genehmigt. "
        "Der Pilot wurde am Freitag erfolgreich abgeschlossen.\n\n"
        "Boris, könnten Sie uns das Verzeichnisschema schicken?\n\n"
        "Carla, wir könnten Ihnen 12 % Rabatt geben, wenn Sie vor Juni unterschreiben.\n\n"
        "Unter uns Anna: Boris hat mir anvertraut, dass er Angst hat, seine Stelle zu verlieren.\n\nMit freundlichen Grüßen\nZoe Maurer\n",
        "Variante B", "seine Stelle zu verlieren", "12 %",
    ),
    "es": Mail(
        "directora general, patrocinadora / director de sistemas / responsable de compras / jefe de proyecto",
        "Hola a todos:\n\nEl comité de dirección ha aprobado el escenario B. "
        "El piloto terminó el viernes con éxito.\n\n"
        "Boris, ¿podría enviarnos el esquema del directorio?\n\n"
        "Carla, podríamos conceder un descuento del 12 % si firman antes de junio.\n\n"
        "Entre nosotros, Anna: Boris me ha confesado que tiene miedo de perder su puesto.\n\nUn saludo cordial,\nZoe Moreno\n",
        "escenario B", "perder su puesto", "12 %",
    ),
    "it": Mail(
        "direttrice generale, sponsor / direttore IT / responsabile acquisti / capo progetto",
        "Buongiorno a tutti,\n\nil comitato di direzione ha approvato lo scenario B. "
        "Il pilota si è concluso venerdì con successo.\n\n"
        "Boris, potrebbe inviarci lo schema della directory?\n\n"
        "Carla, potremmo concedere uno sconto del 12 % se firmate entro giugno.\n\n"
        "Tra noi, Anna: Boris mi ha confidato che teme di perdere il posto.\n\nCordiali saluti,\nZoe Moretti\n",
        "scenario B", "perdere il posto", "12 %",
    ),
    "nl": Mail(
        "algemeen directeur, sponsor / IT-directeur / hoofd inkoop / projectleider",
        "Beste allen,\n\nDe stuurgroep heeft scenario B goedgekeurd. De pilot is vrijdag met succes afgerond.\n\n"
        "Boris, kunt u ons het schema van de directory sturen?\n\n"
        "Carla, wij zouden 12 % korting kunnen geven als u voor juni tekent.\n\n"
        "Onder ons, Anna: Boris heeft mij toevertrouwd dat hij bang is zijn baan te verliezen.\n\nMet vriendelijke groet,\nZoë Maas\n",
        "scenario B", "zijn baan te verliezen", "12 %",
    ),
}  # fmt: skip


def reviewed(mail: Mail) -> Review:
    """The review of a mail as text."""
    draft, passages = read_draft(mail.body.encode("utf-8"), PEOPLE.format(*mail.titles.split(" / ")), subject="Atlas")
    situation = Situation(today=date(2026, 3, 2), explain_in="en")
    return asyncio.run(review(draft, passages, situation, Setup(SET.policy, local_engine(SET.policy))))


@pytest.mark.parametrize("language", sorted(MAILS))
def test_a_mail_is_split_in_its_language(language: str) -> None:
    """Decision to the group, ask to Boris, price to Carla, confidence to Anna; greeted and signed; nothing else leaks."""
    mail = MAILS[language]
    result = reviewed(mail)
    assert result.draft.language == language
    assert result.passages[0].zone is Zone.GREETING
    assert result.passages[-1].zone is Zone.SIGNATURE
    assert result.passed, result.findings
    proposal = result.proposal
    assert proposal.group is not None
    assert mail.decision in proposal.group.body
    direct = {m.to: m for m in proposal.direct}
    assert {(ANNA,), (BORIS,), (CARLA,)} <= direct.keys()
    for key, text, owner in (("secret", mail.secret, (ANNA,)), ("price", mail.price, (CARLA,))):
        holders = [m.to for m in proposal.messages if text in m.body]
        assert holders == [owner], key
    assert direct[BORIS,].body.rstrip().splitlines()[2].endswith("?")
    for message in proposal.messages:
        first, last = message.body.strip().splitlines()[0], message.body.strip().splitlines()[-1]
        assert last.startswith("Zo")
        assert message.kind == "group" or "Boris" in first or "Anna" in first or "Carla" in first or "David" in first


@pytest.mark.parametrize("language", sorted(MAILS))
def test_the_sponsor_is_asked_in_the_same_language(language: str) -> None:
    """The rules-of-engagement message uses the phrases of the draft's language and comes first."""
    result = reviewed(MAILS[language])
    message = result.proposal.rules_of_engagement
    assert message is not None
    assert message.to == (ANNA,)
    assert message.subject == data("phrases")[language]["engagement"]["subject"]
    assert result.proposal.sequence[0] == "engagement"


OWN = {
    "fr": "Bien à vous,",
    "en": "With warm regards,",
    "de": "Viele Grüße",
    "es": "Saludos cordiales,",
    "it": "Un cordiale saluto,",
    "nl": "Hartelijke groeten,",
}


@pytest.mark.parametrize("language", sorted(MAILS))
def test_what_the_program_writes_closes_as_the_seller_does(language: str) -> None:
    """The message to the sponsor and the weekly one, which no check complains about."""
    mail = MAILS[language]
    body = mail.body.strip().splitlines()
    ending = f"{OWN[language]}\n{body[-1]}\n"
    result = reviewed(mail._replace(body="\n".join([*body[:-2], ending])))
    assert result.passed, result.findings
    assert result.draft.language == language
    asked = result.proposal.rules_of_engagement
    assert asked is not None
    assert asked.body.endswith(f"\n\n{ending}")
    day = date(2026, 3, 2)
    deal = Deal(name="Atlas", created=day, people=result.draft.stakeholders)
    # Within the week: "the pilot ended on Friday" is told no later.
    found = weekly(History(deal, (KeptReview(1, day, result),), left(result, day)), SET.policy, date(2026, 3, 6), "en")
    assert found.message is not None
    assert found.message.body.endswith(f"\n\n{ending}")
    assert found.findings == ()


def left(result: Review, day: date) -> tuple[Outgoing, ...]:
    """The messages of the review, of which all but that to the group left."""
    return tuple(
        Outgoing(id=n, review_id=1, made=day, message=m, sent=day if m.kind == "direct" else None)
        for n, m in enumerate(result.proposal.messages, 1)
    )


def read(language: str, *paragraphs: str, titles: str = "") -> Review:
    """The review of a mail of these paragraphs to the readers of the language's whole mail, or to readers with these titles."""
    mail = MAILS[language]
    body = "\n\n".join([*paragraphs, *mail.body.strip().split("\n\n")[-1:]])
    return reviewed(mail._replace(body=body, titles=titles or mail.titles))


def readers(result: Review, words: str) -> set[str]:
    """Addresses of who reads these words, in whichever message and with whichever first letter; "group" for all."""
    return {
        "group" if message.kind == "group" else address
        for message in result.proposal.messages
        for address in message.to
        if words.casefold() in message.body.casefold()
    }


LISTS = {
    "fr": ("Bonjour à tous,", "Le point :", "le comité a validé le scénario B", "l'ouverture reste fixée au 1er octobre",
           "la liaison avec SAP passe par une API REST", "nous pourrions descendre à 890 euros par mois si vous signez pour trois ans"),
    "de": ("Hallo zusammen,", "Stand:", "der Lenkungskreis hat Szenario B freigegeben", "der Go-live bleibt am 1. Oktober",
           "die Anbindung an SAP läuft über eine REST-Schnittstelle", "wir können auf 890 Euro im Monat gehen, wenn ihr drei Jahre bleibt"),
    "es": ("Hola a todos:", "Este es el estado:", "el comité ha aprobado el escenario B", "el arranque queda para el 1 de octubre",
           "la integración con SAP va por una API REST", "podemos bajar a 890 euros al mes si firmáis por tres años"),
    "it": ("Ciao a tutti,", "Ecco lo stato:", "il comitato ha approvato lo scenario B", "il go-live è confermato per il 1° ottobre",
           "l'integrazione con SAP passa da API REST", "possiamo scendere a 890 euro al mese se firmate per tre anni"),
    "nl": ("Hoi allemaal,", "De stand:", "de stuurgroep heeft scenario B goedgekeurd", "de livegang blijft op 1 oktober",
           "de koppeling met SAP loopt via een REST API", "we kunnen zakken naar 890 euro per maand als jullie voor drie jaar tekenen"),
}  # fmt: skip


@pytest.mark.parametrize("mark", [";", ","])
@pytest.mark.parametrize("language", sorted(LISTS))
def test_each_line_of_a_list_goes_by_its_own_matter(language: str, mark: str) -> None:
    """However the lines end: the price to procurement alone, decision and date to all; and what is left of the list ends with a stop."""
    hello, lead_in, decision, date_, link, price = LISTS[language]
    rows = [*(f"- {row}{mark}" for row in (decision, date_, link)), f"- {price}."]
    result = read(language, hello, "\n".join([lead_in, *rows]))
    assert readers(result, decision) == {"group"}
    assert readers(result, date_) == {"group"}
    assert readers(result, link) == {BORIS}
    assert readers(result, price) == {CARLA}
    assert f"{date_}." in result.proposal.group.body if result.proposal.group else False


def test_a_list_of_things_stays_together() -> None:
    """Lines that only name what one request asks for go to one reader."""
    rows = "Boris, could you send us:\n- the network diagram,\n- the list of interfaces,\n- the server names."
    result = read("en", "Hi all,", "The steering committee approved scenario B.", rows)
    assert readers(result, "the server names") == readers(result, "the network diagram") == {BORIS}


ASIDES = {
    "de": ["Frau Professor Roth, unter vier Augen: Boris ist völlig überlastet.", "Im Vertrauen, Frau Roth: Boris ist völlig überlastet."],
    "es": ["Entre tú y yo, Anna, Boris está muy quemado.", "Doctora Roth, que quede entre nosotros: el señor Lenz está desbordado."],
    "it": ["Tra me e te, Anna: Boris è esausto.", "Professoressa Roth, in confidenza: il signor Lenz è esausto."],
    "nl": ["Tussen jou en mij, Anna: Boris heeft ruzie met Carla.", "Anna, tussen jou en mij: Boris heeft ruzie met Carla."],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in ASIDES.items() for text in texts]
)
def test_an_aside_is_for_whom_it_is_told(language: str, text: str) -> None:
    """As a confidence, and for nobody else."""
    result = read(language, MAILS[language].body.split("\n\n")[0], text)
    assert readers(result, text.rpartition(" ")[2]) == {ANNA}
    [passage] = [p for p in result.passages if p.text == text]
    assert "confidential" in {f.sensitivity for f in result.flags if f.passage_id == passage.id}


HUSHED = {
    "de": ("Herr Lenz hat mir gesagt, dass er überlastet ist.", "Das behandeln Sie bitte vertraulich, Frau Roth."),
    "es": ("El señor Lenz me ha dicho que se siente desbordado.", "Le ruego que no lo comente, señora Roth."),
    "it": ("Il signor Lenz mi ha confidato di essere esausto.", "La prego di tenerlo per sé, signora Roth."),
    "nl": ("De heer Lenz vertelde mij dat hij overbelast is.", "Wilt u dit graag voor uzelf houden, mevrouw Roth."),
    "fr": ("M. Lenz m'a confié qu'il est épuisé.", "Gardez-le pour vous, Madame Roth."),
    "en": ("Mr Lenz told me that he is worn out.", "Please keep that to yourself, Ms Roth."),
}


@pytest.mark.parametrize("language", sorted(HUSHED))
def test_a_request_to_keep_something_never_leaves_without_it(language: str) -> None:
    """Whoever reads "keep that to yourself" reads what; else both are held back."""
    told, hush = HUSHED[language]
    result = read(language, MAILS[language].body.split("\n\n")[0], f"{told} {hush}")
    assert readers(result, hush) <= readers(result, told) <= {ANNA}


COURTLY = {
    "de": ("Sehr geehrte Frau Roth, sehr geehrte Herren,", "Frau Roth, unter uns: Herr Lenz ist überlastet.", "Sehr geehrte Frau Roth,"),
    "es": ("Estimada Sra. Roth, estimados señores:", "Sra. Roth, entre nosotros: el señor Lenz está desbordado.", "Estimada Sra. Roth:"),
    "it": ("Gentile dottoressa Roth, gentili signori,", "Dottoressa Roth, tra noi: il signor Lenz è esausto.", "Gentile dottoressa Roth,"),
    "nl": ("Geachte mevrouw Roth, geachte heren,", "Mevrouw Roth, onder ons: de heer Lenz is overbelast.", "Geachte mevrouw Roth,"),
    "fr": ("Madame Roth, Messieurs,", "Madame Roth, entre nous : Monsieur Lenz est épuisé.", "Madame,"),
}  # fmt: skip


@pytest.mark.parametrize("language", sorted(COURTLY))
def test_a_greeting_of_one_and_the_gentlemen_is_for_all(language: str) -> None:
    """The message to the one greets her alone, that to all as the seller does."""
    greeting, secret, alone = COURTLY[language]
    result = read(language, greeting, MAILS[language].body.split("\n\n")[1], secret)
    assert result.proposal.group is not None
    assert result.proposal.group.body.startswith(greeting)
    bodies = [m.body for m in result.proposal.direct if m.to == (ANNA,)]
    assert len(bodies) == 1
    assert bodies[0].splitlines()[0].casefold() == alone.casefold()


@pytest.mark.parametrize(
    ("language", "greeting", "ask", "opens", "listed"),
    [
        ("es", "Buenos días a todos:", "Señor Lenz, ¿puede enviarnos el esquema?", "Buenos días, señor Lenz:", "- el señor Lenz "),
        ("es", "Estimados señores:", "Don Boris, ¿puede enviarnos el esquema?", "Estimado don Boris:", "- don Boris "),
        ("it", "Buongiorno a tutti,", "Ingegner Lenz, potrebbe inviarci lo schema?", "Buongiorno Ingegner Lenz,", "- l'ingegner Lenz "),
        ("nl", "Goedemorgen allemaal,", "Mevrouw Lenz, kunt u ons het schema sturen?", "Goedemorgen mevrouw Lenz,", "- mevrouw Lenz "),
        ("nl", "Geachte dames en heren,", "Zou de heer Lenz ons het schema kunnen sturen?", "Geachte heer Lenz,", "- de heer Lenz "),
    ],
)  # fmt: skip
def test_a_title_is_written_as_its_language_does(
    language: str, greeting: str, ask: str, opens: str, listed: str
) -> None:
    """In a greeting, and in the list of who would be written to."""
    result = read(language, greeting, MAILS[language].body.split("\n\n")[1], ask)
    [body] = [m.body for m in result.proposal.direct if m.to == (BORIS,)]
    assert body.splitlines()[0] == opens
    assert result.proposal.rules_of_engagement is not None
    assert listed in result.proposal.rules_of_engagement.body


FINANCE = {
    "fr": ("directrice financière", "Carla, cela rentre-t-il dans le budget de cette année ?"),
    "en": ("finance director", "Carla, does this fit within your budget for this year?"),
    "de": ("kaufmännische Leiterin", "Frau Neri, passt das noch in Ihr Budget für dieses Jahr?"),
    "es": ("directora financiera", "Señora Neri, ¿esto entra en el presupuesto de este año?"),
    "it": ("direttrice finanziaria", "Signora Neri, questo rientra nel budget di quest'anno?"),
    "nl": ("financieel directeur", "Mevrouw Neri, past dit in het budget van dit jaar?"),
}


def with_finance(language: str) -> str:
    """The titles of the language's mail, with finance in place of procurement."""
    sponsor, technical, _, manager = MAILS[language].titles.split(" / ")
    return " / ".join([sponsor, technical, FINANCE[language][0], manager])


@pytest.mark.parametrize("language", sorted(FINANCE))
def test_finance_that_is_asked_by_name_whether_it_fits_the_budget_reads_the_question(language: str) -> None:
    """And nobody else: a question tells nothing of a budget."""
    ask = FINANCE[language][1]
    result = read(language, *MAILS[language].body.split("\n\n")[:2], ask, titles=with_finance(language))
    assert readers(result, ask.split(", ")[1][2:]) == {CARLA}


LIMITS = {
    "fr": "Boris n'a plus que 15 k€ pour cette année. Carla, cela rentre-t-il dans le budget ?",
    "en": "Boris only has 15k left for this year. Carla, does this fit within your budget?",
    "de": "Boris hat für dieses Jahr nur noch 15.000 Euro. Frau Neri, passt das in Ihr Budget?",
    "es": "A Boris solo le quedan 15.000 euros para este año. Señora Neri, ¿esto entra en el presupuesto?",
    "it": "A Boris restano solo 15.000 euro per quest'anno. Signora Neri, questo rientra nel budget?",
    "nl": "Boris mag van zijn baas niet boven de 15.000 euro budget uitkomen. Mevrouw Neri, past dit in het budget?",
}


@pytest.mark.parametrize("language", sorted(LIMITS))
def test_finance_reads_nobodys_limit_beside_a_question(language: str) -> None:
    """Rule 5: not the sentence that the question means."""
    result = read(language, *MAILS[language].body.split("\n\n")[:2], LIMITS[language], titles=with_finance(language))
    assert not {CARLA, "group"} & readers(result, "15")


HALVES = {
    "de": ("Der Umfang von Los 2 ist bestätigt", ", beim Preis könnten wir aber noch auf 70.000 Euro heruntergehen."),
    "es": ("El alcance del lote 2 está confirmado", ", pero en el precio todavía podríamos bajar hasta 70.000 euros."),
    "it": ("Il perimetro del lotto 2 è stato validato", ", mentre sul prezzo potremmo scendere fino a 70.000 euro."),
    "nl": ("De scope van lot 2 is bevestigd", ", maar over de prijs kunnen we nog zakken tot 70.000 euro."),
    "fr": ("Le périmètre du lot 2 est validé", ", mais sur le prix nous pourrions encore descendre à 70 000 euros."),
}


@pytest.mark.parametrize("language", sorted(HALVES))
def test_the_settled_half_of_a_sentence_is_for_all_and_the_position_for_procurement(language: str) -> None:
    """Where both halves are clauses."""
    settled, position = HALVES[language]
    result = read(language, *MAILS[language].body.split("\n\n")[:2], settled + position)
    assert readers(result, "70") == {CARLA}
    assert result.proposal.group is not None
    assert f"{settled}." in result.proposal.group.body


def test_although_cuts_off_a_limit_of_the_customers() -> None:
    """Dutch "al wil" beside an approved budget, which alone is said to all."""
    result = read(
        "nl",
        "Goedemiddag,",
        "Het budget van 1,4 miljoen euro is goedgekeurd, al wil de financiële dienst liever niet boven 1,2 miljoen gaan.",
    )
    assert "Het budget van 1,4 miljoen euro is goedgekeurd." in (
        result.proposal.group.body if result.proposal.group else ""
    )
    assert readers(result, "1,2 miljoen") == {CARLA}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "The first wave is approved, whereas the second is anybody's guess, and we could only take it in at 40 a head.",
        ),
        (
            "de",
            "Die erste Welle ist genehmigt, während die zweite offen ist, aber beim Preis könnten wir auf 40.000 Euro gehen.",
        ),
    ],
)
def test_what_a_contrast_leaves_open_is_no_outcome(language: str, text: str) -> None:
    """The rest of a sentence that goes on with "whereas" is not said to all."""
    result = read(language, *MAILS[language].body.split("\n\n")[:2], text)
    assert "group" not in readers(result, text.split(", ")[1])


DEPARTMENTS = {
    "fr": (
        "Quelqu'un de l'informatique pourrait-il envoyer les données de test ?",
        "Quelqu'un du service achats peut-il envoyer le numéro de commande ?",
    ),
    "en": ("Could somebody from IT send the test data?", "Could somebody from procurement send the order number?"),
    "de": (
        "Könnte jemand aus der IT die Testdaten schicken?",
        "Könnte jemand aus dem Einkauf die Bestellnummer schicken?",
    ),
    "es": (
        "¿Podría alguien de sistemas enviar los datos de prueba?",
        "¿Alguien de compras me puede mandar el número de pedido?",
    ),
    "it": (
        "Qualcuno della IT può inviare i dati di test?",
        "Qualcuno dell'ufficio acquisti può inviare il numero d'ordine?",
    ),
    "nl": ("Kan iemand van de IT de testgegevens sturen?", "Kan iemand van inkoop het bestelnummer sturen?"),
}


@pytest.mark.parametrize("language", sorted(DEPARTMENTS))
def test_somebody_of_a_department_is_whoever_of_it_reads_the_mail(language: str) -> None:
    """However the ask would be routed by its topic."""
    result = read(language, *MAILS[language].body.split("\n\n")[:2], *DEPARTMENTS[language])
    owners = {p.text: a.owner for p in result.passages for a in result.assignments if a.passage_id == p.id and a.owner}
    assert owners == dict(zip(DEPARTMENTS[language], (BORIS, CARLA), strict=True))


COMES = {
    "fr": ("Quelqu'un de la DSI sera présent à l'atelier.", "Quelqu'un de la DSI bloque le projet."),
    "en": ("Someone from IT will attend the workshop.", "Someone from IT is blocking the project."),
    "de": ("Jemand aus der IT wird am Workshop teilnehmen.", "Jemand aus der IT blockiert das Projekt."),
    "es": ("Alguien de informática asistirá al taller.", "Alguien de informática está bloqueando el proyecto."),
    "it": ("Qualcuno dell'IT parteciperà al workshop.", "Qualcuno dell'IT blocca il progetto."),
    "nl": ("Iemand van IT zal bij de workshop zijn.", "Iemand van IT blokkeert het project."),
}


@pytest.mark.parametrize("language", sorted(COMES))
def test_that_somebody_of_a_department_comes_is_no_talk_about_it(language: str) -> None:
    """Nor is a plain ask of one; a complaint of one is, and reaches neither the department nor the group."""
    comes, complains = COMES[language]
    result = read(language, *MAILS[language].body.split("\n\n")[:2], comes, complains)
    by_id = {p.id: p.text for p in result.passages}
    assert comes not in {by_id[f.passage_id] for f in result.flags}
    assert not {BORIS, "group"} & readers(result, complains)


def test_a_plain_ask_of_a_department_is_for_who_reads_of_it() -> None:
    """Its name alone made it talk about the department."""
    ask = "Quelqu'un de la DSI peut-il ouvrir l'accès au serveur de test ?"
    result = read("fr", *MAILS["fr"].body.split("\n\n")[:2], ask)
    assert [f for f in result.flags if f.quote == ask] == []


ACCESS = {
    "fr": "Le mot de passe doit être changé à la première connexion.",
    "en": "The password must be changed at first login.",
    "de": "Das Passwort muss bei der ersten Anmeldung geändert werden.",
    "es": "La contraseña debe cambiarse en el primer inicio de sesión.",
    "it": "La password va cambiata al primo accesso.",
    "nl": "Het wachtwoord moet bij de eerste aanmelding worden gewijzigd.",
}


@pytest.mark.parametrize("language", sorted(ACCESS))
def test_what_must_be_done_with_a_password_is_none(language: str) -> None:
    """It holds nothing that could be one."""
    result = read(language, *MAILS[language].body.split("\n\n")[:2], ACCESS[language])
    assert "credential" not in {f.sensitivity for f in result.flags}


@pytest.mark.parametrize(
    "text",
    [
        "Le mot de passe doit être changé en soleil.",
        "The password must be changed to Sunshine7.",
        "Das Passwort muss auf Sonne geändert werden.",
    ],
)
def test_what_a_password_must_become_is_one(text: str) -> None:
    """A word behind "to" may be it."""
    assert not rules_access(text)


def test_what_an_ask_of_a_department_tells_of_somebody_stays_hidden() -> None:
    """From the department, and from whom it is about."""
    ask = "Kann jemand aus dem Einkauf Boris endlich ablösen, er ist völlig überfordert?"
    result = read("de", *MAILS["de"].body.split("\n\n")[:2], ask)
    assert not {CARLA, BORIS, "group"} & readers(result, "überfordert")


CARRIED_ON = [
    ("en", "Carla, if the order is signed this month we could go to 12%.", "However, please keep that figure to yourself for now."),
    ("es", "Carla, podríamos bajar a 61.000 euros si firma ya.", "No obstante, los portes quedarían por su cuenta."),
    ("de", "Carla, bei 40 Lizenzen gehe ich auf 19 Euro runter.", "Mehr ist aber nicht drin."),
    ("nl", "Carla, als jullie nu tekenen, kan ik naar 7.900 euro per jaar.", "Lager gaat het echt niet."),
    ("en", "Carla, the fee could drop to 640 pounds with a two-year term.", "Apart from that, the order form is unchanged."),
    ("it", "Carla, se ordinate ora possiamo arrivare a 92.000 euro.", "È però una condizione che vale solo fino al 20 dicembre."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "offer", "limit"), CARRIED_ON)
def test_what_limits_an_offer_goes_with_it(language: str, offer: str, limit: str) -> None:
    """A sentence that names nobody is said to whom its paragraph calls, whatever it sounds like by itself."""
    greeting, news = MAILS[language].body.split("\n\n")[:2]
    result = read(language, greeting, news, f"{offer} {limit}")
    assert readers(result, limit) == {CARLA}


def test_what_is_missing_for_something_goes_with_it() -> None:
    """ "Without that there is nothing to show" is no budget that is kept from whom it is said to."""
    greeting, news = MAILS["es"].body.split("\n\n")[:2]
    said = "Boris, el panel necesita un APN propio. También necesitamos la API de horarios. Sin eso no hay nada que mostrar."
    assert readers(read("es", greeting, news, said), "Sin eso no hay nada que mostrar.") == {BORIS}


def test_a_remark_on_a_confidence_goes_with_it() -> None:
    """It reaches whoever is told the confidence, and neither whom that is about nor the one it sounds right for."""
    greeting, news = MAILS["de"].body.split("\n\n")[:2]
    told = "Anna, ganz ehrlich, Boris zweifelt, ob die Poliere mitziehen."
    remark = "Vielleicht sollten wir die früh dazuholen."
    assert readers(read("de", greeting, news, f"{told} {remark}"), remark) == {ANNA}
    assert readers(read("de", greeting, news, told, remark), remark) != {ANNA}


def test_you_is_whom_a_paragraph_calls_as_long_as_it_speaks_to_them() -> None:
    """However much a sentence without a price sounds like one; once another matter came between, "you" may be anybody."""
    greeting, news = MAILS["en"].body.split("\n\n")[:2]
    call = "Boris, could you open port 8443?"
    choice = "We would recommend adding two of them, but that is your call."
    result = read("en", greeting, news, f"{call} On a related note, the access points drop out near dock 7. {choice}")
    assert readers(result, "but that is your call") == {BORIS}
    between = "The set-up fee for the first twelve could be waived, but our management will go no further."
    assert BORIS not in readers(read("en", greeting, news, f"{call} {between} {choice}"), "but that is your call")


def test_what_is_left_for_all_points_at_nothing_that_was_cut() -> None:
    """ "That is your call" alone is no news for everybody."""
    greeting, news = MAILS["en"].body.split("\n\n")[:2]
    result = read("en", greeting, news, "We would recommend adding two of them, but that is your call.")
    assert "group" not in readers(result, "that is your call")


def test_a_german_message_goes_on_small_with_a_joining_word() -> None:
    """ "allerdings fehlt uns" behind the greeting's comma."""
    greeting, news = MAILS["de"].body.split("\n\n")[:2]
    said = "Das Schema ist fertig. Allerdings fehlt uns noch das Fundamentblatt. Boris, könnten Sie es uns senden?"
    result = read("de", greeting, news, said)
    assert ",\n\nAllerdings" not in "".join(m.body for m in result.proposal.messages)


def test_what_should_be_done_about_a_confidence_is_not_for_whom_it_is_about() -> None:
    """ "We should have a plan B" behind what Boris has confided, also where a plea for silence stands between."""
    greeting, news = MAILS["de"].body.split("\n\n")[:2]
    told = "Anna, noch etwas Persönliches. Boris hat mir erzählt, dass er sich auf eine andere Stelle beworben hat."
    plan = "Ich finde, wir sollten trotzdem einen Plan B haben."
    result = read("de", greeting, news, f"{told} Behalte das bitte für dich. {plan}")
    assert not {BORIS, "group"} & readers(result, "einen Plan B haben")


def test_whom_a_confidence_is_about_may_be_named_in_the_sentence_before() -> None:
    """Spanish tells what somebody said without a pronoun: the sentence that names them goes with it."""
    greeting, news = MAILS["es"].body.split("\n\n")[:2]
    result = read("es", greeting, news, "Ayer hablé con Boris. Me confesó que teme que le quiten el equipo.")
    assert not {BORIS, "group"} & readers(result, "Ayer hablé con Boris")


def test_an_offer_to_be_called_is_no_confidence() -> None:
    """It goes on speaking to whom the paragraph called."""
    greeting, news = MAILS["de"].body.split("\n\n")[:2]
    result = read("de", greeting, news, "Boris, das Schema hängt an. Falls dir etwas fehlt, ruf mich gern an.")
    assert BORIS in readers(result, "ruf mich gern an")


def test_a_corrected_role_brings_no_heading_back() -> None:
    """The line above a list stays where two of its points go."""
    hello, lead_in, decision, date_, link, _ = LISTS["de"]
    result = read("de", hello, "\n".join([lead_in, f"- {decision};", f"- {date_};", f"- {link}."]))
    assert readers(result, lead_in) == {"group"}
    after = revise(result, Decisions(roles={DAVID: (Role.FINANCE,)}), SET.policy)
    assert readers(after, lead_in) == {"group"}
