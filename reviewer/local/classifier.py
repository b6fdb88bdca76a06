"""The linear classifier: weights from a data file, one probability per label.

The file `weights.npz` holds plain arrays (no pickle): the features as one text, their weights as 8-bit integers with a
scale per label, intercepts, and thresholds. It is made by `python -m training.train` and read at first use.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviewer.local.features import VERSION, features
from reviewer.types import Language


class Weights(NamedTuple):
    """What training leaves behind."""

    rows: dict[str, int]
    """Feature to row."""
    labels: dict[str, int]
    """Label ("topic scope", "act request", "stage open", "sensitivity budget") to column."""
    matrix: NDArray[np.int8]
    """Rows are features, columns labels."""
    scale: NDArray[np.float32]
    """Per label: weight = integer times scale."""
    intercept: NDArray[np.float32]
    threshold: NDArray[np.float32]
    """Per label: the probability from which it is given."""


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The weights that ship with the package; about 10 ms, once."""
    with (files("reviewer") / "local" / "weights.npz").open("rb") as file, np.load(file, allow_pickle=False) as npz:
        if int(npz["version"]) != VERSION:
            raise RuntimeError("weights.npz belongs to other features: run python -m training.train")
        names = bytes(npz["features"]).decode("utf-8").split("\n")
        labels = bytes(npz["labels"]).decode("utf-8").split("\n")
        return Weights(
            {name: row for row, name in enumerate(names)},
            {label: column for column, label in enumerate(labels)},
            npz["matrix"],
            npz["scale"],
            npz["intercept"],
            npz["threshold"],
        )


class Prediction(NamedTuple):
    """Probabilities, 0 to 1, by label."""

    probability: dict[str, float]
    given: frozenset[str]
    """Labels at or above their threshold."""


def predict(texts: Sequence[str], language: Language) -> list[Prediction]:
    """One prediction per text."""
    w = weights()
    result = []
    for text in texts:
        names = features(text, language)
        rows = [row for row in map(w.rows.get, names) if row is not None]
        # Each passage weighs the same however long it is: the same normalisation as in training.
        norm = max(len(names), 1) ** 0.5
        score = w.matrix[rows].sum(axis=0, dtype=np.int32) * w.scale / norm + w.intercept
        probability = 1.0 / (1.0 + np.exp(-score))
        result.append(
            Prediction(
                {label: float(probability[column]) for label, column in w.labels.items()},
                frozenset(label for label, column in w.labels.items() if probability[column] >= w.threshold[column]),
            )
        )
    return result
