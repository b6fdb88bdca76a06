"""How an outcome is told: in plain words, of which day, and whether two sentences say the same."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from reviewer.deal import Outcome
from reviewer.outcome import (
    is_neutral,
    is_of_the_firm,
    is_signed,
    names_somebody,
    replaces,
    same_day,
    shares_only_its_day,
)
from reviewer.owed import carries, debts, not_for_all
from reviewer.recap import weekly
from reviewer.types import Language, Matter
from tests.build import THOMAS
from tests.test_deal import POLICY, after, reviewed, sale

ROOT = Path(__file__).parent.parent
PLAIN: list[tuple[Language, Matter, str]] = [
    ("en", "budget", "The budget for the pilot year is agreed."),
    ("en", "budget", "The payment terms are settled."),
    ("en", "planning", "The cut-over is put back by a month."),
    ("fr", "budget", "Les conditions de paiement sont convenues."),
    ("fr", "planning", "La mise en production est reportée d'un mois."),
    ("fr", "planning", "La livraison glisse d'une semaine."),
    ("fr", "planning", "La recette est décalée au 4 mai."),
    ("de", "budget", "Die Zahlungsbedingungen sind vereinbart."),
    ("de", "planning", "Die Abnahme verschiebt sich um eine Woche."),
    ("es", "budget", "Las condiciones de pago están acordadas."),
    ("es", "planning", "La puesta en producción se aplaza un mes."),
    ("it", "budget", "Le condizioni di pagamento sono concordate."),
    ("it", "planning", "La messa in produzione è rinviata di un mese."),
    ("nl", "budget", "De betalingsvoorwaarden zijn afgesproken."),
    ("nl", "planning", "De acceptatietest schuift een week op."),
    ("fr", "budget", "L'enveloppe budgétaire est confirmée."),
    ("fr", "scope", "Le périmètre du lot 1 est validé."),
    ("en", "scope", "The scope of lot 1 is now approved."),
    ("en", "planning", "The go-live is moved from 19 March to 9 May."),
    ("de", "scope", "Der Umfang von Los 1 ist bestätigt."),
    ("de", "budget", "Das Budget für das Pilotjahr ist genehmigt."),
    ("es", "scope", "El alcance del lote 1 está validado."),
    ("it", "scope", "Il perimetro del lotto 1 è approvato."),
    ("nl", "scope", "De scope van perceel 1 is nu goedgekeurd."),
    ("nl", "planning", "De opleiding is op 4 mei vastgesteld."),
]


@pytest.mark.parametrize(("language", "matter", "text"), PLAIN)
def test_a_plain_outcome_is_told_to_all(language: Language, matter: Matter, text: str) -> None:
    """In the method's own words: what the classifier only doubts of the matter itself holds nothing back."""
    noted = Outcome(day=after(1), matter=matter, text=text)
    history = sale(outcomes=[noted])
    assert is_neutral(text, matter, language)
    assert not not_for_all(history, POLICY, noted, after(1))
    assert [line.text for line in weekly(history, POLICY, after(2), "en").lines] == [text]


