"""Survival: curves, medians, restricted means and tests of groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from immunarium.trial.statistics.estimate import (
    ROUND,
    Estimate,
    Floats,
    Z,
    none,
    ratio,
    scaled,
    wald,
)
from immunarium.trial.statistics.fits import fit_cox, fit_curve
from immunarium.trial.statistics.risksets import RiskSets, log_hazard_ratio, observed_less_expected

AWAY = 10.0  # a log hazard ratio of a standard deviation beyond this is one that runs away
CURVE = ("day", "survival", "low", "high", "at_risk", "events", "censored")


@dataclass(frozen=True)
class Curve:
    """A Kaplan–Meier curve.

    Attributes
    ----------
    table : DataFrame
        Row: a time at which somebody has the event or is censored, and 0. Columns ``day survival
        low high at_risk events censored``; ``at_risk`` just before the time.
    median : Estimate
    """

    table: pd.DataFrame
    median: Estimate

    def at(self, day: float) -> Estimate:
        """Survival at a time; NaN after the last patient has left."""
        rows = self.table[self.table["day"] <= day]
        if rows.empty or (day > self.table["day"].iloc[-1] and rows["survival"].iloc[-1] > 0):
            return none(f"nobody is followed to day {day:g}")
        last = rows.iloc[-1]
        return Estimate(float(last["survival"]), float(last["low"]), float(last["high"]))

    def at_risk(self, days: ArrayLike) -> Floats:
        """Patients (or weights) still at risk at each day."""
        total = float(self.table["at_risk"].max()) if len(self.table) else 0.0
        gone = (self.table["events"] + self.table["censored"]).cumsum().to_numpy()
        before = np.searchsorted(self.table["day"].to_numpy(), np.asarray(days), side="left")
        return np.round(total - np.concatenate([[0.0], gone])[before], 9)


def kaplan_meier(time: ArrayLike, event: ArrayLike, weights: ArrayLike | None = None) -> Curve:
    """Kaplan–Meier with Greenwood intervals on the log-log scale (Kalbfleisch and Prentice).

    Parameters
    ----------
    time : array_like, shape (patients,)
        Day of the event or of the censoring.
    event : array_like of bool
        False: censored.
    weights : array_like, optional
        Prevalence weights.
    """
    t, e = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    if not t.size:
        return Curve(pd.DataFrame(columns=pd.Index(CURVE), dtype=float), none("no patients"))
    fitted = fit_curve(t, e, scaled(weights, len(t)))
    counts, limits = fitted.event_table, fitted.confidence_interval_survival_function_
    survival = fitted.survival_function_.iloc[:, 0].to_numpy(dtype=np.float64)
    low, high = limits.to_numpy(dtype=np.float64).T
    gone = survival <= ROUND
    table = pd.DataFrame({
        "day": counts.index.to_numpy(dtype=np.float64),
        "survival": np.where(gone, 0.0, survival),
        "low": np.where(gone, np.nan, low),
        "high": np.where(gone, np.nan, high),
        "at_risk": counts["at_risk"].to_numpy(dtype=np.float64),
        "events": counts["observed"].to_numpy(dtype=np.float64),
        "censored": counts["censored"].to_numpy(dtype=np.float64),
    })  # fmt: skip
    return Curve(table, _median(table))


def _median(table: pd.DataFrame) -> Estimate:
    """Median with the limits of Brookmeyer and Crowley: where each limit of survival passes 1/2."""
    value, low, high = (_first_at_half(table, c) for c in ("survival", "low", "high"))
    if np.isnan(value):
        return Estimate(value, low, high, reason="not reached")
    return Estimate(value, low, high)


def _first_at_half(table: pd.DataFrame, column: str) -> float:
    below = table["day"].to_numpy()[table[column].to_numpy() <= 0.5 + ROUND]
    return float(below[0]) if below.size else np.nan


def restricted_mean(curve: Curve, horizon: float) -> Estimate:
    """Mean time up to a horizon: the area under the curve, with Greenwood's variance.

    Parameters
    ----------
    horizon : float
        In the curve's unit of time.
    """
    area, error, reason = _area(curve, horizon)
    if reason:
        return none(reason)
    return Estimate(area, area - Z * error, area + Z * error)


def restricted_mean_difference(curve: Curve, reference: Curve, horizon: float) -> Estimate:
    """Difference of the mean times up to a horizon; Wald interval and test."""
    a, b = _area(curve, horizon), _area(reference, horizon)
    reason = a[2] or b[2]
    return none(reason) if reason else wald(a[0] - b[0], float(np.hypot(a[1], b[1])))


def _area(curve: Curve, horizon: float) -> tuple[float, float, str]:
    """Area under a curve up to a horizon, its standard error, and why there is none."""
    table = curve.table
    if table.empty:
        return np.nan, np.nan, "no patients"
    day, survival = table["day"].to_numpy(), table["survival"].to_numpy()
    if horizon > day[-1] and survival[-1] > 0:
        return np.nan, np.nan, f"nobody is followed to day {horizon:g}"
    inside = day < horizon
    edges = np.append(day[inside], horizon)
    pieces = np.diff(edges) * survival[inside]
    to_come = np.cumsum(pieces[::-1])[::-1]  # area from each time to the horizon
    d, n = table["events"].to_numpy()[inside], table["at_risk"].to_numpy()[inside]
    left = n - d > ROUND
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(left, to_come**2 * d / (n * (n - d)), 0.0)
    return float(pieces.sum()), float(np.sqrt(variance.sum())), ""


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Estimate:
    """Log-rank test of two or more groups, stratified if asked.

    Returns
    -------
    Estimate
        ``value`` is chi-squared, with one degree of freedom less than there are groups.
    """
    from scipy.stats import chi2

    t, e = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    names, code = np.unique(np.asarray(group), return_inverse=True)
    if len(names) < 2:
        return none("one group only")
    w = scaled(weights, len(t))
    layer = np.zeros(len(t)) if strata is None else np.asarray(strata)
    gap, covariance = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for s in np.unique(layer):
        mine = layer == s
        sets = RiskSets.of(t[mine], e[mine], code[mine], len(names), w[mine])
        one, its = observed_less_expected(sets)
        gap, covariance = gap + one, covariance + its
    if np.linalg.matrix_rank(covariance) < len(names) - 1:
        return none("no event" if not e.any() else "no event while both groups are at risk")
    chi = float(gap[1:] @ np.linalg.solve(covariance[1:, 1:], gap[1:]))
    return Estimate(chi, p=float(chi2.sf(chi, len(names) - 1)))


def hazard_ratio(
    time: ArrayLike, event: ArrayLike, treated: ArrayLike, weights: ArrayLike | None = None
) -> Estimate:
    """Cox hazard ratio of the treated against the others; Efron's ties, Wald interval and test."""
    t, e = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    code = np.asarray(treated, dtype=bool).astype(np.int64)
    if len(np.unique(code)) < 2:
        return none("one group only")
    w = None if weights is None else scaled(weights, len(t))
    beta, error, reason = log_hazard_ratio(RiskSets.of(t, e, code, 2, w))
    return none(reason) if reason else ratio(beta, error)


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: pd.DataFrame,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> dict[str, Estimate]:
    """Cox hazard ratios of several covariates, by lifelines; Efron's ties.

    Parameters
    ----------
    covariates : DataFrame, shape (patients, covariates)
        Numbers; the treatment is one of them.
    strata : array_like, optional
        Each stratum has a hazard of its own.
    weights : array_like, optional
        Prevalence weights; intervals are then robust (sandwich).

    Returns
    -------
    dict of str to Estimate
        By covariate: the hazard ratio of one unit more.
    """
    e = np.asarray(event, dtype=bool)
    constant = [str(c) for c in covariates if covariates[c].nunique() < 2]
    if not e.any() or constant:
        why = f"{constant[0]} is the same in all patients" if constant else "no event"
        return {str(c): none(why) for c in covariates}
    w = None if weights is None else scaled(weights, len(e))
    fitted = fit_cox(np.asarray(time, dtype=np.float64), e, covariates, strata, w)
    if fitted is None or (np.abs(fitted.params_) * covariates.std() > AWAY).any():
        return {str(c): none("the likelihood has no maximum") for c in covariates}
    pairs = zip(fitted.params_.items(), fitted.standard_errors_, strict=True)
    return {str(name): ratio(float(beta), float(error)) for (name, beta), error in pairs}
