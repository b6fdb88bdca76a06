"""A fake of the files and batches of an OpenAI-compatible endpoint, over real HTTP on 127.0.0.1."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from reviewer.testing import Request, Script, completion, honest, passages_in, people_in, step_of

Line = dict[str, Any]


def executed(line: Mapping[str, Any], script: Script = honest) -> Line:
    """The line of results for a line of requests, as the endpoint writes it."""
    body = line["body"]
    reply = script(Request(step_of(body), 0, body, {}))
    response = {"status_code": reply.status, "request_id": "r", "body": json.loads(reply.body)}
    return {
        "id": f"batch_req_{line['custom_id'][:8]}",
        "custom_id": line["custom_id"],
        "response": response,
        "error": None,
    }


def expired(line: Mapping[str, Any]) -> Line:
    """The line of a request that nobody came to."""
    error = {
        "code": "batch_expired",
        "message": "This request could not be executed before the completion window expired.",
    }
    return {"id": "batch_req_x", "custom_id": line["custom_id"], "response": None, "error": error}


@dataclass
class Endpoint:
    """What the server has and how it behaves; a test changes it as it likes."""

    url: str = ""
    script: Script = honest
    polls: int = 1
    """How often a batch is asked after before it has ended."""
    most_requests: int = 50_000
    most_bytes: int = 200_000_000
    status: Callable[[int], tuple[str, str]] = lambda number: ("completed", "")
    """How the batch of this number (from 0) ends, and with which code."""
    left_out: Callable[[Line], bool] = lambda line: False
    """Requests that an expired batch did not come to."""
    output: Callable[[list[bytes]], list[bytes]] = lambda lines: lines
    """What becomes of a file of results."""
    fault: Callable[[str, str], tuple[int, str] | None] = lambda method, path: None
    """Status and message instead of an answer."""
    key: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    uploads: list[list[Line]] = field(default_factory=list)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    held: Callable[[int], bool] = lambda number: False
    """Batches that do not end."""

    @property
    def asked(self) -> list[str]:
        """The ids of all requests of all batches that were begun."""
        return [line["custom_id"] for batch in self.batches.values() for line in batch["lines"]]

    # --- what it does

    def answer(self, method: str, path: str, headers: Any, raw: bytes) -> tuple[int, bytes]:
        """One request."""
        self.calls.append((method, path))
        if self.key and headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "Incorrect API key provided")
        wrong = self.fault(method, path)
        if wrong:
            return _error(*wrong)
        match method, path.split("?")[0].removeprefix("/v1/").split("/"):
            case "POST", ["files"]:
                return self._upload(headers, raw)
            case "GET", ["files", name, "content"] if name in self.files:
                return 200, self.files[name]
            case "DELETE", ["files", name] if name in self.files:
                self.deleted.append(name)
                del self.files[name]
                return _json({"id": name, "object": "file", "deleted": True})
            case "POST", ["batches"]:
                return self._create(json.loads(raw))
            case "GET", ["batches"]:
                found = [_public(b) for b in reversed(self.batches.values())]
                return _json({"object": "list", "data": found, "has_more": False})
            case "GET", ["batches", name] if name in self.batches:
                return self._asked_after(self.batches[name])
        return _error(404, "nothing here")

    def _upload(self, headers: Any, raw: bytes) -> tuple[int, bytes]:
        whole = BytesParser().parsebytes(b"content-type: " + headers["content-type"].encode() + b"\r\n\r\n" + raw)
        parts = {
            p.get_param("name", header="content-disposition"): p.get_payload(decode=True) for p in whole.get_payload()
        }
        if parts["purpose"] != b"batch" or len(parts["file"]) > self.most_bytes:
            return _error(400, "too large")
        name = f"file-{len(self.uploads)}"
        self.files[name] = parts["file"]
        self.uploads.append([json.loads(line) for line in parts["file"].splitlines()])
        assert len(self.uploads[-1]) <= self.most_requests
        about = {"bytes": 1, "created_at": 0, "filename": "x", "purpose": "batch", "status": "processed"}
        return _json({"id": name, "object": "file", **about})

    def _create(self, wanted: Mapping[str, Any]) -> tuple[int, bytes]:
        assert (wanted["endpoint"], wanted["completion_window"]) == ("/v1/chat/completions", "24h")
        number = len(self.batches)
        lines = [json.loads(line) for line in self.files[wanted["input_file_id"]].splitlines()]
        for line in lines:
            assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
        assert len({line["custom_id"] for line in lines}) == len(lines)
        batch = {
            "id": f"batch_{number}",
            "number": number,
            "lines": lines,
            "polls": self.polls,
            "object": "batch",
            "created_at": 0,
        }
        batch |= {"endpoint": wanted["endpoint"], "completion_window": "24h", "input_file_id": wanted["input_file_id"]}
        batch |= {"status": "validating"}
        self.batches[batch["id"]] = batch
        return _json(_public(batch))

    def _asked_after(self, batch: dict[str, Any]) -> tuple[int, bytes]:
        if batch["status"] in ("validating", "in_progress"):
            batch["polls"] -= 1
            batch["status"] = "in_progress"
            if batch["polls"] <= 0 and not self.held(batch["number"]):
                self._end(batch)
        return _json(_public(batch))

    def _end(self, batch: dict[str, Any]) -> None:
        status, code = self.status(batch["number"])
        batch["status"] = status
        if status == "failed":
            data = [{"code": code, "message": str(batch["lines"][0]), "line": 1, "param": None}]
            batch["errors"] = {"object": "list", "data": data}
            return
        late = [line for line in batch["lines"] if status == "expired" and self.left_out(line)]
        done = [executed(line, self.script) for line in batch["lines"] if line not in late]
        good = [line for line in done if line["response"]["status_code"] == 200]
        bad = [line for line in done if line not in good] + [expired(line) for line in late]
        for what, lines in (("output", good), ("error", bad)):
            if lines:
                name = f"{what}-{batch['number']}"
                self.files[name] = b"".join(self.output([json.dumps(line).encode() + b"\n" for line in lines]))
                batch[f"{what}_file_id"] = name


def _public(batch: Mapping[str, Any]) -> dict[str, Any]:
    count = len(batch["lines"])
    counts = {"total": count, "completed": 0 if batch["status"] == "validating" else count, "failed": 0}
    return {k: v for k, v in batch.items() if k not in ("lines", "polls", "number")} | {"request_counts": counts}


def _json(value: object) -> tuple[int, bytes]:
    return 200, json.dumps(value).encode()


def _error(status: int, message: str) -> tuple[int, bytes]:
    return status, json.dumps({"error": {"message": message, "type": "x", "code": None}}).encode()


@contextmanager
def batches(**how: Any) -> Iterator[Endpoint]:
    """A running endpoint."""
    endpoint, lock = Endpoint(**how), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            raw = self._body()
            with lock:
                status, body = endpoint.answer(self.command, self.path, self.headers, raw)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding") == "chunked":
                found = b""
                while size := int(self.rfile.readline(), 16):
                    found += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return found
            return self.rfile.read(int(self.headers.get("content-length", 0)))

        do_GET = do_POST = do_DELETE = _do

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent: a draft must not end in a log."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()


def dividing(request: Request) -> Any:
    """The last passage is for the last person alone, and would hurt the first, so that there are messages to write."""
    passages, people = passages_in(request), people_in(request)
    if request.step == "flag":
        last = passages[-2:-1] or passages
        flags = [
            {"id": i, "quote": text, "sensitivity": "personal_concern", "hurts": people[:1], "reason": "-"}
            for i, text in last
        ]
        return completion(json.dumps({"flags": flags}))
    if request.step == "split":
        rows = [
            {"id": i, "group": number > 0, "people": people[-1:] * (number == 0), "owner": people[-1], "reason": "-"}
            for number, (i, _) in enumerate(reversed(passages))
        ]
        return completion(json.dumps({"assignments": [row | {"suggestion": ""} for row in rows]}))
    return None
