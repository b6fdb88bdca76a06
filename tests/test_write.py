"""The local engine's messages: the draft's own sentences in a frame that reads like a mail."""

import pytest

from reviewer.engagement import engagement_message
from reviewer.frame import greeting, recap_line, recap_lines
from reviewer.local.seams import without_joiners
from reviewer.local.write import compose
from reviewer.policy import load
from reviewer.prompts import set_path
from reviewer.texts import chosen, data
from reviewer.types import (
    LANGUAGES,
    Act,
    Brief,
    Item,
    Language,
    Message,
    Proposal,
    Recipient,
    Role,
    Stakeholder,
    Tone,
    Topic,
    Voice,
)
from tests.build import CLAIRE, KARIM, PEOPLE, SANDRINE, THOMAS, case, person

FIRST_NAMES = Tone(by_first_name=True)
POLICY = load(set_path("default") / "policy.yaml")


def item(number: int, text: str, topic: Topic = Topic.TECHNICAL_SPEC, paragraph: int = 0, bullet: str = "") -> Item:
    """A passage for the writer."""
    return Item(passage_id=f"s{number}", text=text, act=Act.INFORM, topics=(topic,), paragraph=paragraph, bullet=bullet)


def brief(*items: Item, to: tuple[Stakeholder, ...] = (KARIM,), language: Language = "fr", **changes: object) -> Brief:
    """A brief for a direct message to Karim, unless said otherwise."""
    given = Brief(
        kind="direct",
        language=language,
        familiar=False,
        to=to,
        cc=(),
        called=tuple(p.name.split()[0] for p in to),
        sender=None,
        subject="Projet Atlas",
        greeting="",
        closing="Cordialement,\nJulie Morel",
        items=items,
        tone=Tone(),
    )
    return given.model_copy(update=changes)


def test_a_short_message_is_greeting_sentences_and_signature() -> None:
    """Nothing is added to a message of one or two sentences."""
    wording = compose(brief(item(1, "Le flux passera par une API REST."), item(2, "Le schéma suit.")))
    assert wording.body == (
        "Bonjour Karim,\n\nLe flux passera par une API REST. Le schéma suit.\n\nCordialement,\nJulie Morel\n"
    )
    assert wording.subject == "Projet Atlas – points techniques"


def test_word_s_signs_are_written_as_signs() -> None:
    """Its letter for a list within a list, and what its own font's signs became."""
    signs = ("o", "§", "\uf0b7", "?", "1/")
    body = compose(brief(*(item(n, f"Lot {n}", bullet=sign) for n, sign in enumerate(signs, 1)))).body
    assert "◦ Lot 1\n• Lot 2\n• Lot 3\n• Lot 4\n- Lot 5\n" in body
    body = compose(brief(item(1, "podemos llamar el martes.", bullet="o"), language="es")).body
    assert "O podemos llamar el martes." in body


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "C'est bon pour vous, lui, et moi dans le lot deux."),
        ("fr", "Demandez la clé à Anna, elle, pas à Marc."),
        ("fr", "Il avance cependant que les autres attendent le plan."),
        ("it", "Viene Anna invece che Marco al comitato."),
    ],
)
def test_a_word_that_joins_nothing_stays(language: Language, text: str) -> None:
    """A pronoun in a list or in a contrast, and a conjunction of two words."""
    assert without_joiners(text, language) == text


def test_lines_without_a_stop_and_tables_stay_lines() -> None:
    """An address, headings and rows get no stops and are not run together; a heading in bold keeps its colon."""
    wording = compose(
        brief(
            item(1, "**Livraison :**", paragraph=0),
            item(2, "Quai 4", paragraph=1),
            item(3, "12 rue du Port", paragraph=1),
            item(4, "76600 Le Havre", paragraph=1),
            item(5, "Lot\tPrix\n1\t40 k€", paragraph=2),
            item(6, "## Planning", paragraph=3),
        )
    )
    assert (
        "**Livraison :**\n\nQuai 4\n12 rue du Port\n76600 Le Havre\n\nLot\tPrix\n1\t40 k€\n\n## Planning\n\n"
        in wording.body
    )


