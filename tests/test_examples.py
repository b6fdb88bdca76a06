"""What the README shows is what the program does: its commands run, and the output it prints is the real one."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reviewer.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONSOLE = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ") for block in CONSOLE for line in block.splitlines() if line.startswith("$ reviewer")
]
SHOWN = next(block for block in CONSOLE if block.count("\n") > 20)


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's paths start at the root, and no endpoint is configured."""
    monkeypatch.chdir(ROOT)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def output(command: str) -> str:
    """What a command prints."""
    result = CliRunner().invoke(app, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("command", [c for c in COMMANDS if not c.startswith("reviewer eval ")])
def test_every_command_of_the_readme_runs(command: str, tmp_path: Path) -> None:
    """Folders that it writes go elsewhere."""
    assert output(command.replace("--out drafts", f"--out {tmp_path}")).strip()


def test_the_evaluations_of_the_readme_run_in_their_order() -> None:
    """Those that compare take the latest runs, which must not be made beside them."""
    for command in [c for c in COMMANDS if c.startswith("reviewer eval ")]:
        assert output(command).strip()


def test_the_output_of_the_readme_is_the_real_one() -> None:
    """Line by line, but for the time that it took."""
    command, _, shown = SHOWN.removeprefix("$ ").partition("\n")
    clock = re.compile(r"\d+\.\d\d s\.")
    lines = [clock.sub("0.00 s.", line.rstrip()) for line in output(command).strip().splitlines()]
    assert [clock.sub("0.00 s.", line.rstrip()) for line in shown.strip().splitlines()] == lines


@pytest.mark.parametrize("draft", sorted((ROOT / "examples").glob("*.*.txt")), ids=lambda p: p.name)
def test_every_example_is_reviewed_without_a_finding(draft: Path) -> None:
    """Each draft has its list of people beside it."""
    if ".people." in draft.name:
        return
    people = next((ROOT / "examples").glob(f"{draft.name.removesuffix('.txt')}.people.*"))
    text = output(f"reviewer review {shlex.quote(str(draft))} --people {shlex.quote(str(people))} --explain-in en")
    assert text.startswith("To be split: one message to the group")
    assert "nothing lost, nothing leaked, nothing invented" in text


def test_every_file_that_a_document_links_to_is_there() -> None:
    """Relative links of README, CONTRIBUTING and docs."""
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_names_every_setting() -> None:
    """Each environment variable that the code reads stands in its table."""
    code = "\n".join(p.read_text("utf-8") for p in (ROOT / "reviewer").rglob("*.py"))
    for name in set(re.findall(r'"((?:OPENAI|REVIEWER)_[A-Z_]+)"', code)):
        assert f"`{name}`" in README
