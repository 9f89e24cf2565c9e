"""The figures of a statistical audit, as plain functions of arrays; NaN stands for a missing score."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scoring.robustness.structure import Floats

SAME = 1e-9
"""Scores that differ by less are equal: the noise of binary arithmetic."""

FEWEST = 4
"""An interval of a correlation coefficient needs this many parks."""


@dataclass(frozen=True)
class Correlation:
    """Pearson's r with its interval over the parks that have both scores; null with the reason."""

    r: float | None
    low: float | None
    high: float | None
    parks: int
    reason: str = ""


def correlation(one: Floats, other: Floats, fewest: int, confidence_pct: float) -> Correlation:
    """Pearson's correlation with the interval by Fisher's transformation (atanh r ± z ÷ √(n - 3))."""
    from scipy.stats import norm

    both = ~np.isnan(one) & ~np.isnan(other)
    count = int(both.sum())
    if count < max(fewest, FEWEST):
        return Correlation(None, None, None, count, f"两项都有得分的园区只有 {count} 个")
    x, y = one[both], other[both]
    if np.ptp(x) <= SAME or np.ptp(y) <= SAME:
        return Correlation(None, None, None, count, "各园区得分相同，无从比较")
    r = _pearson(x, y)
    if abs(r) >= 1 - 1e-12:
        return Correlation(round(r), round(r), round(r), count)
    reach = float(norm.ppf(0.5 + confidence_pct / 200)) / math.sqrt(count - 3)
    middle = math.atanh(r)
    return Correlation(r, math.tanh(middle - reach), math.tanh(middle + reach), count)


def _pearson(x: Floats, y: Floats) -> float:
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip((x @ y) / math.sqrt(float(x @ x) * float(y @ y)), -1, 1))


def without_each(one: Floats, other: Floats) -> Floats:
    """Pearson's r of the parks that have both scores without each of them in turn; 0 where what is left does not vary."""
    both = ~np.isnan(one) & ~np.isnan(other)
    x, y = one[both] - one[both].mean(), other[both] - other[both].mean()
    count = x.size - 1
    # The sums of the centred scores are 0, so that without a park they are minus its own score.
    spread_x, spread_y = x @ x - x**2 - x**2 / count, y @ y - y**2 - y**2 / count
    together = x @ y - x * y - x * y / count
    product = spread_x * spread_y
    return np.asarray(np.where(product > SAME**2, together / np.sqrt(np.where(product > SAME**2, product, 1.0)), 0.0))


def complete(matrix: Floats) -> Floats:
    """The rows without a missing score."""
    return matrix[~np.isnan(matrix).any(axis=1)]


def cronbach_alpha(matrix: Floats) -> float | None:
    """k ÷ (k - 1) × (1 - Σ variances ÷ variance of the sum) of parks × indicators (Cronbach 1951); null where the sum
    does not vary or there is one indicator."""
    items = matrix.shape[1]
    if items < 2 or len(matrix) < 2:
        return None
    whole = float(matrix.sum(axis=1).var(ddof=1))
    if whole <= SAME**2:
        return None
    return float(items / (items - 1) * (1 - float(matrix.var(axis=0, ddof=1).sum()) / whole))


def eigenvalues(matrix: Floats) -> list[float]:
    """Eigenvalues of the correlation matrix of the columns that vary, the greatest first: the variances of the
    principal components. Their sum is the number of those columns."""
    varying = matrix[:, np.ptp(matrix, axis=0) > SAME] if len(matrix) else matrix[:, :0]
    if varying.shape[1] < 2:
        return []
    values = np.linalg.eigvalsh(np.corrcoef(varying, rowvar=False))[::-1]
    return [max(float(value), 0.0) for value in values]


def correlation_ratio(one: Floats, other: Floats, smallest: int) -> float | None:
    """Share of the variance of `other` that classes of `one` explain, of whatever shape the dependence is (Pearson's
    η², less what chance explains: 1 - (1 - η²)(n - 1) ÷ (n - classes)).

    Classes hold about √n parks each, equal scores together. Null with fewer than `smallest` parks.
    """
    both = ~np.isnan(one) & ~np.isnan(other)
    x, y = one[both], other[both]
    count = len(x)
    if count < smallest or np.ptp(x) <= SAME or np.ptp(y) <= SAME:
        return None
    classes = math.isqrt(count)
    edges = np.unique(np.quantile(x, np.arange(1, classes) / classes))
    which = np.searchsorted(edges, x, side="right")
    sizes = np.bincount(which)
    used = int((sizes > 0).sum())
    if used < 2 or used >= count:
        return None
    sums = np.bincount(which, weights=y - y.mean())
    between = float((sums[sizes > 0] ** 2 / sizes[sizes > 0]).sum())
    share = between / float(((y - y.mean()) ** 2).sum())
    return min(max(1 - (1 - share) * (count - 1) / (count - used), 0.0), 1.0)


def squared_correlations(scores: Floats, total: Floats, weights: Floats) -> Floats:
    """B × columns: r² of each column of `scores` (n × columns) with `total`, each park counted as often as a row of
    `weights` (B × n) says; 0 where a column does not vary."""
    there = ~np.isnan(scores) & ~np.isnan(total)[:, None]
    known = np.where(there, scores, 0.0)
    x = np.where(there, known - known.sum(axis=0) / np.maximum(there.sum(axis=0), 1), 0.0)
    y = np.where(np.isnan(total), 0.0, total - np.nanmean(total))
    count = weights @ there
    count = np.where(count > 0, count, 1.0)
    mean_x, mean_y = weights @ x / count, weights @ (there * y[:, None]) / count
    spread_x = weights @ x**2 / count - mean_x**2
    spread_y = weights @ (there * y[:, None] ** 2) / count - mean_y**2
    together = weights @ (x * y[:, None]) / count - mean_x * mean_y
    product = spread_x * spread_y
    return np.where(product > SAME**2, together**2 / np.where(product > SAME**2, product, 1.0), 0.0)


def shares(squared: Floats) -> Floats:
    """Each row brought to a sum of 100; a row of nothing stays nothing."""
    whole = squared.sum(axis=1, keepdims=True)
    return 100 * squared / np.where(whole > 0, whole, 1.0)
