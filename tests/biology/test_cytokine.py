"""IFN-γ, TNF and nitric oxide after IL-2 (V26: Konrad 1992; V27: Miles 1994)."""

import numpy as np
import pytest

from immunarium.biology.burst import Burst
from immunarium.biology.cytokine import Cytokine
from immunarium.biology.nitric_oxide import NitricOxide
from immunarium.parameters import check_module

BSA = 1.7
DAY = 24.0


@pytest.mark.parametrize("module", [Burst(), Cytokine(), NitricOxide("nitric_oxide")])
def test_the_modules_pass_the_conformance_suite(module):
    check_module(module)


def ifn(patient, doses, t):
    return patient.follow(doses, t, "cytokine.ifn")["cytokine.ifn"] / 1e3


@pytest.fixture(scope="module", params=[1, 6, 30])
def boluses(request, patient):
    """Return time and IFN-γ [U/mL] after boluses of so many MIU/m², 8 h apart."""
    t = np.linspace(0.0, 24.0, 1441)
    return t, ifn(patient, [patient.iv(request.param * 1e6 * BSA, at=x) for x in (0.0, 8.0)], t)


def test_ifn_appears_within_an_hour_and_peaks_near_four(boluses):
    t, c = boluses
    first = c[t <= 8]
    assert c[t == 0.25] < 1.5 * c[0]
    assert t[(first - c[0] > 0.1 * (first.max() - c[0])).argmax()] == pytest.approx(1.0, abs=0.5)
    assert t[first.argmax()] == pytest.approx(4.0, abs=1.0)


def test_the_second_dose_finds_primed_cells(boluses):
    t, c = boluses
    assert 2 < c[(t > 8) & (t < 16)].max() / c[t <= 8].max() < 6


def test_the_first_peak_hardly_knows_the_dose(patient):
    t = np.linspace(0.0, 8.0, 161)
    low, high = (ifn(patient, [patient.iv(x * 1e6 * BSA)], t).max() for x in (1, 30))
    assert 1 < low < high < 3 * low


def test_an_infusion_gives_far_less_ifn_than_boluses(patient):
    t = np.linspace(0.0, 5 * DAY, 961)
    infused = ifn(patient, [patient.iv(18e6 * BSA * 5, over=5 * DAY)], t).max()
    assert 1 < infused < 7
    assert ifn(patient, patient.high_dose(14), t).max() > 5 * infused


def test_on_infusion_ifn_leads_and_tnf_and_nitric_oxide_follow(patient):
    t = np.linspace(0.0, 7 * DAY, 1345)
    paths = "cytokine.ifn", "cytokine.tnf", "nitric_oxide.nox"
    curves = patient.follow([patient.iv(18e6 * BSA * 5, over=5 * DAY)], t, *paths)
    days = [t[curves[p].argmax()] / DAY for p in paths]
    assert days == pytest.approx([3, 5, 5], abs=1.0)


def test_armed_macrophages_multiply_tnf(patient):
    t = np.linspace(0.0, 80.0, 1601)
    c = patient.follow(patient.high_dose(10), t, "cytokine.tnf")["cytokine.tnf"]
    assert c[t > 72].max() > 5 * c[t < 8].max() > 50 * c[0]
