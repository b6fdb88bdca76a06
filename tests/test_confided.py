"""What an earlier mail of the deal kept from readers is told when the next one would show it to them."""

import asyncio
from datetime import date

import pytest

from reviewer.chain import Setup, review
from reviewer.local.engine import local_engine
from reviewer.mail import RawMail
from reviewer.parse import make_draft
from reviewer.types import CautionKind, Envelope, Message, Review, Role, Situation, Stakeholder
from tests.build import CLAIRE, KARIM, PEOPLE, SANDRINE, person
from tests.test_deal import POLICY

EARLIER, NOW = date(2026, 1, 27), date(2026, 2, 17)
CONFIDENCE = "Claire, entre nous, Karim redoute de perdre son équipe et son enveloppe est limitée à 15 k€."


def reviewed(text: str, people: tuple[Stakeholder, ...] = PEOPLE, envelope: Envelope | None = None) -> Review:
    """The local engine's review of a mail of one paragraph."""
    draft, passages = make_draft(
        RawMail("Atlas", None, (), f"Bonjour à tous,\n\n{text}\n\nCordialement,\nJulie"), people
    )
    setup = Setup(POLICY, local_engine(POLICY))
    return asyncio.run(review(draft, passages, Situation(today=NOW), setup, envelope or Envelope()))


def told(text: str, people: tuple[Stakeholder, ...] = PEOPLE, left: tuple[Message, ...] = ()) -> list[tuple[str, ...]]:
    """The readers of each such caution, after a mail with a confidence for Claire."""
    after = reviewed(text, people, Envelope(reviews=((EARLIER, reviewed(CONFIDENCE)),), left=left))
    return [c.people for c in after.cautions if c.kind is CautionKind.CONFIDED]


def test_a_confidence_is_still_one_in_the_next_mail() -> None:
    """Told with the sentence, whoever would read it, whom it was kept for, and the day."""
    text = "L'enveloppe de 15 k€ est confirmée et le certificat est installé."
    found = reviewed(text, envelope=Envelope(reviews=((EARLIER, reviewed(CONFIDENCE)),)))
    [caution] = [c for c in found.cautions if c.kind is CautionKind.CONFIDED]
    assert CLAIRE.address not in caution.people
    assert SANDRINE.address in caution.people
    assert caution.quote == text
    assert "27 janvier 2026" in caution.explanation or "27 January 2026" in caution.explanation
    assert "Claire Leroy" in caution.explanation


@pytest.mark.parametrize(
    "text",
    [
        "Le certificat est installé et le flux est ouvert.",
        "Claire, son enveloppe est limitée à 15 k€, comme vous savez.",
    ],
)
def test_what_gives_nothing_away_is_not_told(text: str) -> None:
    """Other matters, and what goes to whom it was kept for."""
    assert told(text) == []


def test_whoever_came_later_was_not_meant_either() -> None:
    """A reader whom the earlier mail did not have."""
    newcomer = person("Yann Kerbrat", Role.PROJECT_MANAGER)
    [people] = told("L'enveloppe de 15 k€ est confirmée.", (CLAIRE, newcomer))
    assert people == (newcomer.address,)


def test_what_a_message_that_left_has_told_is_no_secret() -> None:
    """To those whom it reached."""
    text = "L'enveloppe de 15 k€ est confirmée."
    reached = tuple(p.address for p in PEOPLE)
    message = Message(kind="group", to=reached, subject="Atlas", body="L'enveloppe est de 15 k€.", written_by="seller")
    assert told(text, left=(message,)) == []
    assert told(text, left=(message.model_copy(update={"to": (KARIM.address,)}),)) != []


@pytest.mark.parametrize(
    ("earlier", "text"),
    [
        (
            "Nous pourrions descendre à 42 k€ par an si l'engagement passe à trois ans.",
            "Le budget annuel est confirmé à 42 k€ par an.",
        ),
        ("Le mot de passe du portail est Hexa2026.", "Le portail s'ouvre avec Hexa2026."),  # pragma: allowlist secret
    ],
)
def test_what_was_written_to_one_is_for_that_one(earlier: str, text: str) -> None:
    """A price and a password of a mail that nobody else read."""
    before = reviewed(earlier, (SANDRINE,))
    found = reviewed(text, envelope=Envelope(reviews=((EARLIER, before),)))
    [caution] = [c for c in found.cautions if c.kind is CautionKind.CONFIDED]
    assert KARIM.address in caution.people
    assert SANDRINE.address not in caution.people


@pytest.mark.parametrize(
    ("earlier", "text"),
    [
        ("Sandrine, un geste de 5 % si vous signez avant le 31 mars.", "La recette se termine le 31 mars."),
        ("Sandrine, nous irions jusqu'à 5 % de remise.", "Le lot 2 passe de 5 % d'erreurs à 1 %."),
    ],
)
def test_a_day_or_a_share_of_something_else_is_chance(earlier: str, text: str) -> None:
    """It gives nothing away by itself."""
    found = reviewed(text, envelope=Envelope(reviews=((EARLIER, reviewed(earlier)),)))
    assert not [c for c in found.cautions if c.kind is CautionKind.CONFIDED]


def test_a_confidence_is_known_again_in_other_words() -> None:
    """By whose affair it is; whoever was told of it since, in any words, is told nothing new."""
    earlier = reviewed("Claire, entre nous, Karim Perrin quitte la société en mars.")
    envelope = Envelope(reviews=((EARLIER, earlier),))
    text = "Le successeur de M. Perrin sera présent à la recette."
    [caution] = [c for c in reviewed(text, envelope=envelope).cautions if c.kind is CautionKind.CONFIDED]
    assert SANDRINE.address in caution.people
    assert CLAIRE.address not in caution.people
    everybody = tuple(p.address for p in PEOPLE)
    left = (Message(to=everybody, subject="Atlas", body="Le départ de M. Perrin est officiel.", kind="group"),)
    after = reviewed(text, envelope=envelope._replace(left=left))
    assert [c for c in after.cautions if c.kind is CautionKind.CONFIDED] == []
