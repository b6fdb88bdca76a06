"""What the project is made of: everything pinned with hashes, no index address, no secret in a file of the repository."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted(ROOT.glob("requirements*.lock"))


@pytest.mark.parametrize("lock", LOCKS, ids=[p.name for p in LOCKS])
def test_every_requirement_is_pinned_with_hashes(lock: Path) -> None:
    """One version each, at least one SHA-256, and no address to fetch it from."""
    text = lock.read_text("utf-8")
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", text).strip())
    assert len(entries) > 5
    for entry in entries:
        assert re.match(r"[\w.-]+(?:\[[\w,-]+\])?==[\w.!+-]+(?: ; [^\\]+)? \\\n", entry), entry[:80]
        assert "--hash=sha256:" in entry
    assert not re.search(r"https?://|--(?:extra-)?index-url|--find-links", text)


def test_the_locks_agree() -> None:
    """What runs in production is what was tested."""

    def pinned(lock: Path) -> dict[str, str]:
        return dict(re.findall(r"(?m)^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", lock.read_text("utf-8")))

    tested = pinned(ROOT / "requirements-dev.lock")
    for lock in LOCKS:
        differing = {n: (v, tested[n]) for n, v in pinned(lock).items() if n in tested and tested[n] != v}
        assert not differing, lock.name


def tracked() -> list[str]:
    """The files of the repository, without locks, pictures and weights; recordings hold no headers (tests/evals/test_record.py)."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    left_out = (".lock", ".png", ".npz"), ("evals/recordings/", "training/passages/")
    return [f for f in listed.split("\0") if f and not f.endswith(left_out[0]) and not f.startswith(left_out[1])]


def test_no_secret_stands_in_the_repository(tmp_path: Path) -> None:
    """But the invented ones that are known and marked as such; a new one fails, as is shown with one."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    known = tmp_path / "baseline.json"
    shutil.copy(ROOT / ".secrets.baseline", known)
    # Nothing new, but a known one stands on another line; the hook then writes that to the baseline, here a copy.
    moved = 3
    found = scan(tracked(), known)
    assert found.returncode in (0, moved), found.stdout
    spoiled = tmp_path / "settings.py"
    spoiled.write_text(f'AWS_KEY = "AKIA{"Q" * 3}7RTZ4BXWLM2K5"\n', "utf-8")
    assert scan([str(spoiled)], known).returncode == 1


def scan(files: list[str], known: Path) -> subprocess.CompletedProcess[str]:
    """detect-secrets over these files, against the baseline `known`."""
    command = [sys.executable, "-m", "detect_secrets.pre_commit_hook", "--baseline", str(known)]
    return subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True)
