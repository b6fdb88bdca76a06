"""What is cut out of a passage for its readers, and what is left."""

from collections.abc import Sequence

import pytest

from reviewer import prompts
from reviewer.types import Case, Flag, Sensitivity, Side, Stakeholder
from reviewer.withhold import given_away, make_flag, still_spoken_to, visible_text
from tests.build import CLAIRE, KARIM, PEOPLE, SANDRINE, case, flag, person

POLICY = prompts.load("default").policy


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


def readers_of(of: Case, number: int, sensitivity: Sensitivity, called: Sequence[Stakeholder]) -> set[str]:
    """Who may read passage s<number>, flagged with this sensitivity, where a model says that it speaks to `called`."""
    passage = of.passages[number - 1]
    made = make_flag(
        of, POLICY, passage, passage.start, passage.end, sensitivity, "-", called=[p.address for p in called]
    )
    return {p.address.split("@")[0] for p in PEOPLE if p.address not in made.withhold_from}


@pytest.mark.parametrize(
    ("text", "called", "readers"),
    [
        ("karim entre nous l'équipe d'odile va finir par bloquer", [KARIM], {"karim"}),
        ("Karim le bastion est lent vous pouvez regarder", [KARIM], {"karim"}),
        # A model that takes a mention for an address opens nothing.
        ("Karim m'a dit qu'il craint pour son équipe.", [KARIM], set()),
        ("D'après Karim, l'équipe va partir.", [KARIM], set()),
        ("L'équipe va partir.", [KARIM], set()),
        ("L'équipe va partir.", [], set()),
    ],
)
def test_a_model_opens_a_confidence_only_where_the_words_bear_it_out(
    text: str, called: list[Stakeholder], readers: set[str]
) -> None:
    """The passage opens with the name and speaks to one reader."""
    assert readers_of(case(text), 1, Sensitivity.PERSONAL_CONCERN, called) == readers


def one_paragraph(*texts: str) -> Case:
    """A case whose passages are one paragraph."""
    plain = case(*texts)
    return plain.model_copy(update={"passages": tuple(p.model_copy(update={"paragraph": 0}) for p in plain.passages)})


def test_a_model_cannot_say_that_a_confidence_goes_on_speaking_to_somebody() -> None:
    """Only the words can: a weak model takes a whole paragraph to speak to whom it called once."""
    of = one_paragraph("Karim, merci pour votre franchise.", "Le fournisseur doit partir sans bruit.")
    assert readers_of(of, 2, Sensitivity.CONFIDENTIAL, [KARIM]) == set()
    leaning = one_paragraph("Karim, merci pour votre franchise.", "Cela restera entre nous.")
    assert readers_of(leaning, 2, Sensitivity.CONFIDENTIAL, []) == {"karim"}


def test_a_model_may_keep_it_from_more_readers_and_never_from_fewer() -> None:
    """Whom the policy lets read, a model may take out; whom the passage calls by name, and the seller's own, it may not."""
    own = person("Lou Petit", side=Side.OWN)
    of = case("Sandrine, nous irions jusqu'à 42 k€.", people=(*PEOPLE, own))
    passage = of.passages[0]

    def withheld(*hurts: Stakeholder) -> set[str]:
        made = make_flag(
            of,
            POLICY,
            passage,
            passage.start,
            passage.end,
            Sensitivity.BUDGET,
            "-",
            hurts=[p.address for p in hurts],
        )
        return set(made.withhold_from)

    plain = withheld()
    assert CLAIRE.address not in plain
    assert withheld(CLAIRE) == plain | {CLAIRE.address}
    assert withheld(SANDRINE, own) == plain


SEAMS = case(
    "Le badge se retire au poste 20",
    "Avril 3, 2031, ouverture du lot vert",
    "Le lot vert compte 2031 prises et deux baies.",
    "Karim, deux baies restent à câbler",
    "signoff|Poste de garde nord",
)
GREEN = [flag(SEAMS, 3, Sensitivity.SCOPE, [KARIM])]
CABLED = case("À câbler poste nord", "Les baies restent", "Baies restent à câbler en avril.")
CABLE = [flag(CABLED, 3, Sensitivity.SCOPE, [KARIM])]


@pytest.mark.parametrize(
    ("of", "flags", "text", "quotes"),
    [
        # "20. Avril" reads as a date, so that the year stands alone: the sentence is the reader's all the same.
        (SEAMS, GREEN, "Le badge se retire au poste 20. Avril 3, 2031, ouverture du lot vert.", []),
        (SEAMS, GREEN, "Au poste 20. Avril 3, 2031 prises.", ["2031"]),
        # Where two sentences meet, in whatever order, four words in a row are nobody's.
        (CABLED, CABLE, "Les baies restent. À câbler poste nord.", []),
        (CABLED, CABLE, "Les baies restent\n\nÀ câbler poste nord.", []),
        # Without an end between them, or in other words around them, they are the withheld sentence.
        (CABLED, CABLE, "Les baies restent À câbler poste nord.", ["baies restent À câbler"]),
        (CABLED, CABLE, "Des baies restent. À câbler donc.", ["baies restent. À câbler"]),
        (CABLED, CABLE, "Baies restent à câbler.", ["Baies restent à câbler"]),
        # A true leak behind a seam is still found.
        (
            CABLED,
            CABLE,
            "Les baies restent. À câbler poste nord. Oui : baies restent à câbler.",
            ["baies restent à câbler"],
        ),
    ],
)
def test_where_two_sentences_of_the_draft_meet_nothing_is_given_away(
    of: Case, flags: list[Flag], text: str, quotes: list[str]
) -> None:
    """A run of words or a detail across two sentences that the readers may read is no leak."""
    assert [leak.quote for leak in given_away(of, flags, [KARIM.address], text)] == quotes


def test_a_very_long_paragraph_that_goes_on_is_followed_to_its_start() -> None:
    """Two thousand sentences that each speak to one reader: the first says to whom."""
    of = one_paragraph("Karim, merci pour votre franchise.", *["Vous aurez le schéma demain."] * 2000)
    assert still_spoken_to(of, of.passages[-1]) == (KARIM.address,)


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("Le prix est de 42 €.", ["42 €"]),
        ("Les 42 agences sont prêtes.", []),
        ("Il en reste 42.", []),
    ],
)
def test_a_count_that_readers_know_does_not_open_the_price_of_the_same_number(text: str, quotes: list[str]) -> None:
    """Karim reads of 42 agencies, and not that one costs 42 €."""
    of = case("Les 42 agences sont prêtes.", "Une agence coûterait 42 € par mois.")
    price = [flag(of, 2, Sensitivity.CONTRACT_PRICE, [KARIM])]
    assert [leak.quote for leak in given_away(of, price, [KARIM.address], text)] == quotes


@pytest.mark.parametrize("known", ["Les agences sont prêtes.", "Une autre coûte 42 $ par mois."])
@pytest.mark.parametrize(
    ("text", "leaks"),
    [("42 €", True), ("42 euros", True), ("EUR 42", True), ("42 £", True), ("42 $", False), ("42", False)],
)
def test_a_price_is_given_away_in_any_currency_that_is_not_known(known: str, text: str, leaks: bool) -> None:
    """Where the readers know nothing of the number every mention of it tells; where they know 42 $ just the price does."""
    of = case(known, "Une agence coûterait 42 € par mois.")
    price = [flag(of, 2, Sensitivity.CONTRACT_PRICE, [KARIM])]
    found = [leak.quote for leak in given_away(of, price, [KARIM.address], f"Le prix : {text}.")]
    assert found == ([text] if leaks or "$" not in known else [])
