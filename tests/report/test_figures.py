"""Figures carry units and patients, leave nothing open, and need no screen."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from immunarium.report import draws, figures
from immunarium.report.figures import summary_figure
from immunarium.report.style import PALETTE, RESPONSES, arm_colours, svg
from immunarium.trial import TrialResult


def test_no_screen_and_no_open_figure_is_needed():
    code = (
        "import sys, immunarium.report; "
        "sys.exit(any(m.startswith('matplotlib.pyplot') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("panel", figures.CELLS + figures.LEAK, ids=lambda p: p.path)
def test_every_course_has_a_unit_and_a_band_for_every_arm(panel, result: TrialResult):
    axes = figures.course(result, panel).axes[0]
    assert axes.get_ylabel() == panel.axis
    assert axes.get_xlabel() == "day"
    assert len(axes.lines) == len(axes.collections) == len(result.arms)


def test_courses_are_read_in_the_unit_of_the_axis(result: TrialResult):
    celsius = next(p for p in figures.LEAK if p.path == "fever.temperature")
    rest = celsius.read(result.arms["lak"].courses[celsius.path])[:, 0]
    assert rest == pytest.approx(37.0)


def test_a_waterfall_falls(result: TrialResult):
    drawn = draws.first_trial(result, result.arms["lak_il2"])
    axes = figures.waterfall(drawn).axes[0]
    heights = [bar.get_height() for bar in axes.patches if isinstance(bar, Rectangle)]
    assert len(heights) == len(drawn.patients) == 25
    assert heights == sorted(heights, reverse=True)


def test_responders_are_counted_in_the_trials_of_the_scorecard(result: TrialResult):
    arm = result.arms["lak_il2"]
    many = draws.responders(result, arm)
    first = arm.patients.loc[draws.first_trial(result, arm).patients, "response"]
    assert len(many.counts) == 1000
    assert many.counts[0] == first.isin(("CR", "PR")).sum()
    assert many.observed == 11


def test_grades_never_fill_more_than_their_row(result: TrialResult):
    axes = figures.strip(result, result.arms["lak_il2"]).axes[0]
    tops = [c.get_datalim(axes.transData).y1 for c in axes.collections]
    assert max(tops) < len(figures.terms(result))


def test_an_arm_without_toxicity_still_has_its_strip(result: TrialResult):
    lak = result.arms["lak"]
    quiet = lak.patients.assign(**{str(c): 0 for c in lak.patients.filter(like="grade.")})
    drawn = figures.strip(result, replace(lak, patients=quiet))
    assert not drawn.axes[0].collections


def test_text_stays_text_and_colours_follow_the_page(result: TrialResult):
    drawn = svg(figures.attribution(result), "x", "label")
    assert ">Hypotension</text>" in drawn
    assert "var(--blue)" in drawn
    assert not any(code in drawn for code in PALETTE.values())


def test_arms_and_responses_do_not_share_a_colour(result: TrialResult):
    assert not set(arm_colours(result.arms).values()) & set(RESPONSES.values())


def test_the_picture_has_only_the_panels_that_were_recorded(result: TrialResult):
    fewer = {
        name: replace(arm, courses=arm.courses.drop_vars("blood_counts.lymphocytes"))
        for name, arm in result.arms.items()
    }
    panels = len(summary_figure(replace(result, arms=fewer)).axes)
    assert panels == len(summary_figure(result).axes) - 1


def test_the_picture_is_as_wide_as_a_readme_wants(result: TrialResult, tmp_path: Path):
    path = tmp_path / "picture.png"
    figure = summary_figure(result)
    figure.savefig(path, dpi=100)
    assert figure.get_size_inches()[0] * 100 == pytest.approx(1600, abs=1)
    assert to_hex(figure.get_facecolor()) == PALETTE["paper"]
    assert path.stat().st_size > 10_000
