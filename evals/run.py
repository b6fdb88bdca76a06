"""Run the cases through an engine and keep what came of it: `reviewer eval run`.

A run is a folder of `evals/runs`: `run.json` says with what it was made, `results.jsonl` has one result a line, written as each case
ends. A run that was stopped goes on where it was; the cases that failed can be tried again alone.
"""

import asyncio
import hashlib
import os
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, nullcontext
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from evals import judge
from evals.baseline import one_shot, review_of
from evals.cases import LabelledMail, load
from evals.judge import Judgement
from evals.record import (
    CALL,
    JUDGE,
    RECORDINGS,
    STEPS,
    UNFIT,
    Call,
    Ledger,
    Mode,
    Source,
    recorded,
    recorded_calls,
    source,
    stamp,
)
from evals.scorers import Judged, Mark, marks, topics
from reviewer import prompts
from reviewer.chain import Setup
from reviewer.chain import review as run_chain
from reviewer.endpoint import Endpoint, endpoint
from reviewer.errors import ConfigError, InputError, OutputError, ReviewerError
from reviewer.llm.engine import llm_engine
from reviewer.local.engine import local_engine
from reviewer.model import Model
from reviewer.prompts import SINGLE_FILE
from reviewer.types import Review, Value

RUNS = Path(os.environ.get("REVIEWER_RUNS_DIR") or Path(__file__).parent / "runs")
EngineName = Literal["local", "llm"]
Judging = Literal["off", "recorded", "on"]
NOT_FRESH = "its recording is not fresh"
_LOCAL = ".local"
_SET_NAME = re.compile(r"\w[\w.-]*")
_FELL_BACK = "the review has a step without an answer to keep, so it is not judged"
_NOWHERE = "http://127.0.0.1:9/v1"  # the address of a replay: nothing may be asked there


class Sent(Value):
    """An outgoing message as a run keeps it."""

    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    kind: str
    subject: str
    body: str


class Result(Value):
    """What came of one case in one repeat."""

    case: str
    repeat: int = 1
    language: str
    split: str
    marks: tuple[Mark, ...] = ()
    topics: dict[str, tuple[int, int, int]] = Field(default_factory=dict)
    messages: tuple[Sent, ...] = ()
    judgement: Judgement | None = None
    """What a model said of the messages, where it was asked."""
    findings: int = 0
    """What the program's own checks found wrong."""
    fallbacks: tuple[str, ...] = ()
    """Steps that the local engine did instead of the model."""
    recordings: dict[str, dict[str, int]] = Field(default_factory=dict)
    """By step, how many answers were fresh, errors, stale or missing, and how many recorded ones were orphaned."""
    not_kept: dict[str, int] = Field(default_factory=dict)
    """Of a recording: how many questions got no answer to keep, by the HTTP status that came. Nothing of the case was recorded then."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    seconds: float = 0.0
    """Wall seconds of the review; of a replay, those of the answers when they were recorded."""
    error: str = ""
    """Why there is no review, in one sentence."""

    @property
    def unanswered(self) -> bool:
        """Whether there is no review, or no judgement where one was asked for."""
        return bool(self.error or (self.judgement and self.judgement.error))

    def mark(self, score: str) -> Mark | None:
        """The mark of this name."""
        return next((m for m in self.marks if m.score == score), None)

    @property
    def safe(self) -> bool:
        """Whether nothing leaked, nothing was lost and nothing was invented: what a repeat has to pass."""
        wanted = {"leak": False, "coverage": True, "invented": False}
        judged = [(m.hits == m.total if wanted[m.score] else m.hits == 0) for m in self.marks if m.score in wanted]
        return not self.error and all(judged)


class Run(Value):
    """With what a run was made, and its results."""

    id: str
    made: datetime
    prompt_set: str
    prompt_path: str = ""
    """The folder of the set, where it is not one of the shelf."""
    prompt_hash: str
    engine: EngineName
    source: str = ""
    """The recordings, or empty where the model was asked just now or the engine is local."""
    model: str = ""
    about: str = ""
    timed: bool = True
    counted: bool = True
    prices: dict[str, float] = Field(default_factory=dict)
    repeats: int = 1
    record: Mode = "none"
    """Whether the model was asked and recorded."""
    confidences: str = ""
    """The file with an annotator's own labels that it is judged by, where there is one."""
    options: str = ""
    """The options of the command line that choose these cases."""
    judge: str = ""
    """SHA-256 of the judge's rubric, first 12 hexadecimal digits; empty where nobody judges."""
    judged_from: str = ""
    """The recordings of the judgements, or empty where the judge was asked just now."""
    cases: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()

    @property
    def name(self) -> str:
        """What a table calls it."""
        return f"{self.prompt_set} · {self.source or self.model or self.engine}"

    @property
    def left(self) -> int:
        """How many reviews of it are not done; none unless it was stopped."""
        return max(0, len(self.cases) * self.repeats - len({(r.case, r.repeat) for r in self.results}))

    @property
    def given(self) -> str:
        """The set as the command line is given it."""
        return self.prompt_path or self.prompt_set


