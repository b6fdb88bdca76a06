"""The local engine as four async functions, for the chain."""

from reviewer.local.classify import classify_passages
from reviewer.local.flag import beside_confidences, flag_passages, without_doubts
from reviewer.local.split import assign, without_lone_headings
from reviewer.local.write import write
from reviewer.policy import Policy
from reviewer.types import Assigned, Case, Classification, Classified, Engine, Flag, Flagged


def local_engine(policy: Policy) -> Engine:
    """The engine under this policy. It never raises ModelError."""

    async def classify(case: Case) -> Classified:
        return classify_passages(case)

    async def flag(case: Case) -> Flagged:
        flags = flag_passages(case, policy).flags
        beside = tuple(beside_confidences(case, flags))
        return Flagged((*without_doubts(flags, beside), *beside))

    async def split(case: Case, classifications: tuple[Classification, ...], flags: tuple[Flag, ...]) -> Assigned:
        assigned = assign(case, policy, classifications, flags)
        return assigned._replace(assignments=without_lone_headings(case, assigned.assignments))

    return Engine("local", classify, flag, split, write)
