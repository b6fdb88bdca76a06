"""Scores of a run as a table with intervals: in the terminal, as JSON, JUnit XML and one HTML file."""

import html
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby, zip_longest
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from evals import stats
from evals.judge import GRADES, KINDS, Grade, Kind, MessageJudgement
from evals.record import JUDGE, NO_ANSWER, UNFIT
from evals.run import Result, Run, Sent, states
from evals.scorers import BY_NAME, CRITERIA, JUDGED, SCORES, Mark
from evals.stats import Interval
from reviewer.errors import OutputError
from reviewer.texts import Lang, say, word


class Line(NamedTuple):
    """One score of a run."""

    name: str
    good: bool
    """Whether more is better."""
    hits: float | None
    total: float | None
    interval: Interval | None


def _columns(results: Sequence[Result], score: str) -> tuple[list[float], list[float]]:
    found = [r.mark(score) for r in results]
    return [m.hits if m else 0 for m in found], [m.total if m else 0 for m in found]


def routed(results: Sequence[Result]) -> list[tuple[int, int, int]]:
    """By case: pairs of a fact and a reader that are right, needless, and missing."""
    pairs = [(r.mark("routing"), r.mark("routing_precision")) for r in results]
    return [
        (reached.hits, read.total - read.hits, reached.total - reached.hits) if reached and read else (0, 0, 0)
        for reached, read in pairs
    ]


def _whole(results: Iterable[Result]) -> list[Result]:
    """Those without an error, in one order whichever was finished first: the resampled intervals hang on it."""
    return sorted((r for r in results if not r.error), key=lambda r: (r.case, r.repeat))


def lines(results: Iterable[Result]) -> list[Line]:
    """Every score over these results; errors are left out, they are counted beside."""
    whole = _whole(results)
    found: list[Line] = []
    for score in SCORES:
        hits, totals = _columns(whole, score.name)
        interval = stats.exact(int(sum(hits)), int(sum(totals))) if score.exact else stats.share(hits, totals)
        found.append(Line(score.name, score.good, sum(hits), sum(totals), interval))
        if score.name == "routing_precision":
            found.append(Line("routing_f1", True, None, None, stats.macro_f1([routed(whole)])))
    labels = topics_of(whole)
    if labels:
        found.append(Line("topics", True, None, None, stats.macro_f1(topic_counts(whole, labels))))
    if any(r.judgement for r in whole):
        for score in JUDGED:
            hits, totals = _columns(whole, score.name)
            interval = stats.share(hits, totals, score.good)
            found.append(Line(score.name, score.good, sum(hits), sum(totals), interval))
    return found


def topics_of(results: Iterable[Result]) -> list[str]:
    """The topics that any of them was scored for."""
    return sorted({topic for r in results for topic in r.topics})


def topic_counts(results: Sequence[Result], labels: Sequence[str]) -> list[list[tuple[int, int, int]]]:
    """By topic and result: passages that have it rightly, wrongly, and lack it."""
    return [[r.topics.get(label, (0, 0, 0)) for r in results] for label in labels]


class Share(NamedTuple):
    """The messages of one kind, or of all, that the judge gave a grade."""

    criterion: str
    kind: Kind | None
    """None for the messages of every kind."""
    grade: Grade
    hits: int
    total: int
    interval: Interval | None


def judged(results: Iterable[Result]) -> list[Share]:
    """The share of every grade, by criterion and kind of message, among the judgements that count; cases are resampled."""
    judgements = [r.judgement for r in _whole(results) if r.judgement]
    found = []
    for criterion in CRITERIA:
        for kind in (None, *KINDS):
            grades = [
                [m.grades[criterion] for m in j.messages if not m.invalid and kind in (None, m.kind)]
                for j in judgements
            ]
            totals = [len(g) for g in grades]
            for grade in GRADES:
                hits = [g.count(grade) for g in grades]
                found.append(
                    Share(criterion, kind, grade, sum(hits), sum(totals), stats.share(hits, totals, grade == "yes"))
                )
    return found


def judged_rows(results: Iterable[Result], lang: Lang = "en") -> list[list[str]]:
    """The shares as rows of text, a row for a criterion and a kind of message; empty where nothing was judged."""
    rows = [
        [
            say(lang, f"evals.score.{criterion}"),
            say(lang, f"evals.kind.{kind or 'all'}"),
            f"{total}",
            *(with_bounds(s.interval, ".1%", lang) if s.interval else "–" for s in shares),
        ]
        for (criterion, kind, total), shares in groupby(judged(results), lambda s: (s.criterion, s.kind, s.total))
        if total
    ]
    head = [say(lang, f"evals.head.{key}") for key in ("judge", "kind", "messages")]
    return [[*head, *(say(lang, f"evals.grade.{grade}") for grade in GRADES)], *rows] if rows else []