def test_paragraphs_and_bullets_are_kept() -> None:
    """A list stays a list, numbers become dashes, a bare line gets its full stop before the next sentence."""
    wording = compose(
        brief(
            item(1, "À prévoir", paragraph=0),
            item(2, "Voici la liste :", paragraph=0),
            item(3, "le schéma", paragraph=0, bullet="2."),
            item(4, "les accès", paragraph=0, bullet="•"),
            item(5, "Merci.", paragraph=1),
        )
    )
    assert "À prévoir. Voici la liste :\n- le schéma\n• les accès\n\nMerci." in wording.body


def test_a_bullet_that_was_lost_is_one_again_and_a_wrapped_sentence_is_one_line() -> None:
    """ "?" was a bullet before a mail client could not show it; a level below has its own sign and gets no full stop."""
    wording = compose(
        brief(
            item(1, "le schéma", bullet="?"),
            item(2, "en cours", bullet="o"),
            item(3, "Le flux passera\npar une API.", paragraph=1),
        )
    )
    assert "• le schéma\n◦ en cours\n\nLe flux passera par une API." in wording.body
    assert "42\nk€ par an" in compose(brief(item(1, "Le prix est de 42\nk€ par an."))).body
    assert "8,5 \npour cent" in compose(brief(item(1, "Le taux est de 8,5 \npour cent."))).body


def test_the_name_is_said_once() -> None:
    """ "Karim, pourriez-vous" loses the name where the brief says that only names stand there."""
    ask = item(1, "Karim, pourriez-vous envoyer le schéma ?").model_copy(update={"called": len("Karim, ")})
    assert "Bonjour Karim,\n\nPourriez-vous envoyer" in compose(brief(ask)).body
    both = compose(brief(item(1, ask.text), to=(KARIM, CLAIRE)))
    assert "Bonjour Karim et Claire,\n\nKarim, pourriez-vous" in both.body


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("fr", "Et côté juridique, l'accord suffit.", "Côté juridique, l'accord suffit."),
        ("fr", "Enfin pour le stockage, rien ne change.", "Pour le stockage, rien ne change."),
        ("fr", "Et si on repoussait la recette ?", "Et si on repoussait la recette ?"),
        ("fr", "Puis-je compter sur vous ?", "Puis-je compter sur vous ?"),
        ("en", "But the cabinet is late.", "The cabinet is late."),
        ("en", "Also, the cabinet is late.", "The cabinet is late."),
        ("en", "And you?", "And you?"),
        ("en", "But for the delay, all is unchanged.", "But for the delay, all is unchanged."),
        ("de", "Aber der Schrank kommt später.", "Der Schrank kommt später."),
        ("de", "Außerdem brauchen wir den Plan.", "Außerdem brauchen wir den Plan."),
        ("es", "Pero el armario llega tarde.", "El armario llega tarde."),
        ("it", "Ma il quadro arriva tardi.", "Il quadro arriva tardi."),
        ("nl", "En de proef is geslaagd.", "De proef is geslaagd."),
    ],
)
def test_a_word_that_joins_to_what_went_to_others_goes(language: Language, said: str, told: str) -> None:
    """It stays where the sentence before it is in the message too."""
    first, apart, next_to_it = item(1, "Lot 1 is done."), item(3, said), item(2, said)
    assert f"Lot 1 is done. {told}" in compose(brief(first, apart, language=language)).body
    assert f"Lot 1 is done. {said}" in compose(brief(first, next_to_it, language=language)).body


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("fr", "La formation est calée, elle, le 11 janvier.", "La formation est calée le 11 janvier."),
        ("en", "The drawings, however, are still missing.", "The drawings are still missing."),
        ("de", "Dass das Bild trotzdem nicht ruckelt, freut uns.", "Dass das Bild nicht ruckelt, freut uns."),
        ("de", "Ebenfalls fest steht die Reihenfolge der Linien.", "Fest steht die Reihenfolge der Linien."),
        ("es", "La formación, en cambio, será el 4 de marzo.", "La formación será el 4 de marzo."),
        ("it", "La formazione, invece, resta il 4 marzo.", "La formazione resta il 4 marzo."),
        ("nl", "De training blijft echter op 4 maart.", "De training blijft op 4 maart."),
    ],
)
def test_a_word_within_that_joins_to_what_went_to_others_goes(language: Language, said: str, told: str) -> None:
    """However what, the reader would ask. It stays behind the sentence that it is set against."""
    first, apart, next_to_it = item(1, "Lot 1 is done."), item(3, said), item(2, said)
    assert f"Lot 1 is done. {told}" in compose(brief(first, apart, language=language)).body
    assert f"Lot 1 is done. {said}" in compose(brief(first, next_to_it, language=language)).body


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "Il est tard, mais nous continuons tout de même."),
        ("en", "It is not only the drawings but also the lists that we miss."),
        ("de", "Das Paket lag bei 12.000 Euro, allerdings ohne Palettierer."),
        ("de", "Wir brauchen sowohl die Liste als auch die Pläne."),
        ("it", "Restano le griglie invece dei vetri."),
        # It belongs to the condition.
        ("de", "Wenn Sie dennoch die Wartung nehmen, gehen wir auf 9.000 Euro."),
        # The sentence that it adds to is often worded alike.
        ("en", "We have also talked to the second group."),
    ],
)
def test_a_word_that_joins_two_parts_of_its_own_sentence_stays(language: Language, said: str) -> None:
    """What it sets against something stands beside it."""
    assert said in compose(brief(item(1, "Lot 1 is done."), item(3, said), language=language)).body


