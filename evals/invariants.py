"""What must hold of every review, whatever the mail and the model: ``python -m evals.invariants FILE...``.

Each FILE holds mails: a .jsonl file one JSON object a line with `body` (or its longest string) and perhaps `subject`; a
.json file a list of them; any other file one mail (.eml, .msg or text); a folder all its files. Every mail is reviewed for the same five
people by the local engine, and by the model engine with a model that answers at random within the schema, over real HTTP. Printed
are the reviews, what did not hold, and how often a model's step had to fall back. Exit code 1 where anything did not hold.
"""

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import unescape

from reviewer import prompts
from reviewer.chain import Setup
from reviewer.chain import review as run_chain
from reviewer.endpoint import Endpoint
from reviewer.errors import InputError
from reviewer.llm.engine import llm_engine
from reviewer.local.engine import local_engine
from reviewer.mail import RawMail
from reviewer.model import Model
from reviewer.parse import any_mail, make_draft
from reviewer.people import read_people
from reviewer.prompts import PromptSet
from reviewer.testing import Reply, Request, completion, passages_in, serving
from reviewer.types import Case, FindingKind, Review, Situation, Zone

PEOPLE = """Helen Castle <helen@client.example> - champion
Kevin Brown <kevin@client.example> - CTO
Sandra Reed <sandra@client.example> - head of procurement
Tom Vidal <tom@client.example> - project manager
Olive Perry <olive@client.example> - CFO - cc"""
TELLING = 20  # characters; a shorter quote may stand in a message for another reason
# What a check tells the seller about the draft or its asks; a model that calls a sentence a request and names no owner earns it.
_TOLD = (FindingKind.INSTRUCTION, FindingKind.UNOWNED_ASK)


def at_random(request: Request, seed: str = "", thorough: bool = False) -> Reply:
    """An answer of the schema and of no sense: any listed value, any words of the request, any number of items.

    The same request has the same answer for the same seed, so that a failure can be seen again. A thorough model leaves no
    passage out and answers for none twice, so that no step is left to the local engine.
    """
    draw = random.Random(seed + request.user)  # noqa: S311 - a scripted model, not a key
    schema = request.body["response_format"]["json_schema"]["schema"]
    words = unescape(re.sub(r"<[^<>]*>", " ", request.user)).split()
    passages = [unescape(text) for _, text in passages_in(request)]
    return completion(json.dumps(_value(schema, _Drawn(draw, words, passages, thorough))))


class _Drawn(NamedTuple):
    draw: random.Random
    words: Sequence[str]
    passages: Sequence[str]
    thorough: bool


def _value(schema: Mapping[str, Any], of: _Drawn) -> Any:  # noqa: ANN401 - a JSON value
    draw = of.draw
    if "enum" in schema:
        return draw.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            return {name: _value(part, of) for name, part in schema["properties"].items()}
        case "array":
            items = schema["items"]
            ids = items.get("properties", {}).get("id", {}).get("enum", ())
            if of.thorough and ids:
                return [{**_value(items, of), "id": i} for i in ids]
            return [_value(items, of) for _ in range(draw.choice((0, 1, 2, 5, 12)))]
        case "boolean":
            return draw.random() < 0.5
    some = [draw.choice(of.words) for _ in range(draw.randrange(12))] if of.words else []
    return draw.choice(["", " ".join(some), *_told(of), "\n\n".join(of.passages)])


def _told(of: _Drawn) -> list[str]:
    """Two passages and a part of one."""
    if not of.passages:
        return []
    text = of.draw.choice(of.passages)
    start, end = sorted(of.draw.randrange(len(text) + 1) for _ in range(2))
    return [*of.draw.sample(of.passages, min(2, len(of.passages))), text[start:end]]


