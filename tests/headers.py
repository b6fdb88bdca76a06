"""Headers of readers as mail clients write them: accented names in six languages, encoded and folded in as many ways.

The writers are the standard library's three policies and two of our own that fold as Outlook and Gmail do; `SPOILED` holds the
ways in which clients and gateways break a header.
"""

import base64
import email.policy
import quopri
import random
import re
from collections.abc import Callable, Mapping, Sequence
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.utils import formataddr
from typing import NamedTuple


class Reader(NamedTuple):
    """A reader as their mail client knows them."""

    written: str
    address: str
    name: str
    """The name that is to be read, with what stands beside it left out."""


READERS = (
    Reader("Hélène Aubry, DRH", "h.aubry@client.example", "Hélène Aubry"),
    Reader("Benoît Lefèvre-Dûval", "benoit@client.example", "Benoît Lefèvre-Dûval"),
    Reader("Müller, Jörg", "joerg.mueller@kunde.example", "Jörg Müller"),
    Reader("Dr. Käthe Größmann, Einkauf", "k.groessmann@kunde.example", "Dr. Käthe Größmann"),
    Reader("García López, Íñigo", "i.garcia@cliente.example", "Íñigo García López"),
    Reader("María Núñez Ibáñez", "maria@cliente.example", "María Núñez Ibáñez"),
    Reader("Niccolò D'Aurìa", "niccolo@cliente-it.example", "Niccolò D'Aurìa"),
    Reader("Sarà Però", "sara@cliente-it.example", "Sarà Però"),
    Reader("Daniël de Boër", "daniel@klant.example", "Daniël de Boër"),
    Reader("Zoë van Coëvorden, hoofd inkoop", "zoe@klant.example", "Zoë van Coëvorden"),
    Reader("Ada Roy", "ada@client.example", "Ada Roy"),
    Reader("Siân O'Brien, CTO", "sian.obrien@group.example", "Siân O'Brien"),
    Reader("Roy, Chloé", "chloe.roy@group.example", "Chloé Roy"),
    Reader("", "infos@client.example", "Infos"),
)
Writer = Callable[[Sequence[Reader]], str]


def _by_policy(policy: email.policy.Policy) -> Writer:
    def write(readers: Sequence[Reader]) -> str:
        message = EmailMessage(policy=policy) if isinstance(policy, email.policy.EmailPolicy) else Message(policy)
        if isinstance(message, EmailMessage):
            message["To"] = [Address(r.written, addr_spec=r.address) for r in readers]
        else:
            message["To"] = ", ".join(formataddr((r.written, r.address)) for r in readers)
        return _value(message)

    return write


def _by_header(charset: str) -> Writer:
    """The older way: the whole field goes through `Header`, which may encode commas and all."""

    def write(readers: Sequence[Reader]) -> str:
        message = Message()
        message["To"] = Header(", ".join(_plain(r) for r in readers), charset, header_name="To")
        return _value(message)

    return write


def _value(message: Message) -> str:
    return re.sub(r"\r\n?", "\n", message.as_string()).split("\n\n")[0].removeprefix("To: ")


def _plain(reader: Reader) -> str:
    written = f'"{reader.written}"' if re.search("[,.]", reader.written) else reader.written
    return f"{written} <{reader.address}>" if written else reader.address


def b_word(text: str, charset: str = "utf-8") -> str:
    """An encoded word in base64 (RFC 2047)."""
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def q_word(text: str, charset: str = "utf-8") -> str:
    """An encoded word in quoted-printable."""
    coded = quopri.encodestring(text.encode(charset), quotetabs=True, header=True).decode().replace("=\n", "")
    return f"=?{charset}?Q?{coded.replace('?', '=3F')}?="


def _in_words(text: str, word: Callable[[str, str], str], charset: str, most: int) -> str:
    """Encoded words of at most so many letters each, one behind the other."""
    pieces = [text[at : at + most] for at in range(0, len(text), most)]
    return " ".join(word(piece, charset) for piece in pieces)


def _as_client(word: Callable[[str, str], str], charset: str, fold: str, most: int, quoted: bool) -> Writer:
    def write(readers: Sequence[Reader]) -> str:
        entries = []
        for reader in readers:
            text = f'"{reader.written}"' if quoted and "," in reader.written else reader.written
            name = _plain(reader).rpartition(" ")[0] if text.isascii() else _in_words(text, word, charset, most)
            entries.append(f"{name} <{reader.address}>" if name else reader.address)
        return _folded(", ".join(entries), fold)

    return write


