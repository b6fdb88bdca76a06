"""Functions for processes that do not survive. A module of its own: each process imports it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path


def fragile(marks: str) -> Callable[[str], bytes]:
    """A process that some tasks kill: always, or the first time."""

    def do(task: str) -> bytes:
        seen = Path(marks) / task
        if task.startswith("deadly") or (task.startswith("once") and not seen.exists()):
            seen.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return task.encode()

    return do


def unable() -> Callable[[str], bytes]:
    """A process that cannot begin."""
    os._exit(1)


def deaf() -> Callable[[str], bytes]:
    """A process that tells whether Ctrl-C reaches it."""
    return lambda _: b"deaf" if signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []) else b"hears"


def busy() -> Callable[[str], bytes]:
    """A process that is always about to say something."""
    return lambda _: b"x" * 1_000_000
