"""From whom a span is withheld, and what is left of a passage for its readers once it is cut out.

The cut happens before a writer is called, so a model never sees what it must not repeat.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

from reviewer import compare, details
from reviewer.cues import goes_on_addressing, points_back, speaks_familiarly, speaks_to_one, speaks_to_several
from reviewer.frame import recap_lines
from reviewer.names import addressed, behind_name, mentions, talked_about
from reviewer.policy import Policy, withheld_from
from reviewer.roles import roles_named_in
from reviewer.texts import data, pattern, say
from reviewer.types import (
    Case,
    Flag,
    Language,
    Passage,
    Recipient,
    Role,
    Sensitivity,
    Severity,
    Side,
    Stakeholder,
    Zone,
)

_WORD = re.compile(r"\w+")
_NOTHING = compare.Runs()
# A word with a letter and a digit, with signs in it or between them.
_CODES = tuple(
    re.compile(rf"(?<!\w)(?=[{of}]{{0,300}}\d)(?=[{of}]{{0,300}}[^\W\d_])[{of}]{{5,}}")
    for of in (r"\w@#$%&*+!-", r"\w")
)
_RARE = 3  # rare words of a span, of which half tell it
_LOOSE_START = r"[\s,;:–—)\]-]"
_LOOSE_END = r"[\s,;:–—(\[-]"
_LOOSE = re.compile(rf"^{_LOOSE_START}+"), re.compile(rf"{_LOOSE_END}+(?=[.!?…]*$)")
_POSTSCRIPT = re.compile(r"P\.?\s?-?S\.?", re.IGNORECASE)


def make_flag(
    case: Case,
    policy: Policy,
    passage: Passage,
    start: int,
    end: int,
    sensitivity: Sensitivity,
    reason: str,
    doubt: Iterable[Role] | None = None,
    called: Sequence[str] = (),
    hurts: Sequence[str] = (),
    going_on: Sequence[str] = (),
) -> Flag:
    """A flag on `body[start:end]`; who must not read it follows from the policy, the names and the departments.

    `doubt` marks what is only perhaps sensitive: these roles may read it too. `called` are addresses of whom a model says
    that the passage speaks to; they count where the words bear it out. `hurts` are addresses from whom a model would keep it
    besides; they only add to the policy's, and whom the passage calls by name reads it all the same. `going_on` are addresses of
    whom the paragraph called before: what is no confidence about people is said to them too.
    """
    people = case.draft.stakeholders
    called = tuple(a for a in called if _may_be_called(case, case.person(a), passage.text))
    spoken_to = addressed(passage.text, people) or called
    if not spoken_to:
        spoken_to = still_spoken_to(case, passage)
        told_of_others = sensitivity in policy.hidden_from_subject and set(subjects(case, passage)) - set(spoken_to)
        if told_of_others and _on_a_line_of_its_own(case.draft.body, passage):
            # "Sandrine, could you send it?" and on the next line "Julien told me ..., keep that between us": who "you" is there is
            # not to be guessed.
            spoken_to = ()
    if sensitivity not in policy.hidden_from_subject:
        # "We could go down to 42 k€. Sandrine, does that fit?": the first sentence is said to Sandrine too. What is told
        # about people is never opened by such a guess.
        spoken_to += (*asked_about(case, passage), *(going_on if not spoken_to else ()))
    if sensitivity in (Sensitivity.PLANNING, Sensitivity.SCOPE):
        # Whoever reads the mail alone is who the seller chose to tell when, and what. Money stays with who may read of it: it may be
        # somebody else's.
        spoken_to += only_reader(case)
    about = tuple(a for a in subjects(case, passage) if a not in called)
    explain = case.situation.explain_in
    if about and sensitivity in policy.hidden_from_subject:
        names = ", ".join(case.person(a).name for a in about)
        reason += say(explain, "flag.about", names=names)
    return Flag(
        passage_id=passage.id,
        start=start,
        end=end,
        quote=case.draft.body[start:end],
        sensitivity=sensitivity,
        severity=policy.sensitivities[sensitivity].severity if doubt is None else Severity.NOTE,
        withhold_from=_with_hurt(
            case, withheld_from(policy, sensitivity, people, spoken_to, about, doubt or ()), spoken_to, hurts
        ),
        reason=reason,
        hurts=tuple(hurts),
    )


def _on_a_line_of_its_own(body: str, passage: Passage) -> bool:
    """Whether the seller began a new line for the passage, where its first word had still fitted into the line before."""
    before = body[: passage.start].rstrip(" \t")
    if not before.endswith("\n"):
        return False
    line = before[:-1].rpartition("\n")[2].rstrip()
    width = max(map(len, body.split("\n")))
    return len(line) + 1 + len(passage.text.split(maxsplit=1)[0]) <= width


def _with_hurt(case: Case, withheld: Sequence[str], spoken_to: Sequence[str], hurts: Sequence[str]) -> tuple[str, ...]:
    wanted = {*withheld, *(a for a in hurts if a not in spoken_to and case.person(a).side is not Side.OWN)}
    return tuple(p.address for p in case.draft.stakeholders if p.address in wanted)


def _may_be_called(case: Case, person: Stakeholder, text: str) -> bool:
    """Whether a text bears out that it speaks to this person: it opens with their name, and speaks to one reader.

    So "patrick entre nous ca va bloquer" and "Colin teh viewer is slow can you check", and not "Paul told me".
    """
    rest = behind_name(person, text)
    return rest is not None and speaks_to_one(rest, case.draft.language)


def reflagged(case: Case, policy: Policy, flag: Flag, called: Sequence[str] = ()) -> Flag:
    """The flag with its readers worked out anew: a role was corrected, or it is known whom the passage speaks to."""
    passage = next(p for p in case.passages if p.id == flag.passage_id)
    doubt = policy.doubt_readers if flag.severity is Severity.NOTE else None
    # Whom it is about is told anew.
    told = say(case.situation.explain_in, "flag.about", names="\0").partition("\0")[0]
    reason = flag.reason.partition(told)[0]
    return make_flag(case, policy, passage, flag.start, flag.end, flag.sensitivity, reason, doubt, called, flag.hurts)


def asked_about(case: Case, passage: Passage) -> tuple[str, ...]:
    """Addresses of whom the next sentence of the paragraph asks by name about this one."""
    following = _neighbour(case, passage, 1)
    if following is None or not refers_to(passage, following):
        return ()
    return addressed(following.text, case.draft.stakeholders)


def still_spoken_to(case: Case, passage: Passage) -> tuple[str, ...]:
    """Addresses of whom the paragraph began to address by name, where this sentence of it goes on speaking to them.

    "Erik, thank you for your frankness. Perhaps we could invoice in April, so that you have some air": "you" is Erik. In a mail that
    greets its only reader in To by name, with others in copy, "you" is who is greeted where nobody else is called.
    """
    alone = passage.zone is Zone.AUTHOR and not passage.bullet and speaks_to_one(passage.text, case.draft.language)
    greeted: tuple[str, ...] = ()
    if alone and not speaks_to_several(passage.text):
        greeted = greeted_alone(case) or _greeted_first(case, passage)
    while not passage.bullet and _goes_on(passage.text, case.draft.language):
        previous = _neighbour(case, passage, -1)
        if passage.zone is not Zone.AUTHOR or previous is None or previous.bullet:
            return greeted
        named = addressed(previous.text, case.draft.stakeholders)
        if named:
            return named if len(named) == 1 else ()
        # A sentence between that speaks to nobody ends it: the next "you" may be anybody.
        passage = previous
    return greeted


def only_reader(case: Case) -> tuple[str, ...]:
    """The address of the one reader of the customer, where there is no other reader."""
    readers = [p for p in case.draft.stakeholders if p.side is not Side.OWN]
    return (readers[0].address,) if len(readers) == 1 else ()


def greeted_alone(case: Case) -> tuple[str, ...]:
    """The address of the one reader in To whom the greeting names, where others of the customer read in copy and none of them is called;
    else empty.
    """
    customers = [p for p in case.draft.stakeholders if p.side is not Side.OWN]
    to = [p for p in customers if p.recipient is Recipient.TO]
    if len(to) != 1 or len(customers) < 2:
        return ()
    named = _named(tuple(p.text for p in case.passages if p.zone is Zone.GREETING), case.draft.stakeholders)
    if (
        named != {to[0].address}
        or _called(tuple(p.text for p in case.author_passages()), case.draft.stakeholders) - named
    ):
        return ()
    return (to[0].address,)


def _greeted_first(case: Case, passage: Passage) -> tuple[str, ...]:
    """The address of the one reader whom the greeting names, beside everybody else, where this passage speaks to a single person as
    to somebody familiar and nobody else was named by then: "Bonjour Yann, bonjour à tous, ... ton équipe ..."
    """
    if not speaks_familiarly(passage.text, case.draft.language):
        return ()
    greetings = tuple(p.text for p in case.passages if p.zone is Zone.GREETING and p.start < passage.start)
    named = _named(greetings, case.draft.stakeholders)
    customers = {p.address for p in case.draft.stakeholders if p.side is not Side.OWN}
    if len(named) != 1 or not named <= customers or re.search(r"[«»“”„\"]", passage.text):
        return ()  # what somebody else said is quoted
    # Whoever is named on the way may be whom it speaks to, or of: "Contract (Marie): I can offer you ..."
    so_far = tuple(p.text for p in case.author_passages() if p.start <= passage.start)
    return () if _named(so_far, case.draft.stakeholders) - named else tuple(named)


@lru_cache(maxsize=64)
def _called(texts: tuple[str, ...], people: tuple[Stakeholder, ...]) -> frozenset[str]:
    """Addresses of all whom these texts call. Remembered, because each sentence of a mail asks for it."""
    return frozenset(address for text in texts for address in addressed(text, people))


@lru_cache(maxsize=4096)
def _goes_on(text: str, language: Language) -> bool:
    return not speaks_to_several(text) and goes_on_addressing(text, language)


@lru_cache(maxsize=256)
def _named(texts: tuple[str, ...], people: tuple[Stakeholder, ...]) -> frozenset[str]:
    """Addresses of all whom these texts name."""
    return frozenset(a for text in texts for mention in mentions(text, people) for a in mention.addresses)


def _neighbour(case: Case, passage: Passage, step: Literal[-1, 1]) -> Passage | None:
    """The author's passage before or behind this one in its paragraph."""
    at = bisect_left(case.passages, passage.start, key=lambda p: p.start) + step
    while 0 <= at < len(case.passages) and case.passages[at].paragraph == passage.paragraph:
        if case.passages[at].zone is Zone.AUTHOR:
            return case.passages[at]
        at += step
    return None


