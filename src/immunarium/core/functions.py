"""Named mechanisms: functions a rate law may use, on numbers, quantities and symbols alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from immunarium.core.expr import Expr, unary


def _dispatch(op: str, x: Any, number: Any, keeps_unit: bool = False) -> Any:
    if isinstance(x, Expr):
        return unary(op, x)
    if hasattr(x, "magnitude"):
        if keeps_unit:
            return type(x)(number(x.magnitude), x.units)
        if op == "indicator":
            return number(x.magnitude)
        return number(x.to("dimensionless").magnitude)
    return number(x)


def _positive(x: Any) -> Any:
    return np.maximum(x, 0.0)


def _indicator(x: Any) -> Any:
    return np.where(np.asarray(x) > 0, 1.0, 0.0)[()]


def exp(x: Any) -> Any:
    """Exponential of a pure number."""
    return _dispatch("exp", x, np.exp)


def log(x: Any) -> Any:
    """Natural logarithm of a pure number."""
    return _dispatch("log", x, np.log)


def sqrt(x: Any) -> Any:
    """Square root; halves the unit."""
    if hasattr(x, "magnitude"):
        return x**0.5
    return _dispatch("sqrt", x, np.sqrt)


def positive(x: Any) -> Any:
    """X where x > 0, else 0. Has a kink at 0: prefer ``ramp`` where the state rests at 0."""
    return _dispatch("positive", x, _positive, keeps_unit=True)


def indicator(x: Any) -> Any:
    """1 where x > 0, else 0; for grades and thresholds that are read, not for rate laws."""
    return _dispatch("indicator", x, _indicator)


def saturation(x: Any, half: Any) -> Any:
    """X / (x + half): the occupancy of one site."""
    return x / (x + half)


def hill(x: Any, half: Any, n: Any) -> Any:
    """(x/half)ⁿ / (1 + (x/half)ⁿ), and 0 where rounding carries x below 0."""
    r = positive(x / half) ** n
    return r / (r + 1)


def ramp(x: Any, width: Any) -> Any:
    """A smooth max(x, 0): exactly 0 below 0, x - width²/x far above, twice differentiable."""
    p = positive(x)
    return p * (p * p / (p * p + width * width))


def smooth_step(x: Any, low: Any, high: Any) -> Any:
    """0 below ``low``, 1 above ``high``, once differentiable between (a cubic)."""
    t = (x - low) / (high - low)
    t = positive(t) - positive(t - 1)
    return t * t * (3 - 2 * t)
