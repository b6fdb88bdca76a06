"""The local engine's flags: patterns where the form alone tells (an IBAN, a password), the classifier for the rest.

A flag covers the clause that is sensitive where the others of the sentence are clearly not, else the whole passage.
"""

import itertools
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from reviewer import compare, details
from reviewer.affair import same_affair
from reviewer.cues import (
    adds_on,
    affairs,
    asks,
    asks_of_budget,
    department_of,
    hushes,
    invoices,
    is_courtesy,
    leans_on,
    means_somebody,
    reproaches,
    rules_access,
    says_more,
    speaks_to_one,
    states,
    tells_of_every_copy,
    tells_outcome,
    welcomes,
)
from reviewer.forms import Form, forms, forms_again, forms_alone
from reviewer.local.classifier import Prediction, predict, topics_of, weights
from reviewer.local.department import asked_department, names_another
from reviewer.local.second_person import asked_of
from reviewer.names import addressed, end_of_call, mentions, talked_about
from reviewer.plan import is_lead_in
from reviewer.policy import Policy
from reviewer.roles import roles_named_in
from reviewer.texts import data, pattern, say, word
from reviewer.types import IN_CONFIDENCE, Case, Flag, Flagged, Language, Passage, Role, Sensitivity, Severity, Zone
from reviewer.withhold import by_passage, last_called, make_flag, subjects

_FLAGGED_ZONES = (Zone.AUTHOR, Zone.QUOTED, Zone.FORWARDED)
_BEGINNING = 3  # words in which a sentence says that it is about who was named before
_SHORT_CLAUSE = 3  # words; a shorter clause is no statement of its own
# Words; so short a passage ("None.", "New Customer Portal") is not flagged on a doubt, unless it names a reader. Of the passages of the
# training data that are so short none is sensitive and doubtful at once, and the classifier knows next to none of their words.
_FRAGMENT = 4
_LOUD = 6  # words; of a shorter clause ("in agreement with his director") the classifier knows too little without its sentence
_REMARK = 8  # words; a doubtful sentence of no more behind a confidence is a remark on it
_KINDS = {f"sensitivity {kind}" for kind in Sensitivity}
_PLANS = {f"sensitivity {kind}" for kind in (Sensitivity.SCOPE, Sensitivity.PLANNING)}
_SAID_OF_NOBODY = {*_PLANS, f"sensitivity {Sensitivity.PERSONAL_CONCERN}"}
# Probability; asks of somebody of a department that tell nothing of it reach 0.8, complaints begin at 0.9.
_SURE_OF_DEPARTMENT = 0.85
_MATTERS = {
    f"sensitivity {kind}"
    for kind in (Sensitivity.BUDGET, Sensitivity.CONTRACT_PRICE, Sensitivity.SCOPE, Sensitivity.PLANNING)
}


def flag_passages(case: Case, policy: Policy, at_least: float = 0.0) -> Flagged:
    """Flags of the author's and of the quoted passages; `at_least` leaves out what the classifier gives a lower probability of
    being sensitive, and nothing that the form alone tells.
    """
    passages = [p for p in case.passages if p.zone in _FLAGGED_ZONES]
    called, people, language = last_called(case), case.draft.stakeholders, case.draft.language
    unbroken = set(_unbroken(case, called))
    following = {p.id: after for p, after in itertools.pairwise(case.author_passages())}
    flags: list[Flag] = []
    for passage, whole in zip(passages, predict([p.text for p in passages], language), strict=True):
        prediction = _loudest(language, passage, whole)
        by_form = [*{(f.sensitivity, f.start, f.end): f for f in _patterns(case, policy, passage)}.values()]
        flags += by_form
        put = _put(case, passage, prediction)
        if prediction.sensitive < at_least or _is_harmless(case, passage, following.get(passage.id), put.sure):
            continue
        asked = asked_of(passage.text, people, language)
        # "I would like Priya to ..." is said to Priya, "could somebody from IT" to IT; what is only perhaps sensitive in it is for
        # whom it asks.
        if (asked or put.to_somebody) and not put.sure:
            continue
        if not _KINDS & prediction.given or (not put.sure and _tells_outcome(passage, prediction, case)):
            if not by_form and passage.zone is Zone.AUTHOR:
                flags += _told_of_somebody(case, policy, passage)
            continue
        said_on = called.get(passage.id, ())
        others = _is_about_somebody(case, passage)
        goes_on = _goes_on(passage, language, sure=put.sure, unbroken=passage.id in unbroken, others=others)
        in_charge = said_on if goes_on else _in_charge(case, policy, said_on, prediction)
        found = _found(case, policy, passage, prediction, put.sure, asked or put.readers or in_charge)
        known = {flag.sensitivity for flag in by_form}
        for flag in found:
            if flag.sensitivity not in known:
                # "Lucy, we could go to 12 %. Please keep that figure to yourself": about nobody, and said to whom the paragraph calls.
                to_them = not others and (goes_on or flag.sensitivity in IN_CONFIDENCE)
                flags.append(_opened(flag, said_on) if to_them else flag)
    return Flagged(tuple(flags))


