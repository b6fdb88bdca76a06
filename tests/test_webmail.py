"""Drafts in Gmail and Microsoft 365, against a server on loopback that answers in their documented shapes."""

import base64
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from reviewer.errors import ConfigError, InputError, OutputError, ReviewerError
from reviewer.webmail import GMAIL, GRAPH, Made, Service, gmail_drafts, graph_drafts, token

MAIL = b"In-Reply-To: <b+1@client.example>\r\nSubject: =?utf-8?q?P=C3=A9rim=C3=A8tre?=\r\n\r\nVoil\xc3\xa0 ? >> 42 k\xe2\x82\xac"
FRESH = b"Subject: Suite\r\n\r\nBonjour"
SECRET = "ya29.a0-geheim"  # pragma: allowlist secret
GMAIL_DRAFT: dict[str, Any] = {
    "id": "r-6021847155263087532",
    "message": {"id": "m-18f0", "threadId": "t-18f0", "labelIds": ["DRAFT"]},
}
GMAIL_FOUND = {"messages": [{"id": "t-18f0", "threadId": "t-18f0"}], "resultSizeEstimate": 1}
GRAPH_DRAFT: dict[str, Any] = {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users('0aaa0aa0')/messages/$entity",
    "id": "AAMkADA1MTAAAAqldOAAA=",
    "createdDateTime": "2026-03-02T18:13:44Z",
    "internetMessageId": "<MWHPR0022@MWHPR01MB0.namprd01.prod.example>",
    "isDraft": True,
    "parentFolderId": "LKJDSKJHkjhfakKJHFKWKKJHKJdhkjHDK==",
    "webLink": "https://outlook.office365.com/owa/?ItemID=AAMkADA1MTAAAAqldOAAA%3D",
}


