"""Endpoints of arms estimated and compared: in the pool, and in trials drawn from it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import did_you_mean
from immunarium.trial import statistics as st
from immunarium.trial.draws import Draws
from immunarium.trial.endpoint import Endpoint, EndpointError
from immunarium.trial.outcome import LAST, Observed, observe
from immunarium.trial.repeat import Trials, repeat
from immunarium.trial.watch import ArmData as ArmData
from immunarium.trial.watch import Watch as Watch

Floats = NDArray[np.float64]
MONTH = 30.4375
TENTH = 0.1
STEPS = 500  # of a curve that is kept
ESTIMATES = (
    "endpoint", "arm", "measure", "patients", "events", "value", "low", "high", "unit",
    "trial_low", "trial_high", "reason",
)  # fmt: skip
COMPARISONS = (
    "endpoint", "arm", "against", "measure", "value", "low", "high", "p", "unit", "trial_low",
    "trial_high", "power", "reason",
)  # fmt: skip
CURVES = ("endpoint", "arm", "day", "survival", "low", "high", "at_risk", "events")
TRIALS = ("endpoint", "arm", "against", "measure", "trial", "value", "p")
TIMES = ("endpoint", "arm", "patient", "start", "day", "event", "reason", "dated")


@dataclass(frozen=True)
class EndpointResults:
    """What endpoints came to.

    Attributes
    ----------
    estimates : DataFrame
        Row: endpoint, arm and measure; columns ``endpoint arm measure patients events value low
        high unit trial_low trial_high reason``: in the pool with its 95 % interval, and the
        interval that holds 90 % of the trials.
    comparisons : DataFrame
        Row: endpoint, two arms and measure; columns ``endpoint arm against measure value low high
        p unit trial_low trial_high power reason``. Interval and p are those of the pool as if it
        were a trial of that many patients; ``power`` is the share of drawn trials, which have the
        published size, with p below alpha. ``reason`` says why there is no number, or up to when
        a mean is restricted.
    curves : DataFrame
        Kaplan–Meier, a row a step: ``endpoint arm day survival low high at_risk events``.
    at_risk : DataFrame
        ``endpoint arm day at_risk`` on a round grid of days.
    trials : DataFrame
        Row: endpoint, arm or pair of arms, measure and trial; ``endpoint arm against measure trial
        value p``.
    times : DataFrame
        Row: endpoint that is a time, arm and patient: ``endpoint arm patient start day event
        reason dated``; ``day`` counts from the start of treatment, ``event`` is False where it is a
        censoring, ``reason`` says what it was in either case, and ``dated`` what the day of a
        censoring is, where it is not that of its reason.
    sentences : mapping of str to str
        By endpoint: its estimand.
    """

    estimates: pd.DataFrame
    comparisons: pd.DataFrame
    curves: pd.DataFrame
    at_risk: pd.DataFrame
    trials: pd.DataFrame
    times: pd.DataFrame
    sentences: Mapping[str, str]


def default_endpoints(visits: bool) -> tuple[Endpoint, ...]:
    """Endpoints of a trial that names none: response and progression if assessed, death, toxicity.

    Parameters
    ----------
    visits : bool
        Whether there are visits.
    """
    assessed = (
        Endpoint("objective response", "share", "response"),
        Endpoint("progression-free survival", "time", "progression or death"),
    )
    always = (
        Endpoint("overall survival", "time", "death"),
        Endpoint("severe toxicity", "share", "grade >= 3"),
    )
    return (*assessed, *always) if visits else always


def evaluate(
    endpoints: Sequence[Endpoint],
    arms: Sequence[ArmData],
    *,
    until: float,
    seed: int = 1,
    replicates: int = 100,
    n: int | None = None,
    alpha: float = 0.05,
    paired: bool = False,
    weights: Floats | None = None,
) -> EndpointResults:
    """Estimate endpoints in each arm, and compare arms.

    Parameters
    ----------
    until : float
        Hours of follow-up: the end of every patient who is not lost before.
    n : int, optional
        Patients per arm of each simulated trial; by default each arm's own.
    paired : bool
        Whether the trials have the same patients in every arm (crossover); else each arm has
        patients of its own.
    weights : ndarray, shape (patients,), optional
        Prevalence weights.

    Raises
    ------
    EndpointError
        It is assessed at visits, and there are none, or it compares an arm that is not there.
    """
    draws = Draws(seed, replicates, paired, weights)
    rows: dict[str, list[Any]] = {k: [] for k in ("e", "c", "k", "r", "t", "times")}
    by_name = {a.name: a for a in arms}
    for e in endpoints:
        compared = _compared(e, by_name)
        found = {a.name: observe(e, a, compared, until / 24) for a in compared}
        one = _One(e, by_name, found, weights, until / 24)
        trials = repeat(e.kind, found, {a: n or by_name[a].n for a in found}, one.pairs, draws,
                        one.horizon)  # fmt: skip
        rows["e"] += one.estimates(trials)
        rows["c"] += one.comparisons(trials, alpha)
        rows["t"] += [t.table(e.name) for t in trials]
        for arm, curve in one.curves.items():
            rows["k"].append(_curve_table(curve).assign(endpoint=e.name, arm=arm))
            rows["r"].append(_at_risk(curve, until / 24).assign(endpoint=e.name, arm=arm))
        if e.kind == "time":
            rows["times"] += [_times(e, o, by_name[a]).assign(endpoint=e.name, arm=a)
                              for a, o in found.items()]  # fmt: skip
    labels = {a.name: a.label for a in arms}
    return EndpointResults(
        estimates=pd.DataFrame(rows["e"], columns=pd.Index(ESTIMATES)),
        comparisons=pd.DataFrame(rows["c"], columns=pd.Index(COMPARISONS)),
        curves=_joined(rows["k"], CURVES),
        at_risk=_joined(rows["r"], ("endpoint", "arm", "day", "at_risk")),
        trials=_joined(rows["t"], TRIALS),
        times=_joined(rows["times"], TIMES),
        sentences={e.name: _sentence(e, labels) for e in endpoints},
    )


def _compared(endpoint: Endpoint, arms: Mapping[str, ArmData]) -> list[ArmData]:
    """Arms that an endpoint is read in: those that it compares come first."""
    for name in endpoint.compare:
        if name not in arms:
            raise EndpointError(
                f"Endpoint {endpoint.name!r} compares {name!r}, which is no arm."
                f"{did_you_mean(name, arms)}"
            )
    return list(arms.values())


def _sentence(endpoint: Endpoint, labels: Mapping[str, str]) -> str:
    if endpoint.compare:
        a, b = endpoint.compare
        return endpoint.sentence((labels[a], labels[b]))
    names = list(labels.values())
    return (
        endpoint.sentence((names[0], " and against ".join(names[1:])))
        if names[1:]
        else (endpoint.sentence())
    )


class _One:
    """One endpoint in all arms."""

    def __init__(
        self,
        endpoint: Endpoint,
        arms: Mapping[str, ArmData],
        found: Mapping[str, Observed],
        weights: Floats | None,
        until: float,
    ) -> None:
        self.endpoint, self.arms, self.found, self.weights = endpoint, arms, found, weights
        first, *others = found
        self.pairs = [endpoint.compare] if endpoint.compare else [(first, o) for o in others]
        self.curves: dict[str, st.Curve] = {}
        self.horizon = math.nan
        if endpoint.kind == "time":
            self.curves = {
                a: st.kaplan_meier(o.known, o.event[o.part], self.weight(o))
                for a, o in found.items()
            }
            self.horizon = self._horizon(until)

    def _horizon(self, until: float) -> float:
        """As the endpoint says, or the last day to which a tenth of every arm is followed."""
        if not math.isnan(self.endpoint.at):
            return self.endpoint.at / 24
        known = [c.table for c in self.curves.values() if len(c.table)]
        enough = [t["day"][t["at_risk"] >= TENTH * t["at_risk"].iloc[0]].max() for t in known]
        return float(min(enough, default=until))

    def weight(self, found: Observed) -> Floats | None:
        return None if self.weights is None else self.weights[found.part]

    # --------------------------------------------------------------------------- estimates

    def estimates(self, trials: list[Trials]) -> list[dict[str, Any]]:
        spans = {(t.arm, t.measure): t.interval() for t in trials if not t.against}
        out = []
        for arm, found in self.found.items():
            for measure, unit, estimate in self._estimates(arm, found):
                low, high = spans.get((arm, measure), (np.nan, np.nan))
                out.append({
                    "endpoint": self.endpoint.name, "arm": arm, "measure": measure,
                    "patients": len(found.known), "events": int(found.event.sum()),
                    "value": estimate.value, "low": estimate.low, "high": estimate.high,
                    "unit": unit, "trial_low": low, "trial_high": high,
                    "reason": estimate.reason,
                })  # fmt: skip
        return out

    def _estimates(self, arm: str, found: Observed) -> Iterator[tuple[str, str, st.Estimate]]:
        weights = self.weight(found)
        if self.endpoint.kind == "share":
            yield "share", "%", percent(st.proportion(*self._counts(found)))
        elif self.endpoint.kind == "mean":
            yield "mean change", self.unit(arm), st.mean(found.known, weights)
        else:
            curve = self.curves[arm]
            yield "median", "d", curve.median
            yield "restricted mean", "d", self.told(st.restricted_mean(curve, self.horizon))
            if not math.isnan(self.endpoint.at):
                yield f"without event on day {self.horizon:g}", "%", percent(curve.at(self.horizon))

    def told(self, estimate: st.Estimate) -> st.Estimate:
        """Say up to when a mean is restricted."""
        return replace(estimate, reason=estimate.reason or f"up to day {self.horizon:g}")

    def unit(self, arm: str) -> str:
        return self.arms[arm].units.get(self.endpoint.name, "1")

    def _counts(self, found: Observed) -> tuple[float, float]:
        """Patients with the outcome, and all; weights that add up to the effective size."""
        weight = st.scaled(self.weight(found), len(found.known))
        return float(weight[found.event[found.part]].sum()), float(weight.sum())

    # ------------------------------------------------------------------------- comparisons

    def comparisons(self, trials: list[Trials], alpha: float) -> list[dict[str, Any]]:
        drawn = {(t.arm, t.against, t.measure): t for t in trials if t.against}
        out = []
        for arm, against in self.pairs:
            for measure, unit, estimate in self._differences(arm, against):
                its = drawn.get((arm, against, measure))
                low, high = its.interval() if its else (np.nan, np.nan)
                out.append({
                    "endpoint": self.endpoint.name, "arm": arm, "against": against,
                    "measure": measure, "value": estimate.value, "low": estimate.low,
                    "high": estimate.high, "p": estimate.p, "unit": unit, "trial_low": low,
                    "trial_high": high, "power": its.power(alpha) if its else np.nan,
                    "reason": estimate.reason,
                })  # fmt: skip
        return out

    def _differences(self, arm: str, against: str) -> Iterator[tuple[str, str, st.Estimate]]:
        a, b = self.found[arm], self.found[against]
        same = "difference in the same patients"
        if self.endpoint.kind == "share":
            counts = (*self._counts(a), *self._counts(b))
            yield "difference of proportions", "%", percent(st.proportion_difference(*counts))
            yield "odds ratio", "1", st.odds_ratio(*counts)
            yield same, "%", percent(st.paired_difference(a.value, b.value, self.weights))
        elif self.endpoint.kind == "mean":
            unit, weights = self.unit(arm), self.weights
            means = st.mean_difference(a.value, b.value, weights, weights)
            yield "difference of means", unit, means
            yield same, unit, st.paired_difference(a.value, b.value, weights)
        else:
            yield from self._time_differences(arm, against)

    def _time_differences(self, arm: str, against: str) -> Iterator[tuple[str, str, st.Estimate]]:
        a, b = self.found[arm], self.found[against]
        time, event, treated = _stacked(a, b)
        weights = self.weights
        if weights is not None:
            weights = np.concatenate([w for o in (b, a) if (w := self.weight(o)) is not None])
        yield "hazard ratio", "1", st.hazard_ratio(time, event, treated, weights)
        yield "log-rank", "1", st.log_rank(time, event, treated, weights=weights)
        means = st.restricted_mean_difference(self.curves[arm], self.curves[against], self.horizon)
        yield "difference of restricted means", "d", self.told(means)


def _stacked(a: Observed, b: Observed) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int64]]:
    """Time, event and arm (1: the first) of the patients of two arms."""
    event = np.concatenate([o.event[o.part] for o in (b, a)])
    treated = np.repeat([0, 1], [len(b.known), len(a.known)])
    return np.concatenate([b.known, a.known]), event, treated


def percent(estimate: st.Estimate) -> st.Estimate:
    """Return a share as percent."""
    return st.Estimate(
        100 * estimate.value, 100 * estimate.low, 100 * estimate.high, estimate.p, estimate.reason
    )


# -------------------------------------------------------------------------------- tables


def _times(endpoint: Endpoint, found: Observed, arm: ArmData) -> pd.DataFrame:
    moved = endpoint.assessed & ~found.event
    table = pd.DataFrame({
        "patient": arm.patients.index.to_numpy(), "start": found.start,
        "day": found.start + found.value, "event": found.event, "reason": found.reason,
        "dated": np.where(moved, LAST, ""),
    })  # fmt: skip
    return table[found.part].reset_index(drop=True)


def _curve_table(curve: st.Curve) -> pd.DataFrame:
    """Steps of a curve: where somebody has the event, and its two ends; of many, some."""
    table = curve.table
    ends = np.isin(np.arange(len(table)), (0, len(table) - 1))
    steps = table[(table["events"] > 0) | ends]
    if len(steps) > STEPS:
        steps = steps.iloc[np.unique(np.linspace(0, len(steps) - 1, STEPS).astype(int))]
    return steps.drop(columns="censored")


def _at_risk(curve: st.Curve, until: float) -> pd.DataFrame:
    days = round_days(until)
    return pd.DataFrame({"day": days, "at_risk": curve.at_risk(days)})


def round_days(until: float) -> Floats:
    """At most nine days from 0 on, a round number of days or months apart."""
    steps = [1, 2, 4, 7, 14, 28] if until <= 200 else [
        MONTH * m for m in (1, 2, 3, 6, 12, 24, 60, 120)
    ]  # fmt: skip
    step = next((s for s in steps if until / s < 9), steps[-1])
    return np.arange(0.0, until + 1e-9, step)


def _joined(tables: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    full = [t for t in tables if len(t)]
    if not full:
        return pd.DataFrame(columns=pd.Index(columns))
    return pd.concat(full, ignore_index=True)[list(columns)]
