"""Low pressure stops urine at once and raises creatinine over days."""

import pytest

from immunarium.biology.kidney import Kidney
from immunarium.parameters import check_module

PATHS = "kidney.urine", "kidney.creatinine"


def day(alone, pressure, tnf=0.0):
    kidney = alone(Kidney(), pressure_ratio=pressure, plasma=3.0, tnf_effect=tnf)
    urine, creatinine = kidney.follow([], [24.0], *PATHS).values()
    return urine[0], creatinine[0] / 10


def test_the_module_passes_the_conformance_suite():
    check_module(Kidney())


def test_a_healthy_day(alone):
    assert day(alone, 1.0) == pytest.approx((1.56, 0.9))


def test_low_pressure_is_oliguria_before_it_is_renal_failure(alone):
    urine, creatinine = day(alone, 0.75)
    assert urine < 0.4
    assert 0.9 < creatinine < 1.8


def test_tnf_lowers_filtration_but_not_urine(alone):
    calm, inflamed = day(alone, 1.0), day(alone, 1.0, tnf=1.0)
    assert inflamed[0] == pytest.approx(calm[0])
    assert inflamed[1] > calm[1]
