"""The conformance suite of modules: what every piece of biology must satisfy, public."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from immunarium.core import (
    Constant,
    Expr,
    Model,
    ModelError,
    Module,
    Needs,
    TableError,
    const,
    evaluate,
    substitute,
    symbol,
    symbols,
)
from immunarium.core.model import Run
from immunarium.core.module import reaction
from immunarium.parameters.tables import Tables

_TINY = 1e-300


def check_module(module: Module, *beside: Module, tries: int = 20, seed: int = 1) -> None:
    """Check one module on its own, with constants for what it needs.

    It builds; its laws fit their units and read symbols (so no ``if`` on a state); every number
    has a row with a unit that converts and a source, and a note where that is ``this work``; and
    each reaction consumes only what is there: it stops when a species that it consumes is at zero.

    Parameters
    ----------
    module : Module
        An instance, its name that of a row's ``instance`` where the table has such rows.
    *beside : Module
        Modules whose rows the formulas of its table use.
    tries : int
        At how many random states the laws are tried.

    Raises
    ------
    ModelError, TableError
        The first thing that is wrong.

    Examples
    --------
    >>> from immunarium.biology.il2 import IL2
    >>> check_module(IL2())
    """
    modules = (module, *beside)
    wires = {n: Constant(1.0, n.unit) for m in modules for n in m.declared(Needs)}
    model = Model(*modules, wires=wires)
    _noted(Tables.of(model))
    for path, law, eaten in _consuming(model):
        _stops_without(path, law, eaten, np.random.default_rng(seed), tries)


def _noted(tables: Tables) -> None:
    for path, number in tables.items():
        row = number.row
        if row.source == "this work" and not row.note:
            raise TableError(
                f"{path} has the source 'this work' and no note ({row.where}). Say in the note "
                f"where the number comes from."
            )


def _consuming(model: Model) -> Iterator[tuple[str, Expr, str]]:
    run = Run(model, lambda ref: symbol(ref.path), lambda c: const(c.value))
    for path, ref in model.reactions.items():
        assert isinstance(ref.thing, reaction)
        law = run.read(ref)
        for species in ref.thing.arrow.left:
            if isinstance(law, Expr):
                yield path, law, f"{ref.module.name}.{species.name}"


def _stops_without(path: str, law: Expr, eaten: str, rng: np.random.Generator, tries: int) -> None:
    names = sorted(symbols(law))
    values = {n: np.exp(rng.normal(0.0, 1.0, tries)) for n in names}
    (full,) = evaluate([law], values)
    (empty,) = evaluate([substitute(law, {eaten: const(0.0)})], values)
    size = np.max(np.abs(np.broadcast_to(full, (tries,)))) + _TINY
    empty = np.broadcast_to(empty, (tries,))
    if not np.all(np.abs(empty) <= 1e-12 * size):
        raise ModelError(
            f"{path} consumes {eaten.split('.')[1]} but goes on when there is none left "
            f"(rate {np.max(np.abs(empty)):.3g}). Make the law proportional to what it consumes."
        )