class Plan(NamedTuple):
    """What to run."""

    cases: Sequence[LabelledMail]
    prompt_set: str = "default"
    engine: EngineName = "llm"
    source: str = "relay"
    record: Mode = "none"
    repeats: int = 1
    fail_fast: bool = False
    concurrency: int = 8
    root: Path | None = None
    """Folder of the recordings, where it is another than this project's."""
    judge: Judging = "off"
    """Whether a model judges the messages: of no case, of those whose judgement is recorded, fresh or not, or of all."""
    confidences: str = ""
    options: str = ""
    """Both as in a Run."""

    @property
    def set_name(self) -> str:
        """The name of the prompt set, also where a folder is given: runs and recordings are called by it."""
        return Path(os.path.abspath(prompts.set_path(self.prompt_set))).name

    @property
    def source_folder(self) -> Path:
        """Where the recordings of the source lie, a folder for each set."""
        return (self.root or RECORDINGS) / self.source

    @property
    def recorded_as(self) -> str:
        """The folder of the source with this plan's recordings. The judgements of the local engine's messages lie apart from a model's."""
        # No set that `reviewer prompts new` makes can have this name.
        return self.set_name if self.engine == "llm" else f"{self.set_name}{_LOCAL}"


def sources() -> list[str]:
    """The sources of the recordings, by name."""
    return sorted(path.parent.name for path in RECORDINGS.glob("*/source.yaml"))


def recorded_sets() -> list[tuple[str, str, EngineName]]:
    """Source, prompt set and engine of all recordings that there are."""
    return [
        (name, folder.name.removesuffix(_LOCAL), "local" if folder.name.endswith(_LOCAL) else "llm")
        for name in sources()
        for folder in sorted((RECORDINGS / name).iterdir())
        if folder.is_dir() and any(folder.glob("*.yaml"))
    ]


def strays(folder: Path, plan: Plan | None, pattern: str = "*") -> Counter[str]:
    """By step, how many calls the recordings of a folder have that no run of the plan asks for: of a case that is gone, or of a repeat
    beyond those of the plan. Without a plan, all of them."""
    known, asked = {mail.id for mail in load()}, {mail.id for mail in plan.cases} if plan else set()
    calls: set[tuple[Call, str]] = set()
    for file in sorted(folder.glob("*.yaml")):
        gone = plan is None or file.stem not in known
        if (gone and fnmatchcase(file.stem, pattern)) or file.stem in asked:
            found = recorded_calls(file)
            calls |= {(call, step) for call, step in found if gone or (plan and call.repeat > plan.repeats)}
    return Counter(step for _, step in calls)


