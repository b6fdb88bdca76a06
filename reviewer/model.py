"""The one door to a model: an OpenAI-compatible chat endpoint, asked for an answer of a given JSON schema.

Servers differ in what they can promise, so the way of asking steps down once and is remembered: strict JSON schema,
then JSON mode with the schema in words, then plain text. What comes back is read tolerantly and validated strictly.
Error texts never carry the draft, the answer or the key.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import openai
from pydantic import BaseModel, ValidationError

from reviewer.endpoint import Endpoint
from reviewer.errors import ModelAnswerError, ModelUnavailable
from reviewer.pace import Pace
from reviewer.redact import INSTRUCTION, Sent, outbound
from reviewer.types import Usage
from reviewer.wire import MAX_ANSWER, REDIRECTED, TOO_LONG, AsyncClient, address, is_redirect, settings

Answer = TypeVar("Answer", bound=BaseModel)
Mode = Literal["schema", "json", "text"]
_NEXT: Mapping[Mode, Mode] = {"schema": "json", "json": "text"}
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 8.0  # seconds before a failed request is sent again, doubled each time


@dataclass
class _Requests:
    """The requests of one question."""

    sent: int = 0
    paid: int = 0
    """Those that the budget was asked for before the client sent them; the client's own retries come on top."""
    about: Sent | None = None
    """What the request is that is sent, or sent again, just now; its `attempt` is that of the next one."""


class _Spent(BaseException):
    """The budget allows no further retry. No Exception, because the client would take one for a fault of the network and retry."""


_requests: ContextVar[_Requests] = ContextVar("requests")


