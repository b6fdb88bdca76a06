"""An OAuth access token in the place of a password: where it comes from, and how an IMAP server is told it.

It stands in no error, and neither does the command that prints it.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Literal

from reviewer.errors import ConfigError

VARIABLE, COMMAND = "REVIEWER_IMAP_TOKEN", "REVIEWER_IMAP_TOKEN_COMMAND"
_MANY_SECONDS = 30  # for a command that asks its service for a new token
Mechanism = Literal["XOAUTH2", "OAUTHBEARER"]


def is_named(environ: Mapping[str, str]) -> bool:
    """Whether the environment has a token, or a command for one."""
    return any(environ.get(name, "").strip() for name in (VARIABLE, COMMAND))


def token(environ: Mapping[str, str], seconds: float = _MANY_SECONDS) -> str:
    """The access token of REVIEWER_IMAP_TOKEN, or what the command of REVIEWER_IMAP_TOKEN_COMMAND prints. Raises ConfigError.

    The command is run without a shell and without input, for at most `seconds`; what it says on the error output is not shown.
    """
    found, command = (environ.get(name, "").strip() for name in (VARIABLE, COMMAND))
    if found and command:
        raise ConfigError(f"{VARIABLE} and {COMMAND} are both set; set one of them.")
    where = COMMAND if command else VARIABLE
    if command:
        found = _printed(command, seconds)
    if not found:
        raise ConfigError(f"{where} {'prints nothing' if command else 'is not set'}; it must give an access token.")
    if not re.fullmatch(r"[!-~]+", found):
        raise ConfigError(f"{where} gives white space or an odd character; it must give the access token alone.")
    return found


def _printed(command: str, seconds: float) -> str:
    try:
        # Windows takes a command as one line, with quotes and backslashes of its own.
        words = command if sys.platform == "win32" else shlex.split(command)
        done = subprocess.run(  # noqa: S603 - the command of whoever started the program
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"{COMMAND} is not done after {seconds:g} seconds; run it by itself, as it may ask something."
        ) from None
    except (OSError, ValueError, IndexError) as error:
        why = getattr(error, "strerror", None) or "its quotes or its words are not right"
        raise ConfigError(f"{COMMAND} cannot be run ({why}); it must be a program with its arguments.") from None
    if done.returncode:
        raise ConfigError(f"{COMMAND} ended with {done.returncode} and gave no token; run it by itself to see why.")
    return done.stdout.decode("utf-8", "replace").strip()


def mechanism(capabilities: Collection[str]) -> Mechanism | None:
    """How the server takes a token, by its capabilities. Gmail and Microsoft 365 document XOAUTH2, so that comes first."""
    ways: tuple[Mechanism, ...] = ("XOAUTH2", "OAUTHBEARER")
    return next((way for way in ways if f"AUTH={way}" in capabilities), None)


def said(way: Mechanism, token: str, user: str, host: str, port: int) -> bytes:
    """What the server is told: https://developers.google.com/workspace/gmail/imap/xoauth2-protocol, or RFC 7628, 3.1."""
    if way == "XOAUTH2":
        return f"user={user}\x01auth=Bearer {token}\x01\x01".encode()
    name = user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01".encode()


def answers(way: Mechanism, words: bytes) -> Callable[[bytes], bytes]:
    """For `imaplib.IMAP4.authenticate`: the words first; to the reasons of a refusal what ends the talk, so that NO follows."""
    end = b"" if way == "XOAUTH2" else b"\x01"
    rest = iter((words,))
    return lambda _challenge: next(rest, end)
