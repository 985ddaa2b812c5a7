"""What IL-2 does once it is in the body (targets of Konrad 1990, pmid:2317789)."""

import numpy as np
import pytest

from immunarium.biology.il2 import IL2
from immunarium.parameters import check_module

NMOL_PER_IU = 1e6 / (16.36e6 * 15_300)
BSA = 1.73


def iu_per_ml(nmol_per_litre):
    return nmol_per_litre / NMOL_PER_IU / 1e3


def test_the_module_passes_the_conformance_suite():
    check_module(IL2())


def test_a_bolus_starts_at_dose_over_plasma_volume(person):
    c = person.follow([person.iv(1e6 * BSA)], [1e-4], "il2.plasma")["il2.plasma"]
    assert iu_per_ml(c[0]) == pytest.approx(650, rel=0.01)


def test_it_leaves_plasma_in_two_phases(person):
    early, late = np.array([0.1, 0.2]), np.array([2.0, 4.0])
    c = person.follow([person.iv(1e6 * BSA)], [*early, *late], "il2.plasma")["il2.plasma"]
    first = np.log(2) * 60 * np.diff(early) / -np.diff(np.log(c[:2]))
    last = np.log(2) * 60 * np.diff(late) / -np.diff(np.log(c[2:]))
    assert first == pytest.approx(12.9, rel=0.25)
    assert last == pytest.approx(85, rel=0.25)


def test_a_six_hour_infusion_reaches_its_plateau(person):
    c = person.follow([person.iv(1e6 * BSA, over=6)], [6.0], "il2.plasma")["il2.plasma"]
    assert iu_per_ml(c[0]) == pytest.approx(36.9, rel=0.01)
    assert 41 / 1.5 < iu_per_ml(c[0]) < 41 * 1.5


def test_without_cells_high_dose_peaks_near_11000_and_leaves_12(cell_free):
    c = cell_free.follow(cell_free.high_dose(1), [0.25, 8.0], "il2.plasma")["il2.plasma"]
    assert iu_per_ml(c) == pytest.approx([11_000, 12], rel=0.15)


def test_cells_eat_the_trough_and_not_the_peak(person, cell_free):
    free, eaten = (
        p.follow(p.high_dose(1), [0.25, 8.0], "il2.plasma")["il2.plasma"]
        for p in (cell_free, person)
    )
    assert eaten[0] == pytest.approx(free[0], rel=0.01)
    assert eaten[1] < 0.5 * free[1]


def test_a_dose_under_the_skin_peaks_after_hours_and_stays_flat(person):
    t = np.linspace(0.0, 24.0, 1441)
    c = person.follow([person.sc(15e6)], t, "il2.plasma")["il2.plasma"]
    assert t[c.argmax()] == pytest.approx(4.4, abs=1.8)
    window = c[(t > 2) & (t < 8)]
    assert window.max() < 2 * window.min()


def test_every_molecule_is_accounted_for(person):
    g = person.graph
    names = ("depot", "transit", "central", "peripheral", "organ")
    gone = g.value("il2.CL") * g.value("il2.plasma") - g.value("il2.secretion_0")
    for place, free in (("blood", "il2.plasma"), ("organ", "il2.organ_free")):
        for pool in ("treg", "tconv", "cd8", "nk"):
            gone = gone + g.value(f"{pool}.uptake_{place}") * g.value(free)
    paths = [f"il2.{n}" for n in names]
    curves = person.with_ledger("ledger.gone", gone).follow(
        [*person.high_dose(14), person.sc(5e6, at=120)],
        np.linspace(0, 240, 241), *paths, "ledger.gone",
    )  # fmt: skip
    total = np.sum(list(curves.values()), axis=0)
    given = np.zeros(241)
    for at, over, _, amount in [*person.high_dose(14), person.sc(5e6, at=120)]:
        given += amount * np.clip((np.arange(241) - at) / max(over, 1e-9), 0, 1)
    assert np.abs(total - total[0] - given).max() < 1e-6 * given[-1]
