"""Doses, rules, records and reductions, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from immunarium.core import ImmunoError, UnknownNameError, indicator, symbol
from immunarium.engine import (
    TICKS_PER_HOUR,
    Dose,
    Outcome,
    Plan,
    Reduce,
    Status,
    Titrate,
    compile_model,
    run,
)

HOUR = TICKS_PER_HOUR
X = symbol("x")


@pytest.fixture(scope="module")
def kernel(decay):
    outputs = {"x": X, "level": symbol("level"), "in": symbol("@x"), "late": 0.5 - X}
    return compile_model(
        decay, outputs, {"high": indicator(X - 1.0), "low": indicator(0.25 - X), "never": X * 0.0}
    )


def dose(hour, amount, duration=0.0, n=1, course=1):
    amounts = np.full(n, float(amount))
    return Dose(round(hour * HOUR), round(duration * HOUR), "x", amounts, "drug", course)


def follow(kernel, doses=(), rules=(), reduces=(), record=(0.0,), k=1.0, start=0.0, ends=None):
    at = np.round(np.array(record) * HOUR).astype(np.int64)
    plan = Plan(tuple(doses), tuple(rules), 24 * HOUR, at, tuple(reduces), ends)
    return run(kernel, np.array([[start, 0.0]]), np.array([[k]]), plan)


def test_a_record_is_what_is_seen_just_before_a_dose(kernel):
    got = follow(kernel, [dose(0, 1), dose(2, 1)], record=[0, 2, 3])
    want = [0.0, np.exp(-2), (1 + np.exp(-2)) * np.exp(-1)]
    np.testing.assert_allclose(got.recorded[0, :, 0], want, rtol=1e-6)


def test_an_infusion_ends_exactly(kernel):
    got = follow(kernel, [dose(1, 3, 0.5)], record=[1, 1.25, 1.5, 1.5001, 2])
    inflow = got.recorded[0, :, 2]
    np.testing.assert_array_equal(inflow, [0, 6, 6, 0, 0])
    end = 6 * (1 - np.exp(-0.5))
    np.testing.assert_allclose(got.recorded[0, 4, 0], end * np.exp(-0.5), rtol=1e-6)


def test_two_infusions_end_to_end_are_one(kernel):
    record = np.arange(0, 10, 0.5)
    one = follow(kernel, [dose(1, 4, 2)], record=record)
    two = follow(kernel, [dose(1, 2, 1), dose(2, 2, 1)], record=record)
    np.testing.assert_allclose(one.recorded, two.recorded, rtol=1e-6, atol=1e-9)


def test_overlapping_infusions_add_up(kernel):
    got = follow(kernel, [dose(0, 2, 2), dose(1, 3, 1)], record=[0.5, 1.5, 2.5])
    np.testing.assert_array_equal(got.recorded[0, :, 2], [1, 4, 0])


@pytest.mark.parametrize("k", [0.3, 5.0])
def test_the_peak_of_an_infusion_is_found_on_a_coarse_grid(kernel, k):
    reduces = [Reduce("top", "x", "peak", 0, 24 * HOUR)]
    got = follow(kernel, [dose(3, 2, 0.25)], reduces=reduces, k=k)
    top = 8 / k * (1 - np.exp(-k * 0.25))
    np.testing.assert_allclose(got.reduced["top"], top, rtol=1e-6)
    np.testing.assert_allclose(got.reduced["top.time"], 3.25, rtol=1e-12)


def test_the_peak_of_a_bolus_is_its_right_limit(kernel):
    reduces = [
        Reduce("top", "x", "peak", 0, 24 * HOUR),
        Reduce("low", "x", "nadir", HOUR, 9 * HOUR),
    ]
    got = follow(kernel, [dose(0, 1), dose(5, 1)], reduces=reduces)
    np.testing.assert_allclose(got.reduced["top"], 1 + np.exp(-5), rtol=1e-6)
    np.testing.assert_allclose(got.reduced["top.time"], 5.0)
    np.testing.assert_allclose(got.reduced["low"], np.exp(-5), rtol=1e-5)


def test_a_smooth_peak_inside_a_step_is_found(graph_of):
    a, b = symbol("a"), symbol("b")
    graph = graph_of({"a": -2.0 * a, "b": 2.0 * a - b})
    kernel = compile_model(graph, {"b": b}, {})
    reduces = (Reduce("top", "b", "peak", 0, 240 * HOUR),)
    plan = Plan((), (), 240 * HOUR, np.arange(0, 240, 24) * HOUR, reduces, None)
    got = run(kernel, np.array([[1.0, 0.0]]), np.zeros((1, 0)), plan)
    np.testing.assert_allclose(got.reduced["top"], 0.5, rtol=1e-6)
    np.testing.assert_allclose(got.reduced["top.time"], np.log(2), rtol=1e-4)


def test_a_crossing_is_located_inside_the_step(kernel):
    reduces = [
        Reduce("up", "x", "crossing_up", 0, 24 * HOUR, 0.5),
        Reduce("down", "x", "crossing_down", 0, 24 * HOUR, 0.5),
        Reduce("never", "x", "crossing_up", 0, 24 * HOUR, 7.0),
    ]
    got = follow(kernel, [dose(2, 1)], reduces=reduces).reduced
    assert got["up"][0] == 2.0
    np.testing.assert_allclose(got["down"], 2 + np.log(2), rtol=1e-6)
    assert np.isnan(got["never"][0])


def test_a_titrated_state_climbs_to_its_maximum_and_comes_down(kernel):
    rule = Titrate(HOUR, 12 * HOUR, HOUR, "level", "high", "low", 0.4, 1.0)
    record = [1, 1.5, 2.5, 3.5, 7.5, 8.5, 9.5, 10.5, 24]
    got = follow(kernel, [dose(0, 16)], [rule], record=record, k=0.6)
    want = [0, 0.4, 0.8, 1.0, 0.6, 0.2, 0.0, 0.0, 0.0]  # below 0.25 from 6.93 h
    np.testing.assert_allclose(got.recorded[0, :, 1], want, atol=1e-9)


def test_a_titration_that_changes_nothing_costs_no_step(kernel):
    idle = [Titrate(HOUR, 24 * HOUR, HOUR // 4, "level", "never", "never", 0.4, 1.0)]
    without, looked_at = (follow(kernel, [dose(0, 2)], rules, record=[24]) for rules in ([], idle))
    assert looked_at.steps == without.steps
    assert looked_at.recorded.tobytes() == without.recorded.tobytes()


def test_a_patient_ends_where_the_hazard_says(kernel):
    reduces = [Reduce("low", "x", "nadir", 0, 24 * HOUR)]
    doses = [dose(0.1, 0), dose(9, 1)]
    record = [0, 0.5, 0.6, 0.8, 12]
    got = follow(kernel, doses, reduces=reduces, record=record, start=1.0, ends="late")
    np.testing.assert_allclose(got.ended_at, np.log(2), rtol=1e-6)
    assert got.status[0] == Status.ENDED
    assert got.doses[0].tolist() == [Outcome.GIVEN, Outcome.ENDED]
    np.testing.assert_array_equal(np.isnan(got.recorded[0, :, 0]), [False] * 3 + [True] * 2)
    np.testing.assert_allclose(got.reduced["low"], 0.5, rtol=1e-6)
    assert got.status_text(0) == "Patient 0: ended after 0.693147 h."


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (dose(25, 1), ImmunoError),
        (dose(1, -1), ImmunoError),
        (dose(1, 1, n=3), ImmunoError),
        (Dose(0, 0, "y", np.ones(1), "drug", 1), UnknownNameError),
        (Dose(0, 9, "level", np.ones(1), "drug", 1), UnknownNameError),
    ],
)
def test_a_dose_that_does_not_fit_is_refused(kernel, bad, error):
    with pytest.raises(error):
        follow(kernel, [bad])
