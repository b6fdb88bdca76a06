"""A review for reading: as a coloured terminal page, and as Markdown. Verdict first, then what to send, then why.

Draft text is untrusted: in the terminal it is printed without its control characters, in Markdown inside fences.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from reviewer.redact import Sent
from reviewer.texts import Lang, headed, listed, say, word
from reviewer.types import Advice, Assignment, FindingKind, Message, Passage, Review, Said, Severity

_STYLE = {Severity.NOTE: "dim", Severity.SUGGESTION: "cyan", Severity.WARNING: "yellow", Severity.ERROR: "bold red"}
_SIGN = {Severity.NOTE: "·", Severity.SUGGESTION: "→", Severity.WARNING: "!", Severity.ERROR: "✗"}

_ROLES_UNKNOWN = 11  # the rule that this advice is given by


def printable(text: str) -> str:
    """The text without control and direction characters, so that no draft can repaint a terminal."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf"))


def verdict(review: Review) -> str:
    """One sentence: send it as it is, or what to send instead."""
    lang = review.situation.explain_in
    if review.proposal.as_is:
        return say(lang, "page.verdict_as_is")
    parts = []
    if group := review.proposal.group:
        names = [p.name for p in review.draft.stakeholders if p.address in group.readers]
        parts.append(say(lang, "page.part_group" if len(names) > 1 else "page.part_to_one", name=names[0]))
    for count, key in ((len(review.proposal.direct), "direct"), (len(held_back(review)), "held")):
        if count:
            parts.append(say(lang, f"page.part_{key}", count=count))
    if not review.proposal.messages:
        return say(lang, "page.verdict_nothing")
    return say(lang, "page.verdict_split", parts=listed(lang, parts))


def checks_line(review: Review) -> str:
    """What the checks found, in one sentence."""
    lang = review.situation.explain_in
    if review.passed:
        return say(lang, "page.passed")
    return say(lang, "page.failed", count=len(review.findings))


def roles_line(review: Review) -> str:
    """That nobody's role is known and what to do, where that is so; it stands above all, as everything else hangs on it."""
    return next((f"{a.explanation} {a.suggestion}" for a in review.advice if a.rule == _ROLES_UNKNOWN), "")


def advice_title(advice: Advice, lang: Lang) -> str:
    """What an advice is about, in two or three words."""
    return say(
        lang, f"advice.r{advice.rule}.{advice.matter}_title" if advice.matter else f"advice.r{advice.rule}.title"
    )


def held_back(review: Review) -> list[tuple[Passage, Assignment]]:
    """The passages that no message carries."""
    by_id = {p.id: p for p in review.passages}
    return [(by_id[a.passage_id], a) for a in review.assignments if a.audience.held_back]


def cut_out(review: Review) -> list[tuple[str, Assignment]]:
    """Parts of sent passages that nobody gets."""
    return [(part, a) for a in review.assignments for part in a.held_back_parts]


def said_before(review: Review) -> list[tuple[Passage, Said]]:
    """The passages that the thread has told already, each once for every earlier mail that did."""
    by_id = {p.id: p for p in review.passages}
    return [(by_id[s.passage_id], s) for s in review.said]


def told(review: Review, said: Said) -> str:
    """Who wrote it, when and to whom, in which words, and what follows."""
    lang = review.situation.explain_in
    return f"{said.explanation} {say(lang, 'said.quote', quote=said.quote)} {said.suggestion}".strip()


def ordered(review: Review) -> list[Message]:
    """The messages in the order in which to send them."""
    proposal = review.proposal
    by_key = {m.key: m for m in proposal.messages}
    if proposal.rules_of_engagement:
        by_key["engagement"] = proposal.rules_of_engagement
    return [by_key[key] for key in proposal.sequence]


def title(review: Review, message: Message) -> str:
    """What a message is, in the seller's language."""
    lang = review.situation.explain_in
    names = listed(lang, [reader(review, a) for a in message.to])
    if message.kind == "group":
        # A mail to one reader that may leave as it is stands in the group's place, and is none.
        return say(lang, "page.group_message" if len(message.readers) > 1 else "page.only_message", name=names)
    return say(lang, f"page.{'engagement' if message.kind == 'engagement' else 'direct'}_message", name=names)


def reader(review: Review, address: str) -> str:
    """A reader's name; the address where there is none."""
    return next((p.name for p in review.draft.stakeholders if p.address == address), address)


