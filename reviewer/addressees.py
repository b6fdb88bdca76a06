"""Who stands in a header field of addressees (RFC 5322), however it is encoded (RFC 2047), folded or broken.

The standard library splits a field by its rules, and where the field breaks them it drops or merges addressees: so do its own
writers, which encode commas, and addresses, next to a fold. Here each address ends an entry; rules only tell what is a name.
"""

import base64
import binascii
import codecs
import quopri
import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import NamedTuple

from reviewer.types import Correspondent

_ATOM = r"[^\s<>()\[\],;:|\"'@]"
ADDRESS = re.compile(rf"(?<!{_ATOM}){_ATOM}++@{_ATOM}+\.[^\s<>()\[\],;:|\"'@.]+")
_LONGEST = 254  # characters of an address
_WORD = re.compile(r"=\?(?P<charset>[^?]{1,60})\?\s*+(?P<coding>[bq])\s*+\?(?P<text>[^?]*+)\?\s*+=", re.IGNORECASE)
_UNFINISHED = re.compile(r"=\?[\w-]{1,60}\?[bq]\?[^\s,;?]*+,?", re.IGNORECASE)
_FOLD = re.compile(r"(?<![ \t\r])[ \t\r]*+\n\s*+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)(?:(")(?=(\s*+<)?)|\Z)', re.DOTALL)
_SINGLE = re.compile(r"'([^'<>\s]{1,254})'(?=\s*+<)")  # Outlook's quotes around an address that is shown as a name
_COMMENT = re.compile(r"\(([^()]*+)\)")
_BRACKETED = re.compile(r"<([^<>]*+)>")
_LINKED = re.compile(
    r"\[(?:mailto|smtp):\s*+([^\]\s]{0,254}+)\s*+\]", re.IGNORECASE
)  # as Outlook writes an address in text
_SPACED = re.compile(r"(@[\w-]++)\s++\.\s*+(?=\w)")
_OPENS = re.compile(r"[\s\"']*+<")
_CLOSES = re.compile(rf"[^<>]{{0,{_LONGEST}}}>")
_BEHIND = re.compile(r"(?:@[\w.-]++)?+[>\s]*+(?:\(([^()]*+)\))?+")  # Notes adds its domain: "ada@client.example@ACME"
# What is no syntax within a name is set aside as a character of private use while the entries are told apart.
_SYNTAX = '<>()[],;:|"@\\'
_SHIELD = {ord(sign): chr(0xE000 + ord(sign)) for sign in _SYNTAX}
_UNSHIELD = {ord(held): chr(sign) for sign, held in _SHIELD.items()}
_PLAIN_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+")
AROUND = " \t\u00a0,;:<>()[]\"'*_|"
"""What stands around a name in the head of a quoted mail."""
LONGEST_NAME = 60  # letters; what is longer is no name
_STRAY = dict.fromkeys(map(ord, _SHIELD.values()))


class Addressee(NamedTuple):
    """One entry of a field."""

    name: str
    """As written, "Roy, Ada" included; empty where there is none."""
    address: str


def addressees(field: str) -> list[Addressee]:
    """Everybody in a field who has an address, once and in its order; the field may be as the mail has it, or decoded and unfolded.

    An address within the name of somebody else, in quotes or brackets before theirs, is nobody's.
    """
    text = _decoded(field.translate(_STRAY))
    text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    text = _BRACKETED.sub(_address_alone, _SPACED.sub(r"\1.", _LINKED.sub(r"<\1>", text)))
    text = _COMMENT.sub(lambda m: f"({_shielded(m[1])})" if _is_named(text, m) else m[0], text)
    text = _QUOTED.sub(lambda m: _held(m[1], bool(m[3])) if m[2] else f" {m[1]}", text)
    text = _SINGLE.sub(lambda m: f"'{_shielded(m[1])}'", text)
    found: dict[str, Addressee] = {}
    for entry in _entries(text):
        before = found.setdefault(entry.address.lower(), entry)
        if not before.name:
            found[entry.address.lower()] = before._replace(name=entry.name)
    return list(found.values())


def _address_alone(bracketed: re.Match[str]) -> str:
    """An address in angle brackets without the folds, comments and routes that RFC 5322 lets stand in it."""
    address = re.sub(r"\([^()]*+\)|\s+", "", bracketed[1]).rpartition(":")[2]
    return f"<{address}>" if ADDRESS.fullmatch(address) else bracketed[0]


def _is_named(text: str, comment: re.Match[str]) -> bool:
    """Whether a comment holds no address that somebody is to be found by."""
    return not ADDRESS.search(comment[1]) or _OPENS.match(text, comment.end()) is not None


def _held(inner: str, is_name: bool) -> str:
    """A quoted text with its syntax set aside; as it stands where it holds entries, because a quote is missing or too many.

    Before an address in angle brackets it is a name whatever it holds: a name must bring nobody in.
    """
    if not is_name and (re.search(r">\s*[,;]", inner) or ADDRESS.search(inner)):
        return f" {inner} "
    name = re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)
    return f'"{_shielded(name)}"'


def _shielded(text: str) -> str:
    return text.translate(_SHIELD)


def _entries(text: str) -> Iterator[Addressee]:
    at = 0
    for found in ADDRESS.finditer(text):
        name = _name(text[at : found.start()])
        behind = _BEHIND.match(text, found.end())
        at = behind.end() if behind else found.end()
        beside = behind[1].translate(_UNSHIELD).strip() if behind and behind[1] else ""
        # Many clients write the address as the name of whoever has none.
        known = next((n for n in (name, beside) if n and not ADDRESS.fullmatch(n)), "")
        yield Addressee(known, found.group())


