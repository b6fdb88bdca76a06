"""What the evaluation tests build on: a labelled mail, a folder of recordings, and proposals made by hand."""

import asyncio
from pathlib import Path

from evals.cases import LabelledMail, load
from evals.run import Plan, Result, Run, execute, new_run
from reviewer.testing import Script, serving
from reviewer.types import Message, Proposal, Review

FOLDER = Path(__file__).parent / "cases"
SOURCE = "model: scripted\nabout: A script.\ntimed: false\ncounted: false\n"


def harbour() -> LabelledMail:
    """The labelled mail of the tests."""
    return load("harbour", folder=FOLDER)[0]


def recordings(folder: Path) -> Path:
    """A folder of recordings with a source and nothing recorded."""
    (folder / "relay").mkdir(parents=True)
    (folder / "relay" / "source.yaml").write_text(SOURCE, "utf-8")
    return folder


def ran(plan: Plan) -> Run:
    """A run that is not kept."""
    return new_run(plan).model_copy(update={"results": asyncio.run(execute(plan))})


def record(plan: Plan, script: Script, monkeypatch) -> tuple[Result, ...]:  # type: ignore[no-untyped-def]
    """Run the plan against a scripted server and record what it says."""
    with serving(script) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        return asyncio.run(execute(plan))


def proposing(mail: LabelledMail, *messages: Message, **given: object) -> Review:
    """A review that proposes these messages and says nothing else, unless given."""
    case = mail.case()
    fields: dict[str, object] = {
        "draft": case.draft,
        "situation": case.situation,
        "passages": case.passages,
        "classifications": (),
        "flags": (),
        "assignments": (),
        "proposal": Proposal(direct=messages),
        "findings": (),
        "advice": (),
        "engine": "llm",
        "engine_reason": "",
        "prompt_set": "one-shot",
        "prompt_hash": "",
        "usage": (),
        "fallbacks": (),
        "timings": {},
    }
    return Review.model_validate({**fields, **given})


def to(mail: LabelledMail, keys: str, body: str, subject: str = "Harbour") -> Message:
    """A message to the people with these keys."""
    return Message(to=tuple(mail.address(k) for k in keys.split()), subject=subject, body=body, written_by="llm")
