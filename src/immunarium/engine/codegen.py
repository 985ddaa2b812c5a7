"""From an expression graph to the text of its kernel: rates, Jacobian, outputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from immunarium.core import Expr, topological
from immunarium.core.expr import ONE, rebuild
from immunarium.engine.ir import SQRT, Emitter, splat, vector_math
from immunarium.engine.jacobian import jacobian
from immunarium.engine.layout import Layout
from immunarium.engine.lu import Factors, print_factor, print_solve
from immunarium.engine.stages import Stages, between
from immunarium.engine.tableau import Tableau

# a product and a sum become one instruction where the processor has it
_ARITHMETIC = {
    "add": "fadd contract",
    "sub": "fsub contract",
    "mul": "fmul contract",
    "div": "fdiv",
}
_FUNCTIONS = {"exp": "vexp", "log": "vlog", "sqrt": SQRT}


@dataclass(frozen=True)
class Program:
    """The text of a kernel and where it keeps its variables."""

    text: str
    layout: Layout


def _ordered(roots: Iterable[Expr], leaves: set[Expr]) -> list[Expr]:
    """Nodes under ``roots``, arguments first, not looking below ``leaves``."""
    seen: set[Expr] = set()
    out: list[Expr] = []
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, ready = stack.pop()
        if ready:
            out.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            if node not in leaves:
                stack.extend((a, False) for a in reversed(node.args))
    return out


def _power(e: Emitter, node: Expr, x: str, y: str) -> str:
    """X to y; whole and half constants by multiplication and square root."""
    exponent = node.args[1]
    p = float(exponent.value) if exponent.op == "const" else 0.3  # type: ignore[arg-type]
    if not (2 * p).is_integer() or not 0.5 <= abs(p) <= 32:
        return e.call("vpow", x, y)
    whole, half = divmod(abs(p), 1)
    out = e.power(x, int(whole)) if whole else ""
    if half:
        root = e.call(SQRT, x)
        out = e.op("fmul", out, root) if out else root
    return e.op("fdiv", splat(1.0), out) if p < 0 else out


def _instruction(e: Emitter, node: Expr, args: list[str]) -> str:
    match node.op:
        case op if op in _ARITHMETIC:
            return e.op(_ARITHMETIC[op], *args)
        case op if op in _FUNCTIONS:
            return e.call(_FUNCTIONS[op], *args)
        case "neg":
            return e.neg(args[0])
        case "positive":  # a NaN stays
            return e.select("olt", args[0], splat(0.0), splat(0.0), args[0])
        case "indicator":
            return e.select("ogt", args[0], splat(0.0), splat(1.0), splat(0.0))
        case "pow":
            return _power(e, node, *args)
    raise NotImplementedError(f"no instruction for {node.op}")


class Printer:
    """Prints the functions of a model.

    Parameters
    ----------
    states, parameters, inputs : sequence of str
        Names of the symbols of each kind.
    rates, watched : sequence of Expr
        Derivative of each state; outputs and conditions.
    """

    def __init__(
        self,
        names: tuple[Sequence[str], Sequence[str], Sequence[str]],
        rates: Sequence[Expr],
        watched: Sequence[Expr],
        n_outputs: int,
    ) -> None:
        states, parameters, inputs = names
        self.names, self.watched = names, watched
        self.rates, self.jacobian = _with_few_divisions(rates, jacobian(states, rates))
        entries = [d for row in self.jacobian for d in row.values()]
        self.prepared = _prepared([*self.rates, *entries, *watched], {*states, *inputs})
        self.factors = Factors.of([set(row) for row in self.jacobian])
        self.tableau = Tableau.load()
        counts = (
            self.factors.size,
            len(self.prepared),
            len(inputs),
            n_outputs,
            len(watched),
            len(parameters),
        )
        self.at = Layout.of(len(states), self.tableau.stages, counts)

    def program(self, scales: Iterable[float]) -> Program:
        """Print everything."""
        given = {self.factors.slot(i, j) for i, row in enumerate(self.jacobian) for j in (i, *row)}
        parts = [
            vector_math(),
            self._prepare(),
            self._start(),
            self._rate(),
            print_factor(self.factors, self.at.matrix, given),
            print_solve(self.factors, self.at.matrix),
            self._observe(),
            Stages(self.at, self.tableau, list(scales)).text(),
        ]
        return Program("\n".join(parts), self.at)

    def _emit(
        self, e: Emitter, roots: Sequence[Expr], rows: dict[Expr, int], known: dict[Expr, str]
    ) -> dict[Expr, str]:
        """Print what ``roots`` need.

        ``rows`` says which values lie in the workspace, ``known`` which are in a register.
        """
        register = dict(known)
        for node in _ordered(roots, {*rows, *known}):
            if node in known:
                continue
            if node.op == "const":
                register[node] = splat(float(node.value))  # type: ignore[arg-type]
            elif node in rows:
                register[node] = e.load(rows[node])
            else:
                register[node] = _instruction(e, node, [register[a] for a in node.args])
        return register

    def _rows(self, roots: Sequence[Expr], states: int) -> dict[Expr, int]:
        """Rows of the leaves under ``roots``, with the states from row ``states``."""
        place = {name: states + i for i, name in enumerate(self.names[0])}
        place |= {name: self.at.inputs + i for i, name in enumerate(self.names[2])}
        rows = {node: self.at.prepared + i for i, node in enumerate(self.prepared)}
        for node in _ordered(roots, set(rows)):
            if node.op == "sym" and node not in rows:
                rows[node] = place[str(node.value)]
        return rows

    def _prepare(self) -> str:
        e = Emitter("prepare")
        place = {name: self.at.raw + i for i, name in enumerate(self.names[1])}
        symbols = [n for n in topological(self.prepared) if n.op == "sym"]
        register = self._emit(e, self.prepared, {n: place[str(n.value)] for n in symbols}, {})
        for i, node in enumerate(self.prepared):
            e.store(register[node], self.at.prepared + i)
        return e.end()

    def _start(self) -> str:
        """First stage: the rates at y, and I/(hγ) - J.

        The derivative of xⁿ with n < 1 is not finite at 0, and counts as 0 there: the rates are
        what counts, and the error estimate sees what an inexact Jacobian costs.
        """
        e, at = Emitter("start"), self.at
        diagonal = e.load(at.diagonal)
        pairs = list(zip(self.rates, self.jacobian, strict=True))
        roots = [x for rate, row in pairs for x in (rate, *row.values())]
        register = self._emit(e, roots, self._rows(roots, at.y), {})
        powers = _with_powers(roots)
        for i, (rate, row) in enumerate(pairs):
            e.store(register[rate], at.k + i)
            value = {j: register[entry] for j, entry in row.items()}
            value |= {j: e.finite(value[j]) for j, entry in row.items() if entry in powers}
            for j, entry in value.items():
                if j != i:
                    e.store(e.neg(entry), at.matrix + self.factors.slot(i, j))
            own = e.op("fsub", diagonal, value[i]) if i in row else diagonal
            e.store(own, at.matrix + self.factors.slot(i, i))
        return e.end()

    def _rate(self) -> str:
        """Add the rates at u to a vector."""
        e = Emitter("rate", "ptr %w, ptr %out")
        roots = [r for r in self.rates if r.op != "const" or r.value]
        register = self._emit(e, roots, self._rows(roots, self.at.u), {})
        for i, rate in enumerate(self.rates):
            if rate in register:
                e.store(e.op("fadd", e.load(i, "%out"), register[rate]), i, "%out")
        return e.end()

    def _observe(self) -> str:
        """Write the outputs and conditions at θ inside the step to a vector."""
        e, at, n = Emitter("observe", "ptr %w, ptr %out"), self.at, len(self.rates)
        theta = e.load(at.theta)
        other = e.op("fsub", splat(1.0), theta)
        rows = self._rows(self.watched, at.y)
        known: dict[Expr, str] = {}
        for node, row in rows.items():
            i = row - at.y
            if 0 <= i < n:
                d = [e.load(at.d + m * n + i) for m in range(3)]
                known[node] = between(e, (theta, other), e.load(row), e.load(at.y1 + i), d)
        register = self._emit(e, self.watched, rows, known)
        for i, node in enumerate(self.watched):
            e.store(register[node], i, "%out")
        return e.end()


def _with_few_divisions(
    rates: Sequence[Expr], jacobian: list[dict[int, Expr]]
) -> tuple[list[Expr], list[dict[int, Expr]]]:
    """Turn a/b into a·(1/b), so that a rate and its derivatives divide by b once."""
    made: dict[Expr, Expr] = {}
    for node in topological([*rates, *(d for row in jacobian for d in row.values())]):
        args = tuple(made[a] for a in node.args)
        if node.op == "div":
            made[node] = args[0] * (ONE / args[1])
        else:
            made[node] = rebuild(node.op, args) if args else node
    return [made[r] for r in rates], [{j: made[d] for j, d in row.items()} for row in jacobian]


def _with_powers(roots: Sequence[Expr]) -> set[Expr]:
    """Nodes below which something is raised to a power that is not a constant."""
    out: set[Expr] = set()
    for node in topological(roots):
        own = node.op == "pow" and node.args[1].op != "const"
        if own or any(a in out for a in node.args):
            out.add(node)
    return out


def _prepared(roots: Sequence[Expr], moving: set[str]) -> list[Expr]:
    """Values that depend on parameters only and are read by something that moves, or are roots."""
    moves: dict[Expr, bool] = {}
    wanted: dict[Expr, None] = {}
    for node in topological(roots):
        moves[node] = node.value in moving if node.op == "sym" else any(moves[a] for a in node.args)
        if moves[node]:
            wanted |= {a: None for a in node.args if not moves[a] and a.op != "const"}
    wanted |= {r: None for r in roots if not moves[r] and r.op != "const"}
    return list(wanted)
