"""Which language a text is in: by its function words, or by lingua where they do not tell."""

import pytest

from reviewer import language
from reviewer.types import Language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nous pourrions vous envoyer le schéma avant vendredi, si cela vous convient.", "fr"),
        ("We could send you the schema before Friday, if that is fine with you.", "en"),
        ("Wir könnten Ihnen das Schema vor Freitag schicken, wenn das für Sie passt.", "de"),
        ("Podríamos enviarles el esquema antes del viernes, si les parece bien.", "es"),
        ("Potremmo inviarvi lo schema prima di venerdì, se per voi va bene.", "it"),
        ("We kunnen jullie het schema voor vrijdag sturen, als dat voor jullie uitkomt.", "nl"),
        # One letter is a word in several languages; these say nothing, and lingua tells.
        (
            "Buongiorno Paola,\n\nPossiamo arrivare a 44.000 euro con pagamento a novanta giorni.\n\nA presto,\nSara",
            "it",
        ),
        ("Payment must be in cash or a personal check made out to the club.", "en"),
        ("12 000 €", None),
        ("Karim Benali", None),
    ],
)
def test_a_text_is_told(text: str, expected: Language | None) -> None:
    """Sentences in all six languages, and what has too few letters."""
    assert language.detect(text) == expected


def test_words_of_two_languages_leave_it_to_the_n_grams() -> None:
    """A French sentence that quotes an English one."""
    text = "Vous avez écrit « we would like to have it before the end of the year » dans votre dernier message, que nous avons bien reçu."
    assert language._by_function_words(text) is None


def test_the_expected_language_needs_less_to_be_told() -> None:
    """Two of its function words and none of the others'; and nothing is taken for it that is not."""
    text = "Karim, pourriez-vous relire votre schéma ?"
    assert language._by_function_words(text) is None
    assert language._by_function_words(text, "fr") == "fr"
    assert language.detect("Could you please read the scheme before Tuesday, Karim?", "fr") == "en"
