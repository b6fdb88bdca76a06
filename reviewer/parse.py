"""From a file and a list of people to a draft and its passages."""

import re
import textwrap
import unicodedata
from functools import lru_cache
from itertools import pairwise

from reviewer.addressees import AROUND, LONGEST_NAME, correspondents
from reviewer.contacts import company, is_private, read_contacts
from reviewer.errors import InputError
from reviewer.language import detect
from reviewer.limits import within
from reviewer.mail import (
    RawMail,
    Unaddressed,
    decode_text,
    looks_like_mail,
    looks_like_mbox,
    looks_like_msg,
    read_mail,
    read_mbox,
    read_msg,
)
from reviewer.names import fold
from reviewer.passages import passages
from reviewer.people import merge, people_from_headers
from reviewer.roles import roles_of
from reviewer.texts import data
from reviewer.transfer import decoded
from reviewer.types import THREAD, Correspondent, Draft, Envelope, Language, Passage, Recipient, Side, Stakeholder, Zone

_TITLE = 80  # letters; a longer line under a name is a sentence
_NO_OWN_TEXT = "The draft holds no text of its own, only quoted or closing lines: write above the quoted mail."
NO_ADDRESS = "@sender.invalid"
"""Ends the address of a seller who signs by name alone."""


def read_draft(
    raw: bytes, people: str | None = None, subject: str = "", sender: str = ""
) -> tuple[Draft, tuple[Passage, ...]]:
    """The draft of a text file or an .eml with its passages.

    `people` is the text of a list of people or of vCards; without it the readers are those of the mail's headers. `subject` and
    `sender` ("Name <address>") stand in for what the file does not say, or replace it. Raises InputError.
    """
    mail = any_mail(raw)
    listed = read_contacts(people) if people is not None else ()
    return make_draft(mail, listed, subject, sender)


def envelope_of(mail: RawMail, known: tuple[Stakeholder, ...]) -> Envelope:
    """What the mail says beside its text, with the people known: the deal's, or those of a list that goes with a mail file."""
    named = (*mail.named, *(Correspondent(reader.name, "") for reader in mail.unaddressed))
    return Envelope(
        known, mail.people, mail.thread_people, attachments=mail.attachments, earlier=mail.earlier, named=named
    )


def any_mail(raw: bytes) -> RawMail:
    """The mail of a file: an .eml, an Outlook .msg, the newest mail of an mbox, or a text.

    Its readers have the roles of the titles that the quoted thread gives them.
    """
    if looks_like_msg(raw):
        mail = read_msg(raw)
    elif looks_like_mbox(raw):
        mail = read_mbox(raw)
    else:
        mail = read_mail(raw) if looks_like_mail(raw) else plain_mail(decode_text(raw))
    if not mail.people:
        return mail
    _, found = _passages(mail.body, mail.people)
    quoted = "\n".join(p.text for p in found if p.zone in THREAD)
    return mail._replace(people=tuple(_introduced(p, quoted) for p in mail.people)) if quoted else mail


def make_draft(
    mail: RawMail, listed: tuple[Stakeholder, ...], subject: str = "", sender: str = ""
) -> tuple[Draft, tuple[Passage, ...]]:
    """The draft of a mail for these people, and its passages.

    Letters that were typed in parts, as text out of a PDF or of macOS may be, are composed, so that a name is found however it is
    typed; soft hyphens go.
    """
    mail = mail._replace(body=_composed(mail.body), subject=_composed(mail.subject))
    if not mail.body.strip():
        raise InputError("The draft is empty: paste the text of the mail, or name the file that holds it.")
    given = sender_of(sender)
    _refuse_readers_mail(mail, listed, given)
    _refuse_others_mail(mail, listed, given)
    author = given or mail.sender
    people = tuple(p for p in merge(listed, () if listed else mail.people) if not author or p.address != author.address)
    if not people:
        raise InputError("Nobody would read this mail: name its readers, one a line (--people on the command line).")
    code, found = _passages(mail.body, people)
    if not any(p.zone is Zone.AUTHOR for p in found):
        raise InputError(_NO_OWN_TEXT)
    within("The draft", len(found), "passages")
    author = author or _signed(found)
    line = re.sub(r"\s+", " ", subject or mail.subject).strip()
    within("The draft with its subject", len(line) + len(mail.body), "characters")
    draft = Draft(
        subject=line,
        body=mail.body,
        sender=author,
        stakeholders=people,
        language=code,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
        hidden=mail.hidden,
    )
    return draft, found


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text.replace("\u00ad", ""))


