"""What every command needs: files and dates from what was typed, and errors as one sentence with exit code 2."""

import sys
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

import typer

from reviewer.errors import InputError, ReviewerError

if TYPE_CHECKING:
    from reviewer.texts import Lang
    from reviewer.types import Draft, Message

_MOST_BYTES = 200_000_000  # of a file with a mail and its attachments, or of an mbox


class EngineName(StrEnum):
    """Which engine to use."""

    AUTO = "auto"
    LLM = "llm"
    LOCAL = "local"


class Mailbox(StrEnum):
    """Where drafts can be put."""

    IMAP = "imap"
    GMAIL = "gmail"
    GRAPH = "graph"


def fail(error: ReviewerError) -> NoReturn:
    """Say what is wrong, and end."""
    from reviewer.present import printable

    # The name of a file stands in some errors, and a name may hold what repaints a terminal.
    typer.echo(printable(f"reviewer: {error}"), err=True)
    raise typer.Exit(2) from None


def read_file(name: str, option: str) -> bytes:
    """A file's bytes; `-` is standard input. InputError says which option names what cannot be read."""
    try:
        if name == "-":
            return _within(sys.stdin.buffer, name, option)
        with Path(name).open("rb") as file:
            return _within(file, name, option)
    except FileNotFoundError:
        raise InputError(f"{option}: there is no file {name}; check the path.") from None
    except IsADirectoryError:
        raise InputError(f"{option}: {name} is a folder; name a file in it.") from None
    except OSError as error:
        raise InputError(f"{option}: {name} cannot be read ({error.strerror}).") from error


def _within(file: BinaryIO, name: str, option: str) -> bytes:
    """What a file or a pipe holds, unless it is no mail by its size alone."""
    raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise InputError(f"{option}: {name} has more than {_MOST_BYTES // 1_000_000} MB; name the mail alone.")
    return raw


def give_all(*places: Callable[[], None]) -> None:
    """Give what was made to every place: one that takes nothing does not keep it from the others. Raises the first error.

    Nor does a pipe that nobody reads any more ("| head -1"), which is no error of ours.
    """
    failed: list[ReviewerError] = []
    broken: BrokenPipeError | SystemExit | None = None
    for give in places:
        try:
            give()
        except ReviewerError as error:
            failed.append(error)
        except (BrokenPipeError, SystemExit) as error:  # rich ends the program there
            broken = error
    if failed:
        raise failed[0]
    if broken:
        raise broken


def put_drafts(
    where: Mailbox | None, messages: "Sequence[Message]", draft: "Draft", lang: "Lang", mail_ids: "Sequence[str]" = ()
) -> tuple[str, ...]:
    """Put the messages into this mailbox, where one is named, and say where they are; the Message-IDs that they have there."""
    if where is None:
        return ()
    from reviewer.handover import Box, hand_over, placed_line

    box = Box(where.value)
    handed = hand_over(box, messages, draft, mail_ids)
    typer.echo(placed_line(handed, box, lang), err=True)
    return handed.mail_ids


def decoded(raw: bytes) -> str:
    """The text of a file, whatever its encoding."""
    from reviewer.mail import decode_text

    return decode_text(raw)


def interactive() -> bool:
    """Whether somebody sits at the terminal who can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def day_of(text: str | None, option: str) -> date | None:
    """A day as typed; InputError says which option is none."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} must be a date like 2026-03-14, not {text!r}.") from None
