"""Headers that a browser is told with every answer of the page: load nothing from elsewhere, be framed by nobody, tell no address.

The address of the page holds the name under which the draft is kept, so it must not travel in a Referer.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Message, Receive, Send], Awaitable[None]]

# Streamlit writes styles into its elements, starts workers and components from blobs, and draws charts with functions made
# from text. A blob is made by a script of this page, which inline scripts are allowed to be anyway.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_RAW = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Headers:
    """ASGI middleware that adds the headers to every HTTP answer and touches nothing else."""

    def __init__(self, app: ASGI) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass the request on; the answer's start gets the headers."""

        async def started(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(n, v) for n, v in message.get("headers", ()) if n.lower().decode("latin-1") not in HEADERS]
                message["headers"] = [*kept, *_RAW]
            await send(message)

        await self.app(scope, receive, started if scope["type"] == "http" else send)
