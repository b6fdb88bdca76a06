"""What was written about a reader to everybody is said to that reader in the message to them."""

import time

import pytest

from reviewer.cues import asks, invites, is_courtesy
from reviewer.local.classify import classify_passages
from reviewer.local.second_person import asked_of, to_reader
from reviewer.local.write import compose
from reviewer.names import spoken_of
from reviewer.plan import briefs
from reviewer.types import Act, Assignment, Audience, Language, Stakeholder
from tests.build import KARIM, PEOPLE, case, person
from tests.test_write import brief, item


def said(text: str, name: str, language: Language, familiar: bool = False, after: str = "") -> str:
    """The text as said to whom it names."""
    at = text.find(name)
    return to_reader(text, [(at, at + len(name))] if at >= 0 else [], after, language, familiar)


@pytest.mark.parametrize(
    ("language", "text", "formal", "familiar"),
    [
        (
            "en",
            "I would like Eve to put two leads on the list.",
            "I would like you to put two leads on the list.",
            None,
        ),
        ("en", "Could Eve send the plan?", "Could you send the plan?", None),
        ("en", "When will Eve send it?", "When will you send it?", None),
        ("en", "Eve confirmed the date.", "You confirmed the date.", None),
        (
            "en",
            "Version 0.4 is attached for Eve, the rest follows.",
            "Version 0.4 is attached for you, the rest follows.",
            None,
        ),
        ("en", "Eve's team needs two days.", "Your team needs two days.", None),
        ("en", "Can anybody send us the files?", "Can you send us the files?", None),
        (
            "fr",
            "Le point que Eve et moi devons caler.",
            "Le point que vous et moi devons caler.",
            "Le point que toi et moi devons caler.",
        ),
        ("fr", "Quelqu'un peut-il nous les envoyer ?", "Pouvez-vous nous les envoyer ?", "Peux-tu nous les envoyer ?"),
        (
            "fr",
            "Il faudrait qu'Eve nous envoie le plan.",
            "Il faudrait que vous nous envoyiez le plan.",
            "Il faudrait que tu nous envoies le plan.",
        ),
        ("fr", "Merci à chacun de valider le compte-rendu.", "Merci de valider le compte-rendu.", None),
        ("fr", "Quelqu'un du juridique peut-il regarder ?", "Pouvez-vous regarder ?", "Peux-tu regarder ?"),
        (
            "de",
            "Bei der zweiten Anlage hatten wir Eve 4 % in Aussicht gestellt.",
            "Bei der zweiten Anlage hatten wir Ihnen 4 % in Aussicht gestellt.",
            "Bei der zweiten Anlage hatten wir dir 4 % in Aussicht gestellt.",
        ),
        # Whom "gesehen" has as its object is no "Ihnen".
        ("de", "Gestern hatten wir Eve im Werk gesehen.", "Gestern hatten wir Eve im Werk gesehen.", None),
        (
            "fr",
            "Nous avions promis à Eve de revoir le taux.",
            "Nous vous avions promis de revoir le taux.",
            "Nous t'avions promis de revoir le taux.",
        ),
        ("fr", "J'ai transmis à Eve le plan.", "Je vous ai transmis le plan.", "Je t'ai transmis le plan."),
        ("en", "We had offered Eve 4 % on it.", "We had offered you 4 % on it.", None),
        (
            "es",
            "Le habíamos ofrecido a Eve un 4 %.",
            "Le habíamos ofrecido un 4 %.",
            "Te habíamos ofrecido un 4 %.",
        ),
        ("it", "Avevamo promesso a Eve il 4 %.", "Le avevamo promesso il 4 %.", "Ti avevamo promesso il 4 %."),
        (
            "nl",
            "Daarvoor hadden we Eve 4 % toegezegd.",
            "Daarvoor hadden we u 4 % toegezegd.",
            "Daarvoor hadden we je 4 % toegezegd.",
        ),
        ("nl", "Eve vroeg naar de prijs.", "U vroeg naar de prijs.", "Je vroeg naar de prijs."),
        ("de", "Eve fragte nach dem Preis.", "Sie fragten nach dem Preis.", "Du fragtest nach dem Preis."),
        ("de", "Eve schrieb von zwei Werken.", "Sie schrieben von zwei Werken.", "Du schriebst von zwei Werken."),
        ("en", "We need someone to give us access.", "We need you to give us access.", None),
        ("en", "Can someone from legal have a look?", "Can you have a look?", None),
        ("en", "Could everybody confirm by Friday?", "Could you confirm by Friday?", None),
        ("fr", "Eve enverra le plan.", "Vous enverrez le plan.", "Tu enverras le plan."),
        ("fr", "Eve nous a confirmé la date.", "Vous nous avez confirmé la date.", "Tu nous as confirmé la date."),
        (
            "fr",
            "Est-ce que Eve pourrait relire ?",
            "Est-ce que vous pourriez relire ?",
            "Est-ce que tu pourrais relire ?",
        ),
        (
            "fr",
            "J'aimerais par ailleurs qu'Eve passe une journée ici.",
            "J'aimerais par ailleurs que vous passiez une journée ici.",
            "J'aimerais par ailleurs que tu passes une journée ici.",
        ),
        (
            "fr",
            "Il faudrait que Eve envoie le plan.",
            "Il faudrait que vous envoyiez le plan.",
            "Il faudrait que tu envoies le plan.",
        ),
        ("de", "Kann Eve den Termin halten?", "Können Sie den Termin halten?", "Kannst du den Termin halten?"),
        ("de", "Eve wollte das klären.", "Sie wollten das klären.", "Du wolltest das klären."),
        ("de", "Das Angebot liegt bei Eve.", "Das Angebot liegt bei Ihnen.", "Das Angebot liegt bei dir."),
        ("es", "Para Eve: los planos van aparte.", "Los planos van aparte.", "Los planos van aparte."),
        ("es", "¿Puede Eve enviarnos el plano?", "¿Puede usted enviarnos el plano?", "¿Puedes enviarnos el plano?"),
        ("it", "Può Eve mandarci la lista?", "Può mandarci la lista?", "Puoi mandarci la lista?"),
        ("it", "La lista è pronta per Eve.", "La lista è pronta per Lei.", "La lista è pronta per te."),
        ("nl", "Kan Eve de lijst sturen?", "Kunt u de lijst sturen?", "Kun je de lijst sturen?"),
        ("nl", "Eve heeft de lijst gestuurd.", "U heeft de lijst gestuurd.", "Je hebt de lijst gestuurd."),
    ],
)
def test_a_sentence_about_the_reader_speaks_to_them(
    language: Language, text: str, formal: str, familiar: str | None
) -> None:
    """In the form of address of the draft, with the verb that goes with it; English has one form."""
    assert said(text, "Eve", language) == formal
    assert said(text, "Eve", language, familiar=True) == (familiar or formal)


