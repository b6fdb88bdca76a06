"""By Ray a batch is what it is without: every draft once, whatever is killed."""

import gc
import json
import os
import signal
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reviewer import ray_batch
from reviewer.batch import Plan
from reviewer.batch_io import Ids, Record
from reviewer.errors import ConfigError, InputError
from reviewer.testing import Request, error, honest, serving
from tests.test_batch import SECRET, asked, begun, by_id, essence, jsonl, lines, record, run, wait_for_size

pytest.importorskip("ray.data", reason="the extra ray is not installed")
# Ray Data says this of itself whenever it copies its own settings.
pytestmark = pytest.mark.filterwarnings(r"ignore:`\w+` is deprecated:DeprecationWarning")
MINE = "word-of-the-command"
PLAN = Plan(date(2026, 3, 2), engine="local", prompt_set="default", concurrency=2)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A Ray of this machine for two workers; a batch that finds one uses it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RAY_ADDRESS", raising=False)
        with ray_batch._cluster(PLAN):
            yield
    # Ray leaves its pipes and the handles of its processes to the garbage collector.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def sorted_lines(path: Path) -> list[str]:
    """All lines but for their timings, in one order."""
    return sorted(json.dumps(essence(line)) for line in lines(path))


def workers_of(parent: int) -> list[int]:
    """The processes of Ray's workers that descend from this one."""
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if b"MapWorker(MapBatches(Worker))" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue

    def descends(process: int) -> bool:
        return process == parent or (process in parents and descends(parents[process]))

    return [process for process in found if descends(process)]


