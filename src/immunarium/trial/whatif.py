"""What if: other doses, and other choices where the sources leave one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial import assess
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort
from immunarium.trial.protocol import Alternative, Assumed, Trial, TrialError
from immunarium.trial.result import ArmResult

Floats = NDArray[np.float64]
Follow = Callable[[str, Regimen, Population], Cohort]
FEW = 300
"""Patients, the first of the pool, in whom other regimens are run."""


def window(bench: Bench, patients: Population, follow: Follow) -> pd.DataFrame:
    """Return response and toxicity over dose, as in ``TrialResult.window``."""
    few, rows = patients.keep(slice(FEW)), []
    for dose, regimen in bench.trial.window.items():
        got = _endpoints(bench, follow(f"therapeutic window, {dose}", regimen, few), few)
        rows.append(
            {
                "dose": float(dose.split()[0]),
                "response": 100 * got["response"].mean() if "response" in got else math.nan,
                "severe": 100 * got["grade >= 3"].mean(),
                "deaths": 100 * got["treatment death"].mean(),
                "given": 100 * got["doses given"].mean(),
            }
        )
    return pd.DataFrame(rows)


def assumptions(
    bench: Bench, patients: Population, arms: Mapping[str, ArmResult], follow: Follow
) -> pd.DataFrame:
    """Return how far each other choice moves the results, as in ``TrialResult.assumptions``."""
    rows = [
        {"assumed": a.what, "choice": a.choice, "reason": a.reason, "alternative": o.label} | effect
        for a in bench.trial.assumed
        for o in a.alternatives
        for effect in _effects(bench, patients, arms, follow, a, o)
    ]
    return pd.DataFrame(rows)


def _effects(
    bench: Bench,
    patients: Population,
    arms: Mapping[str, ArmResult],
    follow: Follow,
    assumed: Assumed,
    other: Alternative,
) -> Iterator[dict[str, Any]]:
    few = patients.keep(slice(FEW))
    for name, regimen in other.regimens.items():
        base = assess.endpoints(arms[name].patients.iloc[:FEW])
        cohort = follow(f"{assumed.what}: {other.label}", regimen, few)
        yield _effect(name, base, _endpoints(bench, cohort, few))
    if other.shares:
        name = bench.trial.arms[0].name
        base = assess.endpoints(arms[name].patients)
        yield _effect(name, base, base, _weights(bench.trial, patients, other))


def _effect(
    arm: str,
    base: Mapping[str, Floats],
    other: Mapping[str, Floats],
    weights: Floats | None = None,
) -> dict[str, Any]:
    def change(endpoint: str) -> float:
        if endpoint not in base:
            return math.nan
        return 100 * float(np.average(other[endpoint], weights=weights) - base[endpoint].mean())

    return {"arm": arm, "effect": change("response"), "severe": change("grade >= 3")}


def _endpoints(bench: Bench, cohort: Cohort, patients: Population) -> dict[str, Floats]:
    return assess.endpoints(assess.patient_table(cohort, bench, patients))


def _weights(trial: Trial, patients: Population, other: Alternative) -> Floats:
    """Weights that turn the pool's mix of histologies into another."""
    histology = patients.table["histology"]
    now = {str(h): float(share) for h, share in histology.value_counts(normalize=True).items()}
    if missing := sorted(h for h in other.shares if h not in now):
        raise TrialError(
            f"The alternative {other.label!r} of {trial.name} needs patients with {missing[0]}, "
            f"and the pool has none. Draw a larger pool."
        )
    total = sum(other.shares.values())
    ratio = {h: other.shares.get(h, 0.0) / total / share for h, share in now.items()}
    return np.array([ratio[str(h)] for h in histology])
