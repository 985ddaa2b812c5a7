"""Which patients of the pool make up each simulated trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immunarium.population import stream

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Draws:
    """How trials are drawn from the pool, with replacement.

    Attributes
    ----------
    paired : bool
        The same patients in every arm; else each arm, by its name, draws its own.
    weights : ndarray, shape (patients,), optional
        Patients are drawn in proportion.
    """

    seed: int
    trials: int
    paired: bool = False
    weights: Floats | None = None

    def rows(self, arm: str, pool: int, n: int) -> Ints:
        """Rows of the pool that make up an arm of each trial, shape (trials, n)."""
        purpose = "patients of each trial" + ("" if self.paired else f", arm {arm}")
        uniform = stream(self.seed, purpose).random((self.trials, n))
        if self.weights is None:
            return (uniform * pool).astype(np.int64)
        edges = np.cumsum(self.weights)
        return np.searchsorted(edges / edges[-1], uniform, side="right").astype(np.int64)
