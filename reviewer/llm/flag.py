"""Ask the model what in the mail is sensitive; who must not read it is the policy's to say."""

from reviewer.compare import place
from reviewer.llm.request import Answered, block, people_block, person_ids, plain_elements, strict
from reviewer.model import Model
from reviewer.policy import Policy
from reviewer.prompts import Prompt
from reviewer.types import Case, Flag, Flagged, Passage, Sensitivity, Zone
from reviewer.withhold import make_flag
from reviewer.zones import is_signoff

_FLAGGED_ZONES = (Zone.AUTHOR, Zone.QUOTED, Zone.FORWARDED)


class Sensitive(Answered):
    """One sensitive span."""

    id: str
    """Id of the passage."""
    quote: str
    """The sensitive words, copied exactly from the passage; the whole passage where all of it is sensitive."""
    sensitivity: Sensitivity
    hurts: tuple[str, ...]
    """Ids of the readers whom it is about, whose department it is about, or from whom somebody keeps it; never of those to whom it
    speaks."""
    reason: str
    """One short sentence: what could go wrong if everybody read it."""


class Sensitives(Answered):
    """All sensitive spans; empty where the mail has none."""

    flags: tuple[Sensitive, ...]


async def flag(model: Model, prompt: Prompt, policy: Policy, case: Case) -> Flagged:
    """Flags with spans; a quote that is not in its passage flags the whole passage."""
    passages = [p for p in case.passages if p.zone in _FLAGGED_ZONES]
    people = person_ids(case)
    answer, usage = await model.ask(
        prompt.render(sensitivities=", ".join(Sensitivity), explain_in=case.situation.explain_in),
        block("mail", [people_block(case), block("passages", plain_elements(passages))], step="flag"),
        Sensitives,
        strict(Sensitives, {"id": [p.id for p in passages], "hurts": list(people)}),
        name="flag",
        model=prompt.model,
        temperature=prompt.temperature,
        max_tokens=prompt.max_tokens,
    )
    by_id = {p.id: p for p in passages}
    found: dict[tuple[str, int, int, Sensitivity], Flag] = {}
    for item in answer.flags:
        passage = by_id.get(item.id)
        if passage is None:
            continue
        if is_signoff(passage.text):
            # A closing tells nothing, and every message ends with one: a model that flags it would make each of them a leak.
            continue
        start, end = span_of(passage, item.quote)
        key = (item.id, start, end, item.sensitivity)
        hurts = tuple(dict.fromkeys(people[p] for p in item.hurts if p in people))
        made = make_flag(case, policy, passage, start, end, item.sensitivity, item.reason.strip(), hurts=hurts)
        found.setdefault(key, made)
    return Flagged(tuple(found.values()), usage)


def span_of(passage: Passage, quote: str) -> tuple[int, int]:
    """Where the quote stands, as offsets in the body; the whole passage where it is not found, or almost all of it."""
    found = place(passage.text, quote)
    if found is None or found[1] - found[0] >= 0.8 * len(passage.text):
        return passage.start, passage.end
    return passage.start + found[0], passage.start + found[1]
