"""Simulated beside observed: the value in the pool, and in trials of the published size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.population import stream
from immunarium.trial.draws import Draws
from immunarium.trial.foretell import area_under_curve, ratio_of_quarters
from immunarium.trial.protocol import Target
from immunarium.trial.result import Score

Floats = NDArray[np.float64]
_POOLS = 200
"""Pools drawn again for the standard error that comes from the size of one."""


@dataclass(frozen=True)
class Replicates:
    """Trials drawn from the pool, with replacement.

    Attributes
    ----------
    seed : int
    trials : int
        How many.
    paired : bool
        Whether an arm that another is compared with has the same patients (crossover); else it
        draws its own, as a trial of arms side by side does.
    """

    seed: int
    trials: int
    paired: bool = False

    def rows(self, pool: int, n: int, arm: str = "") -> NDArray[np.int64]:
        """Rows of the pool that make up each trial, shape (trials, n).

        Parameters
        ----------
        arm : str
            The arm that another is compared with; the first one has none.
        """
        same = self.paired or not arm
        return Draws(self.seed, self.trials, paired=same).rows(arm, pool, n)

    def statistics(self, values: Floats, n: int, statistic: str, arm: str = "") -> Floats:
        """Statistic of each trial, shape (trials,).

        Each trial is drawn from a pool of its own, drawn again from the pool: the pool is a sample
        too, and intervals would be too narrow for trials nearly as large.
        """
        pool = len(values)
        if not pool:
            return np.full(self.trials, np.nan)
        again = stream(self.seed, "a pool for each trial").random((self.trials, pool)) * pool
        rows = np.take_along_axis(again.astype(np.int64), self.rows(pool, n, arm), axis=1)
        return summarise(values[rows], statistic)

    def interval(self, values: Floats, n: int, statistic: str) -> tuple[float, float]:
        """Interval that holds 90 % of the trials."""
        return middle(self.statistics(values, n, statistic))

    def error(self, values: Floats, statistic: str, other: Other | None = None) -> float:
        """Standard error of the statistic of all patients, by drawing as many again."""
        rng = stream(self.seed, "pools drawn again")
        n, drawn = len(values), []
        if not n:
            return float("nan")
        for _ in range(_POOLS):
            rows = rng.integers(n, size=n)
            mine = summarise(values[rows], statistic)
            if other is not None:  # the same patients, as the pool has in every arm
                same = rows if len(other.each) == n else rng.integers(len(other.each), size=n)
                mine = other.compare(mine, summarise(other.each[same], statistic))
            drawn.append(mine)
        with np.errstate(invalid="ignore"):
            return float(np.std(drawn))


@dataclass(frozen=True)
class Other:
    """The arm that another is compared with.

    Attributes
    ----------
    each : ndarray, shape (patients,)
        Its value of those who count.
    n : int
        Patients in the published trial.
    ratio : bool
        Whether to divide by it; else it is taken off.
    """

    arm: str
    each: Floats
    n: int
    ratio: bool

    def compare(self, mine: Floats, its: Floats) -> Floats:
        """Return the difference from it, or the ratio to it."""
        with np.errstate(all="ignore"):
            return mine / its if self.ratio else mine - its


def summarise(values: Floats, statistic: str) -> Floats:
    """Put patients together, the last axis, those without a value left out.

    Parameters
    ----------
    values : ndarray, shape (..., patients)
        Where a reading foretells (..., patients, 2): it, and what came of it.
    statistic : str
        One of ``STATISTICS``; or ``median time``, by Kaplan and Meier, of values that are below 0
        where they are censored: infinite where it is not reached.
    """
    if statistic == "auc":
        return area_under_curve(values)
    if statistic == "hazard_ratio":
        return ratio_of_quarters(values)
    none = np.asarray(np.isnan(values).all(axis=-1))
    filled = np.where(none[..., None], 0.0, values)
    match statistic:
        case "median":
            out = np.nanmedian(filled, axis=-1)
        case "sd":
            out = _spread(filled)
        case "cv":
            out = 100 * _spread(filled) / np.abs(np.nanmean(filled, axis=-1))
        case "median time":
            out = _median_time(filled)
        case _:
            out = np.nanmean(filled, axis=-1)
    return np.where(none, np.nan, out)


def _spread(values: Floats) -> Floats:
    """Standard deviation over the last axis."""
    n = (~np.isnan(values)).sum(axis=-1)
    return np.sqrt(np.nanvar(values, axis=-1) * n / np.maximum(n - 1, 1))


def _median_time(signed: Floats) -> Floats:
    """Kaplan-Meier median over the last axis; below 0 is censored, NaN is nobody."""
    time, event = np.abs(signed), signed >= 0
    order = np.lexsort((~event, time), axis=-1)  # NaN last; events before censorings
    time, event = (np.take_along_axis(x, order, axis=-1) for x in (time, event))
    known = ~np.isnan(time)
    at_risk = known.sum(axis=-1, keepdims=True) - np.arange(time.shape[-1])
    left = np.where(event & known, 1 - 1 / np.maximum(at_risk, 1), 1.0)
    below = np.cumprod(left, axis=-1) <= 0.5 + 1e-12
    first = np.take_along_axis(time, below.argmax(axis=-1)[..., None], axis=-1)[..., 0]
    return np.where(below.any(axis=-1), first, np.inf)


def middle(trials: Floats) -> tuple[float, float]:
    """Interval that holds the middle 90 % of some trials, those without a value left out."""
    known = trials[~np.isnan(trials)]
    if not known.size:
        return float("nan"), float("nan")
    method = "linear" if np.isfinite(known).all() else "inverted_cdf"  # between no infinities
    low, high = np.quantile(known, (0.05, 0.95), method=method)
    return float(low), float(high)


def score(
    target: Target, values: Floats, n: int, replicates: Replicates, other: Other | None = None
) -> Score:
    """Compare one target with the values of an arm's patients, or of two arms'.

    Parameters
    ----------
    values : ndarray, shape (patients,)
        Of those who count; NaN for who has none. Where a reading foretells, shape (patients, 2).
    other : Other, optional
        The arm that it is a difference from, or a ratio to.
    """
    statistic = target.observable.summary
    found = summarise(values, statistic) if len(values) else np.full((), np.nan)
    trials = replicates.statistics(values, n, statistic)
    if other is not None:
        found = other.compare(found, summarise(other.each, statistic))
        its = replicates.statistics(other.each, other.n, statistic, other.arm)
        trials = other.compare(trials, its)
    simulated, interval = float(found), middle(trials)
    trials = trials[~np.isnan(trials)]
    tail = _tail(trials, target.observed) if target.tail else None
    return Score(
        id=target.id,
        name=target.name,
        observed=target.observed,
        unit=target.unit,
        simulated=simulated,
        interval90=interval,
        window=target.window,
        inside=_inside(target, simulated, tail),
        role=target.role,
        tier=target.tier,
        source=target.source,
        note=target.note,
        arm=target.arm,
        tail=tail,
        tail_limits=target.tail,
        layer=target.layer,
        n=n,
        percentile=100 * (1 - _tail(trials, target.observed)) if trials.size else np.nan,
        error=replicates.error(values, statistic, other),
    )


def _tail(trials: Floats, observed: float) -> float:
    above = trials > observed + 1e-9
    equal = np.abs(trials - observed) <= 1e-9
    return float(above.mean() + equal.mean() / 2)


def _inside(target: Target, simulated: float, tail: float | None) -> bool | None:
    if target.role == "report":
        return None
    if target.tail is not None and tail is not None:
        return target.tail[0] < tail < target.tail[1]
    assert target.window is not None  # a target that is scored has one of the two
    return target.window[0] <= simulated <= target.window[1]


def endpoint_table(shares: dict[str, Floats], n: int, replicates: Replicates) -> pd.DataFrame:
    """Percent of patients by endpoint, with the interval of trials of size n."""
    rows = {}
    for name, values in shares.items():
        low, high = replicates.interval(values, n, "share")
        rows[name] = {"percent": 100 * values.mean(), "low": 100 * low, "high": 100 * high}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("endpoint")