def test_sentences_that_were_apart_and_are_about_different_matters_are_two_paragraphs() -> None:
    """What led from the one to the other is gone; where a paragraph gives news of the project it still runs on."""
    price = item(1, "Nous pourrions renoncer aux frais.", Topic.BUDGET_PRICE)
    trust = item(3, "Le réseau voit ce projet d'un mauvais œil.", Topic.OTHER)
    assert "Nous pourrions renoncer aux frais.\n\nLe réseau voit" in compose(brief(price, trust)).body
    next_to_it = trust.model_copy(update={"passage_id": "s2"})
    assert "Nous pourrions renoncer aux frais. Le réseau voit" in compose(brief(price, next_to_it)).body
    done, date = item(1, "Le pilote est terminé.", Topic.MILESTONE), item(4, "On se voit le 3 mars.", Topic.NEXT_DATE)
    assert "Le pilote est terminé. On se voit le 3 mars." in compose(brief(done, date)).body
    plan = item(5, "Le schéma du réseau manque.", Topic.TECHNICAL_SPEC)
    assert "Nous pourrions renoncer aux frais. Le réseau voit" in compose(brief(price, trust, plan)).body
    assert "d'un mauvais œil.\n\nLe schéma" in compose(brief(price, trust, plan)).body


def test_a_bullet_without_its_call_begins_as_the_others_do() -> None:
    """ "- Karim, le schéma manque" beside "- flux ouvert" is "- le schéma manque"."""
    bare = item(1, "flux ouvert", bullet="-")
    called = item(2, "Karim, le schéma manque", bullet="-").model_copy(update={"called": len("Karim, ")})
    assert "- flux ouvert\n- le schéma manque" in compose(brief(bare, called)).body
    capital = bare.model_copy(update={"text": "Flux ouvert"})
    assert "- Flux ouvert\n- Le schéma manque" in compose(brief(capital, called)).body


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Entre nous, Claire, Karim redoute la suite.", "Entre nous, Karim redoute la suite."),
        ("Entre nous Claire, Karim redoute la suite.", "Entre nous, Karim redoute la suite."),
        ("Entre nous, Claire : Karim redoute la suite.", "Entre nous : Karim redoute la suite."),
        ("Le plan de Claire, dit Karim, suit.", "Le plan de Claire, dit Karim, suit."),
    ],
)
def test_a_reader_is_not_called_again_within_a_sentence(said: str, told: str) -> None:
    """The greeting has the name; as a call between commas it is said twice."""
    assert told in compose(brief(item(1, said), to=(CLAIRE,))).body
    assert said in compose(brief(item(1, said), to=(CLAIRE, KARIM))).body


