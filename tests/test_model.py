"""The door to a model: strict answers, simpler ways of asking, and errors that tell no secrets."""

import asyncio
import json
import tracemalloc
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest

from evals.faults import FAULTS as BY_NAME
from reviewer.endpoint import Endpoint, endpoint
from reviewer.errors import ConfigError, ModelAnswerError, ModelError, ModelUnavailable
from reviewer.limits import Budget, Limits
from reviewer.model import Model, json_in
from reviewer.openai_batch import Batches
from reviewer.redact import Outbound, Sent, outbound
from reviewer.testing import Reply, Request, Script, completion, error, serving
from reviewer.types import Usage, Value


class Colour(Value):
    """What the tests ask for."""

    name: str


SCHEMA: Mapping[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}}
SECRET = "sk-very-secret-123"
DRAFT = "the confidential draft"


def ask(script: Script, timeout: float = 5.0, retries: int = 0, times: int = 1) -> tuple[Colour, Usage, list[Request]]:
    """Ask a fake server for a colour and return the last answer with every request it saw."""

    with serving(script) as server:
        answer, usage = asyncio.run(asked(server.url, timeout, retries, times))
        return answer, usage, server.requests


async def asked(url: str, timeout: float = 5.0, retries: int = 0, times: int = 1) -> tuple[Colour, Usage]:
    """The last answer of this endpoint."""
    model = Model(Endpoint("scripted", url, SECRET, timeout, retries))
    try:
        for _ in range(times):
            result = await model.ask("You name a colour.", DRAFT, Colour, SCHEMA, name="colour", temperature=0.5)
        return result
    finally:
        await model.aclose()


def test_an_address_is_told_without_the_password_in_it() -> None:
    """What is told of a request names the endpoint, and no access data that its address may hold."""
    told: list[Sent] = []
    token = outbound.set(Outbound(None, told.append, Budget(Limits())))
    try:
        with serving(lambda _: completion('{"name": "red"}')) as server:
            asyncio.run(asked(server.url.replace("//", "//somebody:hunter2@")))
    finally:
        outbound.reset(token)
    assert [t.address for t in told] == [f"{server.url}/chat/completions"]


def test_a_strict_schema_is_asked_for_first() -> None:
    """The first request carries the schema, the instructions before the data, and the usage comes back."""
    answer, usage, requests = ask(lambda _: completion('{"name": "red"}', usage=(12, 3)))
    assert answer == Colour(name="red")
    assert (usage.calls, usage.prompt_tokens, usage.completion_tokens, usage.model) == (1, 12, 3, "scripted")
    body = requests[0].body
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["temperature"] == 0.5
    assert [m["role"] for m in body["messages"]] == ["system", "user"]


@pytest.mark.parametrize("accepted", ["json_object", None])
def test_a_server_without_schemas_is_asked_more_simply_and_it_is_remembered(accepted: str | None) -> None:
    """JSON mode comes next, then plain text; the second question goes straight to what worked."""

    def script(request: Request) -> Reply:
        asked = request.body.get("response_format", {}).get("type")
        return completion('{"name": "red"}') if asked == accepted else error(400, f"response_format {asked} unknown")

    answer, _, requests = ask(script, times=2)
    assert answer.name == "red"
    asked = [r.body.get("response_format", {}).get("type") for r in requests]
    refused = ["json_schema"] if accepted else ["json_schema", "json_object"]
    assert asked == [*refused, accepted, accepted]
    assert json.dumps(SCHEMA) in requests[-1].system


def test_two_requests_side_by_side_are_both_asked_without_temperature() -> None:
    """The second refusal comes when the first has been drawn the conclusion from already."""

    def script(request: Request) -> Reply:
        if "temperature" in request.body:
            return error(400, "temperature is not supported")._replace(delay=0.2)
        return completion('{"name": "red"}')

    async def run(url: str) -> list[tuple[Colour, Usage]]:
        model = Model(Endpoint("scripted", url, "k", 5.0, 0))
        try:
            asked = [model.ask("-", DRAFT, Colour, SCHEMA, name="colour", temperature=0.5) for _ in range(3)]
            return await asyncio.gather(*asked)
        finally:
            await model.aclose()

    with serving(script) as server:
        answers = asyncio.run(run(server.url))
    assert [answer.name for answer, _ in answers] == ["red"] * 3
    assert len(server.requests) == 6


