"""How far a number may move, and on which scale: from its spread, or as somebody wrote it."""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from immunarium.inference.indices import SensitivityError
from immunarium.inference.moved import LINEAR, LOG, ODDS, scale_of
from immunarium.parameters.tables import Number
from immunarium.trial import hours, level

Floats = NDArray[np.float64]
_Z = 1.6448536269514722  # 5 and 95 % of a normal distribution
_SPAN = re.compile(r"(?P<low>[^.\s]\S*?)\s*\.\.\s*(?P<high>\S+)\s*(?P<unit>.*)")
_WITHIN = re.compile(r"(?:±|\+-|\+/-)\s*(\d+\.?\d*)\s*%")


def to_scale(value: Floats | float, scale: str) -> Floats:
    """Return where a value lies on a scale with even steps."""
    value = np.asarray(value, dtype=np.float64)
    if scale == LOG:
        return np.log(value)
    return np.log(value / (1 - value)) if scale == ODDS else value


def from_scale(value: Floats, scale: str) -> Floats:
    """Return the value at a place on a scale."""
    if scale == LOG:
        return np.exp(value)
    return 1 / (1 + np.exp(-value)) if scale == ODDS else value


def scale_for(number: Number, centre: float) -> str | None:
    """On which scale the centre of a number moves; None where it has none that could."""
    if number.law in ("uniform", "beta"):
        return None
    if number.law == "bernoulli" or (not number.varied and number.unit == "1" and 0 < centre < 1):
        return ODDS  # a share stays a share
    if number.law == "poisson" or not number.varied:
        return LOG if centre > 0 else LINEAR
    return scale_of(number.law)


def fits(low: float, high: float, scale: str) -> bool:
    """Whether a range can be stepped through on a scale."""
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return False
    return {LOG: low > 0, ODDS: low > 0 and high < 1}.get(scale, True)


def quantiles(number: Number, centre: float) -> tuple[float, float] | None:
    """5 and 95 % of the patients with this centre; None where they do not differ by a spread."""
    spread = number.spread
    if not spread or number.law in ("bernoulli", "poisson"):
        return None
    match number.law:
        case "":
            return _around(centre, _Z * math.sqrt(math.log1p(spread**2)), LOG)
        case "loguniform":
            return _around(centre, 0.9 * spread, LOG)
        case "normal":
            return _around(centre, _Z * spread, LINEAR)
        case "logit":
            return _around(centre, _Z * spread, ODDS)
        case _:
            return _around(centre, _Z * spread, LOG)


def _around(centre: float, step: float, scale: str) -> tuple[float, float]:
    low, high = from_scale(to_scale(centre, scale) + np.array([-step, step]), scale)
    return float(low), float(high)


def about(centre: float, within: float, scale: str) -> tuple[float, float]:
    """Return a range of a share to both sides; the odds of a share move, so that it stays one.

    Examples
    --------
    >>> about(10.0, 0.3, LOG)
    (7.0, 13.0)
    """
    if scale == ODDS:
        odds = centre / (1 - centre)
        low, high = odds * (1 - within), odds * (1 + within)
        return low / (1 + low), high / (1 + high)
    return centre - abs(centre) * within, centre + abs(centre) * within


def stated(name: str, text: str, centre: float, unit: str, scale: str) -> tuple[float, float]:
    """Read ``±30 %``, ``50..200 %`` (of what it is) or ``2..5 L/h``.

    Raises
    ------
    ImmunoError
        It is none of these, or the unit does not convert.
    """
    if found := _WITHIN.fullmatch(text):
        return about(centre, float(found[1]) / 100, scale)
    found = _SPAN.fullmatch(text)
    if found is None:
        raise SensitivityError(
            f"Cannot read the range {text!r} of {name}. Write '±30 %', '50..200 %' (of what it "
            f"is), or two numbers with a unit: '{0.5 * centre:.3g}..{2 * centre:.3g} {unit}'."
        )
    given = found["unit"].strip()
    low, high = (_value(name, found[end], given, centre, unit) for end in ("low", "high"))
    return low, high


def _value(name: str, text: str, unit: str, centre: float, own: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise SensitivityError(f"Cannot read {text!r} in the range of {name}: no number.") from None
    if unit == "%":
        return number / 100 * centre
    if own == "1" and not unit:
        return number
    if not unit:
        raise SensitivityError(f"The range of {name} needs a unit: {own}, or %.")
    return hours(f"{number:f} {unit}") if own == "h" else level(f"{number!r} {unit}", own)
