"""Which roles a job title stands for, and which departments a text talks about, in six languages (`roles.yaml`)."""

import re
from collections.abc import Iterable
from functools import lru_cache

from reviewer.names import fold
from reviewer.texts import data
from reviewer.types import Role

# What a text may write before a department that is an everyday word otherwise: "IT" in capitals only.
_CAPITALS_ONLY = frozenset({"it"})


@lru_cache(maxsize=2048)
def roles_of(title: str) -> tuple[Role, ...]:
    """The roles that a title stands for, in the order of the vocabulary; empty where it maps to none."""
    text = _plain(title)
    named = text.strip().replace(" ", "_")
    if named in set(Role):
        return (Role(named),)
    found: set[Role] = set()
    covered: list[tuple[int, int]] = []
    for pattern, roles in _titles():
        for match in pattern.finditer(text):
            if any(start <= match.start() and match.end() <= end for start, end in covered):
                continue
            covered.append(match.span())
            found.update(roles)
    return tuple(role for role in Role if role in found)


@lru_cache(maxsize=4096)
def roles_named_in(text: str) -> frozenset[Role]:
    """The roles whose department the text talks about."""
    plain = _plain(text)
    if not _any_department().search(plain):
        return frozenset()
    capitals = set(re.findall(r"\b[A-Z]{2,}\b", text))
    return frozenset(
        role
        for name, pattern, role in _departments()
        if (name not in _CAPITALS_ONLY or name.upper() in capitals) and pattern.search(plain)
    )


def _plain(text: str) -> str:
    """Folded, with everything but letters and digits as single spaces."""
    return f" {re.sub(r'[^a-z0-9]+', ' ', fold(text)).strip()} "


def _compiled(entries: Iterable[str]) -> re.Pattern[str]:
    sources = [re.escape(_plain(entry).strip()) + (r"[a-z]*" if entry.endswith("*") else "") for entry in entries]
    return re.compile(rf"(?<= )(?:{'|'.join(sources)})(?= )")


def _entries(value: object) -> list[str]:
    return [entry.strip() for entry in str(value).split(",") if entry.strip()] if isinstance(value, str) else []


@lru_cache(maxsize=1)
def _titles() -> tuple[tuple[re.Pattern[str], tuple[Role, ...]], ...]:
    """Patterns with their roles, the longest first, so that "chef de projet SI" is no "responsable si"."""
    table = data("roles")
    found = [(entry, tuple(Role(r) for r in roles)) for entry, roles in table["both"].items()]
    several = {entry for entry, _ in found}
    for name, entry in table.items():
        if name != "both":
            found += [(title, (Role(name),)) for title in _entries(entry["titles"]) if title not in several]
    found.sort(key=lambda item: -len(item[0]))
    return tuple((_compiled([entry]), roles) for entry, roles in found)


@lru_cache(maxsize=1)
def _any_department() -> re.Pattern[str]:
    """One pattern for them all: most texts name none."""
    return _compiled(name for name, _, _ in _departments())


@lru_cache(maxsize=1)
def _departments() -> tuple[tuple[str, re.Pattern[str], Role], ...]:
    return tuple(
        (fold(department), _compiled([department]), Role(name))
        for name, entry in data("roles").items()
        if name != "both"
        for department in _entries(entry.get("departments", ""))
    )