def test_an_italian_heading_for_the_reader_goes() -> None:
    """ "Per Karim:" says in Italian whom it is for; in English it may be as he has it."""
    said = "Per Karim: i dati arrivano domani."
    assert "\n\nI dati arrivano domani.\n\n" in compose(brief(item(1, said), language="it")).body
    assert "Per Karim: the date is off." in compose(brief(item(1, "Per Karim: the date is off."), language="en")).body


@pytest.mark.parametrize(
    ("language", "asked", "told"),
    [
        ("fr", "Combien de lignes DMX ?", "Une question : combien de lignes DMX ?"),
        ("en", "Which barrels next?", "A quick question: which barrels next?"),
        ("de", "Wer nimmt an der Schulung teil?", "eine kurze Frage: Wer nimmt an der Schulung teil?"),
        ("es", "¿Quién asiste al taller?", "Una pregunta: ¿quién asiste al taller?"),
        ("it", "Chi viene al collaudo?", "Una domanda: chi viene al collaudo?"),
        ("nl", "Wie komt er naar de training?", "Een korte vraag: wie komt er naar de training?"),
    ],
)
def test_a_short_question_by_itself_gets_a_word_before_it(language: Language, asked: str, told: str) -> None:
    """As all of a message it sounds curt; beside another sentence it does not."""
    assert f"\n\n{told}\n\n" in compose(brief(item(1, asked), language=language)).body
    assert told not in compose(brief(item(1, asked), item(2, "Lot 1 is done."), language=language)).body


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Could you send the list?"), ("fr", "Pourriez-vous nous envoyer le plan ?"), ("en", "The list is ready.")],
)
def test_a_request_needs_no_word_before_it(language: Language, said: str) -> None:
    """ "Could you" is courteous by itself."""
    assert f"\n\n{said}\n\n" in compose(brief(item(1, said), language=language)).body


def test_a_question_is_left_bare_where_the_seller_types_without_stops() -> None:
    """Nothing of ours stands out in it."""
    tone = Tone(informal=True, unpunctuated=True)
    assert "\n\nQui vient ?\n\n" in compose(brief(item(1, "Qui vient ?"), tone=tone)).body


def test_a_short_message_excuses_no_length() -> None:
    """The clause goes where less than half of the draft is in the message, if something is left of its sentence."""
    excuse = "J'ai mis du temps à remettre mes notes au propre, pardonnez la longueur."
    first = "Sorry for the length of this one, there was a great deal in the workshop."
    far = item(20, "Le pilote est terminé.")
    assert "mes notes au propre.\n" in compose(brief(item(1, excuse), far.model_copy(update={"paragraph": 1}))).body
    told = compose(brief(item(1, first), far.model_copy(update={"paragraph": 1}), language="en")).body
    assert "\n\nThere was a great deal in the workshop.\n\n" in told
    long = [item(n, "Le pilote est terminé.", paragraph=1) for n in range(2, 8)]
    assert excuse in compose(brief(item(1, excuse), *long)).body
    alone = "Pardonnez la longueur de ce message."
    assert alone in compose(brief(item(1, alone), far)).body


def test_the_group_is_told_neutrally_what_is_handled_elsewhere() -> None:
    """One line for all matters, below the rest."""
    told = brief(item(1, "Le lot 1 est validé.", Topic.DECISION), kind="group", recaps=("budget", "planning"))
    assert (
        "Le lot 1 est validé.\n\nIl reste des points à régler sur le budget et le planning ; je vous"
        in compose(told).body
    )
    assert compose(told).subject == "Projet Atlas"


