"""What earlier mails of a deal kept from some of the readers and a proposed message would now show them.

A confidence stays one in the next mail. It is found as a leak within one mail is (`withhold.given_away`), or by the same affair in
other words, and told as a caution: the seller may have reasons, such as that everybody has heard of it meanwhile. No model sees the
earlier mails.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from reviewer import compare, details
from reviewer.affair import same_affair
from reviewer.check import carried
from reviewer.texts import dated, listed, say, word
from reviewer.types import (
    IN_CONFIDENCE,
    Case,
    Caution,
    CautionKind,
    Envelope,
    Flag,
    Message,
    Proposal,
    Review,
    Sensitivity,
    Severity,
    Side,
    Stakeholder,
)
from reviewer.withhold import Leak, given_away, visible_text, withheld_flags

_LASTING = IN_CONFIDENCE | {
    Sensitivity.BUDGET,
    Sensitivity.CONTRACT_PRICE,
    Sensitivity.CREDENTIAL,
    Sensitivity.PERSONAL_DATA,
}
"""Kinds that do not end by themselves, as a date or a scope does once it is settled."""
_QUOTED = 100  # characters of a sentence that a caution shows


class _Earlier(NamedTuple):
    """An earlier mail of the deal."""

    day: date
    review: Review
    case: Case
    flags: tuple[Flag, ...]
    """What it kept back for sure, from its readers and from those of now who did not read it."""


def confided(case: Case, flags: Sequence[Flag], proposal: Proposal, envelope: Envelope) -> Iterator[Caution]:
    """A caution for each thing that a message would show to readers from whom an earlier mail of the deal kept it."""
    readers_now = case.draft.stakeholders
    earlier = [_Earlier(day, r, r.case(), _kept_back(r, readers_now)) for day, r in envelope.reviews]
    shown: dict[tuple[int, str], tuple[_Earlier, Flag, str, dict[str, None]]] = {}
    for message in proposal.messages:
        for passage in carried(case, message):
            text = visible_text(passage, flags, message.readers, case.draft.language)
            for number, mail in enumerate(earlier):
                for leak in (
                    *given_away(mail.case, mail.flags, message.readers, text),
                    *_in_other_words(mail.flags, message.readers, text),
                ):
                    if leak.how == "detail" and _is_chance(leak, text):
                        continue
                    unaware = [a for a in message.readers if a in leak.flag.withhold_from]
                    unaware = [a for a in unaware if not _was_told(envelope.left, a, leak)]
                    key = (number, leak.flag.passage_id)
                    found = shown.setdefault(key, (mail, leak.flag, _short(text), {}))
                    found[3].update(dict.fromkeys(unaware))
    for mail, flag, quote, readers in shown.values():
        if readers:
            yield _caution(case, mail, flag, quote, tuple(readers))


def _kept_back(review: Review, readers: Sequence[Stakeholder]) -> tuple[Flag, ...]:
    """The flags that are sure and last, for those readers too who did not read that mail, or came later: it was not meant for them."""
    known = {p.address for p in review.draft.stakeholders}
    new = tuple(p.address for p in readers if p.address not in known and p.side is not Side.OWN)
    sure = (f for f in review.flags if f.severity is not Severity.NOTE and f.sensitivity in _LASTING)
    return tuple(f.model_copy(update={"withhold_from": (*f.withhold_from, *new)}) for f in sure)


def _is_chance(leak: Leak, text: str) -> bool:
    """Whether a detail may stand in both by chance: a day, a bare number, or a share or time of something else."""
    here = next((d for d in details.find(text) if d.quote == leak.quote), None)
    if here is None:
        return False  # a code
    if here.kind in ("date", "time"):
        return True
    if here.kind == "amount":
        there = {d.currency for d in details.find(leak.flag.quote) if (d.kind, d.value) == ("amount", here.value)}
        return bool(here.currency) and not there & {"", here.currency}
    if here.kind in ("number", "percent"):
        return not any(s.isalpha() for s in compare.content_stems(text) & compare.content_stems(leak.flag.quote))
    return False


def _in_other_words(flags: Sequence[Flag], readers: Sequence[str], text: str) -> Iterator[Leak]:
    """The confidences about people that a text tells again without their words: "la démission de Karim" of "Karim démissionne"."""
    for flag in withheld_flags(flags, readers):
        quote = same_affair(flag.quote, text) if flag.sensitivity in IN_CONFIDENCE else None
        if quote:
            yield Leak(flag, "affair", quote)


def _was_told(left: Sequence[Message], reader: str, leak: Leak) -> bool:
    """Whether a message that left has shown this reader these words, or the affair in any."""
    for message in (m for m in left if reader in m.readers):
        body = f"{message.subject}\n{message.body}"
        if leak.how != "affair" and leak.quote.casefold() in body.casefold():
            return True
        if leak.how == "affair" and any(same_affair(leak.flag.quote, line) for line in body.split("\n")):
            return True
    return False


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else f"{line[: _QUOTED - 1].rstrip()}…"


def _caution(case: Case, mail: _Earlier, flag: Flag, quote: str, readers: tuple[str, ...]) -> Caution:
    lang = case.situation.explain_in
    assigned = next((a for a in mail.review.assignments if a.passage_id == flag.passage_id), None)
    names = {p.address: p.name for p in (*mail.review.draft.stakeholders, *case.draft.stakeholders)}
    meant = [names.get(a, a) for a in (assigned.audience.people if assigned else ())]
    values = {
        "names": listed(lang, [names.get(a, a) for a in readers]),
        "count": len(readers),
        "quote": quote,
        "day": dated(lang, mail.day),
        "sensitivity": word(lang, "sensitivity", flag.sensitivity),
        "meant": listed(lang, meant),
    }
    return Caution(
        kind=CautionKind.CONFIDED,
        people=readers,
        quote=quote,
        explanation=say(lang, f"caution.confided.{'explanation' if meant else 'held'}", **values),
        suggestion=say(lang, "caution.confided.suggestion"),
    )
