"""The `reviewer batch` command: thousands of drafts, with progress, a summary and a report.

Only what every call needs is imported here, as in `reviewer.cli`.
"""

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reviewer.errors import ConfigError, InputError, OutputError, ReviewerError
from reviewer.terminal import EngineName, day_of, fail

if TYPE_CHECKING:
    from types import FrameType

    from reviewer.batch import Plan, Tick
    from reviewer.batch_io import Out, Source
    from reviewer.rounds import Standing
    from reviewer.tally import Tally

LINE_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""
REQUESTS = 8
"""Requests to a model at a time, where no other number is given."""
Way = Callable[["Tally", "Source"], float | None]
"""How much of a batch is done, 0 to 1, where that can be known."""


class Via(StrEnum):
    """By what way the drafts are reviewed."""

    DIRECT = "direct"
    RAY = "ray"
    OPENAI_BATCH = "openai-batch"


InputName = Annotated[
    str,
    typer.Argument(
        metavar="INPUT", help="JSON Lines, .csv, .parquet, an mbox, or a folder of .eml; - for JSON Lines on stdin."
    ),
]
OutFile = Annotated[Path, typer.Option(metavar="OUT.jsonl", help="The file of results, a line a draft.")]
Shard = Annotated[
    str | None,
    typer.Option(metavar="I/N", help="Do every N-th draft from the I-th on; each shard has its own OUT."),
]
Prompts = Annotated[
    str | None,
    typer.Option(metavar="SET", help="Prompt set, by name or folder; the one in production if not given."),
]
Redact = Annotated[
    bool | None,
    typer.Option("--redact/--no-redact", help="Replace names and amounts before a model is asked; see `review`."),
]
Day = Annotated[
    str | None,
    typer.Option("--on", metavar="DATE", help="The day of the reviews (YYYY-MM-DD); today if not given."),
]
Report = Annotated[Path | None, typer.Option(metavar="FILE.html", help="Write the summary as a page of its own.")]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="Do at most N drafts.")]


def batch(
    source: InputName,
    out: OutFile,
    engine: Annotated[EngineName, typer.Option(help="auto: a model where one is configured.")] = EngineName.AUTO,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Processes of the local engine (one a core), or requests to a model (8)."),
    ] = None,
    via: Annotated[
        Via,
        typer.Option(
            help="direct: by this machine; ray: by the cluster of RAY_ADDRESS; openai-batch: in rounds by the Batch API, which takes "
            "hours and costs less."
        ),
    ] = Via.DIRECT,
    poll: Annotated[
        float | None,
        typer.Option(
            min=0.01, max=3600, metavar="SECONDS", help="Ask after a batch of the Batch API at least so often (60)."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with OUT: what is in it is not done again.")] = False,
    retry_errors: Annotated[
        bool, typer.Option("--retry-errors", help="Go on with OUT, and do again what ended in an error.")
    ] = False,
    limit: Limit = None,
    shard: Shard = None,
    prompts: Prompts = None,
    redact: Redact = None,
    on: Day = None,
    report: Report = None,
    sent: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl", help="Write each request to a model as it leaves, a line each, to this file."
        ),
    ] = None,
) -> None:
    """Review thousands of drafts: one JSON object a line in, one a line out.

    `reviewer batch export` and `reviewer batch ingest` leave the asking of the model to you.
    """
    from reviewer.batch import run
    from reviewer.batch_io import leaving
    from reviewer.choose import model_for

    with _telling(out), ExitStack() as stack:
        if sent is not None and via is not Via.DIRECT:
            raise InputError(
                "--sent is for --via direct; by the Batch API the files that `reviewer batch export` writes are what leaves."
            )
        _check_places(source, out, report, sent)
        own = model_for(engine.value) is None
        most = REQUESTS if not own else 0 if via is Via.RAY else _cores()
        plan = _plan(engine, concurrency or most, limit, shard, prompts, redact, on)
        way = _way(limit) if via is not Via.OPENAI_BATCH else _unknown
        with _files(source, out, plan, way, report, resume=resume, retry_errors=retry_errors) as (
            drafts,
            results,
            tally,
            tick,
        ):
            match via:
                case Via.DIRECT:
                    if sent is None:
                        run(drafts, results, plan, tally, tick)
                    else:
                        told = stack.enter_context(leaving(sent, resume or retry_errors))
                        run(drafts, results, plan, tally, tick, told)
                case Via.RAY:
                    from reviewer.ray_batch import run as run_by_ray

                    run_by_ray(drafts, results, plan, tally, tick)
                case Via.OPENAI_BATCH:
                    from reviewer.rounds import LONGEST_POLL, Limits, Rounds

                    Rounds(drafts, results, plan, tally, tick, _say, Limits(poll=poll or LONGEST_POLL)).run()