def test_a_model_that_takes_no_temperature_is_asked_without() -> None:
    """Reasoning models refuse the setting; the answer comes all the same."""

    def script(request: Request) -> Reply:
        return (
            error(400, "temperature is not supported") if "temperature" in request.body else completion('{"name": "x"}')
        )

    assert ask(script)[0].name == "x"


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "red"}',
        '```json\n{"name": "red"}\n```',
        'Sure! Here it is: {"name": "red"} I hope this helps.',
        'A set {of words} first: {"name": "red"}',
    ],
)
def test_json_is_found_among_words(text: str) -> None:
    """A code fence and words around the object do no harm."""
    assert json_in(text) == {"name": "red"}


@pytest.mark.parametrize("text", ["", "red", '{"name": "re', "[1, 2]", "{" * 5000])
def test_half_an_answer_is_no_answer(text: str) -> None:
    """Nothing is mended."""
    with pytest.raises(ModelAnswerError):
        json_in(text)


FAULTS: list[tuple[str, Script, type[ModelError], str]] = [
    ("empty", lambda _: completion(""), ModelAnswerError, "empty"),
    ("no content", lambda _: completion(None), ModelAnswerError, "empty"),
    ("refusal", lambda _: completion(None, refusal="no"), ModelAnswerError, "refused"),
    ("cut off", lambda _: completion('{"name"', finish_reason="length"), ModelAnswerError, "cut off"),
    ("filtered", lambda _: completion("", finish_reason="content_filter"), ModelAnswerError, "content filter"),
    ("not JSON", lambda _: completion("red"), ModelAnswerError, "not JSON"),
    ("wrong shape", lambda _: completion('{"colour": 3}'), ModelAnswerError, "wrong shape"),
    ("far too long", lambda _: completion('{"name": "' + "x" * 500_000 + '"}'), ModelAnswerError, "too long"),
    ("wrong key", lambda _: error(401, f"bad key {SECRET}"), ModelUnavailable, "does not accept the key"),
    ("forbidden", lambda _: error(403, "no"), ModelUnavailable, "does not accept the key"),
    ("unknown model", lambda _: error(404, "no such model"), ModelUnavailable, "does not know the model"),
    ("too many", lambda _: error(429, f"slow down {DRAFT}"), ModelUnavailable, "429"),
    ("server error", lambda _: error(500, DRAFT), ModelUnavailable, "(500)"),
    ("bad request", lambda _: error(400, f"context too long: {DRAFT}"), ModelUnavailable, "(400)"),
    ("redirect", lambda _: Reply(307, headers={"location": "http://127.0.0.1:9/"}), ModelUnavailable, "not followed"),
    ("slow", lambda _: completion('{"name": "x"}')._replace(delay=2.0), ModelUnavailable, "in time"),
    ("cut in the middle", lambda _: completion('{"name": "x"}')._replace(cut=40), ModelUnavailable, ""),
    ("not HTTP's JSON", lambda _: Reply(200, b"<html>", {"content-type": "text/html"}), ModelError, ""),
    (
        "no choices",
        lambda _: Reply(200, b'{"choices": []}', {"content-type": "application/json"}),
        ModelAnswerError,
        "empty",
    ),
    ("null", lambda _: Reply(200, b"null", {"content-type": "application/json"}), ModelError, ""),
]


