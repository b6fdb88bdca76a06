"""Who reads a sentence in the end, by the local engine alone: mails in which a name, a "you" or a list could mislead."""

import asyncio

import pytest

from reviewer.chain import Setup, review
from reviewer.cues import gives_a_day, is_courtesy
from reviewer.local.engine import local_engine
from reviewer.mail import RawMail
from reviewer.names import addressed
from reviewer.parse import make_draft
from reviewer.people import read_people
from reviewer.types import Language, Situation
from tests.build import TODAY
from tests.test_deal import POLICY

PEOPLE = """Sylvie Martin <s.martin@client.example> - CEO, sponsor
Karim Benali <k.benali@client.example> - CTO
Marie Colin <m.colin@client.example> - head of procurement
Thomas Vidal <t.vidal@client.example> - project manager
Anna Roth <a.roth@client.example> - CFO"""


def readers(body: str, words: str, people: str = PEOPLE) -> set[str]:
    """Who reads the sentence that has these words: first names, and "group"."""
    draft, passages = make_draft(RawMail("Atlas", None, (), body), read_people(people))
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


HOUSE = """Claire Brandt <c.brandt@client.example> - Direktorin, champion
Didier Moreau <d.moreau@client.example> - responsable informatique
Edwin Wray <e.wray@client.example> - Marine Superintendent
Heike Klose <h.klose@client.example> - Vorsitzende des Betriebsrats
Carla Ricci <c.ricci@client.example> - ufficio acquisti, head of procurement
Valérie Huet <v.huet@client.example> - contrôleuse financière
Thomas Vidal <t.vidal@client.example> - chef de projet
Bruno Costa <b.costa@client.example> - délégué à la protection des données
Thierry Vasseur <t.vasseur@client.example> - chef du service maintenance"""


def of_house(sentence: str) -> set[str]:
    """Who of the house reads a sentence that stands alone in its paragraph."""
    return readers(f"Bonjour à tous,\n\n{sentence}\n\nCordialement,\nJulie\n", sentence, HOUSE)


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("Quelqu'un de la maintenance peut-il vérifier que l'armoire a une prise libre ?", "Thierry"),
        ("Est-ce que vos collègues de la maintenance peuvent nous ouvrir l'atelier jeudi ?", "Thierry"),
        ("Nous aurions besoin que vos collègues de la maintenance nous ouvrent l'atelier jeudi.", "Thierry"),
        ("Serait-il possible que le délégué à la protection des données nous confirme les treize mois ?", "Bruno"),
        ("Un agent du service informatique pourrait-il nous donner le plan d'adressage ?", "Didier"),
        ("A night contact from the marine side by Friday, please.", "Edwin"),
        ("I'd appreciate a word from the procurement desk before 4 December.", "Carla"),
        ("We would be obliged if somebody from maintenance could open the workshop on Thursday.", "Thierry"),
        ("Könnte uns jemand aus dem Betriebsrat bis Freitag die Vereinbarung schicken?", "Heike"),
        ("Für den Betriebsrat: Eine Auswertung nach einzelnen Mitarbeitenden findet nicht statt.", "Heike"),
        ("Could your finance colleague confirm that the invoice is paid?", "Valérie"),
        ("Wäre es möglich, dass jemand aus der IT die Adressen schickt?", "Didier"),
    ],
)
def test_an_ask_of_a_department_reaches_who_has_it_in_the_title(sentence: str, wanted: str) -> None:
    """Whatever the ask is about, and whoever else holds a role for that."""
    assert of_house(sentence) == {wanted}


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("Mme Huet recevra notre première facture le 15 janvier.", "Valérie"),
        ("Ms Ricci will find the revised terms in the shared folder.", "Carla"),
        ("La signora Ricci troverà in allegato le condizioni rivedute.", "Carla"),
        ("Para la señora Ricci: los 4,20 euros se pueden quedar en 3,95 si metemos también el spa.", "Carla"),
        ("Thomas vous me confirmez la date du béton par retour ?", "Thomas"),
        ("Valérie votre numéro d'engagement figure bien sur la facture d'acompte.", "Valérie"),
        ("Between ourselves, Didier, Thomas has been rather sniffy about the carpets.", "Didier"),
        ("Didier il me faut l'adresse du serveur et un compte en lecture seule.", "Didier"),
        ("Didier, votre passerelle accepte-t-elle le MQTT chiffré, oui ou non ?", "Didier"),
    ],
)
def test_a_sentence_that_means_one_reader_reaches_that_reader(sentence: str, wanted: str) -> None:
    """By what they will get, by a title behind an article, and without the comma behind a name."""
    assert of_house(sentence) == {wanted}


