"""How a sentence tells an outcome: whether it is neutral, what it says a day of, and whether another says the same (rule 19)."""

import re
from collections.abc import Sequence
from functools import lru_cache

from reviewer import compare, details
from reviewer.cues import speaks_to_one
from reviewer.names import fold, mentions
from reviewer.roles import roles_named_in
from reviewer.texts import data, pattern
from reviewer.types import Language, Matter, Sensitivity, Stakeholder

OF_MATTER: dict[Matter, frozenset[Sensitivity]] = {
    "budget": frozenset((Sensitivity.BUDGET, Sensitivity.CONTRACT_PRICE)),
    "scope": frozenset((Sensitivity.SCOPE,)),
    "planning": frozenset((Sensitivity.PLANNING,)),
}
"""What the outcome of a matter looks sensitive for, as it is about the matter."""

_LETTERS = re.compile(r"[^\W\d_]+")
_PUT_INTO = re.compile(r"\b(?:mise|puesta|messa) (?:en|in)\b", re.IGNORECASE)  # "mise en service" is one noun
_CLAUSE = re.compile(r"[,;:()\[\]…?!–—]|\s-\s")
_SHORT = re.compile(r"\b[A-Z][A-Z0-9]{1,2}\b|(?<=\w )[A-Z]\b")
_OWNER = re.compile(r"\b([^\W\d_a-zß-ÿ]\w{2,})['’]?s\b")
_LONGEST = 14  # words of a plain outcome


def is_neutral(text: str, matter: Matter, people: Sequence[Stakeholder], language: Language) -> bool:
    """Whether a sentence says plainly that a matter is settled, or a day moved, and nothing else: "The payment terms are agreed."

    One short clause with a verb of an outcome, without a reason, a condition, a price, a person or a department, and without a figure:
    but for a day, and where it is no money, a number. Of money nothing is said behind the verb.
    """
    said = text.strip().rstrip(".")
    settled = pattern(f"outcome.settled.{language}").search(said)
    if settled is None or len(said.split()) > _LONGEST or _CLAUSE.search(said):
        return False
    first = (f"first_person.{language}.{number}" for number in ("one", "several"))
    others = ("said.denial", f"outcome.more.{language}", *first)
    found = details.find(said)
    if matter == "budget" and said[settled.end() :].strip():
        return False
    # The month of May is "never" in Italian.
    undated = _without(said, [d for d in found if d.kind == "date"])
    if any(pattern(path).search(undated) for path in others) or speaks_to_one(said, language):
        return False
    if names_somebody(said, people) or roles_named_in(said):
        return False
    figures = [d for d in found if d.kind != "date" and not details.is_trivial(d)]
    return not figures or (matter != "budget" and all(d.kind in ("number", "time") for d in figures))


def names_somebody(text: str, people: Sequence[Stakeholder]) -> bool:
    """Whether a text names one of these people, be it as an owner: "Karim's team", "Karims Team"."""
    return any(mentions(form, people) for form in (text, _OWNER.sub(r"\1", text)))


def is_signed(text: str) -> bool:
    """Whether a sentence says that a contract was signed, and of no sum."""
    sums = any(d.kind in ("amount", "percent") for d in details.find(text))
    undated = _without(text, [d for d in details.find(text) if d.kind == "date"])
    other = any(pattern(path).search(undated) for path in ("said.denial", "outcome.perhaps", "outcome.to_sign"))
    return not sums and not other and bool(pattern("outcome.signed").search(undated))


# --- the schedule --------------------------------------------------------------------------------------------------


