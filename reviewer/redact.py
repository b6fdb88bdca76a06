"""Replace what identifies people and money by placeholders before a model is asked, and put it back afterwards.

"Claire, le rabais est de 40 k€" leaves as "[NAME_1], le rabais est de [AMOUNT_1]". One word has one placeholder through a whole
review, so that the model can still tell who is who. An answer gets back only what its own request carried: a model that
guesses another placeholder is refused, because what stands behind it may be withheld from these readers.

Found without a model: the people's names, their addresses and organisations, and what has a form of its own (phone numbers,
IBANs, amounts, large numbers, links, access data). A stranger's name is found only after a title ("M. Dubois").
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr, unescape

from reviewer.details import find
from reviewer.errors import ModelAnswerError
from reviewer.forms import forms
from reviewer.limits import Budget
from reviewer.names import TITLE, fold, mentions
from reviewer.texts import data
from reviewer.types import Case

_KIND = "NAME|COMPANY|MAIL|LINK|PHONE|IBAN|AMOUNT|NUMBER|SECRET|TEXT"
_PLACEHOLDER = re.compile(rf"\b(?:{_KIND})_\d+[a-z]*\b")
# Models retype placeholders: without the brackets, in small letters, escaped for Markdown, or with the kind translated.
_ANSWERED = re.compile(
    rf"\\?\[\s*(?P<kind>[^\W\d_]{{2,12}})\\?[_ ](?P<number>\d+[a-z]*)\s*\\?\]|\b(?P<bare>{_KIND})\\?_(?P<count>\d+[a-z]*)\b"
)
INSTRUCTION = (
    "Words in brackets such as [NAME_1] or [AMOUNT_2] stand for private names, amounts and numbers. Copy them exactly, "
    "brackets and number included, wherever you use what they stand for; [NAME_1] and [NAME_1b] name one person."
)
_TAG = re.compile(r"(<[^<>]*>)")
# The attributes of a request that hold words of the draft or of the people; the others hold ids and the vocabulary.
_TOLD = re.compile(r"""\b(organisation|note|asks)=("[^"]*"|'[^']*')""")
_KINDS: Mapping[str, str] = {"address": "MAIL", "url": "LINK", "iban": "IBAN", "phone": "PHONE", "amount": "AMOUNT"}
_STRANGER = re.compile(
    rf"\b{TITLE}\s+(?P<name>[A-ZÀ-ÖØ-Þ][^\W\d_]+(?:[-'’][^\W\d_]+)*(?:\s+[A-ZÀ-ÖØ-Þ][^\W\d_]+(?:[-'’][^\W\d_]+)*)?)"
)
_LARGE = 1000  # a number from here on may tell a price or a volume; smaller ones are counts


class Sent(NamedTuple):
    """One request as it left for the endpoint."""

    step: str
    model: str
    system: str
    user: str
    schema: Mapping[str, Any]


class Outbound(NamedTuple):
    """What holds for the requests of one review: what is replaced in them, who is told of each, how many there may be."""

    vault: "Vault | None"
    sent: Callable[[Sent], None]
    budget: Budget


outbound: ContextVar[Outbound | None] = ContextVar("outbound", default=None)