def only_recorded(plan: Plan) -> Plan:
    """The plan for those of its cases that the source has recordings of; InputError where it has none.

    A set without any of its own, such as a copy, is answered from the other sets of the source.
    """
    folder = plan.source_folder
    cases = [mail for mail in plan.cases if (folder / plan.set_name / f"{mail.id}.yaml").is_file()]
    cases = cases or [mail for mail in plan.cases if any(folder.glob(f"*/{mail.id}.yaml"))]
    if not cases:
        raise InputError(f"Nothing of {plan.set_name} was recorded from {plan.source} for these cases.")
    return plan._replace(cases=cases)


Tick = Callable[[Result], None]


Reviewing = Callable[[LabelledMail], Awaitable[Review]]


def _single(prompt_set: str) -> Path | None:
    path = prompts.set_path(prompt_set) / SINGLE_FILE
    return path if path.is_file() else None


def set_hash(prompt_set: str) -> str:
    """Of a set's files; its prompts are validated on the way."""
    single = _single(prompt_set)
    if single:
        prompts.read_prompt(single)
        return hashlib.sha256(single.read_bytes()).hexdigest()[:12]
    return prompts.load(prompt_set).hash


def _reviewing(plan: Plan, model: Model | None) -> Reviewing:
    """A function from a mail to its review."""
    if single := _single(plan.prompt_set):
        return _baseline(plan, model, single)
    loaded = prompts.load(plan.prompt_set)
    engine = llm_engine(model, loaded) if model else local_engine(loaded.policy)
    setup = Setup(loaded.policy, engine, "", loaded.name, loaded.hash)

    async def chain(mail: LabelledMail) -> Review:
        case = mail.case()
        return await run_chain(case.draft, case.passages, case.situation, setup)

    return chain


def _baseline(plan: Plan, model: Model | None, single: Path) -> Reviewing:
    if model is None:
        raise _needs_a_model(plan)
    prompt, digest = prompts.read_prompt(single), set_hash(plan.prompt_set)

    async def baseline(mail: LabelledMail) -> Review:
        case, began = mail.case(), time.perf_counter()
        proposal, usage = await one_shot(model, prompt, case)
        return review_of(case, proposal, usage, digest, time.perf_counter() - began)

    return baseline


def _needs_a_model(plan: Plan) -> ConfigError:
    return ConfigError(f"The prompt set {plan.prompt_set!r} is a single prompt: run it with --engine llm.")


def _folder_of(plan: Plan) -> str:
    """The folder of a set that is none of the shelf, else nothing; ConfigError where its recordings would be another set's."""
    folder, name = Path(os.path.abspath(prompts.set_path(plan.prompt_set))), plan.set_name
    shelved = Path(os.path.abspath(prompts.prompts_dir() / name))
    if folder == shelved:
        return ""
    if name.endswith(_LOCAL) or not _SET_NAME.fullmatch(name):
        raise ConfigError(f"Recordings cannot be called {name!r}: rename the folder, in letters, digits and hyphens.")
    if plan.record != "none" and shelved.exists():
        raise ConfigError(
            f"{folder} would be recorded as {name!r}, which is a set of {prompts.prompts_dir()}: rename the folder."
        )
    return str(folder)


def _where(plan: Plan, kept: Source | None) -> Endpoint | None:
    """Where the model is: nowhere in a replay, else as the environment says; None where none is asked."""
    if plan.engine == "local" and not _judges(plan, kept):
        return None
    if plan.record == "none" and kept:
        return Endpoint(model=kept.model, base_url=_NOWHERE, max_retries=0)
    found = endpoint()
    if found is None:
        raise ConfigError("No model is configured: set OPENAI_BASE_URL or OPENAI_API_KEY, or use --record none.")
    return found._replace(model=kept.model if kept else found.model)


class _Doing(NamedTuple):
    """What the cases of a run share."""

    plan: Plan
    review: Reviewing
    judge: Callable[[LabelledMail, Review], Awaitable[Judgement]] | None
    ledger: Ledger | None

    @property
    def replayed(self) -> bool:
        """Whether every answer comes from a recording."""
        return self.ledger is not None and self.plan.record == "none"


