"""What the page's server tells a browser with every answer, whom it refuses, and what it writes to its log."""

import http.client
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from reviewer.ui.headers import HEADERS
from tests.ui.serving import served


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the page and the file that its server's words go to."""
    log = tmp_path_factory.mktemp("page") / "log.txt"
    with served(log=log) as url:
        yield url, log


@pytest.mark.parametrize("path", ["/", "/?d=a-name", "/_stcore/health", "/_stcore/host-config", "/nowhere.js"])
def test_every_answer_carries_the_headers(page: tuple[str, Path], path: str) -> None:
    """Load nothing from elsewhere, be framed by nobody, tell no address."""
    with urllib.request.urlopen(page[0] + path) as answer:
        told = {name.lower(): value for name, value in answer.headers.items()}
    assert {name: told.get(name) for name in HEADERS} == HEADERS
    assert "frame-ancestors 'none'" in told["content-security-policy"]
    assert told["referrer-policy"] == "no-referrer"
    assert not re.search(r"https?:|\*", told["content-security-policy"])


def shake_hands(url: str, **headers: str) -> int:
    """The status of the answer to a WebSocket handshake."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    connection.putrequest("GET", "/_stcore/stream", skip_host=True)
    asked = {
        "Host": where.netloc,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
        "Sec-WebSocket-Protocol": "streamlit",
        **headers,
    }
    for name, value in asked.items():
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_page_elsewhere_does_not_reach_it(page: tuple[str, Path]) -> None:
    """By another origin, or by a name that somebody lets point to this machine."""
    url = page[0]
    assert shake_hands(url) == 101
    assert shake_hands(url, Origin="http://evil.example") == 403
    assert shake_hands(url, Host="evil.example") == 403


def test_the_log_holds_no_name_of_a_draft(page: tuple[str, Path]) -> None:
    """Whoever reads the server's log does not find anybody's draft by it."""
    url, log = page
    with urllib.request.urlopen(f"{url}/?d=SECRETNAME") as answer:
        assert answer.status == 200
    text = log.read_text("utf-8")
    assert "SECRETNAME" not in text
    assert "GET" not in text
