"""The scorecard: what was observed beside what was simulated, calibrated and predicted apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from immunarium.report.sources import link
from immunarium.report.text import Pair, number, span, unit_read

if TYPE_CHECKING:
    from immunarium.trial.result import Score

WIDTH = 200.0
"""Width of an interval plot; its middle half is the window."""

ROLES = {
    "predict": "Predicted",
    "calibrate": "Calibrated on",
    "report": "Shown, not scored",
}


@dataclass(frozen=True)
class Plot:
    """Where a score's marks lie, in an interval plot of width ``WIDTH``."""

    label: str
    window: Pair | None
    bar: Pair
    middle: float
    dot: float


@dataclass(frozen=True)
class ScoreRow:
    """A score as printed."""

    id: str
    name: str
    source: str
    source_url: str
    note: str
    observed: str
    simulated: str
    interval: str
    window: str
    inside: bool | None
    plot: Plot | None
    layer: str
    tier: str
    n: int
    error: str
    percentile: str
    covered: bool
    study: str = ""


@dataclass(frozen=True)
class ScoreGroup:
    """The scores of one role."""

    title: str
    tally: str
    rows: list[ScoreRow]


def groups(scores: Iterable[Score]) -> Iterator[ScoreGroup]:
    """Group scores by role, predictions first."""
    every = list(scores)
    for role, title in ROLES.items():
        mine = [s for s in every if s.role == role]
        scored = [s.inside for s in mine if s.inside is not None]
        tally = f"{sum(scored)} of {len(scored)} inside" if scored else f"{len(mine)} shown"
        if mine:
            yield ScoreGroup(title, tally, [row(s) for s in mine])


def row(score: Score, study: str = "") -> ScoreRow:
    """Print a score."""
    unit = unit_read(score.unit)
    window = span(score.window) if score.tail is None else _p(score.tail)
    return ScoreRow(
        id=score.id,
        name=score.name,
        source=score.source,
        source_url=link(score.source),
        note=score.note.rstrip("."),
        observed=number(score.observed) + unit,
        simulated=number(score.simulated) + unit,
        interval=span(score.interval90),
        window=window,
        inside=score.inside,
        plot=_plot(score),
        layer=score.layer or "",
        tier=score.tier,
        n=score.n,
        error=f"± {number(score.error)}" if score.error > 0 else "",
        percentile=_percentile(score.percentile),
        covered=score.in_interval,
        study=study,
    )


def _percentile(value: float) -> str:
    """Write a percentile; none and all of the trials are never certain."""
    if math.isnan(value):
        return "–"
    if value < 0.5:
        return "< 1"
    return "> 99" if value >= 99.5 else f"{value:.0f}"


def _p(tail: float) -> str:
    """Write a share of trials in hundredths; none and all of them are never certain."""
    if tail < 0.005:
        return "p < 0.01"
    return "p > 0.99" if tail > 0.995 else f"p = {tail:.2f}"


def explained(scores: Iterable[Score]) -> Iterator[str]:
    """Say what the words of a scorecard mean, those that are printed."""
    every = list(scores)
    if any(s.window and s.inside is not None for s in every):
        yield (
            "inside: the simulated value lies in the window, calibrated or predicted. The observed "
            "one may lie outside the 90 % of simulated trials all the same."
        )
    for low, high in sorted({s.tail_limits for s in every if s.tail_limits}):
        yield (
            f"p: share of simulated trials above the observed one, ties counted half; "
            f"inside between {number(low)} and {number(high)}."
        )


def _plot(score: Score) -> Plot | None:
    """Lay the window over the middle half; or, where there is none, all there is to see."""
    seen = (*score.interval90, score.observed)
    low, high = score.window or (min(seen), max(seen))
    if not high > low:
        return None

    def place(value: float) -> float:
        share = (value - low) / (high - low)
        return round(float(np.clip(WIDTH * (0.25 + 0.5 * share), 4, WIDTH - 4)), 1)

    return Plot(
        label=f"{score.name}: observed {number(score.observed)}, "
        f"simulated {number(score.simulated)}, {span(score.interval90)}",
        window=score.window and (place(low), place(high)),
        bar=(place(score.interval90[0]), place(score.interval90[1])),
        middle=place(score.simulated),
        dot=place(score.observed),
    )