class Model:
    """A chat endpoint. One instance serves one event loop; close it with `aclose`."""

    def __init__(self, where: Endpoint, pace: Pace | None = None, transport: Any = None) -> None:  # noqa: ANN401 - httpx2's
        """Open nothing yet: the first request connects.

        With a pace the requests wait for their turn, and one that the endpoint has no room for is sent again for as long as
        the pace allows, rather than given up. With a `transport` that one answers, once for each request, in place of the network.
        """
        self.where = where
        self._pace = pace
        self._mode: Mode = "schema"
        self._temperature = True
        self._client = openai.AsyncOpenAI(
            api_key=where.api_key,
            base_url=where.base_url,
            timeout=where.timeout,
            max_retries=0 if pace or transport else where.max_retries,
            http_client=AsyncClient(
                event_hooks={"request": [_count]},
                transport=transport,
                limits=openai.DEFAULT_CONNECTION_LIMITS,
                **settings(where),
            ),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ask(
        self,
        system: str,
        user: str,
        answer: type[Answer],
        schema: Mapping[str, Any],
        *,
        name: str,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> tuple[Answer, Usage]:
        """Ask once and return the validated answer with what it cost.

        `schema` is the strict JSON schema of `answer` with its closed lists; `name` names it. Raises ModelUnavailable
        or ModelAnswerError; both carry `usage`.
        """
        leaving = outbound.get()
        vault = leaving.vault if leaving else None
        carried: frozenset[str] = frozenset()
        if vault:
            # In a thread, so that a long mail does not keep the loop, and with it the deadline, waiting.
            user, carried = await asyncio.to_thread(vault.redact, user)
            system = f"{system}\n\n{INSTRUCTION}"
        requests = _Requests()
        token = _requests.set(requests)
        usage = Usage(model=model or self.where.model)
        try:
            while True:
                mode, with_temperature = self._mode, self._temperature
                try:
                    reply = await self._create(mode, system, user, schema, name, usage.model, temperature, max_tokens)
                    break
                except openai.BadRequestError as error:
                    self._step_down(mode, with_temperature, error)
            usage = _usage(usage, reply, requests.sent)
            return _read(reply, answer, lambda found: vault.restore(found, carried) if vault else found), usage
        except openai.OpenAIError as error:
            failure = ModelUnavailable(_sentence(error, usage.model))
            failure.usage = usage.model_copy(update={"calls": requests.sent})
            raise failure from None
        except _Spent as spent:
            used_up = ModelUnavailable(str(spent))
            used_up.usage = usage.model_copy(update={"calls": requests.sent})
            raise used_up from None
        except (ModelAnswerError, ModelUnavailable) as error:
            error.usage = usage.model_copy(update={"calls": requests.sent})
            raise
        except Exception:  # what a server sends can make the client fail in any way; its words may hold the draft
            unread = ModelAnswerError("the endpoint's answer cannot be read")
            unread.usage = usage.model_copy(update={"calls": requests.sent})
            raise unread from None
        finally:
            _requests.reset(token)

    async def _create(
        self,
        mode: Mode,
        system: str,
        user: str,
        schema: Mapping[str, Any],
        name: str,
        model: str,
        temperature: float | None,
        max_tokens: int | None,
    ) -> Any:  # noqa: ANN401 - what a foreign server really sends is not what the library's types promise
        options: dict[str, Any] = {}
        if temperature is not None and self._temperature:
            options["temperature"] = temperature
        if max_tokens is not None:
            options["max_tokens"] = max_tokens
        if mode == "schema":
            options["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": name, "strict": True, "schema": schema},
            }
        else:
            system = f"{system}\n\nAnswer with one JSON object of this schema and nothing else:\n{json.dumps(schema)}"
            if mode == "json":
                options["response_format"] = {"type": "json_object"}
        leaving = outbound.get()
        reserved = 0
        if leaving:
            reserved = leaving.budget.take(len(system) + len(user))
            requests = _requests.get()
            requests.paid += 1
            requests.about = Sent(name, model, system, user, schema)
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        reply = await self._sent(model=model, messages=messages, **options)
        if leaving:
            counted = _field(reply, "usage")
            tokens = _whole(counted, "prompt_tokens") + _whole(counted, "completion_tokens")
            leaving.budget.settle(reserved, tokens)
        return reply

    async def _posted(self, request: Mapping[str, Any]) -> object:
        # Not by `chat.completions.create`: it walks through a request to rename what needs no renaming here, and makes objects of an
        # answer that is read with caution anyway, which took two fifths of the time that a call costs this machine.
        return await self._client.post("/chat/completions", body=request, cast_to=object)

    async def _sent(self, **request: Any) -> Any:  # noqa: ANN401
        """Send a request: at once, or with a pace when its turn comes and until the endpoint takes it."""
        pace = self._pace
        if pace is None:
            return await self._posted(request)
        failures = 0
        while True:
            async with pace.turn() as began:
                try:
                    reply = await self._posted(request)
                except openai.APIError as error:
                    self._again(pace, began, error, failures)
                    failures += not _has_no_room(error)
                else:
                    pace.served()
                    return reply
            if failures:
                await asyncio.sleep(min(_FIRST_WAIT * 2 ** (failures - 1), _LONGEST_WAIT))

    def _again(self, pace: Pace, began: float, error: openai.APIError, failures: int) -> None:
        """Return where a failed request is to be sent again; else raise the error, and say where no other would do better."""
        reason = _sentence(error, self.where.model)
        if _has_no_room(error):
            if pace.refused(began, _asked_wait(error), reason):
                leaving = outbound.get()
                if leaving:
                    leaving.budget.refused()
                return
            raise error
        lasting = isinstance(error, openai.APIStatusError) and error.status_code in (401, 403, 404, 429)
        unreachable = isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError)
        passing = unreachable or isinstance(error, openai.APITimeoutError | openai.InternalServerError)
        if passing and failures < self.where.max_retries:
            return
        if lasting or (unreachable and not pace.served_any):
            pace.give_up(reason)
        raise error

    def _step_down(self, mode: Mode, with_temperature: bool, error: openai.BadRequestError) -> None:
        """Ask more simply from now on, where the server refused the way of asking; else let the error stand.

        Several calls run side by side: each is judged by how it was asked, and only the first of them steps down.
        """
        text = str(error).lower()
        if "temperature" in text and with_temperature:
            self._temperature = False
            return
        asked_too_much = any(w in text for w in ("response_format", "json_schema", "schema", "json_object", "grammar"))
        if mode in _NEXT and asked_too_much and "context" not in text:
            if self._mode == mode:
                self._mode = _NEXT[mode]
            return
        raise error