class Vault:
    """The placeholders of one review and what they stand for."""

    def __init__(self, case: Case) -> None:
        """Number everything in the order of the people and of the draft, whatever is asked first."""
        self._originals: dict[str, str] = {}
        self._known: dict[tuple[str, str], tuple[int, list[str]]] = {}
        self._count: Counter[str] = Counter()
        self._people = people = (*case.draft.stakeholders, *((case.draft.sender,) if case.draft.sender else ()))
        words = {w for p in people for w in (*_name_words(p.name), p.name.strip()) if len(w) > 1}
        # Every way to name one person shares a number; a first name that two people have is a name of its own.
        owners: dict[str, set[str]] = {}
        for person in people:
            for name in (*_name_words(person.name), person.name.strip()):
                owners.setdefault(fold(name), set()).add(person.address)
        self._owner = {name: next(iter(found)) for name, found in owners.items() if len(found) == 1}
        companies = {p.organisation.strip() for p in people if len(p.organisation.strip()) > 1}
        companies |= {label for p in people if (label := _label(p.address))}
        self._names = _whole_words(words | {_plain(w) for w in words})
        self._companies = _whole_words(companies)
        for text in (*(p.name for p in people), *(p.organisation for p in people), case.draft.subject, case.draft.body):
            self._redact(text)

    def redact(self, tagged: str) -> tuple[str, frozenset[str]]:
        """The data of a request (`reviewer.llm.request`) with placeholders, and which of them it carries."""
        parts = _TAG.split(tagged)
        parts[::2] = [escape(self._redact(unescape(text))) for text in parts[::2]]
        parts[1::2] = [_TOLD.sub(self._attribute, tag) for tag in parts[1::2]]
        text = "".join(parts)
        return text, frozenset(_PLACEHOLDER.findall(text))

    def restore(self, answer: Any, sent: frozenset[str]) -> Any:  # noqa: ANN401 - a JSON value
        """The answer with the originals of the placeholders in `sent`. Raises ModelAnswerError where it has another one."""
        match answer:
            case str():
                return _ANSWERED.sub(lambda m: self._original(m, sent), answer)
            case list():
                return [self.restore(item, sent) for item in answer]
            case dict():
                return {key: self.restore(value, sent) for key, value in answer.items()}
        return answer

    def _original(self, match: re.Match[str], sent: frozenset[str]) -> str:
        kind, number = match.group("kind") or match.group("bare"), match.group("number") or match.group("count")
        placeholder = f"{kind.upper()}_{number}"
        if placeholder not in sent:
            raise ModelAnswerError("the model's answer holds a placeholder that it was not given")
        return self._originals[placeholder]

    def _attribute(self, match: re.Match[str]) -> str:
        value = unescape(match.group(2)[1:-1], {"&quot;": '"', "&#10;": "\n", "&#13;": "\r", "&#9;": "\t"})
        return f"{match.group(1)}={quoteattr(self._redact(value))}"

    def _redact(self, text: str) -> str:
        result, position = [], 0
        for start, end, kind in _apart(self._found(text)):
            result += [text[position:start], f"[{self._placeholder(kind, text[start:end])}]"]
            position = end
        return "".join([*result, text[position:]])

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Spans to replace, the more certain kinds first."""
        for match in _ANSWERED.finditer(text):
            yield (*match.span(), "TEXT")
        for start, end in secrets(text):
            yield start, end, "SECRET"
        for detail in find(text):
            if detail.kind in _KINDS:
                yield detail.start, detail.end, _KINDS[detail.kind]
            elif detail.kind == "number" and float(detail.value) >= _LARGE and not _is_year(detail.quote):
                yield detail.start, detail.end, "NUMBER"
        for match in self._companies.finditer(text):
            yield (*match.span(), "COMPANY")
        for mention in mentions(text, self._people):
            yield from self._named(text, mention.start, mention.end)
        for match in self._names.finditer(text):
            if not (match.group().islower() and match.group() in _words("also_words")):
                yield (*match.span(), "NAME")
        for match in _STRANGER.finditer(text):
            yield from self._named(text, *match.span("name"))

    def _named(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """A full name as one span; else each word by itself, as the words may be names of different people."""
        if fold(text[start:end]) in self._owner:
            yield start, end, "NAME"
        else:
            yield from ((start + m.start(), start + m.end(), "NAME") for m in re.finditer(r"\S+", text[start:end]))

    def _placeholder(self, kind: str, original: str) -> str:
        """One placeholder for one spelling; whatever else names the same thing shares its number: NAME_1, NAME_1b."""
        key = fold(original)
        key = self._owner.get(key, key) if kind == "NAME" else key
        if (kind, key) not in self._known:
            self._count[kind] += 1
            self._known[kind, key] = (self._count[kind], [])
        number, spellings = self._known[kind, key]
        if original not in spellings:
            spellings.append(original)
        place = spellings.index(original)
        placeholder = f"{kind}_{number}" + ("" if place == 0 else chr(ord("a") + min(place, 25)))
        self._originals[placeholder] = original
        return placeholder


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(data("cues")["redact"][name].split())


def secrets(text: str) -> Iterator[tuple[int, int]]:
    """Where access data and personal numbers stand: what the patterns of `cues.yaml` call a `value`."""
    yield from ((form.start, form.end) for form in forms(text) if form.has_value)


def _apart(spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The spans in the order of the text, without those that run into an earlier one of the list."""
    kept: list[tuple[int, int, str]] = []
    for start, end, kind in spans:
        # Those kept are in order and apart, so that only the two beside it can run into another.
        place = bisect_left(kept, (start,))
        before = kept[place - 1][1] if place else 0
        after = kept[place][0] if place < len(kept) else end
        if before <= start < end <= after:
            kept.insert(place, (start, end, kind))
    return kept


def _name_words(name: str) -> list[str]:
    words = re.findall(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", re.sub(rf"^(?:{TITLE}\s+)+", "", name, flags=re.IGNORECASE))
    return [w for w in words if w.casefold() not in _words("particles")]


def _plain(word: str) -> str:
    folded = fold(word)
    return folded if len(folded) == len(word) else word


def _label(address: str) -> str:
    """The company's part of an address: "atlas" in claire@mail.atlas.fr; empty for a public provider."""
    parts = address.rpartition("@")[2].split(".")
    label = parts[-2] if len(parts) > 1 else ""
    return "" if len(label) < 3 or label in _words("providers") else label


def _whole_words(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted({*words}, key=lambda w: (-len(w), w))
    return re.compile("|".join(rf"(?<!\w){re.escape(w)}(?!\w)" for w in longest_first) or r"(?!)", re.IGNORECASE)


def _is_year(quote: str) -> bool:
    return bool(re.fullmatch(r"(?:19|20)\d\d", quote))
