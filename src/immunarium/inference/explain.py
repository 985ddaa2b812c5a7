"""Why patients, or one of them, had an outcome: who they were, and what if they had been others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from immunarium.core.progress import Progress
from immunarium.inference.association import differences
from immunarium.inference.indices import SensitivityError
from immunarium.inference.outputs import Output
from immunarium.inference.swaps import Swaps
from immunarium.trial import Trial
from immunarium.trial.statistics import proportion

POOL, TOP = 400, 8
_SWEPT = 4  # numbers whose levels are swept
_FIFTHS = 5


@dataclass(frozen=True)
class Case:
    """One patient.

    Attributes
    ----------
    patient : int
        Number of the draw.
    outcome : bool
        Whether this patient had it.
    outcomes : DataFrame
        Row = arm; columns ``label outcome`` and, where the trial has them, ``response best_change
        death doses_given doses_asked``.
    swaps : DataFrame
        Row = number that patients differ in: ``own median percentile outcome flips unit`` and
        ``best_change moved``: what would have been with the median in its place; those that flip
        the outcome first, then by how far the tumour's best change moves.
    together : bool
        The outcome with the medians of the numbers that matter most, all at once.
    """

    patient: int
    histology: str
    outcome: bool
    outcomes: pd.DataFrame
    swaps: pd.DataFrame
    together: bool


@dataclass(frozen=True)
class Explanation:
    """Why patients had an outcome.

    A number is a row of the tables that patients differ in by a draw of their own; where a row
    serves many modules, as every lesion, it is their mean, and they are moved together.

    Attributes
    ----------
    share : float
        Percent of the pool who had it.
    differences : DataFrame
        Row = number; columns ``yes no`` (medians) ``smd auc p p_adjusted unit``; largest first.
        An association, which another number may be behind.
    swapped : DataFrame
        Row = number; percent of those with the outcome who would not have had it with the median
        in place of their own number (``lost``), and of those without who would have (``gained``);
        most first. The cause, in this model.
    observed : DataFrame
        ``number fifth low high share share_low share_high patients``: the share in each fifth of
        the pool, with a 95 % interval.
    forced : DataFrame
        ``number level value share``: the share if everybody had that value and all else their
        own, at some quantiles of the pool.
    patients : DataFrame
        Of the pool: the numbers that differ or matter most, and ``outcome``.
    case : Case, optional
    """

    study: str
    arm: str
    output: Output
    share: float
    differences: pd.DataFrame
    swapped: pd.DataFrame
    observed: pd.DataFrame
    forced: pd.DataFrame
    patients: pd.DataFrame
    case: Case | None = None
    manifest: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the patients, ready for JSON."""

        def rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
            return table.reset_index().to_dict("records")

        out: dict[str, Any] = {
            "study": self.study, "arm": self.arm, "endpoint": self.output.name,
            "share": self.share, "differences": rows(self.differences),
            "swapped": rows(self.swapped), "observed": self.observed.to_dict("records"),
            "forced": self.forced.to_dict("records"), "manifest": self.manifest,
        }  # fmt: skip
        if self.case is not None:
            out["case"] = {
                "patient": self.case.patient, "histology": self.case.histology,
                "outcome": self.case.outcome, "outcomes": rows(self.case.outcomes),
                "swaps": rows(self.case.swaps), "together": self.case.together,
            }  # fmt: skip
        return out


def explain(
    trial: Trial,
    endpoint: str = "response",
    *,
    arm: str | None = None,
    patient: int | None = None,
    pool: int = POOL,
    top: int = TOP,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Compare the patients who had an outcome with the others, then run them as somebody else.

    Parameters
    ----------
    endpoint : str
        Something that a patient has or has not: ``response``, ``grade >= 3``, a condition.
    patient : int, optional
        Number of a patient of the pool who is looked at alone.
    pool : int
        Virtual patients.
    top : int
        Numbers that are looked at closely.

    Raises
    ------
    ImmunoError
        Nobody or everybody has the outcome, it is no yes or no, or the patient is not there.
    """
    if pool < 20 or top < 1:
        raise SensitivityError("Write a pool of at least 20 patients, and at least one number.")
    work = Swaps(trial, arm, endpoint, pool, seed, workers, progress)
    if patient is not None:
        work.find(patient)
    had, _ = work.follow(work.patients, f"{pool:,} patients")
    found = differences(work.numbers(), had, seed)
    swapped = work.swapped(had)
    matter = [str(p) for p in swapped.index[:top] if swapped.loc[p].max() > 0]
    differ = [str(p) for p in found.index if p in work.rows][:top]
    values = work.numbers()[list(dict.fromkeys([*differ, *matter]))].assign(outcome=had)
    return Explanation(
        study=trial.name,
        arm=work.arm.name,
        output=work.output,
        share=100 * float(np.nanmean(had)),
        differences=found.assign(unit=[work.unit(str(p)) for p in found.index]),
        swapped=swapped,
        observed=_observed(values, [c for c in map(str, values) if c != "outcome"]),
        forced=work.forced((matter or differ)[:_SWEPT]),
        patients=values,
        case=_case(work, patient, matter or differ) if patient is not None else None,
        manifest={
            "study": trial.name, "arm": work.arm.name, "endpoint": work.output.name, "pool": pool,
            "seed": seed, "immunarium": version("immunarium"), "numpy": np.__version__,
        },
    )  # fmt: skip


def _case(work: Swaps, number: int, top: Sequence[str]) -> Case:
    """Look at one patient alone."""
    one = work.find(number)
    outcomes = {a.name: work.outcome(one, a) for a in work.trial.arms}
    own = outcomes[work.arm.name]
    swaps, together = work.alone(one, own, top)
    return Case(
        number, str(one.table["histology"].iloc[0]), bool(own["outcome"]),
        pd.DataFrame.from_dict(outcomes, orient="index").rename_axis("arm"), swaps, together,
    )  # fmt: skip


def _observed(values: pd.DataFrame, numbers: Sequence[str]) -> pd.DataFrame:
    """Share with the outcome in each fifth of the pool, by each number."""
    rows: list[dict[str, Any]] = []
    followed = values[values["outcome"].notna()]
    for p in numbers:
        ranks = followed[p].rank(method="first").to_numpy()
        fifth = np.minimum((ranks - 1) * _FIFTHS // len(followed), _FIFTHS - 1).astype(int)
        for k in range(_FIFTHS):
            mine = followed[fifth == k]
            got = proportion(float(mine["outcome"].sum()), len(mine), "wilson")
            rows.append({
                "number": p, "fifth": k + 1, "low": mine[p].min(), "high": mine[p].max(),
                "middle": mine[p].median(), "share": 100 * got.value,
                "share_low": 100 * got.low, "share_high": 100 * got.high, "patients": len(mine),
            })  # fmt: skip
    return pd.DataFrame(rows)
