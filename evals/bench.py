"""How fast it is: ``python -m evals.bench [PART ...] [--json FILE]`` prints one table, each figure beside what is wanted.

The parts are independent of each other: `model` (a simulated endpoint), `local`, `start` (new processes), `replay`, `batch`, `beside`
(other tools on the same mails) and `page` (a browser). Everything is measured in this run, on this machine; ratios compare two
measurements of one run, so that a noisy machine harms both alike. Times are the median of several tries.
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import openai
import yaml
from rich.console import Console
from rich.table import Table
from yaml import CSafeLoader

from evals.baseline import one_shot
from evals.cases import LabelledMail, load
from evals.record import CALL, RECORDINGS, Call, digest, recorded
from evals.simulated import Pace, simulated, tokens_of
from reviewer import prompts
from reviewer.chain import Setup
from reviewer.chain import review as run_chain
from reviewer.endpoint import Endpoint
from reviewer.llm.engine import llm_engine
from reviewer.local.engine import local_engine
from reviewer.model import Model
from reviewer.parse import make_draft, plain_mail
from reviewer.people import read_people
from reviewer.types import Review, Situation

ROOT = Path(__file__).parent.parent
_MODEL = "llm-by-relay"  # as the recorded requests name it
PACE = Pace(first=0.3, rate=80.0)
"""A hosted model of the middle size; what matters is that the single prompt is asked at the same pace."""


class Figure(NamedTuple):
    """One line of the table."""

    part: str
    what: str
    value: float
    unit: str
    most: float | None = None
    """What it must not exceed."""
    least: float | None = None
    """What it must reach."""

    @property
    def held(self) -> bool | None:
        """Whether it is as wanted; None where nothing is wanted of it."""
        if self.most is not None:
            return self.value <= self.most
        return self.value >= self.least if self.least is not None else None


def timed(function: Callable[[], object], tries: int) -> float:
    """Median seconds of a function that has run once before."""
    function()
    seconds = []
    gc.collect()
    for _ in range(tries):
        began = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def free_port() -> int:
    """A port of the loopback address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# --- the model engine ------------------------------------------------------------------------------------------------


def four_direct() -> LabelledMail:
    """A labelled mail of the split dev that becomes one group message and four direct ones."""
    return next(mail for mail in load() if mail.id == "en-shipyard-hierarchy")


async def _reviews(url: str, mails: Sequence[LabelledMail]) -> list[tuple[Review, float]]:
    """The mails one after the other: each review with its seconds. The first one, which connects, is done twice."""
    loaded = prompts.load("default")
    model = Model(Endpoint(model=_MODEL, base_url=url, max_retries=0))
    setup = Setup(loaded.policy, llm_engine(model, loaded), "", loaded.name, loaded.hash)
    found = []
    for mail in (mails[0], *mails):
        case, began = mail.case(), time.perf_counter()
        made = await run_chain(case.draft, case.passages, case.situation, setup)
        found.append((made, time.perf_counter() - began))
    await model.aclose()
    return found[1:]


async def _single(url: str, mail: LabelledMail) -> tuple[int, int, float]:
    """Tokens in and out, and seconds, of the one single prompt on the same mail."""
    prompt = prompts.read_prompt(prompts.set_path("one-shot") / prompts.SINGLE_FILE)
    model = Model(Endpoint(model=_MODEL, base_url=url, max_retries=0))
    await one_shot(model, prompt, mail.case())
    began = time.perf_counter()
    _, usage = await one_shot(model, prompt, mail.case())
    seconds = time.perf_counter() - began
    await model.aclose()
    return usage.prompt_tokens, usage.completion_tokens, seconds


def critical_path(made: Review, pace: Pace) -> float:
    """Seconds that the three rounds of a review cannot do without: the longest call of each, one after the other.

    The longest of the write round is taken from the messages themselves, which are nearly all of what a writer answers.
    """
    tokens = {str(u.step): u.completion_tokens for u in made.usage}
    longest = max(tokens_of(json.dumps({"subject": m.subject, "body": m.body})) for m in made.proposal.messages)
    rounds = (max(tokens["classify"], tokens["flag"]), tokens["split"], longest)
    return sum(pace.seconds(count) for count in rounds)