class _Put(NamedTuple):
    """Whom a sentence is put to by a department, and whether the classifier is sure of what it hears in it."""

    readers: tuple[str, ...]
    to_somebody: bool
    """Whether it asks, or tells of the coming of, somebody of a department, be it one that no reader is of."""
    sure: bool


def _put(case: Case, passage: Passage, prediction: Prediction) -> _Put:
    language, people = case.draft.language, case.draft.stakeholders
    department = asked_department(case, passage)
    # A second one is what an ask complains of: "Could somebody from purchasing tell us why IT has no budget?"
    readers = department if not department or not names_another(passage, language) else ()
    coming = roles_named_in(department_of(passage.text, language))
    to_somebody = bool(readers or (coming and not talked_about(passage.text, people)))
    # A department's name alone reads like talk about it.
    plain = to_somebody and not reproaches(passage.text)
    return _Put(readers, to_somebody, prediction.sensitive >= (_SURE_OF_DEPARTMENT if plain else weights().sure))


def _is_harmless(case: Case, passage: Passage, following: Passage | None, sure: bool) -> bool:
    """Whether nothing but the form of a passage can tell that it is sensitive."""
    # "The open points:" is as sensitive as what it announces, and goes where that goes.
    if (passage.zone is Zone.AUTHOR and is_lead_in(passage, following)) or is_courtesy(
        passage.text, case.draft.language
    ):
        return True
    if sure:
        return False
    # Whom somebody takes over from is no secret by that.
    short = len(compare.words(passage.text)) <= _FRAGMENT
    return welcomes(passage.text) or (short and not talked_about(passage.text, case.draft.stakeholders))


def _found(
    case: Case, policy: Policy, passage: Passage, prediction: Prediction, sure: bool, going_on: Sequence[str]
) -> Iterator[Flag]:
    """What the classifier hears in a passage, a flag for each kind and clause."""
    explain = case.situation.explain_in
    doubt = None if sure else _doubt_readers(case, policy, prediction)
    for sensitivity in Sensitivity:
        if f"sensitivity {sensitivity}" not in prediction.given or _is_none(case, passage, sensitivity, sure):
            continue
        reason = say(
            explain,
            "flag.model" if sure else "flag.doubt",
            sensitivity=word(explain, "sensitivity", sensitivity),
            # Not of this kind alone: it is by the whole that the passage counts as sensitive.
            probability=round(100 * prediction.sensitive),
        )
        for start, end in _clauses(case.draft.language, passage, sensitivity, prediction):
            yield make_flag(case, policy, passage, start, end, sensitivity, reason, doubt, going_on=going_on)


