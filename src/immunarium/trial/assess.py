"""From what happened to patients to what is written down: responses, grades, courses, doses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from immunarium.core.units import factor
from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort
from immunarium.trial.ctcae import told_apart
from immunarium.trial.lesions import NE, NN, PD, PR, SD
from immunarium.trial.probes import Probe
from immunarium.trial.scales import responds
from immunarium.trial.tumours import look, responses
from immunarium.trial.tumours import tumour_table as tumour_table
from immunarium.trial.tumours import visit_table as visit_table
from immunarium.trial.watch import dropout_days

Floats = NDArray[np.float64]
DEATH = "Death NOS"
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
DOSE_STATES = {"given": 1, "held": 0, "stopped": 2, "ended": 3}


def patient_table(cohort: Cohort, bench: Bench, patients: Population) -> pd.DataFrame:
    """Write down each patient of an arm: a row as in ``ArmResult.patients``."""
    columns: dict[str, Any] = {"histology": patients.table["histology"].to_numpy()}
    if bench.trial.visits is not None and bench.lesions:
        columns |= responses(look(cohort, bench, patients))
    elif cohort.ratings is not None:
        main = next(iter(bench.trial.disease.scores))
        scores = cohort.ratings.scores[main]
        columns["responds"] = responds(main, scores[:, 0], scores[:, -1])
    columns["doses_asked"] = np.full(len(cohort), len(cohort.drugs))
    columns["doses_given"] = (cohort.given == 1).sum(axis=1)
    columns["death_day"] = cohort.ended / 24
    columns["death"] = np.select(
        [np.isnan(cohort.ended), cohort.by_treatment], ["", "treatment"], "disease"
    )
    if bench.trial.dropout is not None:
        left = bench.trial.dropout.days(patients.seed, patients.table.index.to_numpy())
        columns["dropout_day"] = np.where(24 * left < bench.trial.until, left, np.nan)
    columns["failed"] = cohort.failed
    columns |= {f"event.{term}": came / 24 for term, came in cohort.events.items()}
    worst = _higher(cohort.worst(bench.grades), _of_events(cohort, bench))
    columns |= {f"grade.{term}": grade for term, grade in worst.items()}
    columns[f"grade.{DEATH}"] = np.where(_killed(cohort), 5, 0).astype(np.int8)
    return pd.DataFrame(columns, index=patients.table.index)


def _of_events(
    cohort: Cohort, bench: Bench, times: Floats | None = None
) -> dict[str, NDArray[np.int8]]:
    """Grade of each adverse event by hazard: the worst, or at each time; the dead have none."""
    out = {}
    for e in bench.hazards.events:
        came, over = cohort.events[e.term], cohort.over[e.term]
        if times is None:
            there = ~np.isnan(came)
        else:
            last = np.fmin(over, cohort.ended)[:, None]
            if cohort.left is not None:
                last = np.minimum(last, cohort.left[:, None])
            there = (times >= came[:, None]) & (times < last)
        out[e.term] = np.where(there, e.grade, 0).astype(np.int8)
    return out


def _killed(cohort: Cohort) -> NDArray[np.bool_]:
    """Who is seen to die of treatment: not who had dropped out."""
    if cohort.left is None:
        return cohort.by_treatment
    return cohort.by_treatment & (cohort.ended <= cohort.left)


def _higher(
    some: Mapping[str, NDArray[np.int8]], more: Mapping[str, NDArray[np.int8]]
) -> dict[str, NDArray[np.int8]]:
    """Put grades together; of a term that both have, the higher."""
    both = {t: np.maximum(g, more[t]) if t in more else g for t, g in some.items()}
    return both | {t: g for t, g in more.items() if t not in some}


def grade_courses(cohort: Cohort, bench: Bench) -> xr.DataArray:
    """Share of patients at each grade of each term over time; the dead keep grade 5 of death."""
    now = _higher(cohort.graded(bench.grades), _of_events(cohort, bench, cohort.times))
    dead = _killed(cohort)[:, None] & (cohort.times >= cohort.ended[:, None])
    now[DEATH] = np.where(dead, 5, 0).astype(np.int8)
    shares = np.stack([[(g == grade).mean(axis=0) for grade in range(6)] for g in now.values()])
    coords = {"term": list(now), "grade": np.arange(6), "time": cohort.times / 24}
    shares = xr.DataArray(shares, coords, ("term", "grade", "time"), attrs={"units": "1"})
    shares["time"].attrs["units"] = "d"
    return shares


def courses(cohort: Cohort, bench: Bench) -> xr.Dataset:
    """Quantiles of each course over the patients alive."""
    out: dict[str, xr.Variable] = {}
    for path in bench.trial.courses:
        attrs = {"units": bench.graph.units[path], "long_name": bench.graph.docs[path]}
        values = _quantiles(cohort.recorded[path][~cohort.failed])
        out[path] = xr.Variable(("quantile", "time"), values, attrs)
    time = xr.Variable("time", cohort.times / 24, {"units": "d"})
    return xr.Dataset(out, {"quantile": list(QUANTILES), "time": time})


def _quantiles(values: Floats) -> Floats:
    """Quantiles over patients, the NaN of the dead left out."""
    ordered = np.sort(values, axis=0)  # NaN last
    last = (~np.isnan(values)).sum(axis=0) - 1
    at = np.array(QUANTILES)[:, None] * np.maximum(last, 0)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, np.maximum(last, 0))
    column = np.arange(values.shape[1])
    a, b = ordered[low, column], ordered[high, column]
    return a + (at - low) * (b - a)


def dose_table(cohort: Cohort, bench: Bench, regimen: Regimen) -> pd.DataFrame:
    """Return what became of each dose asked, as shares of patients."""
    rows = [
        {"day": d.tick / 86_400_000, "drug": d.dose.drug, "text": str(d.dose), "course": d.course}
        for d in regimen.doses
    ]
    table = pd.DataFrame(rows, columns=pd.Index(["day", "drug", "text", "course"]))
    for name, code in DOSE_STATES.items():
        table[name] = (cohort.given == code).mean(axis=0)
    return table


def endpoints(table: pd.DataFrame) -> dict[str, Floats]:
    """Yes or no for each patient of each endpoint that an arm is summed up by."""
    out: dict[str, Any] = {}
    if "response" in table:
        out["response"] = table["response"].isin(("CR", "PR"))
        out["complete response"] = table["response"] == "CR"
        out |= {code: table["response"] == code for code in (PR, SD, PD, NE)}
        out[SD] |= table["response"] == NN
    elif "responds" in table:
        out["response"] = table["responds"]
    apart = {f"grade.{term}" for term in told_apart()}
    worst = table[[c for c in table if str(c).startswith("grade.") and c not in apart]].max(axis=1)
    out["grade >= 3"] = worst >= 3
    dead = table["death_day"] <= dropout_days(table)  # who has left is not seen to die
    out["treatment death"] = dead & (table["death"] == "treatment")
    out["death"] = dead & (table["death"] != "")
    out["doses given"] = table["doses_given"] / table["doses_asked"].clip(lower=1)
    return {name: np.asarray(v, dtype=np.float64) for name, v in out.items()}


def target_values(probe: Probe, cohort: Cohort, table: pd.DataFrame, n: int) -> Floats:
    """Value of a target's observable in each patient, in the target's unit.

    NaN for who does not count, or could not be followed.

    Parameters
    ----------
    table : DataFrame
        As ``patient_table``.
    n : int
        Patients of whom a share in ``patients`` is.
    """
    o = probe.target.observable
    if probe.read is not None:
        values = probe.read(cohort)
    elif o.take == "alive":
        values = np.asarray(~(cohort.ended <= o.at), dtype=np.float64)
    else:
        values = endpoints(table)[o.take]
    if o.statistic == "share":
        values = values * share_scale(probe.target.unit, n)
    return probe.counted(cohort, values)


def share_scale(unit: str, n: int) -> float:
    """Return what a share of 1 is in a unit: ``%``, ``1``, or ``patients`` of the n."""
    return float(n) if unit == "patients" else factor("1", unit)
