"""What stands around the words of a message, whoever writes them: subject, greeting, neutral lines, closing.

Code sets the frame, so that no writer can greet somebody else, sign for somebody else, or say more than a neutral line.
"""

import re
from collections.abc import Sequence
from typing import Literal

from reviewer.names import bare, first_name
from reviewer.texts import data, listed
from reviewer.types import Brief, Item, Topic

_UNTITLED = {Topic.OTHER, Topic.INTERNAL_POLITICS, Topic.PERSONAL_CONCERN}


def framed(brief: Brief, paragraphs: Sequence[str]) -> str:
    """The whole body: greeting, paragraphs, neutral lines of rule 19, closing."""
    recaps = data("phrases")[brief.language]["recap"]
    neutral = ["\n".join(recaps[matter] for matter in brief.recaps)] if brief.recaps else []
    return "\n\n".join([greeting(brief), *paragraphs, *neutral, closing(brief)]) + "\n"


def form_of(brief: Brief) -> Literal["familiar", "formal"]:
    """Which form of address the phrases take."""
    return "familiar" if brief.familiar else "formal"


def greeting(brief: Brief) -> str:
    """The draft's own greeting where it suits the readers, else one of the language's."""
    if brief.greeting:
        return brief.greeting
    phrases = data("phrases")[brief.language]["greeting"][form_of(brief)]
    if brief.kind == "group":
        readers = brief.to + brief.cc
        if len(readers) > 2:
            return str(phrases["group"])
    # Whom the list or the seller gives a title keeps it: "Mme Perrin" has no first name here.
    titled = [bare(name) != name for name in brief.called]
    names = [
        first_name(p) if brief.familiar and not title else name
        for p, name, title in zip(brief.to, brief.called, titled, strict=True)
    ]
    form = "one" if len(names) == 1 else "several"
    return str(phrases[form]).format(names=listed(brief.language, names))


def closing(brief: Brief) -> str:
    """The draft's sign-off and signature; a sign-off of the language and the sender's name where it has none."""
    phrases = data("phrases")[brief.language]
    sender = brief.sender.name if brief.sender else ""
    own = brief.closing.strip()
    if own:
        return own
    return f"{phrases['closing']}\n{sender}".strip()


def titled_topics(items: Sequence[Item]) -> list[Topic]:
    """What the items are about, the most telling first; confidences have no title."""
    counts: dict[Topic, int] = {}
    for item in items:
        for topic in item.topics[:2]:
            if topic not in _UNTITLED:
                counts[topic] = counts.get(topic, 0) + 1
    # Dates and practicalities are seldom what a message is about when it has anything else.
    weight = {Topic.NEXT_DATE: 0.4, Topic.LOGISTICS: 0.4, Topic.DECISION: 0.7, Topic.MILESTONE: 0.7}
    return sorted(counts, key=lambda t: -counts[t] * weight.get(t, 1))


def subject(brief: Brief) -> str:
    """The draft's subject where these readers may see it; a direct message adds what it is about."""
    phrases = data("phrases")[brief.language]
    base = re.sub(r"\s+", " ", brief.subject).strip()
    if brief.kind == "group":
        return base or str(phrases["group_subject"])
    topics = titled_topics(brief.items)[:1]
    label = phrases["matters"][topics[0]]["label"] if topics else ""
    if not base:
        return (label[:1].upper() + label[1:]) if label else str(phrases["direct_subject"])
    if not label or label.casefold() in base.casefold():
        return base
    return f"{base} – {label}"
