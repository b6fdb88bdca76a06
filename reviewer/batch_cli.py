"""The `reviewer batch` command: thousands of drafts, with progress, a summary and a report.

Only what every call needs is imported here, as in `reviewer.cli`.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reviewer.errors import InputError, OutputError, ReviewerError
from reviewer.terminal import EngineName, day_of, fail

if TYPE_CHECKING:
    from reviewer.batch import Tick
    from reviewer.batch_io import Source
    from reviewer.tally import Tally

LINE_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""
REQUESTS = 8
"""Requests to a model at a time, where no other number is given."""


class Via(StrEnum):
    """By what way the drafts are reviewed."""

    DIRECT = "direct"
    RAY = "ray"


def batch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT", help="JSON Lines, .csv, .parquet, an mbox, or a folder of .eml; - for JSON Lines on stdin."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="OUT.jsonl", help="The file of results, a line a draft.")],
    engine: Annotated[EngineName, typer.Option(help="auto: a model where one is configured.")] = EngineName.AUTO,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Processes of the local engine (one a core), or requests to a model (8)."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with OUT: what is in it is not done again.")] = False,
    retry_errors: Annotated[
        bool, typer.Option("--retry-errors", help="Go on with OUT, and do again what ended in an error.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Do at most N drafts.")] = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Do every N-th draft from the I-th on; each shard has its own OUT."),
    ] = None,
    prompts: Annotated[
        str | None,
        typer.Option(metavar="SET", help="Prompt set, by name or folder; the one in production if not given."),
    ] = None,
    redact: Annotated[
        bool | None,
        typer.Option("--redact/--no-redact", help="Replace names and amounts before a model is asked; see `review`."),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="DATE", help="The day of the reviews (YYYY-MM-DD); today if not given."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write the summary as a page of its own.")
    ] = None,
    via: Annotated[
        Via,
        typer.Option(help="direct: on this machine; ray: by Ray, on the cluster of RAY_ADDRESS or on this machine."),
    ] = Via.DIRECT,
) -> None:
    """Review thousands of drafts: one JSON object a line in, one a line out."""
    from reviewer.batch import Plan, run
    from reviewer.batch_io import Out, Source
    from reviewer.choose import model_for
    from reviewer.prompts import load, production
    from reviewer.tally import Tally

    tally = Tally()
    try:
        own = model_for(engine.value) is None
        plan = Plan(
            today=day_of(on, "--on") or date.today(),
            engine=engine.value,
            prompt_set=prompts,
            redact=redact,
            concurrency=concurrency or (REQUESTS if not own else 0 if via is Via.RAY else _cores()),
            limit=limit,
            shard=_shard(shard),
        )
        load(prompts or production())
        do = run
        if via is Via.RAY:
            from reviewer.ray_batch import run as do
        drafts = Source(Path(source))
        results = Out(out, resume=resume or retry_errors, retry_errors=retry_errors, known=tally.add)
        tally.start()
        try:
            with _progress() as tick:
                do(drafts, results, plan, tally, tick)
        finally:
            results.close()
            _summarize(tally, out, report)
    except ReviewerError as error:
        fail(error)
    except KeyboardInterrupt:
        typer.echo(f"Stopped. What is done is in {out}; the same command with --resume goes on.", err=True)
        raise typer.Exit(130) from None


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
        try:
            report.write_text(as_html(tally, out.name), "utf-8")
        except OSError as error:
            raise OutputError(f"--report: {report} cannot be written ({error.strerror}).") from error


@contextmanager
def _progress() -> "Iterator[Tick]":
    """Show on standard error how far it is: a bar on a terminal, else a line every ten seconds."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    said = [0.0]
    if not console.is_terminal:

        def line(tally: "Tally", source: "Source") -> None:
            if tally.seconds - said[0] >= LINE_EVERY:
                said[0] = tally.seconds
                typer.echo(_standing(tally, source), err=True)

        yield line
        return
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, refresh_per_second=4) as progress:
        task = progress.add_task("", total=1.0)

        def bar(tally: "Tally", source: "Source") -> None:
            # A quarter of a second is what an eye needs; each call costs as much as a tenth of a review.
            if tally.seconds - said[0] >= 0.25:
                said[0] = tally.seconds
                progress.update(task, completed=source.share or 0.0, description=_standing(tally, source))

        yield bar


def _standing(tally: "Tally", source: "Source") -> str:
    """ "1,200 drafts, 152.3/s, 3 errors, 0:02:10 left"; how long is left is known once something was read."""
    from datetime import timedelta

    parts = [f"{tally.lines:,} drafts", f"{tally.rate:.1f}/s"]
    if tally.errors.total():
        parts.append(f"{tally.errors.total():,} errors")
    if source.share:
        parts.append(f"{timedelta(seconds=round(tally.seconds * (1 / source.share - 1)))} left")
    return ", ".join(parts)