def number(value: float, form: str, lang: Lang = "en") -> str:
    """A number in this form as the language writes it: "98,2 %" in French."""
    text = f"{value:{form}}"
    return text.replace(".", ",").replace("%", "\N{NO-BREAK SPACE}%") if lang == "fr" else text


def with_bounds(interval: Interval, form: str, lang: Lang = "en") -> str:
    """A value with its bounds, where it has any."""
    value, low, high = (number(x, form, lang) for x in interval)
    between = " ; " if lang == "fr" else ", "
    return value if math.isnan(interval.low) else f"{value} [{low}{between}{high}]"


def by_role(results: Iterable[Result]) -> list[Line]:
    """Must-read reached, by the role of who must read."""
    whole = _whole(results)
    names = sorted({m.score for r in whole for m in r.marks if m.score.startswith("routing ")})
    return [
        Line(name.removeprefix("routing "), True, sum(h), sum(t), stats.share(h, t))
        for name in names
        for h, t in [_columns(whole, name)]
    ]


def title(name: str, lang: Lang = "en") -> str:
    """A score as people call it."""
    return say(lang, f"evals.score.{name}")


def shown(line: Line, lang: Lang = "en") -> str:
    """A score with its interval and its counts, as a table prints it."""
    if line.interval is None:
        return "–"
    if line.hits is None or line.total is None:
        return with_bounds(line.interval, ".2f", lang)
    counted = say(lang, "evals.counted", hits=f"{line.hits:.0f}", total=f"{line.total:.0f}")
    if line.hits == 0 and not line.good:
        return say(lang, "evals.below", high=number(line.interval.high, ".1%", lang), counted=counted)
    return f"{with_bounds(line.interval, '.1%', lang)} ({counted})"


def cost(run: Run) -> float | None:
    """What the tokens of a run cost, in the currency of its source's prices; None where there are none."""
    if not run.prices:
        return None
    prompt, completion = sum(r.prompt_tokens for r in run.results), sum(r.completion_tokens for r in run.results)
    return (prompt * run.prices.get("prompt", 0) + completion * run.prices.get("completion", 0)) / 1e6


def mean(values: Iterable[float]) -> float:
    """The mean; 0 of nothing."""
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else 0.0


def facts(run: Run, lang: Lang = "en") -> list[tuple[str, str]]:
    """What else a table says of a run: cases, errors, fallbacks, tokens, seconds, cost, repeats."""
    results = run.results
    whole = _whole(results)
    estimated = "" if run.counted else say(lang, "evals.estimated")

    def named(key: str) -> str:
        return say(lang, f"evals.fact.{key}")

    found = [
        (named("cases"), f"{len({r.case for r in results})}"),
        (named("errors"), f"{len(results) - len(whole)}"),
        (named("fell_back"), f"{sum(bool(r.fallbacks) for r in whole)}"),
        (named("findings"), f"{sum(r.findings for r in whole)}"),
    ]
    if any(r.calls for r in whole):
        found += [
            (named("calls"), number(mean(r.calls for r in whole), ".1f", lang)),
            (named("tokens_in"), f"{mean(r.prompt_tokens for r in whole):.0f}{estimated}"),
            (named("tokens_out"), f"{mean(r.completion_tokens for r in whole):.0f}{estimated}"),
        ]
    if run.timed:
        found.append((named("seconds"), number(mean(r.seconds for r in whole), ".2f", lang)))
    judgements = [r.judgement for r in whole if r.judgement]
    if judgements:
        messages = [m for j in judgements for m in j.messages]
        calls = [j for j in judgements if j.calls]
        invalid = sum(bool(m.invalid) for m in messages)
        found += [
            (named("judged"), say(lang, "evals.judged", count=len(messages), invalid=invalid)),
            (named("unjudged"), f"{sum(bool(j.error) for j in judgements)}"),
            (named("judge_in"), f"{mean(j.prompt_tokens for j in calls):.0f}{estimated}"),
            (named("judge_out"), f"{mean(j.completion_tokens for j in calls):.0f}{estimated}"),
        ]
    spent = cost(run)
    if spent is not None:
        found.append((named("cost"), number(spent, ".2f", lang)))
    if run.repeats > 1:
        found.append((say(lang, "evals.fact.pass_k", count=run.repeats), pass_k(results, run.repeats, lang)))
    return found


