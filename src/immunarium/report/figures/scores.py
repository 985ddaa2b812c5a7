"""Scores over time, as raters wrote them down: a panel an arm, and what was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter

from immunarium.report.style import INK, MUTED, PALETTE, arm_colours, canvas, days, drawing
from immunarium.trial.scales import points, scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from immunarium.trial.result import ArmResult, TrialResult

BANDS = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.3))
"""Shares of patients between which a band lies, and how dark it is."""
_READ = {"cell/nL": "10⁹/L"}


def score_names(result: TrialResult) -> list[str]:
    """List the scales that were rated: the disease's first, and those that the trial reads."""
    rated = {str(s) for a in _arms(result) if len(a.ratings) for s in a.ratings["score"].unique()}
    study, known = result.study, [n for n in result.study.disease.scores if n in rated]
    asked = [e.of for e in study.endpoints]
    asked += [x for t in study.targets for x in (t.observable.take, t.observable.of)]
    read = [f"{part} " for text in asked for part in text.split(" or ")]
    return [
        name
        for k, name in enumerate(known)
        if k == 0 or not study.targets or any(part.startswith(f"{name} ") for part in read)
    ]


@drawing()
def score(result: TrialResult, name: str) -> Figure:
    """Draw one score in every arm."""
    arms = _arms(result)
    width = 352 * min(len(arms), 3)
    rows = -(-len(arms) // 3)
    figure = canvas(width, 36 + 236 * rows)
    grid = figure.subplots(rows, min(len(arms), 3), sharex=True, sharey=True, squeeze=False)
    draw_score(list(grid.flat), result, name)
    return figure


def draw_score(panels: Sequence[Axes], result: TrialResult, name: str) -> None:
    """Draw one score, an arm a panel: mean, bands of patients, and what was observed."""
    colours, arms = arm_colours(result.arms), _arms(result)
    for axes, arm in zip(panels, arms, strict=False):
        for other in arms:
            if other is not arm and (table := _of(other, name)) is not None:
                axes.plot(table.columns, table.mean(), color=MUTED, linewidth=0.9, alpha=0.7)
        if (table := _of(arm, name)) is not None:
            _draw(axes, table, colours[arm.name])
        for day, value in observed(result, arm, name):
            axes.plot(day, value, "o", color=PALETTE["vermillion"], markersize=6.5, zorder=4,
                      markeredgecolor=PALETTE["paper"])  # fmt: skip
        axes.set_title(arm.label, fontsize=10.5, color=INK, loc="left")
        days(axes, 0, result.study.until / 24)
    for axes in panels[len(arms) :]:
        axes.set_visible(False)
    own = scale(name).unit
    own, per = ("g/L", 1e-3) if own == "mg/L" else (_READ.get(own, own), 1.0)
    panels[0].yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{per * y:g}"))
    panels[0].set_ylabel(name if own in name or own == "1" else f"{name}, {own}")


def _draw(axes: Axes, table: pd.DataFrame, colour: str) -> None:
    """Draw the mean of the visits and the bands of patients."""
    for low, high, dark in BANDS:
        a, b = (table.quantile(q) for q in (low, high))
        axes.fill_between(table.columns, a, b, color=colour, alpha=dark, linewidth=0)
    marker = "." if table.shape[1] <= 30 else ""
    axes.plot(table.columns, table.mean(), color=colour, marker=marker)


def _arms(result: TrialResult) -> list[ArmResult]:
    return list(result.arms.values())


def _of(arm: ArmResult, name: str) -> pd.DataFrame | None:
    """Ratings of an arm on a scale: a row a patient, a column a planned day; None where none."""
    if arm.ratings.empty:
        return None
    mine = arm.ratings[(arm.ratings["score"] == name) & arm.ratings["value"].notna()]
    if mine.empty:
        return None
    return mine.pivot_table(index="patient", columns="planned_day", values="value")


def observed(result: TrialResult, arm: ArmResult, name: str) -> Iterator[tuple[float, float]]:
    """Days and values that targets say were observed; a change is added to the simulated mean."""
    table = _of(arm, name)
    for t in result.study.targets:
        o = t.observable
        mine = t.arm == arm.name and o.of == name and not (t.against or t.ratio_to or t.among)
        if not mine or o.statistic not in ("mean", "median") or o.take not in ("value", "change"):
            continue
        if t.unit != points(name) or (o.take == "change" and not np.isnan(o.since)):
            continue
        start = table.mean().iloc[0] if o.take == "change" and table is not None else 0.0
        yield o.at / 24, start + t.observed
