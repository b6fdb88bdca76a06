"""Before a mail leaves: is it addressed to the people it is meant for, and does it carry what it announces?

Every caution is for the seller to look at; nothing is blocked. A false alarm on every mail would soon be read by nobody, so each
rule keeps silent where it cannot tell.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from rapidfuzz import fuzz

from reviewer import texts
from reviewer.addressees import ADDRESS
from reviewer.contacts import close_address, close_domain, company, is_private, short_form
from reviewer.cues import speaks_to_one
from reviewer.forms import Form, forms, tells
from reviewer.mail import FORWARDS, REPLIES
from reviewer.names import bare, first_name, fold, mentions, surname
from reviewer.people import merge, named_by
from reviewer.roles import roles_of
from reviewer.texts import data, listed, pattern, say
from reviewer.thread import quoted_mails
from reviewer.types import THREAD, Case, Caution, CautionKind, Draft, Envelope, Passage, Role, Side, Stakeholder, Zone
from reviewer.zones import fits

_CLEAR = 3  # people from whose common domain it is clear where the customer is
_FEW = 2  # strangers of as many firms who may be in copy by mistake
_ALIKE = 75  # of 100, by rapidfuzz: spellings of a first name ("Sofie", "Sophie")
_AROUND = 50  # characters on both sides in which words take an announcement back ("not attached", "in my last mail")
_HEAD = 20_000  # characters of a thread that its first head may take
_STEM = 4  # letters of a domain with which that of a subsidiary may begin
_LONG = 3  # letters from which a word inside a name may be a short form of it ("Beth", "Sandra")
_OWN_LINES = ("account", "iban", "phone")  # forms that a seller may give to everybody

_JOINS = frozenset(("et", "and", "und", "y", "e", "en"))
# The lines by which a mail client says who wrote the words below, and who read them.
_FROM = re.compile(r"^[>*_\s]*(?:from|de|von|da|van)\s*[*_]*\s*:", re.IGNORECASE | re.MULTILINE)
_TO = re.compile(r"^[>*_\s]*(?:to|à|an|para|a|aan)\s*[*_]*\s*:", re.IGNORECASE | re.MULTILINE)
_RULE = re.compile(r"[-_*>\s]{2,}[^\n]*")  # "-----Original Message-----" by itself
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_SIGNS = re.compile(r"[\W_]+")


class Look(NamedTuple):
    """All that a rule may look at."""

    case: Case
    envelope: Envelope

    @property
    def readers(self) -> tuple[Stakeholder, ...]:
        """Everybody who would read the mail: the draft's people, and whoever else stands in To or Cc of its file."""
        sender = self.case.draft.sender
        others = (p for p in self.envelope.addressed if sender is None or p.address != sender.address)
        return merge(self.case.draft.stakeholders, others)

    @property
    def absent(self) -> tuple[Stakeholder, ...]:
        """The people known who would not read the mail."""
        reading = {p.address for p in self.readers}
        return tuple(p for p in self.envelope.known if p.address not in reading)

    def is_known(self, person: Stakeholder) -> bool:
        """Whether the address is one of those known."""
        return person.address in {p.address for p in self.envelope.known}

    def is_own(self, person: Stakeholder) -> bool:
        """Whether somebody works on the seller's side, by the list or by the domain of the sender; or is the sender at home."""
        sender = self.case.draft.sender
        if person.side is Side.OWN or sender is None:
            return person.side is Side.OWN
        last = fold(surname(sender)).replace(" ", "")
        if len(last) >= _LONG and last in person.address.split("@")[0] and is_private(person.address):
            return True
        return company(sender.address) == company(person.address) and not is_private(sender.address)

    def passages(self, *zones: Zone) -> tuple[Passage, ...]:
        """The passages of these zones, in order."""
        return tuple(p for p in self.case.passages if p.zone in zones)

    def names(self, people: Sequence[Stakeholder]) -> str:
        """The names as a sentence lists them, in the seller's language."""
        return listed(self.case.situation.explain_in, [p.name for p in people])

    def caution(
        self,
        kind: CautionKind,
        people: Sequence[Stakeholder],
        quote: str,
        keys: tuple[str, str] = ("explanation", "suggestion"),
        **values: object,
    ) -> Caution:
        """A caution in the seller's language; `keys` name its two texts."""
        lang = self.case.situation.explain_in
        explanation, suggestion = (say(lang, f"caution.{kind}.{key}", quote=quote, **values) for key in keys)
        addresses = tuple(dict.fromkeys(p.address for p in people))
        return Caution(kind=kind, people=addresses, quote=quote, explanation=explanation, suggestion=suggestion)


