"""Dose alone decides which lymphocytes grow."""

import numpy as np
import pytest

from immunarium.biology.blood_counts import BloodCounts
from immunarium.biology.cd8 import CD8
from immunarium.biology.nk import NK
from immunarium.biology.tconv import Tconv
from immunarium.biology.treg import Treg
from immunarium.parameters import check_module

BSA = 1.7
ORGANS = ("treg.organ", "cd8.organ", "nk.dim_organ", "nk.bright_organ")
DAY = 24.0


@pytest.mark.parametrize("module", [Treg(), Tconv(), CD8(), NK(), BloodCounts("counts")])
def test_the_module_passes_the_conformance_suite(module):
    check_module(module)


def daily(person, iu, days):
    return [person.sc(iu, at=DAY * d) for d in range(days)]


def test_an_untreated_year_changes_nothing(person):
    g = person.graph
    year = person.follow([], [0.0, 365 * DAY], *g.states)
    for path, scale in zip(g.states, g.scales, strict=True):
        start, end = year[path]
        assert abs(end - start) < 1e-6 * max(abs(start), scale), path


def test_nothing_ever_falls_below_zero(person):
    g = person.graph
    curves = person.follow(person.high_dose(14), np.linspace(0, 400, 2001), *g.states)
    for path, scale in zip(g.states, g.scales, strict=True):
        assert curves[path].min() > -1e-9 * scale, path


@pytest.mark.parametrize(
    ("regimen", "reference"),
    [
        ("sc 0.1", (1.5, 1.0, 1.02, 1.2)),
        ("sc 1", (2.9, 1.0, 1.08, 1.8)),
        ("sc 3", (3.7, 1.01, 1.12, 2.3)),
        ("sc 9", (3.9, 1.02, 1.25, 2.7)),
        ("sc 18", (3.4, 1.9, 1.8, 2.3)),
        ("high dose", (2.6, 3.3, 2.3, 2.1)),
        ("civi 18", (4.2, 8.1, 6.2, 3.1)),
    ],
)
def test_dose_decides_between_treg_and_effectors(person, regimen, reference):
    """Largest fold in 8 days, against the reference physiology (there with IFN-γ and LAK)."""
    kind, _, mega = regimen.rpartition(" ")
    doses = {
        "sc": lambda: daily(person, float(mega) * 1e6, 5),
        "high": lambda: person.high_dose(10),
        "civi": lambda: [person.iv(18e6 * BSA * 5, over=5 * DAY)],
    }[kind]()
    curves = person.follow(doses, np.linspace(0, 8 * DAY, 1153), *ORGANS)
    folds = [curves[p].max() / curves[p][0] for p in ORGANS]
    assert folds == pytest.approx(reference, rel=0.08)


@pytest.mark.parametrize(("dose", "low", "high"), [(0.101e6, 6, 15), (0.497e6, 13, 29)])
def test_one_small_dose_raises_treg_after_a_dip(person, dose, low, high):
    fold = person.fold([person.sc(dose * BSA)], np.linspace(0.1, 7 * DAY, 800), "counts.treg")
    assert fold.min() < 0.98
    assert fold.argmin() < fold.argmax()
    assert low < 100 * (fold.max() - 1) < high


def test_four_weeks_of_daily_low_dose_raise_treg_ninefold(person):
    t = np.linspace(1, 28 * DAY, 672)
    curves = person.follow(daily(person, 1e6 * BSA, 28), t, "counts.treg", "il2.plasma")
    fold = curves["counts.treg"] / 50e6
    assert fold.max() == pytest.approx(9.8, rel=0.02)
    first, last = (curves["il2.plasma"][(t > d * DAY) & (t <= d * DAY + 24)].max() for d in (0, 27))
    assert 0.3 < 1 - last / first < 0.7  # Treg eat it: tachyphylaxis


def test_low_dose_spares_effectors(person):
    doses = daily(person, 1e6, 5)
    assert person.fold(doses, [8 * DAY], "counts.treg")[0] == pytest.approx(2.2, rel=0.1)
    assert person.fold(doses, [8 * DAY], "counts.cd8")[0] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(("dose", "nk"), [(10, 2.9), (30, 4.8)])
def test_ninety_days_of_micrograms_raise_nk_and_leave_t_cells(person, dose, nk):
    t = np.array([0.0, 45, 85, 90]) * DAY
    infusion = person.iv(dose * 16.36e3 * BSA * 90, over=90 * DAY)
    c = person.follow([infusion], t, "counts.nk", "counts.cd4", "counts.cd8", "counts.treg")
    rise = c["counts.nk"] / c["counts.nk"][0]
    assert rise[3] == pytest.approx(nk, rel=0.03)
    assert rise[3] > rise[2]
    conventional = c["counts.cd4"] + c["counts.cd8"] - c["counts.treg"]
    assert conventional / conventional[0] == pytest.approx(np.ones(4), abs=0.2)
