"""Prevalence weights: a virtual population weighted to published distributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import did_you_mean
from immunarium.population.entropy import Constraints, least_entropy
from immunarium.population.marginal import Marginal, MarginalError
from immunarium.population.streams import stream

Floats = NDArray[np.float64]
FARTHEST = 0.05
"""Kolmogorov–Smirnov distance beyond which weights do not reproduce a distribution."""
FEWEST = 10
"""Effective sample size below which weights rest on a handful of patients."""
_GRID = np.arange(1, 20) / 20
_LOOSE = 0.01  # how far the weighted distribution may lie from the published one on the grid


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

    @property
    def largest(self) -> float:
        """The weight of the patient who counts most."""
        return float(np.max(self.values))

    def rows(self, uniforms: Floats) -> NDArray[np.int64]:
        """Rows drawn by weight, with replacement: one for each number between 0 and 1."""
        edges = np.cumsum(self.values)
        last = int(np.flatnonzero(self.values)[-1])
        return np.minimum(np.searchsorted(edges, uniforms, side="right"), last)


def fit_weights(values: pd.DataFrame, marginals: Sequence[Marginal]) -> Weights:
    """Weight patients so that they are distributed as published.

    Of all weights that do, the ones nearest to equal: those of least relative entropy. A published
    mean and sd are met, and the whole distribution to 0.01 at each twentieth; quantiles and shares
    are met as they are.

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
    columns = _columns(values, marginals)
    n = len(values)
    taken = np.ones(n, dtype=bool)
    for m, x in zip(marginals, columns, strict=True):
        for name, cell in m.cells(x).items() if m.shares else ():
            if m.shares[name] == 0:
                taken &= ~cell
    parts = [_constraints(m, x[taken]) for m, x in zip(marginals, columns, strict=True)]
    weights = np.zeros(n)
    if taken.any():
        weights[taken] = least_entropy(Constraints.together(parts, int(taken.sum())))
    ess = float(1 / (weights @ weights)) if taken.any() else 0.0
    pairs = list(zip(marginals, columns, strict=True))
    fit = pd.DataFrame([row for m, x in pairs for row in _report(m, x, weights)], columns=_FIT)
    for m, x in pairs:
        _check(m, x, weights, ess)
    return Weights(weights, ess, fit)


def select(weights: Weights, n: int, seed: int) -> NDArray[np.int64]:
    """Draw n patients by weight, as evenly as can be (systematic resampling).

    A patient of weight w is drawn n w times, rounded down or up.

    Returns
    -------
    ndarray of int, shape (n,)
        Rows, rising; one comes more than once where its weight is above 1/n.
    """
    return _systematic(weights, n, stream(seed, _SELECTION).random())


