"""Charts of doses: when each patient gets what, for how long, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Therapy
from immunarium.dosing import Regimen, ResolvedDose, resolve
from immunarium.dosing.ticks import DAY, HOUR
from immunarium.engine import Outcome

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ticks = NDArray[np.int64]
Rows = NDArray[np.intp]
Key = tuple[str, int, int]
NEVER = -1  # tick of a dose that is not given
PENDING = -1
GIVEN, HELD = int(Outcome.GIVEN), int(Outcome.HELD)
STOPPED, ENDED = int(Outcome.STOPPED), int(Outcome.ENDED)
WORDS = {GIVEN: "given", HELD: "held", STOPPED: "stopped", ENDED: "ended"}
DOSES = pd.Index(["patient", "day", "drug", "dose", "hours", "share", "outcome"])


@dataclass(frozen=True)
class Column:
    """One dose of a regimen that patients may be on.

    Attributes
    ----------
    regimen : (str, int, int)
        Which: ``arm`` with its number, or ``rule`` with its number and how often it had begun.
    start, lag : int
        From the start of the regimen to the dose, lag included, and the lag [ticks].
    """

    regimen: Key
    drug: str
    course: int
    start: int
    lag: int
    duration: int
    target: str
    text: str


class Chart:
    """Doses of all patients, a column each; a patient who is not on a regimen has none of it.

    Attributes
    ----------
    columns : list of Column
    tick, duration : ndarray of int64, shape (patients, columns)
    planned : ndarray, shape (patients, columns)
        Amounts of full doses.
    share : ndarray, shape (patients, columns)
        Of the full dose, that is given.
    code : ndarray of int8, shape (patients, columns)
        `PENDING`, or what was decided.
    """

    def __init__(self, therapies: Mapping[str, Therapy], patients: pd.DataFrame) -> None:
        self.therapies, self.patients = therapies, patients
        n = len(patients)
        self.columns: list[Column] = []
        self.places: dict[Key, slice] = {}
        self.tick = np.zeros((n, 0), np.int64)
        self.duration = np.zeros((n, 0), np.int64)
        self.planned, self.share = np.zeros((n, 0)), np.zeros((n, 0))
        self.code = np.zeros((n, 0), np.int8)

    def place(self, key: Key, regimen: Regimen) -> slice:
        """Return the columns of a regimen; they are new if nobody was on it yet."""
        if key not in self.places:
            doses = resolve(regimen, self.therapies, self.patients)
            first = len(self.columns)
            self.columns += [
                Column(key, d.drug, d.course, d.tick, d.lag, d.duration, d.target, d.text)
                for d in doses
            ]
            self.places[key] = slice(first, len(self.columns))
            self._widen(doses)
        return self.places[key]

    def _widen(self, doses: Sequence[ResolvedDose]) -> None:
        n, more = len(self.tick), len(doses)
        amounts = [np.broadcast_to(d.amounts, (n,)) for d in doses]
        none = np.full((n, more), NEVER, np.int64)
        self.tick = np.hstack([self.tick, none])
        self.duration = np.hstack([self.duration, np.zeros((n, more), np.int64)])
        self.planned = np.hstack([self.planned, np.array(amounts).reshape(more, n).T])
        self.share = np.hstack([self.share, np.ones((n, more))])
        self.code = np.hstack([self.code, np.full((n, more), PENDING, np.int8)])

    def begin(self, key: Key, regimen: Regimen, rows: Rows, tick: int) -> None:
        """Put patients on a regimen whose start is now."""
        mine = self.place(key, regimen)
        columns = self.columns[mine]
        self.tick[rows, mine] = tick + np.array([c.start for c in columns], np.int64)
        self.duration[rows, mine] = np.array([c.duration for c in columns], np.int64)

    def of_drug(self, drug: str) -> Bools:
        """Which columns are doses of a drug."""
        return np.array([c.drug == drug for c in self.columns], dtype=bool)

    def pending(self, rows: Rows, tick: int) -> Bools:
        """Which doses of some patients are still to come, now or later."""
        return (self.tick[rows] >= tick) & (self.code[rows] == PENDING)

    def amounts(self) -> Floats:
        """What is given of each dose, shape (patients, columns)."""
        given = (self.code == PENDING) | (self.code == GIVEN)
        return np.where(given, self.planned * self.share, 0.0)

    def table(self, numbers: NDArray[np.intp]) -> pd.DataFrame:
        """Write down each dose: a row a dose, in the order of time; ``DOSES`` are its columns."""
        n = len(numbers)
        i, j = np.nonzero((self.tick[:n] != NEVER) | (self.code[:n] != PENDING))
        code, columns = self.code[i, j], [self.columns[k] for k in j]
        day = np.where(self.tick[i, j] == NEVER, np.nan, self.tick[i, j] / DAY)
        values = (
            numbers[i], day, [c.drug for c in columns], [c.text for c in columns],
            self.duration[i, j] / HOUR, np.where(code == GIVEN, self.share[i, j], 0.0),
            [WORDS[int(c)] for c in code],
        )  # fmt: skip
        table = pd.DataFrame(dict(zip(DOSES, values, strict=True)), columns=DOSES)
        return table.sort_values(["patient", "day"], kind="stable", ignore_index=True)
