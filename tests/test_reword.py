"""A message of a deal in the seller's own words: what is wrong with them, and what they still tell."""

import pytest

from reviewer.deal import History, Outcome, Outgoing
from reviewer.recap import summary, weekly
from reviewer.reword import findings, reworded, tells
from reviewer.types import FindingKind
from tests.build import KARIM, THOMAS
from tests.test_deal import FIRST, POLICY, SENT, THEIRS, after, reviewed, sale

DRAFTS = (
    "Bonjour à tous,\n\nLe périmètre du lot 1 est validé.\n\nSandrine, nous pourrions descendre à 42 k€ par an.\n\nCamille",
    "Hello all,\n\nThe scope of lot 1 is validated.\n\nSandrine, we could go down to 42 k€ a year.\n\nCamille",
    "Hallo zusammen,\n\nDer Umfang von Los 1 ist bestätigt.\n\nSandrine, wir könnten auf 42 k€ im Jahr heruntergehen.\n\nCamille",
    "Hola a todos:\n\nEl alcance del lote 1 está validado.\n\nSandrine, podríamos bajar a 42 k€ al año.\n\nCamille",
    "Buongiorno a tutti,\n\nIl perimetro del lotto 1 è approvato.\n\nSandrine, potremmo scendere a 42 k€ all'anno.\n\nCamille",
    "Beste allen,\n\nDe scope van perceel 1 is goedgekeurd.\n\nSandrine, we zouden naar 42 k€ per jaar kunnen zakken.\n\nCamille",
)


def kept(history: History, number: int = 50, which: str = "weekly") -> Outgoing:
    """The recap as the deal keeps it."""
    found = (weekly if which == "weekly" else summary)(history, POLICY, after(7), "en")
    assert found.message is not None
    return Outgoing(id=number, made=after(7), message=found.message, covers=found.covers, matters=found.pays)


OUTCOMES = [Outcome(day=after(1), matter="budget", text="Le budget est confirmé.")]
SALE = sale((FIRST, SENT), (THEIRS, {"group": after(2)}), outcomes=OUTCOMES)


@pytest.mark.parametrize("text", DRAFTS)
@pytest.mark.parametrize("which", ["weekly", "summary"])
def test_nothing_is_wrong_with_what_the_program_gathered(text: str, which: str) -> None:
    """In six languages, whatever is still open."""
    review = reviewed(text)
    settled = reviewed(text.replace("1", "3"), [THOMAS])
    sent = {m.key: after(2) for m in (*review.proposal.messages, *settled.proposal.messages)}
    history = sale((review, sent), (settled, sent))
    assert findings(history, POLICY, kept(history, which=which), after(7), "en") == ()


def test_nothing_is_wrong_with_a_message_as_it_was_proposed() -> None:
    """The message that asks for agreement included, whatever the seller makes of that."""
    review = reviewed(agreed=False)
    history = sale((review, {}))
    engagement = review.proposal.rules_of_engagement
    assert engagement is not None
    asking = Outgoing(id=90, review_id=1, made=after(0), message=engagement)
    for outgoing in (*history.messages, asking, reworded(history, asking, "Point", "Bonjour,\n\nLe 12 mai vous va ?")):
        assert findings(history, POLICY, outgoing, after(0), "en") == ()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (
            "Pour mémoire, nous pourrions descendre à 42 k€ par an si l'engagement passe à trois ans.",
            FindingKind.LEAKED,
        ),
        ("Le prix sera de 42 k€ par an.", FindingKind.LEAKED),
        ("Gardez cela entre nous, Karim est très inquiet pour son poste.", FindingKind.LEAKED),
        ("Le comité se tiendra le 14 mai.", FindingKind.INVENTED),
        ("Merci à tous pour votre aide.", None),
    ],
)
def test_what_the_seller_adds_to_a_recap_is_checked(words: str, kind: FindingKind | None) -> None:
    """Against every confidence of the deal, whoever read it; a date that nothing tells is pointed out."""
    outgoing = kept(SALE)
    changed = reworded(SALE, outgoing, outgoing.message.subject, f"{outgoing.message.body}\n{words}\n")
    found = findings(SALE, POLICY, changed, after(7), "en")
    assert [f.kind for f in found][:1] == ([kind] if kind else [])
    assert not any("draft" in f.explanation for f in found)
    assert (changed.covers, changed.matters) == (outgoing.covers, outgoing.matters)