def _name(before: str) -> str:
    """The name in what stands between two addresses: behind separators, a group's name, and entries without an address."""
    kept = before.rstrip("<'\" ").rpartition(";")[2].rpartition(":")[2]
    # One of Exchange or Notes ("Bo Li/HOU/ECT@ECT, ") is no address.
    comma = kept.rfind(",")
    sign = max(kept.rfind(mark, 0, max(comma, 0)) for mark in "@>")
    kept = kept[kept.index(",", sign) + 1 :] if sign >= 0 else kept
    quoted = re.search(r',\s*"([^"]*+)$', kept)
    kept = _UNFINISHED.sub("", quoted[1] if quoted else kept)
    return re.sub(r"\s+", " ", kept.replace('"', "").translate(_UNSHIELD)).strip(" ,;'\"<>")


# --- encoded words -------------------------------------------------------------------------------------------------


def _decoded(field: str) -> str:
    """The field with its encoded words read; the syntax in those that are a name is set aside."""
    parts: list[str] = []
    at = 0
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(field):
        if run and not field[at : word.start()].isspace() and at < word.start():
            parts.append(_read(run, field, at))
            run = []
        if not run:
            parts.append(field[at : word.start()])
        run.append(word)
        at = word.end()
    if run:
        parts.append(_read(run, field, at))
    return "".join([*parts, field[at:]])


def _read(run: list[re.Match[str]], field: str, end: int) -> str:
    """Encoded words with white space between them as one text: a letter, or an address, may be cut at the end of a word."""
    pieces = [
        piece for charset, words in groupby(run, _charset) for piece in _texts_of(list(map(_bytes_of, words)), charset)
    ]
    text = "".join(pieces)
    if _is_syntax(text, field, end):
        return text
    # The standard library's own writer loses the blank between two words of a name that it encodes one by one.
    parted = (
        f" {piece}" if _ends_a_word(before) and piece[:1].isupper() else piece for before, piece in pairwise(pieces)
    )
    return _shielded("".join([pieces[0], *parted]))


def _charset(word: re.Match[str]) -> str:
    """Without the language that RFC 2231 lets stand behind it."""
    return re.sub(r"\s", "", word["charset"]).partition("*")[0].casefold()


def _ends_a_word(text: str) -> bool:
    return text[-1:].islower() or text[-1:] in (".", ",")


def _bytes_of(word: re.Match[str]) -> bytes:
    written = word["text"]
    if word["coding"] in "bB":
        digits = re.sub(r"[^A-Za-z0-9+/]", "", written)
        try:
            return base64.b64decode(digits + "=" * (-len(digits) % 4))
        except binascii.Error:
            return base64.b64decode(digits[: len(digits) // 4 * 4])
    raw = _FOLD.sub("", written).encode("utf-8", "replace")
    return quopri.decodestring(raw, header=True)


def _texts_of(words: list[bytes], charset: str) -> list[str]:
    """The text of each word; a letter that two words share is in the second. All in one where they are not in this charset."""
    whole = b"".join(words)
    try:
        # Unlike a decoder, this refuses what is no character set ("zlib").
        whole.decode(charset)
        decoder = codecs.getincrementaldecoder(charset)()
        texts = [decoder.decode(word) for word in words]
    except (LookupError, ValueError):
        texts = [_guessed(whole)]
    return [text.encode("utf-8", "replace").decode("utf-8").translate(_STRAY) for text in texts]


def _guessed(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _is_syntax(text: str, field: str, end: int) -> bool:
    """Whether more than a name was encoded: whole entries, an address that nothing follows, or the first half of one."""
    if re.search(r"<[^<>]*\Z", text):
        closed = _CLOSES.match(field, end)
        return closed is not None and "@" in text + closed[0]
    return ADDRESS.search(text) is not None and not _OPENS.match(field, end)


# --- of a quoted mail --------------------------------------------------------------------------------------------


def correspondents(value: str) -> tuple[Correspondent, ...]:
    """Everybody whom a field names, with an address or not: "Ada Kay <ada@kay.example>, ...", "Ada Kay; Bo Li", "Kay, Ada"."""
    found: list[Correspondent] = []
    for entry in _separate(value):
        position = 0
        for match in _PLAIN_ADDRESS.finditer(entry):
            name = re.sub(r"mailto:", "", entry[position : match.start()], flags=re.IGNORECASE).strip(AROUND)
            address = match.group().lower()
            position = match.end()
            # "ada@kay.example [mailto:ada@kay.example]" is one person.
            if not (found and found[-1].address == address and not name):
                found.append(Correspondent(name if "@" not in name else "", address))
        if not position and entry.strip(AROUND):
            found.append(Correspondent(entry.strip(AROUND)[:LONGEST_NAME], ""))
    return tuple(found)


def _separate(value: str) -> list[str]:
    """Several addresses may stand in one entry: in "Kay, Ada <ada@kay.example>, ..." a comma does not always end one."""
    if ";" in value or _PLAIN_ADDRESS.search(value):
        return value.split(";")
    names = [name for entry in value.split(",") if (name := entry.strip(AROUND))]
    if len(names) % 2 == 0 and all(" " not in name for name in names):
        # "Kay, Ada", the last name first.
        return [f"{first} {last}" for last, first in zip(names[::2], names[1::2], strict=True)]
    return names
