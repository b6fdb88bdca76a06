"""What a model or its endpoint can do wrong, in every step: ``python -m evals.faults`` prints the matrix.

Each cell is a whole review over real HTTP against a fake server on loopback that fails in one way, in one step, at its first call or
at every call; or in which one step cannot reach its endpoint (`evals.nowhere`). A cell holds where the review is completed in time,
nothing is lost, leaked or invented by the checks, what fell back is said, and neither the draft nor the key is in any log or error.
"""

import asyncio
import gzip
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import Any, Literal, NamedTuple

from evals.nowhere import KINDS, Kind, nowhere
from reviewer import prompts
from reviewer.chain import Setup
from reviewer.chain import review as run_chain
from reviewer.endpoint import Endpoint
from reviewer.llm.engine import llm_engine
from reviewer.model import Model
from reviewer.parse import read_draft
from reviewer.testing import FakeServer, Reply, Request, Script, completion, error, honest, passages_in
from reviewer.types import Case, Review, Situation, Step

KEY = "sk-key-of-the-matrix-7f3a"
TOLD = ("Marigold", "118,000", "burning out")  # words of the draft that no log may hold
WITHHELD = (
    ("r.menon", "burning out"),
    ("i.deboer", "burning out"),
    ("l.fischer", "burning out"),
    ("r.menon", "118"),
    ("l.fischer", "118"),
)
TIMEOUT = 0.6  # seconds for one call
DEADLINE = 4.0  # seconds for a review
When = Literal["first", "every"]
WHENS: tuple[When, ...] = ("first", "every")

DRAFT = """Hi all,

The steering committee approved the Marigold rollout on Tuesday.

Ravi, could you send us the list of topics by Thursday?

We could go down to 118,000 euros a year if you commit to three years. Ingrid, does that fit your tender rules?

Between us Margaret, Ravi told me he is close to burning out.

Kind regards,
Tom Ellis
"""
PEOPLE = """Margaret Doyle <m.doyle@maasport.example> - champion
Ravi Menon <r.menon@maasport.example> - CTO
Ingrid de Boer <i.deboer@maasport.example> - head of procurement
Lena Fischer <l.fischer@maasport.example> - project manager"""

JSON = {"content-type": "application/json"}


def _content(request: Request) -> Any:  # noqa: ANN401 - a JSON value
    return json.loads(json.loads(honest(request).body)["choices"][0]["message"]["content"])


def _good(request: Request) -> bytes:
    return honest(request).body


def _changed(change: Callable[[Any], None]) -> Script:
    """The honest answer with something changed in it."""

    def answer(request: Request) -> Reply:
        content = _content(request)
        change(content)
        return completion(json.dumps(content))

    return answer


def _items(content: Any) -> list[Any]:  # noqa: ANN401
    """The list of an answer; of a message, none."""
    return next((value for value in content.values() if isinstance(value, list)), [])


def _wrong_ids(content: Any) -> None:  # noqa: ANN401
    for item in _items(content):
        item["id"] = "s999"


def _strangers(content: Any) -> None:  # noqa: ANN401
    for item in _items(content):
        for field in ("people", "addressed_to"):
            if field in item:
                item[field] = ["p77", "mallory@evil.example"]
        if "owner" in item:
            item["owner"] = "p77"


def _twice(content: Any) -> None:  # noqa: ANN401
    _items(content).extend(json.loads(json.dumps(_items(content))))


def _text(text: str) -> Script:
    return lambda _: completion(text)


def _another_language(request: Request) -> Reply:
    if request.step == "write":
        words = (
            "Guten Tag, wir freuen uns sehr über die gute Zusammenarbeit und melden uns nächste Woche wieder bei Ihnen."
        )
        return completion(json.dumps({"subject": "Neuigkeiten", "body": words}))
    return completion("Entschuldigung, das kann ich leider nicht beantworten.")


def _leaky(request: Request) -> Reply:
    """A writer that makes things up, and labels that open everything to everybody."""
    if request.step == "write":
        return completion(
            json.dumps({"subject": "News", "body": "Ravi is close to burning out; 99,000 euros by 3 May."})
        )
    return honest(request)


@cache
def _bomb() -> bytes:
    """100 MB of spaces, packed into a thousandth of that."""
    return gzip.compress(b" " * 100_000_000)