def test_the_neutral_line_goes_without_a_stop_where_the_seller_does() -> None:
    """And with a small letter."""
    tone = Tone(informal=True, unpunctuated=True)
    assert (
        recap_line("en", ("budget",), tone)
        == "a few things on the budget are still open, I'll let you all know once they're settled"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("familiar", [True, False])
@pytest.mark.parametrize("informal", [True, False])
@pytest.mark.parametrize("voice", ["one", "several"])
def test_the_neutral_line_names_its_matters_in_each_language(
    language: Language, familiar: bool, informal: bool, voice: Voice
) -> None:
    """It begins with a capital, leaves no placeholder, and is one of those that the program knows as its own."""
    tone = Tone(familiar=familiar, informal=informal, voice=voice)
    line = recap_line(language, ("scope", "planning"), tone)
    assert line[0].isupper()
    assert not set("{}[]|") & set(line)
    assert line in recap_lines(language)
    assert all(data("phrases")[language]["recap"]["matters"][m].split()[-1] in line for m in ("scope", "planning"))


@pytest.mark.parametrize(
    ("language", "typed", "called", "by_first_name", "greets"),
    [
        ("en", "Hi all,", "Marcus Okafor", True, "Hi Marcus,"),
        ("en", "Dear Sir Robert, dear colleagues,", "Ms Moss", False, "Dear Ms Moss,"),
        ("en", "Good morning everyone!", "Ms Moss", False, "Good morning Ms Moss!"),
        ("en", "", "Ms Moss", False, "Hello Ms Moss,"),
        ("fr", "Bjr a tous", "Karl Oster", True, "Bjr Karl,"),
        ("fr", "Madame, Messieurs,", "Madame Vial", False, "Madame,"),
        ("fr", "Madame, Messieurs,", "Marc d'Arvor", False, "Bonjour Marc d'Arvor,"),
        ("fr", "Bonsoir à tous,", "Mme Perrin", True, "Bonsoir Mme Perrin,"),
        ("de", "Sehr geehrte Damen und Herren,", "Frau Rohde", False, "Sehr geehrte Frau Rohde,"),
        ("de", "Sehr geehrte Damen und Herren,", "Herr Wolter", False, "Sehr geehrter Herr Wolter,"),
        ("de", "Sehr geehrte Damen und Herren,", "Karin Behrens", False, "Guten Tag Karin Behrens,"),
        ("de", "Moin moin zusammen,", "Uwe Matthies", True, "Moin moin Uwe,"),
        ("es", "Hola a todos:", "Marta Cid", True, "Hola, Marta:"),
        ("es", "Estimados señores:", "Sra. Vega", False, "Estimada Sra. Vega:"),
        ("it", "Ciao a tutti,", "Giulia Riva", True, "Ciao Giulia,"),
        ("it", "Gentili tutti,", "Dott. Sala", False, "Gentile Dott. Sala,"),
        ("nl", "Geachte heer, mevrouw,", "Mevrouw De Wit", False, "Geachte mevrouw De Wit,"),
        ("nl", "Hoi allemaal,", "Erik Bos", True, "Hoi Erik,"),
    ],
)
def test_a_greeting_opens_as_the_sellers_own(
    language: Language, typed: str, called: str, by_first_name: bool, greets: str
) -> None:
    """With whom it is for: by first name among such people, by title and last name where these are known."""
    reader = Stakeholder(name=called, address="reader@client.example")
    tone = Tone(salutation=typed, by_first_name=by_first_name)
    assert greeting(brief(item(1, "x"), to=(reader,), language=language, called=(called,), tone=tone)) == greets


def test_several_are_greeted_in_the_same_style() -> None:
    """Two by their titles, and a group whom the draft's own greeting does not fit."""
    two = (person("Silke Rohde"), person("Jens Wolter"))
    formal = brief(
        item(1, "x"),
        to=two,
        language="de",
        called=("Frau Rohde", "Herr Wolter"),
        tone=Tone(salutation="Sehr geehrte Damen und Herren,"),
    )
    assert greeting(formal) == "Sehr geehrte Frau Rohde, sehr geehrter Herr Wolter,"
    group = brief(
        item(1, "x"),
        to=(*two, CLAIRE),
        kind="group",
        language="en",
        called=("a", "b", "c"),
        tone=Tone(salutation="Hi Tom,"),
    )
    assert greeting(group) == "Hi all,"


def test_the_one_bullet_of_a_list_is_a_sentence() -> None:
    """Its neighbours went to others; or it ends the line that led in. Below a heading, or beside another one, it stays a bullet."""
    alone = brief(item(1, "qui signe le PV ?", bullet="-"), item(2, "Merci.", paragraph=1))
    assert "\n\nQui signe le PV ?\n\nMerci." in compose(alone).body
    lone = compose(brief(item(1, "plafond à 150 %", bullet="-"))).body
    assert "\n\nPlafond à 150 %.\n\n" in lone
    headed = brief(item(1, "Restent à voir :"), item(2, "le PV", bullet="-", paragraph=1))
    assert "\n\nRestent à voir : le PV.\n\n" in compose(headed).body
    titled = brief(item(1, "Prochaines dates :"), item(2, "le PV", bullet="-"))
    assert "\n\nProchaines dates :\n- le PV\n\n" in compose(titled).body
    two = brief(item(1, "le PV", bullet="-"), item(2, "le plan", bullet="-", paragraph=1))
    assert "- le PV\n\n- le plan" in compose(two).body


def test_a_postscript_stands_below_the_signature() -> None:
    """As the seller wrote it; a message of nothing else has it as its text."""
    told = brief(item(1, "Le schéma suit."), item(2, "P.-S. Le badge est prêt.", paragraph=1))
    assert compose(told).body.endswith("Le schéma suit.\n\nCordialement,\nJulie Morel\n\nP.-S. Le badge est prêt.\n")
    assert compose(brief(item(1, "PS: Le badge est prêt."))).body.endswith(
        "Le badge est prêt.\n\nCordialement,\nJulie Morel\n"
    )


@pytest.mark.parametrize(
    ("greets", "text", "begins"),
    [
        ("Guten Tag Herr Wolter,", "Für die Rechnung fehlt die Kostenstelle.", "für die Rechnung"),
        ("Guten Tag Herr Wolter,", "Zertifikat bitte bis Mittwoch.", "Zertifikat bitte"),
        ("Guten Tag Herr Wolter,", "Sie wollten das prüfen.", "Sie wollten"),
        ("Hallo Jens!", "für die Rechnung fehlt die Kostenstelle.", "Für die Rechnung"),
    ],
)
def test_a_german_mail_goes_on_small_behind_the_greetings_comma(greets: str, text: str, begins: str) -> None:
    """But for nouns and "Sie", and not behind an exclamation mark."""
    assert f"{greets}\n\n{begins}" in compose(brief(item(1, text), language="de", greeting=greets)).body


def test_a_confidence_is_written_without_a_title_for_it() -> None:
    """The subject does not say what is private."""
    items = [item(n, f"Karim hésite {n}.", Topic.PERSONAL_CONCERN) for n in range(3)]
    wording = compose(brief(*items, to=(CLAIRE,), subject=""))
    assert wording.subject == "Suite à nos échanges"


def test_without_a_signature_the_language_and_the_sender_close_the_mail() -> None:
    """A draft without sign-off gets one of its language."""
    sender = Stakeholder(name="Julie Morel", address="j@nordalys.example")
    body = compose(brief(item(1, "Das Schema folgt."), language="de", closing="", sender=sender)).body
    assert body.endswith("Mit freundlichen Grüßen\nJulie Morel\n")


def test_who_has_a_title_and_no_first_name_keeps_it() -> None:
    """Among people whom the seller calls by their first names too."""
    perrin = person("Mme Perrin")
    assert (
        greeting(brief(item(1, "x"), to=(perrin,), tone=FIRST_NAMES, called=("Mme Perrin",))) == "Bonjour Mme Perrin,"
    )
    assert greeting(brief(item(1, "x"), to=(CLAIRE,), tone=FIRST_NAMES, called=("Claire Leroy",))) == "Bonjour Claire,"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_phrase(language: Language) -> None:
    """The phrases of each language have the same keys and placeholders as the French ones."""

    def shape(node: object) -> object:
        if isinstance(node, dict):
            return {key: shape(value) for key, value in node.items()}
        if isinstance(node, list):
            return [shape(value) for value in node]
        return sorted(part.split("}")[0] for part in str(node).split("{")[1:])

    assert shape(data("phrases")[language]) == shape(data("phrases")["fr"])


@pytest.mark.parametrize("familiar", [True, False])
@pytest.mark.parametrize("language", LANGUAGES)
def test_greetings_name_their_readers(language: Language, familiar: bool) -> None:
    """One reader, two readers, and a whole group are greeted in each language and form."""
    for to, kind in (((KARIM,), "direct"), ((KARIM, CLAIRE), "direct"), ((KARIM, CLAIRE, THOMAS), "group")):
        line = greeting(brief(item(1, "x"), to=to, language=language, familiar=familiar, kind=kind))
        assert line[-1] in ",:"
        assert all((p.name.split()[0] in line) == (kind == "direct") for p in to)


# --- the rules of engagement ---------------------------------------------------------------------------------------

SPLIT = Proposal(direct=(Message(to=(KARIM.address,), subject="x", body="x"),))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sponsor_is_asked_first(language: Language) -> None:
    """Rules 6 to 8: who is written to about what, a weekly point, the customer's governance, and a question."""
    of = case("x", language=language)
    message = engagement_message(of, POLICY, SPLIT)
    assert message is not None
    assert message.to == (CLAIRE.address,)
    assert message.kind == "engagement"
    words = data("phrases")[language]["engagement"]
    for name, area in (
        (KARIM.name, "technical_spec"),
        (SANDRINE.name, "budget_price"),
        (THOMAS.name, "planning_change"),
    ):
        line = next(line for line in message.body.splitlines() if name in line)
        assert words["areas"][area] in line
    assert "?" in message.body
    weekly, consent = (chosen(text, True) for text in words["formal"][1:])
    assert weekly in message.body
    assert consent in message.body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["formal", "relaxed", "familiar"])
