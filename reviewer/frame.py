"""What stands around the words of a message, whoever writes them: subject, greeting, neutral lines, closing.

Code sets the frame, so that no writer can greet somebody else, sign for somebody else, or say more than a neutral line.
"""

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, get_args

from reviewer.names import HONOURS, bare, first_name, fold, surname
from reviewer.texts import chosen, data, listed
from reviewer.types import Act, Brief, Item, Language, Matter, Stakeholder, Tone, Topic, Voice

_BULLET = re.compile(r"^[-+*•·▪◦‣●○■□➢➤→✓✔–—⁃∙◆◇★▶►➡👉✅☑☐✗✘❌]\ufe0f?[ \t]+(?=\S)")
_PS = re.compile(r"P\.?\s?-?S\.?\b", re.IGNORECASE)
_HEADING = 3  # words, a French colon among them
_UNTITLED = {Topic.OTHER, Topic.INTERNAL_POLITICS, Topic.PERSONAL_CONCERN}


def framed(brief: Brief, paragraphs: Sequence[str]) -> str:
    """The whole body: greeting, paragraphs, neutral line of rule 19, closing, postscript."""
    told, after = _postscript(_without_lone_bullet([p for text in paragraphs for p in text.split("\n\n")]))
    if told:
        told[0] = _begun(brief.language, told[0], greeting(brief))
    if told and brief.kind == "direct" and _is_list(told[0]):
        words = data("phrases")[brief.language]["points"]
        told[0] = f"{words['several' if len(brief.to) > 1 else form_of(brief)]}\n{told[0]}"
    neutral = [recap_line(brief.language, brief.recaps, brief.tone)] if brief.recaps else []
    return "\n\n".join([greeting(brief), *told, *neutral, closing(brief), *after]) + "\n"


def _is_list(paragraph: str) -> bool:
    bullets = [bool(_BULLET.match(line)) for line in paragraph.split("\n")]
    return bullets[0] and sum(bullets) > 1


def recap_line(language: Language, matters: Sequence[Matter], tone: Tone) -> str:
    """The one line that tells the group that it will hear of matters that are not decided yet (rule 19), whichever they are."""
    words = data("phrases")[language]["recap"]
    readers = words["readers"]["familiar" if tone.familiar else "formal"]
    line = chosen(words["informal" if tone.informal else "said"], tone.voice == "one")
    line = str(line.format(matters=listed(language, [words["matters"][m] for m in matters]), readers=readers))
    return line[:1].lower() + line[1:-1] if tone.unpunctuated else line


@lru_cache(maxsize=6)
def recap_lines(language: Language) -> tuple[str, ...]:
    """Every line that `recap_line` may write, with its stop."""
    matters = get_args(Matter)
    some = [several for n in range(1, len(matters) + 1) for several in itertools.permutations(matters, n)]
    tones = [
        Tone(familiar=familiar, voice=voice, informal=informal)
        for voice in get_args(Voice)
        for familiar, informal in itertools.product((True, False), repeat=2)
    ]
    return tuple(dict.fromkeys(recap_line(language, *one) for one in itertools.product(some, tones)))


def _without_lone_bullet(paragraphs: list[str]) -> list[str]:
    """The paragraphs; the one bullet of a list whose neighbours went to others is a sentence like any other, or ends its lead-in."""
    lines = [(n, line) for n, paragraph in enumerate(paragraphs) for line in paragraph.split("\n")]
    bullets = [at for at, (_, line) in enumerate(lines) if _BULLET.match(line)]
    if len(bullets) != 1:
        return paragraphs
    at = bullets[0]
    text = _BULLET.sub("", lines[at][1]).rstrip(" ,;\u00a0\u202f")
    before = lines[at - 1][1] if at else ""
    stop = "" if text[-1:] in ".!?…" else "."
    if before.endswith(":"):
        # "Next dates:" is a heading and keeps its bullet, a longer line begins a sentence.
        if len(before.split()) > _HEADING:
            lines[at - 1 : at + 1] = [(lines[at - 1][0], f"{before} {text}{stop}")]
    elif "\n" not in paragraphs[lines[at][0]]:
        lines[at] = (lines[at][0], text[:1].upper() + text[1:] + stop)
    return ["\n".join(line for _, line in group) for _, group in itertools.groupby(lines, key=lambda line: line[0])]


def _postscript(paragraphs: list[str]) -> tuple[list[str], list[str]]:
    """The paragraphs, and those from the postscript on, which stand below the signature."""
    at = next((n for n, p in enumerate(paragraphs) if _PS.match(p)), len(paragraphs))
    # A mail that is a postscript alone has nothing for it to stand below.
    return (paragraphs[:at], paragraphs[at:]) if at else (paragraphs, [])