def _is_none(case: Case, passage: Passage, sensitivity: Sensitivity, sure: bool) -> bool:
    """Whether a passage that sounds like one of this kind is none by its words."""
    text, people = passage.text, case.draft.stakeholders
    if sensitivity is Sensitivity.CREDENTIAL:
        return rules_access(text)
    if sensitivity is not Sensitivity.BUDGET:
        return False
    # Rule 5 is about somebody's limit: an invoice that only runs its course is for finance to read. And whoever is asked by name whether
    # it fits the budget is told nothing of anybody's.
    plain = invoices(text) and not subjects(case, passage)
    return plain or (not sure and bool(addressed(text, people)) and asks_of_budget(text[end_of_call(text, people) :]))


def _tells_outcome(passage: Passage, prediction: Prediction, case: Case) -> bool:
    """Whether a passage tells what was decided, or that somebody confirmed something: what is only perhaps sensitive in it is not.

    "Ms Ricci has confirmed that the line begins with two sizes": an outcome has its author, and is no confidence about them.
    """
    if asks(passage.text) or "stage open" in prediction.given:
        return False
    given = _KINDS & prediction.given
    # Of money it may be a position as well: "The price is approved, we cannot go any lower".
    if given <= _PLANS and tells_outcome(passage.text):
        return True
    people = case.draft.stakeholders
    decides = pattern(f"confirms.{case.draft.language}")
    # "Karim has confirmed that he does not trust Marie", "that his budget is limited" are about him, or about others.
    if not given <= _SAID_OF_NOBODY or says_more(passage.text) or len(talked_about(passage.text, people)) > 1:
        return False
    return any(decides.match(passage.text, m.end) for m in mentions(passage.text, people) if not m.to)


def _told_of_somebody(case: Case, policy: Policy, passage: Passage) -> Iterator[Flag]:
    """A flag where a passage tells what a reader worries about, or what is decided over a reader's head, by the words beside the name.

    No other word of it gives that away: "Karim doubts that we succeed", "Anna has decided to replace Karim".
    """
    text, start, end = passage.text, passage.start, passage.end
    worries = pattern(f"worries.{case.draft.language}")
    before, behind = pattern("undoes.before"), pattern("undoes.behind")
    for mention in mentions(text, case.draft.stakeholders):
        if mention.to or len(mention.addresses) > 1:
            continue
        if worries.match(text, mention.end):
            kind, told = Sensitivity.PERSONAL_CONCERN, "flag.worry"
        elif before.search(text, 0, mention.start) or behind.match(text, mention.end):
            kind, told = Sensitivity.INTERNAL_POLITICS, "flag.undone"
        else:
            continue
        reason = say(case.situation.explain_in, told, name=case.person(mention.addresses[0]).name)
        yield make_flag(case, policy, passage, start, end, kind, reason, policy.doubt_readers)
        return


def beside_confidences(case: Case, flags: Sequence[Flag]) -> Iterator[Flag]:
    """Flags on the sentences that would give a confidence about people away: what it began with, what follows from it, and what tells it
    again elsewhere in the mail.

    "I find Jean reserved. He is afraid that we fail.": the first is as confidential as the second. "Emily is burnt out. We should
    look for somebody else.": Emily must not read the second either. Only what nobody is called by name for, and no more than
    the paragraph.
    """
    by_id = by_passage(flags)
    people = case.draft.stakeholders
    author = case.author_passages()
    for before, passage in itertools.pairwise(author):
        if before.paragraph != passage.paragraph or passage.bullet:
            continue
        told, meant = _confidence(by_id.get(passage.id, ())), talked_about(before.text, people)
        begins = " ".join(passage.text.split()[:_BEGINNING])
        if told and meant and before.id not in by_id and means_somebody(begins, case.draft.language):
            yield _copied(case, told, before, meant)
    held: Flag | None = None
    hidden: tuple[str, ...] = ()
    paragraph = -1
    for passage in author:
        if passage.paragraph != paragraph or passage.bullet:
            held, hidden, paragraph = None, (), passage.paragraph
        own = _confidence(by_id.get(passage.id, ()))
        if addressed(passage.text, people) or asked_department(case, passage):
            held = None
        if own:
            held, hidden = own, subjects(case, passage) or hidden
        elif held and hidden and _about_the_same(case, passage, hidden):
            yield _copied(case, held, passage, hidden)
        elif held and hidden and (grave := _grave(by_id.get(passage.id, ()))):
            # "Emily is looking for a new job. We may need a plan B for the project lead.": whoever may read it, Emily may not.
            yield _copied(case, grave, passage, hidden)
        elif held and hidden and by_id.get(passage.id) and len(compare.words(passage.text)) <= _REMARK:
            # "Emily doubts that we succeed. Perhaps we should ask them early.": what such a remark means is the confidence alone.
            yield _copied(case, held, passage, hidden)
        elif held and hidden and pattern(f"recommends.{case.draft.language}").search(passage.text):
            # "Oliver has applied elsewhere. We should have a plan B.": whoever else may read it, Oliver may not.
            yield _copied(case, held.model_copy(update={"withhold_from": ()}), passage, hidden)
        elif not hushes(passage.text):
            # "Please keep that to yourself" does not end it.
            held = None
    yield from _again(case, [f for found in by_id.values() if (f := _confidence(found))], by_id)


