"""Speak to the reader: "could Priya send it" and "for Priya", written to everybody, become "could you" and "for you" in the mail to Priya.

By few patterns in each language (`second_person.yaml`), and all or nothing: a sentence in which a name would be left, or a pronoun that
may mean the reader, stays as the seller wrote it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from reviewer.cues import asks, contrasts, says_more, tells_an_affair
from reviewer.names import mentions, spoken_of, talked_about
from reviewer.roles import roles_named_in
from reviewer.texts import data, pattern
from reviewer.types import Language, Stakeholder

_NAME = "\ue000"  # of the private use area, where no draft has a letter
# Behind a name: somebody else who is meant with it, or words about the person that would not fit "you".
_MORE = re.compile(
    rf"{_NAME}(?:\s*\(|,?\s+(?:qui|dont|who|whose|que|che)\b|,\s+(?:der|die|dessen|deren)\b"
    r"|\s*(?:,|&|/|\b(?:et|and|und|y|e|en|ou|or|oder|o|of)\b)\s*[A-ZÀ-Þ]\w)"
)

# Before a name of which no "you" can be made then: "alla signora Galli può", "el plan de Molina puede".
_ARTICLE = re.compile(
    r"(?:(?<!\w)(?:de|di|el|il|lo|la|die|der|dem|den|das|the|del|al|alla|allo|della|dello|dal|dalla|sul|sulla|nel|nella) |['’])$",
    re.IGNORECASE,
)


class _Rule(NamedTuple):
    pattern: re.Pattern[str]
    by: str
    verbs: tuple[tuple[re.Pattern[str], str], ...]


class _Words(NamedTuple):
    """What `second_person.yaml` says of a language, in one form of address."""

    anybody: re.Pattern[str]
    everybody: tuple[_Rule, ...]
    asked: re.Pattern[str]
    told: re.Pattern[str]
    others: re.Pattern[str]
    alone: re.Pattern[str]
    rules: tuple[_Rule, ...]


def asked_of(text: str, people: Sequence[Stakeholder], language: Language) -> tuple[str, ...]:
    """The address of whom a sentence asks for something by speaking of them ("Could Priya ...", "Il faudrait que Karim ..."), if anyone."""
    return _meant(text, people, _words(language, familiar=False).asked)


def told_to(text: str, people: Sequence[Stakeholder], language: Language) -> tuple[str, ...]:
    """The address of whom a sentence tells something by speaking of them ("M. Durand recevra ...", "Ms Voss will find ..."), if anyone.

    "Karim will get his notice", "Karim bekommt kein Budget mehr" are said of him to somebody else, and so is what has somebody else in it.
    """
    words = _words(language, familiar=False)
    meant = _meant(text, people, words.told)
    if (
        not meant
        or words.others.search(text)
        or any(pattern(path).search(text) for path in ("said.denial", "bad_news"))
    ):
        return ()
    if contrasts(text) or says_more(text) or tells_an_affair(text) or roles_named_in(text):
        return ()
    return () if set(talked_about(text, people)) - set(meant) else meant


def _meant(text: str, people: Sequence[Stakeholder], said: re.Pattern[str]) -> tuple[str, ...]:
    return next(((address,) for address, masked in _spoken_of(text, tuple(people)) if said.search(masked)), ())


@lru_cache(maxsize=4096)
def _spoken_of(text: str, people: tuple[Stakeholder, ...]) -> tuple[tuple[str, str], ...]:
    """Whom a text speaks of, each with the text in which their name is masked."""
    named = dict.fromkeys(m.addresses[0] for m in mentions(text, people) if not m.to and len(m.addresses) == 1)
    return tuple((address, _masked(text, spoken_of(text, people, address))) for address in named)


def to_reader(text: str, named: Sequence[tuple[int, int]], after: str, language: Language, familiar: bool) -> str:
    """The text, which names its one reader in these places, as said to that reader; as it is where that is not sure.

    `after` is the next text of the message: a pronoun in it may mean the reader, too.
    """
    words = _words(language, familiar)
    told = _turned(_masked(text, named), words.everybody)
    if asks(text):
        told = words.anybody.sub(_NAME, told, count=1)
    if _MORE.search(told):
        return text
    if _NAME in told:
        told = _turned(words.alone.sub("", told), words.rules)
    if _NAME in told or (told != text and any(map(words.others.search, (told, after)))):
        return text
    at = 1 if text[:1] in "¿¡" else 0
    return told[:at] + told[at : at + 1].upper() + told[at + 1 :] if text[at : at + 1].isupper() else told


def _masked(text: str, named: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(named, reverse=True):
        text = text[:start] + _NAME + text[end:]
    return text


def _turned(text: str, rules: Iterable[_Rule]) -> str:
    for rule in rules:
        text = rule.pattern.sub(partial(_said, rule), text)
    return text


@lru_cache
def _words(language: Language, familiar: bool) -> _Words:
    words = data("second_person")[language]
    verbs: Mapping[str, Sequence[str]] = words["verbs"]
    known = tuple((re.compile(verb, re.IGNORECASE), said[familiar]) for verb, said in verbs.items())
    # Without a verb's own groups: those of the rule are counted.
    any_verb = "|".join(re.sub(r"\((?!\?)", "(?:", verb) for verb in verbs)

    def rules(entries: Iterable[Sequence[str]]) -> Iterator[_Rule]:
        for source, *said in entries:
            pattern = source.replace("@", _NAME).replace("{verb}", rf"(?P<verb>{any_verb})\b")
            yield _Rule(re.compile(pattern, re.IGNORECASE), said[familiar], known if "{verb}" in source else ())

    return _Words(
        anybody=re.compile(rf"\b(?:{words['anybody']})\b", re.IGNORECASE),
        everybody=tuple(rules(words["everybody"])),
        asked=re.compile(words["asked"].replace("@", _NAME), re.IGNORECASE),
        told=re.compile(words["told"].replace("@", _NAME), re.IGNORECASE),
        others=re.compile(words["others"]),
        alone=re.compile("^" + words["alone"].replace("@", _NAME)),
        rules=tuple(rules(words["rules"])),
    )


def _said(rule: _Rule, found: re.Match[str]) -> str:
    if found.group().startswith(_NAME) and _ARTICLE.search(found.string[: found.start()]):
        return found.group()
    by = found.expand(rule.by.replace("{verb}", "\0").replace("@", _NAME))
    if rule.verbs:
        verb, said = next((verb, said) for verb, said in rule.verbs if verb.fullmatch(found["verb"]))
        by = by.replace("\0", verb.sub(said, found["verb"]))
    return by[:1].upper() + by[1:] if found.group()[:1].isupper() else by
