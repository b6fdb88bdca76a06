"""What every command needs: files and dates from what was typed, and errors as one sentence with exit code 2."""

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

import typer

from reviewer.errors import InputError, ReviewerError


class EngineName(StrEnum):
    """Which engine to use."""

    AUTO = "auto"
    LLM = "llm"
    LOCAL = "local"


def fail(error: ReviewerError) -> NoReturn:
    """Say what is wrong, and end."""
    typer.echo(f"reviewer: {error}", err=True)
    raise typer.Exit(2) from None


def read_file(name: str, option: str) -> bytes:
    """A file's bytes; `-` is standard input. InputError says which option names what cannot be read."""
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{option}: there is no file {name}; check the path.") from None
    except IsADirectoryError:
        raise InputError(f"{option}: {name} is a folder; name a file in it.") from None
    except OSError as error:
        raise InputError(f"{option}: {name} cannot be read ({error.strerror}).") from error


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
