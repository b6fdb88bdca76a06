"""Recording and replay: the right answers, nothing secret, and the state of each recording told apart."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from evals import report
from evals.record import CALL, Call, digest, recorded, source
from evals.relay import Relay, fault
from evals.run import Plan, execute, only_recorded
from reviewer import prompts, sets
from reviewer.endpoint import Endpoint
from reviewer.errors import ConfigError
from reviewer.model import Model
from reviewer.testing import Reply, Request, error, faulty, honest, serving
from reviewer.types import Value
from tests.evals.build import harbour, ran, record, recordings

MAIL = harbour()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Recordings of nothing."""
    return recordings(tmp_path / "recordings")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the default prompts to change."""
    import shutil

    shutil.copytree(prompts.prompts_dir(), tmp_path / "prompts")
    monkeypatch.setenv("REVIEWER_PROMPTS_DIR", str(tmp_path / "prompts"))
    return tmp_path / "prompts" / "default"


def test_what_was_recorded_is_replayed_without_a_server(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The replay gives the same messages, from files alone, with every recording fresh."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-the-test")
    made = record(Plan([MAIL], record="new", root=root), honest, monkeypatch)
    replay = ran(Plan([MAIL], root=root)).results
    assert replay[0].messages == made[0].messages
    assert replay[0].marks == made[0].marks
    assert not replay[0].error
    assert set(replay[0].recordings) == {"classify", "flag", "split", "write"}
    assert all(set(states) == {"fresh"} for states in replay[0].recordings.values())
    text = (root / "relay" / "default" / "harbour.yaml").read_text("utf-8")
    assert "sk-secret" not in text
    assert "127.0.0.1" not in text
    assert "authorization" not in text.casefold()


def test_a_recording_names_the_model_as_it_was_asked_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that calls its model by the file that it lies in tells nobody where that is."""

    def by_its_file(request: Request) -> Reply:
        reply = honest(request)
        return reply._replace(body=reply.body.replace(b'"scripted"', b'"/home/ada/models/small.gguf"'))

    made = record(Plan([MAIL], record="new", root=root), by_its_file, monkeypatch)
    assert not made[0].error
    text = (root / "relay" / "default" / "harbour.yaml").read_text("utf-8")
    assert "small.gguf" not in text
    assert ran(Plan([MAIL], root=root)).results[0].messages == made[0].messages


