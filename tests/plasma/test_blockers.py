"""Blockers of FcRn and of C5, and complement under an immunoglobulin."""

import numpy as np
import pytest

from immunarium import registry

DAYS = np.round(np.arange(0.0, 98.01, 0.25), 2)


def at(curve, day):
    return curve[0, round(day / 0.25)]


def weekly(drug, mg_per_kg, times, every, weight):
    nmol = mg_per_kg * weight * registry.therapy(drug).amount_of("mg")
    return [(every * i, 1.0, f"{drug}.plasma", nmol) for i in range(times)]


def test_four_weeks_of_efgartigimod_give_the_igg_of_the_reference(adult):
    given = weekly("efgartigimod", 10, 4, 7, adult.weight)
    one_ki = {  # 1 inhibition constant with each dose, in 70 kg
        "efgartigimod.V": 0.25 * adult.weight,
        "efgartigimod.Ki": given[0][3] / (0.25 * adult.weight),
    }
    curves = adult.follow(given, DAYS, one_ki, adult=adult.one_pool)
    igg = curves["igg.total"] / 11_000
    found = [at(igg, day) for day in (21, 28, 49)]
    assert found == pytest.approx([0.439, 0.389, 0.679], abs=0.001)
    assert np.all(curves["albumin.plasma"] == pytest.approx(1.0, abs=1e-9))
    assert np.all(curves["igm.plasma"] == pytest.approx(1.0, abs=1e-9))


def test_its_own_rows_give_the_same_occupancy(adult):
    given = weekly("efgartigimod", 10, 1, 7, adult.weight)
    weight = adult.usual.table["patient.weight"][0]
    occupancy = adult.follow(given, [0.0, 1 / 24])["efgartigimod.occupancy"].max()
    assert occupancy == pytest.approx(adult.weight / weight, rel=0.02)


def test_an_antibody_falls_with_total_igg_and_comes_back_more_slowly(adult):
    curves = adult.follow(weekly("efgartigimod", 10, 4, 7, adult.weight), DAYS)
    igg, antibody = curves["igg.total"] / 11_000, curves["autoantibody.plasma"]
    assert at(antibody, 21) == pytest.approx(at(igg, 21), abs=0.02)
    assert at(antibody, 49) < at(igg, 49)


def test_full_block_leaves_what_phase_2_found(adult):
    curves = adult.follow(weekly("nipocalimab", 60, 5, 14, adult.weight), DAYS)
    lowest = curves["igg.total"].min() / 11_000
    assert 0.14 < lowest < 0.22  # -78 to -86 %, Antozzi 2024


def test_doses_of_phase_3_lower_igg_by_up_to_three_quarters(adult):
    first = weekly("nipocalimab", 30, 1, 14, adult.weight)
    later = weekly("nipocalimab", 15, 7, 14, adult.weight)[1:]
    curves = adult.follow(first + later, DAYS)
    lowest = curves["igg.total"][0, DAYS > 42].min() / 11_000
    assert lowest == pytest.approx(0.25, abs=0.05)  # up to 75 %, Vivacity-MG3; as ADAPT's 5 points


def test_free_c5_is_under_half_a_milligram_while_ravulizumab_lasts(adult):
    to_nmol = registry.therapy("ravulizumab").amount_of("mg")
    given = [(0, 2.0, "ravulizumab.plasma", 2700 * to_nmol)]
    given += [(14, 2.0, "ravulizumab.plasma", 3300 * to_nmol)]
    curves = adult.follow(given, DAYS[DAYS <= 70])
    free = curves["c5_blocker.free"][0] * 0.19  # mg/L: 190 kDa
    assert free[0] > 50
    assert free[1:].max() < 0.5
    assert curves["complement.attack"][0, 1:].max() < 0.01


def test_immunoglobulin_washes_ravulizumab_out(adult):
    to_nmol = registry.therapy("ravulizumab").amount_of("mg")
    drug = [(0, 2.0, "ravulizumab.plasma", 2700 * to_nmol)]
    alone, with_igg = (
        adult.follow(x, [0.0, 28.0])["ravulizumab.concentration"][0, 1]
        for x in (drug, drug + adult.ivig(0.4, range(1, 6)))
    )
    assert with_igg < 0.95 * alone  # the label asks for a supplement


def test_complexes_of_c3b_are_those_of_lutz(adult):
    first = adult.follow(adult.ivig(0.5), [0.0, 1.0])["complement.scavenging"][0, 1]
    course = adult.ivig(0.5, range(4))
    later = adult.follow(course, [0.0, 17.0])["complement.scavenging"][0, 1]
    assert first == pytest.approx(0.37, abs=0.14)
    assert later == pytest.approx(0.66, abs=0.19)


def test_c4_is_consumed_and_c3_is_not(adult):
    curves = adult.follow(adult.ivig(0.5, range(4)), [0.0, 5.0, 6.0])
    assert np.all(curves["c4.plasma"][0, 1:] > 0.6)  # up to 40 % at day 1 to 2
    assert np.all(curves["c4.plasma"][0, 1:] < 0.9)
    assert curves["complement.c3"][0] == pytest.approx(1.0)
