"""Put drafts into Gmail or Microsoft 365 through their web interfaces. Drafts only: no address that sends is ever called.

The token leaves only for the service itself, and neither it nor words of a mail stand in an error. The shapes are those of
https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.drafts (create, get) and
https://learn.microsoft.com/graph/api/user-post-messages.
"""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from email import message_from_bytes
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from reviewer.errors import ConfigError, InputError, OutputError
from reviewer.mail import message_ids

if TYPE_CHECKING:
    import httpx2

_LOOPBACK = r"http://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?"
_BUSY = {"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded"}  # with which Gmail answers 403, not 429


class Service(NamedTuple):
    """A mail service, as it is named in errors."""

    name: str
    base: str
    """Where its interface is."""
    variable: str
    """The environment variable that holds the token."""
    permission: str
    """What the token must allow."""


GMAIL = Service("Gmail", "https://gmail.googleapis.com", "REVIEWER_GMAIL_TOKEN", "gmail.compose")
GRAPH = Service("Microsoft Graph", "https://graph.microsoft.com", "REVIEWER_GRAPH_TOKEN", "Mail.ReadWrite")


class Made(NamedTuple):
    """A draft that was made."""

    id: str
    """By which the service knows it."""
    mail_id: str
    """Its Message-ID, as the service says; empty where it does not."""


def token(service: Service, environ: Mapping[str, str]) -> str:
    """The OAuth access token that the environment holds. Raises ConfigError, which does not show it."""
    found = environ.get(service.variable, "").strip()
    if not found:
        raise ConfigError(f"{service.variable} is not set; set it to an access token that allows {service.permission}.")
    if not re.fullmatch(r"[!-~]+", found):
        raise ConfigError(f"{service.variable} holds white space or an odd character; set it to the token alone.")
    return found


def gmail_drafts(token: str, mails: Sequence[bytes], base: str = GMAIL.base, timeout: float = 20.0) -> tuple[Made, ...]:
    """Make a Gmail draft of each mail. Where a mail has a Message-ID, the draft is asked for its own.

    An answer joins its thread where Gmail holds the mail that it answers and the token may search (gmail.readonly or
    gmail.modify); else Gmail files it by its headers. `timeout` is in seconds for each request. Raises ConfigError
    where the token, the address or the `webmail` extra is not right, else OutputError, which says how many are placed.
    """

    def place(client: "httpx2.Client", mail: bytes) -> "httpx2.Response":
        message = {"raw": urlsafe_b64encode(mail).decode("ascii")}
        thread = _gmail_thread(client, mail)
        if thread:
            message["threadId"] = thread
        return client.post("/gmail/v1/users/me/drafts", json={"message": message})

    return _placed(GMAIL, token, mails, base, timeout, place, _gmail_mail_id)


def graph_drafts(token: str, mails: Sequence[bytes], base: str = GRAPH.base, timeout: float = 20.0) -> tuple[Made, ...]:
    """Make a draft of each mail in the Drafts folder of Outlook. Raises as `gmail_drafts` does.

    `base` is another one for the national clouds, such as https://graph.microsoft.us.
    """

    def place(client: "httpx2.Client", mail: bytes) -> "httpx2.Response":
        return client.post("/v1.0/me/messages", content=b64encode(mail), headers={"content-type": "text/plain"})

    def mail_id(_client: "httpx2.Client", _mail: bytes, made: Mapping[str, Any]) -> str:
        return _one_id(made.get("internetMessageId"))

    return _placed(GRAPH, token, mails, base, timeout, place, mail_id)


