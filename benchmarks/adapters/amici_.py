"""AMICI on the exported SBML, compiled to C++."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.adapters import sbml

if TYPE_CHECKING:
    from benchmarks.adapters import Solve
    from benchmarks.problem import Problem


def prepare(problem: Problem) -> Solve:
    """Generate and compile C++, unless that was done before."""
    import amici
    import amici.sim.sundials as asd
    from amici.importers.sbml import SbmlImporter

    from immunarium.formats.ids import sid

    where, name = problem.folder / "amici", f"amici_{problem.folder.name}"
    if not list(where.glob(f"{name}/*.so")):
        programs = str(Path(sys.executable).parent)  # of ninja and swig, which pip installs
        os.environ["PATH"] = os.pathsep.join([programs, os.environ["PATH"]])
        importer = SbmlImporter(sbml.text(problem), from_file=False)
        importer.sbml2amici(
            name, where, observation_model=[], compute_conservation_laws=False, simplify=None,
            generate_sensitivity_code=False,
        )  # fmt: skip
    model = amici.import_model_module(name, where).get_model()
    solver = model.create_solver()
    solver.set_max_steps(1_000_000)
    model.set_timepoints(problem.times)
    names = [*(sid(p) for p in problem.parameters), *(sid(s) for s in problem.states), sbml.RATE]
    column = {n: k for k, n in enumerate(names)}

    def at(ids: Iterable[str]) -> list[int]:
        return [column.get(i, len(names)) for i in ids]  # beyond them is a 0: inputs not used

    free, fixed = at(model.get_free_parameter_ids()), at(model.get_fixed_parameter_ids())
    start, moved = at(model.get_state_ids()), [sid(s) for s in problem.states]
    kept = [(k, moved.index(i)) for k, i in enumerate(model.get_state_ids()) if i in moved]
    theirs, ours = map(list, zip(*kept, strict=True))

    def solve(n: int, rtol: float) -> np.ndarray:
        out = np.empty((n, len(problem.times), len(problem.states)))
        solver.set_relative_tolerance(rtol)
        solver.set_absolute_tolerance(1e-3 * rtol * float(problem.scale.min()))
        for i in range(n):
            who = i % len(problem.y0)
            row = np.concatenate([problem.values[who], problem.y0[who], [problem.inflow[who], 0.0]])
            model.set_free_parameters(row[free])
            model.set_fixed_parameters(row[fixed])
            model.set_initial_state(row[start])
            got = asd.run_simulation(model, solver)
            if got.status:
                raise RuntimeError(f"AMICI stopped with {got.status}")
            out[i] = problem.y0[who]  # what nothing moves is no state of AMICI's
            out[i][:, ours] = np.asarray(got.x)[:, theirs]
        return out

    return solve