@pytest.mark.parametrize(
    ("language", "text", "after"),
    [
        ("en", "Eve said she would come.", ""),
        ("en", "Eve confirmed the date.", "She will call you."),
        ("en", "Could Eve and Tom send it?", ""),
        ("en", "I told everybody that Eve sees it as done.", ""),
        ("en", "Everybody came, the lift works.", ""),
        ("en", "Somebody left the door open.", ""),
        ("fr", "Eve valide le plan.", ""),
        ("fr", "Pour Eve, qui signe le PV.", ""),
        ("de", "Ich kann Eve gern anrufen.", ""),
        ("de", "Ich hätte gern, dass Eve das einplant.", ""),
    ],
)
def test_what_is_not_sure_stays_as_it_is(language: Language, text: str, after: str) -> None:
    """A pronoun that may mean the reader, somebody beside them, a verb that is not known: the seller's words stay."""
    assert said(text, "Eve", language, after=after) == text


def test_only_a_message_to_that_one_reader_speaks_to_them() -> None:
    """The draft that names Karim in passing says "you" in his message, his name in the group's, and nobody is lost by it."""
    text = "Le schéma est joint pour Karim."
    named = item(1, text).model_copy(update={"named": ((25, 30),)})
    assert "Le schéma est joint pour vous." in compose(brief(named)).body
    assert text in compose(brief(named, kind="group", greeting="Bonjour à tous,")).body


def test_where_a_text_names_its_reader_is_known_with_the_title() -> None:
    """The title goes with the name; a name that is called is none that is spoken of."""
    of = case("Le schéma est prêt pour M. Benali.", "Karim, pouvez-vous relire ?")
    alone = Audience(people=(KARIM.address,))
    made = briefs(of, (), (), [Assignment(passage_id=p.id, audience=alone, reason="") for p in of.passages])
    items = next(b for b in made if b.key == KARIM.address).items
    assert [[i.text[start:end] for start, end in i.named] for i in items] == [["M. Benali"], []]


