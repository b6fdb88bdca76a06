"""A batch does every draft exactly once: whatever is in a line, whatever is killed, whatever the endpoint says."""

import csv
import errno
import json
import mailbox
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reviewer import batch, batch_io, pace, tally, workers
from reviewer.batch_io import Out, Record, Source, review_line
from reviewer.cli import app
from reviewer.errors import OutputError, ReviewerError
from reviewer.testing import Request, Script, error, faulty, honest, serving
from tests.fragile import fragile, unable
from tests.test_interrupted import listens_to_ctrl_c

ROOT = Path(__file__).parent.parent
PEOPLE = "Ada Roy <ada@client.example> - CTO\nKarim Benali <karim@client.example> - procurement"
SECRET = "Zanzibar"  # a word of every draft, and of no message of an error  # pragma: allowlist secret


def text(number: int) -> str:
    """A short draft of its own."""
    return (
        f"Hi all,\n\nThe committee approved phase {number} of {SECRET} on Tuesday. Karim, can you send us the list of "
        f"{number + 10} sites by 4 May?\n\nKind regards,\nTom Ellis"
    )


def record(number: int, **more: object) -> dict[str, object]:
    """A line of an input."""
    return {"id": f"d{number}", "draft": text(number), "people": PEOPLE, "subject": f"Phase {number}", **more}


def jsonl(path: Path, *records: object) -> Path:
    """A file of these lines."""
    path.write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in records), "utf-8")
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a file of results."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def essence(line: dict[str, Any]) -> dict[str, Any]:
    """A line without what is another in every run: how long it took."""
    review = line.get("review")
    if not review:
        return line
    usage = [{k: v for k, v in u.items() if k != "seconds"} for u in review["usage"]]
    return {**line, "review": {**review, "timings": {}, "usage": usage}}


def by_id(path: Path) -> dict[str, dict[str, Any]]:
    """The lines by their ids, none of which stands twice."""
    found = lines(path)
    assert len({line["id"] for line in found}) == len(found), "an id stands twice"
    return {line["id"]: essence(line) for line in found}


def run(source: Path, out: Path, *options: str) -> Result:
    """A batch by the command line, on a fixed day."""
    return CliRunner().invoke(app, ["batch", str(source), "--out", str(out), "--on", "2026-03-02", *options])


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No endpoint is configured, and the local engine works in this process: a new one takes seconds to begin."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)

    class Here:
        def __init__(self, _size: int, start: Callable[..., batch.LocalReviewer], *args: object) -> None:
            self.do = start(*args)

        def results(self, tasks: Iterator[Any]) -> Iterator[tuple[Any, bytes]]:
            try:
                for task in tasks:
                    yield task, self.do(task)
            finally:
                self.do.close()

    monkeypatch.setattr(batch, "Workers", Here)


# --- what goes in --------------------------------------------------------------------------------------------------


def mail(number: int) -> EmailMessage:
    """The draft as a mail."""
    found = EmailMessage()
    found["From"] = "Tom Ellis <tom@kaysoft.example>"
    found["To"] = "Ada Roy <ada@client.example>"
    found["Cc"] = "Karim Benali <karim@client.example>"
    found["Subject"] = f"Phase {number}"
    found.set_content(text(number))
    return found


def as_csv(folder: Path) -> Path:
    """Three drafts as a table."""
    path = folder / "drafts.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, ["id", "draft", "people", "subject", "agreed"], delimiter=";")
        writer.writeheader()
        writer.writerows(record(n, agreed="no") for n in range(3))
    return path


def as_parquet(folder: Path) -> Path:
    """Three drafts with people as objects."""
    import pyarrow
    from pyarrow import parquet

    path = folder / "drafts.parquet"
    people = [
        {"name": "Ada Roy", "address": "ada@client.example", "roles": ["CTO"]},
        {"name": "Karim Benali", "address": "karim@client.example", "roles": ["procurement"]},
    ]
    rows = [record(n, people=people, today=date(2026, 3, 2)) for n in range(3)]
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def as_folder(folder: Path) -> Path:
    """Three mails as files, and another file."""
    path = folder / "mails"
    path.mkdir()
    for number in (2, 0, 1):
        (path / f"{number}.eml").write_bytes(mail(number).as_bytes())
    (path / "notes.txt").write_text("no mail")
    return path


def as_mbox(folder: Path) -> Path:
    """Three mails in one file."""
    path = folder / "Drafts"
    box = mailbox.mbox(path)
    for number in range(3):
        box.add(mail(number))
    box.close()
    return path