def pass_k(results: Iterable[Result], repeats: int, lang: Lang = "en") -> str:
    """Share of the cases that are safe in every repeat, and how far their coverage varies between repeats.

    Of those with an answer in so many repeats: a case with fewer says nothing of all of them.
    """
    cases: dict[str, list[Result]] = {}
    for result in _whole(results):
        cases.setdefault(result.case, []).append(result)
    whole = [own for own in cases.values() if len(own) >= repeats]
    if not whole:
        return "–"
    safe = sum(all(r.safe for r in own) for own in whole)
    spreads = []
    for own in whole:
        shares = [m.hits / m.total for r in own if (m := r.mark("coverage")) and m.total]
        if len(shares) > 1:
            spreads.append(max(shares) - min(shares))
    return say(lang, "evals.pass_k", safe=safe, cases=len(whole), spread=number(mean(spreads), ".1%", lang))


def stale_sentence(run: Run) -> str:
    """What is wrong with the recordings of the steps, in one sentence with the command that records them; empty where all are fresh."""
    bad = [line for step, counts in states(run.results).items() if step != JUDGE for line in _not_fresh(step, counts)]
    if not bad:
        return ""
    return (
        f"Recordings of {run.prompt_set} from {run.source} do not fit the prompts ({'; '.join(bad)}); record them: "
        f"{_command(f'--set {run.given} --source {run.source}', run)}"
    )


def stale_judgements(run: Run) -> str:
    """What is wrong with the recorded judgements, in one sentence; empty where all are fresh, or nobody judges."""
    bad = _not_fresh(JUDGE, states(run.results).get(JUDGE, Counter()))
    if not bad:
        return ""
    engine = " --engine local" if run.engine == "local" else ""
    again = _command(f"--set {run.given}{engine} --source {run.judged_from}", run, "--judge")
    return (
        f"Judgements of {run.prompt_set} from {run.judged_from} do not fit the messages or the rubric ({'; '.join(bad)}); "
        f"record them: {again}"
    )


def _command(what: str, run: Run, more: str = "") -> str:
    """The command that records what a run of these cases lacks."""
    repeats = f"--repeat {run.repeats}" if run.repeats > 1 else ""
    return " ".join(filter(None, ("reviewer eval run", what, run.options, repeats, more, "--record new")))


def stopped_sentence(run: Run) -> str:
    """At which case a run was stopped because it is not safe, and what is left; empty where it was not."""
    first = next((r for r in run.results if not r.safe), None)
    if first is None or not run.left:
        return ""
    wrong = [title(m.score) for m in first.marks if m.score in ("leak", "coverage", "invented") and m.notes]
    return (
        f"Stopped at {first.case} ({first.error or ', '.join(wrong)}); {run.left} of {len(run.cases) * run.repeats} are left: go on with "
        f"reviewer eval run --resume {run.id}"
    )


def in_short(run: Run, seconds: float, done: int | None = None) -> str:
    """How many cases took how long, and whether the recordings are fresh, in one line; `done` of them where it is not all."""
    total = len(run.cases) * run.repeats
    reviews = f"{len(run.cases)} case{'s' if len(run.cases) != 1 else ''}"
    reviews += f" {run.repeats} times" if run.repeats > 1 else ""
    took = f"{reviews if done in (None, total) else f'{done} of {total} reviews'} in {seconds:.1f} s"
    if not run.source or run.engine == "local":
        return f"{took}."
    by_step = states(run.results)
    bad = [
        f"{counts[state]} {state}: {step}"
        for step, counts in by_step.items()
        for state in (*UNFIT, "waits")
        if counts[state]
    ]
    return f"{took}; recordings not fresh: {', '.join(bad)}." if bad else f"{took}; all recordings are fresh."


def not_kept(run: Run) -> tuple[str, int]:
    """What the endpoint answered with that was not recorded, and of how many cases nothing was; 0 where every answer was kept."""
    lost = sum((Counter(r.not_kept) for r in run.results), Counter[str]())
    said = ", ".join(
        f"{status if status == NO_ANSWER else f'HTTP {status}'} {count}x" for status, count in sorted(lost.items())
    )
    return said, len({r.case for r in run.results if r.not_kept})


