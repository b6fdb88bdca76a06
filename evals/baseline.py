"""The plain baseline: one single prompt that splits the mail in one answer, as a user would ask a chat assistant."""

from reviewer.llm.request import Answered, block, people_block, person_ids, strict, tag
from reviewer.model import Model
from reviewer.prompts import Prompt
from reviewer.types import Case, Message, Proposal, Review, Step, StepUsage, Usage


class Outgoing(Answered):
    """One message to send."""

    to: tuple[str, ...]
    """Ids of the people who get it."""
    subject: str
    body: str
    """The whole text, with greeting and sign-off."""


class Outgoings(Answered):
    """All messages to send instead of the email."""

    messages: tuple[Outgoing, ...]


async def one_shot(model: Model, prompt: Prompt, case: Case) -> tuple[Proposal, Usage]:
    """The messages as the model splits them, unchecked."""
    people = person_ids(case)
    mail = [people_block(case), tag("subject", case.draft.subject), tag("body", case.draft.body)]
    answer, usage = await model.ask(
        prompt.render(),
        block("mail", mail, step="one-shot"),
        Outgoings,
        strict(Outgoings, {"to": list(people)}),
        name="one-shot",
        model=prompt.model,
        temperature=prompt.temperature,
        max_tokens=prompt.max_tokens,
    )
    messages = [
        Message(
            to=tuple(dict.fromkeys(people[k] for k in m.to if k in people)),
            subject=m.subject,
            body=m.body,
            written_by="llm",
        )
        for m in answer.messages
        if any(k in people for k in m.to)
    ]
    return Proposal(direct=tuple(messages)), usage


def review_of(case: Case, proposal: Proposal, usage: Usage, prompt_hash: str, seconds: float) -> Review:
    """The baseline's answer in the shape that everything is judged in; it has no labels, flags or advice."""
    return Review(
        draft=case.draft,
        situation=case.situation,
        passages=case.passages,
        classifications=(),
        flags=(),
        assignments=(),
        proposal=proposal,
        findings=(),
        advice=(),
        engine="llm",
        engine_reason="",
        prompt_set="one-shot",
        prompt_hash=prompt_hash,
        usage=(StepUsage(step=Step.WRITE, engine="llm", seconds=seconds, **usage.model_dump()),),
        fallbacks=(),
        timings={"total": seconds},
    )
