"""Formulas of tables: read with ``ast``, checked with units, kept as expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from immunarium.core import Expr, TableError, const, did_you_mean
from immunarium.core import functions as mechanisms
from immunarium.core.units import factor, registry, unit

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": mechanisms.exp,
    "log": mechanisms.log,
    "sqrt": mechanisms.sqrt,
    "positive": mechanisms.positive,
    "indicator": mechanisms.indicator,
    "hill": mechanisms.hill,
    "saturation": mechanisms.saturation,
    "min": lambda a, b: b - mechanisms.positive(b - a),
    "max": lambda a, b: a + mechanisms.positive(b - a),
}
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}


def parse(text: str, where: str) -> ast.expr:
    """Read a formula without running it.

    Raises
    ------
    TableError
        It is not an arithmetic expression.
    """
    if len(text) > 500:
        raise TableError(f"The formula of {where} is longer than 500 characters.")
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise TableError(
            f"Cannot read the formula {text!r} of {where}. A formula looks like '= CL / V'."
        ) from None


def run(tree: ast.expr, name: Callable[[str], Any], where: str) -> Any:
    """Run a formula, with ``name`` giving the value of each name in it."""
    match tree:
        case ast.Constant(value=int() | float() as v) if not isinstance(v, bool):
            return float(v)
        case ast.Name(id=n):
            return name(n)
        case ast.Attribute(value=ast.Name(id=instance), attr=n):
            return name(f"{instance}.{n}")
        case ast.UnaryOp(op=ast.USub(), operand=a):
            return -run(a, name, where)
        case ast.BinOp(left=a, op=o, right=b) if type(o) in _OPERATORS:
            return _OPERATORS[type(o)](run(a, name, where), run(b, name, where))
        case ast.Call(func=ast.Name(id=f), args=args, keywords=[]) if f in _FUNCTIONS:
            return _FUNCTIONS[f](*(run(a, name, where) for a in args))
        case ast.Call(func=ast.Name(id=f)):
            raise TableError(
                f"The formula of {where} calls {f}.{did_you_mean(f, [*_FUNCTIONS, 'rest'])}"
            )
        case _:
            raise TableError(
                f"The formula of {where} contains {ast.unparse(tree)!r}. It may use numbers, names "
                f"of rows, + - * / ** and {', '.join(_FUNCTIONS)}."
            )


def expression(
    tree: ast.expr, names: Mapping[str, Expr], units: Mapping[str, str], target: str, where: str
) -> Expr:
    """Turn a formula into an expression in the unit ``target``, with its units checked.

    Parameters
    ----------
    names : mapping of str to Expr
        What each name in the formula stands for.
    units : mapping of str to str
        The unit of each name.
    """
    import pint

    def quantity(n: str) -> Any:
        return registry().Quantity(1.0 + (sum(map(ord, n)) % 89) / 200, unit(units[n]))

    try:
        got = registry().Quantity(run(tree, quantity, where))
        scale = factor(str(got.units), target) if got.units != unit(target) else 1.0
    except TableError:
        raise
    except (pint.DimensionalityError, ValueError) as e:
        raise TableError(
            f"The formula of {where} should give [{target}]: {str(e).rstrip('.')}."
        ) from None
    out = run(tree, lambda n: names[n], where)
    out = out * scale
    if not isinstance(out, Expr):
        return const(out)
    plain = {n: registry().Quantity(quantity(n)).magnitude for n in units}
    flat = run(tree, lambda n: plain[n], where)
    if abs(flat - got.magnitude) > 1e-9 * abs(got.magnitude):
        raise TableError(
            f"The formula of {where} adds numbers in different units of the same kind. "
            f"Write the rows in one unit."
        )
    return out


def names_in(tree: ast.expr) -> set[str]:
    """Names that a formula uses, dotted where it writes them so."""
    out: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            out.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.Name):
            out.add(node.id)
    dotted = {n.split(".")[0] for n in out if "." in n}
    return {n for n in out if n not in _FUNCTIONS and n not in dotted}
