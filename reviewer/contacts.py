"""The people of a deal from a vCard or a sales tool's export, and which of them the deal has already.

An address decides that two are the same person. Where only a name or nearly an address agrees, that is a question for the seller:
two people are never made one by a guess.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import permutations
from typing import Any, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from reviewer.errors import InputError
from reviewer.limits import within
from reviewer.mail import decode_text
from reviewer.names import fold
from reviewer.people import Row, address_in, has_csv_header, named, named_by, parts_in, person_of, read_people
from reviewer.texts import Lang, data, listed, say
from reviewer.types import Role, Side, Stakeholder

_CARD = re.compile(r"^BEGIN:VCARD[ \t]*$", re.IGNORECASE | re.MULTILINE)
# The fields of a card that are read, behind the name of their group if any ("item1.EMAIL").
_FIELD = re.compile(
    r"(?:[\w-]+\.)?(?:BEGIN|VERSION|N|FN|EMAIL|ORG|TITLE|ROLE|NOTE|END)[;:](?P<soft>[^:\n]*QUOTED-PRINTABLE)?",
    re.IGNORECASE,
)
# Below the rows of a report that is exported as CSV, Salesforce writes its name and a copyright notice.
_FOOTER = re.compile(r"\n\s*\n[^\n]*\n\"?Copyright \(c\)[^\n]*salesforce.*\Z", re.IGNORECASE | re.DOTALL)
# Lines of titles and filters that a report may have above the names of its columns.
_ABOVE = 30
# Below the rows of a report: what it adds up, and to whom it belongs, in six languages. They are nobody.
_NOBODYS = re.compile(
    r"(?:(?:(?:grand |sub-?)?totals?|(?:sous-)?tota(?:l|ux)(?: généra(?:l|ux))?|(?:gesamt|zwischen)(?:summen?|ergebnis)"
    r"|(?:sub)?total(?:es)?(?: general(?:es)?)?|totali?(?: complessiv[oi])?|(?:eind|sub)totalen?|(?:record )?count)\s*(?:[(:=\d].*)?"
    r"|(?:confidential|proprietary) information\b.*|copyright (?:\(c\)|©).*)",
    re.IGNORECASE,
)
# What stands before the country in a name that is registered one level deeper ("client.co.uk").
_SECOND_LEVEL = frozenset(("ac", "asso", "co", "com", "edu", "gouv", "gov", "net", "or", "org"))
_BEGINS = 3  # letters from which the beginning of a first name is a short form of it ("Max", "Alex")
_SHORT = 5  # letters below which one slip of the pen makes another word as easily
_NOBODY = "nobody@nowhere.invalid"  # stands in where the name of a row without an address is read
# Parts in a sale that somebody keeps whatever a job title says.
_BUYING = frozenset(
    {
        Role.CHAMPION,
        Role.EXECUTIVE_SPONSOR,
        Role.ECONOMIC_BUYER,
        Role.DECISION_MAKER,
        Role.END_USER,
        Role.INFLUENCER,
        Role.COACH,
        Role.BLOCKER,
    }
)
_CLOSE = 88  # of 100, by rapidfuzz: "Claire Leory" is as close to "Claire Leroy" (92), "Marie Dubois" to "Marc Dubois" is not (87)


class Likeness(StrEnum):
    """What two people have in common who may be one."""

    SAME_NAME = "same_name"
    CLOSE_NAME = "close_name"
    CLOSE_ADDRESS = "close_address"


class Same(NamedTuple):
    """One person by the address."""

    known: Stakeholder
    found: Stakeholder


class Near(NamedTuple):
    """Two people who may be one: the seller is asked."""

    known: Stakeholder
    found: Stakeholder
    likeness: Likeness


class Matched(NamedTuple):
    """Everybody found, in one of three: `same`, `new`, or, with each person whom they may be, `near`."""

    same: tuple[Same, ...]
    new: tuple[Stakeholder, ...]
    near: tuple[Near, ...]


class Answer(NamedTuple):
    """What the seller says about somebody found who is near to somebody known."""

    known: str | None = None
    """Address of the person known whom they are; None where they are somebody else."""
    moved: bool = False
    """Whether their address counts from now on in place of the known one."""


class Contacts(NamedTuple):
    """The people of a file."""

    people: tuple[Stakeholder, ...]
    without_address: tuple[str, ...] = ()
    """Names of those in it who cannot be written to."""


class Brought(NamedTuple):
    """The people of a deal after others were brought in."""

    people: tuple[Stakeholder, ...]
    new: tuple[Stakeholder, ...]
    """Those of them whom the deal did not have."""
    moved: Mapping[str, str]
    """Addresses that are no longer used to those that took their place."""
    asked: tuple[Near, ...]
    """Those who wait for an answer and were left out."""


def read_contacts(raw: bytes | str) -> tuple[Stakeholder, ...]:
    """The people of a file: vCards, a CSV export of HubSpot or Salesforce, or any list that `read_people` reads.

    Bytes may be UTF-8, UTF-16 with its mark, or Latin-1. InputError names the card or the line that is wrong; one without an
    address is: for whoever can say who is left out there is `contacts_of`.
    """
    text = decode_text(raw) if isinstance(raw, bytes) else raw.removeprefix("\ufeff").replace("\r\n", "\n")
    if _CARD.match(text.lstrip()):
        return _contacts_of_cards(text.lstrip(), strict=True).people
    return read_people(_table_of(_FOOTER.sub("\n", text)))


def contacts_of(raw: bytes | str) -> Contacts:
    """The people of a file as `read_contacts` gives them; but cards and rows of a CSV without an address are left out.

    Several of them for one person, under several spellings of the firm or the name, are one. InputError where nobody has an address.
    """
    text = decode_text(raw) if isinstance(raw, bytes) else raw.removeprefix("\ufeff").replace("\r\n", "\n")
    if _CARD.match(text.lstrip()):
        return _contacts_of_cards(text.lstrip())
    text = _table_of(_FOOTER.sub("\n", text))
    return _contacts_of_table(text) if _is_table(text.lstrip("\n")) else Contacts(read_people(text))


def left_out_line(names: Sequence[str], lang: Lang) -> str:
    """One line that says who of a file was left out, because no address is known."""
    return say(lang, "deal.without_address", count=len(names), names=listed(lang, list(names)))


def by_name_lines(found: Sequence[Stakeholder], unknown: Sequence[str], lang: Lang) -> Iterator[str]:
    """Of readers without an address: who was taken from the deal by the name, and who was left out."""
    if found:
        yield say(lang, "deal.by_name", names=", ".join(f"{p.name} <{p.address}>" for p in found))
    if unknown:
        yield left_out_line(unknown, lang)


def match(known: Sequence[Stakeholder], found: Sequence[Stakeholder]) -> Matched:
    """Which of the people found are known by their address, which may be somebody known, and which are new."""
    by_address = {person.address.casefold(): person for person in known}
    same, new, near = [], [], []
    for person in found:
        before = by_address.get(person.address.casefold())
        if before is not None:
            same.append(Same(before, person))
            continue
        questions = [Near(other, person, likeness) for other in known if (likeness := _likeness(other, person))]
        near += questions
        if not questions:
            new.append(person)
    return Matched(tuple(same), tuple(new), tuple(near))


def alike(people: Sequence[Stakeholder]) -> tuple[Near, ...]:
    """Those of one list who may be one person, each with who stands before them in it."""
    return tuple(
        Near(known, found, likeness)
        for number, found in enumerate(people)
        for known in people[:number]
        if (likeness := _likeness(known, found))
    )


def bring_in(
    known: Sequence[Stakeholder], found: Sequence[Stakeholder], answers: Mapping[str, Answer], replace: bool = False
) -> Brought:
    """The people known, brought up to date and joined by the new ones; whoever may be somebody known needs an answer.

    `answers` are by the address found; with `replace` whoever was not found is left out. InputError where an answer is about
    nobody, or where somebody would have two addresses.
    """
    matched = match(known, found)
    asked = {near.found.address for near in matched.near}
    by_address = {person.address: person for person in known}
    pairs = {same.known.address: same.found for same in matched.same}
    new = list(matched.new)
    moved: dict[str, str] = {}
    for address, answer in answers.items():
        person = next((p for p in found if p.address == address), None)
        if person is None or address in by_address or (answer.known is not None and answer.known not in by_address):
            raise InputError(
                f"{address}: an answer names a person of the file, and where it is nobody new, one of the deal."
            )
        if answer.known is None:
            new += [person] if address in asked else []
            continue
        # Whoever is in the file by the known address as well is brought up to date by that line of it.
        pairs.setdefault(answer.known, person)
        new = [p for p in new if p is not person]
        if answer.moved and answer.known in moved:
            raise InputError(
                f"{by_address[answer.known].name} cannot move to two addresses, {moved[answer.known]} and {address}."
            )
        if answer.moved:
            moved[answer.known] = address
    waiting = tuple(near for near in matched.near if near.found.address not in answers)
    # Whoever waits for an answer is not in the file for sure, and not out of it either.
    staying = {near.known.address for near in waiting}
    people = [
        updated(p, pairs[p.address], moved.get(p.address), replace) if p.address in pairs else p
        for p in known
        if not replace or p.address in pairs or p.address in staying
    ]
    order = {person.address: number for number, person in enumerate(found)}
    new.sort(key=lambda p: order[p.address])
    return Brought((*people, *new), tuple(new), moved, waiting)


def updated(known: Stakeholder, found: Stakeholder, moved: str | None = None, replace: bool = False) -> Stakeholder:
    """The person known with what is said of them now, at the address they moved to.

    What a bare header does not say stays; so do a fuller name, a job where only a part in the sale is told, and every part in the
    sale, to which another is added: two tools call one person by two of them. With `replace` the parts told now are all.
    """
    parts = {**parts_in(known.note), **parts_in(found.note)}
    in_sale = _BUYING.union(*parts.values())
    told = tuple(r for r in found.roles if r is not Role.UNKNOWN)
    kept = [r for r in known.roles if r in in_sale and not (replace and in_sale & set(told))]
    if all(r in in_sale for r in told):
        kept = [r for r in known.roles if r in kept or r not in (*in_sale, Role.UNKNOWN)]
    roles = tuple(dict.fromkeys((*kept, *told)))
    # The words by which a part is known go on in the note, beside what it says now.
    words = [part for part, named in parts_in(known.note).items() if set(named) & set(kept) and part not in found.note]
    said = {
        "name": "" if found.name == named_by(found.address) or _shortens(found.name, known.name) else found.name,
        "address": moved,
        "organisation": found.organisation,
        "side": found.side if found.side is not Side.CUSTOMER else "",
        "roles": roles,
        "note": " - ".join([found.note, *words]) if found.note else "",
    }
    return known.model_copy(
        update={"recipient": found.recipient, **{key: value for key, value in said.items() if value}}
    )


def question(near: Near, lang: Lang) -> str:
    """The question to the seller: are these two one person, and why it is asked."""
    known, found = near.known, near.found
    names = {"name": known.name, "address": known.address, "other": found.name, "other_address": found.address}
    return say(lang, f"deal.near.{near.likeness}", **names)


def _likeness(known: Stakeholder, found: Stakeholder) -> Likeness | None:
    first, second = _words(known.name), _words(found.name)
    if first and first == second:
        return Likeness.SAME_NAME
    if close_name(known, found):
        return Likeness.CLOSE_NAME
    return Likeness.CLOSE_ADDRESS if close_address(found, known) else None


# --- how close two people are --------------------------------------------------------------------------------------


def company(address: str) -> str:
    """The registrable domain of an address: "client.example" of "claire@mail.client.example"."""
    labels = address.rsplit("@", 1)[-1].casefold().split(".")
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if deep else labels[-2:])


def is_private(address: str) -> bool:
    """Whether an address is of a provider of mailboxes, where people of any firm have theirs."""
    return company(address).split(".")[0] in _providers()


@lru_cache(maxsize=1)
def _providers() -> frozenset[str]:
    # "example" stands in that list for the domains that documents use, which are nobody's mailbox.
    return frozenset(data("cues")["redact"]["providers"].split()) - {"example"}


def close_name(one: Stakeholder, other: Stakeholder) -> bool:
    """Whether two names may be one person's.

    A slip of the pen, an initial or a short form in place of the first name, or a name of the two left out.
    """
    first, second = sorted((_words(one.name), _words(other.name)), key=len)
    if not first or first == second:
        return bool(first)
    if len(first) == 1:
        return len(first[0]) > 1 and first[0] in (second[0], second[-1])
    if first[-1] == second[-1]:
        if 1 in (len(first[0]), len(second[0])):
            return first[0][0] == second[0][0]
        if short_form(first[0], second[0]):
            return True
    return set(first) <= set(second) or _nearly(first, second)


def _nearly(first: Sequence[str], second: Sequence[str]) -> bool:
    return fuzz.ratio(" ".join(sorted(first)), " ".join(sorted(second))) >= _CLOSE


def close_address(found: Stakeholder, known: Stakeholder) -> bool:
    """Whether the address found looks like the known one mistyped.

    No mistake are two addresses that each follow from their own person's name ("t.roux", "k.roux"). An address that
    came without a name follows from nobody's: its name was made of it, slip and all.
    """
    (local, domain), (known_local, known_domain) = _halves(found.address), _halves(known.address)
    if local == known_local:
        return close_domain(domain, known_domain)
    if domain != known_domain or not _slip(local, known_local) or local[0] != known_local[0]:
        return False
    named = found.name != named_by(found.address)
    return not (named and _follows(found) and _follows(known)) or close_name(found, known)


def close_domain(one: str, other: str) -> bool:
    """Whether one of two domains looks like the other mistyped; the same name under another ending is another domain."""
    (label, _, ending), (other_label, _, other_ending) = company(one).partition("."), company(other).partition(".")
    return ending == other_ending and _slip(label, other_label)


def short_form(one: str, other: str) -> bool:
    """Whether two first names, folded, are one: "tom" and "thomas", or one that the other begins with."""
    shorter, longer = sorted((one, other), key=len)
    begins = len(shorter) >= _BEGINS and longer.startswith(shorter)
    return begins or any(one in forms and other in forms for forms in _short_forms())


@lru_cache(maxsize=1)
def _short_forms() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(line.split()) for line in data("cues")["short_forms"])


def _halves(address: str) -> tuple[str, str]:
    local, _, domain = address.casefold().rpartition("@")
    return local, domain


def _slip(one: str, other: str) -> bool:
    """Whether one letter is lost, added, wrong, or two are swapped; another number is no slip ("team1", "team2")."""
    if min(len(one), len(other)) < _SHORT or re.sub(r"\D", "", one) != re.sub(r"\D", "", other):
        return False
    return OSA.distance(one, other, score_cutoff=1) == 1


def _follows(person: Stakeholder) -> bool:
    """Whether the address is made of the person's name: its words, what they begin with, or one of each ("jsmith")."""
    names = _words(person.name)
    parts = re.findall(r"[a-z]+", fold(_halves(person.address)[0]))
    pairs = {(a[:n], b) for a, b in permutations(names, 2) for n in range(1, len(a) + 1)}
    made = {a + b for a, b in pairs} | {b + a for a, b in pairs}
    return bool(parts) and all(part in made or any(name.startswith(part) for name in names) for part in parts)


