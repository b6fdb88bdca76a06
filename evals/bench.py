"""How fast it is: ``python -m evals.bench [PART ...] [--json FILE]`` prints one table, each figure beside what is wanted.

The parts are independent of each other: `model` (a simulated endpoint), `local`, `start` (new processes), `replay`, `batch` (100,000
drafts; BENCH_DRAFTS says otherwise), `beside` (other tools on the same mails) and `page` (a browser). Everything is measured in this
run, on this machine; ratios compare two measurements of one run, so that a noisy machine harms both alike. Times are the median of
several tries.
"""

import argparse
import asyncio
import gc
import itertools
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
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
from evals.run import Plan as EvalPlan
from evals.run import execute
from evals.scorers import marks
from evals.simulated import Pace, simulated, tokens_of
from reviewer import prompts
from reviewer.chain import Progress, Setup
from reviewer.chain import review as run_chain
from reviewer.endpoint import Endpoint
from reviewer.llm.engine import llm_engine
from reviewer.llm.parts import PASSAGES
from reviewer.local.engine import local_engine
from reviewer.model import Model
from reviewer.parse import make_draft, plain_mail
from reviewer.people import read_people
from reviewer.types import Review, Situation, Step, Wording

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


def four_direct(passages: int) -> LabelledMail:
    """The first labelled mail of the split dev with so many passages or more that becomes four direct messages, by its recording."""
    return next(
        mail
        for mail in load()
        if mail.split == "dev" and len(mail.case().author_passages()) >= passages and _direct(mail) == 4
    )


def _direct(mail: LabelledMail) -> int:
    result = asyncio.run(execute(EvalPlan([mail])))[0]
    return sum(message.kind == "direct" for message in result.messages)


class Made(NamedTuple):
    """A review with how long it took, and what its writers answered."""

    review: Review
    seconds: float
    wordings: tuple[Wording, ...]


async def _reviews(url: str, mails: Sequence[LabelledMail]) -> list[Made]:
    """The mails one after the other. The first one, which connects, is done twice."""
    loaded = prompts.load("default")
    model = Model(Endpoint(model=_MODEL, base_url=url, max_retries=0))
    wordings: list[Wording] = []

    def note(event: Progress) -> None:
        if event.step == Step.WRITE and isinstance(event.value, Wording):
            wordings.append(event.value)

    setup = Setup(loaded.policy, llm_engine(model, loaded), "", loaded.name, loaded.hash, progress=note)
    found = []
    for mail in (mails[0], *mails):
        wordings.clear()
        case, began = mail.case(), time.perf_counter()
        made = await run_chain(case.draft, case.passages, case.situation, setup)
        found.append(Made(made, time.perf_counter() - began, tuple(wordings)))
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


