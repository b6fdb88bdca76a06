"""Compose a message from the draft's own sentences, with a few connecting phrases kept as data in six languages.

The sentences are taken as they are, but for one thing: in a message to Claire alone, "Claire, could you ..." and
"Claire/Paul: could you ..." lose the names, for the greeting has said whom it is for.
"""

import re
from itertools import groupby

from reviewer import details
from reviewer.frame import form_of, framed, subject, titled_topics
from reviewer.names import without_call
from reviewer.texts import data, listed
from reviewer.types import Brief, Topic, Wording, Written

_CUT_END = re.compile(r"\s*,\s*(?=[.…]+$)")
_SENTENCE_END = re.compile(r"[.!?…:;,)\]»\"”']$")


async def write(brief: Brief) -> Written:
    """The write step: it has nothing to wait for."""
    return Written(compose(brief))


def compose(brief: Brief) -> Wording:
    """Subject and body of one message. Whatever the brief carries is in the body, in the draft's order."""
    opening = _opening(brief)
    return Wording(
        subject=subject(brief), body=framed(brief, [*([opening] if opening else []), *_paragraphs(brief, opening)])
    )


def _opening(brief: Brief) -> str:
    """One line that says what a direct message is about; none where it is one line itself, or about a confidence."""
    if brief.kind == "group" or len(brief.items) < 3:
        return ""
    if any(t in (Topic.INTERNAL_POLITICS, Topic.PERSONAL_CONCERN) for item in brief.items for t in item.topics):
        return ""
    phrases = data("phrases")[brief.language]
    topics = titled_topics(brief.items)[:2]
    if not topics:
        return ""
    matters = listed(brief.language, [phrases["matters"][t]["text"] for t in topics])
    form = "several" if len(brief.to) > 1 else form_of(brief)
    return str(phrases["opening"][form]).format(matters=matters)


def _paragraphs(brief: Brief, opening: str) -> list[str]:
    result = []
    for _, group in groupby(brief.items, key=lambda item: item.paragraph):
        lines: list[str] = []
        bullets: set[int] = set()
        running = False
        for item in group:
            # In German a mail goes on with a small letter behind its greeting's comma.
            begins = not opening and item is brief.items[0]
            text = without_call(item.text, item.called, capital=not (begins and brief.language == "de"))
            text = _on_one_line(text)
            # What is left of a sentence whose end was cut.
            text = _CUT_END.sub("", text)
            if item.bullet:
                bullets.add(len(lines))
                lines.append(f"{_bullet(item.bullet)} {text}")
                running = False
            elif running:
                lines[-1] = f"{_ended(lines[-1])} {text}"
            else:
                lines.append(text)
                running = True
        result.append("\n".join(line if n in bullets else _ended(line) for n, line in enumerate(lines)))
    return result


def _on_one_line(text: str) -> str:
    """A sentence without the line ends of a mail client, which were for a window of another width.

    As it is where one stands within an amount or a date: to the checks no detail goes over the end of a line.
    """
    flat = re.sub(r"\s*\n\s*", " ", text)
    return flat if details.values(flat) == details.values(text) else text


def _bullet(sign: str) -> str:
    if sign == "?":
        return "•"  # what it was before a mail client could not show it
    # A number that lost its neighbours would count wrong.
    return "-" if re.match(r"\W*[\da-zA-Z]+[.)°]", sign) else sign


def _ended(text: str) -> str:
    """A bare line gets its full stop, so that the next sentence can follow it."""
    return text if _SENTENCE_END.search(text) else text + "."
