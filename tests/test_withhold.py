"""What is cut out of a passage for its readers, and what is left."""

from collections.abc import Sequence

import pytest

from reviewer import prompts
from reviewer.forms import forms
from reviewer.local.flag import flags_by_form
from reviewer.types import Case, Flag, Language, Recipient, Sensitivity, Side, Stakeholder
from reviewer.withhold import codes_in, given_away, greeted_alone, make_flag, still_spoken_to, visible_text
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
        ("Mais Karim hésite, le lot 1 est validé.", "Karim hésite,", "Le lot 1 est validé."),
        (
            "Le lot 1 est validé, Karim hésite, en attendant on avance.",
            "Karim hésite,",
            "Le lot 1 est validé, en attendant on avance.",
        ),
        ("On en a parlé lundi et je sais que Karim hésite.", "Karim hésite", ""),
        ("Le lot 1 est validé, et si on le sort on passe sous 42 k€.", "42 k€", "Le lot 1 est validé."),
        (
            "Le lot 1 est validé, Karim hésite, c'est pourquoi on se voit lundi.",
            "Karim hésite",
            "Le lot 1 est validé, on se voit lundi.",
        ),
        ("P.-S. Karim hésite, le lot 1 est validé.", "Karim hésite,", "P.-S: le lot 1 est validé."),
        ("Karim hésite ; peut-on valider le lot 1 ?", "Karim hésite ;", "Peut-on valider le lot 1 ?"),
    ],
)
def test_the_rest_of_a_cut_sentence_reads_like_one(text: str, secret: str, left: str) -> None:
    """Loose commas and conjunctions go, the end mark and the capital stay, scraps are nothing."""
    of = case(text)
    flags = [flag(of, 1, Sensitivity.CONFIDENTIAL, [KARIM], secret)]
    assert visible_text(of.passages[0], flags, [KARIM.address], of.draft.language) == left
    assert visible_text(of.passages[0], flags, [CLAIRE.address], of.draft.language) == text


@pytest.mark.parametrize(
    ("language", "text", "secret", "left"),
    [
        (
            "en",
            "The list is agreed as of Friday, though at 42 k€ we could move.",
            "at 42 k€ we could move",
            "The list is agreed as of Friday.",
        ),
        ("en", "It came up that 18k is left, so the link is parked.", "18k is left", "The link is parked."),
        ("en", "It came up that 18k is left, which is why the link is parked.", "18k is left", "The link is parked."),
        ("en", "We would set it at 42 k€ a year.", "42 k€", ""),
        (
            "de",
            "Die Reihenfolge steht fest, wobei 42 k€ reichen würden.",
            "42 k€ reichen würden",
            "Die Reihenfolge steht fest.",
        ),
        (
            "es",
            "Marta duda, en cuanto a las fechas todo sigue igual.",
            "Marta duda",
            "En cuanto a las fechas todo sigue igual.",
        ),
        (
            "it",
            "Il canone resta quello, mentre su 42 k€ si può parlare.",
            "su 42 k€ si può parlare",
            "Il canone resta quello.",
        ),
        (
            "nl",
            "De training staat vast, terwijl het voor 42 k€ ook kan.",
            "het voor 42 k€ ook kan",
            "De training staat vast.",
        ),
    ],
)
def test_each_language_has_its_own_joints(language: Language, text: str, secret: str, left: str) -> None:
    """A conjunction goes with what it joined; Spanish "en" is no Dutch "and"."""
    of = case(text, language=language)
    flags = [flag(of, 1, Sensitivity.CONFIDENTIAL, [KARIM], secret)]
    assert visible_text(of.passages[0], flags, [KARIM.address], language) == left


def test_one_forbidden_reader_cuts_it_for_all_of_them() -> None:
    """A message to several readers shows what the strictest of them may see."""
    of = case("Le prix peut descendre à 42 k€ sur trois ans.")
    flags = [flag(of, 1, Sensitivity.CONTRACT_PRICE, [KARIM])]
    assert visible_text(of.passages[0], flags, [CLAIRE.address, KARIM.address], of.draft.language) == ""


def test_overlapping_spans_are_cut_once() -> None:
    """Two flags on overlapping words leave the same rest as their union."""
    of = case("Le lot 1 est validé par tous, et Karim craint pour son équipe.")
    flags = [
        flag(of, 1, Sensitivity.CONFIDENTIAL, [KARIM], "et Karim craint"),
        flag(of, 1, Sensitivity.PERSONAL_CONCERN, [KARIM], "Karim craint pour son équipe."),
    ]
    assert visible_text(of.passages[0], flags, [KARIM.address], of.draft.language) == "Le lot 1 est validé par tous."


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


COPIED = (KARIM, SANDRINE.model_copy(update={"recipient": Recipient.CC}))


