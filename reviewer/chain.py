"""The story of a review: classify and flag side by side, split, write every message side by side, check, advise.

A step whose model fails is done by the fallback engine, and the review says so. A message that fails the checks is
written once more with the findings, and then composed from the draft's own sentences.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from reviewer.advise import advise
from reviewer.check import check, check_message
from reviewer.confided import confided
from reviewer.engagement import proposal_of
from reviewer.errors import ModelAnswerError, ModelError
from reviewer.hostile import attempts, is_hostile
from reviewer.limits import Budget, Limits
from reviewer.local.classify import classify_passages
from reviewer.local.engine import local_engine
from reviewer.local.flag import flag_passages, flags_by_form
from reviewer.local.split import assign, without_lone_headings
from reviewer.local.write import compose
from reviewer.misdirected import cautions
from reviewer.names import addressed
from reviewer.plan import briefs, keep_informed, needs_split, reconcile, settle_group
from reviewer.policy import Policy
from reviewer.redact import Outbound, Sent, Vault, outbound
from reviewer.said import said
from reviewer.texts import say, word
from reviewer.thread import quoted_mails
from reviewer.types import (
    Act,
    Assignment,
    Audience,
    Brief,
    Case,
    Classification,
    Draft,
    Engine,
    Envelope,
    Fallback,
    Finding,
    Flag,
    Message,
    Passage,
    Proposal,
    Recipient,
    Review,
    Situation,
    Step,
    StepUsage,
    Usage,
)
from reviewer.withhold import reflagged

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

T = TypeVar("T")
_BARE = Envelope()  # nothing is known around the draft
ALL_BUT_CERTAIN = 0.9
"""From which probability the local engine's own flags stand beside a model's. On the dev mails of the evaluation none of the 33
passages from here on was harmless; from 0.58 on, which the local engine alone calls sure, 18 of 95 were, and cost their readers
what they needed."""


class Progress(NamedTuple):
    """A step began or ended; `value` is what it gave, so that a page can fill in while the rest goes on."""

    step: Step | Literal["check"]
    state: Literal["started", "ended"]
    value: object = None
    message: str | None = None
    """Key of the message, in the write step."""


class Setup(NamedTuple):
    """What a review is made with."""

    policy: Policy
    engine: Engine
    engine_reason: str = ""
    prompt_set: str = "default"
    prompt_hash: str = ""
    deadline: float | None = None
    """Seconds for the whole review. What a model has not answered when just enough of them is left for the local engine and
    the checks (`seconds_kept`) is done by the local engine."""
    clock: Callable[[], float] = time.monotonic
    progress: Callable[[Progress], None] = lambda _: None
    redact: bool = False
    """Whether names, amounts and the like are replaced before the model is asked (`reviewer.redact`)."""
    sent: Callable[[Sent], None] = lambda _: None
    """Is told of each request as it leaves."""
    limits: Limits = Limits()
    """How often and how much a model may be asked."""


@dataclass(frozen=True)
class State:
    """What has been found so far; every step returns a new one with its part filled in."""

    case: Case
    setup: Setup
    until: float | None
    hostile: bool = False
    """Whether something in the mail gives orders to a program."""
    classifications: tuple[Classification, ...] = ()
    flags: tuple[Flag, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    proposal: Proposal = field(default_factory=Proposal)
    findings: tuple[Finding, ...] = ()
    usage: tuple[StepUsage, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)


# Seconds that the local engine and the checks may need, with no model: to load what they know, for each character of a draft, and
# for each reader of each passage. Measured on two cores: 0.2 s, 8 to 16 µs and 7 to 25 µs (docs/checks.md).
_TO_LOAD = 1.0
_A_CHARACTER = 40e-6
_A_READER = 25e-6


def seconds_kept(case: Case, deadline: float) -> float:
    """Seconds of a deadline in which no model is waited for, so that the review ends within it; at most half of them."""
    read = len(case.passages) * len(case.draft.stakeholders)
    return min(_TO_LOAD + _A_CHARACTER * len(case.draft.body) + _A_READER * read, deadline / 2)


def _vault(case: Case, envelope: Envelope) -> Vault:
    """The placeholders for everybody who is known: the readers, the deal's people, and whom the heads of the thread name."""
    thread = (*envelope.earlier, *quoted_mails(case.draft.body, case.passages))
    writers = [(mail.by, *mail.readers) for mail in thread]
    people = (envelope.known, envelope.addressed, envelope.before, envelope.sent, envelope.reached)
    return Vault(
        case,
        others=[p for group in people for p in group],
        named=[*envelope.named, *(who for found in writers for who in found if who)],
        customer=envelope.customer,
    )


