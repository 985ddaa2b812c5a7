"""What was assumed, and how far the answer moves when it is assumed otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from immunarium.report.style import MUTED, PALETTE, canvas, drawing
from immunarium.report.text import change

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@drawing()
def tornado(table: pd.DataFrame) -> Figure:
    """Draw two bars per alternative, response and severe toxicity; the largest on top."""
    reach = table[["effect", "severe"]].abs().max(axis=1)
    rows = table.loc[reach.sort_values(kind="stable").index]
    figure = canvas(860, 92 + 44 * len(rows))
    axes = figure.add_subplot()
    at = np.arange(len(rows))
    for column, name, colour, shift in (
        ("effect", "response", PALETTE["green"], 0.18),
        ("severe", "any grade ≥ 3", PALETTE["vermillion"], -0.18),
    ):
        changes = rows[column].to_numpy(float)
        bars = axes.barh(at + shift, changes, color=colour, height=0.32, label=name)
        axes.bar_label(bars, [change(x) for x in changes], padding=4, fontsize=9)
    labels = [f"{a}\n{b}" for a, b in zip(rows["assumed"], rows["alternative"], strict=True)]
    axes.set_yticks(at, labels)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    most = 1.25 * max(reach.max(), 1.0)
    axes.set(xlabel="change, percentage points", xlim=(-most, most))
    axes.figure.legend(loc="outside upper left", ncols=2)
    return figure
