"""Scores of autoimmune diseases: what is written down of a patient's state, and who responds.

A model gives a continuous quantity in the scale's points; `score` makes of it what a rater writes
down. Scales and their items are tables: ``scales.tsv``, ``scale_items.tsv``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from immunarium.core import ImmunoError, TableError, did_you_mean
from immunarium.core.tables import cells
from immunarium.population import normals

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_FOLDER = Path(__file__).parent
EVIDENCE = ("measured", "label", "assumed")
_ROUNDING = 1e-9
PGA_WORSE, SLEDAI_BETTER = 0.3, 4.0  # points, of SRI-4 (doi:10.1002/art.24698)


@dataclass(frozen=True)
class Scale:
    """A scale, and what a response is on it.

    Attributes
    ----------
    low, high, step : float
        Range and steps of what can be written down.
    lower : bool
        Whether less is better.
    sd, cv : float
        Error of one rating: standard deviation, and share of the value.
    gains, reaches, times : float
        A response: better by at least so much, at least so good, and at least so many times the
        baseline; NaN where that is not asked.
    dead : float
        What a patient who has died is given; NaN: nothing.
    """

    name: str
    unit: str
    low: float
    high: float
    step: float
    lower: bool
    sd: float
    cv: float
    gains: float
    reaches: float
    times: float
    dead: float
    evidence: str
    source: str
    note: str


@cache
def scales() -> dict[str, Scale]:
    """Every scale, by name.

    Raises
    ------
    TableError
        A row without evidence, source, or a response.
    """
    out = {}
    for line, r in enumerate(cells(_FOLDER / "scales.tsv"), start=2):
        gains, reaches, times = (float(r[c] or math.nan) for c in ("gains", "reaches", "times"))
        if (
            r["evidence"] not in EVIDENCE
            or not r["source"]
            or r["better"] not in ("lower", "higher")
            or np.isnan([gains, reaches, times]).all()
        ):
            raise TableError(
                f"scales.tsv, row {line} ({r['name']}): write better (lower, higher), one of "
                f"gains, reaches and times, evidence ({', '.join(EVIDENCE)}) and a source."
            )
        out[r["name"]] = Scale(
            r["name"], r["unit"], float(r["low"]), float(r["high"] or math.inf), float(r["step"]),
            r["better"] == "lower", float(r["sd"] or 0), float(r["cv"] or 0),
            gains, reaches, times, float(r["dead"] or math.nan),
            r["evidence"], r["source"], r["note"],
        )  # fmt: skip
    return out


@cache
def items() -> dict[str, dict[str, tuple[float, float]]]:
    """Items of the scales that are sums: weight, and highest value, by scale and item."""
    out: dict[str, dict[str, tuple[float, float]]] = {}
    for r in cells(_FOLDER / "scale_items.tsv"):
        out.setdefault(r["scale"], {})[r["item"]] = (float(r["weight"]), float(r["most"]))
    return out


def scale(name: str) -> Scale:
    """Find a scale.

    Raises
    ------
    ImmunoError
        There is none of that name; suggests the nearest.
    """
    if name not in scales():
        raise ImmunoError(f"There is no scale {name!r}.{did_you_mean(name, scales())}")
    return scales()[name]


def code(name: str) -> str:
    """Return at most eight letters that stand for a scale in tables."""
    return re.sub(r"[^A-Z0-9]", "", name.upper())[:8]


def points(name: str) -> str:
    """Unit of a scale as targets have it; points and grades are numbers."""
    own = scale(name).unit
    return {"points": "1", "grades": "1", "1e9/L": "cell/nL"}.get(own, own)


def score(name: str, values: Floats, noise: Floats | float = 0.0) -> Floats:
    """Write down a state on a scale: with the rater's error, within the range, in its steps.

    Parameters
    ----------
    values : ndarray
        The model's quantity, in the scale's unit; NaN stays NaN.
    noise : ndarray or float
        Standard normal draws, of the shape of ``values``.
    """
    s = scale(name)
    read = values + np.hypot(s.sd, s.cv * values) * noise
    steps = np.round((read - s.low) / s.step)
    return np.clip(s.low + s.step * steps, s.low, s.high)


def scored(
    name: str, values: Floats, seed: int, index: NDArray[np.intp], days: tuple[float, ...]
) -> Floats:
    """Score patients at the baseline and at visits.

    Parameters
    ----------
    values : ndarray, shape (patients, visits)
        The model's quantity; NaN where a patient did not come.
    index : ndarray of int, shape (patients,)
        The patients' own numbers.
    days : tuple of float
        Planned days of the visits, the baseline's (0) first.
    """
    draws = [normals(seed, f"score {name} on day {day:g}", index) for day in days]
    return score(name, values, np.stack(draws, axis=1))


def from_items(name: str, present: Mapping[str, Floats]) -> Floats:
    """Add up the items of a scale; one that is not named counts 0.

    Parameters
    ----------
    present : mapping of str to ndarray
        By item: 1 or 0 where it is present or not (SLEDAI-2K), else its points.

    Raises
    ------
    ImmunoError
        The scale has no such item, or its value is out of range.
    """
    known = items().get(scale(name).name)
    if known is None:
        raise ImmunoError(f"{name} is no sum of items. Those are: {', '.join(items())}.")
    total = np.zeros(())
    for item, values in present.items():
        if item not in known:
            raise ImmunoError(f"{name} has no item {item!r}.{did_you_mean(item, known)}")
        weight, most = known[item]
        points = np.asarray(values, dtype=np.float64)
        if np.any((points < 0) | (points > most)):
            raise ImmunoError(f"{name}, {item}: a value lies outside 0 to {most:g}.")
        total = total + weight * points
    return total


def responding(name: str) -> str:
    """Say what a response on a scale is, as an endpoint is written where it can be.

    Examples
    --------
    >>> responding("QMG"), responding("stiffness")
    ('QMG improved by 3', 'stiffness <= 0.82')
    """
    s = scale(name)
    if not math.isnan(s.gains):
        return f"{name} improved by {s.gains:g}"
    if not math.isnan(s.reaches):
        return f"{name} {'<=' if s.lower else '>='} {s.reaches:g}"
    return f"{name} improved by {100 * (s.times - 1):g} %"


def responds(name: str, baseline: Floats, now: Floats) -> Bools:
    """Whether patients respond by the scale's own definition; who was not seen does not.

    Parameters
    ----------
    baseline, now : ndarray
        Scores; shapes that go together.
    """
    s = scale(name)
    sign = -1.0 if s.lower else 1.0
    met = ~np.isnan(now) & ~np.isnan(baseline)
    if not math.isnan(s.gains):
        met &= sign * (now - baseline) >= s.gains - _ROUNDING
    if not math.isnan(s.reaches):
        met &= sign * (now - s.reaches) >= -_ROUNDING
    if not math.isnan(s.times):
        met &= now >= s.times * baseline - _ROUNDING
    return met


def sri4(
    sledai: tuple[Floats, Floats],
    pga: tuple[Floats, Floats],
    new_bilag_a: Floats,
    new_bilag_b: Floats,
) -> Bools:
    """SLE responder index 4.

    SLEDAI lower by 4 or more, no new BILAG A, at most one new BILAG B, and the physician's
    assessment not worse by 0.3 or more.

    Parameters
    ----------
    sledai, pga : pair of ndarray
        At the baseline, and now.
    new_bilag_a, new_bilag_b : ndarray
        How many domains have got an A, or a B, that they had not at the baseline.
    """
    better = sledai[0] - sledai[1] >= SLEDAI_BETTER - _ROUNDING
    worse = pga[1] - pga[0] >= PGA_WORSE - _ROUNDING
    seen = ~np.isnan(pga[0]) & ~np.isnan(pga[1])
    return better & seen & ~worse & (new_bilag_a == 0) & (new_bilag_b <= 1)
