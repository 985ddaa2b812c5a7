"""Blood empties within minutes to hours of IL-2, and fills again over days (Lotze 1985)."""

import numpy as np
import pytest

from immunarium.biology.trafficking import Trafficking
from immunarium.parameters import check_module

DAY = 24.0
CIVI = 18e6 * 1.7  # IU per day


def test_the_module_passes_the_conformance_suite():
    check_module(Trafficking())


def test_a_bolus_empties_blood_within_hours_and_it_refills_in_a_day(person):
    counts = person.fold(person.high_dose(1), [0.5, 3.0, 24.0], "counts.lymphocytes")
    assert counts[0] < 0.1
    assert 0.05 < counts[1] < 0.4
    assert counts[2] == pytest.approx(1.0, abs=0.1)


def test_cells_come_back_under_continuous_il2_after_a_week(person):
    infusion = person.iv(CIVI * 21, over=21 * DAY)
    days = np.array([1.0, 3, 7, 10, 20, 23])
    counts = person.fold([infusion], days * DAY, "counts.lymphocytes")
    assert (counts[:2] < 0.9).all()
    assert 0.8 < counts[2] < counts[3] < 2
    assert 2 < counts[4] < 16
    assert counts[4] < counts[5] < 16


def test_counts_rebound_after_the_last_dose(person):
    counts = person.fold(person.high_dose(14), [105.0, 128, 152], "counts.lymphocytes")
    assert counts[0] < 0.3
    assert (counts[1:] > 2).all()
    assert (counts[1:] < 5).all()


def test_leaving_blood_makes_and_loses_no_cell(person):
    paths = ("tconv.naive_blood", "tconv.naive_organ")
    curves = person.follow(person.high_dose(1), [0.0, 0.5], *paths)
    total = curves[paths[0]] + curves[paths[1]]
    assert curves[paths[0]][1] < 0.1 * curves[paths[0]][0]
    assert total[1] == pytest.approx(total[0], rel=1e-6)


def test_tired_vessels_recover_between_courses(person):
    days = np.array([5.0, 19.0])
    tired = person.follow(person.high_dose(14), days * DAY, "trafficking.desensitised")
    after, later = tired["trafficking.desensitised"]
    assert after > 0.1
    assert later < 0.2 * after
