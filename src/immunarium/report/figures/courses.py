"""Time courses: a panel per observable, a colour per arm, median and 5-95 % band."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, NullFormatter

from immunarium.core.units import factor
from immunarium.report.style import DASHES, arm_colours, days, drawing, single

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from immunarium.trial.result import ArmResult, TrialResult


@dataclass(frozen=True)
class Panel:
    """An observable as clinicians read it."""

    path: str
    title: str
    unit: str
    shown: str = ""
    zero: float = 0.0
    log: bool = False

    @property
    def axis(self) -> str:
        """The unit as printed on the axis."""
        return self.shown or self.unit

    def read(self, course: xr.DataArray) -> np.ndarray:
        """Convert from the model's unit."""
        return course.to_numpy() * factor(course.attrs["units"], self.unit) - self.zero


CELLS = (
    Panel("il2.plasma", "IL-2 in plasma", "pmol/L", log=True),
    Panel("blood_counts.lymphocytes", "Lymphocytes in blood", "cell/nL", "10⁹/L"),
    Panel("blood_counts.treg", "Regulatory T cells in blood", "cell/uL", "per µL"),
    Panel("blood_counts.cd8", "CD8 T cells in blood", "cell/uL", "per µL"),
    Panel("blood_counts.nk", "NK cells in blood", "cell/uL", "per µL"),
    Panel("lak.tissue", "LAK cells in tissue", "gigacell", "10⁹ cells"),
)
LEAK = (
    Panel("cytokine.ifn", "Interferon-γ", "U/mL", log=True),
    Panel("cytokine.tnf", "TNF", "ng/L"),
    Panel("cytokine.il6", "Interleukin-6", "ng/L"),
    Panel("haemodynamics.SBP", "Systolic pressure", "mmHg"),
    Panel("haemodynamics.HR", "Heart rate", "1/min", "per minute"),
    Panel("fluid.weight_gain", "Weight gained", "%", "% of body weight"),
    Panel("fluid.albumin", "Albumin in plasma", "g/L"),
    Panel("lung.SaO2", "Oxygen saturation", "%", "% of haemoglobin"),
    Panel("kidney.urine_flow", "Urine", "mL/h"),
    Panel("kidney.creatinine", "Creatinine", "mg/dL"),
    Panel("liver.bilirubin", "Bilirubin", "mg/dL"),
    Panel("fever.temperature", "Core temperature", "K", "°C", zero=273.15),
)


PLASMA = (
    Panel("igg.total", "IgG in serum", "g/L"),
    Panel("igg.infused", "Infused IgG", "g/L"),
    Panel("autoantibody.plasma", "Autoantibody", "1", "of the untreated patient"),
    Panel("fc_receptor.phi", "Phagocyte activity", "1", "of the untreated patient"),
    Panel("complement.scavenging", "C3b left to deposit", "1", "share"),
    Panel("complement.c3", "C3", "1", "of own baseline"),
    Panel("c5_blocker.c5_free", "Free C5", "1", "of own baseline"),
    Panel("fcrn.catabolism", "Catabolism of IgG", "1/d", "of plasma IgG per day"),
    Panel("fibrinogen.plasma", "Fibrinogen", "1", "of own baseline"),
    Panel("igm.plasma", "IgM", "1", "of own baseline"),
    Panel("iga.plasma", "IgA", "1", "of own baseline"),
    Panel("citrate.ionised_calcium", "Ionised calcium", "mmol/L"),
    Panel("platelets.billions", "Platelets", "1", "10⁹/L"),
)
AFTER = 42.0
"""Days after the last dose that immunoglobulin and what it does are looked at."""


def others(result: TrialResult) -> list[Panel]:
    """Make panels of what targets read and no other panel shows."""
    if present((*CELLS, *LEAK), result):  # of another kind of patient
        return []
    known = {p.path for p in (*CELLS, *LEAK, *PLASMA)}
    asked = dict.fromkeys(t.observable.of for t in result.study.targets)
    recorded = {str(n): c for arm in result.arms.values() for n, c in arm.courses.items()}
    return [
        Panel(p, f"{recorded[p].attrs['long_name'] or p}"[:48], recorded[p].attrs["units"])
        for p in asked
        if p in recorded and p not in known
    ]


def long_horizon(result: TrialResult) -> float:
    """Say until which day slow courses are shown: six weeks after the last dose, or the end."""
    weeks = np.ceil((horizon(result) - 10 + AFTER) / 7)
    return float(min(result.study.until / 24, 7 * weeks))


def moving(panels: Sequence[Panel], result: TrialResult) -> list[Panel]:
    """Keep the panels of what changes in some arm: by a hundredth of itself, in the median."""
    return [p for p in present(tuple(panels), result) if _moves(p.path, result)]


def _moves(path: str, result: TrialResult) -> bool:
    for arm in result.arms.values():
        if path in arm.courses:
            middle = arm.courses[path].sel(quantile=0.5).to_numpy()
            if np.nanmax(middle) - np.nanmin(middle) > 0.01 * np.nanmax(np.abs(middle)):
                return True
    return False


def present(panels: tuple[Panel, ...], result: TrialResult) -> list[Panel]:
    """Keep the panels whose observable some arm recorded."""
    recorded = {str(name) for arm in result.arms.values() for name in arm.courses}
    return [p for p in panels if p.path in recorded]


def horizon(result: TrialResult) -> float:
    """Say on which day treatment and its acute effects are over: the last dose and ten days."""
    last = [arm.doses["day"].max() for arm in result.arms.values() if len(arm.doses)]
    return float(np.ceil(max(last, default=18.0))) + 10


@drawing()
def course(result: TrialResult, panel: Panel, until: float | None = None) -> Figure:
    """Draw one observable in every arm, up to a day: that of ``horizon`` if left out."""
    figure, axes = single()
    draw_course(axes, result.arms, panel, horizon(result) if until is None else until)
    return figure


def draw_course(axes: Axes, arms: Mapping[str, ArmResult], panel: Panel, until: float) -> None:
    """Draw median and band of each arm that has the observable."""
    for (name, colour), dashes in zip(arm_colours(arms).items(), cycle(DASHES)):
        if panel.path not in arms[name].courses:
            continue
        values = arms[name].courses[panel.path].sel(time=slice(None, until))
        low, middle, high = (
            panel.read(values.sel(quantile=q, method="nearest")) for q in (0.05, 0.5, 0.95)
        )
        axes.fill_between(values["time"], low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(values["time"], middle, color=colour, linestyle=(0, dashes))
    axes.set(title=panel.title, ylabel=panel.axis)
    days(axes, 0, until)
    if panel.log:
        _make_log(axes)


def _make_log(axes: Axes) -> None:
    """Show the positive values, five decades at most."""
    top, lowest = axes.dataLim.y1, axes.dataLim.minposy
    axes.set_yscale("log", nonpositive="clip")
    if top > 0:
        axes.set_ylim(max(lowest, top * 1e-5) / 1.5, top * 1.5)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
