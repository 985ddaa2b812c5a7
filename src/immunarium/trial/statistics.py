"""Statistics of trials: survival, proportions and means, with intervals.

Whatever cannot be estimated is NaN and says why; nothing warns. lifelines is imported here only,
and when it is first used: it takes seconds to load.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from immunarium.trial.risksets import RiskSets, log_hazard_ratio, observed_less_expected

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEVEL = 0.95
Z = 1.959963984540054  # of LEVEL, two-sided
AWAY = 10.0  # a log hazard ratio of a standard deviation beyond this is one that runs away
ROUND = 1e-12  # a product of fractions that should be 0.5 is so to this
CURVE = ("day", "survival", "low", "high", "at_risk", "events", "censored")


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    Attributes
    ----------
    low, high : float
        NaN: not bounded by these data.
    p : float
        Of the test against no difference; NaN for what is no comparison.
    reason : str
        Why there is no number, or what is special about it.
    """

    value: float
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    reason: str = ""


def none(reason: str) -> Estimate:
    """Return the estimate of what cannot be estimated."""
    return Estimate(np.nan, reason=reason)


# ------------------------------------------------------------------------------ weights


def scaled(weights: ArrayLike | None, n: int) -> Floats:
    """Weights that add up to the effective sample size; ones, where there are none.

    The effective sample size is (Σw)²/Σw² (Kish 1965), so that intervals are as wide as those of
    that many patients without weights.
    """
    if weights is None:
        return np.ones(n)
    w = np.asarray(weights, dtype=np.float64)
    return w * w.sum() / (w**2).sum() if w.any() else w


# ------------------------------------------------------------------------------ survival


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
    from lifelines import KaplanMeierFitter

    with _quiet():
        fitted = KaplanMeierFitter(alpha=1 - LEVEL).fit(t, e, weights=scaled(weights, len(t)))
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
        return Estimate(value, low, high, reason="fewer than half have the event")
    return Estimate(value, low, high)


def _first_at_half(table: pd.DataFrame, column: str) -> float:
    below = table["day"].to_numpy()[table[column].to_numpy() <= 0.5 + ROUND]
    return float(below[0]) if below.size else np.nan


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
    return none(reason) if reason else _ratio(beta, error)


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
    fitted = _fit(np.asarray(time, dtype=np.float64), e, covariates, strata, weights)
    if fitted is None or (np.abs(fitted.params_) * covariates.std() > AWAY).any():
        return {str(c): none("the likelihood has no maximum") for c in covariates}
    pairs = zip(fitted.params_.items(), fitted.standard_errors_, strict=True)
    return {str(name): _ratio(float(beta), float(error)) for (name, beta), error in pairs}


def _fit(
    time: Floats,
    event: Bools,
    covariates: pd.DataFrame,
    strata: ArrayLike | None,
    weights: ArrayLike | None,
) -> Any | None:
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    table = covariates.reset_index(drop=True).astype(float)
    table["(time)"], table["(event)"] = time, event
    more: dict[str, Any] = {}
    if strata is not None:
        table["(stratum)"] = np.asarray(strata)
        more["strata"] = ["(stratum)"]
    if weights is not None:
        table["(weight)"] = scaled(weights, len(time))
        more |= {"weights_col": "(weight)", "robust": True}
    # lifelines also stops at a step whose square is below the precision, and steps 0.95 of the way
    options = {"step_size": 1.0, "precision": 1e-20, "r_precision": 0.0}
    try:
        with _quiet():
            warnings.simplefilter("error", ConvergenceWarning)
            return CoxPHFitter().fit(table, "(time)", "(event)", fit_options=options, **more)
    except (ConvergenceError, ConvergenceWarning):
        return None


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence lifelines: it warns of weights that are no whole numbers, as ours mostly are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _ratio(beta: float, error: float) -> Estimate:
    wide = Z * error
    value, low, high = np.exp([beta, beta - wide, beta + wide])
    return Estimate(float(value), float(low), float(high), two_sided(beta / error))


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
    return none(reason) if reason else _wald(a[0] - b[0], float(np.hypot(a[1], b[1])))


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


# --------------------------------------------------------------------------- proportions


def proportion(yes: float, n: float, method: str = "exact") -> Estimate:
    """Share of patients, with an interval.

    Parameters
    ----------
    yes, n : float
        Patients, or weights that add up to the effective sample size.
    method : str
        ``exact`` (Clopper and Pearson 1934) or ``wilson`` (Wilson 1927).
    """
    if n <= 0:
        return none("no patients")
    low, high = _wilson(yes, n) if method == "wilson" else _clopper_pearson(yes, n)
    return Estimate(yes / n, low, high)


def _clopper_pearson(yes: float, n: float) -> tuple[float, float]:
    from scipy.stats import beta

    tail = (1 - LEVEL) / 2
    low = float(beta.ppf(tail, yes, n - yes + 1)) if yes > 0 else 0.0
    high = float(beta.ppf(1 - tail, yes + 1, n - yes)) if yes < n else 1.0
    return low, high


