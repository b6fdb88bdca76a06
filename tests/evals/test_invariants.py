"""What holds of every review: on our own mails, with a model that answers at random."""

import asyncio
import json

import pytest

from evals.cases import load
from evals.invariants import at_random, broken, reviewed
from reviewer import prompts
from reviewer.endpoint import Endpoint
from reviewer.mail import RawMail
from reviewer.model import Model
from reviewer.testing import Request, serving
from reviewer.types import Audience, Review

MAIL = RawMail(
    "Atlas",
    None,
    (),
    "Hi all,\n\nThe pilot starts on 3 March.\n\nHelen, between us Kevin told me that he wants to leave the company.\n\n"
    "Sandra, we could go down to 118,000 euros a year.\n\nBest,\nTom\n",
)


def locally(mail: RawMail = MAIL) -> Review:
    """The mail's review by the local engine."""
    return asyncio.run(reviewed(mail, prompts.load("default"), None))


@pytest.mark.parametrize("redact", [False, True])
def test_a_model_that_answers_at_random_breaks_nothing(redact: bool) -> None:
    """Ten labelled mails in six languages; the model's nonsense is overruled or falls back."""

    async def run(url: str) -> list[Review]:
        loaded = prompts.load("default")
        model = Model(Endpoint("random", url, "none", 20.0, 0))
        try:
            found = [RawMail(c.subject, None, (), c.body) for c in load()[::5]]
            return [await reviewed(mail, loaded, model, redact) for mail in found]
        finally:
            await model.aclose()

    with serving(at_random) as server:
        results = asyncio.run(run(server.url))
    assert len(results) >= 10
    assert [problem for result in results for problem in broken(result)] == []


def test_the_random_model_answers_the_same_to_the_same() -> None:
    """So that what it broke can be seen again."""
    seen: list[Request] = []
    with serving(lambda r: (seen.append(r), at_random(r))[1]) as server:

        async def run() -> None:
            model = Model(Endpoint("random", server.url, "none", 20.0, 0))
            try:
                await reviewed(MAIL, prompts.load("default"), model)
            finally:
                await model.aclose()

        asyncio.run(run())
    assert seen
    assert all(at_random(r) == at_random(r) for r in seen)
    assert {json.loads(at_random(r).body)["choices"][0]["finish_reason"] for r in seen} == {"stop"}


def test_what_does_not_hold_is_found() -> None:
    """A review spoilt by hand in each of the ways."""
    good = locally()
    assert list(broken(good)) == []
    spoilt = {
        "a passage was not decided on, or twice": {"assignments": good.assignments[1:]},
        "a passage that somebody should read is in no message": {
            "assignments": tuple(a.model_copy(update={"audience": Audience(group=True)}) for a in good.assignments),
            "proposal": good.proposal.model_copy(update={"direct": (), "group": None}),
        },
        "a passage is not where it says": {
            "passages": (good.passages[0].model_copy(update={"start": 1, "end": 4}), *good.passages[1:])
        },
    }
    for problem, update in spoilt.items():
        assert problem in list(broken(good.model_copy(update=update)))
    group = good.proposal.group
    assert group is not None
    secret = next(f for f in good.flags if "118,000" in f.quote or "Kevin" in f.quote)
    told = group.model_copy(update={"body": group.body + secret.quote, "to": (*group.to, *secret.withhold_from)})
    leaking = good.model_copy(update={"proposal": good.proposal.model_copy(update={"group": told})})
    assert f"a withheld {secret.sensitivity} before a wrong reader" in list(broken(leaking))
    stranger = group.model_copy(update={"to": ("eve@elsewhere.example",)})
    assert "a reader who was not given" in list(
        broken(good.model_copy(update={"proposal": good.proposal.model_copy(update={"group": stranger})}))
    )
