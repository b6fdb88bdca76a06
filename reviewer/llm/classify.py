"""Ask the model what each passage is about, what it does, and whether its matter is settled."""

from reviewer.cues import asks
from reviewer.llm.request import block, passages_block, people_block, person_ids, schema_of, strict
from reviewer.model import Model
from reviewer.names import addressed
from reviewer.prompts import Prompt
from reviewer.types import Act, Case, Classification, Classified, Stage, Topic, Value
from reviewer.withhold import goes_on_to


class Label(Value):
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


class Labels(Value):
    """The labels of all passages."""

    passages: tuple[Label, ...]


async def classify(model: Model, prompt: Prompt, case: Case) -> Classified:
    """One classification for each passage that the model labelled; the chain fills in what it left out."""
    author = case.author_passages()
    people = person_ids(case)
    schema = strict(schema_of(Labels), {"id": [p.id for p in author], "addressed_to": list(people)})
    answer, usage = await model.ask(
        prompt.render(
            topics=", ".join(Topic), acts=", ".join(Act), stages=", ".join(Stage), explain_in=case.situation.explain_in
        ),
        block("mail", [people_block(case), passages_block(author)], step="classify"),
        Labels,
        schema,
        name="classify",
        model=prompt.model,
        temperature=prompt.temperature,
        max_tokens=prompt.max_tokens,
    )
    by_id = {p.id: p for p in author}
    found: dict[str, Classification] = {}
    for label in answer.passages:
        passage = by_id.get(label.id)
        if passage is None or label.id in found:
            continue
        topics = tuple(dict.fromkeys(label.topics)) or (Topic.OTHER,)
        named = addressed(passage.text, case.draft.stakeholders)
        before = goes_on_to(case, passage)
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
