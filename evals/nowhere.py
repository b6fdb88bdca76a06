"""Endpoints that cannot be reached, at the first attempt or at every one: nobody listens, nobody knows the name, no TLS comes about.

An endpoint has a name of its own. Where that name leads is decided anew at each attempt to connect: to a server that answers, or to
where there is none. Refusals, look-ups and handshakes are the system's own; only the answer of the look-up is ours. It needs a system
on which all of 127.0.0.0/8 is this machine (Linux), and the `openssl` command.
"""

import itertools
import os
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

from reviewer.testing import FakeServer, honest

Kind = Literal["connection refused", "DNS failure", "no TLS spoken", "untrusted certificate"]
KINDS: tuple[Kind, ...] = ("connection refused", "DNS failure", "no TLS spoken", "untrusted certificate")
_ANSWERS, _FAILS = "127.0.0.1", "127.0.0.2"
_NOBODY = "model.invalid"  # no resolver knows a name under .invalid (RFC 6761)
_DOMAIN = "nowhere.test"


class Nowhere:
    """Names of endpoints that fail; `url` makes one, on the servers of this context."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        """Start nothing yet; what is started ends with the stack."""
        self._stack, self._folder = stack, folder
        self._failing: dict[str, tuple[str, Callable[[int], bool]]] = {}
        self._attempts: dict[str, int] = {}
        self._ports: dict[Kind, int] = {}
        self._numbers = itertools.count(1)
        self._resolve: Callable[..., Any] = socket.getaddrinfo
        stack.enter_context(patch("socket.getaddrinfo", self._looked_up))
        # Its own authority is trusted as a company's would be; a proxy of the environment would look the names up itself.
        trusted, _ = self._certificate("trusted")
        stack.enter_context(patch.dict(os.environ, {"SSL_CERT_FILE": str(trusted), "NO_PROXY": "*", "no_proxy": "*"}))

    def url(self, kind: Kind, first: bool) -> str:
        """The address of an endpoint that fails in this way, at the first attempt alone or at every one."""
        name = f"m{next(self._numbers)}.{_DOMAIN}"
        fails: Callable[[int], bool] = (lambda attempt: attempt == 0) if first else (lambda _: True)
        self._failing[name] = (_NOBODY if kind == "DNS failure" else _FAILS, fails)
        scheme = "https" if kind in ("no TLS spoken", "untrusted certificate") else "http"
        return f"{scheme}://{name}:{self._port(kind)}/v1"

    def attempts(self, url: str) -> int:
        """How often somebody tried to connect to the address."""
        return self._attempts.get(url.split("/")[2].split(":")[0], 0)

    def _port(self, kind: Kind) -> int:
        """The port of a server that answers; where it must fail otherwise than by a refusal, there is one there as well."""
        if kind not in self._ports:
            tls = self._context("trusted") if kind in ("no TLS spoken", "untrusted certificate") else None
            port = self._stack.enter_context(FakeServer(honest, (_ANSWERS, 0), tls)).port
            if tls:
                other = self._context("unknown") if kind == "untrusted certificate" else None
                self._stack.enter_context(FakeServer(honest, (_FAILS, port), other))
            self._ports[kind] = port
        return self._ports[kind]

    def _looked_up(self, host: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as `socket.getaddrinfo`
        name = host.decode() if isinstance(host, bytes) else host
        if name not in self._failing:
            return self._resolve(host, *arguments, **options)
        elsewhere, fails = self._failing[name]
        attempt = self._attempts.get(name, 0)
        self._attempts[name] = attempt + 1
        return self._resolve(elsewhere if fails(attempt) else _ANSWERS, *arguments, **options)

    def _context(self, authority: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._certificate(authority))
        return context

    def _certificate(self, authority: str) -> tuple[Path, Path]:
        """A certificate that signs itself for all the names, and its key."""
        certificate, key = self._folder / f"{authority}.pem", self._folder / f"{authority}.key"
        if not key.exists():
            command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
            names = ["-subj", f"/CN={authority}", "-addext", f"subjectAltName=DNS:*.{_DOMAIN}"]
            files = ["-keyout", str(key), "-out", str(certificate)]
            subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)  # noqa: S603 - ours
        return certificate, key


@contextmanager
def nowhere() -> Iterator[Nowhere]:
    """Servers and names for as long as they are needed."""
    with ExitStack() as stack:
        yield Nowhere(stack, Path(stack.enter_context(tempfile.TemporaryDirectory())))
