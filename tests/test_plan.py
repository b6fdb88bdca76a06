"""From audiences to messages: what the policy lets stand, when no split is needed, and in which order to send."""

import pytest

from reviewer import policy, prompts
from reviewer.cues import asks, closing_of, insists_on_copy, is_familiar
from reviewer.engagement import engagement_message
from reviewer.local.split import assign
from reviewer.names import first_name
from reviewer.plan import (
    briefs,
    called,
    keep_informed,
    mentioned,
    needs_split,
    own_closing,
    reconcile,
    sequence,
    settle_group,
    subject_is_clean,
    tone_of,
)
from reviewer.texts import listed, say, word
from reviewer.types import (
    Act,
    Assignment,
    Audience,
    Case,
    Classification,
    Culture,
    Flag,
    Language,
    Message,
    Proposal,
    Recipient,
    Role,
    Sensitivity,
    Stage,
    Stakeholder,
    Tone,
    Topic,
)
from tests.build import CLAIRE, KARIM, ODILE, PEOPLE, SANDRINE, THOMAS, case, flag, label, person

POLICY = policy.load(prompts.set_path("default") / "policy.yaml")
SETTLED = "Le périmètre du lot 1 est validé."
DATE = "Prochain comité le 14 mars."
TECHNICAL = "Le flux passera par une API REST."
PRICE = "Nous pourrions descendre à 42 k€ par an."
THANKS = "Merci pour votre accueil."


def split(of: Case, labels: list[Classification], flags: list[Flag]) -> dict[str, Assignment]:
    """The local split, reconciled."""
    default = assign(of, POLICY, labels, flags).assignments
    return {a.passage_id: a for a in reconcile(of, POLICY, labels, flags, default, default)}


def to(people: list[Stakeholder] | tuple[Stakeholder, ...], group: bool = False) -> Audience:
    """An audience of these people."""
    return Audience(group=group, people=tuple(p.address for p in people))


def test_every_topic_goes_where_the_policy_says() -> None:
    """Outcomes and dates to the group, substance to the one who does it (rules 10 and 11)."""
    of = case(SETTLED, DATE, TECHNICAL, THANKS)
    labels = [
        label(1, Topic.DECISION, Topic.SCOPE),
        label(2, Topic.NEXT_DATE),
        label(3, Topic.TECHNICAL_SPEC),
        label(4, Topic.OTHER),
    ]
    found = split(of, labels, [])
    assert found["s1"].audience == to([], group=True)
    assert found["s2"].audience == to([], group=True)
    assert found["s3"].audience == to([KARIM])
    assert found["s4"].audience == to([], group=True)
    assert all(a.reason for a in found.values())


def test_an_open_position_is_not_for_the_group() -> None:
    """The same topic once open goes to its reader only (the tension of rules 11 and 19)."""
    of = case("L'enveloppe est confirmée.", "L'enveloppe pourrait baisser.")
    labels = [label(1, Topic.BUDGET_PRICE), label(2, Topic.BUDGET_PRICE, stage=Stage.OPEN)]
    found = split(of, labels, [])
    assert found["s1"].audience == to([], group=True)
    assert found["s2"].audience == to([SANDRINE])


def test_an_ask_has_one_owner_and_goes_to_them() -> None:
    """By name, of several the one whose matter it is; else by topic, else by the policy's fallback (rule 2)."""
    of = case("Karim et Claire, pouvez-vous relire ?", "Qui valide le schéma ?", "Pouvez-vous confirmer ?")
    labels = [
        label(1, Topic.SCOPE, act=Act.REQUEST, to=[KARIM, CLAIRE]),
        label(2, Topic.TECHNICAL_SPEC, act=Act.REQUEST),
        label(3, Topic.OTHER, act=Act.REQUEST),
    ]
    found = split(of, labels, [])
    assert [found[f"s{n}"].owner for n in (1, 2, 3)] == [CLAIRE.address, KARIM.address, THOMAS.address]
    assert all(a.audience.people == (a.owner,) and not a.audience.group for a in found.values())


def test_an_ask_for_a_role_nobody_holds_is_held_back() -> None:
    """With neither a technical lead nor anybody to fall back on, the ask waits with a suggestion."""
    of = case("Qui valide le schéma ?", people=(ODILE, person("Ines Faure")))
    found = split(of, [label(1, Topic.TECHNICAL_SPEC, act=Act.REQUEST)], [])
    assert found["s1"].audience.held_back
    assert found["s1"].reason
    assert found["s1"].suggestion


def test_a_role_nobody_holds_holds_the_passage_back_in_a_large_circle() -> None:
    """Technical detail is for a technical lead; where the circle is large and there is none, it is held back."""
    strangers = [person("Ines Faure", Role.FINANCE), *(person(f"{name} Faure") for name in ("Noe", "Lea", "Max"))]
    found = split(case(TECHNICAL, people=strangers), [label(1, Topic.TECHNICAL_SPEC)], [])
    assert found["s1"].audience.held_back
    small = split(case(TECHNICAL, people=strangers[:2]), [label(1, Topic.TECHNICAL_SPEC)], [])
    assert small["s1"].audience.group