def _has_no_room(error: openai.APIError) -> bool:
    """Whether the endpoint would take the request later: 429, but for a quota that is used up, and 503."""
    status = isinstance(error, openai.APIStatusError) and error.status_code
    return status == 503 or (status == 429 and error.code != "insufficient_quota")


def _asked_wait(error: openai.APIError) -> float | None:
    """The seconds that Retry-After asks for; None where it does not, or gives a date."""
    headers = error.response.headers if isinstance(error, openai.APIStatusError) else {}
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


async def _count(request: Any) -> None:  # noqa: ANN401 - httpx2's
    """Whatever leaves passes here: a request, and each time that the client sends it again by itself."""
    requests, leaving = _requests.get(None), outbound.get()
    if requests is None:
        return
    if leaving and requests.sent >= requests.paid:
        try:
            leaving.budget.again()
        except ModelUnavailable as error:
            raise _Spent(str(error)) from None
        requests.paid += 1
    requests.sent += 1
    if leaving and requests.about:
        about = requests.about._replace(address=address(request))
        leaving.sent(about)
        requests.about = about._replace(attempt=about.attempt + 1)


def _field(source: object, name: str) -> Any:  # noqa: ANN401 - JSON of a foreign server
    return source.get(name) if isinstance(source, Mapping) else None


def _usage(usage: Usage, reply: object, calls: int) -> Usage:
    counted = _field(reply, "usage")
    details = _field(counted, "prompt_tokens_details")
    return usage.model_copy(
        update={
            "calls": calls,
            "prompt_tokens": _whole(counted, "prompt_tokens"),
            "completion_tokens": _whole(counted, "completion_tokens"),
            "cached_tokens": _whole(details, "cached_tokens"),
        }
    )


def _whole(source: object, name: str) -> int:
    value = _field(source, name)
    return value if isinstance(value, int) and value > 0 else 0


def _read(reply: object, answer: type[Answer], restored: Callable[[Any], Any]) -> Answer:
    choices = _field(reply, "choices")
    if not choices:
        raise ModelAnswerError("the model's answer is empty")
    message = _field(choices[0], "message")
    if _field(message, "refusal"):
        raise ModelAnswerError("the model refused to answer")
    reason = _field(choices[0], "finish_reason")
    if reason == "content_filter":
        raise ModelAnswerError("the endpoint's content filter stopped the answer")
    if reason == "length":
        raise ModelAnswerError("the model's answer was cut off")
    content = _field(message, "content")
    if not isinstance(content, str) or not content.strip():
        raise ModelAnswerError("the model's answer is empty")
    if len(content) > MAX_ANSWER:
        raise ModelAnswerError(TOO_LONG)
    try:
        return answer.model_validate(restored(json_in(content)))
    except ValidationError:
        # The error's own text would quote the answer, and so the draft.
        raise ModelAnswerError("the model's answer has the wrong shape") from None


def json_in(text: str) -> Any:  # noqa: ANN401
    """The JSON object in a model's text: bare, in a code fence, or with words around it.

    Raises ModelAnswerError where there is none. Nothing is mended: half an answer is no answer.
    """
    decoder = json.JSONDecoder()
    for match in re.finditer(r"\{", text):
        try:
            return decoder.raw_decode(text, match.start())[0]
        except ValueError:
            if match.start() > 2000:
                break
        except RecursionError:
            break
    raise ModelAnswerError("the model's answer is not JSON")


def _sentence(error: openai.OpenAIError, model: str) -> str:
    """What went wrong, without the server's own words: they may repeat the draft or the key."""
    match error:
        case openai.APITimeoutError():
            return "the model did not answer in time"
        case openai.APIConnectionError():
            return "the model's endpoint cannot be reached"
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return "the endpoint does not accept the key (check OPENAI_API_KEY)"
        case openai.NotFoundError():
            return f"the endpoint does not know the model {model!r} (check REVIEWER_MODEL and OPENAI_BASE_URL)"
        case openai.RateLimitError():
            return "the endpoint takes no more requests for now (429)"
        case openai.APIStatusError() if is_redirect(error.status_code):
            return REDIRECTED
        case openai.APIStatusError():
            return f"the endpoint answered with an error ({error.status_code})"
    return "the endpoint's answer cannot be read"