def refuse_received(mail: RawMail, sellers: tuple[Stakeholder, ...], people: tuple[Stakeholder, ...]) -> None:
    """InputError where a mail of a deal with these people was written by another firm to one of those who sell in it."""
    by = mail.sender
    if by is None or by.address in {p.address for p in sellers}:
        return
    firms = {company(p.address) for p in sellers if not is_private(p.address)}
    own = {p.address for p in (*sellers, *(p for p in people if p.side is Side.OWN))}
    # A seller may write from another mailbox, under the same name.
    if company(by.address) in firms or by.address in own or fold(by.name) in {fold(p.name) for p in sellers}:
        return
    reached = [p for p in mail.people if p.address in own or company(p.address) in firms]
    if sellers and (reached or by.address in {p.address for p in people}):
        raise _received(by)


def _refuse_readers_mail(mail: RawMail, listed: tuple[Stakeholder, ...], seller: Stakeholder | None) -> None:
    """InputError where the mail is not the seller's draft but by a reader of it, such as the newest of a thread not yet answered."""
    by = mail.sender
    known = next((p for p in listed if by and _is_same(by, p) and p.side is not Side.OWN), None)
    # Whoever is named as the seller, or puts themselves in copy, is no customer whatever the list says.
    if known is None or known.address in {p.address for p in (*mail.people, *([seller] if seller else []))}:
        return
    beside = [company(p.address) for p in listed if p.side is not Side.OWN and p != known]
    if not beside or beside.count(company(known.address)) * 2 >= len(beside):
        raise _received(known)


def _refuse_others_mail(mail: RawMail, listed: tuple[Stakeholder, ...], seller: Stakeholder | None) -> None:
    """InputError where a pasted text is somebody else's mail from its first line on, which nothing was written above.

    Its head names none of those who are to read the draft, nor their firm as the address of a whole team does, or it is by a colleague
    of theirs. Whatever the seller wrote is their own.
    """
    if mail.attachments is not None or mail.sender is None or not listed:
        return
    if seller and mail.sender.address == seller.address:
        return
    by = company(mail.sender.address)
    firms = [company(p.address) for p in listed if p.side is not Side.OWN and not is_private(p.address)]
    known = {p.address for p in listed}
    to_others = mail.people and not any(p.address in known or company(p.address) in firms for p in mail.people)
    own = mail.sender.address in {p.address for p in listed if p.side is Side.OWN}
    # A list may have the seller's own colleagues without saying so.
    if not own and (to_others or (by in firms and firms.count(by) * 2 > len(firms))):
        raise InputError(_NO_OWN_TEXT)


def _is_same(by: Stakeholder, person: Stakeholder) -> bool:
    """Whether a sender is this person: by the address, or by the name where the mail says no more."""
    return person.address == by.address or (by.address.endswith(NO_ADDRESS) and fold(person.name) == fold(by.name))


def _received(by: Stakeholder) -> InputError:
    return InputError(
        f"The newest mail is by {by.name}, who is a reader, not the seller: write your answer above it and save "
        "that draft, or name who sells with --sender.",
        "The newest mail is by a reader, not the seller: write an answer above it, or name who sells.",
    )


def _passages(body: str, people: tuple[Stakeholder, ...]) -> tuple[Language, tuple[Passage, ...]]:
    """Cut with a first guess of the language, and again where the author's own words are in another."""
    guess = detect(body[:4000]) or "en"
    found = passages(body, guess, people)
    code = language_of(found) or guess
    return code, found if code == guess else passages(body, code, people)


def language_of(found: tuple[Passage, ...]) -> Language | None:
    """The language of the author's own words, whatever language the thread below is in."""
    own = " ".join(p.text for p in found if p.zone in (Zone.AUTHOR, Zone.GREETING, Zone.SIGNOFF))
    return detect(own[:4000])


def plain_mail(text: str) -> RawMail:
    """A text file; header-like lines at its top give subject, sender and readers. What is left of quoted-printable is read.

    A blank before every line, as some programs print a mail, is none of the seller's.
    """
    text = _undented(decoded(text))
    head, rest = _head(text)
    sender = sender_of(head["from"]) or _named_alone(head["from"]) if "from" in head else None
    body = rest.strip("\n") if rest.strip() else ""
    to, cc = head.get("to", ""), head.get("cc", "")
    found = people_from_headers(to, cc) if to or cc else ()
    names = (*((who, Recipient.TO) for who in correspondents(to)), *((who, Recipient.CC) for who in correspondents(cc)))
    unaddressed = tuple(Unaddressed(who.name, recipient) for who, recipient in names if who.name and not who.address)
    return RawMail(head.get("subject", ""), sender, found, body, unaddressed=unaddressed)


