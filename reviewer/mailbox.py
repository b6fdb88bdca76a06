"""Put drafts into the Drafts folder of an IMAP mailbox. It reads no mail, and it has no way to send one.

The password, or the access token in its place, leaves only through TLS with the certificate and the host name checked.
Error texts carry neither it nor words of a mail; what a server says is quoted short and on one line.
"""

import imaplib
import re
import socket
import ssl
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, NamedTuple, NoReturn

from reviewer import bearer
from reviewer.endpoint import number
from reviewer.errors import ConfigError, OutputError

Security = Literal["tls", "starttls"]
_PORTS: Mapping[Security, int] = {"tls": 993, "starttls": 143}
# What mail clients call the folder in six languages, for servers that do not mark it (RFC 6154).
_DRAFTS = ("drafts", "draft", "brouillons", "entwürfe", "borradores", "bozze", "concepten")
_ABOVE = ("", "inbox", "[gmail]", "[google mail]")
_LIST_LINE = re.compile(
    rb'\((?P<flags>[^)]*)\) (?:"\\?(?P<separator>[^"])"|NIL) (?P<name>.*)', re.DOTALL | re.IGNORECASE
)
_SHOWN_FOLDERS = 12
# Why a mail is not taken, by the codes of RFC 5530, 7889 and 3501, and what to do.
_REFUSALS = {
    "OVERQUOTA": ("the mailbox is full", "make room in it"),
    "TOOBIG": ("the mail is too large", "shorten it"),
    "LIMIT": ("a limit of the server is reached", "try again later"),
    "TRYCREATE": ("the folder is gone", "set REVIEWER_IMAP_DRAFTS to another"),
    "NONEXISTENT": ("the folder is gone", "set REVIEWER_IMAP_DRAFTS to another"),
    "NOPERM": ("you may not write there", "set REVIEWER_IMAP_DRAFTS to another folder"),
    "UNAVAILABLE": ("it is not available for now", "try again later"),
}
_NO_REASON = ("it gives no reason that is known", "try again later, or open the .eml files instead")
_WRONG_HOST_NAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH of OpenSSL


class Account(NamedTuple):
    """Where a mailbox is. It holds neither password nor token, so that it can be shown."""

    host: str
    port: int
    user: str
    security: Security = "tls"
    """`tls` from the first byte, or `starttls`; there is no plain connection."""
    drafts: str | None = None
    """Name of the folder; None finds it."""
    ca: Path | None = None
    """PEM file of the only certificates to trust; None trusts those of the system."""
    by_token: bool = False
    """Signs in by an OAuth access token instead of a password."""


class Placed(NamedTuple):
    """What was put where."""

    folder: str
    """The folder as people read it."""
    mails: int
    """How many."""


class Folder(NamedTuple):
    """A folder of the server's list."""

    name: str
    """As people read it, with the server's separator: `INBOX.Entwürfe`."""
    wire: str
    """As the server writes it, in modified UTF-7 (RFC 3501, 5.1.3)."""
    flags: frozenset[str]
    """In small letters: `\\drafts`, `\\noselect`."""
    separator: str
    """Between the levels; empty where there are none."""


# --- the account -----------------------------------------------------------------------------------------------------


def account(environ: Mapping[str, str]) -> Account:
    """The mailbox that the environment names. Raises ConfigError.

    Reads REVIEWER_IMAP_HOST, _USER, _SECURITY (tls or starttls), _PORT (993 or 143), _DRAFTS (the folder) and _CA (a
    PEM file); whether there is a token, or a command for one, in _TOKEN and _TOKEN_COMMAND.
    """
    host, user = _required(environ, "REVIEWER_IMAP_HOST"), _required(environ, "REVIEWER_IMAP_USER")
    if not re.fullmatch(r"[\w.:-]{1,253}", host):
        raise ConfigError("REVIEWER_IMAP_HOST is no host name; write it like imap.example.com, without imaps://.")
    ca = environ.get("REVIEWER_IMAP_CA", "").strip()
    if ca and not Path(ca).is_file():
        raise ConfigError(f"REVIEWER_IMAP_CA names no file: {_words(ca)}; give the path of a PEM file.")
    security = _security(environ.get("REVIEWER_IMAP_SECURITY", "").strip().lower() or "tls")
    port = int(number(environ, "REVIEWER_IMAP_PORT", _PORTS[security], lowest=1, highest=65_535))
    drafts = environ.get("REVIEWER_IMAP_DRAFTS", "").strip()
    return Account(host, port, user, security, drafts or None, Path(ca) if ca else None, bearer.is_named(environ))