def model() -> Iterator[Figure]:
    """A review over its critical path, against single prompts, and what it costs this process."""
    mail = four_direct()
    with simulated(PACE, free_port()) as url:
        made, seconds = asyncio.run(_reviews(url, [mail]))[0]
        if made.fallbacks or len(made.proposal.direct) != 4:
            raise SystemExit(f"The recordings of {mail.id} are not fresh: record them first.")
        tokens_in, tokens_out, single = asyncio.run(_single(url, mail))
    written = sum(u.completion_tokens for u in made.usage)
    read = sum(u.prompt_tokens for u in made.usage)
    yield Figure(
        "model", "a review over its critical path of three rounds", seconds / critical_path(made, PACE), "x", most=1.05
    )
    whole = PACE.seconds(written)
    yield Figure(
        "model", "a review over one prompt that writes labels, split and messages", seconds / whole, "x", most=0.6
    )
    yield Figure("model", "a review over one prompt that writes the messages alone", seconds / single, "x")
    yield Figure("model", "tokens read, over those of the single prompt", read / tokens_in, "x")
    yield Figure("model", "tokens written, over those of the single prompt", written / tokens_out, "x")
    mails = [m for m in load() if m.split == "dev"]
    with simulated(Pace(), free_port()) as url:
        asyncio.run(_reviews(url, mails[:3]))
        began = time.process_time()
        asyncio.run(_reviews(url, mails))
        yield Figure(
            "model",
            "own CPU of a review (30 mails)",
            (time.process_time() - began) / (len(mails) + 1) * 1000,
            "ms",
            most=25,
        )


# --- the local engine --------------------------------------------------------------------------------------------------

_SENTENCES = (
    "The scope of lot {n} is validated: {n} branches and the head office.",
    "Karim, could you send us the directory scheme of site {n} before Friday?",
    "The next steering committee is on {n} March at 10 am.",
    "Sandrine, we could go down to {n} k€ a year if the term were three years.",
    "Between us, Claire, Karim fears for his team number {n}.",
    "The tests of interface {n} ran through without a fault last night.",
    "On the hosting of module {n} we are waiting for the security questionnaire.",
    "Thomas, the training of group {n} begins two weeks later than planned.",
)
_PEOPLE = """Claire Leroy <claire@client.example> - champion
Karim Benali <karim@client.example> - CIO
Sandrine Roux <sandrine@client.example> - head of procurement
Thomas Vidal <thomas@client.example> - project manager"""


def letter(sentences: int) -> str:
    """A draft of so many sentences, in paragraphs of four."""
    lines = [_SENTENCES[n % len(_SENTENCES)].format(n=n + 2) for n in range(sentences)]
    paragraphs = [" ".join(lines[i : i + 4]) for i in range(0, sentences, 4)]
    return "\n\n".join(["Hi all,", *paragraphs, "Kind regards,\nJulie Morel\n"])


def review_locally(text: str) -> Review:
    """From the text to the review, parsing included."""
    loaded = prompts.load("default")
    draft, passages = make_draft(plain_mail(text), read_people(_PEOPLE), subject="Project Atlas")
    setup = Setup(loaded.policy, local_engine(loaded.policy), "", loaded.name, loaded.hash)
    return asyncio.run(run_chain(draft, passages, Situation(today=date(2026, 3, 2)), setup))


def local() -> Iterator[Figure]:
    """The local engine, warm, and how its cost grows with the mail."""
    texts = {count: letter(count) for count in (20, 200, 2000)}
    short = timed(lambda: review_locally(texts[20]), 15)
    yield Figure("local", "a mail of 20 sentences, warm", short * 1000, "ms", most=20)
    middle, long = timed(lambda: review_locally(texts[200]), 3), timed(lambda: review_locally(texts[2000]), 1)
    yield Figure("local", "a mail of 200 sentences", middle * 1000, "ms")
    yield Figure("local", "a mail of 2,000 sentences", long * 1000, "ms")
    yield Figure("local", "time a sentence: 2,000 over 200", (long / 2000) / (middle / 200), "x", most=1.3)


