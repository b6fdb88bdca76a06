"""What is stopped at any moment leaves whole files or none, Ctrl-C ends at once, and a full or read-only disk is said."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
import yaml

from reviewer.__main__ import main
from reviewer.export import write_whole
from reviewer.testing import Reply, Request, serving

ROOT = Path(__file__).parent.parent
DRAFT, PEOPLE = ROOT / "examples/atlas.fr.txt", ROOT / "examples/atlas.fr.people.txt"
COMMAND = [sys.executable, "-m", "reviewer", "review", str(DRAFT), "--people", str(PEOPLE)]
KILLS = 12

# A process that writes the same things again and again until it is killed; it says when it has begun.
WRITER = """
import asyncio, sys
from pathlib import Path
from reviewer import prompts, sets
from reviewer.chain import Setup, review
from reviewer.export import write_folder
from reviewer.local.engine import local_engine
from reviewer.parse import read_draft
from reviewer.types import Situation
from datetime import date

folder, draft, people = (Path(a) for a in sys.argv[1:])
parsed, passages = read_draft(draft.read_bytes(), people.read_text("utf-8"))
policy = prompts.load("default").policy
situation = Situation(today=date(2026, 3, 2), explain_in="en")
made = asyncio.run(review(parsed, passages, situation, Setup(policy, local_engine(policy))))
print("writing", flush=True)
while True:
    write_folder(made, folder / "out")
    sets.save("mine", "flag.md", sets.text_of("mine", "flag.md"))