def not_kept_sentence(run: Run) -> str:
    """The same in one sentence; empty where every answer was kept."""
    said, cases = not_kept(run)
    if not cases:
        return ""
    return (
        f"The model's endpoint did not answer as it should ({said}), so nothing of {cases} case{'s' if cases > 1 else ''} was "
        f"recorded: check OPENAI_BASE_URL, OPENAI_API_KEY and the model of the source, and record again."
    )


def _not_fresh(step: str, counts: Mapping[str, int]) -> list[str]:
    return [
        f"{state}: {step}, {counts[state]} case{'s' if counts[state] > 1 else ''}" for state in UNFIT if counts[state]
    ]


# --- terminal ------------------------------------------------------------------------------------------------------


def table(runs: Sequence[Run], lang: Lang = "en") -> list[list[str]]:
    """Rows of text: a head with the names of the runs, then a row for each score and fact."""
    scored = [{line.name: line for line in lines(run.results)} for run in runs]
    rows = [["", *(run.name for run in runs)]]
    names = list(dict.fromkeys(line.name for run in scored for line in run.values()))
    rows += [
        [title(name, lang), *(shown(found[name], lang) if name in found else "–" for found in scored)]
        for name in names
        if any(name in found for found in scored)
    ]
    told = [dict(facts(run, lang)) for run in runs]
    names = list(dict.fromkeys(key for found in told for key in found))
    return rows + [[name, *(found.get(name, "–") for found in told)] for name in names]


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table for the README."""
    head, *body = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *body])


def wrong(run: Run) -> list[tuple[Result, Mark]]:
    """Every mark that is not full, the gravest score first."""
    order = {score.name: n for n, score in enumerate(SCORES)}
    found = [(result, mark) for result in run.results for mark in result.marks if mark.notes and not result.error]
    return sorted(found, key=lambda pair: (order.get(pair[1].score, 99), pair[0].case))


def remarked(run: Run) -> list[tuple[str, MessageJudgement]]:
    """Case and judgement of every message that the judge found a fault in, or whose judgement does not count."""
    return [
        (result.case, message)
        for result in _whole(run.results)
        if result.judgement
        for message in result.judgement.messages
        if message.invalid or {*message.grades.values()} != {"yes"}
    ]


def judged_messages(result: Result) -> list[tuple[Sent | None, MessageJudgement | None]]:
    """The outgoing messages of a case, each with what the judge said of it; last the message on the agreement, which is judged alone."""
    return list(zip_longest(result.messages, result.judgement.messages if result.judgement else ()))


def notes(mark: Mark, lang: Lang = "en") -> list[str]:
    """Each note of a mark in a line: what, in which message, where, which words."""
    result = []
    for note in mark.notes:
        who = word(lang, "sensitivity", note.who) if note.kind == "flagged" else note.who
        parts = [say(lang, f"evals.note.{note.kind}", who=who)]
        if note.message:
            parts.append(say(lang, "evals.in_message", message=_message(note.message, lang)))
        if note.start is not None and note.start >= 0:
            parts.append(say(lang, "evals.at", start=note.start))
        result.append(" ".join(parts) + (say(lang, "evals.quoted", quote=note.quote) if note.quote else ""))
    return result


def _message(key: str, lang: Lang) -> str:
    """What a message is called: its kind, or its one reader's address."""
    return say(lang, f"evals.kind.{key}") if key in KINDS else key


def judgement_line(message: MessageJudgement, lang: Lang = "en") -> str:
    """What the judge said of one message, in a line: its grades, and the worst place with the reason."""
    grades = ", ".join(
        f"{title(name, lang)}: {say(lang, f'evals.grade.{message.grades[name]}')}" for name in message.grades
    )
    parts = [grades, say(lang, f"evals.invalid.{message.invalid}") if message.invalid else "", message.reason]
    if message.start is not None:
        parts.append(say(lang, "evals.at", start=message.start))
    return " · ".join(filter(None, parts)) + (say(lang, "evals.quoted", quote=message.quote) if message.quote else "")


# --- files ---------------------------------------------------------------------------------------------------------


