"""A batch in rounds: what the drafts have to ask of the model is gathered in files, and answered hours later.

A review is pure given the model's answers. Each round reviews every draft that is not done by the answers at hand: it is done, or
it stops at the first request without an answer, and all of these make the files of the round. Labels and flags are asked for in
the first round, splits in the second, messages in the third, second attempts in the fourth.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from reviewer.answers import MOST_BYTES, MOST_REQUESTS, TOO_LARGE, Answers, Job, Kept, RequestFiles, Taken, digest
from reviewer.batch import Plan, Reviewer, Tick, due, sound, unanswered
from reviewer.batch_io import Out, Record, Source
from reviewer.choose import engine_setup, model_for
from reviewer.endpoint import Endpoint
from reviewer.errors import ConfigError, InputError, ModelUnavailable
from reviewer.openai_batch import Batches, Broken, Replay, State, Trouble, Wanted, patiently
from reviewer.prompts import production
from reviewer.tally import Tally

T = TypeVar("T")
FIRST_POLL = 5.0
"""Seconds before a batch is asked after for the first time; half as long again each time, up to the longest pause."""
LONGEST_POLL = 60.0
PATIENCE = 600.0
"""Seconds of failures alone after which an endpoint that has answered before is given up."""
MOST_FAILURES = 3
"""How often a file that the endpoint refuses as a whole is given to it, before the batch stops."""
_FULL = "token_limit_exceeded"  # OpenAI's word for a queue that has no room for one more file just now


class Limits(NamedTuple):
    """How large a file of requests may be, and how often to ask after a batch."""

    requests: int = MOST_REQUESTS
    bytes: int = MOST_BYTES
    poll: float = LONGEST_POLL
    """Seconds between two questions, at most."""


class Standing(NamedTuple):
    """Where a batch stands after all that could be done by the answers at hand."""

    waiting: int
    """Drafts that wait for answers."""
    requests: int
    """What they wait for."""
    files: tuple[Path, ...] = ()
    """Files that hold these requests."""


class Rounds:
    """The rounds of one batch; what is kept between them stands in a folder beside the file of results."""

    def __init__(
        self,
        source: Source,
        out: Out,
        plan: Plan,
        tally: Tally,
        tick: Tick = lambda *_: None,
        tell: Callable[[str], None] = lambda _: None,
        limits: Limits = Limits(),  # noqa: B008 - never changes
    ) -> None:
        """Nothing is read yet. `tell` is told in a sentence how far it is. Raises ConfigError and InputError."""
        where = model_for(plan.engine)
        if where is None:
            raise ConfigError("Rounds are for a model: set OPENAI_API_KEY or OPENAI_BASE_URL, and not --engine local.")
        if not source.can_rewind:
            raise InputError("INPUT is read once for each round: name a file instead of standard input or a pipe.")
        self._where: Endpoint = where
        self._source, self._out, self._plan, self._tally = source, out, plan, tally
        self._tick, self._tell, self._limits = tick, tell, limits
        self._before = 0
        self._used = False
        """Whether the draft at hand was reviewed by what came back."""

    # --- three ways

    def run(self) -> None:
        """All rounds, by the endpoint's batches. Raises ReviewerError where it cannot go on; the same call goes on from there."""
        with self._answers() as answers, closing(Batches(self._where)) as batches:
            courier = _Courier(answers, batches, self._where, self._limits.poll, self._tell)
            while True:
                courier.finish()
                standing = self._replay(answers, answers.folder, by_hand=False)
                if not standing.waiting:
                    break
                if standing.requests:
                    files = len(standing.files)
                    self._tell(
                        f"{standing.waiting:,} drafts wait for {standing.requests:,} answers; files to upload: {files}."
                    )
            self._ended(answers, standing)

    def export(self, folder: Path) -> Standing:
        """Write the files of a round for somebody else to execute. The folder must be new or empty."""
        _fresh(folder)
        with self._answers() as answers:
            _alone(answers)
            standing = self._replay(answers, folder, by_hand=True)
            while standing.waiting and not standing.requests:
                standing = self._replay(answers, folder, by_hand=True)
            self._ended(answers, standing)
        return standing

    def ingest(self, results: Sequence[Path]) -> tuple[Taken, Standing]:
        """Take results, and finish what they finish. A result taken twice changes nothing."""
        with self._answers() as answers:
            _alone(answers)
            total = Taken()
            for path in results:
                try:
                    taken = answers.take([path])
                except OSError as error:
                    raise InputError(f"{path} cannot be read ({error.strerror}); check the path.") from error
                if not taken.known and self._more():
                    raise InputError(_no_results(path, taken))
                total = total.plus(taken)
            _stop_where_refused([total])
            standing = self._replay(answers, None, by_hand=True)
            while standing.waiting and not standing.requests:
                standing = self._replay(answers, None, by_hand=True)
            self._ended(answers, standing)
        return total, standing

    def _more(self) -> bool:
        """Whether a draft is to be done; else late results are of no interest, nor is what knew their ids there any more."""
        self._out.rewind()
        return next(due(self._source, self._out, self._plan), None) is not None

    # --- one round

    @contextmanager
    def _answers(self) -> Iterator[Answers]:
        """The folder, with what held at the first call for what is not said now."""
        with Answers(self._out.path.with_name(f"{self._out.path.name}.rounds")) as answers:
            model = answers.setting("model", None)
            if model not in (None, self._where.model):
                raise ConfigError(
                    f"This batch was begun with the model {model!r}; set REVIEWER_MODEL to it, or name another file."
                )
            answers.setting("model", self._where.model)
            self._plan = self._held(answers)
            try:
                yield answers
            except InputError:
                # What holds for a batch must not hold for the next one only because the first had nothing to read. What was asked stays.
                if answers.made and not answers.has_asked():
                    answers.remove()
                raise

    def _held(self, answers: Answers) -> Plan:
        """The plan, with what an earlier call said, or what held for it, where this one says nothing."""
        plan = self._plan
        kept = {name: answers.setting(name, None) for name in ("today", "prompts", "redact")}
        day = date.fromisoformat(kept["today"]) if kept["today"] and not plan.day_said else plan.today
        if day != plan.today:
            self._tell(f"The day of the first call holds, {day}; --on sets another.")
        prompts = plan.prompt_set or kept["prompts"] or production()
        redact = plan.redact
        if redact is None:
            redact = bool(json.loads(kept["redact"])) if kept["redact"] else not self._where.is_loopback
        answers.setting("today", day.isoformat())
        answers.setting("prompts", prompts)
        answers.setting("redact", json.dumps(redact))
        return plan._replace(today=day, prompt_set=prompts, redact=redact, limit=self._limit(answers))

    def _limit(self, answers: Answers) -> int | None:
        """How many drafts the whole batch may do; `_before` is how many were done when that was first said."""
        kept, limit = answers.setting("limit", None), self._plan.limit
        if kept is None and limit is None:
            return None
        self._before = int(answers.setting("before", None if kept else str(self._tally.lines)) or 0)
        if limit is None:
            self._tell(f"The limit of the first call holds, {int(str(kept)):,} drafts; --limit sets another.")
        return int(answers.setting("limit", None if limit is None else str(limit)) or 0)

    def _replay(self, answers: Answers, folder: Path | None, *, by_hand: bool) -> Standing:
        """Review by the answers at hand; the requests that have none go into files of this folder, if there is one."""
        if not by_hand:
            answers.tidy()
        try:
            return self._round(answers, folder, by_hand)
        except ModelUnavailable:
            answers.forget_failures()
            raise

    def _round(self, answers: Answers, folder: Path | None, by_hand: bool) -> Standing:
        with answers.changing(keep=folder is not None):
            number = answers.next_round()
            files = RequestFiles(folder, number, self._limits.requests, self._limits.bytes) if folder else None
            wanted = 0

            def look(raw: bytes) -> Kept | None:
                nonlocal wanted
                body = json.loads(raw)
                key = digest(body)
                found = answers.answer(key)
                self._used = self._used or found is not None
                if found is None and answers.want(key, number):
                    if files is None or files.add(key, body):
                        wanted += 1
                    else:
                        answers.fail(key, TOO_LARGE)
                return found

            try:
                with asyncio.Runner() as runner:
                    waiting = runner.run(self._reviewed(Replay(look), answers))
            finally:
                if files is not None:
                    files.close()
            if files is not None:
                files.seal()
                if not by_hand:
                    answers.add_jobs(files.files, number, _name_of(self._where))
        return Standing(waiting, wanted, tuple(path for path, _ in files.files) if files else ())

    async def _reviewed(self, replay: Replay, answers: Answers) -> int:
        """Write the lines of what is done; how many drafts wait. Raises ModelUnavailable where failures are all that came back."""
        waiting = 0
        plan = self._plan
        async with engine_setup(plan.engine, plan.prompt_set, redact=plan.redact, transport=replay) as setup:
            reviewer = Reviewer(setup._replace(deadline=None), plan)
            self._out.rewind()
            most = None if plan.limit is None else max(0, plan.limit - max(0, self._tally.lines - self._before))
            for record in sound(islice(due(self._source, self._out, plan), most), self._write):
                self._used = False
                line = await _line(reviewer, record)
                if line is None:
                    waiting += 1
                elif self._used and not answers.served():
                    raise ModelUnavailable(f"{unanswered(line)}; see to it, then go on as before.")
                else:
                    self._write(line)
        return waiting

    def _write(self, line: bytes) -> None:
        found = json.loads(line)
        self._out.write(line)
        self._out.remember(found)
        self._tally.add(found)
        self._tick(self._tally, self._source)

    def _ended(self, answers: Answers, standing: Standing) -> None:
        if not standing.waiting:
            self._out.sync()
            answers.remove()


