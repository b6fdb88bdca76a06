"""Two runs side by side, regressions first: `reviewer eval compare RUN_A RUN_B`."""

import difflib
import html
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from evals import stats
from evals.report import html_table, notes, number, page, routed, title, topic_counts, topics_of, with_bounds
from evals.run import Result, Run, Sent
from evals.scorers import BY_NAME, JUDGED, SCORES
from evals.stats import Interval
from reviewer.texts import Lang, say

F1_SCORES = ("routing_f1", "topics")


class Change(NamedTuple):
    """A score over the cases that both runs have."""

    score: str
    first: Interval | None
    second: Interval | None
    difference: Interval | None
    """Second minus first, with its interval over cases."""
    regressed: int
    """Cases that got worse."""
    fixed: int
    """Cases that got better."""
    p: float
    """Exact McNemar over these cases."""
    better: bool | None
    """Whether the second is better; None where they are alike."""


class CaseChange(NamedTuple):
    """One case in both runs."""

    case: str
    name: str
    """The case, with its repeat where there are several."""
    worse: tuple[str, ...]
    """Names of the scores that fell."""
    better: tuple[str, ...]
    first: Result
    second: Result


class Comparison(NamedTuple):
    """Everything about two runs."""

    first: Run
    second: Run
    changes: tuple[Change, ...]
    cases: tuple[CaseChange, ...]
    """Regressions first, then what was fixed, then what stayed."""

    @property
    def shared(self) -> int:
        """Over how many cases it speaks."""
        return len({change.case for change in self.cases})


def _share(result: Result, score: str) -> float | None:
    mark = result.mark(score)
    if mark is None or not mark.total:
        return None
    share = mark.hits / mark.total
    return share if BY_NAME[score].good else -share


def _pairs(first: Run, second: Run) -> list[tuple[Result, Result]]:
    old = {(r.case, r.repeat): r for r in first.results if not r.error}
    return [(old[r.case, r.repeat], r) for r in second.results if not r.error and (r.case, r.repeat) in old]


_Pairs = Sequence[tuple[Result, Result]]


def compare(first: Run, second: Run) -> Comparison:
    """Compare what both runs reviewed; what only one of them has says nothing. A case counts once, however often it was repeated."""
    pairs = _pairs(first, second)
    scores = (*SCORES, *JUDGED)
    changes = [change for score in scores if (change := _of_score(score.name, score.good, pairs))]
    changes += [change for change in (_of_routing(pairs), _of_topics(pairs)) if change]
    changes.sort(key=lambda c: (c.better is not False, c.better is None))
    repeated = max(first.repeats, second.repeats) > 1
    cases = [_case_change(a, b, repeated) for a, b in pairs]
    cases.sort(key=lambda c: (-len(c.worse), -len(c.better), c.case))
    return Comparison(first, second, tuple(changes), tuple(cases))


def _by_case(pairs: _Pairs) -> list[_Pairs]:
    """The repeats of each case together: they rise and fall together, so they are no independent units."""
    found: dict[str, list[tuple[Result, Result]]] = {}
    for a, b in pairs:
        found.setdefault(b.case, []).append((a, b))
    return list(found.values())


def _of_score(score: str, good: bool, pairs: _Pairs) -> Change | None:
    both = [(a, b) for a, b in pairs if _share(a, score) is not None and _share(b, score) is not None]
    cases = _by_case(both)
    if not cases:
        return None
    hits = [_sums(case, lambda r: r.mark(score).hits) for case in cases]  # type: ignore[union-attr]
    totals = [_sums(case, lambda r: r.mark(score).total) for case in cases]  # type: ignore[union-attr]
    moved = [_moved(case, lambda r: _share(r, score)) for case in cases]
    first, second = (stats.ratio([h[i] for h in hits], [t[i] for t in totals]) for i in (0, 1))
    return _change(score, first, second, stats.paired(hits, totals), moved, good)


def _of_routing(pairs: _Pairs) -> Change | None:
    return _of_f1("routing_f1", pairs, lambda results: [routed(results)])


def _of_topics(pairs: _Pairs) -> Change | None:
    labels = topics_of(result for pair in pairs for result in pair)
    both = [(a, b) for a, b in pairs if a.topics and b.topics]
    return _of_f1("topics", both, lambda results: topic_counts(results, labels))


def _of_f1(name: str, pairs: _Pairs, counted: Callable[[Sequence[Result]], stats.Counts]) -> Change | None:
    """A mean F1, from what is counted by label for a list of results."""
    cases = _by_case(pairs)
    sums = [[_summed(counted([pair[i] for pair in case])) for case in cases] for i in (0, 1)]
    first, second = ([list(rows) for rows in zip(*side, strict=True)] for side in sums)
    difference = stats.paired_f1(first, second)
    if difference is None:
        return None
    moved = [_moved(case, lambda r: _f1(_summed(counted([r])))) for case in cases]
    return _change(name, stats.macro_f1(first), stats.macro_f1(second), difference, moved, True)


def _summed(counts: stats.Counts) -> list[tuple[int, int, int]]:
    """By label the counts of several results as one."""
    return [(sum(r[0] for r in rows), sum(r[1] for r in rows), sum(r[2] for r in rows)) for rows in counts]


def _f1(by_label: Sequence[tuple[int, int, int]]) -> float:
    """The F1 of one case, over all its labels together."""
    hits, wrong, missed = (sum(row[i] for row in by_label) for i in range(3))
    return 2 * hits / (2 * hits + wrong + missed) if hits + wrong + missed else 1.0


def _sums(case: _Pairs, value: Callable[[Result], float]) -> tuple[float, float]:
    return sum(float(value(a)) for a, _ in case), sum(float(value(b)) for _, b in case)