def secret(environ: Mapping[str, str]) -> str:
    """What lets one in: the token where the environment has one, else the password. Raises ConfigError, which does not show it."""
    if not bearer.is_named(environ):
        return password(environ)
    if environ.get("REVIEWER_IMAP_PASSWORD"):
        raise ConfigError("REVIEWER_IMAP_PASSWORD is set besides a token; unset the one that is not to be used.")
    return bearer.token(environ)


def password(environ: Mapping[str, str]) -> str:
    """REVIEWER_IMAP_PASSWORD as it is set. Raises ConfigError, which does not show it."""
    secret = environ.get("REVIEWER_IMAP_PASSWORD", "")
    if not secret:
        raise ConfigError(
            "REVIEWER_IMAP_PASSWORD is not set; set it to the password or an app password, or REVIEWER_IMAP_TOKEN to an "
            "access token."
        )
    if _has_control(secret):
        raise ConfigError(
            "REVIEWER_IMAP_PASSWORD holds a line break or a control character; set it to the password alone."
        )
    return secret


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set; drafts go to a mailbox only where it is.")
    if _has_control(value):
        raise ConfigError(f"{name} holds a line break or a control character; write it on one line.")
    return value


def _security(name: str) -> Security:
    match name:
        case "tls" | "starttls":
            return name
    raise ConfigError("REVIEWER_IMAP_SECURITY must be tls or starttls; a connection without TLS is never made.")


def _has_control(text: str) -> bool:
    return any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in text)


# --- placing ---------------------------------------------------------------------------------------------------------


def append_drafts(account: Account, secret: str, mails: Sequence[bytes], timeout: float = 20.0) -> Placed:
    """Put each mail into the Drafts folder as a read draft of this moment.

    `secret` is the access token where the account has it `by_token`, else the password; `timeout` is in seconds for each
    answer of the server. Raises ConfigError where the account, the secret or the folder is not right, else OutputError.
    Where a mail is refused, those before it are taken out again, if the server can delete just these (UIDPLUS,
    RFC 4315); the error says how many are left.
    """
    with _connected(account, timeout) as imap:
        _log_in(imap, account, secret)
        try:
            folder = _drafts(_folders(imap), account.drafts)
        except imaplib.IMAP4.error as error:
            raise OutputError(
                f"{account.host} does not list its folders ({_words(_said(error))}); try again later."
            ) from error
        placed: list[str] = []
        for mail in mails:
            try:
                placed.append(_append(imap, folder, mail))
            except (OSError, imaplib.IMAP4.error) as error:
                # Behind a broken connection nothing can be taken out, and nobody knows of the last one.
                broken = isinstance(error, OSError | imaplib.IMAP4.abort)
                left = len(placed) if broken or not _withdrawn(imap, folder, placed) else 0
                _refused(account, folder, error, f"draft {len(placed) + 1} of {len(mails)}", left)
        return Placed(folder.name, len(placed))


def _append(imap: imaplib.IMAP4, folder: Folder, mail: bytes) -> str:
    """The server's answer, in which UIDPLUS tells where the mail is."""
    status, answer = imap.append(_quoted(folder.wire), r"(\Draft \Seen)", None, mail)
    said = answer[0].decode("utf-8", "replace") if answer and isinstance(answer[0], bytes) else ""
    if status != "OK":
        raise imaplib.IMAP4.error(said)
    return said


def _withdrawn(imap: imaplib.IMAP4, folder: Folder, placed: Sequence[str]) -> bool:
    """Whether nothing is left of what was placed. Only mails whose number the server itself has told are deleted."""
    found = [re.search(r"\[APPENDUID (\d+) (\d+)\]", said) for said in placed]
    told = [(match.group(1), match.group(2)) for match in found if match]
    if len(told) < len(placed):
        return False
    if not told:
        return True
    numbers = ",".join(uid for _, uid in told)
    try:
        imap.select(_quoted(folder.wire))
        current = imap.response("UIDVALIDITY")[1][0]
        if {validity.encode() for validity, _ in told} != {current}:
            return False
        marked, _ = imap.uid("STORE", numbers, "+FLAGS.SILENT", r"(\Deleted)")
        gone, _ = imap.uid("EXPUNGE", numbers)
    except (OSError, imaplib.IMAP4.error):
        return False
    return (marked, gone) == ("OK", "OK")


def _refused(account: Account, folder: Folder, error: Exception, which: str, left: int) -> NoReturn:
    said = _said(error)
    if isinstance(error, imaplib.IMAP4.error) and not isinstance(error, imaplib.IMAP4.abort):
        # The server may repeat what it was given, so its own words are not told.
        reason, advice = next((why for code, why in _REFUSALS.items() if f"[{code}]" in said), _NO_REASON)
    else:
        reason, advice = "no answer came", "look into the folder, then try again"
    state = f"placed before it: {left}" if left else "none is in the folder"
    raise OutputError(
        f"{account.host} did not take {which} into {_words(folder.name)} ({reason}); {state}; {advice}."
    ) from None


