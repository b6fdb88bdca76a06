"""Ask the model to word one message: it gets its passages, cut to what the readers may see, and nothing else."""

import re

from reviewer.frame import form_of, framed, subject
from reviewer.llm.request import Answered, block, strict, tag
from reviewer.model import Model
from reviewer.passages import passages
from reviewer.prompts import Prompt
from reviewer.texts import pattern
from reviewer.types import Brief, Passage, Wording, Written, Zone

_ID = re.compile(r"\b[ps]\d{1,3}\b")  # of a passage or a person, which weak models copy into what they write
LONGEST_SUBJECT = 100  # characters; a mail client shows no more, and a model that writes more retells the mail
LANGUAGE_NAMES = {"fr": "French", "en": "English", "de": "German", "es": "Spanish", "it": "Italian", "nl": "Dutch"}


class Text(Answered):
    """The words of one message."""

    subject: str
    """A short subject line."""
    body: str
    """The text between greeting and sign-off, without either of them."""


async def write(model: Model, prompt: Prompt, brief: Brief) -> Written:
    """Subject and body; greeting, neutral lines and closing are set by code."""
    readers = ", ".join(brief.called)
    elements = [
        tag("readers", readers),
        tag("subject", brief.subject),
        block(
            "passages",
            (
                tag("passage", i.text, id=i.passage_id, asks=i.owner or "", list_item="yes" if i.bullet else "")
                for i in brief.items
            ),
        ),
    ]
    if brief.findings:
        elements.append(block("mistakes_of_your_first_attempt", (tag("mistake", f) for f in brief.findings)))
    answer, usage = await model.ask(
        prompt.render(
            language=LANGUAGE_NAMES[brief.language],
            form="familiar (tu, du, tú, je)" if form_of(brief) == "familiar" else "polite (vous, Sie, usted, Lei, u)",
            kind=brief.kind,
        ),
        block("message", elements, step="write"),
        Text,
        strict(Text, {}),
        name="write",
        model=prompt.model,
        temperature=prompt.temperature,
        max_tokens=prompt.max_tokens,
    )
    line = re.sub(r"\s+", " ", answer.subject).strip()
    # "Between us" is not for the one line that a locked telephone shows.
    if not 0 < len(line) <= LONGEST_SUBJECT or _ID.search(line) or pattern("private").search(line):
        line = subject(brief)
    return Written(Wording(subject=line, body=framed(brief, [between(brief, answer.body)])), usage)


def between(brief: Brief, body: str) -> str:
    """The body without the greeting, the sign-off and the signature that models add all the same."""
    text = body.replace("\r\n", "\n").strip()
    parts = passages(text, brief.language, brief.to + brief.cc)
    own = [p for p in parts if p.zone is Zone.AUTHOR]
    if not own:
        return text
    # Everything from the first to the last of the author's own words, white space and bullets as they are.
    start = 0 if parts[0].zone is Zone.AUTHOR else own[0].start - len(_bullet_before(text, own[0]))
    return text[start : own[-1].end].strip()


def _bullet_before(text: str, passage: Passage) -> str:
    line_start = text.rfind("\n", 0, passage.start) + 1
    return text[line_start : passage.start] if passage.bullet else ""
