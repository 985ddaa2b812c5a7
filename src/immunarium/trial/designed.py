"""Trials whose design is more than arms side by side, run and analysed as it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import did_you_mean
from immunarium.core.progress import Progress
from immunarium.population import Population
from immunarium.trial import crossover, withdrawal
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort, needed
from immunarium.trial.crossover import Crossed
from immunarium.trial.design import Crossover, Escalation, Withdrawal
from immunarium.trial.endpoint import Endpoint
from immunarium.trial.escalated import Escalated
from immunarium.trial.ladder import climbed
from immunarium.trial.protocol import Trial, TrialError
from immunarium.trial.withdrawal import Withdrawn

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CrossedOver:
    """What a crossover trial gives back.

    Attributes
    ----------
    study : Trial
    design : Crossover
    n : int
        Patients of each drawn trial.
    endpoints : mapping of str to Crossed
        By the name of the endpoint, a mean.
    units : mapping of str to str
        Of the endpoints.
    """

    study: Trial
    design: Crossover
    n: int
    endpoints: Mapping[str, Crossed]
    units: Mapping[str, str]

    @property
    def asked(self) -> dict[str, Endpoint]:
        """The endpoints as they were asked for."""
        return {e.name: e for e in self.study.endpoints if e.name in self.endpoints}

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the patients, ready for JSON."""
        return {
            "kind": "crossover",
            "sequences": [list(s) for s in self.design.sequences],
            "period_days": self.design.period / 24,
            "washout_days": self.design.washout / 24,
            "endpoints": [self._said(name, c) for name, c in self.endpoints.items()],
        }

    def _said(self, name: str, found: Crossed) -> dict[str, Any]:
        estimates = ("difference", "paired", "period", "carry_over")
        means = found.means.rename_axis(None).to_dict("split")
        return {
            "endpoint": name, "unit": self.units[name], "treatments": list(found.treatments),
            "patients": int(found.table["patient"].nunique()), "n": self.n,
            **{k: vars(getattr(found, k)) for k in estimates},
            "interval90": list(found.interval90), "power": found.power(),
            "means": means["data"],
        }  # fmt: skip

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return tables to be written: each patient's values."""
        every = [c.table.assign(endpoint=name) for name, c in self.endpoints.items()]
        values = pd.concat(every, ignore_index=True)
        order = [" then ".join(s) for s in self.design.sequences]
        values = values.assign(
            sequence=values["sequence"].map(dict(enumerate(order))), period=values["period"] + 1
        )
        return {"crossover": values}


Found = CrossedOver | Withdrawn | Escalated
"""What a design comes to."""


def beside(trial: Trial) -> Trial:
    """Return what of a trial is estimated in arms side by side: not what the design compares."""
    if not isinstance(trial.design, Crossover):
        return trial
    return replace(trial, endpoints=tuple(e for e in trial.endpoints if e.kind != "mean"))


def check_design(trial: Trial) -> None:
    """Refuse a design that does not fit its arms and endpoints, before anybody is followed.

    Raises
    ------
    TrialError
        A treatment is longer than its period, an arm is none of the trial's, there is nothing to
        compare, or the trial ends too early.
    """
    match trial.design:
        case Crossover() as design:
            crossover.sequences(trial, design)
            _check_means(trial, design)
        case Withdrawal() as design:
            withdrawal.arms(trial, design)