@pytest.mark.parametrize(
    ("people", "greeting", "text", "spoken_to"),
    [
        (COPIED, "Hi Karim,", "Understood, your portal is ready.", (KARIM.address,)),
        (COPIED, "Hi Karim,", "The team is ready.", ()),
        (COPIED, "Hi Karim and Sandrine,", "Understood, your portal is ready.", ()),
        (COPIED, "Hi all,", "Understood, your portal is ready.", ()),
        ((KARIM, SANDRINE), "Hi Karim,", "Understood, your portal is ready.", ()),
    ],
)
def test_you_is_who_is_greeted_alone(
    people: tuple[Stakeholder, ...], greeting: str, text: str, spoken_to: tuple[str, ...]
) -> None:
    """Where the others read in copy, and nobody else is called."""
    of = case(f"greeting|{greeting}", text, people=people, language="en")
    assert still_spoken_to(of, of.author_passages()[0]) == spoken_to


@pytest.mark.parametrize(
    ("greeting", "before", "text", "spoken_to"),
    [
        ("Bonjour Karim, bonjour à tous,", "Merci pour la doc.", "Ton équipe devra ouvrir le port.", (KARIM.address,)),
        ("Bonjour Karim,", "Merci pour la doc.", "Je te renvoie notre schéma.", (KARIM.address,)),
        ("Bonjour Karim,", "Sandrine, le devis part ce soir.", "Je te renvoie notre schéma.", ()),
        ("Bonjour Karim, bonjour à tous,", "Merci pour la doc.", "Votre équipe devra ouvrir le port.", ()),
        ("Bonjour à tous,", "Merci pour la doc.", "Ton équipe devra ouvrir le port.", ()),
    ],
)
def test_a_familiar_you_is_who_is_greeted_first(
    greeting: str, before: str, text: str, spoken_to: tuple[str, ...]
) -> None:
    """In a mail to several; not once somebody else was called, and not where "you" may be all of them."""
    of = case(f"greeting|{greeting}", before, text, people=(KARIM, SANDRINE))
    assert still_spoken_to(of, of.author_passages()[1]) == spoken_to


def test_a_readers_own_limit_is_for_them_alone() -> None:
    """Rule 5: not for who buys, in copy of the mail."""
    text = "Understood, your hosting budget is capped at 9,000 this year."
    of = case("greeting|Hi Karim,", text, people=COPIED, language="en")
    (found,) = [f for f in flags_by_form(of, POLICY) if f.sensitivity is Sensitivity.CONFIDENTIAL]
    assert (found.quote, found.withhold_from) == (text, (SANDRINE.address,))


@pytest.mark.parametrize(
    ("sensitivity", "people", "withheld"),
    [
        (Sensitivity.PLANNING, (KARIM,), ()),
        (Sensitivity.SCOPE, (KARIM,), ()),
        (Sensitivity.CONTRACT_PRICE, (KARIM,), (KARIM.address,)),
        (Sensitivity.PLANNING, (KARIM, SANDRINE), (KARIM.address, SANDRINE.address)),
    ],
)
def test_a_date_is_not_kept_from_the_only_reader(
    sensitivity: Sensitivity, people: tuple[Stakeholder, ...], withheld: tuple[str, ...]
) -> None:
    """The seller chose whom to tell; a price may be somebody else's."""
    of = case("La mise en production est repoussée.", people=people)
    passage = of.author_passages()[0]
    assert make_flag(of, POLICY, passage, passage.start, passage.end, sensitivity, "-").withhold_from == withheld


def test_you_is_nobody_sure_where_another_reader_is_called() -> None:
    """ "Ravi, thank you ... Between us, I heard that you want to leave" is not said to who is greeted."""
    of = case(
        "greeting|Hi Karim,",
        "Sandrine, thank you for your frankness.",
        "Between us, you want to leave.",
        people=COPIED,
        language="en",
    )
    assert greeted_alone(of) == ()
    assert greeted_alone(case("greeting|Hi Karim,", "Your portal is ready.", people=COPIED, language="en"))


@pytest.mark.parametrize(
    "text",
    [
        "Votre budget 2026 est confirmé, avec une garantie limitée à deux ans.",
        "Your budget owner has limited availability.",
        "Votre enveloppe n'est pas limitée.",
        "Su presupuesto está ajustado a lo pedido.",
    ],
)
def test_not_all_that_is_said_of_a_budget_is_a_limit(text: str) -> None:
    """What is confirmed is no confidence."""
    assert not [f for f in forms(text) if f.name == "own_limit"]


@pytest.mark.parametrize("word", ["abc12", "abc-12", "Hexa2026"])
def test_a_password_is_given_away_by_its_one_word(word: str) -> None:
    """Five signs with a letter and a digit are enough, whatever is said about them."""
    of = case(f"The password is {word}.", "The plan is final.")
    secret = flag(of, 1, Sensitivity.CREDENTIAL, PEOPLE)
    leaks = list(given_away(of, [secret], [KARIM.address], f"Karim, {word} opens it.", ["s2"]))
    assert ("detail", word) in [(leak.how, leak.quote) for leak in leaks]
    assert list(codes_in(secret, "Karim, something else opens it.")) == []