@pytest.mark.parametrize(
    "sentence", ["Thomas vous a envoyé la date du béton hier.", "Valérie vous confirme la date jeudi."]
)
def test_a_name_before_you_is_no_call_where_it_does_something(sentence: str) -> None:
    """ "Régis vous me confirmez" speaks to him, "Régis vous confirme" of him."""
    draft, passages = make_draft(RawMail("Atlas", None, (), sentence), read_people(HOUSE))
    assert passages
    assert not addressed(sentence, draft.stakeholders)


@pytest.mark.parametrize(
    "sentence",
    [
        "Thomas, le test de charge prévu jeudi glisse au lundi 30, comme convenu au téléphone.",
        "L'enveloppe de pose, 38 k€, est validée par votre direction générale.",
        "Didier, testing moves to the week of 15 February, as we agreed on the phone.",
    ],
)
def test_what_moved_and_is_agreed_is_for_all(sentence: str) -> None:
    """Whoever it is told to (rule 19)."""
    assert "group" in of_house(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Thomas, as agreed, testing moves to June because your team is too weak elsewhere.",
        "Thomas, comme convenu, la recette glisse au 9 mars car les achats traînent.",
        "Thomas, comme convenu, la recette glisse au 9 mars, c'est acté avec M. Gaillard.",
        "Carla, comme convenu, nous descendons à 42 k€ pour le périmètre réduit.",
        "Carla, your discount of 12 % is approved as agreed.",
        "Claire, nous avons décidé de remplacer Didier sur le projet.",
        "Claire, il est convenu que Didier quitte le projet en juin.",
        "Claire, wie vereinbart bleibt Los 2 draußen, Didier weiß es noch nicht.",
        "Claire, c'est validé : le lot 2 est reporté, gardez-le pour vous.",
        "Claire, c'est validé, le lot 2 est reporté, n'en parlez pas encore.",
        "Claire, the scope is agreed and stays secret for now.",
        "Thomas, between you and me, as agreed the go-live moves to June.",
    ],
)
def test_what_is_agreed_is_for_one_where_it_says_more(sentence: str) -> None:
    """Why it is so, a price, what becomes of somebody, who has not heard of it, and what is to be kept to oneself."""
    assert of_house(sentence) == {sentence.split(",")[0]}


@pytest.mark.parametrize(
    "behind", ["Please keep that to yourself.", "Nobody else knows.", "Anna does not know it yet."]
)
def test_what_is_agreed_is_for_one_where_the_next_sentence_keeps_it(behind: str) -> None:
    """The group would read what only one is to know."""
    body = f"Hello all,\n\nSylvie, as agreed, lot 2 is cancelled. {behind}\n\nRegards,\nJulie"
    assert readers(body, "cancelled") == {"Sylvie"}


def test_a_limit_that_tells_of_others_is_not_opened_to_whom_the_paragraph_asks() -> None:
    """ "I doubt it works" goes on speaking to them, "as finance is against us" is about somebody."""
    limit = "I doubt it, honestly, as finance is against us."
    assert "Karim" not in readers(f"Hello all,\n\nKarim, could you check? {limit}\n\nRegards,\nJulie", limit)