def planned(text: str, people: Sequence[Stakeholder]) -> str:
    """What a sentence about the schedule says a day of, as it is called: "The training of the night shift"; empty where that is not clear.

    A noun of what is planned, no word in front of it, with at most two others joined to it, in front of a verb of an outcome: without a
    number, a person or a department, and without a word that says how it is with them.
    """
    match = _planned().match(text)
    if match is None:
        return ""
    name = match[0]
    words = _LETTERS.findall(_PUT_INTO.sub("", name))
    says, stop = pattern("planned.says", any_case=False), _joining()
    if any(says.fullmatch(w) or (fold(w) in compare.stopwords() and w.lower() not in stop) for w in words):
        return ""
    return "" if names_somebody(name, people) or roles_named_in(name) or details.find(name) else name


@lru_cache(maxsize=1)
def _planned() -> re.Pattern[str]:
    cue = data("cues")["planned"]
    verb, joint, article = (f"(?:{''.join(cue[key].split())})" for key in ("verb", "joint", "article"))
    word = rf"(?!{verb}\b)[^\W\d_]+(?:-[^\W\d_]+)*"
    # A joint or an article may end in an apostrophe, and then no space is behind it.
    start, gap = rf"(?:{article}(?:\s+|(?<=['’])))?", r"(?:\s+|(?<=['’]))"
    return re.compile(
        rf"{start}(?:{_nouns()})(?:\s+{joint}{gap}{start}{word}(?:\s+{word})?){{0,2}}(?=\s+{verb}\b)",
        re.IGNORECASE,
    )


def _nouns() -> str:
    return "|".join(f"(?:{nouns})" for nouns in data("cues")["planned"]["noun"])


@lru_cache(maxsize=1)
def _joining() -> frozenset[str]:
    cue = data("cues")["planned"]
    return frozenset(word.rstrip("['’]") for key in ("joint", "article") for word in cue[key].split("|"))


def shares_only_its_day(rest: str, discussed: str) -> bool:
    """Whether what an outcome says behind its name has nothing in common with how it was discussed but a day, an hour, or its verb.

    The day is the outcome, whoever proposed it.
    """
    found = details.find(rest)
    days = [d for d in found if d.kind in ("date", "time")]
    others = {d.value for d in found if d not in days}
    words = _stems(_without(rest, days)) - _verbs()
    return not words & _stems(discussed) and not others & {d.value for d in details.find(discussed)}


def same_day(one: str, other: str) -> bool:
    """Whether two sentences give one thing the same days, and differ by no more than how they confirm it.

    "Great, training on 22 April is confirmed then." and "Training takes place on 22 April.": neither by a depot, nor by "cancelled".
    """
    first, second = _core(one), _core(other)
    return first is not None and first == second


@lru_cache(maxsize=4096)
def _core(text: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]] | None:
    """The content words without those of a confirmation, and the details; None where it gives nothing planned a day of the year."""
    found = details.find(text)
    days = [d for d in found if d.kind == "date"]
    dated = any("/" in d.value for d in days)
    undated = _without(text, days)
    uncertain = "?" in text or any(pattern(path).search(undated) for path in ("said.denial", "outcome.perhaps"))
    if not dated or uncertain or not _noun().search(text):
        return None
    words = _stems(undated) - _confirming()
    # A weekday beside its date says no more.
    return words, frozenset((d.kind, d.value) for d in found if d.kind != "date" or "/" in d.value)


def _stems(text: str) -> frozenset[str]:
    """Stems of the content words, and what is as short as a function word and tells one from another: "MES", "HR", "lot B"."""
    return compare.content_stems(text) | frozenset(_SHORT.findall(text))


@lru_cache(maxsize=1)
def _noun() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_nouns()})\b", re.IGNORECASE)


def _without(text: str, found: Sequence[details.Detail]) -> str:
    for detail in reversed(found):
        text = f"{text[: detail.start]} {text[detail.end :]}"
    return text


@lru_cache(maxsize=1)
def _confirming() -> frozenset[str]:
    return _stems(data("cues")["outcome"]["confirms"])


@lru_cache(maxsize=1)
def _verbs() -> frozenset[str]:
    return _confirming() | _stems(data("cues")["outcome"]["moves"])
