"""A batch on several machines: Ray Data hands the drafts out, replaces what dies, and brings the results back.

One task reads the input, actors review, and this process alone writes the file. Which drafts are due, what a review is and what the
file looks like is `reviewer.batch`'s; nothing here distributes anything by itself.
"""

import asyncio
import importlib.util
import json
import logging
import os
import pickle
import signal
import threading
import uuid
import warnings
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import pyarrow

from reviewer.batch import KILLED, MOST_UNANSWERED, FirstAnswer, Plan, Reviewer, Tick, due
from reviewer.batch_io import Ids, Out, Record, Source, error_line
from reviewer.choose import engine_setup, model_for
from reviewer.errors import ConfigError, InputError, ModelUnavailable, ReviewerError
from reviewer.pace import Pace
from reviewer.prompts import load, production
from reviewer.tally import Tally

TOGETHER = 32
"""Drafts that are handed to a worker at once by the local engine; a model takes long enough for one at a time."""
STORE = 256 * 2**20
"""Bytes of drafts and results that Ray may hold between the file and the workers, and back."""
_OURS = ("OPENAI_", "REVIEWER_")


class _Given(NamedTuple):
    """What a worker is handed."""

    number: int
    records: tuple[Record, ...]
    share: float | None
    """How much of the input had been read."""
    stop: ReviewerError | None = None
    skipped: float = 0.0
    changed: str = ""
    """As of `Ids`."""


class _Done(NamedTuple):
    """What came of it."""

    lines: tuple[bytes, ...]
    share: float | None
    skipped: float
    """As of the `Source`."""
    changed: str
    stop: ReviewerError | None
    worker: str
    refusals: int
    lowest: float
    """As of the worker's `Pace`."""
    served: bool
    asked: frozenset[int]
    """Numbers of the lines for which the model was asked."""


class _Way(NamedTuple):
    """How the drafts are handed out."""

    workers: int
    requests: int
    """To a model at a time, of each worker."""
    together: int


def run(source: Source, out: Out, plan: Plan, tally: Tally, tick: Tick = lambda *_: None) -> None:
    """As `reviewer.batch.run`, on the cluster of RAY_ADDRESS, or on a Ray of this machine that ends with the batch.

    `plan.concurrency` 0 is as many workers as the cluster has cores.
    """
    if not source.can_rewind:
        raise InputError(
            "INPUT: Ray reads the input in a process of its own, so it must be a file or a folder, not - or a pipe."
        )
    # Every machine must mean the same by the set in production.
    plan = plan._replace(prompt_set=plan.prompt_set or production())
    ids = Ids(out.ids.done)
    paces: dict[str, tuple[int, float]] = {}
    served = False

    def write(line: bytes) -> None:
        found = json.loads(line)
        # Ray gives each result once; that no draft stands twice is not left to it.
        if ids.add(found):
            out.write(line)
            tally.add(found)
            tick(tally, source)

    with _cluster(plan) as cores:
        way = _way(plan, cores)
        first = FirstAnswer(write, max(MOST_UNANSWERED, 2 * way.workers * way.requests))
        for done in _results(source.path.absolute(), out.ids, plan, way):
            if done.stop is not None:
                raise done.stop
            source.share, source.skipped = done.share, done.skipped
            out.ids.changed = out.ids.changed or done.changed
            paces[done.worker] = (done.refusals, done.lowest)
            if done.refusals:
                tally.pace = _together(way, paces.values())
            served = served or done.served
            for line in done.lines:
                first.take(line, json.loads(line)["line"] in done.asked, served)
        first.end()