def critical_path(made: Made, pace: Pace) -> float:
    """Seconds that the three rounds of a review cannot do without: the longest call of each, one after the other."""
    tokens = {str(u.step): u.completion_tokens for u in made.review.usage}
    classify = next(u.calls for u in made.review.usage if u.step == Step.CLASSIFY)
    longest = max(tokens_of(w.model_dump_json()) for w in made.wordings)
    # The parts of a long mail's labels are of nearly one size.
    rounds = (max(tokens["classify"] // classify, tokens["flag"]), tokens["split"], longest)
    return sum(pace.seconds(count) for count in rounds)


def model() -> Iterator[Figure]:
    """A review over its critical path, against single prompts, and what it costs this process."""
    for size, least in (("short", 1), ("long", PASSAGES + 1)):
        mail = four_direct(least)
        with simulated(PACE, free_port()) as url:
            made = asyncio.run(_reviews(url, [mail]))[0]
            tokens_in, tokens_out, single = asyncio.run(_single(url, mail))
        if made.review.fallbacks or len(made.review.proposal.direct) != 4:
            raise SystemExit(f"The recordings of {mail.id} are not fresh: record them first.")
        written = sum(u.completion_tokens for u in made.review.usage)
        read = sum(u.prompt_tokens for u in made.review.usage)
        which = f"a {size} mail with four direct messages ({len(mail.case().author_passages())} sentences)"
        path = critical_path(made, PACE)
        yield Figure("model", f"{which}: over its critical path of three rounds", made.seconds / path, "x", most=1.05)
        yield Figure(
            "model",
            "  over one prompt that writes labels, split and messages",
            made.seconds / PACE.seconds(written),
            "x",
            most=0.6,
        )
        yield Figure("model", "  over one prompt that writes the messages alone", made.seconds / single, "x")
        yield Figure("model", "  tokens read, over those of the single prompt", read / tokens_in, "x")
        yield Figure("model", "  tokens written, over those of the single prompt", written / tokens_out, "x")
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
    "The steering committee on lot {n} is on {day} March at 10 am.",
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


def letter(sentences: int, first: int = 2) -> str:
    """A draft of so many sentences, in paragraphs of four; they are numbered from `first`, so that no two are alike."""
    lines = [_SENTENCES[i % len(_SENTENCES)].format(n=first + i, day=(first + i) % 31 + 1) for i in range(sentences)]
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
    numbers = itertools.count(2, 10_000)

    def one(sentences: int) -> Review:
        # Each time another mail: what is remembered of one must not help with the next.
        return review_locally(letter(sentences, next(numbers)))

    short = timed(lambda: one(20), 15)
    yield Figure("local", "a mail of 20 sentences, warm", short * 1000, "ms", most=20)
    middle, long = timed(lambda: one(200), 3), timed(lambda: one(2000), 1)
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
    # As installed: compiled once, in the try that is not counted.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)  # noqa: S603 - commands of our own


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


# --- batches -----------------------------------------------------------------------------------------------------------


def drafts(count: int) -> Iterator[str]:
    """Lines of a batch: mails of five to twelve sentences, no two alike."""
    for number in range(count):
        body = letter(5 + number % 8, 20 * number + 2).replace("Hi all,", f"Hi all,\n\nThis is about project {number}.")
        yield (
            json.dumps({"id": f"draft-{number}", "draft": body, "people": _PEOPLE, "subject": f"Project {number}"})
            + "\n"
        )


class Watched(NamedTuple):
    """A finished batch."""

    seconds: float
    memory: tuple[tuple[float, float], ...]
    """Seconds since the start, and the MB that all its processes held (proportional set size, so that shared pages count once)."""


def run_batch(arguments: Sequence[str], environment: Mapping[str, str] = {}) -> Watched:
    """Run `reviewer batch` in a process of its own and look at its memory once a second."""
    command = [sys.executable, "-m", "reviewer", "batch", *arguments]
    began, seen = time.perf_counter(), []
    with subprocess.Popen(  # noqa: S603 - a command of our own
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            seen.append((time.perf_counter() - began, _memory(process.pid)))
            time.sleep(1)
    if process.returncode:
        raise SystemExit(f"The batch ended with {process.returncode}.")
    return Watched(time.perf_counter() - began, tuple(seen))


def _memory(pid: int) -> float:
    """MB held by a process and all below it."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        waiting += children.get(one, [])
        with suppress(OSError):
            pages = Path(f"/proc/{one}/smaps_rollup").read_text("utf-8")
            total += next(int(line.split()[1]) for line in pages.splitlines() if line.startswith("Pss:"))
    return total / 1024


def memory_picture(watched: Watched, path: Path) -> None:
    """The memory over the time of a batch as an SVG."""
    width, height, left, bottom = 720, 240, 60, 40
    most = max(mb for _, mb in watched.memory) * 1.15
    x = (width - left - 10) / watched.seconds
    y = (height - bottom - 10) / most
    points = " ".join(f"{left + t * x:.1f},{height - bottom - mb * y:.1f}" for t, mb in watched.memory)
    peak = max(mb for _, mb in watched.memory)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f"<title>Memory of a batch over its {watched.seconds:.0f} seconds; at most {peak:.0f} MB</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<path d="M{left} 10V{height - bottom}H{width - 10}" fill="none" stroke="#888"/>',
        f'<polyline points="{points}" fill="none" stroke="#2563a8" stroke-width="1.5"/>',
        f'<text x="{left - 6}" y="{height - bottom}" text-anchor="end">0</text>',
        f'<text x="{left - 6}" y="{height - bottom - peak * y + 4:.0f}" text-anchor="end">{peak:.0f} MB</text>',
        f'<text x="{width - 10}" y="{height - 16}" text-anchor="end">{watched.seconds:.0f} s</text>',
        "</svg>",
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


SLOTS = 64
BATCH_PACE = Pace(first=1.0, rate=100.0)


def batch() -> Iterator[Figure]:
    """The local engine over many drafts; the model engine at 64 requests at a time against an endpoint with 64 places."""
    count = int(os.environ.get("BENCH_DRAFTS", "100000"))
    with TemporaryDirectory() as name:
        source, out = Path(name) / "drafts.jsonl", Path(name) / "out.jsonl"
        with source.open("w", encoding="utf-8") as file:
            file.writelines(drafts(count))
        watched = run_batch([str(source), "--out", str(out), "--engine", "local"])
        later = [mb for t, mb in watched.memory if t > watched.seconds / 10]
        yield Figure("batch", f"local engine, {count:,} drafts", count / watched.seconds, "drafts/s", least=150)
        yield Figure("batch", "its memory, all processes, at most", max(later), "MB", most=400)
        third = len(later) // 3
        growth = statistics.median(later[-third:]) / statistics.median(later[:third])
        yield Figure("batch", "its memory, last third over first", growth, "x", most=1.1)
        memory_picture(watched, ROOT / "docs" / "batch-memory.svg")
        out.unlink()
        with source.open("w", encoding="utf-8") as file:
            # With 600 the start of the program and the last drafts, for which some places stand empty, were a twentieth of the whole.
            file.writelines(drafts(1500))
        with simulated(BATCH_PACE, free_port(), SLOTS) as url:
            options = [str(source), "--out", str(out), "--engine", "llm", "--concurrency", str(SLOTS)]
            watched = run_batch(options, {"OPENAI_BASE_URL": url, "REVIEWER_MODEL": _MODEL})
        used = [u for line in out.open(encoding="utf-8") for u in json.loads(line)["review"]["usage"]]
        busy = sum(u["calls"] * BATCH_PACE.first + u["completion_tokens"] / BATCH_PACE.rate for u in used)
        yield Figure(
            "batch",
            f"{SLOTS} at a time: share of what the endpoint gives",
            busy / SLOTS / watched.seconds,
            "x",
            least=0.95,
        )


# --- beside other tools ------------------------------------------------------------------------------------------------


def beside() -> Iterator[Figure]:
    """Other tools on the labelled mails, as far as they are installed (requirements-bench.lock) and run without a network.

    They find things; none of them routes, cuts or writes. Presidio runs without a language model, so it finds no names.
    """
    mails = [m for m in load() if m.language == "en"]
    texts = [m.body for m in mails]
    loaded = prompts.load("default")
    setup = Setup(loaded.policy, local_engine(loaded.policy), "", loaded.name, loaded.hash)

    async def ours(mail: LabelledMail) -> Review:
        case = mail.case()
        return await run_chain(case.draft, case.passages, case.situation, setup)

    async def all_of_ours() -> None:
        for mail in mails:
            await ours(mail)

    each = 1000 / len(mails)
    base = timed(lambda: asyncio.run(all_of_ours()), 3)
    yield Figure("beside", "our local engine: the whole review of a mail", base * each, "ms")
    for name, tool in (("presidio-analyzer", _presidio), ("detect-secrets", _detect_secrets)):
        look = tool()
        if look is not None:
            seconds = timed(partial(_for_each, look, texts), 3)
            yield Figure("beside", f"{name}: finding what it knows in a mail", seconds * each, "ms")
    runner = timed(lambda: asyncio.run(execute(EvalPlan(mails, engine="local", source=""))), 3)
    yield Figure("beside", "our eval runner with all scores, a mail", runner * each, "ms")
    theirs = _pydantic_evals(mails, ours)
    if theirs is not None:
        seconds = timed(theirs, 3)
        yield Figure("beside", "pydantic-evals on the same task and scores, a mail", seconds * each, "ms")
        yield Figure("beside", "our runner over pydantic-evals", runner / seconds, "x")


def _for_each(look: Callable[[str], object], texts: Sequence[str]) -> None:
    for text in texts:
        look(text)


def _presidio() -> Callable[[str], object] | None:
    try:
        import spacy
        import tldextract
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import SpacyNlpEngine
    except ImportError:
        return None
    # It would fetch a list of suffixes from the internet; the one that it brings along does.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    nlp = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    nlp.nlp = {"en": spacy.blank("en")}
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])
    return lambda text: analyzer.analyze(text, language="en")


def _detect_secrets() -> Callable[[str], object] | None:
    try:
        from detect_secrets.core.scan import scan_line
        from detect_secrets.settings import default_settings
    except ImportError:
        return None

    def look(text: str) -> None:
        with default_settings():
            for line in text.splitlines():
                list(scan_line(line))

    return look


def _pydantic_evals(
    mails: Sequence[LabelledMail], task: Callable[[LabelledMail], Awaitable[Review]]
) -> Callable[[], object] | None:
    try:
        from pydantic_evals import Case as TheirCase
        from pydantic_evals import Dataset
        from pydantic_evals.evaluators import Evaluator
    except ImportError:
        return None

    class Scores(Evaluator):  # type: ignore[misc]  # not installed where types are checked
        def evaluate(self, context: Any) -> dict[str, float]:  # noqa: ANN401 - a class of theirs
            return {m.score: m.hits / m.total if m.total else 1.0 for m in marks(context.inputs, context.output)}

    dataset = Dataset(name="mails", cases=[TheirCase(name=m.id, inputs=m) for m in mails], evaluators=[Scores()])
    return lambda: dataset.evaluate_sync(task, progress=False)


# --- the page ----------------------------------------------------------------------------------------------------------


def page() -> Iterator[Figure]:
    """The page in a browser: the first paint that is of use, and from the click to the last card of a local review."""
    from tests.ui.serving import CHROMIUM, chromium, served, settled, visited

    if CHROMIUM is None:
        return
    paints, waits = [], []
    with served() as url, chromium() as browser:
        for _ in range(4):
            began = time.perf_counter()
            with visited(browser, url) as opened:
                opened.get_by_label("Your draft").wait_for()
                paints.append(time.perf_counter() - began)
                opened.get_by_test_id("stButton").get_by_role("button", name="English").click()
                settled(opened)
                clicked = time.perf_counter()
                opened.get_by_role("button", name="Review", exact=True).click()
                opened.get_by_role("tab").first.wait_for()
                opened.get_by_role("button", name="Download all (.zip)").wait_for()
                waits.append(time.perf_counter() - clicked)
    text = (ROOT / "examples" / "harbour.en.txt").read_text("utf-8")
    review = timed(lambda: review_locally(text), 5)
    yield Figure("page", "first useful paint (median of the later three)", statistics.median(paints[1:]), "s")
    yield Figure(
        "page",
        "from the click to the last card, over the review itself",
        statistics.median(waits[1:]) - review,
        "s",
        most=0.5,
    )


PARTS: Mapping[str, Callable[[], Iterator[Figure]]] = {
    "model": model,
    "local": local,
    "start": start,
    "replay": replay,
    "batch": batch,
    "beside": beside,
    "page": page,
}


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
