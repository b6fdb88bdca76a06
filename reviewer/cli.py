"""The `reviewer` command: review a draft, list the roles, check the policy.

Only what every call needs is imported here; the rest is imported where it is used, so that `--help` answers at once.
"""

import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from reviewer import __version__
from reviewer.batch_cli import batch, export, ingest
from reviewer.deal_cli import app as deal_app
from reviewer.errors import ConfigError, InputError, OutputError, ReviewerError
from reviewer.terminal import EngineName, Mailbox, day_of, fail, give_all, put_drafts, read_file

if TYPE_CHECKING:
    from reviewer.chain import Progress
    from reviewer.texts import Lang
    from reviewer.types import Language, Review


# Control and direction characters that JSON lets stand as they are.
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


class Words(TyperGroup):
    """Commands whose names may have two words: `batch` takes a file, `batch export` is a command of its own."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 - not public there
        """The command that the first word names, or the first two."""
        both = " ".join(args[:2])
        if len(args) > 1 and both in self.commands:
            return both, self.commands[both], args[2:]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="reviewer",
    cls=Words,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its help takes a tenth of a second to be imported
    help="Split the email you are about to send to everybody into one group message and direct messages.",
)
policy_app = typer.Typer(no_args_is_help=True, help="The table of who reads what.")
app.add_typer(policy_app, name="policy")
prompts_app = typer.Typer(no_args_is_help=True, help="The prompt sets: copy, check, compare, promote.")
app.add_typer(prompts_app, name="prompts")
app.add_typer(deal_app, name="deal")
app.command()(batch)
app.command("batch export")(export)
app.command("batch ingest")(ingest)
if (Path(__file__).parent.parent / "evals" / "cli.py").is_file():
    # The labelled cases and the recordings live in a clone of the repository, not in the installed package.
    from evals.cli import app as eval_app

    app.add_typer(eval_app, name="eval")


class CultureName(StrEnum):
    """How information travels at the customer."""

    UNKNOWN = "unknown"
    TRANSPARENT = "transparent"
    MIXED = "mixed"
    HIERARCHICAL = "hierarchical"


class Format(StrEnum):
    """How to print the review."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


