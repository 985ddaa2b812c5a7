"""Running a trial: one pool of virtual patients, every arm, the scores and the what-ifs."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core.progress import Progress
from immunarium.dosing import Regimen
from immunarium.population import Population, sources
from immunarium.trial import assess, whatif
from immunarium.trial.bench import RTOL, Bench
from immunarium.trial.cohort import Cohort
from immunarium.trial.design import Crossover
from immunarium.trial.designed import beside, run_design
from immunarium.trial.enrolment import enrolled
from immunarium.trial.episodes import episodes
from immunarium.trial.escalated import Escalated
from immunarium.trial.estimate import evaluate
from immunarium.trial.labs import laboratory
from immunarium.trial.protocol import TOLERATED, Arm, Trial, TrialError
from immunarium.trial.result import ArmResult, Score, TrialResult
from immunarium.trial.score import Other, Replicates, endpoint_table, score
from immunarium.trial.watch import ArmData

Floats = NDArray[np.float64]


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
    rtol: float = RTOL,
) -> TrialResult:
    """Run every arm of a trial on the same virtual patients, and score it.

    A design that is more than arms side by side (``trial.designed``) is run as well, and first.

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
        Told the work in hand, patients done, and of how many (0: not known).
    sweep : bool
        Whether to run the therapeutic window and the alternatives of what is assumed.
    rtol : float
        Relative tolerance of the engine.

    Raises
    ------
    ImmunoError
        n, replicates or pool is not positive, or a rule or target cannot be read.
    """
    for name, value in (("n", 1 if n is None else n), ("replicates", replicates), ("pool", pool)):
        if value < 1:
            raise TrialError(f"{name} is {value}. Write at least 1.")
    if n is not None:
        trial = _of_size(trial, n)
    say = progress or _silent
    say(f"sampling {pool:,} virtual patients", 0, 0)
    patients, fit = enrolled(trial, pool, seed)
    found = run_design(trial, patients, replicates=replicates, workers=workers, progress=progress)
    say("compiling", 0, 0)
    bench = Bench.of(beside(trial), patients.graph)
    follow = _follower(bench, rtol, workers, say)
    draws = Replicates(seed, replicates, isinstance(trial.design, Crossover))
    arms, data, values = _arms(trial, bench, patients, follow, draws)
    scores = {s.id: s for s in found.scores} if isinstance(found, Escalated) else {}
    scores |= _scores(trial, values, draws)
    say("estimating endpoints", 0, 0)
    return TrialResult(
        study=trial,
        arms=arms,
        scores=[scores[t.id] for t in trial.targets],
        attribution=_attribution(arms),
        window=whatif.window(bench, patients, follow) if sweep else pd.DataFrame(),
        assumptions=whatif.assumptions(bench, patients, arms, follow) if sweep else pd.DataFrame(),
        sources=sources(trial.disease, patients.tables, trial.correlated),
        manifest=_manifest(trial, patients, arms, draws) | {"relative tolerance": rtol},
        endpoints=evaluate(
            bench.endpoints, data, until=trial.until, seed=seed, replicates=replicates,
            paired=draws.paired,
        ),
        fit=fit,
        population=patients,
        design=found,
    )  # fmt: skip


def _silent(label: str, done: int, total: int) -> None:
    """Say nothing."""


def _follower(
    bench: Bench, rtol: float, workers: int | None, say: Progress
) -> Callable[[str, Regimen, Population], Cohort]:
    """Return what gives a regimen to patients, and says how far it is."""

    def follow(label: str, regimen: Regimen, who: Population) -> Cohort:
        def told(done: int, _: int) -> None:
            say(label, done, len(who))

        return bench.follow(regimen, who, rtol=rtol, workers=workers, progress=told)

    return follow


def _arms(
    trial: Trial,
    bench: Bench,
    patients: Population,
    follow: Callable[[str, Regimen, Population], Cohort],
    draws: Replicates,
) -> tuple[dict[str, ArmResult], list[ArmData], dict[str, dict[str, Floats]]]:
    """Follow every arm: what is written down, what endpoints need, and values of targets."""
    arms: dict[str, ArmResult] = {}
    data: list[ArmData] = []
    values: dict[str, dict[str, Floats]] = {}
    for arm in trial.arms:
        cohort = follow(arm.label, arm.regimen, patients)
        one = arms[arm.name] = _arm_result(arm, cohort, bench, patients, draws)
        values[arm.name] = _values(arm, cohort, bench, one.patients)
        data.append(
            ArmData.of(
                arm.name, arm.label, arm.n, cohort, bench.watch, one.patients, one.visits,
                one.decisions,
            )
        )  # fmt: skip
    return arms, data, values


def score_targets(
    trial: Trial,
    *,
    pool: int,
    seed: int = 1,
    replicates: int = 2,
    workers: int | None = None,
    rtol: float = RTOL,
) -> list[Score]:
    """Run arms side by side for their targets alone: the scores of ``run_trial``, in less time.

    Endpoints, tables and designs are left out.

    Raises
    ------
    ImmunoError
        A rule or target cannot be read, or a target needs a design.
    """
    for t in trial.targets:
        if t.observable.take == TOLERATED:
            raise TrialError(f"Target {t.id} is found by an escalation: run the trial.")
    patients, _ = enrolled(trial, pool, seed)
    bench = Bench.of(trial, patients.graph)
    values: dict[str, dict[str, Floats]] = {}
    for arm in trial.arms:
        cohort = bench.follow(arm.regimen, patients, rtol=rtol, workers=workers)
        table = assess.patient_table(cohort, bench, patients)
        values[arm.name] = _values(arm, cohort, bench, table)
    scores = _scores(trial, values, Replicates(seed, replicates))
    return [scores[t.id] for t in trial.targets]


def _manifest(
    trial: Trial, patients: Population, arms: Mapping[str, ArmResult], draws: Replicates
) -> dict[str, Any]:
    return {
        "study": trial.file or trial.name,
        "seed": patients.seed,
        "pool": len(patients),
        "replicates": draws.trials,
        "n": trial.arms[0].n,
        "implausible draws": patients.refused,
        "failed patients": int(sum(a.patients["failed"].sum() for a in arms.values())),
        "immunarium": version("immunarium"),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _arm_result(
    arm: Arm, cohort: Cohort, bench: Bench, patients: Population, draws: Replicates
) -> ArmResult:
    table = assess.patient_table(cohort, bench, patients)
    visits = assess.visit_table(cohort, bench, patients)
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
        visits=visits,
        decisions=cohort.decisions,
        episodes=episodes(cohort, bench.grades, table, bench.hazards.events),
        labs=laboratory(cohort, visits, bench.graph.units, patients.seed),
        ratings=cohort.ratings.table(table.index.to_numpy()) if cohort.ratings else pd.DataFrame(),
    )


def _values(arm: Arm, cohort: Cohort, bench: Bench, table: pd.DataFrame) -> dict[str, Floats]:
    """Values of the targets that read an arm, by their id; NaN for who does not count.

    Of a subgroup of a known size, of that alone.
    """
    found = {}
    for p in bench.probes:
        t = p.target
        if t.observable.take != TOLERATED and arm.name in (t.arm, t.against, t.ratio_to):
            values = assess.target_values(p, cohort, table, t.n or arm.n)
            counted = p.among(cohort) if p.among and t.n else np.ones(len(cohort), dtype=bool)
            found[t.id] = values[counted]  # of whom trials are drawn
    return found


def _of_size(trial: Trial, n: int) -> Trial:
    """Give a trial n patients in each arm, and subgroups of a known size as many in proportion."""
    had = {a.name: a.n for a in trial.arms}
    targets = (
        replace(t, n=max(1, round(t.n * n / had[t.arm]))) if t.n else t for t in trial.targets
    )
    return replace(trial, arms=tuple(replace(a, n=n) for a in trial.arms), targets=tuple(targets))


def _scores(
    trial: Trial, values: Mapping[str, Mapping[str, Floats]], draws: Replicates
) -> dict[str, Score]:
    """Score the targets; ``values`` by arm and target."""
    n = {a.name: a.n for a in trial.arms}
    out = {}
    for t in trial.targets:
        if t.observable.take != TOLERATED:
            name = t.against or t.ratio_to
            its = t.n or n.get(name, 0)
            other = Other(name, values[name][t.id], its, bool(t.ratio_to)) if name else None
            out[t.id] = score(t, values[t.arm][t.id], t.n or n[t.arm], draws, other)
    return out


def _attribution(arms: Mapping[str, ArmResult]) -> pd.DataFrame:
    """Percent of patients with any grade, and with grade 3 or worse, by term and arm."""
    terms = [str(t) for t in next(iter(arms.values())).grades["term"].to_numpy()]
    out: dict[str, Any] = {}
    for name, arm in arms.items():
        worst = arm.patients[[f"grade.{t}" for t in terms]]
        out[f"{name}.any"] = 100 * (worst >= 1).mean().to_numpy()
        out[f"{name}.severe"] = 100 * (worst >= 3).mean().to_numpy()
    return pd.DataFrame(out, index=pd.Index(terms, name="term"))
