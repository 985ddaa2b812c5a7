"""Water and albumin: nothing is lost, and both go where the holes are."""

import numpy as np
import pytest

from immunarium.biology.fluid import Fluid
from immunarium.parameters import check_module

REST = {"permeability": 0.0, "pressure": 90.0, "diuresis": 0.065 / 3, "support": 0.0}
PLASMA, TISSUE = "fluid.plasma", "fluid.interstitium"


def test_the_module_passes_the_conformance_suite():
    check_module(Fluid())


def test_at_rest_a_year_changes_nothing(alone):
    paths = PLASMA, TISSUE, "fluid.albumin_plasma", "fluid.albumin_interstitial"
    curves = alone(Fluid(), **REST, tnf_effect=0.0).follow([], [0.0, 8760.0], *paths)
    for curve in curves.values():
        assert curve[1] == pytest.approx(curve[0], rel=1e-9)


def test_water_balances_to_the_last_drop(patient):
    t = [0.0, 200.0]
    paths = PLASMA, TISSUE, "kidney.urine", "fluid.intake"
    c = patient.follow(patient.high_dose(10), t, *paths)
    stored = np.diff(c[PLASMA] + c[TISSUE])[0]
    assert stored == pytest.approx(200 * c["fluid.intake"][0] - c["kidney.urine"][1], abs=1e-6)


def test_leaky_capillaries_move_water_and_albumin_into_the_tissues(alone):
    leaky = alone(Fluid(), **(REST | {"permeability": 1.5}), tnf_effect=0.0)
    paths = PLASMA, TISSUE, "fluid.albumin", "fluid.albumin_interstitial"
    c = leaky.follow([], [0.0, 24.0], *paths)
    change = {p: x[1] / x[0] for p, x in c.items()}
    assert change[PLASMA] < 0.9 < 1.05 < change[TISSUE]
    assert change["fluid.albumin"] < 0.9 < 1.1 < change["fluid.albumin_interstitial"]


def test_support_fluids_end_in_the_tissues(alone):
    given = alone(Fluid(), **(REST | {"permeability": 1.5, "support": 0.08}), tnf_effect=0.0)
    dry = alone(Fluid(), **(REST | {"permeability": 1.5}), tnf_effect=0.0)
    more = [x.follow([], [48.0], TISSUE)[TISSUE][0] for x in (given, dry)]
    assert more[0] - more[1] > 0.5 * 48 * 0.08


def test_lymph_dries_up_before_the_tissues_do(alone):
    fluid = alone(Fluid(), **(REST | {"diuresis": 0.2}), tnf_effect=0.0)
    c = fluid.follow([], [48.0], TISSUE, PLASMA, "fluid.lymph")
    assert 0 <= c["fluid.lymph"][0] < 0.12
    assert c[TISSUE][0] > 0 < c[PLASMA][0]
