"""Intervals and tests on scores. Cases are the unit of chance: facts of one mail rise and fall together."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

LEVEL = 0.95
_RESAMPLES = 2000
_SEED = 20

Array = NDArray[np.float64]
Counts = Sequence[Sequence[tuple[int, int, int]]]
"""By label and case: true positive, false positive, false negative."""


class Interval(NamedTuple):
    """A value with its bounds at LEVEL."""

    value: float
    low: float
    high: float


def exact(hits: int, total: int, wanted: bool = False) -> Interval | None:
    """A share of independent trials with its exact bounds (Clopper & Pearson 1934); None of none.

    Where there is no hit of what must not happen the upper bound is one-sided, as "0 of 212: below 1.4 %" is meant.
    """
    if total == 0:
        return None
    if hits == 0 and not wanted:
        return Interval(0.0, 0.0, 1 - (1 - LEVEL) ** (1 / total))
    found = binomtest(hits, total).proportion_ci(LEVEL, "exact")
    return Interval(hits / total, float(found.low), float(found.high))


def resampled(columns: Sequence[Sequence[float]], statistic: Callable[..., Array]) -> Interval | None:
    """The statistic of columns of per-case sums, with bounds from resampling whole cases (percentile bootstrap).

    Each column has one number a case; `statistic` gets the columns with cases on the last axis. Resamples that say nothing (no
    case in them has the score) are left out, which scipy's bootstrap does not do. One case alone says nothing of the spread: its
    bounds are not numbers.
    """
    arrays = [np.asarray(column, dtype=float) for column in columns]
    value = float(statistic(*arrays))
    if np.isnan(value):
        return None
    cases = len(arrays[0])
    if _counting(arrays) < 2:
        return Interval(value, np.nan, np.nan)
    drawn = np.random.default_rng(_SEED).integers(0, cases, (_RESAMPLES, cases))
    found = statistic(*(array[drawn] for array in arrays))
    low, high = np.nanpercentile(found, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Interval(value, float(low), float(high))


def _counting(arrays: Sequence[Array]) -> int:
    """How many cases have anything of a score."""
    return int(np.any([array != 0 for array in arrays], axis=0).sum())


def ratio(hits: Sequence[float], totals: Sequence[float]) -> Interval | None:
    """Sum of hits over sum of totals; None where there is nothing to hit."""
    if sum(totals) == 0:
        return None
    return resampled([hits, totals], _ratio)


def share(hits: Sequence[float], totals: Sequence[float], wanted: bool = True) -> Interval | None:
    """As `ratio`; where no unit hits or every one does, or one case has them all, resampling has no spread, so the exact bounds stand."""
    whole, total = sum(hits), sum(totals)
    if whole in (0, total) or sum(t > 0 for t in totals) < 2:
        return exact(int(whole), int(total), wanted)
    return ratio(hits, totals)


def _ratio(hits: Array, totals: Array, axis: int = -1) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(hits.sum(axis) / totals.sum(axis))


def macro_f1(counts: Counts) -> Interval | None:
    """Mean F1 over labels that occur, from `counts[label][case]` = (true positive, false positive, false negative)."""
    labels = [rows for rows in counts if sum(tp + fn for tp, _, fn in rows)]
    if not labels:
        return None
    return resampled(_columns(labels), _mean_f1)


def _columns(labels: Counts) -> list[list[float]]:
    return [[row[i] for row in rows] for rows in labels for i in range(3)]


def _mean_f1(*sums: Array, axis: int = -1) -> Array:
    totals = [s.sum(axis) for s in sums]
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = [
            2 * tp / (2 * tp + fp + fn) for tp, fp, fn in zip(totals[0::3], totals[1::3], totals[2::3], strict=True)
        ]
    # A resample without any case of a label says nothing about that label.
    table = np.ma.masked_invalid(np.stack(scores))
    return np.asarray(table.mean(axis=0).filled(np.nan)) if table.ndim > 1 else np.asarray(table.mean())


def paired_f1(first: Counts, second: Counts) -> Interval | None:
    """Difference of two runs' mean F1 (second minus first) over the same cases, and the labels that occur in them."""
    both = [(a, b) for a, b in zip(first, second, strict=True) if any(tp + fn for rows in (a, b) for tp, _, fn in rows)]
    if not both:
        return None
    old, new = (_columns([pair[i] for pair in both]) for i in (0, 1))

    def statistic(*sums: Array, axis: int = -1) -> Array:
        return np.asarray(_mean_f1(*sums[len(old) :], axis=axis) - _mean_f1(*sums[: len(old)], axis=axis))

    return resampled([*old, *new], statistic)


def paired(hits: Sequence[tuple[float, float]], totals: Sequence[tuple[float, float]]) -> Interval | None:
    """Difference of two runs' ratios (second minus first) over the same cases."""
    first, second = [sum(t[i] for t in totals) for i in (0, 1)]
    if not first or not second:
        return None
    columns = [[h[0] for h in hits], [t[0] for t in totals], [h[1] for h in hits], [t[1] for t in totals]]

    def statistic(h0: Array, t0: Array, h1: Array, t1: Array, axis: int = -1) -> Array:
        return np.asarray(_ratio(h1, t1, axis) - _ratio(h0, t0, axis))

    return resampled(columns, statistic)


def mcnemar(regressed: int, fixed: int) -> float:
    """Exact two-sided p of so many regressed and fixed units (McNemar 1947); 1 where nothing changed."""
    return float(binomtest(regressed, regressed + fixed).pvalue) if regressed + fixed else 1.0
