"""Trials whose design is more than arms side by side, run and analysed as it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from immunarium.population import Population
from immunarium.trial import crossover, withdrawal
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort, needed
from immunarium.trial.crossover import Crossed
from immunarium.trial.design import Crossover, Withdrawal
from immunarium.trial.endpoint import Endpoint
from immunarium.trial.enrolment import enrolled
from immunarium.trial.protocol import Trial, TrialError
from immunarium.trial.withdrawal import Withdrawn

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class _Run:
    """How arms are followed."""

    seed: int
    pool: int
    workers: int | None
    progress: Progress | None

    def patients(self, trial: Trial) -> Population:
        self.say(f"sampling {self.pool:,} virtual patients", 0, 0)
        patients, _ = enrolled(trial, self.pool, self.seed)
        return patients

    def say(self, label: str, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(label, done, total)

    def follow(self, bench: Bench, patients: Population) -> dict[str, Cohort]:
        """Follow everybody in every arm."""
        out: dict[str, Cohort] = {}
        for arm in bench.trial.arms:

            def told(done: int, _: int, label: str = arm.label) -> None:
                self.say(label, done, len(patients))

            out[arm.name] = bench.follow(arm.regimen, patients, workers=self.workers, progress=told)
        return out


def run_crossover(
    trial: Trial,
    *,
    seed: int = 1,
    pool: int = 500,
    workers: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Crossed]:
    """Run a crossover trial; every endpoint that is a mean is compared within patients.

    Each patient of the pool is followed in every sequence, and read in the one that they are drawn
    to. ``at`` of an endpoint counts from the start of a period.

    Returns
    -------
    dict of str to Crossed
        By the name of the endpoint.

    Raises
    ------
    ImmunoError
        The trial is no crossover, has no endpoint that is a mean, or cannot be run.
    """
    design = trial.design
    means = [e for e in trial.endpoints if e.kind == "mean"]
    if not isinstance(design, Crossover):
        raise TrialError(f"{trial.name} is no crossover. Write design: with kind: crossover.")
    if not means:
        raise TrialError(
            f"The crossover {trial.name} compares nothing. Write an endpoint that is a mean, like "
            f"mean: haemodynamics.SBP with at: 5 d (from the start of a period)."
        )
    run = _Run(seed, pool, workers, progress)
    plan = crossover.sequences(trial, design)
    at = {start + e.at for start in design.starts for e in means}
    plan = replace(
        plan,
        record=tuple(sorted({*plan.record, *at})),
        courses=tuple(dict.fromkeys((*plan.courses, *(e.of for e in means)))),
    )
    patients = run.patients(trial)
    cohorts = crossover.by_sequence(design, run.follow(Bench.of(plan, patients.graph), patients))
    drawn = crossover.allocated(patients.table.index.to_numpy(), seed, len(design.sequences))
    return {e.name: _crossed(design, cohorts, e, drawn) for e in means}


def _crossed(
    design: Crossover, cohorts: list[Cohort], endpoint: Endpoint, drawn: crossover.Ints
) -> Crossed:
    values = crossover.readings(design, cohorts, endpoint.of, endpoint.at, drawn)
    first, second = endpoint.compare or tuple(dict.fromkeys(design.sequences[0]))[:2]
    return crossover.compare(values, first, second)


def run_withdrawal(
    trial: Trial,
    *,
    seed: int = 1,
    pool: int = 500,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Withdrawn:
    """Run a randomised withdrawal; the loss of the response is compared among those drawn.

    Raises
    ------
    ImmunoError
        The trial is no withdrawal, hardly anybody responds, or it cannot be run.
    """
    design = trial.design
    if not isinstance(design, Withdrawal):
        raise TrialError(f"{trial.name} is no withdrawal. Write design: with kind: withdrawal.")
    run = _Run(seed, pool, workers, progress)
    plan = withdrawal.arms(trial, design)
    patients = run.patients(trial)
    bench = Bench.of(plan, patients.graph)
    condition = withdrawal.response(bench, design)
    if condition is not None:
        bench = replace(bench, outputs={**bench.outputs, **needed(condition.any_of)})
    cohorts = run.follow(bench, patients)
    index = np.asarray(patients.table.index.to_numpy())
    return withdrawal.analyse(design, cohorts, condition, index, seed)