def test_where_nobody_has_a_role_harmless_substance_stays_with_everybody() -> None:
    """Nothing can be routed by role: what may do harm waits, the rest stays as the seller has it, an ask without an owner too."""
    strangers = [person(f"{name} Faure") for name in ("Ines", "Noe", "Lea", "Max")]
    of = case(TECHNICAL, "Qui valide le schéma ?", "Le prix reste à 42 k€ par an.", "Karim doute.", people=strangers)
    labels = [
        label(1, Topic.TECHNICAL_SPEC),
        label(2, Topic.TECHNICAL_SPEC, act=Act.REQUEST),
        label(3, Topic.BUDGET_PRICE, stage=Stage.OPEN),
        label(4, Topic.TECHNICAL_SPEC),
    ]
    found = split(of, labels, [flag(of, 4, Sensitivity.PERSONAL_CONCERN, strangers)])
    assert found["s1"].audience.group
    assert found["s1"].reason == "Nobody's role is known: it stays with everybody, as in the mail."
    assert found["s2"].audience.group
    assert found["s2"].owner is None
    assert found["s3"].audience.held_back
    assert found["s4"].audience.held_back


def test_a_transparent_customer_gets_more_in_the_group_but_no_confidence() -> None:
    """Technical matters join the group message, a confidence does not (rule 21)."""
    of = case(TECHNICAL, "Karim redoute la bascule.", culture=Culture.TRANSPARENT)
    labels = [label(1, Topic.TECHNICAL_SPEC), label(2, Topic.PERSONAL_CONCERN)]
    found = split(of, labels, [flag(of, 2, Sensitivity.PERSONAL_CONCERN, PEOPLE)])
    assert found["s1"].audience.group
    assert found["s2"].audience.held_back


def test_a_mixed_sentence_goes_to_the_group_without_its_sensitive_part() -> None:
    """The outcome is for all, the position for the buyer alone."""
    of = case("Le lot 1 est validé par tous, et nous pourrions descendre à 42 k€.")
    flags = [
        flag(of, 1, Sensitivity.CONTRACT_PRICE, [CLAIRE, KARIM, THOMAS, ODILE], "et nous pourrions descendre à 42 k€.")
    ]
    found = split(of, [label(1, Topic.DECISION, Topic.BUDGET_PRICE)], flags)
    assert found["s1"].audience == to([SANDRINE], group=True)
    assert found["s1"].held_back_parts == ()
    group, direct = briefs(of, [label(1)], flags, list(found.values()))
    assert group.items[0].text == "Le lot 1 est validé par tous."
    assert "42 k€" in direct.items[0].text


def test_what_nobody_may_read_is_listed_as_held_back() -> None:
    """The rest of the sentence is sent, and the part is named."""
    of = case("Le lot 1 est validé par tous, et Karim redoute la suite des travaux.")
    flags = [flag(of, 1, Sensitivity.PERSONAL_CONCERN, PEOPLE, "et Karim redoute la suite des travaux.")]
    found = split(of, [label(1, Topic.DECISION)], flags)
    assert found["s1"].audience.group
    assert found["s1"].held_back_parts == ("et Karim redoute la suite des travaux.",)


def test_a_sentence_that_leans_back_follows_the_one_before() -> None:
    """ "Cela ..." in the same paragraph goes where its subject went."""
    of = case(TECHNICAL, "Cela évite les fichiers plats.")
    of = of.model_copy(update={"passages": tuple(p.model_copy(update={"paragraph": 0}) for p in of.passages)})
    found = split(of, [label(1, Topic.TECHNICAL_SPEC), label(2, Topic.OTHER)], [])
    assert found["s2"].audience == found["s1"].audience == to([KARIM])


def test_a_lead_in_goes_wherever_its_bullets_go() -> None:
    """The line above a list stands in each message that has one of its bullets."""
    of = case("Les points ouverts :", SETTLED, TECHNICAL)
    passages = tuple(p.model_copy(update={"bullet": "-"}) if n else p for n, p in enumerate(of.passages))
    of = of.model_copy(update={"passages": passages})
    found = split(of, [label(1, Topic.OTHER), label(2, Topic.DECISION), label(3, Topic.TECHNICAL_SPEC)], [])
    assert found["s1"].audience == to([KARIM], group=True)


def paragraph(*texts: str) -> Case:
    """A case whose sentences stand in one paragraph."""
    of = case(*texts)
    return of.model_copy(update={"passages": tuple(p.model_copy(update={"paragraph": 0}) for p in of.passages)})


def ask(number: int, *named: Stakeholder) -> Classification:
    """An open request without a topic of its own."""
    return label(number, Topic.OTHER, act=Act.REQUEST, stage=Stage.OPEN, to=named)


def test_a_question_and_what_it_means_reach_the_same_person() -> None:
    """A question such as "Karim, does that fit?" takes the offer before it along, whatever the offer's topic says."""
    of = paragraph(PRICE, "Karim, est-ce que cela vous convient ?")
    labels = [label(1, Topic.BUDGET_PRICE, act=Act.PROPOSE, stage=Stage.OPEN), ask(2, KARIM)]
    found = split(of, labels, [])
    assert KARIM.address in found["s1"].audience.people
    assert found["s2"].audience == to([KARIM])


def test_a_question_without_a_name_goes_to_whoever_reads_what_it_means() -> None:
    """It would otherwise go by its own topic, which it hardly has."""
    of = paragraph(PRICE, "Est-ce que cela vous convient ?")
    labels = [label(1, Topic.BUDGET_PRICE, act=Act.PROPOSE, stage=Stage.OPEN), ask(2)]
    found = split(of, labels, [])
    assert found["s1"].audience == to([SANDRINE])
    assert found["s2"].owner == SANDRINE.address


