"""Capillaries open fast and close slowly."""

import numpy as np
import pytest

from immunarium.biology.leak import Leak
from immunarium.parameters import check_module

P = "leak.permeability"


def test_the_module_passes_the_conformance_suite():
    check_module(Leak())


def test_the_causes_add(alone):
    t = [500.0]
    both, ifn, tnf = (
        alone(Leak(), ifn_effect=i, tnf_effect=n, il2=0.0).follow([], t, P)[P][0]
        for i, n in ((0.5, 0.5), (0.5, 0.0), (0.0, 0.5))
    )
    assert both == pytest.approx(ifn + tnf, rel=1e-3)
    assert ifn == pytest.approx(0.6, rel=1e-3)


def test_opening_is_three_times_as_fast_as_closing(alone, patient):
    t = np.array([1.0, 2.0])
    p = alone(Leak(), ifn_effect=1.0, tnf_effect=0.0, il2=0.0).follow([], t, P)[P]
    opening = -np.log((1.2 - p[1]) / (1.2 - p[0]))
    q = patient.follow(patient.high_dose(10), [200.0, 220.0], P)[P]
    closing = np.log(q[0] / q[1]) / 20
    assert opening == pytest.approx(0.08, rel=0.02)
    assert closing == pytest.approx(0.023, rel=0.05)


def test_il2_alone_opens_them_a_little(patient):
    t = np.linspace(0.0, 1.0, 61)
    paths = "leak.drive", "cytokine.ifn_effect"
    early = patient.follow([patient.iv(42e6)], t, *paths)
    assert early["leak.drive"].max() > 0.5
    assert early["cytokine.ifn_effect"].max() < 0.1
