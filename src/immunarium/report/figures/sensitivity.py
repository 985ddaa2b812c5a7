"""What the outputs of a trial depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from immunarium.inference.indices import MEASURE
from immunarium.inference.moved import LINEAR
from immunarium.inference.ranges import from_scale, to_scale
from immunarium.report.style import MUTED, PALETTE, canvas, drawing, single
from immunarium.report.text import number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from immunarium.inference import Sensitivity

Floats = NDArray[np.float64]
MOST = 12
"""Factors that a figure shows."""
NOTHING = 1e-6
"""Of the largest effect: less is the step control of the solver, which all states share."""
_AXES = {
    "sobol": "share of the variance of {}",
    "morris": "mean absolute effect over the whole range, {}",
    "pawn": "distance of distributions (Kolmogorov–Smirnov)",
}


@drawing()
def ranking(result: Sensitivity, output: str) -> Figure:
    """Draw a bar per factor with its 95 % interval, what matters most on top."""
    table = moving(result, output)
    table = (table if len(table) else result.of(output)).head(MOST).iloc[::-1]
    unit = next(o.unit for o in result.outputs if o.name == output)
    figure = canvas(700, 96 + 30 * len(table))
    axes = figure.add_subplot()
    at = np.arange(len(table))
    if result.method == "sobol":
        _bars(axes, at, table, "total", "in all (total order)")
        _dots(axes, at, table)
    elif result.method == "morris":
        _bars(axes, at, table, "mu_star", "mean absolute effect, μ*")
    else:
        axes.barh(at, table["median"], height=0.6, color=PALETTE["blue"], label="median")
        noise = float(table["noise"].iloc[0])
        axes.axvline(noise, color=PALETTE["vermillion"], dashes=(4, 2), label="no factor at all")
    axes.set_yticks(at, list(table.index))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set_xlabel(_AXES[result.method].format(output if result.method == "sobol" else unit))
    axes.margins(y=0.02)
    figure.legend(loc="outside upper left", ncols=3)
    return figure


def moving(result: Sensitivity, output: str) -> pd.DataFrame:
    """Indices of the factors that change an output by more than the solver's last digits."""
    table = result.of(output)
    measure = table[MEASURE[result.method]]
    return table[measure > NOTHING * measure.max()]


def _bars(axes: Axes, at: NDArray[np.int_], table: pd.DataFrame, name: str, label: str) -> None:
    values = table[name].to_numpy(float)
    axes.barh(at, values, height=0.6, color=PALETTE["blue"], label=label)
    low, high = table[f"{name}_low"].to_numpy(float), table[f"{name}_high"].to_numpy(float)
    axes.errorbar(values, at, xerr=[values - low, high - values], fmt="none", ecolor=MUTED,
                  elinewidth=1.2, capsize=3)  # fmt: skip


def _dots(axes: Axes, at: NDArray[np.int_], table: pd.DataFrame) -> None:
    values = table["first"].to_numpy(float)
    low, high = table["first_low"].to_numpy(float), table["first_high"].to_numpy(float)
    axes.errorbar(values, at - 0.18, xerr=[values - low, high - values], fmt="D", markersize=5,
                  color=PALETTE["orange"], markeredgecolor=PALETTE["paper"], elinewidth=1.2,
                  capsize=2, label="alone (first order)")  # fmt: skip


@drawing()
def plane(result: Sensitivity, output: str) -> Figure:
    """Draw each factor of Morris by its mean absolute effect and the spread of its effects."""
    table = result.of(output)
    unit = next(o.unit for o in result.outputs if o.name == output)
    figure = canvas(700, 420)
    axes = figure.add_subplot()
    x, y = table["mu_star"].to_numpy(float), table["sigma"].to_numpy(float)
    most = 1.12 * max(x.max(), y.max(), 1e-12)
    axes.plot([0, most], [0, most], color=MUTED, linewidth=0.8, dashes=(4, 2))
    axes.text(0.97 * most, 0.93 * most, "σ = μ*", color=MUTED, ha="right", va="top", fontsize=9)
    rising = table["mu"].to_numpy(float) >= 0
    for up, colour, marker, label in (
        (True, PALETTE["blue"], "^", "more of it, more of the output"),
        (False, PALETTE["orange"], "v", "more of it, less of the output"),
    ):
        mine = (rising == up) & (x > 0)
        axes.plot(x[mine], y[mine], marker, color=colour, markersize=6, label=label)
    _labelled(axes, x[:MOST], y[:MOST], [str(n) for n in table.index[:MOST]], most)
    axes.set(xlabel=f"mean absolute effect μ*, {unit}", ylabel=f"spread of the effects σ, {unit}",
             xlim=(0, most), ylim=(-0.04 * most, most))  # fmt: skip
    figure.legend(loc="outside upper left", ncols=2)
    return figure


