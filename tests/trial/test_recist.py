"""RECIST 1.1 against cases worked out by hand from the paper (recist_cases.tsv)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from immunarium.trial.lesions import NN, NODE, read_lesions
from immunarium.trial.recist import choose_targets, follow_targets, recist, sizes, time_points
from immunarium.trial.response import best_response
from immunarium.trial.visits import RECIST, Visits

with Path(__file__).with_name("recist_cases.tsv").open(encoding="utf-8") as file:
    CASES = list(csv.DictReader(file, delimiter="\t"))
VISITS = Visits(days=(56.0, 84.0, 112.0), error=0.0, relative_error=0.0)


def words(text: str) -> np.ndarray:
    """One patient's codes as the table writes them."""
    meaning = {"-": "", "NN": NN}
    return np.array([[meaning.get(w, w) for w in text.split()]])


def lesions(text: str, visits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sizes (patient, visit, lesion), which are targets, and which are nodes."""
    parts = [] if text == "-" else [p.split() for p in text.split("|")]
    node = np.array([[p[0] == "n" for p in parts]], dtype=bool).reshape(1, len(parts))
    size = np.empty((1, visits + 1, len(parts)))
    for k, part in enumerate(parts):
        numbers = part[1:] if part[0] == "n" else part
        size[0, :, k] = [np.nan if x == "." else float(x) for x in numbers]
    return size, np.ones_like(node), node


def test_there_are_at_least_sixty_cases_each_with_its_reason() -> None:
    assert len(CASES) >= 60
    assert all(case["reason"] for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=[c["reason"] for c in CASES])
def test_a_case_worked_out_by_hand(case: dict[str, str]) -> None:
    days = np.array([[float(d) for d in case["days"].split()]])
    size, target, node = lesions(case["targets"], days.size)
    targets = follow_targets(size, target, node).code
    others = words(case["nontarget"])
    others = others if others.size == days.size else np.full(days.shape, others[0, 0])
    new = words(case["new"]) == "1"
    codes = time_points(targets, others, new)
    expected = words(case["target_codes"])
    assert targets.tolist() == np.broadcast_to(expected, targets.shape).tolist()
    assert codes.tolist() == words(case["codes"]).tolist()
    found = [best_response(codes, days, confirm, 42.0)[0] for confirm in (28.0, 0.0)]
    assert found == [words(case["confirmed"])[0, 0], words(case["first"])[0, 0]]


def read(size: list, organ: list[int] | None = None, visits: Visits = VISITS):
    """One patient's lesions, a row each, read without error."""
    true = np.array(size, dtype=float).T[None]
    places = None if organ is None else np.array([organ])
    return read_lesions(0.52e-3 * (true / 10) ** 3, np.zeros((2, *true.shape)), visits, places)


def assessed(size: list, organ: list[int] | None = None, visits: Visits = VISITS):
    return recist(read(size, organ, visits), visits)


def test_many_patients_are_assessed_as_each_alone() -> None:
    rng = np.random.default_rng(3)
    true = 30 * np.exp(0.5 * np.cumsum(rng.normal(size=(60, 5, 7)), axis=1))
    true[rng.random((60, 5)) < 0.2] = np.nan
    noise, organ = rng.normal(size=(2, 60, 5, 7)), rng.integers(1, 6, (60, 7))
    visits = Visits(days=(30.0, 60.0, 90.0, 120.0))
    together = recist(read_lesions(0.52e-3 * (true / 10) ** 3, noise, visits, organ), visits)
    for i in range(60):
        one = slice(i, i + 1)
        volume = 0.52e-3 * (true[one] / 10) ** 3
        alone = recist(read_lesions(volume, noise[:, one], visits, organ[one]), visits)
        assert alone.code.tolist() == together.code[one].tolist()


def test_a_later_visit_changes_no_earlier_response() -> None:
    rng = np.random.default_rng(4)
    true = 30 * np.exp(0.4 * np.cumsum(rng.normal(size=(40, 6, 5)), axis=1))
    noise, organ = rng.normal(size=(2, 40, 6, 5)), rng.integers(1, 6, (40, 5))
    volume = 0.52e-3 * (true / 10) ** 3
    whole = recist(read_lesions(volume, noise, VISITS, organ), VISITS).code
    part = recist(read_lesions(volume[:, :4], noise[:, :, :4], VISITS, organ), VISITS).code
    assert whole[:, :3].tolist() == part.tolist()


def chosen(size: list[float], organ: list[int], targets: int = 5) -> list[int]:
    visits = Visits(days=(56.0,), targets=targets)
    found = choose_targets(
        np.array([size]), np.array([organ]), np.ones((1, len(size)), dtype=bool), visits
    )
    return np.flatnonzero(found[0]).tolist()


@pytest.mark.parametrize(
    ("size", "organ", "expected"),
    [
        ([30.0, 20, 40, 25], [1, 1, 1, 2], [0, 2, 3]),
        ([9.9, 10.0], [1, 2], [1]),
        ([14.9, 15.0, 12.0], [NODE, NODE, 1], [1, 2]),
        ([50.0, 49, 48, 47, 12, 11, 10], [1, 1, 2, 2, 4, 5, NODE], [0, 1, 2, 4, 5]),
        ([30.0, 30, 30], [2, 2, 2], [0, 1]),
        ([30.0, 30, 30, 30, 30, 30], [0, 0, 0, 0, 0, 0], [0, 1, 2, 3, 4]),
        ([8.0, 9.0], [1, 1], []),
    ],
)
def test_targets_are_the_largest_and_stand_for_all_organs(
    size: list[float], organ: list[int], expected: list[int]
) -> None:
    assert chosen(size, organ) == expected


def test_what_is_seen_and_too_small_to_measure_is_five_millimetres() -> None:
    assert sizes(read([[20, 4.5, 3.9, 12]]))[0, :, 0] == pytest.approx([20, 5, 0, 12])


def test_of_a_node_the_short_axis_counts() -> None:
    true = np.array([[[20.0, 20.0]]])
    noise = np.array([[[[1.0, 1.0]]], [[[-1.0, -1.0]]]])
    visits = Visits(days=(56.0,), error=2.0, relative_error=0.0)
    got = read_lesions(0.52e-3 * (true / 10) ** 3, noise, visits, np.array([[1, NODE]]))
    assert sizes(got)[0, 0] == pytest.approx([22.0, 18.0])


@pytest.mark.parametrize(
    ("size", "organ", "codes", "reason"),
    [
        ([[30, 30, 30, 30], [0, 9, 12, 12]], [1, 1], ["SD", "PD", "PD"], "new at 12 mm"),
        ([[30, 30, 30, 30], [9, 14, 14, 16]], [1, NODE], ["SD", "SD", "PD"], "node from normal"),
        ([[30, 30, 30, 30], [12, 9, 12, 12]], [1, NODE], ["SD", "SD", "SD"], "node non-target"),
        ([[30, 0, 0, 0], [8, 8, 0, 0]], [1, 2], ["PR", "CR", "CR"], "non-target goes later"),
        ([[30, 0, 0, 0], [8, 0, 9, 11]], [1, 2], ["CR", "CR", "PD"], "non-target comes back"),
        ([[90, 60, 60, 60], [8, 0, 11, 11]], [1, 2], ["PR", "PR", "PR"], "back, but no CR before"),
        ([[12, 12, 12, 12], [9, 14, 15, 40]], [1, 1], ["PD", "PD", "PD"], "9 to 14 of 21 in all"),
        ([[50, 50, 50, 50], [9, 14, 16, 21]], [1, 1], ["SD", "SD", "PD"], "the whole burden +20 %"),
        ([[50, 30, 30, 30], [9, 14, 16, 23]], [1, 1], ["PR", "PR", "PD"], "44 at best, 53 now"),
        ([[9, 9, 13, 14]], [1], [NN, NN, "PD"], "only non-targets: +20 % and 5 mm"),
        ([[9, 0, 0, 0]], [1], ["CR", "CR", "CR"], "only non-targets, gone"),
        ([[0, 0, 0, 0]], [1], ["NE", "NE", "NE"], "no disease"),
        ([[0, 0, 12, 12]], [1], ["NE", "PD", "PD"], "no disease, then new"),
        ([[30, np.nan, 30, 30], [9, np.nan, 9, 9]], [1, 1], ["NE", "SD", "SD"], "missed visit"),
    ],
)
def test_lesions_are_read_to_responses(
    size: list, organ: list[int], codes: list[str], reason: str
) -> None:
    assert assessed(size, organ).code[0].tolist() == codes, reason


def test_a_missed_visit_makes_no_lesion_disappear() -> None:
    got = assessed([[30, np.nan, 30, 30], [9, np.nan, 9, 9]], [1, 1])
    assert got.nontarget[0].tolist() == ["NE", NN, NN]
    assert np.isnan(got.sums[0, 1])
    assert got.nadir[0].tolist() == pytest.approx([30, 30, 30, 30])


def test_change_is_from_the_baseline() -> None:
    got = assessed([[40, 20, 30, 50]], [1])
    assert got.change[0].tolist() == pytest.approx([0, -0.5, -0.25, 0.25])


def test_stable_disease_lasts_six_weeks_unless_the_trial_says_otherwise() -> None:
    assert VISITS.lasts(RECIST) == 42.0
    assert Visits(days=(56.0,), stable=60.0).lasts(RECIST) == 60.0