def _folded(value: str, fold: str) -> str:
    """Lines of at most 76 characters where blanks allow it, each further one behind this white space."""
    lines = [""]
    for word in value.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > 76:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return f"\n{fold}".join(lines)


WRITERS: Mapping[str, Writer] = {
    "policy.SMTP": _by_policy(email.policy.SMTP),
    "policy.default": _by_policy(email.policy.default),
    "policy.compat32": _by_policy(email.policy.compat32),
    "Header utf-8": _by_header("utf-8"),
    "Header iso-8859-1": _by_header("iso-8859-1"),
    "Outlook Q": _as_client(q_word, "iso-8859-1", "\t", 30, quoted=True),
    "Outlook B": _as_client(b_word, "utf-8", "\t", 12, quoted=False),
    "Gmail B": _as_client(b_word, "UTF-8", " ", 40, quoted=False),
    "Gmail Q": _as_client(q_word, "UTF-8", " ", 9, quoted=False),
}


def orders(count: int, seed: int = 20260302) -> list[tuple[Reader, ...]]:
    """So many orders of some or all of the readers."""
    chance = random.Random(seed)
    return [tuple(chance.sample(READERS, chance.randint(1, len(READERS)))) for _ in range(count)]


def _entries_of(readers: Sequence[Reader], separator: str = ", ") -> str:
    return separator.join(_plain(r) for r in readers)


def _spoilt_words(value: str, cut: str) -> str:
    """Each encoded word with something between its letters; in quoted-printable not within what stands for one."""
    return re.sub(r"(=\?[^?]+\?[BQ]\?[^?=]{2})([^?]*\?=)", rf"\g<1>{cut}\g<2>", value)


_Q = _as_client(q_word, "utf-8", " ", 60, quoted=False)
_B = _as_client(b_word, "utf-8", " ", 60, quoted=False)
# What clients and gateways break: each is a whole header, from "To:" on.
SPOILED: Mapping[str, Callable[[Sequence[Reader]], str]] = {
    "a comma that is encoded": lambda r: f"To: {_Q(r).replace('>, ', '> =?utf-8?Q?=2C?= ')}",
    "a fold in an encoded word": lambda r: f"To: {_spoilt_words(_Q(r), chr(10) + ' ')}",
    "a fold in base64": lambda r: f"To: {_spoilt_words(_B(r), chr(13) + chr(10) + chr(9))}",
    "a fold in an address": lambda r: f"To: {_Q(r).replace('.example>', chr(10) + ' .example>')}",
    "no separator": lambda r: f"To: {_Q(r).replace('>, ', '> ')}",
    "no blank": lambda r: f"To: {_Q(r).replace('?= <', '?=<').replace('>, ', '>,')}",
    "semicolons": lambda r: f"To: {_entries_of(r, '; ')};",
    "bare commas in names": lambda r: "To: " + ", ".join(f"{x.written} <{x.address}>" for x in r),
    "a quote that never ends": lambda r: f'To: "{_entries_of(r).replace(chr(34), "")}',
    "a quote at the end": lambda r: f'To: {_entries_of(r).replace(chr(34), "")}"',
    "an encoded word that never ends": lambda r: f"To: =?utf-8?B?UsO0, {_Q(r)}",
    "an encoded word in quotes": lambda r: "To: " + re.sub(r"(=\?.*?\?=)(?=\s*<)", r'"\1"', _Q(r)),
    "addresses within encoded words": lambda r: "To: " + ", ".join(q_word(_plain(x)) for x in r),
    "an encoded word that ends in an address": lambda r: (
        "To: " + ", ".join(q_word(f"{x.written} <{x.address[:-4]}") + f"\n {x.address[-4:]}>" for x in r)
    ),
    "lines that are not indented": lambda r: "To: " + ",\n".join(_Q([x]) for x in r),
    "a field for each": lambda r: "\n".join(f"To: {_Q([x])}" for x in r),
    "an empty group and others": lambda r: f"To: undisclosed-recipients:;, Team: {_entries_of(r)};",
    "empty entries": lambda r: f"To: ,, <>, {_entries_of(r, ',,, ,')}, <>",
    "a charset that nobody knows": lambda r: f"To: {_Q(r).replace('utf-8', 'x-none')}",
    "a language": lambda r: f"To: {_Q(r).replace('utf-8', 'utf-8*fr')}",
}
