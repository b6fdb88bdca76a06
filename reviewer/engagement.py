"""The message that asks the sponsor to agree with this way of writing, before it starts (rules 6 to 8).

It says who would be written to about what, offers a weekly point on overall progress, and asks for agreement with
respect for the customer's governance. It carries nothing of the draft, so nothing of it can leak.
"""

import re
from collections.abc import Sequence
from typing import Literal

from reviewer.cues import closing_of
from reviewer.frame import framed
from reviewer.names import bare
from reviewer.plan import called, mentioned, own_closing, sequence, sponsor, tone_of
from reviewer.policy import Policy, holders
from reviewer.texts import chosen, data, listed
from reviewer.types import Brief, Case, Language, Message, Proposal, Tone, Topic, Zone

_AREAS = (
    Topic.TECHNICAL_SPEC,
    Topic.BUDGET_PRICE,
    Topic.CONTRACT_LEGAL,
    Topic.PLANNING_CHANGE,
    Topic.SCOPE,
    Topic.STRATEGY,
)


def areas(case: Case, policy: Policy) -> dict[str, list[Topic]]:
    """Who would be written to directly about what: addresses with their areas, by the policy and the roles held."""
    result: dict[str, list[Topic]] = {}
    for topic in _AREAS:
        for role in policy.roles_for([topic], case.situation.culture):
            people = holders(role, case.draft.stakeholders)
            if people:
                result.setdefault(people[0].address, []).append(topic)
                break
    return result


def engagement_message(case: Case, policy: Policy, proposal: Proposal) -> Message | None:
    """The draft of that message; None where no split is proposed, an agreement is on record, or there is no sponsor."""
    reader = sponsor(case)
    if proposal.as_is or case.situation.agreed or reader is None or not proposal.direct:
        return None
    language = case.draft.language
    words = data("phrases")[language]["engagement"]
    found = mentioned(case)
    tone = tone_of(case, found)
    form = form_of(language, tone)
    opening, weekly, consent = (chosen(text, tone.voice == "one") for text in words[form])
    brief = Brief(
        kind="direct",
        language=language,
        familiar=tone.familiar,
        to=(reader,),
        cc=(),
        called=(called(reader, case, found),),
        sender=case.draft.sender,
        subject="",
        greeting="",
        closing=own_closing(case, group=False) or signed(case),
        items=(),
        tone=tone,
    )
    others = areas(case, policy)
    own = others.pop(reader.address, [])
    if not others:
        return None
    lines = []
    for address, topics in others.items():
        matters = listed(language, [words["areas"][t] for t in topics])
        person = case.person(address)
        titled = called(person, case, found)
        # "Madame Perrin" where the draft says so; else the full name, which tells two of one first name apart.
        name = said_of(titled, language) if bare(titled) != titled else person.name
        lines.append("- " + words["line"].format(person=name, matters=matters))
    asked = [f"{opening}\n" + "\n".join(_punctuated(lines))]
    if own:
        keeps = chosen(words["self"][form], tone.voice == "one")
        asked.append(keeps.format(matters=listed(language, [words["areas"][t] for t in own])))
    body = framed(brief, [*asked, weekly, consent])
    return Message(to=(reader.address,), subject=words["subject"], body=body, kind="engagement", written_by="local")


def said_of(called: str, language: Language) -> str:
    """A title and name as said of somebody: "Herrn Vogel", "el señor Molina", "l'ingegner Ferri", "de heer Smits"."""
    for title, said in data("cues")["said_of"].get(language, {}).items():
        if found := re.match(title, called, re.IGNORECASE):
            rest = called[found.end() :]
            # Within a sentence "il dottor Sala", but "il Dott. Sala" as it is written.
            spelt_out = language == "it" and rest.split()[0].isalpha()
            return f"{said}{rest[:1].lower() + rest[1:] if spelt_out else rest}"
    return called


def form_of(language: Language, tone: Tone) -> Literal["formal", "relaxed", "familiar"]:
    """Which wording suits the seller's tone."""
    if tone.familiar:
        return "familiar"
    if tone.informal:
        return "relaxed"
    return "familiar" if language == "en" and tone.by_first_name else "formal"


def _punctuated(lines: Sequence[str]) -> list[str]:
    return [f"{line}," if n < len(lines) - 1 else f"{line}." for n, line in enumerate(lines)]


def signed(case: Case, closing: str = "") -> str:
    """A sign-off, the draft's own or one of the language where none is given, with the draft's signature, else the sender's name."""
    signature = "\n".join(p.text for p in case.passages if p.zone is Zone.SIGNATURE)
    sender = case.draft.sender.name if case.draft.sender else ""
    own = closing or closing_of(signed_off(case), case.draft.language)
    return f"{own or data('phrases')[case.draft.language]['closing']}\n{signature or sender}".strip()


def signed_off(case: Case) -> str:
    """The lines with which the draft signs off."""
    return "\n".join(p.text for p in case.passages if p.zone is Zone.SIGNOFF)


def proposal_of(case: Case, policy: Policy, messages: Sequence[Message]) -> Proposal:
    """The proposal that these messages make, with the message to the sponsor and the order of sending."""
    proposal = Proposal(
        group=next((m for m in messages if m.kind == "group"), None),
        direct=tuple(m for m in messages if m.kind == "direct"),
    )
    engagement = engagement_message(case, policy, proposal)
    keys = [*(["engagement"] if engagement else []), *(m.key for m in messages)]
    return proposal.model_copy(update={"rules_of_engagement": engagement, "sequence": sequence(case, policy, keys)})
