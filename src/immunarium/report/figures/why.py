"""How patients with an outcome differ from the others, and one patient alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from immunarium.inference.moved import LINEAR, LOG
from immunarium.inference.ranges import to_scale
from immunarium.report.figures.sensitivity import MOST, scaled, titled
from immunarium.report.style import MUTED, PALETTE, canvas, drawing, single

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from immunarium.inference import Explanation
    from immunarium.inference.explain import Case

Floats = NDArray[np.float64]


@drawing()
def groups(result: Explanation, name: str) -> Figure:
    """Draw one number of the patients with the outcome, and of the others."""
    values = result.patients[name].to_numpy(float)
    had = result.patients["outcome"].to_numpy(float)
    figure, axes = single(352, 200)
    scale = _scale_of(values)
    places = to_scale(values, scale)
    jitter = np.random.default_rng(1)
    for at, (yes, colour) in enumerate(((0.0, PALETTE["grey"]), (1.0, PALETTE["green"]))):
        mine = places[had == yes]
        axes.plot(mine, at + jitter.uniform(-0.3, 0.3, len(mine)), "o", color=colour,
                  markersize=3, alpha=0.5, markeredgewidth=0)  # fmt: skip
        low, middle, high = np.quantile(mine, (0.25, 0.5, 0.75))
        axes.plot([low, high], [at, at], color=PALETTE["ink"], linewidth=5, alpha=0.75,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot([middle], [at], "o", color=PALETTE["paper"], markersize=5,
                  markeredgecolor=PALETTE["ink"])  # fmt: skip
    if result.case is not None:
        own = result.patients[name].loc[result.case.patient]
        axes.axvline(float(to_scale(own, scale)), color=PALETTE["vermillion"], linewidth=1.4)
    low, high = np.quantile(values, (0.02, 0.98))
    scaled(axes, float(low), float(high), scale)
    axes.set_yticks([0, 1], ["without", "with"])
    axes.grid(axis="y", visible=False)
    axes.set(xlabel=titled(name, _unit_of(result, name)), ylim=(-0.5, 1.5))
    return figure


def _unit_of(result: Explanation, name: str) -> str:
    return str(result.differences["unit"].get(name, "1"))


@drawing()
def levels(result: Explanation, name: str) -> Figure:
    """Draw the share with the outcome over one number: as observed, and as forced on everybody."""
    seen = result.observed[result.observed["number"] == name]
    forced = result.forced[result.forced["number"] == name]
    figure, axes = single()
    x, share = seen["middle"].to_numpy(float), seen["share"].to_numpy(float)
    value = forced["value"].to_numpy(float)
    every = np.concatenate([x, value])
    scale = _scale_of(every)
    spans = [share - seen["share_low"], seen["share_high"] - share]
    axes.errorbar(to_scale(x, scale), share, yerr=spans, fmt="o", color=PALETTE["grey"],
                  elinewidth=1.2, capsize=3, markersize=6)  # fmt: skip
    axes.plot(to_scale(value, scale), forced["share"], "-D", color=PALETTE["vermillion"],
              markersize=5)  # fmt: skip
    scaled(axes, every.min(), every.max(), scale)
    axes.set(xlabel=titled(name, _unit_of(result, name)),
             ylabel=f"{result.output.name}, % of patients")  # fmt: skip
    axes.set_ylim(bottom=0)
    return figure


@drawing()
def medians(result: Explanation) -> Figure:
    """Draw who would have lost or gained the outcome with the median in place of their number."""
    table = result.swapped[result.swapped.max(axis=1) > 0].head(MOST).iloc[::-1]
    figure = canvas(700, 110 + 30 * max(len(table), 1))
    axes = figure.add_subplot()
    at = np.arange(len(table))
    axes.barh(at, -table["lost"], height=0.6, color=PALETTE["vermillion"], hatch="///",
              edgecolor=PALETTE["paper"], linewidth=0, label="had it, and would not")  # fmt: skip
    axes.barh(at, table["gained"], height=0.6, color=PALETTE["green"],
              label="had it not, and would")  # fmt: skip
    axes.set_yticks(at, list(table.index))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    most = 1.1 * max(float(table.to_numpy(float).max(initial=0.0)), 10.0)
    axes.set(xlim=(-most, most), xlabel=f"patients with another {result.output.name}, %")
    axes.xaxis.set_major_formatter(lambda v, _: f"{abs(v):g}")
    figure.legend(loc="outside upper left", ncols=2)
    return figure


@drawing()
def alone(case: Case, output: str) -> Figure:
    """Draw where one patient stands in each number, and what the median would have changed."""
    table = case.swaps.head(MOST).iloc[::-1]
    figure = canvas(700, 110 + 30 * len(table))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.0, 1.3))
    at = np.arange(len(table))
    left.hlines(at, 50, table["percentile"], color=PALETTE["grid"], linewidth=3)
    left.plot(table["percentile"], at, "o", color=PALETTE["blue"], markersize=7)
    left.axvline(50, color=MUTED, linewidth=0.8)
    left.set(xlim=(-3, 103), xlabel=f"percentile of patient {case.patient}")
    left.set_yticks(at, list(table.index))
    moved = np.zeros(len(table))
    if "moved" in table:
        moved = 100 * np.nan_to_num(table["moved"].to_numpy(float))
    flips = table["flips"].to_numpy(bool)
    for flipped, colour, hatch, label in (
        (True, PALETTE["vermillion"], "///", f"another {output}"),
        (False, PALETTE["grey"], "", f"the same {output}"),
    ):
        mine = flips == flipped
        if mine.any():
            right.barh(at[mine], moved[mine], height=0.6, color=colour, hatch=hatch,
                       edgecolor=PALETTE["paper"], linewidth=0, label=label)  # fmt: skip
    right.axvline(0, color=MUTED, linewidth=0.8)
    right.set_xlabel("tumour's best change with the median, points")
    right.margins(x=0.1)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
    figure.legend(loc="outside upper left", ncols=2)
    return figure


def _scale_of(values: Floats) -> str:
    """Logarithms for what is above 0 and spans more than a few times itself."""
    return LOG if (values > 0).all() and values.max() > 4 * values.min() else LINEAR
