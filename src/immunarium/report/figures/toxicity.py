"""Toxicity: grades over time, which drug they belong to, and what dose buys."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from immunarium.report.figures.courses import horizon
from immunarium.report.style import (
    GRADES,
    GRID,
    INK,
    ON_GRADE,
    PALETTE,
    arm_colours,
    canvas,
    days,
    drawing,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from immunarium.trial.result import ArmResult, TrialResult

ROW = 44
"""Height of one term, in CSS pixels."""
_MOMENTS = 320
_RARE = 10.0
"""Percent of patients below which the worst grades tell little."""


def terms(result: TrialResult) -> list[str]:
    """Order the terms by how often an arm reaches grade 3, then by how often any grade.

    Terms that nobody reaches in any arm are left out.
    """
    arms = list(result.arms)
    severe, any_grade = (
        result.attribution[[f"{arm}.{what}" for arm in arms]].max(axis=1)
        for what in ("severe", "any")
    )
    often = (1e3 * severe + any_grade).sort_values(ascending=False)
    return [str(t) for t in often[often > 0].index]


@drawing()
def strip(result: TrialResult, arm: ArmResult) -> Figure:
    """Draw, term by term, the share of patients at each grade over time, and the worst grade.

    Terms that no patient of the arm reaches are left out.
    """
    rows = [t for t in terms(result) if (arm.patients[f"grade.{t}"] > 0).any()]
    figure = canvas(1080, 60 + ROW * max(len(rows), 1))
    over_time, worst = figure.subplots(1, 2, width_ratios=(3.6, 1), sharey=True)
    grades = _thinned(arm.grades.sel(time=slice(None, horizon(result))))
    for row, term in enumerate(reversed(rows)):
        _stack(over_time, grades.sel(term=term), row)
        _worst(worst, arm.patients[f"grade.{term}"], row)
    if not rows:
        _write(over_time, "No patient reaches any grade.", (horizon(result) / 6, 0.5), INK)
    over_time.set_yticks(np.arange(len(rows)) + 0.42, reversed(rows))
    days(over_time, 0, horizon(result))
    worst.set(xlim=(0.5, 5.5), xlabel="worst grade, % of patients", ylim=(-0.04, max(len(rows), 1)))
    for axes in (over_time, worst):
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", visible=False)
    worst.grid(visible=False)
    return figure


def _thinned(grades: xr.DataArray) -> xr.DataArray:
    """Keep as many times as there are pixels to tell them apart."""
    few = np.unique(np.linspace(0, grades.sizes["time"] - 1, _MOMENTS).astype(int))
    return grades.isel(time=few).transpose("grade", "time", ...)


def _stack(axes: Axes, grades: xr.DataArray, base: int) -> None:
    """Stack grades 1 to 5 from the worst up, and write each digit where its band is thickest."""
    day = grades["time"].to_numpy()
    floor = np.full(len(day), float(base))
    axes.axhline(base, color=GRID, linewidth=0.8)
    for grade in sorted(GRADES, reverse=True):
        share = 0.84 * grades.sel(grade=grade).to_numpy()
        if not share.any():
            continue
        axes.fill_between(day, floor, floor + share, color=GRADES[grade], linewidth=0)
        thickest = int(share.argmax())
        if share[thickest] * ROW > 9:
            spot = (day[thickest], floor[thickest] + share[thickest] / 2)
            _write(axes, str(grade), spot, ON_GRADE[grade])
        floor = floor + share


def _worst(axes: Axes, worst: pd.Series, base: int) -> None:
    """Write the share of patients whose worst grade is 1, 2, … 5, each on its colour."""
    for grade, colour in GRADES.items():
        share = 100 * (worst == grade).mean()
        if share > 0:
            axes.barh(base + 0.42, 0.94, 0.7, grade - 0.47, color=colour)
            text = f"{share:.0f}" if share >= 0.95 else "<1"
            _write(axes, text, (grade, base + 0.42), ON_GRADE[grade])


def _write(axes: Axes, text: str, at: tuple[float, float], colour: str) -> None:
    axes.annotate(text, at, ha="center", va="center_baseline", color=colour)


@drawing()
def attribution(result: TrialResult) -> Figure:
    """Draw, per term, the share of patients with grade 3 or worse in each arm.

    Where hardly anybody reaches it, the share with any grade.
    """
    rows = terms(result)
    severe = result.attribution[[f"{name}.severe" for name in result.arms]].to_numpy()
    what, said = ("severe", "grade ≥ 3") if severe.max() >= _RARE else ("any", "any grade")
    figure = canvas(560, 76 + 30 * len(rows))
    axes = figure.add_subplot()
    at = np.arange(len(rows))[::-1]
    shown = result.attribution.loc[rows, [f"{name}.{what}" for name in result.arms]]
    axes.hlines(at, shown.min(axis=1), shown.max(axis=1), color=GRID, linewidth=4)
    shifts = 0.18 * (np.arange(len(result.arms)) - (len(result.arms) - 1) / 2)
    arms = zip(arm_colours(result.arms).items(), shifts, cycle("osD^"))
    for (name, colour), shift, marker in arms:
        axes.plot(
            shown[f"{name}.{what}"],
            at - shift,
            marker,
            markersize=7,
            color=colour,
            markeredgecolor=PALETTE["paper"],
            label=result.arms[name].label,
            clip_on=False,
        )
    axes.set_yticks(at, rows)
    axes.set(xlabel=f"% of patients with {said}", xlim=(0, 100))
    axes.figure.legend(loc="outside upper left", ncols=len(result.arms))
    return figure


@drawing()
def window(table: pd.DataFrame, unit: str) -> Figure:
    """Draw what each dose buys and what it costs: they come together."""
    figure = canvas(560, 340)
    axes = figure.add_subplot()
    for column, name, colour, marker in (
        ("response", "response", PALETTE["green"], "o"),
        ("severe", "any grade ≥ 3", PALETTE["vermillion"], "s"),
        ("deaths", "treatment death", INK, "D"),
        ("given", "doses given of asked", PALETTE["grey"], "^"),
    ):
        axes.plot(table["dose"], table[column], color=colour, marker=marker, label=name)
    if (table["dose"] > 0).all():
        axes.set_xscale("log")
    labels = [f"{dose:,.0f}" for dose in table["dose"]]
    axes.set_xticks(table["dose"], labels, rotation=30, ha="right", rotation_mode="anchor")
    axes.minorticks_off()
    axes.set(xlabel=f"dose, {unit}", ylabel="%", ylim=(-2, 102))
    axes.figure.legend(loc="outside upper left", ncols=4)
    return figure
