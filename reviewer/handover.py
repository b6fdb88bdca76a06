"""Hand the messages over as drafts to the mailbox that is set up; it opens no way to send them."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from reviewer import mailbox, webmail
from reviewer.errors import InputError
from reviewer.export import eml
from reviewer.texts import Lang, say
from reviewer.types import Draft, Message


class Box(StrEnum):
    """A kind of mailbox."""

    IMAP = "imap"
    GMAIL = "gmail"
    GRAPH = "graph"


class Handed(NamedTuple):
    """What was handed over."""

    drafts: int
    folder: str
    """The folder as people read it; empty where the service has one folder of drafts and no name for it."""
    mail_ids: tuple[str, ...] = ()
    """The Message-ID of each draft, in the order of the messages; empty where it has none that is known."""


NAMES: Mapping[Box, str] = {Box.IMAP: "IMAP", Box.GMAIL: webmail.GMAIL.name, Box.GRAPH: "Microsoft 365"}
_SETTING = {
    Box.IMAP: "REVIEWER_IMAP_HOST",
    Box.GMAIL: webmail.GMAIL.variable,
    Box.GRAPH: webmail.GRAPH.variable,
}


def set_up(environ: Mapping[str, str] = os.environ) -> tuple[Box, ...]:
    """The mailboxes that the environment names."""
    return tuple(box for box, name in _SETTING.items() if environ.get(name, "").strip())


def hand_over(
    box: Box,
    messages: Sequence[Message],
    draft: Draft,
    mail_ids: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
) -> Handed:
    """Put the messages into the mailbox as drafts, the first to send last, so that it stands on top.

    They come in the order in which to send them, and leave in the place of `draft`, as `export.eml` has it, each with its
    Message-ID of `mail_ids` where that has any; the mailbox may give it another. Raises ConfigError where the mailbox is
    not set up or does not let one in, InputError where there is nothing to hand over, else OutputError, which says what
    is left in the mailbox.
    """
    if not messages:
        raise InputError("There is no message to hand over.")
    now = datetime.now().astimezone()
    given = tuple(mail_ids) or ("",) * len(messages)
    mails = [eml(m, draft, now, mail_id) for m, mail_id in zip(messages, given, strict=True)]
    handed = _PLACE[box](mails[::-1], environ)
    told = handed.mail_ids[::-1] or given
    return handed._replace(mail_ids=tuple(theirs or ours for theirs, ours in zip(told, given, strict=True)))


def placed_line(handed: Handed, box: Box, lang: Lang) -> str:
    """One line that says what was put where."""
    where = " · ".join(part for part in (NAMES[box], handed.folder) if part)
    return say(lang, "drafts.placed", count=handed.drafts, where=where)


def _imap(mails: Sequence[bytes], environ: Mapping[str, str]) -> Handed:
    account = mailbox.account(environ)
    placed = mailbox.append_drafts(account, mailbox.secret(environ), mails)
    return Handed(placed.mails, placed.folder)


def _gmail(mails: Sequence[bytes], environ: Mapping[str, str]) -> Handed:
    return _by_web(webmail.gmail_drafts(webmail.token(webmail.GMAIL, environ), mails))


def _graph(mails: Sequence[bytes], environ: Mapping[str, str]) -> Handed:
    return _by_web(webmail.graph_drafts(webmail.token(webmail.GRAPH, environ), mails))


def _by_web(made: Sequence[webmail.Made]) -> Handed:
    return Handed(len(made), "", tuple(one.mail_id for one in made))


_PLACE: Mapping[Box, Callable[[Sequence[bytes], Mapping[str, str]], Handed]] = {
    Box.IMAP: _imap,
    Box.GMAIL: _gmail,
    Box.GRAPH: _graph,
}
