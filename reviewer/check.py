"""Compare the outgoing messages with the draft: nothing lost, nothing leaked, nothing invented, nobody wrong.

Every check is code and needs no model. A failed check is a Finding, a value to show; nothing here raises.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from reviewer import compare, details, language
from reviewer.hostile import attempts
from reviewer.names import TITLE, mentions, without_names
from reviewer.texts import data, say, word
from reviewer.types import (
    Act,
    Assignment,
    Case,
    Classification,
    Finding,
    FindingKind,
    Flag,
    Language,
    Message,
    Passage,
    Proposal,
    Stakeholder,
)
from reviewer.withhold import by_passage, given_away, visible_text

# A reworded passage keeps at least this share of its content words; the figure is argued in docs/checks.md.
KEPT_WORDS = 0.34
# A sentence of a writer has at least this share of its content words from the draft, where it has enough of them to say so; both
# figures are argued in docs/checks.md.
OWN_WORDS = 0.6
_FEW_WORDS = 4
_LETTERS_TO_JUDGE = 60  # a shorter message is not judged for its language
_NUMERIC = {"amount", "number"}
# Behind a bracket a full stop and a space end one of the draft's passages: a bracket of the next closes no blank to fill in.
_PLACEHOLDER = re.compile(
    r"\[(?![.!?…]\s)[^\[\]\n]{2,40}\]|\{\{?(?![.!?…]\s)[^{}\n]{2,40}\}\}?|<[A-Za-zÀ-ÿ][^<>\n]{2,40}>|\b[ps]\d{1,3}\b"
)
# Written with a capital out of courtesy, in Italian, Spanish and Dutch: no names.
_COURTESY = re.compile(r"lei|ella|su[oae]|suoi|loro|voi|vostr[oaie]|usted(?:es)?|uwer", re.IGNORECASE)
_CAPITALISED = re.compile(r"(?<![.!?:;…\n•*–—-])[ \u00a0]([A-ZÀ-ÖØ-Þ][\w'’-]{2,})")


def check(
    case: Case,
    classifications: Sequence[Classification],
    flags: Sequence[Flag],
    assignments: Sequence[Assignment],
    proposal: Proposal,
) -> tuple[Finding, ...]:
    """Everything wrong with the proposal, in the order of its messages."""
    assigned = {a.passage_id: a for a in assignments}
    findings: list[Finding] = []
    for message in proposal.messages:
        findings += check_message(case, flags, assignments, message)
    findings += _lost(case, flags, assigned, proposal)
    findings += _unowned(case, classifications, assigned, proposal)
    findings += _instructions(case)
    return tuple(findings)


def check_message(
    case: Case,
    flags: Sequence[Flag],
    assignments: Sequence[Assignment],
    message: Message,
) -> list[Finding]:
    """What is wrong with one message by itself: readers, leaks, inventions, language, what it drops, open questions."""
    assigned = {a.passage_id: a for a in assignments}
    findings = [*_wrong_reader(case, assigned, message), *_leaked(case, flags, message)]
    leaked = {finding.quote for finding in findings}
    findings += [f for f in invented(case, message, flags) if f.quote not in leaked]
    findings += _wrong_language(case, flags, message)
    findings += _dropped(case, flags, message)
    findings += _open_questions(case, message)
    return findings


def carried(case: Case, message: Message) -> list[Passage]:
    """The passages that the message says it carries, in the order of the draft."""
    wanted = set(message.passage_ids)
    return [p for p in case.passages if p.id in wanted]


def _explain(case: Case, kind: FindingKind, key: str, **values: object) -> str:
    return say(case.situation.explain_in, f"finding.{kind}.{key}", **values)


def _name(case: Case, address: str) -> str:
    try:
        return case.person(address).name
    except KeyError:
        return address


def _wrong_reader(case: Case, assigned: dict[str, Assignment], message: Message) -> Iterator[Finding]:
    kind = FindingKind.WRONG_READER
    known = {p.address for p in case.draft.stakeholders}
    for address in message.readers:
        if address not in known:
            text = _explain(case, kind, "unknown", address=address)
            yield Finding(kind=kind, message=message.key, quote=address, explanation=text)
    for passage_id in message.passage_ids:
        assignment = assigned.get(passage_id)
        if assignment is None or message.written_by == "draft":
            continue
        audience = assignment.audience
        if message.kind == "group":
            strangers = [] if audience.group else ["group"]
        else:
            strangers = [a for a in message.to if a not in audience.people]
            strangers += [a for a in message.cc if a not in audience.people + audience.copied]
        for stranger in strangers:
            who = say(case.situation.explain_in, "group") if stranger == "group" else _name(case, stranger)
            text = _explain(case, kind, "passage", reader=who, passage=passage_id)
            yield Finding(kind=kind, message=message.key, passage_id=passage_id, explanation=text)
    greeting = next((line for line in message.body.splitlines() if line.strip()), "")
    if message.written_by != "draft" and len(greeting) < 80 and re.search(r"[,:!]\s*$", greeting):
        for mention in mentions(greeting, case.draft.stakeholders):
            if not set(mention.addresses) & set(message.readers):
                quote = greeting[mention.start : mention.end]
                text = _explain(case, kind, "greeting", name=quote)
                yield Finding(kind=kind, message=message.key, quote=quote, explanation=text)


def _leaked(case: Case, flags: Sequence[Flag], message: Message) -> Iterator[Finding]:
    kind = FindingKind.LEAKED
    text = f"{message.subject}\n{message.body}"
    seen: set[str] = set()
    for leak in given_away(case, flags, message.readers, text, message.passage_ids):
        if leak.quote in seen:
            continue
        seen.add(leak.quote)
        label = word(case.situation.explain_in, "sensitivity", leak.flag.sensitivity)
        passage = leak.flag.passage_id
        explanation = _explain(case, kind, leak.how, quote=leak.quote, sensitivity=label, passage=passage)
        yield Finding(kind=kind, message=message.key, passage_id=passage, quote=leak.quote, explanation=explanation)


def invented(case: Case, message: Message, flags: Sequence[Flag] = ()) -> Iterator[Finding]:
    """Every detail, name and sentence in a message that neither the draft nor the list of people has."""
    kind = FindingKind.INVENTED
    if message.written_by == "draft":
        return
    people = [*case.draft.stakeholders, *([case.draft.sender] if case.draft.sender else [])]
    source = "\n".join(
        [case.draft.subject, case.draft.body, *(f"{p.name} {p.address} {p.organisation} {p.note}" for p in people)]
    )
    text = f"{message.subject}\n{_own_words_taken_out(case, message, flags)}"
    found = [
        *(("detail", quote) for quote in _unknown_details(case, text, source)),
        *(("placeholder", quote) for quote in _unknown_blanks(text, source)),
        *(("name", name) for name in _unknown_names(case, text, source)),
    ]
    if message.written_by == "llm":
        # A sentence is not told twice to be wrong.
        found += [
            ("sentence", sentence)
            for sentence in _unknown_sentences(case, text, source)
            if not any(quote in sentence for _, quote in found)
        ]
    for how, quote in found:
        yield Finding(kind=kind, message=message.key, quote=quote, explanation=_explain(case, kind, how, quote=quote))


def _unknown_blanks(text: str, source: str) -> Iterator[str]:
    for match in _PLACEHOLDER.finditer(text):
        if compare.on_one_line(match.group()) not in compare.on_one_line(source):
            yield match.group()


def _unknown_details(case: Case, text: str, source: str) -> Iterator[str]:
    known = {(_family(d), d.value) for d in details.find(source)}
    known |= {("number", str(n)) for n in _number_words(case.draft.language, source)}
    months = {value.split("/")[1] for _, value in known if "/" in value}
    values = {value for _, value in known}
    for detail in details.find(text):
        backed = (_family(detail), detail.value) in known or (detail.kind == "number" and detail.value in values)
        if detail.kind in _NUMERIC:
            backed = (
                _is_backed_money(detail, source) if detail.currency else backed and not _moved(detail, source, text)
            )
        if backed or (detail.kind == "number" and _is_list_number(text, detail)):
            continue
        if detail.kind == "date" and detail.quote.endswith(".") and _has_number(source, detail.quote[:-1]):
            continue  # "Version 1.1." at the end of a sentence names no day
        if detail.value.startswith("month ") and detail.value.removeprefix("month ") in months:
            continue
        yield detail.quote


def _has_number(source: str, number: str) -> bool:
    return bool(re.search(rf"(?<![\w.,]){re.escape(number)}(?![.,]?\w)", source))


def _is_backed_money(detail: details.Detail, source: str) -> bool:
    """Whether the source has the amount in its currency, or in none that it names: "12 €" is no fact of a draft that has twelve
    agencies or says "12 $". Who writes 12k names no currency, and means any.
    """
    in_source = details.money(source).get(detail.value, ())
    return detail.currency in in_source or detail.value in details.of_any_currency(source)


def _moved(detail: details.Detail, source: str, text: str) -> bool:
    """Whether a bare number of the text is in other currencies than in the source, by what their lines say: "Prices in $: 12"."""
    here, there = details.money(text)[detail.value], details.money(source).get(detail.value, frozenset())
    return bool(there) and "" not in here | there and here.isdisjoint(there)


def _family(detail: details.Detail) -> str:
    return "number" if detail.kind in _NUMERIC else detail.kind


def _is_list_number(text: str, detail: details.Detail) -> bool:
    before = text[text.rfind("\n", 0, detail.start) + 1 : detail.start]
    return not before.strip() and text[detail.end : detail.end + 1] in {".", ")", "-"}


@lru_cache(maxsize=256)
def _number_words(language: Language, source: str) -> frozenset[int]:
    table = _numbers(language)
    return frozenset(table[token.word] for token in compare.words(source) if token.word in table)


@lru_cache(maxsize=6)
def _numbers(language: Language) -> Mapping[str, int]:
    return {name: int(number) for number, names in data("numbers")[language].items() for name in str(names).split()}


def _own_words_taken_out(case: Case, message: Message, flags: Sequence[Flag]) -> str:
    """The body without the sentences that stand in it word for word, cut to what its readers may see.

    What is left is the writer's. Where two of the draft's sentences meet ("... in August. 4 of us ..."), or where one was cut, the
    seam would read as a detail that the draft does not have: a link without its end, a number without its beginning.
    """
    body, flagged = message.body, by_passage(flags)
    for passage in carried(case, message):
        typed = visible_text(passage, flagged.get(passage.id, ()), message.readers, case.draft.language)
        told = [form for one in dict.fromkeys((typed, compare.on_one_line(typed))) for form in compare.as_told(one)]
        for text in (*told, *(t[:1].upper() + t[1:] for t in told)):
            if len(text) >= compare.SENTENCE and text in body:
                body = body.replace(text, "\n", 1)
                break
    return body


def _unknown_names(case: Case, body: str, source: str) -> Iterator[str]:
    """Capitalised words in the middle of a sentence that neither the draft nor our own phrases have.

    German writes every noun with a capital: there only a word behind Herr, Frau or a greeting counts.
    """
    known, known_stems = _words_of(source, case.draft.language)
    if case.draft.language == "de":
        candidates = re.findall(r"(?:Herrn?|Frau|Hallo|Guten Tag|Liebe[rs]?)\s+([A-ZÄÖÜ][\w-]{2,})", body)
    else:
        candidates = [m.group(1) for m in _CAPITALISED.finditer(body)]
        candidates += re.findall(r"^(?:Bonjour|Hello|Hi|Dear|Hola|Ciao|Buongiorno|Beste|Hoi)\s+([A-ZÀ-Þ]\w{2,})", body)
    for candidate in dict.fromkeys(candidates):
        if (
            _COURTESY.fullmatch(candidate)
            or re.fullmatch(TITLE, candidate, re.IGNORECASE)
            or details.is_currency(candidate)
        ):
            continue
        for token in compare.words(candidate):
            if token.word not in known and token.word[:5] not in known_stems and not token.word.isdigit():
                yield candidate
                break


def _unknown_sentences(case: Case, text: str, source: str) -> Iterator[str]:
    """Sentences most of whose content words neither the draft nor our own phrases have: a promise, a courtesy, a matter of the writer's."""
    known = compare.content_stems(source) | compare.content_stems(_phrases_text(case.draft.language))
    numbers = _numbers(case.draft.language)
    for sentence in compare.sentences(text):
        # Numbers, in figures or in words, are details.
        words = {t.stem for t in compare.words(sentence) if t.content and t.word.isalpha() and t.word not in numbers}
        if len(words) >= _FEW_WORDS and len(known.intersection(words)) < OWN_WORDS * len(words):
            yield sentence.strip()


