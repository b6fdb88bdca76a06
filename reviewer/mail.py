"""Read a mail file: headers, people, and the text of the author, whatever its encoding and structure.

The standard library parses; the body is the plain text part, or the text of the HTML where there is no other. Of an
mbox the newest mail is the draft; the others tell who else is in the thread, and what was said in it.
"""

import email
import email.policy
import logging
import mimetypes
import re
from collections.abc import Iterator, Sequence, Set
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, Literal, NamedTuple

from charset_normalizer import from_bytes

from reviewer.addressees import addressees, correspondents
from reviewer.errors import InputError
from reviewer.hostile import is_hostile
from reviewer.limits import limits, within
from reviewer.people import address_in, merge, named, people_from_headers
from reviewer.transfer import decoded
from reviewer.types import Correspondent, Earlier, Recipient, Side, Stakeholder

_HEADER_LINE = re.compile(rb"\A(?:From |(?:[A-Za-z][A-Za-z0-9-]{1,40}):[ \t]*[^\n]*\r?\n)")
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # byte order marks
_WESTERN = frozenset(
    "àâäáãåæçéèêëíìîïñóòôöõøœúùûüýÿßÀÂÄÁÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜÝŸ€£§°«»“”‘’„‚–—…•·¿¡ºª²³½¼¾±×÷©®™µ\u00a0"
)
_MAIL_FIELDS = re.compile(
    rb"^(?:from|to|date|message-id|mime-version|received|return-path|content-type|delivered-to):", re.I | re.M
)
_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD_NAME = re.compile(rb"[!-9;-~]+:")
_ADDRESSEES = re.compile(rb"(?:to|cc):", re.I)
_ADDRESSEE = re.compile(rb"@|=\?")
_MBOX_LINE = re.compile(rb"(?:\A\s*|\n\r?\n)From [^\r\n]*\r?\n(?=[A-Za-z][A-Za-z0-9-]{1,40}:)")
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9_-]{0,60}:")
_MAIL_FIELD = re.compile(
    rb"(?:from|to|cc|bcc|date|subject|sender|reply-to|message-id|in-reply-to|references|received|return-path|mime-version"
    rb"|delivered-to|status|importance|priority|(?:content|list|resent|x)-[a-z0-9_-]+):",
    re.I,
)
_USUAL_FIELD = re.compile(rb"(?:from|to|date|message-id|received|return-path|x-unsent|mime-version):", re.I)
_WRITTEN = re.compile(rb"From \S+\s.{0,40}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.{0,20}\d:[0-5]\d")
# What a mail client sets before the subject of a mail that answers another, or hands it on, in six languages and a few more.
REPLIES = re.compile(r"\s*(?:re|aw|rép?|rif|r|antw|sv|odp)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
FORWARDS = re.compile(r"\s*(?:tr|fwd?|wg|rv|i|doorst|reenv|enc)\s*:", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,200}@[!-;=?A-~]{1,200}>")  # RFC 5322, without white space
_SHOWN_TO, _SHOWN_CC = "__substg1.0_0E04", "__substg1.0_0E03"  # PidTagDisplayTo and PidTagDisplayCc
_IN_TEXT = 4  # of PidTagAttachFlags: shown within the HTML (MS-OXCMSG 2.2.2.18)
_MOST_REFERENCES = 100
_HIDDEN = 2000  # characters of a text that no reader sees in which an order is looked for
# Declarations, without blanks, of what no reader sees; white letters are no such, as what they stand on is seldom known.
_UNSEEN = re.compile(
    r"(?:^|[;{])(?:display:none|visibility:hidden|font-size:(?:0(?:\.\d+)?|1(?:\.\d+)?(?=px|pt))(?:px|pt|;|!|$)"
    r"|font-size:0(?:\.0\d*)?(?:r?em|%)|mso-hide:all|opacity:0?(?:\.0\d*)?(?:;|!|$)"
    r"|(?:left|top|right|text-indent|margin-left):-\d{3,}(?:px|pt|em)|(?:max-)?(?:height|width):0(?:px|pt|em)?(?:;(?:.*;)?overflow:hidden))"
)
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]{0,2000})\}")
# Bounded by what it must not hold, so that one without an end is read once.
_CSS_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)")
_CSS_BRACE = re.compile(r"[{}]")
_SELECTOR = re.compile(r"(?P<tag>[a-z][a-z0-9]*)?(?P<sign>[.#])(?P<name>[\w-]+)", re.IGNORECASE)
_MOST_EARLIER = 100  # mails of a thread whose text is read beside the draft
_UNSENT = datetime.max.replace(tzinfo=UTC)  # a mail without a date is newer than every mail that was sent
# Of a field about a part of the mail all that is read is at its beginning, and the standard library takes minutes for a long one.
_LONG_FIELD = re.compile(
    rb"^(Content-[A-Za-z-]{1,40}:(?:[^\r\n]|\r?\n[ \t]){1000})(?:[^\r\n]|\r?\n[ \t])+", re.I | re.M
)
_LONGEST_NAMING = 10_000  # characters of a field with people that the standard library reads
_NAMING = ("To", "Cc", "Bcc", "Reply-To", "Sender")  # header fields with people
_UNDATED = datetime.min.replace(tzinfo=UTC)


