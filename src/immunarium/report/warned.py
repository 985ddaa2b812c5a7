"""What must be said of a run: warnings from its log of decisions, once each, and children in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from immunarium.trial.decisions import STRETCHED, WARNED
from immunarium.trial.protocol import FORETELLING

if TYPE_CHECKING:
    import pandas as pd

    from immunarium.trial.result import TrialResult

ADULT = 18.0


def warned(result: TrialResult) -> list[str]:
    """List what a reader of a trial's result must know of its arms, with counts of patients."""
    lines = [line for arm in result.arms.values() for line in _arm(arm.label, arm.decisions)]
    lines += [
        f"Warning: target {target}: nobody of the pool counts ({among}). Take a larger pool."
        for target, among in uncounted(result).items()
    ]
    patients = result.population
    ages = () if patients is None else patients.table.get("patient.age", ())
    return [*lines, *extrapolated(ages)]


def _arm(label: str, decisions: pd.DataFrame) -> Iterator[str]:
    if not len(decisions):
        return
    said = decisions[decisions["action"].isin((WARNED, STRETCHED))]
    for (action, rule, drug), rows in said.groupby(["action", "rule", "drug"], sort=False):
        patients, first = rows["patient"].nunique(), rows.iloc[0]
        count = f"{patients:,} patient{'s' if patients > 1 else ''}"
        more = f", {len(rows) / patients:.3g} times each" if len(rows) > patients else ""
        why = str(first["reason"]).removeprefix("it ")
        if action == STRETCHED:
            why = f"infusions of {drug} take longer than asked, by its label: {why}"
        elif rule != "caution":
            why = f"{rule} {why}"
        yield f"Warning: {label}: {why} ({count}{more}; first on day {first['day']:.3g})."


def uncounted(result: TrialResult) -> dict[str, str]:
    """Whom targets are among, by the target, where nobody of the pool is one of them."""
    asked = {
        t.id: t.among
        for t in result.study.targets
        if t.among and not t.ratio_to and t.observable.statistic not in FORETELLING
    }
    return {s.id: asked[s.id] for s in result.scores if s.id in asked and np.isnan(s.simulated)}


def extrapolated(ages: Iterable[float]) -> list[str]:
    """Say how many patients are children, for whom no number of the models was measured."""
    found = np.asarray(list(ages), dtype=np.float64)
    young = int((found < ADULT).sum())
    if not young:
        return []
    return [
        f"Extrapolated: {young:,} of {len(found):,} patients are younger than 18 years. No number "
        f"here was measured in children, who are treated as adults."
    ]
