"""Prevalence weights: a virtual population weighted to published distributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.population.marginal import Marginal

Floats = NDArray[np.float64]
FARTHEST = 0.05
"""Kolmogorov–Smirnov distance beyond which weights do not reproduce a distribution."""


@dataclass(frozen=True)
class Weights:
    """How much each patient counts.

    Attributes
    ----------
    values : ndarray, shape (patients,)
        Sum 1.
    ess : float
        Effective sample size after Kish, 1 / sum of squares: as many patients of equal weight
        would give means as exact.
    fit : DataFrame
        A row per published number: ``of number unit published unweighted weighted source``, and
        the distances of its distribution, ``distance_unweighted`` and ``distance``.
    """

    values: Floats
    ess: float
    fit: pd.DataFrame

    def rows(self, uniforms: Floats) -> NDArray[np.int64]:
        """Rows drawn by weight, with replacement: one for each number between 0 and 1."""
        edges = np.cumsum(self.values)
        return np.minimum(np.searchsorted(edges, uniforms, side="right"), len(edges) - 1)


def fit_weights(values: pd.DataFrame, marginals: Sequence[Marginal]) -> Weights:
    """Weight patients so that they are distributed as published.

    Of all weights that do, the ones nearest to equal: those of least relative entropy.

    Parameters
    ----------
    values : DataFrame
        A row per patient, a column for each ``of``, in the units of the marginals
        (see ``Population.values``).

    Raises
    ------
    MarginalError
        No weights reach a distribution to a distance of 0.05, or only a handful of patients would
        count: says how far off, the effective sample size and what to do.
    """
    raise NotImplementedError


def select(weights: Weights, n: int, seed: int) -> NDArray[np.int64]:
    """Draw n patients by weight, as evenly as can be (systematic resampling).

    A patient of weight w is drawn n w times, rounded down or up.

    Returns
    -------
    ndarray of int, shape (n,)
        Rows, rising; one comes more than once where its weight is above 1/n.
    """
    raise NotImplementedError