def _again(case: Case, confidences: Sequence[Flag], by_id: Mapping[str, Sequence[Flag]]) -> Iterator[Flag]:
    """Flags on what tells a confidence of the mail again elsewhere in it, in other words: "La démission de Karim ..."."""
    people, explain = case.draft.stakeholders, case.situation.explain_in
    confidences = [flag for flag in confidences if affairs(flag.quote)]
    for passage in case.author_passages() if confidences else ():
        if _confidence(by_id.get(passage.id, ())):
            continue
        for flag in confidences:
            quote = same_affair(flag.quote, passage.text)
            if quote:
                about = subjects(case, passage) or talked_about(flag.quote, people)
                again = _copied(case, flag, passage, about)
                yield again.model_copy(update={"reason": say(explain, "flag.again", quote=quote)})
                break


def _goes_on(passage: Passage, language: Language, *, sure: bool, unbroken: bool, others: bool) -> bool:
    """Whether a sentence goes on speaking to whom its paragraph calls: by "you", as a limit or a consequence of what was just said, or by
    one more point to it.

    `others` says whether it speaks of somebody: "I doubt it, as finance is against us" limits what was said, and tells of others. Nor is
    "Besides, our price floor is 42 k€" for whom the sentence before was for.
    """
    text = passage.text
    priced = any(detail.kind == "amount" for detail in details.find(text))
    # "..., but that is your call" has no price in it that would be somebody else's.
    if (asks(text) or (unbroken and speaks_to_one(text, language))) and not (sure and priced):
        return True
    if sure:
        return False
    leans = leans_on(text, language) and not others
    return speaks_to_one(text, language) or leans or (adds_on(text, language) and not (priced or others))