def test_a_question_about_what_its_reader_must_not_see_is_held_back() -> None:
    """Alone it would be a riddle, and with the sentence before it a leak."""
    of = paragraph("Entre nous, Karim va partir.", "Karim, est-ce que cela vous convient ?")
    labels = [label(1, Topic.PERSONAL_CONCERN), ask(2, KARIM)]
    hidden = flag(of, 1, Sensitivity.CONFIDENTIAL, PEOPLE)
    found = split(of, labels, [hidden])
    assert found["s2"].audience.held_back
    assert "Karim Benali" in found["s2"].reason


def test_what_has_no_clear_topic_stays_with_everybody() -> None:
    """A guess is no reason to take a sentence away from somebody."""
    of = case("Le flux passera par une API REST.", "Trois autres attendent.")
    sure = label(1, Topic.TECHNICAL_SPEC)
    unsure = label(2, Topic.TECHNICAL_SPEC).model_copy(update={"sure": False})
    found = split(of, [sure, unsure], [])
    assert found["s1"].audience == to([KARIM])
    assert found["s2"].audience == to([], group=True)


# --- reconcile -----------------------------------------------------------------------------------------------------


def proposed(audience: Audience, owner: str | None = None) -> list[Assignment]:
    """A model's assignment of s1."""
    return [Assignment(passage_id="s1", audience=audience, reason="model", owner=owner)]


def settled(of: Case, labels: list[Classification], flags: list[Flag], by_model: list[Assignment]) -> Assignment:
    """What is left of it."""
    default = assign(of, POLICY, labels, flags).assignments
    return reconcile(of, POLICY, labels, flags, by_model, default)[0]


def test_a_forbidden_reader_is_taken_out_and_the_group_too() -> None:
    """The flag wins over the model; the permitted reader stays."""
    of = case(PRICE)
    flags = [flag(of, 1, Sensitivity.CONTRACT_PRICE, [CLAIRE, KARIM, THOMAS, ODILE])]
    labels = [label(1, Topic.BUDGET_PRICE, stage=Stage.OPEN)]
    result = settled(of, labels, flags, proposed(to([KARIM, SANDRINE], group=True)))
    assert result.audience == to([SANDRINE])
    assert result.recap == "budget"


def test_what_is_held_back_is_not_told_to_be_handled_elsewhere() -> None:
    """Nobody handles it: the group's neutral line (rule 19) would be untrue."""
    of = case(PRICE)
    flags = [flag(of, 1, Sensitivity.CONTRACT_PRICE, PEOPLE)]
    result = settled(of, [label(1, Topic.BUDGET_PRICE, stage=Stage.OPEN)], flags, [])
    assert result.audience.held_back
    assert result.recap is None


def test_where_all_are_forbidden_the_policy_decides() -> None:
    """A price given to the technical lead goes to the buyer instead."""
    of = case(PRICE)
    flags = [flag(of, 1, Sensitivity.CONTRACT_PRICE, [CLAIRE, KARIM, THOMAS, ODILE])]
    labels = [label(1, Topic.BUDGET_PRICE, stage=Stage.OPEN)]
    assert settled(of, labels, flags, proposed(to([KARIM]))).audience == to([SANDRINE])


def test_what_a_model_forgot_or_hides_goes_where_the_policy_says() -> None:
    """A missing passage, and a harmless one that is held back, take the default."""
    of = case(SETTLED)
    labels = [label(1, Topic.DECISION)]
    assert settled(of, labels, [], []).audience == to([], group=True)
    assert settled(of, labels, [], proposed(Audience())).audience == to([], group=True)


def test_an_ask_of_a_model_keeps_one_owner() -> None:
    """Three readers and the group become the one who answers."""
    of = case("Qui valide le schéma ?")
    labels = [label(1, Topic.TECHNICAL_SPEC, act=Act.REQUEST)]
    result = settled(of, labels, [], proposed(to([CLAIRE, KARIM, THOMAS], group=True), CLAIRE.address))
    assert result.owner == CLAIRE.address
    assert result.audience == to([CLAIRE])


def test_everybody_one_by_one_is_no_way_around_the_policy() -> None:
    """Technical detail given to each single person, or to the group, goes where the policy says."""
    of = case(TECHNICAL)
    labels = [label(1, Topic.TECHNICAL_SPEC)]
    for audience in (to(PEOPLE), to([], group=True)):
        assert settled(of, labels, [], proposed(audience)).audience == to([KARIM])


def test_what_speaks_to_somebody_goes_to_nobody_else() -> None:
    """A model that gives Karim's passage to Claire is overruled."""
    of = case("Karim, voici le schéma du flux.")
    labels = [label(1, Topic.TECHNICAL_SPEC, to=[KARIM])]
    assert settled(of, labels, [], proposed(to([CLAIRE]))).audience == to([KARIM])


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Qui valide ?", True),
        ("Merci de confirmer avant vendredi.", True),
        ("Karim, pourriez-vous envoyer le schéma", True),
        ("Please confirm the date.", True),
        ("Let me know whether Friday works.", True),
        ("Bitte senden Sie uns das Schema.", True),
        ("Le ruego que confirme la fecha.", True),
        ("Potrebbe inviarci lo schema.", True),
        ("Kunt u het schema sturen.", True),
        ("Merci d'avance de me confirmer la date.", True),
        ("Merci d'avoir confirmé.", False),
        ("Merci d'avance pour vos retours !", False),
        ("Merci d’avance de votre retour.", False),
        ("Thanks in advance for your feedback.", False),
        ("Vielen Dank im Voraus für Ihre Rückmeldung!", False),
        ("Gracias de antemano por su respuesta.", False),
        ("Grazie in anticipo per il riscontro.", False),
        ("Alvast bedankt voor uw reactie.", False),
        ("Le lot 1 est validé.", False),
        ("You could not have known.", False),
    ],
)
def test_an_ask_is_known_by_its_words(text: str, asked: bool) -> None:
    """Question marks and polite requests in six languages; thanks in advance ask for nothing."""
    assert asks(text) is asked


