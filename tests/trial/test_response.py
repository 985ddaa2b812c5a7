"""Lesions as they are read, WHO response, and the best of all visits, against hand-made tables."""

from __future__ import annotations

import numpy as np
import pytest

from immunarium.trial.lesions import Readings, diameter, read_lesions
from immunarium.trial.response import best_change, best_response
from immunarium.trial.visits import Visits
from immunarium.trial.who import who

WEEKS = Visits(days=(28.0, 56.0, 84.0), criteria="WHO", detection=8.0, confirm=28.0)
DAYS = np.array([WEEKS.days])


def readings(sizes: list) -> Readings:
    """One patient's lesions, a row each [mm], read without error; NaN where nobody looked."""
    true = np.array(sizes, dtype=float).T[None]
    exact = Visits(days=WEEKS.days, criteria="WHO", detection=8.0, error=0.0, relative_error=0.0)
    return read_lesions(0.52e-3 * (true / 10) ** 3, np.zeros((2, *true.shape)), exact)


NOT = np.nan


@pytest.mark.parametrize(
    ("sizes", "codes", "reason"),
    [
        ([[100, 80, 71, 70]], ["SD", "SD", "PR"], "products -36, -49.6, -51 %"),
        ([[100, 70, 70, 70]], ["PR", "PR", "PR"], "at least half of the product"),
        ([[100, 70, 78, 79]], ["PR", "SD", "PD"], "+24 and +27 % of the nadir's product"),
        ([[20, 22, 22.4, 20]], ["SD", "PD", "SD"], "+25.4 % of the baseline; no absolute rule"),
        ([[40, 28, 28], [40, 28, 28]], ["PR", "PR"], "sums of products: 3200 to 1568"),
        ([[100, 100, 100], [50, 80, 80]], ["PD", "PD"], "12 500 to 16 400, +31 %"),
        ([[100, 0, 0, 0]], ["CR", "CR", "CR"], "all gone"),
        ([[100, 0, 0, 9]], ["CR", "CR", "CR"], "9 mm is seen, but not again until measurable"),
        ([[100, 0, 0, 10.1]], ["CR", "CR", "PD"], "relapse after CR"),
        ([[100, 0, 0, 0], [9, 9, 0, 0]], ["PR", "CR", "CR"], "a lesion too small to measure stays"),
        ([[100, 0, 0, 0], [9, 0, 11, 0]], ["CR", "PD", "CR"], "such a lesion is back after CR"),
        ([[100, 60, 60, 60], [0, 0, 12, 12]], ["PR", "PD", "PD"], "new lesion of 12 mm"),
        ([[100, 60, 60, 60], [0, 0, 9, 9]], ["PR", "PR", "PR"], "not yet measurable"),
        ([[100, 60, NOT, 60]], ["PR", "NE", "PR"], "missed visit"),
        ([[100, 60, NOT, 80]], ["PR", "NE", "PD"], "the nadir is that before the missed visit"),
        ([[60, 40, 40], [60, NOT, 40]], ["NE", "PR"], "one of two not read"),
        ([[40, 80, 80], [40, NOT, 40]], ["PD", "PD"], "one of two not read, and PD without it"),
        ([[9, 9, 9, 9]], ["NE", "NE", "NE"], "nothing measurable at the baseline"),
        ([[0, 0, 0, 0]], ["NE", "NE", "NE"], "no disease"),
    ],
)
def test_who_by_hand(sizes: list, codes: list[str], reason: str) -> None:
    widths = [[*row, *[row[-1]] * (4 - len(row))] for row in sizes]
    found = who(readings(widths), WEEKS).code[0].tolist()
    assert found[: len(codes)] == codes, reason


@pytest.mark.parametrize(
    ("codes", "confirmed", "first"),
    [
        (["SD", "PR", "PR"], "PR", "PR"),
        (["SD", "SD", "PR"], "SD", "PR"),
        (["PR", "PD", "PR"], "SD", "PR"),
        (["PD", "CR", "CR"], "PD", "PD"),
        (["PR", "CR", "CR"], "CR", "CR"),
        (["CR", "PR", "PD"], "PR", "CR"),
        (["PR", "NE", "PR"], "PR", "PR"),
        (["PR", "NE", "NE"], "SD", "PR"),
        (["NE", "NE", "NE"], "NE", "NE"),
        (["NE", "PD", "NE"], "PD", "PD"),
        (["SD", "PD", "PD"], "SD", "SD"),
    ],
)
def test_best_response_by_hand(codes: list[str], confirmed: str, first: str) -> None:
    table = np.array([codes])
    assert best_response(table, DAYS, 28.0, WEEKS.lasts("WHO"))[0] == confirmed
    assert best_response(table, DAYS, 0.0, WEEKS.lasts("WHO"))[0] == first


def test_best_change_stops_at_progression() -> None:
    change = np.array([[-0.4, -0.1, -0.9], [0.5, -0.8, -0.8], [np.nan, -0.2, np.nan]])
    codes = np.array([["SD", "PD", "PR"], ["PD", "PR", "PR"], ["NE", "SD", "NE"]])
    assert best_change(change, codes) == pytest.approx([-0.4, 0.5, -0.2])
    assert np.isnan(best_change(np.full((1, 2), np.nan), np.array([["NE", "NE"]])))[0]


def test_a_sphere_of_half_a_millilitre_is_ten_millimetres() -> None:
    assert diameter(np.array([0.52e-3, 4.16e-3, 0.0])) == pytest.approx([10.0, 20.0, 0.0])


def test_lesions_are_followed_if_measurable_and_seen_if_detectable() -> None:
    read = readings([[20, 10, 7, 7], [9, 9, 7, 7], [5, 12, 12, 7]])
    assert read.seen[0].T.tolist() == [
        [True, True, False, False],
        [True, True, False, False],
        [False, True, True, False],
    ]
    got = who(read, WEEKS)
    assert got.sums[0].tolist() == pytest.approx([400.0, 100.0, 0.0, 0.0])
    assert got.new.tolist() == [[True, True, False]]


def test_a_remnant_at_the_limit_does_not_flicker() -> None:
    read = readings([[20, 7.9, 8.1, 9.9, 10.1]])
    assert read.seen[0, :, 0].tolist() == [True, False, False, False, True]


def test_a_lesion_is_not_lost_at_a_visit_that_was_missed() -> None:
    read = readings([[20, NOT, 8.1, 7.0]])
    assert read.seen[0, :, 0].tolist() == [True, False, True, False]
    assert read.came[0].tolist() == [True, False, True, True]


def test_at_most_five_lesions_are_followed() -> None:
    read = readings([[10.0, 10.0]] + [[20.0, 20.0]] * 6)
    assert who(read, WEEKS).sums[0, 0] == pytest.approx(5 * 400.0)


def test_error_is_that_of_one_diameter() -> None:
    sizes = np.full((4000, 1, 1), 30.0)
    noise = np.random.default_rng(1).standard_normal((2, 4000, 1, 1))
    read = read_lesions(0.52e-3 * (sizes / 10) ** 3, noise, WEEKS)
    assert read.long.std() == pytest.approx(np.hypot(0.9, 0.06 * 30), rel=0.05)
