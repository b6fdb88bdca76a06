"""Many drafts: each is reviewed once, whatever happens to the others, to a process, or to the whole batch.

The local engine works in processes of its own, one for each core; a model is asked by one process, many requests side by side.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, closing
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple

from reviewer.batch_io import FIELDS, Ids, Out, Record, Source, Trouble, error_line, review_line
from reviewer.chain import Setup
from reviewer.chain import review as run_chain
from reviewer.choose import Choice, engine_setup, model_for, reason_for
from reviewer.errors import FieldError, InputError, ModelUnavailable, OutputError, ReviewerError
from reviewer.pace import Pace
from reviewer.parse import any_mail, make_draft
from reviewer.people import people_from_objects, read_people, shown_name
from reviewer.prompts import load, production
from reviewer.redact import Sent
from reviewer.tally import Tally
from reviewer.texts import Lang, say
from reviewer.types import Culture, Draft, Passage, Situation, Stakeholder
from reviewer.workers import Workers

MOST_UNANSWERED = 20
"""Drafts for which an endpoint is asked that has not answered any request."""
_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


KILLED = Trouble("crashed", "The process that reviewed it was killed twice; is the draft too large for the memory?")


class Plan(NamedTuple):
    """How a batch is to be done."""

    today: date
    """The day of a review whose record has none."""
    day_said: bool = False
    """Whether the user said it."""
    engine: Choice = "auto"
    prompt_set: str | None = None
    redact: bool | None = None
    concurrency: int = 1
    """Processes of the local engine, or requests to a model at a time."""
    limit: int | None = None
    """How many records are done at most."""
    shard: tuple[int, int] = (1, 1)
    """(i, n): of every n records the i-th, from 1."""


Told = Callable[[Record, Sent], None]
"""Is told of each request to a model as it leaves, and for which record."""


Tick = Callable[[Tally, Source], None]


def run(
    source: Source, out: Out, plan: Plan, tally: Tally, tick: Tick = lambda *_: None, told: Told = lambda *_: None
) -> None:
    """Review what is not done yet. `tally` counts every line as it is written, `tick` is called after each.

    Raises ReviewerError where the batch cannot go on; what is written stays, and the same call goes on from there.
    """

    def write(line: bytes) -> None:
        out.write(line)
        tally.add(json.loads(line))
        tick(tally, source)

    records = sound(islice(due(source, out, plan), plan.limit), write)
    if model_for(plan.engine) is None:
        _by_processes(records, plan, write)
    else:
        asyncio.run(_by_model(records, plan, write, tally, told))


def due(source: Source, ids: Out | Ids, plan: Plan) -> Iterator[Record]:
    """The records that are this batch's to do; of two with one id the second is told to be in trouble."""
    mine, shards = plan.shard
    read, begun = 0.0, False
    for number, record in enumerate(source):
        first = ids.is_first(record)
        if number % shards != mine - 1:
            continue
        if ids.has(record, again=not first):
            read = source.share or 0.0
            continue
        if not begun:
            source.skipped, begun = read, True
        if first:
            yield record
        else:
            again = Trouble("duplicate", "A record before this one has the same id; give each its own.")
            yield record._replace(trouble=again)


def sound(records: Iterator[Record], write: Callable[[bytes], None]) -> Iterator[Record]:
    """Those that can be read; for the others an error is written."""
    for record in records:
        if record.trouble is None:
            yield record
        else:
            write(error_line(record, record.trouble))


class FirstAnswer:
    """Keeps what the local engine did in the model's place until the endpoint has answered a request.

    An endpoint that refuses every one of them as wrong is no model's, and what would be written then is not what was asked for.
    """

    def __init__(self, write: Callable[[bytes], None], most: int) -> None:
        """At most so many lines are kept."""
        self._write, self._most = write, most
        self._kept: list[bytes] = []

    def take(self, line: bytes, asked: bool, served: bool) -> None:
        """Write a line, or keep it where the model was asked for it and no request of the batch was served.

        Raises ModelUnavailable where too many are kept.
        """
        if served:
            for kept in self._kept:
                self._write(kept)
            self._kept = []
        if served or not asked:
            self._write(line)
            return
        self._kept.append(line)
        if len(self._kept) >= self._most:
            self.end()

    def end(self) -> None:
        """Raise ModelUnavailable where something is still kept."""
        if self._kept:
            raise ModelUnavailable(f"{unanswered(self._kept[0])}; see to it, then give the same command with --resume.")


