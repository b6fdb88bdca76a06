"""How requests travel to an endpoint: to that address alone, and with answers that are read no further than they may be long.

A redirect is never followed: what was written for a model on this machine would leave it. For the same reason the environment's
proxies are not asked about an endpoint on this machine.
"""

import ssl
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit

import httpx2

from reviewer.endpoint import Endpoint
from reviewer.errors import ModelAnswerError, ModelUnavailable

MAX_ANSWER = 400_000  # characters; no honest answer is longer
MAX_BODY = 12 * MAX_ANSWER  # bytes when unpacked; JSON escapes a character in at most twelve
TOO_LONG = "the model's answer is far too long"
REDIRECTED = "the endpoint sends elsewhere, which is not followed (check OPENAI_BASE_URL)"


def is_redirect(status: int) -> bool:
    """Whether an answer of this status names another address."""
    return 300 <= status < 400


def address(request: httpx2.Request) -> str:
    """Where a request goes, without the user and password that may stand in the address."""
    return str(request.url.copy_with(userinfo=b"") if request.url.userinfo else request.url)


def settings(where: Endpoint) -> Mapping[str, Any]:
    """What the client for an endpoint is made with."""
    if not where.is_loopback:
        return {"follow_redirects": False}
    # The environment may still name the certificates that are trusted; to read them takes longer than a short review, so it is not
    # done for an address without TLS, whose client would trust none.
    secure = urlsplit(where.base_url or "").scheme == "https"
    trusted = httpx2.create_ssl_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return {"follow_redirects": False, "trust_env": False, "verify": trusted}


class AsyncClient(httpx2.AsyncClient):
    """Reads an answer while it is short enough, and raises ModelAnswerError as soon as it is not."""

    async def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:  # noqa: ANN401
        """The answer, unpacked."""
        response = await super().send(request, stream=True, **options)
        if stream:
            return response
        body = bytearray()
        try:
            async with aclosing(response.aiter_bytes()) as pieces:
                async for piece in pieces:
                    body += piece
                    if len(body) > MAX_BODY:
                        raise ModelAnswerError(TOO_LONG)
        finally:
            await response.aclose()
        return _unpacked(response, bytes(body))


class Client(httpx2.Client):
    """The same without asyncio, with ModelUnavailable, as what it reads is no model's answer."""

    def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:  # noqa: ANN401
        """The answer, unpacked."""
        response = super().send(request, stream=True, **options)
        if stream:
            return response
        body = bytearray()
        try:
            for piece in response.iter_bytes():
                body += piece
                if len(body) > MAX_BODY:
                    raise ModelUnavailable("the endpoint's answer is far too long")
        finally:
            response.close()
        return _unpacked(response, bytes(body))


def _unpacked(response: httpx2.Response, body: bytes) -> httpx2.Response:
    headers = httpx2.Headers(response.headers)
    for name in ("content-encoding", "content-length", "transfer-encoding"):
        headers.pop(name, None)
    return httpx2.Response(
        response.status_code, headers=headers, content=body, request=response.request, extensions=response.extensions
    )