def _shortens(name: str, fuller: str) -> bool:
    """Whether one name is the other with less of it: "K. Benali", "Karim", of "Karim Benali"."""
    words, left = _words(name), _words(fuller)
    for word in words:
        whole = next((w for w in left if w == word or (len(word) == 1 and w.startswith(word))), None)
        if whole is None:
            return False
        left.remove(whole)
    return bool(words) and len("".join(words)) < len("".join(_words(fuller)))


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", fold(name))


# --- one person, told of several times -----------------------------------------------------------------------------


def _as_one(before: Stakeholder, person: Stakeholder, where: str) -> Stakeholder:
    """Two entries with one address as one person. InputError where their names are two people's."""
    if _shortens(before.name, person.name):
        name = person.name
    elif _shortens(person.name, before.name) or sorted(_words(before.name)) == sorted(_words(person.name)):
        name = before.name
    else:
        raise InputError(
            f"{where}: {before.name} and {person.name} have one address, {person.address}; keep one of the two."
        )
    roles = tuple(dict.fromkeys(r for r in (*before.roles, *person.roles) if r is not Role.UNKNOWN))
    notes = dict.fromkeys(note for p in (before, person) for note in p.note.split(" - ") if note)
    return before.model_copy(
        update={
            "name": name,
            "roles": roles or (Role.UNKNOWN,),
            "organisation": before.organisation or person.organisation,
            "side": person.side if before.side is Side.CUSTOMER else before.side,
            "note": " - ".join(notes),
        }
    )


