"""LAK cells: made of the host's cells by lasting IL-2, or grown outside and infused."""

import numpy as np
import pytest

from immunarium.biology.lak import LAK
from immunarium.parameters import check_module

DAY = 24.0
REST = {
    "nk_gate": 0.0,
    "nk_cells": 1.5e10,
    "cd8_gate": 0.0,
    "cd8_cells": 1.6e11,
    "treg": 1.8e10,
}


def test_the_module_passes_the_conformance_suite():
    check_module(LAK())


@pytest.mark.parametrize(("signal", "left"), [(0.0, (0.3, 0.6)), (1.0, (0.7, 1.0))])
def test_il2_keeps_infused_cells_alive(alone, signal, left):
    body = alone(LAK(), survival_signal=signal, **REST)
    given = [(0.0, 0.5, "lak.lung", 1e10)]
    product = body.follow(given, [DAY, 2 * DAY], "lak.product")["lak.product"]
    assert left[0] < product[1] / product[0] < left[1]


def test_infused_cells_are_in_the_lung_for_hours_and_then_in_tissue(alone):
    body = alone(LAK(), survival_signal=1.0, **REST)
    given = [(0.0, 0.5, "lak.lung", 1e10)]
    places = body.follow(given, [2.0, DAY], "lak.lung", "lak.blood", "lak.tissue")
    assert max(places, key=lambda p: places[p][0]) == "lak.lung"
    assert max(places, key=lambda p: places[p][1]) == "lak.tissue"


def test_no_cell_of_the_product_is_counted_twice(alone):
    body = alone(LAK(), survival_signal=0.0, **REST)
    given = [(0.0, 0.5, "lak.lung", 1e10)]
    product = body.follow(given, np.linspace(0, 5 * DAY, 121), "lak.product")["lak.product"]
    assert product.max() < 1e10
    assert np.all(np.diff(product[1:]) < 0)


def test_high_doses_make_host_lak_cells_that_are_gone_two_weeks_later(patient):
    days = np.array([0.0, 3.0, 18.0])
    host = patient.follow(patient.high_dose(10), days * DAY, "lak.host")["lak.host"]
    assert host[0] == 0.0
    assert 5e8 < host[1] < 5e10
    assert host[2] < 0.05 * host[1]
