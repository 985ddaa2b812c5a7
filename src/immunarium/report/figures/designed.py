"""Crossover and withdrawal: each patient with themselves, and how long a response lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from immunarium.report.figures.survival import curves_over_time
from immunarium.report.style import INK, MUTED, PALETTE, arm_colours, canvas, drawing
from immunarium.trial.estimate import round_days
from immunarium.trial.withdrawal import GOES_ON, STOPS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from immunarium.trial.designed import CrossedOver, Withdrawn

SHOWN = 40  # patients of a sequence that are drawn as lines
_ABREAST = 6  # periods beside each other
EFFECTS = {
    "difference": "treatments, within patients",
    "paired": "… not adjusted for periods",
    "period": "last period less the first",
    "carry_over": "carry-over",
}


@drawing()
def crossover(found: CrossedOver, name: str) -> Figure:
    """Draw patients over the periods, a panel a sequence; beneath, the effects with intervals."""
    crossed, unit = found.endpoints[name], found.units[name]
    sequences = found.design.sequences
    wide = min(len(sequences), max(1, _ABREAST // len(sequences[0])))
    rows = -(-len(sequences) // wide)
    figure = canvas(760, 240 * rows + 190)
    upper, lower = figure.add_gridspec(2, 1, height_ratios=(240 * rows, 190))
    panels = upper.subgridspec(rows, wide)
    first: Axes | None = None
    for i in range(len(sequences)):
        axes = figure.add_subplot(panels[i // wide, i % wide], sharey=first)
        first = first or axes
        _sequence(axes, found, name, i)
        axes.yaxis.set_major_formatter("{x:g}")
        if i % wide:
            axes.tick_params(labelleft=False)
        else:
            axes.set_ylabel(f"{found.asked[name].of}, {unit}" if unit != "1" else name)
    _effects(figure.add_subplot(lower), found, name)
    low, high = np.quantile(crossed.table["value"], (0.005, 0.995))
    if first is not None and high > low:
        first.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))
    return figure


def _sequence(axes: Axes, found: CrossedOver, name: str, i: int) -> None:
    """Draw some patients of a sequence, and the mean of all of them with its 95 % interval."""
    table, order = found.endpoints[name].table, found.design.sequences[i]
    labels = {a.name: a.label for a in found.study.arms}
    colours = arm_colours(labels)
    mine = table[table["sequence"] == i].pivot_table(
        index="patient", columns="period", values="value"
    )
    at = np.arange(len(order))
    for values in mine.to_numpy()[:SHOWN]:
        axes.plot(at, values, color=PALETTE["grey"], linewidth=0.6, alpha=0.7, zorder=1)
    mean, error = mine.mean().to_numpy(), 1.96 * mine.sem().to_numpy()
    axes.plot(at, mean, color=INK, linewidth=1.6, zorder=3)
    for x, arm in enumerate(order):
        axes.errorbar(
            x, mean[x], yerr=error[x], color=colours[arm], marker="o", markersize=7, capsize=3,
            zorder=4,
        )  # fmt: skip
    axes.set_xticks(at, [f"period {x + 1}\n{_wrapped(labels[arm])}" for x, arm in enumerate(order)])
    axes.set_xlim(-0.4, len(order) - 0.6)
    axes.set_title(f"{len(mine):,} patients", fontsize=10.5, fontweight="normal")


def _wrapped(label: str, width: int = 16) -> str:
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines[:3])


def _effects(axes: Axes, found: CrossedOver, name: str) -> None:
    """Draw the effects with their 95 % intervals against none."""
    crossed, unit = found.endpoints[name], found.units[name]
    known = [(k, getattr(crossed, k)) for k in EFFECTS]
    known = [(k, e) for k, e in known if np.isfinite(e.value)]
    axes.axvline(0, color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
    for y, (key, e) in enumerate(known):
        colour = PALETTE["blue"] if key == "difference" else INK
        axes.plot([e.low, e.high], [y, y], color=colour, linewidth=2.4, solid_capstyle="butt")
        axes.plot(e.value, y, color=colour, marker="o", markersize=6)
    low, high = crossed.interval90
    if np.isfinite(low):
        axes.plot([low, high], [-0.36, -0.36], color=PALETTE["sky"], linewidth=4, zorder=1)
        axes.annotate(
            f"90 % of trials of {found.n}", (high, -0.36), (5, 0), textcoords="offset points",
            va="center", fontsize=9, color=MUTED,
        )  # fmt: skip
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(range(len(known)), [EFFECTS[k] for k, _ in known])
    axes.set_ylim(len(known) - 0.5, -0.75)
    axes.grid(axis="y", visible=False)
    labels = {a.name: a.label for a in found.study.arms}
    a, b = (labels[t] for t in crossed.treatments)
    axes.set_xlabel(f"{unit}, 95 %" if unit != "1" else "95 %")
    axes.set_title(f"{a} less {b}")


def withdrawal(found: Withdrawn) -> Figure:
    """Draw how long the response lasts in those who go on and in those who stop."""
    curves = pd.concat(
        [c.table.assign(arm=arm) for arm, c in found.curves.items()], ignore_index=True
    )
    days = round_days(float(found.patients["day"].max()))
    left = pd.concat(
        [
            pd.DataFrame({"arm": arm, "day": days, "at_risk": c.at_risk(days)})
            for arm, c in found.curves.items()
        ],
        ignore_index=True,
    )
    labels = {GOES_ON: "goes on", STOPS: "stops"}
    return curves_over_time(labels, curves, left, "response kept, %", " from the draw")