class Unaddressed(NamedTuple):
    """Somebody in To or Cc whom the mail names without an address."""

    name: str
    recipient: Recipient


class RawMail(NamedTuple):
    """A mail file as text."""

    subject: str
    sender: Stakeholder | None
    people: tuple[Stakeholder, ...]
    """To and Cc."""
    body: str
    in_reply_to: str = ""
    """Message id of the mail that it answers."""
    references: tuple[str, ...] = ()
    """Message ids of its thread, the oldest first."""
    thread_people: tuple[Stakeholder, ...] = ()
    """Who wrote or read the other mails of an mbox, or an attached mail that this one answers."""
    attachments: int | None = None
    """Files on the mail, without the pictures within its text; None where it is no mail file."""
    earlier: tuple[Earlier, ...] = ()
    """The other mails of an mbox that have a text, the newest first, at most 100."""
    unaddressed: tuple[Unaddressed, ...] = ()
    """Of an Outlook file: readers of whom it has the name alone."""
    mails: int = 1
    """How many mails the file has."""
    hidden: str = ""
    """An instruction to an AI in what the reader of an HTML mail does not see."""
    named: tuple[Correspondent, ...] = ()
    """Everybody whom the head names: also in Bcc and Reply-To, and without an address."""


def looks_like_mail(raw: bytes) -> bool:
    """Whether the bytes open with the headers of a mail, not with text."""
    head = raw.lstrip()[:4000].split(b"\n\n")[0].split(b"\r\n\r\n")[0]
    return bool(_HEADER_LINE.match(raw.lstrip())) and len(_MAIL_FIELDS.findall(head)) >= 2


def looks_like_mbox(raw: bytes) -> bool:
    """Whether the bytes are mails one after the other, each opened by a line `From ...` (RFC 4155)."""
    return raw.lstrip().startswith(b"From ") and bool(_mbox_starts(raw))


def looks_like_msg(raw: bytes) -> bool:
    """Whether the bytes are an Outlook .msg (a compound file)."""
    return raw.startswith(_COMPOUND)