def export(
    source: InputName,
    out: OutFile,
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files are to be; a new folder.")],
    limit: Limit = None,
    shard: Shard = None,
    prompts: Prompts = None,
    redact: Redact = None,
    on: Day = None,
) -> None:
    """Write what has to be asked of the model as files for the OpenAI Batch API, or for vLLM's `run-batch`.

    What needs no further answer is reviewed, and goes into OUT. Then `reviewer batch ingest` takes the results.
    """
    with _telling(out):
        _check_places(source, out)
        plan = _plan(EngineName.AUTO, 1, limit, shard, prompts, redact, on)
        with _files(source, out, plan, _unknown, resume=True, by_hand=True) as (drafts, results, tally, tick):
            from reviewer.rounds import Rounds

            standing = Rounds(drafts, results, plan, tally, tick, _say).export(to)
        if standing.waiting:
            files = f"{len(standing.files):,} file{'s' * (len(standing.files) > 1)}"
            typer.echo(f"{_waiting(standing)}: {files} in {to}.")
        else:
            typer.echo(f"Nothing is to be asked any more; every review is in {out}.")


def ingest(
    source: InputName,
    out: OutFile,
    results: Annotated[list[Path], typer.Argument(metavar="RESULT.jsonl...", help="Files of results.")],
    limit: Limit = None,
    shard: Shard = None,
    prompts: Prompts = None,
    redact: Redact = None,
    on: Day = None,
) -> None:
    """Take the results of files that `reviewer batch export` wrote, finish what they finish, and say what is still to be asked."""
    with _telling(out):
        _check_places(source, out)
        plan = _plan(EngineName.AUTO, 1, limit, shard, prompts, redact, on)
        with _files(source, out, plan, _unknown, resume=True, by_hand=True) as (drafts, file, tally, tick):
            from reviewer.rounds import Rounds, told

            taken, standing = Rounds(drafts, file, plan, tally, tick, _say).ingest(results)
            typer.echo(f"Taken: {told(taken)}")
        if standing.waiting:
            typer.echo(f"{_waiting(standing)}: go on with `reviewer batch export`.")
        else:
            typer.echo(f"Nothing is to be asked any more; every review is in {out}.")


@contextmanager
def _telling(out: Path) -> "Iterator[None]":
    """End with a sentence where something is wrong, Ctrl-C was pressed, or the system ends."""
    try:
        with _stopped_by_sigterm():
            yield
    except ReviewerError as error:
        fail(error)
    except KeyboardInterrupt:
        typer.echo(f"Stopped. What is done is in {out}; the same command with --resume goes on.", err=True)
        raise typer.Exit(130) from None


@contextmanager
def _stopped_by_sigterm() -> "Iterator[None]":
    """What `kill`, systemd and containers send stops a batch as Ctrl-C does, so that its end is told."""

    def stop(number: int, frame: "FrameType | None") -> None:
        # An event loop has put a handler of its own there, which ends its tasks first.
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler):
            handler(number, frame)
        else:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _plan(
    engine: EngineName,
    concurrency: int,
    limit: int | None,
    shard: str | None,
    prompts: str | None,
    redact: bool | None,
    on: str | None,
) -> "Plan":
    from reviewer.batch import Plan
    from reviewer.prompts import load, production

    plan = Plan(
        today=day_of(on, "--on") or date.today(),
        day_said=on is not None,
        engine=engine.value,
        prompt_set=prompts,
        redact=redact,
        concurrency=concurrency,
        limit=limit,
        shard=_shard(shard),
    )
    load(prompts or production())
    return plan


@contextmanager
def _files(
    source: str,
    out: Path,
    plan: "Plan",
    way: Way,
    report: Path | None = None,
    *,
    resume: bool,
    retry_errors: bool = False,
    by_hand: bool = False,
) -> "Iterator[tuple[Source, Out, Tally, Tick]]":
    """Both files of a batch and its counts; the summary is printed at the end, whatever the end.

    By hand most calls do no draft, and then nothing is counted.
    """
    from reviewer.batch import Means
    from reviewer.batch_io import Out, Source
    from reviewer.tally import Tally

    tally, means = Tally(), Means()
    drafts = Source(Path(source))

    def known(line: Mapping[str, Any]) -> None:
        tally.add(line)
        means.add(line)

    results = Out(out, resume=resume or retry_errors, retry_errors=retry_errors, known=known)
    tally.start()
    begun = True
    try:
        # In rounds those of the first call hold.
        if not out.with_name(f"{out.name}.rounds").exists() and (others := means.others(plan)):
            _say(f"{out} holds reviews by other means than those of this call: {others}.")
        with _progress(way) as tick:
            yield drafts, results, tally, tick
    except (InputError, ConfigError):
        begun = tally.lines > 0
        raise
    finally:
        if results.ids.changed:
            _say(
                f"INPUT is not what {out} was made of: {results.ids.changed} is another draft than the one that was reviewed "
                "there. What stood at the same place is not done again; give each draft an id, or name another file."
            )
        results.close(keep_empty=begun)
        if begun and (tally.lines or not by_hand):
            _summarize(tally, out, report)