def test_strangers_and_doubles_are_dropped() -> None:
    """An address that is not in the list never becomes a reader."""
    of = case(TECHNICAL)
    audience = Audience(people=("x@other.example", KARIM.address, KARIM.address))
    assert settled(of, [label(1, Topic.TECHNICAL_SPEC)], [], proposed(audience)).audience == to([KARIM])


# --- needs_split ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "labels", "people", "expected"),
    [
        ((SETTLED, DATE), [label(1, Topic.DECISION), label(2, Topic.NEXT_DATE)], PEOPLE, False),
        ((SETTLED, TECHNICAL), [label(1, Topic.DECISION), label(2, Topic.TECHNICAL_SPEC)], PEOPLE, True),
        ((SETTLED, TECHNICAL), [label(1, Topic.DECISION), label(2, Topic.TECHNICAL_SPEC)], PEOPLE[:3], False),
        (("Qui relit ?",), [label(1, Topic.SCOPE, act=Act.REQUEST)], PEOPLE[:2], True),
        (("Qui relit ?",), [label(1, Topic.SCOPE, act=Act.REQUEST)], (CLAIRE, ODILE), False),
        (("Qui relit ?",), [label(1, Topic.SCOPE, act=Act.REQUEST)], (CLAIRE,), False),
        (("Karim, peux-tu relire ?",), [label(1, Topic.SCOPE, act=Act.REQUEST)], PEOPLE[:2], False),
    ],
    ids=["outcomes", "detail", "small circle", "shared ask", "one in To", "one reader", "named ask"],
)
def test_when_the_draft_may_leave_as_it_is(
    texts: tuple[str, ...], labels: list[Classification], people: tuple[Stakeholder, ...], expected: bool
) -> None:
    """A small circle or nothing but outcomes, and every ask with its owner."""
    of = case(*texts, people=people)
    found = list(split(of, labels, []).values())
    assert needs_split(of, POLICY, labels, [], found) is expected


def test_something_sensitive_always_needs_a_split() -> None:
    """Even between two people, if one of them must not read it."""
    of = case(PRICE, people=(CLAIRE, SANDRINE))
    flags = [flag(of, 1, Sensitivity.CONTRACT_PRICE, [CLAIRE])]
    labels = [label(1, Topic.BUDGET_PRICE)]
    assert needs_split(of, POLICY, labels, flags, list(split(of, labels, flags).values()))


# --- messages ------------------------------------------------------------------------------------------------------


def test_courtesy_alone_makes_no_group_message() -> None:
    """Thanks go into the first direct message where the group would get nothing else (rule 10)."""
    of = case(THANKS, TECHNICAL)
    labels = [label(1, Topic.OTHER), label(2, Topic.TECHNICAL_SPEC)]
    result = settle_group(of, labels, list(split(of, labels, []).values()))
    assert [a.audience for a in result] == [to([KARIM]), to([KARIM])]
    assert [b.kind for b in briefs(of, labels, [], result)] == ["direct"]


def test_the_group_reads_one_neutral_line_for_what_is_handled_elsewhere() -> None:
    """Rule 19: the matter is named once, the position never."""
    of = case(SETTLED, PRICE, "Et même à 40 k€ au besoin.")
    flags = [flag(of, n, Sensitivity.CONTRACT_PRICE, [CLAIRE, KARIM, THOMAS, ODILE]) for n in (2, 3)]
    labels = [
        label(1, Topic.DECISION),
        label(2, Topic.BUDGET_PRICE, stage=Stage.OPEN),
        label(3, Topic.BUDGET_PRICE, stage=Stage.OPEN),
    ]
    group, direct = briefs(of, labels, flags, list(split(of, labels, flags).values()))
    assert group.recaps == ("budget",)
    assert direct.recaps == ()


def test_whoever_insists_on_copy_reads_the_harmless_messages_in_copy() -> None:
    """Rule 18: kept informed of technical work, and of no sensitive message."""
    insisting = THOMAS.model_copy(update={"note": "chef de projet - veut être en copie de tout"})
    of = case(TECHNICAL, PRICE, people=(CLAIRE, KARIM, SANDRINE, insisting))
    flags = [flag(of, 2, Sensitivity.CONTRACT_PRICE, [CLAIRE, KARIM, insisting])]
    labels = [label(1, Topic.TECHNICAL_SPEC), label(2, Topic.BUDGET_PRICE, stage=Stage.OPEN)]
    found = keep_informed(of, POLICY, labels, flags, list(split(of, labels, flags).values()))
    made = {b.to[0].address: b for b in briefs(of, labels, flags, found)}
    assert made[KARIM.address].cc == (insisting,)
    assert made[SANDRINE.address].cc == ()


