"""The tables of a model: one row a number, read, checked, converted and layered."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from immunarium.core import (
    Expr,
    Model,
    Row,
    TableError,
    UnitError,
    const,
    did_you_mean,
    read_rows,
    symbol,
    symbols,
)
from immunarium.core.expr import ONE
from immunarium.core.units import factor
from immunarium.parameters.formula import expression, names_in, parse


@dataclass(frozen=True)
class Number:
    """One number of a model, ready to be sampled.

    Attributes
    ----------
    path, unit : str
        Where it belongs, and the unit of ``centre``.
    centre : Expr
        Median (mean for counts), over the paths of other numbers.
    spread : float
        As the row's law reads it, in ``unit`` where the law is additive.
    law : str
        Distribution between patients; blank is lognormal with coefficient of variation ``spread``.
    rest : bool
        Whether it is an initial amount to be solved for; ``centre`` is then the first guess.
    row : Row
        As written, topmost layer.
    layer : str
        Which layer set it.
    below : Expr, optional
        Centre of the layer under that, which a formula calls ``base``.
    """

    path: str
    unit: str
    centre: Expr
    spread: float
    law: str
    shape: tuple[float, float]
    rest: bool
    row: Row
    layer: str
    below: Expr | None = None

    @property
    def varied(self) -> bool:
        """Whether patients differ in it by a draw of its own."""
        return bool(self.spread or self.law)


class Tables(dict[str, Number]):
    """Every number of a model, by path, in an order in which each comes after what it uses."""

    @classmethod
    def of(cls, model: Model, overlays: Sequence[tuple[str, Path | Iterable[Row]]] = ()) -> Tables:
        """Collect the rows of a model's modules and of overlays on them.

        Parameters
        ----------
        overlays : sequence of (layer, table)
            Later ones lie on top. A table is a file or rows.

        Raises
        ------
        TableError
            A missing or unknown row, a unit that does not convert, a formula that cannot be read.
        """
        return cls.each(model, {"": overlays})[""]

    @classmethod
    def each(
        cls, model: Model, overlays: Mapping[str, Sequence[tuple[str, Path | Iterable[Row]]]]
    ) -> dict[str, Tables]:
        """Collect the tables of several names at once; what they share is read once."""
        base, units = _base(model), declared_units(model)
        out: dict[str, Tables] = {}
        plain: dict[str, Number] = {}  # rows of the base alone
        for name, layers in overlays.items():
            above = _above(base, layers)
            numbers: dict[str, Number] = {}
            for path, row in base.items():
                if path in above:
                    numbers[path] = _number(path, [("base", row), *above[path]], units)
                else:
                    if path not in plain:
                        plain[path] = _number(path, [("base", row)], units)
                    numbers[path] = plain[path]
            out[name] = cls((p, numbers[p]) for p in _order(numbers))
        return out


def _above(
    base: Mapping[str, Row], layers: Sequence[tuple[str, Path | Iterable[Row]]]
) -> dict[str, list[tuple[str, Row]]]:
    """Rows that overlays put on those of the base, by path."""
    out: dict[str, list[tuple[str, Row]]] = {}
    for layer, table in layers:
        for row in read_rows(table) if isinstance(table, Path) else table:
            path = f"{row.instance}.{row.name}"
            if path not in base:
                raise TableError(
                    f"This model has no {path} ({row.where}).{did_you_mean(path, base)}"
                )
            out.setdefault(path, []).append((layer, row))
    return out


def declared_units(model: Model) -> dict[str, str]:
    """Unit of everything that needs a row."""
    rows = {**model.parameters, **model.species, **model.covariates}
    balanced = model.balanced()
    return {p: r.unit for p, r in rows.items() if p not in balanced}


def _base(model: Model) -> dict[str, Row]:
    wanted = declared_units(model)
    out: dict[str, Row] = {}
    files: dict[Path, list[Row]] = {}
    for name, module in model.modules.items():
        file = module.table()
        if file not in files:
            files[file] = read_rows(file) if file.exists() else []
        own = [p.split(".", 1)[1] for p in wanted if p.startswith(f"{name}.")]
        for thing in own:
            row = _find(files[file], name, thing)
            if row is None:
                raise TableError(
                    f"{name}.{thing} has no row. Add one to {file.name}: "
                    f"name {thing}, a value, a unit like {wanted[f'{name}.{thing}']}, its source."
                )
            out[f"{name}.{thing}"] = row
    _refuse_orphans(files, model)
    return out


def _find(rows: list[Row], instance: str, name: str) -> Row | None:
    exact = [r for r in rows if r.name == name and r.instance == instance]
    shared = [r for r in rows if r.name == name and not r.instance]
    for same in (exact, shared):
        if len(same) > 1:
            raise TableError(f"{name} has two rows ({same[0].where} and row {same[1].line}).")
    return (exact or shared or [None])[0]


def _refuse_orphans(files: Mapping[Path, list[Row]], model: Model) -> None:
    known = {p.split(".", 1)[1] for p in declared_units(model)}
    for rows in files.values():
        for row in rows:
            if row.name not in known:
                raise TableError(
                    f"{row.where} gives {row.name!r}, which no module of this model declares."
                    f"{did_you_mean(row.name, known)}"
                )


def _number(path: str, rows: list[tuple[str, Row]], units: Mapping[str, str]) -> Number:
    target, instance = units[path], path.split(".", 1)[0]
    centre: Expr | None = None
    below: Expr | None = None
    spread, law, shape, rest = 0.0, "", (0.0, 0.0), False
    for _, row in rows:
        where, below = f"{path} ({row.where})", centre
        if row.law == "beta":
            a, _, b = row.value.partition(",")
            shape, centre = (float(a), float(b)), ONE
        elif row.formula is not None:
            tree, rest = _unrest(parse(row.formula, where))
            centre = _formula(tree, centre, instance, units, target, where)
        else:
            centre, rest = const(float(row.value) * _factor(row, target, path)), False
        if row.spread is not None or row.law:
            scale = _factor(row, target, path) if row.law in ("normal", "uniform") else 1.0
            spread, law = (row.spread or 0.0) * scale, row.law
    layer, top = rows[-1]
    assert centre is not None  # every path has at least its base row
    return Number(path, target, centre, spread, law, shape, rest, top, layer, below)


def _unrest(tree: ast.expr) -> tuple[ast.expr, bool]:
    match tree:
        case ast.Call(func=ast.Name(id="rest"), args=[guess], keywords=[]):
            return guess, True
    return tree, False


def _formula(
    tree: ast.expr,
    base: Expr | None,
    instance: str,
    units: Mapping[str, str],
    target: str,
    where: str,
) -> Expr:
    names: dict[str, Expr] = {}
    kinds: dict[str, str] = {}
    for name in names_in(tree):
        full = name if "." in name else f"{instance}.{name}"
        if name == "base":
            if base is None:
                raise TableError(f"{where} uses 'base', but there is no layer below it.")
            names[name], kinds[name] = base, target
        elif full in units:
            names[name], kinds[name] = symbol(full), units[full]
        else:
            raise TableError(f"The formula of {where} uses {name}.{did_you_mean(full, units)}")
    return expression(tree, names, kinds, target, where)


def _factor(row: Row, target: str, path: str) -> float:
    try:
        return factor(row.unit, target)
    except UnitError as e:
        raise TableError(
            f"{path} is used in [{target}] but its table gives [{row.unit}] ({row.where}). {e}"
        ) from None


def _order(numbers: Mapping[str, Number]) -> list[str]:
    done: dict[str, None] = {}
    open_: list[str] = []

    def visit(path: str) -> None:
        if path in done:
            return
        if path in open_:
            loop = " → ".join([*open_[open_.index(path) :], path])
            raise TableError(f"Formulas need one another in a loop: {loop}.")
        open_.append(path)
        for used in sorted(symbols(numbers[path].centre)):
            visit(used)
        open_.pop()
        done[path] = None

    for path in numbers:
        visit(path)
    return list(done)
