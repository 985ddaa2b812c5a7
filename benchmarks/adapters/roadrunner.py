"""libRoadRunner on the exported SBML."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.adapters import sbml
from benchmarks.problem import Problem

if TYPE_CHECKING:
    from benchmarks.adapters import Solve


@cache
def _loaded(folder: Path) -> Any:
    import roadrunner

    return roadrunner.RoadRunner(sbml.text(Problem.load(folder), events=False))


def prepare(problem: Problem) -> Solve:
    """Load the model; patients are set by value, without loading again."""
    from immunarium.formats.ids import sid

    rr = _loaded(problem.folder)
    model, ids = rr.model, [sid(s) for s in problem.states]
    species, values = model.getFloatingSpeciesIds(), model.getGlobalParameterIds()
    rr.timeCourseSelections = [*ids]
    rr.integrator = "cvode"
    rr.integrator.maximum_num_steps = 1_000_000
    sizes = dict(zip(ids, problem.scale, strict=True))
    names = [*(sid(p) for p in problem.parameters), *ids]
    source = values.index(sid(f"@{problem.target}"))
    column = {name: k for k, name in enumerate(names)}
    at = [i for i, v in enumerate(values) if v in column]
    chosen = [column[values[i]] for i in at]
    moved = [column[s] for s in species]
    vector = np.array([sizes[s] for s in (*rr.getRateRuleIds(), *species)])

    def solve(n: int, rtol: float) -> np.ndarray:
        out = np.empty((n, len(problem.times), len(ids)))
        rr.integrator.relative_tolerance = rtol
        rr.integrator.setValue("absolute_tolerance", (1e-3 * rtol * vector).tolist())
        for i in range(n):
            who = i % len(problem.y0)
            row = np.concatenate([problem.values[who], problem.y0[who], [problem.inflow[who]]])
            rr.reset()
            model.setGlobalParameterValues(at, row[chosen])
            model.setFloatingSpeciesAmounts(range(len(species)), row[moved])
            for low, high, running, inside in problem.segments():
                model.setGlobalParameterValues([source], [row[-1] if running else 0.0])
                points = np.unique([low, *problem.times[inside], high])
                got = np.asarray(rr.simulate(times=points.tolist()))
                out[i, inside] = got[1 : 1 + inside.stop - inside.start]
        return out

    return solve
