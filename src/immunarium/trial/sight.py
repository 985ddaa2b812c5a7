"""What rules see of patients at one moment: measured values, or the hidden state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Expr, evaluate, symbols
from immunarium.dosing.ticks import DAY, HOUR
from immunarium.trial.predicates import (
    BASELINE,
    COMPARE,
    RESPONSES,
    Comparison,
    Graded,
    Joined,
    Known,
    Test,
    grade_of,
    holds,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]
Measure = Callable[[Floats, str, Rows, str], Floats]
"""Values as they are measured: of values, their path, the patients' rows and the occasion."""


def hidden(values: Floats, path: str, rows: Rows, occasion: str) -> Floats:
    """Return the state itself, without error."""
    return values


def occasion(tick: int) -> str:
    """Name a moment, so that what is measured twice then is measured once."""
    return f"hour {tick / HOUR:.6g}"


@dataclass(frozen=True)
class Record:
    """What is recorded of all patients.

    Attributes
    ----------
    ticks : ndarray of int64, shape (times,)
    values : ndarray, shape (patients, times, outputs)
    now : ndarray, shape (patients, outputs)
        Where each patient stands.
    outputs : mapping of str to int
        Places of the paths that vary.
    parameters : mapping of str to ndarray, shape (patients,)
    """

    ticks: NDArray[np.int64]
    values: Floats
    now: Floats
    outputs: Mapping[str, int]
    parameters: Mapping[str, Floats]


@dataclass
class Sight:
    """What is seen of some patients at one tick.

    Attributes
    ----------
    rows : ndarray of int, shape (some,)
    known : callable
        Given ``visit`` or ``response``: what it is for them, as numbers, shape (some,).
    """

    record: Record
    rows: Rows
    tick: int
    measure: Measure
    known: Callable[[str], Floats]
    seen: dict[Comparison, tuple[Floats, Floats, Bools]] = field(default_factory=dict)

    def holds(self, test: Test) -> Bools:
        """Say of each patient whether a test holds now."""
        out = holds(test, self._compare, self._know)
        return np.broadcast_to(out, self.rows.shape)

    def _know(self, what: str) -> Floats:
        if what == "day":
            return np.full(len(self.rows), self.tick / DAY)
        return self.known(what)

    def _compare(self, c: Comparison) -> Bools:
        if c not in self.seen:
            left = self._left(c, self.tick)
            right = self._right(c, self.tick)
            true = _compared(c, left, right)
            for tick in self._during(c):
                true &= _compared(c, self._left(c, tick), self._right(c, tick))
            if c.lasting * HOUR > self.tick:
                true &= False
            self.seen[c] = left, right, true
        return self.seen[c][2]

    def _during(self, c: Comparison) -> list[int]:
        """Recorded ticks at which it must have held, too."""
        ticks, lasting = self.record.ticks, c.lasting * HOUR
        return ticks[(ticks > self.tick - lasting) & (ticks < self.tick)].tolist()

    def _left(self, c: Comparison, tick: int) -> Floats:
        if not c.change:
            return self._side(c.left_seen, tick, self.measure)
        before = tick - round(c.change * HOUR)
        paths = sorted(symbols(c.left_seen))
        if len(paths) > 1:  # the error of a sum is that of its parts
            return self._side(c.left_seen, tick, self.measure) - self._side(
                c.left_seen, before, self.measure
            )
        change = self._side(c.left_seen, tick, hidden) - self._side(c.left_seen, before, hidden)
        return self.measure(change, paths[0], self.rows, occasion(tick))

    def _right(self, c: Comparison, tick: int) -> Floats:
        at_start = {}
        if BASELINE in symbols(c.right_seen):
            at_start = {BASELINE: self._side(c.left_seen, 0, self.measure)}
        return self._side(c.right_seen, tick, self.measure, at_start)

    def _side(
        self, expr: Expr, tick: int, measure: Measure, more: Mapping[str, Floats] | None = None
    ) -> Floats:
        """One side of a comparison at a tick, shape (some,)."""
        values = dict(more or {})
        for path in symbols(expr) - values.keys():
            if path in self.record.parameters:
                values[path] = self.record.parameters[path][self.rows]
            else:
                values[path] = measure(self._at(path, tick), path, self.rows, occasion(tick))
        (value,) = evaluate([expr], values)
        return np.broadcast_to(np.asarray(value, np.float64), self.rows.shape)

    def _at(self, path: str, tick: int) -> Floats:
        """What a path is at a tick up to now: as recorded, or on the line between two records."""
        ticks, output = self.record.ticks, self.record.outputs[path]
        if tick < 0:
            return np.full(len(self.rows), np.nan)
        j = int(np.searchsorted(ticks, tick))
        if j < len(ticks) and ticks[j] == tick:
            return self.record.values[self.rows, j, output]
        now = self.record.now[self.rows, output]
        if tick >= self.tick:
            return now
        a, later = int(ticks[j - 1]), j < len(ticks) and ticks[j] <= self.tick
        b = int(ticks[j]) if later else self.tick
        after = self.record.values[self.rows, j, output] if later else now
        share = (tick - a) / (b - a)
        return (1 - share) * self.record.values[self.rows, j - 1, output] + share * after

    # Reasons

    def reason(self, test: Test, i: int) -> str:
        """Say in numbers why a test that holds does so for one of the patients."""
        match test:
            case Comparison():
                left, right, _ = self.seen[test]
                during = f" in {test.change:g} h" if test.change else ""
                lasting = f" for {test.lasting:g} h" if test.lasting else ""
                said = f"{test.name}{during} {_number(left[i])} {test.op} {_number(right[i])}"
                return f"{said}{_unit(test.unit)}{lasting}"
            case Graded():
                return self._graded(test, i)
            case Known():
                return f"{test.what} {self._said(test.what, i)}"
            case Joined(word="and"):
                return "; ".join(self.reason(p, i) for p in test.parts)
            case Joined():
                return self.reason(next(p for p in test.parts if self.holds(p)[i]), i)

    def _graded(self, test: Graded, i: int) -> str:
        grade = int(np.broadcast_to(grade_of(test.rows, self._compare), self.rows.shape)[i])
        said = f"{test.term.lower()} grade {grade}"
        row = next((c for c in test.rows.get(grade, ()) if self._compare(c)[i]), None)
        if row is None:
            return said
        during = f" in {row.change:g} h" if row.change else ""
        return f"{said}; {row.name}{during} {_number(self.seen[row][0][i])}{_unit(row.unit)}"

    def _said(self, what: str, i: int) -> str:
        value = self._know(what)[i]
        if what != "response":
            return f"{value:g}"
        return next((code for code, v in RESPONSES.items() if v == value), "NE")


def _compared(c: Comparison, left: Floats, right: Floats) -> Bools:
    with np.errstate(invalid="ignore"):
        return np.array(COMPARE[c.op](left, right), dtype=bool)


def _number(value: float) -> str:
    return f"{value:.4g}"


def _unit(unit: str) -> str:
    return "" if unit == "1" else f" {unit}"
