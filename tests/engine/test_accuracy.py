"""The solver against references and against SciPy."""

from __future__ import annotations

import ctypes
import itertools
import re

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from immunarium.core import const, evaluate, exp, gradient, hill, symbol
from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, compile_model, run
from immunarium.engine.context import Sizes, make_context
from immunarium.engine.ir import BYTES

HOUR = TICKS_PER_HOUR


def outputs(graph):
    return {name: symbol(name) for name in graph.states}


def case_graph(case, graph_of):
    """Read the right-hand sides of a case: sums of signed products."""
    n = len(case["y0"])
    return graph_of({f"y{i + 1}": _sum(case["rhs"][i]) for i in range(n)})


def _sum(text):
    total = 0.0 * symbol("y1")
    for sign, term in re.findall(r"([+-]?)((?:\d[\d.e]*|y\d+|\*+)+)", text.replace("e+", "e")):
        product = -1.0 + 0.0 * symbol("y1") if sign == "-" else 1.0
        for factor in term.replace("**", "^").split("*"):
            base, _, power = factor.partition("^")
            value = symbol(base) if base.startswith("y") else float(base)
            product = product * (value ** int(power) if power else value)
        total = total + product
    return total


@pytest.mark.parametrize(("name", "accuracy"), [("rober", 5e-6), ("hires", 1e-6)])
def test_stiff_reference_case(name, accuracy, stiff_case, graph_of):
    case = stiff_case(name)
    graph = case_graph(case, graph_of)
    end = round(case["t"][1] * HOUR)
    plan = Plan((), (), end, np.array([end]), (), None)
    kernel = compile_model(graph, outputs(graph), {})
    got = run(kernel, np.array([case["y0"]], float), np.zeros((1, 0)), plan, rtol=1e-9)
    np.testing.assert_allclose(got.recorded[0, 0], case["reference"], rtol=accuracy)


def one_step(kernel, y, h, theta):
    """Return the states at ``theta`` of a single step of size ``h``."""
    c, at = make_context(kernel, Sizes(0, 0, -1), 1e-6, 0), kernel.layout
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
    c.w[at.y : at.y + len(y)] = y[:, None]
    c.w[at.h], c.w[at.theta] = h, theta
    seen = c.base + at.watched * BYTES
    for function in (kernel.functions.step, kernel.functions.dense, kernel.functions.observe):
        call(function)(c.base, seen)
    return c.w[at.watched : at.watched + len(y), 0].copy()


@pytest.mark.parametrize(("theta", "order"), [(1.0, 6), (0.4, 5)])
def test_local_error_falls_with_the_order_of_the_method(theta, order, graph_of):
    a, b = symbol("a"), symbol("b")
    graph = graph_of({"a": b - a * a, "b": exp(-a) - a * b})
    kernel = compile_model(graph, outputs(graph), {})
    y = np.array([0.3, 0.8])

    def slope(t, y):
        return evaluate(graph.rates, {"a": y[0], "b": y[1]})

    errors = []
    for h in (0.4, 0.2):
        span = (0.0, theta * h)
        exact = solve_ivp(slope, span, y, rtol=1e-13, atol=1e-15, method="DOP853").y[:, -1]
        errors.append(np.abs(one_step(kernel, y, h, theta) - exact).max())
    assert abs(np.log2(errors[0] / errors[1]) - order) < 0.6


AMOUNTS = np.array([10.0, 30.0])
GIVEN = np.array([[500.0, 4.0], [2000.0, 1.0]])
START = np.tile([0.0, 0.0, 1.0, 0.0], (2, 1))
RECORD = np.arange(0, 24 * HOUR, HOUR // 10)


@pytest.fixture(scope="module")
def by_scipy(stiff_drug):
    return np.array([radau(stiff_drug, i) for i in range(2)])


@pytest.mark.parametrize(("rtol", "accuracy"), [(1e-9, 1e-6), (1e-6, 1e-4)])
def test_agrees_with_radau_through_a_dosed_course(rtol, accuracy, stiff_drug, by_scipy):
    kernel = compile_model(stiff_drug, outputs(stiff_drug), {})
    doses = tuple(Dose(8 * i * HOUR, HOUR // 4, "drug", AMOUNTS, "d", 1) for i in range(3))
    plan = Plan(doses, (), 24 * HOUR, RECORD, (), None)
    got = run(kernel, START, GIVEN, plan, rtol=rtol)
    assert (np.abs(got.recorded - by_scipy) / np.maximum(np.abs(by_scipy), 1.0)).max() < accuracy


def radau(graph, i):
    """Follow a patient by SciPy, from event to event."""
    known = dict(zip(graph.parameters, GIVEN[i], strict=True))
    entries = [gradient(r, graph.states) for r in graph.rates]
    jacobian = [row.get(s, const(0.0)) for row in entries for s in graph.states]
    hours, y = RECORD / HOUR, START[i]
    out = np.empty((len(hours), len(y)))
    for low, high in itertools.pairwise([0, 0.25, 8, 8.25, 16, 16.25, 24]):
        known["@drug"] = AMOUNTS[i] / 0.25 if low % 8 == 0 else 0.0

        def values(expressions, y):
            return evaluate(expressions, known | dict(zip(graph.states, y, strict=True)))

        solution = solve_ivp(
            lambda t, y: values(graph.rates, y),
            (low, high),
            y,
            method="Radau",
            jac=lambda t, y: np.reshape(values(jacobian, y), (4, 4)),
            rtol=1e-10,
            atol=1e-12,
            dense_output=True,
        )
        inside = (hours >= low) & (hours <= high)
        out[inside] = solution.sol(hours[inside]).T
        y = solution.y[:, -1]
    return out


def test_a_switch_that_opens_at_zero_does_not_stop_the_solver(graph_of):
    x = symbol("x")
    graph = graph_of({"x": 0.1 - hill(x, 1.0, symbol("n"))}, ("n",))
    plan = Plan((), (), 100 * HOUR, np.array([100 * HOUR]), (), None)
    got = run(compile_model(graph, outputs(graph), {}), np.zeros((1, 1)), np.array([[0.5]]), plan)
    np.testing.assert_allclose(got.recorded[0, 0, 0], (0.1 / 0.9) ** 2, rtol=1e-6)


def test_a_pool_that_runs_empty_does_not_plunge_below_zero(graph_of):
    x, y = symbol("x"), symbol("y")
    eaten = symbol("v") * x / (x + 0.01)  # beyond -0.01 lies another branch
    graph = graph_of({"x": y - x - eaten, "y": x - y}, ("v",))
    v = np.random.default_rng(8).uniform(2.0, 50.0, (400, 1))
    end = 4 * HOUR
    plan = Plan((), (), end, np.arange(0, end, HOUR // 100), (), None)
    start = np.tile([10.0, 10.0], (400, 1))
    got = run(compile_model(graph, outputs(graph), {}), start, v, plan, rtol=1e-3)
    assert not got.failed.any()
    assert got.recorded.min() > -0.1
    assert got.recorded[:, -1].min() > 0
