"""Runs that pause: how often one looks changes nothing, and what is decided then counts."""

from __future__ import annotations

import numpy as np
import pytest

from immunarium.core import indicator, symbol
from immunarium.engine import (
    TICKS_PER_HOUR,
    Doses,
    Journey,
    Reduce,
    Timetable,
    Titrate,
    compile_model,
    dose_row,
)

HOUR = TICKS_PER_HOUR
END = 24 * HOUR
X = symbol("x")
N = 11
REDUCES = (
    Reduce("top", "x", "peak", 0, END),
    Reduce("low", "x", "nadir", 3 * HOUR, 20 * HOUR),
    Reduce("up", "x", "crossing_up", 0, END, 2.5),
)
TITRATE = Titrate(HOUR, 20 * HOUR, HOUR, "level", "high", "low", 0.4, 1.0)
TICKS = np.array([0, 2, 7, 7, 12]) * HOUR
LENGTHS = np.array([0, 3, 0, 1, 2]) * HOUR


@pytest.fixture(scope="module")
def kernel(decay):
    outputs = {"x": X, "level": symbol("level"), "in": symbol("@x"), "late": X - 1e9}
    conditions = {"high": indicator(X - 1.0), "low": indicator(0.25 - X)}
    return compile_model(decay, outputs, conditions)


def journey(kernel, rtol=1e-6):
    rng = np.random.default_rng(4)
    out = Journey(
        kernel, np.column_stack([rng.uniform(0, 2, N), np.zeros(N)]), rng.uniform(0.1, 2, (N, 1)),
        end=END, record_at=np.arange(0, 25) * HOUR, reduces=REDUCES, ends_when="late",
        rtol=rtol, workers=2,
    )  # fmt: skip
    out.add_doses(rng.uniform(0.5, 3, (N, len(TICKS))))
    return out


def timetable(kernel, soft=()):
    rows = [dose_row("x", bool(length), kernel) for length in LENGTHS]
    doses = Doses(TICKS, LENGTHS, np.array(rows))
    return Timetable.of(kernel, doses, [TITRATE], REDUCES, END, soft)


def go(it, plan, ticks, rows=None):
    rows = np.arange(N) if rows is None else rows
    for tick in ticks:
        start = int(it.tick[rows[0]])
        until = np.full(len(rows), tick)
        it.go(rows, [plan.part(start, tick)], np.zeros(len(rows), np.intp), until)
    return it


def bytes_of(it):
    known = it.known
    parts = (known.recorded, known.best, known.when, known.y, known.patients["steps"])
    return [p.tobytes() for p in parts]


@pytest.mark.parametrize("hours", [[0, 2, 7, 12, 24], [5, 14, 24], [2, 3, 5, 7, 8, 20, 24]])
def test_pauses_where_steps_end_change_no_bit(kernel, hours):
    whole = go(journey(kernel), timetable(kernel), [END])
    paused = go(journey(kernel), timetable(kernel), np.array(hours) * HOUR)
    assert bytes_of(paused) == bytes_of(whole)


def test_a_pause_within_a_step_is_where_one_would_have_been(kernel):
    tick = round(9.37 * HOUR)
    whole = go(journey(kernel), timetable(kernel), [END])
    paused = go(journey(kernel), timetable(kernel, {tick}), [tick])
    before = np.arange(0, 25) * HOUR <= tick
    assert np.array_equal(paused.known.recorded[:, before], whole.known.recorded[:, before])
    go(paused, timetable(kernel, {tick}), [END])
    np.testing.assert_allclose(paused.known.recorded, whole.known.recorded, rtol=1e-4, atol=1e-6)


def test_who_is_put_back_goes_on_as_if_nothing_had_been(kernel):
    tick = 7 * HOUR
    whole = go(journey(kernel), timetable(kernel), [tick, END])
    again = go(journey(kernel), timetable(kernel), [tick])
    kept = again.keep(np.arange(N))
    go(again, timetable(kernel), [END])
    some = np.arange(N) % 2 == 0
    kept.put_back(again, some)
    assert (again.tick[some] == tick).all()
    assert np.isnan(again.known.recorded[some][:, 8:]).all()
    go(again, timetable(kernel), [END], np.flatnonzero(some))
    assert bytes_of(again) == bytes_of(whole)


def test_amounts_decided_at_a_pause_are_given_and_those_before_stay(kernel):
    tick = 7 * HOUR
    plain = go(journey(kernel), timetable(kernel), [tick, END])
    less = go(journey(kernel), timetable(kernel), [tick])
    less.known.amounts[:, 2:] = 0.0
    go(less, timetable(kernel), [END])
    mine, theirs = less.known.recorded[:, :, 0], plain.known.recorded[:, :, 0]
    assert np.array_equal(mine[:, :8], theirs[:, :8])
    assert (mine[:, 8:] < theirs[:, 8:]).all()


def test_patients_with_other_timetables_share_a_run(kernel):
    one, two = timetable(kernel), timetable(kernel, {5 * HOUR})
    mixed, which = journey(kernel), np.arange(N) % 2
    until = np.where(which == 0, 12 * HOUR, 5 * HOUR)
    mixed.go(np.arange(N), [one.part(0, 12 * HOUR), two.part(0, 5 * HOUR)], which, until)
    assert np.array_equal(mixed.tick, until)
    plain = go(journey(kernel), one, [12 * HOUR])
    same = mixed.known.y[which == 0]
    assert same.tobytes() == plain.known.y[which == 0].tobytes()