def _begun(language: Language, paragraph: str, greets: str) -> str:
    """The first paragraph with the letter that its language begins a mail with.

    In German a mail goes on small behind the greeting's comma, where the word is surely no noun and no "Sie"; Italian leaves it open;
    and who writes without stops does without capitals too.
    """
    first = paragraph.split(maxsplit=1)[0] if paragraph.strip() else ""
    if language == "de" and greets.endswith(","):
        small = first.casefold() in data("cues")["small_in_german"].split()
        return paragraph[:1].lower() + paragraph[1:] if small else paragraph
    with_stops = paragraph[-1:] in ".!?…"
    return paragraph[:1].upper() + paragraph[1:] if language != "it" and with_stops else paragraph


def form_of(brief: Brief) -> Literal["familiar", "formal"]:
    """Which form of address the phrases take."""
    return "familiar" if brief.familiar else "formal"


def greeting(brief: Brief) -> str:
    """The draft's own greeting where it suits the readers, else one that opens as it does, else one of the language's."""
    if brief.greeting:
        return brief.greeting
    phrases = data("phrases")[brief.language]
    default = phrases["greeting"][form_of(brief)]
    readers = brief.to + brief.cc
    word, end = _salutation(brief)
    if brief.kind == "group" and len(readers) > 2:
        return f"{word} {phrases['salutation']['all']}{end}" if word else str(default["group"])
    names = [_greeted(brief, person, called) for person, called in zip(brief.to, brief.called, strict=True)]
    if word:
        return str(phrases["salutation"]["named"]).format(word=word, names=listed(brief.language, names)) + end
    courtly = [_courtly(brief, called) for called in brief.called]
    if all(courtly):
        return ", ".join([courtly[0], *(c[:1].lower() + c[1:] for c in courtly[1:])]) + (end or ",")
    form = "one" if len(names) == 1 else "several"
    return str(default[form]).format(names=listed(brief.language, names))


def is_informal(language: Language, salutation: str) -> bool:
    """Whether a greeting opens as one does among people on first-name terms: "Hi", "Salut", "Ciao"."""
    return bool(_opens(data("phrases")[language]["salutation"]["informal"], salutation))


def is_courtly(language: Language, salutation: str) -> bool:
    """Whether a greeting opens as a formal letter does: "Madame", "Sehr geehrte", "Dear"."""
    return bool(re.match(data("cues")["courtly"][language]["opens"], salutation.strip(), re.IGNORECASE))


def _greeted(brief: Brief, person: Stakeholder, called: str) -> str:
    """How a greeting names a reader. Whom the list or the seller calls by title and last name keeps them: "Mme Perrin"."""
    last_name_alone = bare(called) != called and (
        " " not in bare(called) or fold(bare(called)) == fold(surname(person))
    )
    titled = last_name_alone or called.split()[0] in HONOURS
    return first_name(person) if brief.tone.by_first_name and not titled else called


def _salutation(brief: Brief) -> tuple[str, str]:
    """What the seller's own greeting opens with, where a name can follow it, and what ends it; empty where there is none."""
    typed = brief.tone.salutation.strip()
    found = _opens(data("phrases")[brief.language]["salutation"]["plain"], typed)
    end = typed[-1:] if typed[-1:] in ",:!" else (":" if brief.language == "es" else ",") if typed else ""
    return (found[:1].upper() + found[1:], end) if found else ("", end)


def _opens(alternatives: str, salutation: str) -> str:
    # The longer of two that begin alike first: "moin moin", "good morning".
    longest = "|".join(sorted(alternatives.split("|"), key=len, reverse=True))
    match = re.match(rf"(?:{longest})(?![\w'’-])", salutation.strip(), re.IGNORECASE)
    return match.group() if match else ""


def _courtly(brief: Brief, called: str) -> str:
    """A greeting for one reader in the style of "Sehr geehrte Damen und Herren"; empty where their title is not known."""
    if not is_courtly(brief.language, brief.tone.salutation):
        return ""
    for title, says in data("cues")["courtly"][brief.language]["says"].items():
        match = re.match(rf"(?:{title})(?:\s+|$)" if title else "", called, re.IGNORECASE)
        if match:
            return str(says).format(name=called[match.end() :], called=called)
    return ""


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
            # "Send me the list by Friday" is not about next dates.
            if topic not in _UNTITLED and not (topic is Topic.NEXT_DATE and item.act is Act.REQUEST):
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
    label = phrases["matters"][topics[0]] if topics else ""
    if not base:
        return (label[:1].upper() + label[1:]) if label else str(phrases["direct_subject"])
    if not label or label.casefold() in base.casefold():
        return base
    return f"{base} – {label}"
