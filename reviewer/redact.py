"""Replace what identifies people and money by placeholders before a model is asked, and put it back afterwards.

"Claire, le rabais est de 40 k€" leaves as "[NAME_1], le rabais est de [AMOUNT_1]". One word has one placeholder through a whole
review, so that the model can still tell who is who. An answer gets back only what its own request carried: a model that
guesses another placeholder is refused, because what stands behind it may be withheld from these readers.

Found without a model: the people's names, their addresses and organisations, and what has a form of its own (phone numbers,
IBANs, amounts, large numbers, links, streets, access data). A stranger's name is found only after a title ("M. Dubois").
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import cache, lru_cache
from html import unescape as unescape_html
from threading import Lock
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr, unescape

from reviewer.amounts import CODE, SIGN, amounts, with_lower
from reviewer.details import find
from reviewer.errors import ModelAnswerError
from reviewer.forms import forms, typed
from reviewer.limits import Budget
from reviewer.names import TITLE, bare, finder, fold
from reviewer.texts import data
from reviewer.types import Case, Correspondent, Sensitivity, Stakeholder

_KIND = "NAME|COMPANY|MAIL|LINK|PHONE|IBAN|AMOUNT|NUMBER|SECRET|STREET|TEXT"
_PLACEHOLDER = re.compile(rf"\b(?:{_KIND})_\d+[a-z]*\b")
# Models retype placeholders: with other brackets or none, in small letters, with a hyphen, escaped for Markdown, with stars around,
# and an amount with the currency that is part of it already.
_ANSWERED = re.compile(
    r"(?P<before>(?<!\d)(?<!\d[ \u00a0])(?:€|\$|£|(?:EUR|USD|GBP|CHF)\b)[ \u00a0]?)?(?P<stars>\*{0,3})(?P<core>"
    r"\\?(?P<open>\[\[?|\{\{?|<|【)\s*(?P<kind>[^\W\d_]{2,12})\\?[_ -]?0{0,3}(?P<number>\d{1,6}[a-zA-Z]{0,3})\s*\\?(?:\]\]?|\}\}?|>|】)"
    rf"|\b(?P<bare>{_KIND})\\?_0{{0,3}}(?P<count>\d{{1,6}}[a-zA-Z]{{0,3}})\b)(?P=stars)"
    r"(?P<behind>[ \u00a0]?(?:€|\$|£|(?:EUR|USD|GBP|CHF|euros?|dollars?|pounds?|francs?)\b))?",
    re.IGNORECASE,
)
_GROUPED = re.compile(rf"\[((?:{_KIND})_\d+\w*(?:\s*(?:,|and|et|und|y|e|en)\s*(?:{_KIND})_\d+\w*)+)\]")
INSTRUCTION = (
    "Words in brackets such as [NAME_1] or [AMOUNT_2] stand for private names, amounts and numbers. Copy them exactly, "
    "brackets and number included, wherever you use what they stand for; [NAME_1] and [NAME_1b] name one person, and an amount "
    "has its currency in it."
)
_TAG = re.compile(r"(<[^<>]*>)")
# The attributes of a request that hold words of the draft or of the people; the others hold ids and the vocabulary.
_TOLD = re.compile(r"""\b(organisation|note|asks)=("[^"]*"|'[^']*')""")
_KINDS: Mapping[str, str] = {"address": "MAIL", "url": "LINK", "iban": "IBAN", "phone": "PHONE"}
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][^\W\d_]+(?:[-'’][^\W\d_]+)*"
# Titles in small letters, but for those that are everyday words then ("me", "don").
_SMALL_TITLE = (
    r"(?:mevrouw|mevr\.|dhr\.|meneer|herrn?|frau|señora?|sra?\.|signora?|sig\.(?:ra)?|dott\.(?:ssa)?"
    r"|monsieur|madame|mme|mlle|mrs?\.|maître|dra?\.)"
)
_STRANGER = re.compile(
    rf"\b(?:(?:{TITLE}|{_SMALL_TITLE})\s+)+(?:(?:[Vv]an|[Vv]on|[Dd]e[rnls]?|[Dd][aiu]|[Ll][ae]|[Tt]e[rn]|zu[rm]?)\s+){{0,3}}"
    rf"(?P<name>{_CAPITAL}(?:\s+{_CAPITAL})?)"
)
_PHONE = re.compile(r"(?<![\w.,/-])\(?\d{2,5}\)?(?:(?:[ \u00a0.-]|[ \u00a0]?/[ \u00a0]?)\d{2,8}){1,5}(?![\w%])")
_DIGITS_OF_A_PHONE = range(9, 13)
_THOUSANDS = re.compile(r"\d{1,3}(?:[ \u00a0.]\d{3})+(?:-\d{1,3}(?:[ \u00a0.]\d{3})+)*")
_DAY = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2,4}|\d{4}-\d{2}-\d{2}")
_MONEY_BEHIND = re.compile(rf"\s?(?:{SIGN}(?!\w)|{CODE}\b|[kKM]\b|k€)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.%+-])[\w.%+-]+@[\w-]+(?:\.[\w-]+)+")
_PLACE = (
    "Ufer|Linden|Markt|Platz|Bahnhof|Hafen|Brunnen|Berg|Tor|Kirche|Mühle|Wall|Anger|Graben|Feld|Wald|Garten|See|Bach|Damm|Hof"
    "|Schloss|Rathaus|Dom|Kai|Park|Höhe|Weiher|Teich|Brücke|Heide|Kamp|Stieg|Alster|Isar|Elbe|Spree"
)
_STREET = re.compile(
    r"\b\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|r\.|avenue|av\.|boulevard|bd\.?|place|pl\.|chemin|ch\.|allée|quai|impasse|route|cours|square)"
    rf" (?:(?:de|du|des|la|le|les|saint|sainte) |[dl]['’])*{_CAPITAL}(?: {_CAPITAL}){{0,3}}"
    r"|\b(?:B\.?P\.?|P\.?O\.? Box|Postfach|Postbus|Apartado|Casella postale) \d{1,6}\b"
    r"|\b[A-ZÀ-ÖØ-Þ][\w-]{2,40}(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer|straat|laan|plein|gracht|kade|singel|dijk|wal|steeg)"
    r" \d{1,4} ?[a-z]?\b"
    rf"|\b(?:Am|An der|An den|Unter den|Unter der|Auf der|Auf dem|In der|Im|Zum|Zur)"
    rf" (?:{_PLACE}|[A-ZÄÖÜ][a-zäöüß]{{2,30}}(?:{_PLACE.lower().replace('|tor|', '|')}))"
    r" \d{1,3}[a-z]?\b(?![.,:]?\d|%)"
    rf"|\b(?:Laan|Plein|Weg|Burg\.|Burgemeester|[A-Z][a-z]{{2,30}} (?:Voor|Achter)burgwal)(?: van(?: de[rn]?)?)?(?: {_CAPITAL})?"
    r" \d{1,4}\b"
    r"|\b(?:Calle|Avenida|Avda\.|Av\.|Plaza|Pza\.|Paseo|Ronda|C/|Via|Viale|V\.le|Piazza|P\.zza|Corso|C\.so|Largo|L\.go)"
    rf" ?(?:(?:de|del|la|los|las|di|della|dei|degli) )*{_CAPITAL}(?: {_CAPITAL}){{0,2}},? (?:n[º°.] ?)?\d{{1,4}}\b"
    r"|\bGran V[íi]a,? \d{1,4}\b"
    rf"|\b\d{{1,5}}[a-z]? (?:{_CAPITAL} ){{1,3}}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Square|Court|Terrace|Gardens)\b"
    # A British postcode.
    r"|\b(?![QHT]\d )[A-Z]{1,2}\d[A-Z\d]? \d(?!GB\b|TB\b|PM\b|AM\b)[ABD-HJLNP-UW-Z]{2}\b"
)
# What a person, a firm or a machine is registered by: tax numbers, sort codes, addresses of a network, a phone number over two lines.
_IDENTIFIER = re.compile(
    r"\b[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]\b|\b[A-HJ-NP-SUVW]\d{7}[\dA-J]\b|\b\d{8}[A-Z]\b"
    r"|\b(?:VAT|TVA|USt\.?-?Id(?:Nr)?\.?|BTW|P\.? ?IVA|CIF|NIF|SIREN|SIRET|KvK)(?: (?:no|nr|number|n°)\.?)?[ :.°]{1,3}"
    r"(?:[A-Z]{2} ?)?\d(?:[ .]?[\dA-Z]){7,13}\b(?![ .,\d]*(?:€|EUR|k€))"
    r"|\bsort code[ :]{1,3}(?:is )?\d{2}[ -]\d{2}[ -]\d{2}\b"
    r"|(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\d|\.\d|\s?(?:€|EUR\b|k€))"
    # A phone number that a line end may part.
    r"|(?<![\w+])(?:\+|00)(?=[1-9](?:\D{0,4}\d){8,14}(?!\d))\d{1,3}"
    r"(?:(?: ?[./-] ?|[ \u00a0]| ?\n[> ]*)?(?:\(0\) ?)?(?!(?:19|20)\d\d-\d)\d{1,4}){3,6}(?!\w|-\d)"
    r"|(?<![\w+])\(0\)\d(?:[ .-]?\d{2}){4}\b|(?<!\w)0\d(?: ?[./-] ?\d{2}| \d{2}){4}\b|\b1-\d{3}-\d{3}-\d{4}\b",
)
_LEGAL = re.compile(
    r"[ ,]+(?:S\.?A\.?S?\.?U?|SARL|EURL|GmbH(?: & Co\.? KG)?|AG|KG|OHG|SE|e\.V\.|S\.?p\.?A\.?|S\.?r\.?l\.?|S\.?L\.?U?\.?|B\.?V\.?|N\.?V\.?"
    r"|Ltd\.?|Limited|plc|Inc\.?|LLC|LLP|Corp\.?|Co\.?)$",
    re.IGNORECASE,
)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "edu", "ltd", "plc", "or", "ne"})
# Of a name's words and signs; a line may end between two words, also of a quoted mail.
_PART = re.compile("[^\\W\u02bc]+|\\s+(?:>\\s*)*|.")
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4`\u2032", "'"))
_REFERENCE = re.compile(r"&#?\w{1,10};")
_LETTERS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "oe"), ("ß", "ss"))  # as two where a keyboard has not the one
_IN_SENTENCE = re.compile(r"[\w,;)'’-][ \u00a0]+$")
_ENDS = ""  # marks in a tree of parts that a name may end there
_LONG_LABEL = 6  # letters of a company's part of an address from which on it may be two words
_GENITIVE = 4  # letters of a name behind which an "s" is no other word
_SHORT_LOGIN = 3  # letters; "ada" is her first name as well
_LARGE = 1000  # a number from here on may tell a price or a volume; smaller ones are counts


_Tree = dict[str, "_Tree"]


class Sent(NamedTuple):
    """One request as it left for the endpoint, or was about to where the endpoint could not be reached."""

    step: str
    model: str
    system: str
    user: str
    schema: Mapping[str, Any]
    address: str = ""
    """Where to, without access data."""
    attempt: int = 1
    """From 2 on the same request again, because the one before it failed."""


class Outbound(NamedTuple):
    """What holds for the requests of one review: what is replaced in them, who is told of each, how many there may be."""

    vault: "Vault | None"
    sent: Callable[[Sent], None]
    budget: Budget


outbound: ContextVar[Outbound | None] = ContextVar("outbound", default=None)


class Vault:
    """The placeholders of one review and what they stand for."""

    def __init__(
        self, case: Case, others: Iterable[Stakeholder] = (), named: Iterable[Correspondent] = (), customer: str = ""
    ) -> None:
        """Number everything in the order of the people and of the draft, whatever is asked first.

        `others` are known and read no mail of this one, `named` stand in the head of a mail of the thread, `customer` is the deal's.
        """
        self._originals: dict[str, str] = {}
        self._known: dict[tuple[str, str], tuple[int, list[str]]] = {}
        self._count: Counter[str] = Counter()
        readers = (*case.draft.stakeholders, *((case.draft.sender,) if case.draft.sender else ()))
        known = (*readers, *others)
        people = _once(known, (p for who in named if (p := _person(who))))
        words = {spelt for p in known for w in _names_of(p.name) if len(w) > 1 for spelt in _spellings(w)}
        logins = [(login, p.address) for p in people for login in _logins_of(p)]
        # Every way to name one person shares a number; a first name that two people have is a name of its own.
        owners: dict[str, set[str]] = {}
        for person in people:
            for spelt in (spelt for name in _names_of(person.name) for spelt in _spellings(name)):
                owners.setdefault(fold(spelt), set()).add(person.address)
        # Half a name, and a short one, is whoever's the whole is, unless somebody else bears it alone.
        whole = {*owners}
        halves = [(half, p.address) for p in people for half in (*_halves_of(p.name), *_short_of(p.name))]
        for half, address in halves:
            if fold(half) not in whole:
                owners.setdefault(fold(half), set()).add(address)
        for login, address in logins:
            owners.setdefault(fold(login), set()).add(address)
        self._owner = {name: next(iter(found)) for name, found in owners.items() if len(found) == 1}
        companies = {name for of in (customer, *(p.organisation for p in people)) for name in _companies_of(of)}
        labels = {label for p in people if (label := _label(p.address))}
        companies |= {form for label in labels for form in (label, label.replace("-", ""))}
        self._labels = [spread for label in labels if (spread := _spread(label))]
        self._parts = _Words(name for label in labels for name in _parts_of_label(label))
        self._names = _Words(words | {login for login, _ in logins})
        # What a head calls a name may be a word: like half a name it is one where it begins with a capital.
        only_named = (w for p in people for w in _names_of(p.name) if len(w) > 1 and w not in words)
        capital = [*(half for half, _ in halves), *only_named]
        self._halves = _Words(spelt for name in capital for spelt in _spellings(name))
        self._companies = _Words(spelt for name in companies for spelt in _spellings(name))
        self._mentioned = finder(people)
        # A line end may part a password from the words it is known by, and then they are in two passages.
        self._secrets = _Words(case.draft.body[start:end] for start, end in secrets(case.draft.body))
        self._lock = Lock()
        for text in (
            *(p.name for p in readers),
            *(p.organisation for p in readers),
            case.draft.subject,
            case.draft.body,
        ):
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
                return _ANSWERED.sub(lambda m: self._original(m, sent), _GROUPED.sub(r"\1", answer))
            case list():
                return [self.restore(item, sent) for item in answer]
            case dict():
                return {key: self.restore(value, sent) for key, value in answer.items()}
        return answer

    def _original(self, match: re.Match[str], sent: frozenset[str]) -> str:
        kind, number = match.group("kind") or match.group("bare"), match.group("number") or match.group("count")
        placeholder = _meant(kind.upper(), number, bool(re.search("[_-]", match.group("core"))), sent)
        if placeholder is not None:
            original, before, behind = self._originals[placeholder], match.group("before"), match.group("behind")
            if placeholder.startswith("AMOUNT"):
                return _with_one_currency(original, before, behind)
            return f"{before or ''}{original}{behind or ''}"
        # "[Step 2]" and "<h1>" are the answer's own.
        if "_" not in match.group("core") and (kind.upper() not in _KIND.split("|") or match.group("open") != "["):
            return match.group()
        raise ModelAnswerError("the model's answer holds a placeholder that it was not given")

    def _attribute(self, match: re.Match[str]) -> str:
        value = unescape(match.group(2)[1:-1], {"&quot;": '"', "&#10;": "\n", "&#13;": "\r", "&#9;": "\t"})
        return f"{match.group(1)}={quoteattr(self._redact(value))}"

    def _redact(self, text: str) -> str:
        # Requests of one review are made ready side by side, each in a thread.
        with self._lock:
            return self._replaced(text)

    def _replaced(self, text: str) -> str:
        result, position = [], 0
        for start, end, kind in _apart(self._found(text)):
            result += [text[position:start], f"[{self._placeholder(kind, text[start:end])}]"]
            position = end
        return "".join([*result, text[position:]])

    def _found(self, written: str) -> Iterator[tuple[int, int, str]]:
        """Spans to replace, the more certain kinds first. What stands in a text as HTML has it is read too: "42&nbsp;500&nbsp;&euro;"."""
        if "&" not in written:
            yield from self._typed(written)
            return
        text, places = _without_references(written)
        for start, end, kind in self._typed(text):
            yield places[start], places[end], kind

    def _typed(self, written: str) -> Iterator[tuple[int, int, str]]:
        """The spans of a text without references of HTML."""
        text = typed(written).translate(_APOSTROPHES)  # letter for letter
        for start, end in secrets(written):
            yield start, end, "SECRET"
        yield from ((start, end, "SECRET") for start, end in self._secrets.spans(text))
        details = find(text)
        yield from ((*match.span(), "MAIL") for match in _ADDRESS.finditer(text))
        yield from ((d.start, d.end, _KINDS[d.kind]) for d in details if d.kind in ("address", "url"))
        # What reads like a placeholder, where it is no part of one of these.
        yield from ((*match.span("core"), "TEXT") for match in _ANSWERED.finditer(text))
        for kind, shape in (("STREET", _STREET), ("NUMBER", _IDENTIFIER)):
            yield from ((*match.span(), kind) for match in shape.finditer(text))
        yield from ((start, end, "PHONE") for start, end in _phones(text))
        yield from ((start, end, "AMOUNT") for start, end in amounts(text))
        for detail in details:
            if detail.kind == "amount":
                yield from ((*span, "AMOUNT") for span in with_lower(text, detail.start, detail.end))
        for detail in details:
            if detail.kind in _KINDS:
                yield detail.start, detail.end, _KINDS[detail.kind]
            elif detail.kind == "number" and float(detail.value) >= _LARGE and not _is_year(detail.quote):
                yield detail.start, detail.end, "NUMBER"
        yield from ((start, end, "COMPANY") for start, end in self._companies.spans(text))
        # In small letters these are words ("our sales force", "the data model").
        spread = (match.span() for spread in self._labels for match in spread.finditer(text))
        for start, end in (*spread, *self._parts.spans(text)):
            if not text[start].islower():
                yield start, end, "COMPANY"
        for start, end in self._names.spans(text):
            if not (text[start:end].islower() and text[start:end] in _words("also_words")):
                yield start, end, "NAME"
        # In small letters half a name is mostly a word ("pierre", "rose").
        for start, end in self._halves.spans(text):
            # At the beginning of a sentence any word has a capital: "Will you", "Bill of materials".
            is_word = text[start:end].lower() in _words("also_words") and not _IN_SENTENCE.search(
                text, max(0, start - 3), start
            )
            if text[start].isupper() and not is_word:
                yield start, end, "NAME"
        # With a slip of the pen, and what is left of a name.
        for start, end in self._mentioned(text):
            yield from self._named(text, start, end)
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
        key = re.sub(r"[\s>]+", " ", fold(original))
        key = self._owner.get(key, key) if kind == "NAME" else key
        if (kind, key) not in self._known:
            self._count[kind] += 1
            self._known[kind, key] = (self._count[kind], [])
        number, spellings = self._known[kind, key]
        if original not in spellings:
            spellings.append(original)
        place = spellings.index(original)
        placeholder = f"{kind}_{number}" + ("" if place == 0 else "z" * (place // 26) + chr(ord("a") + place % 26))
        self._originals[placeholder] = original
        return placeholder


def _meant(kind: str, number: str, is_marked: bool, sent: frozenset[str]) -> str | None:
    """The placeholder of the request that is meant, whatever its case; its kind may be said of several, or, with a mark, translated."""
    translated = data("cues")["redact"]["kinds"].items() if is_marked else ()
    kinds = {kind, kind.removesuffix("S"), *(k for k, names in translated if kind.lower() in names.split())}
    found = [p for p in sent if p.lower() in {f"{k}_{number}".lower() for k in kinds}]
    return found[0] if len(found) == 1 else None


def _currency(text: str) -> str:
    """The code of the first currency in a text, "GBP" of "forty thousand pounds"; empty where there is none that is known."""
    found = (find(f"1 {match[0]}") for match in re.finditer(rf"{SIGN}|{CODE}", text, re.IGNORECASE))
    return next((detail.currency for details in found for detail in details if detail.currency), "")


def _with_one_currency(original: str, before: str | None, behind: str | None) -> str:
    """The original, without a currency that a model wrote beside it once more. Raises ModelAnswerError where it wrote another one."""
    own = _currency(original)
    if not own:
        return f"{before or ''}{original}{behind or ''}"
    if any(_currency(beside) != own for beside in (before, behind) if beside):
        raise ModelAnswerError("the model's answer gives an amount another currency")
    return original


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(data("cues")["redact"][name].split())


def _logins_of(person: Stakeholder) -> set[str]:
    """How systems call a person: "ada_roy", "ada.roy", "adaroy", and what stands before the "@" where it is made of the name."""
    words = _plain(person.name).lower().split()
    local = person.address.partition("@")[0]
    logins = {sign.join(words) for sign in ("", "_", ".", "-")} if len(words) > 1 else set()
    if len(words) > 1:
        first, last = words[0], words[-1]
        logins |= {
            login for login in (first[0] + last, last + first[0], first + last[0]) if len(login) > _SHORT_LOGIN + 1
        }
    return logins | ({local} if len(local) > _SHORT_LOGIN and any(word in local for word in words) else set())


def secrets(text: str) -> Iterator[tuple[int, int]]:
    """Where access data and personal numbers stand: what the patterns of `cues.yaml` call a `value`, and a day of birth whole."""
    told = (Sensitivity.CREDENTIAL, Sensitivity.PERSONAL_DATA)
    yield from ((form.start, form.end) for form in forms(text) if form.has_value or form.entry["sensitivity"] in told)


class _Words:
    """Names to find in a text in any case, where no letter stands beside them but perhaps the "s" of a genitive, which is left there.

    A tree of words and signs rather than one pattern of them all: that one would be tried name by name at each letter of a text.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._tree: _Tree = {}
        for name in names:
            node = self._tree
            for part in map(_read, _PART.findall(name.lower())):
                node = node.setdefault(part, {})
            node[_ENDS] = {"s": {}} if len(name) >= _GENITIVE else {}

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The longest name at each place, in order."""
        parts = _parts(text)
        position = 0
        while position < len(parts):
            part, start, _ = parts[position]
            # A name that opens with a sign stands behind no letter either.
            begins = part in self._tree or part[:-1] in self._tree
            if begins and (not position or _is_word(part) or not _is_word(parts[position - 1][0])):
                end, following = self._longest(parts, position)
                if end:
                    yield start, end
                    position = following
                    continue
            position += 1

    def _longest(self, parts: Sequence[tuple[str, int, int]], position: int) -> tuple[int, int]:
        """Where the longest name that begins at this part ends, and the part behind it; (0, 0) where none does."""
        node, found = self._tree, (0, 0)
        for at in range(position, len(parts)):
            part, _, end = parts[at]
            behind = parts[at + 1][0] if at + 1 < len(parts) else ""
            without_s = node.get(part[:-1], {}) if part.endswith("s") else {}
            if "s" in without_s.get(_ENDS, {}) and _is_word(part[:-1]):
                found = end - 1, at + 1
            if part not in node:
                break
            node = node[part]
            if _ENDS in node and (_is_word(part) or not _is_word(behind) or (behind == "s" and "s" in node[_ENDS])):
                found = end, at + 1
        return found


@lru_cache(maxsize=4)
def _parts(text: str) -> tuple[tuple[str, int, int], ...]:
    """The words and signs of a text, and where each stands. Remembered, because each kind of name is looked for in it."""
    return tuple((_read(m.group().lower()), m.start(), m.end()) for m in _PART.finditer(text))


def _read(part: str) -> str:
    """A part as names are compared by it: any white space within a paragraph is one blank, any apostrophe one."""
    if part[0].isspace():
        return "\n\n" if part.count("\n") > 1 else " "
    return part.translate(_APOSTROPHES)


def _is_word(part: str) -> bool:
    return bool(part) and (part[0].isalnum() or part[0] == "_")


def _without_references(text: str) -> tuple[str, list[int]]:
    """The text with the letters that references of HTML stand for, and where each of its letters, and its end, stands in the text."""
    pieces: list[str] = []
    places: list[int] = []
    position = 0
    for match in _REFERENCE.finditer(text):
        letters = unescape_html(match.group())
        if letters != match.group():
            pieces += [text[position : match.start()], letters]
            places += [*range(position, match.start()), *[match.start()] * len(letters)]
            position = match.end()
    return "".join([*pieces, text[position:]]), [*places, *range(position, len(text) + 1)]


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


def _names_of(name: str) -> list[str]:
    """What a person is called: each word of the name, the whole, and a surname with its particles ("van den Berg")."""
    words = bare(name).split()
    at = next((i for i, word in enumerate(words) if i and word.casefold() in _words("particles")), len(words))
    return [*_name_words(name), name.strip(), *([" ".join(words[at:])] if at < len(words) else [])]


def _halves_of(name: str) -> list[str]:
    """What is left of a name in two parts when only one of it is said: "Anne" and "Lise" of "Anne-Lise", "Angelo" of "d'Angelo"."""
    return [half for word in _name_words(name) for half in re.split("[-'’]", word) if 2 < len(half) < len(word)]


def _spellings(name: str) -> set[str]:
    """A name as it may be written: without accents, "Mueller" for "Müller" and the other way round, "OBrien", "O Brien", "Vandenberg";
    its first letter is a capital where the name's is.
    """
    plain = name.translate(_APOSTROPHES)
    forms = {name, plain, _plain(plain)}
    for one, two in _LETTERS:
        forms |= {form.replace(one, two).replace(one.upper(), two.capitalize()) for form in forms}
        forms |= {form.replace(two, one).replace(two.capitalize(), one.upper()) for form in forms if one != "ß"}
    forms |= {form.replace("ss", "ß") for form in forms}
    forms |= {form.replace("'", sign) for form in forms for sign in ("", " ")}
    if len(parts := plain.split()) > 1 and parts[0].casefold() in _words("particles"):
        forms.add("".join(parts).capitalize())
    return forms


def _short_of(name: str) -> list[str]:
    """Other forms of the first name: "Bill" of "William"."""
    first = next(iter(_name_words(name)), "")
    groups = (entry.split() for entry in data("cues")["short_forms"])
    return [form.capitalize() for group in groups if fold(first) in group for form in group if form != fold(first)]


def _person(who: Correspondent) -> Stakeholder | None:
    """Whom a head names, where it reads like somebody's name: "Ada Roy", "ada@client.example"; None for "Sales team"."""
    words = bare(who.name).split()
    is_name = 1 < len(words) < 5 and all(w[0].isupper() or w.casefold() in _words("particles") for w in words)
    is_name = is_name and not any(c.isdigit() or c == "@" for c in who.name)
    name = "" if not is_name or {w.casefold() for w in words} & _words("no_person") else who.name
    return (
        Stakeholder(name=name or who.address, address=who.address or f"{fold(name)}@") if name or who.address else None
    )


def _once(known: Iterable[Stakeholder], named: Iterable[Stakeholder]) -> tuple[Stakeholder, ...]:
    """Everybody once; whom a head names as somebody who is known is that one, with whatever address it gives."""
    people = {(fold(p.name), p.address): p for p in known}
    names = {name for name, _ in people}
    people |= {(fold(p.name), ""): p for p in named if fold(p.name) not in names}
    return tuple(people.values())


def _companies_of(organisation: str) -> Iterator[str]:
    """What a company is called: the whole, without its legal form, and the word of it that is a name of its own."""
    whole = organisation.strip()
    short = _LEGAL.sub("", whole)
    first, _, rest = short.partition(" ")
    own = rest if first.casefold() in _words("company_words") else first
    yield from (name for name in (whole, short, own) if len(name) > 2 or (name == whole and len(name) > 1))


def _phones(text: str) -> Iterator[tuple[int, int]]:
    """Digits in groups that are as many as a phone number has, and no amount, date or number."""
    for match in _PHONE.finditer(text):
        found = match.group()
        if (
            sum(c.isdigit() for c in found) in _DIGITS_OF_A_PHONE
            and not _THOUSANDS.fullmatch(found)
            and not _DAY.search(found)
            and not _MONEY_BEHIND.match(text, match.end())
        ):
            yield match.span()


def _plain(word: str) -> str:
    folded = fold(word)
    return folded if len(folded) == len(word) else word


def _label(address: str) -> str:
    """The company's part of an address: "atlas" in claire@mail.atlas.fr and c@atlas.co.uk; empty for a public provider."""
    parts = address.rpartition("@")[2].split(".")
    two_level = len(parts) > 2 and parts[-2] in _SECOND_LEVEL
    label = parts[-3] if two_level else parts[-2] if len(parts) > 1 else ""
    return "" if len(label) < 3 or label in _words("providers") else label


def _parts_of_label(label: str) -> Iterator[str]:
    """What of a label is a name by itself: "Atlas Logistique" and "Atlas" of "atlas-logistique"."""
    parts = label.split("-")
    own = next((part for part in parts if part not in _words("company_words")), "")
    yield from (name for name in (" ".join(parts), own) if len(name) >= _GENITIVE)


def _spread(label: str) -> re.Pattern[str] | None:
    """The label with a blank or a hyphen somewhere in it: "Porto Nord" of "portonord"; None for a short one."""
    letters = label.replace("-", "")
    if len(letters) < _LONG_LABEL:
        return None
    cuts = "|".join(f"{re.escape(letters[:at])}[ -]{re.escape(letters[at:])}" for at in range(3, len(letters) - 2))
    return re.compile(rf"\b(?:{cuts})(?=s?\b)", re.IGNORECASE)


def _is_year(quote: str) -> bool:
    return bool(re.fullmatch(r"(?:19|20)\d\d", quote))
