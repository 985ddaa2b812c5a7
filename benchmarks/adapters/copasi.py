"""COPASI's LSODA on the exported SBML, through basico."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.adapters import sbml

if TYPE_CHECKING:
    from benchmarks.adapters import Solve
    from benchmarks.problem import Problem


def prepare(problem: Problem) -> Solve:
    """Load the model; patients are set by value, without loading again."""
    import basico
    import COPASI

    from immunarium.formats.ids import sid

    data = basico.load_model_from_string(sbml.text(problem))
    model = data.getModel()
    names = [*(sid(p) for p in problem.parameters), *(sid(s) for s in problem.states), sbml.RATE]
    column = {name: k for k, name in enumerate(names)}
    metabolites = [model.getMetabolite(i) for i in range(model.getNumMetabs())]
    values = [model.getModelValue(i) for i in range(model.getNumModelValues())]
    known = [(m, column[m.getSBMLId()]) for m in (*metabolites, *values) if m.getSBMLId() in column]
    states = {sid(s): k for k, s in enumerate(problem.states)}
    task = data.getTask("Time-Course")

    def solve(n: int, rtol: float) -> np.ndarray:
        out = np.empty((n, len(problem.times), len(states)))
        method = {
            "name": "Deterministic (LSODA)", "Relative Tolerance": rtol,
            "Absolute Tolerance": 1e-3 * rtol * float(problem.scale.min()),
            "Max Internal Steps": 1_000_000,
        }  # fmt: skip
        basico.set_task_settings("Time-Course", {"method": method})
        for i in range(n):
            who = i % len(problem.y0)
            row = np.concatenate([problem.values[who], problem.y0[who], [problem.inflow[who]]])
            changed = COPASI.ObjectStdVector()
            for thing, k in known:
                if isinstance(thing, COPASI.CMetab):
                    thing.setInitialConcentration(float(row[k]))
                    changed.append(thing.getInitialConcentrationReference())
                else:
                    thing.setInitialValue(float(row[k]))
                    changed.append(thing.getInitialValueReference())
            model.updateInitialValues(changed)
            _run(task, problem.times)
            series = task.getTimeSeries()
            for column_ in range(1, series.getNumVariables()):
                k = states.get(series.getSBMLId(column_, data))
                if k is not None:
                    out[i, :, k] = [
                        series.getConcentrationData(t + 1, column_)
                        for t in range(len(problem.times))
                    ]
        return out

    def _run(task: COPASI.CTrajectoryTask, times: np.ndarray) -> None:
        problem_ = task.getProblem()
        problem_.setAutomaticStepSize(False)
        problem_.setUseValues(True)
        problem_.setValues(" ".join(map(repr, [0.0, *times.tolist()])))
        problem_.setTimeSeriesRequested(True)
        if not task.initializeRaw(COPASI.CCopasiTask.OUTPUT_UI) or not task.processRaw(True):
            raise RuntimeError(COPASI.CCopasiMessage.getAllMessageText())
        task.restore()

    return solve
