"""scikit-sundae's CVODE, with the printed right-hand side and Jacobian compiled by Numba."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.adapters import Solve
    from benchmarks.problem import Problem


def prepare(problem: Problem) -> Solve:
    """Compile."""
    from sksundae.cvode import CVODE

    printed = problem.module("rates_numba")
    rates, jacobian = printed.rates, printed.jacobian
    size = len(problem.states)
    pattern = np.zeros((size, size))
    pattern[problem.rows, problem.columns] = 1

    def slope(t: float, y: np.ndarray, out: np.ndarray, data: Any) -> None:
        rates(y, data[0], data[1], out)

    def matrix(t: float, y: np.ndarray, dy: np.ndarray, out: np.ndarray, data: Any) -> None:
        jacobian(y, data[0], data[1], out)

    def solve(n: int, rtol: float) -> np.ndarray:
        out = np.empty((n, len(problem.times), size))
        for i in range(n):
            who = i % len(problem.y0)
            y, data = problem.y0[who], [problem.constants[who], 0.0]
            solver = CVODE(
                slope, userdata=data, jacfn=matrix, linsolver="sparse", sparsity=pattern,
                rtol=rtol, atol=problem.atol(rtol), max_num_steps=100_000,
            )  # fmt: skip
            for low, high, running, inside in problem.segments():
                data[1] = float(problem.inflow[who]) if running else 0.0
                at = np.unique([low, *problem.times[inside], high])
                got = solver.solve(at, y)
                if not got.success:
                    raise RuntimeError(got.message)
                out[i, inside] = got.y[1 : 1 + inside.stop - inside.start]
                y = got.y[-1]
        return out

    solve(1, 1e-2)
    return solve
