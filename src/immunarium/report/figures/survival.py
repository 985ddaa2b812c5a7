"""Time to event: Kaplan–Meier curves with the numbers at risk beneath."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

from immunarium.report.style import DASHES, INK, arm_colours, canvas, drawing
from immunarium.trial.estimate import rated_endpoints

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from immunarium.trial.estimate import EndpointResults
    from immunarium.trial.result import TrialResult

MONTH = 30.4375
_LONG = 200.0  # days: beyond, the axis is in months
_LINE = 19  # height of one arm's numbers at risk, in CSS pixels


@drawing()
def kaplan_meier(result: TrialResult, endpoints: EndpointResults, name: str) -> Figure:
    """Draw the share of each arm without the event over time, with 95 % bands.

    Of an improvement the share that has reached it: such curves rise.

    Parameters
    ----------
    name : str
        Of an endpoint that is a time.
    """
    curves = endpoints.curves[endpoints.curves["endpoint"] == name]
    left = endpoints.at_risk[endpoints.at_risk["endpoint"] == name]
    labels = {arm: one.label for arm, one in result.arms.items()}
    if improving(result, name):
        low, high = 1 - curves["high"], 1 - curves["low"]
        curves = curves.assign(survival=1 - curves["survival"], low=low, high=high)
        return curves_over_time(labels, curves, left, "reached it, %")
    return curves_over_time(labels, curves, left)


def improving(result: TrialResult, name: str) -> bool:
    """Whether a time is that to something good of a score, so that its curves rise."""
    study = result.study
    every = {e.name: e for e in (*rated_endpoints(study), *study.endpoints)}
    said = [s for reached in every[name].rated for s in reached.any_of] if name in every else []
    return bool(said) and all(s.good for s in said)


@drawing()
def curves_over_time(
    labels: Mapping[str, str],
    curves: pd.DataFrame,
    left: pd.DataFrame,
    what: str = "without event, %",
    time: str = "",
) -> Figure:
    """Draw Kaplan–Meier curves with 95 % bands, and the numbers at risk beneath.

    Parameters
    ----------
    labels : mapping of str to str
        Of the arms, in their order.
    curves : DataFrame
        ``arm day survival low high``, a row a step.
    left : DataFrame
        ``arm day at_risk``.
    what : str
        What the vertical axis shows.
    time : str
        From when time counts, after its unit.
    """
    arms = [a for a in labels if a in set(curves["arm"])]
    figure = canvas(536, 250 + _LINE * (len(arms) + 1))
    heights = (250, _LINE * (len(arms) + 1))
    upper, lower = figure.subplots(2, 1, height_ratios=heights, sharex=True)
    last = float(max(curves["day"].max(), left["day"].max()))
    month = last > _LONG
    unit = MONTH if month else 1.0
    lines = _lines(labels)
    for arm in arms:
        mine = curves[curves["arm"] == arm]
        at = mine["day"].to_numpy(float) / unit
        upper.step(at, 100 * mine["survival"], where="post", label=labels[arm], **lines[arm])
        low, high, colour = 100 * mine["low"], 100 * mine["high"], lines[arm]["color"]
        upper.fill_between(at, low, high, step="post", color=colour, alpha=0.15, linewidth=0)
    upper.set(ylabel=what, ylim=(0, 102), xlim=(0, last / unit))
    upper.tick_params(axis="x", labelbottom=True)
    upper.set_xticks(sorted(left["day"].unique() / unit))
    upper.set_xlabel(("month" if month else "day") + time)
    upper.legend(loc="best")
    _numbers(lower, lines, left, arms, unit)
    return figure


def _lines(arms: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Give each arm its line; matplotlib takes no empty dashes."""
    colours = arm_colours(arms)
    styles = zip(colours.items(), cycle(DASHES))
    return {a: {"color": c} | ({"dashes": d} if d else {}) for (a, c), d in styles}


def _numbers(
    axes: Axes,
    lines: Mapping[str, dict[str, Any]],
    left: pd.DataFrame,
    arms: list[str],
    unit: float,
) -> None:
    """Write how many are at risk, a row an arm, its line before it."""
    axes.set(ylim=(-len(arms) - 0.4, 0.9))
    axes.annotate(
        "patients at risk", (0, 0.45), xycoords=("axes fraction", "data"), fontsize=9.5,
        color=INK, va="center",
    )  # fmt: skip
    for row, arm in enumerate(arms, 1):
        beside = axes.get_yaxis_transform()
        at = [0.5 - row, 0.5 - row]
        axes.plot([-0.13, -0.07], at, transform=beside, clip_on=False, **lines[arm])
        for day, count in left.loc[left["arm"] == arm, ["day", "at_risk"]].itertuples(index=False):
            axes.annotate(
                f"{count:,.0f}", (day / unit, -row + 0.5), ha="center", va="center",
                fontsize=9.5, color=lines[arm]["color"], annotation_clip=False,
            )  # fmt: skip
    axes.set_axis_off()