async def _line(reviewer: Reviewer, record: Record) -> bytes | None:
    """The line of a record; None where a request has no answer yet, and all that can be asked now has been."""
    try:
        return await reviewer.line(record)
    except Wanted:
        # Steps run side by side: the others go on to their own requests.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)
        return None
    except Broken as broken:
        raise broken.error from None


def _fresh(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(path.suffix != ".part" for path in folder.iterdir()):
            raise InputError(f"--to: the folder {folder} is not empty; name a new one for each round.")
    except OSError as error:
        raise InputError(f"--to: {folder} cannot be used as a folder ({error.strerror}).") from error


def _no_results(path: Path, taken: Taken) -> str:
    """What a file is of which no line answers a request of this batch."""
    if taken.requests:
        return f"{path} is a file of requests, as `reviewer batch export` writes it; give what the model made of it."
    if taken.ignored:
        return f"{path} has the results of another batch: none of its ids was asked for here; check --out."
    what = "no line in it is a result" if taken.malformed else "it is empty"
    return f"{path} is no file of results: {what}; give what the model made of the files of `reviewer batch export`."


def _alone(answers: Answers) -> None:
    """Raise InputError where an endpoint has requests; forget files that never got there."""
    if any(job.file_id for job in answers.jobs()):
        raise InputError("This batch is under way at an endpoint; go on with --via openai-batch --resume.")
    answers.drop_jobs()


def _name_of(where: Endpoint) -> str:
    return hashlib.sha256((where.base_url or "").encode()).hexdigest()


def _stop_where_refused(several: Sequence[Taken]) -> None:
    """Raise ModelUnavailable where the endpoint refused, and served nobody: the local engine is not what was asked for."""
    refusal = next((taken.refusal for taken in several if taken.refusal), "")
    if refusal and not any(taken.served for taken in several):
        raise ModelUnavailable(f"The endpoint took none of the requests: {refusal}; see to it, then go on as before.")


# --- the endpoint ---------------------------------------------------------------------------------------------------


class _Courier:
    """Takes files of requests to the endpoint, and brings the answers back."""

    def __init__(
        self, answers: Answers, batches: Batches, where: Endpoint, poll: float, tell: Callable[[str], None]
    ) -> None:
        self._answers, self._batches, self._poll, self._tell = answers, batches, poll, tell
        self._endpoint = _name_of(where)
        self._reached = False
        self._held: set[int] = set()
        """Jobs for which the endpoint's queue had no room; they wait until another one has ended."""
        self._told: dict[int, str] = {}

    def finish(self) -> None:
        """Until no job is open. Raises ModelUnavailable."""
        self._clean()
        taken: list[Taken] = []
        pause = first = min(FIRST_POLL, self._poll)
        while jobs := self._answers.jobs():
            ended = False
            for job in jobs:
                if job.batch_id is None:
                    if job.id not in self._held:
                        self._begin(job)
                    continue
                done = self._asked_after(job, jobs)
                if done is not None:
                    taken.append(done)
                    ended = True
            if ended:
                self._held.clear()
                pause = first
                continue
            time.sleep(pause)
            pause = min(1.5 * pause, self._poll)
        _stop_where_refused(taken)

    def _begin(self, job: Job) -> None:
        """Upload the file and begin its batch, or find the batch that was begun by a process that was killed then."""
        perhaps = job.file_id is not None
        if job.file_id is None:
            file_id = self._reach(lambda: self._batches.upload(self._answers.folder / job.file))
            job = self._answers.moved(job._replace(file_id=file_id, endpoint=self._endpoint))
        self._same_endpoint(job)

        def begin() -> str:
            nonlocal perhaps
            known = self._batches.find(str(job.file_id)) if perhaps else None
            # Where no answer comes the batch may have begun all the same.
            perhaps = True
            return known or self._batches.create(str(job.file_id))

        try:
            batch_id = self._reach(begin)
        except Trouble:
            raise
        except ModelUnavailable:
            self._batches.delete(str(job.file_id))
            self._answers.moved(job._replace(file_id=None))
            raise
        self._answers.moved(job._replace(batch_id=batch_id))
        self._tell(f"Round {job.round}: {job.requests:,} requests are with the endpoint as {_shown(batch_id)}.")

    def _asked_after(self, job: Job, jobs: Sequence[Job]) -> Taken | None:
        """What the job's results came to; None while there are none."""
        self._same_endpoint(job)
        state: State | None = self._reach(lambda: self._batches.state(str(job.batch_id)))
        if state is None:
            self._tell(f"Round {job.round}: the endpoint no longer knows {_shown(job.batch_id)}; it is begun anew.")
            self._failed(job, "unknown", jobs)
            return None
        if state.status == "failed":
            self._failed(job, state.code, jobs)
            return None
        if state.status == "running":
            self._said(job, f"Round {job.round}: {state.done:,} of {job.requests:,} requests are done.")
            return None
        return self._taken(job, state)

    def _said(self, job: Job, sentence: str) -> None:
        if self._told.get(job.id) != sentence:
            self._told[job.id] = sentence
            self._tell(sentence)

    def _taken(self, job: Job, state: State) -> Taken:
        paths = [self._fetched(job, number, file_id) for number, file_id in enumerate(state.results)]
        leftovers = [*state.results, *([job.file_id] if job.file_id else [])]
        taken = self._answers.take(paths, job, leftovers)
        self._tell(f"Round {job.round}: {state.status}; {told(taken)}")
        self._clean()
        return taken

    def _fetched(self, job: Job, number: int, file_id: str) -> Path:
        path = self._answers.folder / f"results-{job.id}-{number}.jsonl"
        return self._reach(lambda: self._batches.fetch(file_id, path))

    def _failed(self, job: Job, code: str, jobs: Sequence[Job]) -> None:
        """The file as a whole is refused: once more, but not for ever."""
        begun = any(other.batch_id for other in jobs if other.id != job.id)
        if code == _FULL and begun:
            self._held.add(job.id)
            self._answers.moved(job._replace(file_id=None, batch_id=None))
            return
        failures = job.failures + 1
        stop = failures >= MOST_FAILURES
        self._answers.moved(job._replace(file_id=None, batch_id=None, failures=0 if stop else failures))
        if job.file_id:
            self._batches.delete(job.file_id)
        if stop:
            raise ModelUnavailable(
                f"The endpoint refuses a file of requests ({code or 'no reason given'}); "
                "see to it, then give the same command with --resume."
            )

    def _same_endpoint(self, job: Job) -> None:
        if job.endpoint != self._endpoint:
            raise ConfigError("This batch is under way at another endpoint; set OPENAI_BASE_URL as it was.")

    def _reach(self, call: Callable[[], T]) -> T:
        """Call, and be patient with an endpoint that has answered before. Raises ModelUnavailable."""
        try:
            found: T = patiently(call, self._poll, PATIENCE if self._reached else 0.0)
        except ModelUnavailable as error:
            raise type(error)(f"The batch stops: {error}; then give the same command with --resume.") from None
        self._reached = True
        return found

    def _clean(self) -> None:
        """Delete at the endpoint what is not needed any more: it holds mails."""
        for job, leftovers in self._answers.leftovers():
            for file_id in leftovers:
                self._batches.delete(file_id)
            self._answers.cleaned(job)


def told(taken: Taken) -> str:
    """ "12 answers, 1 to be asked again, 2 lines with an unknown id ignored." """
    parts = [f"{taken.answered:,} answers"]
    for count, what in (
        (taken.again, "to be asked again"),
        (taken.ignored, "lines with an unknown id ignored"),
        (taken.malformed, "lines that are no result ignored"),
    ):
        if count:
            parts.append(f"{count:,} {what}")
    return f"{', '.join(parts)}."


def _shown(batch_id: str | None) -> str:
    return "".join(c for c in (batch_id or "")[:80] if c.isalnum() or c in "-_") or "a batch"
