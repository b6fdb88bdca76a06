"""What a message points back to and does not carry: "Until that is sorted ..." to somebody who never read what "that" is (rule 13).

A split takes sentences apart. Whoever gets one by itself may not know what it means; the seller, who knows, does not notice. Nor that a
message of two lines still asks to be forgiven for its length.
"""

import re
from collections.abc import Iterator, Set
from typing import Literal, NamedTuple

from reviewer import compare
from reviewer.cues import excuse_of_length
from reviewer.texts import pattern
from reviewer.types import THREAD, Case, Message, Passage

_CLAUSE = 5  # words before a pronoun in its own sentence, from which it more likely means them than the sentence before
_SHOWN = 5  # words of the quote


class Hanging(NamedTuple):
    """Words of a message that mean something its readers were not given."""

    passage_id: str
    quote: str
    """The pronoun, or "this" and its noun, with what follows; the words about the length."""
    about: Literal["matter", "length"] = "matter"


def hanging(case: Case, message: Message) -> Iterator[Hanging]:
    """At most one place for each passage that the message carries; nothing where its writer put the matter into words."""
    carried = set(message.passage_ids)
    told: set[str] = set()  # by the passages before, which went to others
    before: Passage | None = None
    for passage in case.author_passages():
        if passage.id in carried:
            found = (
                next(_pronouns(case, passage, before, carried), None)
                or next(_nouns(case, passage, told, message), None)
                or _below(case, passage, message)
            )
            if found and compare.contains(message.body, found):
                yield Hanging(passage.id, found)
            elif found := _length(case, passage, message):
                yield Hanging(passage.id, found, "length")
        else:
            told |= compare.content_stems(passage.text)
        before = passage


def _pronouns(case: Case, passage: Passage, before: Passage | None, carried: set[str]) -> Iterator[str]:
    """ "That" where the sentence before, which it means, went to others."""
    if before is None or before.id in carried:
        return
    if person := pattern(f"hanging.person.{case.draft.language}", any_case=False).search(passage.text):
        yield _shown(passage.text, person.start())
    for match in pattern(f"hanging.pronoun.{case.draft.language}", any_case=False).finditer(passage.text):
        if len(passage.text[: match.start()].split()) < _CLAUSE:
            yield _shown(passage.text, match.start())


def _nouns(case: Case, passage: Passage, told: Set[str], message: Message) -> Iterator[str]:
    """ "This badge" where only sentences that went to others have told of a badge."""
    for match in pattern(f"hanging.noun.{case.draft.language}", any_case=False).finditer(passage.text):
        noun = compare.content_stems(match.group(1))
        if not noun or not noun <= told or pattern("hanging.common").fullmatch(match.group(1)):
            continue
        at = compare.place(message.body, match.group())
        if at and not noun <= compare.content_stems(message.body[: at[0]]):
            yield _shown(passage.text, match.start())


def _below(case: Case, passage: Passage, message: Message) -> str | None:
    """What points at the thread below the draft ("see below"), where the message goes without it."""
    found = pattern("hanging.below").search(passage.text)
    if found is None:
        return None
    thread = [p for p in case.passages if p.zone in THREAD]
    if not thread or any(compare.contains(message.body, p.text) for p in thread):
        return None
    return _shown(passage.text, found.start())


def _length(case: Case, passage: Passage, message: Message) -> str | None:
    """What excuses the length of the draft, in a message of less than half of it."""
    found = excuse_of_length(passage.text, case.draft.language)
    if not found or not compare.contains(message.body, found):
        return None
    carried = set(message.passage_ids)
    lengths = [(p.id in carried, len(p.text)) for p in case.author_passages()]
    is_short = sum(length for told, length in lengths if told) < sum(length for _, length in lengths) / 2
    return found if is_short else None


def _shown(text: str, start: int) -> str:
    return " ".join(re.findall(r"\S+", text[start:])[:_SHOWN]).rstrip(",;:.?!")
