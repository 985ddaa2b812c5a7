"""Swimmers: each patient of one drawn trial over time, with the response at every visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from immunarium.report.figures.survival import MONTH
from immunarium.report.style import GRID, INK, PALETTE, RESPONSES, canvas, drawing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from immunarium.report.figures.tumour import Drawn

MOST = 40
"""Patients that are drawn; of a larger trial the first."""
_MARKS = {"treatment": "X", "disease": "x"}


@drawing()
def swimmer(drawn: Drawn, until: float) -> Figure:
    """Draw a lane a patient, longest at the bottom: response so far, last dose held, death.

    Parameters
    ----------
    until : float
        Days of follow-up.
    """
    patients = drawn.arm.patients.loc[drawn.patients[:MOST]]
    ends = patients["death_day"].fillna(until).clip(upper=until)
    order = np.argsort(-ends.to_numpy(), kind="stable")
    figure = canvas(536, 96 + 9.5 * len(patients))
    axes = figure.add_subplot()
    for lane, i in enumerate(order):
        name, end = patients.index[i], float(ends.iloc[i])
        _lane(axes, lane, drawn.arm.visits, name, end)
        cause = patients["death"].iloc[i]
        mark = _MARKS.get(cause, ">")
        colour = INK if cause else RESPONSES["SD"]
        axes.plot(end / MONTH, lane, mark, color=colour, markersize=5, clip_on=False)
    axes.set(xlabel="month", yticks=[], ylim=(-1, len(patients)), xlim=(0, until / MONTH))
    axes.set_ylabel(f"{len(patients)} patients of one trial")
    axes.grid(axis="y", visible=False)
    _key(figure, axes)
    return figure


def _lane(axes: Axes, lane: int, visits: pd.DataFrame, patient: object, end: float) -> None:
    """Colour the time after each visit by what was assessed there."""
    mine = visits[(visits["patient"] == patient) & (visits["day"] < end) & (visits["code"] != "")]
    starts = [0.0, *mine["day"].to_numpy(float)]
    colours = [GRID, *(RESPONSES.get(c, RESPONSES["SD"]) for c in mine["code"])]
    widths = np.diff([*starts, end]) / MONTH
    axes.barh(np.full(len(starts), lane), widths, 0.72, np.array(starts) / MONTH, color=colours)


def _key(figure: Figure, axes: Axes) -> None:
    def square(colour: str, label: str) -> Line2D:
        return Line2D([], [], marker="s", linestyle="", color=colour, label=label, markersize=7)

    def mark(shape: str, label: str) -> Line2D:
        return Line2D([], [], marker=shape, linestyle="", color=INK, label=label, markersize=5)

    handles = [square(RESPONSES[r], r) for r in ("CR", "PR", "SD", "PD")]
    handles += [mark("x", "death"), mark("X", "by treatment"), mark(">", "alive")]
    handles[-1].set_color(PALETTE["grey"])
    axes.figure.legend(
        handles=handles, loc="outside upper left", ncols=7, handletextpad=0.2, columnspacing=1
    )