@pytest.mark.parametrize(
    ("language", "matter", "text"),
    [
        # A figure, or a price.
        ("en", "budget", "The payment terms are settled at 45 days."),
        ("en", "budget", "The budget is agreed at 49k."),
        ("fr", "budget", "La remise est convenue."),
        ("fr", "budget", "Le budget est arrêté, avec un geste."),
        ("de", "budget", "Der Rabatt ist vereinbart."),
        ("es", "budget", "El descuento está acordado."),
        ("it", "budget", "Lo sconto è concordato."),
        ("nl", "budget", "De korting is afgesproken."),
        ("en", "budget", "The payment terms are agreed in exchange for a reference."),
        ("en", "budget", "The payment terms are agreed in instalments."),
        ("fr", "budget", "Les conditions de paiement sont arrêtées en trois fois."),
        ("fr", "budget", "Le budget de la phase 2 est validé sous la cible."),
        ("de", "budget", "Die Zahlungsbedingungen sind im Gegenzug für die Referenz vereinbart."),
        ("es", "budget", "El presupuesto está a cambio de la referencia acordado."),
        ("it", "budget", "Le condizioni sono concordate in cambio della referenza."),
        ("nl", "budget", "De voorwaarden zijn in ruil voor de referentie afgesproken."),
        # Why, whether, or who.
        ("en", "planning", "The go-live is postponed because the wards are short of staff."),
        ("en", "planning", "The training slips, the ward managers object."),
        ("en", "planning", "The training is postponed after the quarrel about shifts."),
        ("fr", "planning", "La recette glisse faute de testeurs."),
        ("fr", "planning", "La recette glisse sans doute d'une semaine."),
        ("fr", "planning", "La recette est reportée pour Karim."),
        ("fr", "planning", "La recette est reportée par les achats."),
        ("de", "planning", "Die Abnahme verschiebt sich wegen der Überlastung."),
        ("de", "planning", "Die Abnahme verschiebt sich wohl um eine Woche."),
        ("es", "planning", "La recepción se retrasa porque falta gente."),
        ("it", "planning", "Il collaudo slitta perché manca personale."),
        ("nl", "planning", "De test schuift een week op omdat er niemand is."),
        # Why, by whose limit, or at whose wish, in whatever words.
        ("fr", "scope", "Le périmètre est arrêté à leur minimum."),
        ("fr", "scope", "Le périmètre est validé à contrecœur."),
        ("fr", "planning", "La recette est décalée pour manque de testeurs."),
        ("fr", "planning", "La recette est décalée le temps de régler le conflit."),
        ("fr", "planning", "La recette est reportée à leur demande."),
        ("fr", "budget", "Leur budget maximal est confirmé."),
        ("fr", "budget", "L'abandon des pénalités est accepté."),
        ("fr", "budget", "La gratuité de la formation est validée."),
        ("en", "budget", "Their maximum budget is confirmed."),
        ("en", "budget", "The minimum budget is agreed."),
        ("en", "budget", "The budget of the layoffs is agreed."),
        ("en", "scope", "The scope is agreed at their minimum."),
        ("en", "planning", "The go-live is postponed to hide the delay."),
        ("en", "planning", "The go-live is postponed by the union dispute."),
        ("en", "planning", "The go-live slips to the latest acceptable date."),
        ("en", "planning", "The training slips while two testers are on sick leave."),
        ("en", "planning", "The training of the redundant staff is moved to 4 May."),
        ("de", "planning", "Die Abnahme verschiebt sich auf Wunsch der Leitung."),
        ("de", "planning", "Die Abnahme ist mangels Personal verschoben."),
        ("de", "planning", "Die Abnahme ist auf Druck der Achse um einen Monat verschoben."),
        ("de", "budget", "Das Budget ist zähneknirschend genehmigt."),
        ("de", "scope", "Der Umfang ist auf ihr Minimum festgelegt."),
        ("es", "planning", "La puesta en marcha se aplaza por falta de personal."),
        ("es", "budget", "El presupuesto mínimo está aprobado."),
        ("es", "budget", "Su última propuesta está aceptada."),
        ("it", "planning", "Il collaudo slitta per mancanza di personale."),
        ("it", "budget", "Il budget minimo è approvato."),
        ("nl", "planning", "De test schuift uit personeelsnood op."),
        ("nl", "planning", "De test is op hun verzoek uitgesteld."),
        ("nl", "scope", "De scope is op hun minimum vastgesteld."),
        # A position, or its contrary.
        ("en", "budget", "We have agreed the budget."),
        ("fr", "planning", "Nous avons reporté la recette."),
        ("en", "budget", "The budget is not agreed."),
        ("en", "budget", "Their budget is limited."),
        ("de", "planning", "Wir könnten den Start um einen Monat verschieben."),
    ],
)
def test_what_says_more_than_the_outcome_is_not_plain(language: Language, matter: Matter, text: str) -> None:
    """Then every doubt counts, as in a draft."""
    assert not is_neutral(text, matter, language)


@pytest.mark.parametrize(
    "text",
    [
        "Le délai de paiement est fixé à 45 jours avec un acompte de 30 %.",
        "La remise de 5 % est acquise.",
        "Sandrine accepte notre dernier prix.",
        "Nous pourrions descendre à 42 k€.",
        "Entre nous, le budget est arrêté.",
        "Le budget est arrêté, le mot de passe du portail est Hexa2026.",
        "Their budget is limited.",
        "We can go lower on the price.",
    ],
)
def test_a_position_a_price_or_access_data_is_no_outcome_for_all(text: str) -> None:
    """Whatever the seller calls it; it is said at once, and the recap leaves it out."""
    noted = Outcome(day=after(1), matter="budget", text=text)
    history = sale(outcomes=[noted])
    assert not_for_all(history, POLICY, noted, after(1))
    assert weekly(history, POLICY, after(2), "en").lines == ()


