"""A model for those who will not open Python: its modules as arrows, its numbers with sources."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from immunarium.core import (
    Covariate,
    Model,
    Module,
    Needs,
    Parameter,
    Ref,
    Row,
    Species,
    UnknownNameError,
    did_you_mean,
    quantity,
    reaction,
    relaxes,
)
from immunarium.core.module import Formula
from immunarium.parameters import Number, Tables
from immunarium.report.scorecard import number as three
from immunarium.report.terminal import fields, plain

ByHistology = Mapping[str, Tables]


def path(name: str, model: Model, tables: ByHistology, others: Iterable[str]) -> RenderableType:
    """Describe a module, or one path in it.

    Parameters
    ----------
    others : iterable of str
        What else the reader may have meant.

    Raises
    ------
    UnknownNameError
        The model has no such name; the message offers the nearest.
    """
    things = everything(model)
    if name in model.modules:
        return _module(name, model, tables)
    if name in things:
        return _number(things[name], model, tables)
    known = [*model.modules, *things, *others]
    raise UnknownNameError(f"Nothing is called {name!r}.{did_you_mean(name, known)}")


def law(thing: Formula) -> str:
    """Return the arithmetic of a law as it is written, without ``self`` and ``return``."""
    lines = [ast.unparse(s) for s in _body(thing)]
    return "; ".join(lines).replace("self.", "").replace("return ", "")


def everything(model: Model) -> dict[str, Ref]:
    """Everything in a model that has a path of its own."""
    laws = {**model.reactions, **model.relaxations}
    return {**model.offers(), **model.needs, **model.covariates, **laws}


def _number(ref: Ref, model: Model, tables: ByHistology) -> RenderableType:
    thing = ref.thing
    out = fields([("what", f"{type(thing).__name__.lower()}: {thing.doc}"), ("unit", thing.unit)])
    if isinstance(thing, Formula):
        out.add_row("law", law(thing))
    if isinstance(thing, Needs):
        out.add_row("supplied by", _supplies(ref, model))
    if isinstance(thing, Parameter) and thing.balances is not None:
        out.add_row("value", f"derived: {thing.balances.name} is at rest at the start")
    for histology, numbers in _apart(ref.path, tables):
        number = numbers[ref.path]
        row = number.row
        out.add_row("value", _centre(number))
        out.add_row("spread", _spread(number))
        out.add_row("evidence", row.evidence)
        out.add_row("source", row.source)
        out.add_row("note", row.note or "–")
        out.add_row("set by", f"{number.layer} {histology}: {row.where}".replace(" :", ":"))
    return Group(Text(ref.path, style="bold"), out)


def _apart(path: str, tables: ByHistology) -> Iterator[tuple[str, Tables]]:
    """Histologies that set a number for themselves, and one that stands for the others."""
    shared = False
    for histology, numbers in tables.items():
        if path in numbers:
            own = numbers[path].layer == "histology"
            if own or not shared:
                yield histology if own else "", numbers
            shared = shared or not own


def _module(name: str, model: Model, tables: ByHistology) -> RenderableType:
    instance = model.modules[name]
    parts = (
        _arrows(instance, next(iter(tables.values()))),
        _quantities(instance),
        _wires(instance, model),
        _numbers(instance, tables),
    )
    return Group(
        Text(f"{name} · {type(instance).__name__}", style="bold"),
        Text(inspect.getdoc(type(instance)) or ""),
        *(part for table in parts if table.row_count for part in ("", table)),
    )


def _body(thing: Formula) -> list[ast.stmt]:
    source = textwrap.dedent(inspect.getsource(thing.formula))
    body = ast.parse(source).body[0].body  # type: ignore[attr-defined]
    return body[1:] if ast.get_docstring(ast.parse(source).body[0]) else body  # type: ignore[arg-type]


def _reads(thing: Formula, instance: Module) -> Iterator[str]:
    """Names of the module's parameters in a law and in the quantities it uses."""
    for node in ast.walk(ast.Module(_body(thing), [])):
        if not (isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self"):
            continue
        read = vars(type(instance)).get(node.attr)
        if isinstance(read, Parameter):
            yield node.attr
        elif isinstance(read, quantity) and read is not thing:
            yield from _reads(read, instance)


def _arrows(instance: Module, tables: Tables) -> Table:
    out = plain("reaction", "arrow", "law", "unit", "sources")
    for ref in instance.declared(reaction, relaxes):
        thing = ref.thing
        assert isinstance(thing, Formula)
        arrow = str(thing.arrow) if isinstance(thing, reaction) else f"d{thing.species.name}/dt"  # type: ignore[attr-defined]
        paths = (f"{instance.name}.{n}" for n in _reads(thing, instance))
        rows = (tables[p].row for p in paths if p in tables)
        out.add_row(thing.name, arrow, law(thing), thing.unit, _sources(rows))
    return out


def _quantities(instance: Module) -> Table:
    out = plain("quantity", "formula", "unit", "what")
    for ref in instance.declared(quantity):
        assert isinstance(ref.thing, Formula)
        out.add_row(ref.thing.name, law(ref.thing), ref.unit, ref.thing.doc)
    return out


def _wires(instance: Module, model: Model) -> Table:
    out = plain("need", "unit", "supplied by")
    for ref in instance.declared(Needs):
        out.add_row(ref.thing.name, ref.unit, _supplies(ref, model))
    return out


def _supplies(need: Ref, model: Model) -> str:
    supplies = model.wires[need.path]
    return " + ".join(s.path if isinstance(s, Ref) else f"{s.value:g} {s.unit}" for s in supplies)


def _numbers(instance: Module, tables: ByHistology) -> Table:
    out = plain("number", "value", "spread", "evidence", "source", "what")
    for ref in instance.declared(Species, Parameter, Covariate):
        for histology, numbers in _apart(ref.path, tables):
            number, name = numbers[ref.path], f"{ref.thing.name} {histology}".strip()
            row = number.row
            out.add_row(
                name, _centre(number), _spread(number), row.evidence, row.source, ref.thing.doc
            )
    return out


def value(row: Row) -> str:
    """Write a value as its table does."""
    return f"{row.value} {row.unit if row.unit != '1' else ''}".strip()


def _centre(number: Number) -> str:
    """Value as written, and what it comes to where a formula needs no other number."""
    text = value(number.row)
    if number.row.formula is None or number.centre.op != "const":
        return text
    base = number.below if re.search(r"\bbase\b", number.row.formula) else None
    known = (
        f" (base {three(float(base.value or 0.0))})"
        if base is not None and base.op == "const"
        else ""
    )
    return f"{text} → {three(float(number.centre.value or 0.0))}{known}"


def _spread(number: Number) -> str:
    if not number.spread:
        return number.law or "not varied"
    return f"{number.law or 'lognormal, cv'} {number.spread:g}"


def _sources(rows: Iterable[Row]) -> str:
    return "; ".join(dict.fromkeys(f"{r.source} ({r.evidence})" for r in rows)) or "–"