def cautions(case: Case, envelope: Envelope) -> tuple[Caution, ...]:
    """What to look at before this draft leaves; empty where nothing is odd."""
    look = Look(case, envelope)
    return tuple(caution for rule in RULES for caution in rule(look))


# --- addresses -----------------------------------------------------------------------------------------------------


def in_names(look: Look) -> Iterator[Caution]:
    """An address that stands in the name of a reader, or beside it, and is no reader's: it may have been meant to be one."""
    known = {p.address for p in look.case.draft.stakeholders}
    for reader in look.readers:
        for address in ADDRESS.findall(f"{reader.name} {reader.note}"):
            if address.lower() not in known:
                yield look.caution(CautionKind.IN_NAME, (reader,), address, address=address, name=reader.name)


def close_addresses(look: Look) -> Iterator[Caution]:
    """A reader whom the deal does not know, at an address that looks like one of the deal's, or like another reader's domain."""
    kind = CautionKind.CLOSE_ADDRESS
    for reader in look.readers:
        address = reader.address
        if look.is_known(reader):
            continue
        twin = _meant_instead(look, reader)
        if twin is not None:
            keys = ("explanation" if close_address(reader, twin) else "other_address", "suggestion")
            yield look.caution(kind, (reader, twin), address, keys, address=address, other=twin.address, name=twin.name)
        elif (domain := _like_domain(look, company(address))) is not None:
            keys = ("domain", "domain_suggestion")
            yield look.caution(kind, (reader,), address, keys, address=address, domain=domain)


def _meant_instead(look: Look, reader: Stakeholder) -> Stakeholder | None:
    """Whom of those known an unknown reader may be at a wrong address: one that looks like theirs, or another under their full name."""
    if look.is_known(reader):
        return None
    near = (p for p in look.envelope.known if close_address(reader, p))
    alike = (p for p in look.absent if " " in p.name and fold(bare(p.name)) == fold(bare(reader.name)))
    short = (p for p in look.absent if _is_shortened(reader, p))
    return next(near, None) or next(alike, None) or next(short, None)


def _is_shortened(reader: Stakeholder, known: Stakeholder) -> bool:
    """Whether an address without a name is somebody's of the same firm with another form of the first name: "d.roy" for "dan.roy"."""
    if reader.name != named_by(reader.address) or company(reader.address) != company(known.address):
        return False
    words, theirs = fold(reader.name).split(), fold(bare(known.name)).split()
    if len(words) < 2 or len(theirs) < 2 or words[-1] != theirs[-1]:
        return False
    return short_form(words[0], theirs[0]) or (len(words[0]) == 1 and theirs[0].startswith(words[0]))


def _like_domain(look: Look, domain: str) -> str | None:
    """The domain that this one looks like: the deal's, the seller's, or one that more of the readers have, or that came first."""
    sender = look.case.draft.sender
    trusted = [company(p.address) for p in (*look.envelope.known, *([sender] if sender else []))]
    if domain in trusted:
        return None
    counted = [name for name, _ in Counter(company(p.address) for p in look.readers).most_common()]
    return next((d for d in [*trusted, *counted[: counted.index(domain)]] if close_domain(domain, d)), None)


def outsiders(look: Look) -> Iterator[Caution]:
    """Readers listed as the customer's whose addresses are of other companies than most, or of a private mailbox."""
    circle = [p for p in look.readers if p.side is Side.CUSTOMER and not look.is_own(p)]
    deal = {p.address: p for p in (*look.envelope.known, *circle) if p.side is Side.CUSTOMER}
    domains = Counter(company(address) for address in deal if not is_private(address))
    house = next((domain for domain, _ in domains.most_common(1)), "")
    count = sum(number for domain, number in domains.items() if _is_same_house(domain, house))
    if count < 2 or count <= len(deal) / 2:
        return
    told = [p for p in look.readers if p.side is not Side.CUSTOMER or _is_told_of(p)]
    met = (*look.envelope.known, *look.envelope.reached, *told)
    strangers = [p for p in circle if not _is_expected(look, p, house, met)]
    named = _named(look, strangers)
    strangers = [
        p
        for p in strangers
        if p.address not in named and not _meant_instead(look, p) and _like_domain(look, company(p.address)) is None
    ]
    private = [p for p in strangers if is_private(p.address)]
    others = [p for p in strangers if not is_private(p.address)]
    if not _stand_out(look, others, count):
        others = []
    for people, keys in ((private, ("free", "free_suggestion")), (others, ("explanation", "suggestion"))):
        if people:
            yield look.caution(
                CautionKind.OUTSIDER,
                people,
                ", ".join(dict.fromkeys(company(p.address) for p in people)),
                keys,
                count=len(people),
                names=look.names(people),
                addresses=", ".join(p.address for p in people),
                domain=house,
            )


