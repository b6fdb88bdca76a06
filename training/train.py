"""Train the local engine: ``python -m training.train`` reads training/passages and writes reviewer/local/weights.npz.

One logistic regression per label over the features of reviewer/local/features.py (scikit-learn, liblinear solver, so
that the same data give the same weights). Thresholds are chosen on out-of-fold predictions of the training data, never
on the test data.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from reviewer.local.features import VERSION, features
from training.validate import ACTS, SENSITIVITIES, TOPICS

ROOT = Path(__file__).parent
TARGET = ROOT.parent / "reviewer" / "local" / "weights.npz"
LABELS = [
    *(f"topic {t}" for t in TOPICS),
    *(f"act {a}" for a in ACTS),
    "stage open",
    *(f"sensitivity {s}" for s in SENSITIVITIES),
]
MIN_COUNT = 2  # a feature of one single passage is noise
C = 6.0  # inverse regularisation; chosen by cross-validation over 2, 4, 6, 10, 16


def rows(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The labelled passages of JSON Lines files."""
    return [json.loads(line) for path in sorted(paths) for line in path.read_text("utf-8").splitlines() if line.strip()]


def labels_of(row: dict[str, Any]) -> set[str]:
    """The labels of a row as column names."""
    found = {f"topic {t}" for t in row["topics"]} | {f"act {row['act']}"}
    found |= {f"sensitivity {s}" for s in row["sensitivity"]}
    return found | ({"stage open"} if row["stage"] == "open" else set())


def vocabulary(found: Iterable[frozenset[str]]) -> list[str]:
    """Features that occur at least MIN_COUNT times, sorted."""
    counts = Counter(name for names in found for name in names)
    return sorted(name for name, count in counts.items() if count >= MIN_COUNT)


def matrix_of(found: list[frozenset[str]], index: dict[str, int]) -> csr_matrix:
    """One row per passage; every feature weighs 1 / sqrt(number of features of the passage), known or not."""
    indptr, indices, values = [0], [], []
    for names in found:
        known = sorted(index[n] for n in names if n in index)
        indices += known
        values += [1.0 / max(len(names), 1) ** 0.5] * len(known)
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
    """Per label the threshold with the best F; sensitivity counts recall twice (F2), because a leak costs more."""
    grid = np.linspace(0.1, 0.8, 36)
    chosen = []
    for column, label in enumerate(LABELS):
        beta = 2.0 if label.startswith("sensitivity") else 1.0
        best = max(grid, key=lambda t: (f_score(probability[:, column] >= t, truth[:, column], beta), -abs(t - 0.5)))
        chosen.append(best)
    return np.array(chosen)


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
    chosen = thresholds(probability, truth)
    scores = {label: f_score(probability[:, c] >= chosen[c], truth[:, c]) for c, label in enumerate(LABELS)}
    names = vocabulary(found)
    index = {name: row for row, name in enumerate(names)}
    coefficients, intercepts = fit(matrix_of(found, index), truth)
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
    )
    print(f"{len(data)} passages, {len(used)} of {len(names)} features, {TARGET.stat().st_size / 1e6:.2f} MB")
    for column, (label, score) in enumerate(scores.items()):
        print(f"  {label:32} F {score:.2f}  threshold {chosen[column]:.2f}  n {int(truth[:, column].sum())}")
    topics = [scores[label] for label in LABELS if label.startswith("topic")]
    sensitive = sensitive_scores(probability, chosen, truth)
    print(f"out of fold: topic macro-F1 {np.mean(topics):.3f}, sensitive {sensitive}")
    return 0


def sensitive_scores(probability: np.ndarray, chosen: np.ndarray, truth: np.ndarray) -> str:
    """Recall and precision of "some sensitivity is given" against "some sensitivity is there"."""
    columns = [c for c, label in enumerate(LABELS) if label.startswith("sensitivity")]
    given = (probability[:, columns] >= chosen[columns]).any(axis=1)
    there = truth[:, columns].any(axis=1)
    right = (given & there).sum()
    return f"recall {right / there.sum():.3f}, precision {right / max(given.sum(), 1):.3f}"


if __name__ == "__main__":
    sys.exit(main())
