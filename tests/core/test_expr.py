"""The expression graph is exact: shared, simplified and differentiated as mathematics says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from immunarium.core import (
    const,
    evaluate,
    exp,
    gradient,
    log,
    positive,
    ramp,
    smooth_step,
    sqrt,
    substitute,
    symbol,
    symbols,
)
from immunarium.core.expr import ZERO

x, y = symbol("x"), symbol("y")


def test_equal_expressions_are_one_object():
    assert x * y + 1 is x * y + 1
    assert symbol("x") is x


def test_zeros_and_ones_disappear():
    assert x * 0 is ZERO
    assert x * 1 is x
    assert x + 0 is x
    assert x - x is ZERO
    negative = -x
    assert -negative is x
    assert x**1 is x


def test_numbers_are_folded():
    assert (const(2) + 3).value == 5.0


def test_a_law_cannot_branch_on_a_symbol():
    with pytest.raises(TypeError, match="may not branch"):
        bool(x - 1)


EXPRESSIONS = [
    x * y + x / y,
    x**3 - 2 * x**0.5,
    x**y,
    exp(-x * y) + log(x + y),
    sqrt(x * x + y),
    ramp(x - y, 0.3),
    smooth_step(x, 0.2, 3.0) * y,
    positive(x - 0.7) * y,
    -((x / (y + x)) ** 2),
]


@given(a=st.floats(0.1, 5.0), b=st.floats(0.1, 5.0))
def test_derivatives_agree_with_differences(a, b):
    h = 1e-6
    for e in EXPRESSIONS:
        for name, up, down in (
            ("x", {"x": a + h, "y": b}, {"x": a - h, "y": b}),
            ("y", {"x": a, "y": b + h}, {"x": a, "y": b - h}),
        ):
            if abs(a - 0.7) < 2 * h:
                continue  # the kink of positive
            (exact,) = evaluate([gradient(e, [name]).get(name, ZERO)], {"x": a, "y": b})
            (hi,) = evaluate([e], up)
            (lo,) = evaluate([e], down)
            assert exact == pytest.approx((hi - lo) / (2 * h), rel=1e-4, abs=1e-5)


def test_substitution_reaches_every_symbol():
    e = substitute(x * y + x, {"x": y * 2})
    assert symbols(e) == {"y"}
    assert evaluate([e], {"y": np.array([1.0, 3.0])})[0] == pytest.approx([4.0, 24.0])


def test_ramp_is_exactly_zero_below_and_nearly_x_above():
    low, high = evaluate([ramp(x, 0.1)], {"x": np.array([-1.0, 100.0])})[0]
    assert low == 0.0
    assert high == pytest.approx(100.0, rel=1e-5)


def test_ramp_has_a_derivative_at_rest():
    (slope,) = evaluate([gradient(ramp(x, 0.1), ["x"])["x"]], {"x": 0.0})
    assert slope == 0.0


def test_printed_expressions_read_as_python():
    assert str(x - (y - 1)) == "x - (y - 1)"
    assert str((x + y) * 2 / (x * y)) == "(x + y) * 2 / (x * y)"
    assert str((x * y) ** 2) == "(x * y) ** 2"