def labelled() -> Iterator[tuple[Language, str]]:
    """Every passage of the labelled mails and of the training data that somebody must not read."""
    for path in sorted((ROOT / "evals" / "cases").glob("*.yaml")):
        case = yaml.safe_load(path.read_text("utf-8"))
        yield from ((case["language"], fact["quote"]) for fact in case["facts"] if fact.get("sensitivity"))
    for path in sorted((ROOT / "training" / "passages").glob("*.jsonl")):
        rows = map(json.loads, path.read_text("utf-8").splitlines())
        yield from ((row["lang"], row["text"]) for row in rows if row["sensitivity"])


def test_no_labelled_confidence_is_a_plain_outcome() -> None:
    """Of some 1,600 in six languages."""
    found = list(labelled())
    assert len(found) > 1500
    for matter in ("budget", "scope", "planning"):
        assert [text for language, text in found if is_neutral(text, matter, language)] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Perfect, the workshop on 22 April is confirmed then.", "The workshop takes place on Thursday 22 April."),
        ("Parfait, la recette du 16 au 20 mars est donc confirmée.", "La recette aura lieu du 16 au 20 mars."),
        ("Gut, die Schulung am 4. Mai steht dann.", "Die Schulung findet am 4. Mai statt."),
        ("Perfecto, la formación del 4 de mayo está confirmada.", "La formación tendrá lugar el 4 de mayo."),
        ("Bene, il collaudo del 4 maggio è confermato.", "Il collaudo avrà luogo il 4 maggio."),
        ("Prima, de opleiding op 4 mei staat dus vast.", "De opleiding vindt plaats op 4 mei."),
    ],
)
def test_a_day_that_is_confirmed_twice_is_one_outcome(one: str, other: str) -> None:
    """Whatever it is confirmed with."""
    assert same_day(one, other)
    assert same_day(other, one)


@pytest.mark.parametrize(
    "other",
    [
        "The workshop on 22 April is cancelled.",
        "The workshop does not take place on 22 April.",
        "The workshop takes place on 23 April.",
        "The workshop takes place on 22 April in Hull.",
        "The workshop takes place on 22 April at 9 am.",
        "The WMS workshop takes place on 22 April.",
        "The workshop could take place on 22 April.",
        "Does the workshop take place on 22 April?",
        "The training takes place on 22 April.",
        "The workshop is confirmed.",
    ],
)
def test_what_differs_in_a_word_that_tells_is_another_outcome(other: str) -> None:
    """A place, an hour, a name, or its contrary."""
    assert not same_day("The workshop takes place on 22 April.", other)


@pytest.mark.parametrize(
    ("rest", "discussed", "only"),
    [
        ("takes place on 22 April.", "Ellen, the training moves to 22 April, does that suit you?", True),
        ("est fixée au 3 mars à 14h.", "On décale la formation au 3 mars à 14h, ok pour toi ?", True),
        ("is postponed to 9 May, the team is short.", "The go-live may move to 9 May, the team is short.", False),
        ("is moved to 9 May for 5 k€.", "The go-live moves to 9 May, it costs 5 k€.", False),
        ("is moved to 9 May for HR.", "The go-live moves to 9 May, HR wants it.", False),
        ("slips by two weeks.", "The training may slip by two weeks.", False),
    ],
)
def test_the_day_that_was_proposed_is_the_outcome_and_nothing_else_is(rest: str, discussed: str, only: bool) -> None:
    """Neither why, nor for how much, nor for whom."""
    assert shares_only_its_day(rest, discussed) is only