KINDS = {
    "jsonl": lambda folder: jsonl(folder / "drafts.jsonl", *map(record, range(3))),
    "csv": as_csv,
    "parquet": as_parquet,
    "folder": as_folder,
    "mbox": as_mbox,
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_input_is_read(kind: str, tmp_path: Path) -> None:
    """The same three drafts come to the same subjects and readers, in their order, each with an id of its own."""
    done = run(KINDS[kind](tmp_path), tmp_path / "out.jsonl")
    assert done.exit_code == 0, done.output
    found = lines(tmp_path / "out.jsonl")
    assert [line["line"] for line in found] == [1, 2, 3]
    assert len(by_id(tmp_path / "out.jsonl")) == 3
    for number, line in enumerate(found):
        draft = line["review"]["draft"]
        assert draft["subject"] == f"Phase {number}"
        assert f"phase {number} of" in draft["body"]
        assert {p["address"] for p in draft["stakeholders"]} == {"ada@client.example", "karim@client.example"}
    assert (tmp_path / "out.jsonl").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("here")
def test_the_fields_of_a_record_reach_the_review(tmp_path: Path) -> None:
    """Each as the option of `reviewer review` does; a raw mail brings its own people."""
    fields = {
        "sender": "Tom Ellis <tom@kaysoft.example>",
        "culture": "mixed",
        "agreed": True,
        "last_group_message": "2026-02-20",
        "today": "2026-02-27",
        "explain_in": "fr",
    }
    raw = {"id": 7, "draft": mail(4).as_string()}
    run(jsonl(tmp_path / "in.jsonl", record(1, **fields), raw), tmp_path / "out.jsonl")
    found = by_id(tmp_path / "out.jsonl")
    situation = found["d1"]["review"]["situation"]
    assert situation == {k: v for k, v in fields.items() if k != "sender"} | {"circle": 0, "look_again": {}}
    assert found["d1"]["review"]["draft"]["sender"]["address"] == "tom@kaysoft.example"
    assert "moteur" in found["d1"]["review"]["engine_reason"] or "modèle" in found["d1"]["review"]["engine_reason"]
    assert found["7"]["review"]["draft"]["sender"]["address"] == "tom@kaysoft.example"
    assert found["7"]["review"]["situation"]["explain_in"] == "en"


BAD: list[tuple[object, str, str]] = [
    (f'{{"draft": "{SECRET}', "unreadable", "no JSON"),
    ("[" * 100_000, "unreadable", "nested"),
    (f'["{SECRET}"]', "unreadable", "no JSON object"),
    (record(1, topic=SECRET), "field", "'topic'"),
    (record(1, **{f"All about {SECRET}": 1}), "field", "no word"),
    ({"id": "d1", "people": PEOPLE}, "field", "draft"),
    (record(1, draft=5), "field", "draft"),
    (record(1, culture=SECRET), "field", "culture"),
    (record(1, agreed=SECRET), "field", "agreed"),
    (record(1, today=SECRET), "field", "today"),
    (record(1, last_group_message=20), "field", "last_group_message"),
    (record(1, explain_in="de"), "field", "explain_in"),
    (record(1, subject=["x"]), "field", "subject"),
    (record(1, people=5), "field", "people"),
    (record(1, people=[{"address": "a@b.example", "mood": SECRET}]), "field", "'mood'"),
    (record(1, people=[{"address": "a@b.example", "name": 5}]), "field", "name"),
    (record(1, people=[SECRET]), "field", "entry 1"),
    (record(1, people=[{"name": SECRET}]), "input", "Line 1"),
    (record(1, people=f"{SECRET} has no address"), "input", "Line 1"),
    (record(1, people=f"{SECRET} <a@b.example>\n{SECRET} <a@b.example>"), "input", "one address"),
    (record(1, people=None), "input", "Nobody"),
    (record(1, draft="  \n"), "input", "empty"),
    (record(1, id=[1]), "field", "id"),
    (record(1, id="x" * 600), "field", "id"),
    (record(0), "duplicate", "same id"),
]


@pytest.mark.usefixtures("here")
def test_a_bad_line_costs_one_error_record(tmp_path: Path) -> None:
    """It says which kind and which field, never a word of the draft; the lines around it are reviewed."""
    given = [
        bad | {"id": f"bad{n}"} if isinstance(bad, dict) and bad["id"] == "d1" else bad
        for n, (bad, _, _) in enumerate(BAD)
    ]
    source = jsonl(tmp_path / "in.jsonl", record(0), *given, record(99), "")
    with source.open("ab") as file:
        file.write(b'{"draft": "caf\xe9"}\n')
    done = run(source, tmp_path / "out.jsonl", "--report", str(tmp_path / "report.html"))
    assert done.exit_code == 0, done.output
    found = {line["line"]: line for line in lines(tmp_path / "out.jsonl")}
    assert len(found) == len(BAD) + 3
    for number, (bad, kind, words) in enumerate(BAD, 2):
        told = found[number]["error"]
        assert (told["kind"], words in told["message"]) == (kind, True), (bad, told)
        assert SECRET not in told["message"]
    assert found[len(BAD) + 4]["error"]["message"] == "The line is not UTF-8."
    assert {"review" in found[n] for n in (1, len(BAD) + 2)} == {True}
    assert SECRET not in done.output + (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.usefixtures("here")
def test_a_line_without_end_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without being held in memory."""
    monkeypatch.setenv("REVIEWER_MAX_CHARACTERS", "1000")
    source = jsonl(tmp_path / "in.jsonl", record(1), '{"draft": "' + "x" * 100_000, record(2))
    run(source, tmp_path / "out.jsonl")
    assert [line.get("error", {}).get("kind") for line in lines(tmp_path / "out.jsonl")] == [None, "unreadable", None]


@pytest.mark.usefixtures("here")
def test_a_failure_in_a_review_is_an_error_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is, its words stay out."""

    async def broken(draft: Any, *_: object) -> None:
        raise RuntimeError(draft.body)

    monkeypatch.setattr(batch, "run_chain", broken)
    run(jsonl(tmp_path / "in.jsonl", record(1)), tmp_path / "out.jsonl")
    assert lines(tmp_path / "out.jsonl")[0]["error"] == {
        "kind": "failed",
        "message": "The review failed (RuntimeError).",
    }


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.jsonl", None, "no file"),
        ("x.csv", "draft,topic\na,b\n", "'topic'"),
        ("x.csv", "id,subject\na,b\n", "column draft"),
        ("x.parquet", "no parquet", "Parquet"),
        ("folder/x.txt", "x", "no .eml"),
        ("x.jsonl", "", "no draft"),
        ("x.csv", "draft\n", "no draft"),
        ("x.jsonl", "\n[\n{}]\n", "JSON array"),
        ("x.jsonl", '\ufeff[{"draft": "x"}]\n', "JSON array"),
        ("x.jsonl", "\x1f\x8b rest\n", "compressed"),
        ("x.csv", "\x1f\x8b rest\n", "compressed"),
        ("x.jsonl", "{\0", "UTF-16"),
        ("x.jsonl", "From: a@b.example\nTo: c@d.example\n\nx\n", ".eml"),
        ("x.mbox", "Dear all,\n\nFrom here on it is well.\n", "no mbox"),
    ],
)
def test_an_input_that_cannot_be_read_is_one_sentence(
    name: str, content: str | None, words: str, tmp_path: Path
) -> None:
    """And no file of results is made."""
    path = tmp_path / name
    if content is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "latin-1" if "\x8b" in content else "utf-8")
    done = run(path.parent if name.startswith("folder") else path, tmp_path / "out.jsonl", "--engine", "local")
    assert done.exit_code == 2
    assert not (tmp_path / "out.jsonl").exists()
    assert words in done.output
    assert done.output.count("reviewer: ") == 1


