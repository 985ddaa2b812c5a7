"""SciPy's BDF, with the printed right-hand side and Jacobian compiled by Numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.adapters import scipy_lsoda

if TYPE_CHECKING:
    from benchmarks.adapters import Solve
    from benchmarks.problem import Problem


def prepare(problem: Problem) -> Solve:
    """Compile; large Jacobians are sparse."""
    return scipy_lsoda.prepare(problem, "BDF", sparse=len(problem.states) > 60)
