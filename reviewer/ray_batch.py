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
import threading
import uuid
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pyarrow

from reviewer.batch import KILLED, Plan, Reviewer, Tick, due
from reviewer.batch_io import Ids, Out, Record, Source, error_line
from reviewer.choose import engine_setup, model_for
from reviewer.errors import ConfigError, InputError, ModelUnavailable, ReviewerError
from reviewer.pace import Pace
from reviewer.prompts import load, production
from reviewer.tally import Tally

TOGETHER = 8
"""Drafts that are handed to a worker at once by the local engine; a model takes long enough for one at a time."""
STORE = 256 * 2**20
"""Bytes of drafts and results that Ray may hold between the file and the workers, and back."""
_MOST_LOST = 100  # hand-outs that may be lost before it is the cluster that is ill
_OURS = ("OPENAI_", "REVIEWER_")


class _Given(NamedTuple):
    """What a worker is handed."""

    records: tuple[Record, ...]
    share: float | None
    read: int | None = None
    """At the end of the input: how many records there were."""
    stop: ReviewerError | None = None


class _Done(NamedTuple):
    """What came of it."""

    lines: tuple[bytes, ...]
    given: _Given
    worker: str
    refusals: int
    lowest: float


class _Way(NamedTuple):
    """How the drafts are handed out."""

    workers: int
    requests: int
    """To a model at a time, of each worker."""
    together: int
    ahead: int
    """Hand-outs that a worker has at most besides those it works on."""


def run(source: Source, out: Out, plan: Plan, tally: Tally, tick: Tick = lambda *_: None) -> None:
    """As `reviewer.batch.run`, on the cluster of RAY_ADDRESS, or on a Ray of this machine that ends with the batch.

    `plan.concurrency` 0 is as many workers as the cluster has cores.
    """
    if source.path == Path("-"):
        raise InputError("INPUT: Ray reads the input in a process of its own, so it must be a file, not -.")
    # Every machine must mean the same by the set in production.
    plan = plan._replace(prompt_set=plan.prompt_set or production())
    counted = _Counted(source, out, plan, tally, tick)
    with _cluster(plan) as cores:
        way = _way(plan, cores)
        # What was lost with the processes that had it is handed out one by one, so that nothing dies with its neighbour.
        if counted.all_of(way) or counted.all_of(way._replace(together=1, requests=1, ahead=0)):
            return
    counted.give_up()


