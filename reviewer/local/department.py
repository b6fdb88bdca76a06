"""Whom an ask is put to by their department: "somebody from IT", "your legal colleague", "the marine side", "Für den Betriebsrat: ...".

The words are looked for among the readers' titles first, then among the departments that the roles are known by.
"""

import re

from reviewer import compare
from reviewer.cues import put_to_words, tells_an_affair
from reviewer.names import talked_about
from reviewer.plan import customers
from reviewer.roles import roles_named_in, roles_of
from reviewer.types import Case, Language, Passage, Role, Stakeholder

# Whoever directs the others is not who looks something up; they are asked where nobody else is meant.
_ABOVE = {Role.CHAMPION, Role.EXECUTIVE_SPONSOR, Role.DECISION_MAKER, Role.ECONOMIC_BUYER}


def asked_department(case: Case, passage: Passage) -> tuple[str, ...]:
    """The address of whom an ask, or the line of a heading, is put to by their department; empty where that is nobody, or not sure.

    A sentence that names a reader is about them, too, and says by that whom it means; what becomes of somebody is no department's.
    """
    words = put_to_words(passage.text, case.draft.language)
    if not words or talked_about(passage.text, case.draft.stakeholders) or tells_an_affair(passage.text):
        return ()
    wanted, roles = compare.content_stems(words), roles_named_in(words) | set(roles_of(words))
    readers = customers(case)
    titled = [p for p in readers if wanted & _title(p)]
    holding = [p for p in readers if roles & set(p.roles)]
    both = [p for p in titled if p in holding]
    found = both or titled or holding
    found = [p for p in found if not _ABOVE & set(p.roles)] or found
    return (found[0].address,) if found else ()


def names_another(passage: Passage, language: Language) -> bool:
    """Whether a sentence speaks of another department than the one it is put to, also by a title in capitals ("why the CTO ...")."""
    words = put_to_words(passage.text, language)
    rest = passage.text.replace(words, " ", 1)
    titles = {role for title in re.findall(r"\b[A-Z]{2,5}\b", rest) for role in roles_of(title)}
    return bool((roles_named_in(rest) | titles) - roles_named_in(words) - set(roles_of(words)))


def _title(person: Stakeholder) -> frozenset[str]:
    """The stems of a reader's title, without those that tell a rank and no department."""
    return compare.content_stems(person.note) - _RANKS


_RANKS = compare.content_stems(
    "chef cheffe head manager lead leader director directeur directrice responsable chargé leiter leiterin leitung responsabile capo"
    " jefe jefa director directora hoofd projet project projekt proyecto progetto programme program group senior officer team équipe"
)
