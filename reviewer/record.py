"""The record of a deal: who was told what, when, in which words (rule 20); searched, and written as Markdown, CSV or HTML."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from typing import Literal, NamedTuple

from reviewer.deal import History, Outgoing, told
from reviewer.names import fold
from reviewer.texts import Lang, dated, headed, listed, say, word
from reviewer.types import Topic

_FORMULA = ("=", "+", "-", "@")
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that show nothing


class Entry(NamedTuple):
    """A message that left."""

    day: date
    outgoing: Outgoing
    to: tuple[str, ...]
    """Names; the address where the deal does not know it."""
    cc: tuple[str, ...]
    topics: tuple[Topic, ...]
    kind: Literal["group", "direct", "engagement"]


def entries(
    history: History, person: str | None = None, topic: Topic | None = None, words: str = ""
) -> tuple[Entry, ...]:
    """What was sent, by day: to this person (name or address), about this topic, with all of these words in any order."""
    topics: dict[int, dict[Topic, None]] = {}
    for item in told(history):
        topics.setdefault(item.outgoing.id, {}).update(dict.fromkeys(item.topics))
    names = history.names()
    found = []
    for outgoing in history.sent():
        message = outgoing.message
        entry = Entry(
            outgoing.sent or outgoing.made,
            outgoing,
            tuple(names.get(a, a) for a in message.to),
            tuple(names.get(a, a) for a in message.cc),
            tuple(topics.get(outgoing.id, {})),
            history.kind(outgoing),
        )
        if person and not any(_is(person, a, names.get(a, a)) for a in message.readers):
            continue
        if topic and topic not in entry.topics:
            continue
        searched = fold(" ".join((message.subject, message.body, *entry.to, *entry.cc)))
        if all(fold(w) in searched for w in words.split()):
            found.append(entry)
    return tuple(found)


def has(history: History, person: str) -> bool:
    """Whether somebody who is in the deal, or was written to in it, is called so (name or address)."""
    addresses = {a for m in history.sent() for a in m.message.readers}
    return any(_is(person, a, name) for a, name in ({a: a for a in addresses} | history.names()).items())


def extract_of(lang: Lang, person: str | None = None, topic: Topic | None = None, words: str = "") -> str:
    """What of the record a search shows, in a sentence; empty where all of it is shown."""
    wanted = (
        say(lang, "deal.extract.person", person=person) if person else "",
        say(lang, "deal.extract.topic", topic=word(lang, "topic", topic)) if topic else "",
        say(lang, "deal.extract.words", words=" ".join(words.split())) if words.strip() else "",
    )
    parts = [part for part in wanted if part]
    return say(lang, "deal.extract.lead", search=", ".join(parts)) if parts else ""


def _is(wanted: str, address: str, name: str) -> bool:
    return wanted.casefold() == address or (bool(wanted.strip()) and fold(wanted) in fold(name))


def _topics(entry: Entry, lang: Lang) -> str:
    return listed(lang, [word(lang, "topic", t) for t in entry.topics if t is not Topic.OTHER])


def _lead(history: History, found: Sequence[Entry], lang: Lang) -> str:
    if not found:
        return say(lang, "deal.no_match" if history.sent() else "deal.record_empty")
    days = [e.day for e in found]
    return say(lang, "deal.record_lead", count=len(found), first=min(days), last=max(days))


def as_markdown(history: History, found: Sequence[Entry], lang: Lang, extract: str = "") -> str:
    """The record as Markdown; the words stand in fences, as they were sent. `extract` is what `extract_of` says of a search."""
    lines = [f"# {say(lang, 'deal.record_of', name=history.deal.name)}", ""]
    lines += [line for said in (_one_line(extract), _lead(history, found, lang)) if said for line in (said, "")]
    for entry in found:
        message = entry.outgoing.message
        lines += [f"## {dated(lang, entry.day)} · {_one_line(message.subject)}", ""]
        for key, people in (("to", entry.to), ("cc", entry.cc)):
            if people:
                lines.append(f"- {headed(lang, f'deal.{key}', _one_line(', '.join(people)))}")
        if topics := _topics(entry, lang):
            lines.append(f"- {headed(lang, 'deal.topics', topics)}")
        fence = "`" * max(3, _longest_run(message.body) + 1)
        lines += ["", fence, message.body.strip("\n"), fence, ""]
    return "\n".join(lines)


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def as_csv(found: Iterable[Entry], lang: Lang, extract: str = "") -> str:
    """The record as CSV, a message a row, with cells that no spreadsheet takes for a formula.

    Of which search it is an extract stands in a last column, as a line above the names of the columns would be no CSV.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    keys = ("day", "kind", "to", "cc", "topics", "subject", "words")
    writer.writerow(
        [*(say(lang, f"deal.{key}") for key in keys), *([say(lang, "deal.extract.column")] if extract else ())]
    )
    for entry in found:
        message = entry.outgoing.message
        row = (
            entry.day.isoformat(),
            say(lang, f"deal.kinds.{entry.kind}"),
            "; ".join(entry.to),
            "; ".join(entry.cc),
            _topics(entry, lang),
            message.subject,
            message.body,
            *([extract] if extract else ()),
        )
        writer.writerow([inert(cell) for cell in row])
    return out.getvalue()


def inert(cell: str) -> str:
    """The cell, with an apostrophe before it where a spreadsheet may take it for a formula.

    Some drop what shows nothing at the start (blanks, tabs, zero-width characters), and some read full-width signs as plain ones.
    """
    hidden = next((n for n, c in enumerate(cell) if unicodedata.category(c)[0] not in "CZ" and c not in _BLANKS), None)
    if hidden is None:
        return cell
    starts = unicodedata.normalize("NFKC", cell[hidden]).startswith(_FORMULA)
    return f"'{cell}" if starts or cell[0] in "\t\r" else cell


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1b1b1b;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem} h2{font-size:1.05rem;margin:0}
article{border-top:1px solid #bbb;padding:1rem 0;break-inside:avoid}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.3rem 0;color:#444} dt{font-weight:600} dd{margin:0}
pre{font:inherit;white-space:pre-wrap;overflow-wrap:anywhere;margin:.6rem 0 0}
@media print{body{margin:0;max-width:none;font-size:11pt} @page{margin:18mm}}
"""


def as_html(history: History, found: Sequence[Entry], lang: Lang, extract: str = "") -> str:
    """The record as one page without scripts, ready to be printed to PDF."""
    title = escape(say(lang, "deal.record_of", name=history.deal.name))
    parts = [
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>',
        f"<h1>{title}</h1>{f'<p>{escape(extract)}</p>' if extract else ''}<p>{escape(_lead(history, found, lang))}</p>",
    ]
    for entry in found:
        message = entry.outgoing.message
        rows = [(say(lang, "deal.to"), ", ".join(entry.to)), (say(lang, "deal.cc"), ", ".join(entry.cc))]
        rows.append((say(lang, "deal.topics"), _topics(entry, lang)))
        facts = "".join(f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in rows if value)
        parts.append(
            f"<article><h2>{dated(lang, entry.day)} · {escape(message.subject)}</h2><dl>{facts}</dl>"
            f"<pre>{escape(message.body.strip())}</pre></article>"
        )
    return "".join([*parts, "</body></html>\n"])


def _one_line(text: str) -> str:
    """Text that stays on its line and is no markup."""
    plain = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in plain)
