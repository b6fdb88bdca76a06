"""A long mail is asked about in parts: every passage in exactly one, the words around it in view, and no half answers."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import ModelAnswerError
from reviewer.llm.parts import Part, in_parts, parts_of
from reviewer.testing import Reply, Request, completion, error, honest, passages_in
from reviewer.types import Passage, Step, Usage, Zone
from tests.build import case
from tests.test_chain import with_model


def passages(paragraphs: list[int], bullets: bool = False) -> list[Passage]:
    """Passages in paragraphs of these sizes."""
    found: list[Passage] = []
    for number, size in enumerate(paragraphs):
        for _ in range(size):
            at = len(found)
            found.append(
                Passage(
                    id=f"s{at + 1}", zone=Zone.AUTHOR, text=f"Sentence {at}.", start=20 * at, end=20 * at + 12,
                    paragraph=number, bullet="-" if bullets else "",
                )
            )  # fmt: skip
    return found


@given(st.lists(st.integers(1, 12), min_size=1, max_size=60), st.booleans())
def test_every_passage_stands_in_one_part_with_the_others_around_it(sizes: list[int], bullets: bool) -> None:
    """In order, none left out, none empty, and never more parts than calls are to be had."""
    all_of_them = passages(sizes, bullets)
    parts = parts_of(all_of_them)
    assert [p for part in parts for p in part.passages] == all_of_them
    assert len(parts) <= 8
    for part in parts:
        assert part.passages
        assert [*part.before, *part.passages, *part.after] == all_of_them


@pytest.mark.parametrize(("count", "parts"), [(1, 1), (8, 1), (9, 2), (17, 3), (64, 8), (400, 8)])
def test_there_are_as_many_parts_as_are_worth_it(count: int, parts: int) -> None:
    """A short mail is one; a very long one has larger parts, not more."""
    assert len(parts_of(passages([count]))) == parts


def test_a_mail_is_cut_where_a_paragraph_begins() -> None:
    """Where one begins near by; a list is not cut off from the line that announces it."""
    assert [len(p.passages) for p in parts_of(passages([7, 9]))] == [7, 9]
    assert [len(p.passages) for p in parts_of(passages([16]))] == [8, 8]
    assert [len(p.passages) for p in parts_of(passages([7, *[1] * 9], bullets=True))] == [8, 8]


def test_a_short_mail_is_sent_as_a_plain_list() -> None:
    """Nothing stands around it."""
    (part,) = parts_of(passages([3]))
    assert part.block(["<passage>x</passage>"]) == ["<passages>\n<passage>x</passage>\n</passages>"]


def test_the_costs_of_all_parts_are_added_also_where_one_fails() -> None:
    """What was spent is told whatever came of it."""

    async def ask(part: Part) -> tuple[int, Usage]:
        await asyncio.sleep(0)
        if part.before:
            failure = ModelAnswerError("no")
            failure.usage = Usage(model="m", calls=2, prompt_tokens=7)
            raise failure
        return 1, Usage(model="m", calls=1, prompt_tokens=5, completion_tokens=3)

    with pytest.raises(ModelAnswerError) as raised:
        asyncio.run(in_parts(passages([10]), ask))
    assert raised.value.usage == Usage(model="m", calls=3, prompt_tokens=12, completion_tokens=3)


def test_a_mistake_of_ours_is_not_taken_for_the_models() -> None:
    """It comes out as what it is, even beside a failure of the model."""

    async def ask(part: Part) -> tuple[int, Usage]:
        await asyncio.sleep(0)
        raise ModelAnswerError("no") if part.before else KeyError("ours")

    with pytest.raises(KeyError):
        asyncio.run(in_parts(passages([10]), ask))


# --- a whole review ----------------------------------------------------------------------------------------------------

LONG = case(*(f"The test number {n} ran through last night." for n in range(19)), language="en")


def test_a_long_mail_is_asked_about_side_by_side() -> None:
    """Labels in three parts; each lists its own passages alone, and reads the others as text. Flags and split see all at once."""
    made, requests = with_model(honest, LONG)
    for step, parts in (("classify", 3), ("flag", 1), ("split", 1)):
        asked = [r for r in requests if r.step == step]
        listed = [i for r in asked for i, _ in passages_in(r)]
        assert sorted(listed, key=lambda i: int(i[1:])) == [p.id for p in made.passages]
        assert len(asked) == parts
        assert all(p.text in r.user for r in asked for p in LONG.passages)
    assert not made.fallbacks
    assert {str(u.step): u.calls for u in made.usage if u.step != Step.WRITE} == {"classify": 3, "flag": 1, "split": 1}


def test_where_one_part_fails_the_whole_step_falls_back() -> None:
    """Half of it by a model and half by the local engine would be neither."""

    def script(request: Request) -> Reply:
        if request.step == "classify" and any(i == "s10" for i, _ in passages_in(request)):
            return error(400, "scripted")
        return honest(request)

    made, _ = with_model(script, LONG)
    assert [f.step for f in made.fallbacks] == ["classify"]
    assert made.passed
    assert {c.passage_id for c in made.classifications} == {p.id for p in made.passages}


def test_a_part_answers_for_its_own_passages_alone() -> None:
    """What a model says of another part's passages is not taken."""

    def script(request: Request) -> Reply:
        if request.step != "classify":
            return honest(request)
        own = [i for i, _ in passages_in(request)]
        labels = [
            {
                "id": p.id,
                "topics": ["technical_spec" if p.id in own else "strategy"],
                "act": "inform",
                "stage": "settled",
                "addressed_to": [],
                "reason": "-",
            }
            for p in LONG.passages
        ]
        return completion(json.dumps({"passages": labels}))

    made, _ = with_model(script, LONG)
    assert {t for c in made.classifications for t in c.topics} == {"technical_spec"}
