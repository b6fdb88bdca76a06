"""Whatever a model or its endpoint does wrong, in whichever step: the review is completed, safe, and says what fell back."""

import asyncio

import httpx2
import pytest

from evals.faults import DEADLINE, FAULTS, listening, matrix, secret_in, unreachable
from evals.nowhere import KINDS, Kind, nowhere
from reviewer.types import Step

ASKED = {"messages": [{"role": "system", "content": ""}, {"role": "user", "content": '<passage id="s1">x</passage>'}]}

# Seconds, on a machine that runs other tests beside; `python -m evals.faults` asks for the deadline itself.
BUSY = DEADLINE + 4.0

# What a client tries again and what breaks no answer is made good; everything else falls back.
SLOW = {"slow first byte", "slow body", "endless body", "429 with a long Retry-After", "429 with Retry-After"}


# Answers that are no fault for these steps, or of which what is wrong is left out and the rest taken.
TAKEN = {
    "duplicate ids": set(Step),
    "unknown recipients": set(Step),
    "wrong ids": {Step.FLAG, Step.WRITE},
    "invented and leaking": {Step.CLASSIFY, Step.FLAG, Step.SPLIT},
}


def test_there_are_enough_kinds() -> None:
    """At least twenty-five, and no name twice."""
    assert len(FAULTS) >= 25


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - SLOW))
def test_a_fault_does_no_harm(name: str) -> None:
    """In every step, at the first and at every call; a step that never gets an answer falls back, and that is said."""
    cells, said = asyncio.run(matrix([name], within=BUSY))
    assert len(cells) == 2 * len(Step)
    assert {c.step for c in cells if c.when == "every" and c.step in c.fell_back} == set(Step) - TAKEN.get(name, set())
    assert [(c.step, c.when, c.problems) for c in cells if c.problems] == []
    assert secret_in("\n".join(said)) == ""


def test_slow_faults_do_no_harm_either() -> None:
    """Several at once, as they spend their time waiting."""
    cells, said = asyncio.run(matrix(sorted(SLOW), at_once=8, within=BUSY))
    assert [(c.fault, c.step, c.when, c.problems) for c in cells if c.problems] == []
    assert all(c.step in c.fell_back for c in cells if c.when == "every")
    assert secret_in("\n".join(said)) == ""


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2", "::1"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_endpoint_that_a_step_cannot_reach_does_no_harm(kind: Kind) -> None:
    """A closed port, an unknown name, a server without TLS or with a foreign certificate: made good by the retry, or fallen back."""
    # A handshake takes long where many are made at once.
    cells, said = asyncio.run(unreachable([kind], at_once=3, within=BUSY))
    assert len(cells) == 2 * len(Step) + 1
    assert [(c.step, c.when, c.problems) for c in cells if c.problems] == []
    assert {(c.step, c.fell_back) for c in cells if c.when == "first"} == {(step, ()) for step in Step}
    every = {c.step: c.fell_back for c in cells if c.when == "every"}
    assert {step: every[step] for step in Step} == {step: (step,) for step in Step}
    assert every["all"] == tuple(Step)
    assert secret_in("\n".join(said)) == ""


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
def test_what_is_nowhere_fails_as_a_network_does() -> None:
    """Each in its own way, by the system's own errors, and answers at the attempt after."""
    wrong = {
        "connection refused": "Connection refused",
        "DNS failure": r"Errno -\d",  # of the resolver, which are below zero
        "no TLS spoken": "SSL",
        "untrusted certificate": "CERTIFICATE_VERIFY_FAILED",
    }
    with nowhere() as names:
        for kind in KINDS:
            url = names.url(kind, first=True)
            with pytest.raises(httpx2.ConnectError, match=wrong[kind]):
                httpx2.post(f"{url}/chat/completions", json=ASKED)
            assert httpx2.post(f"{url}/chat/completions", json=ASKED).status_code == 200
            assert names.attempts(url) == 2


def test_the_matrix_listens() -> None:
    """A log at the lowest level would be heard, and what stands in it found."""
    import logging

    with listening() as said:
        logging.getLogger("somebody").debug("about Marigold")
    assert secret_in("\n".join(said)) == "the draft"
