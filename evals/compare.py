"""Two runs side by side, regressions first: `reviewer eval compare RUN_A RUN_B`."""

import difflib
import html
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evals import stats
from evals.report import html_table, notes, page, title
from evals.run import Result, Run, Sent
from evals.scorers import BY_NAME, JUDGED, SCORES
from evals.stats import Interval
from reviewer.texts import Lang, say


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


def _share(result: Result, score: str) -> float | None:
    mark = result.mark(score)
    if mark is None or not mark.total:
        return None
    share = mark.hits / mark.total
    return share if BY_NAME[score].good else -share


def _pairs(first: Run, second: Run) -> list[tuple[Result, Result]]:
    old = {(r.case, r.repeat): r for r in first.results if not r.error}
    return [(old[r.case, r.repeat], r) for r in second.results if not r.error and (r.case, r.repeat) in old]


def compare(first: Run, second: Run) -> Comparison:
    """Compare what both runs reviewed; what only one of them has says nothing."""
    pairs = _pairs(first, second)
    changes = []
    for score in (*SCORES, *JUDGED):
        both = [(a, b) for a, b in pairs if _share(a, score.name) is not None and _share(b, score.name) is not None]
        if not both:
            continue
        hits = [(float(a.mark(score.name).hits), float(b.mark(score.name).hits)) for a, b in both]  # type: ignore[union-attr]
        totals = [(float(a.mark(score.name).total), float(b.mark(score.name).total)) for a, b in both]  # type: ignore[union-attr]
        moved = [(_share(b, score.name) or 0.0) - (_share(a, score.name) or 0.0) for a, b in both]
        regressed, fixed = sum(m < -1e-9 for m in moved), sum(m > 1e-9 for m in moved)
        difference = stats.paired(hits, totals)
        gain = (difference.value if difference else 0.0) * (1 if score.good else -1)
        changes.append(
            Change(
                score.name,
                stats.ratio([h[0] for h in hits], [t[0] for t in totals]),
                stats.ratio([h[1] for h in hits], [t[1] for t in totals]),
                difference,
                regressed,
                fixed,
                stats.mcnemar(regressed, fixed),
                None if abs(gain) < 1e-9 else gain > 0,
            )
        )
    changes.sort(key=lambda c: (c.better is not False, c.better is None))
    cases = [_case_change(a, b) for a, b in pairs]
    cases.sort(key=lambda c: (-len(c.worse), -len(c.better), c.case))
    return Comparison(first, second, tuple(changes), tuple(cases))


def _case_change(first: Result, second: Result) -> CaseChange:
    worse: list[str] = []
    better: list[str] = []
    for score in (*SCORES, *JUDGED):
        old, new = _share(first, score.name), _share(second, score.name)
        if old is None or new is None or abs(new - old) < 1e-9:
            continue
        (better if new > old else worse).append(score.name)
    return CaseChange(second.case, tuple(worse), tuple(better), first, second)


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
        difference = (
            f"{c.difference.value:+.1%} [{c.difference.low:+.1%}, {c.difference.high:+.1%}]" if c.difference else "–"
        )
        values = [f"{x.value:.1%}" if x else "–" for x in (c.first, c.second)]
        rows.append([sign + title(c.score, lang), *values, difference, f"{c.regressed} / {c.fixed}", f"{c.p:.3f}"])
    return rows


def to_html(comparison: Comparison) -> str:
    """One file with the table, the cases, and every message old against new."""
    parts = [html_table(change_rows(comparison)), "<h2>Cases</h2>"]
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
        summary = f"{html.escape(change.case)} · {html.escape(state or 'as before')}"
        parts.append(f"<details{opened}><summary>{summary}</summary><ul>{remarks}</ul>{diffs}</details>")
    return page(f"{comparison.first.name} → {comparison.second.name}", "".join(parts))


def _marked(pieces: Sequence[Piece]) -> str:
    element = {"old": "del", "new": "ins"}
    return "".join(
        f"<{element[p.kind]}>{html.escape(p.text)}</{element[p.kind]}>" if p.kind in element else html.escape(p.text)
        for p in pieces
    )
