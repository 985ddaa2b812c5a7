"""Sparse LU factorisation without pivoting, decided once per model and printed as code."""

from __future__ import annotations

from dataclasses import dataclass

from immunarium.engine.ir import Emitter, splat


def elimination_order(pattern: list[set[int]]) -> list[int]:
    """Markowitz's order: the diagonal pivot next that can fill in the fewest entries.

    Parameters
    ----------
    pattern : list of set of int
        For each row the columns that are not zero.
    """
    n = len(pattern)
    rows = [set(p) | {i} for i, p in enumerate(pattern)]
    columns: list[set[int]] = [set() for _ in range(n)]
    for i, row in enumerate(rows):
        for j in row:
            columns[j].add(i)
    left, order = set(range(n)), []
    while left:
        pivot = min(left, key=lambda i: ((len(rows[i]) - 1) * (len(columns[i]) - 1), i))
        order.append(pivot)
        left.remove(pivot)
        reach = rows[pivot] - {pivot}
        for i in columns[pivot] - {pivot}:
            rows[i] |= reach
            rows[i].discard(pivot)
        for j in reach:
            columns[j] |= columns[pivot]
            columns[j].discard(pivot)
        columns[pivot] = {pivot}
    return order


@dataclass(frozen=True)
class Factors:
    """Where each entry of L and U is kept.

    Attributes
    ----------
    order : list of int
        The state eliminated first, second, …
    slots : list of dict of int to int
        For each row, in that order, the slot of each column (numbered in that order). The
        diagonal slot ends up holding the reciprocal of the pivot.
    place : dict of int to int
        Number of each state in that order.
    """

    order: list[int]
    slots: list[dict[int, int]]
    place: dict[int, int]

    @classmethod
    def of(cls, pattern: list[set[int]]) -> Factors:
        """Order the states and find the fill-in of a Jacobian with this pattern."""
        order = elimination_order(pattern)
        place = {state: i for i, state in enumerate(order)}
        rows: list[list[int]] = []
        for i, state in enumerate(order):
            row = {place[j] for j in pattern[state]} | {i}
            for k in range(i):
                if k in row:
                    row.update(j for j in rows[k] if j > k)
            rows.append(sorted(row))
        slots, next_slot = [], 0
        for row in rows:
            slots.append({j: next_slot + s for s, j in enumerate(row)})
            next_slot += len(row)
        return cls(order, slots, place)

    @property
    def size(self) -> int:
        """Entries of L and U together."""
        return sum(map(len, self.slots))

    def slot(self, row: int, column: int) -> int:
        """Slot of the entry in the row of one state and the column of another."""
        return self.slots[self.place[row]][self.place[column]]


def print_factor(factors: Factors, matrix: int, given: set[int]) -> str:
    """Print ``factor(w)``: overwrite the matrix in the rows from ``matrix`` by L and U.

    ``given`` are the slots that hold an entry of the matrix; the others are fill-in.
    """
    e = Emitter("factor")
    for i, row in enumerate(factors.slots):
        value = {j: e.load(matrix + s) for j, s in row.items() if s in given}
        for k in row:
            if k >= i:
                break
            multiplier = e.op("fmul", value[k], e.load(matrix + factors.slots[k][k]))
            value[k] = multiplier
            minus = e.neg(multiplier)
            for j, s in factors.slots[k].items():
                if j > k:
                    upper = e.load(matrix + s)
                    old = value.get(j)
                    value[j] = e.fma(minus, upper, old) if old else e.op("fmul", minus, upper)
        value[i] = e.op("fdiv", splat(1.0), value[i])
        for j, s in row.items():
            e.store(value[j], matrix + s)
    return e.end()


def print_solve(factors: Factors, matrix: int) -> str:
    """Print ``solve(w, b)``: overwrite the vector b by the solution."""
    e = Emitter("solve", "ptr %w, ptr %b")
    for i, row in enumerate(factors.slots):
        lower = [(k, s) for k, s in row.items() if k < i]
        if lower:
            value = e.load(factors.order[i], "%b")
            for k, s in lower:
                known = e.neg(e.load(factors.order[k], "%b"))
                value = e.fma(known, e.load(matrix + s), value)
            e.store(value, factors.order[i], "%b")
    for i, row in reversed(list(enumerate(factors.slots))):
        value = e.load(factors.order[i], "%b")
        for j, s in row.items():
            if j > i:
                known = e.neg(e.load(factors.order[j], "%b"))
                value = e.fma(known, e.load(matrix + s), value)
        e.store(e.op("fmul", value, e.load(matrix + row[i])), factors.order[i], "%b")
    return e.end()
