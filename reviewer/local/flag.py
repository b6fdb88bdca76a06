"""The local engine's flags: patterns where the form alone tells (an IBAN, a password), the classifier for the rest.

A flag covers the clause that is sensitive where the others of the sentence are clearly not, else the whole passage.
"""

import itertools
from collections.abc import Iterator, Sequence

from reviewer import compare
from reviewer.cues import invoices
from reviewer.local.classifier import Prediction, predict, topics_of, weights
from reviewer.plan import is_lead_in
from reviewer.policy import Policy
from reviewer.texts import data, pattern, say, word
from reviewer.types import Case, Flag, Flagged, Language, Passage, Role, Sensitivity, Zone
from reviewer.withhold import goes_on_to, make_flag, subjects

_FLAGGED_ZONES = (Zone.AUTHOR, Zone.QUOTED, Zone.FORWARDED)
_SHORT_CLAUSE = 3  # words; a shorter clause is no statement of its own


def flag_passages(case: Case, policy: Policy, at_least: float = 0.0) -> Flagged:
    """Flags of the author's and of the quoted passages; `at_least` leaves out what the classifier gives a lower probability of
    being sensitive, and nothing that the form alone tells.
    """
    passages = [p for p in case.passages if p.zone in _FLAGGED_ZONES]
    author = case.author_passages()
    following = {p.id: after for p, after in itertools.pairwise(author)}
    flags: list[Flag] = []
    for passage, prediction in zip(passages, predict([p.text for p in passages], case.draft.language), strict=True):
        found = {(f.sensitivity, f.start, f.end): f for f in _patterns(case, policy, passage)}
        kinds = {sensitivity for sensitivity, _, _ in found}
        if passage.zone is Zone.AUTHOR and is_lead_in(passage, following.get(passage.id)):
            # "The open points:" is as sensitive as what it announces, and goes where that goes.
            flags += found.values()
            continue
        if prediction.sensitive < at_least:
            flags += found.values()
            continue
        sure = prediction.sensitive >= weights().sure
        doubt = None if sure else _doubt_readers(case, policy, prediction)
        going_on = _in_charge(case, policy, passage, prediction)
        for sensitivity in Sensitivity:
            probability = prediction.probability[f"sensitivity {sensitivity}"]
            if f"sensitivity {sensitivity}" not in prediction.given or sensitivity in kinds:
                continue
            if sensitivity is Sensitivity.BUDGET and invoices(passage.text) and not subjects(case, passage):
                # Rule 5 is about somebody's limit: an invoice that only runs its course is for finance to read.
                continue
            for start, end in _clauses(case.draft.language, passage, sensitivity, prediction):
                reason = say(
                    case.situation.explain_in,
                    "flag.model" if sure else "flag.doubt",
                    sensitivity=word(case.situation.explain_in, "sensitivity", sensitivity),
                    probability=round(100 * probability),
                )
                found[sensitivity, start, end] = make_flag(
                    case, policy, passage, start, end, sensitivity, reason, doubt, going_on=going_on
                )
        flags += found.values()
    return Flagged(tuple(flags))


def flags_by_form(case: Case, policy: Policy) -> list[Flag]:
    """The flags that the form alone gives: an IBAN, a password, "keep that between us"."""
    return [f for p in case.passages if p.zone in _FLAGGED_ZONES for f in _patterns(case, policy, p)]


def _in_charge(case: Case, policy: Policy, passage: Passage, prediction: Prediction) -> tuple[str, ...]:
    """Whom the paragraph called before, where one of the passage's matters is theirs: "Iñaki, ... . I cannot go any lower, unless"."""
    kinds = [s for s in Sensitivity if f"sensitivity {s}" in prediction.given]
    readers = {role for s in kinds for role in policy.sensitivities[s].readers}
    return tuple(a for a in goes_on_to(case, passage) if readers & set(case.person(a).roles))


def _doubt_readers(case: Case, policy: Policy, prediction: Prediction) -> tuple[Role, ...]:
    return (*policy.doubt_readers, *policy.roles_for(topics_of(prediction), case.situation.culture))


def _patterns(case: Case, policy: Policy, passage: Passage) -> Iterator[Flag]:
    explain = case.situation.explain_in
    for name, entry in data("cues")["sensitive"].items():
        for match in pattern(f"sensitive.{name}.pattern", entry.get("any_case", True)).finditer(passage.text):
            start, end = match.span("value") if "value" in match.groupdict() else match.span()
            if entry.get("whole"):
                start, end = 0, len(passage.text)
            values = {"kind": data("texts")["flag"]["kind"].get(name, {}).get(explain, name), "cue": match.group()}
            reason = say(explain, f"flag.pattern.{entry['sensitivity']}", **values)
            yield make_flag(
                case,
                policy,
                passage,
                passage.start + start,
                passage.start + end,
                Sensitivity(entry["sensitivity"]),
                reason,
            )
            if entry.get("whole"):
                break


def _clauses(
    language: Language, passage: Passage, sensitivity: Sensitivity, whole: Prediction
) -> Sequence[tuple[int, int]]:
    """The clauses that are sensitive, as offsets in the body; the whole passage where that does not stand out."""
    everything = [(passage.start, passage.end)]
    edges = [0, *(match.end() for match in pattern("clause").finditer(passage.text)), len(passage.text)]
    spans = list(itertools.pairwise(edges))
    if len(spans) < 2 or any(len(compare.tokens(passage.text[a:b])) < _SHORT_CLAUSE for a, b in spans):
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