class Done(NamedTuple):
    """A step's answer with what it cost and whether the model could do it."""

    value: Any
    usage: StepUsage
    fallback: Fallback | None


async def review(
    draft: Draft, passages: tuple[Passage, ...], situation: Situation, setup: Setup, envelope: Envelope = _BARE
) -> Review:
    """Review a draft. Raises nothing a model could cause; CancelledError passes through.

    `envelope` is for the cautions and for what the thread has told alone: no step and no model sees it.
    """
    started = setup.clock()
    case = Case(draft=draft, passages=passages, situation=situation)
    patience = None if setup.deadline is None else setup.deadline - seconds_kept(case, setup.deadline)
    until = None if patience is None else started + patience
    if setup.engine.name == "local":
        state = await _in_turn(State(case, setup, until))
    else:
        # Only who asks a model waits for the library that runs its steps: it takes longer to import than a local review as a whole.
        from langsmith.run_helpers import tracing_context

        vault = None
        if setup.redact:
            try:
                async with asyncio.timeout(patience):
                    vault = await asyncio.to_thread(_vault, case, envelope)
            except TimeoutError:
                until = -math.inf  # unredacted nothing may leave, so that no step asks the model
        token = outbound.set(Outbound(vault, setup.sent, Budget(setup.limits)))
        # Whatever tracing the environment asks langchain for, no draft leaves by that door.
        with tracing_context(enabled=False):
            try:
                state = await _steps().ainvoke(State(case, setup, until, any(attempts(case))))
            finally:
                outbound.reset(token)
    t = setup.clock()
    advice = advise(case, setup.policy, state.classifications, state.flags, state.assignments, state.proposal)
    timings = {**state.timings, "advise": setup.clock() - t, "total": setup.clock() - started}
    return Review(
        draft=draft,
        situation=situation,
        passages=passages,
        classifications=state.classifications,
        flags=state.flags,
        assignments=state.assignments,
        proposal=state.proposal,
        findings=state.findings,
        advice=advice,
        cautions=(*cautions(case, envelope), *confided(case, state.flags, state.proposal, envelope)),
        said=said(case, state.classifications, state.flags, state.proposal, envelope),
        engine=setup.engine.name,
        engine_reason=setup.engine_reason,
        prompt_set=setup.prompt_set,
        prompt_hash=setup.prompt_hash,
        usage=state.usage,
        fallbacks=state.fallbacks,
        timings={name: round(seconds, 6) for name, seconds in timings.items()},
    )


async def _in_turn(state: State) -> State:
    """The same steps one after the other: the local engine waits for nothing, and what composes them takes a sixth of its time."""
    classified, flagged = await _classify(state), await _flag(state)
    state = await _labelled({"classified": classified, "flagged": flagged, "state": state})
    return await _check(await _write(await _split(state)))


@cache
def _steps() -> "Runnable[State, State]":
    """All but the advice; composed once, as that takes longer than one of the steps."""
    from langchain_core.runnables import RunnableLambda, RunnableParallel

    return (
        RunnableParallel[State](
            classified=RunnableLambda(_classify), flagged=RunnableLambda(_flag), state=RunnableLambda(_same)
        )
        | RunnableLambda(_labelled)
        | RunnableLambda(_split)
        | RunnableLambda(_write)
        | RunnableLambda(_check)
    )


async def _same(state: State) -> State:
    return state


async def _attempt(
    state: State,
    step: Step,
    call: Callable[[Engine], Awaitable[tuple[T, Usage]]],
    message: str | None = None,
    suspect: bool = False,
) -> Done:
    """Do a step with the engine, or with the local one where the model cannot, the time is up, or its data is suspect."""
    setup = state.setup
    setup.progress(Progress(step, "started", message=message))
    began = setup.clock()
    fallback = None
    name = setup.engine.name
    try:
        if name == "llm" and suspect:
            # Who reads what is not decided by a model that somebody in the mail is giving orders to.
            raise ModelAnswerError(say(state.case.situation.explain_in, "fallback.hostile"))
        remaining = None if state.until is None else max(state.until - began, 0.0)
        if name == "llm" and remaining == 0:
            raise TimeoutError
        async with asyncio.timeout(remaining if name == "llm" else None):
            value, usage = await call(setup.engine)
    except (ModelError, TimeoutError) as error:
        reason = (
            str(error) if isinstance(error, ModelError) else say(state.case.situation.explain_in, "fallback.deadline")
        )
        fallback = Fallback(step=step, message=message, reason=reason)
        spent: Usage = getattr(error, "usage", None) or Usage()
        value, _ = await call(local_engine(setup.policy))
        usage = spent
    used = StepUsage(step=step, engine=name, seconds=round(setup.clock() - began, 6), **usage.model_dump())
    setup.progress(Progress(step, "ended", value, message))
    return Done(value, used, fallback)