class Means:
    """By what the reviews of a file of results were made, to be told where a batch goes on by other means."""

    def __init__(self) -> None:
        """Nothing was met yet."""
        self._engines, self._prompts, self._days, self._redacted = set[str](), set[str](), set[str](), set[bool]()

    def add(self, line: Mapping[str, Any]) -> None:
        """Take a line of the file."""
        review = line.get("review")
        if review is None:
            return
        self._engines.add(str(review["engine"]))
        self._prompts.add(str(review["prompt_hash"]))
        self._days.add(str(review["situation"]["today"]))
        if review["engine"] == "llm":
            languages: tuple[Lang, ...] = ("en", "fr")
            endings = tuple(say(lang, "engine.redacted") for lang in languages)
            self._redacted.add(str(review["engine_reason"]).endswith(endings))

    def others(self, plan: Plan) -> str:
        """What this plan has otherwise, in a few words; nothing where all is as it was. Raises ConfigError."""
        where = model_for(plan.engine)
        parts = []
        if self._engines and (engine := "llm" if where else "local") not in self._engines:
            parts.append(f"the engine {', '.join(sorted(self._engines))}, now {engine}")
        if self._prompts and (prompts := load(plan.prompt_set or production()).hash) not in self._prompts:
            parts.append(
                f"a prompt set of the hash {', '.join(sorted(h[:12] for h in self._prompts))}, now {prompts[:12]}"
            )
        # Of several days some are those of the records.
        if len(self._days) == 1 and plan.today.isoformat() not in self._days:
            parts.append(f"the day {', '.join(self._days)}, now {plan.today}")
        if where and self._redacted:
            redact = not where.is_loopback if plan.redact is None else plan.redact
            if redact not in self._redacted:
                parts.append("no redaction, now with it" if redact else "redaction, now without it")
        return "; ".join(parts)


def unanswered(line: bytes) -> str:
    """What to say of an endpoint that answered no request, as the review in this line tells it."""
    reasons = [fallback["reason"] for fallback in json.loads(line).get("review", {}).get("fallbacks", ())]
    return f"The endpoint has answered none of the requests: {reasons[-1] if reasons else 'no reason given'}"


# --- one draft -----------------------------------------------------------------------------------------------------


class Reviewer:
    """Makes the line of one record after the other."""

    def __init__(self, setup: Setup, plan: Plan, told: Told = lambda *_: None) -> None:
        """`setup` is for explanations in English; the reason for the engine is said in the language of each review."""
        self._told = told
        where = model_for(plan.engine)
        languages: tuple[Lang, ...] = ("en", "fr")
        self._setups = {
            lang: setup._replace(engine_reason=reason_for(plan.engine, where, lang, setup.redact)) for lang in languages
        }
        self._today = plan.today

    async def line(self, record: Record) -> bytes:
        """The line of this record: its review, or why there is none. Raises nothing that a draft could cause."""
        try:
            draft, passages, situation = read_record(record.fields, self._today)
            setup = self._setups[situation.explain_in]._replace(sent=lambda request: self._told(record, request))
            review = await run_chain(draft, passages, situation, setup)
            return review_line(record, review.model_dump_json().encode())
        except FieldError as error:
            return error_line(record, Trouble("field", error.plain))
        except InputError as error:
            return error_line(record, Trouble("input", error.plain))
        except Exception as error:  # its words may be those of the draft
            return error_line(record, Trouble("failed", f"The review failed ({type(error).__name__})."))


def read_record(fields: Mapping[str, Any], today: date) -> tuple[Draft, tuple[Passage, ...], Situation]:
    """The draft of a record, its passages, and the situation. Raises FieldError and InputError."""
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise FieldError(f"There is no field {shown_name(unknown[0])}; known are {', '.join(FIELDS)}.")
    given = {name: value for name, value in fields.items() if value is not None}
    draft = given.get("draft")
    if not isinstance(draft, str | bytes):
        raise FieldError("draft must be the text of the mail, or the mail with its headers, as a text.")
    mail = any_mail(draft if isinstance(draft, bytes) else draft.encode("utf-8", "replace"))
    parsed, passages = make_draft(mail, _people(given.get("people")), _text(given, "subject"), _text(given, "sender"))
    situation = Situation(
        today=_day(given, "today") or today,
        culture=Culture(_one_of(given, "culture", [c.value for c in Culture]) or Culture.UNKNOWN),
        agreed=_yes(given, "agreed"),
        last_group_message=_day(given, "last_group_message"),
        explain_in="fr" if (_one_of(given, "explain_in", ["fr", "en"]) or parsed.language) == "fr" else "en",
    )
    return parsed, passages, situation


