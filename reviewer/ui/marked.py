"""Pictures of a review as HTML: the marked draft, who reads what, and what each person would read.

Draft text is untrusted: all of it is escaped here, and nothing else of the page renders it as markup.
"""

import itertools
from collections.abc import Iterator, Sequence
from html import escape
from typing import Literal, NamedTuple

from reviewer.texts import listed, say, word
from reviewer.types import Assignment, Flag, Passage, Review, Stakeholder, Topic, Zone
from reviewer.withhold import withheld_flags

Kind = Literal["head", "to", "text", "note"]
_SHORT = 90  # characters of a passage in the matrix


def style() -> str:
    """The page's own style: one accent, tints that work on light and dark, no colour without a word or a shape."""
    return f"<style>{_STYLE}</style>"


def text_of(text: str) -> str:
    """Text as HTML, with its line ends."""
    return escape(text, quote=True).replace("\n", "<br>")


def block(*lines: tuple[Kind, str]) -> str:
    """Lines that belong together in one element: the page draws each of its elements by itself, and takes its time for it."""
    return "".join(f'<div class="rv-{kind}">{text_of(text)}</div>' for kind, text in lines)


# --- the marked draft ----------------------------------------------------------------------------------------------


def marked_draft(review: Review) -> str:
    """The whole draft in its own order; each passage of the author tinted by topic, sensitive spans underlined."""
    labels = {c.passage_id: c for c in review.classifications}
    parts, position = [], 0
    for passage in review.passages:
        parts.append(text_of(review.draft.body[position : passage.start]))
        if passage.zone is Zone.AUTHOR:
            topics = labels[passage.id].topics if passage.id in labels else (Topic.OTHER,)
            parts.append(_passage(review, passage, topics))
        else:
            parts.append(f'<span class="rv-frame">{text_of(passage.text)}</span>')
        position = passage.end
    parts.append(text_of(review.draft.body[position:]))
    return f'<div class="rv-draft">{"".join(parts)}</div>'


def _passage(review: Review, passage: Passage, topics: Sequence[Topic]) -> str:
    lang = review.situation.explain_in
    flags = [f for f in review.flags if f.passage_id == passage.id]
    why = _why(review, passage, flags)
    names = listed(lang, [word(lang, "topic", t) for t in topics])
    inner = "".join(_spans(passage, flags))
    mark = f'<span class="rv-tag rv-{topics[0]}">{escape(names)}</span>'
    sign = f'<span class="rv-alert">{escape(say(lang, "ui.sensitive"))}</span>' if flags else ""
    return (
        f'<span class="rv-p rv-{topics[0]}" tabindex="0" aria-description="{escape(why, quote=True)}">{inner}'
        f'{mark}{sign}<span class="rv-tip" role="tooltip">{escape(why)}</span></span>'
    )


def _spans(passage: Passage, flags: Sequence[Flag]) -> Iterator[str]:
    edges = sorted({0, len(passage.text), *(e - passage.start for f in flags for e in (f.start, f.end))})
    edges = [e for e in edges if 0 <= e <= len(passage.text)]
    for start, end in itertools.pairwise(edges):
        text = text_of(passage.text[start:end])
        inside = any(f.start - passage.start <= start and end <= f.end - passage.start for f in flags)
        yield f"<u>{text}</u>" if inside else text


def _why(review: Review, passage: Passage, flags: Sequence[Flag]) -> str:
    lang = review.situation.explain_in
    assignment = next((a for a in review.assignments if a.passage_id == passage.id), None)
    parts = [assignment.reason, assignment.suggestion] if assignment else []
    if flags:
        closed = {a for f in flags for a in f.withhold_from}
        names = [p.name for p in review.draft.stakeholders if p.address not in closed]
        parts += [f.reason for f in flags]
        parts.append(say(lang, "ui.may_read", names=listed(lang, names) or say(lang, "ui.nobody")))
    parts += [f"{s.explanation} {s.suggestion}".strip() for s in review.said if s.passage_id == passage.id]
    return " ".join(dict.fromkeys(part for part in parts if part))


