"""What is measured of an endpoint: in each arm, between two, and how that scatters over trials."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunarium.trial import statistics as st
from immunarium.trial.endpoint import Endpoint
from immunarium.trial.outcome import Observed
from immunarium.trial.repeat import Trials
from immunarium.trial.watch import ArmData

Floats = NDArray[np.float64]
TENTH = 0.1


class Measures:
    """One endpoint in all arms: what is measured in each, and between them."""

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
        self.horizons: dict[tuple[str, ...], float] = {}
        if endpoint.kind == "time":
            self.curves = {
                a: st.kaplan_meier(o.known, o.event[o.part], self._weight(o))
                for a, o in found.items()
            }
            of = [*((a,) for a in found), *self.pairs]
            self.horizons = {names: self._horizon(names, until) for names in of}

    def _horizon(self, names: tuple[str, ...], until: float) -> float:
        """As the endpoint says, or the last day to which a tenth of each of some arms is followed.

        Of an arm its own, of a comparison that of its two arms: other arms change nothing.
        """
        if not math.isnan(self.endpoint.at):
            return self.endpoint.at / 24
        known = [c.table for a in names if len((c := self.curves[a]).table)]
        enough = [t["day"][t["at_risk"] >= TENTH * t["at_risk"].iloc[0]].max() for t in known]
        return float(min(enough, default=until))

    def _weight(self, found: Observed) -> Floats | None:
        """Weights of the patients in whom the endpoint is read."""
        return None if self.weights is None else self.weights[found.part]

    def estimates(self, trials: list[Trials]) -> list[dict[str, Any]]:
        """Rows of ``EndpointResults.estimates``."""
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
        weights = self._weight(found)
        if self.endpoint.kind == "share":
            yield "share", "%", _percent(st.proportion(*self._counts(found)))
        elif self.endpoint.kind == "mean":
            yield "mean change", self._unit(arm), st.mean(found.known, weights)
        else:
            curve, day = self.curves[arm], self.horizons[arm,]
            yield "median", "d", curve.median
            yield "restricted mean", "d", _told(st.restricted_mean(curve, day), day)
            if not math.isnan(self.endpoint.at):
                yield f"without event on day {day:g}", "%", _percent(curve.at(day))

    def _unit(self, arm: str) -> str:
        return self.arms[arm].units.get(self.endpoint.name, "1")

    def _counts(self, found: Observed) -> tuple[float, float]:
        """Patients with the outcome, and all; weights that add up to the effective size."""
        weight = st.scaled(self._weight(found), len(found.known))
        return float(weight[found.event[found.part]].sum()), float(weight.sum())

    def comparisons(self, trials: list[Trials], alpha: float) -> list[dict[str, Any]]:
        """Rows of ``EndpointResults.comparisons``."""
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
            yield "difference of proportions", "%", _percent(st.proportion_difference(*counts))
            yield "odds ratio", "1", st.odds_ratio(*counts)
            yield same, "%", _percent(st.paired_difference(a.value, b.value, self.weights))
        elif self.endpoint.kind == "mean":
            unit, weights = self._unit(arm), self.weights
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
            weights = np.concatenate([w for o in (b, a) if (w := self._weight(o)) is not None])
        yield "hazard ratio", "1", st.hazard_ratio(time, event, treated, weights)
        yield "log-rank", "1", st.log_rank(time, event, treated, weights=weights)
        day = self.horizons[arm, against]
        means = st.restricted_mean_difference(self.curves[arm], self.curves[against], day)
        yield "difference of restricted means", "d", _told(means, day)


def _stacked(a: Observed, b: Observed) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int64]]:
    """Time, event and arm (1: the first) of the patients of two arms."""
    event = np.concatenate([o.event[o.part] for o in (b, a)])
    treated = np.repeat([0, 1], [len(b.known), len(a.known)])
    return np.concatenate([b.known, a.known]), event, treated


def _told(estimate: st.Estimate, day: float) -> st.Estimate:
    """Say up to when a mean is restricted."""
    return replace(estimate, reason=estimate.reason or f"up to day {day:g}")


def _percent(estimate: st.Estimate) -> st.Estimate:
    """Return a share as percent."""
    return st.Estimate(
        100 * estimate.value, 100 * estimate.low, 100 * estimate.high, estimate.p, estimate.reason
    )
