"""Simulated beside observed: the value in the pool, and in trials of the published size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.population import stream
from immunarium.trial.draws import Draws
from immunarium.trial.protocol import Target
from immunarium.trial.result import Score

Floats = NDArray[np.float64]
_POOLS = 200
"""Pools drawn again for the standard error that comes from the size of one."""


@dataclass(frozen=True)
class Replicates:
    """Trials drawn from the pool, with replacement; the same patients in every arm.

    Attributes
    ----------
    seed : int
    trials : int
        How many.
    """

    seed: int
    trials: int

    def rows(self, pool: int, n: int) -> NDArray[np.int64]:
        """Rows of the pool that make up each trial, shape (trials, n)."""
        return Draws(self.seed, self.trials, paired=True).rows("", pool, n)

    def statistics(self, values: Floats, n: int, statistic: str) -> Floats:
        """Share or median of each trial, shape (trials,).

        Each trial is drawn from a pool of its own, drawn again from the pool: the pool is a sample
        too, and intervals would be too narrow for trials nearly as large.
        """
        pool = len(values)
        again = stream(self.seed, "a pool for each trial").random((self.trials, pool)) * pool
        rows = np.take_along_axis(again.astype(np.int64), self.rows(pool, n), axis=1)
        return summarise(values[rows], statistic)

    def interval(self, values: Floats, n: int, statistic: str) -> tuple[float, float]:
        """Interval that holds 90 % of the trials."""
        low, high = np.nanquantile(self.statistics(values, n, statistic), (0.05, 0.95))
        return float(low), float(high)

    def error(self, values: Floats, statistic: str) -> float:
        """Standard error of the statistic of all patients, by drawing as many again."""
        rng = stream(self.seed, "pools drawn again")
        n = len(values)
        drawn = [summarise(values[rng.integers(n, size=n)], statistic) for _ in range(_POOLS)]
        return float(np.std(drawn))


def summarise(values: Floats, statistic: str) -> Floats:
    """Share or median over the last axis, patients without a value left out."""
    filled = np.where(np.isnan(values).all(axis=-1, keepdims=True), 0.0, values)
    out = np.nanmean(filled, axis=-1) if statistic == "share" else np.nanmedian(filled, axis=-1)
    return np.where(np.isnan(values).all(axis=-1), np.nan, out)


def score(target: Target, values: Floats, n: int, replicates: Replicates) -> Score:
    """Compare one target with the values of an arm's patients."""
    statistic = target.observable.statistic
    simulated = float(summarise(values, statistic))
    trials = replicates.statistics(values, n, statistic)
    trials = trials[~np.isnan(trials)]
    low, high = np.quantile(trials, (0.05, 0.95)) if trials.size else (np.nan, np.nan)
    tail = _tail(trials, target.observed) if target.tail else None
    return Score(
        id=target.id,
        name=target.name,
        observed=target.observed,
        unit=target.unit,
        simulated=simulated,
        interval90=(float(low), float(high)),
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
        error=replicates.error(values, statistic),
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