async def _one(mail: LabelledMail, repeat: int, doing: _Doing) -> Result:
    call = Call(mail.id, repeat)
    CALL.set(call)
    base = Result(case=mail.id, repeat=repeat, language=mail.language, split=mail.split)
    began = time.perf_counter()
    made: Review | None = None
    try:
        made = await doing.review(mail)
    except ReviewerError as error:
        result = base.model_copy(update={"error": str(error)})
    else:
        result = base.model_copy(update=_judged(mail, made))
    result = result.model_copy(update={"seconds": round(time.perf_counter() - began, 3)})
    ledger = doing.ledger
    if ledger is not None and doing.plan.engine == "llm":
        if doing.replayed:
            ledger.give_up(call)
            states = _states(ledger, call, judged=_wants_judgement(doing, call))
            if any(s.keys() & set(UNFIT) for s in states.values()):
                return base.model_copy(update={"error": NOT_FRESH, "recordings": states})
            seconds = round(sum(ledger.seconds[call].values()), 3)
            result = result.model_copy(update={"seconds": seconds, "recordings": states})
        elif lost := ledger.unanswered(call):
            result = result.model_copy(update={"not_kept": dict(lost)})
        else:
            # Before the judge is asked: whatever becomes of its answer, those of the steps are kept.
            ledger.write(mail.id)
    if made is None or not judge.outgoing(made) or not _wants_judgement(doing, call):
        return result
    return await _with_judgement(result, mail, made, doing)


def _wants_judgement(doing: _Doing, call: Call) -> bool:
    if doing.plan.judge == "recorded":
        return doing.ledger is not None and doing.ledger.has(call, JUDGE)
    return doing.judge is not None


async def _with_judgement(result: Result, mail: LabelledMail, made: Review, doing: _Doing) -> Result:
    """The result with what the judge says of its messages, and with the state of that recording."""
    call, ledger = Call(mail.id, result.repeat), doing.ledger
    if ledger is not None and ledger.unanswered(call):
        return result.model_copy(update={"judgement": Judgement(error=_FELL_BACK)})
    if ledger is not None:
        ledger.judging.add(call)
    judgement = await doing.judge(mail, made) if doing.judge else Judgement()
    found: dict[str, object] = {}
    if ledger is not None and doing.replayed:
        states = found["recordings"] = _states(ledger, call)
        if states.get(JUDGE, {}).keys() & set(UNFIT):
            judgement = Judgement(error=NOT_FRESH)
    elif ledger is not None and (lost := ledger.unanswered(call)):
        ledger.judging.discard(call)
        found["not_kept"] = dict(lost)
    elif ledger is not None:
        ledger.write(mail.id)
    return result.model_copy(
        update={**found, "judgement": judgement, "marks": (*result.marks, *judge.marks(judgement))}
    )


def _judged(mail: LabelledMail, made: Review) -> dict[str, object]:
    return {
        "marks": marks(mail, made),
        "topics": topics(Judged(mail, made)) if made.classifications else {},
        "messages": tuple(
            Sent(to=m.to, cc=m.cc, kind=m.kind, subject=m.subject, body=m.body) for m in made.proposal.messages
        ),
        "findings": len(made.findings),
        "fallbacks": tuple(f"{f.step}{f' ({f.message})' if f.message else ''}: {f.reason}" for f in made.fallbacks),
        "prompt_tokens": sum(u.prompt_tokens for u in made.usage),
        "completion_tokens": sum(u.completion_tokens for u in made.usage),
        "calls": sum(u.calls for u in made.usage),
    }


