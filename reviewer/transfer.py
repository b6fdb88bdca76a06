"""Text that still has the signs of the encoding it travelled in (quoted-printable, RFC 2045): "=20", "=E9", "=" at a line's end.

A program showed the source of a mail, or its header was lost, and the seller pasted what stood there. The signs are read only where
several of them cannot be anything else; a line that has an equals sign of its own, or a letter that would have been encoded, is left.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

_ENOUGH = 3  # signs that leave no doubt
_ENOUGH_LETTERS = 2  # the same where one of them is a letter, which is nothing else
_SHORTEST_LINE = 56  # characters before a soft line end: encoders break at 76, between words or in them
_APART = 40  # characters between two soft line ends, where the lines were joined with a blank
# "a=20" and "?id=20" say what they say.
_NOT_IN_QUERY = "".join(rf"(?<![?&;][\w.-]{{{length}}})" for length in range(1, 9))
_NOT_A_VALUE = rf"(?<!\b[^\W\d_]){_NOT_IN_QUERY}"
_HIGH = r"(?:=[89A-F][0-9A-F])"
# Of UTF-8; of one byte "d=E9j", "l=92e", "=E0 la".
_LETTER = re.compile(
    r"=(?:C[2-9A-F]|D[0-9A-F])=[89AB][0-9A-F]|=E[0-9A-F](?:=[89AB][0-9A-F]){2}"
    r"|(?<=[a-z])=(?:[EF][0-9A-F]|92|9C)(?=[a-z])|(?<![^\s'])=[EF][0-9A-F](?=[a-z ])"
)
_LETTER_PERHAPS = re.compile(r"(?<=[a-z]{2})=[EF][0-9A-F](?![\w=])")  # "relev=E9" is a word, "size=E9" may be a number
_OTHER = re.compile(
    r"=3D(?=[\"'\w/=])"
    # A blank that a line ended in; "Quantity=20" may be one and may be none.
    r"|(?<![^\s.,;:!?)\"'>-])=20(?=[ \t]*\n| )|(?<=\d\.)=09|(?<![^\s:])=09(?=[=\s]|[^\W\d_])"
    rf"|(?<=\n)(?=[^\n=]* )[^\n=]{{{_SHORTEST_LINE},75}}=(?:20)?[ \t]*(?=\n)"
)
_JOINED = re.compile(r"(?<=[a-z])=  ?(?=[a-z])")  # a soft line end whose line was joined to the next with a blank
_BEFORE_BLANK = re.compile(r"= (?==20 )")
_SOFT = re.compile(r"(?<!=)=[ \t]*$")
# The same anywhere in a text that has several; with blanks on both sides a number behind it makes it a sum.
_SOFT_BLANK = re.compile(r"(?<=[^\s=])= (?=\s*\S)|(?<=\s)= (?=\s*(?:[^\W\d_]|=20))|(?<!=)=[ \t]*$")
_VALUE = re.compile(r"=(?:20|09|0[0-8BCEF])(?![0-9A-Za-z])")
_BLANK = re.compile(
    rf"{_NOT_A_VALUE}=(?:20|09)(?![0-9A-Za-z])|(?<=[\s.:])=09|^=(?:20|09)|(?<==09)=09"
    r"|(?<=[^\n]{40} [aAIyoeEO])=20$"  # "for all or a=20": words of one letter
)
# What encoders write besides letters; not "=40" or "=15", which may be numbers, and no control characters but to drop them.
_SIGN = re.compile(
    rf"(?:{_HIGH})+|=3D|{_NOT_IN_QUERY}=(?:0A|0D|2[A-F]|3[A-CEF]|5[B-F]|60|7[B-E])|^=46(?=rom )|(?<=\w)=40(?=[\w-]+\.)"
    rf"|{_NOT_A_VALUE}=0[0-8BCEF]"
)
_RULE = re.compile(r"={2,}(?![0-9A-F]{2})")
_NEWLINE = re.compile(r"\r?\n")


def decoded(text: str) -> str:
    """The text without the signs of quoted-printable where it certainly has them, else as it is."""
    if "=" not in text:
        return text
    plain = _NEWLINE.sub("\n", text)
    joined = _joined(plain)
    letters = len(_LETTER.findall(plain))
    found = letters + len(_OTHER.findall(f"\n{plain}\n")) + joined
    certain = found >= _ENOUGH or (letters and found + len(_LETTER_PERHAPS.findall(plain)) >= _ENOUGH_LETTERS)
    if not certain:
        return text
    return "\n".join(_lines(plain.split("\n"), joined > 0))


def _joined(text: str) -> int:
    """How many soft line ends there are whose lines were joined: as far apart as lines are long."""
    starts = [match.start() for match in _JOINED.finditer(text)]
    near = any(b - a < _APART for a, b in pairwise(starts))
    return 0 if near else len(starts) + len(_BEFORE_BLANK.findall(text))


def _lines(lines: list[str], joined: bool) -> Iterator[str]:
    """The lines with their signs read, those that a soft line end parted as one."""
    begun = ""
    for line in lines:
        encoded = _is_encoded(line, joined)
        if encoded and (soft := _SOFT.search(line)):
            begun += line[: soft.start()]
            continue
        yield _read(begun + line, joined) if encoded else _read(begun, joined) + line
        begun = ""
    if begun:
        yield _read(begun, joined)


def _is_encoded(line: str, joined: bool) -> bool:
    """Whether a line may be encoded: each equals sign is a sign, and each letter is one that needs none."""
    if any(letter.isalpha() and not letter.isascii() for letter in line):
        return False
    rest = _SOFT.sub("", _SOFT_BLANK.sub("", line) if joined else line)
    return "=" not in _RULE.sub("", _VALUE.sub("", _SIGN.sub("", _BLANK.sub("", rest))))


def _read(line: str, joined: bool = False) -> str:
    whole = _SOFT_BLANK.sub("", line) if joined else line
    blanks = _BLANK.sub(lambda sign: "\t" if sign[0].endswith("09") else " ", whole)
    return _SIGN.sub(_letters, blanks)


def _letters(sign: re.Match[str]) -> str:
    raw = bytes.fromhex(sign[0].replace("=", ""))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    return "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter) != "Cc")