@pytest.mark.parametrize("several", [True, False])
def test_the_request_has_every_form(language: Language, form: str, several: bool) -> None:
    """Three sentences and a line for what stays with the sponsor, without a bracket, the last one a question."""
    words = data("phrases")[language]["engagement"]
    told = [chosen(text, not several) for text in words[form]]
    assert len(told) == 3
    assert told[0].endswith(":")
    assert told[2].endswith("?")
    assert not set("[]|{}") & set("".join(told))
    assert chosen(words["self"][form], not several).format(matters="x").endswith(".")


def test_nobody_is_asked_where_there_is_nothing_to_ask() -> None:
    """With the agreement on record, without a split, a sponsor or anybody else, there is no such message."""
    assert engagement_message(case("x", agreed=True), POLICY, SPLIT) is None
    assert engagement_message(case("x"), POLICY, Proposal(as_is=True)) is None
    assert engagement_message(case("x", people=(KARIM, SANDRINE)), POLICY, SPLIT) is None
    assert engagement_message(case("x", people=(CLAIRE,)), POLICY, SPLIT) is None


def test_the_highest_sponsor_stands_in_for_a_champion() -> None:
    """Without a champion, an executive sponsor is asked."""
    boss = person("Marc Aubry", Role.EXECUTIVE_SPONSOR, recipient=Recipient.CC)
    message = engagement_message(case("x", people=(KARIM, boss)), POLICY, SPLIT)
    assert message is not None
    assert message.to == (boss.address,)


