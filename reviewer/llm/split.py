"""Ask the model who should read what; the policy and the flags have the last word (`reviewer.plan.reconcile`)."""

from collections.abc import Mapping, Sequence

from reviewer.llm.request import Answered, block, people_block, person_ids, strict, tag
from reviewer.model import Model
from reviewer.policy import Policy
from reviewer.prompts import Prompt
from reviewer.types import Assigned, Assignment, Audience, Case, Classification, Flag, Passage
from reviewer.withhold import visible_text

NOBODY = "nobody"


class Share(Answered):
    """Who reads one passage."""

    id: str
    """Id of the passage."""
    group: bool
    """True where the message to the whole group carries it."""
    people: tuple[str, ...]
    """Ids of those who get it in a message of their own; empty where it is for the group only, or held back."""
    owner: str
    """Id of the one person who is asked, where the passage asks for something; else "nobody"."""
    reason: str
    """One short sentence; for a passage that nobody gets, why it is held back."""
    suggestion: str
    """What the seller can do about a passage that is held back; else empty."""


class Shares(Answered):
    """The whole split."""

    assignments: tuple[Share, ...]


async def split(
    model: Model,
    prompt: Prompt,
    policy: Policy,
    case: Case,
    classifications: Sequence[Classification],
    flags: Sequence[Flag],
) -> Assigned:
    """One assignment for each passage that the model assigned; the chain fills in what it left out."""
    author = case.author_passages()
    people = person_ids(case)
    keys = {address: key for key, address in people.items()}
    labels = {c.passage_id: c for c in classifications}

    def element(passage: Passage) -> str:
        label = labels[passage.id]
        own = [f for f in flags if f.passage_id == passage.id]
        return tag(
            "passage",
            passage.text,
            id=passage.id,
            paragraph=str(passage.paragraph),
            topics=" ".join(label.topics),
            act=label.act,
            stage=label.stage,
            addressed_to=" ".join(keys[a] for a in label.addressed_to),
            sensitive=" ".join(dict.fromkeys(f.sensitivity for f in own)),
            **_readers(case, passage, own, people),
        )

    system = prompt.render(policy=table(policy), culture=case.situation.culture, explain_in=case.situation.explain_in)

    closed = {"id": [p.id for p in author], "people": list(people), "owner": [*people, NOBODY]}
    answer, usage = await model.ask(
        system,
        block("mail", [people_block(case), block("passages", [element(p) for p in author])], step="split"),
        Shares,
        strict(Shares, closed),
        name="split",
        model=prompt.model,
        temperature=prompt.temperature,
        max_tokens=prompt.max_tokens,
    )
    known = {p.id for p in author}
    found: dict[str, Assignment] = {}
    for share in answer.assignments:
        readers = tuple(dict.fromkeys(people[k] for k in share.people if k in people))
        strangers_only = bool(share.people) and not readers and not share.group
        if share.id not in known or share.id in found or strangers_only:
            continue
        found[share.id] = Assignment(
            passage_id=share.id,
            audience=Audience(group=share.group, people=readers),
            reason=share.reason.strip(),
            suggestion=share.suggestion.strip(),
            owner=people.get(share.owner),
        )
    return Assigned(tuple(found[p.id] for p in author if p.id in found), usage)


def _readers(case: Case, passage: Passage, own: Sequence[Flag], people: Mapping[str, str]) -> dict[str, str]:
    """Of a passage with something sensitive: who may read all of it, and who may read what is left once that is cut out."""
    if not own:
        return {}
    whole = [key for key, address in people.items() if not any(address in f.withhold_from for f in own)]
    cut = [
        key
        for key, address in people.items()
        if key not in whole and visible_text(passage, own, [address], case.draft.language)
    ]
    return {"may_read": " ".join(whole) or NOBODY, "with_a_cut": " ".join(cut)}


def table(policy: Policy) -> str:
    """The topics of the policy as lines that a model reads."""
    return "\n".join(
        f"- {topic}: group {rule.group}; directly to {', '.join(rule.roles) or 'nobody in particular'}"
        for topic, rule in policy.topics.items()
    )
