"""Ask the model what each passage is about, what it does, and whether its matter is settled."""

from reviewer.cues import asks
from reviewer.llm.parts import Part, in_parts
from reviewer.llm.request import Answered, block, people_block, person_ids, plain_elements, strict
from reviewer.model import Model
from reviewer.names import addressed
from reviewer.prompts import Prompt
from reviewer.types import Act, Case, Classification, Classified, Stage, Topic, Usage
from reviewer.withhold import last_called


class Label(Answered):
    """The labels of one passage."""

    id: str
    """Id of the passage."""
    topics: tuple[Topic, ...]
    act: Act
    stage: Stage
    addressed_to: tuple[str, ...]
    """Ids of the people to whom the passage speaks; empty where it speaks to nobody in particular."""
    reason: str
    """One short sentence."""


class Labels(Answered):
    """The labels of all passages."""

    passages: tuple[Label, ...]


async def classify(model: Model, prompt: Prompt, case: Case) -> Classified:
    """One classification for each passage that the model labelled; the chain fills in what it left out."""
    author = case.author_passages()
    people = person_ids(case)
    system = prompt.render(
        topics=", ".join(Topic), acts=", ".join(Act), stages=", ".join(Stage), explain_in=case.situation.explain_in
    )

    async def ask(part: Part) -> tuple[Labels, Usage]:
        return await model.ask(
            system,
            block("mail", [people_block(case), *part.block(plain_elements(part.passages))], step="classify"),
            Labels,
            strict(Labels, {"id": [p.id for p in part.passages], "addressed_to": list(people)}),
            name="classify",
            model=prompt.model,
            temperature=prompt.temperature,
            max_tokens=prompt.max_tokens,
        )

    answers, usage = await in_parts(author, ask)
    found: dict[str, Classification] = {}
    called = last_called(case)
    for part, label in ((part, label) for part, answer in answers for label in answer.passages):
        passage = part.by_id.get(label.id)
        if passage is None or label.id in found:
            continue
        topics = tuple(dict.fromkeys(label.topics)) or (Topic.OTHER,)
        named = addressed(passage.text, case.draft.stakeholders)
        before = called[label.id]
        proposed = tuple(people[key] for key in label.addressed_to if key in people)
        found[label.id] = Classification(
            passage_id=label.id,
            topics=tuple(t for t in topics if t is not Topic.OTHER) or (Topic.OTHER,),
            # A question is a request, whatever a weak model calls it: it must find its owner (rule 2).
            act=Act.REQUEST if asks(passage.text) else label.act,
            stage=Stage.OPEN if asks(passage.text) else label.stage,
            # Whom a passage addresses by name stands in its words; a model may only add what they leave open.
            addressed_to=named or tuple(a for a in proposed if _is_named(case, a, passage.text) or a in before),
            reason=label.reason.strip(),
        )
    return Classified(tuple(found[p.id] for p in author if p.id in found), usage)


def _is_named(case: Case, address: str, text: str) -> bool:
    words = case.person(address).name.casefold().split()
    return any(word in text.casefold() for word in words if len(word) > 1)