def _people(value: object) -> tuple[Stakeholder, ...]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise FieldError("people begins like a JSON list, but is none.") from None
    if isinstance(value, list):
        return people_from_objects(_clean(value))
    if value is not None and not isinstance(value, str):
        raise FieldError("people must be a text, one person a line, or a list of objects.")
    return read_people(_clean(value)) if value else ()


def _clean(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Without halves of characters, which JSON can carry and no file can."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list():
            return [_clean(item) for item in value]
        case dict():
            return {_clean(key): _clean(item) for key, item in value.items()}
    return value


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise FieldError(f"{name} must be a text.")
    return str(_clean(value))


def _one_of(given: Mapping[str, Any], name: str, known: list[str]) -> str:
    value = _text(given, name)
    if value and value not in known:
        raise FieldError(f"{name} must be one of {', '.join(known)}.")
    return value


def _yes(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name, False)
    found = value if isinstance(value, bool) else _YES_NO.get(str(value).strip().lower())
    if found is None:
        raise FieldError(f"{name} must be true or false.")
    return found


def _day(given: Mapping[str, Any], name: str) -> date | None:
    value = given.get(name)
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError):
        raise FieldError(f"{name} must be a date like 2026-03-14.") from None


# --- the local engine ----------------------------------------------------------------------------------------------


def _by_processes(records: Iterator[Record], plan: Plan, write: Callable[[bytes], None]) -> None:
    workers: Workers[Record] = Workers(plan.concurrency, LocalReviewer, plan)
    with closing(workers.results(records)) as results:
        for record, line in results:
            write(error_line(record, KILLED) if line is None else line)


class LocalReviewer:
    """From a record to its line by the local engine, in a process of its own."""

    def __init__(self, plan: Plan) -> None:
        """The engine is made ready. Raises ConfigError."""
        self._runner = asyncio.Runner()
        self._reviewer = self._runner.run(self._prepared(plan))

    async def _prepared(self, plan: Plan) -> Reviewer:
        async with engine_setup(plan.engine, plan.prompt_set) as setup:
            return Reviewer(setup, plan)

    def __call__(self, record: Record) -> bytes:
        """The line of this record."""
        return self._runner.run(self._reviewer.line(record))

    def close(self) -> None:
        """Close the event loop."""
        self._runner.close()


# --- a model -------------------------------------------------------------------------------------------------------


async def _by_model(
    records: Iterator[Record], plan: Plan, write: Callable[[bytes], None], tally: Tally, told: Told
) -> None:
    pace = Pace(plan.concurrency)
    tally.pace = pace
    async with AsyncExitStack() as stack:
        setup = await stack.enter_async_context(
            engine_setup(plan.engine, plan.prompt_set, redact=plan.redact, pace=pace)
        )

        asked: set[int] = set()
        first = FirstAnswer(write, max(MOST_UNANSWERED, 2 * plan.concurrency))

        def noted(record: Record, request: Sent) -> None:
            asked.add(record.line)
            try:
                told(record, request)
            except OutputError as error:
                # It does not leave, and neither does any other: the client would take this for a fault of the network.
                pace.give_up(str(error).rstrip("."))
                raise

        # Time spent waiting for a turn is not the review's own; each request has its time limit.
        reviewer = Reviewer(setup._replace(deadline=None), plan, noted)

        async def work() -> None:
            for record in records:
                line = await reviewer.line(record)
                if pace.hopeless:
                    # What the local engine did in the model's place since then is not what was asked for.
                    raise ModelUnavailable(f"{pace.hopeless}; see to it, then give the same command with --resume.")
                first.take(line, record.line in asked, pace.served_any)
                asked.discard(record.line)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(plan.concurrency):
                    group.create_task(work())
            first.end()
        except* ReviewerError as several:
            raise several.exceptions[0] from None