def engine_line(review: Review) -> str:
    """Which engine, why, and what it cost."""
    lang = review.situation.explain_in
    line = say(lang, "page.engine", engine=review.engine, reason=review.engine_reason)
    calls = sum(u.calls for u in review.usage)
    seconds = f"{review.timings.get('total', 0.0):.2f}"
    if calls:
        tokens = sum(u.prompt_tokens + u.completion_tokens for u in review.usage)
        return f"{line} {say(lang, 'page.usage', calls=calls, tokens=tokens, seconds=seconds)}"
    return f"{line} {say(lang, 'page.seconds', seconds=seconds)}"


def fallback_lines(review: Review) -> list[str]:
    """What a model could not do."""
    lang = review.situation.explain_in
    lines = []
    for fallback in review.fallbacks:
        step = word(lang, "step", fallback.step)
        if fallback.message:
            name = say(lang, "group") if fallback.message == "group" else reader(review, fallback.message)
            step = f"{step}, {name}"
        lines.append(say(lang, "page.fell_back", step=step, reason=fallback.reason))
    return lines


# --- terminal ------------------------------------------------------------------------------------------------------


def terminal(review: Review, console: Console) -> None:
    """Print the page to a rich console."""
    for part in _page(review):
        console.print(part)


def _page(review: Review) -> Iterator[RenderableType]:
    lang = review.situation.explain_in
    colour = "green" if review.passed else "red"
    yield Text(verdict(review), style="bold")
    yield Text(("✓ " if review.passed else "✗ ") + checks_line(review), style=colour)
    if unknown := roles_line(review):
        yield Text(f"! {unknown}", style="yellow")
    if review.cautions:
        yield Text()
        yield Rule(Text(say(lang, "page.cautions"), style="bold"), align="left")
        for caution in review.cautions:
            yield _entry("!", "yellow", caution.explanation, caution.suggestion)
    for message in ordered(review):
        yield Text()
        yield Panel(_message(review, message), title=Text(title(review, message), style="bold"), title_align="left")
    held, cut = held_back(review), cut_out(review)
    if held or cut:
        yield Text()
        yield Rule(Text(say(lang, "page.held_back"), style="bold"), align="left")
        for passage, assignment in held:
            yield _entry("■", "magenta", passage.text, f"{assignment.reason} {assignment.suggestion}")
        for part, assignment in cut:
            yield _entry("▪", "magenta", part, f"{say(lang, 'page.part_cut')}. {assignment.reason}")
    if review.said:
        yield Text()
        yield Rule(Text(say(lang, "page.said"), style="bold"), align="left")
        for passage, said in said_before(review):
            yield _entry("·", "dim", passage.text, told(review, said))
    if review.findings:
        yield Text()
        yield Rule(Text(say(lang, "page.findings"), style="bold"), align="left")
        for finding in review.findings:
            label = word(lang, "finding", finding.kind)
            yield _entry("✗", "red", f"{label}: {finding.explanation}", "")
    if review.advice:
        yield Text()
        yield Rule(Text(say(lang, "page.advice"), style="bold"), align="left")
        for advice in review.advice:
            rule = advice_title(advice, lang) + f" ({say(lang, 'page.rule', rule=advice.rule)})"
            yield _entry(
                _SIGN[advice.severity], _STYLE[advice.severity], rule, f"{advice.explanation} {advice.suggestion}"
            )
    yield Text()
    yield Text(printable("\n".join([engine_line(review), *fallback_lines(review)])), style="dim")


def _message(review: Review, message: Message) -> Group:
    lang = review.situation.explain_in
    head = Text()
    for key, addresses in (("to", message.to), ("cc", message.cc)):
        if addresses:
            names = ", ".join(f"{reader(review, a)} <{a}>" for a in addresses)
            head.append(f"{headed(lang, f'page.{key}', printable(names))}\n", style="dim")
    head.append(headed(lang, "page.subject"), style="dim").append(printable(message.subject) + "\n", style="bold")
    return Group(head, Text(printable(message.body).strip()))


def _entry(sign: str, style: str, headline: str, detail: str) -> Padding:
    text = Text(f"{sign} ", style=style).append(printable(headline).strip(), style="default")
    if detail.strip():
        text.append("\n  " + printable(detail).strip(), style="dim")
    return Padding(text, (0, 0, 0, 1))


# --- Markdown ------------------------------------------------------------------------------------------------------


