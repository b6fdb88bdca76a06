"""Which roles a job title stands for, and which departments a text talks about, in six languages (`roles.yaml`)."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from reviewer.names import fold
from reviewer.texts import data
from reviewer.types import Role

# What a text may write before a department that is an everyday word otherwise: "IT" in capitals only.
_CAPITALS_ONLY = frozenset({"it"})
# What is no list of titles.
_TABLES = frozenset({"both", "alone", "whole"})
_PART = re.compile(r"[,;/|+&·()]|\s[-–—]\s|\b(?:et|and|und|y|e|en)\b")


@lru_cache(maxsize=2048)
def roles_of(title: str) -> tuple[Role, ...]:
    """The roles that a title stands for, in the order of the vocabulary; empty where it maps to none."""
    text = _plain(title)
    named = text.strip().replace(" ", "_")
    if named in set(Role):
        return (Role(named),)
    whole, ranks = _whole(), _ranks()
    found: set[Role] = set()
    alone: set[Role] = set()
    for part in _PART.split(title):
        plain = _plain(part)
        found.update(whole.get(part.strip(" ."), whole.get(plain.strip(), ())))
        found.update(role for name, role in ranks.items() if (1, len(plain) - 1) in name.places(plain))
    covered: list[tuple[int, int]] = []
    for name, roles in _titles():
        for first, last in name.places(text):
            if any(start <= first and last <= end for start, end in covered):
                continue
            covered.append((first, last))
            (alone if name in ranks else found).update(roles)
    return tuple(role for role in Role if role in (found or alone))


@lru_cache(maxsize=4096)
def roles_named_in(text: str) -> frozenset[Role]:
    """The roles whose department the text talks about."""
    plain = _plain(text)
    named = [(name, role) for name, role in _departments() if any(True for _ in name.places(plain))]
    capitals = set(re.findall(r"\b[A-Z]{2,}\b", text)) if named else set()
    return frozenset(role for name, role in named if name.words not in _CAPITALS_ONLY or name.words.upper() in capitals)


class _Name(NamedTuple):
    """A title or a department, as it is looked for in a text; not by patterns, of which there would be hundreds to compile."""

    words: str
    open: bool
    """Whether its last word may go on ("acheteur*")."""

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it stands in a text that `_plain` gave."""
        wanted = f" {self.words}" if self.open else f" {self.words} "
        at = text.find(wanted)
        while at >= 0:
            end = at + 1 + len(self.words)
            while self.open and text[end].isalpha():
                end += 1
            if text[end] == " ":
                yield at + 1, end
            at = text.find(wanted, at + 1)


def _name(entry: str) -> _Name:
    return _Name(_plain(entry).strip(), entry.endswith("*"))


def _plain(text: str) -> str:
    """Folded, with everything but letters and digits as single spaces."""
    return f" {re.sub(r'[^a-z0-9]+', ' ', fold(text)).strip()} "


def _entries(value: object) -> list[str]:
    return [entry.strip() for entry in str(value).split(",") if entry.strip()] if isinstance(value, str) else []


@lru_cache(maxsize=1)
def _titles() -> tuple[tuple[_Name, tuple[Role, ...]], ...]:
    """Names with their roles, the longest first, so that "chef de projet SI" is no "responsable si"."""
    table = data("roles")
    found = [(entry, tuple(Role(r) for r in roles)) for entry, roles in table["both"].items()]
    several = {entry for entry, _ in found}
    found += [(entry, (Role(name),)) for name, ranks in table["alone"].items() for entry in _entries(ranks)]
    for name, entry in table.items():
        if name not in _TABLES:
            found += [(title, (Role(name),)) for title in _entries(entry["titles"]) if title not in several]
    found.sort(key=lambda item: -len(item[0]))
    return tuple((_name(entry), roles) for entry, roles in found)


@lru_cache(maxsize=1)
def _ranks() -> Mapping[_Name, Role]:
    """What says a role only by itself: "VP", and not "VP Finance"."""
    return {_name(entry): Role(name) for name, ranks in data("roles")["alone"].items() for entry in _entries(ranks)}


@lru_cache(maxsize=1)
def _whole() -> Mapping[str, tuple[Role, ...]]:
    """What must be a whole part of a title: in its capitals, or folded."""
    return {entry: tuple(Role(r) for r in roles) for entry, roles in data("roles")["whole"].items()}


@lru_cache(maxsize=1)
def _departments() -> tuple[tuple[_Name, Role], ...]:
    return tuple(
        (_name(department), Role(name))
        for name, entry in data("roles").items()
        if name not in _TABLES
        for department in _entries(entry.get("departments", ""))
    )
