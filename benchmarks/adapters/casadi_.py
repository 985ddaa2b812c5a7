"""CasADi's cvodes, with derivatives compiled by gcc, on states over their scales."""

from __future__ import annotations

import subprocess
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.adapters import Solve
    from benchmarks.problem import Problem


def prepare(problem: Problem) -> Solve:
    """Trace, differentiate and compile; the tolerance is set later, without compiling again."""
    import casadi as ca

    size = len(problem.states)
    built = problem.folder / "libcasadi.so"
    if not built.exists():
        words = SimpleNamespace(
            sqrt=ca.sqrt, log=ca.log, exp=ca.exp, pow=ca.power,
            positive=lambda x: ca.fmax(x, 0), indicator=lambda x: x > 0,
        )  # fmt: skip
        z, u = ca.SX.sym("x", size), ca.SX.sym("u")
        p, t = ca.SX.sym("p", problem.constants.shape[1]), ca.SX.sym("t")
        y = [z[i] * float(s) for i, s in enumerate(problem.scale)]
        rates = problem.module("rates_generic").rates(y, [p[k] for k in range(p.numel())], u, words)
        ode = ca.vertcat(*rates) / problem.scale
        dae = ca.Function("dae", [t, z, p, u], [ode], ["t", "x", "p", "u"], ["ode"])
        maker = ca.CodeGenerator("casadi_rates.c")
        maker.add(dae, True)
        maker.add(dae.jacobian(), True)
        maker.add(dae.forward(1))
        maker.generate(str(problem.folder) + "/")
        source = problem.folder / "casadi_rates.c"
        subprocess.run(
            ["gcc", "-O2", "-march=native", "-shared", "-fPIC", source, "-o", built, "-lm"],
            check=True, capture_output=True,
        )  # fmt: skip
    compiled = ca.external("dae", str(built))
    given = {"t": ca.MX.sym("t"), "x": ca.MX.sym("x", size), "u": ca.MX.sym("u")}
    given["p"] = ca.MX.sym("p", problem.constants.shape[1])
    dae = {**given, "ode": compiled(given["t"], given["x"], given["p"], given["u"])}
    spans = [
        (low, np.unique([*problem.times[inside], high]), running, inside)
        for low, high, running, inside in problem.segments()
    ]

    @cache
    def integrators(rtol: float) -> list[Any]:
        options = {"reltol": rtol, "abstol": 1e-3 * rtol, "max_num_steps": 1_000_000}
        return [ca.integrator("I", "cvodes", dae, low, at, options) for low, at, _, _ in spans]

    def solve(n: int, rtol: float) -> np.ndarray:
        out = np.empty((n, len(problem.times), size))
        for i in range(n):
            who = i % len(problem.y0)
            z, c = problem.y0[who] / problem.scale, problem.constants[who]
            for one, (_, _, running, inside) in zip(integrators(rtol), spans, strict=True):
                u = problem.inflow[who] if running else 0.0
                got = np.asarray(one(x0=z, p=c, u=u)["xf"]).T
                out[i, inside] = got[: inside.stop - inside.start] * problem.scale
                z = got[-1]
        return out

    return solve