def test_a_list_that_a_message_opens_with_has_a_line_above_it() -> None:
    """In a message to one, not in the group's."""
    items = (item(1, "le schéma", bullet="-"), item(2, "les accès", bullet="-"))
    assert "Bonjour Karim,\n\nQuelques points pour vous :\n- le schéma\n- les accès" in compose(brief(*items)).body
    to_all = brief(*items, kind="group", greeting="Bonjour à tous,")
    assert "Bonjour à tous,\n\n- le schéma" in compose(to_all).body


@pytest.mark.parametrize(
    ("text", "act", "topic", "told"),
    [
        ("Karim, le lot 2 est validé.", Act.DECIDE, Topic.SCOPE, "Le lot 2 est validé."),
        ("Karim, le jalon 2 est atteint.", Act.INFORM, Topic.MILESTONE, "Le jalon 2 est atteint."),
        # What speaks to whom it calls, asks, or is theirs alone keeps the name.
        ("Karim, le lot 2 est validé, comme vous l'aviez demandé.", Act.DECIDE, Topic.SCOPE, None),
        ("Karim, le flux passe par une API.", Act.INFORM, Topic.TECHNICAL_SPEC, None),
        ("Karim, le lot 2 est-il validé ?", Act.REQUEST, Topic.DECISION, None),
    ],
)
def test_to_all_a_settled_sentence_calls_nobody(text: str, act: Act, topic: Topic, told: str | None) -> None:
    """It is news for everybody."""
    one = item(1, text).model_copy(update={"act": act, "topics": (topic,)})
    wording = compose(brief(one, to=PEOPLE, kind="group", called=tuple(p.name.split()[0] for p in PEOPLE)))
    assert wording.body.split("\n\n")[1] == (told or text)