def test_bad_rows_of_a_csv_are_told(tmp_path: Path) -> None:
    """Too many cells, bytes that are no UTF-8."""
    path = tmp_path / "x.csv"
    path.write_bytes(b"id,draft\na,b,c\nd,caf\xe9\n\ne,f\n")
    found = list(Source(path))
    assert [r.trouble and r.trouble.kind for r in found] == ["unreadable", "unreadable", None]
    assert found[2].fields == {"id": "e", "draft": "f"}


@pytest.mark.usefixtures("here")
def test_a_pipe_is_read_from_its_first_byte(tmp_path: Path) -> None:
    """Whatever the shell makes of `<(...)`: nothing of it is lost, and without --via direct it is refused."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = "".join(f"{json.dumps(record(n))}\n" for n in range(40))
    assert len(content) > 8192
    writer = threading.Thread(target=pipe.write_text, args=(content,))
    writer.start()
    found = list(Source(pipe))
    writer.join()
    assert [r.fields for r in found] == [record(n) for n in range(40)]
    assert "a file" in run(pipe, tmp_path / "out.jsonl", "--via", "ray").output


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".mbox", ".eml"])
def test_a_pipe_of_another_form_is_refused(suffix: str, tmp_path: Path) -> None:
    """In a sentence, before anybody waits for it."""
    pipe = tmp_path / f"pipe{suffix}"
    os.mkfifo(pipe)
    done = run(pipe, tmp_path / "out.jsonl")
    assert (done.exit_code, "is a pipe" in done.output) == (2, True)


FROM = b"From - Mon Mar  2 10:00:00 2026\n"
UNSENT = b"To: Ada Roy <ada@client.example>\nX-Unsent: 1\nSubject: Sites\n\nHi Ada,\n\nPlease send us the list of the sites.\n"


def bodies(path: Path) -> list[bytes | str]:
    """What each record of an mbox holds; of one in trouble its kind."""
    return [r.trouble.kind if r.trouble else r.fields["draft"].split(b"\n\n", 1)[1] for r in Source(path)]


@pytest.mark.parametrize("name", ["Drafts", "drafts.mbox"])
def test_each_mail_of_an_mbox_is_a_draft_of_its_own(name: str, tmp_path: Path) -> None:
    """One with hardly a header, too; text before the first is told, and a paragraph "From Monday on" begins no mail."""
    path = tmp_path / name
    prose = b"\nFrom Monday on the price is\nKarim: what you said.\n\nFrom here on:\n\nTo: do.\n"
    path.write_bytes(FROM + UNSENT + prose + b"\n" + b"From nobody\n" + UNSENT + b"\n" + FROM + mail(1).as_bytes())
    found = bodies(path)
    assert len(found) == 3
    assert found[0] == UNSENT.split(b"\n\n", 1)[1] + prose + b"\n"
    path.write_bytes(b"What is this?\n\n" + path.read_bytes())
    if name == "drafts.mbox":
        assert bodies(path) == ["unreadable", *found]
        assert [r.line for r in Source(path)] == [0, 1, 2, 3]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("name", "lead"), [("Drafts", FROM), ("drafts.mbox", FROM)])
def test_a_draft_with_no_more_than_an_addressee_and_a_subject_is_read_as_a_mail(
    name: str, lead: bytes, tmp_path: Path
) -> None:
    """Its headers are no part of its text."""
    path = tmp_path / name
    path.write_bytes(lead + UNSENT)
    run(path, tmp_path / "out.jsonl")
    draft = lines(tmp_path / "out.jsonl")[0]["review"]["draft"]
    assert draft["body"].startswith("Hi Ada")
    assert (draft["subject"], draft["stakeholders"][0]["address"]) == ("Sites", "ada@client.example")


@pytest.mark.usefixtures("here")
def test_a_mail_file_is_one_draft(tmp_path: Path) -> None:
    """As it would be in a folder."""
    path = tmp_path / "draft.eml"
    path.write_bytes(mail(4).as_bytes())
    assert run(path, tmp_path / "out.jsonl").exit_code == 0
    (found,) = lines(tmp_path / "out.jsonl")
    assert (found["id"], found["review"]["draft"]["subject"]) == ("draft.eml:1", "Phase 4")


def test_files_whose_names_are_no_utf8_keep_ids_of_their_own(tmp_path: Path) -> None:
    """None of them is taken for the second of the other."""
    for name in (b"caf\xe9.eml", b"caf\xe8.eml"):
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_bytes(mail(1).as_bytes())
    assert len({r.id for r in Source(tmp_path)}) == 2


def test_a_row_that_is_too_long_costs_one_error_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of its lines becomes a draft, or an id; the rows behind it are read."""
    monkeypatch.setenv("REVIEWER_MAX_CHARACTERS", "1000")
    path = tmp_path / "x.csv"
    draft = f'{SECRET},"" said he,x\r\n' * 3000
    path.write_bytes(f'id,draft\r\na,"{draft}"\r\nb,"two\nlines"\r\nc,{"x" * 50_000}\r\nd,"three, four"\r\n'.encode())
    found = list(Source(path))
    assert [(r.id, r.trouble and r.trouble.kind) for r in found] == [
        ("x.csv:1", "unreadable"),
        ("b", None),
        ("x.csv:3", "unreadable"),
        ("d", None),
    ]
    assert SECRET not in str(found)
    assert found[1].fields["draft"] == "two\nlines"