def _unbroken(case: Case, called: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Ids of the passages between which and the call of their paragraph every sentence goes on speaking to whom it calls.

    "Hugo, are yours under warranty? On the price, we could do without the set-up. If you insist ...": the last "you" may be anybody.
    """
    whole = False
    for before, passage in itertools.pairwise(case.author_passages()):
        if not called.get(passage.id) or passage.bullet:
            whole = False
            continue
        spoken_to = addressed(before.text, case.draft.stakeholders)
        goes_on = asks(before.text) or any(
            says(before.text, case.draft.language) for says in (speaks_to_one, leans_on, adds_on)
        )
        whole = bool(spoken_to) or (whole and goes_on)
        if whole:
            yield passage.id


def _is_about_somebody(case: Case, passage: Passage) -> bool:
    """Whether a sentence speaks of a person or a department, by name or by "she"."""
    third = pattern(f"third_person.{case.draft.language}", any_case=False)
    return bool(subjects(case, passage) or roles_named_in(passage.text) or third.search(passage.text))


def _opened(flag: Flag, readers: Sequence[str]) -> Flag:
    """The flag with nothing withheld from these readers."""
    return flag.model_copy(update={"withhold_from": tuple(a for a in flag.withhold_from if a not in readers)})


def without_doubts(flags: Sequence[Flag], beside: Sequence[Flag]) -> Iterator[Flag]:
    """The flags but for doubts on a mere remark beside a confidence: whoever reads the confidence reads the remark."""
    remarks = {f.passage_id for f in beside if len(compare.words(f.quote)) <= _REMARK}
    return (f for f in flags if f.severity is not Severity.NOTE or f.passage_id not in remarks)


def _grave(flags: Sequence[Flag]) -> Flag | None:
    return next((f for f in flags if f.severity in (Severity.WARNING, Severity.ERROR)), None)


def _about_the_same(case: Case, passage: Passage, people: Sequence[str]) -> bool:
    """Whether a sentence goes on about these people by "she" or "him", and about nobody else."""
    others = set(talked_about(passage.text, case.draft.stakeholders)) - set(people)
    return not others and means_somebody(passage.text, case.draft.language)


def _confidence(flags: Sequence[Flag]) -> Flag | None:
    """What is surely told in confidence about people, of the flags of one passage."""
    return next((f for f in flags if f.sensitivity in IN_CONFIDENCE and f.severity is Severity.ERROR), None)


def _copied(case: Case, flag: Flag, passage: Passage, hidden: Sequence[str]) -> Flag:
    """The flag on a passage beside its own; nobody reads it who may not read the confidence, nor whom that is about."""
    explain = case.situation.explain_in
    names = ", ".join(case.person(a).name for a in hidden)
    wanted = {*flag.withhold_from, *hidden}
    return flag.model_copy(
        update={
            "passage_id": passage.id,
            "start": passage.start,
            "end": passage.end,
            "quote": passage.text,
            "withhold_from": tuple(p.address for p in case.draft.stakeholders if p.address in wanted),
            "reason": say(explain, "flag.beside", names=names),
        }
    )


def flags_by_form(case: Case, policy: Policy) -> list[Flag]:
    """The flags that the form alone gives: an IBAN, a password, "keep that between us", who wants every copy."""
    return [f for p in case.passages if p.zone in _FLAGGED_ZONES for f in _patterns(case, policy, p)]


def _in_charge(case: Case, policy: Policy, called: Sequence[str], prediction: Prediction) -> tuple[str, ...]:
    """Whom the paragraph called before, where one of the passage's matters is theirs: "Iñaki, ... . I cannot go any lower, unless"."""
    kinds = [s for s in Sensitivity if f"sensitivity {s}" in prediction.given]
    readers = {role for s in kinds for role in policy.sensitivities[s].readers}
    return tuple(a for a in called if readers & set(case.person(a).roles))


def _doubt_readers(case: Case, policy: Policy, prediction: Prediction) -> tuple[Role, ...]:
    return (*policy.doubt_readers, *policy.roles_for(topics_of(prediction), case.situation.culture))


def _patterns(case: Case, policy: Policy, passage: Passage) -> Iterator[Flag]:
    whole: set[str] = set()
    seen: set[tuple[int, int]] = set()
    for form in forms(passage.text):
        if form.name in whole:
            continue
        start, end = passage.start + form.start, passage.start + form.end
        if form.entry.get("whole"):
            whole.add(form.name)
            start, end = passage.start, passage.end
        seen.add((start, end))
        if form.has_value and _says_nothing_else(passage.text, form):
            # "The password is." is no sentence to send to anybody.
            start, end = passage.start, passage.end
        yield _by_form(case, policy, passage, form, start, end)
    if tells_of_every_copy(passage.text) and talked_about(passage.text, case.draft.stakeholders):
        # A warning sign about somebody (rule 16) is for whoever may hear of politics, and neither for them nor for the group.
        reason = say(case.situation.explain_in, "flag.every_copy")
        yield make_flag(case, policy, passage, passage.start, passage.end, Sensitivity.INTERNAL_POLITICS, reason)
    for form in forms_alone(case.draft.body):
        if passage.start <= form.start and form.end <= passage.end and (form.start, form.end) not in seen:
            seen.add((form.start, form.end))
            yield _by_form(case, policy, passage, form, form.start, form.end)
    again = forms_again(case.draft.body)
    for form in again[bisect_left(again, passage.start, key=lambda f: f.start) :]:
        if form.start >= passage.end:
            break
        if not any(a <= form.start < b for a, b in seen):
            # Of a sentence that only uses it nothing is left without it: "Log in with."
            yield _by_form(case, policy, passage, form, passage.start, passage.end)
            break


def _says_nothing_else(text: str, form: Form) -> bool:
    """Whether of a passage little is left without a value and the words that it is known by."""
    return len(compare.content_stems(text.replace(form.cue, " ", 1))) <= 1


def _by_form(case: Case, policy: Policy, passage: Passage, form: Form, start: int, end: int) -> Flag:
    explain = case.situation.explain_in
    sensitivity = form.entry["sensitivity"]
    kinds = data("texts")["flag"]["kind"].get(form.name, {})
    reason = say(explain, f"flag.pattern.{sensitivity}", kind=kinds.get(explain, form.name), cue=form.cue)
    return make_flag(case, policy, passage, start, end, Sensitivity(sensitivity), reason)


def _clauses(
    language: Language, passage: Passage, sensitivity: Sensitivity, whole: Prediction
) -> Sequence[tuple[int, int]]:
    """The clauses that are sensitive, as offsets in the body; the whole passage where that does not stand out."""
    everything = [(passage.start, passage.end)]
    spans = _parts(passage.text)
    if len(spans) < 2:
        return everything
    label = f"sensitivity {sensitivity}"
    predictions = predict([passage.text[a:b] for a, b in spans], language)
    hit = [label in p.given for p in predictions]
    # The rest must be harmless on every count, not only on this one, or it goes with the sensitive clause.
    clean = [not any(name.startswith("sensitivity") for name in p.given) for p in predictions]
    if (
        not any(hit)
        or not any(clean)
        or whole.probability[label] < max(p.probability[label] for p, c in zip(predictions, clean, strict=True) if c)
    ):
        return everything
    return [
        (passage.start + a, passage.start + b) for (a, b), harmless in zip(spans, clean, strict=True) if not harmless
    ]


def _parts(text: str) -> list[tuple[int, int]]:
    """Offsets of the clauses of a sentence; of the whole where one of them is no statement of its own."""
    edges = [0, *(match.end() for match in pattern("clause").finditer(text)), len(text)]
    spans = list(itertools.pairwise(edges))
    return spans if all(len(compare.words(text[a:b])) >= _SHORT_CLAUSE for a, b in spans) else [(0, len(text))]


def _loudest(language: Language, passage: Passage, whole: Prediction) -> Prediction:
    """The prediction of the clause that is more surely sensitive than its whole sentence, where it is a matter, or surely
    a confidence, beside a harmless one.

    "The budget is approved, though they will not go beyond 1.1 million": the outcome drowns the limit.
    """
    spans = _parts(passage.text) if passage.zone is Zone.AUTHOR and whole.sensitive < weights().sure else []
    texts = [passage.text[a:b] for a, b in spans]
    if len(texts) < 2 or not all(states(text) for text in texts):
        return whole
    kinds = {f"sensitivity {kind}" for kind in Sensitivity}
    clauses = predict(texts, language)
    loud, text = max(zip(clauses, texts, strict=True), key=lambda clause: clause[0].sensitive)
    told = kinds & loud.given
    is_matter = kinds & whole.given <= told and (told <= _MATTERS or loud.sensitive >= weights().sure)
    beside = any(not kinds & clause.given for clause in clauses)
    tells = len(compare.words(text)) >= _LOUD
    return loud if tells and is_matter and beside and loud.sensitive > whole.sensitive else whole