# --- who reads what ------------------------------------------------------------------------------------------------


class Cell(NamedTuple):
    """How one passage reaches one person."""

    kind: str
    """group, direct, copy, withheld or none."""
    sign: str


_SIGNS = {"group": "●", "direct": "◆", "copy": "◇", "withheld": "✕", "none": "·"}


def cell(review: Review, assignment: Assignment, person: Stakeholder) -> Cell:
    """The cell of the matrix for a passage and a person."""
    flags = [f for f in review.flags if f.passage_id == assignment.passage_id]
    audience = assignment.audience
    if person.address in audience.people:
        kind = "direct"
    elif audience.group:
        kind = "group"
    elif person.address in audience.copied:
        kind = "copy"
    else:
        kind = "withheld" if withheld_flags(flags, [person.address]) else "none"
    return Cell(kind, _SIGNS[kind])


def matrix(review: Review) -> str:
    """Passages by people as a table; a legend in words below it."""
    lang = review.situation.explain_in
    by_id = {p.id: p for p in review.passages}
    people = review.draft.stakeholders
    heads = "".join(f'<th scope="col"><span>{escape(p.name)}</span></th>' for p in people)
    rows = []
    for assignment in review.assignments:
        text = by_id[assignment.passage_id].text
        short = text if len(text) <= _SHORT else text[: _SHORT - 1].rstrip() + "…"
        held = assignment.audience.held_back
        note = f' <span class="rv-alert">{escape(say(lang, "ui.held"))}</span>' if held else ""
        cells = "".join(
            f'<td class="rv-{c.kind}"><span aria-hidden="true">{c.sign}</span>'
            f'<span class="rv-sr">{escape(say(lang, f"ui.cell_{c.kind}"))}</span></td>'
            for c in (cell(review, assignment, person) for person in people)
        )
        rows.append(f'<tr><th scope="row">{text_of(short)}{note}</th>{cells}</tr>')
    legend = "".join(
        f'<span class="rv-{kind}"><span aria-hidden="true">{sign}</span> {escape(say(lang, f"ui.cell_{kind}"))}</span>'
        for kind, sign in _SIGNS.items()
    )
    head = f'<th scope="col">{escape(say(lang, "ui.passage"))}</th>{heads}'
    table = f'<table class="rv-matrix"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return f'<div class="rv-scroll" tabindex="0">{table}</div><div class="rv-legend">{legend}</div>'


def reading(review: Review, person: Stakeholder) -> str:
    """Everything that one person would read, message after message."""
    lang = review.situation.explain_in
    parts = [mail(m.subject, m.body) for m in review.proposal.messages if person.address in m.readers]
    return "".join(parts) or f"<p>{escape(say(lang, 'ui.reads_nothing'))}</p>"


def mail(subject: str, body: str) -> str:
    """A message as its reader reads it."""
    return f'<div class="rv-mail"><div class="rv-subject">{text_of(subject)}</div>{text_of(body.strip())}</div>'


def difference(pieces: Sequence[tuple[str, str]]) -> str:
    """Two versions of a text in one: (`same`, `old` or `new`, text); struck through and underlined, not by colour alone."""
    element = {"old": "del", "new": "ins"}
    inner = "".join(
        f"<{element[kind]}>{text_of(text)}</{element[kind]}>" if kind in element else text_of(text)
        for kind, text in pieces
    )
    return f'<div class="rv-mail">{inner}</div>'


def original(review: Review) -> str:
    """The draft as everybody would have read it."""
    subject = f'<div class="rv-subject">{text_of(review.draft.subject)}</div>' if review.draft.subject else ""
    return f'<div class="rv-mail">{subject}{text_of(review.draft.body.strip())}</div>'


