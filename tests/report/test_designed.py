"""What the design of a trial comes to, in words and figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from immunarium.report.designed import drawn, told
from immunarium.report.terminal import comparison
from immunarium.trial.cohort import Cohort
from immunarium.trial.design import Withdrawal
from immunarium.trial.withdrawal import GOES_ON, STOPS, Withdrawn, analyse, powered


def printed(thing) -> str:
    from rich.console import Console

    console = Console(width=200)
    with console.capture() as seen:
        console.print(thing)
    return seen.get()


@pytest.fixture
def withdrawn() -> Withdrawn:
    """Who goes on keeps it for 12 to 20 days, who stops for 3 to 6."""
    days = np.arange(0.0, 31.0)

    def cohort(kept: np.ndarray) -> Cohort:
        return Cohort(
            times=days * 24, recorded={}, reduced=pd.DataFrame(index=range(len(kept))),
            parameters={}, ended=(5 + kept) * 24.0, by_treatment=np.zeros(len(kept), dtype=bool),
            given=np.zeros((len(kept), 0), dtype=np.int8), drugs=(),
            failed=np.zeros(len(kept), dtype=bool),
        )  # fmt: skip

    rng = np.random.default_rng(1)
    arms = {GOES_ON: cohort(rng.integers(4, 21, 80)), STOPS: cohort(rng.integers(3, 7, 80))}
    found = analyse(Withdrawal("il2", 120.0), arms, None, np.arange(80), seed=1)
    return powered(found, 30, replicates=50, seed=1)


def test_a_crossover_is_told_with_its_effects_means_and_carry_over(result):
    said = told(result)
    assert said
    assert "IL-2 alone less LAK alone is -8.3 mmHg" in said.answer
    effects, means = said.tables
    assert [r[0] for r in effects.rows][-1] == "carry-over"
    assert effects.columns[3] == "90 % of trials of 20"
    assert [r[-1] for r in means.rows] == ["30", "30"]
    text = printed(comparison(result))
    assert text.index("Crossover: each patient") < text.index("Each arm by itself")


def test_a_withdrawal_is_told_with_its_arms_hazard_ratio_and_power(result, withdrawn):
    said = told(replace(result, design=withdrawn))
    assert said
    assert said.heading == "Randomised withdrawal: IL-2 alone"
    assert "100 % of those who stop" in said.answer
    assert "going on against stopping, is 0." in said.lines[0]
    assert "Of trials that treat 30 and draw 15 to each arm" in said.lines[1]
    assert [r[0] for r in said.tables[0].rows] == [GOES_ON, STOPS]
    assert told(replace(result, design=None)) is None


def test_figures_have_units_and_numbers_at_risk(result, withdrawn):
    ((crossover, shows),) = drawn(result)
    assert shows.startswith("pressure")
    first, second, effects = crossover.axes
    assert "mmHg" in first.get_ylabel()
    assert "mmHg" in effects.get_xlabel()
    assert first.get_ylim() == second.get_ylim()
    ((survival, _),) = drawn(replace(result, design=withdrawn))
    texts = [t.get_text() for axes in survival.axes for t in axes.texts]
    assert "patients at risk" in texts
    assert str((withdrawn.patients["arm"] == STOPS).sum()) in texts
