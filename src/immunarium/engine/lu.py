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


_HELD = 16  # elements of a vector that a solve keeps in registers
_NEVER = 1 << 60


class _Vector:
    """A vector in memory, of which a few elements are held in registers.

    Which ones is decided here, where it is known when each is wanted next: the one that is wanted
    last makes room (Belady 1966). Compilers do not see that nothing else writes to the vector.
    """

    def __init__(self, e: Emitter, wanted: list[int]) -> None:
        self.e, self.held, self.changed = e, {}, set[int]()
        self.next, last = [0] * len(wanted), dict[int, int]()
        for t in reversed(range(len(wanted))):
            self.next[t] = last.get(wanted[t], _NEVER)
            last[wanted[t]] = t
        self.now = 0

    held: dict[int, tuple[int, str]]  # element: when it is wanted next, register

    def get(self, element: int) -> str:
        """Read an element."""
        register = self.held[element][1] if element in self.held else self.e.load(element, "%b")
        self._hold(element, register)
        return register

    def put(self, element: int, register: str) -> None:
        """Change an element; it is written to memory when it leaves."""
        self.changed.add(element)
        self._hold(element, register)

    def _hold(self, element: int, register: str) -> None:
        self.held[element] = self.next[self.now], register
        self.now += 1
        while len(self.held) > _HELD or _NEVER in (w for w, _ in self.held.values()):
            self._drop(max(self.held, key=lambda k: self.held[k][0]))

    def _drop(self, element: int) -> None:
        _, register = self.held.pop(element)
        if element in self.changed:
            self.changed.discard(element)
            self.e.store(register, element, "%b")


def print_solve(factors: Factors, matrix: int) -> str:
    """Print ``solve(w, b)``: overwrite the vector b by the solution."""
    e = Emitter("solve", "ptr %w, ptr %b")
    rows = list(enumerate(factors.slots))
    lower = [(i, [k for k in row if k < i], 0) for i, row in rows if min(row) < i]
    upper = [(i, [j for j in reversed(row) if j > i], row[i]) for i, row in reversed(rows)]
    state = factors.order
    steps = [*lower, *upper]
    b = _Vector(e, [state[x] for i, others, _ in steps for x in (i, *others, i)])
    for n, (i, others, pivot) in enumerate(steps):
        value = b.get(state[i])
        for j in others:
            known = e.neg(b.get(state[j]))
            value = e.fma(known, e.load(matrix + factors.slots[i][j]), value)
        if n >= len(lower):
            value = e.op("fmul", value, e.load(matrix + pivot))
        b.put(state[i], value)
    return e.end()