def _wilson(yes: float, n: float) -> tuple[float, float]:
    z2, share = Z**2, yes / n
    middle = share + z2 / (2 * n)
    wide = Z * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    scale = 1 + z2 / n
    return float(max((middle - wide) / scale, 0.0)), float(min((middle + wide) / scale, 1.0))


def proportion_difference(yes_a: float, n_a: float, yes_b: float, n_b: float) -> Estimate:
    """Difference of two proportions: Newcombe's (1998) hybrid score interval, and score test.

    The test is Pearson's chi-squared without a correction for continuity.
    """
    if n_a <= 0 or n_b <= 0:
        return none("no patients in one of the arms")
    a, b = yes_a / n_a, yes_b / n_b
    (low_a, high_a), (low_b, high_b) = _wilson(yes_a, n_a), _wilson(yes_b, n_b)
    low = a - b - np.hypot(a - low_a, high_b - b)
    high = a - b + np.hypot(high_a - a, b - low_b)
    p = float(two_sided(proportion_z(yes_a, n_a, yes_b, n_b)))
    return Estimate(a - b, float(low), float(high), p)


def proportion_z(yes_a: Any, n_a: Any, yes_b: Any, n_b: Any) -> Any:
    """Score statistic of two proportions being equal; 0 where nobody or everybody has it."""
    together = (yes_a + yes_b) / (n_a + n_b)
    variance = together * (1 - together) * (1 / n_a + 1 / n_b)
    safe = np.where(variance > 0, variance, 1.0)
    return np.where(variance > 0, (yes_a / n_a - yes_b / n_b) / np.sqrt(safe), 0.0)


def odds_ratio(yes_a: float, n_a: float, yes_b: float, n_b: float) -> Estimate:
    """Odds ratio with Woolf's (1955) logarithmic interval and its Wald test."""
    cells = np.array([yes_a, n_a - yes_a, yes_b, n_b - yes_b], dtype=np.float64)
    if n_a <= 0 or n_b <= 0:
        return none("no patients in one of the arms")
    if (cells <= 0).any():
        return none("in one of the arms nobody, or everybody, has the outcome")
    return _ratio(float(np.log(cells) @ [1, -1, -1, 1]), float(np.sqrt((1 / cells).sum())))


# --------------------------------------------------------------------------------- means


def mean(values: ArrayLike, weights: ArrayLike | None = None) -> Estimate:
    """Mean with Student's interval; patients without a value are left out."""
    middle, error, n = _moments(values, weights)
    if n < 2:
        return Estimate(middle, reason="fewer than two patients have a value")
    wide = _student(n - 1) * error
    return Estimate(middle, middle - wide, middle + wide)


def mean_difference(
    a: ArrayLike,
    b: ArrayLike,
    weights_a: ArrayLike | None = None,
    weights_b: ArrayLike | None = None,
) -> Estimate:
    """Difference of the means of two samples: Welch's (1947) interval and test."""
    (mean_a, error_a, n_a), (mean_b, error_b, n_b) = _moments(a, weights_a), _moments(b, weights_b)
    if n_a < 2 or n_b < 2:
        return none("fewer than two patients of an arm have a value")
    error = float(np.hypot(error_a, error_b))
    if not error:
        return _same(mean_a - mean_b)
    freedom = error**4 / (error_a**4 / (n_a - 1) + error_b**4 / (n_b - 1))
    return _student_test(mean_a - mean_b, error, freedom)


def paired_difference(a: ArrayLike, b: ArrayLike, weights: ArrayLike | None = None) -> Estimate:
    """Mean of the differences within patients: the same virtual patients are in both arms."""
    gap = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    middle, error, n = _moments(gap, weights)
    if n < 2:
        return none("fewer than two patients have a value in both arms")
    return _student_test(middle, error, n - 1) if error else _same(middle)


def _moments(values: ArrayLike, weights: ArrayLike | None) -> tuple[float, float, float]:
    """Mean, its standard error, and the effective number of patients."""
    x = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(x)
    w = scaled(None if weights is None else np.asarray(weights)[known], int(known.sum()))
    n = float(w.sum())
    if n <= 0:
        return np.nan, np.nan, 0.0
    middle = float((w * x[known]).sum() / n)
    spread = float((w * (x[known] - middle) ** 2).sum() / max(n - 1, ROUND))
    return middle, float(np.sqrt(spread / n)), n


def _student_test(value: float, error: float, freedom: float) -> Estimate:
    from scipy.stats import t

    wide = _student(freedom) * error
    p = float(2 * t.sf(abs(value / error), freedom))
    return Estimate(value, value - wide, value + wide, p)


def _same(value: float) -> Estimate:
    """Return a difference that has no spread."""
    return Estimate(value, value, value, 1.0 if value == 0 else 0.0)


def _wald(value: float, error: float) -> Estimate:
    if not error:
        return _same(value)
    return Estimate(value, value - Z * error, value + Z * error, float(two_sided(value / error)))


def two_sided(z: Any) -> Any:
    """Return the p value of a standard normal statistic, one or many."""
    from scipy.special import ndtr

    return 2 * ndtr(-np.abs(z))


def _student(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + LEVEL) / 2))
