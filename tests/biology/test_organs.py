"""Liver, fever, lung, and the hazard of dying of treatment."""

import pytest

from immunarium.biology.fever import Fever
from immunarium.biology.liver import Liver
from immunarium.biology.lung import Lung
from immunarium.biology.patient import Patient
from immunarium.biology.support import Support
from immunarium.biology.treatment_death import TreatmentDeath
from immunarium.parameters import check_module

MODULES = Fever(), Liver(), Lung(), Patient(), Support(), TreatmentDeath("treatment_death")


@pytest.mark.parametrize("module", MODULES)
def test_the_modules_pass_the_conformance_suite(module):
    check_module(module)


@pytest.mark.parametrize("cause", ["ifn_effect", "tnf_effect", "killers"])
def test_each_cause_alone_raises_bilirubin(alone, cause):
    needs = {"ifn_effect": 0.0, "tnf_effect": 0.0, "killers": 0.0}
    full = {"ifn_effect": 1.0, "tnf_effect": 1.0, "killers": 1e11}
    liver = alone(Liver(), **needs | {cause: full[cause]})
    bilirubin = liver.follow([], [0.0, 48.0, 96.0], "liver.bilirubin")["liver.bilirubin"] / 10
    assert bilirubin[0] == pytest.approx(0.6)
    assert 0.6 < bilirubin[1] < bilirubin[2] < 2.5


def test_a_wet_lung_desaturates_and_a_swollen_one_more(alone):
    paths = "lung.water", "lung.SaO2"
    water, oxygen = alone(Lung(), permeability=1.5, oedema=0.0).follow([], [200.0], *paths).values()
    assert water[0] == pytest.approx(2.5, rel=1e-3)
    assert 0.95 < oxygen[0] < 0.97
    swollen = alone(Lung(), permeability=1.5, oedema=0.4).follow([], [200.0], *paths)
    assert swollen["lung.SaO2"][0] < 0.94


@pytest.mark.parametrize(("pressure", "water"), [(90, 1), (52, 1), (42, 1), (90, 5), (52, 5)])
def test_shock_and_a_flooded_lung_kill(alone, pressure, water):
    death = alone(TreatmentDeath("treatment_death"), MAP=pressure, water=water)
    path, table = "treatment_death.cumulative", death.population.table.iloc[0]
    short = max(table["treatment_death.MAP_safe"] - pressure, 0)
    wet = max(water - table["treatment_death.water_safe"], 0)
    per_hour = table["treatment_death.pressure_hazard"] * short**2
    per_hour += table["treatment_death.water_hazard"] * wet
    assert death.follow([], [24.0], path)[path][0] == pytest.approx(24 * per_hour)