def last_called(case: Case) -> Mapping[str, tuple[str, ...]]:
    """For each of the author's passages, by its id, the address of whom its paragraph last called by name before it: whom it may go
    on speaking to. Empty where that is nobody, or several.
    """
    result: dict[str, tuple[str, ...]] = {}
    people = case.draft.stakeholders
    called: tuple[str, ...] = ()
    paragraph = -1
    for passage in case.author_passages():
        if passage.paragraph != paragraph or passage.bullet:
            called, paragraph = (), passage.paragraph
        result[passage.id] = called if len(called) == 1 else ()
        if not passage.bullet:
            called = (
                addressed(passage.text, people)
                or tuple(p.address for p in people if _may_be_called(case, p, passage.text))
                or called
            )
    return result


def refers_to(previous: Passage, passage: Passage) -> bool:
    """Whether a passage is a short question or request that means the sentence before it in its paragraph."""
    return passage.paragraph == previous.paragraph and not passage.bullet and points_back(passage.text)


def subjects(case: Case, passage: Passage) -> tuple[str, ...]:
    """Addresses of the customer's people whom the passage talks about, by name or by department (rules 4 and 5)."""
    people = case.draft.stakeholders
    named = talked_about(passage.text, people)
    spoken_to = addressed(passage.text, people)
    roles = roles_named_in(passage.text)
    by_department = tuple(
        p.address for p in people if p.side is Side.CUSTOMER and roles & set(p.roles) and p.address not in spoken_to
    )
    return tuple(dict.fromkeys(named + by_department))


