"""Leave one trial out: fit without it, predict it, and keep the record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from immunarium.core import Row, UnknownNameError, did_you_mean
from immunarium.core.progress import Progress
from immunarium.inference.calibrate import (
    FOLDER,
    Calibration,
    CalibrationError,
    calibrate,
    free_rows,
    scores_of,
)
from immunarium.trial import Score, Trial


@dataclass(frozen=True)
class Predicted:
    """A trial that the fit did not see.

    Attributes
    ----------
    study : str
    numbers : mapping of str to float
        The free numbers, fitted without it.
    objective : float
        Of the fit to the other trials.
    targets : mapping of str to dict
        Its targets with a window: observed, window, predicted, inside.
    inside : bool
        Whether all of them are.
    """

    study: str
    numbers: dict[str, float]
    objective: float
    targets: dict[str, dict[str, Any]]
    inside: bool


@dataclass(frozen=True)
class LeftOut:
    """Every trial of a calibration, predicted by a fit to the others."""

    calibration: str
    seed: int
    pool: int
    evaluations: int
    trials: list[Predicted]

    @property
    def inside(self) -> int:
        """How many trials are inside with all their targets."""
        return sum(t.inside for t in self.trials)

    def json(self) -> str:
        """Return the record as text, the same for the same run."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def leave_one_out(
    plan: Calibration,
    trials: Mapping[str, Trial],
    *,
    only: str | None = None,
    evaluations: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> LeftOut:
    """Fit a calibration once without each of its trials, and predict that trial.

    What a left-out study sets by a fit of its own (rows with the evidence ``fitted``) is taken off
    before it is predicted: it would have been seen. Every number of the disease that was fitted to
    the trials of the plan is free in it, so that none is kept from a fit that saw the trial.

    Parameters
    ----------
    trials : mapping of str to Trial
        The studies that ``plan`` names.
    only : str, optional
        The one study that is left out.
    evaluations : int, optional
        Of each fit; by default as the plan says.

    Raises
    ------
    ImmunoError
        The plan has one study only, or has no study ``only``; or a study that is left out has
        nothing to predict. Told before anything is fitted.
    """
    if len(plan.targets) < 2:
        raise CalibrationError(
            f"{plan.name} is fitted to one study; there is nothing left to fit without it."
        )
    if only is not None and only not in plan.targets:
        raise UnknownNameError(
            f"{plan.name} is not fitted to {only!r}.{did_you_mean(only, plan.targets)}"
        )
    asked = plan.evaluations if evaluations is None else evaluations
    windowed = {s: _windowed(trials[s]) for s in ([only] if only else plan.targets)}
    found: list[Predicted] = []
    for study, ids in windowed.items():

        def told(label: str, done: int, total: int, study: str = study) -> None:
            if progress:
                progress(f"without {study}: {label}", done, total)

        found.append(_predicted(plan, trials, study, ids, asked, workers, told))
    return LeftOut(plan.name, plan.seed, plan.pool, asked, found)


def _predicted(
    plan: Calibration,
    trials: Mapping[str, Trial],
    study: str,
    windowed: tuple[str, ...],
    evaluations: int,
    workers: int | None,
    progress: Progress,
) -> Predicted:
    others = {s: ids for s, ids in plan.targets.items() if s != study}
    record = calibrate(
        replace(plan, targets=others), trials, evaluations=evaluations, workers=workers,
        progress=progress,
    )  # fmt: skip
    fitted = {path: float(n["end"]) for path, n in record.numbers.items()}
    trial = unseen(trials[study])
    rows = free_rows(plan, [fitted[f.path] for f in plan.free])
    scores = scores_of(replace(plan, targets={study: windowed}), {study: trial}, rows, workers)
    targets = {s.id: _told(s) for s in scores}
    return Predicted(
        study, fitted, record.objective_end, targets, all(bool(s.inside) for s in scores)
    )


def unseen(trial: Trial) -> Trial:
    """Return a trial without the numbers that were fitted to it alone."""
    kept: tuple[Row, ...] = tuple(r for r in trial.rows if r.evidence != "fitted")
    return replace(trial, rows=kept)


def _windowed(trial: Trial) -> tuple[str, ...]:
    """Targets of a study by which it is judged.

    Raises
    ------
    CalibrationError
        It has none.
    """
    found = tuple(t.id for t in trial.targets if t.role != "report" and t.window is not None)
    if not found:
        raise CalibrationError(
            f"{trial.name} has no target with a window that is not only shown; there is nothing "
            f"to predict. Give one of its targets a window, or leave another trial out."
        )
    return found


def _told(score: Score) -> dict[str, Any]:
    return {
        "observed": score.observed,
        "window": list(score.window or ()),
        "predicted": float(f"{score.simulated:.5g}"),
        "inside": bool(score.inside),
    }


def records() -> dict[str, LeftOut]:
    """Every record of the library, by calibration."""
    out: dict[str, LeftOut] = {}
    for path in sorted(FOLDER.glob("*.left-out.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        trials = [Predicted(**t) for t in content.pop("trials")]
        out[content["calibration"]] = LeftOut(**content, trials=trials)
    return out
