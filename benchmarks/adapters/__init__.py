"""One file per solver, each with ``prepare(problem) -> solve``.

``solve(n, rtol)`` follows the first n patients (again from the first where n is larger) and
returns their states, shape (n, times, states). What ``prepare`` does is compile time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Solve = Callable[[int, float], NDArray[np.float64]]


@dataclass(frozen=True)
class Peer:
    """A solver of the table.

    Attributes
    ----------
    name : str
        As the table calls it.
    file : str
        Its adapter.
    needs : tuple of str
        Distributions that count as its size; the first one gives the version.
    got : str
        The settings it was given.
    pip : bool
        Whether pip installs it.
    """

    name: str
    file: str
    needs: tuple[str, ...]
    got: str
    pip: bool = True


PEERS = (
    Peer(
        "Immunarium", "own", ("immunarium", "llvmlite", "numba"),
        "its own kernel; the patients repeated up to 16 times, to fill its lanes",
    ),
    Peer(
        "C, SUNDIALS CVODE + KLU", "cvode", (),
        "gcc -O3 -march=native, printed right-hand side and sparse Jacobian, KLU with AMD "
        "ordering, one memory for all patients, restart at edges, dense output",
        pip=False,
    ),
    Peer(
        "libRoadRunner", "roadrunner", ("libroadrunner",),
        "SBML, CVODE, an absolute tolerance per species, values set without reloading, restart "
        "at edges",
    ),
    Peer(
        "AMICI", "amici_", ("amici",),
        "SBML compiled to C++, CVODES with KLU and its own sparse Jacobian, edges as events at "
        "known times, no sensitivities",
    ),
    Peer(
        "SciPy LSODA", "scipy_lsoda", ("scipy", "numba", "llvmlite"),
        "printed right-hand side and dense Jacobian in Numba, dense output, restart at edges",
    ),
    Peer(
        "SciPy BDF", "scipy_bdf", ("scipy", "numba", "llvmlite"),
        "printed right-hand side and Jacobian in Numba, sparse where it has over 60 states, dense "
        "output, restart at edges",
    ),
    Peer(
        "COPASI", "copasi", ("copasi-basico", "python-copasi"),
        "SBML with edges as events, LSODA, values set without reloading",
    ),
    Peer(
        "scikit-sundae CVODE", "sundae", ("scikit-sundae", "numba", "llvmlite"),
        "printed right-hand side and Jacobian in Numba, SuperLU, restart at edges",
    ),
    Peer(
        "numbalsoda", "numbalsoda_", ("numbalsoda", "numba", "llvmlite"),
        "printed right-hand side in Numba, states over their scales since it takes one absolute "
        "tolerance, no Jacobian (it takes none), restart at edges",
    ),
    Peer(
        "CasADi cvodes", "casadi_", ("casadi",),
        "right-hand side and derivatives compiled by gcc -O2, states over their scales since it "
        "takes one absolute tolerance, inflow piecewise constant",
    ),
    Peer(
        "diffrax Kvaerno5", "diffrax_", ("diffrax", "equinox", "jax", "jaxlib"),
        "vmap over all patients, float64, steps end at edges, a tolerance per state",
    ),
)  # fmt: skip
