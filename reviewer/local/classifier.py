"""The linear classifier: weights from a data file, one probability per label.

The file `weights.npz` holds plain arrays (no pickle): the features as one text, their weights as 8-bit integers with a
scale per label, intercepts, and thresholds. It is made by `python -m training.train` and read at first use.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviewer.language import detect
from reviewer.local.features import VERSION, features, norm
from reviewer.types import Language, Sensitivity, Topic

_KINDS = tuple(f"sensitivity {kind}" for kind in Sensitivity)
# Letters from which a passage's own language is told: of 3,339 such training passages four are told wrongly.
_LETTERS_TO_TELL = 40


class Weights(NamedTuple):
    """What training leaves behind."""

    rows: dict[str, int]
    """Feature to row, from 1."""
    labels: dict[str, int]
    """Label ("topic scope", "act request", "stage open", "sensitivity budget", "sensitive") to column."""
    matrix: NDArray[np.int8]
    """Rows are features, columns labels; the first row is of no feature."""
    scale: NDArray[np.float32]
    """Per label: weight = integer times scale."""
    intercept: NDArray[np.float32]
    threshold: NDArray[np.float32]
    """Per label: the probability from which it is given; for "sensitive", the score."""
    sure: float
    """The score from which a passage is not only perhaps sensitive."""


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The weights that ship with the package; about 10 ms, once."""
    with (files("reviewer") / "local" / "weights.npz").open("rb") as file, np.load(file, allow_pickle=False) as npz:
        if int(npz["version"]) != VERSION:
            raise RuntimeError("weights.npz belongs to other features: run python -m training.train")
        names = bytes(npz["features"]).decode("utf-8").split("\n")
        labels = bytes(npz["labels"]).decode("utf-8").split("\n")
        matrix = npz["matrix"]  # unpacked each time that it is asked for
        return Weights(
            {name: row for row, name in enumerate(names, 1)},
            {label: column for column, label in enumerate(labels)},
            np.concatenate((np.zeros_like(matrix[:1]), matrix)),
            npz["scale"],
            npz["intercept"],
            npz["threshold"],
            float(npz["sure"]),
        )


class Prediction(NamedTuple):
    """Probabilities, 0 to 1, by label."""

    probability: Mapping[str, float]
    given: frozenset[str]
    """Topics, acts and stage at or above their threshold; sensitivities where the passage is sensitive at all."""
    sensitive: float
    """How likely the passage is sensitive in some way, 0 to 1: see `sensitivity_score`."""


UNSURE = 0.4
"""Below this probability the most probable topic is right in one case of three (out of fold, training data)."""

# A second sensitivity of a passage counts where it is at least so probable, against the first. Chosen by cross-validation.
SECOND = 0.5


def sensitivity_score(probability: Mapping[str, float]) -> float:
    """How likely something in a passage is sensitive: the mean of two estimates, which err differently.

    One comes from the classifier that only learned sensitive or not, the other from those of the nine kinds (noisy or).
    """
    none = math.prod(1.0 - probability[kind] for kind in _KINDS)
    return (probability["sensitive"] + 1.0 - none) / 2


def given_sensitivities(probability: Mapping[str, float], score: float, threshold: float) -> frozenset[str]:
    """The kinds of a passage whose `sensitivity_score` reaches the threshold: the most probable, and others nearly as probable."""
    if score < threshold:
        return frozenset()
    most = max(probability[kind] for kind in _KINDS)
    return frozenset(kind for kind in _KINDS if probability[kind] >= SECOND * most)


def predict(texts: Sequence[str], language: Language) -> list[Prediction]:
    """One prediction per text; `language` is the mail's, and a longer text in another language is read in its own."""
    return [_prediction(text, language) for text in texts]


@lru_cache(maxsize=4096)
def _prediction(text: str, language: Language) -> Prediction:
    """Of one text; the steps that classify and that flag ask for the same texts."""
    w = weights()
    own = detect(text, language) if sum(map(str.isalpha, text)) >= _LETTERS_TO_TELL else None
    names = features(text, own or language)
    rows = [*filter(None, map(w.rows.get, names))]
    score = w.matrix.take(rows, axis=0).sum(axis=0, dtype=np.int32) * w.scale / norm(names) + w.intercept
    probability = dict(zip(w.labels, (1.0 / (1.0 + np.exp(-score))).tolist(), strict=True))
    given = frozenset(label for label, least in _thresholds() if probability[label] >= least)
    sensitive = sensitivity_score(probability)
    kinds = given_sensitivities(probability, sensitive, float(w.threshold[w.labels["sensitive"]]))
    return Prediction(probability, given | kinds, sensitive)


@lru_cache(maxsize=1)
def _thresholds() -> tuple[tuple[str, float], ...]:
    """The probability from which a topic, an act or a stage is given."""
    w = weights()
    return tuple(
        (label, float(w.threshold[column])) for label, column in w.labels.items() if not label.startswith("sensitiv")
    )


def topics_of(prediction: Prediction) -> tuple[Topic, ...]:
    """The topics given, the most probable first, at most three; the most probable alone where none is given."""
    probability = {t: prediction.probability[f"topic {t}"] for t in Topic}
    given = [t for t in Topic if f"topic {t}" in prediction.given]
    ranked = sorted(given, key=lambda t: -probability[t])
    if not ranked:
        ranked = [max(probability, key=lambda t: probability[t])]
    if ranked[0] is Topic.OTHER:
        return (Topic.OTHER,)
    return tuple(t for t in ranked if t is not Topic.OTHER)[:3]
