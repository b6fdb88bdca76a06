"""A model's judgement of how the outgoing messages are worded, by a small rubric: what no scorer of code can see.

One call a case. The judge reads the draft, the readers and the messages of one run, and is not told which prompt set or engine they
come from. It points at the worst place of each message; a judgement whose quote does not stand in its message is not counted. A judge that
fails costs its judgement and nothing else. The rubric is `judge.md` beside this file.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from evals.cases import LabelledMail
from evals.record import JUDGE
from evals.scorers import CRITERIA, Judged, Mark, text_of
from reviewer import prompts
from reviewer.compare import place
from reviewer.errors import ModelError
from reviewer.llm.request import Answered, block, people_block, person_ids, strict, tag
from reviewer.llm.write import LANGUAGE_NAMES
from reviewer.model import Model
from reviewer.prompts import Prompt
from reviewer.types import Message, Review, Usage, Value

FILE = Path(__file__).parent / "judge.md"
VARIABLES = ("language",)
Grade = Literal["yes", "nearly", "no"]
GRADES: tuple[Grade, ...] = ("yes", "nearly", "no")
Kind = Literal["group", "direct", "engagement"]
KINDS: tuple[Kind, ...] = ("group", "direct", "engagement")
Invalid = Literal["", "unjudged", "twice", "unquoted", "misquoted"]


class Graded(Answered):
    """The judgement of one message."""

    id: str
    """Id of the message."""
    quote: str
    """Its worst place, 3 to 15 words copied exactly from its subject or body; empty only if all four grades are yes."""
    reason: str
    """One short sentence in English: what is wrong with the quoted words; empty where the quote is."""
    reads_like_the_seller: Grade
    """Whether it sounds like the seller of the draft writing to these readers."""
    understandable_alone: Grade
    """Whether a reader who never saw the draft understands every sentence."""
    coherent: Grade
    """Whether it runs from beginning to end as one text."""
    would_send: Grade
    """Whether the seller would send it: yes; nearly, which is after small edits; no."""


class GradedMessages(Answered):
    """The judgements of all messages, each once."""

    messages: tuple[Graded, ...]


class MessageJudgement(Value):
    """What the judge said of one message, and whether it counts."""

    message: str
    """Key of the message."""
    kind: Kind
    """As its readers see it: a message to everybody is the group's, whatever it was made as."""
    grades: dict[str, Grade] = Field(default_factory=dict)
    """By criterion."""
    quote: str = ""
    start: int | None = None
    """Offset of the quote in the message's text (subject, line end, body)."""
    reason: str = ""
    invalid: Invalid = ""
    """Why it is not counted: not judged, judged twice, a fault without a quote, or a quote that is not in the message."""


class Judgement(Value):
    """What the judge said of a case."""

    messages: tuple[MessageJudgement, ...] = ()
    """In the order of the outgoing messages, that of the rules of engagement last."""
    error: str = ""
    """Why there is none, in one sentence."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0


def read(path: Path | None = None) -> Prompt:
    """The rubric; ConfigError where it cannot be used."""
    return prompts.read_prompt(path or FILE, VARIABLES)


def digest(path: Path | None = None) -> str:
    """SHA-256 of the rubric's file, first 12 hexadecimal digits."""
    return hashlib.sha256((path or FILE).read_bytes()).hexdigest()[:12]


def outgoing(review: Review) -> tuple[Message, ...]:
    """Every message that would leave: those of the draft, and the one that asks for the agreement."""
    engagement = review.proposal.rules_of_engagement
    return review.proposal.messages + ((engagement,) if engagement else ())


async def judge(model: Model, prompt: Prompt, mail: LabelledMail, review: Review) -> Judgement:
    """Ask for the judgement of a review's messages; there has to be one."""
    judged, case = Judged(mail, review), mail.case()
    ids = {address: key for key, address in person_ids(case).items()}
    messages = {f"m{n}": message for n, message in enumerate(outgoing(review), 1)}
    kinds: dict[str, Kind] = {key: "group" if judged.is_group(m) else m.kind for key, m in messages.items()}
    elements = [
        people_block(case),
        block("draft", [tag("subject", case.draft.subject), tag("body", case.draft.body)]),
        *(_element(key, kinds[key], message, ids) for key, message in messages.items()),
    ]
    try:
        answer, usage = await model.ask(
            prompt.render(language=LANGUAGE_NAMES[mail.language]),
            block("mail", elements, step=JUDGE),
            GradedMessages,
            strict(GradedMessages, {"id": list(messages)}),
            name=JUDGE,
            model=prompt.model,
            temperature=prompt.temperature,
            max_tokens=prompt.max_tokens,
        )
    except ModelError as error:
        spent = error.usage if isinstance(error.usage, Usage) else Usage()
        return _counted(Judgement(error=str(error)), spent)
    found = tuple(_of_message(message, kinds[key], _said(answer, key)) for key, message in messages.items())
    return _counted(Judgement(messages=found), usage)


def _element(key: str, kind: Kind, message: Message, ids: dict[str, str]) -> str:
    def readers(addresses: tuple[str, ...]) -> str:
        return " ".join(ids[a] for a in addresses if a in ids)

    words = [tag("subject", message.subject), tag("body", message.body)]
    return block("outgoing", words, id=key, kind=kind, to=readers(message.to), cc=readers(message.cc))


def _counted(judgement: Judgement, usage: Usage) -> Judgement:
    return judgement.model_copy(update=usage.model_dump(include={"prompt_tokens", "completion_tokens", "calls"}))


def _said(answer: GradedMessages, key: str) -> list[Graded]:
    return [graded for graded in answer.messages if graded.id == key]


def _of_message(message: Message, kind: Kind, said: list[Graded]) -> MessageJudgement:
    made = MessageJudgement(message=message.key, kind=kind)
    if len(said) != 1:
        return made.model_copy(update={"invalid": "twice" if said else "unjudged"})
    graded = said[0]
    grades: dict[str, Grade] = {name: getattr(graded, name) for name in CRITERIA}
    quote = graded.quote.strip()
    at = place(text_of(message), quote)
    invalid: Invalid = ""
    if quote:
        invalid = "" if at else "misquoted"
    elif set(grades.values()) != {"yes"}:
        invalid = "unquoted"
    return made.model_copy(
        update={
            "grades": grades,
            "quote": quote,
            "start": at[0] if at else None,
            "reason": graded.reason.strip(),
            "invalid": invalid,
        }
    )


def marks(judgement: Judgement) -> Iterator[Mark]:
    """For each criterion the messages that are graded yes, and those that are graded no, among those whose judgement counts."""
    valid = [m for m in judgement.messages if not m.invalid]
    for name in CRITERIA:
        counted = Counter(m.grades[name] for m in valid)
        yield Mark(score=name, hits=counted["yes"], total=len(valid))
        yield Mark(score=f"{name}_no", hits=counted["no"], total=len(valid))
