"""What the seller typed, and where it stays: in the session, and in the server's memory so that a reload finds it again.

Nothing is written to disk. A draft is found by the random token of the page's address and forgotten after a day.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, NamedTuple, TypeVar

from reviewer.cues import insists_on_copy
from reviewer.errors import InputError
from reviewer.mail import RawMail
from reviewer.parse import plain_mail
from reviewer.people import checked_address
from reviewer.redact import Sent
from reviewer.revise import Decisions
from reviewer.texts import Lang, say
from reviewer.types import Recipient, Review, Role, Stakeholder

KEPT = 24 * 3600.0  # seconds that a draft stays in memory
MOST = 500  # drafts in memory
COLUMNS = ("name", "address", "roles", "copied", "insists", "note")


class Thread(NamedTuple):
    """Where a dropped mail stands in its thread."""

    subject: str = ""
    """The mail's subject: under another one the draft is a matter of its own."""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


@dataclass
class Typed:
    """Everything on the left of the page, as typed."""

    subject: str = ""
    body: str = ""
    people: list[dict[str, Any]] = field(default_factory=list)
    culture: str = "unknown"
    agreed: bool = False
    last: date | None = None
    thread: Thread = field(default_factory=Thread)


@dataclass
class Kept:
    """A whole page: what was typed, and what came of it."""

    typed: Typed = field(default_factory=Typed)
    review: Review | None = None
    reviewed: Typed | None = None
    """What had been typed when the review was made."""
    decisions: Decisions = field(default_factory=Decisions)
    """The seller's decisions, the edits of the cards among them."""
    sent: tuple[Sent, ...] = ()
    """What left for the model in that review."""
    round: int = 0
    """How many reviews there have been; the cards of each are new."""


T = TypeVar("T")


class Memory(Generic[T]):
    """What pages hold, by token, the least recently used forgotten first."""

    def __init__(self) -> None:
        """Start empty."""
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def keep(self, token: str, kept: T) -> None:
        """Remember a page under this token."""
        self._kept[token] = (time.time(), kept)
        self._kept.move_to_end(token)
        while len(self._kept) > MOST or (self._kept and time.time() - next(iter(self._kept.values()))[0] > KEPT):
            self._kept.popitem(last=False)

    def find(self, token: str) -> T | None:
        """The page under this token, if it is still there."""
        entry = self._kept.get(token)
        return entry[1] if entry and time.time() - entry[0] <= KEPT else None

    def forget(self, token: str) -> None:
        """Remove the page under this token."""
        self._kept.pop(token, None)


def new_token() -> str:
    """A name for a draft that nobody can guess."""
    return secrets.token_urlsafe(16)


def rows_of(people: Sequence[Stakeholder]) -> list[dict[str, Any]]:
    """The people as rows of the table."""
    return [
        {
            "name": p.name,
            "address": p.address,
            "roles": [str(r) for r in p.roles if r is not Role.UNKNOWN],
            "copied": p.recipient is Recipient.CC,
            "insists": insists_on_copy(p),
            "note": p.note,
        }
        for p in people
    ]


def people_of(rows: Sequence[Mapping[str, Any]], lang: Lang) -> tuple[Stakeholder, ...]:
    """The people of the table's rows; empty rows are skipped. InputError names the row that is wrong."""
    people: list[Stakeholder] = []
    for number, row in enumerate(rows, 1):
        name, address, note = (str(row.get(key) or "").strip() for key in ("name", "address", "note"))
        if not name and not address:
            continue
        address = checked_address(address, number)
        if any(p.address == address for p in people):
            raise InputError(f"Line {number}: {address} is already in the list; keep one of the two lines.")
        if row.get("insists") and not insists_on_copy(Stakeholder(name=name or address, address=address, note=note)):
            note = f"{note} - {say(lang, 'ui.insists_note')}".strip(" -")
        people.append(
            Stakeholder(
                name=name or address,
                address=address,
                roles=tuple(Role(r) for r in row.get("roles") or []) or (Role.UNKNOWN,),
                recipient=Recipient.CC if row.get("copied") else Recipient.TO,
                note=note,
            )
        )
    return tuple(people)


def mail_of(typed: Typed) -> RawMail:
    """The typed draft as a mail, in the thread of the mail that was dropped while its subject is still that one.

    Lines like "Subject: ..." typed above the draft are no part of it; the subject's own field comes first.
    """
    subject = typed.subject.strip()
    thread = typed.thread if typed.thread.subject == subject else Thread()
    mail = plain_mail(typed.body.replace("\r\n", "\n"))
    return mail._replace(subject=subject or mail.subject, in_reply_to=thread.in_reply_to, references=thread.references)
