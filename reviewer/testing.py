"""Doubles for the outside world: an engine with scripted answers, and an OpenAI-compatible server on loopback.

The server is real HTTP, so that timeouts, retries and half answers are the client's own. It answers from a script, a
function from request to reply; `faulty` wraps any script in what goes wrong on the way.
"""

import asyncio
import json
import re
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from xml.sax.saxutils import unescape

from reviewer.errors import ModelAnswerError
from reviewer.types import Engine, Step


class Request(NamedTuple):
    """What the server was asked."""

    step: str
    """classify, flag, split or write, read off the data's tag; empty where it has none."""
    call: int
    """How many requests of this step came before, from 0."""
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def user(self) -> str:
        """The data that the model would read."""
        return str(self.body["messages"][-1]["content"])

    @property
    def system(self) -> str:
        """The instructions."""
        return str(self.body["messages"][0]["content"])


class Reply(NamedTuple):
    """What the server sends back: a status, headers, and raw bytes."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    cut: int | None = None
    """End the connection after so many bytes of the body."""
    delay: float = 0.0
    """Seconds before the first byte."""
    drip: float = 0.0
    """Seconds between two bytes of the body."""
    endless: bool = False
    """Send the body again and again, and never an end."""
    reset: bool = False
    """Reset the connection instead of ending it, where the body is cut."""


Script = Callable[[Request], Reply]


def step_of(body: Mapping[str, Any]) -> str:
    """Which step a chat request belongs to, read off the tag around its data; empty where it has none."""
    match = re.search(r'<(?:mail|message) step="([\w-]+)"', str(body.get("messages", "")).replace('\\"', '"'))
    return match.group(1) if match else ""


def completion(
    content: str | None, *, finish_reason: str = "stop", refusal: str | None = None, usage: tuple[int, int] = (100, 20)
) -> Reply:
    """A well-formed chat completion with this content."""
    body = {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": 0,
        "model": "scripted",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": content, "refusal": refusal},
            }
        ],
        "usage": {
            "prompt_tokens": usage[0],
            "completion_tokens": usage[1],
            "total_tokens": sum(usage),
            "prompt_tokens_details": {"cached_tokens": 0},
        },
    }
    return Reply(body=json.dumps(body).encode(), headers={"content-type": "application/json"})


def error(status: int, message: str = "scripted error", **headers: str) -> Reply:
    """An error as the API words it; header names take underscores for hyphens."""
    body = json.dumps({"error": {"message": message, "type": "scripted", "code": None}}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, body, {"content-type": "application/json", **named})


def _pieces(reply: Reply) -> list[bytes]:
    body = reply.body if reply.cut is None else reply.body[: reply.cut]
    return [body[i : i + 1] for i in range(len(body))] if reply.drip else [body]


class FakeServer:
    """An OpenAI-compatible endpoint on 127.0.0.1; `requests` holds everything it was asked."""

    def __init__(
        self, script: Script, address: tuple[str, int] = ("127.0.0.1", 0), tls: ssl.SSLContext | None = None
    ) -> None:
        """Bind to the address (port 0: a free one); serve once entered as a context, with `tls` behind a handshake."""
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                raw = self.rfile.read(length)
                if not raw:
                    # The client went away before it had asked anything.
                    self.close_connection = True
                    return
                body = json.loads(raw)
                request = server._record(body, dict(self.headers))
                try:
                    self._send(script(request))
                except OSError:
                    # The client gave up waiting: that is what the test is about.
                    self.close_connection = True

            def _send(self, reply: Reply) -> None:
                if reply.delay:
                    time.sleep(reply.delay)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.endless:
                    self.send_header("connection", "close")
                else:
                    self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                while reply.endless:
                    self.wfile.write(reply.body)
                    time.sleep(0.01)
                for piece in _pieces(reply):
                    self.wfile.write(piece)
                    time.sleep(reply.drip)
                if reply.cut is not None:
                    self.close_connection = True
                if reply.reset:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent: a draft must not end in a log."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's
                """A client that hangs up or trusts no certificate is what many of the faults are about; anything else is told."""
                if not isinstance(sys.exception(), ConnectionError | ssl.SSLError):
                    super().handle_error(request, client_address)

        self._server = Server(address, Handler)
        if tls:
            # The handshake is done where the request is read, so that one that hangs keeps nobody else waiting.
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    def _record(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Request:
        step = step_of(body)
        with self._lock:
            call = sum(r.step == step for r in self.requests)
            request = Request(step, call, body, headers)
            self.requests.append(request)
        return request

    @property
    def url(self) -> str:
        """The base URL for the client."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> "FakeServer":
        """Start to serve."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and free the port."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving(script: Script) -> Iterator[FakeServer]:
    """A running fake server."""
    with FakeServer(script) as server:
        yield server


def passages_in(request: Request) -> list[tuple[str, str]]:
    """(id, text) of the passages that a request carries; the text is still escaped."""
    found = re.findall(r"<passage ([^>]*)>(.*?)</passage>", request.user, re.DOTALL)
    return [(m.group(1), text) for attributes, text in found if (m := re.search(r'\bid="(\w+)"', attributes))]


def people_in(request: Request) -> list[str]:
    """Ids of the people that a request carries."""
    return re.findall(r'<person id="(p\d+)"', request.user)


def honest(request: Request) -> Reply:
    """A model that does its work plainly: everything is a settled decision for the group, and is repeated as it is."""
    passages = passages_in(request)
    people = people_in(request)
    match request.step:
        case "classify":
            answer: object = {
                "passages": [
                    {
                        "id": i,
                        "topics": ["decision"],
                        "act": "inform",
                        "stage": "settled",
                        "addressed_to": [],
                        "reason": "-",
                    }
                    for i, _ in passages
                ]
            }
        case "flag":
            answer = {"flags": []}
        case "split":
            answer = {
                "assignments": [
                    {
                        "id": i,
                        "group": True,
                        "people": [],
                        "owner": people[0] if people else "nobody",
                        "reason": "-",
                        "suggestion": "",
                    }
                    for i, _ in passages
                ]
            }
        case _:
            answer = {"subject": "", "body": " ".join(unescape(text) for _, text in passages)}
    return completion(json.dumps(answer))


def faulty(fault: Callable[[Request], Reply | None], script: Script = honest) -> Script:
    """A script that answers with the fault wherever the fault gives one, and as `script` does elsewhere."""

    def answer(request: Request) -> Reply:
        return fault(request) or script(request)

    return answer


def failing_engine(engine: Engine, *steps: Step) -> Engine:
    """The engine as a model engine whose given steps fail, for testing what the chain does about it."""

    async def fail(*_: object) -> Any:  # noqa: ANN401 - it never returns
        await asyncio.sleep(0)
        raise ModelAnswerError("scripted failure")

    replaced: dict[str, Any] = {str(step): fail for step in steps}
    return engine._replace(name="llm", **replaced)
