"""The figures of the page, drawn and described."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from immunarium.report import draws, figures
from immunarium.report.designed import drawn
from immunarium.report.outcome import held, scored
from immunarium.report.style import arm_colours, svg

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.figure import Figure

    from immunarium.trial.result import ArmResult, TrialResult

PLACES = (
    "design", "lane", "delivered", "scores", "plasma", "cells", "leak", "waterfalls", "spiders",
    "responders", "strips", "attribution", "swimmers", "window", "tornado",
)  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """A figure as inline SVG, and what it shows."""

    svg: Markup
    shows: str


class Charts:
    """Figures of a page, each with a name of its own."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, figure: Figure, shows: str) -> Chart:
        """Draw one more."""
        self.made += 1
        return Chart(svg(figure, f"f{self.made}", shows), shows)


def draw(result: TrialResult) -> dict[str, list[Chart]]:
    """Draw everything, by place on the page; a place stays empty if the trial lacks its data.

    The curves of an endpoint have a place of their own, ``survival <its name>``.
    """
    out: dict[str, list[Chart]] = {place: [] for place in PLACES}
    for i, (place, figure, shows) in enumerate(_figures(result)):
        out.setdefault(place, []).append(Chart(svg(figure, f"f{i}", shows), shows))
    return out


def _figures(result: TrialResult) -> Iterator[tuple[str, Figure, str]]:
    for figure, shows in drawn(result):
        yield "design", figure, shows
    if any(len(arm.doses) for arm in result.arms.values()):
        yield "lane", figures.lane(result), "Doses given and held over time, by arm"
    for place, panels in (("cells", figures.CELLS), ("leak", figures.LEAK)):
        for p in figures.present(panels, result):
            yield place, figures.course(result, p), f"{p.title}, {p.axis}, over time by arm"
    yield from _scores(result)
    yield from _survival(result)
    for name, colour in arm_colours(result.arms).items():
        yield from _arm_figures(result, result.arms[name], colour)
    if figures.terms(result):
        yield "attribution", figures.attribution(result), "Patients with each event, by arm"
    if len(result.window):
        unit = next(iter(result.study.window)).split(maxsplit=1)[1]
        yield "window", figures.window(result.window, unit), "Response and toxicity over dose"
    if len(result.assumptions):
        yield "tornado", figures.tornado(result.assumptions), "What each assumption changes"


def _scores(result: TrialResult) -> Iterator[tuple[str, Figure, str]]:
    for name in figures.score_names(result):
        yield "scores", figures.score(result, name), f"{name} over time by arm"
    until = figures.long_horizon(result)
    for p in figures.moving((*figures.PLASMA, *figures.others(result)), result):
        figure = figures.course(result, p, until)
        yield "plasma", figure, f"{p.title}, {p.axis}, over time by arm"


def _survival(result: TrialResult) -> Iterator[tuple[str, Figure, str]]:
    if result.endpoints is None:
        return
    for name in result.endpoints.curves["endpoint"].unique():
        figure = figures.kaplan_meier(result, result.endpoints, name)
        share = "that reached it" if figures.improving(result, name) else "without event"
        yield f"survival {name}", figure, f"{name}: share {share} over time, by arm"


def _arm_figures(
    result: TrialResult, arm: ArmResult, colour: str
) -> Iterator[tuple[str, Figure, str]]:
    if len(arm.doses) and not (scored(result) and not held(arm)):
        yield "delivered", figures.delivered(arm, colour), f"Doses given: {arm.label}"
    if arm.grades.sizes["term"]:
        yield "strips", figures.strip(result, arm), f"Grades over time: {arm.label}"
    if result.study.visits is not None and "response" in arm.patients:
        drawn = draws.first_trial(result, arm)
        yield "waterfalls", figures.waterfall(drawn), f"Best change: {arm.label}"
        yield "spiders", figures.spider(drawn), f"Change by visit: {arm.label}"
        if len(arm.visits):
            until = result.study.until / 24
            yield "swimmers", figures.swimmer(drawn, until), f"Every patient: {arm.label}"
        many = figures.responders(draws.responders(result, arm), colour, arm.label)
        yield "responders", many, f"Responders per trial: {arm.label}"
