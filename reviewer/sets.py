"""The prompt sets as a shelf: list, copy, edit, compare, promote one to production, and roll back.

A set is a folder of ordinary files, so that git sees every edit. Which set is in production is the first line of
`production.txt` beside the folders; the lines below are what it was before, so a promotion is one line more and a roll back one
line less. The set `default` comes with the program and is never edited in place: it is copied first.
"""

import difflib
import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from reviewer import policy, prompts
from reviewer.errors import ConfigError, OutputError
from reviewer.prompts import (
    DEFAULT,
    POLICY_FILE,
    PRODUCTION_FILE,
    SINGLE_FILE,
    VARIABLES,
    history,
    production,
    prompts_dir,
    set_path,
)
from reviewer.types import Step

FILES = (*(f"{step}.md" for step in Step), POLICY_FILE)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class PromptSetInfo(NamedTuple):
    """What a list of the sets says of one of them."""

    name: str
    hash: str
    production: bool
    single: bool
    """Whether it is one single prompt, which only an evaluation can run."""
    problem: str
    """What is wrong with it, in one sentence; empty where it can be used."""


def shelf() -> list[PromptSetInfo]:
    """Every set, by name."""
    current = production()
    found = []
    for folder in sorted(p for p in prompts_dir().glob("*") if p.is_dir() and not p.name.startswith(".")):
        single = (folder / SINGLE_FILE).is_file()
        try:
            digest, problem = ("", "") if single else (prompts.load(folder.name).hash, "")
        except ConfigError as error:
            digest, problem = "", str(error)
        found.append(PromptSetInfo(folder.name, digest, folder.name == current, single, problem))
    return found


def promote(name: str) -> None:
    """Put a set into production, after checking that it can be used."""
    prompts.load(name)
    if set_path(name).parent != prompts_dir():
        raise ConfigError(f"{name} is no set of {prompts_dir()}; copy it there first.")
    if production() != name:
        _write(prompts_dir() / PRODUCTION_FILE, "\n".join([name, *history()]) + "\n")


def lost_production() -> str:
    """What is wrong where the set in production is gone, in one sentence; empty where it is there."""
    name = production()
    if (prompts_dir() / name).is_dir():
        return ""
    return (
        f"The set in production, {name!r}, is gone from {prompts_dir()}, so no review can be made with it: promote another one, "
        "or go back to the one before."
    )


def before() -> tuple[str, list[str]]:
    """The set that a roll back puts back into production, and those on the way to it that are gone."""
    past = history()[1:]
    if not past:
        raise ConfigError("Nothing was promoted yet, so there is nothing to go back to.")
    gone: list[str] = []
    for name in past:
        if (prompts_dir() / name).is_dir():
            return name, gone
        gone.append(name)
    raise ConfigError(f"What was in production before is gone ({', '.join(gone)}); promote another set.")


def roll_back() -> str:
    """Put the set back into production that was there before, and return its name. Sets that are gone are skipped."""
    name, gone = before()
    prompts.load(name)
    _write(prompts_dir() / PRODUCTION_FILE, "\n".join(history()[1 + len(gone) :]) + "\n")
    return name


def create(name: str, like: str = DEFAULT) -> Path:
    """Copy a set under a new name."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} cannot be the name of a set: use small letters, digits and hyphens, such as softer-flags."
        )
    source, target = set_path(like), prompts_dir() / name
    if target.exists():
        raise ConfigError(f"There is a prompt set {name!r} already; choose another name.")
    part = target.with_name(f".{name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(source, part)
        os.replace(part, target)
    except OSError as error:
        raise OutputError(f"The set {name!r} cannot be written ({error.strerror}).") from error
    return target


def text_of(name: str, file: str) -> str:
    """A file of a set as it stands."""
    try:
        return (set_path(name) / file).read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(f"The prompt set {name!r} lacks {file}; copy it from prompts/default.") from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{name}/{file} cannot be read: save it as a UTF-8 text file.") from None


def lacks(name: str, file: str) -> bool:
    """Whether a set has no such file."""
    return not (set_path(name) / file).exists()


def restore(name: str, file: str) -> None:
    """Put the file of `default` into a set that lacks it."""
    if file not in FILES or not lacks(name, file):
        raise ConfigError(f"{name}/{file} is there; only a file that a set lacks is restored.")
    _write(set_path(name) / file, text_of(DEFAULT, file))


def problem_in(file: str, text: str) -> str:
    """What is wrong with an edited text before it is saved, in one sentence; empty where nothing is."""
    try:
        if file == POLICY_FILE:
            policy.parse(text, file)
        else:
            prompts.parse_prompt(text, file, VARIABLES[Step(file.removesuffix(".md"))])
    except ConfigError as error:
        return str(error)
    return ""


def digest(text: str) -> str:
    """SHA-256 of a file's text, by which `save` knows whether it is still what somebody opened."""
    return hashlib.sha256(text.encode()).hexdigest()


def save(name: str, file: str, text: str, opened: str | None = None) -> None:
    """Replace a file of a set by an edited text, once it is valid.

    With `opened`, the digest of the text that was edited, it refuses where the file has another text by now.
    """
    if name == DEFAULT:
        raise ConfigError("The set 'default' is not edited in place; copy it under another name and edit the copy.")
    if file not in FILES:
        raise ConfigError(f"A prompt set has no file {file!r}.")
    if problem := problem_in(file, text):
        raise ConfigError(problem)
    if opened is not None and digest(text_of(name, file)) != opened:
        raise ConfigError(
            f"{name}/{file} was changed elsewhere since it was opened here, so it is not saved: copy what you typed, discard it to "
            "see the file as it is now, and put your changes in again."
        )
    _write(set_path(name) / file, text if text.endswith("\n") else text + "\n")


def difference(first: str, second: str) -> str:
    """What the second set says otherwise than the first, as a unified diff; empty where they are alike."""
    single = [name for name in (first, second) if (set_path(name) / SINGLE_FILE).is_file()]
    if len(single) == 1:
        raise ConfigError(
            f"The prompt set {single[0]!r} is a single prompt, so it has no file in common with the other."
        )
    result: list[str] = []
    for file in (SINGLE_FILE,) if single else FILES:
        result += difflib.unified_diff(
            text_of(first, file).splitlines(keepends=True),
            text_of(second, file).splitlines(keepends=True),
            f"{first}/{file}",
            f"{second}/{file}",
        )
    return "".join(result)


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, "utf-8")
        os.replace(part, path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}).") from error
