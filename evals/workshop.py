"""What the Prompts page needs and that is no page: the request a prompt makes, what a run will cost, the policy as a grid."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

from evals.cases import LabelledMail
from evals.record import STEPS, UNFIT, stamp
from evals.run import Plan, Result, Run, execute, set_hash
from reviewer import policy, prompts
from reviewer.chain import Setup
from reviewer.chain import review as run_chain
from reviewer.endpoint import Endpoint
from reviewer.errors import ConfigError, ModelAnswerError
from reviewer.llm.engine import llm_engine
from reviewer.llm.parts import parts_of
from reviewer.local.engine import local_engine
from reviewer.model import Model
from reviewer.texts import Lang, say
from reviewer.types import Role, Topic


class Request(NamedTuple):
    """What a model would read."""

    step: str
    system: str
    user: str


class _Listening(Model):
    """A model that notes what it is asked and never answers."""

    def __init__(self) -> None:
        super().__init__(Endpoint(model="none", base_url="http://127.0.0.1:9/v1", max_retries=0))
        self.heard: list[Request] = []

    async def ask(self, system: str, user: str, *_: Any, name: str, **__: Any) -> Any:  # noqa: ANN401 - never returns
        self.heard.append(Request(name, system, user))
        raise ModelAnswerError("nobody was asked")


def requests(mail: LabelledMail, prompt_set: str) -> list[Request]:
    """Every request that a review of the mail would make; what one step hands to the next is the local engine's here."""

    async def listen() -> list[Request]:
        loaded, model, case = prompts.load(prompt_set), _Listening(), mail.case()
        try:
            setup = Setup(loaded.policy, llm_engine(model, loaded))
            await run_chain(case.draft, case.passages, case.situation, setup)
        finally:
            await model.aclose()
        # Classify and flag are asked side by side, in an order that means nothing.
        return sorted(model.heard, key=lambda request: STEPS.index(request.step))

    return asyncio.run(listen())


class Forecast(NamedTuple):
    """What a run will take."""

    cases: int
    fresh: int
    """Cases whose recordings fit."""
    calls: int
    """Requests to the model that a recording or live run of the others makes, about."""


def forecast(plan: Plan) -> Forecast:
    """Look at the recordings, and count the calls that the cases without fresh ones would make."""
    if plan.engine == "local":
        return Forecast(len(plan.cases), len(plan.cases), 0)
    files = sorted(plan.source_folder.glob("*/*.yaml")) if plan.source else []
    key = (plan.source, plan.set_name, set_hash(plan.prompt_set), tuple(mail.id for mail in plan.cases))
    found = _FORECASTS.get(key)
    now = hash(tuple((file, stamp(file)) for file in files))
    if found is None or found[0] != now:
        found = _FORECASTS[key] = (now, _forecast(plan))
    return found[1]


_FORECASTS: dict[tuple[object, ...], tuple[int, Forecast]] = {}
"""By source, set and cases, with what the recordings were then: a replay of all mails takes seconds, and each click asks for it."""


def _forecast(plan: Plan) -> Forecast:
    if not plan.source:
        return Forecast(len(plan.cases), 0, sum(map(_calls, plan.cases)))
    results = asyncio.run(execute(plan._replace(record="none")))
    fresh = {r.case for r in results} - {r.case for r in results if r.error}
    # What waits for a step that is not fresh was asked for all the same, about what the local engine says in its place.
    wanted = (counts.get(state, 0) for r in results for counts in r.recordings.values() for state in (*UNFIT, "waits"))
    return Forecast(len(plan.cases), len(fresh), sum(wanted))


def _calls(mail: LabelledMail) -> int:
    """Calls for one review: as many messages as the local engine would write."""

    async def count() -> int:
        case, loaded = mail.case(), prompts.load()
        setup = Setup(loaded.policy, local_engine(loaded.policy))
        made = await run_chain(case.draft, case.passages, case.situation, setup)
        labels, flag_and_split = len(parts_of(case.author_passages())), 2
        return labels + flag_and_split + (0 if made.proposal.as_is else len(made.proposal.messages))

    return asyncio.run(count())


# --- cases by sets -------------------------------------------------------------------------------------------------


def latest(runs: Sequence[Run]) -> list[Run]:
    """Of each set and source the newest run, in the order in which they were made.

    A case that it does not have is as the one before left it, where that had the same prompts: one mail that is tried alone hides no other.
    """
    found: dict[str, Run] = {}
    for each in sorted(runs, key=lambda r: r.made):
        before = found.pop(each.name, None)
        same = before.results if before and before.prompt_hash == each.prompt_hash else ()
        results = {r.case: r for r in (*same, *each.results)}
        found[each.name] = each.model_copy(update={"results": tuple(results.values())})
    return list(found.values())


