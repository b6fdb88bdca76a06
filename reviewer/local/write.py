"""Compose a message from the draft's own sentences, with a few connecting phrases kept as data in six languages.

The sentences are taken as they are, but for two things in a message to Claire alone: "Claire, could you ..." and
"Claire/Paul: could you ..." lose the names, for the greeting has said whom it is for; and "could Claire ..." asks her.
"""

import re
from itertools import groupby

from reviewer import compare, details
from reviewer.check import is_kept
from reviewer.cues import speaks_to_one
from reviewer.frame import framed
from reviewer.local.seams import number, without_excuse, without_joiners
from reviewer.local.second_person import to_reader
from reviewer.local.title import title
from reviewer.names import end_of_call, mentions, with_titles, without_call
from reviewer.passages import is_table
from reviewer.texts import data, pattern
from reviewer.types import Act, Brief, Item, Language, Topic, Wording, Written

_NEWS = {Topic.DECISION, Topic.MILESTONE}
_PROGRESS = {*_NEWS, Topic.SCOPE, Topic.NEXT_DATE}
"""What runs on as one account of where the project stands: "The pilot is complete. The next committee is on 21 April." """
_QUESTION = 10  # words, up to which a question by itself reads like an interrogation
_LIST_GOES_ON = re.compile(r"(?<=\w)[;,]\Z")
"""What a bullet ends with before the next one of its list, which went to others."""
_SENTENCE_END = re.compile(r"[.!?…:;,)\]»\"”'][*_]{0,3}$")
_UNSHOWN = re.compile(r"[?§Øüq\uf000-\uf0ff]")
_MARKED = re.compile(r"^#{1,6} |\|$")
"""A heading or a row, by the marks around it."""


async def write(brief: Brief) -> Written:
    """The write step: it has nothing to wait for."""
    return Written(compose(brief))


def compose(brief: Brief) -> Wording:
    """Subject and body of one message. Whatever the brief carries is in the body, in the draft's order."""
    return Wording(subject=title(brief), body=framed(brief, _introduced(brief, _paragraphs(brief))))


def _introduced(brief: Brief, paragraphs: list[str]) -> list[str]:
    """The paragraphs; a short question that is all of a message to one gets a word before it: "A quick question: who signs the form?" """
    alone = brief.kind == "direct" and len(brief.to) == len(brief.items) == 1 and not brief.items[0].bullet
    (text, *more) = paragraphs or [""]
    asks = pattern(f"interrogative.{brief.language}").match(text)
    if (
        not alone
        or more
        or not asks
        or not text.endswith("?")
        or len(text.split()) > _QUESTION
        or brief.tone.unpunctuated
    ):
        return paragraphs
    at = len(text) - len(text.lstrip("¿"))
    # In German a sentence behind a colon begins with a capital.
    first = text[at].upper() if brief.language == "de" else text[at].lower()
    return [f"{data('phrases')[brief.language]['question']} {text[:at]}{first}{text[at + 1 :]}"]


def _paragraphs(brief: Brief) -> list[str]:
    result = []
    # Each item with the text after it and the item before it.
    around = zip(brief.items, [*(item.text for item in brief.items[1:]), ""], [None, *brief.items[:-1]], strict=True)
    for _, grouped in groupby(around, key=lambda some: some[0].paragraph):
        group = list(grouped)
        small = any(item.bullet and item.text[:1].islower() for item, _, _ in group)
        # Lines without a stop, of an address or of headings, end where the seller ended them; a single one may be what is left of a cut.
        own_lines = sum(not item.bullet and not _SENTENCE_END.search(item.text) for item, _, _ in group) > 1
        lines: list[str] = []
        bullets: set[int] = set()
        running, since = False, 0
        for item, after, before in group:
            since += 1
            text = worded(brief, item, after, before, small=small and bool(item.bullet))
            if item.bullet:
                bullets.add(len(lines))
                lines.append(f"{_bullet(item.bullet, brief.language)} {text}")
                running, since = False, 0
            elif running and _is_apart(item, before) and (since > 2 or item is group[-1][0]):
                # A paragraph for each sentence would read like a list without its signs.
                lines += ["", text]
                running, since = not is_table(text), 1
            elif running and not is_table(text) and (_SENTENCE_END.search(lines[-1]) or not own_lines):
                lines[-1] = f"{_ended(lines[-1])} {text}"
            else:
                lines.append(text)
                running = not is_table(text)
        lines = [line if n in bullets or own_lines or not line else _ended(line) for n, line in enumerate(lines)]
        told = "\n".join(lines)
        result.append(_LIST_GOES_ON.sub(".", told) if len(lines) - 1 in bullets else told)
    return result


