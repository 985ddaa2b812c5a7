"""Dose escalation on virtual patients: each level once in everybody, then many drawn trials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import did_you_mean
from immunarium.core.progress import Progress
from immunarium.population import Population, stream
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort
from immunarium.trial.design import Escalation
from immunarium.trial.enrolment import enrolled
from immunarium.trial.escalated import Escalated, asked, middle
from immunarium.trial.escalation import Boin, Conducted, ThreePlusThree
from immunarium.trial.protocol import Arm, Observable, Target, Trial, TrialError

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
DEATH = "death by treatment"
STOPPED = 2  # of Cohort.given
_POOLS, _AGAIN = 20, 200  # pools drawn again for a standard error, and trials of each
_STOPPED = re.compile(r"([\w-]+)\s+stopped")


def escalate(
    trial: Trial,
    *,
    method: str | None = None,
    replicates: int = 1000,
    seed: int = 1,
    pool: int = 300,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Escalated:
    """Find the maximum tolerated dose of a trial's treatment in virtual patients.

    Every patient of the pool is followed at every level; each of the drawn trials then takes its
    cohorts from the pool without replacement, so that nobody is treated twice in one trial.

    Parameters
    ----------
    trial : Trial
        With a design that is an escalation.
    method : str, optional
        ``3+3`` or ``BOIN``; as the design says by default.
    replicates : int
        Drawn trials.
    progress : callable
        Told the work in hand, patients done, and of how many.

    Raises
    ------
    ImmunoError
        The trial is no escalation, its toxicity cannot be read, or the pool is too small.
    """
    design = _design(trial, method)
    _check(design, replicates, pool)
    patients, _ = enrolled(trial, pool, seed)
    return climbed(
        trial, design, patients, replicates=replicates, workers=workers, progress=progress
    )


def climbed(
    trial: Trial,
    design: Escalation,
    patients: Population,
    *,
    replicates: int = 1000,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Escalated:
    """Find the maximum tolerated dose in these patients, as ``escalate`` does."""
    seed, pool = patients.seed, len(patients)
    _check(design, replicates, pool)
    rule = rule_of(design)
    parts, failed = _outcomes(trial, design, patients, workers, progress or _silent)
    outcomes = np.logical_or.reduce(list(parts.values()))
    trials = drawn(rule, outcomes, replicates, seed)
    named = np.array([t.named for t in trials])
    treated = np.array([t.treated for t in trials])
    manifest = {
        "study": trial.file or trial.name, "method": design.method, "seed": seed, "pool": pool,
        "replicates": replicates, "failed patients": failed,
        "implausible draws": patients.refused, "immunarium": version("immunarium"),
    }  # fmt: skip
    return Escalated(
        study=trial,
        design=design,
        levels=_levels(design, outcomes, named, treated.mean(axis=0)),
        parts=pd.DataFrame({p: 100 * yes.mean(axis=1) for p, yes in parts.items()}),
        named=named,
        patients=treated.sum(axis=1),
        true_dose=dose_at(design.amounts, outcomes.mean(axis=1), design.target),
        error=_error(design, outcomes, min(replicates, _AGAIN), seed) if asked(trial) else np.nan,
        manifest=manifest,
    )


def _design(trial: Trial, method: str | None) -> Escalation:
    if not isinstance(trial.design, Escalation):
        raise TrialError(
            f"{trial.name} is no dose escalation. Write design: with kind: escalation, the regimen "
            f"with {{dose}}, its doses, and the toxicity that limits them."
        )
    if method is None:
        return trial.design
    return replace(trial.design, method=method)  # which checks it


def _check(design: Escalation, replicates: int, pool: int) -> None:
    """Refuse a pool that is smaller than one trial."""
    most = rule_of(design).most(len(design.levels))
    if replicates < 1:
        raise TrialError(f"replicates is {replicates}. Write at least 1.")
    if pool < most:
        raise TrialError(
            f"An escalation over {len(design.levels)} doses by {design.method} can take "
            f"{most} patients, and the pool has {pool}."
        )


def _error(design: Escalation, outcomes: Bools, replicates: int, seed: int) -> float:
    """Standard error of the dose named, by drawing pools again."""
    rng = stream(seed, "pools drawn again")
    n, doses = outcomes.shape[1], (0.0, *design.amounts)
    named = []
    for _ in range(_POOLS):
        trials = drawn(rule_of(design), outcomes[:, rng.integers(n, size=n)], replicates, seed)
        named.append(middle(np.array([doses[t.named + 1] for t in trials])))
    return float(np.std(named))


def rule_of(design: Escalation) -> ThreePlusThree | Boin:
    """Return the rule of a design."""
    if design.method == "3+3":
        return ThreePlusThree()
    return Boin(design.target, design.cohort, design.most)


def drawn(
    rule: ThreePlusThree | Boin, outcomes: Bools, replicates: int, seed: int
) -> list[Conducted]:
    """Run trials on patients drawn from the pool, in an order of their own for each trial.

    Parameters
    ----------
    outcomes : ndarray of bool, shape (levels, patients)
    """
    levels, pool = outcomes.shape
    most = rule.most(levels)
    if pool < most:
        raise TrialError(
            f"Of the pool {pool} patients are left, and one escalation can take {most}. "
            f"Draw a larger pool."
        )
    order = stream(seed, "patients of each escalation")
    return [rule.conduct(outcomes[:, order.permutation(pool)[:most]]) for _ in range(replicates)]


def dose_at(amounts: tuple[float, ...], rates: Floats, target: float) -> float:
    """Return the dose whose rate is ``target``, log-linear between levels; NaN beyond them."""
    from scipy.optimize import isotonic_regression

    rising = isotonic_regression(rates).x
    above = np.flatnonzero(rising >= target)
    if not len(above) or (above[0] == 0 and rising[0] > target):
        return float("nan")
    j = int(above[0])
    if rising[j] == target:
        return float(amounts[j])
    share = (target - rising[j - 1]) / (rising[j] - rising[j - 1])
    return float(amounts[j - 1] * (amounts[j] / amounts[j - 1]) ** share)


def _outcomes(
    trial: Trial,
    design: Escalation,
    patients: Population,
    workers: int | None,
    say: Progress,
) -> tuple[dict[str, Bools], int]:
    """Whether each patient has each toxicity at each level, and how many failed."""
    say("compiling", 0, 0)
    parts = _parts(design)
    bench = Bench.of(_trial_of(trial, design, parts), patients.graph)
    seen: dict[str, list[Bools]] = {part: [] for part in (*parts, DEATH)}
    failed = np.zeros(len(patients), dtype=bool)
    for dose, regimen in design.levels.items():

        def told(done: int, _: int, dose: str = dose) -> None:
            say(dose, done, len(patients))

        cohort = bench.follow(regimen, patients, workers=workers, progress=told)
        failed |= cohort.failed
        for part, drug in parts.items():
            seen[part].append(_stopped(cohort, drug) if drug else _ever(bench, cohort, part))
        seen[DEATH].append(cohort.by_treatment)
    return {part: np.array(yes)[:, ~failed] for part, yes in seen.items()}, int(failed.sum())


def _ever(bench: Bench, cohort: Cohort, part: str) -> Bools:
    (read,) = (p.read for p in bench.probes if p.target.id == part)
    assert read is not None  # a condition has one
    return np.asarray(read(cohort) == 1)


def _stopped(cohort: Cohort, drug: str) -> Bools:
    mine = [i for i, d in enumerate(cohort.drugs) if d == drug]
    return np.asarray((cohort.given[:, mine] == STOPPED).any(axis=1))


def _parts(design: Escalation) -> dict[str, str]:
    """Return what the toxicity is any of, and of a stop the drug."""
    parts = [" ".join(p.split()) for p in re.split(r"\bor\b", design.toxicity)]
    out = {p: m[1] if (m := _STOPPED.fullmatch(p)) else "" for p in parts}
    given = {d for r in design.levels.values() for d in r.drugs}
    for drug in filter(None, out.values()):
        if drug not in given:
            raise TrialError(
                f"The toxicity {design.toxicity!r} names {drug!r}, which no level gives."
                f"{did_you_mean(drug, given)}"
            )
    return out


def _trial_of(trial: Trial, design: Escalation, parts: Mapping[str, str]) -> Trial:
    """Return a trial with an arm a level that ends with the window of toxicity."""
    arms = tuple(Arm(dose, dose, regimen, 1) for dose, regimen in design.levels.items())
    looked_for = tuple(
        Target(
            id=part, name=part, arm=arms[0].name, observable=Observable("share", part),
            observed=0.0, unit="%", tier="derived", role="report", source=trial.source,
        )
        for part, drug in parts.items()
        if not drug
    )  # fmt: skip
    return replace(
        trial, arms=arms, targets=looked_for, until=design.within,
        record=tuple(t for t in trial.record if t <= design.within), courses=(), visits=None,
        endpoints=(), dropout=None, assumed=(), window={}, design=None,
    )  # fmt: skip


def _levels(
    design: Escalation, outcomes: Bools, named: NDArray[np.int64], treated: Floats
) -> pd.DataFrame:
    rows = []
    for i, (dose, amount) in enumerate(zip(design.levels, design.amounts, strict=True)):
        toxic, low, high = percent(outcomes[i])
        named_so, few, many = percent(named == i)
        rows.append(
            {
                "dose": dose, "amount": amount, "treated": float(treated[i]),
                "toxic": toxic, "low": low, "high": high,
                "named": named_so, "named_low": few, "named_high": many,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def percent(yes: Bools) -> tuple[float, float, float]:
    """Return the percent that is true, with its 95 % interval (Wilson)."""
    from scipy.stats import binomtest  # takes a second to load

    interval = binomtest(int(yes.sum()), len(yes)).proportion_ci(method="wilson")
    return 100 * float(yes.mean()), 100 * float(interval.low), 100 * float(interval.high)


def _silent(label: str, done: int, total: int) -> None:
    """Say nothing."""