async def _classify(state: State) -> Done:
    async def call(engine: Engine) -> tuple[tuple[Classification, ...], Usage]:
        return await engine.classify(state.case)

    done = await _attempt(state, Step.CLASSIFY, call, suspect=state.hostile)
    author = [p.id for p in state.case.author_passages()]
    left_out = set(author) - {c.passage_id for c in done.value}
    if not left_out:
        return done
    local = {c.passage_id: c for c in classify_passages(state.case).classifications}
    given = {c.passage_id: c for c in done.value}
    completed = tuple(given.get(i, local[i]) for i in author)
    return done._replace(value=completed, fallback=_left_out(state, Step.CLASSIFY, len(left_out)))


def _left_out(state: State, step: Step, count: int) -> Fallback:
    return Fallback(step=step, reason=say(state.case.situation.explain_in, "fallback.left_out", count=count))


async def _flag(state: State) -> Done:
    async def call(engine: Engine) -> tuple[tuple[Flag, ...], Usage]:
        return await engine.flag(state.case)

    return await _attempt(state, Step.FLAG, call, suspect=state.hostile)


async def _labelled(parts: dict[str, Any]) -> State:
    state: State = parts["state"]
    classified, flagged = parts["classified"], parts["flagged"]
    flags: tuple[Flag, ...] = flagged.value
    if state.setup.engine.name == "llm":
        # The two steps ran side by side: what the one knows of whom a passage speaks to, the other did not.
        called = {c.passage_id: c.addressed_to for c in classified.value}
        flags = tuple(reflagged(state.case, state.setup.policy, f, called.get(f.passage_id, ())) for f in flags)
        if flagged.fallback is None:
            flags = _second_eyes(state, called, flags)
    return _with(replace(state, classifications=classified.value, flags=flags), classified, flagged)


