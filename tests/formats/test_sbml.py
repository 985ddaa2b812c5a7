"""What the SBML says, and that a validator has nothing against it."""

from __future__ import annotations

from dataclasses import replace

import libsbml
import numpy as np
import pytest

from immunarium import registry
from immunarium.core import ImmunoError, evaluate
from immunarium.dosing import Regimen
from immunarium.formats import Course, path_of, sid, to_sbml
from immunarium.formats.sbml import stops
from immunarium.population import Population

HOUR = 3_600_000
WITH_CELLS = "aldesleukin 600000 IU/kg IV over 15 min q8h x 3; lak_cells 1e10 cells IV once"


@pytest.fixture
def model_of(model_in):
    return lambda course: model_in(to_sbml(course))


def formula(element):
    return libsbml.formulaToL3String(element.getMath())


def sides(reaction):
    left, right = reaction.getListOfReactants(), reaction.getListOfProducts()
    return tuple({s.getSpecies(): s.getStoichiometry() for s in side} for side in (left, right))


@pytest.mark.parametrize("disease", registry.diseases().values(), ids=lambda d: d.name)
def test_a_validator_finds_no_error_in_any_disease(disease):
    document = libsbml.readSBMLFromString(
        to_sbml(Course.of(disease, registry.therapies(), Regimen.none))
    )
    document.checkConsistency()
    errors = document.getNumErrors(libsbml.LIBSBML_SEV_ERROR)
    assert errors + document.getNumErrors(libsbml.LIBSBML_SEV_FATAL) == 0


def test_a_validator_finds_no_error_in_doses_and_every_function(pool, dose):
    document = libsbml.readSBMLFromString(to_sbml(pool(dose(0, 5), dose(1, 4, 2))))
    document.checkConsistency()
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    assert document.getModel().getNumEvents() == 3


@pytest.mark.parametrize("disease", registry.diseases().values(), ids=lambda d: d.name)
def test_reactions_add_up_to_the_rates(disease):
    who = Population.typical(disease)
    graph = who.model.graph
    known = dict.fromkeys(graph.inputs, 7.0)
    known |= dict(zip(graph.states, 1.1 * who.initial()[0] + graph.scales, strict=True))
    known |= dict(zip(graph.parameters, who.parameters()[0], strict=True))
    laws = evaluate([f.law for f in graph.flows], known)
    sums, sizes = dict.fromkeys(graph.states, 0.0), dict.fromkeys(graph.states, 0.0)
    for flow, law in zip(graph.flows, laws, strict=True):
        for path, n in flow.net.items():
            sums[path] += n * law
            sizes[path] += abs(n * law)
    rates = dict(zip(graph.states, evaluate(graph.rates, known), strict=True))
    for path in graph.states:
        assert abs(sums[path] - rates[path]) <= 1e-12 * sizes[path], path


def test_arrows_are_arrows_and_a_regulator_has_a_rate_rule(model_of, pool):
    model = model_of(pool())
    assert sides(model.getReaction("pool__binds")) == ({"pool__drug": 2.0}, {"pool__bound": 1.0})
    assert sides(model.getReaction("pool__divide")) == ({"pool__cells": 1.0}, {"pool__cells": 2.0})
    assert sides(model.getReaction("infusion__pool__drug")) == ({}, {"pool__drug": 1.0})
    drained = model.getReaction("pool__drained")
    assert [m.getSpecies() for m in drained.getListOfModifiers()] == ["pool__bound"]
    assert model.getRateRule("pool__tone") is not None
    assert model.getSpecies("pool__tone") is None


def test_a_law_reads_a_quantity_by_its_name(model_of, pool):
    model = model_of(pool())
    assert "pool__effect" in formula(model.getReaction("pool__binds").getKineticLaw())
    assert "max(" in formula(model.getAssignmentRule("pool__effect"))
    assert "piecewise(1, " in formula(model.getAssignmentRule("pool__everything"))


def test_units_are_the_models_own(model_of, pool):
    model = model_of(pool())
    assert model.getSpecies("pool__drug").getSubstanceUnits() == "nmol"
    assert not model.getSpecies("pool__water").isSetSubstanceUnits()  # SBML allows no volume there
    assert model.getParameter("pool__k").getUnits() == "per_h"
    assert model.getParameter("input__pool__drug").getUnits() == "nmol_per_h"
    (hour,) = model.getUnitDefinition("h").getListOfUnits()
    assert (hour.getKind(), hour.getMultiplier()) == (libsbml.UNIT_KIND_SECOND, 3600.0)


