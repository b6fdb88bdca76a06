"""Each score on proposals made by hand: what it counts, and where it says the fault is."""

import pytest

from evals.scorers import Judged, Mark, marks, says
from reviewer.types import Assignment, Audience, Message
from tests.evals.build import harbour, proposing, to

MAIL = harbour()
GROUP = to(
    MAIL,
    "MD RM IB PO LF",
    "Hi all,\n\nThe steering committee approved the phased rollout on Tuesday. "
    "The next steering committee is on 21 April at 2 pm.",
)
ASK = to(MAIL, "RM", "Hi Ravi,\n\nCould you send us the list of topics and the certificate authority by Thursday?")
PRICE = to(MAIL, "IB", "Hi Ingrid,\n\nWe could go down to 118,000 euros a year if you commit to three years.")
CONFIDENCE = to(MAIL, "MD", "Hi Margaret,\n\nBetween us, Ravi told me he is close to burning out.")


def scores(*messages: Message) -> dict[str, Mark]:
    """The marks of a proposal by name."""
    return {m.score: m for m in marks(MAIL, proposing(MAIL, *messages))}


def test_a_good_split_has_full_marks() -> None:
    """Every fact where it belongs."""
    found = scores(GROUP, ASK, PRICE, CONFIDENCE)
    assert {name: (m.hits, m.total) for name, m in found.items() if not m.score.startswith("routing ")} == {
        "leak": (0, 6),
        "coverage": (5, 5),
        "accounted": (5, 5),
        "routing": (3, 3),
        "routing_precision": (3, 3),
        "group_has": (2, 2),
        "group_extra": (0, 3),
        "right": (5, 5),
        "invented": (0, 4),
        "asks": (1, 1),
        "language": (2, 2),  # the other two are too short to judge
    }
    assert found["routing procurement"].hits == 1


def test_a_fact_is_right_where_nothing_is_wrong_with_it() -> None:
    """Sent to everybody as it is, the mail covers everything and is right about the two facts of the group alone."""
    whole = to(MAIL, "MD RM IB PO LF", "\n\n".join(m.body for m in (GROUP, ASK, PRICE, CONFIDENCE)))
    found = scores(whole)
    assert (found["coverage"].hits, found["right"].hits, found["right"].total) == (5, 2, 5)
    held = scores(GROUP, ASK)
    assert (held["leak"].hits, held["right"].hits) == (0, 3)


@pytest.mark.parametrize(
    ("extra", "quote"),
    [
        ("We could do 118,000 euros.", "118,000"),
        ("The offer is 118 000 EUR.", "118 000 EUR"),
        ("It depends on whether you commit to  three years.", "commit to  three years"),
        ("We could go down if there is a longer term: to 118k€ a year.", "118k€"),
    ],
)
def test_a_leak_is_found_and_placed(extra: str, quote: str) -> None:
    """A telling string, however it is written, in front of Ravi."""
    spoiled = ASK.model_copy(update={"body": f"{ASK.body}\n\n{extra}"})
    mark = scores(GROUP, spoiled, PRICE, CONFIDENCE)["leak"]
    assert mark.hits == 1
    note = mark.notes[0]
    text = f"{spoiled.subject}\n{spoiled.body}"
    assert (note.quote, note.message) == (quote, "r.menon@maasport.example")
    assert note.start is not None
    assert text[note.start : note.start + len(quote)] == quote


def test_the_draft_to_everybody_leaks_to_every_wrong_reader() -> None:
    """Six pairs of a withheld fact and somebody who must not read it; nothing is lost."""
    everybody = to(MAIL, "MD RM IB PO LF", MAIL.body)
    found = scores(everybody)
    assert found["leak"].hits == found["leak"].total == 6
    assert found["coverage"].hits == 5
    assert found["group_extra"].hits == 3