_STYLE = """
.rv-draft, .rv-mail { line-height: 1.65; overflow-wrap: anywhere; }
.rv-mail { border-left: 3px solid color-mix(in srgb, currentColor 25%, transparent); padding: .2rem 0 .2rem 1rem; margin: 0 0 1.2rem; }
.rv-subject { font-weight: 600; margin-bottom: .4rem; }
.stMainBlockContainer { padding-top: 4.4rem; max-width: 84rem; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { color: inherit; opacity: .92; }
[data-testid="stBaseButton-primary"] { background: #2f6f62; border-color: #2f6f62; color: #fff; }
[data-testid="stBaseButton-primary"]:hover { background: #24574d; border-color: #24574d; color: #fff; }
.rv-mail ins { text-decoration: underline; background: color-mix(in srgb, #15803d 16%, transparent); }
.rv-mail del { background: color-mix(in srgb, #b91c1c 14%, transparent); }
.rv-head { font-weight: 600; margin-top: .3rem; overflow-wrap: anywhere; }
.rv-text { margin-top: .45rem; overflow-wrap: anywhere; }
.rv-to { font-size: .88rem; opacity: .8; overflow-wrap: anywhere; }
.rv-note { font-size: .88rem; opacity: .92; margin: .3rem 0 .5rem; overflow-wrap: anywhere; }
.rv-frame { opacity: .72; }
.rv-p { --c: #6b7280; position: relative; border-radius: 3px; padding: .08em .15em; cursor: help;
  background: color-mix(in srgb, var(--c) 16%, transparent); box-decoration-break: clone; -webkit-box-decoration-break: clone; }
.rv-p:focus { outline: 2px solid #2f6f62; outline-offset: 1px; }
.rv-p u { text-decoration: underline wavy #c2410c 1.5px; text-underline-offset: 3px; }
.rv-tag, .rv-alert { font-size: .72em; margin-left: .35em; padding: 0 .4em; border-radius: 3px; white-space: nowrap;
  border: 1px solid color-mix(in srgb, currentColor 35%, transparent); }
.rv-alert { border-color: #c2410c; font-weight: 600; }
.rv-tip { display: none; position: absolute; left: 0; top: 100%; z-index: 20; width: min(22rem, 80vw); padding: .6rem .8rem;
  font-size: .85rem; line-height: 1.45; border-radius: 6px; background: #1f2a2a; color: #f4f6f5; box-shadow: 0 4px 18px rgb(0 0 0 / .25); }
.rv-p:hover > .rv-tip, .rv-p:focus > .rv-tip { display: block; }
.rv-decision { --c: #15803d; } .rv-milestone { --c: #0d9488; } .rv-next_date { --c: #2563eb; } .rv-scope { --c: #7c3aed; }
.rv-technical_spec { --c: #0369a1; } .rv-budget_price { --c: #b45309; } .rv-contract_legal { --c: #92400e; }
.rv-planning_change { --c: #be185d; } .rv-strategy { --c: #4d7c0f; } .rv-internal_politics { --c: #b91c1c; }
.rv-personal_concern { --c: #a21caf; } .rv-logistics { --c: #475569; } .rv-other { --c: #9ca3af; }
.rv-scroll { overflow-x: auto; }
.rv-matrix { border-collapse: collapse; font-size: .88rem; width: 100%; }
.rv-matrix th, .rv-matrix td { border: 0; padding: .4rem .5rem;
  border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.rv-matrix tbody th { font-weight: 400; text-align: left; min-width: 14rem; max-width: 30rem; }
.rv-matrix thead th { text-align: center; font-weight: 600; vertical-align: bottom; }
.rv-matrix thead th:first-child { text-align: left; }
.rv-matrix td { text-align: center; font-size: 1.05rem; }
.rv-matrix td.rv-group { background: color-mix(in srgb, #2f6f62 14%, transparent); }
.rv-matrix td.rv-direct { background: color-mix(in srgb, #2f6f62 38%, transparent); }
.rv-matrix td.rv-copy { background: color-mix(in srgb, #2f6f62 22%, transparent); }
.rv-matrix td.rv-withheld { background: color-mix(in srgb, #c2410c 16%, transparent); }
.rv-legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: .82rem; margin-top: .7rem; }
.rv-sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
"""