def _way(plan: Plan, cores: int) -> _Way:
    most = plan.concurrency or cores
    if model_for(plan.engine) is None:
        return _Way(most, 1, TOGETHER)
    workers = min(most, cores)
    return _Way(workers, most // workers, 1)


def _together(way: _Way, paces: Iterable[tuple[int, float]]) -> Pace:
    """One pace for the summary: all refusals, and how many requests were left when each worker was at its lowest."""
    pace = Pace(way.workers * way.requests)
    pace.refusals = sum(refusals for refusals, _ in paces)
    pace.lowest = sum(lowest for _, lowest in paces)
    return pace


# --- Ray -----------------------------------------------------------------------------------------------------------


@contextmanager
def _cluster(plan: Plan) -> Iterator[int]:
    """Ray, for as long as the batch takes; gives its number of cores. One that is there already stays."""
    if importlib.util.find_spec("ray") is None:
        raise ConfigError("--via ray needs Ray, which is not installed: pip install 'reviewer[ray]'.")
    address = os.environ.get("RAY_ADDRESS", "")
    if address.startswith("ray://"):
        raise ConfigError("RAY_ADDRESS: give the command on a machine of the cluster, with an address without ray://.")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if not address:
        # Ray has no password. By this name it stays on the loopback, on Linux too; a node address of 127.0.0.1 does not do it.
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    import ray

    there = ray.is_initialized()
    ends = signal.getsignal(signal.SIGTERM)
    try:
        if not there and address:
            ray.init(log_to_driver=False, logging_level=logging.ERROR)
        elif not there:
            ray.init(
                "local",
                num_cpus=plan.concurrency or None,
                object_store_memory=STORE,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        if threading.current_thread() is threading.main_thread():
            # Ray puts an end of its own there, which tells nobody how to go on.
            signal.signal(signal.SIGTERM, ends)
        yield max(1, int(ray.cluster_resources().get("CPU", 1)))
    except (ray.exceptions.RayError, ConnectionError) as error:
        # Only the kind of error is told: what it says may quote what was handed out.
        raise ReviewerError(
            f"Ray cannot do the batch ({type(error).__name__}); is the cluster well, and is the same reviewer installed on "
            "each machine? The same command with --resume goes on."
        ) from None
    finally:
        if not there:
            ray.shutdown()


def _results(path: Path, ids: Ids, plan: Plan, way: _Way) -> Iterator[_Done]:
    """What the workers give back, as it comes."""
    import ray

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    # Blocks are as small as they can be, a row each: a row is what is handed out, and is handed out as soon as it is read.
    context.target_max_block_size = 1
    context.execution_options.resource_limits = ray.data.ExecutionResources(object_store_memory=STORE)
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    # It thinks of the one task that reads, whose many rows it cannot foresee.
    warnings.filterwarnings("ignore", "The minimum number of concurrent actors")
    # The file is on this machine, and what the marks are kept on must live as long as the batch.
    here = {"ray.io/node-id": ray.get_runtime_context().get_node_id()}
    marks = _Marks(ray.remote(num_cpus=0, label_selector=here)(_MarkBook).remote())
    variables = _variables(os.environ)
    rows = ray.data.from_items([0], override_num_blocks=1).map_batches(
        _read,
        batch_size=None,
        batch_format="pyarrow",
        fn_args=(path, ids, plan, way.together, variables),
        num_cpus=0,
        label_selector=here,
    )
    done = rows.map_batches(
        Worker,
        batch_size=None,
        batch_format="pyarrow",
        fn_constructor_args=(plan, way.requests, load(str(plan.prompt_set)).hash, variables, marks),
        compute=ray.data.ActorPoolStrategy(
            size=way.workers,
            max_concurrent_calls_per_actor=way.requests,
            max_tasks_in_flight_per_actor=way.requests + 1,
            enable_true_multi_threading=True,
        ),
        num_cpus=1,
    )
    for table in done.iter_batches(batch_size=None, batch_format="pyarrow"):
        yield from _unpacked(table)


def _packed(value: _Given | _Done) -> pyarrow.Table:
    """A row with the value; Arrow's own types could not hold fields of every kind."""
    return pyarrow.table({"value": pyarrow.array([pickle.dumps(value)], pyarrow.large_binary())})


def _unpacked(table: pyarrow.Table) -> Iterator[Any]:
    # Whoever could put something else here could run anything on the cluster anyway.
    return (pickle.loads(value) for value in table["value"].to_pylist())  # noqa: S301


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.startswith(_OURS)}


def _same_variables(variables: Mapping[str, str]) -> None:
    """Have those of the command, and no others. They do not go by Ray's runtime_env: that is written into its logs, keys and all."""
    for name in _variables(os.environ):
        del os.environ[name]
    os.environ.update(variables)


# --- in the processes of Ray ---------------------------------------------------------------------------------------


def _read(
    _: pyarrow.Table, path: Path, ids: Ids, plan: Plan, together: int, variables: Mapping[str, str]
) -> Iterator[pyarrow.Table]:
    """The records that are due, in the order of the input, however often it is begun anew: Ray takes up where it was."""
    _same_variables(variables)
    number, records, stop = 0, list[Record](), None
    source: Source | None = None
    try:
        source = Source(path)
        # Ray may begin this anew, with what was handed out before.
        ids.rewind()
        for record in islice(due(source, ids, plan), plan.limit):
            records.append(record)
            if len(records) == together:
                yield _packed(_Given(number, tuple(records), source.share, skipped=source.skipped))
                number, records = number + 1, []
    except ReviewerError as error:
        stop = error
    except Exception as error:  # its words may be those of a draft, and Ray would write them into its logs
        stop = ReviewerError(f"The input cannot be read ({type(error).__name__}).")
    share, skipped = (source.share, source.skipped) if source and not stop else (None, 0.0)
    yield _packed(_Given(number, tuple(records), share, skipped=skipped, changed=ids.changed))
    if stop:
        yield _packed(_Given(number + 1, (), None, stop))


class _MarkBook:
    """A mark of everything that was begun and did not end; an actor of its own, since a killed process keeps nothing."""

    def __init__(self) -> None:
        self._marks: Counter[str] = Counter()

    def begun(self, what: str) -> int:
        """Mark it; how many marks of processes that were killed it had."""
        self._marks[what] += 1
        return self._marks[what] - 1

    def ended(self, what: str) -> None:
        del self._marks[what]


class Marks(Protocol):
    """How often something was begun without an end."""

    def begun(self, what: str) -> int:
        """Note a beginning; how many before had no end."""

    def ended(self, what: str) -> None:
        """Note the end."""


class _Marks(NamedTuple):
    book: Any

    def begun(self, what: str) -> int:
        import ray

        return int(ray.get(self.book.begun.remote(what)))

    def ended(self, what: str) -> None:
        self.book.ended.remote(what)


_T = TypeVar("_T")


class Worker:
    """Reviews what it is handed, with an engine that is made ready once. Raises nothing: Ray logs what is raised."""

    def __init__(self, plan: Plan, requests: int, prompts: str, variables: Mapping[str, str], marks: Marks) -> None:
        """`requests` to a model at a time; `prompts` is the hash that the prompt set must have."""
        _same_variables(variables)
        self._name, self._marks = uuid.uuid4().hex, marks
        self._stop: ReviewerError | None = None
        self._asked: set[int] = set()
        self._pace = Pace(requests)
        self._stack = AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._reviewer = self._wait(self._prepared(plan, prompts))
        except ReviewerError as error:
            self._stop = error
        except Exception as error:
            self._stop = ReviewerError(f"The engine cannot be made ready ({type(error).__name__}).")

    async def _prepared(self, plan: Plan, prompts: str) -> Reviewer:
        setup = await self._stack.enter_async_context(
            engine_setup(plan.engine, plan.prompt_set, redact=plan.redact, pace=self._pace)
        )
        if setup.prompt_hash != prompts:
            raise ConfigError(f"The prompt set {setup.prompt_set!r} is another one on a machine of the cluster.")
        return Reviewer(setup._replace(deadline=None), plan, lambda record, _: self._asked.add(record.line))

    def _wait(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """End its connections and its loop, in a process that goes on; Ray ends a worker with its process."""
        self._wait(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __call__(self, table: pyarrow.Table) -> pyarrow.Table:
        """The lines of the records of one row. Several threads call it where a model is asked."""
        (given,) = _unpacked(table)
        lines: tuple[bytes, ...] = ()
        stop = given.stop or self._stop
        if stop is None:
            try:
                lines = self._lines(given)
            except Exception as error:
                stop = ReviewerError(f"A worker of the batch failed ({type(error).__name__}); go on with --resume.")
            if self._pace.hopeless:
                # What the local engine did in the model's place since then is not what was asked for.
                stop = ModelUnavailable(f"{self._pace.hopeless}; see to it, then give the same command with --resume.")
        pace, asked = self._pace, frozenset(r.line for r in given.records if r.line in self._asked)
        self._asked.difference_update(asked)
        return _packed(
            _Done(
                lines,
                given.share,
                given.skipped,
                given.changed,
                stop,
                self._name,
                pace.refusals,
                pace.lowest,
                pace.served_any,
                asked,
            )
        )

    def _lines(self, given: _Given) -> tuple[bytes, ...]:
        """Where a process was killed with these, one of them may be why: then each gets a mark of its own."""
        with self._marked(f"{given.number}") as kills:
            return tuple(self._careful(record) if kills else self._line(record) for record in given.records)

    def _careful(self, record: Record) -> bytes:
        with self._marked(f"line {record.line}") as kills:
            return error_line(record, KILLED) if kills else self._line(record)

    @contextmanager
    def _marked(self, what: str) -> Iterator[int]:
        kills = self._marks.begun(what)
        yield kills
        self._marks.ended(what)

    def _line(self, record: Record) -> bytes:
        return error_line(record, record.trouble) if record.trouble else self._wait(self._reviewer.line(record))
