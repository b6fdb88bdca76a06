"""The page for reading: verdicts, and draft text that stays text."""

import io

import pytest
from rich.console import Console

from reviewer import present
from reviewer.types import Fallback, Finding, FindingKind, Message, Review, Stakeholder, Step
from tests.build import case, person
from tests.test_chain import MAIL, local


def page(review: Review) -> str:
    """The terminal page, wide and without colours."""
    out = io.StringIO()
    present.terminal(review, Console(file=out, width=200, highlight=False))
    return out.getvalue()


def test_the_verdict_counts_what_is_proposed() -> None:
    """Group, direct, held back, in one sentence."""
    assert present.verdict(local(MAIL)).startswith("To be split: one message to the group")
    assert present.verdict(local(case("The pilot ended.", language="en"))) == "You can send this mail as it is."


def test_unknown_roles_stand_above_all() -> None:
    """Everything else hangs on them."""
    strangers = tuple(person(f"{name} Faure") for name in ("Ines", "Noe"))
    review = local(case("The pilot ended.", "Between us, the CFO doubts the project.", people=strangers, language="en"))
    line = present.roles_line(review)
    assert line.startswith("Nobody's role is known")
    assert line[:60] in page(review).split("\n", 3)[2]
    assert "Nobody's role is known" in present.markdown(review).split("##")[0]
    assert present.roles_line(local(MAIL)) == ""


def test_findings_are_shown_and_counted() -> None:
    """One is "1 finding", in red, before everything else is read."""
    review = local(MAIL)
    finding = Finding(kind=FindingKind.LOST, passage_id="s1", explanation="Passage s1 is lost.")
    failed = review.model_copy(update={"findings": (finding,)})
    assert present.checks_line(failed) == "Checks: 1 finding to settle."
    assert "Passage s1 is lost." in page(failed)
    assert "Passage s1 is lost" in present.markdown(failed)


@pytest.mark.parametrize("evil", ["\x1b[2J\x1b[31mred", "\x07bell", "\u202eevil", "a\x9b31mb"])
def test_no_draft_can_repaint_the_terminal(evil: str) -> None:
    """Control and direction characters are taken out, and rich markup is text."""
    review = local(MAIL)
    group = Message(to=("claire@client.example",), subject=f"[red]{evil}", body=f"[bold]x[/bold] {evil}", kind="group")
    review = review.model_copy(update={"proposal": review.proposal.model_copy(update={"group": group})})
    text = page(review)
    assert "[bold]x[/bold]" in text
    assert not any(c in text for c in "\x1b\x07\u202e\x9b")


def test_markdown_of_a_draft_is_not_markdown_of_the_page() -> None:
    """Bodies stand in a fence longer than any of theirs; one-line texts are escaped."""
    review = local(MAIL)
    body = "Bonjour,\n```\n# not a heading\n<script>x</script>\n````\n"
    group = Message(to=("claire@client.example",), subject="*a* <b> [c](d)", body=body, kind="group")
    review = review.model_copy(update={"proposal": review.proposal.model_copy(update={"group": group})})
    text = present.markdown(review)
    assert "`````text\nBonjour," in text
    assert r"\*a\* \<b\> \[c\]\(d\)" in text


def test_markdown_of_a_name_an_address_or_a_reason_is_text_everywhere() -> None:
    """In the last lines of the page too, and in an address that would end its code span."""
    review = local(MAIL)
    evil = Stakeholder(name="Eve [c](d)", address="b`o``b@client.example")
    draft = review.draft.model_copy(update={"stakeholders": (evil, *review.draft.stakeholders)})
    group = Message(to=(evil.address,), subject="s", body="b", kind="group")
    told = Fallback(step=Step.WRITE, message=evil.address, reason="the model '![i](j)' is unknown")
    update = {"draft": draft, "fallbacks": (told,), "engine_reason": "the model '[e](f)' is configured"}
    text = present.markdown(
        review.model_copy(update=update | {"proposal": review.proposal.model_copy(update={"group": group})})
    )
    assert "``` b`o``b@client.example ```" in text
    assert not any(live in text for live in ("[c](d)", "![i](j)", "[e](f)"))
