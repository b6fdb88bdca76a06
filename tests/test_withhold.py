"""What is cut out of a passage for its readers, and what is left."""

import pytest

from reviewer.types import Sensitivity
from reviewer.withhold import still_spoken_to, visible_text
from tests.build import CLAIRE, KARIM, case, flag


@pytest.mark.parametrize(
    ("text", "secret", "left"),
    [
        (
            "Le lot 1 est validé, et entre nous Karim craint pour son équipe.",
            "et entre nous Karim craint pour son équipe.",
            "Le lot 1 est validé.",
        ),
        (
            "Entre nous Karim hésite, mais le lot 1 est validé.",
            "Entre nous Karim hésite,",
            "Le lot 1 est validé.",
        ),
        ("The scope is agreed; we could go down to 42 k€.", "we could go down to 42 k€.", "The scope is agreed."),
        ("Accès au serveur : mot de passe Pivoine-2291", "Pivoine-2291", "Accès au serveur : mot de passe"),
        ("Karim hésite.", "Karim hésite.", ""),
        ("Ok, Karim hésite beaucoup.", "Karim hésite beaucoup.", ""),
    ],
)
def test_the_rest_of_a_cut_sentence_reads_like_one(text: str, secret: str, left: str) -> None:
    """Loose commas and conjunctions go, the end mark and the capital stay, scraps are nothing."""
    of = case(text)
    flags = [flag(of, 1, Sensitivity.CONFIDENTIAL, [KARIM], secret)]
    assert visible_text(of.passages[0], flags, [KARIM.address]) == left
    assert visible_text(of.passages[0], flags, [CLAIRE.address]) == text


def test_one_forbidden_reader_cuts_it_for_all_of_them() -> None:
    """A message to several readers shows what the strictest of them may see."""
    of = case("Le prix peut descendre à 42 k€ sur trois ans.")
    flags = [flag(of, 1, Sensitivity.CONTRACT_PRICE, [KARIM])]
    assert visible_text(of.passages[0], flags, [CLAIRE.address, KARIM.address]) == ""


def test_overlapping_spans_are_cut_once() -> None:
    """Two flags on overlapping words leave the same rest as their union."""
    of = case("Le lot 1 est validé par tous, et Karim craint pour son équipe.")
    flags = [
        flag(of, 1, Sensitivity.CONFIDENTIAL, [KARIM], "et Karim craint"),
        flag(of, 1, Sensitivity.PERSONAL_CONCERN, [KARIM], "Karim craint pour son équipe."),
    ]
    assert visible_text(of.passages[0], flags, [KARIM.address]) == "Le lot 1 est validé par tous."


@pytest.mark.parametrize(
    ("texts", "reader"),
    [
        (
            ("Karim, merci pour votre franchise.", "Nous pourrions facturer en avril, cela vous laisserait de l'air."),
            "karim",
        ),
        (("Karim, merci pour votre franchise.", "Cela reste entre nous."), "karim"),
        (("Karim, merci.", "Vous aurez le schéma demain.", "Votre budget tient-il toujours ?"), "karim"),
        (("Karim, merci.", "Le prix peut baisser.", "Si vous y tenez, le lot 2 sort."), None),
        (("Karim, merci.", "Vous pouvez tous relire le compte rendu."), None),
        (("Karim et Claire, merci.", "Vous aurez le schéma demain."), None),
        (("Merci à tous.", "Vous aurez le schéma demain."), None),
        (("Karim, merci.", "Le comité se réunit le 3 mars."), None),
    ],
)
def test_a_paragraph_goes_on_speaking_to_whom_it_began_with(texts: tuple[str, ...], reader: str | None) -> None:
    """As long as each sentence speaks to somebody or leans on the one before; a sentence to nobody ends it."""
    plain = case(*texts)
    together = plain.model_copy(
        update={"passages": tuple(p.model_copy(update={"paragraph": 0}) for p in plain.passages)}
    )
    last = together.passages[-1]
    assert still_spoken_to(together, last) == (() if reader is None else (f"{reader}@client.example",))
    assert still_spoken_to(plain, plain.passages[-1]) == ()
