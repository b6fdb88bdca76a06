"""An OpenAI-compatible endpoint on loopback whose answers are written by hand: ``python -m evals.relay FOLDER [--port N]``.

Each request becomes a readable file in FOLDER, ``0001-classify.request.md``, with the instructions, the data and the JSON schema of the
answer. Whoever plays the model writes the answer, one JSON object, to ``0001-classify.answer.json`` beside it; only then is the
request answered. An answer that is no JSON or not of the schema is refused in ``0001-classify.problem.txt`` and may be mended.

So any assistant can play the model for a recording. The tokens are estimated at four characters each.
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from reviewer.limits import CHARACTERS_PER_TOKEN
from reviewer.testing import completion, step_of

_POLL = 0.3  # seconds between two looks for an answer


class Relay:
    """The endpoint; `folder` is where requests and answers meet."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Bind to 127.0.0.1; serve once entered as a context."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
                answer = relay.answer(body)
                self.send_response(200 if answer is not None else 503)
                self.send_header("content-type", "application/json")
                raw = answer or b"{}"
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent: a draft must not end in a log."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", port), Handler)

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> "Relay":
        """Start to serve."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; requests without an answer are refused."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, body: Mapping[str, Any]) -> bytes | None:
        """Put the request into the folder and wait for its answer; None where the relay closes first."""
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {"type": "object"})
        stem = self._put(body, schema)
        path, problem = self.folder / f"{stem}.answer.json", self.folder / f"{stem}.problem.txt"
        refused = ""
        while not self._closing.is_set():
            text = path.read_text("utf-8").strip() if path.exists() else ""
            if text and text != refused:
                wrong = fault(text, schema)
                if not wrong:
                    problem.unlink(missing_ok=True)
                    return _reply(body, text)
                # It may be half written: look again before it is called wrong.
                time.sleep(_POLL)
                if path.read_text("utf-8").strip() == text:
                    problem.write_text(wrong + "\n", "utf-8")
                    refused = text
            time.sleep(_POLL)
        return None

    def _put(self, body: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
        with self._lock:
            number = len(list(self.folder.glob("*.request.md"))) + 1
            stem = f"{number:04}-{step_of(body) or 'chat'}"
            system, user = (str(m["content"]) for m in body["messages"])
            text = (
                f"# System\n\n{system}\n\n# User\n\n{user}\n\n# Answer\n\nOne JSON object of this schema, in the file "
                f"{stem}.answer.json:\n\n```json\n{json.dumps(schema, ensure_ascii=False, indent=1)}\n```\n"
            )
            part = self.folder / f"{stem}.part"
            part.write_text(text, "utf-8")
            part.rename(self.folder / f"{stem}.request.md")
        return stem


def fault(text: str, schema: Mapping[str, Any]) -> str:
    """What is wrong with the form of an answer, in one line; empty where nothing is."""
    try:
        value = json.loads(text)
    except ValueError as error:
        return f"not JSON: {error}"
    first = next(
        iter(sorted(Draft202012Validator(schema).iter_errors(value), key=lambda e: list(map(str, e.path)))), None
    )
    return f"{'.'.join(map(str, first.path)) or 'the answer'}: {first.message[:200]}" if first else ""


def _reply(body: Mapping[str, Any], text: str) -> bytes:
    prompt = sum(len(str(m["content"])) for m in body["messages"])
    usage = (prompt // CHARACTERS_PER_TOKEN, len(text) // CHARACTERS_PER_TOKEN)
    reply = json.loads(completion(text, usage=usage).body)
    return json.dumps({**reply, "id": "chatcmpl-relay", "model": body.get("model", "")}, ensure_ascii=False).encode()


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=8092)
    options = parser.parse_args(arguments)
    with Relay(options.folder, options.port) as relay:
        print(f"relay at {relay.url}, requests in {options.folder}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
