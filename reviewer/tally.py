"""What a batch came to: counts of its lines, in a summary and as a report in one HTML file. Nothing here holds words of a draft."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from reviewer.pace import Pace
from reviewer.texts import Lang, say, word

_MOST_NAMED = 500  # drafts that the report names one by one


class Named(NamedTuple):
    """A draft that the report names."""

    id: str
    line: int
    what: str


class Tally:
    """The counts of a batch; `add` takes its lines."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is counted yet."""
        self.reviewed = 0
        self.as_is = 0
        self.errors: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        self.advice: Counter[int] = Counter()
        self.messages: Counter[str] = Counter()
        self.fallbacks: Counter[str] = Counter()
        self.engines: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()
        self.with_errors: list[Named] = []
        self.with_findings: list[Named] = []
        self.earlier = 0
        """Lines that were there before."""
        self.pace: Pace | None = None
        self._clock, self._began = clock, clock()

    @property
    def lines(self) -> int:
        """All lines of the file."""
        return self.reviewed + self.errors.total()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self._clock() - self._began

    @property
    def rate(self) -> float:
        """Lines a second since the start."""
        return (self.lines - self.earlier) / max(self.seconds, 1e-9)

    def start(self) -> None:
        """Everything so far was there before; the clock starts."""
        self.earlier, self._began = self.lines, self._clock()

    def add(self, line: Mapping[str, Any]) -> None:
        """Count a line of the file of results."""
        if "error" in line:
            kind = str(line["error"]["kind"])
            self.errors[kind] += 1
            self._name(self.with_errors, line, str(line["error"]["message"]))
            return
        review = line["review"]
        self.reviewed += 1
        self.as_is += bool(review["proposal"]["as_is"])
        self.engines[_engine_of(review)] += 1
        kinds = Counter(str(finding["kind"]) for finding in review["findings"])
        self.findings += kinds
        self.advice.update({int(advice["rule"]) for advice in review["advice"]})
        proposal = review["proposal"]
        for message in (proposal["group"], *proposal["direct"], proposal["rules_of_engagement"]):
            if message:
                self.messages[message["kind"]] += 1
        self.fallbacks.update(str(fallback["step"]) for fallback in review["fallbacks"])
        for usage in review["usage"]:
            for name in ("calls", "prompt_tokens", "cached_tokens", "completion_tokens"):
                self.tokens[name] += usage[name]
        if kinds:
            self._name(self.with_findings, line, ", ".join(f"{kind} {count}" for kind, count in kinds.items()))

    def _name(self, among: list[Named], line: Mapping[str, Any], what: str) -> None:
        if len(among) < _MOST_NAMED:
            among.append(Named(str(line["id"]), int(line["line"]), what))


def _engine_of(review: Mapping[str, Any]) -> str:
    """Whose a review is: one all of whose steps fell back is the local engine's, whatever engine was asked."""
    if review["engine"] != "llm":
        return str(review["engine"])
    proposal = review["proposal"]
    messages = (proposal["group"], *proposal["direct"], proposal["rules_of_engagement"])
    steps, fallen = ({part["step"] for part in review[name]} for name in ("usage", "fallbacks"))
    by_model = steps - fallen or any(message and message["written_by"] == "llm" for message in messages)
    return "llm" if by_model else "local"


def rows(tally: Tally, lang: Lang = "en") -> list[tuple[str, str]]:
    """The summary: what is counted, and how many."""

    def named(key: str) -> str:
        return say(lang, f"batch.{key}")

    def counted(counts: Mapping[Any, int], called: Callable[[Any], str]) -> str:
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
        return ", ".join(f"{called(key)} {count:,}" for key, count in ordered if count) or "0"

    found = [
        (named("drafts"), f"{tally.lines:,}"),
        (named("reviewed"), f"{tally.reviewed:,}"),
        (named("as_is"), f"{tally.as_is:,}"),
        (named("errors"), counted(tally.errors, lambda kind: say(lang, f"batch.error.{kind}"))),
        (named("findings"), counted(tally.findings, lambda kind: word(lang, "finding", kind))),
        (named("advice"), counted(tally.advice, lambda rule: say(lang, "batch.rule", rule=rule))),
        (named("messages"), counted(tally.messages, lambda kind: say(lang, f"batch.message.{kind}"))),
        (named("engines"), counted(tally.engines, str)),
    ]
    if tally.tokens["calls"]:
        found += [
            (named("calls"), f"{tally.tokens['calls']:,}"),
            (named("tokens_in"), f"{tally.tokens['prompt_tokens']:,}"),
            (named("tokens_cached"), f"{tally.tokens['cached_tokens']:,}"),
            (named("tokens_out"), f"{tally.tokens['completion_tokens']:,}"),
            (named("fallbacks"), counted(tally.fallbacks, lambda step: word(lang, "step", step))),
        ]
    if tally.pace and tally.pace.refusals:
        lowest = int(tally.pace.lowest)
        found.append((named("refusals"), say(lang, "batch.slowed", refusals=f"{tally.pace.refusals:,}", lowest=lowest)))
    new = tally.lines - tally.earlier
    found.append(
        (
            named("time"),
            say(lang, "batch.rate", new=f"{new:,}", seconds=f"{tally.seconds:.1f}", rate=f"{tally.rate:.1f}"),
        )
    )
    return found


_STYLE = """
:root{color-scheme:light dark;--line:#8884}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem} h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%} th,td{text-align:left;vertical-align:top;padding:.3rem .7rem .3rem 0;
border-bottom:1px solid var(--line);overflow-wrap:anywhere} th{font-weight:600;white-space:nowrap}
"""


def as_html(tally: Tally, title: str, lang: Lang = "en") -> str:
    """The report as one page that runs and loads nothing: the summary, then the drafts with errors and with findings."""
    head = escape(say(lang, "batch.report", name=title))
    parts = [
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{head}</title>',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><h1>{head}</h1>',
        _table(rows(tally, lang)),
    ]
    for key, named in (("with_errors", tally.with_errors), ("with_findings", tally.with_findings)):
        if named:
            parts.append(f"<h2>{escape(say(lang, f'batch.{key}'))}</h2>")
            if len(named) == _MOST_NAMED:
                parts.append(f"<p>{escape(say(lang, 'batch.first', count=_MOST_NAMED))}</p>")
            parts.append(_table([(f"{n.id} ({n.line})", n.what) for n in named]))
    return "".join([*parts, "</body></html>\n"])


def _table(pairs: Sequence[tuple[str, str]]) -> str:
    body = "".join(f"<tr><th>{escape(key)}</th><td>{escape(value)}</td></tr>" for key, value in pairs)
    return f"<table>{body}</table>"
