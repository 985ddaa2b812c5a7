"""Randomised withdrawal: all are treated, and who responds is drawn to go on or to stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import did_you_mean
from immunarium.dosing.rules import STOP, Rule
from immunarium.population import uniforms
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort
from immunarium.trial.conditions import Condition, read_condition
from immunarium.trial.design import Withdrawal
from immunarium.trial.power import Outcomes, Power, power
from immunarium.trial.protocol import Arm, Trial, TrialError
from immunarium.trial.statistics import Curve, Estimate, hazard_ratio, kaplan_meier, log_rank

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
GOES_ON, STOPS = "goes on", "stops"


@dataclass(frozen=True)
class Withdrawn:
    """What a randomised withdrawal comes to.

    Attributes
    ----------
    design : Withdrawal
    treated, drawn : int
        Patients of the lead-in, and those who responded and were drawn.
    patients : DataFrame
        Row: patient who was drawn; columns ``patient arm day event``: days from the draw until the
        response was lost (or death), and whether it was.
    curves : mapping of str to Curve
        By arm: share whose response lasts.
    hazard_ratio : Estimate
        Of losing the response, who goes on against who stops.
    test : Estimate
        Log-rank.
    n : int
        Patients that are treated in each trial that is drawn from the pool.
    power : Power, optional
        How often such a trial tells the arms apart (log-rank); None where it draws too few.
    """

    design: Withdrawal
    treated: int
    drawn: int
    patients: pd.DataFrame
    curves: Mapping[str, Curve]
    hazard_ratio: Estimate
    test: Estimate
    n: int = 0
    power: Power | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the patients, ready for JSON."""
        return {
            "kind": "withdrawal",
            "arm": self.design.arm,
            "at_day": self.design.at / 24,
            "when": self.design.when,
            "treated": self.treated,
            "drawn": self.drawn,
            "arms": [
                {
                    "arm": arm, "patients": len(rows), "lost": int(rows["event"].sum()),
                    "median_days": vars(self.curves[str(arm)].median),
                }
                for arm, rows in self.patients.groupby("arm")
            ],
            "hazard_ratio": vars(self.hazard_ratio),
            "log_rank": vars(self.test),
            "n": self.n,
            "power": vars(self.power) if self.power else None,
            "curves": {
                arm: [{str(k): v for k, v in r.items()} for r in c.table.to_dict("records")]
                for arm, c in self.curves.items()
            },
        }  # fmt: skip

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return tables to be written: each patient who was drawn."""
        return {"withdrawal": self.patients}


def arms(trial: Trial, design: Withdrawal) -> Trial:
    """Return a trial with an arm that goes on and one that stops at the time of the draw.

    Until then the two are the same: the stop is a rule, ``stop drug when day >= …``.

    Raises
    ------
    TrialError
        The arm or a drug is not there, or the trial ends before the draw.
    """
    known = {a.name: a for a in trial.arms}
    if design.arm not in known:
        raise TrialError(
            f"The withdrawal of {trial.name} names {design.arm!r}, which is no arm."
            f"{did_you_mean(design.arm, known)}"
        )
    if trial.until <= design.at:
        raise TrialError(
            f"{trial.name} is followed for {trial.until / 24:g} d, and patients are drawn on day "
            f"{design.at / 24:g}. Follow them longer."
        )
    arm = known[design.arm]
    drugs = design.stop or arm.regimen.drugs
    for drug in drugs:
        if drug not in arm.regimen.drugs:
            raise TrialError(
                f"The withdrawal stops {drug!r}, which {design.arm!r} does not give."
                f"{did_you_mean(drug, arm.regimen.drugs)}"
            )
    stops = tuple(Rule(STOP, drug, f"day >= {design.at / 24:g}") for drug in drugs)
    stopped = replace(arm.regimen, rules=(*arm.regimen.rules, *stops))
    half = max(1, arm.n // 2)
    pair = (
        Arm(GOES_ON, f"{arm.label}, goes on", arm.regimen, half),
        Arm(STOPS, f"{arm.label}, stops", stopped, half),
    )
    record = tuple(sorted({*trial.record, design.at}))
    return replace(
        trial, arms=pair, record=record, targets=(), endpoints=(), assumed=(), window={},
        design=None,
    )  # fmt: skip


def response(bench: Bench, design: Withdrawal) -> Condition | None:
    """Read the response; None where everybody alive is drawn."""
    return read_condition(design.when, bench.graph, bench.grades) if design.when else None


def analyse(
    design: Withdrawal,
    cohorts: Mapping[str, Cohort],
    condition: Condition | None,
    index: NDArray[np.intp],
    seed: int,
    left: Floats | None = None,
) -> Withdrawn:
    """Compare those who were drawn to go on with those drawn to stop.

    Parameters
    ----------
    cohorts : mapping of str to Cohort
        All patients in each of the arms that ``arms`` made.
    index : ndarray of int, shape (patients,)
        Their numbers; each has a draw of their own.
    left : ndarray, shape (patients,), optional
        Hour at which each is lost: who is lost before is not drawn, who is lost after is censored.

    Raises
    ------
    TrialError
        Nobody responds, or all are drawn to one arm.
    """
    on, off = cohorts[GOES_ON], cohorts[STOPS]
    at = int(np.argmin(np.abs(on.times - design.at)))
    left = np.full(len(index), np.inf) if left is None else left
    responds = _holds(on, condition)[:, at] & ~on.failed & ~off.failed & (left > design.at)
    to_stop = uniforms(seed, "arm of a withdrawal", index) < 0.5
    rows = [
        _followed(cohort, condition, at, np.flatnonzero(responds & mine), left).assign(arm=name)
        for name, cohort, mine in ((GOES_ON, on, ~to_stop), (STOPS, off, to_stop))
    ]
    if not all(map(len, rows)):
        raise TrialError(
            f"Of {len(index)} patients {int(responds.sum())} respond on day {design.at / 24:g}: "
            f"too few to draw two arms from. Draw a larger pool, or an earlier or easier response."
        )
    table = pd.concat(rows, ignore_index=True).assign(patient=lambda t: index[t["patient"]])
    days, event = table["day"].to_numpy(), table["event"].to_numpy()
    goes_on = (table["arm"] == GOES_ON).to_numpy()
    return Withdrawn(
        design=design,
        treated=len(index),
        drawn=len(table),
        patients=table[["patient", "arm", "day", "event"]],
        curves={str(n): kaplan_meier(r["day"], r["event"]) for n, r in table.groupby("arm")},
        hazard_ratio=hazard_ratio(days, event, goes_on),
        test=log_rank(days, event, goes_on),
    )


def _holds(cohort: Cohort, condition: Condition | None) -> Bools:
    """Whether the response is there at each recorded time; never in the dead."""
    alive = ~(cohort.times >= np.where(np.isnan(cohort.ended), np.inf, cohort.ended)[:, None])
    if condition is None:
        return alive
    return alive & np.logical_or.reduce([cohort.during(c) for c in condition.any_of])


def _followed(
    cohort: Cohort, condition: Condition | None, at: int, rows: NDArray[np.intp], left: Floats
) -> pd.DataFrame:
    """Days from the draw to the first recorded time without the response, or the end."""
    lost = ~_holds(cohort, condition)[rows, at:]
    event = lost.any(axis=1)
    first = np.where(event, lost.argmax(axis=1), lost.shape[1] - 1)
    days = (cohort.times[at:] - cohort.times[at]) / 24
    stays = (left[rows] - cohort.times[at]) / 24
    return pd.DataFrame(
        {
            "patient": rows,
            "day": np.minimum(days[first], stays),
            "event": event & (days[first] <= stays),
        }
    )


def powered(found: Withdrawn, n: int, replicates: int, seed: int) -> Withdrawn:
    """Add how often a trial that treats n patients tells going on from stopping.

    Half of those who respond go on. The trials are drawn from the two arms of the pool.
    """
    each = round(n * found.drawn / found.treated / 2)
    if each < 2:
        return replace(found, n=n)
    by_arm = {arm: rows for arm, rows in found.patients.groupby("arm")}
    on, off = (
        Outcomes("time", rows["day"].to_numpy(float), rows["event"].to_numpy(bool))
        for rows in (by_arm[GOES_ON], by_arm[STOPS])
    )
    return replace(found, n=n, power=power(on, off, each, replicates=replicates, seed=seed))
