"""SciPy's solvers, with the printed right-hand side and Jacobian compiled by Numba."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.integrate import solve_ivp

if TYPE_CHECKING:
    from benchmarks.adapters import Solve
    from benchmarks.problem import Problem


def compiled(problem: Problem) -> tuple[Any, Any, Any]:
    """Return the right-hand side, the entries of the Jacobian, and the dense Jacobian."""
    from numba import njit

    printed = problem.module("rates_numba")
    rates, jacobian = printed.rates, printed.jacobian
    size, rows, columns = len(problem.states), problem.rows, problem.columns

    @njit
    def slope(t, y, c, u):
        out = np.empty(size)
        rates(y, c, u, out)
        return out

    @njit
    def entries(t, y, c, u):
        out = np.empty(rows.size)
        jacobian(y, c, u, out)
        return out

    @njit
    def dense(t, y, c, u):
        out = np.zeros((size, size))
        for k, x in enumerate(entries(t, y, c, u)):
            out[rows[k], columns[k]] = x
        return out

    return slope, entries, dense


def prepare(problem: Problem, method: str = "LSODA", sparse: bool = False) -> Solve:
    """Compile, and return a solver of the given method."""
    slope, entries, dense = compiled(problem)
    size = len(problem.states)
    starts = np.searchsorted(problem.columns, np.arange(size + 1))

    def matrix(t: float, y: np.ndarray, c: np.ndarray, u: float) -> Any:
        from scipy.sparse import csc_array

        return csc_array((entries(t, y, c, u), problem.rows, starts), shape=(size, size))

    jac = matrix if sparse else dense
    for f in (slope, jac):
        f(0.0, problem.y0[0], problem.constants[0], 0.0)

    def segment(y: np.ndarray, span: tuple[float, float], at: Any, given: Any, rtol: float) -> Any:
        got = solve_ivp(
            slope, span, y, method, t_eval=at, args=given, rtol=rtol, atol=problem.atol(rtol),
            jac=jac,
        )  # fmt: skip
        if not got.success:
            raise RuntimeError(got.message)
        return got.y.T

    def solve(n: int, rtol: float) -> np.ndarray:
        out = np.empty((n, len(problem.times), size))
        for i in range(n):
            who = i % len(problem.y0)
            y, c = problem.y0[who], problem.constants[who]
            for low, high, running, inside in problem.segments():
                u = problem.inflow[who] if running else 0.0
                at = np.unique([*problem.times[inside], high])
                got = segment(y, (low, high), at, (c, u), rtol)
                out[i, inside] = got[: inside.stop - inside.start]
                y = got[-1]
        return out

    return solve