@pytest.mark.parametrize(
    "note",
    [
        "veut être en copie de tout",
        "toujours en copie",
        "wants to be in copy of everything",
        "insists on every copy",
        "always in cc",
        "will immer in Kopie sein",
        "quiere estar siempre en copia",
        "vuole essere sempre in copia",
        "wil altijd in cc",
    ],
)
def test_a_note_says_who_insists_on_copy(note: str) -> None:
    """In six languages."""
    assert insists_on_copy(KARIM.model_copy(update={"note": note}))
    assert not insists_on_copy(KARIM.model_copy(update={"note": "DSI, en copie"}))


def test_people_in_cc_stay_in_cc_of_the_group_message() -> None:
    """The header field is the seller's choice."""
    of = case(SETTLED)
    (brief,) = briefs(of, [label(1)], [], [Assignment(passage_id="s1", audience=Audience(group=True))])
    assert brief.cc == (ODILE,)
    assert ODILE not in brief.to
    assert ODILE.recipient is Recipient.CC


def test_the_same_passages_for_two_people_are_one_message() -> None:
    """Unless something in them is hidden from one of the two, or is an ask."""
    of = case(TECHNICAL)
    shared = [Assignment(passage_id="s1", audience=to([KARIM, THOMAS]))]
    assert [b.to for b in briefs(of, [label(1)], [], shared)] == [(KARIM, THOMAS)]
    hidden = [flag(of, 1, Sensitivity.CONFIDENTIAL, [THOMAS], "API REST")]
    assert [b.to for b in briefs(of, [label(1)], hidden, shared)] == [(KARIM,), (THOMAS,)]
    asked = [shared[0].model_copy(update={"owner": KARIM.address})]
    assert [b.to for b in briefs(of, [label(1)], [], asked)] == [(KARIM,), (THOMAS,)]


@pytest.mark.parametrize(
    ("subject", "clean"), [("Projet Atlas", True), ("Atlas à 42 k€", False), ("Atlas : descendre", False)]
)
def test_a_subject_that_tells_the_secret_is_kept_from_the_group(subject: str, clean: bool) -> None:
    """The subject is part of the draft: a telling word or amount in it is withheld too."""
    of = case(SETTLED, PRICE, subject=subject)
    flags = [flag(of, 2, Sensitivity.CONTRACT_PRICE, [CLAIRE])]
    assert subject_is_clean(of, flags, [CLAIRE.address]) is clean
    assert subject_is_clean(of, flags, [SANDRINE.address])


@pytest.mark.parametrize(
    ("subject", "told", "clean"),
    [
        ("Déploiement à Nantes", "Entre nous, le déploiement à Nantes est menacé par la fermeture du site.", True),
        ("Projet Atlas - recette et contrat", "Entre nous, la recette du projet Atlas sera un échec.", True),
        ("Rollout in Leeds", "Between us, the rollout in Leeds will fail.", True),
        ("Schulung der Pflegekräfte", "Unter uns, die Schulung der Pflegekräfte wird scheitern.", True),
        ("Fermeture de Nantes", "Entre nous, la fermeture de Nantes est décidée.", False),
        ("Recette reportée", "Entre nous, la recette sera reportée.", False),
        ("Contrat de Karim", "Entre nous, le contrat de Karim s'arrête.", False),
        ("Contrat de Ludovic", "Entre nous, le contrat de Ludovic s'arrête.", False),
        ("Rollout delayed", "Between us, the rollout is delayed.", False),
    ],
)
def test_the_name_of_the_matter_gives_nothing_away(subject: str, told: str, clean: bool) -> None:
    """A subject that only names what is sold stays, whatever was confided of it; a person's name or what becomes of it does not."""
    of = case(SETTLED, told, subject=subject)
    flags = [flag(of, 2, Sensitivity.CONFIDENTIAL, [SANDRINE, KARIM])]
    assert subject_is_clean(of, flags, [KARIM.address]) is clean


@pytest.mark.parametrize(
    "subject", ["Portail, mot de passe : Tournesol9", "Entre nous : Karim part", "RIB FR7630006000011234567890189"]
)
def test_a_subject_that_gives_something_away_by_itself_goes_nowhere(subject: str) -> None:
    """Whoever reads the message, and whatever else is flagged."""
    assert not subject_is_clean(case(SETTLED, subject=subject), [], [CLAIRE.address])


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (("Madame Leroy, pourriez-vous relire ?",), "Madame Leroy"),
        (("M. Benali, et Mme Leroy en parlera.",), "Madame Leroy"),
        (("Claire, peux-tu relire ?",), "Claire"),
        (("Karim, peux-tu relire ?",), "Claire"),
        (("Rien de neuf.",), "Claire Leroy"),
    ],
)
def test_readers_are_called_as_the_seller_calls_them(texts: tuple[str, ...], name: str) -> None:
    """With a title, by first name where anybody is, else by the full name."""
    assert called(CLAIRE, case(*texts)) == name


@pytest.mark.parametrize(
    ("text", "language", "familiar"),
    [
        ("Peux-tu me dire si tu valides ?", "fr", True),
        ("Pouvez-vous valider votre lot ?", "fr", False),
        ("Kannst du das prüfen?", "de", True),
        ("Können Sie das prüfen?", "de", False),
        ("Kun je dat nakijken?", "nl", True),
        ("Kunt u dat nakijken?", "nl", False),
        ("Puoi confermare, per favore?", "it", True),
        ("Podría usted confirmar?", "es", False),
        ("Could you confirm?", "en", False),
    ],
)
def test_the_form_of_address_is_the_sellers(text: str, language: Language, familiar: bool) -> None:
    """tu stays tu, vous stays vous."""
    assert is_familiar(language, text) is familiar
    assert is_familiar(language, "", text) is familiar


