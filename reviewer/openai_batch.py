"""The door to the OpenAI Batch API: files that are uploaded, batches that are begun and asked after, results that are fetched.

Error texts never carry what the server says: it may repeat a draft or the key.
"""

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import openai

from reviewer.endpoint import Endpoint
from reviewer.errors import ModelUnavailable, OutputError
from reviewer.wire import REDIRECTED, Client, is_redirect, settings

_UPLOAD_SECONDS = 600.0
_MOST_RESULTS = 4_000_000_000  # bytes; what a file of 50,000 answers never reaches
_MOST_LISTED = 1000
_RUNNING = ("validating", "in_progress", "finalizing", "cancelling")


class Wanted(BaseException):
    """A request has no answer yet. No Exception, because the client would take one for a fault of the network and retry."""


class Broken(BaseException):
    """What is kept cannot be read or written; `error` says why. No Exception for the same reason."""

    def __init__(self, error: Exception) -> None:
        """Keeps the cause."""
        super().__init__()
        self.error = error


class Replay(httpx2.AsyncBaseTransport):
    """Answers a model's requests from what is kept, and sends none."""

    def __init__(self, look: Callable[[bytes], tuple[int, bytes] | None]) -> None:
        """`look` takes the body of a request and gives status and body of its answer; status 0 is no answer in time."""
        self._look = look

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer. Raises Wanted where there is none, and Broken."""
        body = await request.aread()
        try:
            found = self._look(body)
        except Exception as error:
            raise Broken(error) from error
        if found is None:
            raise Wanted
        status, answer = found
        if not status:
            raise httpx2.ReadTimeout("no answer", request=request)
        return httpx2.Response(status, headers={"content-type": "application/json"}, content=answer)


class State(NamedTuple):
    """How far a batch is."""

    status: str
    """Of OpenAI's words; "running" for those that are not the last."""
    results: tuple[str, ...] = ()
    """Ids of the files with its results."""
    done: int = 0
    code: str = ""
    """The word for what is wrong with it as a whole."""


class Trouble(ModelUnavailable):
    """The endpoint cannot be used just now; later it may."""


class Batches:
    """The batches of an endpoint; close it with `close`. Its methods raise ModelUnavailable."""

    def __init__(self, where: Endpoint) -> None:
        """Open nothing yet: the first request connects."""
        self._client = openai.OpenAI(
            api_key=where.api_key,
            base_url=where.base_url,
            timeout=where.timeout,
            max_retries=where.max_retries,
            http_client=Client(**settings(where)),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def upload(self, path: Path) -> str:
        """The id of the file at the endpoint."""
        try:
            with path.open("rb") as file:
                return self._client.files.create(file=(path.name, file), purpose="batch", timeout=_UPLOAD_SECONDS).id
        except OSError as error:
            raise OutputError(f"{path} cannot be read ({error.strerror}).") from error
        except openai.OpenAIError as error:
            raise _failure(error) from None

    def create(self, file_id: str) -> str:
        """The id of a new batch that works on the file. Sent once: who gets Trouble looks by `find` whether it came through."""
        once = self._client.with_options(max_retries=0)
        try:
            return once.batches.create(
                input_file_id=file_id, endpoint="/v1/chat/completions", completion_window="24h"
            ).id
        except openai.OpenAIError as error:
            raise _failure(error) from None

    def find(self, file_id: str) -> str | None:
        """The id of the batch that works on this file, of those begun lately; None too where the endpoint has no list of them."""
        try:
            for number, batch in enumerate(self._client.batches.list(limit=100)):
                if batch.input_file_id == file_id:
                    return batch.id
                if number >= _MOST_LISTED:
                    break
        except (openai.NotFoundError, openai.BadRequestError):
            return None
        except openai.APIStatusError as error:
            if error.status_code in (405, 501):
                return None
            raise _failure(error) from None
        except openai.OpenAIError as error:
            raise _failure(error) from None
        return None

    def state(self, batch_id: str) -> State | None:
        """How far the batch is; None where the endpoint does not know it."""
        try:
            batch: Any = self._client.batches.retrieve(batch_id)
        except openai.NotFoundError:
            return None
        except openai.OpenAIError as error:
            raise _failure(error) from None
        counts, errors = batch.request_counts, getattr(batch.errors, "data", None)
        done = (counts.completed + counts.failed) if counts else 0
        code = next((e.code for e in errors or () if e.code and re.fullmatch(r"\w{1,60}", e.code)), "")
        results = tuple(i for i in (batch.output_file_id, batch.error_file_id) if i)
        return State("running" if batch.status in _RUNNING else str(batch.status), results, done, code)

    def fetch(self, file_id: str, path: Path) -> Path:
        """Write a file of results to this path, which only the user may read."""
        try:
            with (
                os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
                self._client.files.with_streaming_response.content(file_id) as response,
            ):
                size = 0
                for piece in response.iter_bytes():
                    size += len(piece)
                    if size > _MOST_RESULTS:
                        raise ModelUnavailable("the endpoint sends results without end")
                    file.write(piece)
        except OSError as error:
            raise OutputError(f"{path} cannot be written ({error.strerror}); see to it, then --resume.") from error
        except openai.OpenAIError as error:
            raise _failure(error) from None
        except httpx2.HTTPError:
            raise Trouble("the endpoint broke off while it sent results") from None
        return path

    def delete(self, file_id: str) -> None:
        """Delete a file at the endpoint, where that is possible."""
        with suppress(openai.OpenAIError):
            self._client.with_options(max_retries=0).files.delete(file_id)


def _failure(error: openai.OpenAIError) -> ModelUnavailable:
    """What went wrong, without the server's own words; Trouble where it may pass."""
    match error:
        case openai.APITimeoutError():
            return Trouble("the endpoint did not answer in time")
        case openai.APIConnectionError():
            return Trouble("the endpoint cannot be reached")
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return ModelUnavailable("the endpoint does not accept the key (check OPENAI_API_KEY)")
        case openai.NotFoundError():
            return ModelUnavailable(
                "the endpoint has no batches (404); leave out --via, or use `reviewer batch export` and `ingest`"
            )
        case openai.APIStatusError() if is_redirect(error.status_code):
            return ModelUnavailable(REDIRECTED)
        case openai.APIStatusError():
            said = f"the endpoint answered with an error ({error.status_code})"
            passing = error.status_code in (408, 409, 429) or error.status_code >= 500
            return Trouble(said) if passing and error.code != "insufficient_quota" else ModelUnavailable(said)
    return Trouble("the endpoint's answer cannot be read")


def patiently(call: Callable[[], Any], pause: float, patience: float) -> Any:  # noqa: ANN401 - what the call gives
    """Call again and again while there is Trouble, for so many seconds at most; `pause` is the longest between two calls."""
    began, wait = time.monotonic(), min(1.0, pause)
    while True:
        try:
            return call()
        except Trouble:
            if time.monotonic() - began > patience:
                raise
        time.sleep(wait)
        wait = min(2 * wait, pause)
