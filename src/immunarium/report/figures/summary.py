"""One picture of a whole trial, for a README or a slide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.layout_engine import ConstrainedLayoutEngine

from immunarium.report import draws
from immunarium.report.figures import courses, regimen, scores, tumour
from immunarium.report.style import arm_colours, canvas, drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

    from immunarium.trial.result import TrialResult

PANELS = ("il2.plasma", "blood_counts.lymphocytes", "haemodynamics.SBP", "fluid.weight_gain")


@drawing()
def summary_figure(result: TrialResult) -> Figure:
    """Draw regimen, drug, cells, leak, one trial's waterfall and many trials' responders.

    Of patients without lesions: regimen, the first score in every arm, and plasma. Save it with
    ``savefig(path, dpi=100)``: about 1600 pixels wide.
    """
    figure = canvas(1152, 830)
    layout = figure.get_layout_engine()
    assert isinstance(layout, ConstrainedLayoutEngine)  # what canvas() asks for
    layout.set(rect=(0.01, 0.01, 0.98, 0.98))
    rows = regimen.lanes(result)
    heights = (1.2 + 0.5 * len(rows), 4, 4.2)
    top, middle, bottom = figure.subfigures(3, 1, squeeze=False, height_ratios=heights).flat
    pool = result.manifest["pool"]
    heading = f"{result.study.title}\n{pool:,} virtual patients an arm: medians and 5–95 % bands"
    figure.suptitle(heading, x=0.012, ha="left", weight="bold")
    regimen.draw_lane(top.add_subplot(), result, rows)
    if scored := scores.score_names(result):
        _draw_scored(middle, bottom, result, scored[0])
        return figure
    every = {p.path: p for p in courses.CELLS + courses.LEAK}
    panels = courses.present(tuple(every[path] for path in PANELS), result)
    for axes, panel in zip(
        middle.subplots(1, len(panels), squeeze=False).flat, panels, strict=True
    ):
        courses.draw_course(axes, result.arms, panel, courses.horizon(result))
    first, *_ = result.arms.values()
    left, right = bottom.subplots(1, 2, width_ratios=(3, 2))
    tumour.draw_waterfall(left, draws.first_trial(result, first))
    left.set_title(f"Tumours in one drawn trial, {first.label}")
    tumour.response_key(left)
    many = draws.responders(result, first)
    tumour.draw_responders(right, many, arm_colours(result.arms)[first.name])
    right.set_title(f"Responders in {len(many.counts):,} drawn trials")
    return figure


def _draw_scored(middle: SubFigure, bottom: SubFigure, result: TrialResult, name: str) -> None:
    """Draw the first score in at most three arms, and what plasma does."""
    panels = middle.subplots(1, min(len(result.arms), 3), sharey=True, squeeze=False)
    scores.draw_score(list(panels.flat), result, name)
    shown = courses.moving((*courses.PLASMA, *courses.others(result)), result)[:4]
    if not shown:
        return
    until = courses.long_horizon(result)
    for axes, panel in zip(bottom.subplots(1, len(shown), squeeze=False).flat, shown, strict=True):
        courses.draw_course(axes, result.arms, panel, until)
