"""What rules know from visits: how many there were, and the response at the last one assessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from immunarium.dosing.ticks import DAY
from immunarium.population import Population
from immunarium.trial.decisions import Calls, Rows
from immunarium.trial.lesions import NE, NN, PD, SD, read_lesions
from immunarium.trial.predicates import RESPONSES
from immunarium.trial.ratings import calendar
from immunarium.trial.response import CRITERIA
from immunarium.trial.sight import Record

if TYPE_CHECKING:
    from immunarium.trial.bench import Bench

Floats = NDArray[np.float64]
_NONE = np.zeros((0, 0))


def calls(bench: Bench, patients: Population, record: Record) -> Calls:
    """Return when patients are seen at visits, and what is known of them since."""
    if bench.trial.visits is None:
        nothing = np.zeros((len(patients), 0))
        return Calls(nothing.astype(np.int64), nothing.astype(bool), lambda *asked: _NONE)
    seen = _Visited(bench, patients, record)
    return Calls(seen.ticks[:, 1:], seen.came[:, 1:], seen.known)


class _Visited:
    """The visits of patients so far.

    Attributes
    ----------
    ticks, came : ndarray, shape (patients, 1 + visits)
        The first is the baseline.
    """

    def __init__(self, bench: Bench, patients: Population, record: Record) -> None:
        from immunarium.trial import tumours  # which reads benches

        visits = bench.trial.visits
        assert visits is not None  # as `calls` has seen
        index = patients.table.index.to_numpy()
        alive = np.full(len(index), np.nan)  # the dead are followed no further
        days, self.came = calendar(bench.trial, patients.seed, index, alive)
        self.ticks = np.rint(days * DAY).astype(np.int64)
        self.visits, self.record = visits, record
        self.outputs = [record.outputs[p] for p in bench.lesions]
        self.columns = np.minimum(np.searchsorted(record.ticks, self.ticks), len(record.ticks) - 1)
        self.organ = tumours.organs(patients, bench.lesions)
        self._draw = lambda: tumours.noise(patients.seed, index, bench.lesions, visits)
        self._noise: Floats | None = None

    def known(self, rows: Rows, tick: int, what: str) -> Floats:
        """Return ``visit`` or ``response`` of some patients at a tick."""
        past = self.came[rows] & (self.ticks[rows] <= tick)
        if what == "visit":
            return np.where(past, np.arange(past.shape[1]), 0).max(axis=1).astype(np.float64)
        return self._response(rows, past)

    def _response(self, rows: Rows, past: NDArray[np.bool_]) -> Floats:
        """Response at the last visit assessed; who has progressed once has progressed."""
        if self._noise is None:
            self._noise = self._draw()
        at = self.columns[rows]
        volumes = self.record.values[rows[:, None], at][:, :, self.outputs]
        volumes = np.where(past[:, :, None], volumes, np.nan)
        read = read_lesions(volumes, self._noise[:, rows], self.visits, self.organ[rows])
        codes = CRITERIA[self.visits.criteria](read, self.visits).code
        codes = np.where(past[:, 1:], codes, NE)
        numbers = np.full(codes.shape, np.nan)
        for code, value in (*RESPONSES.items(), (NN, RESPONSES[SD])):
            numbers[codes == code] = value
        assessed = ~np.isnan(numbers)
        last = codes.shape[1] - 1 - np.argmax(assessed[:, ::-1], axis=1)
        out = numbers[np.arange(len(rows)), last]
        return np.where((codes == PD).any(axis=1), RESPONSES[PD], out)
