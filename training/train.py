"""Train the local engine: ``python -m training.train`` reads training/passages and writes reviewer/local/weights.npz.

One logistic regression per label over the features of reviewer/local/features.py (scikit-learn, liblinear solver, so
that the same data give the same weights). Thresholds are chosen on out-of-fold predictions of the training data, never
on the test data. "sensitive" is a label of its own: whether a passage has any sensitivity at all.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from reviewer.local.classifier import given_sensitivities, sensitivity_score
from reviewer.local.features import VERSION, features, norm, weight
from training.validate import ACTS, SENSITIVITIES, TOPICS

ROOT = Path(__file__).parent
TARGET = ROOT.parent / "reviewer" / "local" / "weights.npz"
LABELS = [
    *(f"topic {t}" for t in TOPICS),
    *(f"act {a}" for a in ACTS),
    "stage open",
    *(f"sensitivity {s}" for s in SENSITIVITIES),
    "sensitive",
]
KINDS = [f"sensitivity {s}" for s in SENSITIVITIES]
PRECISION = 0.85  # of the passages that are called sensitive without a doubt, out of fold
RECALL = 0.9  # of the sensitive passages, out of fold: a leak costs more than a passage that is held back
MIN_COUNT = 2  # a feature of one single passage is noise
C = 6.0  # inverse regularisation; chosen by cross-validation over 2, 3, 6, 12


def rows(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The labelled passages of JSON Lines files."""
    return [json.loads(line) for path in sorted(paths) for line in path.read_text("utf-8").splitlines() if line.strip()]


def labels_of(row: dict[str, Any]) -> set[str]:
    """The labels of a row as column names."""
    found = {f"topic {t}" for t in row["topics"]} | {f"act {row['act']}"}
    found |= {f"sensitivity {s}" for s in row["sensitivity"]}
    found |= {"sensitive"} if row["sensitivity"] else set()
    return found | ({"stage open"} if row["stage"] == "open" else set())


def vocabulary(found: Iterable[frozenset[str]]) -> list[str]:
    """Features that occur at least MIN_COUNT times, sorted."""
    counts = Counter(name for names in found for name in names)
    return sorted(name for name, count in counts.items() if count >= MIN_COUNT)


def matrix_of(found: list[frozenset[str]], index: dict[str, int]) -> csr_matrix:
    """One row per passage: the weights of its features, divided by the length of the vector with the unknown ones."""
    indptr, indices, values = [0], [], []
    for names in found:
        known_names = sorted(names & index.keys())
        indices += [index[n] for n in known_names]
        length = norm(names)
        values += [weight(n) / length for n in known_names]
        indptr.append(len(indices))
    return csr_matrix((values, indices, indptr), shape=(len(found), len(index)))


