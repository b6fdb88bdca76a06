"""`reviewer eval`: run the labelled cases, compare runs, say which recordings are fresh, hold the gate."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn, TypeVar

import typer

from reviewer.errors import InputError, ReviewerError

if TYPE_CHECKING:
    from evals.cases import LabelledMail
    from evals.record import Mode
    from evals.run import Plan, Result, Run

T = TypeVar("T")
_WIDE = 8  # columns, from which on a table is drawn without rules, to fit into a terminal
app = typer.Typer(no_args_is_help=True, help="Measure prompts, policy and engines on labelled mails.")


def _wait_for(work: Coroutine[object, object, T]) -> T:
    # An event loop takes as long to import as all the rest of `reviewer --help`.
    import asyncio

    return asyncio.run(work)


class EngineName(StrEnum):
    """Which engine to run."""

    LOCAL = "local"
    LLM = "llm"


class Split(StrEnum):
    """Prompts are tuned on dev; test is only reported."""

    DEV = "dev"
    TEST = "test"


class Record(StrEnum):
    """Replay only, record what is not fresh, or record all anew."""

    NONE = "none"
    NEW = "new"
    ALL = "all"


SetOption = Annotated[str, typer.Option("--set", metavar="SET", help="Prompt set.")]
SourceOption = Annotated[
    str,
    typer.Option("--source", metavar="NAME", help="Recordings to replay or write; empty asks the model unrecorded."),
]
CasesOption = Annotated[str, typer.Option("--cases", metavar="GLOB", help="Only the cases whose id matches.")]
RecordedOption = Annotated[bool, typer.Option("--recorded", help="Only the cases that the source has recordings of.")]
SplitOption = Annotated[Split | None, typer.Option("--split", help="Only this split.")]


@app.command("run")
def run_command(
    prompt_set: SetOption = "default",
    engine: Annotated[EngineName, typer.Option(help="The model engine, or the local one.")] = EngineName.LLM,
    source: SourceOption = "relay",
    cases: CasesOption = "*",
    split: SplitOption = None,
    recorded: RecordedOption = False,
    repeat: Annotated[int, typer.Option(min=1, metavar="N", help="Review each case so often.")] = 1,
    record: Annotated[
        Record | None,
        typer.Option(
            help="Whether to ask the model and record what it says: none if not given, with --resume as the run did."
        ),
    ] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first case that is not safe.")] = False,
    resume: Annotated[str | None, typer.Option(metavar="RUN", help="Go on with this run (an id, or latest).")] = None,
    retry_errors: Annotated[
        bool, typer.Option("--retry-errors", help="With --resume: try the cases again that have no answer.")
    ] = False,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Cases at a time.")] = 8,
    confidences: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Judge by an annotator's own labels of who may read the confidences."),
    ] = None,
    judge: Annotated[
        bool, typer.Option("--judge", help="Have a model judge the wording of the messages too, one call a case.")
    ] = False,
    show: Annotated[bool, typer.Option("--wrong", help="List everything that was wrong, with its place.")] = False,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit XML.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one HTML page.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the run with its scores as JSON.")] = None,
) -> None:
    """Review the labelled cases and print the scores with 95 % intervals."""
    from evals import report
    from evals.run import Plan, only_recorded, relabelled

    with _errors():
        labels = str(confidences.resolve()) if confidences else ""
        plan = Plan(
            relabelled(_cases(cases, split.value if split else None), labels),
            prompt_set,
            engine.value,
            source,
            record.value if record else "none",
            repeat,
            fail_fast,
            concurrency,
            judge="on" if judge else "off",
            confidences=labels,
            options=_options(cases, split.value if split else None, recorded),
        )
        for file in filter(None, (junit, html, json)):
            report.check_file(file)  # a run may take hours
        plan = only_recorded(plan) if recorded and not resume else plan
        began = time.monotonic()
        if resume:
            run, done = _resume(plan, resume, retry_errors, record.value if record else None)
        else:
            run, done = _run(plan)
        seconds = time.monotonic() - began
        _print(run, show)
        if fail_fast and (sentence := report.stopped_sentence(run)):
            typer.echo(sentence)
        typer.echo(report.in_short(run, seconds, done))
        for path, made in ((junit, report.to_junit), (html, report.to_html), (json, report.to_json)):
            if path:
                report.write_file(path, made(run))
                typer.echo(path, err=True)
        if report.not_kept_sentence(run):
            raise typer.Exit(1)


@app.command("runs")
def runs_command() -> None:
    """List the runs that were kept, the newest last."""
    from evals.run import Store

    for name in Store().ids():
        typer.echo(name)


@app.command("compare")
def compare_command(
    first: Annotated[str, typer.Argument(metavar="RUN_A", help="A run's id, latest, latest:SET, or latest:SET:local.")],
    second: Annotated[str, typer.Argument(metavar="RUN_B")],
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one HTML page.")] = None,
    messages: Annotated[bool, typer.Option("--messages", help="Print the messages that changed, as a diff.")] = False,
) -> None:
    """Compare two runs case by case, regressions first."""
    from rich.console import Console

    from evals import compare, report
    from evals.run import Store

    with _errors():
        store = Store()
        found = compare.compare(store.load(first), store.load(second))
        if not found.cases:
            raise InputError(
                f"{found.first.id} and {found.second.id} reviewed no case in common, so there is nothing to compare."
            )
        console = Console(highlight=False)
        console.print(_table(compare.change_rows(found)))
        console.print(compare.shared_sentence(found))
        for change in found.cases:
            if change.worse or change.better:
                worse = f"[red]worse: {', '.join(map(report.title, change.worse))}[/red] " if change.worse else ""
                better = (
                    f"[green]better: {', '.join(map(report.title, change.better))}[/green]" if change.better else ""
                )
                console.print(f"{change.name}: {worse}{better}", soft_wrap=True)
            if messages:
                _print_messages(console, change)
        if html:
            report.write_file(html, compare.to_html(found))
            typer.echo(html, err=True)


@app.command("status")
def status_command(
    prompt_set: Annotated[str | None, typer.Option("--set", metavar="SET", help="Prompt set.")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="NAME", help="Recordings.")] = None,
    cases: CasesOption = "*",
    split: SplitOption = None,
    recorded: RecordedOption = False,
    repeat: Annotated[int, typer.Option(min=1, metavar="N", help="Of so many repeats of each case.")] = 1,
    engine: Annotated[
        EngineName | None, typer.Option(help="The local engine has no recordings but the judgements of its messages.")
    ] = None,
    judge: Annotated[
        bool, typer.Option("--judge", help="Count the cases without a recorded judgement as missing.")
    ] = False,
) -> None:
    """Say which recordings are fresh, stale, missing or orphaned, by step: of all that there are, or of one set and source."""
    from rich.console import Console

    from evals.record import source as source_of
    from evals.run import Plan, recorded_sets

    with _errors():
        mails = _cases(cases, split.value if split else None)
        every = [] if prompt_set or source or engine else recorded_sets()
        options = _options(cases, split.value if split else None, recorded or bool(every))
        wanted = every or [(source or "relay", prompt_set or "default", engine.value if engine else "llm")]
        table = [["source", "set", "cases", "step", "fresh", "error", "stale", "missing", "waits", "orphaned"]]
        sentences: list[str] = []
        for name, of, by in wanted:
            plan = Plan(mails, of, by, name, repeats=repeat, judge="on" if judge else "recorded", options=options)
            rows, bad = _status(plan, cases, recorded or bool(every))
            table += rows
            sentences += bad
        # What a program reads is cut nowhere.
        Console(highlight=False, width=None if sys.stdout.isatty() else 120).print(_table(table))
        name, of, _ = wanted[0]
        fresh = "All recordings are fresh." if every else f"All recordings of {of} from {name} are fresh."
        about = "" if every else f" {source_of(name, plan.source_folder.parent).about}"
        typer.echo("\n".join(sentences) or f"{fresh}{about}")
        if sentences:
            raise typer.Exit(1)


def _status(plan: "Plan", pattern: str, recorded: bool) -> tuple[list[list[str]], list[str]]:
    """Rows by step, and what is wrong in sentences. `recorded` leaves out the cases that nothing was recorded of."""
    from evals import report
    from evals.run import execute, new_run, states, strays
    from reviewer.prompts import prompts_dir

    suffix = ".local" if plan.engine == "local" else ""
    gone = "/" not in plan.prompt_set and not (prompts_dir() / plan.prompt_set).is_dir()
    folder = plan.source_folder / (f"{plan.prompt_set}{suffix}" if gone else plan.recorded_as)
    if gone and folder.is_dir():
        told = f"There is no prompt set {plan.prompt_set!r} by now, so nothing asks for {folder}: delete it."
        return _state_rows(plan, "gone", {}, strays(folder, None, pattern)), [told]
    total = len(plan.cases)
    if recorded:
        plan = plan._replace(cases=[mail for mail in plan.cases if (folder / f"{mail.id}.yaml").is_file()])
    run = new_run(plan).model_copy(update={"results": _wait_for(execute(plan))})
    sentences = list(filter(None, (report.stale_sentence(run), report.stale_judgements(run))))
    counted = f"{len(plan.cases)}/{total}" if recorded else str(total)
    return _state_rows(plan, counted, states(run.results), strays(folder, plan, pattern)), sentences


def _state_rows(
    plan: "Plan", counted: str, found: "Mapping[str, Counter[str]]", stray: "Counter[str]"
) -> list[list[str]]:
    from evals.record import STEPS

    names = ("fresh", "error", "stale", "missing", "waits", "orphaned")
    rows = []
    for step in [s for s in STEPS if s in found or s in stray]:
        counts = found.get(step, Counter()) + Counter(orphaned=stray[step])
        label = f"{plan.prompt_set}.local" if plan.engine == "local" else plan.prompt_set
        rows.append([plan.source, label, counted, step, *(str(counts[name]) for name in names)])
    return rows


@app.command("gate")
def gate_command(
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="Thresholds; evals/gate.yaml if not given.")] = None,
) -> None:
    """Replay the cases and exit with 1 where a recording is not fresh or a score misses its threshold."""
    from evals import gate, report
    from evals.run import Plan, execute, new_run, only_recorded

    with _errors():
        failed = 0
        for wanted in gate.read(file or gate.FILE):
            plan = Plan(_cases("*", wanted.split), wanted.set, wanted.engine, wanted.source)
            options = _options("*", wanted.split, wanted.recorded)
            plan = plan._replace(judge="on" if wanted.judges else "recorded", options=options)
            plan = only_recorded(plan) if wanted.recorded else plan
            run = new_run(plan).model_copy(update={"results": _wait_for(execute(plan))})
            sentences = gate.failures(wanted, run)
            for sentence in sentences:
                typer.echo(f"gate: {run.name}: {sentence}", err=True)
            if not sentences:
                typer.echo(f"gate: {run.name}: passed; {len(run.results)} cases, {len(wanted.thresholds)} scores.")
            if not wanted.judges and (note := report.stale_judgements(run)):
                typer.echo(f"gate: {run.name}: no threshold is on it, so it only is said: {note}")
            failed += len(sentences)
        if failed:
            raise typer.Exit(1)


# --- shared --------------------------------------------------------------------------------------------------------


def _cases(pattern: str, split: Literal["dev", "test"] | None) -> "tuple[LabelledMail, ...]":
    from evals.cases import load

    return load(pattern, split)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except ReviewerError as error:
        _fail(error)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        raise typer.Exit(130) from None


def _options(cases: str, split: str | None, recorded: bool) -> str:
    """The options that choose these cases, as one types them."""
    import shlex

    chosen = [*(["--cases", cases] if cases != "*" else []), *(["--split", split] if split else [])]
    return shlex.join([*chosen, *(["--recorded"] if recorded else [])])


def _fail(error: ReviewerError) -> NoReturn:
    typer.echo(f"reviewer: {error}", err=True)
    raise typer.Exit(2) from None


def _resume(plan: "Plan", name: str, retry: bool, record: "Mode | None") -> "tuple[Run, int]":
    """Go on with a run that was kept, as it was begun."""
    from evals.run import Store, resumed

    run = Store().load(name)
    plan = resumed(run, plan._replace(cases=_cases("*", None)), record)
    kept = [(r.case, r.repeat) for r in run.results if not (retry and r.unanswered)]
    return _run(plan, run.model_copy(update={"record": plan.record}), kept)


def _run(plan: "Plan", run: "Run | None" = None, done: "Sequence[tuple[str, int]]" = ()) -> "tuple[Run, int]":
    """Run the plan, kept result by result, but for what a run that goes on has done already; and how many reviews that took."""
    from evals.run import Store, execute, new_run

    store = Store()
    run = run or new_run(plan)
    write = store.start(run)
    with _progress(len(plan.cases) * plan.repeats, len(done)) as advance:

        def tick(result: "Result") -> None:
            write(result)
            advance()

        try:
            made = _wait_for(execute(plan, done, tick))
        except KeyboardInterrupt:
            typer.echo(f"Stopped; what was done is kept: go on with reviewer eval run --resume {run.id}", err=True)
            raise typer.Exit(130) from None
    return store.load(run.id), len(made)


@contextmanager
def _progress(total: int, done: int) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("cases"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("cases", total=total, completed=done)
        yield lambda: progress.advance(task)


def _table(rows: list[list[str]]) -> object:
    from rich import box
    from rich.table import Table

    wide = len(rows[0]) > _WIDE
    table = Table(*rows[0], box=None if wide else box.SIMPLE_HEAD, pad_edge=not wide, padding=(0, 1))
    for row in rows[1:]:
        table.add_row(*row)
    return table


def _print(run: "Run", show: bool) -> None:
    from rich.console import Console

    from evals import report

    console = Console(highlight=False)
    console.print(_table(report.table([run])))
    if roles := report.by_role(run.results):
        console.print(f"by role, must-read reached: {', '.join(f'{x.name} {report.shown(x)}' for x in roles)}")
    if shares := report.judged_rows(run.results):
        console.print(_table(shares))
    if run.about:
        console.print(run.about)
    for sentence in filter(
        None, (report.not_kept_sentence(run), report.stale_sentence(run), report.stale_judgements(run))
    ):
        console.print(sentence, style="bold", soft_wrap=True)  # the command in it is copied
    if show:  # a fault a line, to be searched
        for result, mark in report.wrong(run):
            for note in report.notes(mark):
                console.print(f"{result.case} · {mark.score} · {note}", markup=False, soft_wrap=True)
        for case, message in report.remarked(run):
            told = f"{case} · judge · {message.message} · {report.judgement_line(message)}"
            console.print(told, markup=False, soft_wrap=True)
    console.print(f"kept as {run.id}")


def _print_messages(console: object, change: object) -> None:
    from rich.console import Console
    from rich.text import Text

    from evals.compare import CaseChange, paired_messages, word_diff

    assert isinstance(change, CaseChange)  # noqa: S101 - for the type checker
    assert isinstance(console, Console)  # noqa: S101 - for the type checker
    styles = {"old": "red strike", "new": "green", "same": ""}
    for key, old, new in paired_messages(change.first.messages, change.second.messages):
        if old != new:
            console.print(f"--- {change.name}: {key}", style="bold", markup=False)
            console.print(Text.assemble(*((p.text, styles[p.kind]) for p in word_diff(old, new))))
