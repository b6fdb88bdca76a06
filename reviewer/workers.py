"""Processes that work side by side, for what one core cannot do; none of them can take the batch down.

Not the pool of the standard library: there a process that is killed breaks the pool without telling which task it had, and a parent
that is killed leaves the processes behind.
"""

import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, NamedTuple, TypeVar

from reviewer.errors import ReviewerError

Task = TypeVar("Task")
_AHEAD = 2  # tasks that a process has at most: the one it works on, and the next
_KILLS = 2  # processes that one task may take with it
_FALSE_STARTS = 3  # processes in a row that end before they can work
_READY = b"ready"


class Result(NamedTuple, Generic[Task]):
    """What came of a task."""

    task: Task
    value: bytes | None
    """None where the task killed its process twice."""


class _Job(Generic[Task]):
    def __init__(self, task: Task) -> None:
        self.task, self.kills = task, 0


class _Worker(Generic[Task]):
    """A process with its tasks, in the order in which it does them."""

    def __init__(self, start: Callable[..., Callable[[Any], bytes]], args: tuple[object, ...]) -> None:
        self.jobs: deque[_Job[Task]] = deque()
        self.ready = False
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, start, args), daemon=True)
        with _undisturbed():
            self.process.start()
        theirs.close()

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.connection.close()


class Workers(Generic[Task]):
    """At most `size` processes; each calls `start(*args)` once, which gives the function from a task to bytes."""

    def __init__(self, size: int, start: Callable[..., Callable[[Any], bytes]], *args: object) -> None:
        """A process begins when there is a task for it."""
        self._size, self._start, self._args = size, start, args
        self._workers: list[_Worker[Task]] = []
        self._again: deque[_Job[Task]] = deque()
        self._false_starts = 0

    @property
    def ids(self) -> list[int]:
        """Of the processes that run."""
        return [w.process.pid for w in self._workers if w.process.pid is not None]

    def results(self, tasks: Iterator[Task]) -> Generator[Result[Task], None, None]:
        """The results as they come, in any order; a task is only taken when there is room for it.

        What a killed process had is done by another one. Raises ReviewerError where no process can work.
        """
        try:
            while True:
                self._hand_out(tasks)
                busy = {w.connection: w for w in self._workers if w.jobs}
                if not busy:
                    return
                for connection in wait(list(busy)):
                    yield from self._received(busy[connection])  # type: ignore[index]
        finally:
            for worker in self._workers:
                worker.end()
            self._workers = []

    def _hand_out(self, tasks: Iterator[Task]) -> None:
        while len(self._workers) < self._size or any(len(w.jobs) < _AHEAD for w in self._workers):
            job = self._again.popleft() if self._again else next((_Job(task) for task in tasks), None)
            if job is None:
                return
            worker = self._free()
            worker.jobs.append(job)
            # What cannot be sent goes to a dead process, which is noticed when its answer is waited for.
            with suppress(OSError):
                worker.connection.send(job.task)

    def _free(self) -> "_Worker[Task]":
        """The process with the fewest tasks; a new one where all have something to do."""
        least = min(self._workers, key=lambda w: len(w.jobs), default=None)
        return least if least and (not least.jobs or len(self._workers) == self._size) else self._begin()

    def _begin(self) -> "_Worker[Task]":
        worker: _Worker[Task] = _Worker(self._start, self._args)
        self._workers.append(worker)
        return worker

    def _received(self, worker: "_Worker[Task]") -> Iterator[Result[Task]]:
        try:
            value = worker.connection.recv_bytes()
        except (EOFError, OSError):
            yield from self._lost(worker)
            return
        if not worker.ready:
            worker.ready, self._false_starts = True, 0
            return
        yield Result(worker.jobs.popleft().task, value)

    def _lost(self, worker: "_Worker[Task]") -> Iterator[Result[Task]]:
        """A process is gone: the first of its tasks may be why, the others are done elsewhere."""
        self._workers.remove(worker)
        worker.end()
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts >= _FALSE_STARTS:
                raise ReviewerError("The processes of the batch end before they begin; is there enough memory?")
        else:
            worker.jobs[0].kills += 1
        if worker.jobs[0].kills >= _KILLS:
            yield Result(worker.jobs.popleft().task, None)
        self._again.extend(worker.jobs)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """What begins here hears neither Ctrl-C nor SIGTERM: they are for the parent, which ends its processes itself."""
    if sys.platform == "win32":
        yield
        return
    # multiprocessing would begin its tracker with the first process, and let the signal through again when it has.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: Connection, start: Callable[..., Callable[[Any], bytes]], args: tuple[object, ...]) -> None:
    """The life of a process. It ends at once when its parent does, even in the middle of a task."""
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def receive() -> None:
        # A thread of its own: while it listens, the parent can always hand over the next task without waiting.
        try:
            while True:
                tasks.put(connection.recv())
        except (EOFError, OSError):
            os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    do = start(*args)

    def send(value: bytes) -> None:
        try:
            connection.send_bytes(value)
        except OSError:
            os._exit(0)  # nobody is there to read it, nor a traceback

    send(_READY)
    while True:
        send(do(tasks.get()))
