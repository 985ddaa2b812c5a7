"""A run of one regimen, drawn; scales and stretched infusions, said."""

import io
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from rich.console import Console

from immunarium import registry
from immunarium.dosing import Regimen
from immunarium.report import describe, simulated, terminal
from immunarium.trial.scales import scales
from immunarium.trial.simulation import Simulation


@pytest.fixture
def run() -> xr.Dataset:
    falling = np.linspace(4, 2, 5)[:, None] + np.array([-0.5, 0, 0.5])
    return xr.Dataset(
        {
            "nerve.disability": (("time", "patient"), falling, {"units": "1"}),
            "igg.total": (("time", "patient"), 1e4 * falling, {"units": "mg/L"}),
            "complement.c3": (("time", "patient"), np.ones((5, 3)), {"units": "1"}),
            "failed": ("patient", np.zeros(3, bool)),
            "death_day": ("patient", np.full(3, -1)),
            "doses_given": ("patient", np.ones(3)),
            "doses_asked": ("patient", np.ones(3)),
        },
        {"time": ("time", 24.0 * np.array([0, 14, 28, 42, 56]), {"units": "h"})},
        dict.fromkeys(("regimen", "disease", "notice", "seed", "rtol", "immunarium"), "x"),
    )


SCORES = {"GBS disability": "nerve.disability"}


def seen(what: object) -> str:
    screen = Console(file=io.StringIO(), width=200, record=True)
    screen.print(what)
    return screen.export_text()


def test_what_moves_is_drawn_scores_first(run: xr.Dataset) -> None:
    assert [p.path for p in simulated.panels(run, SCORES)] == ["nerve.disability", "igg.total"]


def test_a_run_is_written_as_a_page(run: xr.Dataset, tmp_path: Path) -> None:
    simulated.write(run, SCORES, "immunarium simulate", tmp_path / "run.html")
    page = (tmp_path / "run.html").read_text(encoding="utf-8")
    assert "GBS disability" in page
    assert "IgG in serum" in page
    assert "compared" not in page


def test_a_run_sums_its_scores_up(run: xr.Dataset) -> None:
    words = seen(terminal.simulation(run, Path("run"), True, SCORES))
    assert "day 28" in words
    assert "3 [2.55–3.45]" in words


def test_grades_that_are_of_laboratory_values_alone_are_marked(run: xr.Dataset) -> None:
    assert "laboratory" not in seen(terminal.simulation(run, Path("run"), True, SCORES))
    for term in ("Hypocalcemia", "Paresthesia"):
        run[f"grade.{term}"] = ("patient", np.array([3, 0, 0]))
    words = seen(terminal.simulation(run, Path("run"), True, SCORES))
    assert "Hypocalcemia *" in words
    assert "Paresthesia *" not in words
    assert "* a laboratory value at its worst moment" in words


def test_a_scale_is_described() -> None:
    words = seen(describe.scale(scales()["QMG"], [registry.disease("myasthenia_gravis")]))
    assert "0 to 39 points; lower is better" in words
    assert "myasthenia_gravis" in words


def test_an_infusion_that_a_label_stretches_is_said() -> None:
    fast, slow = (
        Simulation(
            registry.disease("healthy"), registry.therapies(),
            Regimen.parse(f"ivig 1 g/kg IV over {time}"), days=2,
        ).attributes()["warnings"]
        for time in ("1 h", "8 h")
    )  # fmt: skip
    assert "ivig over 1 h is faster than labelled (at most 200 mL/h" in fast
    assert not slow