def test_a_parquet_row_that_is_not_utf8_costs_one_error_record(tmp_path: Path) -> None:
    """The rows around it are read, and so are those around a day that no calendar has."""
    import pyarrow
    from pyarrow import parquet

    path = tmp_path / "x.parquet"
    drafts = pyarrow.array([b"one", b"caf\xe9", b"three", b"four"]).view(pyarrow.string())
    days = pyarrow.array([0, 0, 10**9, 1], pyarrow.int32()).view(pyarrow.date32())
    parquet.write_table(pyarrow.table({"draft": drafts, "today": days}), path)
    found = list(Source(path))
    assert [r.trouble and r.trouble.message.split()[-1] for r in found] == [None, "UTF-8.", "read.", None]
    assert [r.fields.get("draft") for r in found] == ["one", None, None, "four"]


def test_of_a_parquet_file_little_is_held(tmp_path: Path) -> None:
    """Even where all of it is one row group."""
    import pyarrow
    from pyarrow import parquet

    path = tmp_path / "x.parquet"
    drafts = [os.urandom(5000).hex() for _ in range(2000)]
    parquet.write_table(pyarrow.table({"draft": drafts}), path, use_dictionary=False, write_batch_size=16)
    pool = pyarrow.default_memory_pool()
    before = pool.bytes_allocated()
    rows = iter(Source(path))
    next(rows)
    assert pool.bytes_allocated() - before < path.stat().st_size / 2
    rows.close()


# --- exactly once --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "options",
    [
        ("in.jsonl", "out.jsonl", "--report", "out.jsonl"),
        ("in.jsonl", "out.jsonl", "--report", "in.jsonl"),
        ("in.jsonl", "out.jsonl", "--report", "link.html"),
        ("in.jsonl", "out.jsonl", "--report", "x/../new", "--sent", "new"),
        ("in.jsonl", "out.jsonl", "--sent", "in.jsonl", "--resume"),
        ("in.jsonl", "out.jsonl", "--sent", "out.jsonl", "--resume"),
        ("in.jsonl", "in.jsonl", "--resume"),
        ("in.jsonl", "out.jsonl", "--report", "nowhere/report.html"),
        ("in.jsonl", "out.jsonl", "--report", "in.jsonl/report.html"),
        ("in.jsonl", "out.jsonl", "--report", "x"),
    ],
)
def test_no_file_is_written_over_another(options: tuple[str, ...], tmp_path: Path) -> None:
    """It is told before anything is done, and so is a report that has no place."""
    jsonl(tmp_path / "in.jsonl", record(1))
    (tmp_path / "x").mkdir()
    (tmp_path / "link.html").symlink_to(tmp_path / "in.jsonl")
    before = (tmp_path / "in.jsonl").read_bytes()
    source, out, *rest = (name if name.startswith("--") else str(tmp_path / name) for name in options)
    done = run(Path(source), Path(out), *rest)
    assert done.exit_code == 2, done.output
    assert done.output.count("reviewer: ") == done.output.count("name another") + done.output.count("elsewhere") == 1
    assert (tmp_path / "in.jsonl").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "link.html", "x"]


@pytest.mark.usefixtures("here")
def test_an_existing_file_is_not_touched_without_resume(tmp_path: Path) -> None:
    """One sentence, and exit code 2."""
    source, out = jsonl(tmp_path / "in.jsonl", record(1)), tmp_path / "out.jsonl"
    out.write_text("mine")
    for options in ((), ("--resume",)):
        done = run(source, out, *options)
        assert (done.exit_code, out.read_text()) == (2, "mine")


@pytest.mark.usefixtures("here")
def test_a_torn_line_is_cut_and_done_again(tmp_path: Path) -> None:
    """Wherever it was torn, the file ends as that of a batch in one go."""
    source = jsonl(tmp_path / "in.jsonl", *map(record, range(3)), "no json", record(1))
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    run(source, whole)
    content = whole.read_bytes()
    ends = [i + 1 for i, byte in enumerate(content) if byte == 10]
    for cut in (0, 1, 6, 9, 200, ends[0] - 1, ends[0], ends[1] + 3, ends[3] - 1, ends[4] - 1, ends[4]):
        out.write_bytes(content[:cut])
        assert run(source, out, "--resume").exit_code == 0
        assert sorted(essence(line).items().__repr__() for line in lines(out)) == sorted(
            essence(line).items().__repr__() for line in lines(whole)
        )


@pytest.mark.usefixtures("here")
def test_a_limit_is_gone_beyond_by_resuming(tmp_path: Path) -> None:
    """Each call does the next ones; the summary counts all."""
    source, out = jsonl(tmp_path / "in.jsonl", *map(record, range(5))), tmp_path / "out.jsonl"
    run(source, out, "--limit", "2")
    assert list(by_id(out)) == ["d0", "d1"]
    assert "Drafts                  4" in run(source, out, "--limit", "2", "--resume").output
    run(source, out, "--resume")
    assert list(by_id(out)) == [f"d{n}" for n in range(5)]


@pytest.mark.usefixtures("here")
def test_another_input_of_the_same_name_is_told(tmp_path: Path) -> None:
    """Where records have no ids, their places are all that is known of them; as they were nothing is told."""
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    bare = [{k: v for k, v in record(n).items() if k != "id"} for n in range(3)]
    jsonl(source, *bare)
    run(source, out)
    jsonl(source, bare[0], bare[1], bare[2], record(7))
    assert "INPUT is not" not in run(source, out, "--resume").output
    jsonl(source, bare[0], record(1) | {"id": None, "draft": text(9)}, bare[2])
    done = run(source, out, "--resume")
    assert done.exit_code == 0
    assert done.stderr.count("INPUT is not what") == 1
    assert "in.jsonl:2" in done.stderr
    assert len(by_id(out)) == 4


