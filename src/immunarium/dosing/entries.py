"""What one dose of a drug becomes: which species get how much of it, when, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Graph, Label, Therapy, UnitError
from immunarium.dosing.parts import Dose
from immunarium.dosing.ticks import HOUR, LONGEST, MINUTE, RegimenError

SIZES = {"kg": "patient.weight", "m²": "patient.bsa"}
"""What a dose per kg or per m² is multiplied with; covariates in kg and m²."""
PUMP = 5 * MINUTE
"""Pumps are set in such steps, so that patients share their timetables [ticks]."""
_MOST_STEPS = 100

Floats = NDArray[np.float64]
Ticks = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pace:
    """A stretch of an infusion that runs at one rate.

    Attributes
    ----------
    share : ndarray (patient,)
        Of the dose.
    after, lasts : ndarray of int64 (patient,)
        From the start of the dose, and for how long [ticks]; both 0 for a bolus, -1 where a
        patient has no such stretch.
    limit : ndarray (patient,) or None
        What the label lets run [mL/h].
    """

    share: Floats
    after: Ticks
    lasts: Ticks
    limit: Floats | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """What one species gets of a dose in one stretch.

    Attributes
    ----------
    target : str
        Path of the species, or ``clear:`` and the path of one that is drawn.
    amounts : ndarray (patient,)
        In its unit; of what is drawn, the volume [L] that is cleared of it. Read-only.
    pace : Pace
    """

    target: str
    amounts: Floats
    pace: Pace


def entries(
    dose: Dose, therapies: Mapping[str, Therapy], patients: pd.DataFrame, graph: Graph | None
) -> list[Part]:
    """Say what each patient would get of a dose of a drug; the first part stands for the dose.

    Parameters
    ----------
    graph : Graph or None
        What the dose enters: its further entries that it does not have are left out. With None
        all of them are kept, and the therapy's numbers are in its units.
    """
    therapy, route = therapies[dose.drug], dose.enters(therapies)
    asked = amounts_of(dose, therapy, patients)
    paces = list(_paces(dose, therapy, route.label, asked, patients))
    arrives = arriving(dose, therapies, patients)
    targets = [
        (route.path, route.content, ""),
        *((e.path, e.content, e.within) for e in route.also),
    ]
    out: list[Part] = []
    for i, (path, content, within) in enumerate(targets):
        if i and graph is not None and f"@{path}" not in graph.inputs:
            continue
        amounts = arrives * _content(therapy, path, content, within, graph) if content else arrives
        if within:
            amounts = amounts / column(dose, within, patients)
        out += [Part(path, frozen(pace.share * amounts), pace) for pace in paces]
    return out


def arriving(dose: Dose, therapies: Mapping[str, Therapy], patients: pd.DataFrame) -> Floats:
    """Return how much of a dose arrives in each patient, in the therapy's unit."""
    path = dose.enters(therapies).bioavailability
    amounts = amounts_of(dose, therapies[dose.drug], patients)
    return amounts * column(dose, path, patients) if path else amounts


def _content(therapy: Therapy, path: str, row: str, within: str, graph: Graph | None) -> float:
    """How much of a species one unit of the therapy is, times the volume it is divided by."""
    if graph is None or path not in graph.units:
        return therapy.number(row, therapy.rows[row].unit if row in therapy.rows else "1")
    own = graph.units[path].replace("1", "dimensionless", 1) if graph.units[path] == "1" else None
    volume = " * L" if within else ""
    return therapy.number(row, f"{own or graph.units[path]}{volume} / ({therapy.unit})")


def amounts_of(dose: Dose, therapy: Therapy, patients: pd.DataFrame) -> Floats:
    """Return the dose of each patient in the therapy's unit."""
    unit, _, per = dose.unit.partition("/")
    try:
        one = therapy.amount_of(unit)
    except UnitError as e:
        raise RegimenError(f"'{dose}' cannot be given: {e}") from None
    amounts = np.full(len(patients), dose.amount * one)
    return amounts * column(dose, SIZES[per], patients) if per else amounts


def _paces(
    dose: Dose, therapy: Therapy, label: Label | None, asked: Floats, patients: pd.DataFrame
) -> Iterator[Pace]:
    """Say how a dose runs: at once, at one rate, or stepped up."""
    n = len(patients)
    zero, one = np.zeros(n, np.int64), np.ones(n)
    if label is None:
        yield Pace(one, zero, np.full(n, dose.duration))
        return
    volume = asked / therapy.number("concentration", f"({therapy.unit})/mL")
    weight = column(dose, SIZES["kg"], patients)
    limit = np.minimum(
        therapy.number("most_rate", "mL/h"),
        therapy.number("most_rate_per_kg", "mL/kg/h") * weight,
    )
    if label.limit:
        limit = limit * column(dose, label.limit, patients)
    if (volume / limit * HOUR > LONGEST).any():
        raise RegimenError(f"'{dose}' would run for more than a century. Write a smaller dose.")
    if dose.over:
        least = _rounded(volume / limit)
        yield Pace(one, zero, np.maximum(dose.duration, least), limit)
        return
    yield from _stepped(therapy, volume, weight, limit)


def _stepped(therapy: Therapy, volume: Floats, weight: Floats, limit: Floats) -> Iterator[Pace]:
    """Step an infusion up as the label says, until the whole volume has run."""
    rate = np.minimum(therapy.number("start_rate", "mL/kg/h") * weight, limit)
    step, faster = therapy.number("step_time", "h"), therapy.number("rate_factor", "1")
    after, left = np.zeros(len(volume), np.int64), volume.copy()
    for _ in range(_MOST_STEPS):
        hours = left / rate
        whole = np.floor(np.round(hours * HOUR / PUMP, 9)).astype(np.int64) * PUMP
        goes_on = (rate < limit) & (hours > step)
        lasts = np.where(goes_on, round(step * HOUR), np.maximum(whole, PUMP))
        runs = np.where(left > 0, np.minimum(left, rate * lasts / HOUR), 0.0)  # the rest: slower
        yield Pace(runs / volume, after, np.where(left > 0, lasts, -1))
        left = np.where(left - runs > 1e-9 * volume, left - runs, 0.0)
        if not (left > 0).any():
            return
        after = after + lasts
        rate = np.where(goes_on, np.minimum(rate * faster, limit), rate)
    raise RegimenError(
        f"The rates of {therapy.name} do not reach their limit in {_MOST_STEPS} steps."
    )


def _rounded(hours: Floats) -> Ticks:
    return np.asarray(np.ceil(np.round(hours * HOUR / PUMP, 9)) * PUMP, dtype=np.int64)


def frozen(amounts: Floats) -> Floats:
    """Return amounts that nobody can change."""
    amounts = np.array(amounts, dtype=np.float64)
    amounts.flags.writeable = False
    return amounts


def column(dose: Dose, path: str, patients: pd.DataFrame) -> Floats:
    """Return a number of each patient, which must be above zero.

    Raises
    ------
    RegimenError
        The patients do not have it, or one has none.
    """
    if path not in patients:
        raise RegimenError(f"'{dose}' needs {path}, which these patients do not have.")
    values = patients[path].to_numpy(np.float64)
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        first = int(bad.argmax())
        raise RegimenError(
            f"'{dose}' needs {path} above zero; patient {patients.index[first]} has "
            f"{values[first]:g}."
        )
    return values