def test_a_secret_in_the_title_is_said() -> None:
    """It is read by all whom the message reaches."""
    outgoing = kept(SALE)
    changed = reworded(SALE, outgoing, "42 k€ par an si l'engagement passe à trois ans", outgoing.message.body)
    assert {f.kind for f in findings(SALE, POLICY, changed, after(7), "en")} == {FindingKind.LEAKED}


def test_what_a_recap_no_longer_tells_is_not_covered() -> None:
    """A line that was taken out, or now says another day; one that is only put in other words still counts."""
    outgoing = kept(SALE)
    assert (outgoing.covers, outgoing.matters) == (((2, "s2"),), ("budget", "planning"))
    body = outgoing.message.body
    line = "Le planning de la recette est arrêté : du 16 au 27 mars."
    for words, covers, matters in (
        (body.replace(f"- {line}", ""), (), ("budget",)),
        (body.replace("27 mars", "28 mars"), (), ("budget",)),
        (body.replace("- Le budget est confirmé.", ""), outgoing.covers, ("planning",)),
        (
            body.replace("Le planning de la recette", "Comme convenu, le planning de la recette"),
            outgoing.covers,
            outgoing.matters,
        ),
    ):
        changed = reworded(SALE, outgoing, "Point", words)
        assert (changed.covers, changed.matters) == (covers, matters)
        assert changed.message.written_by == "seller"
        assert tells(changed.message, line) is bool(covers)


def test_what_the_seller_makes_of_a_reviews_message_is_checked_against_its_draft() -> None:
    """What somebody else must not read, and what the draft does not say."""
    direct = next(m for m in SALE.messages if m.message.key == KARIM.address)
    body = direct.message.body
    for words, kind in (
        ("Nous pourrions descendre à 42 k€ par an si l'engagement passe à trois ans.", FindingKind.LEAKED),
        ("Rendez-vous le 14 mai.", FindingKind.INVENTED),
    ):
        changed = reworded(SALE, direct, direct.message.subject, f"{body}\n{words}\n")
        assert kind in {f.kind for f in findings(SALE, POLICY, changed, after(7), "en")}
        assert changed.review_id == 1


@pytest.mark.parametrize("which", ["weekly", "summary"])
def test_the_firm_in_a_signature_is_no_invention(which: str) -> None:
    """Neither in what the program gathered, nor in the seller's words; a firm that nothing names is."""
    text = "Hello {},\n\nThe scope of lot {} is validated: twelve agencies.\n\nKind regards,\nAnna Whitfield\nCalder Systems"
    first, settled = reviewed(text.format("all", 1)), reviewed(text.format("Thomas", 3), [THOMAS])
    history = sale((first, {"group": after(0)}), (settled, {m.key: after(2) for m in settled.proposal.messages}))
    gathered = (weekly if which == "weekly" else summary)(history, POLICY, after(7), "en")
    assert gathered.message is not None
    assert gathered.message.body.endswith("Anna Whitfield\nCalder Systems\n")
    assert gathered.findings == ()
    outgoing = kept(history, which=which)
    for words, found in (("Thanks to you all.", []), ("Borland Networks will join us.", [FindingKind.INVENTED])):
        changed = reworded(history, outgoing, outgoing.message.subject, f"{words}\n\n{outgoing.message.body}")
        assert list({f.kind for f in findings(history, POLICY, changed, after(7), "en")}) == found


def test_each_secret_of_a_line_is_said_once() -> None:
    """All that it gives away, and nothing of that a second time as not gathered."""
    price = "nous pourrions descendre à 42 k€ par an si l'engagement passe à trois ans, avec 17 % de remise."
    review = reviewed(f"Bonjour à tous,\n\nSandrine, {price}\n\nCamille")
    history = sale((review, {m.key: after(1) for m in review.proposal.messages}), outcomes=OUTCOMES)
    outgoing = kept(history)
    words = "Le prix : 42 k€, soit 17 % de remise, dès le 14 mai pour tous."
    changed = reworded(history, outgoing, outgoing.message.subject, f"{outgoing.message.body}\n{words}\n")
    found = [(f.kind, f.quote) for f in findings(history, POLICY, changed, after(7), "en")]
    assert found == [
        (FindingKind.LEAKED, "42 k€"),
        (FindingKind.LEAKED, "17 %"),
        (FindingKind.INVENTED, "14 mai"),
    ]