def test_going_on_by_other_means_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine, prompt set, day and redaction, in one sentence; by the same means nothing is told."""
    source, out = jsonl(tmp_path / "in.jsonl", *map(record, range(3))), tmp_path / "out.jsonl"

    def told(*options: str) -> str:
        done = run(source, out, "--limit", "1", *options)
        assert done.exit_code == 0, done.output
        return "".join(line for line in done.stderr.splitlines() if "other means" in line)

    with serving(honest) as server:
        asked(monkeypatch, server.url)
        assert told("--engine", "llm", "--redact") == ""
        assert "redaction, now without it." in told("--engine", "llm", "--resume")
        assert told("--engine", "llm", "--resume") == ""
    shutil.copytree(ROOT / "prompts/default", tmp_path / "mine")
    with (tmp_path / "mine/flag.md").open("a") as file:
        file.write("\nBe brief.\n")
    found = told("--engine", "local", "--resume", "--on", "2026-03-09", "--prompts", str(tmp_path / "mine"))
    assert "engine llm, now local; a prompt set of the hash" in found
    assert "the day 2026-03-02, now 2026-03-09." in found


@pytest.mark.usefixtures("here")
def test_shards_cover_everything_once(tmp_path: Path) -> None:
    """Bad lines and ids that stand twice, too."""
    source = jsonl(tmp_path / "in.jsonl", *map(record, range(7)), "bad", record(0), record(3), record(3))
    run(source, tmp_path / "whole.jsonl")
    found: list[str] = []
    for shard in ("1/3", "2/3", "3/3"):
        out = tmp_path / f"{shard[0]}.jsonl"
        assert run(source, out, "--shard", shard).exit_code == 0
        found += [json.dumps(essence(line)) for line in lines(out)]
    assert sorted(found) == sorted(json.dumps(essence(line)) for line in lines(tmp_path / "whole.jsonl"))
    for wrong in ("0/3", "4/3", "x", "1/0"):
        assert "--shard" in run(source, tmp_path / "none.jsonl", "--shard", wrong).output


@pytest.mark.usefixtures("here")
def test_errors_are_done_again_when_asked(tmp_path: Path) -> None:
    """The line of the error makes way for the review; what was reviewed stays as it is."""
    source, out = jsonl(tmp_path / "in.jsonl", record(0), record(1, culture="none"), record(2)), tmp_path / "out.jsonl"
    run(source, out)
    before = by_id(out)
    jsonl(source, record(0), record(1), record(2, draft="changed"))
    run(source, out, "--resume")
    assert by_id(out) == before
    assert run(source, out, "--retry-errors").exit_code == 0
    after = by_id(out)
    assert "error" in before["d1"]
    assert "review" in after["d1"]
    assert {i: after[i] for i in ("d0", "d2")} == {i: before[i] for i in ("d0", "d2")}


def test_two_batches_cannot_write_one_file(tmp_path: Path) -> None:
    """The second is refused while the first has it, and may go on with it later."""
    first = Out(tmp_path / "out.jsonl")
    with pytest.raises(OutputError, match="another batch"):
        Out(tmp_path / "out.jsonl", resume=True)
    first.close()
    Out(tmp_path / "out.jsonl", resume=True).close()


@pytest.mark.usefixtures("here")
def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a line that still fitted is taken back."""
    source, out = jsonl(tmp_path / "in.jsonl", *map(record, range(3))), tmp_path / "out.jsonl"
    real, calls = os.write, Counter[str]()

    def write(fd: int, data: bytes | memoryview) -> int:
        if not isinstance(data, memoryview):
            return real(fd, data)
        calls["lines"] += 1
        if calls["lines"] > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(fd, data[:2000] if calls["lines"] == 2 else data)

    monkeypatch.setattr(batch_io.os, "write", write)
    done = run(source, out)
    assert done.exit_code == 2
    assert "No space left on device" in done.output
    assert "--resume" in done.output
    assert list(by_id(out)) == ["d0"]
    monkeypatch.setattr(batch_io.os, "write", real)
    run(source, out, "--resume")
    assert list(by_id(out)) == ["d0", "d1", "d2"]


@pytest.mark.usefixtures("here")
def test_nothing_half_written_stays_beside_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where the disk is full, which it would fill further, nor of a process that was killed; others' files stay."""
    source, out = jsonl(tmp_path / "in.jsonl", record(0), record(1, culture="none")), tmp_path / "out.jsonl"
    run(source, out)
    before, part = out.read_bytes(), tmp_path / "out.jsonl.part"

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(batch_io.os, "fsync", full)
        done = run(source, out, "--retry-errors")
    assert (done.exit_code, "No space left" in done.output) == (2, True)
    assert (part.exists(), out.read_bytes()) == (False, before)
    part.write_bytes(before[:50])
    assert run(source, out, "--resume").exit_code == 0
    assert not part.exists()
    part.write_text("mine")
    assert run(source, out, "--resume").exit_code == 0
    assert part.read_text() == "mine"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "what", ['"review": {}', '"review": null', '"review": {"engine": 5}', '"error": "x"', '"error": null']
)
def test_a_file_that_is_not_quite_of_a_batch_is_one_sentence(what: str, tmp_path: Path) -> None:
    """It names the line, and leaves the file as it is."""
    source, out = jsonl(tmp_path / "in.jsonl", record(0)), tmp_path / "out.jsonl"
    run(source, out)
    before = out.read_bytes() + b'{"id": "d1", "line": 2, %b}\n' % what.encode()
    out.write_bytes(before)
    for option in ("--resume", "--retry-errors"):
        done = run(source, out, option)
        assert done.exit_code == 2
        assert "see its line 2" in done.output
        assert out.read_bytes() == before


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("cut", [None, -20, 3])
def test_zeros_of_a_power_cut_are_cut_off(cut: int | None, tmp_path: Path) -> None:
    """Behind whole lines as within one; what they took is done again."""
    source, out = jsonl(tmp_path / "in.jsonl", record(0), record(1)), tmp_path / "out.jsonl"
    run(source, out, "--limit", "1")
    first = out.read_bytes()
    run(source, out, "--resume")
    second = out.read_bytes()[len(first) :]
    out.write_bytes(first + second[:cut] + b"\0" * 4096)
    done = run(source, out, "--resume")
    assert done.exit_code == 0, done.output
    assert list(by_id(out)) == ["d0", "d1"]


