"""The shelf of prompt sets: copies, edits, promotion, and what is refused."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reviewer import prompts, sets
from reviewer.cli import app
from reviewer.errors import ConfigError


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of prompts of its own, with the default set and the single prompt."""
    folder = tmp_path / "prompts"
    shutil.copytree(Path(__file__).parents[1] / "prompts", folder)
    (folder / prompts.PRODUCTION_FILE).unlink(missing_ok=True)
    monkeypatch.setenv("REVIEWER_PROMPTS_DIR", str(folder))
    return folder


def test_a_copy_is_edited_and_the_default_set_is_not(shelf: Path) -> None:
    """A copy differs by what was edited in it; `default` refuses."""
    sets.create("softer")
    sets.save("softer", "flag.md", sets.text_of("softer", "flag.md").replace("seller", "vendor"))
    assert "+You protect a vendor" in sets.difference("default", "softer")
    assert sets.difference("default", "default") == ""
    with pytest.raises(ConfigError, match="copy it under another name"):
        sets.save("default", "flag.md", "anything")
    assert "seller" in (shelf / "default" / "flag.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("flag.md", "Find {{everything}}.", "{{everything}} is not known here"),
        ("flag.md", "  ", "holds no instructions"),
        ("flag.md", "---\ncolour: red\n---\nFlag.", "colour is no setting"),
        ("policy.yaml", "topics: {", "not valid YAML"),
        ("policy.yaml", "topics: {weather: {group: never, roles: []}}", "weather"),
    ],
)
def test_what_cannot_work_is_said_and_not_saved(shelf: Path, file: str, text: str, says: str) -> None:
    """The sentence names the file; the file keeps what it held."""
    sets.create("mine")
    before = (shelf / "mine" / file).read_text("utf-8")
    assert says in sets.problem_in(file, text)
    with pytest.raises(ConfigError):
        sets.save("mine", file, text)
    assert (shelf / "mine" / file).read_text("utf-8") == before
    assert not list((shelf / "mine").glob(".*"))


def test_a_file_that_changed_since_it_was_opened_is_not_overwritten(shelf: Path) -> None:
    """The sentence names it, and it keeps the other's text."""
    sets.create("mine")
    opened = sets.digest(sets.text_of("mine", "flag.md"))
    sets.save("mine", "flag.md", "Flag it {{sensitivities}}.", opened)
    with pytest.raises(ConfigError, match=r"mine/flag\.md was changed elsewhere"):
        sets.save("mine", "flag.md", "Flag all {{sensitivities}}.", opened)
    assert sets.text_of("mine", "flag.md").startswith("Flag it")


@pytest.mark.parametrize("name", ["", "Mine", "../up", "a b", "default", "one-shot"])
def test_a_name_is_checked(shelf: Path, name: str) -> None:
    """Nothing is written outside the shelf or over another set."""
    with pytest.raises(ConfigError):
        sets.create(name)
    assert sorted(p.name for p in shelf.iterdir()) == ["default", "one-shot"]


def test_promotion_and_back(shelf: Path) -> None:
    """Production is one line; going back takes it away again."""
    assert prompts.production() == "default"
    with pytest.raises(ConfigError, match="Nothing was promoted"):
        sets.roll_back()
    for name in ("one", "two"):
        sets.create(name)
        sets.promote(name)
    sets.promote("two")
    assert (shelf / prompts.PRODUCTION_FILE).read_text("utf-8").split() == ["two", "one", "default"]
    assert [s.name for s in sets.shelf() if s.production] == ["two"]
    assert (sets.roll_back(), sets.roll_back(), prompts.production()) == ("one", "default", "default")


def test_what_cannot_be_used_is_not_promoted(shelf: Path) -> None:
    """A broken set, a single prompt, and a folder elsewhere are refused; the shelf says what is wrong."""
    sets.create("broken")
    (shelf / "broken" / "split.md").unlink()
    for name in ("broken", "one-shot", "missing"):
        with pytest.raises(ConfigError):
            sets.promote(name)
    assert prompts.production() == "default"
    listed = {s.name: s for s in sets.shelf()}
    assert "lacks split.md" in listed["broken"].problem
    assert listed["one-shot"].single


def test_back_skips_a_set_that_is_gone(shelf: Path) -> None:
    """The one before the deleted one is in production again, and the command says which was skipped."""
    for name in ("one", "two", "three"):
        sets.create(name)
        sets.promote(name)
    shutil.rmtree(shelf / "two")
    assert sets.before() == ("one", ["two"])
    found = CliRunner().invoke(app, ["prompts", "promote", "--back"])
    assert (found.exit_code, found.output) == (0, "one is in production; gone and skipped: two.\n")
    assert prompts.history() == ["one", "default"]


def test_a_set_in_production_that_is_gone_is_told(shelf: Path) -> None:
    """By the list and by the check; back still leads out of it."""
    sets.create("one")
    sets.promote("one")
    shutil.rmtree(shelf / "one")
    assert "'one', is gone" in CliRunner().invoke(app, ["prompts", "list"]).output
    checked = CliRunner().invoke(app, ["prompts", "check"])
    assert checked.exit_code == 2
    assert "'one', is gone" in checked.output
    assert sets.roll_back() == "default"
    (shelf / prompts.PRODUCTION_FILE).write_text("one\ntwo\n", "utf-8")
    with pytest.raises(ConfigError, match=r"is gone \(two\)"):
        sets.roll_back()


def test_a_hidden_folder_is_no_set(shelf: Path) -> None:
    """Such as what a copy that was killed left behind."""
    (shelf / ".git").mkdir()
    assert [s.name for s in sets.shelf()] == ["default", "one-shot"]


def test_a_difference_with_a_single_prompt_is_one_sentence(shelf: Path) -> None:
    """It has no file in common with a set of four; two of its kind have."""
    with pytest.raises(ConfigError, match="'one-shot' is a single prompt"):
        sets.difference("default", "one-shot")
    assert sets.difference("one-shot", "one-shot") == ""


def test_only_a_missing_file_is_restored(shelf: Path) -> None:
    """From default; what is there is left alone."""
    sets.create("mine")
    (shelf / "mine" / "split.md").unlink()
    with pytest.raises(ConfigError, match=r"'mine' lacks split\.md"):
        sets.text_of("mine", "split.md")
    sets.restore("mine", "split.md")
    assert sets.difference("default", "mine") == ""
    with pytest.raises(ConfigError, match="is there"):
        sets.restore("mine", "split.md")


def test_a_review_with_a_deleted_set_in_production_says_so(shelf: Path) -> None:
    """And what to do; a folder of an editor is no set."""
    (shelf / ".idea").mkdir()
    sets.create("mine")
    sets.promote("mine")
    shutil.rmtree(shelf / "mine")
    with pytest.raises(ConfigError, match="which is in production, is gone") as caught:
        prompts.load(prompts.production())
    assert "promote" in str(caught.value)
    assert ".idea" not in str(caught.value)


def test_the_check_says_which_variable_is_not_used(shelf: Path) -> None:
    """The set is valid all the same."""
    sets.create("mine")
    sets.save("mine", "flag.md", "Find what is secret, and say why in {{explain_in}}.")
    result = CliRunner().invoke(app, ["prompts", "check", "mine"])
    assert result.exit_code == 0
    assert "flag.md does without {{sensitivities}}" in result.output
    assert "does without" not in CliRunner().invoke(app, ["prompts", "check", "default"]).output