def test_messages_are_sent_in_order() -> None:
    """The agreement first; then the group, or in a hierarchy the chain of validation before the group."""
    keys = ["group", KARIM.address, CLAIRE.address, "engagement"]
    assert sequence(case(SETTLED), POLICY, keys) == ("engagement", "group", KARIM.address, CLAIRE.address)
    strict = case(SETTLED, culture=Culture.HIERARCHICAL)
    assert sequence(strict, POLICY, keys) == ("engagement", CLAIRE.address, KARIM.address, "group")


def test_a_lead_in_whose_bullets_nobody_reads_is_held_back_with_them() -> None:
    """The line that announces them says nothing without them; the seller is told why."""
    of = case("Les points délicats :", "- Karim redoute de perdre son équipe.", "Le lot 1 est validé.")
    bullets = tuple(
        p.model_copy(update={"paragraph": min(n, 1), "bullet": "-" if n == 1 else ""})
        for n, p in enumerate(of.passages)
    )
    of = of.model_copy(update={"passages": bullets})
    labels = [label(1, Topic.OTHER), label(2, Topic.PERSONAL_CONCERN), label(3, Topic.DECISION)]
    found = split(of, labels, [flag(of, 2, Sensitivity.PERSONAL_CONCERN, PEOPLE)])
    assert found["s1"].audience.held_back
    assert found["s1"].reason == say("en", "split.lead_in_held")
    assert found["s1"].suggestion == say("en", "held.suggest")
    assert found["s3"].audience.group