def verdict(result: Result | None, lang: Lang = "en") -> str:
    """One case in one run as a cell: what must not happen first, then the remarks."""
    if result is None:
        return ""
    if result.error:
        return f"? {say(lang, 'evals.cell.no_answer')}"
    leaks, covered = result.mark("leak"), result.mark("coverage")
    counts = {"leaked": leaks.hits if leaks else 0, "lost": covered.total - covered.hits if covered else 0}
    bad = [say(lang, f"evals.cell.{name}", count=count) for name, count in counts.items() if count]
    remarks = sum(len(m.notes) for m in result.marks if m.score not in ("leak", "coverage"))
    if bad:
        return f"✕ {', '.join(bad)}"
    return f"✓ {say(lang, 'evals.cell.remarks', count=remarks)}" if remarks else "✓"


def matrix(runs: Sequence[Run], lang: Lang = "en") -> list[dict[str, str]]:
    """A row for each case, a column for each run."""
    cases = sorted({r.case for each in runs for r in each.results})
    by_run = [{r.case: r for r in each.results} for each in runs]
    return [
        {
            say(lang, "work.case"): case,
            **{each.name: verdict(found.get(case), lang) for each, found in zip(runs, by_run, strict=True)},
        }
        for case in cases
    ]


RUNNING: set[str] = set()
"""The ids of the runs that a page of this server is making just now."""


def to_compare_with(made: Run, others: Sequence[Run]) -> Run | None:
    """Of the other runs the newest of the set in production with all of its mails, to compare it with; of its engine if there is one."""
    same = [
        r
        for r in others
        if r.id != made.id and r.prompt_set == prompts.production() and set(r.cases) >= set(made.cases)
    ]
    alike = [r for r in same if (r.engine, r.source) == (made.engine, made.source)]
    return max(alike or same, key=lambda r: r.made, default=None)


# --- the policy as a grid ------------------------------------------------------------------------------------------

_TOPICS = re.compile(r"^topics:[ \t]*(?:#[^\n]*)?\n(?:(?:[ \t][^\n]*|[ \t]*(?:#[^\n]*)?)\n)*", re.MULTILINE)
_ROW = r"^([ \t]+{topic}[ \t]*:[ \t]*)\{{[^{{}}\n]*\}}([ \t]*(?:#[^\n]*)?)$"
GROUP_RULES: tuple[str, ...] = get_args(policy.GroupRule)
_NO_GRID = "The policy's table of topics is not written with one line for each topic; edit it as text."
GRID_ROLES = [str(role) for role in Role if role is not Role.UNKNOWN]


def grid(text: str) -> list[dict[str, Any]]:
    """A policy's topics as rows: when the group reads it, and for each role its place in the order of preference."""
    table = policy.parse(text)
    return [
        {
            "topic": str(topic),
            "group": str(rule.group),
            **{role: rule.roles.index(Role(role)) + 1 if Role(role) in rule.roles else None for role in GRID_ROLES},
        }
        for topic, rule in table.topics.items()
    ]


def in_lines(text: str) -> bool:
    """Whether each topic of a policy has one line, so that its row can be changed in the grid."""
    table = _TOPICS.search(text)
    return table is not None and all(_line_of(topic, table[0]) for topic in policy.parse(text).topics)


def _line_of(topic: Topic, table: str) -> re.Match[str] | None:
    return re.search(_ROW.format(topic=re.escape(str(topic))), table, re.MULTILINE)


def with_grid(text: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The policy's text with these rows as its topics; every line that does not change stays as it is, and so does all the rest.

    ConfigError where the text cannot be changed so: the policy that is written has to be the one that was edited.
    """
    table, block = policy.parse(text), _TOPICS.search(text)
    wanted = dict(table.topics)
    written = block[0] if block else ""
    for row in rows:
        topic, rule = Topic(row["topic"]), _rule(row, table.topics[Topic(row["topic"])])
        if rule == table.topics[topic]:
            continue
        line = _line_of(topic, written)
        if line is None:
            raise ConfigError(_NO_GRID)
        told = f"{{group: {f'{rule.group},':<8} roles: [{', '.join(rule.roles)}]}}"
        written = f"{written[: line.start()]}{line[1]}{told}{line[2]}{written[line.end() :]}"
        wanted[topic] = rule
    changed = f"{text[: block.start()]}{written}{text[block.end() :]}" if block else text
    if policy.parse(changed) != table.model_copy(update={"topics": wanted}):
        raise ConfigError(_NO_GRID)
    return changed


def _rule(row: Mapping[str, Any], old: policy.TopicRule) -> policy.TopicRule:
    """What a row says; roles that the grid does not show stay at the end."""
    ranked = sorted((int(row[role]), n, role) for n, role in enumerate(GRID_ROLES) if row.get(role))
    hidden = [role for role in old.roles if str(role) not in GRID_ROLES]
    if row["group"] not in GROUP_RULES:
        raise ConfigError(
            f"The row {row['topic']} does not say when the group reads it; choose one of {', '.join(GROUP_RULES)}."
        )
    return policy.TopicRule(group=row["group"], roles=(*(Role(role) for _, _, role in ranked), *hidden))
