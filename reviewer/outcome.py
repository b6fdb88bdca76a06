"""How a sentence tells an outcome: whether it is neutral, what it says a day of, and whether another says the same (rule 19)."""

import re
from collections.abc import Sequence
from functools import lru_cache

from reviewer import compare, details
from reviewer.names import TITLED_NAME, fold, mentions
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
_PLAIN_CHARACTERS = re.compile(r"[\w\s'’§-]*")
_WORDS = re.compile(r"§|\w+")
_SHORT = re.compile(r"\b[A-Z][A-Z0-9]{1,2}\b|(?<=\w )[A-Z]\b")
_LONGEST_SUBJECT = 8  # words
_OWNER = re.compile(r"\b([^\W\d_a-zß-ÿ]\w{2,})['’]?s\b")


def is_neutral(text: str, matter: Matter, language: Language) -> bool:
    """Whether a sentence says plainly that a matter is settled, or a day moved, and nothing else: "The payment terms are agreed."

    What is settled, by a noun of the matter with nothing to it but of which part ("of phase 2"), and the verb of an outcome; behind the
    verb nothing but a day, an hour or a span of time, and of money and scope nothing at all. It is a list of what is allowed: of
    what else there is to say, any word may be the reason or the position.
    """
    said = _with_days_marked(text.strip().rstrip("."))
    settled = pattern(f"outcome.settled.{language}").search(said)
    if (
        settled is None
        or not _PLAIN_CHARACTERS.fullmatch(said)
        or not _plain_noun(matter).fullmatch(said[: settled.start()])
    ):
        return False
    # German and Dutch have their day between the halves of the verb.
    inner = _WORDS.findall(settled[0])[1:-1] if language in ("de", "nl") else []
    words = {word.lower() for word in (*inner, *_WORDS.findall(said[settled.end() :]))} - _listed("now")
    if not words or matter != "planning":
        return not words
    return bool(words & _listed("span")) and all(word.isdigit() for word in words - _listed("span") - _listed("beside"))


def _with_days_marked(text: str) -> str:
    """The text with a mark for each day and hour."""
    return _without(text, [d for d in details.find(text) if d.kind in ("date", "time")], "§")


@lru_cache(maxsize=4)
def _plain_noun(matter: Matter) -> re.Pattern[str]:
    """What a plain outcome of a matter may begin with, up to its verb: an article, a noun, and of which part."""
    cue = data("cues")["outcome"]
    nouns = _nouns() if matter == "planning" else "|".join(cue["noun"][matter])
    article = "".join(data("cues")["planned"]["article"].split())
    return re.compile(rf"(?:(?:{article})(?:\s+|(?<=['’])))?(?:{nouns})(?:\s+{cue['part']})?\s+", re.IGNORECASE)


@lru_cache(maxsize=4)
def _listed(key: str) -> frozenset[str]:
    return frozenset(data("cues")["outcome"][key].split())


def names_somebody(text: str, people: Sequence[Stakeholder]) -> bool:
    """Whether a text names one of these people, be it as an owner ("Karim's team", "Karims Team"), or anybody by a title."""
    return bool(TITLED_NAME.search(text)) or any(mentions(form, people) for form in (text, _OWNER.sub(r"\1", text)))


def is_of_the_firm(text: str) -> bool:
    """Whether a sentence tells what happens at the customer's, rather than in what is sold to them: that a site closes, that people go, or
    what a board has decided of neither money, scope nor anything planned.
    """
    if pattern("outcome.firm.alone").search(text):
        return True
    decides = pattern("outcome.firm.organ").search(text) and not pattern("outcome.firm.meets").search(text)
    if decides and not _of_the_matter().search(text):
        return True
    both = all(pattern(f"outcome.firm.{part}").search(text) for part in ("place", "ends"))
    return both and not _begins_with_a_plan().match(text)


@lru_cache(maxsize=1)
def _of_the_matter() -> re.Pattern[str]:
    """A noun of what is settled in a sale: of its money, its scope, its schedule, its contract, or that it is a project."""
    nouns = (_nouns(), *(noun for nouns in data("cues")["outcome"]["noun"].values() for noun in nouns))
    return re.compile(rf"\b(?:{'|'.join((*nouns, *data('cues')['outcome']['sold']))})\b", re.IGNORECASE)


@lru_cache(maxsize=1)
def _begins_with_a_plan() -> re.Pattern[str]:
    article = "".join(data("cues")["planned"]["article"].split())
    return re.compile(rf"(?:(?:{article})(?:\s+|(?<=['’])))?(?:{_nouns()})\b", re.IGNORECASE)


def is_signed(text: str) -> bool:
    """Whether a sentence says that a contract was signed, and no more: of no sum, no condition, and not by one side alone.

    Thanks to all may follow; what is signed about secrecy is no contract.
    """
    said = re.sub(r"\s+", " ", _with_days_marked(pattern("thanks_to_all").sub("", text))).strip(" .,;!…–—")
    other = any(pattern(path).search(said) for path in ("outcome.secrecy", "outcome.discount"))
    figures = any(d.kind in ("amount", "percent") or not details.is_trivial(d) for d in details.find(said))
    return not other and not figures and bool(pattern("outcome.signature").fullmatch(said))