def worded(brief: Brief, item: Item, after: str, before: Item | None, small: bool) -> str:
    """One item as it stands in the message; `small` where the list that it belongs to begins with small letters."""
    # In German a mail goes on with a small letter behind its greeting's comma.
    begins = item is brief.items[0]
    text = spoken(brief, item, after)
    text = without_call(
        _without_name_within(brief, item, text),
        item.called or _called_before_all(brief, item, text),
        capital=not small and not (begins and brief.language == "de"),
    )
    text = text if is_table(text) else _on_one_line(text)
    if before is None or number(item) - number(before) > 1:
        text = without_joiners(text, brief.language)
    return without_excuse(text, brief.items, brief.language)


def _is_apart(item: Item, before: Item | None) -> bool:
    """Whether the sentence belongs to another matter than the one before it, and what led from one to the other went to others."""
    if before is None or number(item) - number(before) == 1:
        return False
    now, then = set(item.topics), set(before.topics)
    return not now & then and not (now & _PROGRESS and then & _PROGRESS)


def _without_name_within(brief: Brief, item: Item, text: str) -> str:
    """A message to one, whom its greeting names, without that name as a call set off within: "Between us, Marta, Jorge fears"."""
    if brief.kind != "direct" or len(brief.to) > 1 or brief.cc or not {",", ":"} & set(text):
        return text
    for mention in mentions(text, brief.to)[::-1]:
        before, behind = text[: with_titles(text, mention.start)], text[mention.end :]
        if brief.language == "it" and before == "Per " and behind[:1] == ":":
            # What is English too, "per Ravi: ..." as Ravi has it, calls nobody elsewhere.
            return without_call(text, len(text) - len(behind[1:].lstrip()))
        opens = before.endswith(", ") or (pattern("private").fullmatch(before.strip()) is not None)
        if mention.to and mention.start >= item.called and opens and behind.lstrip()[:1] in {",", ":"}:
            text = before.rstrip(", ") + behind
    return text


def _called_before_all(brief: Brief, item: Item, text: str) -> int:
    """In a message to all, where the call ends of a sentence that is news for all: "Sophie, the scope of lot 2 is validated."

    0 where the rest speaks to whom it calls, is a matter of theirs, or is no message to all.
    """
    news = item.act is Act.DECIDE or (item.act is Act.INFORM and _NEWS & set(item.topics))
    if brief.kind != "group" or not news:
        return 0
    end = end_of_call(text, (*brief.to, *brief.cc))
    return end if end and not speaks_to_one(text[end:], brief.language) else 0


def spoken(brief: Brief, item: Item, after: str) -> str:
    """The item's text, before the text `after`; what it says about the one reader of the message is said to them, where that is sure."""
    alone = brief.kind == "direct" and len(brief.to) == 1 and not brief.cc
    if not alone:
        return item.text
    called, rest = item.text[: item.called], item.text[item.called :]
    named = [(start - item.called, end - item.called) for start, end in item.named if start >= item.called]
    told = called + to_reader(rest, named, after, brief.language, brief.familiar)
    # "Can somebody from finance look?" would lose where to look.
    return told if told == item.text or is_kept(item.text, told, brief.language, brief.to) else item.text


def _on_one_line(text: str) -> str:
    """A sentence without the line ends of a mail client, which were for a window of another width.

    As it is where one stands within an amount or a date: to the checks no detail goes over the end of a line.
    """
    flat = compare.on_one_line(text)
    return flat if _details(flat) == _details(text) else text


def _details(text: str) -> set[tuple[str, str]]:
    return {(detail.kind, detail.value) for detail in details.find(text)}


def _bullet(sign: str, language: Language) -> str:
    if _UNSHOWN.fullmatch(sign):
        return "•"  # what it was before a mail client could not show it
    if sign == "o" and language not in ("es", "it"):
        return "◦"  # Word's sign for a list within a list, and no letter; "or" in Spanish and Italian
    # A number that lost its neighbours would count wrong.
    return "-" if re.match(r"\W*[\da-zA-Z]+[.)°/-]", sign) else sign


def _ended(text: str) -> str:
    """A bare line gets its full stop, unless it is a heading or of a table."""
    return text if _SENTENCE_END.search(text) or _MARKED.search(text) or is_table(text) else text + "."