# --- connection ------------------------------------------------------------------------------------------------------


@contextmanager
def _connected(account: Account, timeout: float) -> Iterator[imaplib.IMAP4]:
    """A connection under TLS, closed at the end whatever happens."""
    try:
        imap = _open(account, timeout)
    except (OSError, UnicodeError, imaplib.IMAP4.error) as error:
        raise OutputError(_no_connection(account, error)) from error
    try:
        yield imap
    except TimeoutError as error:
        raise OutputError(f"{account.host} did not answer in time; try again later.") from error
    except (OSError, imaplib.IMAP4.abort) as error:
        raise OutputError(f"The connection to {account.host} broke off; try again.") from error
    finally:
        # The drafts are placed, or the error is known: how the server takes leave changes nothing.
        with suppress(OSError, imaplib.IMAP4.error):
            imap.logout()
        with suppress(OSError):
            imap.shutdown()


def _open(account: Account, timeout: float) -> imaplib.IMAP4:
    context = _context(account.ca)
    if account.security == "tls":
        return imaplib.IMAP4_SSL(account.host, account.port, ssl_context=context, timeout=timeout)
    imap = imaplib.IMAP4(account.host, account.port, timeout=timeout)
    try:
        if "STARTTLS" not in imap.capabilities:
            raise ConfigError(
                f"{account.host}:{account.port} does not offer STARTTLS, and without it no password is sent; set "
                "REVIEWER_IMAP_SECURITY to tls."
            )
        imap.starttls(context)
    except BaseException:
        with suppress(OSError):
            imap.shutdown()
        raise
    return imap


def _context(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"{ca} holds no certificates in PEM; set REVIEWER_IMAP_CA to a file that does.") from error


def _no_connection(account: Account, error: Exception) -> str:
    where = f"{account.host}:{account.port}"
    match error:
        case ssl.SSLCertVerificationError() if error.verify_code in _WRONG_HOST_NAME:
            return f"The certificate of {where} is for another host name; set REVIEWER_IMAP_HOST to the name that it is for."
        case ssl.SSLCertVerificationError():
            return (
                f"The certificate of {where} is not trusted ({_words(error.verify_message)}); check the host, or set "
                "REVIEWER_IMAP_CA to a PEM file with the certificate of who issued it."
            )
        case ssl.SSLError():
            return f"{where} does not speak TLS; check REVIEWER_IMAP_PORT, or set REVIEWER_IMAP_SECURITY to starttls."
        case socket.gaierror() | UnicodeError():
            return f"The host {account.host} is not known; check REVIEWER_IMAP_HOST and the network."
        case TimeoutError():
            return f"{where} did not answer in time; check REVIEWER_IMAP_HOST, REVIEWER_IMAP_PORT and the network."
        case ConnectionRefusedError():
            return f"{where} refuses the connection; check REVIEWER_IMAP_HOST and REVIEWER_IMAP_PORT."
        case OSError():
            return f"{where} cannot be reached ({_words(error.strerror or 'connection lost')}); check the network."
    return f"{where} is no IMAP server, or takes nobody now ({_words(_said(error))}); check REVIEWER_IMAP_PORT."


def _log_in(imap: imaplib.IMAP4, account: Account, secret: str) -> None:
    words = b""
    try:
        if account.by_token:
            way = bearer.mechanism(imap.capabilities)
            if way is None:
                raise ConfigError(
                    f"{account.host} offers no sign-in by token (XOAUTH2, OAUTHBEARER); unset REVIEWER_IMAP_TOKEN or "
                    "REVIEWER_IMAP_TOKEN_COMMAND, and set REVIEWER_IMAP_PASSWORD."
                )
            words = bearer.said(way, secret, account.user, account.host, account.port)
            imap.authenticate(way, bearer.answers(way, words))
        elif "AUTH=PLAIN" in imap.capabilities:
            words = f"\0{account.user}\0{secret}".encode()
            imap.authenticate("PLAIN", lambda _: words)
        elif (account.user + secret).isascii():
            imap.login(_quoted(account.user), secret)
        else:
            raise ConfigError(
                f"{account.host} takes user names and passwords of ASCII letters only; set another password."
            )
    except imaplib.IMAP4.abort:
        # Its words may repeat the secret, so they are not kept as the cause.
        raise OutputError(f"The connection to {account.host} broke off at the sign-in; try again.") from None
    except imaplib.IMAP4.error as error:
        said = _words(_without(_said(error), secret, b64encode(words).decode("ascii")))
        kind = "tokens" if account.by_token else "passwords"
        if "[UNAVAILABLE]" in said:
            raise OutputError(f"{account.host} cannot check {kind} for now ({said}); try again later.") from None
        if account.by_token:
            raise ConfigError(
                f"{account.host} does not accept the access token for {_words(account.user)} ({said}); get a new one, "
                "as it may have run out, be for another mailbox, or not allow IMAP."
            ) from None
        raise ConfigError(
            f"{account.host} does not accept user and password ({said}); check REVIEWER_IMAP_USER and "
            "REVIEWER_IMAP_PASSWORD, and whether the server wants an app password or a token."
        ) from None


