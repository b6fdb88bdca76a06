"""Outgoing messages as `.eml` drafts and mail links, and a whole review as a folder. Nothing is ever sent.

A draft opens unsent (`X-Unsent: 1`) in mail clients. Header values are one line whatever a draft carries.
"""

import os
import re
import secrets
import tempfile
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr
from html import escape
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote
from uuid import uuid4

from reviewer.errors import OutputError
from reviewer.mail import message_ids
from reviewer.parse import NO_ADDRESS
from reviewer.present import markdown, ordered, what_left
from reviewer.redact import Sent
from reviewer.texts import Lang
from reviewer.types import Draft, Message, Review, Stakeholder

# What no mail is written with, and could repaint what shows it; joiners of letters and emoji are writing.
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LEFT_OVER = 600.0  # seconds after which a hidden file belongs to no write that still goes on
_PLAIN = 60  # letters of a name that stays on one line as it is
_BULLET = re.compile(r"^[ \t]*[-*•–][ \t]+")


def new_mail_id(draft: Draft) -> str:
    """A Message-ID for a mail in the place of this draft: of the sender's domain, where that is known (RFC 5322, 3.6.4)."""
    domain = draft.sender.address.rpartition("@")[2] if draft.sender and draft.sender.address.isascii() else ""
    given = f"<{uuid4()}@{domain}>"
    return (
        given if message_ids(given) == (given,) and not domain.endswith(NO_ADDRESS) else f"<{uuid4()}@reviewer.invalid>"
    )


def eml(message: Message, draft: Draft, placed: datetime | None = None, mail_id: str = "") -> bytes:
    """The message as a draft with its readers, sender and subject; line ends are CRLF.

    `draft` is the mail in whose place it leaves: it knows the sender and the readers' names. Where that is an answer the
    message stays in its thread, but for the one that asks the sponsor to agree: that is a matter of its own. `placed` is
    the moment at which it is put into a mailbox's folder of drafts: the folder says that it is unsent, and mail clients
    sort it by that date. `mail_id` is its Message-ID; without one the mail client gives it one.
    """
    people = {p.address: p for p in draft.stakeholders}
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = _one_line(message.subject)
    # A signature without an address gives a name alone; the mail client then says who sends.
    senders = [draft.sender] if draft.sender and not draft.sender.address.endswith(NO_ADDRESS) else []
    readers = ([people[a] for a in addresses] for addresses in (message.to, message.cc))
    head = b"".join(
        _field(name, listed) for name, listed in zip(("From", "To", "Cc"), (senders, *readers), strict=True)
    )
    if placed is None:
        mail["X-Unsent"] = "1"
    else:
        mail["Date"] = placed
    body = _CONTROL.sub("", _LINE_END.sub("\n", message.body))
    mail.set_content(body, cte="quoted-printable" if not body.isascii() else None)
    thread = b"" if message.kind == "engagement" else _thread(draft)
    return _ids("Message-ID", message_ids(mail_id)[:1]) + thread + head + mail.as_bytes()


def mailto(message: Message) -> str:
    """The message as a link for the mail client (RFC 6068)."""
    fields = {"cc": ",".join(message.cc), "subject": message.subject, "body": message.body.replace("\n", "\r\n")}
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in fields.items() if value)
    return f"mailto:{','.join(quote(a, safe='@') for a in message.to)}?{query}"


def rich_text(body: str) -> str:
    """The text as HTML for a clipboard: a paragraph for each, lists as lists; every character of it stands for itself."""
    blocks: list[str] = []
    for block in re.split(r"\n[ \t]*\n+", body.strip("\n")):
        lines = block.split("\n")
        for listed, group in groupby(lines, key=lambda line: bool(_BULLET.match(line))):
            texts = [escape(_BULLET.sub("", line).strip()) for line in group]
            blocks.append(
                f"<ul>{''.join(f'<li>{t}</li>' for t in texts)}</ul>" if listed else f"<p>{'<br>'.join(texts)}</p>"
            )
    return "".join(blocks)


def _thread(draft: Draft) -> bytes:
    answered = message_ids(draft.in_reply_to)[:1]
    references = message_ids(" ".join(draft.references)) or answered
    return _ids("In-Reply-To", answered) + _ids("References", references)


def _ids(name: str, ids: Sequence[str]) -> bytes:
    """A header of message ids, one a line; nothing where there is none.

    They are not set on the EmailMessage: it would encode an id longer than a line, which no mail client finds again.
    """
    folded = "\r\n ".join(ids)
    return f"{name}: {folded}\r\n".encode("ascii") if ids else b""


