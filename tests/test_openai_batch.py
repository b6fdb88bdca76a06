"""A batch in rounds comes to what an ordinary one comes to, whatever the endpoint does with its files."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reviewer import rounds as module
from reviewer.answers import Answers, RequestFiles, digest
from reviewer.cli import app
from reviewer.testing import Request, completion, error, faulty, serving
from tests.batches import Endpoint, Line, batches, dividing, executed
from tests.test_batch import PEOPLE, ROOT, SECRET, essence, jsonl, lines, record, run

LIMITS = module.Limits
Found = dict[str, dict[str, Any]]


def rounds(source: Path, out: Path, *options: str) -> Result:
    """A batch in rounds by the command line."""
    return run(source, out, "--via", "openai-batch", "--poll", "0.02", *options)


def by_hand(word: str, source: Path, out: Path, *rest: str) -> Result:
    """`batch export` or `batch ingest`."""
    command = ["batch", word, str(source), *(() if word == "export" else rest), "--out", str(out), "--on", "2026-03-02"]
    return CliRunner().invoke(app, [*command, *(("--to", *rest) if word == "export" else ())])


def small(poll: float) -> module.Limits:
    """Files of two requests and 12,000 bytes."""
    return LIMITS(2, 12_000, poll)


def essences(out: Path) -> Found:
    """The lines of a file of results, by id and place; none stands twice."""
    found = lines(out)
    named = {f"{line['id']} {line['line']}": essence(line) for line in found}
    assert len(named) == len(found), "a draft stands twice"
    return named


def clumsy(request: Request) -> Any:
    """A model whose first attempt at a message invents something."""
    if request.step == "write" and "mistakes_of_your_first_attempt" not in request.user:
        return completion(json.dumps({"subject": "", "body": "The price is 12,345 euros from 5 June."}))
    return None


PLAIN = faulty(dividing)
"""Three rounds: labels and flags, splits, messages."""


@pytest.fixture
def drafts(tmp_path: Path) -> Path:
    """Two drafts, one of them twice under another id, and two lines in error."""
    return jsonl(tmp_path / "in.jsonl", record(0), record(1), record(0) | {"id": "twin"}, "no json", record(1))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the results go."""
    return tmp_path / "out.jsonl"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("REVIEWER_RETRIES", "0")


def as_usual(drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch, script: Any, *options: str) -> Found:
    """What an ordinary batch with this model comes to."""
    with serving(script) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        done = run(drafts, out, *options)
    assert done.exit_code == 0, done.output
    return essences(out)


def asked(monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> None:
    """The model is there."""
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)


def fallbacks(out: Path) -> Counter[str]:
    """Why the local engine did a step, how often."""
    return Counter(f["reason"] for line in lines(out) if "review" in line for f in line["review"]["fallbacks"])


# --- the whole way --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "count", "options", "calls"),
    [
        (PLAIN, 3, (), "100"),
        (faulty(clumsy, PLAIN), 4, ("--redact",), "100"),
        (faulty(clumsy, PLAIN), 3, (), "4"),
    ],
    ids=["plain", "second attempts, redacted", "a budget of four calls"],
)
def test_rounds_come_to_what_an_ordinary_batch_comes_to(
    drafts: Path,
    out: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: Any,
    count: int,
    options: tuple[str, ...],
    calls: str,
) -> None:
    """Every review, error and count, but for times; nothing is asked twice, and nothing stays behind."""
    monkeypatch.setenv("REVIEWER_MAX_CALLS", calls)
    usual = as_usual(drafts, tmp_path / "usual.jsonl", monkeypatch, script, "--engine", "llm", *options)
    with batches(script=script) as endpoint:
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out, "--engine", "llm", *options)
    assert done.exit_code == 0, done.output
    assert essences(out) == usual
    assert len(usual) == 5
    assert any(not line["review"]["proposal"]["as_is"] for line in usual.values() if "review" in line)
    assert len(set(endpoint.asked)) == len(endpoint.asked)
    assert len(endpoint.batches) == count
    assert not endpoint.files, "mails stay at the endpoint"
    assert not out.with_name("out.jsonl.rounds").exists()
    assert out.stat().st_mode & 0o077 == 0
    assert SECRET not in done.output
    if options:
        assert "Karim" not in str(endpoint.uploads)