def select_nearest(
    weights: Weights, values: pd.DataFrame, marginals: Sequence[Marginal], n: int, seed: int
) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Draw n patients by weight, the best of a hundred times: nearest to what was published.

    Parameters
    ----------
    values, marginals
        As ``fit_weights`` took them.

    Returns
    -------
    ndarray of int, shape (n,)
        Rows, as ``select``.
    DataFrame
        ``Weights.fit`` with the columns ``selected`` and ``distance_selected``: of these patients.
    """
    pairs = list(zip(marginals, _columns(values, marginals), strict=True))

    def far(rows: NDArray[np.int64]) -> float:
        return max((distance(m, x, _counted(rows, len(x))) for m, x in pairs), default=0.0)

    starts = stream(seed, _SELECTION).random(_SELECTIONS)
    rows = min((_systematic(weights, n, u) for u in starts), key=far)
    counted = _counted(rows, len(values))
    selected = [x for m, values in pairs for x in _simulated(m, values, counted)]
    off = [distance(m, x, counted) for m, x in pairs for _ in _numbers(m)]
    return rows, weights.fit.assign(selected=selected, distance_selected=off)


_SELECTION, _SELECTIONS = "selection by weight", 100


def _systematic(weights: Weights, n: int, start: float) -> NDArray[np.int64]:
    if n < 1:
        raise MarginalError(f"Cannot select {n} patients. Write at least 1.")
    return weights.rows((np.arange(n) + start) / n)


def _counted(rows: NDArray[np.int64], n: int) -> Floats:
    """Weights of n patients who were drawn so often."""
    return np.bincount(rows, minlength=n) / len(rows)


_FIT = (
    "of", "number", "unit", "published", "unweighted", "weighted",
    "distance_unweighted", "distance", "source",
)  # fmt: skip


def _columns(values: pd.DataFrame, marginals: Sequence[Marginal]) -> list[NDArray]:
    out: list[NDArray] = []
    for i, m in enumerate(marginals):
        if m.of not in values:
            near = did_you_mean(m.of, map(str, values.columns))
            raise MarginalError(f"The patients have no {m.of!r} to be weighted by.{near}")
        if m.of in [other.of for other in marginals[:i]]:
            raise MarginalError(f"{m.of} has two published distributions. State one.")
        x = values[m.of].to_numpy()
        x = x.astype(np.float64) if x.dtype.kind in "biuf" else x.astype(object)
        if x.dtype == object and not m.shares:
            raise m.error("needs shares: its values are words")
        missing = pd.isna(x)
        if missing.any():
            raise m.error(
                f"cannot be fitted: {int(missing.sum())} of {len(x)} patients have no value. "
                f"Leave them out first"
            )
        out.append(x)
    return out


def _constraints(m: Marginal, x: NDArray) -> Constraints:
    """Write a distribution as means that weighted patients must have."""
    if m.shares:
        cells, total = m.cells(x), sum(m.shares.values())
        met = [(cell.astype(np.float64), m.shares[k] / total) for k, cell in cells.items()]
        return Constraints.of(met, [])
    if m.points:
        return Constraints.of([((x <= q).astype(np.float64), p) for p, q in m.points], [])
    from scipy.special import ndtri

    z = m.scores(x)
    near = [
        ((z <= q).astype(np.float64), float(p)) for p, q in zip(_GRID, ndtri(_GRID), strict=True)
    ]
    return Constraints.of([(z, 0.0), (z**2, 1.0)], near, _LOOSE)


def distance(m: Marginal, x: NDArray, weights: Floats) -> float:
    """Largest difference between weighted patients and a published distribution.

    Kolmogorov and Smirnov's over all values where a law is published, at the published quantiles
    where those are, and over all unions of categories or intervals where shares are.
    """
    if m.shares:
        total = sum(m.shares.values())
        off = (abs(weights[c].sum() - m.shares[k] / total) for k, c in m.cells(x).items())
        return float(sum(off) / 2)
    if m.points:
        return max(abs(float(weights[x <= q].sum()) - p) for p, q in m.points)
    from scipy.special import ndtr

    order = np.argsort(x, kind="stable")
    z, ends = np.unique(m.scores(x[order]), return_index=True)
    below = np.concatenate([[0.0], np.cumsum(weights[order])])
    steps = below[[*ends, len(x)]]
    return float(max(np.abs(steps[1:] - ndtr(z)).max(), np.abs(steps[:-1] - ndtr(z)).max()))


def _numbers(m: Marginal) -> list[tuple[str, float]]:
    """Names and values of what is published."""
    if m.shares:
        total = sum(m.shares.values())
        return [(f"share {k}", share / total) for k, share in m.shares.items()]
    if m.points:
        return [("median" if p == 0.5 else f"quantile {p:g}", q) for p, q in m.points]
    return [("mean", float(m.mean or 0.0)), ("sd", float(m.sd or 0.0))]


def _simulated(m: Marginal, x: NDArray, weights: Floats) -> list[float]:
    """Return what weighted patients have instead of the published numbers."""
    if m.shares:
        return [float(weights[cell].sum()) for cell in m.cells(x).values()]
    if m.points:
        shares = [p for p, _ in m.points]
        return list(np.quantile(x, shares, weights=weights, method="inverted_cdf"))
    mean = float(weights @ x)
    return [mean, float(np.sqrt(weights @ (x - mean) ** 2))]


def _report(m: Marginal, x: NDArray, weights: Floats) -> list[tuple]:
    equal = np.full(len(x), 1 / len(x))
    before, after = distance(m, x, equal), distance(m, x, weights)
    numbers = zip(_numbers(m), _simulated(m, x, equal), _simulated(m, x, weights), strict=True)
    return [
        (m.of, name, "1" if m.shares else m.unit, value, a, b, before, after, m.source)
        for (name, value), a, b in numbers
    ]


def _moments_met(m: Marginal, x: NDArray, weights: Floats) -> bool:
    z = m.scores(x)
    return bool(abs(weights @ z) <= FARTHEST and abs(weights @ z**2 - 1) <= 2 * FARTHEST)


def _check(m: Marginal, x: NDArray, weights: Floats, ess: float) -> None:
    far = distance(m, x, weights) if ess else 1.0
    if far > FARTHEST:
        why = f"at best they are {far:.3f} away (Kolmogorov–Smirnov; {FARTHEST} is wanted)"
    elif m.mean is not None and not _moments_met(m, x, weights):
        mean, sd = _simulated(m, x, weights)
        why = f"at best they have the mean {mean:.4g} and sd {sd:.4g}"
    elif ess < FEWEST:
        why = f"only {ess:.1f} of them would count"
    else:
        return
    have = ""
    if x.dtype != object:
        low, high = np.quantile(x, (0.05, 0.95))
        unit = "" if m.unit == "1" else f" {m.unit}"
        have = f" 90 % of the pool lie between {low:.4g} and {high:.4g}{unit}."
    raise MarginalError(
        f"No weights of these {len(x)} patients give the published distribution of {m}: {why}, "
        f"with an effective sample size of {ess:.1f}.{have} Draw a larger pool, widen the spread "
        f"of what it depends on, or look at the unit and at the other distributions."
    )
