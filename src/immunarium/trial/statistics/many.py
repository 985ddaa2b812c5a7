"""Tests of many trials at once, a row each; a patient without a value counts for nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, stdtr

from immunarium.trial.statistics.estimate import Floats, two_sided
from immunarium.trial.statistics.groups import proportion_z

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Counts = tuple[Floats, Floats]
Moments = tuple[Floats, Floats, Floats]


def counts(values: Floats) -> Counts:
    """Patients with the outcome, and patients with a value, of each trial."""
    return np.nansum(values, axis=1), (~np.isnan(values)).sum(axis=1).astype(np.float64)


def score_test(a: Counts, b: Counts) -> Floats:
    """Two-sided p of two shares being equal."""
    return two_sided(proportion_z(*a, *b))


def moments(values: Floats) -> Moments:
    """Mean of each trial, the square of its standard error, and patients with a value."""
    n = (~np.isnan(values)).sum(axis=1).astype(np.float64)
    mean = np.nansum(values, axis=1) / n
    return mean, np.nansum((values - mean[:, None]) ** 2, axis=1) / (n - 1) / n, n


def welch(a: Moments, b: Moments) -> Floats:
    """Two-sided p of two means being equal (Welch 1947); NaN where all values are alike."""
    (mean_a, error_a, n_a), (mean_b, error_b, n_b) = a, b
    both = error_a + error_b
    freedom = both**2 / (error_a**2 / (n_a - 1) + error_b**2 / (n_b - 1))
    return 2 * stdtr(freedom, -np.abs((mean_a - mean_b) / np.sqrt(both)))


def log_rank(
    time: tuple[Floats, Floats], event: tuple[Bools, Bools], rows: tuple[Ints, Ints]
) -> Floats:
    """Two-sided p of two arms, from how often each patient of a pool is drawn; 1 without events.

    Parameters
    ----------
    time, event : pair of ndarray, shape (patients,)
        In the pool, by arm.
    rows : pair of ndarray of int, shape (trials, n)
        Patients of the pool in each trial.
    """
    days = np.unique(np.concatenate([t[e] for t, e in zip(time, event, strict=True)]))
    (n_a, d_a), (n_b, d_b) = (_at_risk(*its, days) for its in zip(time, event, rows, strict=True))
    n, d = n_a + n_b, d_a + d_b
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, n_a / n, 0.0)
        left = np.where(n > 1, (n - d) / (n - 1), 0.0)
    gap = (d_a - d * share).sum(axis=1)
    variance = (d * left * share * (1 - share)).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 1e-12, chdtrc(1, gap**2 / variance), 1.0)


def _at_risk(time: Floats, event: Bools, rows: Ints, days: Floats) -> tuple[Floats, Floats]:
    """Patients at risk and events on each day, shape (trials, days)."""
    trials, size = len(rows), len(days) + 1
    last = np.searchsorted(days, time, side="right")  # at risk on the days before it
    last[np.isnan(time)] = 0  # never
    cells = np.arange(trials)[:, None] * size + last[rows]
    leaves = np.bincount(cells.ravel(), minlength=trials * size).reshape(trials, size)
    dies = np.bincount(cells[event[rows]], minlength=trials * size).reshape(trials, size)
    at_risk = np.cumsum(leaves[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return at_risk.astype(np.float64), dies[:, 1:].astype(np.float64)
