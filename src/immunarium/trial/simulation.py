"""One regimen in one population, kept whole: every state and quantity of every patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from immunarium.core import Disease, Therapy
from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial import assess
from immunarium.trial.bench import Bench, Progress
from immunarium.trial.cohort import Cohort
from immunarium.trial.observe import ticks
from immunarium.trial.protocol import Arm, Trial, TrialError

NOTICE = "Research and teaching only; never for the care of a patient."
_FINE, _COARSE, _AFTER = 1.0, 6.0, 24.0  # h: grid until a day after the last dose, and later
_MOST = 5e8  # numbers: 4 GB


def simulate(
    disease: Disease,
    therapies: Mapping[str, Therapy],
    regimen: Regimen,
    *,
    n: int,
    days: float,
    seed: int = 1,
    rtol: float = 1e-6,
    workers: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Follow virtual patients of a disease through a regimen, with no support by rules.

    Parameters
    ----------
    n : int
        Patients.
    days : float
        How long.
    seed : int
        Same seed, same bytes.
    rtol : float
        Relative tolerance of the engine.
    progress : callable
        Told how many patients are done, and how many of those failed.

    Returns
    -------
    Dataset
        Every state and quantity, dims ``(patient, time)``, time in h: hourly until a day after the
        last dose, then every six hours; NaN after death. Every parameter, worst grade, number of
        doses and day of death, dims ``(patient,)``. Units on each.

    Raises
    ------
    ImmunoError
        No time, no patients, more numbers than fit, or a regimen that this disease cannot take.
    """
    if not 0 < days <= 36525:
        raise TrialError(f"Cannot follow patients for {days:g} days. Write a number up to 36525.")
    graph = disease.build().graph
    paths = (*graph.states, *graph.quantities)
    record = _grid(regimen, 24 * days)
    if n * len(record) * len(paths) > _MOST:
        raise TrialError(
            f"{n} patients for {days:g} days do not fit into memory. "
            f"Write at most {_MOST / len(record) / len(paths):.0f} patients."
        )
    patients = Population.sample(disease, n, seed)
    arm = Arm("asked", "as asked", regimen, n)
    trial = Trial(
        name="simulation", title=str(regimen), citation="", source="this work", disease=disease,
        therapies=therapies, arms=(arm,), shares=disease.shares, record=record, until=24 * days,
        courses=paths,
    )  # fmt: skip
    bench = Bench.of(trial, patients.graph)
    cohort = bench.follow(regimen, patients, rtol=rtol, workers=workers, progress=progress)
    return xr.Dataset(
        _courses(cohort, bench, paths) | _patients(cohort, bench, patients),
        coords={
            "patient": ("patient", patients.table.index.to_numpy(), {"units": "1"}),
            "time": ("time", cohort.times, {"units": "h", "long_name": "since the first day"}),
            "histology": ("patient", patients.table["histology"].to_numpy(object), {"units": "1"}),
        },
        attrs={
            "disease": disease.name,
            "regimen": str(regimen),
            "seed": seed,
            "rtol": rtol,
            "implausible draws": patients.refused,
            "immunarium": version("immunarium"),
            "notice": NOTICE,
        },
    )


def _grid(regimen: Regimen, until: float) -> tuple[float, ...]:
    last = max((d.tick + d.dose.duration for d in regimen.doses), default=0) / ticks(1.0)
    turn = min(until, np.ceil(last) + _AFTER)
    hours = [*np.arange(0.0, turn, _FINE), *np.arange(turn, until, _COARSE), until]
    return tuple(map(float, hours))


def _courses(cohort: Cohort, bench: Bench, paths: Sequence[str]) -> dict[str, Any]:
    units, docs = bench.graph.units, bench.graph.docs
    return {
        p: (
            ("patient", "time"),
            cohort.recorded[p],
            {"units": units[p], "long_name": docs[p] or p},
        )
        for p in paths
    }


def _patients(cohort: Cohort, bench: Bench, patients: Population) -> dict[str, Any]:
    """One value per patient: parameters, covariates, worst grades, doses, death, failure."""
    units = bench.graph.units | {p: r.unit for p, r in patients.model.covariates.items()}
    values = {p: patients.table[p].to_numpy() for p in patients.model.covariates}
    values |= cohort.parameters
    out: dict[str, Any] = {p: ("patient", v, {"units": units[p]}) for p, v in values.items()}
    table = assess.patient_table(cohort, bench, patients).drop(columns="histology")
    for name in map(str, table):
        unit = "d" if name == "death_day" else "1"
        column = table[name]
        plain = column.to_numpy(object if column.dtype.kind not in "biuf" else None)
        out[name] = ("patient", plain, {"units": unit})
    return out