def _field(header: str, people: Sequence[Stakeholder]) -> bytes:
    """A header with these people, one a line; nothing where there are none.

    They are not set on the EmailMessage: where it folds beside an accented name, it encodes the comma behind the reader
    before, and mail clients then find one reader in place of two.
    """
    entries = ",\r\n ".join(map(_entry, people))
    return f"{header}: {entries}\r\n".encode() if people else b""


def _entry(person: Stakeholder) -> str:
    name, (local, _, domain) = _one_line(person.name), person.address.rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    address = f"{local}@{domain}"
    plain = name.isascii() and len(name) <= _PLAIN and "=?" not in name
    if plain and address.isascii():
        return formataddr((name, address))
    coded = Header(name, "utf-8").encode(linesep="\r\n")
    return f"{coded} <{address}>"


def _one_line(text: str) -> str:
    return "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text).strip()


def file_names(review: Review) -> Iterator[tuple[str, Message]]:
    """A name for each outgoing message, in the order in which to send them: `1-group.eml`, `2-claire-leroy.eml`."""
    for number, message in enumerate(ordered(review), 1):
        yield file_name(number, message, review.draft), message


def file_name(number: int, message: Message, draft: Draft) -> str:
    """A name for a message that has this number: `1-group.eml`."""
    names = {p.address: p.name for p in draft.stakeholders}
    label = message.key if message.kind != "direct" else names.get(message.key, message.key)
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "message"
    return f"{number}-{slug}.eml"


def write_folder(review: Review, folder: Path, mail_ids: Mapping[str, str] = MappingProxyType({})) -> list[Path]:
    """Write the drafts, `review.md` and `review.json` into the folder and return the files written.

    `mail_ids` are the Message-IDs of the drafts, by the key of the message.
    """
    files = {
        name: eml(message, review.draft, mail_id=mail_ids.get(message.key, "")) for name, message in file_names(review)
    }
    files["review.md"] = markdown(review).encode("utf-8")
    files["review.json"] = (review.model_dump_json(indent=2) + "\n").encode("utf-8")
    return write_files(files, folder)


def other_drafts(folder: Path, written: Sequence[Path]) -> list[str]:
    """The names of the drafts in the folder that were written before, of another review or of this mail as it was."""
    return sorted({path.name for path in folder.glob("*.eml")} - {path.name for path in written})


def write_files(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write files into the folder that `--out` names and return their paths.

    Each file appears whole or not at all; files of earlier that are not written again are left alone.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write_whole(folder / name, content) for name, content in files.items()]
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise OutputError(f"{folder} cannot be written ({reason}); choose another folder with --out.") from error


def write_sent(requests: Sequence[Sent], lang: Lang, path: Path) -> None:
    """Write what left for the model's endpoint as one readable file."""
    write_whole(path, what_left(requests, lang).encode("utf-8"), "--sent")


def write_whole(path: Path, content: bytes, option: str) -> None:
    """Write a file that appears whole or not at all. OutputError names the option with which to choose another."""
    try:
        _write_whole(path, content)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise OutputError(f"{path} cannot be written ({reason}); choose another file with {option}.") from error


def _write_whole(path: Path, content: bytes) -> Path:
    if path.exists() and not path.is_file():
        # A pipe or a device is written to, not replaced by a file of its name.
        path.write_bytes(content)
        return path
    _sweep(path)
    temporary = _written(path, content)
    try:
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def _written(path: Path, content: bytes) -> Path:
    """The content in a hidden file beside the path. Where the system can, it has a name only once it is whole.

    What is killed while it writes then leaves nothing of a draft behind.
    """
    folder = path.parent.resolve()
    named = None
    try:
        os.stat("/proc/self/fd")
        handle = os.open(folder, os.O_WRONLY | os.O_TMPFILE, 0o600)
    except (AttributeError, OSError):  # not Linux, or a file system without it; without /proc it would get no name
        handle, created = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.")
        named = Path(created)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
            return named or _linked(handle, folder, path.name)
    except BaseException:
        if named:
            named.unlink(missing_ok=True)
        raise


def _linked(handle: int, folder: Path, name: str) -> Path:
    """A name for an unnamed file."""
    created = folder / f".{name}.{secrets.token_hex(4)}"
    at = os.open(folder, os.O_RDONLY)
    try:
        # With a folder given, Python asks the system to follow /proc's link to the file.
        os.link(f"/proc/self/fd/{handle}", created, src_dir_fd=at)
    finally:
        os.close(at)
    return created


def _sweep(path: Path) -> None:
    """Remove what a killed process left of an earlier write to this path; one that goes on just now is younger."""
    ours = re.compile(rf"\.{re.escape(path.name)}\.[a-z0-9_]{{8}}")
    with suppress(OSError):
        for found in path.parent.glob(".*"):
            if ours.fullmatch(found.name) and time.time() - found.stat().st_mtime > _LEFT_OVER:
                found.unlink()
