"""A model's kernel: machine code made in memory by LLVM, with no compiler on the machine."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import llvmlite.binding as llvm
import numpy as np
from numpy.typing import NDArray

from immunarium.core import Expr, UnknownNameError, did_you_mean, symbols
from immunarium.core.model import Graph
from immunarium.engine.codegen import Printer
from immunarium.engine.layout import Layout


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
        Time it took to print and compile.
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
    """Compile a model, or return the kernel made for it before in this process.

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
        program = Printer(names[:3], graph.rates, watched, len(outputs)).program(graph.scales)
        engine = _assemble(program.text)
        functions = Functions(*(engine.get_function_address(f) for f in Functions._fields))
        seconds = time.perf_counter() - began
        owner = (engine, alive)
        _made[key] = Kernel(*names, graph.scales, program.layout, functions, seconds, owner)
    return _made[key]


def _check(graph: Graph, expressions: Mapping[str, Expr]) -> None:
    known = {*graph.states, *graph.parameters, *graph.inputs}
    for name, expression in expressions.items():
        for missing in sorted(symbols(expression) - known):
            raise UnknownNameError(
                f"{name} reads {missing}, which this model does not have."
                f"{did_you_mean(missing, known)}"
            )


@cache
def _target() -> llvm.Target:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


def _assemble(text: str) -> llvm.ExecutionEngine:
    target = _target()
    machine = target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=1,
        jit=True,
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text), machine)
    engine.finalize_object()
    return engine