def test_a_lead_in_announces_its_bullets_and_not_what_follows_them() -> None:
    """The audience is that of the bullets behind it, also of the last line of a mail, and of its own paragraph's sentences."""
    of = case("À suivre :", "Le flux passera par une API REST.", "Le lot 1 est validé.")
    texts = [("", 0), ("-", 0), ("", 0)]
    of = of.model_copy(
        update={
            "passages": tuple(
                p.model_copy(update={"bullet": b, "paragraph": n}) for p, (b, n) in zip(of.passages, texts, strict=True)
            )
        }
    )
    labels = [label(1, Topic.OTHER), label(2, Topic.TECHNICAL_SPEC), label(3, Topic.DECISION)]
    assert split(of, labels, [])["s1"].audience == to([KARIM])
    last = of.model_copy(update={"passages": of.passages[:2]})
    assert split(last, labels[:2], [])["s1"].audience == to([KARIM])
    prose = of.model_copy(
        update={
            "passages": tuple(
                p.model_copy(update={"bullet": "", "paragraph": n // 2}) for n, p in enumerate(of.passages)
            )
        }
    )
    assert split(prose, labels, [])["s1"].audience == to([KARIM])


def test_a_first_name_that_two_people_bear_holds_the_passage_back() -> None:
    """Whom it speaks to is the seller's to say; both are named."""
    other = person("Karim Ferrand", Role.FINANCE).model_copy(update={"address": "kferrand@client.example"})
    of = case("Karim, le schéma est prêt.", people=(*PEOPLE, other))
    held = split(of, [label(1, Topic.TECHNICAL_SPEC)], [])["s1"]
    assert held.audience.held_back
    assert held.reason == say("en", "held.ambiguous", names=listed("en", [KARIM.name, other.name]))
    assert held.suggestion == say("en", "held.ambiguous_suggest")


def test_what_speaks_to_somebody_who_must_not_read_it_is_held_back() -> None:
    """A price told to the technical lead by name: it says to whom, and what kind of matter it is."""
    of = case("Karim, nous pourrions descendre à 42 k€ par an.")
    flags = [flag(of, 1, Sensitivity.CONTRACT_PRICE, [CLAIRE, KARIM, THOMAS, ODILE])]
    held = split(of, [label(1, Topic.BUDGET_PRICE, to=[KARIM])], flags)["s1"]
    kind = word("en", "sensitivity", Sensitivity.CONTRACT_PRICE)
    assert held.reason == say("en", "held.named", name=KARIM.name, sensitivity=kind)
    assert held.suggestion == say("en", "held.named_suggest", name=KARIM.name)


def test_the_only_reader_answers_whatever_the_topic() -> None:
    """A circle of one has nobody else to ask, also where nobody there holds the role."""
    of = case("Qui valide le schéma ?", people=[ODILE])
    only = split(of, [label(1, Topic.TECHNICAL_SPEC, act=Act.REQUEST)], [])["s1"]
    assert only.owner == ODILE.address
    assert only.reason == say("en", "split.ask_only", name=ODILE.name)


def test_several_sensitivities_have_the_readers_of_each() -> None:
    """A scope and a price in one sentence: the project manager may read the one, the buyer the other."""
    of = case("Le lot 3 est contesté et nous pourrions descendre à 42 k€.")
    flags = [
        flag(of, 1, Sensitivity.SCOPE, [KARIM, ODILE], "Le lot 3 est contesté"),
        flag(of, 1, Sensitivity.CONTRACT_PRICE, [CLAIRE, KARIM, ODILE], "et nous pourrions descendre à 42 k€."),
    ]
    found = split(of, [label(1, Topic.OTHER, stage=Stage.OPEN)], flags)["s1"]
    assert not found.audience.group
    assert set(found.audience.people) <= {SANDRINE.address, THOMAS.address}
    assert found.audience.people


def test_a_model_that_gives_no_reason_is_given_none_of_the_policys() -> None:
    """The policy's reason would name other readers; what the model and the policy agree on keeps it."""
    of = case(TECHNICAL)
    labels = [label(1, Topic.TECHNICAL_SPEC)]
    silent = [Assignment(passage_id="s1", audience=to([THOMAS]))]
    assert settled(of, labels, [], silent).reason == say("en", "split.unexplained")
    agreed = [Assignment(passage_id="s1", audience=to([KARIM]))]
    assert KARIM.name in settled(of, labels, [], agreed).reason


@pytest.mark.parametrize(
    ("language", "own", "passing"),
    [
        ("fr", ["Bien cordialement,", "Cdlt", "Bien à vous,", "Sincères salutations."], "Bon week-end à tous,"),
        ("en", ["Kind regards,", "Best,", "Yours sincerely,", "With best wishes"], "Many thanks in advance,"),
        ("de", ["Viele Grüße", "Mit besten Grüßen", "Freundlicher Gruß", "LG"], "Bis Montag und vielen Dank"),
        ("es", ["Saludos cordiales,", "Un saludo,", "Atentamente,"], "Quedo a la espera de su respuesta,"),
        ("it", ["Distinti saluti,", "Un cordiale saluto", "Cordialmente,"], "Grazie mille a tutti,"),
        ("nl", ["Met hartelijke groeten,", "Groet,", "Vriendelijke groet"], "Alvast bedankt,"),
    ],
)
def test_a_closing_is_one_that_suits_any_mail(language: Language, own: list[str], passing: str) -> None:
    """As it was written, wherever it stands at the end; what thanks for something, or means a day, is none."""
    for line in own:
        assert closing_of(f"Voilà.\n\n{passing}\n  {line}\nZoé Morel\n", language) == line
    assert closing_of(f"Voilà.\n\n{passing}\nZoé Morel", language) == ""
    assert closing_of("\n".join(own), "nl" if language == "fr" else "fr") == ""


@pytest.mark.parametrize(
    ("language", "line", "closing"),
    [
        ("fr", "Merci et bien cordialement,", "Bien cordialement,"),
        ("fr", "Merci d'avance et bonne journée,", ""),
        ("en", "Many thanks and best regards,", "Best regards,"),
        ("de", "Vielen Dank und beste Grüße", "Beste Grüße"),
        ("es", "Muchas gracias y un saludo,", "Un saludo,"),
        ("it", "Grazie e cordiali saluti,", "Cordiali saluti,"),
        ("nl", "Alvast bedankt en vriendelijke groet,", "Vriendelijke groet,"),
    ],
)
def test_thanks_before_a_closing_are_for_that_mail(language: Language, line: str, closing: str) -> None:
    """What is thanked for is in that mail; the sign-off behind it suits any."""
    assert closing_of(f"Voilà.\n\n{line}\nZoé Morel\n", language) == closing


@pytest.mark.parametrize(
    ("language", "typed", "to_one"),
    [
        ("fr", "Bonne semaine à tous,", "Bonne semaine,"),
        ("fr", "Bonne journée à toutes et à tous", "Bonne journée"),
        ("fr", "Tous nos vœux,", "Cordialement,"),
        ("en", "All the best,", "All the best,"),
        ("en", "Have a good weekend all,", "Have a good weekend,"),
        ("de", "Viele Grüße an alle", "Viele Grüße"),
        ("es", "Saludos a todos,", "Saludos,"),
        ("it", "Buona serata a tutti,", "Buona serata,"),
        ("nl", "Groetjes allemaal,", "Groetjes,"),
        ("fr", "Bien à vous,", "Bien à vous,"),
    ],
)
def test_a_message_to_one_signs_off_to_one(language: Language, typed: str, to_one: str) -> None:
    """The group's keeps the words as typed; to one person a mail does not end in a bare name."""
    of = case("x", f"signoff|{typed}", "signature|Zoé Morel", language=language)
    assert own_closing(of, group=True).split("\n")[0] == typed
    assert own_closing(of, group=False).split() == f"{to_one} Zoé Morel".split()


def tone(of: Case) -> Tone:
    """How the seller of a case speaks."""
    return tone_of(of, mentioned(of))


def test_who_is_on_first_name_terms() -> None:
    """By the greeting, by "tu", or as somebody is called so; not where somebody is called by a title, nor where nothing says it."""
    assert tone(case("greeting|Salut à tous,", "Le lot 1 est validé.")).by_first_name
    assert tone(case("Tu as le schéma ?")).by_first_name
    assert tone(case("Karim, le schéma suit.")).by_first_name
    assert not tone(case("Karim, le schéma suit.", "Madame Roux, le prix suit.")).by_first_name
    assert not tone(case("greeting|Bonjour,", "Le lot 1 est validé.")).by_first_name


def test_a_greeting_that_says_tu_decides_where_nothing_else_does() -> None:
    """ "Ciao a tutti" is familiar; what the text says stands above it."""
    assert tone(case("greeting|Ciao a tutti,", "Il collaudo è riuscito.", language="it")).familiar
    assert not tone(case("greeting|Ciao a tutti,", "Come vuole Lei.", language="it")).familiar
    assert not tone(case("greeting|Buongiorno,", "Il collaudo è riuscito.", language="it")).familiar


def test_the_request_for_agreement_speaks_as_the_seller_does() -> None:
    """The greeting, the form of address and the closing are those of the draft."""
    told = Proposal(direct=(Message(to=(KARIM.address,), subject="S", body="B", kind="direct", written_by="local"),))
    of = case("greeting|Salut à tous,", "Tu vois, le lot 1 est validé.", "signoff|À très vite,", "signature|Julie")
    message = engagement_message(of, POLICY, told)
    assert message is not None
    assert message.body.startswith("Salut Claire,\n\n")
    assert "j'aimerais écrire en direct à" in message.body
    assert message.body.endswith("dis-moi. Ça te va ?\n\nÀ très vite,\n\nJulie\n")
    of = case(
        "greeting|Madame, Messieurs,",
        "Madame Leroy, nous validons le lot 1.",
        "Monsieur Benali a le schéma.",
        "Il suit.",
    )
    formal = engagement_message(of, POLICY, told)
    assert formal is not None
    assert formal.body.startswith("Madame,\n\n")
    assert "nous aimerions écrire directement à :" in formal.body
    assert "- Monsieur Benali pour les questions techniques,\n- Sandrine Roux pour" in formal.body
    terse = engagement_message(
        case("greeting|Bonjour,", "Lot 1 validé.", "Schéma à suivre.", "Prix inchangé."), POLICY, told
    )
    assert terse is not None
    assert terse.body.endswith("dites-moi. Cela vous va ?\n\nCordialement,\n")


@pytest.mark.parametrize(
    ("texts", "informal", "unpunctuated"),
    [
        (("greeting|Salut à tous,", "Le comité a validé le lot 1 hier soir, comme prévu au planning."), True, False),
        (("greeting|Bonjour,", "Lot 1 validé.", "Schéma à suivre.", "Prix inchangé."), True, False),
        (("greeting|Bonjour,", "Lot 1 validé.", "Madame Roux, prix inchangé.", "Schéma à suivre."), False, False),
        (("greeting|Madame, Messieurs,", "Lot 1 validé.", "Prix inchangé.", "Schéma à suivre."), False, False),
        (("greeting|Bonjour,", "Lot 1 validé.", "Schéma à suivre."), False, False),
        (("greeting|bjr", "le lot 1 est validé", "on se voit jeudi"), True, True),
        (("greeting|Bonjour,", "le lot 1 est validé", "On se voit jeudi."), False, False),
        (("greeting|Bonjour,", "Points :", "Où en est le lot 1 ?"), False, False),
    ],
)
def test_how_a_seller_types(texts: tuple[str, ...], informal: bool, unpunctuated: bool) -> None:
    """A greeting among friends, a telegram and a mail without stops are informal; a mail with titles never is."""
    found = tone(case(*texts))
    assert (found.informal, found.unpunctuated) == (informal, unpunctuated)


@pytest.mark.parametrize(
    ("language", "note", "text", "expected"),
    [
        ("de", "Einkaufsleiterin", "Herr Benali hat das Schema.", "Frau Leroy"),
        ("de", "Leiterin Produktion", "Herr Benali hat das Schema.", "Frau Leroy"),
        ("fr", "directrice de la transformation", "Monsieur Benali a le schéma.", "Madame Leroy"),
        ("es", "Directora de compras", "El Sr. Benali tiene el esquema.", "Sra. Leroy"),
        ("de", "Technische Leiterin", "Herr Benali hat das Schema.", "Frau Leroy"),
        ("de", "Projektleiter", "Herr Benali hat das Schema.", "Claire Leroy"),
        ("de", "Assistent der Einkaufsleiterin", "Herr Benali hat das Schema.", "Claire Leroy"),
        ("de", "Einkaufsleiterin/Einkaufsleiter", "Herr Benali hat das Schema.", "Claire Leroy"),
        ("fr", "Bras droit de la présidente", "Monsieur Benali a le schéma.", "Claire Leroy"),
        ("de", "Einkaufsleiterin", "Das Schema ist fertig.", "Claire Leroy"),
        ("en", "Directrice", "Mr Benali has the schema.", "Claire Leroy"),
    ],
)
def test_a_job_that_only_a_woman_bears_gives_her_title(language: Language, note: str, text: str, expected: str) -> None:
    """Where the draft calls others by theirs; the masculine word tells nothing."""
    claire = CLAIRE.model_copy(update={"note": note})
    assert called(claire, case(text, people=(claire, KARIM), language=language)) == expected


def test_an_honour_is_part_of_how_somebody_is_called() -> None:
    """ "Sir Robert", and neither "Sir" nor "Robert"."""
    robert = person("Sir Robert Aldous")
    assert called(robert, case("Sir Robert, the trial ended.", people=(robert, CLAIRE), language="en")) == "Sir Robert"
    assert first_name(robert) == "Robert"


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("Dr. Petra König", "de", "Dr. König"),
        ("Prof. Dr. Petra von der Heide", "de", "Prof. Dr. von der Heide"),
        ("Dr. Petra König", "en", "Dr. Petra König"),
        ("Petra König", "de", "Petra König"),
    ],
)
def test_a_german_degree_goes_with_the_last_name(name: str, language: Language, expected: str) -> None:
    """As a German seller calls somebody whose sex the list does not tell."""
    petra = Stakeholder(name=name, address="petra@client.example")
    assert called(petra, case("Der Test ist vorbei.", people=(petra, CLAIRE), language=language)) == expected
