"""What a session of a procedure becomes: what is drawn with the plasma, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from immunarium.core import CLEAR, Graph, Procedure, Row
from immunarium.core.procedure import PLASMA_VOLUMES, is_level
from immunarium.core.units import factor
from immunarium.dosing.entries import Floats, Pace, Part, amounts_of, column, frozen
from immunarium.dosing.fluids import parts_of
from immunarium.dosing.parts import Dose
from immunarium.dosing.ticks import HOUR, RegimenError

PLASMA_VOLUME = "patient.plasma_volume"


def session(
    dose: Dose, procedure: Procedure, patients: pd.DataFrame, graph: Graph | None
) -> list[Part]:
    """Say what each patient's session draws and brings; the first part stands for it.

    Raises
    ------
    RegimenError
        The model has nothing that can be drawn, or a patient would lose more plasma in an hour
        than there is.
    """
    route = dose.enters({dose.drug: procedure})
    inputs = () if graph is None else graph.inputs
    drawn = [i.removeprefix(CLEAR) for i in inputs if i.startswith(CLEAR)]
    if graph is None or not drawn:
        raise RegimenError(
            f"'{dose}' cannot be given: nothing in this model is in plasma that can be exchanged."
        )
    plasma = column(dose, PLASMA_VOLUME, patients)
    litres = amounts_of(dose, procedure, patients)
    if dose.unit == PLASMA_VOLUMES:
        litres = litres * plasma
    if route.bioavailability:
        litres = litres * column(dose, route.bioavailability, patients)
    _check_flow(dose, litres, plasma, patients)
    n = len(patients)
    pace = Pace(np.ones(n), np.zeros(n, np.int64), np.full(n, dose.duration))
    sieved = [(path, procedure.sieving(path)) for path in drawn]
    sieved.sort(key=lambda at: at[1] == 0)  # so that the first one is drawn
    out = [
        Part(f"clear:{p}", frozen(s * litres), pace)
        for k, (p, s) in enumerate(sieved)
        if s or not k
    ]
    for row, share in _brought(dose, procedure):
        if f"@{row.name}" in inputs:
            out.append(Part(row.name, frozen(_amounts(row, graph, share * litres, plasma)), pace))
    return out


def _check_flow(dose: Dose, litres: Floats, plasma: Floats, patients: pd.DataFrame) -> None:
    hours = dose.duration / HOUR
    bad = litres / hours > plasma * (1 + 1e-9)
    if bad.any():
        k = int(bad.argmax())
        least = np.ceil(litres[k] / plasma[k] * 10) / 10
        raise RegimenError(
            f"'{dose}' draws {litres[k] / hours:.3g} L of plasma an hour, and patient "
            f"{patients.index[k]} has {plasma[k]:.3g} L. Write a longer time, at least "
            f"'over {least:g} h'."
        )


def _brought(dose: Dose, procedure: Procedure) -> Iterator[tuple[Row, float]]:
    """Return what comes into the body with a litre of plasma drawn."""
    for row in procedure.added:
        yield row, 1.0
    if procedure.fluids is None:
        return
    for share, name in parts_of(dose.fluid):
        for row in procedure.fluids.composition(name):
            yield row, share


def _amounts(row: Row, graph: Graph, litres: Floats, plasma: Floats) -> Floats:
    unit = graph.units[row.name]
    if is_level(row, unit):
        return float(row.value) * factor(row.unit, unit) * litres / plasma
    per_litre = f"{'dimensionless' if unit == '1' else unit} / L"
    return float(row.value) * factor(row.unit, per_litre) * litres
