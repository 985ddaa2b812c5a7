"""A number with its interval, and what all of them are made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
LEVEL = 0.95
Z = 1.959963984540054  # of LEVEL, two-sided
ROUND = 1e-12  # a product of fractions that should be 0.5 is so to this


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    Attributes
    ----------
    low, high : float
        NaN: not bounded by these data.
    p : float
        Of the test against no difference; NaN for what is no comparison.
    reason : str
        Why there is no number, or what is special about it.
    """

    value: float
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    reason: str = ""


def none(reason: str) -> Estimate:
    """Return the estimate of what cannot be estimated."""
    return Estimate(np.nan, reason=reason)


def scaled(weights: ArrayLike | None, n: int) -> Floats:
    """Weights that add up to the effective sample size; ones, where there are none.

    The effective sample size is (Σw)²/Σw² (Kish 1965), so that intervals are as wide as those of
    that many patients without weights.
    """
    if weights is None:
        return np.ones(n)
    w = np.asarray(weights, dtype=np.float64)
    return w * w.sum() / (w**2).sum() if w.any() else w


def two_sided(z: Any) -> Any:
    """Return the p value of a standard normal statistic, one or many."""
    from scipy.special import ndtr

    return 2 * ndtr(-np.abs(z))


def wald(value: float, error: float) -> Estimate:
    """Return a difference with its Wald interval and test."""
    if not error:
        return same(value)
    return Estimate(value, value - Z * error, value + Z * error, float(two_sided(value / error)))


def same(value: float) -> Estimate:
    """Return a difference that has no spread."""
    return Estimate(value, value, value, 1.0 if value == 0 else 0.0)


def ratio(beta: float, error: float) -> Estimate:
    """Return a ratio from its logarithm, with its Wald interval and test."""
    wide = Z * error
    value, low, high = np.exp([beta, beta - wide, beta + wide])
    return Estimate(float(value), float(low), float(high), two_sided(beta / error))
