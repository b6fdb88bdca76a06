"""Choose the engine: a model where one is configured, else the local one, and say which and why."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Literal

from reviewer import prompts
from reviewer.chain import Progress, Setup
from reviewer.endpoint import Endpoint, endpoint
from reviewer.errors import ConfigError
from reviewer.limits import limits
from reviewer.local.engine import local_engine
from reviewer.pace import Pace
from reviewer.redact import Sent
from reviewer.texts import Lang, say

Choice = Literal["auto", "llm", "local"]


@asynccontextmanager
async def engine_setup(
    choice: Choice = "auto",
    prompt_set: str | None = None,
    explain_in: Lang = "en",
    *,
    environ: Mapping[str, str] | None = None,
    deadline: float | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    redact: bool | None = None,
    sent: Callable[[Sent], None] = lambda _: None,
    pace: Pace | None = None,
    transport: object = None,
) -> AsyncIterator[Setup]:
    """What a review is made with; the model's connections are closed at the end.

    `prompt_set` is the one in production where none is named. `deadline` is in seconds for the whole review, that of the
    limits where none is given; with the local engine it has no meaning. `redact` is on where the endpoint is not on this
    machine, unless it is said. With a `pace` the requests of all reviews keep to it; a `transport` answers them in place of the
    network. Raises ConfigError.
    """
    loaded = prompts.load(prompt_set or prompts.production())
    where = model_for(choice, environ)
    if where is None:
        reason = reason_for(choice, None, explain_in)
        yield Setup(loaded.policy, local_engine(loaded.policy), reason, loaded.name, loaded.hash, progress=progress)
        return
    # Only who configures a model waits for its client to be imported.
    from reviewer.llm.engine import llm_engine
    from reviewer.model import Model

    model, most = Model(where, pace, transport), limits(environ)
    replaced = not where.is_loopback if redact is None else redact
    try:
        yield Setup(
            loaded.policy,
            llm_engine(model, loaded),
            reason_for(choice, where, explain_in, replaced),
            loaded.name,
            loaded.hash,
            deadline or most.seconds,
            progress=progress,
            redact=replaced,
            sent=sent,
            limits=most,
        )
    finally:
        await model.aclose()


def model_for(choice: Choice, environ: Mapping[str, str] | None = None) -> Endpoint | None:
    """Where the model is that this choice means; None for the local engine. Raises ConfigError."""
    where = None if choice == "local" else endpoint(environ)
    if where is None and choice == "llm":
        raise ConfigError("No model is configured: set OPENAI_API_KEY or OPENAI_BASE_URL, or use --engine local.")
    return where


def reason_for(choice: Choice, where: Endpoint | None, explain_in: Lang, redacted: bool = False) -> str:
    """Why this engine is used, in a few words."""
    if where is None:
        return say(explain_in, "engine.asked" if choice == "local" else "engine.no_endpoint", engine=choice)
    key = "engine.endpoint" if choice == "auto" else "engine.asked"
    reason = say(explain_in, key, model=where.model, engine=choice)
    return f"{reason}; {say(explain_in, 'engine.redacted')}" if redacted else reason