FAULTS: dict[str, Script] = {
    "reset in the middle": lambda r: Reply(200, _good(r), JSON, cut=40, reset=True),
    "reset before an answer": lambda r: Reply(200, b"", JSON, cut=0, reset=True),
    "cut off in the middle": lambda r: Reply(200, _good(r), JSON, cut=40),
    "400 bad request": lambda _: error(400),
    "401 wrong key": lambda _: error(401, f"Incorrect API key provided: {KEY}"),
    "402 no credit": lambda _: error(402),
    "403 forbidden": lambda _: error(403),
    "404 unknown model": lambda _: error(404),
    "408 timeout": lambda _: error(408),
    "409 conflict": lambda _: error(409),
    "413 context too long": lambda r: error(413, f"maximum context length exceeded: {r.user}"),
    "400 context length exceeded": lambda r: error(400, f"context_length_exceeded: {r.user}"),
    "422 echoes the request": lambda r: error(422, r.user),
    "429 with Retry-After": lambda _: error(429, retry_after="1"),
    "429 with a long Retry-After": lambda _: error(429, retry_after="40"),
    "429 without Retry-After": lambda _: error(429),
    "redirect": lambda _: Reply(307, b"", {"location": "http://127.0.0.1:9/v1/chat/completions"}),
    "500": lambda _: error(500),
    "503": lambda _: error(503),
    "slow first byte": lambda r: Reply(200, _good(r), JSON, delay=TIMEOUT * 3),
    "slow body": lambda r: Reply(200, _good(r), JSON, drip=0.05),
    "fast endless body": lambda _: Reply(200, b" " * 1_000_000, JSON, endless=True),
    "gzip bomb": lambda _: Reply(200, _bomb(), JSON | {"content-encoding": "gzip"}),
    "endless body": lambda _: Reply(200, b" " * 1000, JSON, endless=True),
    "empty body": lambda _: Reply(200, b"", JSON),
    "HTML instead of JSON": lambda _: Reply(200, b"<html><body>Gateway</body></html>", {"content-type": "text/html"}),
    "invalid UTF-8": lambda r: Reply(200, b'{"choices": "\xff\xfe' + _good(r), JSON),
    "null for the message": lambda _: Reply(200, b'{"id":"x","object":"chat.completion","choices":[]}', JSON),
    "content is null": lambda _: completion(None),
    "truncated JSON": lambda r: completion(json.dumps(_content(r))[:-20]),
    "cut off by its length": lambda r: completion(json.dumps(_content(r))[:-20], finish_reason="length"),
    "JSON of another shape": _text('{"answer": 42}'),
    "a list instead of an object": _text("[1, 2, 3]"),
    "wrong ids": _changed(_wrong_ids),
    "unknown recipients": _changed(_strangers),
    "duplicate ids": _changed(_twice),
    "refusal": lambda _: completion(None, refusal="I cannot help with that."),
    "refusal in words": _text("I'm sorry, but I can't help with that."),
    "content filter": lambda _: completion("", finish_reason="content_filter"),
    "another language": _another_language,
    "prompt echoed back": lambda r: completion(r.system + r.user),
    "a megabyte of answer": lambda r: completion(json.dumps(_content(r)) + " " * 1_000_000),
    "a megabyte of prose": _text("word " * 200_000),
    "deeply nested JSON": _text('{"a":' * 50_000),
    "invented and leaking": _leaky,
    "ids escaped into text": lambda r: completion(json.dumps({"subject": "s1", "body": str(passages_in(r))})),
}


class Cell(NamedTuple):
    """What came of one review."""

    fault: str
    step: str
    when: When
    seconds: float
    fell_back: tuple[str, ...]
    problems: tuple[str, ...]
    """Each thing that does not hold, in words; empty where the cell holds."""


