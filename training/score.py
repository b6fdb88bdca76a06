"""Score the local engine on mails it never saw: ``python -m training.score [FILE | cases]`` prints the table by language.

The test mails (training/test/mails.jsonl) were written and labelled apart from the training passages. Passages that are near
duplicates of a training passage are named and left out of the scores.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.utils import default_process

from evals.cases import LabelledMail
from evals.cases import load as labelled_mails
from reviewer.local.classify import classify_passages
from reviewer.local.flag import flag_passages
from reviewer.people import read_people
from reviewer.policy import load
from reviewer.prompts import POLICY_FILE, set_path
from reviewer.types import LANGUAGES, Case, Draft, Passage, Situation, Zone
from training.train import ROOT, rows
from training.validate import ACTS, SENSITIVITIES, TOPICS

NEAR = 80.0  # token-sort ratio, 0 to 100, from which two passages are near duplicates
SHORT = 5  # words; shorter passages ("Merci à tous.") are alike without being copies


class Scored(NamedTuple):
    """A test passage with its labels and what the engine gives it."""

    language: str
    text: str
    truth: set[str]
    given: set[str]


def mails(path: Path) -> list[dict[str, Any]]:
    """The test mails: body, people, and the passages in order with their labels."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def own(mail: dict[str, Any]) -> list[dict[str, Any]]:
    """The labelled passages of a mail, those of the author."""
    return [passage for passage in mail["passages"] if passage["zone"] == "author"]


def case_of(mail: dict[str, Any]) -> Case:
    """The mail as the chain would hold it, cut as it was labelled."""
    body, passages, position = mail["body"], [], 0
    for number, passage in enumerate(mail["passages"], 1):
        start = body.index(passage["text"], position)
        position = start + len(passage["text"])
        bullet = "-" if body[:start].endswith("- ") else ""
        paragraph = len(re.findall(r"\n\s*\n", body[:start]))
        passages.append(
            Passage(
                id=f"s{number}",
                zone=Zone(passage["zone"]),
                text=passage["text"],
                start=start,
                end=position,
                paragraph=paragraph,
                bullet=bullet,
            )
        )
    people = read_people("\n".join(f"{p['name']} <{p['address']}> - {p['title']}" for p in mail["people"]))
    draft = Draft(subject=mail["subject"], body=body, stakeholders=people, language=mail["lang"])
    return Case(draft=draft, passages=tuple(passages), situation=Situation(today=date(2026, 1, 1)))


def near_duplicates(texts: Sequence[str], others: Sequence[str]) -> list[tuple[str, str, float]]:
    """Pairs (text, nearest other, ratio) at or above NEAR."""
    pool = [t for t in others if len(t.split()) >= SHORT]
    found = []
    for text in texts:
        if len(text.split()) < SHORT:
            continue
        match = process.extractOne(
            text, pool, scorer=fuzz.token_sort_ratio, processor=default_process, score_cutoff=NEAR
        )
        if match:
            found.append((text, match[0], match[1]))
    return found


def scored(mail: dict[str, Any]) -> list[Scored]:
    """What the engine says of each of the author's passages of a test mail."""
    case = case_of(mail)
    pairs = zip(case.author_passages(), own(mail), strict=True)
    return _judged(case, {p.id: _names(r["topics"], [r["act"]], [r["stage"]], r["sensitivity"]) for p, r in pairs})


def scored_case(mail: LabelledMail) -> list[Scored]:
    """What the engine says of each labelled passage of an evaluation mail; a passage of several facts has the labels of all."""
    case, truth = mail.case(), {}
    facts = list(zip(mail.facts, mail.places(), strict=True))
    for passage in case.author_passages():
        said = [f for f, (start, end) in facts if start < passage.end and passage.start < end]
        topics = {t for f in said for t in f.topics}
        if said:
            truth[passage.id] = _names(
                topics - {"other"} or topics,
                [f.act for f in said],
                [f.stage for f in said],
                [s for f in said for s in f.sensitivity],
            )
    return _judged(case, truth)


