"""diffrax, Kvaerno5, all patients at once by vmap."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.adapters import Solve
    from benchmarks.problem import Problem

LEAST = 8  # compiled for so many patients at once


def prepare(problem: Problem) -> Solve:
    """Trace and compile; the tolerance is an argument."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_compilation_cache_dir", str(problem.folder / "jax"))
    import diffrax
    import jax.numpy as jnp

    words = SimpleNamespace(
        sqrt=jnp.sqrt, log=jnp.log, exp=jnp.exp, pow=jnp.power,
        positive=lambda x: jnp.maximum(x, 0.0), indicator=lambda x: jnp.where(x > 0, 1.0, 0.0),
    )  # fmt: skip
    rates = problem.module("rates_generic").rates
    edges, on = jnp.asarray(problem.edges), jnp.asarray(problem.on, float)
    times, scale = jnp.asarray(problem.times), jnp.asarray(problem.scale)

    def slope(t: Any, y: Any, given: Any) -> Any:
        c, inflow = given
        u = inflow * on[jnp.clip(jnp.searchsorted(edges, t, side="right") - 1, 0, len(on) - 1)]
        return jnp.stack([jnp.asarray(r, float) for r in rates(y, c, u, words)])

    @jax.jit
    def follow(y0: Any, c: Any, inflow: Any, rtol: Any) -> Any:
        def one(y0: Any, c: Any, inflow: Any) -> Any:
            control = diffrax.ClipStepSizeController(
                diffrax.PIDController(rtol=rtol, atol=1e-3 * rtol * scale),
                jump_ts=edges[1:-1],
            )
            return diffrax.diffeqsolve(
                diffrax.ODETerm(slope), diffrax.Kvaerno5(), edges[0], edges[-1], 1e-3, y0,
                (c, inflow), saveat=diffrax.SaveAt(ts=times), stepsize_controller=control,
                max_steps=100_000,
            ).ys  # fmt: skip

        return jax.vmap(one)(y0, c, inflow)

    def solve(n: int, rtol: float) -> np.ndarray:
        who = np.arange(max(n, LEAST)) % len(problem.y0)
        return np.asarray(
            follow(problem.y0[who], problem.constants[who], problem.inflow[who], rtol)
        )

    solve(len(problem.y0), 1e-1)
    return solve