def read_msg(raw: bytes) -> RawMail:
    """An Outlook .msg. Raises InputError where it is no mail, or where the library that reads it is not installed."""
    try:
        import extract_msg
    except ImportError:
        raise InputError("To read .msg files install extract-msg; or save the mail as .eml or plain text.") from None
    # It logs what it finds odd in a file, which is nobody's business.
    logging.getLogger("extract_msg").setLevel(logging.CRITICAL)
    try:
        with extract_msg.openMsg(raw) as found:
            subject, body = (str(getattr(found, name, "") or "") for name in ("subject", "body"))
            sender, to, cc = (str(getattr(found, name, "") or "") for name in ("sender", "to", "cc"))
            # Without a table of recipients, the names of To and Cc as Outlook shows them.
            to, cc = (
                given or str(found.getStringStream(tag) or "") for given, tag in ((to, _SHOWN_TO), (cc, _SHOWN_CC))
            )
            # The HTML is taken out of the RTF, which takes a hundred times as long as all else.
            html = None if body.strip() else getattr(found, "htmlBody", None)
            files = sum(map(_is_file_of_msg, found.attachments))
            answered, references = _thread_of_msg(found)
            inner = [a.data for a in found.attachments if isinstance(a.data, extract_msg.MSGFile)]
            attached = [_attached_msg(mail) for mail in inner]
    except Exception as error:
        raise InputError("The .msg file cannot be read; save the mail as .eml or plain text.") from error
    text = _checked(_html_text(read := _decoded(html, None))) if html else _checked(body)
    if not text.strip():
        raise InputError("The mail has no text; open it in your mail client and save it again, or paste the text.")
    senders = people_from_headers(sender)
    author = senders[0].model_copy(update={"side": Side.OWN}) if senders else None
    line = re.sub(r"[\s\0]+", " ", subject).strip()
    return RawMail(
        line,
        author,
        people_from_headers(to, cc),
        text,
        answered,
        references,
        thread_people=_of_thread(attached, line, (answered, *references)),
        attachments=files,
        unaddressed=(*_unaddressed(to, Recipient.TO), *_unaddressed(cc, Recipient.CC)),
        hidden=_hidden_order(read) if html else "",
    )


def _unaddressed(field: str, recipient: Recipient) -> Iterator[Unaddressed]:
    """The entries of a field of Outlook's that have no address: a name that was typed and never looked up, or one of Exchange."""
    for entry in field.split(";"):
        name = named(" ".join(re.sub(r"<[^<>]*>", "", entry).split()).strip("\0'\" "), "").name
        if name and not address_in(entry):
            yield Unaddressed(name, recipient)


def _attached_msg(mail: Any) -> "_Attached":  # noqa: ANN401 - the library need not be installed
    fields = {name: str(getattr(mail, name, "") or "") for name in ("sender", "to", "cc", "subject", "messageId")}
    people = people_from_headers("; ".join(filter(None, (fields["sender"], fields["to"]))), fields["cc"])
    return _Attached(message_ids(fields["messageId"]), fields["subject"], people)


def _thread_of_msg(found: Any) -> tuple[str, tuple[str, ...]]:  # noqa: ANN401 - the library need not be installed
    """In-Reply-To and References: properties of an Outlook draft, headers of a mail that has travelled."""
    header = getattr(found, "header", None) or {}
    answered = message_ids(str(getattr(found, "inReplyTo", "") or header.get("In-Reply-To") or ""))
    chain = found.getStringStream("__substg1.0_1039") or header.get("References") or ""
    return answered[0] if answered else "", message_ids(str(chain))


def _is_file_of_msg(attachment: Any) -> bool:  # noqa: ANN401 - the library need not be installed
    """Whether somebody would find it as a file; hidden, or a picture with a content id, it is a part of the text."""
    if attachment.hidden or (attachment.getPropertyVal("37140003") or 0) & _IN_TEXT:
        return False
    name = str(attachment.getFilename() or "")
    return not (attachment.cid and (mimetypes.guess_type(name)[0] or "").startswith("image/"))


def decode_text(raw: bytes) -> str:
    """The text of a plain file: UTF-8 with or without its mark, else the encoding that fits best; line ends are \\n.

    Raises InputError for binary files and for texts beyond the limit.
    """
    if raw[:2] not in _UTF_16 and b"\0" in raw[:100_000]:
        raise InputError("The file is binary, not text; save the draft as plain text or as .eml.")
    return _checked(_decoded(raw, None))


def _decoded(raw: bytes, charset: str | None) -> str:
    for name in (charset, "utf-16" if raw[:2] in _UTF_16 else None, "utf-8-sig"):
        if name:
            try:
                return raw.decode(name)
            except (LookupError, UnicodeDecodeError, ValueError):
                continue
    # Other encodings are guessed only where the text is no good Western European: a short text is easily misread.
    western = raw.decode("cp1252", "replace")
    strange = sum(c not in _WESTERN for c in western if ord(c) > 127)
    if strange == 0:
        return western
    best = from_bytes(raw[:200_000]).best()
    return raw.decode(best.encoding if best else "cp1252", "replace")


