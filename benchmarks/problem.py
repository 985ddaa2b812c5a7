"""One problem for every solver: the same patients, doses, times and reference, in one folder."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """What a solver is given. Times in h, amounts in the model's units.

    Attributes
    ----------
    folder : Path
        With the printed sources beside the arrays.
    states : tuple of str
    parameters : tuple of str
        Of the model as it is; the columns of ``values``.
    target : str
        The species that is infused.
    y0 : ndarray, shape (patients, states)
    values : ndarray, shape (patients, parameters)
    constants : ndarray, shape (patients, constants)
        What the printed sources read in place of parameters.
    inflow : ndarray, shape (patients,)
        While an infusion runs.
    edges, on : ndarray, shape (segments + 1,) and (segments,)
        Where the inflow changes, and whether it runs between.
    times : ndarray, shape (times,)
        Of output, none at an edge but the last.
    scale : ndarray, shape (states,)
        Absolute tolerance is rtol x 1e-3 x scale.
    rows, columns : ndarray
        Entries of the printed Jacobian, column by column.
    reference : ndarray, shape (patients, times, states)
    """

    folder: Path
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    target: str
    y0: Floats
    values: Floats
    constants: Floats
    inflow: Floats
    edges: Floats
    on: NDArray[np.bool_]
    times: Floats
    scale: Floats
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    reference: Floats

    @classmethod
    def load(cls, folder: Path) -> Problem:
        """Read a problem from its folder."""
        names = json.loads((folder / "names.json").read_text())
        arrays = dict(np.load(folder / "arrays.npz"))
        arrays.setdefault("reference", np.empty((0, len(arrays["times"]), len(arrays["y0"][0]))))
        return cls(
            folder, tuple(names["states"]), tuple(names["parameters"]), names["target"], **arrays
        )

    def atol(self, rtol: float) -> Floats:
        """Absolute tolerance of each state."""
        return rtol * 1e-3 * self.scale

    def segments(self) -> Iterator[tuple[float, float, bool, slice]]:
        """Start, end, whether the inflow runs, and which outputs lie inside or at the end."""
        at = np.searchsorted(self.times, self.edges, side="right")
        for i, running in enumerate(self.on):
            low, high = map(float, self.edges[i : i + 2])
            yield low, high, bool(running), slice(int(at[i]), int(at[i + 1]))

    def error(self, got: Floats) -> float:
        """Return the largest |y - ref| / max(|ref|, 1e-4 max|ref|, 1e-3 scale).

        Over all states and times of the patients in ``got``. The floors are what the absolute
        tolerance asks of everybody; a number that is not finite is an infinite error.
        """
        ref = self.reference[np.arange(len(got)) % len(self.reference)]
        floor = np.maximum(1e-4 * np.abs(ref).max(axis=1, keepdims=True), 1e-3 * self.scale)
        worst = float((np.abs(got - ref) / np.maximum(np.abs(ref), floor)).max())
        return worst if np.isfinite(worst) else np.inf

    def module(self, name: str) -> ModuleType:
        """Import one of the printed Python sources; each problem has its own of that name."""
        unique = f"{name}_of_{self.folder.name}"
        place = self.folder / f"{name}.py"
        spec = importlib.util.spec_from_file_location(unique, place)
        if spec is None or spec.loader is None:
            raise ImportError(f"{place} cannot be imported.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[unique] = module
        spec.loader.exec_module(module)
        return module