def _states(ledger: Ledger, call: Call, judged: bool = False) -> dict[str, dict[str, int]]:
    """The state of each step's recordings. What hangs on a step that is not fresh is not judged: it says nothing new.

    With `judged` the messages are to be judged once every step is fresh.
    """
    seen, errors = ledger.states[call], ledger.errors(call)
    found: dict[str, dict[str, int]] = {}
    waits = False
    for round_of_steps in (("classify", "flag"), ("split",), ("write",), ("one-shot",)):
        for step in round_of_steps:
            if waits and seen.get(step):
                found[step] = {"waits": sum(seen[step].values())}
            elif not waits and (seen.get(step) or errors[step]):
                found[step] = {str(state): count for state, count in seen.get(step, {}).items()}
                found[step] |= {"error": errors[step]} if errors[step] else {}
        waits = waits or any(found.get(s, {}).keys() & set(UNFIT) for s in round_of_steps)
    if seen.get(JUDGE):
        found[JUDGE] = {str(state): count for state, count in seen[JUDGE].items()}
    elif waits and judged:
        found[JUDGE] = {"waits": 1}
    if not waits:
        for step, count in ledger.orphaned(call).items():
            if step != JUDGE or set(found.get(JUDGE, {})) == {"fresh"}:
                found.setdefault(step, {})["orphaned"] = count
    return {step: found[step] for step in STEPS if step in found}


def new_run(plan: Plan) -> Run:
    """A run of this plan without results. Raises ConfigError where it cannot be made."""
    if plan.engine == "local" and _single(plan.prompt_set):
        raise _needs_a_model(plan)
    folder, digest_of_set = _folder_of(plan), set_hash(plan.prompt_set)
    kept = _kept(plan)
    where = _where(plan, kept)
    by_model = plan.engine == "llm"
    now = datetime.now(UTC)
    told = kept.model_dump(include={"about", "timed", "counted", "prices"}) if kept and by_model else {}
    judges = _judges(plan, kept)
    return Run(
        id=f"{now:%Y%m%d-%H%M%S}-{now.microsecond // 1000:03}-{plan.set_name}-{plan.source if kept and by_model else plan.engine}",
        made=now,
        prompt_set=plan.set_name,
        prompt_path=folder,
        prompt_hash=digest_of_set,
        engine=plan.engine,
        source=plan.source if kept and by_model else "",
        model=where.model if where and by_model else "",
        repeats=plan.repeats,
        record=plan.record,
        confidences=plan.confidences,
        options=plan.options,
        judge=judge.digest() if judges else "",
        judged_from=plan.source if kept and judges else "",
        cases=tuple(mail.id for mail in plan.cases),
        **told,
    )


def resumed(run: Run, plan: Plan, record: Mode | None = None) -> Plan:
    """The plan to go on with a kept run, which had these `plan.cases` among others; what else it was made with is in the run.

    ConfigError where its prompts or the judge's rubric are others by now: one run would be of two.
    """
    now, rubric = set_hash(run.given), judge.digest() if run.judge else ""
    if (now, rubric) != (run.prompt_hash, run.judge):
        what = f"prompts of {run.prompt_set}" if now != run.prompt_hash else "rubric of the judge"
        raise ConfigError(f"The {what} changed since the run {run.id} was begun, so it cannot go on: start a new one.")
    by_model = run.engine == "llm" and not run.source
    where = endpoint() if by_model else None
    if by_model and run.model and where and where.model != run.model:
        raise ConfigError(
            f"The run {run.id} was begun with the model {run.model!r}; set REVIEWER_MODEL to it, or start a new run."
        )
    cases = {mail.id: mail for mail in relabelled(plan.cases, run.confidences)}
    return plan._replace(
        cases=[cases[i] for i in run.cases if i in cases],
        prompt_set=run.given,
        engine=run.engine,
        source=run.source or run.judged_from,
        record=record or run.record,
        repeats=run.repeats,
        judge="on" if run.judge else "off",
        confidences=run.confidences,
        options=run.options,
    )


def relabelled(cases: Sequence[LabelledMail], confidences: str) -> Sequence[LabelledMail]:
    """The cases as an annotator's file labels their confidences; as they are where there is none."""
    if not confidences:
        return cases
    from evals import agreement  # which needs scikit-learn

    return agreement.relabelled(cases, Path(confidences))