@pytest.mark.usefixtures("cluster")
def test_a_killed_worker_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    """One is killed in the middle: the file is that of a batch without Ray, the bad line and the repeated id included."""
    source = jsonl(tmp_path / "in.jsonl", *map(record, range(160)), "bad", record(3), record(200, culture="none"))
    out, whole = tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    killed: list[int] = []

    def kill() -> None:
        end = time.monotonic() + 60
        while not (out.exists() and out.stat().st_size) and time.monotonic() < end:
            time.sleep(0.02)
        killed.append(workers_of(os.getpid())[0])
        os.kill(killed[0], signal.SIGKILL)

    murderer = threading.Thread(target=kill, daemon=True)
    murderer.start()
    done = run(source, out, "--engine", "local", "--via", "ray", "--concurrency", "2")
    murderer.join(1)
    assert done.exit_code == 0, (done.output, done.exception)
    assert killed
    assert "duplicate id 1, field 1, unreadable 1" in done.output
    by_direct = run(source, whole, "--engine", "local", "--concurrency", "1")
    assert by_direct.exit_code == 0
    assert len(lines(out)) == 163
    assert sorted_lines(out) == sorted_lines(whole)
    assert SECRET not in done.output


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_batch_goes_on(sent: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or is told to end, which it then says; another goes on, and does what ended in an error again: each draft once."""
    import ray

    source = jsonl(tmp_path / "in.jsonl", record(150, culture="none"), *map(record, range(150)))
    out = tmp_path / "out.jsonl"
    monkeypatch.setenv("RAY_ADDRESS", ray.get_runtime_context().gcs_address)
    process = begun(source, out, "--engine", "local", "--via", "ray", "--concurrency", "1")
    wait_for_size(process, out, 0)
    process.send_signal(sent)
    printed, told = process.communicate()
    assert out.read_bytes().count(b"\n") < 150
    if sent == signal.SIGTERM:
        assert (process.returncode, "--resume" in told, "Drafts" in printed) == (130, True, True), told
    jsonl(source, record(150), *map(record, range(150)))
    done = run(source, out, "--engine", "local", "--via", "ray", "--retry-errors")
    assert done.exit_code == 0, (done.output, done.exception)
    found = by_id(out)
    assert set(found) == {f"d{n}" for n in range(151)}
    assert all("review" in line for line in found.values())


@pytest.mark.usefixtures("cluster")
def test_the_model_is_asked_by_the_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By two of them, with no more requests than allowed, with the key of the command, and slower where it is refused."""
    lock, under_way, most, keys, refused = threading.Lock(), [0], [0], Counter[str](), [0]

    def counted(request: Request) -> Any:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            keys[request.headers["authorization"]] += 1
            refused[0] += 1
            too_many = refused[0] == 5
        time.sleep(0.02)
        with lock:
            under_way[0] -= 1
        return error(429, "slow down", retry_after="0.05") if too_many else honest(request)

    source, out = jsonl(tmp_path / "in.jsonl", *map(record, range(12))), tmp_path / "out.jsonl"
    with serving(counted) as server:
        asked(monkeypatch, server.url)
        monkeypatch.setenv("OPENAI_API_KEY", MINE)
        done = run(source, out, "--engine", "llm", "--via", "ray", "--concurrency", "4")
    assert done.exit_code == 0, done.output
    assert {line["review"]["engine"] for line in by_id(out).values()} == {"llm"}
    assert len(by_id(out)) == 12
    assert 1 < most[0] <= 4
    assert set(keys) == {f"Bearer {MINE}"}
    assert "slowed down to" in done.output
    logs = Path("/tmp/ray/session_latest").resolve()
    written = [path for path in logs.rglob("*") if path.is_file() and not path.is_symlink()]
    assert written
    for path in written:
        content = path.read_bytes()
        assert MINE.encode() not in content, path
        assert SECRET.encode() not in content, path


# --- without a cluster ---------------------------------------------------------------------------------------------


class Kept(Counter[str]):
    """Marks of this process."""

    def begun(self, what: str) -> int:
        self[what] += 1
        return self[what] - 1

    def ended(self, what: str) -> None:
        del self[what]


def made(plan: Plan, prompts: str, marks: Kept) -> closing[ray_batch.Worker]:
    """A worker of this process, which is closed at the end."""
    return closing(ray_batch.Worker(plan, 1, prompts, ray_batch._variables(os.environ), marks))


def handed(worker: ray_batch.Worker, *records: Record) -> list[Any]:
    """What a worker makes of these."""
    given = ray_batch._Given(0, records, 0.5)
    (done,) = ray_batch._unpacked(worker(ray_batch._packed(given)))
    assert done.stop is None
    return [json.loads(line) for line in done.lines]


def test_a_draft_that_kills_twice_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first time nobody knows which of those together it was; the second time it is known, and the others are reviewed."""
    marks = Kept()
    deadly, real = "d1", ray_batch.Worker._line

    def line(self: ray_batch.Worker, found: Record) -> bytes:
        if found.id == deadly:
            raise SystemExit
        return real(self, found)

    monkeypatch.setattr(ray_batch.Worker, "_line", line)
    records = [Record(n, f"d{n}", record(n)) for n in range(3)]
    with made(PLAN, ray_batch.load("default").hash, marks) as worker:
        for _ in range(2):
            with pytest.raises(SystemExit):
                handed(worker, *records)
        found = handed(worker, *records)
    assert ["review" in line for line in found] == [True, False, True]
    assert found[1]["error"]["kind"] == "crashed"
    assert not marks["0"]


def test_what_is_read_is_what_is_due(tmp_path: Path) -> None:
    """Up to the limit, and where the input cannot be read further that is said at the end."""
    path = jsonl(tmp_path / "in.jsonl", *map(record, range(5)), "bad")

    def read(path: Path, plan: Plan, ids: Ids | None = None) -> list[Any]:
        tables = ray_batch._read(None, path, ids or Ids(), plan, 2, ray_batch._variables(os.environ))
        return [given for table in tables for given in ray_batch._unpacked(table)]

    assert [len(given.records) for given in read(path, PLAN)] == [2, 2, 2, 0]
    assert [len(given.records) for given in read(path, PLAN._replace(limit=3))] == [2, 1]
    bare = jsonl(tmp_path / "bare.jsonl", {"draft": "x"}, {"draft": "y"})
    other = Ids()
    other.add({"id": "bare.jsonl:2", "line": 2, "digest": "00000000", "review": {}})
    assert [given.changed for given in read(bare, PLAN, other)] == ["bare.jsonl:2"]
    path.unlink()
    assert isinstance(read(path, PLAN)[-1].stop, InputError)


@pytest.mark.parametrize(("status", "words"), [(401, "OPENAI_API_KEY"), (400, "none of the requests")])
def test_an_endpoint_that_cannot_answer_stops_the_batch(
    status: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one sentence; nothing is done by the local engine in its place."""
    plan = PLAN._replace(engine="llm")
    with serving(lambda _: error(status, "no")) as server:
        asked(monkeypatch, server.url)
        with made(plan, ray_batch.load("default").hash, Kept()) as worker:
            (done,) = ray_batch._unpacked(
                worker(ray_batch._packed(ray_batch._Given(0, (Record(1, "d1", record(1)),), 0.5)))
            )

    @contextmanager
    def none(_: Plan) -> Iterator[int]:
        yield 2

    monkeypatch.setattr(ray_batch, "_cluster", none)
    monkeypatch.setattr(ray_batch, "_results", lambda *_: iter([done]))
    told = run(jsonl(tmp_path / "in.jsonl", record(1)), tmp_path / "out.jsonl", "--engine", "llm", "--via", "ray")
    assert told.exit_code == 2
    assert words in told.output
    assert "--resume" in told.output
    assert lines(tmp_path / "out.jsonl") == []


def test_a_worker_of_another_reviewer_stops_the_batch() -> None:
    """Its prompt set is not that of the command."""
    given = ray_batch._Given(0, (Record(1, "d1", record(1)),), 0.5)
    with made(PLAN, "another", Kept()) as worker:
        (done,) = ray_batch._unpacked(worker(ray_batch._packed(given)))
    assert isinstance(done.stop, ConfigError)
    assert done.lines == ()


@pytest.mark.parametrize(
    ("source", "variable", "words"), [("-", "", "not -"), ("in.jsonl", "ray://10.0.0.1:10001", "without ray://")]
)
def test_what_ray_cannot_do_is_one_sentence(
    source: str, variable: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to do instead."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAY_ADDRESS", variable)
    jsonl(tmp_path / "in.jsonl", record(1))
    done = run(Path(source), tmp_path / "out.jsonl", "--engine", "local", "--via", "ray")
    assert done.exit_code == 2
    assert words in done.output
    assert done.output.count("reviewer: ") == 1


def test_a_missing_ray_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install."""
    monkeypatch.setattr(ray_batch.importlib.util, "find_spec", lambda _: None)
    source = jsonl(tmp_path / "in.jsonl", record(1))
    done = run(source, tmp_path / "out.jsonl", "--engine", "local", "--via", "ray")
    assert done.exit_code == 2
    assert "pip install 'reviewer[ray]'" in done.output
