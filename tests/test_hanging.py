"""What a message points back to and does not carry: told where it is so, in six languages, and nowhere else."""

import pytest

from reviewer.hanging import hanging
from reviewer.passages import passages
from reviewer.types import Case, Language, Message
from tests.build import KARIM, case


def places(of: Case, *numbers: int, body: str = "") -> list[str]:
    """The quotes of a message to Karim with these passages, in its own words where none are given."""
    ids = [f"s{n}" for n in numbers]
    words = body or " ".join(p.text for p in of.passages if p.id in ids)
    message = Message(
        to=(KARIM.address,), subject="S", body=words, kind="direct", written_by="local", passage_ids=tuple(ids)
    )
    return [place.quote for place in hanging(of, message)]


PAIRS: list[tuple[Language, str, str]] = [
    ("fr", "Les câbles manquent encore.", "Pour que cela n'arrête personne, je pars sur l'existant."),
    ("fr", "Le badge est posé.", "À terme, ce badge peut devenir un programme de fidélité."),
    ("en", "The rota rules are not agreed.", "Until that is sorted we are building on guesswork."),
    ("en", "The pilot went well.", "I would show this pilot to the board."),
    ("de", "Die Antriebe fehlen noch.", "Solange das so ist, bleibt der Termin offen."),
    ("de", "Der Nachtrag ist strittig.", "Mit diesem Nachtrag würde es teurer."),
    ("es", "Faltan los cables.", "Eso nos retrasa dos semanas."),
    ("es", "El piloto va bien.", "Enseñaría este piloto a la dirección."),
    ("it", "Mancano i cavi.", "Ciò ci ritarda di due settimane."),
    ("it", "Il collaudo è riuscito.", "Mostrerei questo collaudo alla direzione."),
    ("nl", "De kabels ontbreken.", "Of dit nog op tijd kan? Dit wordt krap."),
    ("nl", "De proef is afgerond.", "Ik zou deze proef aan de directie laten zien."),
    ("fr", "Anna est passée hier.", "Elle voudrait revoir le plan."),
    ("en", "Anna came by.", "She would like to see the plan."),
    ("en", "Tom Hill wants a test.", "The other Tom wanted to know whether it is in."),
    ("en", "The clerks were quick.", "Compared with them the managers were absent."),
    ("de", "Herr Ott war da.", "Er möchte den Plan sehen."),
    ("es", "Ana vino ayer.", "Ella quiere ver el plano."),
    ("nl", "Anna was hier.", "Zij wil het plan zien."),
]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "See below the answer of Claire."),
        ("fr", "Voir ci-dessous la réponse de Claire."),
        ("de", "Siehe unten die Antwort von Claire."),
        ("es", "Ver más abajo la respuesta de Claire."),
        ("it", "Vedi sotto la risposta di Claire."),
        ("nl", "Zie hieronder het antwoord van Claire."),
    ],
)
def test_what_points_at_the_thread_below_is_told_where_the_thread_is_left_out(language: Language, text: str) -> None:
    """The draft itself carries it, and without a thread something of the draft is meant."""
    thread = "---------- Forwarded message ---------\nFrom: Claire <c@x.example>\nTo: Tom\n\nLot 1 waits."
    found = passages(f"{text}\n\n{thread}\n", language)
    of = case(text, language=language)
    with_thread = of.model_copy(update={"passages": found})
    assert len(places(with_thread, 1)) == 1
    assert places(with_thread, 1, body=f"{text}\n\n{thread}\n") == []
    assert places(of, 1) == []


@pytest.mark.parametrize(("language", "before", "text"), PAIRS)
def test_words_that_mean_a_sentence_of_others_are_told(language: Language, before: str, text: str) -> None:
    """Alone they hang; with the sentence that they mean they do not."""
    of = case(before, text, language=language)
    found = places(of, 2)
    assert len(found) == 1
    assert found[0] in " ".join(text.split())
    assert places(of, 1, 2) == []


@pytest.mark.parametrize(
    ("language", "before", "text"),
    [
        ("fr", "Le badge est posé.", "On se voit cette semaine."),
        ("fr", "On se voit la semaine du 12.", "Je rappelle cette semaine."),
        ("fr", "Le badge est posé.", "Si le prix tombe sous dix euros, cela suffit."),
        ("en", "The pilot went well.", "The list that we agreed is attached."),
        ("en", "The pilot went well.", "We know the organizations that work on the coast."),
        ("en", "The pilot went well.", "Our badge is ready, and this badge opens the gate."),
        ("de", "Die Antriebe fehlen noch.", "Das Budget ist bestätigt."),
        ("es", "Faltan los cables.", "La reunión está prevista para el martes."),
        ("it", "Mancano i cavi.", "Questo modulo costa poco."),
        ("fr", "Le badge est posé.", "Il faudrait revoir le plan."),
        ("de", "Herr Ott war da.", "Sie finden den Plan anbei."),
        ("en", "The pilot went well.", "The other site is ready."),
    ],
)
def test_words_that_mean_nothing_said_before_are_not(language: Language, before: str, text: str) -> None:
    """A week, an article, a relative clause, and what the sentence itself or the message has said."""
    assert places(case(before, text, language=language), 2) == []


def test_what_the_writer_put_into_words_does_not_hang() -> None:
    """The passage has it, the message does not."""
    of = case("The rota rules are not agreed.", "Until that is sorted we are building on guesswork.", language="en")
    assert places(of, 2, body="Until the rota rules are settled we are building on guesswork.") == []
    noun = case("Le badge est posé.", "Ce badge peut servir à tous.")
    assert places(noun, 2, body="Le nouveau badge est là. Ce badge peut servir à tous.") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Désolée pour la longueur de ce mail."),
        ("en", "Apologies for the length of this one."),
        ("de", "Entschuldigen Sie die lange Mail."),
        ("es", "Perdón por lo largo del correo."),
        ("it", "Scusate la lunghezza della mail."),
        ("nl", "Sorry voor het lange verhaal."),
    ],
)
def test_a_short_message_that_excuses_its_length_is_told(language: Language, text: str) -> None:
    """Where less than half of the draft is in it; a long one may well say so."""
    of = case(text, "x " * 80, language=language)
    message = Message(
        to=(KARIM.address,), subject="S", body=text, kind="direct", written_by="local", passage_ids=("s1",)
    )
    assert [place.about for place in hanging(of, message)] == ["length"]
    whole = message.model_copy(update={"passage_ids": ("s1", "s2"), "body": f"{text} {'x ' * 80}"})
    assert [*hanging(of, whole)] == []
