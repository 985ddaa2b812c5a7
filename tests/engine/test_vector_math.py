"""exp, log and powers of the kernel against numpy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from immunarium.core import Expr, Graph, exp, indicator, log, positive, sqrt, symbol
from immunarium.engine import Plan, compile_model, run

X, Y = symbol("x"), symbol("y")
ODD = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -1.0, 5e-324, 1.0, 1e300, -1e300])


@pytest.fixture(scope="module")
def value(graph_of: Callable[..., Graph]) -> Callable[..., NDArray[np.float64]]:
    """Value of an expression of x and y, computed by the kernel for every patient."""

    def compute(
        expression: Expr, x: NDArray[np.float64], y: NDArray[np.float64] | float = 0.0
    ) -> NDArray[np.float64]:
        graph = graph_of({"s": symbol("s") * 0.0}, ("x", "y"))
        kernel = compile_model(graph, {"out": expression}, {})
        plan = Plan((), (), 1, np.array([0]), (), None)
        given = np.column_stack([x, np.broadcast_to(y, x.shape)])
        return run(kernel, np.zeros((len(x), 1)), given, plan).recorded[:, 0, 0]

    return compute


def test_exp_is_good_to_the_last_bits(value):
    x = np.random.default_rng(1).uniform(-700, 709, 5000)
    np.testing.assert_allclose(value(exp(X), x), np.exp(x), rtol=5e-16)


def test_log_is_good_to_the_last_bits(value):
    x = np.exp(np.random.default_rng(2).uniform(-700, 709, 5000))
    np.testing.assert_allclose(value(log(X), x), np.log(x), rtol=5e-16)


def test_a_power_is_as_good_as_its_logarithm_allows(value):
    rng = np.random.default_rng(3)
    x, y = np.exp(rng.normal(size=5000)), rng.uniform(-4, 4, 5000)
    np.testing.assert_allclose(value(X**Y, x, y), x**y, rtol=4e-15)


@pytest.mark.parametrize("power", [2, 3, 7, -1, -2, 0.5, 1.5, -0.5])
def test_whole_and_half_powers_need_no_logarithm(value, power):
    x = np.exp(np.random.default_rng(4).normal(size=200))
    np.testing.assert_allclose(value(X**power, x), x**power, rtol=1e-15)


def test_a_whole_power_of_a_negative_number_is_a_number(value):
    np.testing.assert_allclose(value(X**3, np.array([-2.0])), [-8.0])


@pytest.mark.parametrize("function", [exp, log, sqrt, positive, indicator])
def test_odd_numbers_come_out_as_in_numpy(value, function):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(value(function(X), ODD), function(ODD), rtol=1e-15)


def test_zero_to_a_power(value):
    y = np.array([0.0, 1.5, -1.0])
    np.testing.assert_array_equal(value(X**Y, np.zeros(3), y), [1.0, 0.0, np.inf])