def _second_eyes(state: State, called: Mapping[str, tuple[str, ...]], flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
    """Add what the local engine finds by the form alone, and what it is all but certain of where the model saw nothing.

    `called` is to whom each passage speaks, by its id.
    """
    case, policy = state.case, state.setup.policy
    explain = case.situation.explain_in
    seen = {f.passage_id for f in flags}
    by_form = flags_by_form(case, policy)
    certain = [f for f in flag_passages(case, policy, at_least=ALL_BUT_CERTAIN).flags if f not in by_form]
    # A model may flag "the password" and not what it is.
    extra = [f for f in by_form if not any(_covers(known, f) for known in flags)]
    extra += [f for f in certain if f.passage_id not in seen]
    told = [
        reflagged(case, policy, f, called.get(f.passage_id, ())).model_copy(
            update={"reason": say(explain, "flag.engines", reason=f.reason)}
        )
        for f in extra
    ]
    order = {p.id: i for i, p in enumerate(case.passages)}
    return tuple(sorted([*flags, *told], key=lambda f: (order[f.passage_id], f.start)))


def _covers(known: Flag, flag: Flag) -> bool:
    same = (known.passage_id, known.sensitivity) == (flag.passage_id, flag.sensitivity)
    return same and known.start <= flag.start and flag.end <= known.end


def _with(state: State, *done: Done) -> State:
    timings = dict(state.timings)
    for d in done:
        timings[d.usage.step] = max(timings.get(d.usage.step, 0.0), d.usage.seconds)
    return replace(
        state,
        usage=(*state.usage, *_summed([d.usage for d in done])),
        fallbacks=(*state.fallbacks, *(d.fallback for d in done if d.fallback)),
        timings=timings,
    )


def _summed(usages: list[StepUsage]) -> list[StepUsage]:
    """One entry per step: its calls add up, its wall time is the longest of them, as they run side by side."""
    result: dict[Step, StepUsage] = {}
    for usage in usages:
        before = result.get(usage.step)
        if before is None:
            result[usage.step] = usage
            continue
        result[usage.step] = before.model_copy(
            update={
                "model": before.model or usage.model,
                "calls": before.calls + usage.calls,
                "prompt_tokens": before.prompt_tokens + usage.prompt_tokens,
                "cached_tokens": before.cached_tokens + usage.cached_tokens,
                "completion_tokens": before.completion_tokens + usage.completion_tokens,
                "seconds": max(before.seconds, usage.seconds),
            }
        )
    return list(result.values())


async def _split(state: State) -> State:
    case, policy = state.case, state.setup.policy
    default = assign(case, policy, state.classifications, state.flags).assignments

    async def call(engine: Engine) -> tuple[tuple[Assignment, ...], Usage]:
        if engine.name == "local":
            return without_lone_headings(case, default), Usage()
        return await engine.split(case, state.classifications, state.flags)

    done = await _attempt(state, Step.SPLIT, call, suspect=state.hostile)
    left_out = {a.passage_id for a in default} - {a.passage_id for a in done.value}
    if left_out:
        done = done._replace(fallback=_left_out(state, Step.SPLIT, len(left_out)))
    assignments = reconcile(case, policy, state.classifications, state.flags, done.value, default)
    if not needs_split(case, policy, state.classifications, state.flags, assignments):
        assignments = _as_is(state)
        return _with(replace(state, assignments=assignments, proposal=_draft_itself(case)), done)
    assignments = settle_group(case, state.classifications, assignments)
    assignments = keep_informed(case, policy, state.classifications, state.flags, assignments)
    return _with(replace(state, assignments=assignments), done)


def _as_is(state: State) -> tuple[Assignment, ...]:
    case = state.case
    reason = say(case.situation.explain_in, "split.as_is")
    asks = {c.passage_id for c in state.classifications if c.act is Act.REQUEST}
    everybody = case.draft.stakeholders
    first = next((p.address for p in everybody if p.recipient is Recipient.TO), everybody[0].address)
    return tuple(
        Assignment(
            passage_id=p.id,
            audience=Audience(group=True),
            reason=reason,
            owner=next(iter(addressed(p.text, everybody)), first) if p.id in asks else None,
        )
        for p in case.author_passages()
    )


def _draft_itself(case: Case) -> Proposal:
    people = case.draft.stakeholders
    to = tuple(p.address for p in people if p.recipient is Recipient.TO) or tuple(p.address for p in people)
    message = Message(
        to=to,
        cc=tuple(p.address for p in people if p.address not in to),
        subject=case.draft.subject,
        body=case.draft.body,
        passage_ids=tuple(p.id for p in case.author_passages()),
        kind="group",
        written_by="draft",
    )
    return Proposal(as_is=True, group=message, sequence=("group",))


async def _write(state: State) -> State:
    if state.proposal.as_is:
        return state
    plans = briefs(state.case, state.classifications, state.flags, state.assignments)
    written = await asyncio.gather(*(_message(state, brief) for brief in plans))
    proposal = proposal_of(state.case, state.setup.policy, [message for message, _ in written])
    return _with(replace(state, proposal=proposal), *(d for _, dones in written for d in dones))


async def _message(state: State, brief: Brief) -> tuple[Message, list[Done]]:
    """One outgoing message: written, checked, written once more where that helps, else composed."""
    key = brief.key
    words = [
        brief.subject,
        *(w for item in brief.items for w in (item.text, item.owner or "")),
        *(p.name for p in brief.to),
    ]
    suspect = any(map(is_hostile, words))
    done = await _attempt(state, Step.WRITE, lambda engine: engine.write(brief), key, suspect)
    if state.setup.engine.name == "local" or done.fallback:
        return brief.worded(done.value, "local"), [done]
    message = brief.worded(done.value, "llm")
    findings = _problems(state, message)
    if not findings:
        return message, [done]
    again = brief.model_copy(update={"findings": tuple(f.explanation for f in findings)})
    second = await _attempt(state, Step.WRITE, lambda engine: engine.write(again), key)
    if not second.fallback:
        message = brief.worded(second.value, "llm")
        findings = _problems(state, message)
        if not findings:
            return message, [done, second]
        explain = state.case.situation.explain_in
        kinds = ", ".join(dict.fromkeys(word(explain, "finding", f.kind) for f in findings))
        reason = say(explain, "fallback.check", kinds=kinds)
        second = second._replace(fallback=Fallback(step=Step.WRITE, message=key, reason=reason))
    composed = Done(compose(brief), second.usage, second.fallback)
    return brief.worded(composed.value, "local"), [done, second]


def _problems(state: State, message: Message) -> list[Finding]:
    return check_message(state.case, state.flags, state.assignments, message)


async def _check(state: State) -> State:
    setup = state.setup
    setup.progress(Progress("check", "started"))
    began = setup.clock()
    findings = check(state.case, state.classifications, state.flags, state.assignments, state.proposal)
    timings = {**state.timings, "check": setup.clock() - began}
    setup.progress(Progress("check", "ended", findings))
    return replace(state, findings=findings, timings=timings)
