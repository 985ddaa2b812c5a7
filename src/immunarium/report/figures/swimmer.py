"""Swimmers: each patient of one drawn trial over time, with the response at every visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from immunarium.report.figures.survival import MONTH
from immunarium.report.style import GRID, INK, RESPONSES, drawing, single

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from immunarium.report.figures.tumour import Drawn

MOST = 40
"""Patients that are drawn; of a larger trial the first."""
_MARKS = {"treatment": "X", "disease": "x"}
"""By cause of death; an arrow for who is alive."""


@drawing()
def swimmer(drawn: Drawn, until: float) -> Figure:
    """Draw a lane a patient, longest at the bottom: response at each visit, then death or not.

    Parameters
    ----------
    until : float
        Days of follow-up.
    """
    patients = drawn.arm.patients.loc[drawn.patients[:MOST]]
    ends = patients["death_day"].fillna(until).clip(upper=until)
    order = np.argsort(-ends.to_numpy(), kind="stable")
    figure, axes = single(height=76 + 7.5 * len(patients))
    for lane, i in enumerate(order):
        name, end = patients.index[i], float(ends.iloc[i])
        _lane(axes, lane, drawn.arm.visits, name, end)
        cause = patients["death"].iloc[i]
        mark = _MARKS.get(cause, ">")
        colour = INK if cause else RESPONSES["SD"]
        axes.plot(end / MONTH, lane, mark, color=colour, markersize=4.5, clip_on=False)
    axes.set(
        title=drawn.arm.label,
        xlabel="month",
        yticks=[],
        ylim=(-1, len(patients)),
        xlim=(0, until / MONTH),
    )
    axes.grid(axis="y", visible=False)
    return figure


def _lane(axes: Axes, lane: int, visits: pd.DataFrame, patient: object, end: float) -> None:
    """Colour the time after each visit by what was assessed there."""
    mine = visits[(visits["patient"] == patient) & (visits["day"] < end) & (visits["code"] != "")]
    starts = [0.0, *mine["day"].to_numpy(float)]
    colours = [GRID, *(RESPONSES.get(c, RESPONSES["SD"]) for c in mine["code"])]
    widths = np.diff([*starts, end]) / MONTH
    axes.barh(np.full(len(starts), lane), widths, 0.72, np.array(starts) / MONTH, color=colours)
