"""Timetables of patients: made once for all to whom the same happens."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from immunarium.engine import Doses, Journey, Timetable, Titrate, dose_row
from immunarium.trial.chart import NEVER, Chart, Rows, Ticks

Spans = list[tuple[int, int]]


class Timetables:
    """What happens to whom, and when.

    Parameters
    ----------
    support : callable
        Given the first tick and the end of each course: the titrations of support.
    """

    def __init__(
        self, journey: Journey, chart: Chart, support: Callable[[Spans], list[Titrate]]
    ) -> None:
        self.journey, self.chart, self.support = journey, chart, support
        self.plan = np.full(len(journey), -1, np.intp)
        self._numbers: dict[bytes, int] = {}
        self._rows: list[int] = []  # of the workspace, for each column of the chart
        self._plans: list[tuple[Doses, list[Titrate]]] = []
        self._made: dict[tuple[int, frozenset[int]], Timetable] = {}

    def forget(self, rows: Rows) -> None:
        """Note that the doses of some patients have moved."""
        self.plan[rows] = -1

    def of_patients(self, rows: Rows, until: Ticks) -> tuple[list[Timetable], NDArray[np.intp]]:
        """Return timetables for the way from where patients stand, and whose is which."""
        for row in rows[self.plan[rows] < 0].tolist():
            self.plan[row] = self._number(row)
        ways = np.stack([self.plan[rows], self.journey.tick[rows], until], axis=1)
        unique, which = np.unique(ways, axis=0, return_inverse=True)
        return [self._way(*way) for way in unique.tolist()], which.reshape(-1)

    def _number(self, row: int) -> int:
        """Return the number of what happens to a patient."""
        chart = self.chart
        used = np.flatnonzero(chart.tick[row] != NEVER)
        tick, duration = chart.tick[row, used], chart.duration[row, used]
        key = b"".join(x.tobytes() for x in (used, tick, duration))
        if key not in self._numbers:
            self._numbers[key] = len(self._plans)
            kernel, columns = self.journey.kernel, chart.columns
            for c in columns[len(self._rows) :]:
                self._rows.append(dose_row(c.target, c.duration > 0, kernel))
            doses = Doses(
                chart.tick[row].copy(), chart.duration[row].copy(), np.array(self._rows, np.int64)
            )
            self._plans.append((doses, self.support(self._spans(row))))
        return self._numbers[key]

    def _spans(self, row: int) -> Spans:
        """First dose of each course, and when its last one has ended."""
        chart = self.chart
        due = [(int(t) - c.lag, k) for k, (t, c) in enumerate(zip(chart.tick[row], chart.columns,
               strict=True)) if t != NEVER]  # fmt: skip
        spans: dict[object, tuple[int, int]] = {}
        later: list[tuple[int, int]] = []
        for tick, k in sorted(due):
            column, end = chart.columns[k], tick + int(chart.duration[row, k])
            if column.regimen[0] == "arm":
                course = (column.regimen, column.course)
                spans[course] = (spans.get(course, (tick, 0))[0], end)
            else:
                later.append((tick, end))
        for tick, end in later:  # in the course that it falls into
            running = [c for c, (first, _) in spans.items() if first <= tick]
            course = max(running, key=lambda c: spans[c][0], default="before")
            first, last = spans.get(course, (tick, 0))
            spans[course] = (first, max(last, end))
        return sorted(spans.values())

    def _way(self, plan: int, start: int, until: int) -> Timetable:
        whole = self._timetable(plan, frozenset())
        more = frozenset({start, until} - set(whole.stops["tick"].tolist()))
        return self._timetable(plan, more).part(start, until)

    def _timetable(self, plan: int, soft: frozenset[int]) -> Timetable:
        if (plan, soft) not in self._made:
            journey, (doses, titrations) = self.journey, self._plans[plan]
            self._made[plan, soft] = Timetable.of(
                journey.kernel, doses, titrations, journey.reduces, journey.end, soft
            )
        return self._made[plan, soft]
