"""Response: one drawn trial as a waterfall and a spider, and many trials as a distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from immunarium.report.style import INK, MUTED, PALETTE, RESPONSES, drawing, single

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from immunarium.trial.result import ArmResult

MOST = 100.0
"""Growth beyond this percentage is cut, and marked."""


@dataclass(frozen=True)
class Criteria:
    """What is measured, and the changes from the baseline [%] that a reader looks for."""

    measure: str
    partial: float
    progression: float


CRITERIA = {
    "WHO": Criteria("sum of products", -50, 25),
    "RECIST 1.1": Criteria("sum of diameters", -30, 20),
}


@dataclass(frozen=True)
class Drawn:
    """An arm of one drawn trial."""

    arm: ArmResult
    patients: pd.Index
    criteria: Criteria


@dataclass(frozen=True)
class Responders:
    """How many of ``n`` responded in each drawn trial, and in the published one."""

    counts: np.ndarray
    n: int
    observed: float | None


@drawing()
def waterfall(drawn: Drawn) -> Figure:
    """Draw the best change of each patient of one drawn trial, the pool's quantiles behind."""
    figure, axes = single(height=262)
    draw_waterfall(axes, drawn)
    axes.set_title(drawn.arm.label)
    return figure


def draw_waterfall(axes: Axes, drawn: Drawn) -> None:
    """Sort the drawn patients from growth to shrinkage; colour is the response."""
    sample = drawn.arm.patients.loc[drawn.patients].dropna(subset="best_change")
    sample = sample.sort_values("best_change", ascending=False)
    change = 100 * sample["best_change"].to_numpy(float)
    rank = np.arange(len(change))
    shares = 1 - (rank + 0.5) / max(len(rank), 1)
    pool = 100 * drawn.arm.patients["best_change"].quantile(shares).to_numpy(float)
    colours = [RESPONSES[r] for r in sample["response"]]
    axes.bar(rank, np.minimum(change, MOST), color=colours, width=0.8)
    axes.plot(rank, np.minimum(pool, MOST), color=INK, linewidth=1, linestyle=(0, (3, 2)))
    for x in rank[change > MOST]:
        axes.annotate("▲", (x, MOST), ha="center", va="bottom", fontsize=7, color=MUTED)
    _levels(axes, drawn.criteria)
    for name, level, side in (
        ("PR", drawn.criteria.partial, "left"),
        ("PD", drawn.criteria.progression, "right"),
    ):
        at = (0.01 if side == "left" else 0.99, level)
        axes.annotate(name, at, xycoords=("axes fraction", "data"), ha=side, va="bottom")
    axes.grid(axis="x", visible=False)
    axes.set(xlabel=f"patients of one trial (n = {len(drawn.patients)})", xticks=[])
    axes.set(ylabel="best change, %", ylim=(-108, MOST + 14))


def _levels(axes: Axes, criteria: Criteria) -> None:
    axes.axhline(0, color=MUTED, linewidth=0.8)
    for level in (criteria.partial, criteria.progression):
        axes.axhline(level, color=MUTED, linewidth=0.8, linestyle=":")


def response_key(axes: Axes) -> None:
    """Name the colours of the responses."""
    handles = [Patch(color=RESPONSES[r], label=r) for r in ("CR", "PR", "SD", "PD")]
    axes.legend(handles=handles, loc="upper right", ncols=4, handlelength=0.9, columnspacing=1)


@drawing()
def spider(drawn: Drawn) -> Figure:
    """Follow each patient of one drawn trial over the visits."""
    figure, axes = single(height=262)
    tumour = drawn.arm.tumour
    for patient, response in drawn.arm.patients.loc[drawn.patients, "response"].items():
        change = np.minimum(100 * (tumour[patient].to_numpy(float) - 1), MOST)
        style = {"color": RESPONSES[response], "linewidth": 1.2, "marker": "o", "markersize": 2.4}
        axes.plot(tumour.index, change, **style)
    _levels(axes, drawn.criteria)
    axes.set(title=drawn.arm.label, xlabel="day", ylabel="change, %", ylim=(-108, MOST + 14))
    return figure


@drawing()
def responders(many: Responders, colour: str, title: str) -> Figure:
    """Draw how many respond in each of many drawn trials, and what was observed."""
    figure, axes = single()
    draw_responders(axes, many, colour)
    axes.set_title(title)
    return figure


def draw_responders(axes: Axes, many: Responders, colour: str) -> None:
    """Fill the bars inside the 90 % predictive interval; leave those outside pale."""
    share = 100 * np.bincount(many.counts, minlength=many.n + 1) / len(many.counts)
    low, high = np.quantile(many.counts, (0.05, 0.95))
    number = np.arange(many.n + 1)
    inside = (number >= low) & (number <= high)
    axes.bar(number[inside], share[inside], color=colour, width=0.86)
    axes.bar(number[~inside], share[~inside], color=colour, width=0.86, alpha=0.3)
    top = share.max() * 1.28
    if many.observed is not None:
        axes.axvline(many.observed, color=PALETTE["vermillion"], linewidth=1.6)
        offset = {"xytext": (5, -3), "textcoords": "offset points", "va": "top"}
        axes.annotate(f"observed {many.observed:.0f}", (many.observed, top), **offset)
    last = min(max(many.counts.max(), many.observed or 0) + 4, many.n)
    axes.set(xlabel=f"responders of {many.n}", ylabel=f"% of {len(many.counts):,} trials")
    axes.set(xlim=(-0.7, last + 0.7), ylim=(0, top))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
