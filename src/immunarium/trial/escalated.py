"""What a dose escalation gives back, and how it compares with a published dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.trial.design import Escalation
from immunarium.trial.escalation import NONE
from immunarium.trial.protocol import TOLERATED, Target, Trial
from immunarium.trial.result import Score

Floats = NDArray[np.float64]


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
    parts : DataFrame
        Row: level; column: what the toxicity is any of, and ``death by treatment``; % of the pool.
    named : ndarray of int, shape (replicates,)
        Level that each trial names; -1 for none.
    patients : ndarray of int, shape (replicates,)
        Patients that each trial took.
    true_dose : float
        Dose at which the pool's rate, made monotone, reaches the target (log-linear between
        levels); NaN where it lies beyond the ladder.
    error : float
        Standard error of the dose named that comes from the size of the pool; NaN where no
        published dose is compared.
    """

    study: Trial
    design: Escalation
    levels: pd.DataFrame
    parts: pd.DataFrame
    named: NDArray[np.int64]
    patients: NDArray[np.int64]
    true_dose: float
    manifest: Mapping[str, Any]
    error: float = float("nan")

    @property
    def none(self) -> float:
        """Percent of trials in which not even the first level was tolerated."""
        return float(100 * (self.named == NONE).mean())

    @property
    def top(self) -> float:
        """Percent of trials that end at the top of the ladder, which may be too low."""
        return float(100 * (self.named == len(self.levels) - 1).mean())

    @property
    def scores(self) -> list[Score]:
        """The dose found beside the published ones."""
        return [score(t, self) for t in asked(self.study)]

    @property
    def doses(self) -> Floats:
        """Dose that each trial names; 0 where none was tolerated."""
        return np.array([0.0, *self.design.amounts])[self.named + 1]

    @property
    def dose(self) -> float:
        """Median of the doses named (the lower of two middle ones)."""
        return middle(self.doses)

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        known = not np.isnan(self.true_dose)
        return {
            "kind": "escalation",
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
            "targets": [vars(s) for s in self.scores],
            "levels": self.levels.to_dict("records"),
            "parts": self.parts.to_dict("records"),
            "manifest": dict(self.manifest),
        }

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return tables to be written: the levels, and what limits the dose at each."""
        return {"escalation": self.levels.join(self.parts)}


def asked(trial: Trial) -> list[Target]:
    """Published doses that the dose found is compared with."""
    return [t for t in trial.targets if t.observable.take == TOLERATED]


def middle(doses: Floats) -> float:
    """Median of the doses named (the lower of two middle ones)."""
    return float(np.quantile(doses, 0.5, method="lower"))


def score(target: Target, found: Escalated) -> Score:
    """Compare the dose found (median of the trials) with a published one.

    ``n`` is the patients that an escalation takes, on average.
    """
    low, high = np.quantile(found.doses, (0.05, 0.95), method="lower")
    below = (found.doses < target.observed).mean() + (found.doses == target.observed).mean() / 2
    inside = None
    if target.role != "report" and target.window is not None:
        inside = target.window[0] <= found.dose <= target.window[1]
    return Score(
        id=target.id, name=target.name, observed=target.observed, unit=target.unit,
        simulated=found.dose, interval90=(float(low), float(high)), window=target.window,
        inside=inside, role=target.role, tier=target.tier, source=target.source, note=target.note,
        arm=target.arm, layer=target.layer, n=round(float(found.patients.mean())),
        percentile=100 * float(below), error=found.error,
    )  # fmt: skip