class Asked(NamedTuple):
    """A request that the server saw."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """What it sends back."""

    status: int
    body: object
    headers: Mapping[str, str] = {}
    delay: float = 0.0


class Running(NamedTuple):
    """A running server."""

    base: str
    asked: list[Asked]


@contextmanager
def serving(script: Callable[[Asked], Answer]) -> Iterator[Running]:
    """A server on a free port that answers as the script says."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            request = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, raw)
            asked.append(request)
            answer = script(request)
            time.sleep(answer.delay)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """The client has given up: that is what the test is about."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield Running(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()


def google(code: int, reason: str, status: str) -> dict[str, object]:
    """An error as Google words it."""
    errors = [{"message": "Bonjour 42 k€", "domain": "global", "reason": reason}]
    return {"error": {"code": code, "message": "Bonjour 42 k€", "errors": errors, "status": status}}


FOUND = Answer(200, GMAIL_FOUND)


def gmail(found: Answer = FOUND) -> Callable[[Asked], Answer]:
    """Gmail, with this answer to a search."""
    return lambda asked: found if asked.method == "GET" else Answer(200, GMAIL_DRAFT)


def test_a_gmail_draft_is_the_whole_mail_in_its_thread() -> None:
    """One search for the mail that is answered, one draft; the mail is base64url, byte for byte."""
    with serving(gmail()) as server:
        assert gmail_drafts(SECRET, [MAIL], server.base) == (Made("r-6021847155263087532", ""),)
    search, draft = server.asked
    assert (search.method, search.path) == (
        "GET",
        "/gmail/v1/users/me/messages?q=rfc822msgid%3Ab%2B1%40client.example&maxResults=1",
    )
    assert (draft.method, draft.path) == ("POST", "/gmail/v1/users/me/drafts")
    assert draft.headers["authorization"] == f"Bearer {SECRET}"
    message: dict[str, Any] = json.loads(draft.body)["message"]
    assert message["threadId"] == "t-18f0"
    assert not set("+/") & set(message["raw"])
    assert base64.urlsafe_b64decode(message["raw"]) == MAIL


@pytest.mark.parametrize(
    "found",
    [
        Answer(200, {"resultSizeEstimate": 0}),
        Answer(403, {"error": {"code": 403, "message": "Insufficient Permission", "status": "PERMISSION_DENIED"}}),
        Answer(200, b"<html>"),
        Answer(200, {"messages": [None]}),
    ],
    ids=["none", "may not search", "no JSON", "odd"],
)
def test_a_draft_whose_thread_is_not_found_is_made_all_the_same(found: Answer) -> None:
    """Nothing is found, the token may not search, or the answer makes no sense."""
    with serving(gmail(found)) as server:
        assert gmail_drafts(SECRET, [MAIL], server.base) == (Made("r-6021847155263087532", ""),)
    assert list(json.loads(server.asked[-1].body)["message"]) == ["raw"]


@pytest.mark.parametrize(
    ("told", "mail_id"),
    [
        (
            Answer(200, {"message": {"payload": {"headers": [{"name": "Message-Id", "value": "<b@mail.example>"}]}}}),
            "<b@mail.example>",
        ),
        (
            Answer(
                200, {"message": {"payload": {"headers": [{"name": "Subject", "value": "<b@mail.example>"}, None]}}}
            ),
            "",
        ),
        (Answer(200, {"message": {"payload": {"headers": [{"name": "Message-ID", "value": "x\r\nBcc: y"}]}}}), ""),
        (Answer(403, google(403, "insufficientPermissions", "PERMISSION_DENIED")), ""),
        (Answer(200, b"<html>"), ""),
        (Answer(200, b"", delay=0.4), ""),
    ],
    ids=["another", "none", "no id", "may not read", "no JSON", "no answer"],
)
def test_a_gmail_draft_is_asked_for_its_message_id(told: Answer, mail_id: str) -> None:
    """Where the mail came with one: the service may have given it another. The draft is made whatever it says."""
    with serving(gmail(told)) as server:
        mail = b"Message-ID: <a@own.example>\r\n" + FRESH
        assert gmail_drafts(SECRET, [mail], server.base, timeout=0.2) == (Made(GMAIL_DRAFT["id"], mail_id),)
    assert server.asked[-1].path == "/gmail/v1/users/me/drafts/r-6021847155263087532?format=metadata"


def test_a_mail_that_answers_nothing_searches_nothing() -> None:
    """One request for each draft."""
    with serving(gmail()) as server:
        assert len(gmail_drafts(SECRET, [FRESH, FRESH], server.base)) == 2
    assert [asked.method for asked in server.asked] == ["POST", "POST"]


def test_a_graph_draft_is_the_whole_mail_in_base_64() -> None:
    """As text/plain, which tells Graph that it is MIME."""
    with serving(lambda _: Answer(201, GRAPH_DRAFT)) as server:
        assert graph_drafts(SECRET, [MAIL], f"{server.base}/") == (
            Made(GRAPH_DRAFT["id"], GRAPH_DRAFT["internetMessageId"]),
        )
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/v1.0/me/messages")
    assert asked.headers["content-type"] == "text/plain"
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert base64.b64decode(asked.body, validate=True) == MAIL


def microsoft(code: str) -> dict[str, object]:
    """An error as Microsoft words it."""
    inner = {"date": "2026-03-02T18:13:44", "request-id": "b3b1", "client-request-id": "b3b1"}
    return {"error": {"code": code, "message": "Bonjour 42 k€", "innerError": inner}}


FAULTS: list[tuple[Service, Answer, type[ReviewerError], str]] = [
    (GMAIL, Answer(401, google(401, "authError", "UNAUTHENTICATED")), ConfigError, "set REVIEWER_GMAIL_TOKEN"),
    (GMAIL, Answer(403, google(403, "insufficientPermissions", "PERMISSION_DENIED")), ConfigError, r"gmail\.compose"),
    (GMAIL, Answer(403, google(403, "userRateLimitExceeded", "RESOURCE_EXHAUSTED")), OutputError, "in a few minutes"),
    (GMAIL, Answer(429, google(429, "rateLimitExceeded", "RESOURCE_EXHAUSTED")), OutputError, "takes no more requests"),
    (GMAIL, Answer(400, google(400, "invalidArgument", "INVALID_ARGUMENT")), OutputError, "refuses the draft"),
    (GMAIL, Answer(500, google(500, "backendError", "INTERNAL")), OutputError, "a fault of its own"),
    (GRAPH, Answer(401, microsoft("InvalidAuthenticationToken")), ConfigError, "set REVIEWER_GRAPH_TOKEN"),
    (GRAPH, Answer(403, microsoft("ErrorAccessDenied")), ConfigError, r"allows Mail\.ReadWrite"),
    (GRAPH, Answer(413, microsoft("RequestEntityTooLarge")), InputError, "finds the draft too large"),
    (GRAPH, Answer(429, microsoft("TooManyRequests"), {"retry-after": "17"}), OutputError, "try again in 17 seconds"),
    (GRAPH, Answer(503, b"<html>"), OutputError, "a fault of its own"),
    (GRAPH, Answer(507, microsoft("quotaLimitReached")), OutputError, "is full"),
    (GRAPH, Answer(302, b"", {"location": "http://127.0.0.1:9/"}), OutputError, "refuses the draft"),
    (GRAPH, Answer(201, b"[]"), OutputError, "cannot be read"),
    (GRAPH, Answer(201, {"id": 7}), OutputError, "cannot be read"),
]


@pytest.mark.parametrize(("service", "fault", "kind", "words"), FAULTS)
def test_each_fault_is_one_sentence(service: Service, fault: Answer, kind: type[ReviewerError], words: str) -> None:
    """With the number of drafts that are placed, and with neither the token nor the service's own words."""
    good = Answer(200, GMAIL_DRAFT) if service is GMAIL else Answer(201, GRAPH_DRAFT)
    answers = iter([good, fault])
    place = gmail_drafts if service is GMAIL else graph_drafts
    with serving(lambda _: next(answers)) as server, pytest.raises(kind, match=words) as caught:
        place(SECRET, [FRESH, FRESH], server.base)
    said = str(caught.value)
    assert "draft 2 of 2; placed before it: 1" in said
    assert SECRET not in said
    assert "Bonjour" not in said


