"""An endpoint in trials drawn from the pool: how estimates scatter, and how often p is small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.trial.draws import Draws
from immunarium.trial.outcome import Observed
from immunarium.trial.statistics import many, two_sided
from immunarium.trial.statistics.risksets import (
    RiskSets,
    area_and_median,
    log_hazard_ratio,
    observed_less_expected,
)

Floats = NDArray[np.float64]
Pair = tuple[str, ...]


@dataclass(frozen=True)
class Trials:
    """One measure in each drawn trial.

    Attributes
    ----------
    against : str
        The reference arm; empty for what is no comparison.
    value, p : ndarray, shape (trials,)
    """

    arm: str
    against: str
    measure: str
    value: Floats
    p: Floats

    def interval(self) -> tuple[float, float]:
        """Interval that holds 90 % of the trials that have a value."""
        known = self.value[~np.isnan(self.value)]
        if not known.size:
            return np.nan, np.nan
        low, high = np.quantile(known, (0.05, 0.95))
        return float(low), float(high)

    def power(self, alpha: float) -> float:
        """Share of trials with p below alpha; one without p has not shown a difference.

        NaN where no trial has a p.
        """
        return float((self.p < alpha).mean()) if np.isfinite(self.p).any() else np.nan

    def table(self, endpoint: str) -> pd.DataFrame:
        """Row: a trial."""
        names = {"endpoint": endpoint, "arm": self.arm, "against": self.against}
        numbers = {"trial": np.arange(len(self.value)), "value": self.value, "p": self.p}
        return pd.DataFrame({**names, "measure": self.measure, **numbers})


def repeat(
    kind: str,
    found: Mapping[str, Observed],
    sizes: Mapping[str, int],
    pairs: Sequence[Pair],
    draws: Draws,
    horizons: Mapping[Pair, float],
) -> list[Trials]:
    """Estimate and compare in each drawn trial.

    Parameters
    ----------
    kind : str
        ``share``, ``time`` or ``mean``.
    found : mapping of str to Observed
        By arm, in the whole pool.
    sizes : mapping of str to int
        Patients of each arm of a trial.
    pairs : sequence of pair of str
        Arms that are compared.
    horizons : mapping of tuple of str to float
        Days of the restricted mean, of a time: by ``(arm,)``, and by pair.
    """
    rows = {a: draws.rows(a, len(o.value), sizes[a]) for a, o in found.items()}
    values = {a: o.value[rows[a]] for a, o in found.items()}
    if kind == "time":
        events = {a: o.event[rows[a]] for a, o in found.items()}
        return list(_times(values, events, pairs, horizons))
    return list(_shares(values, pairs) if kind == "share" else _means(values, pairs))


def _shares(values: Mapping[str, Floats], pairs: Sequence[Pair]) -> Iterator[Trials]:
    found = {a: many.counts(v) for a, v in values.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        share = {a: 100 * yes / n for a, (yes, n) in found.items()}
        for a in values:
            yield Trials(a, "", "share", share[a], np.full(len(share[a]), np.nan))
        for a, b in pairs:
            p = many.score_test(found[a], found[b])
            yield Trials(a, b, "difference of proportions", share[a] - share[b], p)
            (yes_a, n_a), (yes_b, n_b) = found[a], found[b]
            odds = (yes_a * (n_b - yes_b)) / ((n_a - yes_a) * yes_b)
            odds = np.where(np.isfinite(odds), odds, np.nan)
            yield Trials(a, b, "odds ratio", odds, np.full(len(odds), np.nan))


def _means(values: Mapping[str, Floats], pairs: Sequence[Pair]) -> Iterator[Trials]:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {a: many.moments(v) for a, v in values.items()}
        for a, (mean, _, _) in found.items():
            yield Trials(a, "", "mean change", mean, np.full(len(mean), np.nan))
        for a, b in pairs:
            gap = found[a][0] - found[b][0]
            yield Trials(a, b, "difference of means", gap, many.welch(found[a], found[b]))


def _times(
    values: Mapping[str, Floats],
    events: Mapping[str, NDArray[np.bool_]],
    pairs: Sequence[Pair],
    horizons: Mapping[Pair, float],
) -> Iterator[Trials]:
    for a in values:
        both = [_alone(v, e, horizons[a,]) for v, e in zip(values[a], events[a], strict=True)]
        area, median = np.array(both).reshape(-1, 2).T
        nothing = np.full(len(area), np.nan)
        yield Trials(a, "", "median", median, nothing)
        yield Trials(a, "", "restricted mean", area, nothing)
    for a, b in pairs:
        columns = zip(values[b], values[a], events[b], events[a], strict=True)
        numbers = np.array([_two(*c, horizons[a, b]) for c in columns]).reshape(-1, 3, 2)
        for i, measure in enumerate(("hazard ratio", "log-rank", "difference of restricted means")):
            yield Trials(a, b, measure, numbers[:, i, 0], numbers[:, i, 1])


def _alone(time: Floats, event: NDArray[np.bool_], horizon: float) -> tuple[float, float]:
    known = ~np.isnan(time)
    if not known.any():
        return np.nan, np.nan
    group = np.zeros(int(known.sum()), dtype=np.int64)
    area, _, median = area_and_median(RiskSets.of(time[known], event[known], group, 1), 0, horizon)
    return area, median


def _two(
    time_b: Floats,
    time_a: Floats,
    event_b: NDArray[np.bool_],
    event_a: NDArray[np.bool_],
    horizon: float,
) -> list[tuple[float, float]]:
    """Hazard ratio, log-rank and difference of restricted means of two arms, each with its p."""
    time, event = np.concatenate([time_b, time_a]), np.concatenate([event_b, event_a])
    group = np.repeat([0, 1], [len(time_b), len(time_a)])
    known = ~np.isnan(time)
    if np.isnan(time_a).all() or np.isnan(time_b).all():
        return [(np.nan, np.nan)] * 3
    sets = RiskSets.of(time[known], event[known], group[known], 2)
    beta, error, _ = log_hazard_ratio(sets)
    gap, covariance = observed_less_expected(sets)
    spread = float(covariance[1, 1])
    chi = float(gap[1]) ** 2 / spread if spread > 0 else np.nan
    (area_a, var_a, _), (area_b, var_b, _) = (area_and_median(sets, g, horizon) for g in (1, 0))
    wide = np.sqrt(var_a + var_b)
    z = (area_a - area_b) / wide if wide > 0 else np.nan
    return [
        (float(np.exp(beta)), two_sided(beta / error)),
        (chi, two_sided(np.sqrt(chi))),
        (area_a - area_b, two_sided(z)),
    ]
