"""The same patients with other numbers: what depends on them follows, and all are at rest again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Expr, evaluate, symbols
from immunarium.parameters import Tables
from immunarium.parameters.tables import Number
from immunarium.population import Population
from immunarium.population.rest import Columns, Rest
from immunarium.population.streams import draw, middle

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Shift = Callable[[Floats, NDArray[np.intp]], Floats]
"""Given the centres of some rows of patients, and which rows, returns where they move."""
LOG, LINEAR, ODDS = "log", "linear", "odds"
_SCALES = {
    "": LOG, "sdlog": LOG, "loguniform": LOG, "exponential": LOG,
    "normal": LINEAR, "uniform": LINEAR, "logit": ODDS,
}  # fmt: skip


def scale_of(law: str) -> str | None:
    """On which scale a law's patients keep their distance from its centre; None if on none."""
    return _SCALES.get(law)


def follow(values: Floats, old: Floats, new: Floats, scale: str) -> Floats:
    """Move values with their centre.

    Examples
    --------
    >>> follow(np.array([3.0]), np.array([2.0]), np.array([4.0]), LOG)
    array([6.])
    """
    with np.errstate(all="ignore"):
        if scale == LINEAR:
            return values + (new - old)
        if scale == ODDS:
            odds = values / (1 - values) * (new / (1 - new)) / (old / (1 - old))
            return np.where(np.isinf(odds), 1.0, odds / (1 + odds))
        return values * (new / old)


class Mover:
    """Moves numbers of patients, whoever they are a copy of.

    Each patient keeps the distance from the centre that their own draw gave them: where the centre
    of a number moves, everybody moves. Bounds of plausibility are not asked again, so that they
    stay the same people.

    Parameters
    ----------
    patients : Population
        Of the same disease as all that will be moved.
    """

    def __init__(self, patients: Population) -> None:
        self.tables, self.model, self.seed = patients.tables, patients.model, patients.seed
        self._rests: dict[tuple[str, ...], Rest] = {}
        self._uses = {
            id(n): frozenset(symbols(n.centre)) for t in self.tables.values() for n in t.values()
        }

    def move(
        self,
        patients: Population,
        shifts: Mapping[str, Shift] | None = None,
        values: Mapping[str, Floats] | None = None,
    ) -> tuple[Population, Bools]:
        """Move centres, or set values outright.

        Parameters
        ----------
        shifts : mapping of path to callable
            How the centre moves.
        values : mapping of path to ndarray, shape (patients,)
            What each patient has instead; NaN for who keeps their own.

        Returns
        -------
        Population, ndarray of bool
            The patients, in the same order, and whether each found its rest.
        """
        shifts, values = shifts or {}, values or {}
        if not shifts and not values:
            return patients, np.ones(len(patients), dtype=bool)
        histology = patients.table["histology"].to_numpy()
        settled = np.ones(len(patients), dtype=bool)
        columns = {
            str(c): patients.table[c].to_numpy(np.float64, copy=True)
            for c in patients.table
            if c != "histology"
        }
        for name, tables in self.tables.items():
            rows = np.flatnonzero(histology == name)
            if not rows.size:
                continue
            mine = {p: v[rows] for p, v in columns.items()}
            index = patients.table.index.to_numpy()[rows]
            settled[rows] = self._one(tables, mine, index, rows, shifts, values)
            for p, v in mine.items():
                columns[p][rows] = v
        table = pd.DataFrame({"histology": histology, **columns}, index=patients.table.index)
        return patients.with_table(table), settled

    def _one(
        self,
        tables: Tables,
        columns: Columns,
        index: NDArray[np.intp],
        rows: NDArray[np.intp],
        shifts: Mapping[str, Shift],
        values: Mapping[str, Floats],
    ) -> Bools:
        """Move patients of one histology, in place."""
        unknown = [p for p, n in tables.items() if n.rest]
        before = dict(columns)
        for p in unknown:  # as when they were drawn: rest comes last
            before[p] = _centre(tables[p].centre, before, len(rows))
        after = dict(before)
        changed: set[str] = set()
        for path, number in tables.items():
            uses_changed = bool(self._uses[id(number)] & changed)
            if not (path in shifts or path in values or uses_changed):
                continue
            new = _centre(number.centre, after, len(rows))
            if path in shifts:
                new = shifts[path](new, rows)
            moved = new
            if number.varied:
                old = _centre(number.centre, before, len(rows))
                moved = self._kept(number, path, index, before[path], old, new)
            if path in values:
                own = np.isnan(values[path][rows])
                moved = np.where(own, moved, values[path][rows])
            after[path] = moved
            changed.add(path)
        columns.update(after)
        return self._rest(tuple(unknown)).solve(columns)

    def _kept(
        self, number: Number, path: str, index: NDArray[np.intp],
        values: Floats, old: Floats, new: Floats,
    ) -> Floats:  # fmt: skip
        """Move values with their centre, each keeping its distance or else its draw."""
        scale = scale_of(number.law)
        if scale is None or (scale == LOG and (old == 0).any()):
            law = number.spread, number.law, number.shape
            return np.where(new == old, values, draw(self.seed, path, index, new, *law))
        return np.where(new == old, values, follow(values, old, new, scale))

    def _rest(self, unknown: tuple[str, ...]) -> Rest:
        if unknown not in self._rests:
            self._rests[unknown] = Rest(self.model, list(unknown))
        return self._rests[unknown]

    def typical(self, patients: Population, path: str) -> Floats:
        """Median of a number for patients like each one: their histology, their other numbers."""
        out = patients.table[path].to_numpy(np.float64, copy=True)
        histology = patients.table["histology"].to_numpy()
        columns = {str(c): patients.table[c].to_numpy() for c in patients.table if c != "histology"}
        for name, tables in self.tables.items():
            rows = np.asarray(histology == name)
            number = tables[path]
            mine = {p: columns[p][rows] for p in self._uses[id(number)]}
            centre = _centre(number.centre, mine, int(rows.sum()))
            out[rows] = middle(centre, number.law, number.shape) if number.varied else centre
        return out


def _centre(expression: Expr, columns: Columns, n: int) -> Floats:
    if expression.op == "const":
        return np.full(n, float(expression.value or 0.0))
    (value,) = evaluate([expression], columns)
    return np.array(np.broadcast_to(np.asarray(value), (n,)), dtype=np.float64)