# --- tables --------------------------------------------------------------------------------------------------------


def _table_of(text: str) -> str:
    """The text with its lines above the names of the columns left blank, as a report has its title and its filters there.

    Whatever has an address above them is a list of people, and stays.
    """
    lines = text.split("\n")
    at = next((n for n, line in enumerate(lines[:_ABOVE]) if has_csv_header(line) and _is_table(line)), 0)
    if address_in("\n".join(lines[:at])):
        return text
    return "\n".join([*[""] * at, *lines[at:]])


def _is_table(text: str) -> bool:
    """Whether the text is a CSV with a header: then a line without an address is no mistake in a list."""
    header = text.split("\n", 1)[0]
    if "@" in header or not re.search(r"[,;\t|]", header):
        return False
    try:
        return read_people(header) == ()
    except InputError:
        return False


def _contacts_of_table(text: str) -> Contacts:
    above = len(text) - len(text.lstrip("\n"))
    header, _, below = text.lstrip("\n").partition("\n")
    delimiter = max(",;\t|", key=header.count)
    reader = csv.reader(io.StringIO(below), delimiter=delimiter)
    try:
        rows = [(above + reader.line_num + 1, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        return Contacts(read_people(text))  # which says what is wrong with it
    columns = [i for i in range(len(header.split(delimiter))) if _person_of_cells(header, delimiter, {i: _NOBODY})]
    kept: dict[str, list[tuple[int, str]]] = {}
    left: list[str] = []
    for number, row in rows:
        cells = dict(enumerate(row))
        address = next((cells[i] for i in columns if cells.get(i, "").strip()), "")
        if "@" not in address:
            said = next(filter(None, map(str.strip, row)))
            # "Total" may be somebody's firm: a row of nobody has figures beside it, or nothing.
            names = [
                cell
                for cell in map(str.strip, row)
                if cell and cell != said and cell.replace("-", "").replace(" ", "").isalpha()
            ]
            if _NOBODYS.fullmatch(said) and not names:
                continue
            person = _person_of_cells(header, delimiter, {**cells, **dict.fromkeys(columns[:1], _NOBODY)})
            # Whoever has no name either is known by what the row says first.
            left.append(person.name if person and person.name != named_by(_NOBODY) else said)
        else:
            kept.setdefault(address_in(address), []).append((number, _written(row, delimiter)))
    within("The file", len(kept), "people")
    if left and not kept:
        raise InputError("Nobody in the file has a mail address; export it again with the addresses.")
    return Contacts(tuple(_person_of_rows(header, lines) for lines in kept.values()), tuple(dict.fromkeys(left)))


def _written(row: Sequence[str], delimiter: str) -> str:
    line = io.StringIO()
    # On one line: the writer puts no quotes around a line end that is not its own.
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(" ".join(cell.split()) for cell in row)
    return line.getvalue()


def _person_of_cells(header: str, delimiter: str, cells: Mapping[int, str]) -> Stakeholder | None:
    """The person of a row with these cells; None where it is nobody's."""
    row = [cells.get(i, "") for i in range(max(cells, default=0) + 1)]
    try:
        return next(iter(read_people(f"{header}\n{_written(row, delimiter)}")), None)
    except InputError:
        return None


def _person_of_rows(header: str, lines: Sequence[tuple[int, str]]) -> Stakeholder:
    """The person whom all of these rows are about, each with its number in the file."""
    try:
        (person,) = read_people("\n".join([header, *(line for _, line in lines)]))
    except InputError:
        (_, person), *others = [(number, _person_of_line(header, number, line)) for number, line in lines]
        for number, other in others:
            person = _as_one(person, other, f"Line {number}")
    return person


def _person_of_line(header: str, number: int, line: str) -> Stakeholder:
    # Blank lines are skipped, and counted in what is said of a wrong one.
    blank = "\n" * (number - 1 - line.count("\n"))
    (person,) = read_people(f"{header}{blank}{line}")
    return person


# --- vCard ---------------------------------------------------------------------------------------------------------


class _Unaddressed(NamedTuple):
    """A card without an address."""

    card: str
    name: str


def _contacts_of_cards(text: str, strict: bool = False) -> Contacts:
    """The people of the cards; with `strict` a card without an address is an InputError, as it is where all are."""
    starts = [match.start() for match in _CARD.finditer(text)]
    within("The file", len(starts), "people")
    cards = [_fields_of(text[start:end]) for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    people: dict[str, Stakeholder] = {}
    left: list[_Unaddressed] = []
    for number, card in enumerate(cards, 1):
        person = _person_of_card(card, number)
        if isinstance(person, _Unaddressed):
            left.append(person)
            continue
        before = people.get(person.address)
        people[person.address] = _as_one(before, person, f"Card {number}") if before else person
    if left and (strict or not people):
        raise InputError(f"{left[0].card} has no mail address; add it, or take the card out.")
    return Contacts(tuple(people.values()), tuple(one.name for one in left))


def _fields_of(card: str) -> str:
    """The card without photos, keys and whatever else is not read, so that nothing in them can make it unreadable."""
    kept: list[str] = []
    keeping = coded = soft = False
    for line in card.split("\n"):
        # A long line goes on in one that is indented, or, in version 2.1, behind a "=" at its end.
        if not (line[:1] in (" ", "\t") or soft):
            field = _FIELD.match(line)
            keeping, coded = field is not None, bool(field and field["soft"])
        soft = coded and line.endswith("=")
        if keeping and line.strip():
            kept.append(line)
    return "\n".join(kept)


def _person_of_card(card: str, number: int) -> Stakeholder | _Unaddressed:
    # The library takes a tenth of a second to import: only a file of cards waits for it.
    import vobject

    written = re.search(r"^(?:FN|N)\b[^:\n]*:(.*)$", card, re.IGNORECASE | re.MULTILINE)
    called = f"Card {number} ({written.group(1).strip(' ;')[:60]})" if written else f"Card {number}"
    try:
        # Version 2.1 writes accents as quoted-printable.
        fields = vobject.readOne(card, allowQP=True).contents
    except Exception as error:  # the library's own, and what broken encodings raise inside it
        raise InputError(f"{called} is damaged and cannot be read; export it again, or take it out.") from error
    addresses = _addresses(fields.get("email", []))
    if not addresses:
        return _Unaddressed(called, named(_text(fields, "fn") or _name(fields), "").name or called)
    titles = [_text(fields, name) for name in ("title", "role")]
    name, beside = named(_text(fields, "fn") or _name(fields), addresses[0])
    note = " - ".join(filter(None, [_text(fields, "note"), *addresses[1:]]))
    about = tuple(dict.fromkeys(filter(None, [*beside, *titles])))
    return person_of(Row(number, name, addresses[0], about, _text(fields, "org"), note=note))


def _addresses(lines: Sequence[Any]) -> list[str]:
    """The addresses of a card, the preferred one first: PREF (2.1), TYPE=PREF (3.0), or the lowest PREF=n (4.0)."""

    def rank(line: Any) -> int:  # noqa: ANN401 - a line as the library gives it
        if "PREF" in [word.upper() for word in [*line.singletonparams, *line.params.get("TYPE", [])]]:
            return 0
        number = line.params.get("PREF", ["101"])[0]
        return int(number) if number.isdigit() else 101

    found = (address_in(str(line.value)) for line in sorted(lines, key=rank))
    return list(dict.fromkeys(filter(None, found)))


def _text(fields: Mapping[str, Sequence[Any]], name: str) -> str:
    """The first value of a field; of a value in parts (a firm and its departments) the first part."""
    value = fields[name][0].value if fields.get(name) else ""
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) else ""


def _name(fields: Mapping[str, Sequence[Any]]) -> str:
    """First and last name where the card has no full name."""
    name = fields["n"][0].value if fields.get("n") else None
    parts = (getattr(name, part, "") for part in ("given", "family"))
    return " ".join(part if isinstance(part, str) else " ".join(part) for part in parts).strip()