def _head(text: str) -> tuple[dict[str, str], str]:
    """The header fields at the top of a text by their kind, and the text below: as they are typed, or as a mail client shows them.

    A subject and a sender with an address may stand alone; of readers and a date only a whole head is taken, above a blank line.
    """
    lines = text.lstrip().split("\n")
    found: dict[str, str] = {}
    alone, at, last = 0, 0, ""
    for at, line in enumerate(lines):
        kind, value = _field_of(line)
        goes_on = (
            last in ("to", "cc") and (line[:1] in (" ", "\t") or found[last].endswith((",", ";"))) and line.strip()
        )
        if kind and kind not in found:
            found[kind], last = value, kind
        elif not kind and goes_on:
            found[last] += f" {line.strip()}"
        elif not kind:
            break
        by_address = kind == "from" and sender_of(value) is not None
        alone = at + 1 if alone == at and (kind == "subject" or by_address) else alone
    # "A: confermare" with "Data: 3 maggio" below it is what the seller writes.
    named = {"from", "subject", "cc"} & set(found) or sender_of(found.get("to", ""))
    whole = not lines[at].strip() and {"to", "cc"} & set(found) and named
    if whole:
        return found, "\n".join(lines[at:])
    kept = dict(pair for pair in map(_field_of, lines[:alone]))
    return kept, "\n".join(lines[alone:]) if alone else text


def _field_of(line: str) -> tuple[str, str]:
    """The kind of a header field, and its value; empty where the line is none."""
    for kind, words in _fields():
        if match := words.match(line):
            return kind, match["value"].strip(" \t\u00a0*_")
    return "", ""


@lru_cache(maxsize=1)
def _fields() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (kind, re.compile(rf"[\s*_]*(?:{words})[\s*_]*:[*_]*(?P<value>.*)", re.IGNORECASE))
        for kind, words in data("zones")["fields"].items()
    )


def _named_alone(name: str) -> Stakeholder | None:
    name = re.sub(r"\s+", " ", name).strip(AROUND)
    if not name or len(name) > LONGEST_NAME:
        return None
    return Stakeholder(name=name, address=f"{fold(name).replace(' ', '.')}{NO_ADDRESS}", side=Side.OWN)


def _undented(text: str) -> str:
    # Line ends are all that may stand before the text, so only its own lines count.
    return textwrap.dedent(text) if text.lstrip("\n")[:1] in (" ", "\t") else text


def sender_of(text: str) -> Stakeholder | None:
    """Who sells, from "Name <address>"; None where there is no address in it."""
    found = people_from_headers(text)
    return found[0].model_copy(update={"side": Side.OWN}) if found else None


def _introduced(person: Stakeholder, quoted: str) -> Stakeholder:
    """The person with the role of the title under their name in the quoted thread.

    "Karim Benali" and below it "DSI", or "Karim Benali, DSI" on one line: a signature, or a list of who was there.
    """
    name = fold(person.name).split()
    lines = [re.sub(r"^[\s>|*_•–-]+|[\s*_]+$", "", line) for line in quoted.split("\n")]
    for line, below in pairwise([*lines, ""]):
        before, _, behind = (
            part.strip() for part in re.sub(r"\s+[-–—|]\s+|\s*[,|]\s+", "\0", line, count=1).partition("\0")
        )
        title = behind or below
        if len(name) > 1 and fold(before).split() == name and len(title) <= _TITLE and "@" not in title:
            roles = roles_of(title)
            if roles:
                return person.model_copy(update={"roles": roles, "note": title})
    return person


def _signed(found: tuple[Passage, ...]) -> Stakeholder | None:
    """The seller by the name and address of the signature; None where it has no name."""
    signature = [line.strip(" *_-–—,") for p in found if p.zone is Zone.SIGNATURE for line in p.text.split("\n")]
    name = next(
        (line for line in signature if re.fullmatch(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){1,3}", line)), None
    )
    if name is None or not name[:1].isupper():
        return None
    address = next(
        (m.group().lower() for line in signature if (m := re.search(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", line))), ""
    )
    return Stakeholder(name=name, address=address or f"{fold(name).replace(' ', '.')}{NO_ADDRESS}", side=Side.OWN)