class ExplainIn(StrEnum):
    """Language of reasons and advice."""

    FR = "fr"
    EN = "en"


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"reviewer {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def review(
    draft: Annotated[str, typer.Argument(metavar="DRAFT", help="A text file or .eml; - for standard input.")],
    people: Annotated[
        str | None,
        typer.Option("--people", metavar="FILE", help="Who reads it: CSV, vCard, pasted lines, or a To/Cc header."),
    ] = None,
    engine: Annotated[EngineName, typer.Option(help="auto: a model where one is configured.")] = EngineName.AUTO,
    prompts: Annotated[
        str | None,
        typer.Option(metavar="SET", help="Prompt set, by name or folder; the one in production if not given."),
    ] = None,
    culture: Annotated[CultureName, typer.Option(help="The customer's culture.")] = CultureName.UNKNOWN,
    agreed: Annotated[bool, typer.Option("--agreed", help="The sponsor has agreed to this way of writing.")] = False,
    last_group_message: Annotated[
        str | None, typer.Option(metavar="DATE", help="When the last message to the group left (YYYY-MM-DD).")
    ] = None,
    subject: Annotated[str, typer.Option(help="The subject, where the draft does not carry one.")] = "",
    sender: Annotated[str, typer.Option(help="Who sends it: Name <address>.")] = "",
    explain_in: Annotated[
        ExplainIn | None, typer.Option(help="Language of reasons and advice; French for a French draft, else English.")
    ] = None,
    deadline: Annotated[
        float | None,
        typer.Option(
            min=1, metavar="SECONDS", help="Time for the whole review with a model; REVIEWER_DEADLINE, or 120."
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print the review.")] = Format.TEXT,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the .eml drafts, the Markdown and the JSON here.")
    ] = None,
    drafts: Annotated[
        Mailbox | None,
        typer.Option(help="Put the messages into the Drafts of this mailbox, as the README's settings name it."),
    ] = None,
    redact: Annotated[
        bool | None,
        typer.Option(
            "--redact/--no-redact",
            help="Replace names, amounts and contact details before a model is asked; on unless it runs on this machine.",
        ),
    ] = None,
    sent: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what left this machine, word for word, to this file.")
    ] = None,
    deal: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Review it in this deal: people, culture, agreement and rhythm are the deal's; it keeps the review.",
        ),
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="The day of the review (YYYY-MM-DD); today if not given.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where a finding, a caution or a warning stands.")
    ] = False,
) -> None:
    """Review the draft of an email and propose what to send instead."""
    import asyncio

    from reviewer.chain import review as run
    from reviewer.choose import engine_setup
    from reviewer.contacts import Contacts, contacts_of, left_out_line
    from reviewer.parse import any_mail, envelope_of, make_draft
    from reviewer.present import printable
    from reviewer.redact import Sent
    from reviewer.texts import say
    from reviewer.types import Culture, Review, Severity, Situation

    try:
        last = day_of(last_group_message, "--last-group-message")
        if draft == "-" and people == "-":
            raise InputError("Only one of DRAFT and --people can be - (standard input); put the other into a file.")
        listed = read_file(people, "--people") if people else None
        mail = any_mail(read_file(draft, "DRAFT"))
        given, without_address = contacts_of(listed) if listed is not None else Contacts(())
        today = day_of(on, "--on") or date.today()
        if deal is None:
            parsed, passages = make_draft(mail, given, subject, sender)
            # A list alone is who reads it, right or wrong; beside a mail file it tells whom the file should name.
            envelope = envelope_of(mail, given if mail.people else ())
            lang = _explain(explain_in, parsed.language)
            known = Situation(today=today, explain_in=lang)
        else:
            from reviewer.deal_cli import draft_in

            parsed, passages, known, envelope = draft_in(deal, mail, given, subject, sender, today)
            lang = _explain(explain_in, parsed.language)
        if mail.mails > 1:
            typer.echo(printable(f"! {say(lang, 'deal.newest', count=mail.mails, subject=parsed.subject)}"), err=True)
        if deal is None and listed is None:
            without_address = tuple(r.name for r in mail.unaddressed)
        if without_address:
            typer.echo(printable(f"! {left_out_line(without_address, lang)}"), err=True)
        # What is said here is said for this mail, whatever the deal has on record.
        situation = known.model_copy(
            update={
                "culture": Culture(culture.value) if culture is not CultureName.UNKNOWN else known.culture,
                "agreed": agreed or known.agreed,
                "last_group_message": last or known.last_group_message,
                "explain_in": lang,
            }
        )

        requests: list[Sent] = []

        async def make() -> Review:
            async with engine_setup(
                engine.value, prompts, lang, deadline=deadline, redact=redact, sent=requests.append
            ) as setup:
                if setup.engine.name == "local":
                    return await run(parsed, passages, situation, setup, envelope)
                with _status(lang) as show:
                    return await run(parsed, passages, situation, setup._replace(progress=show), envelope)

        def write_what_left() -> None:
            if sent is not None:
                from reviewer.export import write_sent

                write_sent(requests, lang, sent)

        try:
            with _ending_at_once():
                result = asyncio.run(make())
        except BaseException:
            # What had left until then has left, however the review ended.
            with suppress(ReviewerError):
                if requests:
                    write_what_left()
            raise

        def print_it() -> None:
            _print(result, format)

        numbers: dict[str, int] = {}
        mail_ids: dict[str, str] = {}

        def keep_in_deal() -> None:
            if deal is not None:
                from reviewer.deal_cli import keep
                from reviewer.export import new_mail_id

                numbers.update(keep(deal, result))
                mail_ids.update((key, new_mail_id(result.draft)) for key in numbers)

        def note_handed(given: Mapping[str, str]) -> None:
            if deal is not None and numbers:
                from reviewer.store import Store

                Store().handed(deal, {numbers[key]: mail_id for key, mail_id in given.items()})

        def write_drafts() -> None:
            if out is not None:
                from reviewer.export import other_drafts, write_folder

                written = write_folder(result, out, mail_ids)
                for path in written:
                    typer.echo(path, err=True)
                if others := other_drafts(out, written):
                    typer.echo(say(lang, "page.other_drafts", names=", ".join(others)), err=True)
                note_handed(mail_ids)

        def into_mailbox() -> None:
            from reviewer.present import ordered

            keys = [m.key for m in ordered(result)]
            given = put_drafts(drafts, ordered(result), result.draft, lang, [mail_ids.get(key, "") for key in keys])
            note_handed(dict(zip(keys, given, strict=False)))

        # The review was made, and perhaps paid for.
        give_all(print_it, keep_in_deal, write_drafts, into_mailbox, write_what_left)
    except ReviewerError as error:
        fail(error)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        raise typer.Exit(130) from None
    heavy = any(a.severity in (Severity.WARNING, Severity.ERROR) for a in result.advice)
    if strict and (result.findings or result.cautions or heavy):
        raise typer.Exit(1)