def _checked(text: str) -> str:
    within("The text", len(text), "characters")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return text.replace("\0", "").replace("\ufeff", "")


def read_mail(raw: bytes) -> RawMail:
    """The author's text with subject, sender and readers. Raises InputError where there is no text in it."""
    raw = _LONG_FIELD.sub(rb"\1", _indented(raw))
    # The modern reader of headers fails in many ways on what is broken enough; the old one takes them as they stand.
    for policy in (email.policy.default, email.policy.compat32):
        try:
            return _read(email.message_from_bytes(raw, policy=policy))
        except InputError:
            raise
        except Exception:  # noqa: S112 - its words would be the mail's; nothing is logged
            continue
    raise InputError("The mail is damaged and cannot be read; paste its text instead.")


def _indented(raw: bytes) -> bytes:
    """The mail with addressees indented that go on in the first column, as some tools write them: the headers would end there."""
    end = _BLANK_LINE.search(raw)
    head = raw[: end.start()] if end else raw
    lines = head.split(b"\n")
    within_field = False
    for number, line in enumerate(lines):
        goes_on = within_field and lines[number - 1].rstrip().endswith((b",", b";"))
        if _FIELD_NAME.match(line):
            within_field = bool(_ADDRESSEES.match(line))
        elif not line[:1].isspace() and goes_on and _ADDRESSEE.search(line):
            lines[number] = b" " + line
    return b"\n".join(lines) + raw[len(head) :]


def read_mbox(raw: bytes) -> RawMail:
    """The draft of a thread: its newest mail, with the people and texts of the others. Raises InputError as `read_mail` does.

    A mail that has no date, or that is marked X-Unsent, has not left and is the newest; of two as new, the later one.
    """
    starts = _mbox_starts(raw)
    ends = [start for start, _ in starts[1:]] + [len(raw)]
    mails = [_unquoted(raw[text:end]) for (_, text), end in zip(starts, ends, strict=True)]
    heads = [BytesHeaderParser(policy=email.policy.default).parsebytes(mail) for mail in mails]
    newest, *older = sorted(range(len(mails)), key=lambda number: (_written(heads[number]), number), reverse=True)
    draft = read_mail(mails[newest])
    others: tuple[Stakeholder, ...] = ()
    for number, head in enumerate(heads):
        if number != newest:
            others = merge(others, _people_of(head))
    earlier = tuple(filter(None, (_earlier(mails[number], heads[number]) for number in older[:_MOST_EARLIER])))
    people = merge(draft.thread_people, others)
    return draft._replace(thread_people=people[: limits().people], earlier=earlier, mails=len(mails))


def _earlier(raw: bytes, head: Message) -> Earlier | None:
    """Another mail of the thread; None for one that cannot be read, or that has not left."""
    written = _written(head)
    try:
        mail = read_mail(raw)
    except InputError:
        return None
    if written == _UNSENT:
        return None
    by = Correspondent(mail.sender.name, mail.sender.address) if mail.sender else None
    readers = tuple(Correspondent(p.name, p.address) for p in mail.people)
    return Earlier(mail.body, by, None if written == _UNDATED else written.date(), readers)


def _mbox_starts(raw: bytes) -> list[tuple[int, int]]:
    """Where each mail of an mbox begins: at its From line, and behind it.

    A line "From ..." of a body is often not marked as such: only one with the headers of a mail behind it counts.
    """
    found = ((m.start(), m.end()) for m in _MBOX_LINE.finditer(raw))
    return [(start, end) for start, end in found if looks_like_mail(raw[end : end + 4000])]


def mails_of(file: BinaryIO, most: int) -> Iterator[bytes | Literal["too long", "no mail"]]:
    """Each mail of an mbox, one after the other, without its From line; a word for one of more than `most` bytes.

    Another word stands first where there is text before the first mail. Nothing comes of a file without a mail.
    """
    kept: list[bytes] = []
    size, begun, blank, lead = 0, False, True, False
    while line := file.readline(most + 1):
        if blank and line.startswith(b"From ") and _opens(line, file):
            if begun:
                yield _whole(kept) if size <= most else "too long"
            elif lead:
                yield "no mail"
            kept, size, begun, blank = [], 0, True, False
            continue
        blank = not line.strip()
        lead = lead or not blank
        if begun:
            size += len(line)
            if size <= most:
                kept.append(line)
    if begun:
        yield _whole(kept) if size <= most else "too long"


