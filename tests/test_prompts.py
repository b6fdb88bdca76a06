"""Prompt sets: loaded whole or not at all, and what is wrong is named."""

import shutil
from pathlib import Path

import pytest

from reviewer import prompts
from reviewer.errors import ConfigError
from reviewer.types import Step

DEFAULT = Path(__file__).parents[1] / "prompts" / "default"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the default set to spoil."""
    return Path(shutil.copytree(DEFAULT, tmp_path / "mine"))


def test_the_default_set_loads_and_renders_every_variable() -> None:
    """Every step has instructions whose variables are all known."""
    loaded = prompts.load("default")
    assert set(loaded.prompts) == set(Step)
    for step, prompt in loaded.prompts.items():
        text = prompt.render(**{name: f"<{name}>" for name in prompts.VARIABLES[step]})
        assert "{{" not in text
        assert len(text) > 300


def test_a_set_is_named_by_a_folder_too(copy: Path) -> None:
    """A path loads as a name does, and a copy has the same hash."""
    assert prompts.load(str(copy)).hash == prompts.load("default").hash


def test_the_hash_follows_every_file(copy: Path) -> None:
    """A changed word anywhere in the set changes its hash."""
    before = prompts.load(str(copy)).hash
    for file in ("flag.md", "policy.yaml"):
        path = copy / file
        path.write_text(path.read_text("utf-8") + "\n# x\n", "utf-8")
        after = prompts.load(str(copy)).hash
        assert after != before
        before = after


def test_values_are_filled_in_as_they_are(copy: Path) -> None:
    """Braces, ampersands and backslashes of a value stay what they are."""
    (copy / "write.md").write_text("Write in {{ language }}.", "utf-8")
    prompt = prompts.load(str(copy)).prompts[Step.WRITE]
    assert prompt.render(language=r"A & {B} \1 {{x}}") == r"Write in A & {B} \1 {{x}}."


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("flag.md", None, "lacks flag.md"),
        ("policy.yaml", None, "lacks policy.yaml"),
        ("flag.md", "Find {{secrets}}.", "{{secrets}} is not known here; use one of {{sensitivities}}"),
        ("flag.md", "---\ntemperature: hot\n---\nFind.", "temperature must be a number from 0 to 2"),
        ("flag.md", "---\nmax_tokens: 1.5\n---\nFind.", "max_tokens must be a whole number"),
        ("flag.md", "---\nmodel: 3\n---\nFind.", "model must be the name of a model"),
        ("flag.md", "---\ntemprature: 0\n---\nFind.", "temprature is no setting"),
        ("flag.md", "---\n- a\n---\nFind.", "must read like"),
        ("flag.md", "---\na: [\n---\nFind.", "not valid YAML"),
        ("flag.md", "---\ntemperature: 0\n---\n \n", "holds no instructions"),
        ("flag.md", "---\ntemperature: 0\n--\nFind.", "no second --- ends its settings"),
        ("flag.md", "Find {{sensitivities}.", "a {{ that opens no variable"),
        ("flag.md", "Find {{ what is secret }}.", "a {{ that opens no variable"),
        ("policy.yaml", "topics: 3", "policy.yaml: topics"),
    ],
)
def test_what_is_wrong_with_a_set_is_named(copy: Path, file: str, text: str | None, words: str) -> None:
    """A missing file, an unknown variable or a wrong setting is one sentence with the file's name."""
    (copy / file).unlink()
    if text is not None:
        (copy / file).write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        prompts.load(str(copy))
    assert words in str(caught.value)
    assert file in str(caught.value)


@pytest.mark.parametrize("head", ["\ufeff---\n", "\n \n---\n", "\ufeff---\r\n"])
def test_settings_hold_however_an_editor_saves_them(copy: Path, head: str) -> None:
    """Behind a byte order mark or an empty line too: else they would be read out to the model as instructions."""
    (copy / "flag.md").write_text(f"{head}temperature: 0.5\n---\nFind.", "utf-8")
    assert prompts.load(str(copy)).prompts[Step.FLAG] == prompts.Prompt("Find.", temperature=0.5)


def test_empty_settings_are_none(copy: Path) -> None:
    """Nothing between the lines."""
    (copy / "flag.md").write_text("---\n---\nFind.", "utf-8")
    assert prompts.load(str(copy)).prompts[Step.FLAG] == prompts.Prompt("Find.")


def test_a_variable_that_was_removed_is_named() -> None:
    """In the order in which they are documented; the default set uses all of its own."""
    assert prompts.unused("Write in {{ language }}.", prompts.VARIABLES[Step.WRITE]) == ("form", "kind")
    for step, prompt in prompts.load("default").prompts.items():
        assert prompts.unused(prompt.text, prompts.VARIABLES[step]) == ()


def test_a_file_in_another_encoding_is_refused(copy: Path) -> None:
    """Latin-1 is named as what it is not."""
    (copy / "flag.md").write_bytes("Trouvé".encode("latin-1"))
    with pytest.raises(ConfigError, match="save it as a UTF-8"):
        prompts.load(str(copy))


def test_an_unknown_set_lists_the_known_ones() -> None:
    """The sentence says which sets there are."""
    with pytest.raises(ConfigError, match=r"no prompt set 'defualt' \(known: .*default"):
        prompts.load("defualt")