@pytest.mark.parametrize(
    "sentence",
    [
        "Didier will find himself without a post in June.",
        "Didier will get his notice in June.",
        "Didier will hear from the board that somebody else leads the project.",
        "Didier will receive a warning from the board.",
        "Didier recevra sa lettre de licenciement lundi.",
        "Didier voudra sûrement partir avant l'été.",
        "Didier findet, dass Carla zu hart verhandelt.",
        "Didier bekommt weniger Geld als gedacht.",
        "Didier tendrá problemas con la dirección.",
        "Didier avrà dei problemi con la direzione.",
        "Didier vindt dat Carla te hard onderhandelt.",
    ],
)
def test_what_is_said_of_a_reader_is_not_told_to_them(sentence: str) -> None:
    """ "Will get the invoice" is for whoever gets it, "will get his notice" is not."""
    assert of_house(sentence) != {"Didier"}


@pytest.mark.parametrize(
    ("sentence", "kept_from"),
    [
        ("Could your finance people please look at why the CTO overspent his budget?", "Valérie"),
        ("We'd welcome a word from the legal team about the conflict with procurement.", "Carla"),
        ("Para el departamento de compras: el presupuesto de TI está congelado.", "Carla"),
        ("Könnte die IT uns bitte sagen, warum sie das Projekt blockiert?", "Didier"),
        ("Could your maintenance people confirm that the head of finance will leave?", "Thierry"),
    ],
)
def test_a_complaint_that_is_put_as_an_ask_of_a_department_stays_one(sentence: str, kept_from: str) -> None:
    """It names another department, or asks why."""
    assert not of_house(sentence) & {kept_from, "group"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Didier confirmed that his budget is limited to 40 k€.",
        "Didier a confirmé que son budget est limité à 40 k€.",
        "Didier has confirmed that he does not trust Carla.",
        "Didier has confirmed he cannot go beyond 42 k€ this year.",
        "Bienvenue à Sonia Keller, qui prend la suite après l'échec de l'équipe de Didier.",
        "Willkommen an Frau Keller, die Didier ablöst, weil er ausgebrannt ist.",
    ],
)
def test_what_somebody_confirmed_of_themselves_or_is_welcomed_for_is_not_for_all(sentence: str) -> None:
    """A limit and a distrust are confidences whatever the verb before them, and so is why somebody takes over."""
    assert not of_house(sentence) & {"group", "Didier"}


def test_one_more_point_about_a_price_is_not_whom_the_paragraph_calls() -> None:
    """Somebody asked for a list learns no price by "Besides"."""
    floor = "Besides, our price floor is 42 k€."
    assert readers(f"Hello all,\n\nDidier, please send the list. {floor}\n\nRegards,\nJulie\n", floor, HOUSE) == {
        "Carla"
    }


def test_a_readers_worry_is_not_told_to_the_group() -> None:
    """Rule 4, where no other word sounds sensitive."""
    worry = "Thomas is worried that the yard will keep the vessel until the end of January."
    assert not of_house(worry) & {"group", "Thomas"}
    assert not readers("Hello all,\n\nKarim doubts that we succeed.\n\nRegards,\nJulie", "doubts") & {"group", "Karim"}


@pytest.mark.parametrize(
    "decided",
    [
        "Valérie has decided to replace Thomas.",
        "Didier has decided not to tell Thomas about the overrun.",
        "Valérie a décidé de remplacer Thomas par un consultant.",
        "Valérie hat beschlossen, Thomas abzulösen.",
        "Valérie ha deciso di sostituire Thomas.",
        "Didier wil Thomas te passeren.",
    ],
)
def test_what_is_decided_over_a_readers_head_is_not_for_the_group(decided: str) -> None:
    """A decision, but none of the kind that a group is told."""
    assert not of_house(decided) & {"group", "Thomas"}


@pytest.mark.parametrize(
    "plain", ["Valérie will replace Thomas during the holidays.", "Thomas has decided to replace the old server."]
)
def test_a_stand_in_is_for_all(plain: str) -> None:
    """And so is what happens to things."""
    assert "group" in of_house(plain)


