"""From the regimen as asked to amounts of the model's species, patient by patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import RouteTarget, Therapy, UnitError
from immunarium.dosing.parts import Dose
from immunarium.dosing.regimen import Regimen
from immunarium.dosing.ticks import HOUR, RegimenError

SIZES = {"kg": "patient.weight", "m²": "patient.bsa"}
"""What a dose per kg or per m² is multiplied with; covariates in kg and m²."""


@dataclass(frozen=True, eq=False)
class ResolvedDose:
    """A dose as it enters the model.

    Parameters
    ----------
    tick : int
        When [ms since the start of the study], lag included.
    duration : int
        [ms]; 0 for a bolus.
    target : str
        Path of the species.
    amounts : ndarray (patient,)
        In the species' unit, bioavailability included; read-only.
    drug, course
        Whose doses a rule holds, and until where.
    text : str
        As asked.
    lag : int
        [ms], in ``tick``.
    """

    tick: int
    duration: int
    target: str
    amounts: NDArray[np.float64]
    drug: str
    course: int
    text: str
    lag: int = 0


def resolve(
    regimen: Regimen, therapies: Mapping[str, Therapy], patients: pd.DataFrame
) -> list[ResolvedDose]:
    """Say what each patient would get.

    Parameters
    ----------
    regimen : Regimen
        As asked.
    therapies : Mapping[str, Therapy]
        By name.
    patients : DataFrame (patient, path)
        With the covariates and parameters that its doses need.

    Returns
    -------
    list[ResolvedDose]
        In the order of time.

    Raises
    ------
    UnknownNameError
        A drug that is no therapy here.
    RegimenError
        A route or unit that the therapy does not have, or a patient without what it needs.
    """
    ready = {d: _Ready.of(d, therapies, patients) for d in {p.dose for p in regimen.doses}}
    resolved = [
        ResolvedDose(
            p.tick + ready[p.dose].lag, p.dose.duration, ready[p.dose].target,
            ready[p.dose].amounts, p.dose.drug, p.course, str(p.dose),
            ready[p.dose].lag,
        )
        for p in regimen.doses
    ]  # fmt: skip
    return sorted(resolved, key=lambda d: d.tick)


@dataclass(frozen=True)
class _Ready:
    target: str
    lag: int
    amounts: NDArray[np.float64]

    @classmethod
    def of(cls, dose: Dose, therapies: Mapping[str, Therapy], patients: pd.DataFrame) -> _Ready:
        route = dose.enters(therapies)
        amounts = _amounts(dose, route, therapies[dose.drug], patients)
        return cls(route.path, _lag(dose, route, patients), amounts)


def _amounts(
    dose: Dose, route: RouteTarget, therapy: Therapy, patients: pd.DataFrame
) -> NDArray[np.float64]:
    unit, _, per = dose.unit.partition("/")
    try:
        one = therapy.amount_of(unit)
    except UnitError as e:
        raise RegimenError(f"'{dose}' cannot be given: {e}") from None
    amounts = np.full(len(patients), dose.amount * one)
    if per:
        amounts *= _column(dose, SIZES[per], patients)
    if route.bioavailability:
        amounts *= _column(dose, route.bioavailability, patients)
    amounts.flags.writeable = False
    return amounts


def _lag(dose: Dose, route: RouteTarget, patients: pd.DataFrame) -> int:
    if route.lag is None:
        return 0
    lags = np.unique(np.rint(_column(dose, route.lag, patients) * HOUR))
    if len(lags) > 1:
        raise RegimenError(
            f"'{dose}' cannot be given: {route.lag} differs between patients, and a dose has one "
            f"time for all. Set its spread to 0."
        )
    return int(lags[0]) if len(lags) else 0


def _column(dose: Dose, path: str, patients: pd.DataFrame) -> NDArray[np.float64]:
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
