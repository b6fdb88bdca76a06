"""The passages of a long mail are labelled in parts, side by side: a model writes one label after the other, so half take half the time.

Flags and the split are asked for at once: what a sentence gives away, and who should read it, often hangs on another.
Every part sees the whole mail: its own passages as a list to answer for, the others as plain text before and after it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

from reviewer.errors import ModelError
from reviewer.llm.request import block, tag
from reviewer.types import Passage, Usage

Answer = TypeVar("Answer")
PASSAGES = 8
"""Most passages of one part, until there are so many parts that they grow instead. At 25 tokens a label a part takes no longer
than the messages that are written in the end."""
_MOST_PARTS = 8  # beyond it a mail would use up the calls that a review may make


class Part(NamedTuple):
    """Some passages that stand together, and what stands around them."""

    before: tuple[Passage, ...]
    passages: tuple[Passage, ...]
    after: tuple[Passage, ...]

    @property
    def by_id(self) -> dict[str, Passage]:
        """The passages to answer for: what a model says of another part's is not asked of it."""
        return {p.id: p for p in self.passages}

    def block(self, elements: Sequence[str]) -> list[str]:
        """The elements of the part's passages as the list to answer for, between the words around them."""
        around = ["\n".join(p.text for p in passages) for passages in (self.before, self.after)]
        before, after = (
            tag(name, text) if text else "" for name, text in zip(("before", "after"), around, strict=True)
        )
        return [part for part in (before, block("passages", elements), after) if part]


def parts_of(passages: Sequence[Passage]) -> tuple[Part, ...]:
    """The passages in parts of nearly one size, cut between two paragraphs where one begins near by."""
    count = min(-(-len(passages) // PASSAGES), _MOST_PARTS) or 1
    size = len(passages) / count
    cuts = [0, *(_near(passages, round(size * n), int(size / 3)) for n in range(1, count)), len(passages)]
    whole = tuple(passages)
    return tuple(Part(whole[:a], whole[a:b], whole[b:]) for a, b in pairwise(cuts))


def _near(passages: Sequence[Passage], wanted: int, most: int) -> int:
    """The start of a paragraph at most so far from the wanted place; the place itself where there is none."""
    for distance in range(most + 1):
        for place in (wanted - distance, wanted + distance):
            here, previous = passages[place], passages[place - 1]
            # A list stays with the line that announces it.
            if here.paragraph != previous.paragraph and not here.bullet:
                return place
    return wanted


async def in_parts(
    passages: Sequence[Passage], ask: Callable[[Part], Awaitable[tuple[Answer, Usage]]]
) -> tuple[list[tuple[Part, Answer]], Usage]:
    """Each part of the passages with its answer, asked for side by side, and what they cost together.

    Raises the first ModelError where a part has no answer.
    """
    parts = parts_of(passages)
    found = await asyncio.gather(*map(ask, parts), return_exceptions=True)
    errors = [f for f in found if isinstance(f, BaseException)]
    answers = [f for f in found if not isinstance(f, BaseException)]
    spent = [e.usage for e in errors if isinstance(e, ModelError) and isinstance(e.usage, Usage)]
    usage = _together([u for _, u in answers] + spent)
    for error in sorted(errors, key=lambda e: isinstance(e, ModelError)):
        if isinstance(error, ModelError):
            error.usage = usage
        raise error
    return [(part, answer) for part, (answer, _) in zip(parts, answers, strict=True)], usage


def _together(usages: Sequence[Usage]) -> Usage:
    counted = ("calls", "prompt_tokens", "cached_tokens", "completion_tokens")
    sums = {name: sum(getattr(u, name) for u in usages) for name in counted}
    return Usage(model=next((u.model for u in usages if u.model), ""), **sums)