def _placed(
    service: Service,
    token: str,
    mails: Sequence[bytes],
    base: str,
    timeout: float,
    place: Callable[["httpx2.Client", bytes], "httpx2.Response"],
    mail_id: Callable[["httpx2.Client", bytes, Mapping[str, Any]], str],
) -> tuple[Made, ...]:
    try:
        import httpx2
    except ImportError:
        raise ConfigError(f"To put drafts into {service.name} install reviewer[webmail].") from None
    if not re.fullmatch(rf"(?:https://[\w.-]+(?::\d+)?|{_LOOPBACK})/?", base):
        raise ConfigError(f"The address of {service.name} must begin with https:// and end with the host name.")
    made: list[Made] = []
    # A redirection would take the token elsewhere, so none is followed.
    with httpx2.Client(
        base_url=base, timeout=timeout, follow_redirects=False, headers={"authorization": f"Bearer {token}"}
    ) as client:
        for number, mail in enumerate(mails, 1):
            which = f"draft {number} of {len(mails)}"
            before = f"; placed before it: {len(made)}" if made else ""
            try:
                answer = place(client, mail)
            except httpx2.TimeoutException:
                raise OutputError(
                    f"{service.name} did not answer in time ({which}{before}); try again later."
                ) from None
            except (httpx2.HTTPError, httpx2.InvalidURL):
                raise OutputError(f"{service.name} cannot be reached ({which}{before}); check the network.") from None
            if not answer.is_success:
                raise _refused(service, answer, f"{which}{before}")
            found = _json(answer)
            if not isinstance(found.get("id"), str):
                raise OutputError(
                    f"{service.name} gave an answer that cannot be read ({which}{before}); look into Drafts."
                )
            told = ""
            # The draft is made: what cannot be asked any more is not known.
            with suppress(httpx2.HTTPError):
                told = mail_id(client, mail, found)
            made.append(Made(found["id"], told))
    return tuple(made)


def _gmail_thread(client: "httpx2.Client", mail: bytes) -> str:
    """Gmail's id of the thread that a mail belongs to; empty where it has none or the token may not search."""
    answered = message_ids(str(message_from_bytes(mail).get("In-Reply-To", "")))
    if not answered:
        return ""
    query = {"q": f"rfc822msgid:{answered[0][1:-1]}", "maxResults": "1"}
    answer = client.get("/gmail/v1/users/me/messages", params=query)
    messages = _json(answer).get("messages") if answer.is_success else None
    first = messages[0] if isinstance(messages, list) and messages else None
    thread = first.get("threadId") if isinstance(first, dict) else None
    return thread if isinstance(thread, str) else ""


def _gmail_mail_id(client: "httpx2.Client", mail: bytes, made: Mapping[str, Any]) -> str:
    """The Message-ID that a draft has at Gmail; not asked for where the mail came without one."""
    if not message_from_bytes(mail).get("Message-ID"):
        return ""
    answer = client.get(f"/gmail/v1/users/me/drafts/{quote(made['id'], safe='')}", params={"format": "metadata"})
    message = _json(answer).get("message") if answer.is_success else None
    payload = message.get("payload") if isinstance(message, dict) else None
    headers = payload.get("headers") if isinstance(payload, dict) else None
    for header in headers if isinstance(headers, list) else ():
        if isinstance(header, dict) and str(header.get("name")).lower() == "message-id":
            return _one_id(header.get("value"))
    return ""


def _one_id(value: object) -> str:
    return next(iter(message_ids(value)), "") if isinstance(value, str) else ""


def _refused(service: Service, answer: "httpx2.Response", which: str) -> ConfigError | InputError | OutputError:
    """What the status says. The service's own words are left out: they may repeat the mail."""
    status = answer.status_code
    if status == 429 or (status == 403 and _reasons(answer) & _BUSY):
        wait = answer.headers.get("retry-after", "")
        when = f"in {int(wait)} seconds" if re.fullmatch(r"\d{1,6}", wait, re.ASCII) else "in a few minutes"
        return OutputError(f"{service.name} takes no more requests for now ({which}); try again {when}.")
    match status:
        case 401:
            return ConfigError(
                f"{service.name} does not accept the token, or it has expired (401, {which}); get a new one and set "
                f"{service.variable}."
            )
        case 403:
            return ConfigError(
                f"The token may not make drafts in {service.name} (403, {which}); get one that allows "
                f"{service.permission} and set {service.variable}."
            )
        case 413:
            return InputError(f"{service.name} finds the draft too large (413, {which}); shorten it.")
        case 507:
            return OutputError(f"The mailbox at {service.name} is full (507, {which}); make room in it.")
        case _ if status >= 500:
            return OutputError(f"{service.name} has a fault of its own ({status}, {which}); try again later.")
    return OutputError(f"{service.name} refuses the draft ({status}, {which}); open the .eml file instead.")


def _reasons(answer: "httpx2.Response") -> set[str]:
    """The reasons in Gmail's shape of an error: {"error": {"errors": [{"reason": ...}]}}."""
    error = _json(answer).get("error")
    errors = error.get("errors") if isinstance(error, dict) else None
    return {str(e.get("reason")) for e in errors if isinstance(e, dict)} if isinstance(errors, list) else set()


def _json(answer: "httpx2.Response") -> dict[str, Any]:
    """The object of an answer; an empty one where it is something else."""
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
