"""What comes back from a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from immunarium.engine.plan import TICKS_PER_HOUR, Reduce

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


class Status(IntEnum):
    """How a patient's run went."""

    OK = 0
    ENDED = 1
    STEP_TOO_SMALL = 2
    TOO_MANY_STEPS = 3
    NOT_FINITE = 4


class Outcome(IntEnum):
    """What became of a dose."""

    HELD = 0
    GIVEN = 1
    STOPPED = 2  # its course, or the drug, was ended by a rule
    ENDED = 3  # the patient was no longer followed


_TEXT = {
    Status.OK: "followed to the end",
    Status.ENDED: "ended after {hours:.6g} h",
    Status.STEP_TOO_SMALL: "no solution after {hours:.6g} h: steps too small at {species}",
    Status.TOO_MANY_STEPS: "no solution after {hours:.6g} h: too many steps, for {species}",
    Status.NOT_FINITE: "no solution after {hours:.6g} h: {species} is not a finite number",
}


@dataclass(frozen=True)
class RunResult:
    """Every patient of a run; one that failed is here with its status, and NaN from there on.

    Attributes
    ----------
    record_at : ndarray of int64, shape (times,) or (patients, times)
        Ticks of the records.
    outputs : tuple of str
        Names of the recorded outputs.
    recorded : ndarray, shape (patients, times, outputs)
        NaN after a patient's end or failure.
    reduced : DataFrame
        Row = patient; per Reduce its value (a crossing: its time), and ``<name>.time`` [h] of a
        peak or nadir. NaN for failed patients.
    doses : ndarray of int8, shape (patients, doses)
        An Outcome each.
    ended_at : ndarray, shape (patients,)
        Time of the end [h], NaN if none.
    status : ndarray of int8, shape (patients,)
        A Status each.
    stopped_at : ndarray, shape (patients,)
        Time reached [h].
    culprit : ndarray, shape (patients,)
        State at which a failure was seen, -1 if none.
    steps, rejected : ndarray of int64, shape (patients,)
        Steps tried, and those of them that were too large.
    """

    record_at: NDArray[np.int64]
    states: tuple[str, ...]
    outputs: tuple[str, ...]
    recorded: NDArray[np.float64]
    reduced: pd.DataFrame
    doses: NDArray[np.int8]
    ended_at: NDArray[np.float64]
    status: NDArray[np.int8]
    stopped_at: NDArray[np.float64]
    culprit: NDArray[np.int64]
    steps: NDArray[np.int64]
    rejected: NDArray[np.int64]

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Patients that could not be followed."""
        return self.status > Status.ENDED

    def status_text(self, i: int) -> str:
        """Say in a sentence how the run of patient ``i`` went."""
        return f"Patient {i}: {self.why(i)}."

    def why(self, i: int) -> str:
        """Say how the run of patient ``i`` went."""
        species = self.states[self.culprit[i]] if self.culprit[i] >= 0 else ""
        return _TEXT[Status(self.status[i])].format(hours=self.stopped_at[i], species=species)

    def dataset(
        self, units: Mapping[str, str], docs: Mapping[str, str], patients: Sequence[Any]
    ) -> xr.Dataset:
        """Label the records: dims (patient, time), a variable per output, with its unit.

        ``time`` [h] is a coordinate; it has both dims if patients were seen at different times.

        Raises
        ------
        KeyError
            An output has no unit.
        """
        import xarray as xr

        hours = self.record_at / TICKS_PER_HOUR
        attributes = {"units": "h", "long_name": "time since the start"}
        together = hours.ndim == 1
        time = ("time" if together else ("patient", "time"), hours, attributes)
        variables = {
            name: (
                ("patient", "time"),
                self.recorded[:, :, i],
                {"units": units[name], "long_name": docs.get(name, name)},
            )
            for i, name in enumerate(self.outputs)
        }
        coordinates = {"patient": list(patients), "time" if together else "hours": time}
        return xr.Dataset(variables, coordinates)


def reduced_table(
    reduces: Sequence[Reduce], best: NDArray[np.float64], when: NDArray[np.float64]
) -> pd.DataFrame:
    """Name the columns of reductions, each of shape (patients, reduces)."""
    import pandas as pd

    columns: dict[str, NDArray[np.float64]] = {}
    for i, r in enumerate(reduces):
        if r.kind in ("peak", "nadir"):
            columns |= {r.name: best[:, i], f"{r.name}.time": when[:, i]}
        else:
            columns[r.name] = when[:, i]
    return pd.DataFrame(columns, index=pd.RangeIndex(len(best), name="patient"))
