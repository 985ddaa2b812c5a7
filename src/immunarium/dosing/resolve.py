"""From the regimen as asked to amounts of the model's species, patient by patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Graph, Procedure, Therapy
from immunarium.dosing.entries import SIZES as SIZES
from immunarium.dosing.entries import Part, column, entries
from immunarium.dosing.exchange import session
from immunarium.dosing.parts import Dose
from immunarium.dosing.regimen import Regimen
from immunarium.dosing.ticks import HOUR, RegimenError


@dataclass(frozen=True, eq=False)
class ResolvedDose:
    """A dose, or one entry of a dose, as it enters the model.

    Parameters
    ----------
    tick : int
        When [ms since the start of the study], lag included.
    duration : int
        [ms]; 0 for a bolus.
    target : str
        Path of the species; ``clear:`` and a path for what plasma exchange draws.
    amounts : ndarray (patient,)
        In the species' unit, bioavailability included; of what is drawn, the volume [L] cleared
        of it. Read-only.
    drug, course
        Whose doses a rule holds, and until where.
    text : str
        As asked.
    lag : int
        [ms], in ``tick``.
    number : int
        Which dose of the regimen it is of.
    counts : bool
        Whether it stands for the dose; others are its further entries.
    after, lasts : ndarray of int64 (patient,) or None
        Where patients differ: from ``tick`` on, and for how long [ms]; -1 for none of it. Then
        ``duration`` is of the longest.
    asked : int
        Duration as asked [ms].
    limit : ndarray (patient,) or None
        What the label lets run [mL/h].
    """

    tick: int
    duration: int
    target: str
    amounts: NDArray[np.float64]
    drug: str
    course: int
    text: str
    lag: int = 0
    number: int = 0
    counts: bool = True
    after: NDArray[np.int64] | None = None
    lasts: NDArray[np.int64] | None = None
    asked: int = 0
    limit: NDArray[np.float64] | None = None


def resolve(
    regimen: Regimen,
    therapies: Mapping[str, Therapy],
    patients: pd.DataFrame,
    graph: Graph | None = None,
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
    graph : Graph or None
        The model that takes the doses: procedures draw what it has in plasma, and entries that it
        lacks are left out. With None, no procedure can be given.

    Returns
    -------
    list[ResolvedDose]
        In the order of time, the entry that stands for a dose before its others.

    Raises
    ------
    UnknownNameError
        A drug that is no therapy here, or a fluid that does not exist.
    RegimenError
        A route or unit that the therapy does not have, a patient without what it needs, or more
        plasma an hour than a patient has.
    """
    ready = {d: _Ready.of(d, therapies, patients, graph) for d in {p.dose for p in regimen.doses}}
    resolved: list[ResolvedDose] = []
    for number, p in enumerate(regimen.doses):
        dose = ready[p.dose]
        for k, part in enumerate(dose.parts):
            start, duration, after, lasts = _when(part)
            if k and duration < 0:
                continue
            resolved.append(
                ResolvedDose(
                    p.tick + dose.lag + start, duration, part.target, part.amounts, p.dose.drug,
                    p.course, dose.text, dose.lag, number, k == 0, after, lasts,
                    p.dose.duration, part.pace.limit,
                )
            )  # fmt: skip
    return sorted(resolved, key=lambda d: d.tick)


def _when(part: Part) -> tuple[int, int, NDArray[np.int64] | None, NDArray[np.int64] | None]:
    """Return start and duration, and the patients' own where they differ."""
    pace = part.pace
    if not len(pace.lasts):
        return 0, 0, None, None
    alike = (pace.after == pace.after[0]).all() and (pace.lasts == pace.lasts[0]).all()
    if alike:
        return int(pace.after[0]), int(pace.lasts[0]), None, None
    start = int(pace.after.min())
    return start, int(pace.lasts.max()), pace.after - start, pace.lasts


@dataclass(frozen=True)
class _Ready:
    parts: list[Part]
    lag: int
    text: str

    @classmethod
    def of(
        cls,
        dose: Dose,
        therapies: Mapping[str, Therapy],
        patients: pd.DataFrame,
        graph: Graph | None,
    ) -> _Ready:
        route = dose.enters(therapies)
        therapy = therapies[dose.drug]
        if isinstance(therapy, Procedure):
            return cls(session(dose, therapy, patients, graph), 0, str(dose))
        lag = _lag(dose, route.lag, patients)
        return cls(entries(dose, therapies, patients, graph), lag, str(dose))


def _lag(dose: Dose, path: str | None, patients: pd.DataFrame) -> int:
    if path is None:
        return 0
    lags = np.unique(np.rint(column(dose, path, patients) * HOUR))
    if len(lags) > 1:
        raise RegimenError(
            f"'{dose}' cannot be given: {path} differs between patients, and a dose has one "
            f"time for all. Set its spread to 0."
        )
    return int(lags[0]) if len(lags) else 0
