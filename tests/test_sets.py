"""The shelf of prompt sets: copies, edits, promotion, and what is refused."""

import shutil
from pathlib import Path

import pytest

from reviewer import prompts, sets
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