def test_who_reads_without_need_costs_precision() -> None:
    """The draft to everybody: the two facts of the group cost nothing, each of the three others four needless readers."""
    everybody = to(MAIL, "MD RM IB PO LF", MAIL.body)
    mark = scores(everybody)["routing_precision"]
    assert (mark.hits, mark.total) == (3, 15)
    assert {n.kind for n in mark.notes} == {"needless"}
    assert len(mark.notes) == 12


def test_what_is_held_back_is_accounted_for_and_what_is_forgotten_is_not() -> None:
    """Nobody reads the price: lost without a word, unless it is listed as held back, as a passage or as a part of one."""
    alone = proposing(MAIL, GROUP, ASK, CONFIDENCE)
    mark = {m.score: m for m in marks(MAIL, alone)}["accounted"]
    assert (mark.hits, mark.total) == (4, 5)
    assert "118,000" in mark.notes[0].quote
    price = next(p for p in alone.passages if "118,000" in p.text)
    for audience, parts in ((Audience(), ()), (Audience(people=(MAIL.people[1].address,)), (price.text,))):
        held = Assignment(passage_id=price.id, audience=audience, reason="Open.", held_back_parts=parts)
        listed = alone.model_copy(update={"assignments": (held,)})
        assert {m.score: m for m in marks(MAIL, listed)}["accounted"].hits == 5


def test_what_nobody_reads_is_lost() -> None:
    """Without Ingrid's message her fact is covered nowhere, and she is not reached."""
    found = scores(GROUP, ASK, CONFIDENCE)
    assert found["coverage"].hits == 4
    assert "118,000" in found["coverage"].notes[0].quote
    assert (found["routing"].hits, found["routing procurement"].hits) == (2, 0)


def test_a_fact_that_only_a_wrong_reader_gets_is_not_covered() -> None:
    """The confidence in front of its subject covers nothing."""
    found = scores(GROUP, ASK, PRICE, to(MAIL, "RM", CONFIDENCE.body))
    assert found["coverage"].hits == 4
    assert found["leak"].hits == 1


def test_an_invention_is_found() -> None:
    """A date that the mail does not have."""
    spoiled = GROUP.model_copy(update={"body": GROUP.body.replace("21 April", "22 April")})
    mark = scores(spoiled, ASK, PRICE, CONFIDENCE)["invented"]
    assert mark.hits == 1
    assert "22 April" in mark.notes[0].quote


@pytest.mark.parametrize(
    ("message", "right"),
    [
        (to(MAIL, "RM LF", "Ravi, could you send us the list of topics and the certificate authority by Thursday?"), 1),
        (to(MAIL, "RM LF", "Could you send us the list of topics and the certificate authority by Thursday?"), 0),
        (to(MAIL, "LF", "Could you send us the list of topics and the certificate authority by Thursday?"), 0),
    ],
)
def test_an_ask_has_to_reach_its_owner_as_such(message: Message, right: int) -> None:
    """Alone in To, or named in the sentence."""
    assert scores(GROUP, message, PRICE, CONFIDENCE)["asks"].hits == right


def test_another_language_is_found() -> None:
    """The mail is in English."""
    french = to(
        MAIL,
        "IB",
        "Bonjour Ingrid, nous pourrions descendre à 118 000 euros par an si vous vous engagez sur trois ans.",
    )
    assert scores(GROUP, ASK, french, CONFIDENCE)["language"].hits == 2


def test_labels_are_judged_only_where_there_are_some() -> None:
    """A single prompt gives no topics, flags or advice."""
    assert not {"sensitive_recall", "rules_recall"} & set(scores(GROUP))
    assert Judged(MAIL, proposing(MAIL, GROUP)).facts[0][1] == (
        MAIL.body.index("The steering"),
        MAIL.body.index(" The next"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The phased rollout was approved by the steering committee on Tuesday.", True),
        ("The steering committee approved the rollout on Wednesday.", False),
        ("The committee meets on Tuesday.", False),
    ],
)
def test_what_counts_as_said(text: str, said: bool) -> None:
    """The details all, the words mostly."""
    assert says(text, MAIL.facts[0].quote) is said