def fit(matrix: csr_matrix, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (features x labels) and intercepts; a label without an example gets a floor."""
    coefficients, intercepts = [], []
    for column in range(truth.shape[1]):
        if truth[:, column].sum() < 2:
            coefficients.append(np.zeros(matrix.shape[1]))
            intercepts.append(-10.0)
            continue
        model = LogisticRegression(C=C, solver="liblinear", class_weight={0: 1.0, 1: 2.0})
        model.fit(matrix, truth[:, column])
        coefficients.append(model.coef_[0])
        intercepts.append(float(model.intercept_[0]))
    return np.stack(coefficients, axis=1), np.array(intercepts)


def out_of_fold(found: list[frozenset[str]], truth: np.ndarray) -> np.ndarray:
    """Probabilities for every row from a model that did not see it."""
    result = np.zeros(truth.shape)
    for train, held in KFold(5, shuffle=True, random_state=7).split(found):
        names = vocabulary(found[i] for i in train)
        index = {name: row for row, name in enumerate(names)}
        coefficients, intercepts = fit(matrix_of([found[i] for i in train], index), truth[train])
        scores = matrix_of([found[i] for i in held], index) @ coefficients + intercepts
        result[held] = 1 / (1 + np.exp(-scores))
    return result


def thresholds(probability: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Per label the threshold with the best F1; for the sensitivities the score with this RECALL."""
    grid = np.linspace(0.1, 0.8, 36)
    chosen = []
    sensitive = scores(probability)[truth[:, LABELS.index("sensitive")] > 0]
    for column, label in enumerate(LABELS):
        if label.startswith("sensitiv"):
            chosen.append(float(np.quantile(sensitive, 1 - RECALL)))
            continue
        best = max(grid, key=lambda t: (f_score(probability[:, column] >= t, truth[:, column]), -abs(t - 0.5)))
        chosen.append(float(best))
    return np.array(chosen)


def sure_score(probability: np.ndarray, truth: np.ndarray) -> float:
    """The lowest score from which on PRECISION of the passages are sensitive."""
    score, there = scores(probability), truth[:, LABELS.index("sensitive")] > 0
    order = np.argsort(-score)
    precision = np.cumsum(there[order]) / np.arange(1, len(order) + 1)
    return float(score[order[np.flatnonzero(precision >= PRECISION)[-1]]])


def scores(probability: np.ndarray) -> np.ndarray:
    """The sensitivity score of each row of probabilities."""
    return np.array([sensitivity_score(dict(zip(LABELS, row, strict=True))) for row in probability])


def given(probability: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Which labels the engine would give, as 0 and 1, in the shape of the probabilities."""
    result = probability >= chosen
    for number, row in enumerate(probability):
        probability_of = dict(zip(LABELS, row, strict=True))
        threshold = float(chosen[LABELS.index("sensitive")])
        kinds = given_sensitivities(probability_of, sensitivity_score(probability_of), threshold)
        result[number, [LABELS.index(kind) for kind in KINDS]] = [kind in kinds for kind in KINDS]
        result[number, LABELS.index("sensitive")] = bool(kinds)
    return result


def f_score(given: np.ndarray, truth: np.ndarray, beta: float = 1.0) -> float:
    """F-beta of one label; 0 where nothing is right."""
    right = float((given & (truth > 0)).sum())
    if right == 0:
        return 0.0
    precision, recall = right / given.sum(), right / truth.sum()
    return float((1 + beta**2) * precision * recall / (beta**2 * precision + recall))


def main() -> int:
    """Train, report the out-of-fold scores, and write the weights."""
    data = rows((ROOT / "passages").glob("*.jsonl"))
    found = [features(row["text"], row["lang"]) for row in data]
    truth = np.array([[label in labels_of(row) for label in LABELS] for row in data], dtype=float)
    probability = out_of_fold(found, truth)
    chosen, sure = thresholds(probability, truth), sure_score(probability, truth)
    names = vocabulary(found)
    index = {name: row for row, name in enumerate(names)}
    coefficients, intercepts = fit(matrix_of(found, index), truth)
    coefficients *= np.array([weight(name) for name in names])[:, None]
    scale = np.maximum(np.abs(coefficients).max(axis=0), 1e-6) / 127
    quantised = np.round(coefficients / scale).astype(np.int8)
    used = np.flatnonzero(np.abs(quantised).max(axis=1) > 1)
    np.savez_compressed(
        TARGET,
        version=np.int32(VERSION),
        features=np.frombuffer("\n".join(names[i] for i in used).encode("utf-8"), dtype=np.uint8),
        labels=np.frombuffer("\n".join(LABELS).encode("utf-8"), dtype=np.uint8),
        matrix=quantised[used],
        scale=scale.astype(np.float32),
        intercept=intercepts.astype(np.float32),
        threshold=chosen.astype(np.float32),
        sure=np.float32(sure),
    )
    print(f"{len(data)} passages, {len(used)} of {len(names)} features, {TARGET.stat().st_size / 1e6:.2f} MB")
    found_surely = (scores(probability) >= sure) & (truth[:, LABELS.index("sensitive")] > 0)
    share = found_surely.sum() / truth[:, LABELS.index("sensitive")].sum()
    print(f"sure from {sure:.2f} on: precision {PRECISION}, recall {share:.2f}")
    print("\n".join(report(given(probability, chosen), truth, chosen)))
    return 0


def report(said: np.ndarray, truth: np.ndarray, chosen: np.ndarray) -> Iterator[str]:
    """Out-of-fold precision, recall and F1 by label, and the mean over the topics."""
    yield f"out of fold{'':21} {'prec.':>6} {'recall':>6} {'F1':>6} {'thresh.':>8} {'n':>5}"
    for column, label in enumerate(LABELS):
        right = float((said[:, column] * truth[:, column]).sum())
        precision, recall = right / max(said[:, column].sum(), 1), right / max(truth[:, column].sum(), 1)
        f1 = f_score(said[:, column], truth[:, column])
        yield f"{label:32} {precision:6.2f} {recall:6.2f} {f1:6.2f} {chosen[column]:8.2f} {int(truth[:, column].sum()):5}"
    topics = [c for c, label in enumerate(LABELS) if label.startswith("topic")]
    yield f"topic macro-F1 {np.mean([f_score(said[:, c], truth[:, c]) for c in topics]):.3f}"


if __name__ == "__main__":
    sys.exit(main())