def to_json(run: Run) -> str:
    """The run with its scores."""
    scores = {
        line.name: {
            "hits": line.hits,
            "total": line.total,
            **_bounds(line.interval),
        }
        for line in lines(run.results)
    }
    shares: dict[str, dict[str, dict[str, object]]] = {}
    for share in judged(run.results):
        by_kind = shares.setdefault(share.criterion, {}).setdefault(share.kind or "all", {})
        by_kind[share.grade] = {"hits": share.hits, "total": share.total, **_bounds(share.interval)}
    graded = {"judged": shares} if any(r.judgement for r in run.results) else {}
    return json.dumps({**run.model_dump(mode="json"), "scores": scores, **graded}, ensure_ascii=False, indent=1)


def _bounds(interval: Interval | None) -> dict[str, float]:
    bounds = dict(zip(("value", "low", "high"), interval, strict=True)) if interval else {}
    return {name: value for name, value in bounds.items() if not math.isnan(value)}


def to_junit(run: Run) -> str:
    """JUnit XML: a test case for each case, failed where something leaked, was lost or was invented."""
    suite = ET.Element("testsuite", name=run.id, tests=str(len(run.results)))
    failures = errors = 0
    for result in run.results:
        name = result.case if run.repeats == 1 else f"{result.case} #{result.repeat}"
        element = ET.SubElement(suite, "testcase", name=name, classname=run.name, time=f"{result.seconds:.3f}")
        if result.error:
            errors += 1
            ET.SubElement(element, "error", message=result.error)
        elif not result.safe:
            failures += 1
            text = "\n".join(
                f"{title(m.score)}: {note}"
                for m in result.marks
                if m.score in ("leak", "coverage", "invented")
                for note in notes(m)
            )
            ET.SubElement(element, "failure", message="not safe").text = text
    suite.set("failures", str(failures))
    suite.set("errors", str(errors))
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", ET.tostring(suite, encoding="unicode", xml_declaration=True))


_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write, such as most control characters."""

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --bad: #b3261e; --good: #1b7f4b; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --good: #7ddc9f; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid var(--line); }
pre { white-space: pre-wrap; font: inherit; background: var(--soft); padding: .8rem; border-radius: .4rem; }
summary { cursor: pointer; padding: .3rem 0; } ins { color: var(--good); } del { color: var(--bad); }
.cols { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; } .bad { color: var(--bad); }
"""


def page(title: str, body: str) -> str:
    """One HTML file that needs nothing else; `body` is escaped already."""
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style><body><h1>{html.escape(title)}</h1>{body}</body></html>\n"
    )


def html_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a table, the first as its head."""
    head, *body = rows
    cells = "".join(f"<th>{html.escape(c)}</th>" for c in head)
    lines_ = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in body)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{lines_}</tbody></table>"


def html_messages(result: Result) -> str:
    """The outgoing messages of a case, each with what the judge said of it."""
    found = []
    for message, about in judged_messages(result):
        if message:
            text = f"{html.escape(message.subject)}\n\n{html.escape(message.body)}"
            found.append(f"<h4>{html.escape(', '.join(message.to))}</h4><pre>{text}</pre>")
        elif about:
            found.append(f"<h4>{html.escape(about.message)}</h4>")
        if about:
            found.append(f"<p>{html.escape(judgement_line(about))}</p>")
    return "".join(found)


def to_html(run: Run) -> str:
    """The run as a page: the table, then every case with what was wrong and its messages."""
    shares = judged_rows(run.results)
    parts = [
        f"<p>{html.escape(run.about)}</p>" if run.about else "",
        html_table(table([run])),
        html_table(shares) if shares else "",
    ]
    for result in run.results:
        bad = [m for m in result.marks if m.notes]
        head = html.escape(result.case) + (f" #{result.repeat}" if run.repeats > 1 else "")
        state = result.error or (f"{sum(len(m.notes) for m in bad)} remarks" if bad else "nothing to remark")
        said = "".join(
            f"<li>{html.escape(title(m.score))}: {html.escape(note)}</li>"
            for m in bad
            if m.score in BY_NAME
            for note in notes(m)
        )
        parts.append(
            f"<details><summary>{head} · {html.escape(state)}</summary><ul>{said}</ul>{html_messages(result)}</details>"
        )
    return page(run.id, "".join(parts))


def check_file(path: Path) -> None:
    """Raise OutputError where a report could not be written there; nothing is left behind but its folder."""
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists()
        path.open("ab").close()
        if new:
            path.unlink()


def write_file(path: Path, text: str) -> None:
    """Write a report; the folder is made. Raises OutputError."""
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", errors="replace")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); name another file.") from error
