"""Patients with few lesions are followed in a model without the slots that they leave empty.

An empty slot stays empty: its states cost time and change nothing. Which model a patient is
followed in is decided by that patient alone, so that results do not depend on company.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Expr, Graph, symbols
from immunarium.engine import Kernel, compile_model

_MODELS = 3  # with a third, two thirds and all of the slots


@dataclass(frozen=True)
class Slots:
    """The models of a graph with lesions, by the number of slots they have.

    Attributes
    ----------
    volumes : tuple of str
        Volume of each slot's lesion.
    outputs, conditions : mapping of str to Expr
        What kernels are asked for.
    """

    graph: Graph
    volumes: tuple[str, ...]
    outputs: Mapping[str, Expr]
    conditions: Mapping[str, Expr]
    _made: dict[int, tuple[Kernel, NDArray[np.intp]]] = field(default_factory=dict)

    def _filling(self, volume: str) -> list[str]:
        """States that make up a lesion."""
        return sorted(symbols(self.graph.value(volume)) & set(self.graph.states))

    @property
    def _sizes(self) -> list[int]:
        n = len(self.volumes)
        return sorted({-(-n * k // _MODELS) for k in range(1, _MODELS + 1)})

    def wanted(self, initial: NDArray[np.float64]) -> NDArray[np.intp]:
        """How many slots the model has in which each patient is followed, shape (patients,)."""
        at = {s: i for i, s in enumerate(self.graph.states)}
        last = np.zeros(len(initial), dtype=np.intp)
        for number, volume in enumerate(self.volumes, 1):
            columns = [at[s] for s in self._filling(volume)]
            last[(initial[:, columns] != 0).any(axis=1)] = number
        sizes = np.array(self._sizes)
        return sizes[np.searchsorted(sizes, last)]

    def kernel(self, size: int) -> tuple[Kernel, NDArray[np.intp]]:
        """Kernel of the model with this many slots, and which states of the graph it has."""
        if size not in self._made:
            empty = {s for v in self.volumes[size:] for s in self._filling(v)}
            graph, seen = self.graph.without(empty, {**self.outputs, **self.conditions})
            kernel = compile_model(graph, _some(seen, self.outputs), _some(seen, self.conditions))
            columns = np.array([self.graph.states.index(s) for s in graph.states], np.intp)
            self._made[size] = kernel, columns
        return self._made[size]

    def compile(self) -> None:
        """Make every kernel now."""
        for size in self._sizes:
            self.kernel(size)

    def groups(
        self, initial: NDArray[np.float64]
    ) -> Iterable[tuple[NDArray[np.bool_], Kernel, NDArray[np.intp]]]:
        """Patients of one kernel together, with that kernel and its states."""
        wanted = self.wanted(initial)
        for size in np.unique(wanted).tolist():
            yield wanted == size, *self.kernel(size)


def _some(values: Mapping[str, Expr], names: Iterable[str]) -> dict[str, Expr]:
    return {n: values[n] for n in names}