@app.command()
def roles() -> None:
    """List the roles, what they mean, and the other words of the vocabulary."""
    from rich.console import Console
    from rich.table import Table

    from reviewer.texts import data

    words = data("texts")["word"]
    table = Table("role", "français", "English", "meaning", box=None, pad_edge=False)
    for role, names in words["role"].items():
        table.add_row(role, names["fr"], names["en"], words["role_meaning"][role]["en"])
    console = Console()
    console.print(table)
    for vocabulary in ("topic", "sensitivity"):
        console.print()
        console.print(f"{vocabulary}: {', '.join(words[vocabulary])}", soft_wrap=True, highlight=False)


@app.command()
def forget(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    runs: Annotated[bool, typer.Option("--runs", help="The kept evaluation runs as well.")] = False,
) -> None:
    """Remove the deals with everything in them; with --runs also the kept evaluation runs with the messages in them.

    What was written where you said (--out, --sent, exports, the results of a batch and its .rounds folder) is yours to remove.
    """
    import shutil

    from reviewer.store import Store

    store, folders = Store(), []
    try:
        from evals.run import RUNS

        folders = [RUNS] if any(RUNS.glob("*/run.json")) else []
    except ModuleNotFoundError:
        pass
    try:
        # A damaged file is removed as well; nobody knows what is in it.
        deals = len(store.names()) if store.path.is_file() else 0
    except OutputError:
        deals = 1
    parts = []
    if store.path.is_file():
        parts.append(f"{deals} deal{'' if deals == 1 else 's'} in {store.path}")
    for folder in folders if runs else ():
        many = len(list(folder.glob("*/run.json")))
        parts.append(f"{many} evaluation run{'' if many == 1 else 's'} in {folder}")
    if folders and not runs:
        typer.echo(f"The evaluation runs in {folders[0]} stay; --runs removes them.", err=True)
    if not parts:
        typer.echo("Nothing is stored." if not folders else "No deal is stored.")
        return
    what = " and ".join(parts)
    if yes:
        typer.echo(f"To be removed: {what}.")
    elif not typer.confirm(f"Remove {what}?"):
        typer.echo("Nothing was removed.")
        raise typer.Exit(1)
    try:
        store.remove()
        for folder in folders if runs else ():
            shutil.rmtree(folder)
    except ReviewerError as error:
        fail(error)
    except OSError as error:
        fail(OutputError(f"{folders[0]} cannot be removed ({error.strerror}); remove the folder by hand."))
    typer.echo("Removed.")


@policy_app.command("check")
def policy_check(
    prompts: Annotated[
        str | None,
        typer.Option(metavar="SET", help="Prompt set, by name or folder; the one in production if not given."),
    ] = None,
) -> None:
    """Say whether the policy of a prompt set is valid, and what is wrong with it."""
    from reviewer import policy
    from reviewer.prompts import POLICY_FILE, production, set_path

    try:
        path = set_path(prompts or production()) / POLICY_FILE
        checked = policy.load(path)
    except ReviewerError as error:
        fail(error)
    typer.echo(f"{path}: valid; {len(checked.topics)} topics, {len(checked.sensitivities)} sensitivities.")


@prompts_app.command("list")
def prompts_list() -> None:
    """List the prompt sets, and which one is in production."""
    from rich.console import Console
    from rich.table import Table

    from reviewer import sets

    try:
        shelf = sets.shelf()
    except ReviewerError as error:
        fail(error)
    table = Table("set", "", "files", box=None, pad_edge=False)
    for found in shelf:
        state = "single prompt, to compare with" if found.single else found.problem or found.hash
        table.add_row(found.name, "in production" if found.production else "", state)
    Console(highlight=False).print(table)
    if lost := sets.lost_production():
        typer.echo(lost, err=True)


@prompts_app.command("new")
def prompts_new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and hyphens.")],
    like: Annotated[str, typer.Option(metavar="SET", help="The set to copy.")] = "default",
) -> None:
    """Copy a prompt set under a new name, to edit the copy."""
    from reviewer import sets

    try:
        typer.echo(sets.create(name, like))
    except ReviewerError as error:
        fail(error)


