"""Whom the seller is speaking to, sentence by sentence: who was called is spoken to until somebody else is, or the paragraph ends.

"Rajesh, the figures are attached. We measured them twice. Could you tell me whether they fit?": all three are Rajesh's. This decides
who reads a passage that nobody must be kept from; it never opens what is withheld.
"""

from collections.abc import Mapping, Sequence

from reviewer.cues import asks, asks_anybody, greets_several
from reviewer.names import ambiguous, mentions, talked_about
from reviewer.plan import customers
from reviewer.types import Case, Classification, Recipient, Zone


def partners(case: Case, labels: Sequence[Classification]) -> Mapping[str, str]:
    """The address of the one whom a passage goes on speaking to without calling them, by its id; others have no entry."""
    called = {label.passage_id: label.addressed_to for label in labels}
    people = case.draft.stakeholders
    result: dict[str, str] = {}
    partner, paragraph = "", -1
    for passage in case.author_passages():
        if passage.paragraph != paragraph or passage.bullet:
            partner, paragraph = "", passage.paragraph
        own = called.get(passage.id, ())
        if own or ambiguous(passage.text, people):
            partner = own[0] if len(own) == 1 else ""
        elif asks(passage.text) and asks_anybody(passage.text):
            # Whoever is asked, the paragraph goes on speaking to whom it spoke.
            continue
        elif partner in talked_about(passage.text, people):
            partner = ""
        elif partner:
            result[passage.id] = partner
    return result


def greeted(case: Case) -> tuple[str, ...]:
    """Addresses of whom a mail to several speaks to from the start: whom its greeting names, else who stands alone in To.

    Nobody where the greeting names all of them, or speaks to several besides.
    """
    readers = customers(case)
    greeting = " ".join(p.text for p in case.passages if p.zone is Zone.GREETING)
    named = [m.addresses[0] for m in mentions(greeting, case.draft.stakeholders) if len(m.addresses) == 1]
    if greets_several(greeting, names_one=bool(named)):
        return ()
    if not named:
        named = [p.address for p in readers if p.recipient is Recipient.TO]
        if len(named) != 1:
            return ()
    return tuple(dict.fromkeys(named)) if len(named) < len(readers) else ()
