"""Proportions and means of groups, and their differences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from immunarium.trial.statistics.estimate import (
    LEVEL,
    ROUND,
    Estimate,
    Z,
    none,
    ratio,
    same,
    scaled,
    two_sided,
)


def proportion(yes: float, n: float, method: str = "exact") -> Estimate:
    """Share of patients, with an interval.

    Parameters
    ----------
    yes, n : float
        Patients, or weights that add up to the effective sample size.
    method : str
        ``exact`` (Clopper and Pearson 1934) or ``wilson`` (Wilson 1927).
    """
    if n <= 0:
        return none("no patients")
    low, high = _wilson(yes, n) if method == "wilson" else _clopper_pearson(yes, n)
    return Estimate(yes / n, low, high)


def _clopper_pearson(yes: float, n: float) -> tuple[float, float]:
    from scipy.stats import beta

    tail = (1 - LEVEL) / 2
    low = float(beta.ppf(tail, yes, n - yes + 1)) if yes > 0 else 0.0
    high = float(beta.ppf(1 - tail, yes + 1, n - yes)) if yes < n else 1.0
    return low, high


def _wilson(yes: float, n: float) -> tuple[float, float]:
    z2, share = Z**2, yes / n
    middle = share + z2 / (2 * n)
    wide = Z * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    scale = 1 + z2 / n
    return float(max((middle - wide) / scale, 0.0)), float(min((middle + wide) / scale, 1.0))


def proportion_difference(yes_a: float, n_a: float, yes_b: float, n_b: float) -> Estimate:
    """Difference of two proportions: Newcombe's (1998) hybrid score interval, and score test.

    The test is Pearson's chi-squared without a correction for continuity.
    """
    if n_a <= 0 or n_b <= 0:
        return none("no patients in one of the arms")
    a, b = yes_a / n_a, yes_b / n_b
    (low_a, high_a), (low_b, high_b) = _wilson(yes_a, n_a), _wilson(yes_b, n_b)
    low = a - b - np.hypot(a - low_a, high_b - b)
    high = a - b + np.hypot(high_a - a, b - low_b)
    p = float(two_sided(proportion_z(yes_a, n_a, yes_b, n_b)))
    return Estimate(a - b, float(low), float(high), p)


def proportion_z(yes_a: Any, n_a: Any, yes_b: Any, n_b: Any) -> Any:
    """Score statistic of two proportions being equal; 0 where nobody or everybody has it."""
    together = (yes_a + yes_b) / (n_a + n_b)
    variance = together * (1 - together) * (1 / n_a + 1 / n_b)
    safe = np.where(variance > 0, variance, 1.0)
    return np.where(variance > 0, (yes_a / n_a - yes_b / n_b) / np.sqrt(safe), 0.0)


def odds_ratio(yes_a: float, n_a: float, yes_b: float, n_b: float) -> Estimate:
    """Odds ratio with Woolf's (1955) logarithmic interval and its Wald test."""
    cells = np.array([yes_a, n_a - yes_a, yes_b, n_b - yes_b], dtype=np.float64)
    if n_a <= 0 or n_b <= 0:
        return none("no patients in one of the arms")
    if (cells <= 0).any():
        return none("in one of the arms nobody, or everybody, has the outcome")
    return ratio(float(np.log(cells) @ [1, -1, -1, 1]), float(np.sqrt((1 / cells).sum())))


def mean(values: ArrayLike, weights: ArrayLike | None = None) -> Estimate:
    """Mean with Student's interval; patients without a value are left out."""
    middle, error, n = _moments(values, weights)
    if n < 2:
        return Estimate(middle, reason="fewer than two patients have a value")
    wide = _student(n - 1) * error
    return Estimate(middle, middle - wide, middle + wide)


def mean_difference(
    a: ArrayLike,
    b: ArrayLike,
    weights_a: ArrayLike | None = None,
    weights_b: ArrayLike | None = None,
) -> Estimate:
    """Difference of the means of two samples: Welch's (1947) interval and test."""
    (mean_a, error_a, n_a), (mean_b, error_b, n_b) = _moments(a, weights_a), _moments(b, weights_b)
    if n_a < 2 or n_b < 2:
        return none("fewer than two patients of an arm have a value")
    error = float(np.hypot(error_a, error_b))
    if not error:
        return same(mean_a - mean_b)
    freedom = error**4 / (error_a**4 / (n_a - 1) + error_b**4 / (n_b - 1))
    return _student_test(mean_a - mean_b, error, freedom)


def paired_difference(a: ArrayLike, b: ArrayLike, weights: ArrayLike | None = None) -> Estimate:
    """Mean of the differences within patients: the same virtual patients are in both arms."""
    gap = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    middle, error, n = _moments(gap, weights)
    if n < 2:
        return none("fewer than two patients have a value in both arms")
    return _student_test(middle, error, n - 1) if error else same(middle)


def _moments(values: ArrayLike, weights: ArrayLike | None) -> tuple[float, float, float]:
    """Mean, its standard error, and the effective number of patients."""
    x = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(x)
    w = scaled(None if weights is None else np.asarray(weights)[known], int(known.sum()))
    n = float(w.sum())
    if n <= 0:
        return np.nan, np.nan, 0.0
    middle = float((w * x[known]).sum() / n)
    spread = float((w * (x[known] - middle) ** 2).sum() / max(n - 1, ROUND))
    return middle, float(np.sqrt(spread / n)), n


def _student_test(value: float, error: float, freedom: float) -> Estimate:
    from scipy.stats import t

    wide = _student(freedom) * error
    p = float(2 * t.sf(abs(value / error), freedom))
    return Estimate(value, value - wide, value + wide, p)


def _student(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + LEVEL) / 2))
