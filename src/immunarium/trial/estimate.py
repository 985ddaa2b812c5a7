"""Endpoints of arms estimated and compared: in the pool, and in trials drawn from it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import did_you_mean
from immunarium.trial import statistics as st
from immunarium.trial.draws import Draws
from immunarium.trial.endpoint import Endpoint, EndpointError
from immunarium.trial.measures import Measures
from immunarium.trial.outcome import LAST, Observed, observe
from immunarium.trial.protocol import TIME_TO, Trial
from immunarium.trial.rated import read_score
from immunarium.trial.repeat import repeat
from immunarium.trial.scales import responding, scale
from immunarium.trial.watch import ArmData

Floats = NDArray[np.float64]
MONTH = 30.4375
STEPS = 500  # of a curve that is kept
COLUMNS = {
    "estimates": (
        "endpoint", "arm", "measure", "patients", "events", "value", "low", "high", "unit",
        "trial_low", "trial_high", "reason",
    ),
    "comparisons": (
        "endpoint", "arm", "against", "measure", "value", "low", "high", "p", "unit", "trial_low",
        "trial_high", "power", "reason",
    ),
    "curves": ("endpoint", "arm", "day", "survival", "low", "high", "at_risk", "events"),
    "at_risk": ("endpoint", "arm", "day", "at_risk"),
    "trials": ("endpoint", "arm", "against", "measure", "trial", "value", "p"),
    "times": ("endpoint", "arm", "patient", "start", "day", "event", "reason", "dated"),
}  # fmt: skip


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


def default_endpoints(visits: bool, rated: Iterable[Endpoint] = ()) -> tuple[Endpoint, ...]:
    """Endpoints of a trial that names none: response and progression if assessed, death, toxicity.

    Parameters
    ----------
    visits : bool
        Whether there are visits at which lesions are measured.
    rated : iterable of Endpoint
        Those of scores, as ``rated_endpoints``; survival is among them where it belongs.
    """
    assessed = (
        Endpoint("objective response", "share", "response"),
        Endpoint("progression-free survival", "time", "progression or death"),
    )
    survival = Endpoint("overall survival", "time", "death")
    toxicity = Endpoint("severe toxicity", "share", "grade >= 3")
    scored = tuple(rated)
    if scored and not visits:
        return (*scored, toxicity)
    return (*(assessed if visits else ()), survival, toxicity)


def rated_endpoints(trial: Trial) -> tuple[Endpoint, ...]:
    """Endpoints of a trial that names none, of scores: what its targets ask, where they can be one.

    Of targets, the first share of what is said of a score at a visit, the first mean change, and
    the times. Without any of the first two, the response by the definition of the first scale and
    its mean change, at the last visit; without targets the time to that response too. Survival
    where a scale counts the dead.
    """
    if not trial.visits or not trial.disease.scores:
        return ()
    name, at = next(iter(trial.disease.scores)), 24 * trial.visits.days[-1]
    said = responding(name)
    usual = (_share(said, at), _change(name, at))
    asked = [t.observable for t in trial.targets if not t.among]
    here = [o for o in asked if not math.isnan(o.at) and math.isnan(o.since)]
    shares = [
        _share(o.take, o.at)
        for o in here
        if o.statistic == "share" and read_score(o.take) and o.running == 1 and math.isnan(o.until)
    ]
    means = [
        _change(o.of, o.at)
        for o in here
        if (o.statistic, o.take) == ("mean", "change") and o.of in trial.disease.scores
    ]
    times = [o.of for o in asked if o.take == TIME_TO] or ([] if trial.targets else [said])
    dead = not math.isnan(scale(name).dead)
    return (
        *((*shares[:1], *means[:1]) or usual),
        *(Endpoint(f"time to {x}", "time", x) for x in dict.fromkeys(times)),
        *((Endpoint("survival", "time", "death"),) if dead else ()),
    )


def _share(said: str, at: float) -> Endpoint:
    return Endpoint(f"{said}, {_day(at)}", "share", said, at)


def _change(name: str, at: float) -> Endpoint:
    return Endpoint(f"change of {name}, {_day(at)}", "mean", name, at)


def _day(at: float) -> str:
    """Name an hour by its week, or by its day where that is no whole week."""
    weeks, days = at / 168, at / 24
    return f"week {weeks:g}" if weeks >= 4 and weeks == int(weeks) else f"day {days:.0f}"


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
    by_name = {a.name: a for a in arms}
    labels = {a.name: a.label for a in arms}
    sizes = {a.name: n or a.n for a in arms}
    rows: dict[str, list[Any]] = {field: [] for field in COLUMNS}
    for e in endpoints:
        _check(e, by_name)
        found = {a.name: observe(e, a, arms, until / 24) for a in arms}
        one = Measures(e, by_name, found, weights, until / 24)
        trials = repeat(e.kind, found, sizes, one.pairs, draws, one.horizons)
        rows["estimates"] += one.estimates(trials)
        rows["comparisons"] += one.comparisons(trials, alpha)
        rows["trials"] += [t.table(e.name) for t in trials]
        for arm, curve in one.curves.items():
            names = {"endpoint": e.name, "arm": arm}
            rows["curves"].append(_steps(curve).assign(**names))
            rows["at_risk"].append(_at_risk(curve, until / 24).assign(**names))
            rows["times"].append(_times(e, found[arm], by_name[arm]).assign(**names))
    return EndpointResults(
        **{field: _joined(rows[field], COLUMNS[field]) for field in COLUMNS},
        sentences={e.name: _sentence(e, labels) for e in endpoints},
    )


def _check(endpoint: Endpoint, arms: Mapping[str, ArmData]) -> None:
    """Refuse an endpoint that compares an arm that is not there."""
    for name in endpoint.compare:
        if name not in arms:
            raise EndpointError(
                f"Endpoint {endpoint.name!r} compares {name!r}, which is no arm."
                f"{did_you_mean(name, arms)}"
            )


def _sentence(endpoint: Endpoint, labels: Mapping[str, str]) -> str:
    if endpoint.compare:
        a, b = endpoint.compare
        return endpoint.sentence((labels[a], labels[b]))
    first, *others = labels.values()
    if not others:
        return endpoint.sentence()
    return endpoint.sentence((first, " and against ".join(others)))


def _times(endpoint: Endpoint, found: Observed, arm: ArmData) -> pd.DataFrame:
    moved = endpoint.assessed & ~found.event
    table = pd.DataFrame({
        "patient": arm.patients.index.to_numpy(), "start": found.start,
        "day": found.start + found.value, "event": found.event, "reason": found.reason,
        "dated": np.where(moved, LAST, ""),
    })  # fmt: skip
    return table[found.part].reset_index(drop=True)


def _steps(curve: st.Curve) -> pd.DataFrame:
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


def _joined(rows: Sequence[Any], columns: Sequence[str]) -> pd.DataFrame:
    """Return one table of rows, or of tables of them."""
    if not rows or isinstance(rows[0], dict):
        return pd.DataFrame(rows, columns=pd.Index(columns))
    full = [t for t in rows if len(t)]
    if not full:
        return pd.DataFrame(columns=pd.Index(columns))
    return pd.concat(full, ignore_index=True)[list(columns)]