class _Listener(logging.Handler):
    """Keeps whatever any logger says, down to the lowest level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def listening() -> Iterator[list[str]]:
    """Everything that is logged meanwhile, by a program that asks for the lowest level."""
    root, handler = logging.getLogger(), _Listener()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler.said
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def case() -> Case:
    """The mail of the matrix."""
    draft, passages = read_draft(DRAFT.encode(), PEOPLE, "Harbour")
    return Case(draft=draft, passages=passages, situation=Situation(today=date(2026, 11, 23)))


def scripted(fault: Script, step: str, when: When) -> Script:
    """A server that fails in this way, in this step, and answers honestly else."""

    def answer(request: Request) -> Reply:
        hit = request.step == step and (when == "every" or request.call == 0)
        return fault(request) if hit else honest(request)

    return answer


async def reviewed(url: str, mail: Case, elsewhere: Mapping[Step, str] | None = None) -> tuple[Review, float]:
    """A review by the model engine at this address, with the matrix's short timeouts, and its seconds.

    `elsewhere` gives steps another address than the others have.
    """
    loaded = prompts.load("default")
    at = {step: Model(Endpoint("scripted", other, KEY, TIMEOUT, 1)) for step, other in (elsewhere or {}).items()}
    model = Model(Endpoint("scripted", url, KEY, TIMEOUT, 1))
    own: dict[str, Any] = {str(step): getattr(llm_engine(other, loaded), step) for step, other in at.items()}
    began = time.perf_counter()
    try:
        setup = Setup(loaded.policy, llm_engine(model, loaded)._replace(**own), deadline=DEADLINE)
        made = await run_chain(mail.draft, mail.passages, mail.situation, setup)
        return made, time.perf_counter() - began
    finally:
        for each in (model, *at.values()):
            await each.aclose()


def problems(review: Review, seconds: float, within: float) -> Iterator[str]:
    """What does not hold of a review that met a fault; it should take so many seconds."""
    if seconds > within:
        yield f"took {seconds:.1f} s"
    yield from (f"{f.kind}: {f.explanation}" for f in review.findings)
    author = {p.id for p in review.passages if p.zone.value == "author"}
    if {a.passage_id for a in review.assignments} != author:
        yield "a passage was not decided on"
    given = {p.address for p in review.draft.stakeholders}
    messages = [*review.proposal.messages, *filter(None, [review.proposal.rules_of_engagement])]
    if strangers := {a for m in messages for a in m.readers} - given:
        yield f"written to {sorted(strangers)}"
    for reader, words in WITHHELD:
        if any(words in f"{m.subject}{m.body}" for m in messages if any(a.startswith(reader) for a in m.readers)):
            yield f"{reader} reads {words!r}"
    if told := secret_in(" ".join(f.reason for f in review.fallbacks)):
        yield f"a reason holds {told}"


def secret_in(text: str) -> str:
    """What of the key and the draft a text gives away; empty where nothing."""
    return next((name for name, words in (("the key", KEY), *(("the draft", w) for w in TOLD)) if words in text), "")


async def _cell(
    fault: str,
    url: str,
    step: str,
    when: When,
    mail: Case,
    within: float,
    elsewhere: Mapping[Step, str] | None = None,
) -> Cell:
    review, seconds = await reviewed(url, mail, elsewhere)
    fell = tuple(dict.fromkeys(str(f.step) for f in review.fallbacks))
    return Cell(fault, step, when, seconds, fell, tuple(problems(review, seconds, within)))


async def matrix(
    faults: Sequence[str] = tuple(FAULTS), at_once: int = 12, within: float = DEADLINE
) -> tuple[list[Cell], list[str]]:
    """Every cell of these faults, in every step, each of so many seconds, and what was logged meanwhile."""
    mail, gate = case(), asyncio.Semaphore(at_once)

    async def one(name: str, step: Step, when: When) -> Cell:
        async with gate:
            with FakeServer(scripted(FAULTS[name], step, when)) as server:
                return await _cell(name, server.url, step, when, mail, within)

    with listening() as said:
        cells = await asyncio.gather(*(one(name, step, when) for name in faults for step in Step for when in WHENS))
    return list(cells), said


async def unreachable(
    kinds: Sequence[Kind] = KINDS, at_once: int = 12, within: float = DEADLINE
) -> tuple[list[Cell], list[str]]:
    """The same with an endpoint that one step cannot reach, and, as the step "all", with one that none can."""
    mail, gate = case(), asyncio.Semaphore(at_once)
    with listening() as said, nowhere() as names, FakeServer(honest) as server:

        async def one(kind: Kind, step: str, when: When) -> Cell:
            url = names.url(kind, first=when == "first")
            elsewhere = {s: url for s in Step if step in (s, "all")}
            async with gate:
                cell = await _cell(kind, server.url, step, when, mail, within, elsewhere)
            wanted = 2 if when == "every" else 1
            return cell if names.attempts(url) >= wanted else cell._replace(problems=(*cell.problems, "never tried"))

        cells = await asyncio.gather(
            *(one(kind, step, when) for kind in kinds for step in Step for when in WHENS),
            *(one(kind, "all", "every") for kind in kinds),
        )
    return list(cells), said


def main() -> int:
    """Print a line for each fault, a column for each step: what fell back at the first and at every call; 1 where a cell fails."""
    began = time.perf_counter()
    cells, said = asyncio.run(matrix())
    more, also = asyncio.run(unreachable())
    cells += more
    by = {(c.fault, c.step, c.when): c for c in cells}
    print(f"{'':28} {' '.join(f'{step:>17}' for step in Step)}   (first call / every call)")
    for name in (*FAULTS, *KINDS):
        shown = []
        for step in Step:
            pair = [by[name, step, when] for when in WHENS]
            shown.append(" / ".join("FAILS" if c.problems else "fell back" if c.fell_back else "held" for c in pair))
        print(f"{name:28} {' '.join(f'{s:>17}' for s in shown)}")
    for name in KINDS:
        print(f"{name:28} all steps at once: {'FAILS' if by[name, 'all', 'every'].problems else 'fell back'}")
    bad = [f"{c.fault}, {c.step}, {c.when} call: {p}" for c in cells for p in c.problems]
    if told := secret_in("\n".join([*said, *also])):
        bad.append(f"a log holds {told}")
    print("\n".join(bad))
    print(
        f"{len(cells)} reviews, {len(FAULTS) + len(KINDS)} kinds of fault, {sum(not c.problems for c in cells)} hold; "
        f"slowest {max(c.seconds for c in cells):.1f} s at a deadline of {DEADLINE:.0f} s; "
        f"{time.perf_counter() - began:.0f} s in all"
    )
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