def _opens(line: bytes, file: BinaryIO) -> bool:
    """Whether this From line opens a mail: headers stand behind it. The file stays where it is.

    A paragraph of a text may begin with "From 10:30 on" and go on with "Status: ...". So it takes an address or a dash, and a time, as
    every program writes them, and a header; or two headers of which one is of those that every mail has.
    """
    position = file.tell()
    first, second = file.readline(1000), file.readline(1000)
    file.seek(position)
    if not _HEADER.match(first):
        return False
    second_too = bool(_HEADER.match(second) or second[:1] in (b" ", b"\t"))
    both = _USUAL_FIELD.match(first) or (_MAIL_FIELD.match(first) and _USUAL_FIELD.match(second))
    return bool(_WRITTEN.match(line[:300])) or bool(second_too and both)


def _whole(kept: Sequence[bytes]) -> bytes:
    mail = _unquoted(b"".join(kept))
    # A draft may have no more than To and Subject; as one of an mbox it is a mail, and is told from a text by the headers.
    return mail if looks_like_mail(mail) else b"MIME-Version: 1.0\nDelivered-To: \n" + mail


def _unquoted(mail: bytes) -> bytes:
    """Without the mark that an mbox sets before a line of the text that begins with "From "."""
    return re.sub(rb"(?m)^>(?=>*From )", b"", mail)


def _written(head: Message) -> datetime:
    if "Date" not in head or _header(head, "X-Unsent") == "1":
        return _UNSENT
    try:
        found = parsedate_to_datetime(_header(head, "Date"))
    except (ValueError, TypeError, OverflowError):
        return _UNDATED
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _people_of(head: Message) -> tuple[Stakeholder, ...]:
    """Sender and readers; nobody where the headers are too damaged or too many to be read."""
    try:
        senders = people_from_headers(_field(head, "From"))
        readers = people_from_headers(_field(head, "To"), _field(head, "Cc"))
    except InputError:
        return ()
    return merge(senders, (p for p in readers if p.address not in {s.address for s in senders}))


class _Attached(NamedTuple):
    """A mail that is attached to another."""

    ids: tuple[str, ...]
    subject: str
    people: tuple[Stakeholder, ...]


def _attached_to(message: Message) -> list[_Attached]:
    found = []
    for part in _leaves(message):
        inner = part.get_payload() if part.get_content_type() == "message/rfc822" else None
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            head = inner[0]
            found.append(
                _Attached(message_ids(_header(head, "Message-ID")), _header(head, "Subject"), _people_of(head))
            )
    return found


def _of_thread(attached: Sequence[_Attached], subject: str, ids: Sequence[str]) -> tuple[Stakeholder, ...]:
    """Who wrote or read those of the attached mails that this one answers: by their id, else by the subject."""
    people: tuple[Stakeholder, ...] = ()
    about = matter(subject)
    for mail in attached:
        if set(mail.ids) & set(ids) if mail.ids and any(ids) else about and matter(mail.subject) == about:
            people = merge(people, mail.people)
    return people[: limits().people]


def bare_subject(subject: str) -> str:
    """A subject without what mail clients set before that of a reply or of a mail handed on, on one line."""
    while mark := REPLIES.match(subject) or FORWARDS.match(subject):
        subject = subject[mark.end() :]
    return " ".join(subject.split())


def matter(subject: str) -> str:
    """What a subject is compared by: without "Re:" and the like, and without capitals."""
    return bare_subject(subject).casefold()


def message_ids(text: str) -> tuple[str, ...]:
    """The message ids `<...@...>` in a header, each once and at most 100; whatever else stands there is dropped.

    Of a longer thread the first and the last are kept: the one roots the thread, the others find the place in it.
    """
    found = tuple(dict.fromkeys(_MESSAGE_ID.findall(text)))
    return found if len(found) <= _MOST_REFERENCES else (found[0], *found[1 - _MOST_REFERENCES :])


