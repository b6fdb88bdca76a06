"""Where a model is, as the environment configures it. Apart from the client, which takes a third of a second to import."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from reviewer.errors import ConfigError

DEFAULT_MODEL = "gpt-4.1-mini"


class Endpoint(NamedTuple):
    """Where a model is, and how long to wait for it."""

    model: str
    base_url: str | None = None
    api_key: str = "none"
    timeout: float = 60.0
    """Seconds for one request."""
    max_retries: int = 2
    """How often a refused or failed request is tried again; Retry-After is honoured."""

    @property
    def is_loopback(self) -> bool:
        """Whether the model runs on this machine, so that nothing leaves it."""
        host = urlsplit(self.base_url or "").hostname or ""
        return host in {"localhost", "::1"} or bool(re.fullmatch(r"127(?:\.\d{1,3}){3}", host))


def endpoint(environ: Mapping[str, str] | None = None) -> Endpoint | None:
    """The endpoint that the environment configures; None where neither a key nor an address is set.

    Reads OPENAI_API_KEY, OPENAI_BASE_URL, REVIEWER_MODEL, REVIEWER_TIMEOUT (seconds) and REVIEWER_RETRIES.
    """
    env = os.environ if environ is None else environ
    key, url = env.get("OPENAI_API_KEY", "").strip(), env.get("OPENAI_BASE_URL", "").strip()
    if not key and not url:
        return None
    if url and not re.match(r"https?://[^\s/]+", url):
        raise ConfigError("OPENAI_BASE_URL is no web address; write it like http://127.0.0.1:8091/v1.")
    try:
        _ = urlsplit(url).hostname, urlsplit(url).port
    except ValueError:
        raise ConfigError("OPENAI_BASE_URL is no web address; write it like http://127.0.0.1:8091/v1.") from None
    if re.search(r"[\r\n\0]", key):
        raise ConfigError("OPENAI_API_KEY holds a line break; set it to the key alone.")
    if not key.isascii():
        raise ConfigError("OPENAI_API_KEY holds letters that no key has; copy the key again.")
    return Endpoint(
        model=env.get("REVIEWER_MODEL", "").strip() or DEFAULT_MODEL,
        base_url=url or None,
        api_key=key or "none",
        timeout=number(env, "REVIEWER_TIMEOUT", 60.0),
        max_retries=int(number(env, "REVIEWER_RETRIES", 2)),
    )


def number(env: Mapping[str, str], name: str, default: float, *, lowest: float = 0, highest: float = 86_400) -> float:
    """The number in an environment variable, the default where it is not set. Raises ConfigError."""
    text = env.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise ConfigError(f"{name} must be a number, not {text!r}.") from error
    if not lowest <= value <= highest:
        raise ConfigError(f"{name} must lie between {lowest:g} and {highest:.0f}, not {text!r}.")
    return value
