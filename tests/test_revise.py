"""The seller decides: what is moved, corrected, dismissed or rewritten follows through, and is checked at once."""

import pytest

from reviewer import prompts
from reviewer.revise import Decisions, Edit, revise
from reviewer.types import Audience, FindingKind, Review, Role, Topic
from tests.build import CLAIRE, KARIM, SANDRINE, THOMAS, case
from tests.test_chain import MAIL, PRICE, SECRET, local

POLICY = prompts.load("default").policy
REVIEW = local(MAIL)
# Passages of MAIL by what they say.
SCOPE, DATE, ASK, OFFER, CONFIDENCE = "s2", "s3", "s4", "s5", "s6"


def decided(**changes: object) -> Review:
    """The review of the mail after these decisions."""
    return revise(REVIEW, Decisions(**changes), POLICY)


def bodies(review: Review) -> dict[str, str]:
    """Message key to text."""
    return {m.key: m.body for m in review.proposal.messages}


def test_without_a_decision_nothing_changes() -> None:
    """The very same review comes back."""
    assert decided() is REVIEW


def test_a_passage_moves_to_another_reader() -> None:
    """It leaves the one message, enters the other, and everybody else's words stay."""
    after = decided(audiences={SCOPE: Audience(people=(THOMAS.address,))})
    assert "12 agences" in bodies(after)[THOMAS.address]
    assert "12 agences" not in bodies(after)["group"]
    assert bodies(after)[KARIM.address] == bodies(REVIEW)[KARIM.address]
    assert next(a for a in after.assignments if a.passage_id == SCOPE).reason == "Decided by you."
    assert after.passed, after.findings


def test_a_passage_is_held_back_by_hand() -> None:
    """No message carries it, and it is no loss because it was decided."""
    after = decided(audiences={DATE: Audience()})
    assert all("14 mars" not in body for body in bodies(after).values())
    assert after.passed, after.findings


def test_what_the_seller_shows_to_somebody_is_no_leak() -> None:
    """The price goes to Claire because the seller says so; to the others it stays closed."""
    after = decided(audiences={OFFER: Audience(people=(SANDRINE.address, CLAIRE.address))})
    assert PRICE in bodies(after)[CLAIRE.address]
    assert after.passed, after.findings
    flag = next(f for f in after.flags if f.passage_id == OFFER)
    assert CLAIRE.address not in flag.withhold_from
    assert KARIM.address in flag.withhold_from


def test_a_dismissed_flag_withholds_nothing() -> None:
    """The passage is then routed like any other."""
    after = decided(dismissed={CONFIDENCE: "false_alarm"})
    assert not any(f.passage_id == CONFIDENCE for f in after.flags)
    assert after.passed, after.findings


def test_a_corrected_topic_reroutes_only_its_passage() -> None:
    """The date becomes a technical matter and goes to the technical lead; the rest stays where it was."""
    after = decided(topics={DATE: (Topic.TECHNICAL_SPEC,)})
    assert "14 mars" in bodies(after)[KARIM.address]
    others = [a for a in after.assignments if a.passage_id != DATE]
    assert others == [a for a in REVIEW.assignments if a.passage_id != DATE]


def test_a_corrected_role_reroutes_and_reflags() -> None:
    """Once Thomas is the buyer too, he may read the price, and the technical lead still may not."""
    after = decided(roles={THOMAS.address: (Role.PROCUREMENT,)})
    flag = next(f for f in after.flags if f.passage_id == OFFER)
    assert THOMAS.address not in flag.withhold_from
    assert KARIM.address in flag.withhold_from
    assert after.passed, after.findings


@pytest.mark.parametrize("words", [PRICE, "Karim redoute de " + SECRET])
def test_an_edit_into_a_leak_is_found(words: str) -> None:
    """A withheld sentence that is pasted into the group message is a finding on it."""
    group = REVIEW.proposal.group
    assert group is not None
    after = decided(edits={"group": Edit(subject=group.subject, body=f"{group.body}\n{words}\n")})
    assert {(f.kind, f.message) for f in after.findings} >= {(FindingKind.LEAKED, "group")}
    assert after.proposal.group is not None
    assert after.proposal.group.written_by == "seller"


def test_an_edit_that_drops_a_passage_is_found() -> None:
    """What the message should say and no longer says is lost."""
    after = decided(edits={"group": Edit(subject="x", body="Bonjour à tous,\n\nÀ bientôt.\n")})
    assert FindingKind.LOST in {f.kind for f in after.findings}


def test_a_mail_that_may_leave_as_it_is_can_be_split_by_hand() -> None:
    """The seller gives one sentence of it to one person."""
    small = local(case("Le pilote est terminé.", "Le lot 1 est validé.", people=(CLAIRE, KARIM)))
    assert small.proposal.as_is
    after = revise(small, Decisions(audiences={"s2": Audience(people=(KARIM.address,))}), POLICY)
    assert not after.proposal.as_is
    assert "lot 1" in bodies(after)[KARIM.address]
    assert "lot 1" not in bodies(after)["group"]
    assert after.passed, after.findings
