"""Water and albumin: nothing is lost, and both go where the holes are."""

from typing import Any

import numpy as np
import pytest

from immunarium.biology.fluid import Fluid
from immunarium.core import Module, Species
from immunarium.parameters import check_module

REST = {"permeability": 0.0, "pressure": 90.0, "diuresis": 0.065 / 3, "support": 0.0}
REST |= {"temperature": 310.15, "tnf_effect": 0.0}
PLASMA, TISSUE = "fluid.plasma", "fluid.interstitium"
LEAKY, FLUIDS = (0.0, 0.0, "ward.permeability", 1.5), (0.0, 0.0, "ward.support", 0.08)


class Ward(Module):
    """What a dose sets, and keeps.

    Assumes: a step.
    Leaves out: everything else.
    Read: nothing.
    """

    permeability = Species("1", "capillary permeability above rest", doseable=True)
    support = Species("L/h", "intravenous fluids", doseable=True)
    fever = Species("K", "core temperature", doseable=True)


@pytest.fixture(scope="module")
def stepped(alone):
    """Return water and albumin alone, with steps of leak and fluids on order."""
    ward: Any = Ward()
    needs = REST | {
        "permeability": ward.permeability,
        "support": ward.support,
        "temperature": ward.fever,
    }
    return alone(Fluid(), ward, **needs)


def test_the_module_passes_the_conformance_suite():
    check_module(Fluid())


def test_at_rest_a_year_changes_nothing(alone):
    paths = PLASMA, TISSUE, "fluid.albumin_plasma", "fluid.albumin_interstitial"
    curves = alone(Fluid(), **REST).follow([], [0.0, 8760.0], *paths)
    for curve in curves.values():
        assert curve[1] == pytest.approx(curve[0], rel=1e-9)


def test_water_balances_to_the_last_drop(patient):
    lost = patient.with_ledger("lost", patient.graph.value("fluid.evaporation"))
    paths = PLASMA, TISSUE, "kidney.urine", "lost", "fluid.intake"
    c = lost.follow(patient.high_dose(10), [0.0, 200.0], *paths)
    stored = np.diff(c[PLASMA] + c[TISSUE])[0]
    gone = c["kidney.urine"][1] + c["lost"][1]
    assert stored == pytest.approx(200 * c["fluid.intake"][0] - gone, abs=1e-6)


def test_fever_costs_water(stepped):
    hot = stepped.follow([(0.0, 0.0, "ward.fever", 3.0)], [24.0], PLASMA, TISSUE)
    assert hot[PLASMA][0] + hot[TISSUE][0] == pytest.approx(15 - 0.6, abs=0.2)


def test_leaky_capillaries_move_water_and_albumin_into_the_tissues(stepped):
    paths = PLASMA, TISSUE, "fluid.albumin", "fluid.albumin_interstitial"
    c = stepped.follow([LEAKY], [0.0, 24.0], *paths)
    change = {p: x[1] / x[0] for p, x in c.items()}
    assert change[PLASMA] < 0.9 < 1.05 < change[TISSUE]
    assert change["fluid.albumin"] < 0.9 < 1.1 < change["fluid.albumin_interstitial"]


def test_support_fluids_end_in_the_tissues(stepped):
    wet, dry = (stepped.follow(d, [48.0], TISSUE)[TISSUE] for d in ([LEAKY, FLUIDS], [LEAKY]))
    assert wet[0] - dry[0] > 0.4 * 48 * 0.08


def test_lymph_answers_swelling(stepped):
    c = stepped.follow([FLUIDS], [0.0, 48.0], TISSUE, "fluid.lymph")
    assert c[TISSUE][1] > c[TISSUE][0]
    assert c["fluid.lymph"][1] > 1.5 * c["fluid.lymph"][0]
