"""The limits of one review: each is said with the variable that moves it, and a model at its limit is not asked again."""

import asyncio
import json

import pytest

from reviewer.chain import Setup, review
from reviewer.endpoint import Endpoint
from reviewer.errors import ConfigError, InputError, ModelUnavailable
from reviewer.limits import Budget, Limits, limits
from reviewer.llm.engine import llm_engine
from reviewer.model import Model
from reviewer.parse import read_draft
from reviewer.testing import Reply, Request, Script, completion, error, serving
from reviewer.types import Review, StepUsage
from tests.test_chain import MAIL, SET, careful

PEOPLE = "Ada Roy <ada@client.example>\nBo Li <bo@client.example>"


def test_a_subject_counts_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail's characters are those of both."""
    monkeypatch.setenv("REVIEWER_MAX_CHARACTERS", "100")
    with pytest.raises(InputError, match="with its subject has 118 characters; at most 100"):
        read_draft(b"The plan is ready.", PEOPLE, "x" * 100)


@pytest.mark.parametrize(
    ("variable", "draft", "words"),
    [
        ("REVIEWER_MAX_CHARACTERS", "Hello Ada, the plan is ready.", "has 29 characters; at most 1 can"),
        ("REVIEWER_MAX_PASSAGES", "The plan is ready. The test is done.", "has 2 passages; at most 1 can"),
        ("REVIEWER_MAX_PEOPLE", "The plan is ready.", "has 2 people; at most 1 can"),
    ],
)
def test_what_is_too_large_is_one_sentence_with_its_variable(
    variable: str, draft: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How much there is, how much there may be, and what to set."""
    read_draft(draft.encode(), PEOPLE)
    monkeypatch.setenv(variable, "1")
    with pytest.raises(InputError, match=words) as caught:
        read_draft(draft.encode(), PEOPLE)
    assert variable in str(caught.value)


@pytest.mark.parametrize("value", ["0", "-3", "many", "1e12"])
def test_a_limit_that_is_none_is_refused(value: str) -> None:
    """With the variable's name."""
    with pytest.raises(ConfigError, match="REVIEWER_MAX_CALLS"):
        limits({"REVIEWER_MAX_CALLS": value})


def test_limits_come_from_the_environment() -> None:
    """What is not set keeps its default."""
    found = limits({"REVIEWER_MAX_TOKENS": "9000", "REVIEWER_DEADLINE": "7.5"})
    assert found == Limits()._replace(tokens=9000, seconds=7.5)


def limited(limit: Limits, script: Script = careful) -> tuple[Review, int]:
    """The review by a model within this limit, and how many requests the server saw."""

    async def run(url: str) -> Review:
        model = Model(Endpoint("scripted", url, "key", 5.0, 2))
        try:
            setup = Setup(SET.policy, llm_engine(model, SET), deadline=20.0, limits=limit)
            return await review(MAIL.draft, MAIL.passages, MAIL.situation, setup)
        finally:
            await model.aclose()

    with serving(script) as server:
        return asyncio.run(run(server.url)), len(server.requests)


@pytest.mark.parametrize("calls", [1, 2, 3, 5])
def test_no_more_calls_than_allowed(calls: int) -> None:
    """The rest is done by the local engine, and every passage still has its place."""
    result, seen = limited(Limits(calls=calls))
    assert seen == calls
    assert any(f"{calls} calls are used up (REVIEWER_MAX_CALLS)" in f.reason for f in result.fallbacks)
    assert result.passed
    assert {a.passage_id for a in result.assignments} == {f"s{n}" for n in range(2, 7)}


@pytest.mark.parametrize("calls", [1, 2, 3, 4, 6, 7])
def test_calls_that_are_tried_again_count(calls: int) -> None:
    """A server that refuses everything is asked exactly as often as allowed, by steps side by side and their retries together."""

    def busy(_: Request) -> Reply:
        return error(503)._replace(headers={"retry-after-ms": "1"})

    result, seen = limited(Limits(calls=calls), busy)
    assert seen == calls
    assert sum(u.calls for u in result.usage) == calls
    assert any(f"{calls} calls are used up (REVIEWER_MAX_CALLS)" in f.reason for f in result.fallbacks)
    assert len(result.fallbacks) >= 3
    assert result.passed


def test_a_simpler_way_of_asking_is_one_more_call() -> None:
    """Two refused ways of asking and the third that is answered: three calls of the budget, not five."""

    def text_only(request: Request) -> Reply:
        return error(400, "response_format is not supported") if "response_format" in request.body else careful(request)

    result, seen = limited(Limits(calls=9), text_only)
    assert seen == 9
    assert sum(u.calls for u in result.usage) == 9


def test_no_more_tokens_than_allowed() -> None:
    """What the endpoint counted goes into the account: the split is not asked after two costly answers."""

    def costly(request: Request) -> Reply:
        text = json.loads(careful(request).body)["choices"][0]["message"]["content"]
        return completion(text, usage=(4000, 1000))

    result, seen = limited(Limits(tokens=10_000), costly)
    assert seen == 2
    assert {f.step for f in result.fallbacks} == {"split", "write"}
    assert all("REVIEWER_MAX_TOKENS" in f.reason for f in result.fallbacks)


def test_a_budget_reserves_before_it_knows() -> None:
    """Calls side by side cannot overspend together, and an honest count replaces the estimate only upwards."""
    budget = Budget(Limits(calls=10, tokens=100))
    reserved = budget.take(200)
    assert reserved == 50
    budget.take(200)
    with pytest.raises(ModelUnavailable, match="100 tokens"):
        budget.take(4)
    budget.settle(reserved, 10)
    with pytest.raises(ModelUnavailable, match="100 tokens"):
        budget.take(4)


def test_a_usual_review_is_far_from_every_limit() -> None:
    """The defaults are for what goes wrong."""
    result, seen = limited(Limits())
    spent: tuple[StepUsage, ...] = result.usage
    assert not result.fallbacks
    assert seen < Limits().calls / 10
    assert sum(u.prompt_tokens + u.completion_tokens for u in spent) < Limits().tokens / 10
