"""Immunarium."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmarks.adapters import Solve
    from benchmarks.problem import Problem


def prepare(problem: Problem, workers: int = 1) -> Solve:
    """Build the model, compile its kernel and lay out the doses."""
    from benchmarks.models import draw
    from immunarium.core import symbol
    from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, compile_model, run

    name = json.loads((problem.folder / "names.json").read_text())["model"]
    graph = draw(name, 1).graph
    kernel = compile_model(graph, {s: symbol(s) for s in graph.states}, {})
    ticks = np.rint(np.stack([problem.edges[:-1], problem.edges[1:]]) * TICKS_PER_HOUR)
    spans = ticks.astype(np.int64).T[problem.on]
    times = np.rint(problem.times * TICKS_PER_HOUR).astype(np.int64)

    def solve(n: int, rtol: float) -> np.ndarray:
        who = np.arange(n) % len(problem.y0)
        doses = tuple(
            Dose(
                low,
                high - low,
                problem.target,
                problem.inflow[who] * (high - low) / TICKS_PER_HOUR,
                "d",
                1,
            )
            for low, high in spans.tolist()
        )
        plan = Plan(doses, (), int(ticks[1, -1]), times, (), None)
        y0, values = problem.y0[who], problem.values[who]
        return run(kernel, y0, values, plan, rtol=rtol, workers=workers).recorded

    return solve