def _kept(plan: Plan) -> Source | None:
    """The source, where the plan has anything to replay from it or to record for it."""
    root = plan.root or RECORDINGS
    recorded_judgements = plan.judge == "recorded" and (root / plan.source / plan.recorded_as).is_dir()
    wanted = plan.engine == "llm" or plan.judge == "on" or recorded_judgements
    return source(plan.source, root) if wanted and plan.source else None


def _judges(plan: Plan, kept: Source | None) -> bool:
    return plan.judge == "on" or (plan.judge == "recorded" and kept is not None)


def _judging(
    plan: Plan, model: Model | None, kept: Source | None
) -> Callable[[LabelledMail, Review], Awaitable[Judgement]] | None:
    if model is None or not _judges(plan, kept):
        return None
    rubric = judge.read()

    async def ask(mail: LabelledMail, made: Review) -> Judgement:
        return await judge.judge(model, rubric, mail, made)

    return ask


async def execute(plan: Plan, done: Iterable[tuple[str, int]] = (), tick: Tick = lambda _: None) -> tuple[Result, ...]:
    """Review every case that is not done yet; `tick` gets each result as it comes."""
    kept = _kept(plan)
    finished = set(done)
    results: list[Result] = []
    gate, stopped = asyncio.Semaphore(plan.concurrency), asyncio.Event()
    where = _where(plan, kept)
    model = Model(where) if where else None
    context = recorded(plan.source, plan.recorded_as, plan.record, plan.root or RECORDINGS) if kept else nullcontext()
    with context as ledger:
        async with aclosing(model) if model else nullcontext():
            review = _reviewing(plan, model if plan.engine == "llm" else None)
            doing = _Doing(plan, review, _judging(plan, model, kept), ledger)

            async def work(mail: LabelledMail, repeat: int) -> None:
                async with gate:
                    if stopped.is_set():
                        return
                    result = await _one(mail, repeat, doing)
                    results.append(result)
                    tick(result)
                    if plan.fail_fast and not result.safe:
                        stopped.set()

            try:
                async with asyncio.TaskGroup() as group:
                    for repeat in range(1, plan.repeats + 1):
                        for mail in plan.cases:
                            if (mail.id, repeat) not in finished:
                                group.create_task(work(mail, repeat))
            except BaseExceptionGroup as failed:
                # A full disk, or a page that is left: whoever called knows the first of them, not the group.
                raise failed.exceptions[0] from None
    order = {mail.id: n for n, mail in enumerate(plan.cases)}
    return tuple(sorted(results, key=lambda r: (r.repeat, order[r.case])))


# --- kept runs -----------------------------------------------------------------------------------------------------


_RUN_FILE, _RESULTS_FILE = "run.json", "results.jsonl"