@pytest.mark.parametrize(
    ("text", "signed"),
    [
        ("Le contrat-cadre a été signé mardi par la direction.", True),
        ("The contract has been signed.", True),
        ("Der Rahmenvertrag ist unterzeichnet.", True),
        ("El contrato se firmó el viernes.", True),
        ("Il contratto è stato firmato venerdì.", True),
        ("Het contract is vrijdag getekend.", True),
        ("Le contrat n'est pas signé.", False),
        ("Si le contrat est signé vendredi, on démarre.", False),
        ("Le contrat est signé à 71 k€.", False),
        ("The contract will be signed on Friday.", False),
        ("Der Vertrag wird am Freitag unterschrieben.", False),
        ("Il contratto sarà firmato venerdì.", False),
        ("Het contract wordt vrijdag getekend.", False),
        ("The contract is attached.", False),
        ("Le contrat a bien été signé.", True),
        ("Le contrat vient d'être signé.", True),
        ("The contract is now fully signed.", True),
        ("Wir haben den Vertrag unterschrieben.", True),
        ("Firmamos el contrato ayer.", True),
        ("We hebben het contract getekend.", True),
        # A question, a hope, a condition, a part of it, one side of it.
        ("The contract is signed?", False),
        ("Le contrat est signé ?", False),
        ("Ist der Vertrag unterschrieben?", False),
        ("Is het contract getekend?", False),
        ("Before the contract is signed, legal checks clause 4.", False),
        ("We hope the contract is signed soon.", False),
        ("The contract is signed by us only.", False),
        ("The contract has been signed by our side.", False),
        ("The contract was signed, then withdrawn.", False),
        ("The contract was signed at the floor price.", False),
        ("The NDA agreement is signed.", False),
        ("Le contrat est signé de notre côté.", False),
        ("Dès que le contrat est signé, on démarre.", False),
        ("Le contrat est signé vendredi prochain.", False),
        ("Le contrat est signé contre l'avis du service juridique.", False),
        ("Le contrat est signé, avec notre dernière concession sur les pénalités.", False),
        ("L'accord de confidentialité est signé.", False),
        ("Der Vertrag ist nur von uns unterschrieben.", False),
        ("Der Vertrag ist fast unterschrieben.", False),
        ("Sobald der Vertrag unterschrieben ist, starten wir.", False),
        ("Die Vertraulichkeitsvereinbarung ist unterschrieben.", False),
        ("El contrato está firmado solo por nosotros.", False),
        ("En cuanto se ha firmado el contrato, empezamos.", False),
        ("Il contratto è quasi firmato.", False),
        ("Quando il contratto è firmato, partiamo.", False),
        ("Il contratto è firmato da parte nostra.", False),
        ("Het contract is bijna getekend.", False),
        ("Zodra het contract is getekend, starten we.", False),
        ("Wij hopen dat het contract getekend is.", False),
    ],
)
def test_a_signature_is_known_by_its_words(text: str, signed: bool) -> None:
    """And neither a plan, a condition, nor a price is one."""
    assert is_signed(text) is signed


@pytest.mark.parametrize(
    ("told", "other"),
    [
        ("Le périmètre du lot 1 est validé.", "Le périmètre du lot 1 n'est plus validé."),
        ("The scope of lot 1 is approved.", "The scope of lot 1 is not approved."),
        ("The scope of lot 1 is approved.", "The scope of lot 1 is no longer approved."),
        ("Der Umfang von Los 1 ist bestätigt.", "Der Umfang von Los 1 ist nicht bestätigt."),
        ("El alcance del lote 1 está validado.", "El alcance del lote 1 no está validado."),
        ("El alcance del lote 1 está validado.", "El alcance del lote 1 ya no está validado."),
        ("Il perimetro del lotto 1 è approvato.", "Il perimetro del lotto 1 non è più approvato."),
        ("De scope van perceel 1 is goedgekeurd.", "De scope van perceel 1 is niet meer goedgekeurd."),
        ("La formation se tiendra avant le 4 mai.", "La formation se tiendra après le 4 mai."),
        ("The training is held before 4 May.", "The training is held after 4 May."),
        ("The training is held until 4 May.", "The training is held from 4 May."),
        ("Die Schulung findet vor dem 4. Mai statt.", "Die Schulung findet nach dem 4. Mai statt."),
        ("La formación es antes del 4 de mayo.", "La formación es después del 4 de mayo."),
        ("La formazione si tiene prima del 4 maggio.", "La formazione si tiene dopo il 4 maggio."),
        ("De opleiding is voor 4 mei.", "De opleiding is na 4 mei."),
        ("The training on 4 May is planned.", "The training on 4 May is confirmed."),
        ("La formation du 4 mai est prévue.", "La formation du 4 mai est confirmée."),
        ("Die Schulung am 4. Mai ist geplant.", "Die Schulung am 4. Mai ist bestätigt."),
        ("La formación del 4 de mayo está prevista.", "La formación del 4 de mayo está confirmada."),
        ("La formazione del 4 maggio è prevista.", "La formazione del 4 maggio è confermata."),
        ("De opleiding op 4 mei is gepland.", "De opleiding op 4 mei is bevestigd."),
        (
            "The scope of the pilot in the depots, yards and offices of the northern region is approved.",
            "The scope of the pilot in the depots, yards and offices of the northern region is rejected.",
        ),
        ("La recette est reportée du 4 mai au 11 mai.", "La recette est reportée du 11 mai au 4 mai."),
    ],
)
def test_the_contrary_is_news(told: str, other: str) -> None:
    """Whoever has read the one does not know the other; both ways."""
    assert not carries(told, other)
    assert not carries(other, told)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("Pas de souci, le périmètre du lot 1 est validé.", "Le périmètre du lot 1 est validé."),
        ("Le périmètre du lot 1, sans changement, est validé.", "Le périmètre du lot 1, sans changement, est validé."),
        ("Great, the training after 4 May is confirmed then.", "The training after 4 May is confirmed."),
    ],
)
def test_a_no_that_means_something_else_hides_nothing(told: str, text: str) -> None:
    """What stands there word for word as a sentence's clause is told."""
    assert carries(told, text)


