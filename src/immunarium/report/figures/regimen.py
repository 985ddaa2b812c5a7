"""What was asked and what was given: a tick per dose, as high as the share of patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, MultipleLocator

from immunarium.report.style import INK, MUTED, PALETTE, arm_colours, canvas, days, drawing, single

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from immunarium.trial.result import ArmResult, TrialResult

LANE = 46
"""Height of one drug in one arm, in CSS pixels."""


def lanes(result: TrialResult) -> list[tuple[str, str, pd.DataFrame]]:
    """List the doses of every drug of every arm."""
    return [
        (name, str(drug), doses)
        for name, arm in result.arms.items()
        for drug, doses in arm.doses.groupby("drug", sort=False)
    ]


@drawing()
def lane(result: TrialResult) -> Figure:
    """Draw every arm's doses on one time axis."""
    rows = lanes(result)
    figure = canvas(1080, 92 + LANE * len(rows))
    draw_lane(figure.add_subplot(), result, rows)
    return figure


def draw_lane(axes: Axes, result: TrialResult, rows: list[tuple[str, str, pd.DataFrame]]) -> None:
    """Stack one row a drug and arm: given filled, held hatched, no longer dosed open."""
    colours = arm_colours(result.arms)
    every = np.unique(np.concatenate([doses["day"].to_numpy(float) for *_, doses in rows]))
    width = 0.72 * np.diff(every).min(initial=0.4)
    for row, (name, _, doses) in enumerate(rows):
        _ticks(axes, doses, len(rows) - 1 - row, width, colours[name])
    axes.set_yticks(
        [len(rows) - 0.6 - row for row in range(len(rows))],
        [f"{result.arms[name].label}\n{drug}" for name, drug, _ in rows],
    )
    days(axes, -0.5, every[-1] + 1)
    axes.xaxis.set_minor_locator(MultipleLocator(1))
    axes.set_ylim(-0.1, len(rows))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="y", visible=False)
    keys = (
        Patch(facecolor=MUTED, label="given"),
        Patch(facecolor="none", edgecolor=MUTED, hatch="/////", label="held"),
        Patch(facecolor="none", edgecolor=PALETTE["grey"], label="course stopped, or died"),
    )
    axes.figure.legend(handles=keys, loc="outside upper right", ncols=3)


def _ticks(axes: Axes, doses: pd.DataFrame, base: int, width: float, colour: str) -> None:
    day = doses["day"].to_numpy(float)
    given, held = (0.8 * doses[c].to_numpy(float) for c in ("given", "held"))
    frame = {"bottom": base, "width": width, "align": "edge"}
    axes.bar(day, 0.8, color="none", edgecolor=PALETTE["grey"], linewidth=0.6, **frame)
    axes.bar(day, given, color=colour, **frame)
    frame["bottom"] = base + given
    axes.bar(day, held, color="none", edgecolor=colour, linewidth=0.5, hatch="/////", **frame)


@drawing()
def delivered(arm: ArmResult, colour: str) -> Figure:
    """Draw how many of the doses asked each patient received."""
    figure, axes = single()
    asked, given = int(arm.patients["doses_asked"].max()), arm.patients["doses_given"]
    counts = np.bincount(given.to_numpy(int), minlength=asked + 1)
    share = 100 * counts / len(given)
    axes.bar(np.arange(len(counts)), share, color=colour, width=0.86)
    middle = given.median()
    axes.axvline(middle, color=INK, linewidth=1.2, linestyle=(0, (3, 2)))
    side = -1 if middle > asked / 2 else 1
    axes.annotate(
        f"median {middle:.0f} of {asked}",
        (middle, 1),
        (6 * side, -4),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="right" if side < 0 else "left",
        va="top",
    )
    axes.set(title=arm.label, xlabel="doses given, all drugs", ylabel="% of patients")
    axes.set(xlim=(-0.7, asked + 0.7), ylim=(0, 1.22 * share.max()))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