def _read(message: Message) -> RawMail:
    body, hidden = _body(message)
    if not body.strip():
        raise InputError("The mail has no text; open it in your mail client and save it again, or paste the text.")
    senders = people_from_headers(_field(message, "From"))
    sender = senders[0].model_copy(update={"side": Side.OWN}) if senders else None
    people = merge(people_from_headers(_field(message, "To"), _field(message, "Cc")), ())
    answered = message_ids(_header(message, "In-Reply-To"))
    references = message_ids(_header(message, "References"))
    return RawMail(
        _header(message, "Subject"),
        sender,
        people,
        body,
        answered[0] if answered else "",
        references,
        thread_people=_of_thread(_attached_to(message), _header(message, "Subject"), (*answered, *references)),
        attachments=sum(map(_is_file, _leaves(message))),
        hidden=hidden,
        named=tuple(who for name in _NAMING for who in _correspondents(message, name)),
    )


def _header(message: Message, name: str) -> str:
    """A decoded header as one line; broken ones as far as they can be read."""
    try:
        value = str(message.get(name, "") or "")
    except Exception:
        raw = next((v for k, v in message._headers if k.lower() == name.lower()), "")  # type: ignore[attr-defined]
        value = str(raw)
    value = value.encode("utf-8", "replace").decode("utf-8", "replace")
    return re.sub(r"\s+", " ", value).strip()