def _stand_out(look: Look, others: Sequence[Stakeholder], count: int) -> bool:
    """Whether readers of other firms are strangers among `count` of the customer, and no circle that was meant.

    Readers of two firms are strangers among twice as many. Those of more firms, or several of each, are such a circle,
    unless it is known who belongs to the deal.
    """
    firms = {company(p.address) for p in others}
    two = len(firms) == len(others) == _FEW and count >= _FEW * len(others)
    return count >= _CLEAR and (len(firms) == 1 or two or bool(look.envelope.known))


def _is_expected(look: Look, reader: Stakeholder, house: str, met: Sequence[Stakeholder]) -> bool:
    """Whether a reader is of the customer's house, or among those of whom the seller knows (`met`), or their colleague."""
    domain = company(reader.address)
    if _is_same_house(domain, house) or look.is_known(reader) or _is_told_of(reader):
        return True
    return any(reader.address == p.address or (domain == company(p.address) and not is_private(domain)) for p in met)


def _is_same_house(domain: str, house: str) -> bool:
    """Whether two domains are one company's: "client.com" and "client.fr", "client-uk.com", "clientgroup.com"."""
    label, other = domain.partition(".")[0], house.partition(".")[0]
    shorter, longer = sorted((label, other), key=len)
    return label == other or (len(shorter) >= _STEM and longer.startswith(shorter)) or shorter in longer.split("-")


def _is_told_of(reader: Stakeholder) -> bool:
    """Whether the list says something about the reader: then the seller knows who that is."""
    return reader.roles != (Role.UNKNOWN,) or bool(reader.note or reader.organisation)


def _named(look: Look, people: Sequence[Stakeholder]) -> set[str]:
    """Addresses of those whom the mail names, or whose firm it names."""
    if not people:
        return set()
    text = "\n".join([look.case.draft.subject, *(p.text for p in look.passages(Zone.GREETING, Zone.AUTHOR))])
    plain = fold(text)
    # A first name that somebody else bears too ("Hi Sam") tells of neither; one person at two addresses is one.
    names = {fold(bare(p.name)) for p in people}
    others = [p for p in (*look.case.draft.stakeholders, *look.envelope.known) if fold(bare(p.name)) not in names]
    everybody = [*people, *others]
    told = {m.addresses for m in mentions(text, list({p.address: p for p in everybody}.values()))}
    named = {addresses[0] for addresses in told if len(addresses) == 1} & {p.address for p in people}
    firms = {p.address: company(p.address).split(".")[0] for p in people}
    return named | {address for address, firm in firms.items() if len(firm) >= _LONG and firm in plain}


# --- names ---------------------------------------------------------------------------------------------------------


def greeted(look: Look) -> Iterator[Caution]:
    """The greeting names somebody who is no reader."""
    for passage in look.passages(Zone.GREETING):
        text = passage.text
        spoken = mentions(text, (*look.readers, *look.absent))
        readers = {p.address for p in look.readers}
        by_address = {p.address: p for p in look.absent}
        for mention in spoken:
            if not readers & set(mention.addresses):
                people = [by_address[a] for a in mention.addresses]
                yield look.caution(
                    CautionKind.GREETING,
                    people,
                    text[mention.start : mention.end],
                    ("explanation", "known"),
                    name=look.names(people),
                    address=", ".join(p.address for p in people),
                )
        for mention in reversed(spoken):
            text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
        for name in _names(text):
            if not _may_mean(look, name):
                yield look.caution(CautionKind.GREETING, (), name)


def _names(greeting: str) -> list[str]:
    """What can only be names in a greeting; nothing where it holds words that are neither names nor a way to greet."""
    nobody = set(data("cues")["misdirected"]["no_names"].split())
    circle = pattern("misdirected.circle")
    names: list[str] = []
    end = None
    # "Joyeux Noël Helen": Noël is a feast there, and somebody in "Bonjour Noël".
    greeting = pattern("misdirected.feasts").sub(lambda m: " " * len(m[0]), greeting)
    for word in _WORD.finditer(greeting):
        plain = fold(word.group())
        # "Messieurs-Dames" is two of them.
        if nobody.issuperset(plain.split("-")) or (plain in _JOINS and word.group().islower()):
            end = None
        elif not word.group()[0].isupper() or word.group().isupper() or circle.search(plain) or roles_of(plain):
            return []
        else:
            adjacent = end is not None and not greeting[end : word.start()].strip(" \u00a0")
            if adjacent:
                names[-1] += f" {word.group()}"
            else:
                names.append(word.group())
            end = word.end()
    return names


