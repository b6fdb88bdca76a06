"""Load a prompt set: a folder with one Markdown file per step and the policy, written by people who do not program.

A file opens with YAML front matter (model, temperature, max_tokens) and goes on in plain prose. `{{name}}` is replaced
by a value that the step documents; a name that the step does not know is an error that says which names there are.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml
from yaml import CSafeLoader

from reviewer import policy
from reviewer.errors import ConfigError
from reviewer.policy import Policy
from reviewer.types import Step

POLICY_FILE = "policy.yaml"
SINGLE_FILE = "one-shot.md"
"""A set with this file is one single prompt, as a user would type it into a chat assistant: a baseline."""
DEFAULT = "default"
PRODUCTION_FILE = "production.txt"
"""Beside the sets: the name of the one in production, and below it, line by line, those that were before."""
SETTINGS = ("model", "temperature", "max_tokens")
_VARIABLE = re.compile(r"\{\{\s*([\w.-]*)\s*\}\}")
_OPENS = re.compile(r"\A\s*---[ \t]*\n")
_FRONT = re.compile(rf"{_OPENS.pattern}(?:(.*?)\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
VARIABLES: Mapping[Step, tuple[str, ...]] = {
    Step.CLASSIFY: ("topics", "acts", "stages", "explain_in"),
    Step.FLAG: ("sensitivities", "explain_in"),
    Step.SPLIT: ("policy", "culture", "explain_in"),
    Step.WRITE: ("language", "form", "kind"),
}


class Prompt(NamedTuple):
    """Instructions and how to call the model with them."""

    text: str
    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None

    def render(self, **values: str) -> str:
        """The instructions with every variable filled in."""
        return _VARIABLE.sub(lambda match: values[match.group(1)], self.text)


class PromptSet(NamedTuple):
    """A whole set, validated."""

    name: str
    path: Path
    prompts: Mapping[Step, Prompt]
    policy: Policy
    hash: str
    """SHA-256 over the names and contents of its files, first 12 hexadecimal digits."""


def prompts_dir() -> Path:
    """Where the sets are: REVIEWER_PROMPTS_DIR, else `prompts` of the repository, else those inside the package."""
    given = os.environ.get("REVIEWER_PROMPTS_DIR")
    if given:
        return Path(given)
    package = Path(__file__).parent
    beside = package.parent / "prompts"
    return beside if beside.is_dir() else package / "_prompts"


def history() -> list[str]:
    """The sets that are and were in production, the newest first; `default` where nothing was ever promoted."""
    path = prompts_dir() / PRODUCTION_FILE
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{path} cannot be read; write the name of a prompt set into its first line.") from None
    return [line.strip() for line in lines if line.strip()] or [DEFAULT]


def production() -> str:
    """The name of the set that reviews use unless told otherwise."""
    return history()[0]


def set_path(name: str) -> Path:
    """The folder of a set, given by its name or by a path."""
    path = Path(name) if ("/" in name or os.sep in name) else prompts_dir() / name
    if path.is_dir():
        return path
    known = ", ".join(sorted(p.name for p in prompts_dir().glob("[!.]*") if p.is_dir())) or "none"
    if name == production():
        raise ConfigError(
            f"The prompt set {name!r}, which is in production, is gone (known: {known}); put another one there with "
            "reviewer prompts promote."
        )
    raise ConfigError(f"There is no prompt set {name!r} (known: {known}); name one of these, or a folder.")


def load(name: str = DEFAULT) -> PromptSet:
    """Load and validate a set; ConfigError names the file and what is missing or wrong."""
    path = set_path(name)
    wanted = [*(f"{step}.md" for step in Step), POLICY_FILE]
    missing = [file for file in wanted if not (path / file).is_file()]
    if (path / SINGLE_FILE).is_file():
        raise ConfigError(
            f"The prompt set {name!r} is a single prompt, to compare with; only an evaluation can run it."
        )
    if missing:
        raise ConfigError(f"The prompt set {name!r} lacks {', '.join(missing)}; copy it from prompts/default.")
    digest = hashlib.sha256()
    for file in wanted:
        digest.update(file.encode() + b"\0" + (path / file).read_bytes() + b"\0")
    prompts = {step: read_prompt(path / f"{step}.md", VARIABLES[step]) for step in Step}
    return PromptSet(path.name, path, prompts, policy.load(path / POLICY_FILE), digest.hexdigest()[:12])


def read_prompt(path: Path, variables: tuple[str, ...] = ()) -> Prompt:
    """The prompt of one file, which may use these variables."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} cannot be read: save it as a UTF-8 text file.") from error
    return parse_prompt(text, str(path), variables)


@lru_cache(maxsize=64)
def parse_prompt(text: str, path: str, variables: tuple[str, ...] = ()) -> Prompt:
    """The prompt of a file's text; `path` names it where something is wrong."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")  # as some editors of Windows save it
    front: dict[str, object] = {}
    match = _FRONT.match(text)
    if match:
        try:
            loaded = yaml.load(match.group(1) or "", Loader=CSafeLoader) or {}
        except yaml.YAMLError as error:
            raise ConfigError(f"{path}: the lines between the two --- are not valid YAML; mend them.") from error
        if not isinstance(loaded, dict):
            raise ConfigError(f"{path}: the lines between the two --- must read like 'temperature: 0'.")
        front, text = loaded, text[match.end() :]
    elif _OPENS.match(text):
        # Else the settings would be read as instructions, and no setting would hold.
        raise ConfigError(f"{path} opens with ---, and no second --- ends its settings: add that line below them.")
    unknown = sorted(str(name) for name in front if name not in SETTINGS)
    if unknown:
        raise ConfigError(f"{path}: {', '.join(unknown)} is no setting; known: {', '.join(SETTINGS)}.")
    if not text.strip():
        raise ConfigError(f"{path} holds no instructions; write what the model should do.")
    wrong = [v for v in _VARIABLE.findall(text) if v not in variables]
    if wrong:
        known = ", ".join("{{" + v + "}}" for v in variables) or "none"
        raise ConfigError(f"{path}: {{{{{wrong[0]}}}}} is not known here; use one of {known}.")
    if "{{" in _VARIABLE.sub("", text):
        raise ConfigError(
            f"{path}: there is a {{{{ that opens no variable; write it as {{{{name}}}}, with two of each."
        )
    return Prompt(text.strip(), *_front_matter(path, front))


def unused(text: str, variables: tuple[str, ...]) -> tuple[str, ...]:
    """The variables that instructions do without: what the model is then not told."""
    return tuple(v for v in variables if v not in _VARIABLE.findall(text))


def _front_matter(path: str, front: Mapping[str, object]) -> tuple[str | None, float | None, int | None]:
    """Model, temperature and max_tokens, each None where the file does not say."""
    model, temperature, limit = (front.get(name) for name in SETTINGS)
    if model is not None and not (isinstance(model, str) and model.strip()):
        raise ConfigError(f"{path}: model must be the name of a model, not {model!r}.")
    if temperature is not None and (
        isinstance(temperature, bool) or not isinstance(temperature, int | float) or not 0 <= temperature <= 2
    ):
        raise ConfigError(f"{path}: temperature must be a number from 0 to 2, not {temperature!r}.")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise ConfigError(f"{path}: max_tokens must be a whole number from 1, not {limit!r}.")
    return model, None if temperature is None else float(temperature), limit
