"""Two simulators that share nothing but the exported file agree on every state of a course."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from immunarium import registry
from immunarium.core import Graph, evaluate, symbol
from immunarium.dosing import Regimen
from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, compile_model, run
from immunarium.formats import Course, sid, to_sbml
from immunarium.formats.antimony import to_antimony
from immunarium.population import Population

HIGH_DOSE = "aldesleukin 600000 IU/kg IV over 15 min q8h x 6"
WITH_CELLS = f"{HIGH_DOSE}; lak_cells 1e10 cells IV once from 25 h"
SESSIONS = "plasma_exchange 1 PV over 150 min every other day x 2 with FFP"
EXCHANGE = f"{SESSIONS}; ivig 0.4 g/kg IV once from day 5"
COURSES = {  # the model of each other disease is one of these with other modules of the same kind
    "metastatic_cancer": HIGH_DOSE,
    "healthy": EXCHANGE,
    "guillain_barre": EXCHANGE,
}
NEAR = 1e-6  # measured: 1e-7 and 5e-7


class Twins(NamedTuple):
    """What two simulators say of a course, shape (times, states), and the second's quantities."""

    graph: Graph
    ours: NDArray[np.float64]
    theirs: NDArray[np.float64]
    quantities: NDArray[np.float64]

    @property
    def apart(self) -> float:
        """Largest difference, relative to the value or to a thousandth of the typical size."""
        size = np.maximum(np.abs(self.theirs), 1e-3 * self.graph.scales)
        return float((np.abs(self.ours - self.theirs) / size).max())


def ours(course: Course, graph: Graph, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Follow a course with Immunarium's engine."""
    doses = tuple(
        Dose(d.tick, d.duration, d.target, d.amounts, d.drug, d.course) for d in course.doses
    )
    kernel = compile_model(graph, {s: symbol(s) for s in graph.states}, {})
    initial = np.array([[course.initial[s] for s in graph.states]], dtype=np.float64)
    values = np.array([[course.parameters[p] for p in graph.parameters]], dtype=np.float64)
    plan = Plan(doses, (), int(ticks[-1]), ticks, (), None)
    got = run(kernel, initial, values, plan, rtol=1e-9, workers=1)
    assert not got.failed.any()
    return got.recorded[0]


def theirs(
    sbml: str, graph: Graph, ticks: NDArray[np.int64], rtol: float = 1e-10
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Follow SBML with libRoadRunner: its states and its quantities."""
    roadrunner = pytest.importorskip("roadrunner")
    settings = roadrunner.Config  # its faster compiler: 2 s for the largest model, not 6
    settings.setValue(settings.LLVM_BACKEND, settings.LLJIT)
    settings.setValue(settings.LLJIT_OPTIMIZATION_LEVEL, settings.NONE)
    other = roadrunner.RoadRunner(sbml)
    size = dict(zip(map(sid, graph.states), graph.scales, strict=True))
    n = other.model.getNumRateRules() + other.model.getNumFloatingSpecies()
    order = [other.model.getStateVectorId(i).strip("[]") for i in range(n)]
    other.integrator.relative_tolerance = rtol
    other.integrator.absolute_tolerance = [1e-3 * rtol * size[name] for name in order]
    names = [sid(path) for path in (*graph.states, *graph.quantities)]
    times = ticks / TICKS_PER_HOUR
    got = np.array(other.simulate(times=list(times), selections=["time", *names]))
    np.testing.assert_allclose(got[:, 0], times, rtol=1e-12)
    states = len(graph.states)
    return got[:, 1 : 1 + states], got[:, 1 + states :]


def twins(
    course: Course, days: float, graph: Graph | None = None, sbml: str | None = None
) -> Twins:
    """Follow a course twice, at fifty times after the start; ``graph`` is for our engine."""
    ticks = np.linspace(0, days * 24 * TICKS_PER_HOUR, 51).astype(np.int64)
    mine = ours(course, graph or course.graph, ticks)
    other, quantities = theirs(sbml or to_sbml(course), course.graph, ticks)
    return Twins(course.graph, mine[1:], other[1:], quantities[1:])


def test_the_small_model_agrees_through_doses_of_every_kind(pool, dose):
    course = pool(dose(0, 5), dose(1 / 3, 4, 2), dose(1, 6, 3), dose(7 / 3, 2, 1), dose(20, 3))
    assert twins(course, days=2).apart < NEAR


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSES)
def test_every_state_agrees_with_an_independent_simulator(name):
    disease = registry.disease(name)
    course = Course.of(disease, registry.therapies(), Regimen.parse(COURSES[name]))
    graph = Population.typical(disease).graph
    assert twins(course, days=14, graph=graph).apart < NEAR


@pytest.fixture(scope="module")
def drawn() -> tuple[Course, Twins]:
    cancer = registry.disease("metastatic_cancer")
    course = Course.of(cancer, registry.therapies(), Regimen.parse(WITH_CELLS), patient=5)
    return course, twins(course, days=14)


@pytest.mark.slow
def test_a_drawn_patient_who_is_given_cells_agrees(drawn):
    assert drawn[1].apart < NEAR


@pytest.mark.slow
def test_quantities_are_what_the_model_computes_from_the_states(drawn):
    course, both = drawn
    known = {**course.parameters, **dict(zip(both.graph.states, both.theirs.T, strict=True))}
    wanted = evaluate(both.graph.quantities.values(), known)
    for path, theirs, ours in zip(both.graph.quantities, both.quantities.T, wanted, strict=True):
        size = np.abs(theirs).max() or 1.0
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-12 * size, err_msg=path)


@pytest.mark.slow
def test_a_course_survives_the_way_through_antimony(drawn):
    antimony = pytest.importorskip("antimony")
    course, _ = drawn
    assert antimony.loadAntimonyString(to_antimony(to_sbml(course))) >= 0, antimony.getLastError()
    sbml = antimony.getSBMLString(antimony.getMainModuleName())
    antimony.freeAll()
    assert twins(course, days=14, sbml=sbml).apart < NEAR