def _moved(case: _Pairs, value: Callable[[Result], float | None]) -> float:
    """How far a case moved, its repeats taken together."""
    first, second = _sums(case, lambda r: value(r) or 0.0)
    return (second - first) / len(case)


def _change(
    score: str,
    first: Interval | None,
    second: Interval | None,
    difference: Interval | None,
    moved: Sequence[float],
    good: bool,
) -> Change:
    regressed, fixed = sum(m < -1e-9 for m in moved), sum(m > 1e-9 for m in moved)
    gain = (difference.value if difference else 0.0) * (1 if good else -1)
    better = None if abs(gain) < 1e-9 else gain > 0
    return Change(score, first, second, difference, regressed, fixed, stats.mcnemar(regressed, fixed), better)


def _case_change(first: Result, second: Result, repeated: bool) -> CaseChange:
    worse: list[str] = []
    better: list[str] = []
    for score in (*SCORES, *JUDGED):
        old, new = _share(first, score.name), _share(second, score.name)
        if old is None or new is None or abs(new - old) < 1e-9:
            continue
        (better if new > old else worse).append(score.name)
    name = f"{second.case} #{second.repeat}" if repeated else second.case
    return CaseChange(second.case, name, tuple(worse), tuple(better), first, second)


# --- messages, old against new -------------------------------------------------------------------------------------


class Piece(NamedTuple):
    """Some words of a message: in both versions, only in the old one, or only in the new one."""

    kind: str
    """`same`, `old` or `new`."""
    text: str


def word_diff(old: str, new: str) -> list[Piece]:
    """What changed, word by word."""
    before, after = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
    pieces: list[Piece] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[a:b])))
            continue
        if b > a:
            pieces.append(Piece("old", "".join(before[a:b])))
        if d > c:
            pieces.append(Piece("new", "".join(after[c:d])))
    return pieces


def paired_messages(first: Sequence[Sent], second: Sequence[Sent]) -> Iterator[tuple[str, str, str]]:
    """(readers, old text, new text) of each message; empty where one of them has none for these readers."""

    def by_reader(messages: Sequence[Sent]) -> dict[str, str]:
        found: dict[str, str] = {}
        for m in messages:
            key = "group" if m.kind == "group" else ", ".join(sorted(m.to))
            found[key] = "\n\n".join(filter(None, [found.get(key, ""), f"{m.subject}\n\n{m.body.strip()}"]))
        return found

    old, new = by_reader(first), by_reader(second)
    for key in dict.fromkeys([*old, *new]):
        yield key, old.get(key, ""), new.get(key, "")


def change_rows(comparison: Comparison, lang: Lang = "en") -> list[list[str]]:
    """The scores as rows of text, regressions first."""
    heads = [say(lang, f"evals.head.{key}") for key in ("difference", "cases", "p")]
    rows = [["", comparison.first.name, comparison.second.name, *heads]]
    for c in comparison.changes:
        sign = {True: "+ ", False: "− ", None: "  "}[c.better]
        form = "+.2f" if c.score in F1_SCORES else "+.1%"
        difference = with_bounds(c.difference, form, lang) if c.difference else "–"
        values = [number(x.value, form.lstrip("+"), lang) if x else "–" for x in (c.first, c.second)]
        cases, p = (
            f"{c.regressed} / {c.fixed}",
            number(c.p, ".3f", lang) if c.p >= 0.001 else f"<{number(0.001, '.3f', lang)}",
        )
        rows.append([sign + title(c.score, lang), *values, difference, cases, p])
    return rows


def shared_sentence(comparison: Comparison) -> str:
    """Over how many cases the comparison speaks, of those that each run reviewed."""
    first, second = ({r.case for r in run.results if not r.error} for run in (comparison.first, comparison.second))
    cases = "one case" if comparison.shared == 1 else f"{comparison.shared} cases"
    return f"Over the {cases} that both reviewed (of {len(first)} and {len(second)})."


def to_html(comparison: Comparison) -> str:
    """One file with the table, the cases, and every message old against new."""
    shared = html.escape(shared_sentence(comparison))
    parts = [f"<p>{shared}</p>", html_table(change_rows(comparison)), "<h2>Cases</h2>"]
    for change in comparison.cases:
        state = "; ".join(
            filter(None, [f"worse: {', '.join(map(title, change.worse))}" if change.worse else "",
                          f"better: {', '.join(map(title, change.better))}" if change.better else ""])
        )  # fmt: skip
        remarks = "".join(
            f"<li>{name}: {html.escape(title(m.score))}: {html.escape(note)}</li>"
            for name, result in (("old", change.first), ("new", change.second))
            for m in result.marks
            if m.score in BY_NAME
            for note in notes(m)
        )
        diffs = "".join(
            f"<h4>{html.escape(key)}</h4><pre>{_marked(word_diff(old, new))}</pre>"
            for key, old, new in paired_messages(change.first.messages, change.second.messages)
        )
        opened = " open" if change.worse else ""
        summary = f"{html.escape(change.name)} · {html.escape(state or 'as before')}"
        parts.append(f"<details{opened}><summary>{summary}</summary><ul>{remarks}</ul>{diffs}</details>")
    return page(f"{comparison.first.name} → {comparison.second.name}", "".join(parts))


def _marked(pieces: Sequence[Piece]) -> str:
    element = {"old": "del", "new": "ins"}
    return "".join(
        f"<{element[p.kind]}>{html.escape(p.text)}</{element[p.kind]}>" if p.kind in element else html.escape(p.text)
        for p in pieces
    )