def _without(said: str, *secrets: str) -> str:
    """What a server says, without what it repeats of a secret, be it cut off."""
    for one in filter(None, secrets):
        said = said.replace(one, "…")
    return re.sub(r"[\w+/=.~-]{8,}", lambda run: "…" if any(run[0] in one for one in secrets) else run[0], said)


# --- folders ---------------------------------------------------------------------------------------------------------


def _folders(imap: imaplib.IMAP4) -> list[Folder]:
    _, answer = imap.capability()
    offered = answer[0].upper().split() if answer and isinstance(answer[0], bytes) else []
    # Without RETURN a server may leave the marks of RFC 6154 out; imaplib hands the pattern on as it is.
    marked = b"SPECIAL-USE" in offered and b"LIST-EXTENDED" in offered
    status, lines = imap.list('""', '"*" RETURN (SPECIAL-USE)' if marked else '"*"')
    if status != "OK":
        raise imaplib.IMAP4.error(str(lines))
    return [folder for line in lines if (folder := _folder(line))]


def _folder(line: object) -> Folder | None:
    """A line of a LIST answer; None for what is no folder, or whose name is not in ASCII as it must be."""
    # A name that the server sends as a literal comes behind its line, in a pair.
    raw, literal = line if isinstance(line, tuple) else (line, None)
    match = _LIST_LINE.fullmatch(raw) if isinstance(raw, bytes) else None
    if match is None:
        return None
    name: bytes = match["name"].strip() if literal is None else literal
    if literal is None and name.startswith(b'"'):
        name = re.sub(rb"\\(.)", rb"\1", name[1:-1])
    if not name.isascii():
        return None
    flags = frozenset(match["flags"].decode("ascii", "replace").lower().split())
    wire = name.decode("ascii")
    return Folder(_from_utf_7(wire), wire, flags, (match["separator"] or b"").decode("ascii", "replace"))


def _drafts(folders: Sequence[Folder], wanted: str | None) -> Folder:
    usable = [f for f in folders if not f.flags & {"\\noselect", "\\nonexistent"} and not _has_control(f.wire)]
    if wanted is not None:
        found = next((f for f in usable if unicodedata.normalize("NFC", wanted) in (_composed(f.name), f.wire)), None)
    else:
        found = next((f for f in usable if "\\drafts" in f.flags), None) or next(
            (f for name in _DRAFTS for f in usable if _known_as(f) == name), None
        )
    if found is None:
        names = ", ".join(_words(f.name) for f in usable[:_SHOWN_FOLDERS]) or "none"
        more = f" and {len(usable) - _SHOWN_FOLDERS} more" if len(usable) > _SHOWN_FOLDERS else ""
        which = f"no folder {_words(wanted)}" if wanted else "no folder that is known to hold drafts"
        raise ConfigError(f"The mailbox has {which}; set REVIEWER_IMAP_DRAFTS to one of its folders: {names}{more}.")
    return found


def _known_as(folder: Folder) -> str:
    """The folder's own name in small letters; empty where it lies below a folder of the seller's."""
    name = _composed(folder.name).casefold()
    above, _, last = name.rpartition(folder.separator) if folder.separator else ("", "", name)
    return last if above in _ABOVE else ""


def _composed(name: str) -> str:
    """With accents as one character each, as people type them; some servers take them apart."""
    return unicodedata.normalize("NFC", name)


def _from_utf_7(name: str) -> str:
    """Modified UTF-7 (RFC 3501, 5.1.3) as text; a run that is broken stays as it is."""

    def run(match: re.Match[str]) -> str:
        coded = match.group(1).replace(",", "/")
        try:
            return b64decode(coded + "=" * (-len(coded) % 4), validate=True).decode("utf-16-be") or "&"
        except ValueError:
            return match.group()

    return re.sub(r"&([A-Za-z0-9+,]*)-", run, name)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def _said(error: Exception) -> str:
    """A server's words; imaplib hands them on as bytes or as text."""
    words = error.args[0] if error.args else ""
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)


def _words(text: str) -> str:
    """What somebody else wrote, on one line, without control and direction characters, no longer than is useful."""
    text = re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", text)
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    text = " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())
    return text if len(text) <= 100 else f"{text[:99]}…"