@pytest.mark.parametrize(("script", "kind", "words"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_every_fault_is_one_clear_sentence_without_secrets(script: Script, kind: type[ModelError], words: str) -> None:
    """Whatever the server does, the error says what happened and repeats neither the key nor the draft."""
    with pytest.raises(kind) as caught:
        ask(script, timeout=0.5)
    text = str(caught.value)
    assert words in text
    assert text
    assert SECRET not in text
    assert DRAFT not in text
    assert "\n" not in text


@pytest.mark.parametrize("fault", ["gzip bomb", "fast endless body"])
def test_an_answer_is_read_no_further_than_it_may_be_long(fault: str) -> None:
    """Whether it arrives unpacked or packed, little of it is ever in memory."""
    BY_NAME[fault](Request("", 0, {}, {}))  # made once, and kept
    tracemalloc.start()
    try:
        with pytest.raises(ModelAnswerError, match="far too long"):
            ask(BY_NAME[fault])
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


def begin_a_batch(url: str) -> None:
    """Ask this endpoint for a batch of the Batch API."""
    with closing(Batches(Endpoint("scripted", url, SECRET, 5.0, 0))) as batches:
        batches.create("file-1")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    """What was written for one address reaches no other, the draft as little as a file of a batch."""
    with serving(lambda _: completion('{"name": "red"}')) as other:
        elsewhere = Reply(status, headers={"location": f"{other.url}/chat/completions"})
        with pytest.raises(ModelUnavailable, match="not followed"):
            ask(lambda _: elsewhere)
        with serving(lambda _: elsewhere) as server, pytest.raises(ModelUnavailable, match="not followed"):
            begin_a_batch(server.url)
        assert other.requests == []


def test_no_proxy_is_asked_about_an_endpoint_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says; about one elsewhere it is."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(lambda _: completion('{"name": "red"}')) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert len(ask(lambda _: completion('{"name": "red"}'))[2]) == 1
        with serving(lambda _: error(500)) as server, pytest.raises(ModelUnavailable):
            begin_a_batch(server.url)
        assert (len(server.requests), proxy.requests) == (1, [])
        asyncio.run(asked("http://model.invalid/v1"))
        assert len(proxy.requests) == 1


def test_an_unreachable_endpoint_is_said() -> None:
    """A refused connection is a sentence, not a stack."""

    async def run() -> None:
        model = Model(Endpoint("m", "http://127.0.0.1:9/v1", "k", 1.0, 0))
        try:
            await model.ask("s", "u", Colour, SCHEMA, name="colour")
        finally:
            await model.aclose()

    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        asyncio.run(run())


def test_a_busy_server_is_asked_again_after_the_time_it_names() -> None:
    """A 429 with Retry-After is followed by a second request, and both are counted."""

    def script(request: Request) -> Reply:
        busy = error(429, "busy", retry_after="0.05")
        return busy if request.call == 0 else completion('{"name": "red"}')

    answer, usage, requests = ask(script, retries=2)
    assert answer.name == "red"
    assert usage.calls == len(requests) == 2


def test_what_a_failed_question_cost_is_kept() -> None:
    """The error carries the calls and tokens spent."""
    with pytest.raises(ModelAnswerError) as caught:
        ask(lambda _: completion("no", usage=(50, 7)))
    assert isinstance(caught.value.usage, Usage)
    assert (caught.value.usage.prompt_tokens, caught.value.usage.calls) == (50, 1)


def test_the_environment_configures_the_endpoint() -> None:
    """A key or an address is enough; without either there is no endpoint."""
    assert endpoint({}) is None
    assert endpoint({"OPENAI_API_KEY": " "}) is None
    both = endpoint({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "REVIEWER_MODEL": "m"})
    assert both == Endpoint("m", "http://127.0.0.1:1/v1", "k", 60.0, 2)
    assert endpoint({"OPENAI_API_KEY": "k", "REVIEWER_TIMEOUT": "5", "REVIEWER_RETRIES": "0"}) is not None


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"OPENAI_BASE_URL": "localhost:8091"}, "OPENAI_BASE_URL is no web address"),
        ({"OPENAI_BASE_URL": "http://[bad"}, "OPENAI_BASE_URL is no web address"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:99999/v1"}, "OPENAI_BASE_URL is no web address"),
        ({"OPENAI_API_KEY": "k\nx"}, "OPENAI_API_KEY holds a line break"),
        ({"OPENAI_API_KEY": "sk-é"}, "OPENAI_API_KEY holds letters"),  # pragma: allowlist secret
        ({"OPENAI_API_KEY": "k", "REVIEWER_TIMEOUT": "soon"}, "REVIEWER_TIMEOUT must be a number"),
        ({"OPENAI_API_KEY": "k", "REVIEWER_RETRIES": "-1"}, "REVIEWER_RETRIES must lie between"),
    ],
)
def test_a_wrong_setting_is_named(env: dict[str, str], words: str) -> None:
    """Each wrong variable is named, and the key itself never shown."""
    with pytest.raises(ConfigError) as caught:
        endpoint(env)
    assert words in str(caught.value)
