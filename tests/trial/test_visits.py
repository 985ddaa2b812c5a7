"""Visits: windows, missed visits, who has left, and what is recorded for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from immunarium.core import ImmunoError
from immunarium.population import Population
from immunarium.trial import Trial, Visits
from immunarium.trial.assess import patient_table, tumour_table, visit_table
from immunarium.trial.bench import Bench
from immunarium.trial.tumours import lesion_table
from immunarium.trial.visits import attendance, places, visit_days, visit_hours

PLAN = Visits(days=(28.0, 56.0, 84.0))
WIDE = replace(PLAN, window=3.0)
MANY = np.arange(5000)


def test_without_a_window_every_visit_is_on_its_day() -> None:
    assert visit_days(PLAN, 1, np.arange(3)).tolist() == [[28, 56, 84]] * 3


def test_a_window_spreads_visits_evenly_over_whole_days() -> None:
    late = visit_days(WIDE, 1, MANY) - np.array(PLAN.days)
    values, counts = np.unique(late, return_counts=True)
    assert values.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert counts == pytest.approx(np.full(7, late.size / 7), rel=0.06)
    assert np.mean(late[:, 0] * late[:, 1]) == pytest.approx(0, abs=0.2)  # of a variance of 4


def test_a_patient_keeps_the_day_whoever_else_is_drawn_and_whatever_visits_are_added() -> None:
    alone = visit_days(WIDE, 1, np.array([7]))
    more = visit_days(replace(WIDE, days=(28.0, 56.0, 70.0, 84.0)), 1, MANY)
    assert alone.tolist() == more[[7]][:, [0, 1, 3]].tolist()


def test_the_last_visit_is_not_after_the_end_of_follow_up() -> None:
    days = visit_days(WIDE, 1, MANY, until=84.0)
    assert days.max() == 84.0
    assert days.min() == 25.0


def test_the_share_of_missed_visits_is_as_asked() -> None:
    visits = replace(PLAN, missing=0.1)
    comes = attendance(visits, 1, MANY, visit_days(visits, 1, MANY))
    assert 1 - comes.mean(axis=0) == pytest.approx([0.1, 0.1, 0.1], abs=0.015)
    assert attendance(PLAN, 1, MANY, visit_days(PLAN, 1, MANY)).all()


def test_nobody_comes_after_death_or_drop_out() -> None:
    days = np.tile(PLAN.days, (3, 1))
    comes = attendance(PLAN, 1, np.arange(3), days, np.array([np.nan, 56.0, 10.0]))
    assert comes.tolist() == [[True] * 3, [True, True, False], [False] * 3]


def test_every_day_of_the_windows_is_recorded() -> None:
    hours = visit_hours(WIDE)
    assert len(hours) == 21
    places(hours, visit_days(WIDE, 1, MANY))
    assert visit_hours(PLAN).tolist() == [672, 1344, 2016]


def test_a_visit_that_was_not_recorded_is_refused() -> None:
    with pytest.raises(ImmunoError, match=r"day 56 was not recorded.*ends on day 28"):
        places(np.array([0.0, 672.0]), np.array([[28.0, 56.0]]))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"criteria": "who"}, "Unknown response criteria 'who'.*Known: WHO, RECIST 1.1"),
        ({"days": (56.0, 28.0)}, "in order"),
        ({"days": (0.0,)}, "later than the baseline"),
        ({"window": 1.5}, "whole days"),
        ({"window": -1.0}, "whole days"),
        ({"window": 14.0}, "run into each other.*Write a window below 14 d"),
        ({"missing": 1.0}, "share of missed visits"),
        ({"missing": -0.1}, "share of missed visits"),
        ({"error": -1.0}, "error is -1"),
        ({"targets": 0}, "targets is 0"),
        ({"detection": 12.0}, "What can be measured must be seen"),
    ],
)
def test_impossible_visits_are_refused(wrong: dict, message: str) -> None:
    with pytest.raises(ImmunoError, match=message):
        Visits(**{"days": (28.0, 56.0), **wrong})


def test_all_that_is_wrong_with_visits_is_said_at_once() -> None:
    with pytest.raises(ImmunoError, match=r"criteria.*window"):
        Visits(days=(28.0,), criteria="none", window=0.5)


@pytest.fixture(scope="module")
def arm(request: pytest.FixtureRequest):
    """Follow the tiny disease's treated arm, at visits of some kind."""

    def follow(trial: Trial, **visits):
        assert trial.visits is not None
        trial = replace(trial, visits=replace(trial.visits, **visits))
        patients = Population.sample(trial.disease, 40, 1)
        bench = Bench.of(trial, patients.graph)
        return bench.follow(trial.arms[0].regimen, patients, workers=1), bench, patients

    return follow


def test_a_visit_table_has_a_row_for_each_patient_and_visit(trial: Trial, arm) -> None:
    cohort, bench, patients = arm(trial)
    table = visit_table(cohort, bench, patients)
    assert list(table) == [
        "patient", "visit", "planned_day", "day", "seen", "sum", "change", "nadir", "target",
        "nontarget", "new", "code",
    ]  # fmt: skip
    assert len(table) == 40 * 4
    first = table[table["visit"] == 0]
    assert first["seen"].all()
    assert set(first["code"]) == {""}
    assert first["change"].dropna().eq(0).all()
    dead = np.repeat(cohort.ended / 24, 4)
    assert not table["seen"][table["day"].to_numpy() > dead].any()
    assert set(table["code"][~table["seen"]]) <= {"NE"}


def test_the_targets_of_a_lesion_table_add_up_to_the_sums(trial: Trial, arm) -> None:
    for criteria in ("WHO", "RECIST 1.1"):
        cohort, bench, patients = arm(trial, criteria=criteria)
        lesions, visits = (
            lesion_table(cohort, bench, patients),
            visit_table(cohort, bench, patients),
        )
        assert set(lesions["role"]) >= {"target"}
        targets = lesions[lesions["role"] == "target"]
        added = targets.groupby(["patient", "visit"])["size"].sum()
        sums = visits.set_index(["patient", "visit"])["sum"].loc[added.index]
        assert added.tolist() == pytest.approx(sums.tolist())
        assert len(added) > 40


def test_the_best_response_is_that_of_the_visits(trial: Trial, arm) -> None:
    cohort, bench, patients = arm(trial)
    table = visit_table(cohort, bench, patients)
    best = patient_table(cohort, bench, patients)["response"].to_numpy(dtype=str)
    codes = table["code"].to_numpy().reshape(40, 4)[:, 1:]
    never = ~np.isin(codes, ["CR", "PR"]).any(axis=1)
    assert 0 < never.sum() < 40
    assert not np.isin(best[never], ["CR", "PR"]).any()
    assert set(best[(codes == "NE").all(axis=1)]) <= {"NE"}
    assert set(tumour_table(cohort, bench, patients).loc[0.0].dropna()) == {1.0}


def test_windows_and_missed_visits_change_what_is_seen_and_nothing_else(trial: Trial, arm) -> None:
    plain = arm(trial)
    same = arm(trial, window=0.0, missing=0.0)
    pd.testing.assert_frame_equal(visit_table(*plain), visit_table(*same))
    fewer = visit_table(*arm(trial, missing=0.5))
    whole = visit_table(*plain)
    both = fewer["seen"]
    assert 0 < both.sum() < whole["seen"].sum()
    assert fewer.loc[both, "sum"].tolist() == pytest.approx(
        whole.loc[both, "sum"].tolist(), nan_ok=True
    )
