"""From a file and a list of people to a draft and its passages."""

import re
import textwrap
import unicodedata
from itertools import pairwise

from reviewer.contacts import company, is_private, read_contacts
from reviewer.errors import InputError
from reviewer.language import detect
from reviewer.limits import within
from reviewer.mail import (
    RawMail,
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
from reviewer.transfer import decoded
from reviewer.types import THREAD, Correspondent, Draft, Envelope, Language, Passage, Side, Stakeholder, Zone

_FIELD = re.compile(
    r"\A\s*(?P<field>objet|subject|betreff|asunto|oggetto|onderwerp|de|from|von|van|da)\s*:[ \t]*(?P<value>[^\n]*)\n",
    re.IGNORECASE,
)
_TITLE = 80  # letters; a longer line under a name is a sentence
NO_ADDRESS = "@sender.invalid"
"""Ends the address of a seller who signs by name alone."""
_FROM = {"de", "from", "von", "van", "da"}


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
    author = given or mail.sender
    people = tuple(p for p in merge(listed, () if listed else mail.people) if not author or p.address != author.address)
    if not people:
        raise InputError("Nobody would read this mail: name its readers, one a line (--people on the command line).")
    code, found = _passages(mail.body, people)
    if not any(p.zone is Zone.AUTHOR for p in found):
        raise InputError(
            "The draft holds no text of its own, only quoted or closing lines: write above the quoted mail."
        )
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
    known = next((p for p in listed if by and p.address == by.address and p.side is not Side.OWN), None)
    # Whoever is named as the seller, or puts themselves in copy, is no customer whatever the list says.
    if known is None or known.address in {p.address for p in (*mail.people, *([seller] if seller else []))}:
        return
    beside = [company(p.address) for p in listed if p.side is not Side.OWN and p != known]
    if not beside or beside.count(company(known.address)) * 2 >= len(beside):
        raise _received(known)


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
    """A text file; header-like lines at its top give subject and sender. What is left of quoted-printable is read.

    A blank before every line, as some programs print a mail, is none of the seller's.
    """
    subject, sender, text = "", None, _undented(decoded(text))
    while match := _FIELD.match(text):
        value = match.group("value").strip()
        if match.group("field").lower() in _FROM:
            sender = sender_of(value)
            if sender is None:
                break
        else:
            subject = value
        text = text[match.end() :]
    return RawMail(subject, sender, (), text.strip("\n") if text.strip() else "")


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