def _names(*groups: Iterable[str]) -> set[str]:
    """Topics, acts, stages and sensitivities as names of labels."""
    kinds = ("topic", "act", "stage", "sensitivity")
    return {f"{kind} {label}" for kind, labels in zip(kinds, groups, strict=True) for label in labels}


def _judged(case: Case, truth: Mapping[str, set[str]]) -> list[Scored]:
    """The engine's labels beside the true ones, for the passages that have true ones."""
    flags = flag_passages(case, load(set_path("default") / POLICY_FILE)).flags
    labels = {c.passage_id: c for c in classify_passages(case).classifications}
    result = []
    for passage in case.author_passages():
        if passage.id in truth:
            label = labels[passage.id]
            kinds = [f.sensitivity for f in flags if f.passage_id == passage.id]
            given = _names(label.topics, [label.act], [label.stage], kinds)
            result.append(Scored(case.draft.language, passage.text, truth[passage.id], given))
    return result


class Counts(NamedTuple):
    """Precision, recall and F1 of one label, and how often it is true."""

    precision: float
    recall: float
    f1: float
    support: int


def counts(found: Sequence[Scored], label: str) -> Counts:
    """The figures of one label; 0 where nothing is right."""
    right = sum(label in s.truth and label in s.given for s in found)
    said, true = sum(label in s.given for s in found), sum(label in s.truth for s in found)
    precision, recall = right / said if said else 0.0, right / true if true else 0.0
    return Counts(precision, recall, 2 * right / (said + true) if said + true else 0.0, true)


def sensitive(found: Sequence[Scored]) -> Counts:
    """Whether a passage has some sensitivity, whichever."""
    reduced = [
        Scored(
            s.language,
            s.text,
            {"any"} if any(n.startswith("sensitivity") for n in s.truth) else set(),
            {"any"} if any(n.startswith("sensitivity") for n in s.given) else set(),
        )
        for s in found
    ]
    return counts(reduced, "any")


def macro(found: Sequence[Scored], labels: Iterable[str]) -> float:
    """Mean F1 over the labels that occur."""
    scores = [c.f1 for c in (counts(found, label) for label in labels) if c.support]
    return sum(scores) / len(scores) if scores else 0.0


def report(found: Sequence[Scored]) -> Iterable[str]:
    """The table by language, and then by label."""
    yield f"{'':8} {'passages':>8} {'topic F1':>9} {'act F1':>7} {'open F1':>8} {'sens. recall':>13} {'sens. prec.':>12}"
    for language in ("all", *LANGUAGES):
        some = [s for s in found if language in ("all", s.language)]
        if not some:
            continue
        any_ = sensitive(some)
        yield (
            f"{language:8} {len(some):8} {macro(some, [f'topic {t}' for t in TOPICS]):9.3f}"
            f" {macro(some, [f'act {a}' for a in ACTS]):7.3f} {counts(some, 'stage open').f1:8.3f}"
            f" {any_.recall:13.3f} {any_.precision:12.3f}"
        )
    yield ""
    names = [f"topic {t}" for t in TOPICS] + [f"act {a}" for a in ACTS] + [f"sensitivity {s}" for s in SENSITIVITIES]
    for name in names:
        c = counts(found, name)
        yield f"{name:32} precision {c.precision:.2f}  recall {c.recall:.2f}  F1 {c.f1:.2f}  n {c.support}"


def main(arguments: Sequence[str]) -> int:
    """Print the near duplicates and the table; ``cases`` instead of a file scores the mails of the evaluation."""
    training = [row["text"] for row in rows((ROOT / "passages").glob("*.jsonl"))]
    if list(arguments) == ["cases"]:
        found = [s for mail in labelled_mails() for s in scored_case(mail)]
    else:
        path = Path(arguments[0]) if arguments else ROOT / "test" / "mails.jsonl"
        found = [s for mail in mails(path) for s in scored(mail)]
    near = near_duplicates([s.text for s in found], training)
    for text, other, ratio in near:
        print(f"left out, {ratio:.0f} % like a training passage: {text!r} / {other!r}")
    copies = {text for text, _, _ in near}
    print("\n".join(report([s for s in found if s.text not in copies])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
