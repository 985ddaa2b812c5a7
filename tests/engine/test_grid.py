"""Peaks do not depend on when anybody looks."""

from __future__ import annotations

import numpy as np

from immunarium import registry
from immunarium.dosing import Regimen, resolve
from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, Reduce, compile_model, run
from immunarium.population import Population

FINE, DAYS = TICKS_PER_HOUR // 360, 2  # lymphocytes turn so sharply that a minute is coarse
SEEN = (
    "il2.plasma",
    "cytokine.ifn",
    "blood_counts.lymphocytes",
    "haemodynamics.pressure_ratio",
    "kidney.creatinine",
    "fluid.plasma",
)


def test_extremes_on_a_daily_grid_are_those_on_a_fine_grid():
    cancer, therapies = registry.disease("metastatic_cancer"), registry.therapies()
    patients = Population.sample(cancer, 3, 5)
    graph = patients.graph
    course = Regimen.parse("aldesleukin 600000 IU/kg IV over 15 min q8h x 3")
    doses = tuple(
        Dose(d.tick, d.duration, d.target, d.amounts, d.drug, d.course)
        for d in resolve(course, therapies, patients.table)
    )
    kernel = compile_model(graph, {path: graph.value(path) for path in SEEN}, {})
    end = DAYS * 24 * TICKS_PER_HOUR
    reduces = tuple(
        Reduce(f"{kind} of {path}", path, kind, 0, end)
        for path in SEEN
        for kind in ("peak", "nadir")
    )
    daily = np.arange(0, end + 1, 24 * TICKS_PER_HOUR)
    often = np.arange(0, end + 1, FINE)
    coarse, fine = (
        run(kernel, patients.initial(), patients.parameters(), plan, rtol=1e-6)
        for plan in (Plan(doses, (), end, grid, reduces, None) for grid in (daily, often))
    )
    assert coarse.reduced.equals(fine.reduced)
    for i, path in enumerate(SEEN):
        found = coarse.reduced[[f"peak of {path}", f"nadir of {path}"]].to_numpy()
        seen = np.stack([fine.recorded[:, :, i].max(1), fine.recorded[:, :, i].min(1)], axis=1)
        np.testing.assert_allclose(found, seen, rtol=1e-4, err_msg=path)
        assert (found[:, 0] >= seen[:, 0] * (1 - 1e-12)).all()
