"""A simulated endpoint of a model: ``python -m evals.simulated [--port N] [--first SECONDS] [--rate TOKENS] [--slots N]``.

It answers over real HTTP with what was recorded for the same request, or, where nothing was, as a plain model would. An answer
comes after the time to its first token plus its tokens at the given rate, which is how long a model takes that writes one token after
another; `--slots` is how many answers it writes at once, more wait.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import uvicorn
import yaml
from yaml import CSafeLoader

from evals.record import RECORDINGS, digest
from reviewer.limits import CHARACTERS_PER_TOKEN
from reviewer.testing import Request, completion, honest, step_of

Message = MutableMapping[str, Any]


class Pace(NamedTuple):
    """How fast the simulated model is."""

    first: float = 0.0
    """Seconds to the first token."""
    rate: float = 0.0
    """Tokens a second; 0 is at once."""

    def seconds(self, tokens: int) -> float:
        """How long an answer of so many tokens takes."""
        return self.first + (tokens / self.rate if self.rate else 0.0)


@lru_cache(maxsize=1)
def recorded_answers() -> dict[str, str]:
    """The content of every recorded answer of the source `relay`, by the SHA-256 of its request."""
    answers: dict[str, str] = {}
    for path in sorted((RECORDINGS / "relay").glob("*/*.yaml")):
        for interaction in yaml.load(path.read_text("utf-8"), Loader=CSafeLoader)["interactions"]:
            reply = json.loads(interaction["response"]["body"]["string"])
            answers[digest(interaction["request"]["body"])] = reply["choices"][0]["message"]["content"]
    return answers


def tokens_of(text: str) -> int:
    """Estimated tokens of a text, at four characters each."""
    return len(text) // CHARACTERS_PER_TOKEN


def _answer(raw: bytes) -> tuple[bytes, int]:
    """The reply to a request, and the tokens that are written for it."""
    body = json.loads(raw)
    content = recorded_answers().get(digest(raw))
    if content is None:
        plain = json.loads(honest(Request(step_of(body), 0, body, {})).body)
        content = plain["choices"][0]["message"]["content"]
    read, written = sum(tokens_of(m["content"]) for m in body["messages"]), tokens_of(content)
    return completion(content, usage=(read, written)).body, written


def application(pace: Pace, slots: int = 0) -> Callable[..., Awaitable[None]]:
    """The endpoint as an ASGI application."""
    gate = asyncio.Semaphore(slots or 1_000_000)

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[..., Awaitable[None]]
    ) -> None:
        if scope["type"] != "http":
            return
        raw, more = b"", True
        while more:
            part = await receive()
            raw, more = raw + part.get("body", b""), part.get("more_body", False)
        reply, tokens = _answer(raw) if raw else (b"{}", 0)
        if tokens:
            async with gate:
                await asyncio.sleep(pace.seconds(tokens))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(reply)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": reply})

    return app


@contextmanager
def simulated(pace: Pace, port: int, slots: int = 0) -> Iterator[str]:
    """The base URL of a simulated endpoint in a process of its own."""
    options = ["--port", port, "--first", pace.first, "--rate", pace.rate, "--slots", slots]
    command = [sys.executable, "-m", "evals.simulated", *map(str, options)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - a command of our own
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=8093)
    parser.add_argument("--first", type=float, default=0.3)
    parser.add_argument("--rate", type=float, default=80.0)
    parser.add_argument("--slots", type=int, default=0)
    options = parser.parse_args()
    recorded_answers()
    pace = Pace(options.first, options.rate)
    uvicorn.run(
        application(pace, options.slots), host="127.0.0.1", port=options.port, log_level="critical", access_log=False
    )


if __name__ == "__main__":
    main()
