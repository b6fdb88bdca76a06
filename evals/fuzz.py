"""Feed the readers what nobody would send, by coverage-guided mutation: ``python -m evals.fuzz mail|people|details RUNS [CORPUS]``.

Whatever the bytes, the reader gives an answer that holds together or one clear sentence (ReviewerError). For a mail: every passage
stands in the body where it says, in order and without overlap, and the author's words are in some passage or greeting, nothing is
lost. For a list of people: addresses are distinct, names are one line. For the details of a text: each stands where it says, in order,
and every amount has its place among the money. The first input that breaks this is written to a file and shown.

Needs atheris (`pip install --require-hashes -r requirements-fuzz.lock`), which has packages for Linux alone.
"""

import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from reviewer import details
from reviewer.errors import ReviewerError
from reviewer.parse import any_mail, make_draft
from reviewer.people import read_people
from reviewer.types import Passage, Side, Stakeholder

PEOPLE = (
    Stakeholder(name="Ada Roy", address="ada@client.example"),
    Stakeholder(name="Bo Li", address="bo@client.example"),
    Stakeholder(name="Zoé Le Goff", address="zoe@kaysoft.example", side=Side.OWN),
)
LONGEST = 4000  # bytes of an input


class Broken(AssertionError):
    """What must hold does not."""


def mail(raw: bytes) -> None:
    """One file as a mail or a text, up to its passages."""
    with contextlib.suppress(ReviewerError):
        draft, passages = make_draft(any_mail(raw), PEOPLE)
        hold(draft.body, passages)


def hold(body: str, passages: Sequence[Passage]) -> None:
    """Raise Broken where passages and body do not fit together."""
    position = 0
    for passage in passages:
        if body[passage.start : passage.end] != passage.text:
            raise Broken(f"{passage.id} does not stand where it says")
        if passage.start < position:
            raise Broken(f"{passage.id} overlaps the one before")
        if any(c.isalnum() for c in _without_markers(body[position : passage.start])):
            raise Broken(f"words before {passage.id} are in no passage")
        position = passage.end
    if any(c.isalnum() for c in _without_markers(body[position:])):
        raise Broken("words at the end are in no passage")


def _without_markers(between: str) -> str:
    """What lies between passages without the signs of bullets: "1." and "o" are letters to Python."""
    return "\n".join(line for line in between.split("\n") if len(line.strip()) > 4)


def people(raw: bytes) -> None:
    """One file as a list of people."""
    with contextlib.suppress(ReviewerError):
        found = read_people(raw.decode("utf-8", "replace"))
        if len({p.address for p in found}) < len(found):
            raise Broken("two people share an address")
        if any("\n" in p.name or "\r" in p.name or not p.name.strip() for p in found):
            raise Broken("a name is no line")


def amounts(raw: bytes) -> None:
    """One text with its details and what they are worth."""
    text = raw.decode("utf-8", "replace")
    worth, position = details.money(text), 0
    for detail in details.find(text):
        if text[detail.start : detail.end] != detail.quote or detail.start < position:
            raise Broken(f"a detail of kind {detail.kind} does not stand where it says")
        if detail.kind in ("number", "amount") and detail.currency not in {"", *worth[detail.value]}:
            raise Broken("an amount is not among the money of the text")
        position = detail.end


TARGETS: dict[str, Callable[[bytes], None]] = {"mail": mail, "people": people, "details": amounts}


def main(arguments: Sequence[str]) -> int:
    """Run until so many inputs were tried, or one breaks something."""
    if len(arguments) < 2 or arguments[0] not in TARGETS or not arguments[1].isdigit():
        print((__doc__ or "").partition("\n")[0])
        return 2
    import atheris

    with contextlib.suppress(KeyError):
        atheris.instrument_all()
    corpus = [str(Path(folder)) for folder in arguments[2:]]
    options = [
        f"-runs={arguments[1]}",
        f"-max_len={LONGEST}",
        "-print_final_stats=1",
        "-timeout=20",
        "-rss_limit_mb=4096",
    ]
    atheris.Setup(["fuzz", *options, *corpus], TARGETS[arguments[0]])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
