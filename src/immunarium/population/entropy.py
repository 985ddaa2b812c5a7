"""Weights nearest to equal that meet given means: least relative entropy, by its dual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Means = Sequence[tuple[Floats, float]]
_RIDGE = 1e-9  # keeps the dual bounded where no weights meet the means


@dataclass(frozen=True)
class Constraints:
    """Means that weights must give.

    Attributes
    ----------
    features : ndarray, shape (means, patients)
    wanted : ndarray, shape (means,)
    loose : ndarray, shape (means,)
        How far each may lie from what is wanted; 0 where it must be met.
    """

    features: Floats
    wanted: Floats
    loose: Floats

    @classmethod
    def of(cls, met: Means, near: Means, loose: float = 0.0) -> Constraints:
        """Collect means to be met, and means to be met within ``loose``."""
        features, wanted = zip(*[*met, *near], strict=True)
        tolerance = np.repeat([0.0, loose], [len(met), len(near)])
        return cls(np.stack(features), np.array(wanted), tolerance)

    @classmethod
    def together(cls, parts: Sequence[Constraints], n: int) -> Constraints:
        """Put the means of several distributions of the same n patients together."""
        return cls(
            np.concatenate([np.zeros((0, n)), *(p.features for p in parts)]),
            np.concatenate([np.zeros(0), *(p.wanted for p in parts)]),
            np.concatenate([np.zeros(0), *(p.loose for p in parts)]),
        )


def least_entropy(c: Constraints) -> Floats:
    """Return weights that give the means, or come nearest to it where none do.

    They are proportional to exp(Σ λ·feature). The λ of a mean that must be met is free; that of a
    loose one is 0 unless its mean would lie beyond what is allowed.

    Returns
    -------
    ndarray, shape (patients,)
        Sum 1.
    """
    from scipy.optimize import minimize

    k, n = c.features.shape
    if not k:
        return np.full(n, 1 / n)
    up, down = c.wanted + c.loose, c.wanted - c.loose
    strict = c.loose == 0

    def dual(both: Floats) -> tuple[float, Floats]:
        plus, minus = both[:k], both[k:]
        weights, total = _tilted(c.features, plus - minus)
        mean = c.features @ weights
        value = float(total - down @ plus + up @ minus + _RIDGE / 2 * (both @ both))
        slopes = np.concatenate([mean - down, up - mean]) + _RIDGE * both
        return value, slopes

    free = [(None, None) if s else (0.0, None) for s in strict]
    none = [(0.0, 0.0) if s else (0.0, None) for s in strict]  # one λ is enough there
    found = minimize(
        dual, np.zeros(2 * k), jac=True, method="L-BFGS-B", bounds=free + none,
        options={"maxiter": 3000, "maxfun": 6000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 30},
    )  # fmt: skip
    weights, _ = _tilted(c.features, found.x[:k] - found.x[k:])
    return weights


def _tilted(features: Floats, slopes: Floats) -> tuple[Floats, float]:
    """Weights proportional to exp(slopes · features), and the logarithm of their mean before."""
    power = slopes @ features
    top = power.max()
    raw = np.exp(power - top)
    return raw / raw.sum(), float(top + np.log(raw.mean()))