def test_ctrl_c_after_the_last_byte_of_a_line_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is whole though nobody counted it; one cut in the middle is taken back."""
    source, out = jsonl(tmp_path / "in.jsonl", *map(record, range(3))), tmp_path / "out.jsonl"
    real = os.write
    for most, kept in ((2000, []), (None, ["d0"]), (2000, ["d0"])):

        def write(fd: int, data: bytes | memoryview, most: int | None = most) -> int:
            written = real(fd, data[:most])
            if isinstance(data, memoryview):
                raise KeyboardInterrupt
            return written

        monkeypatch.setattr(batch_io.os, "write", write)
        done = run(source, out, "--resume", "--concurrency", "1")
        monkeypatch.setattr(batch_io.os, "write", real)
        assert done.exit_code == 130
        assert list(by_id(out)) == kept
    run(source, out, "--resume", "--concurrency", "1")
    assert list(by_id(out)) == ["d0", "d1", "d2"]


# --- processes -----------------------------------------------------------------------------------------------------


def begun(source: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    """A batch in a process of its own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")}
    command = [
        sys.executable,
        "-m",
        "reviewer",
        "batch",
        str(source),
        "--out",
        str(out),
        "--on",
        "2026-03-02",
        *options,
    ]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # Whatever starts the tests in the background ignores Ctrl-C, and its children inherit that.
        preexec_fn=listens_to_ctrl_c,
    )


def wait_for_size(process: subprocess.Popen[str], out: Path, size: int) -> None:
    """Until the file has more than so many bytes, or the batch is through."""
    while process.poll() is None and not (out.exists() and out.stat().st_size > size):
        time.sleep(0.005)


