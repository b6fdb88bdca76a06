"""What the thread has told already: each passage of the author that repeats it, with who wrote it, when, and to whom.

Found by code alone, after every model has answered, and read by the seller alone: no message carries a word of it, and nobody
reads a passage because of it. Only where an earlier sentence holds every detail and nearly every content word is something
said already; a short line without a fact of its own ("see you on Friday") never is.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby, islice
from typing import NamedTuple

from reviewer import compare, details
from reviewer.check import is_kept
from reviewer.names import bare, fold, without_names
from reviewer.passages import passages
from reviewer.people import merge
from reviewer.texts import data, listed, pattern, say
from reviewer.thread import quoted_mails
from reviewer.types import (
    Act,
    Case,
    Classification,
    Correspondent,
    Earlier,
    Envelope,
    Flag,
    Language,
    Passage,
    Proposal,
    Said,
    Stakeholder,
    Topic,
    Zone,
)

MOST_MAILS = 100
"""Mails of the thread that are read, the newest first."""
MOST_SENTENCES = 3000
"""Sentences of the thread that a draft is compared with, the newest first."""
_SAME = 0.75  # share of the passage's content words that the earlier sentence has
_ABOUT = 0.4  # share of the earlier sentence's own that the passage takes up: a few words of a long one are chance
_PLACES = 40  # sentences that are looked at for one word
_SHOWN = 3  # earlier mails that are told for one passage
_HARD = {"amount", "percent", "iban", "url", "phone"}
_ALONE, _DATED, _PRICED = 4, 3, 2  # words that tell something: alone, beside a day or number, beside an amount


class Sentence(NamedTuple):
    """A sentence of an earlier mail."""

    text: str
    mail: Earlier


def said(
    case: Case, labels: Sequence[Classification], flags: Sequence[Flag], proposal: Proposal, envelope: Envelope
) -> tuple[Said, ...]:
    """What the draft tells again, in its order, with what follows from it; the time grows with the length of draft and thread."""
    sentences = list(islice(_sentences(case, envelope), MOST_SENTENCES))
    if not sentences:
        return ()
    people = _people(case, envelope)
    by_name = _by_name(people)
    index = _index(sentences)
    topics = {c.passage_id: c.topics for c in labels}
    found = []
    for passage in case.author_passages():
        own = without_names(passage.text, case.draft.stakeholders)
        places = _candidates(own, index) if _tells(own, topics.get(passage.id, ()), case.draft.language) else ()
        told = [sentences[place] for place in places if _repeats(case, passage.text, sentences[place].text)]
        found += _notes(case, passage, told, people, by_name)
    return with_consequences(case, found, labels, flags, proposal)


# --- what the thread holds -----------------------------------------------------------------------------------------


def _mails(case: Case, envelope: Envelope) -> Iterator[Earlier]:
    """The mails quoted below the draft, then those beside it in its file, each with what it quotes."""
    yield from quoted_mails(case.draft.body, case.passages)
    for mail in envelope.earlier:
        yield mail
        yield from quoted_mails(mail.text, passages(mail.text, None, case.draft.stakeholders))


def _sentences(case: Case, envelope: Envelope) -> Iterator[Sentence]:
    """What their writers say in them, without greetings, signatures, and what they quote themselves."""
    read: set[tuple[object, ...]] = set()
    for mail in islice(_mails(case, envelope), MOST_MAILS):
        # In a file of mails each one quotes those before it.
        if (known := (mail.text, mail.by, mail.readers)) not in read:
            read.add(known)
            found = passages(mail.text, None, case.draft.stakeholders)
            yield from (Sentence(p.text, mail) for p in found if p.zone is Zone.AUTHOR)


def _index(sentences: Sequence[Sentence]) -> dict[str, list[int]]:
    """Where each content word stands, as numbers of the sentences; of a frequent one the first places only."""
    index: dict[str, list[int]] = {}
    for number, sentence in enumerate(sentences):
        for stem in compare.content_stems(sentence.text):
            places = index.setdefault(stem, [])
            if len(places) < _PLACES:
                places.append(number)
    return index


def _candidates(text: str, index: dict[str, list[int]]) -> list[int]:
    """The sentences that may hold enough of the words of a text: those with one of its rarest.

    Of n words at least one of any n - k + 1 stands in whatever has k of them.
    """
    stems = sorted(compare.content_stems(text), key=lambda stem: (len(index.get(stem, ())), stem))
    rare = stems[: len(stems) - math.ceil(_SAME * len(stems)) + 1]
    return sorted({place for stem in rare for place in index.get(stem, ())})


# --- what is a repetition ------------------------------------------------------------------------------------------


def _tells(text: str, topics: Sequence[Topic], language: Language) -> bool:
    """Whether a passage says enough to be told twice: words of its own, fewer of them beside a fact.

    What is about none of the matters of a sale, such as "let me know if you have any questions", needs an amount or the like.
    """
    facts = details.find(text)
    hard = any(d.kind in _HARD for d in facts)
    # A rule stands above the footer that a mailing list puts below every mail.
    if text.startswith("__") or (not hard and set(topics) <= {Topic.OTHER}):
        return False
    words = {t.stem for t in compare.words(_without(text, facts)) if t.word not in _function_words(language)}
    return len(words) >= (_PRICED if hard else _DATED if facts else _ALONE)


@lru_cache(maxsize=6)
def _function_words(language: Language) -> frozenset[str]:
    """Of one language: "Los" is a word in German, and none in Spanish."""
    return frozenset(fold(word) for word in data("stopwords")[language].split())


def _without(text: str, facts: Sequence[details.Detail]) -> str:
    for detail in reversed(facts):
        text = text[: detail.start] + text[detail.end :]
    return text


def _repeats(case: Case, text: str, earlier: str) -> bool:
    """Whether an earlier sentence says what the text says: neither its contrary, nor a question about it."""
    people = case.draft.stakeholders
    return (
        compare.coverage(without_names(text, people), earlier) >= _SAME
        and compare.coverage(earlier, text) >= _ABOUT
        and ("?" in text) is ("?" in earlier)
        and _denies(text) is _denies(earlier)
        and is_kept(text, earlier, case.draft.language, people)
    )


def _denies(text: str) -> bool:
    return bool(pattern("said.denial").search(text))


# --- who, when, to whom --------------------------------------------------------------------------------------------


def _people(case: Case, envelope: Envelope) -> dict[str, Stakeholder]:
    """Everybody who is known around the draft, by address."""
    sender = [case.draft.sender] if case.draft.sender else []
    circle = merge(case.draft.stakeholders, (*envelope.known, *envelope.addressed, *envelope.before, *sender))
    return {p.address: p for p in reversed(circle)}


def _by_name(people: dict[str, Stakeholder]) -> dict[frozenset[str], str]:
    """Addresses by full name, in whatever order its words stand; a name that two people bear is nobody's."""
    names = sorted((frozenset(fold(bare(p.name)).replace(",", " ").split()), p.address) for p in people.values())
    grouped = {name: [address for _, address in group] for name, group in groupby(names, key=lambda pair: pair[0])}
    return {name: found[0] for name, found in grouped.items() if len(name) > 1 and len(found) == 1}