def test_numbers_are_those_of_the_patient(model_of):
    cancer, therapies = registry.disease("metastatic_cancer"), registry.therapies()
    patients = Population.sample(cancer, 5, seed=3)
    number = int(patients.table.index[-1])
    course = Course.of(cancer, therapies, Regimen.none, patient=number, seed=3)
    model = model_of(course)
    graph = patients.model.graph
    for path, value in zip(graph.parameters, patients.parameters()[-1], strict=True):
        written = model.getParameter(sid(path)).getValue()
        assert written == pytest.approx(value, rel=1e-14), path
    assert f"patient {number} of seed 3" in model.getNotesString()
    assert "[L/h]" in model.getParameter("il2__CL").getNotesString()
    assert course.sources["il2.CL"].split(": ")[1] in model.getParameter("il2__CL").getNotesString()


def test_overlapping_infusions_add_up_and_leave_nothing(pool, dose):
    course = pool(dose(0, 1, 3), dose(1, 0.1, 0.3), dose(1.1, 0.2, 0.3), dose(2, 5))
    flows = {s.tick / HOUR: s.rates.get("pool.drug") for s in stops(course)}
    third = 1 / 3
    wanted = [third, 2 * third, 4 * third, 3 * third, third, None, 0.0]
    assert list(flows) == [0.0, 1.0, 1.1, 1.3, 1.4, 2.0, 3.0]
    assert list(flows.values()) == [w if w is None else pytest.approx(w, rel=1e-15) for w in wanted]
    assert flows[3.0] == 0.0


def test_what_happens_at_one_time_is_one_event(model_of, pool, dose):
    course = pool(dose(4, 5), dose(4, 7), dose(1, 6, 3), dose(4, 8, 1))
    stop = next(s for s in stops(course) if s.tick == 4 * HOUR)
    assert stop.boluses == {"pool.drug": 12.0}
    assert stop.rates == {"pool.drug": 8.0}
    event = model_of(course).getEvent(1)
    assert formula(event.getTrigger()) == "time >= 4"
    assignments = {a.getVariable(): formula(a) for a in event.getListOfEventAssignments()}
    assert assignments == {"pool__drug": "pool__drug + 12", "input__pool__drug": "8"}


@pytest.mark.parametrize("tick", [0, 900_000, 1_200_000, 100_000_007, 7 * HOUR])
def test_ticks_are_exact(model_of, pool, dose, tick):
    course = pool(replace(dose(0, 1), tick=tick))
    trigger = formula(model_of(course).getEvent(0).getTrigger())
    over, _, under = trigger.removeprefix("time >= ").strip("()").partition("/")
    assert float(over) / float(under or 1) == tick / HOUR


def test_the_same_course_gives_the_same_bytes():
    courses = [
        Course.of(registry.disease("metastatic_cancer"), registry.therapies(),
                  Regimen.parse(WITH_CELLS), patient=5)
        for _ in range(2)
    ]  # fmt: skip
    first, second = map(to_sbml, courses)
    assert first == second


@pytest.mark.parametrize("disease", registry.diseases().values(), ids=lambda d: d.name)
def test_identifiers_lead_back_to_paths(disease):
    graph = disease.build().graph
    paths = [*graph.units, *graph.inputs, *(f.path for f in graph.flows)]
    assert [path_of(sid(p)) for p in paths] == paths
    assert len({sid(p) for p in graph.units}) == len(graph.units)


@pytest.mark.parametrize("path", ["a__b.c", "a_.b", "a._b", "1a.b", "a b.c", "input.x", "a-b.c"])
def test_a_name_that_would_not_lead_back_is_refused(path):
    with pytest.raises(ImmunoError, match="single underscores"):
        sid(path)


def test_a_dose_that_enters_nowhere_is_refused(pool, dose):
    with pytest.raises(ImmunoError, match=r"enters pool.drg.*Did you mean|Known: pool.drug"):
        to_sbml(pool(dose(0, 1, target="pool.drg")))


def test_doses_of_many_patients_are_refused(pool, dose):
    many = replace(dose(0, 1), amounts=np.array([1.0, 2.0]))
    with pytest.raises(ImmunoError, match="2 amounts"):
        to_sbml(pool(many))


@pytest.mark.parametrize("value", [np.nan, np.inf, None])
def test_a_number_that_is_none_is_refused(pool, value):
    numbers = {"pool.k": value, "pool.half": 2.0, "pool.n": 1.7}
    numbers = {k: v for k, v in numbers.items() if v is not None}
    with pytest.raises(ImmunoError, match=r"value of pool\.k is (nan|inf)"):
        to_sbml(replace(pool(), parameters=numbers))