def mails(path: Path) -> Iterator[Callable[[], RawMail]]:
    """A reader for each mail of a file or folder; reading raises InputError for what is no mail."""
    if path.is_dir():
        for file in sorted(f for f in path.rglob("*") if f.is_file()):
            yield from mails(file)
    elif path.suffix in (".json", ".jsonl"):
        text = path.read_text("utf-8")
        for mail in json.loads(text) if path.suffix == ".json" else map(json.loads, text.split("\n")[:-1]):
            fields = {"body": mail} if isinstance(mail, str) else mail
            body = fields.get("body") or max((v for v in fields.values() if isinstance(v, str)), key=len, default="")
            yield partial(RawMail, fields.get("subject") or "", None, (), body)
    else:
        yield partial(any_mail, path.read_bytes())


def broken(review: Review) -> Iterator[str]:
    """What does not hold of a review, told without the words of the mail."""
    body = review.draft.body
    if Review.model_validate_json(review.model_dump_json(round_trip=True)) != review:
        yield "its JSON is another review"
    if any(body[p.start : p.end] != p.text for p in review.passages):
        yield "a passage is not where it says"
    author = [p.id for p in review.passages if p.zone is Zone.AUTHOR]
    if [a.passage_id for a in review.assignments] != author:
        yield "a passage was not decided on, or twice"
    messages = review.proposal.messages
    if {a for m in messages for a in m.readers} - {p.address for p in review.draft.stakeholders}:
        yield "a reader who was not given"
    told = {i for m in messages for i in m.passage_ids}
    if any(not a.audience.held_back and a.passage_id not in told for a in review.assignments):
        yield "a passage that somebody should read is in no message"
    for finding in review.findings:
        if finding.kind not in _TOLD:
            yield f"finding: {finding.kind}"
    flat = " ".join(body.split())
    shown = [(set(message.readers), " ".join(message.body.split())) for message in messages]
    for flag in review.flags:
        quote = " ".join(flag.quote.split())
        if len(quote) < TELLING or flat.count(quote) != 1:
            continue
        for readers, text in shown:
            if readers & set(flag.withhold_from) and quote in text:
                yield f"a withheld {flag.sensitivity} before a wrong reader"


async def reviewed(mail: RawMail, loaded: PromptSet, model: Model | None, redact: bool = False) -> Review:
    """One review for the five people; by the local engine where there is no model."""
    draft, passages = make_draft(mail, read_people(PEOPLE))
    case = Case(draft=draft, passages=passages, situation=Situation(today=date(2026, 11, 23)))
    engine = llm_engine(model, loaded) if model else local_engine(loaded.policy)
    return await run_chain(case.draft, case.passages, case.situation, Setup(loaded.policy, engine, redact=redact))


async def _all(paths: Sequence[Path], url: str) -> bool:
    loaded = prompts.load("default")
    model = Model(Endpoint("random", url, "none", 20.0, 0))
    holds = True
    try:
        for path in paths:
            for name, by, redact in (
                ("local", None, False),
                ("random", model, False),
                ("random, redacted", model, True),
            ):
                began, count, refused = time.perf_counter(), 0, 0
                wrong: Counter[str] = Counter()
                fell: Counter[str] = Counter()
                for number, read in enumerate(mails(path)):
                    try:
                        result = await reviewed(read(), loaded, by, redact)
                    except InputError:
                        refused += 1
                        continue
                    count += 1
                    fell.update({str(f.step) for f in result.fallbacks})
                    for problem in set(broken(result)):
                        wrong[problem] += 1
                        print(f"  mail {number}: {problem}", file=sys.stderr)
                holds = holds and not wrong
                spent = time.perf_counter() - began
                print(
                    f"{path.name}, {name}: {count} reviews in {spent:.0f} s, {refused} refused, "
                    f"fell back {dict(fell)}, broken {dict(wrong)}",
                    flush=True,
                )
    finally:
        await model.aclose()
    return holds


def main(arguments: Sequence[str]) -> int:
    """Review every mail of the files and print what did not hold; 2 where a file is missing."""
    missing = [a for a in arguments if not Path(a).exists()]
    if missing or not arguments:
        what = f"There is no {missing[0]}." if missing else "Name at least one file or folder of mails."
        print(what, file=sys.stderr)
        return 2
    with serving(at_random) as server:
        return 0 if asyncio.run(_all([Path(a) for a in arguments], server.url)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
