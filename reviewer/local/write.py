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
from reviewer.local.second_person import to_reader
from reviewer.local.title import title
from reviewer.names import end_of_call, without_call
from reviewer.passages import is_table
from reviewer.texts import pattern
from reviewer.types import Act, Brief, Item, Language, Topic, Wording, Written

_NEWS = {Topic.DECISION, Topic.MILESTONE}
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
    return Wording(subject=title(brief), body=framed(brief, _paragraphs(brief)))


def _paragraphs(brief: Brief) -> list[str]:
    result = []
    # Each item with the text after it and the item before it.
    around = zip(brief.items, [*(item.text for item in brief.items[1:]), ""], [None, *brief.items[:-1]], strict=True)
    for _, grouped in groupby(around, key=lambda some: some[0].paragraph):
        group = list(grouped)
        # Lines without a stop, of an address or of headings, end where the seller ended them; a single one may be what is left of a cut.
        own_lines = sum(not item.bullet and not _SENTENCE_END.search(item.text) for item, _, _ in group) > 1
        lines: list[str] = []
        bullets: set[int] = set()
        running = False
        for item, after, before in group:
            # In German a mail goes on with a small letter behind its greeting's comma.
            begins = item is brief.items[0]
            text = spoken(brief, item, after)
            text = without_call(
                text,
                item.called or _called_before_all(brief, item, text),
                capital=not (begins and brief.language == "de"),
            )
            text = text if is_table(text) else _on_one_line(text)
            if before is None or _number(item) - _number(before) > 1:
                text = _without_joiner(text, brief.language)
            if item.bullet:
                bullets.add(len(lines))
                lines.append(f"{_bullet(item.bullet)} {text}")
                running = False
            elif running and not is_table(text) and (_SENTENCE_END.search(lines[-1]) or not own_lines):
                lines[-1] = f"{_ended(lines[-1])} {text}"
            else:
                lines.append(text)
                running = not is_table(text)
        lines = [line if n in bullets or own_lines else _ended(line) for n, line in enumerate(lines)]
        told = "\n".join(lines)
        result.append(_LIST_GOES_ON.sub(".", told) if len(lines) - 1 in bullets else told)
    return result


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


def _number(item: Item) -> int:
    """Which passage of the draft it is."""
    return int(item.passage_id[1:])


def _without_joiner(text: str, language: Language) -> str:
    """A sentence without the word that joins it to one that went to others: "And on the legal side, ...".

    As it is where hardly anything else is in it, so that the check would miss it.
    """
    match = pattern(f"joiner.{language}").match(text)
    rest = text[match.end() :][:1].upper() + text[match.end() + 1 :] if match else text
    return rest if is_kept(text, rest, language) else text


def _on_one_line(text: str) -> str:
    """A sentence without the line ends of a mail client, which were for a window of another width.

    As it is where one stands within an amount or a date: to the checks no detail goes over the end of a line.
    """
    flat = compare.on_one_line(text)
    return flat if _details(flat) == _details(text) else text


def _details(text: str) -> set[tuple[str, str]]:
    return {(detail.kind, detail.value) for detail in details.find(text)}


def _bullet(sign: str) -> str:
    if _UNSHOWN.fullmatch(sign):
        return "•"  # what it was before a mail client could not show it
    if sign == "o":
        return "◦"  # Word's sign for a list within a list, and no letter
    # A number that lost its neighbours would count wrong.
    return "-" if re.match(r"\W*[\da-zA-Z]+[.)°/-]", sign) else sign


def _ended(text: str) -> str:
    """A bare line gets its full stop, unless it is a heading or of a table."""
    return text if _SENTENCE_END.search(text) or _MARKED.search(text) or is_table(text) else text + "."