def test_a_service_that_keeps_silent_or_is_not_there() -> None:
    """Each says what happened."""
    with serving(lambda _: Answer(200, GMAIL_DRAFT, delay=0.5)) as server, pytest.raises(OutputError, match="in time"):
        gmail_drafts(SECRET, [FRESH], server.base, timeout=0.1)
    with pytest.raises(OutputError, match=r"cannot be reached \(draft 1 of 1\); check the network"):
        graph_drafts(SECRET, [FRESH], server.base)


@pytest.mark.parametrize("base", ["http://graph.microsoft.com", "graph.microsoft.com", "https://u:p@x.example", ""])
def test_the_token_goes_nowhere_in_the_clear(base: str) -> None:
    """Only https, or this machine."""
    with pytest.raises(ConfigError, match="must begin with https://"):
        graph_drafts(SECRET, [FRESH], base)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client is imported only where it is asked for."""
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(ConfigError, match=r"To put drafts into Gmail install reviewer\[webmail\]"):
        gmail_drafts(SECRET, [FRESH])


@pytest.mark.parametrize("service", [GMAIL, GRAPH], ids=lambda service: service.name)
def test_the_token_comes_from_the_environment(service: Service) -> None:
    """An error does not show it."""
    assert token(service, {service.variable: f" {SECRET}\n"}) == SECRET
    with pytest.raises(ConfigError, match=f"{service.variable} is not set"):
        token(service, {})
    with pytest.raises(ConfigError, match=f"{service.variable} holds white space") as caught:
        token(service, {service.variable: f"{SECRET} {SECRET}"})
    assert SECRET not in str(caught.value)
