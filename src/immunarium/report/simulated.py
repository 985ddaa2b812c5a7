"""A run of one regimen as a page or a picture: its scores, and what moves in plasma and blood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from immunarium.report import page
from immunarium.report.charts import Charts
from immunarium.report.compared import PICTURES
from immunarium.report.figures import CELLS, LEAK, PLASMA, Panel
from immunarium.report.style import PALETTE, canvas, days, drawing
from immunarium.report.text import unit_read
from immunarium.trial.scales import points

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 12
BANDS = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.3))


def write(run: xr.Dataset, scores: Mapping[str, str], command: str, path: Path) -> None:
    """Write the page of a run, or its picture where the name ends in ``.png`` or ``.svg``.

    Parameters
    ----------
    scores : mapping of str to str
        Paths of the disease's scores, by name.
    """
    figure = drawn(run, panels(run, scores))
    if path.suffix.lower() in PICTURES:
        figure.savefig(path, dpi=100)
        return
    n, disease = run.sizes["patient"], run.attrs["disease"]
    words = dict(
        title=run.attrs["regimen"], command=command, notice=run.attrs["notice"], tables=[],
        answer=f"{n:,} virtual patients of {disease}, with no support but the regimen. "
        f"{run.attrs.get('warnings', '')}".strip(),
        figures=[Charts()(figure, "Courses: median, middle half and 90 % of patients")],
        manifest={k: run.attrs[k] for k in ("disease", "seed", "rtol", "immunarium")},
        lead="Line: median. Bands: half and 90 % of patients. Scores are those of the state, "
        "without the error of a rater.",
    )  # fmt: skip
    path.write_text(page.html("compared.html.j2", words), encoding="utf-8")


def panels(run: xr.Dataset, scores: Mapping[str, str]) -> list[Panel]:
    """List what a run kept of its scores, and of what clinicians look at, where it moves."""
    known = (*CELLS, *LEAK, *PLASMA)
    own = [
        Panel(path, name, points(name), unit_read(points(name)).strip())
        for name, path in scores.items()
        if path not in {p.path for p in known}
    ]
    kept = [p for p in (*own, *known) if p.path in run and "patient" in run[p.path].dims]
    return [p for p in kept if _moves(run[p.path])][:_MOST]


def _moves(course: xr.DataArray) -> bool:
    middle = course.median("patient").to_numpy()
    return bool(np.nanmax(middle) - np.nanmin(middle) > 0.01 * np.nanmax(np.abs(middle)))


@drawing()
def drawn(run: xr.Dataset, shown: list[Panel]) -> Figure:
    """Draw a panel a quantity."""
    rows = max(1, -(-len(shown) // 3))
    figure = canvas(1080, 240 * rows)
    axes = list(figure.subplots(rows, 3, squeeze=False).flat)
    for one, panel in zip(axes, shown, strict=False):
        _draw(one, run, panel)
    for one in axes[len(shown) :]:
        one.set_visible(False)
    return figure


def _draw(axes: Axes, run: xr.Dataset, panel: Panel) -> None:
    day = run["time"].to_numpy() / 24
    course = run[panel.path].transpose("time", "patient").load()
    values = panel.read(course)
    for low, high, dark in BANDS:
        a, b = np.nanquantile(values, (low, high), axis=1)
        axes.fill_between(day, a, b, color=PALETTE["blue"], alpha=dark, linewidth=0)
    axes.plot(day, np.nanmedian(values, axis=1), color=PALETTE["blue"])
    axes.set(title=panel.title, ylabel="" if panel.axis == "1" else panel.axis)
    if np.nanmin(values) >= 0:
        axes.set_ylim(bottom=0)
    days(axes, 0, float(day[-1]))
