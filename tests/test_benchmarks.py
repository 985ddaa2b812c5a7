"""The harness that compares solvers, with the smallest model and two of them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks is no part of the package

from benchmarks import machine, models, peers, sweep
from benchmarks.adapters import PEERS, own, scipy_lsoda
from benchmarks.problem import Problem

RTOLS = (1e-3, 1e-5, 1e-7)


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    folder = tmp_path_factory.mktemp("problem")
    bare = models.write(folder, "treg", n=2, doses=2, days=4)
    reference = scipy_lsoda.prepare(bare)(2, 1e-12)
    np.savez(folder / "arrays.npz", **dict(np.load(folder / "arrays.npz")), reference=reference)
    return Problem.load(folder)


@pytest.mark.parametrize("adapter", [own, scipy_lsoda])
def test_errors_against_the_reference_fall_with_the_tolerance(adapter, problem: Problem) -> None:
    solve = adapter.prepare(problem)
    errors = [problem.error(solve(2, rtol)) for rtol in RTOLS]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-4
    assert errors[0] < 0.1


def test_patients_beyond_the_last_are_the_first_again(problem: Problem) -> None:
    got = own.prepare(problem)(5, 1e-4)
    np.testing.assert_array_equal(got[2:4], got[:2])


def test_a_number_that_is_not_finite_is_an_infinite_error(problem: Problem) -> None:
    assert problem.error(np.full_like(problem.reference, np.nan)) == np.inf


def test_the_sweep_stops_when_every_target_lies_between_near_tolerances() -> None:
    points: list[tuple[float, float]] = []
    while (rtol := sweep.next_rtol(points, coarse=True)) is not None:
        points.append((rtol, 30 * rtol))
    assert len(points) < 10
    for target in sweep.TARGETS:
        assert min(e for _, e in points) <= target
        near = [r for r, e in points if target / 11 < e < 11 * target]
        assert len(near) >= 2


def test_throughput_is_interpolated_between_points_and_never_beyond() -> None:
    points = [(1e-3, 100.0), (1e-5, 25.0), (1e-4, 20.0)]  # the last is beaten in both
    assert sweep.at_accuracy(points, 1e-4) == pytest.approx(50.0)
    assert sweep.at_accuracy(points, 1e-2) == pytest.approx(100.0)
    assert sweep.at_accuracy(points, 1e-6) is None


def test_the_table_names_a_solver_that_fails_and_gives_ratios_to_the_rest() -> None:
    by_file = {p.file: p for p in PEERS}
    mine, scipy, casadi = (peers.Outcome(by_file[f]) for f in ("own", "scipy_lsoda", "casadi_"))
    for outcome, rate in ((mine, 400.0), (scipy, 10.0)):
        outcome.take({"rtol": 1e-6, "error": 1e-5, "rate": rate, "patients": 2})
    casadi.take({"failed": "ImportError: no CasADi"})
    table = [dict(zip(peers.HEAD, r, strict=True)) for r in peers.rows([mine, scipy, casadi])]
    assert [r["× at 0.001"] for r in table] == ["1.0", "40.0", ""]
    assert table[1]["/s at 1e-06"] == "not reached"
    assert "no CasADi" in str(table[2])
    assert peers.verdict([mine, scipy, casadi])[0] == "At 0.001: 40.0 times SciPy LSODA."


def test_the_page_has_room_for_every_table() -> None:
    page = machine.PAGE.read_text(encoding="utf-8")
    for section in ("first", "growth", "peers"):
        assert page.count(f"<!-- {section} -->") == page.count(f"<!-- end of {section} -->") == 1
