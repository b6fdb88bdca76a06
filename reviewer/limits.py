"""How much one review may take, as the environment sets it: size, passages, people, and what a model may cost.

Each limit is said with the variable that moves it. A model that reaches one of its limits is not asked again in that review; the
local engine does the rest, and the review says so.
"""

import os
from collections.abc import Mapping
from typing import NamedTuple

from reviewer.endpoint import number
from reviewer.errors import InputError, ModelUnavailable

CHARACTERS_PER_TOKEN = 4  # a low estimate for European languages, so that a budget is rather kept than broken


class Limits(NamedTuple):
    """What one review may take."""

    characters: int = 1_000_000
    """Of a draft's text; a longer one is no mail that somebody wrote."""
    passages: int = 3000
    people: int = 200
    calls: int = 100
    """Requests to a model, those tried again among them."""
    tokens: int = 500_000
    """Of all requests and answers, by the endpoint's count."""
    seconds: float = 120.0
    """For the whole review with a model."""


_VARIABLES = {
    "characters": "REVIEWER_MAX_CHARACTERS",
    "passages": "REVIEWER_MAX_PASSAGES",
    "people": "REVIEWER_MAX_PEOPLE",
    "calls": "REVIEWER_MAX_CALLS",
    "tokens": "REVIEWER_MAX_TOKENS",
    "seconds": "REVIEWER_DEADLINE",
}
_HIGHEST = 100_000_000


def limits(environ: Mapping[str, str] | None = None) -> Limits:
    """The limits that the environment sets, each at least 1. Raises ConfigError."""
    env = os.environ if environ is None else environ
    default = Limits()
    values = {
        field: number(env, variable, getattr(default, field), lowest=1, highest=_HIGHEST)
        for field, variable in _VARIABLES.items()
    }
    seconds = values.pop("seconds")
    return Limits(**{field: int(value) for field, value in values.items()}, seconds=seconds)


def within(what: str, amount: int, field: str) -> None:
    """Raise InputError where an input is larger than its limit; `what` says what has how much of it."""
    most = getattr(limits(), field)
    if amount > most:
        raise InputError(
            f"{what} has {amount:,} {field}; at most {most:,} can be reviewed, so shorten it or set {_VARIABLES[field]}."
        )


class Budget:
    """What a model may still be asked in one review."""

    def __init__(self, limit: Limits) -> None:
        """Nothing is spent yet."""
        self._limit, self._calls, self._tokens = limit, 0, 0

    def take(self, characters: int) -> int:
        """Reserve one request of so many characters; its estimated tokens, for `settle`. Raises ModelUnavailable."""
        tokens = characters // CHARACTERS_PER_TOKEN
        if self._tokens + tokens > self._limit.tokens:
            raise ModelUnavailable(f"the review's {self._limit.tokens} tokens are used up (REVIEWER_MAX_TOKENS)")
        self.again()
        self._tokens += tokens
        return tokens

    def settle(self, reserved: int, tokens: int) -> None:
        """Count what a request really took in place of what was reserved for it."""
        self._tokens += max(tokens, reserved) - reserved

    def refused(self) -> None:
        """Give a request back that the endpoint did not take; it is counted when it is sent once more."""
        self._calls -= 1

    def again(self) -> None:
        """Count a request, or one that the client is about to send once more. Raises ModelUnavailable where it is one too many."""
        if self._calls >= self._limit.calls:
            raise ModelUnavailable(f"the review's {self._limit.calls} calls are used up (REVIEWER_MAX_CALLS)")
        self._calls += 1