@lru_cache(maxsize=16)
def _words_of(source: str, language: Language) -> tuple[frozenset[str], frozenset[str]]:
    """Words of a text and of our own phrases, and their beginnings."""
    known = frozenset(t.word for text in (source, _phrases_text(language)) for t in compare.words(text))
    return known, frozenset(word[:5] for word in known)


@lru_cache(maxsize=6)
def _phrases_text(code: str) -> str:
    def leaves(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            for value in node.values():
                yield from leaves(value)
        elif isinstance(node, list):
            for value in node:
                yield from leaves(value)
        else:
            yield str(node)

    return " ".join(leaves(data("phrases")[code]))


def _wrong_language(case: Case, flags: Sequence[Flag], message: Message) -> Iterator[Finding]:
    kind = FindingKind.WRONG_LANGUAGE
    # The draft and its own sentences are in the draft's language, whichever other one they quote.
    if message.written_by in ("draft", "local") or sum(map(str.isalpha, message.body)) < _LETTERS_TO_JUDGE:
        return
    found = language.detect(message.body)
    if found in (None, case.draft.language):
        return
    flagged = by_passage(flags)
    own_words = " ".join(
        visible_text(p, flagged.get(p.id, ()), message.readers, case.draft.language) for p in carried(case, message)
    )
    if language.detect(own_words) == found:
        return
    explanation = _explain(case, kind, "language", found=found, wanted=case.draft.language)
    yield Finding(kind=kind, message=message.key, quote=message.body[:60], explanation=explanation)


def _instructions(case: Case) -> Iterator[Finding]:
    """What in the mail speaks to an AI: the seller should know, whether or not it stands in a message."""
    kind = FindingKind.INSTRUCTION
    for attempt in attempts(case):
        explanation = _explain(case, kind, attempt.way, quote=attempt.quote)
        yield Finding(kind=kind, passage_id=attempt.passage_id, quote=attempt.quote, explanation=explanation)


def is_kept(source: str, text: str, language: Language, people: Iterable[Stakeholder] = ()) -> bool:
    """Whether the text says what the source says: word for word, or its details and enough of its content words.

    A number written as a word ("three weeks") is a detail here; the text may write it either way. Names of people are
    left aside, because a writer turns "Paul, could you" into "could you" in the mail to Paul.
    """
    if compare.contains(text, source):
        return True
    present = details.values(text)
    for detail in details.find(source):
        if details.is_trivial(detail):
            continue
        if detail.value not in present or details.in_another_currency(detail, text):
            return False
    in_words = _number_words(language, source)
    if not all(str(number) in present or number in _number_words(language, text) for number in in_words):
        return False
    return compare.coverage(without_names(source, list(people)), text) >= KEPT_WORDS


def _dropped(case: Case, flags: Sequence[Flag], message: Message) -> Iterator[Finding]:
    """A passage that the message is meant to carry and does not say."""
    kind, flagged = FindingKind.LOST, by_passage(flags)
    for passage in carried(case, message):
        visible = visible_text(passage, flagged.get(passage.id, ()), message.readers, case.draft.language)
        if visible and not is_kept(visible, message.body, case.draft.language, case.draft.stakeholders):
            explanation = _explain(case, kind, "dropped", passage=passage.id)
            yield Finding(kind=kind, message=message.key, passage_id=passage.id, quote=visible, explanation=explanation)


def _lost(case: Case, flags: Sequence[Flag], assigned: dict[str, Assignment], proposal: Proposal) -> Iterator[Finding]:
    kind, flagged, carriers_of = FindingKind.LOST, by_passage(flags), _carriers(proposal)
    for passage in case.author_passages():
        assignment = assigned.get(passage.id)
        problem = None
        if assignment is None:
            problem = "unassigned"
        elif assignment.audience.held_back:
            problem = None if assignment.reason.strip() else "no_reason"
        else:
            audience = assignment.audience
            carriers = carriers_of.get(passage.id, ())
            reached = {a for m in carriers if m.kind == "direct" or proposal.as_is for a in m.readers}
            group_reads = any(m.kind == "group" for m in carriers)
            if not carriers:
                problem = "no_message"
            elif (audience.group and not group_reads) or set(audience.people) - reached:
                problem = "missing_reader"
            elif unread := _unread_span(flagged.get(passage.id, ()), assignment, carriers):
                explanation = _explain(case, kind, "span", quote=unread, passage=passage.id)
                yield Finding(kind=kind, passage_id=passage.id, quote=unread, explanation=explanation)
        if problem:
            explanation = _explain(case, kind, problem, passage=passage.id)
            yield Finding(kind=kind, passage_id=passage.id, quote=passage.text, explanation=explanation)


def _carriers(proposal: Proposal) -> Mapping[str, Sequence[Message]]:
    """The messages that carry each passage, by its id."""
    result: dict[str, list[Message]] = {}
    for message in proposal.messages:
        for passage_id in dict.fromkeys(message.passage_ids):
            result.setdefault(passage_id, []).append(message)
    return result


def _unread_span(flags: Sequence[Flag], assignment: Assignment, carriers: Sequence[Message]) -> str | None:
    """A withheld span of a passage that no reader gets to see and that is not listed as held back either."""
    for flag in flags:
        if flag.quote in assignment.held_back_parts:
            continue
        if not any(not set(flag.withhold_from) & set(m.readers) for m in carriers):
            return flag.quote
    return None


def _unowned(
    case: Case, classifications: Sequence[Classification], assigned: dict[str, Assignment], proposal: Proposal
) -> Iterator[Finding]:
    kind, carriers_of = FindingKind.UNOWNED_ASK, _carriers(proposal)
    by_id = {p.id: p for p in case.passages}
    for classification in classifications:
        assignment = assigned.get(classification.passage_id)
        if classification.act is not Act.REQUEST or assignment is None or assignment.audience.held_back:
            continue
        carriers = carriers_of.get(classification.passage_id, ())
        if assignment.owner and any(assignment.owner in m.readers for m in carriers):
            continue
        passage = by_id[classification.passage_id]
        explanation = _explain(case, kind, "owner", passage=passage.id)
        key = carriers[0].key if carriers else None
        yield Finding(kind=kind, message=key, passage_id=passage.id, quote=passage.text, explanation=explanation)


def _open_questions(case: Case, message: Message) -> Iterator[Finding]:
    """A question to several readers in a reworded message that names none of them."""
    kind = FindingKind.UNOWNED_ASK
    if message.written_by in ("draft", "local") or len(message.to) < 2:
        return
    own = [p.text for p in carried(case, message) if "?" in p.text]
    for sentence in re.findall(r"[^.!?\n]*\?", message.body):
        named = {a for m in mentions(sentence, case.draft.stakeholders) for a in m.addresses}
        if named & set(message.readers) or any(compare.coverage(sentence, text) > 0.6 for text in own):
            continue
        explanation = _explain(case, kind, "question", quote=sentence.strip())
        yield Finding(kind=kind, message=message.key, quote=sentence.strip(), explanation=explanation)