def _way(plan: Plan, cores: int) -> _Way:
    most = plan.concurrency or cores
    if model_for(plan.engine) is None:
        return _Way(most, 1, TOGETHER, 1)
    workers = min(most, cores)
    return _Way(workers, most // workers, 1, 1)


class _Counted:
    """Writes what comes back, each line once, and knows what is left."""

    def __init__(self, source: Source, out: Out, plan: Plan, tally: Tally, tick: Tick) -> None:
        self._source, self._out, self._plan, self._tally, self._tick = source, out, plan, tally, tick
        self._ids = Ids(out.ids.done)
        self._written = 0
        self._paces: dict[str, tuple[int, float]] = {}

    def all_of(self, way: _Way) -> bool:
        """Hand out what is left; whether a line came back for everything."""
        before, read = self._written, None
        for done in _results(self._source.path.absolute(), Ids(self._ids.done), self._left(), way):
            if done.given.stop is not None:
                raise done.given.stop
            self._source.share = done.given.share
            self._pace(done, way)
            for line in done.lines:
                self._write(line)
            read = done.given.read if done.given.read is not None else read
        return read is not None and self._written - before >= read

    def give_up(self) -> None:
        """What is still left killed each process that had it."""
        for record in islice(due(self._source, Ids(self._ids.done), self._plan), self._left().limit):
            self._write(error_line(record, record.trouble or KILLED))

    def _left(self) -> Plan:
        limit = self._plan.limit
        return self._plan if limit is None else self._plan._replace(limit=limit - self._written)

    def _write(self, line: bytes) -> None:
        found = json.loads(line)
        if self._ids.add(found):
            self._out.write(line)
            self._written += 1
            self._tally.add(found)
            self._tick(self._tally, self._source)

    def _pace(self, done: _Done, way: _Way) -> None:
        self._paces[done.worker] = (done.refusals, done.lowest)
        if done.refusals:
            pace = self._tally.pace = Pace(way.workers * way.requests)
            pace.refusals = sum(refusals for refusals, _ in self._paces.values())
            pace.lowest = sum(lowest for _, lowest in self._paces.values())


# --- Ray -----------------------------------------------------------------------------------------------------------


@contextmanager
def _cluster(plan: Plan) -> Iterator[int]:
    """Ray, for as long as the batch takes; gives its number of cores. One that is there already stays."""
    if importlib.util.find_spec("ray") is None:
        raise ConfigError("--via ray needs Ray, which is not installed: pip install 'reviewer[ray]'.")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    address = os.environ.get("RAY_ADDRESS", "")
    if address.startswith("ray://"):
        raise ConfigError("RAY_ADDRESS: give the command on a machine of the cluster, with an address without ray://.")
    there = ray.is_initialized()
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
                _node_ip_address="127.0.0.1",
            )
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
    """What the workers give back, as it comes; what was lost with its process twice does not come."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    context = ray.data.DataContext.get_current().copy()
    context.enable_progress_bars = False
    # Blocks are as small as they can be, a row each: a row is what is handed out, and is handed out as soon as it is read.
    context.target_max_block_size = 1
    context.max_errored_blocks = _MOST_LOST
    context.execution_options.resource_limits = ray.data.ExecutionResources(object_store_memory=STORE)
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    variables = _variables(os.environ)
    with ray.data.DataContext.current(context):
        rows = ray.data.from_items([0], override_num_blocks=1).map_batches(
            _read,
            batch_size=None,
            batch_format="pyarrow",
            fn_args=(path, ids, plan, way.together, variables),
            num_cpus=0,
            scheduling_strategy=here,
        )
        done = rows.map_batches(
            _Worker,
            batch_size=None,
            batch_format="pyarrow",
            fn_constructor_args=(plan, way.requests, load(str(plan.prompt_set)).hash, variables),
            compute=ray.data.ActorPoolStrategy(
                size=way.workers,
                max_concurrent_calls_per_actor=way.requests,
                max_tasks_in_flight_per_actor=way.requests + way.ahead,
                enable_true_multi_threading=True,
            ),
            num_cpus=1,
            max_task_retries=1,
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
    ids = Ids(ids.done)
    read = 0
    records: list[Record] = []
    stop: ReviewerError | None = None
    share = None
    try:
        source = Source(path)
        for record in islice(due(source, ids, plan), plan.limit):
            records.append(record)
            read += 1
            if len(records) == together:
                yield _packed(_Given(tuple(records), source.share))
                records = []
        share = source.share
    except ReviewerError as error:
        stop = error
    except Exception as error:  # its words may be those of a draft, and Ray would write them into its logs
        stop = ReviewerError(f"The input cannot be read ({type(error).__name__}).")
    yield _packed(_Given(tuple(records), share))
    yield _packed(_Given((), share, read, stop))


_T = TypeVar("_T")


class _Worker:
    """Reviews what it is handed, with an engine that is made ready once. Raises nothing: Ray logs what is raised."""

    def __init__(self, plan: Plan, requests: int, prompts: str, variables: Mapping[str, str]) -> None:
        _same_variables(variables)
        self._name = uuid.uuid4().hex
        self._stop: ReviewerError | None = None
        self._pace = Pace(requests)
        self._stack = AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
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
        return Reviewer(setup._replace(deadline=None), plan)

    def _wait(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def __call__(self, table: pyarrow.Table) -> pyarrow.Table:
        """The lines of the records of one row. Several threads call it where a model is asked."""
        (given,) = _unpacked(table)
        lines: tuple[bytes, ...] = ()
        stop = given.stop or self._stop
        if stop is None:
            lines = tuple(self._line(record) for record in given.records)
            if self._pace.hopeless:
                # What the local engine did in the model's place since then is not what was asked for.
                stop = ModelUnavailable(f"{self._pace.hopeless}; see to it, then give the same command with --resume.")
        told = given._replace(records=(), stop=stop)
        return _packed(_Done(lines, told, self._name, self._pace.refusals, self._pace.lowest))

    def _line(self, record: Record) -> bytes:
        return error_line(record, record.trouble) if record.trouble else self._wait(self._reviewer.line(record))