def markdown(review: Review) -> str:
    """The review as Markdown; whatever the draft carries stands in fences or is escaped."""
    lang = review.situation.explain_in
    lines = [f"# {_escaped(verdict(review))}", "", checks_line(review), ""]
    if unknown := roles_line(review):
        lines += [_escaped(unknown), ""]
    if review.cautions:
        lines += [f"## {say(lang, 'page.cautions')}", ""]
        lines += [f"- {_escaped(c.explanation)}  \n  {_escaped(c.suggestion)}" for c in review.cautions]
        lines.append("")
    for message in ordered(review):
        lines += [f"## {_escaped(title(review, message))}", ""]
        for key, addresses in (("to", message.to), ("cc", message.cc)):
            if addresses:
                names = ", ".join(f"{_escaped(reader(review, a))} {_code(a)}" for a in addresses)
                lines.append(f"- {headed(lang, f'page.{key}', names)}")
        lines += [f"- {headed(lang, 'page.subject', _escaped(message.subject))}", "", *_fenced(message.body), ""]
    held, cut = held_back(review), cut_out(review)
    if held or cut:
        lines += [f"## {say(lang, 'page.held_back')}", ""]
        lines += [f"- {_escaped(p.text)}  \n  {_escaped(a.reason)} {_escaped(a.suggestion)}".rstrip() for p, a in held]
        lines += [f"- {say(lang, 'page.part_cut')}: {_escaped(part)}  \n  {_escaped(a.reason)}" for part, a in cut]
        lines.append("")
    if review.said:
        lines += [f"## {say(lang, 'page.said')}", ""]
        lines += [f"- {_escaped(p.text)}  \n  {_escaped(told(review, s))}" for p, s in said_before(review)]
        lines.append("")
    if review.findings:
        lines += [f"## {say(lang, 'page.findings')}", ""]
        lines += [
            f"- **{word(lang, 'finding', FindingKind(f.kind))}**: {_escaped(f.explanation)}" for f in review.findings
        ]
        lines.append("")
    if review.advice:
        lines += [f"## {say(lang, 'page.advice')}", ""]
        for a in review.advice:
            rule = say(lang, "page.rule", rule=a.rule)
            severity = word(lang, "severity", a.severity)
            heading = advice_title(a, lang)
            lines.append(f"- **{heading}** ({rule}, {severity}): {_escaped(a.explanation)} {_escaped(a.suggestion)}")
        lines.append("")
    lines += [_escaped(line) for line in (engine_line(review), *fallback_lines(review))]
    return "\n".join(lines).rstrip() + "\n"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~])", r"\\\1", re.sub(r"\s+", " ", printable(text)))


def _code(text: str) -> str:
    """A code span, whose ends are longer than any run of backticks in it."""
    ends = "`" * (_longest_run(text) + 1)
    padding = " " if "`" in text else ""
    return f"{ends}{padding}{printable(text)}{padding}{ends}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def _fenced(text: str) -> list[str]:
    fence = "`" * max(3, _longest_run(text) + 1)
    return [f"{fence}text", printable(text).strip(), fence]


def what_left(requests: Sequence[Sent], lang: Lang) -> str:
    """Every request as it left for the model's endpoint, word for word, as Markdown; a sentence where none did."""
    if not requests:
        return say(lang, "sent.nothing") + "\n"
    addresses = ", ".join(dict.fromkeys(request.address for request in requests))
    parts = [f"# {say(lang, 'sent.title')}", say(lang, "sent.intro", count=len(requests)), _quoted(addresses)]
    said: dict[tuple[str, ...], int] = {}
    for number, request in enumerate(requests, 1):
        parts.append(f"## {number}. {request.step} ({_escaped(request.model)})")
        # Of what is sent again every word is the same; else the instructions and the form may be those of an earlier request.
        first = said.setdefault(("request", request.step, request.system, request.user), number)
        if request.attempt > 1 and first != number:
            parts.append(say(lang, "sent.again", number=first, attempt=request.attempt))
            continue
        schema = json.dumps(request.schema, ensure_ascii=False)
        for part, text in (("instructions", request.system), ("form", schema)):
            first = said.setdefault((part, text), number)
            told = _quoted(text) if first == number else say(lang, "sent.same", number=first)
            parts += [f"### {say(lang, f'sent.{part}')}", told]
        parts += [f"### {say(lang, 'sent.data')}", _quoted(request.user)]
    return "\n\n".join(parts) + "\n"


def _quoted(text: str) -> str:
    """The text as an indented block, which no fence in it can end."""
    return "\n".join(f"    {line}" for line in text.split("\n"))