def run_design(
    trial: Trial,
    patients: Population,
    *,
    replicates: int = 1000,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Found | None:
    """Run what a trial's design says, and analyse it.

    Parameters
    ----------
    patients : Population
        As drawn for the trial.
    replicates : int
        Trials of the published size that are drawn from them.

    Returns
    -------
    CrossedOver, Withdrawn, Escalated or None
        None for arms that run in parallel.

    Raises
    ------
    ImmunoError
        The design does not fit its arms and endpoints, hardly anybody responds, or it cannot be
        run.
    """
    check_design(trial)
    run = _Run(patients, replicates, workers, progress)
    match trial.design:
        case Crossover():
            return _crossover(trial, trial.design, run)
        case Withdrawal():
            return _withdrawal(trial, trial.design, run)
        case Escalation():
            return climbed(
                trial, trial.design, patients, replicates=replicates, workers=workers,
                progress=progress,
            )  # fmt: skip
    return None


@dataclass(frozen=True)
class _Run:
    """Who is followed, and how."""

    patients: Population
    replicates: int
    workers: int | None
    progress: Progress | None

    @property
    def index(self) -> Ints:
        return np.asarray(self.patients.table.index.to_numpy(), dtype=np.int64)

    def left(self, trial: Trial) -> Floats:
        """Hour at which each patient is lost; infinite for who stays."""
        if trial.dropout is None:
            return np.full(len(self.patients), np.inf)
        return 24 * trial.dropout.days(self.patients.seed, self.index)

    def follow(self, bench: Bench) -> dict[str, Cohort]:
        """Follow everybody in every arm."""
        out: dict[str, Cohort] = {}
        for arm in bench.trial.arms:

            def told(done: int, _: int, label: str = arm.label) -> None:
                if self.progress is not None:
                    self.progress(label, done, len(self.patients))

            out[arm.name] = bench.follow(
                arm.regimen, self.patients, workers=self.workers, progress=told
            )
        return out


# --------------------------------------------------------------------------------- crossover


def _crossover(trial: Trial, design: Crossover, run: _Run) -> CrossedOver:
    """Follow each patient in every sequence, and read the one that they are drawn to."""
    plan = crossover.sequences(trial, design)
    graph = run.patients.graph
    means = _means(trial)
    for e in means:
        if e.of not in graph.units:
            raise TrialError(
                f"Endpoint {e.name!r}: this model has no quantity {e.of!r}."
                f"{did_you_mean(e.of, graph.units)}"
            )
    at = {start + e.at for start in design.starts for e in means}
    plan = replace(
        plan,
        record=tuple(sorted({*plan.record, *at})),
        courses=tuple(dict.fromkeys((*plan.courses, *(e.of for e in means)))),
    )
    cohorts = crossover.by_sequence(design, run.follow(Bench.of(plan, graph)))
    drawn = crossover.allocated(run.index, run.patients.seed, len(design.sequences))
    given = {name for s in design.sequences for name in s}
    n = max(2, round(float(np.mean([a.n for a in trial.arms if a.name in given]))))
    found: dict[str, Crossed] = {}
    for e in means:
        values = crossover.readings(design, cohorts, e.of, e.at, drawn, run.left(trial))
        first, second = _treatments(design, e)
        _check_values(trial, e, values)
        found[e.name] = crossover.compare(
            values.assign(patient=run.index[values["patient"]]), first, second,
            n=n, replicates=run.replicates, seed=run.patients.seed,
        )  # fmt: skip
    return CrossedOver(trial, design, n, found, {e.name: graph.units[e.of] for e in means})


def _treatments(design: Crossover, endpoint: Endpoint) -> tuple[str, ...]:
    return endpoint.compare or tuple(dict.fromkeys(design.sequences[0]))[:2]


def _means(trial: Trial) -> list[Endpoint]:
    return [e for e in trial.endpoints if e.kind == "mean"]


def _check_means(trial: Trial, design: Crossover) -> None:
    """Refuse what a crossover cannot compare."""
    means = _means(trial)
    if not means:
        raise TrialError(
            f"The crossover {trial.name} compares nothing. Write an endpoint that is a mean, like "
            f"mean: haemodynamics.SBP with at: 5 d (from the start of a period)."
        )
    given = {name for s in design.sequences for name in s}
    for e in means:
        if not e.at <= design.period:
            raise TrialError(
                f"Endpoint {e.name!r} is read {e.at / 24:g} d into periods of "
                f"{design.period / 24:g} d. Write a time within the period."
            )
        for name in set(e.compare) - given:
            raise TrialError(
                f"Endpoint {e.name!r} compares {name!r}, which no sequence gives."
                f"{did_you_mean(name, given)}"
            )
        ignored = [k for k, s in e.estimand.strategies.items() if s != "treatment policy"]
        if ignored:
            raise TrialError(
                f"Endpoint {e.name!r} has a strategy for {ignored[0]!r}. A crossover compares what "
                f"is measured, whatever happened between: leave it out."
            )


def _check_values(trial: Trial, endpoint: Endpoint, values: pd.DataFrame) -> None:
    if values.drop_duplicates("patient")["sequence"].nunique() < 2:
        raise TrialError(
            f"The crossover {trial.name} has too few patients with {endpoint.of} in every period. "
            f"Draw a larger pool, or write shorter periods."
        )


# -------------------------------------------------------------------------------- withdrawal


def _withdrawal(trial: Trial, design: Withdrawal, run: _Run) -> Withdrawn:
    """Follow each patient going on and stopping, and read the one that they are drawn to."""
    plan = withdrawal.arms(trial, design)
    bench = Bench.of(plan, run.patients.graph)
    condition = withdrawal.response(bench, design)
    if condition is not None:
        bench = replace(bench, outputs={**bench.outputs, **needed(condition.any_of)})
    found = withdrawal.analyse(
        design, run.follow(bench), condition, run.index, run.patients.seed, run.left(trial)
    )
    (n,) = (a.n for a in trial.arms if a.name == design.arm)
    return withdrawal.powered(found, n, run.replicates, run.patients.seed)