def start() -> Iterator[Figure]:
    """New processes: the help, and a whole review."""
    reviewer = [sys.executable, "-m", "reviewer"]
    draft = [str(ROOT / "examples" / name) for name in ("atlas.fr.txt", "atlas.fr.people.txt")]
    command = [*reviewer, "review", draft[0], "--people", draft[1], "--engine", "local"]
    for what, arguments, most in (
        ("`reviewer --help`", [*reviewer, "--help"], 0.2),
        ("a cold `reviewer review`", command, 1.0),
    ):
        yield Figure("start", what, timed(partial(_run, arguments), 7), "s", most=most)
    yield Figure("start", "an empty Python process", timed(partial(_run, [sys.executable, "-c", ""]), 7), "s")


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)  # noqa: S603 - commands of our own


# --- replay ------------------------------------------------------------------------------------------------------------

REPLAYED = 1000


def replay() -> Iterator[Figure]:
    """Recorded answers through vcrpy and our index, over the same client in front of a dictionary."""
    asked = _recorded_requests()

    async def through_recordings() -> None:
        with recorded("relay", "default"):
            await _ask_all(openai.DefaultAsyncHttpx2Client(), asked)

    async def from_a_dict() -> None:
        transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=answers[digest(request.content)]))
        await _ask_all(httpx2.AsyncClient(transport=transport), asked)

    answers = {digest(json.dumps(body)): reply for _, body, reply in asked}
    ours = timed(lambda: asyncio.run(through_recordings()), 3)
    floor = timed(lambda: asyncio.run(from_a_dict()), 3)
    yield Figure("replay", f"{REPLAYED:,} recorded interactions", ours, "s")
    yield Figure("replay", "over the floor (mock transport and a dict)", ours / floor, "x", most=1.5)


def _recorded_requests() -> list[tuple[str, dict[str, Any], bytes]]:
    """Case, request and reply of recorded interactions, again from the first where there are too few."""
    found = []
    for path in sorted((RECORDINGS / "relay" / "default").glob("*.yaml")):
        for interaction in yaml.load(path.read_text("utf-8"), CSafeLoader)["interactions"]:
            reply = interaction["response"]["body"]["string"].encode()
            found.append((path.stem, json.loads(interaction["request"]["body"]), reply))
    return list(islice(cycle(found), REPLAYED))


async def _ask_all(transport: httpx2.AsyncClient, asked: Sequence[tuple[str, dict[str, Any], bytes]]) -> None:
    client = openai.AsyncOpenAI(api_key="none", base_url="https://model.invalid/v1", http_client=transport)
    for case, body, _ in asked:
        CALL.set(Call(case, 1))
        await client.chat.completions.create(**body)
    await client.close()


PARTS: Mapping[str, Callable[[], Iterator[Figure]]] = {"model": model, "local": local, "start": start, "replay": replay}


def shown(figures: Sequence[Figure]) -> Table:
    """The table; what is not as wanted is marked."""
    table = Table("part", "what", "measured", "wanted", "", box=None, pad_edge=False)
    for figure in figures:
        bounds = (("≤", figure.most), ("≥", figure.least))
        wanted = " ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)
        mark = {True: "✓", False: "✕", None: ""}[figure.held]
        table.add_row(figure.part, figure.what, f"{figure.value:,.3g} {figure.unit}", wanted, mark)
    return table


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 1 where a figure is not as wanted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all if none is named")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    for name in [n for n in os.environ if n.startswith(("OPENAI_", "REVIEWER_"))]:
        del os.environ[name]
    figures = [figure for part in options.parts or PARTS for figure in PARTS[part]()]
    console = Console(width=120, highlight=False)
    console.print(shown(figures))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"{os.cpu_count()} cores; peak memory of this process {peak:.0f} MB")
    if options.json:
        options.json.write_text(json.dumps([f._asdict() for f in figures], indent=1) + "\n", "utf-8")
    return 0 if all(f.held is not False for f in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