class Store:
    """The runs of a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        """Nothing is made before a run is kept."""
        self.folder = folder or RUNS

    def __eq__(self, other: object) -> bool:
        """Two stores of one folder are the same."""
        return isinstance(other, Store) and self.folder == other.folder

    def __hash__(self) -> int:
        """By the folder."""
        return hash(self.folder)

    def ids(self) -> list[str]:
        """The ids of all runs, the newest last."""
        return sorted(p.parent.name for p in self.folder.glob(f"*/{_RUN_FILE}"))

    def load(self, name: str) -> Run:
        """A run by its id, by the start of it, by `latest`, or by `latest:SET`, which is the newest of a model if there is one;
        `latest:SET:local` is that of the local engine."""
        known = self.ids()
        head, *wanted = name.split(":")
        if head == "latest":
            found = self._newest(*wanted) if len(wanted) < 3 else []
        else:
            found = [i for i in known if i == name] or [i for i in known if i.startswith(name)][-1:]
        if not found:
            raise InputError(f"There is no run {name!r}; `reviewer eval runs` lists them.")
        files = tuple(self.folder / found[0] / file for file in (_RUN_FILE, _RESULTS_FILE))
        return _read_run(self, found[0], tuple((file, stamp(file)) for file in files))

    def readable(self, ids: Iterable[str]) -> tuple[list[Run], list[str]]:
        """The runs of these ids, and what is wrong with those that cannot be read."""
        runs, problems = [], []
        for name in ids:
            try:
                runs.append(self.load(name))
            except InputError as error:
                problems.append(str(error))
        return runs, problems

    def _newest(self, prompt_set: str = "", engine: str = "") -> list[str]:
        known = self.ids()
        if not prompt_set:
            return known[-1:]
        own = [(i, head.engine) for i in known if (head := self.head(i)).prompt_set == prompt_set]
        engines = (engine,) if engine else ("llm", "local")
        return next((found for e in engines if (found := [i for i, made_by in own if made_by == e][-1:])), [])

    def head(self, run_id: str) -> Run:
        """With what a run was made, without its results."""
        try:
            return Run.model_validate_json((self.folder / run_id / _RUN_FILE).read_bytes())
        except (OSError, ValueError):
            raise InputError(
                f"{run_id}/{_RUN_FILE} cannot be read; take the folder {run_id} out of {self.folder}."
            ) from None

    def results(self, run_id: str) -> list[Result]:
        """The results line by line. A line feed alone ends one: a message may hold what Python calls another end of a line."""
        try:
            lines = (self.folder / run_id / _RESULTS_FILE).read_bytes().decode("utf-8", "replace").split("\n")
        except FileNotFoundError:
            return []
        results = []
        for n, line in enumerate(lines, 1):
            try:
                results += [Result.model_validate_json(line)] if line.strip() else []
            except ValueError:
                # The last line may be torn: the run was stopped while it was written. When it went on, another follows.
                if n < len(lines) and line.endswith("}") and line.startswith("{"):
                    raise InputError(f"{run_id}/{_RESULTS_FILE}: line {n} is no result; delete it.") from None
        return results

    def start(self, run: Run) -> "Writer":
        """Keep a run from now on, result by result."""
        folder = self.folder / run.id
        text = run.model_dump_json(exclude={"results"}, indent=1)
        part = folder / "run.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            part.write_text(text, "utf-8")
            os.replace(part, folder / _RUN_FILE)
            (folder / _RESULTS_FILE).touch()
        except OSError as error:
            raise OutputError(f"The run cannot be kept in {self.folder} ({error.strerror}).") from error
        return Writer(folder / _RESULTS_FILE)


@lru_cache(maxsize=64)
def _read_run(store: Store, run_id: str, _: tuple[tuple[Path, tuple[int, int]], ...]) -> Run:
    """A run as its files are now; the page shows the same ones again and again."""
    # A case that was tried again counts as it came last.
    head, last = store.head(run_id), {(r.case, r.repeat): r for r in store.results(run_id)}
    return head.model_copy(update={"results": tuple(last.values())})


class Writer:
    """Appends results to a run's file."""

    def __init__(self, path: Path) -> None:
        """The file has to exist."""
        self.path = path
        content = path.read_bytes()
        self._torn = bool(content) and not content.endswith(b"\n")

    def __call__(self, result: Result) -> None:
        """One line, in one write; on a line of its own, also where the run was stopped within one."""
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n" * self._torn + result.model_dump_json() + "\n")
        except OSError as error:
            raise OutputError(f"A result cannot be kept in {self.path} ({error.strerror}).") from error
        self._torn = False


def states(results: Iterable[Result]) -> dict[str, Counter[str]]:
    """By step, how many cases are fresh, errors, stale, missing, waiting for another step, or have orphaned answers."""
    found: dict[str, Counter[str]] = {}
    for result in results:
        for step, counts in result.recordings.items():
            counter = found.setdefault(step, Counter())
            for state in ("error", "missing", "stale", "waits"):
                if counts.get(state):
                    counter[state] += 1
                    break
            else:
                if counts.get("fresh"):
                    counter["fresh"] += 1
            if counts.get("orphaned"):
                counter["orphaned"] += 1
    return found