def test_the_contrary_of_what_was_told_is_owed_and_told() -> None:
    """Two notes of one week, and a note against what the group has read."""
    was, now = "The scope of lot 1 is approved.", "The scope of lot 1 is not approved."
    told = reviewed(f"Hello all,\n\n{was}\n\nCamille")
    noted = Outcome(day=after(3), matter="scope", text=now)
    history = sale((told, {"group": after(1)}), outcomes=[noted])
    assert [d.text for d in debts(history, POLICY, after(4))] == [now]
    assert [line.text for line in weekly(history, POLICY, after(4), "en").lines] == [now]
    both = sale(outcomes=[Outcome(day=after(1), matter="scope", text=was), noted])
    assert [line.text for line in weekly(both, POLICY, after(4), "en").lines] == [was, now]


@pytest.mark.parametrize(
    ("matter", "text"),
    [
        ("scope", "Le périmètre est arrêté à leur minimum."),
        ("scope", "Le périmètre est validé à contrecœur."),
        ("budget", "Le budget est arrêté au plancher."),
        ("budget", "Their maximum budget is confirmed."),
        ("scope", "The scope is agreed at the bare minimum."),
        ("budget", "Das Budget ist auf die Untergrenze festgelegt."),
        ("scope", "Der Umfang ist auf das Minimum festgelegt."),
        ("budget", "El presupuesto mínimo está aprobado."),
        ("budget", "Il budget minimo è approvato."),
        ("scope", "De scope is op hun minimum vastgesteld."),
    ],
)
def test_whose_limit_an_outcome_is_at_is_not_for_all(matter: Matter, text: str) -> None:
    """Whatever the engine thinks of it; `settle` says so."""
    noted = Outcome(day=after(1), matter=matter, text=text)
    history = sale(outcomes=[noted])
    assert not_for_all(history, POLICY, noted, after(1))
    assert [x.text for x in weekly(history, POLICY, after(2), "en").left_out] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "La direction a décidé de fermer le site de Nantes.",
        "Le comité social a validé le passage en 3x8 de la halle 2.",
        "La démission de Karim ne change rien au planning.",
        "The board has decided to close the Leeds plant.",
        "Twelve jobs: the group will cut 12 positions by June.",
        "Der Vorstand hat beschlossen, den Standort Neustadt zu schließen.",
        "Die Geburtshilfe wird zum Jahresende aufgelöst.",
        "20 Stellen werden zum 1. April abgebaut.",
        "La sede de Valencia cerrará en junio.",
        "La direzione ha deciso di chiudere lo stabilimento di Asti.",
        "De vestiging in Breda wordt op 1 juni gesloten.",
    ],
)
def test_what_happens_at_the_customers_is_no_outcome_of_the_sale(text: str) -> None:
    """Written to one person, it is listed with that reason, unmarked as it is; noted by the seller, it is the seller's to tell."""
    assert is_of_the_firm(text)
    to_one = reviewed(f"Bonjour Thomas,\n\nLe lot 1 est validé : douze agences.\n\n{text}\n\nCamille", [THOMAS])
    history = sale((to_one, {m.key: after(1) for m in to_one.proposal.messages}))
    assert text not in [line.text for line in weekly(history, POLICY, after(3), "en").lines]