def test_files_keep_to_their_limits(drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many files as it takes, each within both limits, readable by the user alone; all requests once."""
    seen: list[int] = []
    real = RequestFiles.seal

    def seal(files: RequestFiles) -> None:
        real(files)
        seen.extend(path.stat().st_size for path, _ in files.files)
        assert all(path.stat().st_mode & 0o077 == 0 for path, _ in files.files)

    monkeypatch.setattr(RequestFiles, "seal", seal)
    monkeypatch.setattr(module, "Limits", small)
    with batches(script=PLAIN, most_requests=2, most_bytes=12_000) as endpoint:
        asked(monkeypatch, endpoint)
        assert rounds(drafts, out).exit_code == 0
    assert len(endpoint.uploads) == len(endpoint.batches) == 4
    assert max(map(len, endpoint.uploads)) == 2
    assert max(seen) <= 12_000
    assert len(set(endpoint.asked)) == len(endpoint.asked)
    assert not fallbacks(out)


def test_a_request_larger_than_a_file_is_answered_by_the_local_engine(tmp_path: Path) -> None:
    """It is told to be too large before anything is written."""
    files = RequestFiles(tmp_path, 1, 10, 200)
    assert not files.add("a", {"x": "y" * 200})
    assert files.add("b", {"x": "y"})
    files.seal()
    assert [(path.name, count) for path, count in files.files] == [("round-001-001.jsonl", 1)]


def test_each_line_of_a_file_is_one_line_for_every_reader(tmp_path: Path) -> None:
    """Also for those that take other characters for its end."""
    files = RequestFiles(tmp_path, 1)
    files.add("a", {"x": "one\u2028two\x85three"})
    files.seal()
    assert len(files.files[0][0].read_text("utf-8").splitlines()) == 1


def test_a_limit_on_drafts_holds_over_the_rounds(drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next call goes beyond it."""
    with batches(script=PLAIN) as endpoint:
        asked(monkeypatch, endpoint)
        assert rounds(drafts, out, "--limit", "2").exit_code == 0
        assert [line["id"] for line in lines(out)] == ["d0", "d1"]
        assert rounds(drafts, out, "--resume").exit_code == 0
    assert len(essences(out)) == 5


def test_a_limit_holds_over_the_calls_of_a_batch(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand each export asks for the same drafts, said again or not; killed, a batch takes no more of them either."""
    drafts = jsonl(tmp_path / "in.jsonl", record(0), "no json", record(1), record(2), record(3))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    number = 0
    while True:
        options = ("--limit", "3") if number % 2 == 0 else ()
        done = by_hand("export", drafts, out, str(tmp_path / f"r{number}"), *options)
        assert done.exit_code == 0, done.output
        if "Nothing is to be asked" in done.stdout:
            break
        assert ("2 drafts wait" in done.stdout, "--limit sets another" in done.stderr) == (True, number % 2 == 1)
        by_hand("ingest", drafts, out, *map(str, executed_files(tmp_path / f"r{number}")))
        if not out.with_name("out.jsonl.rounds").exists():
            break
        number += 1
    assert sorted(line["line"] for line in lines(out)) == [1, 2, 3]
    assert number > 1
    with batches(script=PLAIN) as endpoint:
        asked(monkeypatch, endpoint)
        endpoint.fault = lambda method, path: (401, "no") if path.startswith("/v1/batches/") else None
        assert rounds(drafts, tmp_path / "out2.jsonl", "--limit", "2").exit_code == 2
        endpoint.fault = lambda method, path: None
        assert rounds(drafts, tmp_path / "out2.jsonl", "--limit", "2", "--resume").exit_code == 0
    assert sorted(line["line"] for line in lines(tmp_path / "out2.jsonl")) == [1, 2]


# --- what goes wrong with requests ----------------------------------------------------------------------------------


def test_expired_lines_are_asked_again(
    drafts: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those alone; in the end all is as ever."""
    usual = as_usual(drafts, tmp_path / "usual.jsonl", monkeypatch, PLAIN)
    late = {"left": 3}

    def left_out(line: Line) -> bool:
        late["left"] -= 1
        return late["left"] >= 0

    with batches(
        script=PLAIN, status=lambda n: ("expired" if n == 0 else "completed", ""), left_out=left_out
    ) as endpoint:
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out)
    assert done.exit_code == 0, done.output
    assert "3 to be asked again" in done.output
    assert essences(out) == usual
    assert len(endpoint.asked) == len(set(endpoint.asked)) + 3


def test_a_request_that_nobody_answers_is_given_up_in_the_end(
    drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After three attempts the local engine does its step, and the review says so."""
    hit: list[str] = []

    def left_out(line: Line) -> bool:
        hit[:] = hit or [line["custom_id"]]
        return line["custom_id"] in hit

    with batches(script=PLAIN, status=lambda _: ("expired", ""), left_out=left_out) as endpoint:
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out)
    assert done.exit_code == 0, done.output
    assert Counter(endpoint.asked)[hit[0]] == 3
    assert fallbacks(out) == {"the model did not answer in time": 2}, "the draft and its twin"


@pytest.mark.parametrize(
    ("status", "times", "words"),
    [(400, 1, "error (400)"), (500, 3, "error (500)"), (404, 3, "does not know the model")],
)
def test_rejected_lines(
    drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch, status: int, times: int, words: str
) -> None:
    """What is wrong stays wrong, what may pass is asked thrice; then the local engine does that step alone, and says why."""

    def wrong(request: Request) -> Any:
        return error(status, SECRET) if request.step == "flag" and "phase 1" in request.user else None

    with batches(script=faulty(wrong, PLAIN)) as endpoint:
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out)
    assert done.exit_code == 0, done.output
    assert max(Counter(endpoint.asked).values()) == times
    assert [(words in reason, count) for reason, count in fallbacks(out).items()] == [(True, 1)]
    assert SECRET not in done.output


def test_lines_for_which_there_was_no_room_are_asked_until_there_is(
    drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it takes; where nobody is served the batch stops, and goes on when it is told to."""
    left = Counter({"no room": 5})

    def crowded(request: Request) -> Any:
        if request.step == "classify" and "phase 1" in request.user and left["no room"]:
            left["no room"] -= 1
            return error(429, "slow down")
        return None

    with batches(script=faulty(crowded, PLAIN)) as endpoint:
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out)
        again = 0
        while done.exit_code == 2 and again < 5:
            assert "took none of the requests" in done.output
            done, again = rounds(drafts, out, "--resume"), again + 1
    assert done.exit_code == 0, done.output
    assert not fallbacks(out)
    assert max(Counter(endpoint.asked).values()) == 6


@pytest.mark.parametrize(("status", "words"), [(401, "OPENAI_API_KEY"), (404, "REVIEWER_MODEL"), (429, "429")])
def test_an_endpoint_that_takes_no_request_stops_the_batch(
    drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    """Nothing is done by the local engine for that reason; later the same call goes on."""
    with batches(script=lambda _: error(status, SECRET)) as endpoint:
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out)
        assert done.exit_code == 2
        assert words in done.output
        assert "Traceback" not in done.output
        assert SECRET not in done.output
        assert not [line for line in lines(out) if "review" in line]
        endpoint.script = PLAIN
        assert rounds(drafts, out, "--resume").exit_code == 0
    assert not fallbacks(out)


@pytest.mark.parametrize("status", [400, 422])
def test_an_endpoint_that_refuses_every_request_as_wrong_stops_the_batch(
    drafts: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """By its batches and by hand: nothing is done by the local engine in the model's place, and later all is asked again."""
    usual = as_usual(drafts, tmp_path / "usual.jsonl", monkeypatch, PLAIN)
    with batches(script=lambda _: error(status, SECRET)) as endpoint:
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out)
        assert (done.exit_code, f"error ({status})" in done.output, SECRET in done.output) == (2, True, False)
        assert not [line for line in lines(out) if "review" in line]
        endpoint.script = PLAIN
        assert rounds(drafts, out, "--resume").exit_code == 0
    assert essences(out) == usual
    hand, number = tmp_path / "hand.jsonl", 0
    done = by_hand("export", drafts, hand, str(tmp_path / "r0"))
    while done.exit_code == 0 and number < 6:
        done = by_hand(
            "ingest", drafts, hand, *map(str, executed_files(tmp_path / f"r{number}", lambda _: error(status, "no")))
        )
        number += 1
        if done.exit_code == 0:
            by_hand("export", drafts, hand, str(tmp_path / f"r{number}"))
    assert (done.exit_code, "error (400)" in done.output) == (2, True), done.output
    assert not [line for line in lines(hand) if "review" in line]


def test_a_server_without_schemas_is_asked_more_simply(
    drafts: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an ordinary run, a round later."""

    def plain(request: Request) -> Any:
        wrong = request.body.get("response_format", {}).get("type") == "json_schema"
        return error(400, "response_format json_schema is not supported") if wrong else None

    with batches(script=faulty(plain, PLAIN)) as endpoint:
        asked(monkeypatch, endpoint)
        assert rounds(drafts, out).exit_code == 0
    assert not fallbacks(out)


# --- what goes wrong with files -------------------------------------------------------------------------------------


def test_what_is_no_result_is_ignored(drafts: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown ids, half lines, other JSON; a request whose line was spoilt is asked again, and no answer goes to another's."""
    usual = as_usual(drafts, tmp_path / "usual.jsonl", monkeypatch, PLAIN)
    spoilt = {"first": True}

    def output(results: list[bytes]) -> list[bytes]:
        if not spoilt.pop("first", False):
            return results
        wrong = json.loads(results[1]) | {"custom_id": "f" * 64}
        rest = [
            b"[1]\n",
            b'"x"\n',
            b"\xff\xfe\n",
            b'{"custom_id": 5}\n',
            b'{"custom_id": "x", "response": [1]}\n',
            b"\n",
        ]
        return [results[0][:50] + b"\n", json.dumps(wrong).encode() + b"\n", *rest, *results[2:], results[-1]]

    with batches(script=PLAIN, output=output) as endpoint:
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out)
    assert done.exit_code == 0, done.output
    assert "2 to be asked again, 1 lines with an unknown id ignored, 6 lines that are no result ignored" in done.output
    assert essences(out) == usual


def test_a_failed_batch_is_begun_again_and_then_stops(drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times; the sentence has the endpoint's word, not its words; with --resume it is tried anew."""
    with batches(script=PLAIN, status=lambda n: ("failed" if n < 4 else "completed", "model_not_found")) as endpoint:
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out)
        assert done.exit_code == 2
        assert "(model_not_found)" in done.output
        assert SECRET not in done.output
        assert len(endpoint.batches) == 3
        done = rounds(drafts, out, "--resume")
        assert done.exit_code == 0, done.output
    assert not fallbacks(out)
    assert not endpoint.files


def test_a_full_queue_is_waited_for(drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file for which there is no room is given again once another has ended, however often that is."""
    monkeypatch.setattr(module, "Limits", small)

    def status(number: int) -> tuple[str, str]:
        return ("failed", "token_limit_exceeded") if 1 <= number <= 8 and number % 2 else ("completed", "")

    with batches(script=PLAIN, status=status) as endpoint:
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out)
    assert done.exit_code == 0, done.output
    assert not fallbacks(out)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/files", 404, "has no batches"),
        ("/v1/batches", 404, "has no batches"),
        ("/v1/files", 413, "error (413)"),
        ("/v1/files", 500, "error (500)"),
    ],
)
def test_an_endpoint_without_batches_is_one_sentence(
    drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch, path: str, status: int, words: str
) -> None:
    """And its own words stay out; by hand the same batch can go on."""

    def fault(method: str, asked_for: str) -> tuple[int, str] | None:
        return (status, SECRET) if method == "POST" and asked_for == path else None

    with batches(fault=fault) as endpoint:
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out)
        assert done.exit_code == 2
        assert words in done.output
        assert done.output.count("reviewer: ") == 1
        assert SECRET not in done.output
        exported = by_hand("export", drafts, out, str(out.parent / "files"))
        assert exported.exit_code == 0, exported.output


def test_a_wrong_key_is_one_sentence(drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key stays out of it; with the right one the same call goes on."""
    with batches(script=PLAIN, key="right") as endpoint:
        asked(monkeypatch, endpoint)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-key")
        done = rounds(drafts, out)
        assert (done.exit_code, "OPENAI_API_KEY" in done.output, "sk-wrong" in done.output) == (2, True, False)
        monkeypatch.setenv("OPENAI_API_KEY", "right")
        assert rounds(drafts, out, "--resume").exit_code == 0


def test_hiccups_on_the_way_are_waited_for(drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the endpoint has answered; a batch whose beginning went unanswered is found, not begun again."""
    calls = Counter[str]()
    with batches(script=PLAIN) as endpoint:

        def fault(method: str, path: str) -> tuple[int, str] | None:
            what = f"{method} {path.split('?')[0].strip('/').split('/')[1]}"
            calls[what] += 1
            if what == "POST batches" and calls[what] == 1:
                # It is begun, and the answer is lost.
                endpoint._create(
                    {"endpoint": "/v1/chat/completions", "completion_window": "24h", "input_file_id": "file-0"}
                )
                return 502, "bad gateway"
            return (503, "later") if what != "POST files" and calls[what] % 4 == 2 else None

        endpoint.fault = fault
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out)
    assert done.exit_code == 0, done.output
    assert len(endpoint.batches) == 3
    assert len(set(endpoint.asked)) == len(endpoint.asked)


def test_a_batch_stays_at_its_endpoint(drafts: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another address, or another model, is refused in a sentence; one that has forgotten the batch is asked anew."""
    with batches(script=PLAIN) as endpoint, batches(script=PLAIN) as other:
        asked(monkeypatch, endpoint)
        endpoint.fault = lambda method, path: (401, "no") if path.startswith("/v1/batches/") else None
        assert rounds(drafts, out).exit_code == 2
        asked(monkeypatch, other)
        done = rounds(drafts, out, "--resume")
        assert (done.exit_code, "another endpoint" in done.output) == (2, True)
        assert not other.uploads
        asked(monkeypatch, endpoint)
        refused = by_hand("export", drafts, out, str(out.parent / "files"))
        assert (refused.exit_code, "under way" in refused.output) == (2, True)
        monkeypatch.setenv("REVIEWER_MODEL", "another")
        done = rounds(drafts, out, "--resume")
        assert (done.exit_code, "REVIEWER_MODEL" in done.output) == (2, True)
        monkeypatch.delenv("REVIEWER_MODEL")
        endpoint.fault = lambda method, path: None
        del endpoint.batches["batch_0"]
        endpoint.batches["batch_9"] = {
            "lines": [],
            "status": "completed",
            "input_file_id": "x",
            "polls": 0,
            "number": 9,
        }
        assert rounds(drafts, out, "--resume").exit_code == 0
    assert len(essences(out)) == 5


# --- killed ---------------------------------------------------------------------------------------------------------


def begun(source: Path, out: Path, endpoint: Endpoint, *options: str) -> subprocess.Popen[str]:
    """A batch in rounds in a process of its own."""
    env = os.environ | {"OPENAI_BASE_URL": endpoint.url}
    command = [sys.executable, "-m", "reviewer", "batch", str(source), "--out", str(out), "--on", "2026-03-02"]
    return subprocess.Popen(
        [*command, "--via", "openai-batch", "--poll", "0.02", *options],
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_killed_batch_asks_nothing_twice(
    drafts: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between upload and results, it goes on with the batch that it had begun, and comes to the same."""
    usual = as_usual(drafts, tmp_path / "usual.jsonl", monkeypatch, PLAIN)
    with batches(script=PLAIN) as endpoint:
        endpoint.held = lambda number: number == 1
        process = begun(drafts, out, endpoint)
        until = time.monotonic() + 60
        while endpoint.batches.get("batch_1", {}).get("status") != "in_progress":
            assert time.monotonic() < until
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        process.kill()
        told = process.communicate()
        folder = out.with_name("out.jsonl.rounds")
        assert folder.stat().st_mode & 0o077 == 0
        assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
        endpoint.held = lambda _: False
        asked(monkeypatch, endpoint)
        done = rounds(drafts, out, "--resume")
    assert done.exit_code == 0, done.output
    assert essences(out) == usual
    assert len(set(endpoint.asked)) == len(endpoint.asked)
    assert len(endpoint.batches) == 3
    assert SECRET not in "".join(told) + done.output


@pytest.mark.parametrize("where", ["upload", "create", "state", "fetch", "delete", "seal", "take", "add_jobs"])
def test_interrupted_anywhere_it_goes_on(
    where: str, drafts: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before or after each step that is seen outside: all drafts once, no request asked twice."""
    owner: Any = {"seal": RequestFiles, "take": Answers, "add_jobs": Answers}.get(where, module.Batches)
    real = getattr(owner, where)
    count = 0

    def stops(self: Any, *given: Any) -> Any:
        nonlocal count
        count += 1
        if count == 1:
            raise KeyboardInterrupt
        found = real(self, *given)
        if count == 3:
            raise KeyboardInterrupt
        return found

    small = jsonl(tmp_path / "small.jsonl", record(1))
    with batches(script=PLAIN) as endpoint:
        asked(monkeypatch, endpoint)
        monkeypatch.setattr(owner, where, stops)
        codes = [rounds(small, out, "--resume").exit_code for _ in range(3)]
    assert codes == [130, 130, 0]
    assert len(essences(out)) == 1
    assert not fallbacks(out)
    assert len(set(endpoint.asked)) == len(endpoint.asked)


# --- by hand --------------------------------------------------------------------------------------------------------


def vllm(line: Line, script: Any = PLAIN) -> Line:
    """The line of results as vLLM's `run-batch` writes it."""
    found = executed(line, script)
    if found["response"]["status_code"] != 200:
        return found | {"response": {"status_code": 400, "request_id": "r", "body": None}, "error": "what went wrong"}
    return found


def executed_files(folder: Path, script: Any = PLAIN) -> list[Path]:
    """Results of all the files of a folder, beside it."""
    made = []
    for path in sorted(folder.glob("*.jsonl")):
        requests = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        made.append(jsonl(folder.parent / f"{folder.name}-{path.name}", *(vllm(line, script) for line in requests)))
    return made


def test_by_hand_it_comes_to_the_same(drafts: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Round after round until nothing is to be asked; results taken twice, or too late, change nothing."""
    usual = as_usual(drafts, tmp_path / "usual.jsonl", monkeypatch, PLAIN)
    results: list[Path] = []
    for number in range(1, 4):
        folder = tmp_path / f"round{number}"
        done = by_hand("export", drafts, out, str(folder))
        assert done.exit_code == 0, done.output
        assert "wait for" in done.stdout
        assert folder.stat().st_mode & 0o077 == 0
        assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
        results = executed_files(folder)
        done = by_hand("ingest", drafts, out, *map(str, results))
        assert done.exit_code == 0, done.output
        assert ("batch export" in done.stdout) == (number < 3)
        before = essences(out)
        again = by_hand("ingest", drafts, out, *map(str, results * 2))
        assert again.exit_code == 0, again.output
        assert "Taken: 0 answers" in again.stdout
        assert essences(out) == before
    assert essences(out) == usual
    assert not out.with_name("out.jsonl.rounds").exists()
    done = by_hand("export", drafts, out, str(tmp_path / "round4"))
    assert "Nothing is to be asked any more" in done.stdout
    assert not list((tmp_path / "round4").iterdir())


def test_by_hand_errors_are_counted_once(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """vLLM's way of telling an error is understood; a folder that is in use, a missing file and no model are one sentence."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    source = jsonl(tmp_path / "in.jsonl", record(1))
    by_hand("export", source, out, str(tmp_path / "a"))
    refused = by_hand("export", source, out, str(tmp_path / "a"))
    assert (refused.exit_code, "not empty" in refused.output) == (2, True)
    missing = by_hand("ingest", source, out, str(tmp_path / "none.jsonl"))
    assert (missing.exit_code, "none.jsonl" in missing.output) == (2, True)
    wrong = executed_files(tmp_path / "a", faulty(lambda r: error(400, SECRET) if r.step == "flag" else None, PLAIN))
    assert by_hand("ingest", source, out, *map(str, wrong)).exit_code == 0
    number = 1
    while "review" not in str(lines(out)):
        folder = tmp_path / f"b{number}"
        by_hand("export", source, out, str(folder))
        done = by_hand("ingest", source, out, *map(str, executed_files(folder)))
        assert done.exit_code == 0, done.output
        number += 1
    assert fallbacks(out) == {"the endpoint answered with an error (400)": 1}
    monkeypatch.delenv("OPENAI_BASE_URL")
    for told in (by_hand("export", source, out, str(tmp_path / "c")), rounds(source, out, "--resume")):
        assert (told.exit_code, "OPENAI_BASE_URL" in told.output) == (2, True)


def test_a_file_that_is_no_result_is_refused(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told what it is, and no request counts as answered in vain; once all is done, results that come late are not looked at."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    source, other = jsonl(tmp_path / "in.jsonl", record(1)), jsonl(tmp_path / "other.jsonl", record(2))
    by_hand("export", source, out, str(tmp_path / "a"))
    by_hand("export", other, tmp_path / "out2.jsonl", str(tmp_path / "b"))
    foreign = executed_files(tmp_path / "b")
    wrong = {
        "a file of requests": next((tmp_path / "a").glob("*.jsonl")),
        "another batch": foreign[0],
        "no file of results: no line": source,
        "no line in it": tmp_path / "x.parquet",
        "it is empty": jsonl(tmp_path / "empty.jsonl"),
    }
    (tmp_path / "x.parquet").write_bytes(b"PAR1" + bytes(range(256)) * 50)
    for _ in range(3):
        for words, path in wrong.items():
            done = by_hand("ingest", source, out, str(path))
            assert (done.exit_code, words in done.output) == (2, True), done.output
    number, folder = 0, tmp_path / "a"
    while "review" not in str(lines(out)):
        assert by_hand("ingest", source, out, *map(str, executed_files(folder))).exit_code == 0
        number, folder = number + 1, tmp_path / f"more{number}"
        by_hand("export", source, out, str(folder))
    assert not fallbacks(out)
    assert by_hand("ingest", source, out, str(foreign[0])).exit_code == 0


def test_a_line_taken_twice_is_one_attempt(tmp_path: Path) -> None:
    """Else ingesting a file again and again would end in a failure that nobody saw."""
    key = digest({"a": 1})
    with Answers(tmp_path / "rounds") as answers:
        assert answers.want(key, 1)
        assert not answers.want(key, 1)
        bad = {"id": "1", "custom_id": key, "response": {"status_code": 500, "body": {}}, "error": None}
        for _ in range(5):
            assert answers.take([jsonl(tmp_path / "r.jsonl", bad)]).again == 1
        assert answers.answer(key) is None
        answers.take([jsonl(tmp_path / "r.jsonl", bad | {"id": "2"})])
        answers.take([jsonl(tmp_path / "r.jsonl", bad | {"id": "3"})])
        found = answers.answer(key)
        assert found is not None
        assert found.status == 500


def test_the_day_and_the_redaction_of_the_first_call_hold(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounds take days: what is not said again stays as it was."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    source = jsonl(tmp_path / "in.jsonl", record(1))
    command = ["batch", "export", str(source), "--out", str(out), "--to"]
    CliRunner().invoke(app, [*command, str(tmp_path / "a"), "--on", "2026-03-02", "--redact"])
    done = CliRunner().invoke(app, [*command, str(tmp_path / "b")])
    assert "2026-03-02" in done.stderr
    first, second = ((tmp_path / name / "round-001-001.jsonl") for name in "ab")
    second = next((tmp_path / "b").glob("*.jsonl"))
    assert first.read_bytes() == second.read_bytes()
    assert "Karim" not in first.read_text("utf-8")
    assert "Karim" in PEOPLE


def test_a_broken_folder_is_one_sentence(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is done by the local engine for that reason."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    source = jsonl(tmp_path / "in.jsonl", record(1))
    folder = out.with_name("out.jsonl.rounds")
    folder.mkdir()
    (folder / "answers.sqlite3").write_bytes(b"no database" * 1000)
    done = by_hand("export", source, out, str(tmp_path / "a"))
    assert (done.exit_code, "answers.sqlite3" in done.output) == (2, True)
    (folder / "answers.sqlite3").unlink()

    def full(*_: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RequestFiles, "_next", full)
    done = by_hand("export", source, out, str(tmp_path / "b"))
    assert (done.exit_code, "No space left" in done.output) == (2, True)
    assert not lines(out)


def test_an_input_without_a_draft_leaves_nothing_behind(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither results nor a folder, whose day would hold for the batch that comes after it."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    done = rounds(jsonl(tmp_path / "in.jsonl"), out)
    assert (done.exit_code, "no draft" in done.output) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_standard_input_cannot_be_read_again(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a file must be named."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    done = rounds(Path("-"), out)
    assert (done.exit_code, "standard input" in done.output) == (2, True)


def test_by_hand_nothing_is_counted_before_a_draft_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is said in a sentence, without a table of zeros."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    source = jsonl(tmp_path / "in.jsonl", record(1))
    told = CliRunner().invoke(
        app, ["batch", "export", str(source), "--out", str(tmp_path / "out.jsonl"), "--to", str(tmp_path / "r")]
    )
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("1 draft waits for 2 answers")