def _who(someone: Correspondent | None, by_name: dict[frozenset[str], str]) -> str:
    """Their address, else that of the only one known by that name, else the name."""
    if someone is None:
        return ""
    words = frozenset(fold(bare(someone.name)).replace(",", " ").split())
    return someone.address or by_name.get(words, someone.name)


def _notes(
    case: Case,
    passage: Passage,
    told: Sequence[Sentence],
    people: dict[str, Stakeholder],
    by_name: dict[frozenset[str], str],
) -> list[Said]:
    """One note for each earlier mail that says the same, those with known readers first, then the oldest."""
    notes: dict[tuple[str, object], Said] = {}
    for sentence in told:
        mail = sentence.mail
        by = _who(mail.by, by_name)
        readers = tuple(dict.fromkeys(who for r in mail.readers if (who := _who(r, by_name)) and who != by))
        before = notes.get((by, mail.day))
        # The same mail may be quoted with its readers in one place and without them in another.
        if before is None or (readers and not before.readers):
            notes[by, mail.day] = Said(
                passage_id=passage.id,
                quote=" ".join(sentence.text.split()),
                by=by,
                day=mail.day,
                readers=readers,
                explanation=_explained(case, by, mail, readers, people),
            )
    named = [note for note in notes.values() if note.by] or list(notes.values())
    return sorted(named, key=lambda n: (not n.readers, n.day is None, n.day.toordinal() if n.day else 0))[:_SHOWN]


def _explained(case: Case, by: str, mail: Earlier, readers: Sequence[str], people: dict[str, Stakeholder]) -> str:
    lang, sender = case.situation.explain_in, case.draft.sender
    day = say(lang, "said.day", date=mail.day) if mail.day else ""
    own = sender.address if sender else ""

    def name(who: str) -> str:
        return say(lang, "said.you") if who == own else people[who].name if who in people else who

    to = say(lang, "said.to", names=listed(lang, [name(r) for r in readers])) if readers else ""
    key = "nobody" if not by else "yourself" if by == own else "somebody"
    writer = mail.by.name if mail.by and mail.by.name and by not in people else name(by)
    return say(lang, f"said.{key}", name=writer, day=day, to=to)


# --- what follows --------------------------------------------------------------------------------------------------


def with_consequences(
    case: Case,
    found: Sequence[Said],
    labels: Sequence[Classification],
    flags: Sequence[Flag],
    proposal: Proposal,
) -> tuple[Said, ...]:
    """The notes with what follows for this proposal: who is kept from what they have read, and what the group has had.

    Nothing of it is carried out (rule 12). A request is a reminder, and is never said to be superfluous.
    """
    asks = {c.passage_id for c in labels if c.act is Act.REQUEST}
    carried = proposal.group.passage_ids if proposal.group else ()
    result: list[Said] = []
    for passage_id, group in groupby(found, key=lambda note: note.passage_id):
        notes = [_with_known(case, note, flags) for note in group]
        had = {who for note in notes for who in (note.by, *note.readers)}
        if (
            proposal.group
            and passage_id in carried
            and passage_id not in asks
            and had.issuperset(proposal.group.readers)
        ):
            omitted = say(case.situation.explain_in, "said.omit")
            notes[-1] = notes[-1].model_copy(update={"suggestion": f"{notes[-1].suggestion} {omitted}".strip()})
        result += notes
    return tuple(result)


def _with_known(case: Case, note: Said, flags: Sequence[Flag]) -> Said:
    """The note with those who have the withheld words from the earlier mail."""
    lang = case.situation.explain_in
    people = case.draft.stakeholders
    closed = {
        address
        for flag in flags
        if flag.passage_id == note.passage_id and is_kept(flag.quote, note.quote, case.draft.language, people)
        for address in flag.withhold_from
    }
    known = [p for p in people if p.address in closed and p.address in (note.by, *note.readers)]
    readers = [p.name for p in known if p.address != note.by]
    parts = [say(lang, "said.wrote", name=p.name) for p in known if p.address == note.by]
    if readers:
        day = say(lang, "said.day", date=note.day) if note.day else ""
        parts.append(say(lang, "said.read", names=listed(lang, readers), count=len(readers), day=day))
    return note.model_copy(update={"known_to": tuple(p.address for p in known), "suggestion": " ".join(parts)})