def speaks_of_signing(text: str) -> bool:
    """Whether a sentence is about the signature of a contract, be it done, hoped for or awaited."""
    return bool(pattern("outcome.signed").search(text))


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


def replaces(later: str, earlier: str, afterwards: bool) -> bool:
    """Whether a sentence gives what an earlier one gave a day another one, so that the earlier no longer holds.

    "The acceptance is moved to 23 November." for "The acceptance takes place on 24 November." Both begin with the same, up to the verb; a
    day in it is one of several ("the committee of 15 October"). What is not said to have moved counts where it is something planned, or
    said in the same words, and only `afterwards`: two days of one mail are two days.
    """
    first, second = _subject(later), _subject(earlier)
    # "The acceptance in March" may be another one.
    if not first or first != second or not _plan_days(later) - _plan_days(earlier) or not _plan_days(earlier):
        return False
    if pattern("outcome.moved").search(later):
        return True
    same_words = _undated_stems(later) == _undated_stems(earlier)
    return afterwards and (same_words or bool(_begins_with_a_plan().match(later)))


def _undated_stems(text: str) -> frozenset[str]:
    return _stems(_without(text, [d for d in details.find(text) if d.kind in ("date", "time")]))


def _plan_days(text: str) -> frozenset[str]:
    return frozenset(d.value for d in details.find(text) if d.kind == "date" and "/" in d.value)


@lru_cache(maxsize=4096)
def _subject(text: str) -> tuple[frozenset[str], tuple[str, ...]] | None:
    """The content words and numbers with which a sentence begins, up to its first verb; None where it has a day there, or none of them."""
    verb = _verb().search(text)
    subject = text[: verb.start()] if verb else ""
    if any(d.kind in ("date", "time") for d in details.find(subject)) or len(subject.split()) > _LONGEST_SUBJECT:
        return None
    words = _stems(subject)
    return (words, tuple(re.findall(r"\d+", subject))) if words else None


@lru_cache(maxsize=1)
def _verb() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{''.join(data('cues')['planned']['verb'].split())})\b", re.IGNORECASE)


def of_other_plans(one: str, other: str) -> bool:
    """Whether each of two sentences names something planned, and neither what the other does: a training and an installation."""
    first, second = (compare.content_stems(" ".join(_noun().findall(text))) for text in (one, other))
    return bool(first and second) and not first & second


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
    return first is not None and first == second and turns_alike(one, other)


@lru_cache(maxsize=4096)
def turns_alike(one: str, other: str) -> bool:
    """Whether neither of two sentences has a word that makes the contrary of the other: "not", "before" a day, "planned"."""
    return _turns(one) == _turns(other)


@lru_cache(maxsize=4096)
def _turns(text: str) -> tuple[str, ...]:
    # The month of May is "never" in Italian.
    marked = re.sub(r"\s+", " ", _with_days_marked(text))
    found = (
        match[0].casefold() for path in ("said.denial", "outcome.turns") for match in pattern(path).finditer(marked)
    )
    return tuple(sorted(found))


@lru_cache(maxsize=4096)
def _core(text: str) -> tuple[frozenset[str], tuple[tuple[str, str], ...]] | None:
    """The content words without those of a confirmation, and the details in their order; None where it gives nothing planned a day of
    the year.
    """
    found = details.find(text)
    days = [d for d in found if d.kind == "date"]
    dated = any("/" in d.value for d in days)
    undated = _without(text, days)
    uncertain = "?" in text or any(pattern(path).search(undated) for path in ("said.denial", "outcome.perhaps"))
    if not dated or uncertain or not _noun().search(text):
        return None
    words = _stems(undated) - _confirming()
    # A weekday beside its date says no more.
    return words, tuple((d.kind, d.value) for d in found if d.kind != "date" or "/" in d.value)


def _stems(text: str) -> frozenset[str]:
    """Stems of the content words, and what is as short as a function word and tells one from another: "MES", "HR", "lot B"."""
    return compare.content_stems(text) | frozenset(_SHORT.findall(text))


@lru_cache(maxsize=1)
def _noun() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_nouns()})\b", re.IGNORECASE)


def _without(text: str, found: Sequence[details.Detail], mark: str = " ") -> str:
    for detail in reversed(found):
        text = f"{text[: detail.start]}{mark}{text[detail.end :]}"
    return text


@lru_cache(maxsize=1)
def _confirming() -> frozenset[str]:
    return _stems(data("cues")["outcome"]["confirms"])


@lru_cache(maxsize=1)
def _verbs() -> frozenset[str]:
    return _confirming() | _stems(data("cues")["outcome"]["moves"])