@prompts_app.command("diff")
def prompts_diff(
    first: Annotated[str, typer.Argument(metavar="SET_A")],
    second: Annotated[str, typer.Argument(metavar="SET_B")],
) -> None:
    """Print what the second set says otherwise than the first."""
    from reviewer import sets

    try:
        typer.echo(sets.difference(first, second) or f"{first} and {second} say the same.\n", nl=False)
    except ReviewerError as error:
        fail(error)


@prompts_app.command("check")
def prompts_check(
    name: Annotated[str | None, typer.Argument(metavar="[SET]", help="The one in production if not given.")] = None,
) -> None:
    """Say whether a prompt set can be used, and what is wrong with it."""
    from reviewer import sets
    from reviewer.prompts import VARIABLES, load, production, unused

    try:
        if name is None and (lost := sets.lost_production()):
            raise ConfigError(lost)
        found = load(name or production())
    except ReviewerError as error:
        fail(error)
    typer.echo(f"{found.path}: valid; {len(found.prompts)} prompts and the policy, {found.hash}.")
    for step, prompt in found.prompts.items():
        for variable in unused(prompt.text, VARIABLES[step]):
            typer.echo(
                f"{step}.md does without {{{{{variable}}}}}, so the model is not told what stands there otherwise."
            )


@prompts_app.command("promote")
def prompts_promote(
    name: Annotated[str | None, typer.Argument(metavar="[SET]", help="The set to put into production.")] = None,
    back: Annotated[bool, typer.Option("--back", help="Go back to the set that was in production before.")] = False,
) -> None:
    """Put a prompt set into production, or go back to the one before."""
    from reviewer import sets

    try:
        if back is (name is not None):
            raise InputError("Name the set to promote, or give --back alone.")
        if name is not None:
            sets.promote(name)
            typer.echo(f"{name} is in production.")
            return
        gone = sets.before()[1]
        skipped = f"; gone and skipped: {', '.join(gone)}" if gone else ""
        typer.echo(f"{sets.roll_back()} is in production{skipped}.")
    except ReviewerError as error:
        fail(error)


def _explain(asked: ExplainIn | None, language: "Language") -> "Lang":
    return "fr" if asked is ExplainIn.FR or (asked is None and language == "fr") else "en"


@contextmanager
def _status(lang: "Lang") -> Iterator[Callable[["Progress"], None]]:
    """Show on standard error which step runs: a spinner on a terminal, a line a step elsewhere."""
    from rich.console import Console

    from reviewer.texts import word

    console = Console(stderr=True)
    running: list[str] = []

    def name(event: "Progress") -> str:
        return "check" if event.step == "check" else word(lang, "step", event.step)

    if not console.is_terminal:
        said: set[str] = set()

        def line(event: "Progress") -> None:
            if event.state == "started" and name(event) not in said:
                said.add(name(event))
                typer.echo(f"{name(event)} ...", err=True)

        yield line
        return
    with console.status("...") as status:

        def spin(event: "Progress") -> None:
            running.append(name(event)) if event.state == "started" else running.remove(name(event))
            status.update(", ".join(dict.fromkeys(running)) or "...")

        yield spin


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _ending_at_once() -> Iterator[None]:
    """Let Ctrl-C end a review wherever it is, and a polite kill as well; who starts it may have them ignored.

    The event loop would only cancel its task, and the steps of the local engine wait for nothing at which that could end them.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        for which in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(which) not in (signal.SIG_IGN, None):
                before[which] = signal.signal(which, _stop)
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)


def _print(result: "Review", format: Format) -> None:
    """To standard output. Raises OutputError where that takes nothing, such as a full disk."""
    from reviewer import present

    try:
        if format is Format.JSON:
            # Within JSON strings alone stands what could repaint a terminal: it is escaped there.
            typer.echo(_UNSEEN.sub(lambda m: f"\\u{ord(m[0]):04x}", result.model_dump_json(indent=2)))
        elif format is Format.MARKDOWN:
            typer.echo(present.markdown(result), nl=False)
        else:
            from rich.console import Console

            present.terminal(result, Console(highlight=False, width=None if sys.stdout.isatty() else 100))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # What is left in the buffer would be tried once more at the end, with a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutputError(f"Standard output takes nothing ({error.strerror}); write the review with --out.") from error
