"""Response, against tables worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from immunarium.core import ImmunoError
from immunarium.trial.response import (
    Readings,
    Visits,
    best_change,
    best_response,
    diameter,
    read_lesions,
    recist,
    who,
)

WEEKS = Visits(days=(28.0, 56.0, 84.0), criteria="WHO", detection=8.0, confirm=28.0)
SURE = Visits(days=(28.0, 56.0, 84.0), criteria="WHO", detection=8.0, confirm=0.0)


def readings(sums: list[float], gone=(), new=(), missing=()) -> Readings:
    """One patient; visits by number, 0 the baseline."""
    n = range(len(sums))

    def flags(which) -> np.ndarray:
        return np.array([[i in which for i in n]])

    values = np.array([sums], dtype=float)
    return Readings(values, values, flags(gone), flags(new), ~flags(missing))


@pytest.mark.parametrize(
    ("sums", "extra", "codes"),
    [
        ([100, 80, 60, 51], {}, ["SD", "SD", "SD"]),
        ([100, 50, 50, 50], {}, ["PR", "PR", "PR"]),
        ([100, 50, 62, 63], {}, ["PR", "SD", "PD"]),
        ([100, 124, 125, 100], {}, ["SD", "PD", "SD"]),
        ([100, 0, 0, 10], {"gone": (1, 2)}, ["CR", "CR", "PD"]),
        ([100, 0, 0, 0], {"gone": (2, 3)}, ["PR", "CR", "CR"]),
        ([100, 40, 40, 40], {"new": (2,)}, ["PR", "PD", "PR"]),
        ([100, 40, 40, 40], {"missing": (2,)}, ["PR", "NE", "PR"]),
        ([0, 0, 0, 0], {"gone": (0, 1, 2, 3)}, ["NE", "NE", "NE"]),
    ],
)
def test_who_by_hand(sums: list[float], extra: dict, codes: list[str]) -> None:
    assert who(readings(sums, **extra))[0].tolist() == codes


@pytest.mark.parametrize(
    ("sums", "codes"),
    [
        ([100, 71, 70, 70], ["SD", "PR", "PR"]),
        ([100, 119, 120, 120], ["SD", "PD", "PD"]),
        ([20, 10, 14, 15], ["PR", "PR", "PD"]),
        ([20, 18, 22, 23], ["SD", "SD", "PD"]),
        ([100, 0, 4, 5], ["PR", "PR", "PD"]),
    ],
)
def test_recist_by_hand(sums: list[float], codes: list[str]) -> None:
    assert recist(readings(sums))[0].tolist() == codes


@pytest.mark.parametrize(
    ("codes", "confirmed", "first"),
    [
        (["SD", "PR", "PR"], "PR", "PR"),
        (["SD", "SD", "PR"], "SD", "PR"),
        (["PR", "PD", "PR"], "SD", "PR"),
        (["PD", "CR", "CR"], "PD", "PD"),
        (["PR", "CR", "CR"], "CR", "CR"),
        (["CR", "PR", "PD"], "PR", "CR"),
        (["PR", "NE", "PR"], "SD", "PR"),
        (["NE", "NE", "NE"], "NE", "NE"),
        (["NE", "PD", "NE"], "PD", "PD"),
        (["SD", "PD", "PD"], "SD", "SD"),
    ],
)
def test_best_response_by_hand(codes: list[str], confirmed: str, first: str) -> None:
    table = np.array([codes])
    assert best_response(table, WEEKS)[0] == confirmed
    assert best_response(table, SURE)[0] == first


def test_best_change_stops_at_progression() -> None:
    sums = np.array([[100.0, 60.0, 90.0, 10.0], [100.0, 150.0, 20.0, 20.0]])
    codes = np.array([["SD", "PD", "PR"], ["PD", "PR", "PR"]])
    change = best_change(sums, codes, np.ones((2, 4), dtype=bool))
    assert change == pytest.approx([-0.4, 0.5])


def test_a_sphere_of_half_a_millilitre_is_ten_millimetres() -> None:
    assert diameter(np.array([0.52e-3, 4.16e-3, 0.0])) == pytest.approx([10.0, 20.0, 0.0])


def test_lesions_are_followed_if_measurable_and_seen_if_detectable() -> None:
    sizes = np.array([[[20.0, 9.0, 5.0], [10.0, 9.0, 12.0], [7.0, 7.0, 12.0], [7, 7, 7]]])
    read = read_lesions(0.52e-3 * (sizes / 10) ** 3, np.zeros((2, *sizes.shape)), WEEKS)
    assert read.products == pytest.approx(np.array([[400.0, 100.0, 0.0, 0.0]]))
    assert read.diameters == pytest.approx(np.array([[20.0, 10.0, 0.0, 0.0]]))
    assert read.gone.tolist() == [[False, False, False, True]]
    assert read.new.tolist() == [[False, True, True, False]]


def test_a_remnant_at_the_limit_does_not_flicker() -> None:
    sizes = np.array([[[20.0], [7.9], [8.1], [9.9], [10.1]]])
    read = read_lesions(0.52e-3 * (sizes / 10) ** 3, np.zeros((2, *sizes.shape)), WEEKS)
    assert read.gone[0].tolist() == [False, True, True, True, False]


def test_at_most_five_lesions_are_followed() -> None:
    sizes = np.full((1, 2, 7), 20.0)
    sizes[0, :, 0] = 10.0
    read = read_lesions(0.52e-3 * (sizes / 10) ** 3, np.zeros((2, *sizes.shape)), WEEKS)
    assert read.products[0, 0] == pytest.approx(5 * 400.0)


def test_error_is_that_of_one_diameter() -> None:
    sizes = np.full((4000, 1, 1), 30.0)
    noise = np.random.default_rng(1).standard_normal((2, 4000, 1, 1))
    read = read_lesions(0.52e-3 * (sizes / 10) ** 3, noise, WEEKS)
    assert read.diameters.std() == pytest.approx(np.hypot(0.9, 0.06 * 30), rel=0.05)


def test_a_missed_visit_is_not_seen() -> None:
    volumes = np.full((1, 3, 2), 1e-3)
    volumes[0, 1] = np.nan
    read = read_lesions(volumes, np.zeros((2, 1, 3, 2)), WEEKS)
    assert read.seen.tolist() == [[True, False, True]]


@pytest.mark.parametrize("wrong", [{"criteria": "who"}, {"days": (56.0, 28.0)}, {"days": (0.0,)}])
def test_impossible_visits_are_refused(wrong: dict) -> None:
    with pytest.raises(ImmunoError):
        Visits(**{"days": (28.0,), **wrong})