@pytest.mark.parametrize(
    ("language", "text", "asks"),
    [
        ("fr", "Il faudrait que Karim nous envoie la liste.", True),
        ("fr", "J'aimerais par ailleurs que M. Benali relise le plan.", True),
        ("fr", "Est-ce que Karim peut relire ?", True),
        ("fr", "Karim pourrait-il relire ?", True),
        ("fr", "Merci à Karim de relire le plan.", True),
        ("fr", "Merci à Karim d'avoir relu le plan.", False),
        ("fr", "Je ne voudrais pas que Karim le sache.", False),
        ("fr", "Karim relit le plan.", False),
        ("en", "Could Karim confirm the date?", True),
        ("en", "I would like Karim to check it.", True),
        ("en", "He doesn't want Karim to know.", False),
        ("en", "Could Karim be late?", False),
        ("de", "Ich hätte gern, dass Karim das prüft.", True),
        ("de", "Ich möchte nicht, dass Karim das erfährt.", False),
        ("de", "Kann Karim das prüfen?", True),
        ("es", "¿Puede Karim enviarnos el plano?", True),
        ("es", "No quisiera que Karim lo supiera.", False),
        ("it", "Vorrei che Karim lo controllasse.", True),
        ("nl", "Kan Karim dat controleren?", True),
    ],
)
def test_who_is_asked_by_being_spoken_of(language: Language, text: str, asks: bool) -> None:
    """Karim, where somebody wants or asks something of him; not where he is only named, thanked, or to be kept out of it."""
    assert asked_of(text, PEOPLE, language) == ((KARIM.address,) if asks else ())


def test_an_ask_of_somebody_by_name_goes_to_them() -> None:
    """The local engine reads "Could Karim ..." as an ask that Karim owns, and words it so."""
    of = case("Le comité est le 12.", "Il faudrait que Karim nous envoie la liste des accès avant vendredi.")
    label = classify_passages(of).classifications[1]
    assert (label.act, label.addressed_to) == (Act.REQUEST, (KARIM.address,))


@pytest.mark.parametrize(
    ("language", "text", "courtesy"),
    [
        ("fr", "N'hésitez pas à revenir vers moi.", True),
        ("fr", "Je fais un mail un peu long, désolé.", True),
        ("en", "Shout if anything's unclear!", True),
        ("en", "Sorry, the lead time is long.", False),
        ("en", "Feel free to call me on 0123 456 789.", False),
        ("fr", "Nous restons à votre entière disposition.", True),
        ("fr", "Les lots restent disponibles à l'achat.", False),
        ("de", "Bei Fragen melden Sie sich gern.", True),
        ("de", "Wir stehen Ihnen gerne zur Verfügung.", True),
        ("es", "No dudéis en llamarme.", True),
        ("it", "Non esitate a chiamarmi.", True),
        ("nl", "Aarzel niet om te bellen.", True),
    ],
)
def test_a_courtesy_about_the_mail_is_for_everybody(language: Language, text: str, courtesy: bool) -> None:
    """It is known by its words; whatever has a number says more."""
    assert is_courtesy(text, language) == courtesy


@pytest.mark.parametrize(
    "text",
    [
        "Please advise if you will like to attend.",
        "Let me know if you can make it.",
        "Please confirm your attendance by Friday.",
        "Merci de confirmer votre présence avant jeudi.",
        "Dites-moi si vous pouvez venir.",
        "Bitte geben Sie mir Bescheid, ob Sie teilnehmen können.",
        "Les ruego que confirmen su asistencia.",
        "Fatemi sapere se potete partecipare.",
        "Laat even weten of jullie erbij kunnen zijn.",
    ],
)
def test_who_comes_is_no_ask_that_one_reader_owns(text: str) -> None:
    """Everybody answers for themselves (rule 2 is about an answer that each leaves to another)."""
    assert invites(text)
    assert not asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "Can you come back to me on the price?",
        "Pouvez-vous venir chercher la clé ?",
        "Could you tell me if you can join the two tables?",
        "Können Sie die Liste schicken?",
        "Can you confirm the price?",
        "Can you make it possible for the crane telemetry to reach us over MQTT by Thursday?",
        "Could you make it 5% lower?",
        "Could you come to terms on the liability cap?",
        "Can you send the firewall list and confirm your attendance?",
        "Let me know if you can attend to this by Friday.",
        "Pouvez-vous participer à hauteur de 30 % du coût ?",
        "Können Sie zum Ergebnis kommen?",
    ],
)
def test_an_ask_that_only_sounds_like_an_invitation_is_one(text: str) -> None:
    """ "Come" and "join" have other meanings."""
    assert not invites(text)
    assert asks(text)


def test_an_invitation_is_looked_for_in_no_time() -> None:
    """However often its words are said over."""
    began = time.perf_counter()
    assert not invites("if you " + "would like to " * 60 + "go.")
    assert time.perf_counter() - began < 1