def test_a_changed_prompt_is_stale_and_what_hangs_on_it_waits(
    root: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One word in classify.md: classify is stale, flag is fresh, split and write wait for classify."""
    record(Plan([MAIL], record="new", root=root), honest, monkeypatch)
    path = shelf / "classify.md"
    path.write_text(path.read_text("utf-8").replace("You label", "You mark"), "utf-8")
    result = ran(Plan([MAIL], root=root)).results[0]
    assert result.error == "its recording is not fresh"
    assert {step: set(found) for step, found in result.recordings.items()} == {
        "classify": {"stale"},
        "flag": {"fresh"},
        "split": {"waits"},
        "write": {"waits"},
    }


def test_a_copy_of_a_set_is_fresh_and_costs_only_what_is_changed_in_it(
    root: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same requests need no recording of their own; after a change of write.md only the messages are asked for."""
    made = record(Plan([MAIL], record="new", root=root), honest, monkeypatch)
    sets.create("softer")
    copied = only_recorded(Plan([MAIL], "softer", root=root))
    replay = ran(copied).results[0]
    assert replay.messages == made[0].messages
    assert all(set(states) == {"fresh"} for states in replay.recordings.values())
    path = shelf.parent / "softer" / "write.md"
    path.write_text(path.read_text("utf-8").replace("You word", "You write"), "utf-8")
    states = ran(copied).results[0].recordings
    assert {step for step, found in states.items() if set(found) != {"fresh"}} == {"write"}
    with serving(honest) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        asyncio.run(execute(copied._replace(record="new")))
        assert {r.step for r in server.requests} == {"write"}
    (root / "relay" / "default" / "harbour.yaml").unlink()
    assert not ran(copied).results[0].error


def test_what_was_never_recorded_is_missing(root: Path) -> None:
    """No file at all."""
    result = ran(Plan([MAIL], root=root)).results[0]
    assert result.recordings["classify"] == {"missing": 1}


def test_recording_anew_asks_only_for_what_is_not_fresh_and_drops_the_rest(
    root: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of write.md only the messages are asked for again; the old ones leave the file."""
    record(Plan([MAIL], record="new", root=root), honest, monkeypatch)
    path = shelf / "write.md"
    path.write_text(path.read_text("utf-8").replace("You word", "You write"), "utf-8")
    with serving(honest) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        asyncio.run(execute(Plan([MAIL], record="new", root=root)))
        assert {r.step for r in server.requests} == {"write"}
    kept = yaml.safe_load((root / "relay" / "default" / "harbour.yaml").read_text("utf-8"))["interactions"]
    assert "You word" not in json.dumps(kept)
    result = ran(Plan([MAIL], root=root)).results[0]
    assert all(set(states) == {"fresh"} for states in result.recordings.values())


def test_an_answer_that_nobody_asks_for_any_more_is_orphaned(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message more in the file than the review writes."""
    record(Plan([MAIL], record="new", root=root), honest, monkeypatch)
    path = root / "relay" / "default" / "harbour.yaml"
    kept = yaml.safe_load(path.read_text("utf-8"))
    extra = json.loads(json.dumps(kept["interactions"][-1]).replace("You word", "You once worded"))
    kept["interactions"].append(extra)
    path.write_text(yaml.safe_dump(kept), "utf-8")
    result = ran(Plan([MAIL], root=root)).results[0]
    assert result.recordings["write"]["orphaned"] == 1
    assert not result.error


def test_each_repeat_has_its_own_answer(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two repeats that were answered differently replay differently."""
    subjects: dict[int, int] = {}

    def changing(request: Request) -> Reply:
        if request.step != "write":
            return honest(request)
        subjects[request.call] = request.call
        body = json.loads(honest(request).body)
        content = json.loads(body["choices"][0]["message"]["content"])
        content["subject"] = f"Answer number {'one' if request.call < 5 else 'two'}"
        body["choices"][0]["message"]["content"] = json.dumps(content)
        return Reply(body=json.dumps(body).encode(), headers={"content-type": "application/json"})

    made = record(Plan([MAIL], record="new", repeats=2, concurrency=1, root=root), changing, monkeypatch)
    replay = ran(Plan([MAIL], repeats=2, root=root)).results
    assert [r.messages for r in replay] == [r.messages for r in made]
    assert [r.repeat for r in replay] == [1, 2]


def test_concurrent_recording_writes_right_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty mails recorded at once: each file has its own mail's answers, and all replay fresh."""
    mails = [
        MAIL.model_copy(update={"id": f"m{n:02}", "facts": (), "body": MAIL.body.replace("118,000", f"{118 + n},000")})
        for n in range(40)
    ]
    record(Plan(mails, record="new", concurrency=32, root=root), honest, monkeypatch)
    for n, mail in enumerate(mails):
        text = (root / "relay" / "default" / f"{mail.id}.yaml").read_text("utf-8")
        assert f"{118 + n},000" in text
        assert not any(f"{118 + other},000" in text for other in range(40) if other != n)
    results = ran(Plan(mails, concurrency=32, root=root)).results
    assert all(set(states) == {"fresh"} for r in results for states in r.recordings.values())
    assert len(results) == 40


def test_a_recording_that_failed_leaves_the_old_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that gives up in the middle of recording anew takes nothing away."""
    record(Plan([MAIL], record="new", root=root), honest, monkeypatch)
    path = root / "relay" / "default" / "harbour.yaml"
    before = path.read_bytes()
    monkeypatch.setenv("REVIEWER_RETRIES", "0")
    broken = faulty(lambda r: error(503) if r.step == "write" else None)
    record(Plan([MAIL], record="all", root=root), broken, monkeypatch)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.part"))


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_an_error_of_the_endpoint_is_no_recording(root: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """Nothing of the case is written, the run says which status came, and the next recording asks again."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-the-test")
    refused = record(Plan([MAIL], record="new", root=root), faulty(lambda _: error(status)), monkeypatch)
    assert set(refused[0].not_kept) == {str(status)}
    assert not (root / "relay" / "default" / "harbour.yaml").exists()
    run = ran(Plan([MAIL], engine="local")).model_copy(update={"results": refused})
    assert f"HTTP {status}" in report.not_kept_sentence(run)
    again = record(Plan([MAIL], record="new", root=root), honest, monkeypatch)
    assert not again[0].not_kept
    assert not ran(Plan([MAIL], root=root)).results[0].error


@pytest.mark.parametrize("asked", [True, False])
def test_a_recorded_error_is_told_and_recorded_anew(root: Path, monkeypatch: pytest.MonkeyPatch, asked: bool) -> None:
    """A file with a 401 in it, as it may have been recorded once: it is not fresh, and asked again where it is asked at all."""
    record(Plan([MAIL], record="new", root=root), honest, monkeypatch)
    path = root / "relay" / "default" / "harbour.yaml"
    kept = yaml.safe_load(path.read_text("utf-8"))
    flag = next(i for i in kept["interactions"] if i["request"]["headers"]["eval-step"] == ["flag"])
    if not asked:
        flag = json.loads(json.dumps(flag).replace("You protect", "You once protected"))
        kept["interactions"].append(flag)
    flag["response"]["status"] = {"code": 401, "message": "Unauthorized"}
    path.write_text(yaml.safe_dump(kept), "utf-8")
    run = ran(Plan([MAIL], root=root))
    assert run.results[0].recordings["flag"]["error"] == 1
    assert run.results[0].error == "its recording is not fresh"
    assert "error: flag, 1 case" in report.stale_sentence(run)
    with serving(honest) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        asyncio.run(execute(Plan([MAIL], record="new", root=root)))
        assert {r.step for r in server.requests} == ({"flag"} if asked else set())
    assert not ran(Plan([MAIL], root=root)).results[0].error
    assert "401" not in path.read_text("utf-8")


def test_a_key_that_the_endpoint_repeats_is_not_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configured key, another that looks like one, and a header in words leave no trace; the replay is fresh all the same."""
    secrets = ("a-key-of-the-house", "sk-proj-0123456789abcdef", "Bearer abcdef0123456789")
    monkeypatch.setenv("OPENAI_API_KEY", secrets[0])
    mail = MAIL.model_copy(update={"facts": (), "body": f"{MAIL.body}\n\nThe old key was {secrets[1]}.\n"})

    def talkative(request: Request) -> Reply:
        reply = honest(request)
        return reply._replace(body=reply.body.replace(b"chatcmpl-test", " and ".join(secrets).encode()))

    made = record(Plan([mail], record="new", root=root), talkative, monkeypatch)
    assert not made[0].not_kept
    text = (root / "relay" / "default" / "harbour.yaml").read_text("utf-8")
    assert not any(secret in text for secret in secrets)
    assert not ran(Plan([mail], root=root)).results[0].error


@pytest.mark.parametrize("before", [False, True])
def test_a_server_that_must_be_asked_more_simply_is_replayed(
    root: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """Its refusal is no recording, yet the replay asks as the recording did, for a case alone too.

    One recording of the source that says what was refused says it for all.
    """
    mails = [MAIL, MAIL.model_copy(update={"id": "second"})]

    def unschooled(request: Request) -> Reply:
        asked = request.body.get("response_format", {}).get("type")
        return error(400, "json_schema is not supported") if asked == "json_schema" else honest(request)

    made = record(Plan(mails, record="new", concurrency=1, root=root), unschooled, monkeypatch)
    assert not any(r.fallbacks or r.not_kept for r in made)
    first = root / "relay" / "default" / "harbour.yaml"
    if before:
        kept = yaml.safe_load(first.read_text("utf-8"))
        for interaction in kept["interactions"]:
            del interaction["request"]["headers"]["eval-refused"]
        first.write_text(yaml.safe_dump(kept), "utf-8")
    for mail in mails:
        replay = ran(Plan([mail], root=root)).results[0]
        assert not replay.error
        assert replay.messages == made[0].messages


def test_a_review_beside_an_evaluation_is_left_alone(root: Path) -> None:
    """A request of nobody's case goes to its own endpoint and into no recording."""

    class Any_(Value):
        subject: str
        body: str

    async def beside(url: str) -> None:
        model = Model(Endpoint(model="m", base_url=url))
        try:
            await model.ask("s", '<message step="write"><passages></passages></message>', Any_, {}, name="write")
        finally:
            await model.aclose()

    with serving(honest) as server, recorded("relay", "default", "new", root) as ledger:
        asyncio.run(beside(server.url))
        assert len(server.requests) == 1
        assert len(ledger) == 0


def test_an_unknown_source_is_one_sentence(root: Path) -> None:
    """The sentence names those that there are."""
    with pytest.raises(ConfigError, match="known: relay"):
        source("other", root)


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    """What means the same is the same request."""
    assert digest(b'{"a": 1, "b": 2}') == digest('{"b": 2, "a": 1}') != digest('{"a": 2, "b": 1}')


def test_no_call_is_no_case() -> None:
    """Outside of a run nothing is set."""
    assert CALL.get(None) is None
    assert Call("x").repeat == 1


# --- the relay -----------------------------------------------------------------------------------------------------


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    """A relay with a folder of its own."""
    with Relay(tmp_path / "box") as running:
        yield running


def test_the_relay_answers_with_what_is_put_beside_the_request(
    root: Path, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who reads the files and writes the answers plays the model; a malformed answer is refused and mended."""
    stop = threading.Event()
    refused: list[str] = []

    def play() -> None:
        seen: set[Path] = set()
        while not stop.is_set():
            for file in sorted(set(relay.folder.glob("*.request.md")) - seen):
                seen.add(file)
                step = file.name.split("-", 1)[1].removesuffix(".request.md")
                body = {"messages": [{"content": ""}, {"content": file.read_text("utf-8")}]}
                answer = json.loads(honest(Request(step, 0, body, {})).body)["choices"][0]["message"]["content"]
                target = relay.folder / file.name.replace(".request.md", ".answer.json")
                if step == "flag":
                    target.write_text('{"flags": [{"id": "s99"}]}', "utf-8")
                    problem = relay.folder / file.name.replace(".request.md", ".problem.txt")
                    while not problem.exists() and not stop.is_set():
                        time.sleep(0.05)
                    refused.append(problem.read_text("utf-8"))
                target.write_text(answer, "utf-8")
            time.sleep(0.05)

    player = threading.Thread(target=play, daemon=True)
    player.start()
    monkeypatch.setenv("OPENAI_BASE_URL", relay.url)
    results = asyncio.run(execute(Plan([MAIL], record="new", root=root)))
    stop.set()
    player.join()
    assert not results[0].fallbacks
    assert results[0].prompt_tokens > 100
    assert len(refused) == 1
    assert ran(Plan([MAIL], root=root)).results[0].messages == results[0].messages


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "not JSON"), ('{"a": 2}', "a: 2 is not of type 'string'"), ("[]", "the answer"), ('{"a": "x"}', "")],
)
def test_the_relay_says_what_is_malformed(text: str, says: str) -> None:
    """Form only: whether an answer is good is not its business."""
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    found = fault(text, schema)
    assert (says in found) if says else found == ""
