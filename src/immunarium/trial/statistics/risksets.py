"""Risk sets: who is at risk and who has the event at each event time; the log-rank test and Cox.

Trials drawn from a pool are compared by the hundred, and lifelines takes 60 ms for each: for one
treatment covariate all that matters are the counts at the event times, and these take 0.3 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
STEPS = 50
FAR = 20.0  # a log hazard ratio beyond this is one that runs away
TOLERANCE = 1e-12


@dataclass(frozen=True)
class RiskSets:
    """Counts at each distinct event time; weights counted, where patients have them.

    Attributes
    ----------
    at_risk, events : ndarray, shape (groups, times)
    tied : ndarray of int, shape (times,)
        Patients who have the event at that time, whatever they weigh.
    times : ndarray, shape (times,)
    """

    at_risk: Floats
    events: Floats
    tied: Ints
    times: Floats

    @classmethod
    def of(
        cls, time: Floats, event: Bools, group: Ints, groups: int, weights: Floats | None = None
    ) -> RiskSets:
        """Count.

        Parameters
        ----------
        time, event, group : ndarray, shape (patients,)
            ``group`` is 0 to ``groups - 1``.
        """
        weights = np.ones(len(time)) if weights is None else weights
        moments = np.unique(time[event])
        last = np.searchsorted(moments, time, side="right")  # at risk at the moments before it
        size = len(moments) + 1
        at_risk, events = np.empty((2, groups, len(moments)))
        for g in range(groups):
            mine = group == g
            leaves = np.bincount(last[mine], weights[mine], size)
            at_risk[g] = np.cumsum(leaves[::-1])[::-1][1:]
            dies = mine & event
            events[g] = np.bincount(last[dies], weights[dies], size)[1:]
        return cls(at_risk, events, np.bincount(last[event], minlength=size)[1:], moments)


def observed_less_expected(sets: RiskSets) -> tuple[Floats, Floats]:
    """Events of each group less those expected if all had one hazard, and their covariance.

    Returns
    -------
    ndarray, shape (groups,), and ndarray, shape (groups, groups)
    """
    n, d = sets.at_risk.sum(axis=0), sets.events.sum(axis=0)
    share = sets.at_risk / n
    spread = d * np.where(n > 1, (n - d) / np.where(n > 1, n - 1, 1.0), 0.0)
    covariance = np.diag((spread * share).sum(axis=1)) - (spread * share) @ share.T
    return sets.events.sum(axis=1) - (d * share).sum(axis=1), covariance


def log_hazard_ratio(sets: RiskSets) -> tuple[float, float, str]:
    """Cox estimate for group 1 against group 0, with Efron's handling of ties.

    Returns
    -------
    float, float, str
        The log hazard ratio, its standard error, and why there is none, if there is none.
    """
    if not len(sets.tied):
        return np.nan, np.nan, "no event in either arm"
    for g in (0, 1):
        if not sets.events[g].sum():
            return np.nan, np.nan, f"no event in the {('second', 'first')[g]} arm"
    moment = np.repeat(np.arange(len(sets.tied)), sets.tied)
    first = np.cumsum(sets.tied) - sets.tied
    before = (np.arange(len(moment)) - first[moment]) / sets.tied[moment]
    left = sets.at_risk[:, moment] - before * sets.events[:, moment]
    weight = sets.events.sum(axis=0)[moment] / sets.tied[moment]
    return _newton(left, weight, float(sets.events[1].sum()))


def area_and_median(sets: RiskSets, group: int, horizon: float) -> tuple[float, float, float]:
    """Area under a group's Kaplan–Meier curve up to a horizon, its variance, and the median.

    The curve goes on at its last height where nobody is followed to the horizon.
    """
    n, d = sets.at_risk[group], sets.events[group]
    mine = d > 0
    n, d, day = n[mine], d[mine], sets.times[mine]
    survival = np.cumprod(1 - d / n)
    low = np.flatnonzero(survival <= 0.5 + TOLERANCE)
    inside = day < horizon
    edges = np.concatenate([[0.0], day[inside], [horizon]])
    pieces = np.diff(edges) * np.concatenate([[1.0], survival[inside]])
    to_come = np.cumsum(pieces[:0:-1])[::-1]
    left = n[inside] - d[inside]
    some = left > TOLERANCE
    spread = (to_come**2 * d[inside])[some] / (n[inside] * left)[some]
    median = float(day[low[0]]) if low.size else np.nan
    return float(pieces.sum()), float(spread.sum()), median


def _newton(left: Floats, weight: Floats, events: float) -> tuple[float, float, str]:
    """Solve for the log hazard ratio at which the events expected in group 1 are the observed."""
    beta = 0.0
    for _ in range(STEPS):
        one = left[1] * np.exp(beta)
        share = one / (left[0] + one)
        information = float((weight * share * (1 - share)).sum())
        if information < TOLERANCE:
            break
        step = (events - float((weight * share).sum())) / information
        beta += float(np.clip(step, -2.0, 2.0))
        if abs(beta) > FAR:
            break
        if abs(step) < TOLERANCE * max(1.0, abs(beta)):
            return beta, information**-0.5, ""
    return np.nan, np.nan, "the arms' events do not overlap in time"
