"""Dose escalation on virtual patients: each level once in everybody, then many drawn trials."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.stats import binomtest

from immunarium.core import did_you_mean
from immunarium.population import Population, stream
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort
from immunarium.trial.design import Escalation
from immunarium.trial.escalation import NONE, Boin, Conducted, ThreePlusThree
from immunarium.trial.protocol import Arm, Observable, Target, Trial, TrialError

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
STOPPED = 2  # of Cohort.given
_STOPPED = re.compile(r"([\w-]+)\s+stopped")


@dataclass(frozen=True)
class Escalated:
    """What an escalation names, over many drawn trials.

    Attributes
    ----------
    levels : DataFrame
        Row: level (index from 0). Columns: ``dose`` (text), ``amount`` (in ``design.unit``),
        ``treated`` (patients a trial), ``toxic low high`` (% of the pool with a dose-limiting
        toxicity, and the 95 % interval of that), ``named named_low named_high`` (% of trials that
        name the level).
    named : ndarray of int, shape (replicates,)
        Level that each trial names; -1 for none.
    patients : ndarray of int, shape (replicates,)
        Patients that each trial took.
    true_dose : float
        Dose at which the pool's rate, made monotone, reaches the target (log-linear between
        levels); NaN where it lies beyond the ladder.
    """

    study: Trial
    design: Escalation
    levels: pd.DataFrame
    named: NDArray[np.int64]
    patients: NDArray[np.int64]
    true_dose: float
    manifest: Mapping[str, Any]

    @property
    def none(self) -> float:
        """Percent of trials in which not even the first level was tolerated."""
        return float(100 * (self.named == NONE).mean())

    @property
    def top(self) -> float:
        """Percent of trials that end at the top of the ladder, which may be too low."""
        return float(100 * (self.named == len(self.levels) - 1).mean())

    @property
    def doses(self) -> Floats:
        """Dose that each trial names; 0 where none was tolerated."""
        return np.array([0.0, *self.design.amounts])[self.named + 1]

    @property
    def dose(self) -> float:
        """Median of the doses named (the lower of two middle ones)."""
        return float(np.quantile(self.doses, 0.5, method="lower"))

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        known = not np.isnan(self.true_dose)
        return {
            "study": self.study.name,
            "title": self.study.title,
            "method": self.design.method,
            "toxicity": self.design.toxicity,
            "within_days": self.design.within / 24,
            "target": self.design.target,
            "unit": self.design.unit,
            "dose": self.dose,
            "true_dose": self.true_dose if known else None,
            "none_tolerated": self.none,
            "at_the_top": self.top,
            "patients": float(self.patients.mean()),
            "levels": self.levels.to_dict("records"),
            "manifest": dict(self.manifest),
        }


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
    rule = rule_of(design)
    if replicates < 1:
        raise TrialError(f"replicates is {replicates}. Write at least 1.")
    if pool < rule.most(len(design.levels)):
        raise TrialError(
            f"An escalation over {len(design.levels)} doses by {design.method} can take "
            f"{rule.most(len(design.levels))} patients, and the pool has {pool}."
        )
    patients = Population.sample(trial.disease, pool, seed, shares=trial.shares, study=trial.rows)
    outcomes, failed = _outcomes(trial, design, patients, workers, progress or _silent)
    trials = drawn(rule, outcomes, replicates, seed)
    named = np.array([t.named for t in trials])
    treated = np.array([t.treated for t in trials])
    manifest = {
        "study": trial.name, "method": design.method, "seed": seed, "pool": pool,
        "replicates": replicates, "failed patients": failed,
        "implausible draws": patients.refused, "immunarium": version("immunarium"),
    }  # fmt: skip
    return Escalated(
        study=trial,
        design=design,
        levels=_levels(design, outcomes, named, treated.mean(axis=0)),
        named=named,
        patients=treated.sum(axis=1),
        true_dose=dose_at(design.amounts, outcomes.mean(axis=1), design.target),
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
) -> tuple[Bools, int]:
    """Whether each patient has a dose-limiting toxicity at each level, and how many failed."""
    say("compiling", 0, 0)
    bench = Bench.of(_trial_of(trial, design), patients.graph)
    toxic, failed = [], np.zeros(len(patients), dtype=bool)
    for dose, regimen in design.levels.items():

        def told(done: int, _: int, dose: str = dose) -> None:
            say(dose, done, len(patients))

        cohort = bench.follow(regimen, patients, workers=workers, progress=told)
        failed |= cohort.failed
        toxic.append(_toxic(design, bench, cohort))
    return np.array(toxic)[:, ~failed], int(failed.sum())


def _toxic(design: Escalation, bench: Bench, cohort: Cohort) -> Bools:
    toxic = cohort.by_treatment.copy()
    for probe in bench.probes:
        assert probe.read is not None  # a condition has one
        toxic |= probe.read(cohort) == 1
    for drug in _split(design)[1]:
        mine = [i for i, d in enumerate(cohort.drugs) if d == drug]
        toxic |= (cohort.given[:, mine] == STOPPED).any(axis=1)
    return toxic


def _split(design: Escalation) -> tuple[str, list[str]]:
    """Return what is read as a condition, and the drugs whose stop is a toxicity."""
    parts = [p.strip() for p in re.split(r"\bor\b", design.toxicity)]
    stops = [m[1] for p in parts if (m := _STOPPED.fullmatch(p))]
    given = {d for r in design.levels.values() for d in r.drugs}
    for drug in stops:
        if drug not in given:
            raise TrialError(
                f"The toxicity {design.toxicity!r} names {drug!r}, which no level gives."
                f"{did_you_mean(drug, given)}"
            )
    return " or ".join(p for p in parts if not _STOPPED.fullmatch(p)), stops


def _trial_of(trial: Trial, design: Escalation) -> Trial:
    """Return a trial with an arm a level that ends with the window of toxicity."""
    condition, _ = _split(design)
    arms = tuple(Arm(dose, dose, regimen, 1) for dose, regimen in design.levels.items())
    limiting = Target(
        id="toxicity", name="dose-limiting toxicity", arm=arms[0].name,
        observable=Observable("share", condition), observed=100 * design.target, unit="%",
        tier="derived", role="report", source=trial.source,
    )  # fmt: skip
    return replace(
        trial, arms=arms, targets=(limiting,) if condition else (), until=design.within,
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
    interval = binomtest(int(yes.sum()), len(yes)).proportion_ci(method="wilson")
    return 100 * float(yes.mean()), 100 * float(interval.low), 100 * float(interval.high)


def _silent(label: str, done: int, total: int) -> None:
    """Say nothing."""
