"""numbalsoda's lsoda, on states over their scales: it takes one absolute tolerance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmarks.adapters import Solve
    from benchmarks.problem import Problem


def prepare(problem: Problem) -> Solve:
    """Compile."""
    from numba import carray, cfunc
    from numbalsoda import lsoda, lsoda_sig

    rates = problem.module("rates_numba").rates
    size, count, scale = len(problem.states), problem.constants.shape[1], problem.scale

    @cfunc(lsoda_sig)
    def slope(t, z_, dz_, data_):
        z, dz, data = carray(z_, size), carray(dz_, size), carray(data_, (count + 1,))
        rates(z * scale, data[1:], data[0], dz)
        dz /= scale

    def solve(n: int, rtol: float) -> np.ndarray:
        out = np.empty((n, len(problem.times), size))
        for i in range(n):
            who = i % len(problem.y0)
            z = problem.y0[who] / scale
            data = np.concatenate([[0.0], problem.constants[who]])
            for low, high, running, inside in problem.segments():
                data[0] = problem.inflow[who] if running else 0.0
                at = np.unique([low, *problem.times[inside], high])
                got, done = lsoda(slope.address, z, at, data, rtol, 1e-3 * rtol, 100_000)
                if not done:
                    raise RuntimeError("lsoda gave up")
                out[i, inside] = got[1 : 1 + inside.stop - inside.start] * scale
                z = got[-1]
        return out

    solve(1, 1e-2)
    return solve