FERRI, GALLI, DE_WIT, VOGT = (person(name) for name in ("Paolo Ferri", "Silvia Galli", "Anja de Wit", "Emre Vogt"))
NAMED = (FERRI, GALLI, DE_WIT, VOGT)


@pytest.mark.parametrize(
    ("language", "text", "asked", "formal", "familiar"),
    [
        (
            "it",
            "Il signor Ferri può inviarci gli utenti?",
            FERRI,
            "Può inviarci gli utenti?",
            "Puoi inviarci gli utenti?",
        ),
        (
            "it",
            "Chiedo alla signora Galli di rivedere il piano.",
            GALLI,
            "Le chiedo di rivedere il piano.",
            "Ti chiedo di rivedere il piano.",
        ),
        (
            "it",
            "Chiediamo all'ing. Ferri di indicarci l'APN.",
            FERRI,
            "Le chiediamo di indicarci l'APN.",
            "Ti chiediamo di indicarci l'APN.",
        ),
        (
            "it",
            "Prego la signora Galli di inviarci il piano.",
            GALLI,
            "La prego di inviarci il piano.",
            "Ti prego di inviarci il piano.",
        ),
        ("it", "La signora Galli dovrebbe rivedere il piano.", GALLI, None, None),
        ("it", "Chiedo alla signora Galli di rivedere il suo piano.", GALLI, None, None),
        (
            "es",
            "La señora Galli debería revisar el plan.",
            GALLI,
            "Usted debería revisar el plan.",
            "Deberías revisar el plan.",
        ),
        ("es", "Pido al señor Ferri que nos envíe la lista.", FERRI, "Le pido que nos envíe la lista.", None),
        (
            "es",
            "¿Puede la señora Galli enviarnos el plan?",
            GALLI,
            "¿Puede usted enviarnos el plan?",
            "¿Puedes enviarnos el plan?",
        ),
        ("es", "El plan de la señora Galli puede esperar.", None, None, None),
        ("es", "Está pendiente de la firma del señor Ferri.", None, None, None),
        (
            "nl",
            "Kan mevrouw De Wit ons de bestelbon sturen?",
            DE_WIT,
            "Kunt u ons de bestelbon sturen?",
            "Kun je ons de bestelbon sturen?",
        ),
        (
            "nl",
            "Zou de heer Ferri ons de lijst kunnen sturen?",
            FERRI,
            "Zou u ons de lijst kunnen sturen?",
            "Zou je ons de lijst kunnen sturen?",
        ),
        (
            "nl",
            "Graag ontvangen wij van de heer Ferri de lijst.",
            FERRI,
            "Graag ontvangen wij van u de lijst.",
            "Graag ontvangen wij van jou de lijst.",
        ),
        (
            "nl",
            "Ik vraag mevrouw De Wit om de lijst te sturen.",
            DE_WIT,
            "Ik vraag u om de lijst te sturen.",
            "Ik vraag je om de lijst te sturen.",
        ),
        (
            "de",
            "Ich bitte Herrn Vogt, uns die Liste zu schicken.",
            VOGT,
            "Ich bitte Sie, uns die Liste zu schicken.",
            "Ich bitte dich, uns die Liste zu schicken.",
        ),
    ],
)
def test_whoever_is_named_with_a_small_title_is_asked(
    language: Language, text: str, asked: Stakeholder | None, formal: str | None, familiar: str | None
) -> None:
    """The ask is theirs, and the sentence speaks to them or stays as it is: no title or article is left before "you"."""
    assert asked_of(text, NAMED, language) == ((asked.address,) if asked else ())
    reader = asked or next(p for p in NAMED if p.name.split()[-1] in text)
    named = spoken_of(text, NAMED, reader.address)
    assert to_reader(text, named, "", language, familiar=False) == (formal or text)
    assert to_reader(text, named, "", language, familiar=True) == (familiar or text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("it", "Non chiedo alla signora Galli di lasciare."),
        ("it", "La signora Galli dovrebbe cambiare lavoro."),
        ("es", "El señor Ferri debería estar menos cansado."),
        ("es", "La señora Galli puede irse en junio."),
        ("it", "Il signor Ferri può farcela da solo?"),
        ("es", "¿El señor Ferri puede con todo?"),
        ("nl", "We ontvangen van de heer Ferri weinig steun."),
        ("nl", "De scope is akkoord, al kan de heer Ferri het eigenlijk niet aan."),
        ("de", "Die Leute bitten Herrn Vogt um Hilfe."),
    ],
)
def test_what_is_only_said_of_somebody_asks_nobody(language: Language, text: str) -> None:
    """Else it would be told to the one whom it is about."""
    assert asked_of(text, NAMED, language) == ()
