"""The model engine as four async functions, for the chain."""

from reviewer.llm import classify as _classify
from reviewer.llm import flag as _flag
from reviewer.llm import split as _split
from reviewer.llm import write as _write
from reviewer.model import Model
from reviewer.prompts import PromptSet
from reviewer.types import Assigned, Brief, Case, Classification, Classified, Engine, Flag, Flagged, Step, Written


def llm_engine(model: Model, prompt_set: PromptSet) -> Engine:
    """The engine that asks this model with this prompt set. Its functions raise ModelError."""
    prompts, policy = prompt_set.prompts, prompt_set.policy

    async def classify(case: Case) -> Classified:
        return await _classify.classify(model, prompts[Step.CLASSIFY], case)

    async def flag(case: Case) -> Flagged:
        return await _flag.flag(model, prompts[Step.FLAG], policy, case)

    async def split(case: Case, classifications: tuple[Classification, ...], flags: tuple[Flag, ...]) -> Assigned:
        return await _split.split(model, prompts[Step.SPLIT], policy, case, classifications, flags)

    async def write(brief: Brief) -> Written:
        return await _write.write(model, prompts[Step.WRITE], brief)

    return Engine("llm", classify, flag, split, write)