def test_a_subject_names_the_matter_only_where_it_is_sure() -> None:
    """A wrong matter is worse than none: the draft's subject stands alone where a sentence may be about something else."""
    price = item(1, "Nous pouvons descendre à 42 k€ par an.", Topic.BUDGET_PRICE)
    assert compose(brief(price)).subject == "Projet Atlas – volet budgétaire"
    flow = item(1, "Le flux passe-t-il par votre bus d'échange ou par une API REST ?", Topic.SCOPE)
    assert compose(brief(flow)).subject == "Projet Atlas"
    assert compose(brief(price, item(2, "Karim m'a parlé du serveur.", Topic.OTHER))).subject == "Projet Atlas"


def test_a_subject_names_nothing_vague() -> None:
    """ "– organisation" above an attachment says nothing about it, with the draft's subject or without."""
    attached = item(1, "La liste des participants à la formation est en pièce jointe.", Topic.LOGISTICS)
    assert compose(brief(attached)).subject == "Projet Atlas"
    assert compose(brief(attached, subject="")).subject == "Suite à nos échanges"


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Budget de mars"},
        {"tone": Tone(salutation="bjr à tous", informal=True, unpunctuated=True)},
        {"tone": Tone(salutation="Bonjour à vous trois,", informal=True)},
    ],
    ids=["said already", "without stops", "like a telegram"],
)
def test_a_subject_is_left_as_the_seller_types_it(changes: dict[str, object]) -> None:
    """The matter is not added where the subject has its word already, and not where the seller is terser than that."""
    price = item(1, "Nous pouvons descendre à 42 k€ par an.", Topic.BUDGET_PRICE)
    assert "–" not in compose(brief(price, **changes)).subject


def test_a_subject_of_our_own_names_what_most_sentences_are_about() -> None:
    """Where the draft's subject must not be shown, the matter of most sentences is the subject, and else a neutral line."""
    price = [item(n, f"Nous pouvons descendre à {n}2 k€ par an.", Topic.BUDGET_PRICE) for n in (1, 2)]
    photos = item(3, "La reprise des photos passe par un dépôt de fichiers.", Topic.TECHNICAL_SPEC)
    assert compose(brief(*price, photos, subject="")).subject == "Volet budgétaire"
    assert compose(brief(price[0], photos, subject="")).subject == "Suite à nos échanges"
