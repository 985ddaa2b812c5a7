"""Where observed values lie among simulated trials of the published size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from immunarium.report.style import GRID, MUTED, PALETTE, canvas, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROWS = {"predict": "Predicted", "calibrate": "Calibrated on"}
_STEP = 2.5
"""Percent within which dots are piled up."""


@drawing()
def percentiles(scores: pd.DataFrame) -> Figure:
    """Draw a dot per target, predicted and calibrated apart; 90 % belong in the band."""
    seen = scores[scores["percentile"].notna()].sort_values("percentile", kind="stable")
    rows = {role: seen[seen["role"] == role] for role in _ROWS}
    piles = {role: _piled(r["percentile"].to_numpy(float)) for role, r in rows.items() if len(r)}
    heights = [max(2.0, float(y.max(initial=0)) + 1.6) for _, y in piles.values()]
    figure = canvas(560, 70 + 17 * sum(heights))
    grid = figure.subplots(
        len(piles), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for axes, (role, (x, y)), height in zip(grid[:, 0], piles.items(), heights, strict=True):
        covered = rows[role]["in_interval"].to_numpy(bool)
        _row(axes, f"{_ROWS[role]}, n = {len(x)}", x, y, covered)
        axes.set_ylim(-0.8, height - 0.6)
    grid[-1, 0].set_xlabel("percentile of the observed value among simulated trials, %")
    return figure


def _row(axes: Axes, title: str, x: np.ndarray, y: np.ndarray, covered: np.ndarray) -> None:
    axes.axvspan(5, 95, color=GRID, linewidth=0, zorder=0)
    for mask, colour, mark in ((covered, "blue", "o"), (~covered, "vermillion", "D")):
        axes.scatter(x[mask], y[mask], s=34, color=PALETTE[colour], marker=mark, linewidths=0)
    axes.set(xlim=(-3, 103), yticks=[])
    axes.set_xticks([0, 5, 25, 50, 75, 95, 100])
    axes.spines["left"].set_visible(False)
    axes.set_title(title, color=MUTED, fontsize=10.5)
    axes.grid(visible=False)


def _piled(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pile values that rise up where they would hide each other."""
    x = np.clip(np.round(values / _STEP) * _STEP, 0, 100)
    y = np.zeros(len(x))
    for at in np.unique(x):
        y[x == at] = np.arange((x == at).sum())
    return x, y