def test_an_offer_for_a_clause_goes_to_the_buyer() -> None:
    """Negotiation is procurement's (rule 11), though the lawyer reads the clauses."""
    offer = "We can extend the price hold to 31 March if the exit notice comes down to 60 days."
    people = f"Felix Dunn <f@client.example> - legal counsel\n{HOUSE}"
    assert readers(f"Hello all,\n\n{offer}\n", offer, people) == {"Carla"}


@pytest.mark.parametrize(
    "text",
    [
        "Bienvenue à Sonia Keller, qui rejoint le projet côté finance pour remplacer Anna pendant son congé.",
        "Welcome to Sonia Keller, who joins us from finance.",
        "Herzlich willkommen an Frau Berger, die auf Seiten der Finanzabteilung neu dazukommt.",
        "Bienvenida Sonia Keller, que se incorpora por compras.",
        "Benvenuta a Sonia Keller, che segue gli acquisti.",
        "Welkom aan Sonia Keller, die namens inkoop aansluit.",
    ],
)
def test_a_welcome_is_for_all(text: str) -> None:
    """Whatever department somebody joins; a figure or a confidence in it is another matter."""
    body = f"Bonjour à tous,\n\nLe lot 1 est validé.\n\n{text}\n\nMarie, nous pourrions descendre à 42 k€.\n\nCamille"
    assert readers(body, text) == {"group"}


def test_a_welcome_that_says_why_somebody_left_is_not() -> None:
    """Somebody's own affair stays a confidence."""
    told = "Bienvenue à Sonia Keller, qui remplace Karim : Karim a été licencié hier."
    assert "group" not in readers(f"Bonjour à tous,\n\nLe lot 1 est validé.\n\n{told}\n\nCamille", "licencié")


@pytest.mark.parametrize(
    ("text", "language", "announces"),
    [
        ("Petit point avant le week-end, je fais court car je suis sur la route.", "fr", True),
        ("Comme convenu, voici où nous en sommes.", "fr", True),
        ("Un mot rapide avant la recette de mardi.", "fr", True),
        ("Ich fasse zusammen, was wir besprochen haben.", "de", True),
        ("Kurz vor dem Wochenende der Stand, bevor ich in den Zug steige.", "de", True),
        ("Here is where we stand.", "en", True),
        ("Ecco il punto della settimana.", "it", True),
        ("Un mot rapide sur le départ de Karim.", "fr", False),
        ("A quick note on the budget cut.", "en", False),
        ("Petit point : le budget est dépassé.", "fr", False),
        ("Ich fasse zusammen, dass Karim kündigt.", "de", False),
    ],
)
def test_what_only_announces_the_mail_is_courtesy(text: str, language: Language, announces: bool) -> None:
    """It makes no message of its own for whoever has the schedule, or stands highest; what it names besides is no courtesy."""
    assert is_courtesy(text, language) is announces


@pytest.mark.parametrize(
    ("text", "language", "given"),
    [
        ("La recette en usine est avancée au lundi 23 novembre, et non plus le 24.", "fr", True),
        ("The acceptance is moved to 23 November.", "en", True),
        ("Die Schulung der Ärzte wurde auf den 23. November verlegt.", "de", True),
        ("La recette pourrait être avancée au 23 novembre.", "fr", False),
        ("La recette est avancée au 23 novembre si le four est prêt.", "fr", False),
        ("La recette est-elle avancée au 23 novembre ?", "fr", False),
        ("La recette est avancée.", "fr", False),
        ("La recette est avancée au 23 novembre car les achats traînent.", "fr", False),
    ],
)
def test_a_day_that_is_given_is_settled(text: str, language: Language, given: bool) -> None:
    """By the verb, and where nothing in it doubts."""
    assert gives_a_day(text, language) is given


def test_a_day_that_moved_is_for_the_group() -> None:
    """And not for the project manager alone: the group has the old one."""
    text = "La recette en usine est avancée au lundi 23 novembre, dans nos ateliers, et non plus le 24."
    assert readers(f"Bonjour à tous,\n\n{text} Thomas, merci d'avoir trouvé un car.\n\nCamille", "avancée") == {"group"}