def _labelled(axes: Axes, x: Floats, y: Floats, names: list[str], most: float) -> None:
    """Write names beside points, from the right; one that would lie on another is left out."""
    taken: list[tuple[float, float, float]] = []
    for a, b, name in zip(x, y, names, strict=True):
        wide = 0.0095 * len(name) * most
        left = a + 0.012 * most if a + wide + 0.012 * most < most else a - 0.012 * most - wide
        clash = any(abs(b - v) < 0.038 * most and left < u + w and u < left + wide
                    for u, v, w in taken)  # fmt: skip
        if a > 0 and not clash:
            axes.text(left, b, name, va="center", fontsize=8.5)
            taken.append((left, b, wide))


@drawing()
def scatter(result: Sensitivity, output: str, factor: str) -> Figure:
    """Draw the output of every run over one factor, with a smooth line."""
    mine = next(f for f in result.factors if f.name == factor)
    told = next(o for o in result.outputs if o.name == output)
    data = result.samples
    x = data["x"].sel(factor=factor).to_numpy()
    y = data["y"].sel(output=output).to_numpy()
    known = np.isfinite(y)
    x, y = x[known], y[known]
    figure, axes = single()
    at = to_scale(x, mine.scale)
    axes.plot(at, y, "o", color=PALETTE["blue"], markersize=3.5, alpha=0.4, markeredgewidth=0)
    axes.plot(*smooth(at, y), color=PALETTE["vermillion"], linewidth=2.2)
    axes.axvline(float(to_scale(mine.centre, mine.scale)), color=MUTED, linewidth=0.9,
                 dashes=(4, 2))  # fmt: skip
    scaled(axes, mine.low, mine.high, mine.scale)
    axes.set(xlabel=titled(factor, mine.unit), ylabel=f"{output}, {told.unit}", ylim=_room(y))
    return figure


def scaled(axes: Axes, low: float, high: float, scale: str) -> None:
    """Label an axis on which a scale is even with the values themselves."""
    if scale == LINEAR:
        return
    ends = to_scale(np.array([low, high]), scale)
    for ticks in (4, 3):
        places = np.linspace(float(ends[0]), float(ends[1]), ticks)
        labels = [number(float(f"{v:.2g}")) for v in from_scale(places, scale)]
        if max(map(len, labels)) < 8:
            break
    axes.set_xticks(places, labels)


def titled(name: str, unit: str) -> str:
    """Return the label of an axis."""
    return name if unit == "1" else f"{name}, {unit}"


def _room(y: Floats) -> tuple[float, float]:
    low, high = float(y.min()), float(y.max())
    pad = 0.06 * (high - low) or 1.0
    return low - pad, high + pad


def smooth(x: Floats, y: Floats, share: float = 0.4, points: int = 60) -> tuple[Floats, Floats]:
    """Return a local line through points, weighted by distance (Cleveland 1979).

    Parameters
    ----------
    share : float
        Of the points, that each place of the line looks at.
    """
    grid = np.linspace(x.min(), x.max(), points)
    reach = max(int(np.ceil(share * len(x))), 3)
    out = np.empty(points)
    for i, at in enumerate(grid):
        gap = np.abs(x - at)
        wide = np.partition(gap, min(reach, len(x)) - 1)[min(reach, len(x)) - 1] * 1.0001 + 1e-300
        weight = (1 - np.minimum(gap / wide, 1.0) ** 3) ** 3
        centre, height = np.average(x, weights=weight), np.average(y, weights=weight)
        spread = np.average((x - centre) ** 2, weights=weight)
        slope = np.average((x - centre) * (y - height), weights=weight) / spread if spread else 0.0
        out[i] = height + slope * (at - centre)
    return grid, out