def _may_mean(look: Look, name: str) -> bool:
    """Whether a name may be a reader's, or their company's, or the matter's, however it is shortened or spelt."""
    words = [fold(w) for w in _WORD.findall(name)]
    if any(word in fold(look.case.draft.subject) for word in words):
        return True
    for person in look.readers:
        theirs = [w for w in re.split(r"[\W\d_]+", fold(bare(person.name))) if w]
        # Whoever is known by an initial, a mailbox or a single word may bear any name.
        if len(theirs) < 2 or len(theirs[0]) < 2:
            return True
        firms = [company(person.address).split(".")[0], *re.findall(r"[^\W\d_]+", fold(person.organisation))]
        local = person.address.split("@")[0]
        for word in words:
            if any(_alike(word, other) for other in [*theirs, *firms]) or word in local:
                return True
    return False


def _alike(word: str, other: str) -> bool:
    return (
        word.startswith(other)
        or other.startswith(word)
        or short_form(word, other)
        or (len(word) >= _LONG and word in other)
        or fuzz.ratio(word, other) >= _ALIKE
    )


def same_first_names(look: Look) -> Iterator[Caution]:
    """The draft speaks to a first name that a reader shares with somebody of the deal who is no reader."""
    for reader in look.readers:
        first = fold(first_name(reader))
        twins = [p for p in look.absent if p.side is not Side.OWN and fold(first_name(p)) == first]
        # Whoever had the mail before is the right one; so is whoever is named in full.
        if (
            len(first) < 2
            or not twins
            or _meant_instead(look, reader)
            or reader.address in {p.address for p in (*look.envelope.before, *look.envelope.sent)}
        ):
            continue
        found = [
            (mention, passage.text[mention.start : mention.end])
            for passage in look.passages(Zone.GREETING, Zone.AUTHOR)
            for mention in mentions(passage.text, (reader, *twins))
            if len(mention.addresses) == 1 or mention.to or passage.zone is Zone.GREETING
        ]
        named = any(mention.addresses == (reader.address,) for mention, _ in found)
        quote = next((text for mention, text in found if len(mention.addresses) > 1 and fold(text) == first), None)
        if quote is not None and not named:
            yield look.caution(
                CautionKind.SAME_FIRST_NAME,
                (reader, *twins),
                quote,
                reader=reader.name,
                address=reader.address,
                name=look.names(twins),
                other=", ".join(p.address for p in twins),
            )


# --- the thread, the files -----------------------------------------------------------------------------------------


def grown(look: Look) -> Iterator[Caution]:
    """A reply has readers whom the mail it answers did not have; with a quoted thread they would read that too."""
    thread = look.passages(*THREAD)
    head = fold(_head(look.case.draft, thread))
    told = bool(look.envelope.before or head)
    if not (told or look.envelope.sent) or not _is_reply(look.case.draft):
        return
    # Of the mail answered the file or its head tells best; the last message of the deal may have been answered to more people.
    before = {p.address for p in (look.envelope.before if told else look.envelope.sent)}
    entries = [set(_WORD.findall(entry)) for entry in re.split(r"[:;,<>\[\]]|\n(?![ \t])", head)]
    for mail in quoted_mails(look.case.draft.body, look.case.passages):
        if mail.by:
            before.add(mail.by.address)
            entries.append(set(_WORD.findall(fold(mail.by.name))))
    people = [
        p
        for p in look.readers
        if not (p.address in before or p.address in head or look.is_own(p) or _stands_in(p, entries))
    ]
    if not told:
        named = {
            a for p in look.passages(Zone.GREETING, Zone.AUTHOR) for m in mentions(p.text, people) for a in m.addresses
        }
        people = [p for p in people if p.address not in named]
    if people:
        keys = ("quoted", "quoted_suggestion") if thread else ("explanation", "suggestion")
        keys = keys if told else (f"sent_{keys[0]}", keys[1])
        yield look.caution(CautionKind.GROWN, people, "", keys, count=len(people), names=look.names(people))


def _head(draft: Draft, thread: Sequence[Passage]) -> str:
    """The head of the mail that is answered, with who wrote and who read it; empty where the thread does not begin with one.

    "Ada wrote:" does not say who else had that mail, and the head of an older one below it does not either.
    """
    opening = next((p for p in thread if not _RULE.fullmatch(p.text)), None)
    if opening is None or not _FROM.search(opening.text):
        return ""
    # Made from HTML, a head may have blank lines between its fields.
    parts = re.split(r"\n[>\s]*\n", draft.body[opening.start :][:_HEAD])
    head = "\n".join([parts[0], *takewhile(lambda part: fits("header", part.split("\n")[0]), parts[1:])])
    return head if _TO.search(head) else ""


