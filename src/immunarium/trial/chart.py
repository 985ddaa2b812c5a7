"""Charts of doses: when each patient gets what, for how long, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Graph, Therapy
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
CLEAR = "clear:"
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
    of : int
        The column that stands for its dose: itself, or the one whose further entry it is.
    dose : ResolvedDose
    """

    regimen: Key
    drug: str
    course: int
    start: int
    lag: int
    duration: int
    target: str
    text: str
    of: int
    dose: ResolvedDose = field(compare=False, repr=False)


class Chart:
    """Doses of all patients, a column each; a patient who is not on a regimen has none of it.

    A dose that enters several species, or is stepped up, has further columns, which share its
    fate and are not counted.

    Parameters
    ----------
    graph : Graph or None
        The model that takes the doses.

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
    of : ndarray of int, shape (columns,)
        The column that stands for the dose of each.
    """

    def __init__(
        self, therapies: Mapping[str, Therapy], patients: pd.DataFrame, graph: Graph | None = None
    ) -> None:
        self.therapies, self.patients, self.graph = therapies, patients, graph
        n = len(patients)
        self.columns: list[Column] = []
        self.places: dict[Key, slice] = {}
        self.tick = np.zeros((n, 0), np.int64)
        self.duration = np.zeros((n, 0), np.int64)
        self.planned, self.share = np.zeros((n, 0)), np.zeros((n, 0))
        self.code = np.zeros((n, 0), np.int8)
        self.of = np.zeros(0, np.intp)

    def place(self, key: Key, regimen: Regimen) -> slice:
        """Return the columns of a regimen; they are new if nobody was on it yet."""
        if key not in self.places:
            doses = resolve(regimen, self.therapies, self.patients, self.graph)
            first = len(self.columns)
            stands = {d.number: first + k for k, d in enumerate(doses) if d.counts}
            self.columns += [
                Column(
                    key, d.drug, d.course, d.tick, d.lag, d.duration, d.target, d.text,
                    stands[d.number], d,
                )
                for d in doses
            ]  # fmt: skip
            self.of = np.array([c.of for c in self.columns], np.intp)
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
        for k, column in enumerate(columns, start=mine.start):
            after, lasts = column.dose.after, column.dose.lasts
            if after is not None and lasts is not None:  # patients differ
                gets = lasts[rows] >= 0
                self.tick[rows, k] = np.where(gets, self.tick[rows, k] + after[rows], NEVER)
                self.duration[rows, k] = np.maximum(lasts[rows], 0)

    def doses_of(self, key: Key) -> list[int]:
        """Return the columns that stand for the doses of a regimen."""
        mine = self.places[key]
        return [k for k in range(mine.start, mine.stop) if self.of[k] == k]

    @property
    def counts(self) -> Bools:
        """Which columns stand for a dose."""
        return self.of == np.arange(len(self.of))

    def of_drug(self, drug: str) -> Bools:
        """Which columns are doses of a drug."""
        return np.array([c.drug == drug for c in self.columns], dtype=bool)

    def cautions(self) -> dict[str, tuple[Bools, str]]:
        """By drug: who is better not given it, and why."""
        return {
            name: (self.patients[caution.path].to_numpy() > 0, caution.why)
            for name, therapy in self.therapies.items()
            for caution in therapy.cautions
            if caution.path in self.patients
        }

    def pending(self, rows: Rows, tick: int) -> Bools:
        """Which doses of some patients are still to come, now or later; one that runs is not."""
        begins = self.tick[rows][:, self.of]
        later = (self.tick[rows] >= tick) & (begins >= tick)
        return later & (self.code[rows] == PENDING)

    def amounts(self) -> Floats:
        """What is given of each dose, shape (patients, columns)."""
        given = (self.code == PENDING) | (self.code == GIVEN)
        return np.where(given, self.planned * self.share, 0.0)

    def table(self, numbers: NDArray[np.intp]) -> pd.DataFrame:
        """Write down each dose: a row a dose, in the order of time; ``DOSES`` are its columns."""
        n = len(numbers)
        told = (self.tick[:n] != NEVER) | (self.code[:n] != PENDING)
        i, j = np.nonzero(told & self.counts)
        code, columns = self.code[i, j], [self.columns[k] for k in j]
        day = np.where(self.tick[i, j] == NEVER, np.nan, self.tick[i, j] / DAY)
        values = (
            numbers[i], day, [c.drug for c in columns], [c.text for c in columns],
            self.lasts()[i, j] / HOUR, np.where(code == GIVEN, self.share[i, j], 0.0),
            [WORDS[int(c)] for c in code],
        )  # fmt: skip
        table = pd.DataFrame(dict(zip(DOSES, values, strict=True)), columns=DOSES)
        return table.sort_values(["patient", "day"], kind="stable", ignore_index=True)

    def lasts(self) -> Ticks:
        """Return how long each dose takes, with all its stretches [ticks]."""
        ends = np.where(self.tick == NEVER, NEVER, self.tick + self.duration)
        last = ends.copy()
        for k in np.flatnonzero(~self.counts):
            last[:, self.of[k]] = np.maximum(last[:, self.of[k]], ends[:, k])
        return np.where(self.tick == NEVER, self.duration, last - self.tick)

    def drawn(self) -> dict[int, set[str]]:
        """Return what each exchange clears of plasma, by the column that stands for it."""
        out: dict[int, set[str]] = {}
        for c in self.columns:
            if c.target.startswith(CLEAR):
                out.setdefault(c.of, set()).add(c.target.removeprefix(CLEAR))
        return out

    def enters(self, paths: set[str]) -> list[int]:
        """Return the columns of doses, not of exchanges, whose drug is one of some species."""
        return [k for k, c in enumerate(self.columns) if c.of == k and c.target in paths]
