"""Many patients: the same bytes in any company, and failures that stay where they happen."""

from __future__ import annotations

import numpy as np
import pytest

from immunarium.core import ImmunoError, UnknownNameError, indicator, log, symbol
from immunarium.engine import (
    TICKS_PER_HOUR,
    Dose,
    Plan,
    Reduce,
    Status,
    compile_model,
    run,
)

HOUR = TICKS_PER_HOUR
N = 150


@pytest.fixture(scope="module")
def kernel(stiff_drug):
    outputs = {name: symbol(name) for name in stiff_drug.states}
    return compile_model(stiff_drug, outputs, {"high": indicator(symbol("bound") - 0.1)})


@pytest.fixture(scope="module")
def cohort():
    rng = np.random.default_rng(5)
    start = np.tile([0.0, 0.0, 1.0, 0.0], (N, 1)) * np.exp(0.3 * rng.normal(size=(N, 4)))
    given = np.array([1000.0, 2.0]) * np.exp(0.5 * rng.normal(size=(N, 2)))
    return start, given, rng.uniform(1, 20, N)


def follow(kernel, cohort, order, **options):
    start, given, amounts = (x[order] for x in cohort)
    doses = tuple(Dose(6 * i * HOUR, HOUR // 4, "drug", amounts, "d", 1) for i in range(4))
    reduces = (Reduce("top", "bound", "peak", 0, 30 * HOUR),)
    plan = Plan(doses, (), 30 * HOUR, np.arange(0, 31, 5) * HOUR, reduces, None)
    return run(kernel, start, given, plan, **options)


def test_the_same_bytes_for_any_workers_chunks_and_order(kernel, cohort):
    whole = follow(kernel, cohort, np.arange(N), workers=1)
    assert not whole.failed.any()
    for workers in (2, 3):
        again = follow(kernel, cohort, np.arange(N), workers=workers)
        assert again.recorded.tobytes() == whole.recorded.tobytes()
        assert again.reduced.equals(whole.reduced)
    order = np.random.default_rng(6).permutation(N)[:77]
    some = follow(kernel, cohort, order, workers=2)
    assert some.recorded.tobytes() == whole.recorded[order].tobytes()
    assert (some.steps == whole.steps[order]).all()
    assert (some.doses == whole.doses[order]).all()


def test_progress_counts_every_patient(kernel, cohort):
    seen = []
    follow(kernel, cohort, np.arange(N), progress=lambda done, failed: seen.append((done, failed)))
    assert seen[-1] == (N, 0)


def test_a_patient_that_fails_is_named_and_the_others_do_not_notice(graph_of):
    a, b = symbol("a"), symbol("b")
    graph = graph_of({"a": symbol("k") - a, "b": log(2.0 - a) - b}, ("k",))
    kernel = compile_model(graph, {"a": a, "b": b}, {})
    plan = Plan((), (), 10 * HOUR, np.array([0, 1, 10]) * HOUR, (), None)
    k = np.full((20, 1), 1.0)
    whole = run(kernel, np.zeros((20, 2)), k, plan)
    k[7], k[13] = np.nan, 4.0
    got = run(kernel, np.zeros((20, 2)), k, plan)
    assert np.flatnonzero(got.failed).tolist() == [7, 13]
    assert got.status[7] == got.status[13] == Status.NOT_FINITE
    assert got.status_text(7) == "Patient 7: no solution after 0 h: a is not a finite number."
    assert got.status_text(13).endswith(": b is not a finite number.")
    assert np.isnan(got.recorded[13, 2]).all()
    others = ~got.failed
    assert got.recorded[others].tobytes() == whole.recorded[others].tobytes()


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["initial", "parameters"])
def test_a_number_that_is_none_is_a_failure_of_its_patient_alone(kernel, cohort, where, broken):
    start, given, _ = (x[:9].copy() for x in cohort)
    plan = Plan((), (), 4 * HOUR, np.array([0, 4 * HOUR]), (), None)
    whole = run(kernel, start, given, plan)
    (start if where == "initial" else given)[4, 0] = broken
    got = run(kernel, start, given, plan)
    assert np.flatnonzero(got.failed).tolist() == [4]
    assert got.status[4] == Status.NOT_FINITE
    assert got.why(4).endswith(" is not a finite number")
    others = np.arange(9) != 4
    assert got.recorded[others].tobytes() == whole.recorded[others].tobytes()


def test_arrays_that_may_not_be_written_compile_nothing_new(kernel, cohort):
    from immunarium.engine.driver import integrate

    plan = Plan((), (), HOUR, np.array([HOUR]), (), None)
    start, given = (np.ascontiguousarray(x[:2]) for x in cohort[:2])
    run(kernel, start, given, plan)
    known = len(integrate.signatures)
    start.flags.writeable = given.flags.writeable = False
    run(kernel, start, given, plan)
    assert len(integrate.signatures) == known


def test_a_solution_that_runs_off_to_infinity_is_a_failure(graph_of):
    x = symbol("x")
    kernel = compile_model(graph_of({"x": x * x}), {"x": x}, {})
    plan = Plan((), (), 10 * HOUR, np.array([10 * HOUR]), (), None)
    got = run(kernel, np.ones((1, 1)), np.zeros((1, 0)), plan)
    assert got.status[0] in (Status.STEP_TOO_SMALL, Status.NOT_FINITE)
    np.testing.assert_allclose(got.stopped_at, 1.0, rtol=1e-6)
    assert np.isnan(got.recorded).all()
    assert "x" in got.status_text(0)


def test_each_patient_may_be_seen_at_its_own_times(kernel, cohort):
    start, given, _ = cohort
    times = np.array([[0, 1, 2], [1, 2, 3], [0, 2, 4]]) * HOUR
    got = run(kernel, start[:3], given[:3], Plan((), (), 4 * HOUR, times, (), None))
    all_times = Plan((), (), 4 * HOUR, np.arange(5) * HOUR, (), None)
    whole = run(kernel, start[:3], given[:3], all_times)
    for i in range(3):
        assert (got.recorded[i] == whole.recorded[i, times[i] // HOUR]).all()
    assert got.dataset(dict.fromkeys(got.outputs, "nmol"), {}, [0, 1, 2]).hours.shape == (3, 3)


def test_records_do_not_change_the_steps(kernel, cohort):
    start, given, _ = cohort
    few = Plan((), (), 4 * HOUR, np.array([4 * HOUR]), (), None)
    many = Plan((), (), 4 * HOUR, np.arange(0, 4 * HOUR + 1, HOUR // 50), (), None)
    one, two = (run(kernel, start[:9], given[:9], plan) for plan in (few, many))
    assert (one.steps == two.steps).all()
    assert (one.recorded[:, -1] == two.recorded[:, -1]).all()


def test_a_dataset_carries_units_and_names(kernel, cohort):
    got = follow(kernel, cohort, np.arange(3))
    data = got.dataset(dict.fromkeys(got.outputs, "nmol"), {"drug": "the drug"}, ["a", "b", "c"])
    assert dict(data.sizes) == {"patient": 3, "time": 7}
    assert data["drug"].attrs == {"units": "nmol", "long_name": "the drug"}
    assert data["time"].attrs["units"] == "h"


def test_a_kernel_is_made_once(stiff_drug):
    first = compile_model(stiff_drug, {"drug": symbol("drug")}, {})
    assert compile_model(stiff_drug, {"drug": symbol("drug")}, {}) is first
    with pytest.raises(UnknownNameError, match="Did you mean drug"):
        compile_model(stiff_drug, {"x": symbol("drugg")}, {})


def test_arrays_of_another_shape_are_refused(kernel, cohort):
    plan = Plan((), (), HOUR, np.array([0]), (), None)
    with pytest.raises(ImmunoError, match="this model wants"):
        run(kernel, cohort[0][:, :2], cohort[1], plan)
