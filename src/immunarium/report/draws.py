"""The trials that were drawn from the pool, as the scorecard drew them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from immunarium.report.figures.tumour import CRITERIA, Drawn, Responders
from immunarium.trial.assess import share_scale
from immunarium.trial.score import Replicates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from immunarium.trial.result import ArmResult, TrialResult


def first_trial(result: TrialResult, arm: ArmResult) -> Drawn:
    """Return an arm of the first drawn trial."""
    assert result.study.visits is not None  # without visits nobody responds
    criteria = CRITERIA[result.study.visits.criteria]
    return Drawn(arm, arm.patients.index[_rows(result, arm)[0]], criteria)


def responders(result: TrialResult, arm: ArmResult) -> Responders:
    """Count the responders of every drawn trial."""
    responds = arm.patients["response"].isin(("CR", "PR")).to_numpy()
    counts = responds[_rows(result, arm)].sum(axis=1)
    return Responders(counts, _size(result, arm), _observed(result, arm))


def _rows(result: TrialResult, arm: ArmResult) -> NDArray[np.int64]:
    drawn = Replicates(result.manifest["seed"], result.manifest["replicates"])
    return drawn.rows(len(arm.patients), _size(result, arm))


def _size(result: TrialResult, arm: ArmResult) -> int:
    return next(a.n for a in result.study.arms if a.name == arm.name)


def _observed(result: TrialResult, arm: ArmResult) -> float | None:
    """Return how many responded in the published arm, if a target says."""
    n = _size(result, arm)
    for target in result.study.targets:
        if target.arm == arm.name and target.observable.take == "response":
            return target.observed / share_scale(target.unit, n) * n
    return None