def test_a_settled_sentence_of_the_firm_is_listed_with_its_reason() -> None:
    """The seller sees why it is not told."""
    text = "Der Vorstand hat beschlossen, den Standort Neustadt zu schließen."
    to_one = reviewed(f"Hallo Thomas,\n\n{text} Der Testbetrieb beginnt am 9. März.\n\nCamille", [THOMAS])
    history = sale((to_one, {m.key: after(1) for m in to_one.proposal.messages}))
    found = weekly(history, POLICY, after(3), "en")
    assert [line.text for line in found.lines] == ["Der Testbetrieb beginnt am 9. März."]
    assert [(x.text, "at the customer's" in x.reason) for x in found.left_out] == [(text, True)]


@pytest.mark.parametrize(
    "text",
    [
        "La direction a validé le budget de la phase 2.",
        "L'installation est terminée sur le site de Nantes.",
        "La mise en service du site est fixée au 4 mai.",
        "La recette est fermée aux visiteurs dans l'usine.",
        "Le connecteur est validé par la direction technique.",
        "Le comité de direction se réunira le 4 mai.",
        "The board approved the rollout.",
        "Der Vorstand hat dem Projekt zugestimmt.",
        "Die Installation auf Station 3 ist abgeschlossen.",
    ],
)
def test_what_is_decided_of_the_sale_is_an_outcome(text: str) -> None:
    """A board decides of budgets too, and a site is where it is installed."""
    assert not is_of_the_firm(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("C'est acté avec M. Gaillard.", True),
        ("Frau Dr. Bergmann ist einverstanden.", True),
        ("Me too.", False),
        ("La variante M est retenue.", False),
    ],
)
def test_somebody_outside_the_deal_is_named_by_a_title(text: str, named: bool) -> None:
    """Whoever it is."""
    assert names_somebody(text, ()) is named


@pytest.mark.parametrize(
    ("earlier", "later", "afterwards", "at_once"),
    [
        (
            "La recette en usine aura lieu le 24 novembre.",
            "La recette en usine est avancée au lundi 23 novembre, et non plus le 24.",
            True,
            True,
        ),
        ("The acceptance takes place on 24 March.", "The acceptance is moved to 23 March.", True, True),
        (
            "Der Testbetrieb auf Station 3 beginnt am 9. März.",
            "Der Testbetrieb auf Station 3 wird auf den 16. März verschoben.",
            True,
            True,
        ),
        ("La passerelle sera livrée le 2 mars.", "La passerelle sera livrée le 9 mars.", True, False),
        ("The training is fixed for 11 March.", "The training takes place on 12 March.", True, False),
        (
            "Der Testbetrieb auf Station 3 beginnt am 9. März.",
            "Der Testbetrieb auf Station 4 wird auf den 16. März verschoben.",
            False,
            False,
        ),
        (
            "La formation des opérateurs est fixée au 18 mars.",
            "La formation des administrateurs est fixée au 20 mars.",
            False,
            False,
        ),
        (
            "Le comité de pilotage du 15 mars se tiendra à 14 h.",
            "Le comité de pilotage du 20 mars se tiendra à 9 h.",
            False,
            False,
        ),
        ("The acceptance takes place on 24 March.", "The acceptance is moved.", False, False),
    ],
)
def test_a_later_day_takes_the_place_of_an_earlier_one(
    earlier: str, later: str, afterwards: bool, at_once: bool
) -> None:
    """Of the same thing alone; two days of one mail are two days, but for one that is said to have moved."""
    assert replaces(later, earlier, afterwards=True) is afterwards
    assert replaces(later, earlier, afterwards=False) is at_once


def test_the_day_that_was_replaced_is_not_told() -> None:
    """Whether the later one was written to one or to all, or may not be told itself; and it is owed no more."""
    was, now = "La recette est fixée au 24 mars.", "La recette est avancée au 20 mars."
    first = reviewed(f"Bonjour Thomas,\n\n{was}\n\nCamille", [THOMAS])
    for text, told in ((now, [now]), (f"{now[:-1]}, c'est acté avec M. Gaillard.", [])):
        second = reviewed(f"Bonjour Thomas,\n\n{text}\n\nCamille", [THOMAS], day=after(2))
        steps = [(r, {m.key: day for m in r.proposal.messages}) for r, day in ((first, after(0)), (second, after(2)))]
        history = sale(*steps)
        found = weekly(history, POLICY, after(4), "en")
        assert [line.text for line in found.lines] == told
        assert (was, "Another day was given for the same since.") in found.left_out
        assert was not in [d.text for d in debts(history, POLICY, after(4))]
    noted = sale(steps[0], outcomes=[Outcome(day=after(2), matter="planning", text=now)])
    assert [line.text for line in weekly(noted, POLICY, after(4), "en").lines] == [now]
