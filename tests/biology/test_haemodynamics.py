"""Pressure falls with dilation and loss of plasma; reflex and pressor hold it."""

import pytest

from immunarium.biology.haemodynamics import Haemodynamics
from immunarium.parameters import check_module

REST = {"plasma_ratio": 1.0, "nox": 28_000.0, "ifn_effect": 0.0, "tnf_effect": 0.0}
REST |= {"temperature": 310.15, "pressor": 0.0}
PATHS = "haemodynamics.SBP", "haemodynamics.HR", "haemodynamics.baroreflex"


def after(alone, **needs):
    c = alone(Haemodynamics(), **(REST | needs)).follow([], [0.0, 24.0], *PATHS)
    return c["haemodynamics.SBP"], c["haemodynamics.HR"] / 60, c["haemodynamics.baroreflex"]


def test_the_module_passes_the_conformance_suite():
    check_module(Haemodynamics())


def test_at_rest_it_is_117_and_75(alone):
    pressure, rate, _ = after(alone)
    assert pressure == pytest.approx([117, 117])
    assert rate == pytest.approx([75, 75])


@pytest.mark.parametrize("needs", [{"plasma_ratio": 0.75}, {"ifn_effect": 1.0}])
def test_the_reflex_gives_back_part_of_what_is_lost(alone, needs):
    pressure, rate, reflex = after(alone, **needs)
    assert pressure[0] < pressure[1] < 117
    assert rate[1] > 75
    assert reflex[1] > 0


def test_a_pressor_raises_pressure(alone):
    low, held = (after(alone, ifn_effect=1.0, pressor=x)[0][1] for x in (0.0, 0.3))
    assert held > low + 5
