"""A confidence is known again in other words, by whose it is and what becomes of them."""

import pytest

from reviewer.affair import same_affair
from tests.test_deal import reviewed


@pytest.mark.parametrize(
    ("confidence", "text", "quote"),
    [
        ("Entre nous, Karim démissionne.", "La démission de Karim ne change rien au planning.", "démission"),
        ("Karim Perrin quittera la fonderie fin novembre.", "Le départ de M. Perrin sera annoncé.", "départ"),
        ("Unter uns: Herr Pohl wechselt zur Uniklinik.", "Die Kündigung von Herrn Pohl bleibt aus.", "Kündigung"),
        ("Karims Kündigung liegt vor.", "Karim wechselt zu uns.", "wechselt"),
        ("Between us, Ravi told me he is burning out.", "Ravi's illness will not delay us.", "illness"),
        ("La direction va fermer le site de Nantes.", "La fermeture de Nantes est confirmée.", "fermeture"),
        ("Der Vorstand schließt den Standort Neustadt.", "Die Schließung von Neustadt kommt.", "Schließung"),
        ("Entre nous, Karim démissionne.", "Karim valide le lot 1.", None),
        ("Entre nous, Karim démissionne.", "Le départ de Paul est prévu lundi.", None),
        ("Entre nous, il part.", "Entre autres, le départ du car est à 9 h.", None),
        ("Karim est épuisé.", "Karim quitte le comité à midi.", None),
    ],
)
def test_one_affair_has_a_name_and_what_becomes_of_it(confidence: str, text: str, quote: str | None) -> None:
    """Another person's is another one, and so is another thing of the same person."""
    assert same_affair(confidence, text) == quote


def test_a_confidence_is_not_told_again_in_the_same_mail() -> None:
    """Neither to the group nor to whoever has the schedule."""
    again = "La démission de Paul ne change rien au planning."
    found = reviewed(
        f"Bonjour à tous,\n\nClaire, entre nous, Paul quitte la société en mars.\n\nLe lot 1 est validé.\n\n{again}\n\nCamille"
    )
    assert not any(
        "démission" in m.body and set(m.readers) != {"claire@client.example"} for m in found.proposal.messages
    )
    told = next(p.id for p in found.passages if p.text == again)
    assert any(f.passage_id == told and f.withhold_from for f in found.flags)
