"""The local engine's eyes: features, classifier, patterns, and the weights that ship."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.local.classifier import predict, weights
from reviewer.local.features import VERSION, features, lexicon_hits, masked
from reviewer.local.flag import flag_passages
from reviewer.policy import load
from reviewer.prompts import set_path
from reviewer.types import LANGUAGES, Act, Sensitivity, Topic
from tests.build import CLAIRE, case

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


@pytest.mark.parametrize(
    ("text", "sensitivity", "quote"),
    [
        ("Le mot de passe est Atlas-2025! pour la recette.", Sensitivity.CREDENTIAL, "Atlas-2025"),
        ("Token : ghp_aB3dE5fG7hJ9kL1mN3pQ5r", Sensitivity.CREDENTIAL, "ghp_aB3dE5fG7hJ9kL1mN3pQ5r"),
        ("Son IBAN : FR76 3000 4000 0312 3456 7890 143.", Sensitivity.PERSONAL_DATA, "FR76 3000 4000 0312 3456 7890 143"),
        ("Elle est née le 14/02/1979.", Sensitivity.PERSONAL_DATA, "14/02/1979"),
        ("Son portable : 06 55 51 20 20.", Sensitivity.PERSONAL_DATA, "06 55 51 20 20"),
        ("Cela reste entre nous, le siège hésite.", Sensitivity.CONFIDENTIAL, "Cela reste entre nous, le siège hésite."),
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


def test_of_a_mixed_sentence_only_the_sensitive_clause_is_flagged() -> None:
    """The outcome may be told, the position behind it may not."""
    text = "Le comité a validé le lot 1, mais entre nous votre DAF n'a plus que 30 k€ et craint un dépassement."
    flags = flag_passages(case(text, people=(CLAIRE,)), POLICY).flags
    assert flags
    assert all("validé" not in f.quote for f in flags if f.sensitivity is Sensitivity.BUDGET)


def test_a_warm_prediction_takes_milliseconds() -> None:
    """Twenty sentences in well under a tenth of a second, on any machine."""
    texts = ["Nous pourrions descendre à 42 k€ par an si l'engagement passe à trois ans."] * 20
    predict(texts, "fr")
    start = time.perf_counter()
    predict(texts, "fr")
    assert time.perf_counter() - start < 0.1
