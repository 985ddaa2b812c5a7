"""Dose escalation and power: what was looked for, and what drawn trials find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from immunarium.report.style import INK, MUTED, PALETTE, canvas, drawing
from immunarium.report.text import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from immunarium.trial.escalated import Escalated
    from immunarium.trial.power import Power, SampleSize


@drawing()
def escalation(found: Escalated) -> Figure:
    """Draw toxicity over dose, and beneath it how often trials name each dose."""
    figure = canvas(760, 470)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    at = np.arange(len(found.levels))
    _toxicity(above, found, at)
    _named(below, found, at)
    below.set_xticks(at, [_dose(a) for a in found.levels["amount"]])
    below.set_xlabel(f"dose, {found.design.unit}")
    if found.none:
        below.set_xticks([-1, *at], ["none", *(_dose(a) for a in found.levels["amount"])])
    below.set_xlim(-1.5 if found.none else -0.5, len(at) - 0.5)
    return figure


def _toxicity(axes: Axes, found: Escalated, at: np.ndarray) -> None:
    levels, target = found.levels, 100 * found.design.target
    gaps = levels[["toxic", "low", "high"]].to_numpy(float)
    gaps = np.abs(gaps[:, 1:] - gaps[:, :1]).T
    axes.errorbar(
        at, levels["toxic"], yerr=gaps, color=PALETTE["vermillion"], marker="o", capsize=3,
        linewidth=1.6,
    )  # fmt: skip
    axes.axhline(target, color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
    axes.annotate(
        f"looked for: {target:.0f} %", (0, target), (4, 3), xycoords=("axes fraction", "data"),
        textcoords="offset points", color=MUTED,
    )  # fmt: skip
    if not np.isnan(found.true_dose):
        x = float(_place(found, np.array([found.true_dose]))[0])
        axes.plot(x, target, marker="D", color=INK, linestyle="none", zorder=5)
        axes.annotate(
            f"{_dose(found.true_dose)} {found.design.unit}", (x, target), (7, -13),
            textcoords="offset points",
        )  # fmt: skip
    axes.set(title="Dose-limiting toxicity", ylabel="% of virtual patients")
    axes.set_ylim(0, max(1.12 * float(levels["high"].max()), 1.25 * target))


def _named(axes: Axes, found: Escalated, at: np.ndarray) -> None:
    levels = found.levels
    x, share = list(at), list(levels["named"])
    if found.none:
        x, share = [-1, *x], [found.none, *share]
    colours = [PALETTE["grey"] if i < 0 else PALETTE["blue"] for i in x]
    bars = axes.bar(x, share, color=colours, width=0.62)
    axes.bar_label(bars, [f"{s:.0f}" for s in share], padding=2, fontsize=9)
    axes.set(title=f"Dose that {found.design.method} names", ylabel="% of trials")
    axes.set_ylim(0, 1.2 * max(share))
    for score in found.scores:
        place = _place(found, np.array([score.observed, *(score.window or ())]))
        axes.axvline(place[0], ymin=0.4, color=INK, linewidth=1.2, linestyle=(0, (3, 2)))
        if score.window:
            axes.axvspan(*place[1:], color=PALETTE["grid"], zorder=0)
        axes.annotate(
            "published", (place[0], 1), (4, -4), xycoords=("data", "axes fraction"),
            textcoords="offset points", va="top",
        )  # fmt: skip
    axes.grid(axis="x", visible=False)


def _place(found: Escalated, doses: np.ndarray) -> np.ndarray:
    """Where doses lie between the levels, on a scale of ratios."""
    amounts = np.log(found.levels["amount"].to_numpy(float))
    return np.interp(np.log(doses), amounts, np.arange(len(amounts)))


def _dose(amount: float) -> str:
    return f"{float(f'{amount:.2g}'):,.10g}"


@drawing()
def power_curve(
    asked: Sequence[Power], found: SampleSize | None = None, label: str = "", alpha: float = 0.05
) -> Figure:
    """Draw power over patients per arm, with its Monte Carlo band and the size found."""
    figure = canvas(640, 380)
    axes = figure.add_subplot()
    every = {p.n: p for p in (*(found.looked if found else ()), *asked)}
    shown = [every[n] for n in sorted(every)]
    n = [p.n for p in shown]
    low, share, high = (np.array([getattr(p, k) for p in shown]) for k in ("low", "share", "high"))
    axes.fill_between(n, low, high, color=PALETTE["blue"], alpha=0.2, linewidth=0)
    axes.plot(n, share, color=PALETTE["blue"], marker="o", markersize=4)
    axes.axhline(alpha, color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
    if found:
        axes.axhline(found.wanted, color=MUTED, linewidth=1, linestyle=(0, (3, 2)))
    if found and found.n is not None:
        axes.axvline(found.n, color=INK, linewidth=1.2)
        words = f"{found.n:,} per arm"
        if found.low is not None:
            words += (
                f" ({found.low:,}–{found.high or '…':,})" if found.high else f" (≥ {found.low:,})"
            )
        side = -1 if found.n**2 > max(n) * min(n) else 1
        axes.annotate(
            words, (found.n, 0.1), (6 * side, 0), textcoords="offset points",
            ha="right" if side < 0 else "left",
            bbox={"facecolor": PALETTE["paper"], "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip
    axes.set_xscale("log")
    ticks = _round_sizes(min(n), max(n))
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x)))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set(title=label, xlabel="patients per arm", ylabel="power", ylim=(0, 1.02))
    return figure


def _round_sizes(low: float, high: float) -> list[float]:
    """Round numbers from low to high, eight at most."""
    steps = [m * 10.0**e for e in range(7) for m in (1, 2, 5)]
    inside = [s for s in steps if low <= s <= high]
    return inside or [low, high]