def _field(message: Message, name: str) -> str:
    """A header of addressees as the mail has it, encoded and folded, with all fields of this name one behind the other."""
    values = (str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    return ",\n ".join(_decoded(value.encode("utf-8", "surrogateescape"), None) for value in values)


def _correspondents(message: Message, name: str) -> Sequence[Correspondent]:
    """Everybody whom a header names; of a very long one those with an address."""
    field = _field(message, name)
    if len(field) <= _LONGEST_NAMING:
        return correspondents(_header(message, name))
    return [Correspondent(entry.name, entry.address) for entry in addressees(field)]


def _body(message: Message) -> tuple[str, str]:
    """The text that is read, and an order in what is not."""
    plain: list[str] = []
    html: list[str] = []
    for part in _parts(message):
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html") or _is_attachment(part):
            continue
        text = _text_of(part)
        if text.strip():
            (plain if kind == "text/plain" else html).append(text)
    if plain:
        return _checked("\n".join(plain)), ""
    return _checked("\n".join(map(_html_text, html))), _hidden_order(*html)


def _parts(message: Message) -> list[Message]:
    """The leaf parts of the mail itself; a mail attached to it is somebody else's text."""
    return [leaf for leaf in _leaves(message) if leaf.get_content_type() != "message/rfc822"]


def _leaves(message: Message) -> list[Message]:
    """The parts of the mail that hold something; a mail attached to it is one."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        return [message]
    return [leaf for part in message.get_payload() if isinstance(part, Message) for leaf in _leaves(part)]


def _is_file(part: Message) -> bool:
    """Whether a part is a file to open, and no text of the mail and no picture within it."""
    if _is_attachment(part):
        return True
    shown = part.get_content_maintype() == "image" and "Content-ID" in part
    return not shown and part.get_content_type() not in ("text/plain", "text/html")


def _is_attachment(part: Message) -> bool:
    try:
        return part.get_content_disposition() == "attachment"
    except Exception:
        return False


def _text_of(part: Message) -> str:
    try:
        raw = part.get_payload(decode=True)
    except Exception:
        raw = None
    if not isinstance(raw, bytes):
        payload = part.get_payload()
        return decoded(payload) if isinstance(payload, str) else ""
    charset = part.get_content_charset()
    # The header that names the transfer encoding may be lost, or be that of another program.
    text = decoded(_decoded(raw, None if charset in (None, "us-ascii", "unknown-8bit") else charset))
    flowed = isinstance(part, EmailMessage) and part.get_param("format") == "flowed"
    return _unflowed(text) if flowed else text


def _unflowed(text: str) -> str:
    """Join the soft line ends of format=flowed (RFC 3676): a line that ends in a space goes on in the next."""
    return re.sub(r"(?<=[^\s-]) \r?\n(?!\r?\n|>|-- )", " ", text)


def _hidden_order(*pages: str) -> str:
    """An instruction to an AI in the comments, unseen elements and texts for pictures of HTML; empty where there is none."""
    from lxml import etree
    from lxml.html import document_fromstring

    for page in pages:
        try:
            root: Any = document_fromstring(re.sub(r"<\?xml[^>]*\?>", "", page))
        except (etree.LxmlError, ValueError):
            continue
        unseen = [*_unseen(root), *root.xpath("//comment()|//style|//title|//noscript")]
        texts = [" ".join(e.itertext()) if isinstance(e.tag, str) else str(e.text or "") for e in unseen]
        texts += [str(told) for told in root.xpath("//@alt|//@title|//@aria-label")]
        for text in texts:
            # Outlook's comments hold its own markup.
            if is_hostile(words := " ".join(re.sub(r"<[^>]*>", " ", text).split())[:_HIDDEN]):
                return words
    return ""


def _unseen(root: Any) -> list[Any]:  # noqa: ANN401 - lxml has no types
    """The elements that a mail client does not show: by themselves, by their own style, or by a rule for their class or id."""
    found = root.xpath("//*[@hidden]|//template")
    found += [e for e in root.xpath("//*[@style]") if _is_unseen(e.get("style", ""))]
    selectors: list[str] = []
    for sheet in root.xpath("//style[not(@media) or contains(@media, 'all') or contains(@media, 'screen')]"):
        rules = _RULE.findall(_without_conditions(_CSS_COMMENT.sub("", sheet.text or "")))
        selectors += [s.strip() for names, declarations in rules if _is_unseen(declarations) for s in names.split(",")]
    parts = [match for s in selectors if (match := _SELECTOR.fullmatch(s))]
    wanted = {((m["tag"] or "").lower(), m["sign"], m["name"]) for m in parts}
    return [*found, *(e for e in root.iter() if wanted and isinstance(e.tag, str) and _is_selected(e, wanted))]


def _without_conditions(sheet: str) -> str:
    """The rules that hold always: what stands within "@media ... { ... }" is for some screens, or for paper."""
    kept, depth, since, sign_at, head, conditional = [], 0, 0, 0, "", False
    for sign in _CSS_BRACE.finditer(sheet):
        if sign[0] == "{":
            if depth == 0:
                # "@import ...;" and the like stand before a rule and are none.
                head = sheet[since : sign.start()].rpartition(";")[2]
                conditional, sign_at = head.lstrip().startswith("@"), sign.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                if not conditional:
                    kept.append(head + sheet[sign_at : sign.end()])
                since = sign.end()
    return "".join(kept)


def _is_selected(element: Any, wanted: Set[tuple[str, str, str]]) -> bool:  # noqa: ANN401 - lxml has no types
    """Whether ".class", "#id" or "p.class" stands for it."""
    names = [(".", name) for name in (element.get("class") or "").split()]
    names += [("#", element.get("id"))] if element.get("id") else []
    return any((tag, *name) in wanted for name in names for tag in ("", element.tag.lower()))


def _is_unseen(style: str) -> bool:
    return bool(_UNSEEN.search(re.sub(r"\s+", "", style.lower())))


def _html_text(html: str) -> str:
    """What a reader sees of an HTML mail: no scripts, styles, comments or hidden elements."""
    # The HTML reader takes 60 ms to import: only a mail without plain text waits for it.
    from inscriptis import get_text
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.model.config import ParserConfig
    from lxml.html import HtmlElement, document_fromstring, tostring

    html = re.sub(r"<\?xml[^>]*\?>", "", html)
    try:
        root: HtmlElement = document_fromstring(html)
    except Exception:
        return re.sub(r"<[^>]*>", " ", html)
    for element in (*_unseen(root), *root.xpath("//script|//style|//head|//comment()")):
        # One within another is gone with it.
        if hasattr(element, "drop_tree") and element.getparent() is not None:
            element.drop_tree()
    shown = tostring(root, encoding="unicode")
    text: str = get_text(shown, ParserConfig(css=CSS_PROFILES["strict"], display_links=False))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
