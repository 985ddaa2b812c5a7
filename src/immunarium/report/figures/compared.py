"""Regimens beside each other, and doses that keep a trough."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from immunarium.report.figures.courses import PLASMA
from immunarium.report.style import DASHES, MUTED, PALETTE, canvas, drawing, single
from immunarium.report.text import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from immunarium.inference.compare import Compared
    from immunarium.inference.trough import Trough

COLOURS = tuple(PALETTE[c] for c in ("blue", "vermillion", "green", "purple", "orange", "ink"))
LINES = (*DASHES, (6, 1.5, 1.2, 1.5))
BANDS = 3
"""More regimens than this are drawn without their bands, which would hide each other."""
_TICKS = 6


@drawing()
def compared(result: Compared) -> Figure:
    """Draw a panel per quantity: the median of each regimen; of a few, the middle half too."""
    wide = min(len(result.looks), 2)
    high = -(-len(result.looks) // wide)
    figure = canvas(430 * wide, 270 * high + 34 * len(result.regimens) / 2 + 20)
    panels = figure.subplots(high, wide, squeeze=False)
    for axes, look in zip(panels.flat, result.looks, strict=False):
        course = result.courses[look.path]
        time = result.courses["time"].to_numpy()
        arms = zip(result.regimens, cycle(COLOURS), cycle(LINES), strict=False)
        for label, colour, dash in arms:
            mine = course.sel(regimen=label)
            low, middle, top = (mine.sel(quantile=q).to_numpy() for q in (0.25, 0.5, 0.75))
            if len(result.regimens) <= BANDS:
                axes.fill_between(time, low, top, color=colour, alpha=0.14, linewidth=0)
            axes.plot(time, middle, color=colour, linestyle=(0, dash) if dash else "-", label=label)
        unit = course.attrs["units"]
        axes.set(title=look.label or look.path, ylabel="" if unit == "1" else unit)
        axes.set(xlabel="day", xlim=(0, result.days))
        axes.xaxis.set_major_locator(_days(result.days))
        if course.to_numpy().min() >= 0:
            axes.set_ylim(bottom=0)
    for axes in list(panels.flat)[len(result.looks) :]:
        axes.set_visible(False)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=1 if wide == 1 else 2)
    return figure


def named(path: str) -> str:
    """Name a quantity as figures of plasma do, or by its path."""
    return next((p.title for p in PLASMA if p.path == path), path)


def _days(until: float):
    from matplotlib.ticker import MaxNLocator, MultipleLocator

    weeks = max(1, round(until / 7 / _TICKS))
    return MultipleLocator(7 * weeks) if until >= 14 else MaxNLocator(_TICKS)


@drawing()
def troughs(result: Trough) -> Figure:
    """Draw the trough over the dose, by interval: median and 90 % of patients, and the level."""
    figure, axes = single(520, 320)
    for (interval, values), colour in zip(result.troughs.items(), cycle(COLOURS), strict=False):
        low, middle, top = np.nanquantile(values, (0.05, 0.5, 0.95), axis=0)
        axes.fill_between(result.tried, low, top, color=colour, alpha=0.14, linewidth=0)
        axes.plot(result.tried, middle, color=colour, marker="o", markersize=3.5,
                  label=f"every {interval}")  # fmt: skip
    axes.axhline(result.level, color=MUTED, linewidth=1, dashes=(4, 2))
    axes.set(xlabel=f"dose, {result.amount_unit}", xlim=(0, float(result.tried[-1])))
    axes.set_ylabel(f"trough: {named(result.path)}, {result.unit}")
    axes.set_ylim(bottom=0)
    figure.legend(loc="outside upper left", ncols=3)
    return figure


@drawing()
def needed(result: Trough) -> Figure:
    """Draw the share of patients whom a dose keeps at the level, by interval."""
    figure, axes = single(520, 320)
    n = len(result.needed)
    for interval, colour in zip(result.needed, cycle(COLOURS), strict=False):
        amounts = np.sort(result.needed[interval].dropna().to_numpy(float))
        x = np.concatenate([[0.0], amounts, [result.tried[-1]]])
        y = np.concatenate([[0.0], 100 * np.arange(1, len(amounts) + 1) / n])
        axes.step(x, np.append(y, y[-1]), where="post", color=colour, label=f"every {interval}")
    axes.set(xlabel=f"dose, {result.amount_unit}", xlim=(0, float(result.tried[-1])),
             ylabel=f"% of patients at {number(result.level)} {result.unit} or more",
             ylim=(0, 100))  # fmt: skip
    figure.legend(loc="outside upper left", ncols=3)
    return figure
