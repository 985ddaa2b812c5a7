"""One expression graph per model: kernel, Jacobian, unit report and SBML read only this.

Expressions are immutable and hash-consed (two equal expressions are the same object), so
common subexpressions are shared by construction and identity is equality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

_table: WeakValueDictionary[tuple[Any, ...], Expr] = WeakValueDictionary()
_serial = 0


class Expr:
    """A node: an operation on nodes, a number or a named symbol."""

    __slots__ = ("__weakref__", "args", "op", "serial", "value")
    __array_priority__ = 1000  # numpy scalars hand the operation to us

    op: str
    args: tuple[Expr, ...]
    value: float | str | None
    serial: int

    def __add__(self, other: Any) -> Expr:
        return _add(self, _lift(other))

    def __radd__(self, other: Any) -> Expr:
        return _add(_lift(other), self)

    def __sub__(self, other: Any) -> Expr:
        return _sub(self, _lift(other))

    def __rsub__(self, other: Any) -> Expr:
        return _sub(_lift(other), self)

    def __mul__(self, other: Any) -> Expr:
        return _mul(self, _lift(other))

    def __rmul__(self, other: Any) -> Expr:
        return _mul(_lift(other), self)

    def __truediv__(self, other: Any) -> Expr:
        return _div(self, _lift(other))

    def __rtruediv__(self, other: Any) -> Expr:
        return _div(_lift(other), self)

    def __pow__(self, other: Any) -> Expr:
        return _pow(self, _lift(other))

    def __rpow__(self, other: Any) -> Expr:
        return _pow(_lift(other), self)

    def __neg__(self) -> Expr:
        return _sub(ZERO, self) if self.op != "const" else const(-float(self.value))  # type: ignore[arg-type]

    def __pos__(self) -> Expr:
        return self

    def __bool__(self) -> bool:
        raise TypeError("A rate law may not branch on a value; use ramp or smooth_step.")

    def __repr__(self) -> str:
        return text(self)


def _node(op: str, args: tuple[Expr, ...] = (), value: float | str | None = None) -> Expr:
    global _serial
    key = (op, tuple(a.serial for a in args), value if value != 0 else 0.0)
    found = _table.get(key)
    if found is None:
        found = Expr.__new__(Expr)
        found.op, found.args, found.value, found.serial = op, args, value, _serial
        _serial += 1
        _table[key] = found
    return found


def const(value: float) -> Expr:
    """Return a number as an expression."""
    return _node("const", (), float(value))


def symbol(name: str) -> Expr:
    """Return a named value: a state, a parameter or an input, by its path."""
    return _node("sym", (), name)


def _lift(value: Any) -> Expr:
    if isinstance(value, Expr):
        return value
    return const(float(value))


ZERO, ONE = const(0.0), const(1.0)


def _binary(op: str, a: Expr, b: Expr) -> Expr:
    if a.op == b.op == "const":
        with np.errstate(all="ignore"):
            return const(float(_BINARY[op](np.float64(a.value), np.float64(b.value))))
    return _node(op, (a, b))


def _add(a: Expr, b: Expr) -> Expr:
    if a is ZERO:
        return b
    if b is ZERO:
        return a
    return _binary("add", a, b)


def _sub(a: Expr, b: Expr) -> Expr:
    if b is ZERO:
        return a
    if a is b:
        return ZERO
    if a is ZERO:
        return b.args[0] if b.op == "neg" else _node("neg", (b,))
    if b.op == "neg":
        return _add(a, b.args[0])
    return _binary("sub", a, b)


def _mul(a: Expr, b: Expr) -> Expr:
    if a is ZERO or b is ZERO:
        return ZERO
    if a is ONE:
        return b
    if b is ONE:
        return a
    return _binary("mul", a, b)


def _div(a: Expr, b: Expr) -> Expr:
    if a is ZERO:
        return ZERO
    if b is ONE:
        return a
    if a is b:
        return ONE
    return _binary("div", a, b)


def _pow(a: Expr, b: Expr) -> Expr:
    if b is ONE:
        return a
    if b is ZERO:
        return ONE
    return _binary("pow", a, b)


_UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": np.negative,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "positive": lambda x: np.maximum(x, 0.0),
    "indicator": lambda x: np.where(np.asarray(x) > 0.0, 1.0, 0.0),
}
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
}


def operation(op: str) -> Callable[..., Any]:
    """Return what an operation does to numbers and arrays."""
    return _UNARY.get(op) or _BINARY[op]


def unary(op: str, x: Expr) -> Expr:
    """Return ``op`` of an expression; op is exp, log, sqrt, positive or indicator."""
    if x.op == "const":
        with np.errstate(all="ignore"):
            return const(float(_UNARY[op](x.value)))
    return _node(op, (x,))


def topological(roots: Iterable[Expr]) -> list[Expr]:
    """Every node under ``roots`` once, arguments before their users."""
    seen: set[int] = set()
    out: list[Expr] = []
    stack = [(r, False) for r in reversed(list(roots))]
    while stack:
        node, ready = stack.pop()
        if ready:
            out.append(node)
        elif node.serial not in seen:
            seen.add(node.serial)
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args))
    return out


def written(roots: Iterable[Expr]) -> Iterator[str]:
    """Write expressions down, for a hash: each node by the places of its arguments, then the roots.

    Nothing in it depends on the order in which nodes were made, so every process writes the same.
    """
    roots = list(roots)
    place: dict[int, int] = {}
    for i, node in enumerate(topological(roots)):
        place[node.serial] = i
        yield f"{node.op} {node.value!r} {[place[a.serial] for a in node.args]}"
    yield repr([place[r.serial] for r in roots])


def symbols(*roots: Expr) -> set[str]:
    """Names of the symbols under ``roots``."""
    return {str(n.value) for n in topological(roots) if n.op == "sym"}


def rebuild(op: str, args: tuple[Expr, ...]) -> Expr:
    """Apply ``op`` to new arguments, simplifying as usual."""
    make = {"add": _add, "sub": _sub, "mul": _mul, "div": _div, "pow": _pow}.get(op)
    if make:
        return make(*args)
    return -args[0] if op == "neg" else unary(op, args[0])


def substitute(root: Expr, values: Mapping[str, Expr], memo: dict[int, Expr] | None = None) -> Expr:
    """Replace symbols by expressions."""
    memo = {} if memo is None else memo
    for node in topological([root]):
        if node.serial in memo:
            continue
        if node.op == "sym":
            memo[node.serial] = values.get(str(node.value), node)
        elif node.op == "const":
            memo[node.serial] = node
        else:
            memo[node.serial] = rebuild(node.op, tuple(memo[a.serial] for a in node.args))
    return memo[root.serial]


def partials(node: Expr) -> tuple[Expr, ...]:
    """Partial derivatives of a node by its arguments."""
    a = node.args
    match node.op:
        case "add":
            return ONE, ONE
        case "sub":
            return ONE, -ONE
        case "mul":
            return a[1], a[0]
        case "div":
            return ONE / a[1], -(node / a[1])
        case "neg":
            return (-ONE,)
        case "exp":
            return (node,)
        case "log":
            return (ONE / a[0],)
        case "pow":
            return _local_pow(a[0], a[1], node)
        case _:
            return (_local_unary(node.op, a[0], node),)


def _local_unary(op: str, x: Expr, node: Expr) -> Expr:
    if op == "sqrt":
        return const(0.5) / node
    return unary("indicator", x) if op == "positive" else ZERO


def _local_pow(base: Expr, power: Expr, node: Expr) -> tuple[Expr, ...]:
    by_base = power * base ** (power - 1)
    by_power = ZERO if power.op == "const" else node * unary("log", base)
    return by_base, by_power


def gradient(
    root: Expr, names: Iterable[str], memo: dict[int, dict[str, Expr]] | None = None
) -> dict[str, Expr]:
    """Exact derivatives of ``root`` by each named symbol; zero ones are left out.

    ``memo`` may be shared between roots that differ in nothing but the root.
    """
    wanted = set(names)
    memo = {} if memo is None else memo
    for node in topological([root]):
        if node.serial in memo:
            continue
        if node.op == "sym":
            memo[node.serial] = {str(node.value): ONE} if node.value in wanted else {}
            continue
        out: dict[str, Expr] = {}
        inner = [memo[a.serial] for a in node.args]
        if any(inner):
            for factor, terms in zip(partials(node), inner, strict=True):
                for name, d in terms.items():
                    term = d if factor is ONE else factor * d
                    out[name] = out[name] + term if name in out else term
        memo[node.serial] = {k: v for k, v in out.items() if v is not ZERO}
    return memo[root.serial]


def evaluate(roots: Iterable[Expr], values: Mapping[str, Any]) -> list[Any]:
    """Values of expressions, with numbers or arrays for the symbols.

    Raises
    ------
    KeyError
        A symbol has no value.
    """
    roots = list(roots)
    worth: dict[int, Any] = {}
    with np.errstate(all="ignore"):
        for node in topological(roots):
            if node.op == "const":
                worth[node.serial] = node.value
            elif node.op == "sym":
                worth[node.serial] = values[str(node.value)]
            elif len(node.args) == 1:
                worth[node.serial] = _UNARY[node.op](worth[node.args[0].serial])
            else:
                a, b = (worth[x.serial] for x in node.args)
                worth[node.serial] = _BINARY[node.op](a, b)
    return [worth[r.serial] for r in roots]


_SIGN = {"add": " + ", "sub": " - ", "mul": " * ", "div": " / ", "pow": " ** "}
_RANK = {"add": 1, "sub": 1, "mul": 2, "div": 2, "neg": 2, "pow": 3}


def text(root: Expr) -> str:
    """Print an expression as Python would write it."""

    def inside(node: Expr, rank: int, strict: bool) -> str:
        own = _RANK.get(node.op, 9)
        out = text(node)
        return f"({out})" if own < rank or (strict and own == rank) else out

    match root.op:
        case "const":
            return f"{root.value:g}"
        case "sym":
            return str(root.value)
        case "neg":
            return f"-{inside(root.args[0], 2, True)}"
        case op if op in _SIGN:
            rank = _RANK[op]
            left = inside(root.args[0], rank, op == "pow")
            return f"{left}{_SIGN[op]}{inside(root.args[1], rank, op in ('sub', 'div'))}"
        case op:
            return f"{op}({', '.join(text(a) for a in root.args)})"