def _check_places(source: str, out: Path, report: Path | None = None, sent: Path | None = None) -> None:
    """Raise InputError where two of the files are one, and OutputError where no report can be: at the end it would be too late."""
    named = {"INPUT": None if source == "-" else Path(source), "--out": out, "--report": report, "--sent": sent}
    for (one, first), (other, second) in combinations(named.items(), 2):
        if first and second and _same(first, second):
            raise InputError(f"{other}: {second} is the file of {one}; name another.")
    placed = report is None or (report.parent.is_dir() and os.access(report.parent, os.W_OK))
    if report is not None and (report.is_dir() or not placed):
        reason = "is a folder" if report.is_dir() else "is in no folder that can be written"
        raise OutputError(f"--report: {report} {reason}; name a file elsewhere.")


def _same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other) and (one.is_file() or one.is_dir())
    return one.resolve() == other.resolve()


def _waiting(standing: "Standing") -> str:
    drafts = f"{standing.waiting:,} draft{' waits' if standing.waiting == 1 else 's wait'}"
    return f"{drafts} for {standing.requests:,} answer{'' if standing.requests == 1 else 's'}"


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _cores() -> int:
    # Those that this process may use, which may be fewer than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 1, 1
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if not match or not 1 <= int(match.group(1)) <= int(match.group(2)):
        raise InputError(f"--shard must be like 2/8, the second of eight, not {text!r}.")
    return int(match.group(1)), int(match.group(2))


def _summarize(tally: "Tally", out: Path, report: Path | None) -> None:
    """Print what it came to, and write the page."""
    from reviewer.tally import as_html, rows

    pairs = rows(tally)
    width = max(len(key) for key, _ in pairs)
    for key, value in pairs:
        typer.echo(f"{key:<{width}}  {value}")
    if report is not None:
        from reviewer.export import write_whole

        write_whole(report, as_html(tally, out.name).encode("utf-8", "backslashreplace"), "--report")


def _way(limit: int | None) -> Way:
    """By how much of what is to be done is done: of the input from the first such draft on, or of the limit."""

    def way(tally: "Tally", source: "Source") -> float | None:
        read = (source.share or 0.0) - source.skipped
        done = read / (1 - source.skipped) if read > 0 else 0.0
        if limit is not None:
            done = max(done, (tally.lines - tally.earlier) / limit)
        return min(done, 1.0) or None

    return way


def _unknown(_tally: "Tally", _source: "Source") -> None:
    """In rounds: the input is read again in each, and how long the answers take nobody knows."""


@contextmanager
def _progress(way: Way) -> "Iterator[Tick]":
    """Show on standard error how far it is: a bar on a terminal, else a line every ten seconds."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    said = [0.0]
    if not console.is_terminal:

        def line(tally: "Tally", source: "Source") -> None:
            if tally.seconds - said[0] >= LINE_EVERY:
                said[0] = tally.seconds
                typer.echo(_standing(tally, way(tally, source)), err=True)

        yield line
        return
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, refresh_per_second=4) as progress:
        task = progress.add_task("", total=1.0)

        def bar(tally: "Tally", source: "Source") -> None:
            # A quarter of a second is what an eye needs; each call costs as much as a tenth of a review.
            if tally.seconds - said[0] >= 0.25:
                said[0] = tally.seconds
                done = way(tally, source)
                shown = done if done is not None else source.share or 0.0
                progress.update(task, completed=shown, description=_standing(tally, done))

        yield bar


def _standing(tally: "Tally", done: float | None) -> str:
    """ "1,200 drafts, 152.3/s, 3 errors, 0:02:10 left"; how long is left is told where it is known how much is done."""
    from datetime import timedelta

    parts = [f"{tally.lines:,} drafts", f"{tally.rate:.1f}/s"]
    if tally.errors.total():
        parts.append(f"{tally.errors.total():,} errors")
    if done:
        parts.append(f"{timedelta(seconds=round(tally.seconds * (1 / done - 1)))} left")
    return ", ".join(parts)
