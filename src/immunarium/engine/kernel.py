"""A model's kernel: machine code made in memory by LLVM, with no compiler on the machine."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import llvmlite.binding as llvm
import numpy as np
from numpy.typing import NDArray

from immunarium.core import Expr, Graph, UnknownNameError, did_you_mean, symbols, written
from immunarium.engine.cache import fingerprint, load, save
from immunarium.engine.codegen import Printer
from immunarium.engine.layout import Layout
from immunarium.engine.machine import target_machine

Names = tuple[tuple[str, ...], ...]


class Functions(NamedTuple):
    """Addresses of a kernel's functions; each takes the address of a workspace."""

    prepare: int
    step: int
    loose: int  # error at rtol >= 1e-5
    tight: int  # error at rtol < 1e-5
    land: int  # end the step at θ
    commit: int
    dense: int
    observe: int  # also takes the address of the vector to write to
    rate: int  # also takes the address of the vector to add to


@dataclass(frozen=True)
class Kernel:
    """A compiled model.

    Attributes
    ----------
    states, parameters, inputs, outputs, conditions : tuple of str
        Names, in the order of the arrays.
    scales : ndarray, shape (states,)
        Typical sizes; absolute tolerance is rtol x 1e-3 x scale.
    layout : Layout
        The workspace.
    functions : Functions
        The machine code.
    seconds : float
        Time it took to compile it, or to read it from the disk.
    """

    states: tuple[str, ...]
    parameters: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    conditions: tuple[str, ...]
    scales: NDArray[np.float64]
    layout: Layout
    functions: Functions
    seconds: float
    _alive: tuple[Any, ...]  # owns the machine code, and the expressions that key it


_made: dict[tuple[Any, ...], Kernel] = {}


def compile_model(
    graph: Graph, outputs: Mapping[str, Expr], conditions: Mapping[str, Expr]
) -> Kernel:
    """Compile a model, or return the kernel made for it before: in this process, or on this disk.

    Parameters
    ----------
    graph : Graph
        The model.
    outputs : Mapping[str, Expr]
        What is recorded and reduced.
    conditions : Mapping[str, Expr]
        What rules read; above 0.5 is true.

    Raises
    ------
    UnknownNameError
        An output or condition reads a symbol that the model does not have.

    Examples
    --------
    >>> kernel = compile_model(model.graph(), {"IL-2": graph.quantities["il2.plasma"]}, {})
    """
    watched = [*outputs.values(), *conditions.values()]
    _check(graph, {**outputs, **conditions})
    alive = (*graph.rates, *watched)
    names = (graph.states, graph.parameters, graph.inputs, tuple(outputs), tuple(conditions))
    key = (*names, graph.scales.tobytes(), tuple(x.serial for x in alive))
    if key not in _made:
        began = time.perf_counter()
        model = _described(names, graph.scales, alive)
        layout, engine = _loaded(fingerprint(model), names, graph, watched)
        functions = Functions(*(engine.get_function_address(f) for f in Functions._fields))
        seconds = time.perf_counter() - began
        owner = (engine, alive)
        _made[key] = Kernel(*names, graph.scales, layout, functions, seconds, owner)
    return _made[key]


def _described(names: Names, scales: NDArray[np.float64], roots: Sequence[Expr]) -> bytes:
    """Everything that a kernel's code depends on."""
    states, parameters, inputs, outputs, conditions = names
    head = repr((states, parameters, inputs, len(outputs), len(conditions)))
    return "\n".join((head, *written(roots))).encode() + scales.tobytes()


def _loaded(
    key: str, names: Names, graph: Graph, watched: Sequence[Expr]
) -> tuple[Layout, llvm.ExecutionEngine]:
    """Code from the cache, or new code, which is kept there."""
    found = load(key)
    if found is None:
        symbols_of = (graph.states, graph.parameters, graph.inputs)
        printer = Printer(symbols_of, graph.rates, watched, len(names[3]))
        program = printer.program(graph.scales)
        found = program.layout, target_machine().emit_object(llvm.parse_assembly(program.text))
        save(key, *found)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(found[1]))
    engine.finalize_object()
    return found[0], engine


def _check(graph: Graph, expressions: Mapping[str, Expr]) -> None:
    known = {*graph.states, *graph.parameters, *graph.inputs}
    if symbols(*expressions.values()) <= known:
        return
    for name, expression in expressions.items():
        for missing in sorted(symbols(expression) - known):
            raise UnknownNameError(
                f"{name} reads {missing}, which this model does not have."
                f"{did_you_mean(missing, known)}"
            )
