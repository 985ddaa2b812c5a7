"""The right-hand side and Jacobian of a model, printed as C and as Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from immunarium.core import Expr, Graph, gradient
from immunarium.core.expr import ZERO, substitute, topological

_SIGN = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


@dataclass(frozen=True)
class Printed:
    """Sources of a model, over states ``y``, constants of a patient ``c`` and inflow ``u``.

    Attributes
    ----------
    constants : tuple of Expr
        What depends on parameters alone; computed once per patient, outside the clock.
    rows, columns : tuple of int
        Entries of the Jacobian, column by column; the whole diagonal is among them.
    c, numba, generic : str
        ``rates`` and ``jacobian`` in C and for Numba; ``rates`` for libraries that trace.
    """

    constants: tuple[Expr, ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    c: str
    numba: str
    generic: str


def sources(graph: Graph, inflow: str) -> Printed:
    """Print a model in which only one species is infused.

    Parameters
    ----------
    inflow : str
        The input that stays, as ``@il2.central``; the others are 0.
    """
    none = {i: ZERO for i in graph.inputs if i != inflow}
    memo: dict[int, Expr] = {}
    rates = [substitute(r, none, memo) for r in graph.rates]
    slopes = [gradient(r, graph.states) for r in rates]
    entries = [
        (i, j, slopes[i].get(s, ZERO))
        for j, s in enumerate(graph.states)
        for i in range(len(rates))
        if i == j or slopes[i].get(s, ZERO) is not ZERO
    ]
    moving = _moving([*rates, *(e for _, _, e in entries)], {*graph.states, inflow})
    constants = _constants([*rates, *(e for _, _, e in entries)], moving)
    leaves = {c.serial: f"c[{k}]" for k, c in enumerate(constants)}
    names = {s: f"y[{j}]" for j, s in enumerate(graph.states)} | {inflow: "u"}
    jacobian = [e for _, _, e in entries]
    return Printed(
        tuple(constants),
        tuple(i for i, _, _ in entries),
        tuple(j for _, j, _ in entries),
        _c(rates, jacobian, moving, leaves, names),
        _numba(rates, jacobian, moving, leaves, names),
        _generic(rates, moving, leaves, names),
    )


def _moving(roots: Sequence[Expr], symbols: set[str]) -> set[int]:
    """Serials of the nodes that change during a run."""
    out: set[int] = set()
    for node in topological(roots):
        named = node.op == "sym" and str(node.value) in symbols
        if named or any(a.serial in out for a in node.args):
            out.add(node.serial)
    return out


def _constants(roots: Sequence[Expr], moving: set[int]) -> list[Expr]:
    """Nodes that stay, and that a moving node or a root reads."""
    read = [a for n in topological(roots) if n.serial in moving for a in n.args] + list(roots)
    found = {a.serial: a for a in read if a.serial not in moving and a.op != "const"}
    return list(found.values())


def _statements(
    roots: Sequence[Expr],
    moving: set[int],
    leaves: Mapping[int, str],
    names: Mapping[str, str],
    power: Callable[[str, Expr, str], str],
    call: str,
) -> tuple[list[tuple[str, str]], list[str]]:
    """Assignments in order, and what each root is called."""
    known = dict(leaves)
    lines: list[tuple[str, str]] = []
    for node in topological(roots):
        if node.serial in known:
            continue
        if node.op == "const":
            known[node.serial] = repr(float(node.value or 0.0))
        elif node.op == "sym":
            known[node.serial] = names.get(str(node.value), "")
        elif node.serial in moving:
            a = [known[x.serial] for x in node.args]
            if node.op in _SIGN:
                text = f"{a[0]} {_SIGN[node.op]} ({a[1]})"
            elif node.op == "pow":
                text = power(a[0], node.args[1], a[1])
            elif node.op == "neg":
                text = f"-({a[0]})"
            else:
                text = f"{call}{node.op}({a[0]})"
            known[node.serial] = f"v{len(lines)}"
            lines.append((known[node.serial], text))
        else:
            known[node.serial] = ""  # below a constant, so never read
    return lines, [known[r.serial] for r in roots]


def _power(call: str) -> Callable[[str, Expr, str], str]:
    def power(base: str, exponent: Expr, text: str) -> str:
        n = exponent.value if exponent.op == "const" else None
        if n in (2.0, 3.0, 4.0):
            return reduce(lambda a, b: f"{a} * {b}", [base] * int(n))
        return f"{call}sqrt({base})" if n == 0.5 else f"{call}pow({base}, {text})"

    return power


_C = """#include <math.h>
static inline double positive(double x) { return x > 0.0 ? x : 0.0; }
static inline double indicator(double x) { return x > 0.0 ? 1.0 : 0.0; }
"""


def _c(
    rates: Sequence[Expr],
    jacobian: Sequence[Expr],
    moving: set[int],
    leaves: Mapping[int, str],
    names: Mapping[str, str],
) -> str:
    out = [_C]
    for name, roots in (("rates", rates), ("jacobian", jacobian)):
        lines, ends = _statements(roots, moving, leaves, names, _power(""), "")
        out.append(
            f"void {name}(const double *restrict y, const double *restrict c, double u, "
            f"double *restrict out)\n{{\n  (void)y; (void)c; (void)u;"
        )
        out += [f"  const double {v} = {text};" for v, text in lines]
        out += [f"  out[{i}] = {e};" for i, e in enumerate(ends)]
        out.append("}")
    return "\n".join(out) + "\n"


_NUMBA = '''"""Printed by benchmarks/printers.py."""

from math import exp, log, pow, sqrt

from numba import njit


@njit
def positive(x):
    return x if x > 0.0 else 0.0


@njit
def indicator(x):
    return 1.0 if x > 0.0 else 0.0
'''


def _numba(
    rates: Sequence[Expr],
    jacobian: Sequence[Expr],
    moving: set[int],
    leaves: Mapping[int, str],
    names: Mapping[str, str],
) -> str:
    out = [_NUMBA]
    for name, roots in (("rates", rates), ("jacobian", jacobian)):
        lines, ends = _statements(roots, moving, leaves, names, _power(""), "")
        out.append(f'\n@njit(error_model="numpy", cache=True)\ndef {name}(y, c, u, out):')
        out += [f"    {v} = {text}" for v, text in lines]
        out += [f"    out[{i}] = {e}" for i, e in enumerate(ends)]
    return "\n".join(out) + "\n"


def _generic(
    rates: Sequence[Expr], moving: set[int], leaves: Mapping[int, str], names: Mapping[str, str]
) -> str:
    lines, ends = _statements(rates, moving, leaves, names, _power("m."), "m.")
    out = ['"""Printed by benchmarks/printers.py."""\n\n', "def rates(y, c, u, m):"]
    out += [f"    {v} = {text}" for v, text in lines]
    return "\n".join([*out, f"    return [{', '.join(ends)}]"]) + "\n"