def by_passage(flags: Iterable[Flag]) -> Mapping[str, Sequence[Flag]]:
    """The flags of each passage that has any, by its id."""
    result: dict[str, list[Flag]] = {}
    for flag in flags:
        result.setdefault(flag.passage_id, []).append(flag)
    return result


def withheld_flags(flags: Iterable[Flag], readers: Iterable[str]) -> list[Flag]:
    """The flags whose span at least one of these readers (addresses) must not read."""
    wanted = set(readers)
    return [flag for flag in flags if not wanted.isdisjoint(flag.withhold_from)]


def withheld_spans(passage: Passage, flags: Iterable[Flag], readers: Iterable[str]) -> list[tuple[int, int]]:
    """Offsets within the body of what these readers must not read of the passage, merged and in order."""
    spans = sorted(
        (max(flag.start, passage.start), min(flag.end, passage.end))
        for flag in withheld_flags((f for f in flags if f.passage_id == passage.id), readers)
    )
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def visible_text(passage: Passage, flags: Sequence[Flag], readers: Iterable[str], language: Language) -> str:
    """The passage as these readers may see it; empty where nothing worth reading is left.

    The rest of a cut sentence keeps its end mark and starts with a capital where the sentence did.
    """
    spans = withheld_spans(passage, flags, readers)
    if not spans:
        return passage.text
    edges = [passage.start, *(edge for span in spans for edge in span), passage.end]
    pieces = [
        _trim(
            passage.text[start - passage.start : end - passage.start],
            start > passage.start,
            end < passage.end,
            language,
        )
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    kept = [piece for piece in pieces if _WORD.search(piece)]
    text = "".join([*map(_joined, kept[:-1]), *kept[-1:]])
    if len(_WORD.findall(text)) < 3:
        return ""
    if passage.text[:1].isupper():
        text = text[:1].upper() + text[1:]
    # With the space that French sets before it.
    if end := re.search(r"\s?([.!?…]+)$", passage.text):
        text = text.removesuffix(end[1]) + end[0] if text.endswith(end[1]) or text[-1] not in ".!?…" else text
    return text


class Leak(NamedTuple):
    """A withheld span that a text gives away."""

    flag: Flag
    how: Literal["words", "detail", "rare", "affair"]
    """By words in a row, by a telling detail, by most of its rare words, or by the same affair in other words."""
    quote: str
    """What of the text gives it away."""


def given_away(
    case: Case,
    flags: Sequence[Flag],
    readers: Sequence[str],
    text: str,
    passage_ids: Iterable[str] = (),
    named: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Leak]:
    """What of the spans withheld from these readers a text shows them that they do not read elsewhere.

    `passage_ids` are the passages that the text carries: their visible part is no leak. `named` has, by passage, what a text may
    repeat of it: the name of what an outcome is about.
    """
    hidden = withheld_flags(flags, readers)
    if not hidden:
        return
    words, stems, present = compare.Runs(text), compare.content_stems(text), details.find(text)
    telling = {d.value for d in present if not details.is_trivial(d)}
    # Most messages have nothing in common with what is withheld: then it need not be known what their readers may read.
    suspect = [f for f in hidden if _has_something_of(f.quote, words, stems, telling) or any(codes_in(f, text))]
    if not suspect:
        return
    carried, closed = set(passage_ids), by_passage(hidden)
    # What these readers may know anyway: the visible part of every passage, not only of those of this message.
    seen = {
        p.id: visible_text(p, closed[p.id], readers, case.draft.language) if p.id in closed else p.text
        for p in case.passages
        if p.id in carried or p.id not in closed
    }
    # Where two of the draft's sentences meet in the text, the seam is nobody's words.
    readable = [*seen.values(), *(text for passage_id, text in seen.items() if passage_id in carried)]
    people = " ".join(f"{p.name} {p.organisation}" for p in case.draft.stakeholders)
    phrases = data("phrases")[case.draft.language]
    # What the program itself writes into any message gives nothing away, even where a withheld span says "Hello!".
    ours = [
        *recap_lines(case.draft.language),
        *(g for form in phrases["greeting"].values() for g in form.values()),
        phrases["closing"],
    ]
    allowed = [*readable, people, *ours, case.draft.sender.name if case.draft.sender else ""]
    known, known_stems = compare.Runs(*allowed), compare.all_stems(allowed)
    known_values = {d.value for part in allowed for d in details.find(part)}
    known_money = {(v, c) for part in allowed for v, currencies in details.money(part).items() for c in currencies if c}
    sentences = [told for sentence in seen.values() for told in compare.as_told(sentence)]
    for flag in suspect:
        name = named.get(flag.passage_id, "")
        runs = compare.shared_runs(flag.quote, words, compare.Runs(*allowed, name) if name else known)
        run = next((r for r in runs if not compare.at_a_seam(text, *r, sentences)), None)
        if run:
            yield Leak(flag, "words", text[run[0] : run[1]])
        values = {d.value for d in details.find(flag.quote)} - known_values
        # Whoever reads of twelve agencies, or of 12 $, does not know that the price is 12 €.
        priced = {(d.value, d.currency) for d in details.find(flag.quote) if d.currency}
        amounts = {value for value, _ in priced - known_money}
        same = [
            d
            for d in (present if (values | amounts) & telling else ())
            if (d.value in values and not details.is_trivial(d))
            or (d.value in amounts and d.currency and (d.value, d.currency) not in known_money)
        ]
        told = [d.quote for d in same if not compare.at_a_seam(text, d.start, d.end, sentences)]
        told += [code for code in codes_in(flag, text) if not any(code in part for part in allowed)]
        for quote in told:
            yield Leak(flag, "detail", quote)
        if not run and not told:
            rare = compare.content_stems(flag.quote) - known_stems - compare.content_stems(name)
            if len(rare & stems) >= max(_RARE, (len(rare) + 1) // 2):
                there = [t for t in compare.tokens(text) if t.content and t.stem in rare]
                yield Leak(flag, "rare", " … ".join(dict.fromkeys(text[t.start : t.end] for t in there)))


def codes_in(flag: Flag, text: str) -> Iterator[str]:
    """Of access data the words with a letter and a digit that a text repeats: "Hexa2026" lets in whatever is said about it."""
    if flag.sensitivity is Sensitivity.CREDENTIAL:
        codes = dict.fromkeys(code for shape in _CODES for code in shape.findall(flag.quote))
        yield from (code for code in codes if code in text)


def _has_something_of(span: str, words: compare.Runs, stems: Set[str], telling: Set[str]) -> bool:
    """Whether a text shares anything with a span that could give it away, wherever else it may stand."""
    return (
        any(True for _ in compare.shared_runs(span, words, _NOTHING))
        or any(detail.value in telling for detail in details.find(span))
        or len(compare.content_stems(span) & stems) >= _RARE
    )


def _joined(piece: str) -> str:
    """A piece that another follows: what was cut between them leaves a comma, or nothing behind the mark of a postscript."""
    if _POSTSCRIPT.fullmatch(piece):
        return f"{piece.rstrip('.: ')}: "
    return piece.rstrip(".!?… ") + ", "


def _trim(piece: str, cut_before: bool, cut_after: bool, language: Language) -> str:
    """A piece of a cut sentence without what a cut leaves at its edges: commas, a conjunction that now joins nothing, and a clause
    whose last word governed what was cut.
    """
    start, end = _edges(language)
    if cut_after and pattern(f"cut.{language}.governs").search(piece):
        # "We set it at (42 k€)": the clause has lost what it says, and goes with it.
        ends = [match.start() for match in pattern("clause").finditer(piece)]
        piece = piece[: ends[-1]] if ends else ""
    piece = (start if cut_before else _LOOSE[0]).sub("", piece)
    return (end if cut_after else _LOOSE[1]).sub("", piece).strip()


@lru_cache
def _edges(language: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    joint = pattern(f"cut.{language}.joint").pattern
    return (
        re.compile(rf"^(?:{_LOOSE_START}|(?:{joint})(?![^\s,]))+", re.IGNORECASE),
        re.compile(rf"(?:{_LOOSE_END}|(?<![^\s,;])(?:{joint}))+(?=[.!?…]*$)", re.IGNORECASE),
    )
