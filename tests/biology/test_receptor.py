"""The same receptor in a dish: pSTAT5 of blood cells (Farhat 2021), CD122 of YT-1 (Ring 2012)."""

import numpy as np
import pytest

from immunarium.biology.receptor import Receptor
from immunarium.core import Row
from immunarium.parameters import check_module

CLASSES = ("treg", "tconv", "cd8", "nk_dim", "nk_bright", "activated")


def row(name, path, value, unit):
    return Row(name, path, str(value), unit, 0.0, "", "assumed", "for a test", "", "test", 1)


def half_effect(cells, name, hours):
    """IL-2 at half of the most pSTAT5, in nmol/L."""
    doses = np.geomspace(1e-3, 84, 400)
    s = cells.follow([(0.0, 0.0, "dish.il2", doses)], [hours], f"{name}.s")[f"{name}.s"][:, 0]
    top = s.argmax()
    return np.interp(s[top] / 2, s[:top], doses[:top])


@pytest.mark.parametrize("name", CLASSES)
def test_the_module_passes_the_conformance_suite(name):
    check_module(Receptor(f"{name}_receptor"))


@pytest.mark.parametrize(
    ("name", "held", "seen"),
    [("treg", 0.020, 0.045), ("nk_dim", 1.39, 1.47), ("cd8", 1.81, 2.7)],
)
def test_half_effect_on_pstat5_after_30_minutes(in_dish, name, held, seen):
    name = f"{name}_receptor"  # "held": CD25 as it was, for the reference was read so
    still = in_dish(name, [row(name, "k_CD25", 1e-9, "1/h")])
    assert half_effect(still, name, 0.5) == pytest.approx(held, rel=0.04)
    assert seen / 2.5 < half_effect(in_dish(name), name, 0.5) < seen * 2.5


def test_treg_grow_more_sensitive_as_cd122_is_lost(in_dish):
    cells = in_dish("treg_receptor")
    early, late, last = (half_effect(cells, "treg_receptor", t) for t in (0.5, 1.0, 4.0))
    assert early > 1.3 * late > 1.3 * 1.3 * last


def test_cd122_of_yt1_cells_goes_within_minutes(in_dish):
    name = "activated_receptor"
    line = [
        row(name, "k_endo_trimer", 152, "1/h"),
        row(name, "k_endo_dimer", 5.6, "1/h"),
        row(name, "k_turnover", 5.6, "1/h"),
        row(name, "kon_trimer", 60, "1/(nM h)"),
        row(name, "kon_dimer", 0.3, "1/(nM h)"),
        row(name, "k_CD25", 1e-9, "1/h"),
        row(name, "beta_induction", 0, "1"),
        row(name, "beta_activation", 0, "1"),
    ]
    surface = [
        in_dish(name, [*line, row(name, "CD25", cd25, "molecule/cell")]).follow(
            [(0.0, 0.0, "dish.il2", 1.0)], [5 / 60, 1.5], f"{name}.b"
        )[f"{name}.b"]
        for cd25 in (3000, 1e-6)
    ]
    seen = 0.82 * surface[0] + 0.18 * surface[1]  # 18 % of the line carries no CD25
    assert 100 * seen == pytest.approx([30, 24], abs=10)


def test_effectors_answer_only_what_treg_have_long_answered(in_dish):
    halves = {n: half_effect(in_dish(n), n, 1.0) for n in ("treg_receptor", "nk_dim_receptor")}
    assert 20 < halves["nk_dim_receptor"] / halves["treg_receptor"] < 200