def test_a_killed_batch_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed again and again, whenever it has written something: each draft once, all as in one go; no process stays behind."""
    source = jsonl(tmp_path / "in.jsonl", *map(record, range(60)), "bad", record(3))
    out, whole = tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    chance = random.Random(20)
    size = 0
    for _ in range(3):
        process = begun(source, out, "--resume", "--concurrency", "1")
        wait_for_size(process, out, size)
        time.sleep(chance.random() * 0.2)
        process.kill()
        process.communicate()
        size = out.stat().st_size
    last = begun(source, out, "--resume", "--concurrency", "2")
    told = last.communicate(timeout=120)
    assert last.returncode == 0, told
    one_go = begun(source, whole, "--concurrency", "2")
    one_go.communicate(timeout=120)
    found = [sorted(json.dumps(essence(line)) for line in lines(path)) for path in (out, whole)]
    assert len(found[0]) == 62
    assert found[0] == found[1]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_cleanly(sent: signal.Signals, tmp_path: Path) -> None:
    """With 130, what is done on the disk, and how to go on; and so does what a system sends that is shut down."""
    source, out = jsonl(tmp_path / "in.jsonl", *map(record, range(2000))), tmp_path / "out.jsonl"
    process = begun(source, out, "--concurrency", "1")
    wait_for_size(process, out, 0)
    os.killpg(process.pid, sent)
    printed, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "--resume" in told
    assert "Traceback" not in told
    assert "Drafts" in printed
    assert out.read_bytes().endswith(b"\n")
    by_id(out)


def test_processes_whose_parent_is_gone_say_nothing() -> None:
    """Whether they work just then or are only beginning: what is on the terminal is another's by then."""
    program = (
        "import os, threading; from reviewer.workers import Workers; from tests.fragile import busy\n"
        "if __name__ == '__main__':\n"
        "    for found in Workers(4, busy).results(iter('ab' * 1000)): os._exit(9)"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (9, "")


def test_no_process_hears_ctrl_c() -> None:
    """Not even the first one, which begins together with the tracker of multiprocessing: hence a fresh interpreter."""
    program = (
        "from reviewer.workers import Workers; from tests.fragile import deaf\n"
        "if __name__ == '__main__':\n"
        "    for found in Workers(2, deaf).results(iter('abcdef')): print(found.value.decode())"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["deaf"] * 6


def test_a_killed_process_loses_no_draft(tmp_path: Path) -> None:
    """What it had is done by another one; what kills two of them is given up."""
    tasks = [
        *(f"t{n}" for n in range(30)),
        "once",
        *(f"u{n}" for n in range(30)),
        "deadly",
        *(f"v{n}" for n in range(30)),
    ]
    pool: workers.Workers[str] = workers.Workers(2, fragile, str(tmp_path))
    results = list(pool.results(iter(tasks)))
    assert Counter(task for task, _ in results) == Counter(tasks)
    assert [task for task, value in results if value is None] == ["deadly"]
    assert all(value == task.encode() for task, value in results if value is not None)


def test_processes_that_cannot_begin_stop_the_batch() -> None:
    """Rather than making an error of every draft."""
    pool: workers.Workers[str] = workers.Workers(1, unable)
    with pytest.raises(ReviewerError, match="before they begin"):
        list(pool.results(iter(["a", "b"])))


def test_a_draft_that_kills_its_process_twice_is_an_error_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the batch goes on."""

    class Deadly:
        def __init__(self, *_: object) -> None: ...

        def results(self, tasks: Iterator[Record]) -> Iterator[tuple[Record, bytes | None]]:
            yield from ((task, None) for task in tasks)

    monkeypatch.setattr(batch, "Workers", Deadly)
    run(jsonl(tmp_path / "in.jsonl", record(1)), tmp_path / "out.jsonl", "--engine", "local")
    assert lines(tmp_path / "out.jsonl")[0]["error"]["kind"] == "crashed"


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Of 4,000 drafts with reviews of 20 kB the parent holds no more than of 1,000, but for a digest of each id."""
    big = {
        "proposal": {"as_is": True, "group": None, "direct": [], "rules_of_engagement": None},
        "findings": [],
        "advice": [],
    }
    big |= {"engine": "local", "fallbacks": [], "usage": [], "draft": "x" * 20_000}

    def peak(count: int) -> int:
        source = jsonl(tmp_path / f"{count}.jsonl", *(record(n) for n in range(count)))
        out = Out(tmp_path / f"{count}.out.jsonl")
        counts = tally.Tally()
        tracemalloc.start()
        for found in batch.due(Source(source), out, batch.Plan(date(2026, 3, 2))):
            line = review_line(found, json.dumps(big).encode())
            out.write(line)
            counts.add(json.loads(line))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        out.close()
        return most

    few, many = peak(1000), peak(4000)
    assert many - few < 3000 * 250 + 200_000


# --- a model -------------------------------------------------------------------------------------------------------


def asked(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """The model is there."""
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_a_batch_slows_down_where_the_endpoint_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is done by the model, and nothing by the local engine in its place."""
    lock, under_way, most = threading.Lock(), [0], [0]

    def narrow(request: Request) -> Any:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            crowded = under_way[0] > 4
        try:
            time.sleep(0.01)
            return error(429, "slow down", retry_after="0.05") if crowded else honest(request)
        finally:
            with lock:
                under_way[0] -= 1

    source, out = jsonl(tmp_path / "in.jsonl", *map(record, range(12))), tmp_path / "out.jsonl"
    with serving(narrow) as server:
        asked(monkeypatch, server.url)
        done = run(source, out, "--engine", "llm", "--concurrency", "16")
    assert done.exit_code == 0, done.output
    found = by_id(out)
    assert len(found) == 12
    for line in found.values():
        assert line["review"]["engine"] == "llm"
        assert not [f for f in line["review"]["fallbacks"] if "429" in f["reason"]]
    assert most[0] <= 16
    assert "slowed down to" in done.output
    assert "Calls" in done.output


def once_down() -> Script:
    """A server that fails at the first request of each step."""
    calls = Counter[str]()

    def answer(request: Request) -> Any:
        calls[request.step] += 1
        return error(500, "hiccup") if calls[request.step] == 1 else None

    return faulty(answer)


def test_an_endpoint_that_cannot_answer_stops_the_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong key makes no file of reviews by the local engine; with the right one the same call goes on."""
    source, out = jsonl(tmp_path / "in.jsonl", *map(record, range(3))), tmp_path / "out.jsonl"
    with serving(lambda _: error(401, "no")) as server:
        asked(monkeypatch, server.url)
        done = run(source, out, "--engine", "llm")
    assert done.exit_code == 2
    assert "OPENAI_API_KEY" in done.output
    assert "--resume" in done.output
    assert lines(out) == []
    monkeypatch.setattr("reviewer.model._FIRST_WAIT", 0.01)
    with serving(once_down()) as server:
        asked(monkeypatch, server.url)
        assert run(source, out, "--engine", "llm", "--resume").exit_code == 0
    assert all(not line["review"]["fallbacks"] or "500" not in str(line) for line in by_id(out).values())
    assert len(by_id(out)) == 3


@pytest.mark.parametrize("status", [400, 404, 422])
@pytest.mark.parametrize("count", [1, 60])
def test_an_endpoint_that_refuses_every_request_stops_the_batch(
    status: int, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No review by the local engine stands for it, however many drafts there are; one that is in error is told all the same."""
    source = jsonl(tmp_path / "in.jsonl", record(1, id="bad", culture="none"), *map(record, range(count)))
    out = tmp_path / "out.jsonl"
    with serving(lambda _: error(status, SECRET)) as server:
        asked(monkeypatch, server.url)
        done = run(source, out, "--engine", "llm", "--concurrency", "2")
        assert len(server.requests) < 150, "it asks on"
    assert done.exit_code == 2
    assert "see to it, then give the same command with --resume." in done.output
    assert SECRET not in done.output
    assert [line["id"] for line in lines(out) if "review" in line] == []
    with serving(honest) as server:
        asked(monkeypatch, server.url)
        done = run(source, out, "--engine", "llm", "--resume")
    assert done.exit_code == 0, done.output
    assert len(by_id(out)) == count + 1


def test_a_mail_that_is_refused_is_reviewed_by_the_local_engine_and_counts_as_its(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as others are answered, even where it comes first."""
    source, out = jsonl(tmp_path / "in.jsonl", *map(record, range(3))), tmp_path / "out.jsonl"
    script = faulty(lambda request: error(400, "no") if "phase 0" in request.user else None)
    with serving(script) as server:
        asked(monkeypatch, server.url)
        done = run(source, out, "--engine", "llm", "--concurrency", "1")
        again = run(source, out, "--engine", "llm", "--resume")
    assert done.exit_code == 0, done.output
    assert len(by_id(out)) == 3
    for told in (done, again):
        assert "llm 2, local 1" in told.stdout


def test_each_request_of_a_batch_is_written_as_it_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed and was sent again is there as often as the server saw it, and going on adds to the file."""
    source, out, sent = jsonl(tmp_path / "in.jsonl", *map(record, range(3))), tmp_path / "out.jsonl", tmp_path / "sent"
    monkeypatch.setattr("reviewer.model._FIRST_WAIT", 0.01)
    with serving(once_down()) as server:
        asked(monkeypatch, server.url)
        assert run(source, out, "--engine", "llm", "--limit", "1", "--sent", str(sent)).exit_code == 0
        first = len(server.requests)
        assert len(lines(sent)) == first
        with sent.open("a") as file:
            file.write('{"half')
        assert run(source, out, "--engine", "llm", "--sent", str(sent), "--resume").exit_code == 0
    found = [json.loads(line) for line in sent.read_text().splitlines() if line != '{"half']
    assert Counter(r["user"] for r in found) == Counter(r.user for r in server.requests)
    assert {(r["id"], r["attempt"]) for r in found if r["attempt"] > 1} == {("d0", 2)}
    assert {r["address"] for r in found} == {f"{server.url}/chat/completions"}
    assert sent.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("here")
def test_what_is_sent_is_written_to_no_file_that_is_there(tmp_path: Path) -> None:
    """Nor where the requests are others' to send; each in one sentence."""
    source, sent = jsonl(tmp_path / "in.jsonl", record(1)), tmp_path / "sent"
    sent.write_text("mine")
    done = run(source, tmp_path / "out.jsonl", "--sent", str(sent))
    assert (done.exit_code, sent.read_text()) == (2, "mine")
    assert "--via direct" in run(source, tmp_path / "out2.jsonl", "--sent", "x", "--via", "openai-batch").output


def test_a_request_that_cannot_be_written_down_does_not_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch ends in a sentence, the endpoint was asked nothing, and no draft counts as done."""
    source, out = jsonl(tmp_path / "in.jsonl", record(1)), tmp_path / "out.jsonl"
    monkeypatch.setattr("reviewer.model._FIRST_WAIT", 0.01)
    with serving(honest) as server:
        asked(monkeypatch, server.url)
        done = run(source, out, "--engine", "llm", "--sent", "/dev/full", "--resume")
    assert done.exit_code == 2
    assert "No space left" in done.output
    assert server.requests == []
    assert lines(out) == []


def test_the_pace_halves_once_a_round_and_recovers_step_by_step() -> None:
    """Refusals of one round count once; the pause doubles until something is served; patience ends."""
    now = [0.0]
    found = pace.Pace(16, patience=100, clock=lambda: now[0])
    now[0] = 1.0
    assert all(found.refused(0.5, None, "no") for _ in range(5))
    assert (found.limit, found.refusals) == (8, 5)
    now[0] = 3.0
    found.refused(2.0, None, "no")
    assert (found.limit, found.lowest) == (4, 4)
    for _ in range(4):
        found.served()
    assert 4.8 < found.limit < 5.1
    for _ in range(500):
        found.served()
    assert found.limit == 16
    now[0] = 200.0
    assert not found.refused(199.0, 1.0, "the endpoint takes no more")
    assert found.hopeless == "the endpoint takes no more"


# --- what is told --------------------------------------------------------------------------------------------------


def test_the_report_is_inert(tmp_path: Path) -> None:
    """Whatever an id holds, it is text; nothing is run and nothing loaded."""
    counts = tally.Tally()
    bad = "<script>alert(1)</script><img src=x onerror=y>"
    counts.add({"id": bad, "line": 1, "error": {"kind": "field", "message": bad}})
    page = tally.as_html(counts, f"{bad}.jsonl")
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src 'none'" in page
    assert "&lt;script&gt;" in page


@pytest.mark.usefixtures("here")
def test_a_report_names_an_id_that_is_half_a_character(tmp_path: Path) -> None:
    """JSON can carry it, and no file can."""
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "a\\ud800b", "draft": 5}\n')
    done = run(source, tmp_path / "out.jsonl", "--report", str(tmp_path / "report.html"))
    assert done.exit_code == 0, done.output
    assert "a\\ud800b" in (tmp_path / "report.html").read_text("utf-8")
    assert lines(tmp_path / "out.jsonl")[0]["id"] == "a\ud800b"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("before", "options", "shown"),
    [
        (None, (), {0: 9.0, 4: 5.0}),
        (("--limit", "5"), ("--resume",), {0: 4.0, 3: 1.0}),
        (None, ("--limit", "4"), {0: 3.0, 3: 0.0}),
        (("--limit", "5"), ("--resume", "--limit", "2"), {0: 1.0, 1: 0.0}),
        (None, ("--shard", "2/2"), {0: 4.0, 4: 0.0}),
    ],
)
def test_how_long_is_left_is_right(
    before: tuple[str, ...] | None,
    options: tuple[str, ...],
    shown: dict[int, float],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each draft takes a second: what an earlier call did is not counted as done now, and a limit is the end."""
    source, out = jsonl(tmp_path / "in.jsonl", *map(record, range(10))), tmp_path / "out.jsonl"
    if before:
        run(source, out, *before)
    monkeypatch.setattr("reviewer.batch_cli.LINE_EVERY", 0.0)
    monkeypatch.setattr(tally.Tally, "seconds", property(lambda self: float(self.lines - self.earlier)))
    told = run(source, out, *options).stderr.splitlines()
    left = [line.split(", ")[-1].removesuffix(" left") for line in told if line.endswith("left")]
    for number, seconds in shown.items():
        assert abs(sum(x * int(y) for x, y in zip((3600, 60, 1), left[number].split(":"), strict=True)) - seconds) <= 1


@pytest.mark.usefixtures("here")
def test_the_summary_and_the_progress_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere than on a terminal a line every so often, with how long is left."""
    monkeypatch.setattr("reviewer.batch_cli.LINE_EVERY", 0.0)
    report = tmp_path / "report.html"
    done = run(
        jsonl(tmp_path / "in.jsonl", *map(record, range(4)), "x"), tmp_path / "out.jsonl", "--report", str(report)
    )
    assert "/s, " in done.stderr
    assert "left" in done.stderr
    assert "unreadable 1" in done.stdout
    assert "group " in done.stdout
    assert "unreadable 1" in report.read_text("utf-8")