"""


def whole(path: Path) -> bool:
    """Whether a file is what its name promises, from its first to its last byte."""
    raw = path.read_bytes()
    # A hidden file is on its way to the name in its own.
    path = Path(path.name[1:].rpartition(".")[0]) if path.name.startswith(".") else path
    if path.suffix == ".eml":
        mail = message_from_bytes(raw, policy=default)
        return bool(mail["Subject"]) and mail.get_content().rstrip().endswith(("06 55 51 20 20", "Julie"))
    if path.suffix == ".json":
        return bool(json.loads(raw)["draft"])
    if path.suffix == ".yaml":
        return bool(yaml.safe_load(raw)["topics"])
    return raw.endswith(b"\n") and len(raw) > 300


def test_a_killed_process_leaves_whole_files_or_none(tmp_path: Path) -> None:
    """Killed without warning, at a moment drawn by chance, again and again."""
    draw = random.Random(20261125)
    shelf = tmp_path / "prompts"
    environment = {**os.environ, "REVIEWER_PROMPTS_DIR": str(shelf)}
    subprocess.run(["cp", "-r", str(ROOT / "prompts"), str(shelf)], check=True)
    subprocess.run(["cp", "-r", str(shelf / "default"), str(shelf / "mine")], check=True)
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(DRAFT), str(PEOPLE)],
            stdout=subprocess.PIPE,
            env=environment,
            cwd=ROOT,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        time.sleep(draw.uniform(0.0, 0.05))
        process.kill()
        process.wait()
        process.stdout.close()
        # Hidden files too; and the process may be gone before there is a folder.
        files = [*(tmp_path / "out").glob("*")]
        files += [p for p in (shelf / "mine").glob("*") if not p.name.startswith(".")]
        assert [p for p in files if not whole(p)] == []


@pytest.mark.parametrize("unnamed", [True, False])
def test_what_a_killed_process_left_goes_with_the_next_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unnamed: bool
) -> None:
    """With files that have no name and without; files of others and of a write that goes on are left alone."""
    if not unnamed:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    left, young, other = (tmp_path / name for name in (".a.md.k3x_9z1q", ".a.md.abcdefgh", ".a.md.notes.txt"))
    for path in (left, young, other):
        path.write_text("half of a draft")
    for path in (left, other):
        os.utime(path, (0, 0))
    write_whole(tmp_path / "a.md", b"whole", "--out")
    assert {p.name for p in tmp_path.iterdir()} == {"a.md", young.name, other.name}
    assert (tmp_path / "a.md").read_bytes() == b"whole"


def test_ctrl_c_ends_a_review_that_waits_for_a_model(tmp_path: Path) -> None:
    """Nothing on standard output, no traceback, no file but what had left for the model, which was asked for."""

    def silent(_: Request) -> Reply:
        return Reply(200, b"{}", delay=30.0)

    with serving(silent) as server:
        process = subprocess.Popen(
            [*COMMAND, "--out", str(tmp_path / "out"), "--sent", str(tmp_path / "sent.md")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none"},
            cwd=ROOT,
            # Whatever starts the tests in the background ignores Ctrl-C, and its children inherit that.
            preexec_fn=listens_to_ctrl_c,
        )
        try:
            wait_until(lambda: len(server.requests) >= 2)
            struck = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
            took = time.monotonic() - struck
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err
    assert err.rstrip().endswith(b"Stopped.")
    assert not (tmp_path / "out").exists()
    assert "Karim" in (tmp_path / "sent.md").read_text("utf-8")
    # It would have waited for half a minute; the margin is for a busy machine.
    assert took < 10


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_local_review_ends_at_once(which: signal.Signals, tmp_path: Path) -> None:
    """It waits for nothing, so that a cancelled task would go on to its end: a draft of half a minute."""
    draft, began = tmp_path / "long.txt", tmp_path / "began"
    draft.write_text(
        "Hi all,\n\n" + "Claire, Karim, the scope of the lot is agreed and the price is open, " * 12_000, "utf-8"
    )
    slow = (
        "import sys, pathlib, reviewer.chain as c\n"
        "from reviewer.__main__ import main\n"
        "old = c._in_turn\n"
        f"def told(state):\n    pathlib.Path({str(began)!r}).touch()\n    return old(state)\n"
        "c._in_turn = told\n"
        f"sys.argv = ['reviewer', 'review', {str(draft)!r}, '--people', {str(PEOPLE)!r}, '--engine', 'local']\nmain()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", slow],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        preexec_fn=listens_to_ctrl_c,
    )
    try:
        wait_until(began.exists)
        time.sleep(0.2)
        struck = time.monotonic()
        process.send_signal(which)
        out, err = process.communicate(timeout=30)
        took = time.monotonic() - struck
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert (out, err.rstrip().splitlines()[-1:]) == (b"", [b"Stopped."])
    assert b"Traceback" not in err
    assert took < 3


def test_ctrl_c_during_the_imports_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the first moment of any command."""

    class Struck:
        def __getattr__(self, _: str) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "reviewer.cli", Struck())  # type: ignore[arg-type]
    with pytest.raises(SystemExit, match="130"):
        main()
    assert capsys.readouterr().err == "Stopped.\n"


def listens_to_ctrl_c() -> None:
    """For a child process: as in a terminal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_until(true: Callable[[], bool]) -> None:
    """Until it is so, for half a minute at most."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def small_files(limit: int) -> Callable[[], None]:
    """For a child process: no file of it may grow beyond so many bytes, as on a full disk."""

    def apply() -> None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return apply


def test_a_full_disk_is_said_and_leaves_no_half_file(tmp_path: Path) -> None:
    """The review is printed before; of the files there are whole ones or none."""
    done = subprocess.run(
        [*COMMAND, "--out", str(tmp_path / "out")], capture_output=True, cwd=ROOT, preexec_fn=small_files(4096)
    )
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"cannot be written (File too large); choose another folder with --out" in done.stderr
    assert "À répartir" in done.stdout.decode()
    assert [p for p in (tmp_path / "out").iterdir() if p.name.startswith(".") or not whole(p)] == []


@pytest.mark.skipif(not os.access("/proc/self", os.R_OK) or sys.platform != "linux", reason="needs Linux's /proc")
def test_a_folder_that_takes_no_files_is_said() -> None:
    """As a read-only one: even root makes no file in /proc."""
    done = subprocess.run([*COMMAND, "--out", "/proc/self"], capture_output=True, cwd=ROOT)
    assert done.returncode == 2
    assert b"/proc/self cannot be written" in done.stderr
    assert b"Traceback" not in done.stderr
    assert "À répartir" in done.stdout.decode()
