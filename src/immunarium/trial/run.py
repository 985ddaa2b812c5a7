"""Running a trial: one pool of virtual patients, every arm, the scores and the what-ifs."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.dosing import Regimen
from immunarium.parameters import provenance
from immunarium.population import Population
from immunarium.trial import assess
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort
from immunarium.trial.observe import Probe
from immunarium.trial.protocol import Alternative, Arm, Assumed, Trial, TrialError
from immunarium.trial.result import ArmResult, TrialResult
from immunarium.trial.score import Replicates, endpoint_table, score

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
SWEEP = 300
"""Patients, the first of the pool, on whom what-ifs are run."""


def run_trial(
    trial: Trial,
    *,
    n: int | None = None,
    replicates: int = 1000,
    seed: int = 1,
    pool: int = 2000,
    workers: int | None = None,
    progress: Progress | None = None,
    sweep: bool = True,
) -> TrialResult:
    """Run every arm of a trial on the same virtual patients, and score it.

    Parameters
    ----------
    n : int, optional
        Patients per arm of each simulated trial; as published by default.
    replicates : int
        Simulated trials drawn from the pool.
    seed : int
        Same seed, same bytes.
    pool : int
        Virtual patients.
    workers : int, optional
        Processor cores; they change no number.
    progress : callable
        Told the work in hand, patients done, and of how many.
    sweep : bool
        Whether to run the therapeutic window and the alternatives of what is assumed.

    Raises
    ------
    ImmunoError
        n, replicates or pool is not positive, or a rule or target cannot be read.
    """
    for name, value in (("n", 1 if n is None else n), ("replicates", replicates), ("pool", pool)):
        if value < 1:
            raise TrialError(f"{name} is {value}. Write at least 1.")
    begun = time.perf_counter()
    if n is not None:
        trial = replace(trial, arms=tuple(replace(a, n=n) for a in trial.arms))
    hands = _Hands(progress, workers)
    hands.say("virtual patients", 0, pool)
    patients = Population.sample(
        trial.disease, pool, seed, shares=trial.shares, study=trial.rows
    )
    hands.say("compiling", 0, 1)
    bench = Bench.of(trial, patients.model.graph)
    draws = Replicates(seed, replicates)
    arms: dict[str, ArmResult] = {}
    scores = {}
    for arm in trial.arms:
        cohort = hands.follow(bench, arm.label, arm.regimen, patients)
        arms[arm.name] = _arm_result(arm, cohort, bench, patients, draws)
        table = arms[arm.name].patients
        for p in bench.probes:
            if p.target.arm == arm.name:
                values = _values(p, cohort, table, arm.n)
                scores[p.target.id] = score(p.target, values, arm.n, draws)
    return TrialResult(
        study=trial,
        arms=arms,
        scores=[scores[t.id] for t in trial.targets],
        attribution=_attribution(arms),
        window=_window(bench, patients, hands) if sweep else pd.DataFrame(),
        assumptions=_assumptions(bench, patients, arms, hands) if sweep else pd.DataFrame(),
        sources=provenance(patients.tables),
        manifest={
            "study": trial.name,
            "seed": seed,
            "pool": pool,
            "replicates": replicates,
            "n": trial.arms[0].n,
            "draws refused as implausible": patients.refused,
            "patients the solver failed on": int(sum(a.patients["failed"].sum() for a in arms.values())),
            "immunarium": version("immunarium"),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "seconds": round(time.perf_counter() - begun, 1),
        },
    )  # fmt: skip


@dataclass(frozen=True)
class _Hands:
    """Who is told, and how many work."""

    progress: Progress | None
    workers: int | None

    def say(self, label: str, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(label, done, total)

    def follow(self, bench: Bench, label: str, regimen: Regimen, patients: Population) -> Cohort:
        def told(done: int, failed: int) -> None:
            self.say(label, done, len(patients))

        return bench.follow(regimen, patients, workers=self.workers, progress=told)


def _arm_result(
    arm: Arm, cohort: Cohort, bench: Bench, patients: Population, draws: Replicates
) -> ArmResult:
    table = assess.patient_table(cohort, bench, patients)
    return ArmResult(
        name=arm.name,
        label=arm.label,
        regimen=str(arm.regimen),
        patients=table,
        grades=assess.grade_courses(cohort, bench),
        courses=assess.courses(cohort, bench),
        tumour=assess.tumour_table(cohort, bench, patients),
        doses=assess.dose_table(cohort, bench, arm.regimen),
        endpoints=endpoint_table(assess.endpoints(table), arm.n, draws),
    )


def _values(p: Probe, cohort: Cohort, table: pd.DataFrame, n: int) -> Floats:
    """Value of a target's observable in each patient, in the target's unit."""
    o = p.target.observable
    if p.read is not None:
        values = p.read(cohort)
    elif o.take == "alive":
        values = ~(cohort.ended <= o.at)
    else:
        values = assess.endpoints(table)[o.take]
    if o.statistic == "share":
        values = values * assess.share_scale(p.target.unit, n)
    return np.where(cohort.failed, np.nan, values)


def _attribution(arms: Mapping[str, ArmResult]) -> pd.DataFrame:
    """Percent of patients with any grade, and with grade 3 or worse, by term and arm."""
    terms = [str(t) for t in next(iter(arms.values())).grades["term"].to_numpy()]
    out: dict[str, Any] = {}
    for name, arm in arms.items():
        worst = arm.patients[[f"grade.{t}" for t in terms]]
        out[f"{name}.any"] = 100 * (worst >= 1).mean().to_numpy()
        out[f"{name}.severe"] = 100 * (worst >= 3).mean().to_numpy()
    return pd.DataFrame(out, index=pd.Index(terms, name="term"))


def _shares(bench: Bench, cohort: Cohort, patients: Population) -> dict[str, Floats]:
    return assess.endpoints(assess.patient_table(cohort, bench, patients))


def _window(bench: Bench, patients: Population, hands: _Hands) -> pd.DataFrame:
    """Response and toxicity over dose, in the first patients of the pool."""
    few = patients.keep(slice(SWEEP))
    rows = []
    for dose, regimen in bench.trial.window.items():
        shares = _shares(bench, hands.follow(bench, f"window, {dose}", regimen, few), few)
        rows.append(
            {
                "dose": float(dose.split()[0]),
                "response": 100 * shares["response"].mean(),
                "severe": 100 * shares["grade >= 3"].mean(),
                "deaths": 100 * shares["treatment death"].mean(),
                "given": 100 * shares["doses given"].mean(),
            }
        )
    return pd.DataFrame(rows)


def _assumptions(
    bench: Bench, patients: Population, arms: Mapping[str, ArmResult], hands: _Hands
) -> pd.DataFrame:
    """How far each other choice moves response and grade 3 or worse."""
    rows = [
        {"assumed": a.what, "choice": a.choice, "reason": a.reason, "alternative": alt.label, **effect}
        for a in bench.trial.assumed
        for alt in a.alternatives
        for effect in _effects(bench, patients, arms, hands, a, alt)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _effects(
    bench: Bench,
    patients: Population,
    arms: Mapping[str, ArmResult],
    hands: _Hands,
    assumed: Assumed,
    alternative: Alternative,
) -> list[dict[str, Any]]:
    few = patients.keep(slice(SWEEP))
    rows = []
    for name, regimen in alternative.regimens.items():
        base = assess.endpoints(arms[name].patients.iloc[:SWEEP])
        cohort = hands.follow(bench, f"{assumed.what}: {alternative.label}", regimen, few)
        rows.append(_effect(name, base, _shares(bench, cohort, few), None))
    if alternative.shares:
        name = bench.trial.arms[0].name
        base = assess.endpoints(arms[name].patients)
        rows.append(_effect(name, base, base, _weights(bench.trial, patients, alternative)))
    return rows


def _effect(
    arm: str, base: Mapping[str, Floats], other: Mapping[str, Floats], weights: Floats | None
) -> dict[str, Any]:
    def change(endpoint: str) -> float:
        return 100 * float(np.average(other[endpoint], weights=weights) - base[endpoint].mean())

    return {"arm": arm, "effect": change("response"), "severe": change("grade >= 3")}


def _weights(trial: Trial, patients: Population, alternative: Alternative) -> Floats:
    """Weights that turn the pool's mix of histologies into another."""
    histology = patients.table["histology"]
    unknown = [h for h in alternative.shares if not (histology == h).any()]
    if unknown:
        raise TrialError(
            f"The alternative {alternative.label!r} of {trial.name} needs patients with "
            f"{unknown[0]}, and the pool has none. Draw a larger pool."
        )
    now = histology.value_counts(normalize=True)
    total = sum(alternative.shares.values())
    ratio = {h: alternative.shares.get(str(h), 0.0) / total / now[h] for h in now.index}
    return histology.map(ratio).to_numpy(dtype=np.float64)