def _is_reply(draft: Draft) -> bool:
    """Whether the draft answers a mail; whoever forwards one wants others to read it."""
    return not FORWARDS.match(draft.subject) and bool(draft.in_reply_to or REPLIES.match(draft.subject))


def _stands_in(person: Stakeholder, entries: Sequence[set[str]]) -> bool:
    """Whether one of the entries names the person: Outlook leaves out the addresses, and sometimes the last names."""
    names = set(_WORD.findall(fold(bare(person.name))))
    return any(entry and (entry <= names or names <= entry) for entry in entries)


def missing_attachment(look: Look) -> Iterator[Caution]:
    """The author announces a file, and the draft has none."""
    if look.envelope.attachments != 0:
        return
    for passage in look.passages(Zone.AUTHOR):
        text = " ".join(passage.text.split())
        announced = pattern("misdirected.announced").search(text)
        if announced is None:
            continue
        around = text[max(0, announced.start() - _AROUND) : announced.end() + _AROUND]
        if not pattern("misdirected.no_file").search(around):
            yield look.caution(CautionKind.ATTACHMENT, (), announced.group().strip(" (–-"))
            return


def told_by_signature(look: Look) -> Iterator[Caution]:
    """A number around the mail's words that is not the seller's own to give: every message repeats it, and every reader gets it."""
    lang = look.case.situation.explain_in
    lines = look.passages(Zone.GREETING, Zone.SIGNOFF, Zone.SIGNATURE)
    for n, passage in enumerate(lines):
        # Two patterns may know one number.
        for form in {f.end: f for f in forms(passage.text) if f.has_value}.values():
            if _is_own_line(look, lines[:n], passage, form):
                continue
            kind = data("texts")["flag"]["kind"].get(form.name, {}).get(lang, form.name)
            keys = ("explanation", "suggestion") if passage.zone is Zone.SIGNATURE else ("frame", "frame_suggestion")
            yield look.caution(CautionKind.SIGNATURE, (), passage.text[form.start : form.end], keys, what=kind)


def told_by_subject(look: Look) -> Iterator[Caution]:
    """A subject line that gives something away, which no proposed message takes over."""
    subject, lang = look.case.draft.subject, look.case.situation.explain_in
    if not tells(subject):
        return
    form = next((f for f in forms(subject) if f.has_value), None)
    quote = subject[form.start : form.end] if form else subject
    what = texts.word(lang, "sensitivity", form.entry["sensitivity"] if form else "confidential")
    yield look.caution(CautionKind.SUBJECT, (), quote, what=what)


def _is_own_line(look: Look, above: Sequence[Passage], passage: Passage, form: Form) -> bool:
    """Whether it is a bank or telephone line of a label and names alone, below the seller's name.

    Not where it speaks to a reader or names one, or where the number stands in the text or in somebody's quoted mail: then it may be
    somebody else's.
    """
    draft = look.case.draft
    beside = f"{passage.text[: form.start]} {passage.text[form.end :]}"
    strangers = [p for p in look.readers if not look.is_own(p)]
    words, taken = _names_in(beside), frozenset(data("cues")["misdirected"]["not_own"].split())
    if (
        form.name not in _OWN_LINES
        or any(word[0].islower() for word in _WORD.findall(pattern("misdirected.own_line").sub(" ", beside)))
        or speaks_to_one(beside, draft.language)
        or words & taken.union(*(_names_in(bare(p.name)) for p in strangers))
        or any(p.organisation and fold(p.organisation) in fold(beside) for p in strangers)
    ):
        return False
    signed = _names_in("\n".join(p.text for p in above))
    seller = _names_in(bare(draft.sender.name)) if draft.sender else signed
    others = [p.text for p in look.passages(Zone.GREETING, Zone.AUTHOR)]
    others += [
        mail.text
        for mail in quoted_mails(draft.body, look.case.passages)
        if mail.by is None or not seller & _names_in(mail.by.name)
    ]
    number = _SIGNS.sub("", passage.text[form.start : form.end])
    return bool(seller & signed) and not any(number in _SIGNS.sub("", text) for text in others)


def _names_in(text: str) -> set[str]:
    return {part for word in _WORD.findall(fold(text)) for part in re.split("['’]", word)}


RULES: tuple[Callable[[Look], Iterator[Caution]], ...] = (
    in_names,
    close_addresses,
    outsiders,
    greeted,
    same_first_names,
    grown,
    missing_attachment,
    told_by_signature,
    told_by_subject,
)
