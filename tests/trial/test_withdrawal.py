"""Randomised withdrawal: who is drawn, and how long the response lasts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from immunarium.core import const, symbol
from immunarium.dosing import Regimen
from immunarium.trial import Arm, TrialError, run_trial
from immunarium.trial.cohort import Cohort
from immunarium.trial.conditions import Comparison, Condition
from immunarium.trial.design import Withdrawal
from immunarium.trial.withdrawal import GOES_ON, STOPS, Withdrawn, analyse, arms

DAYS = np.arange(0.0, 31.0)
LOW = Condition("x < 1", Comparison("x", symbol("x"), "<", const(1.0), "1"))
DESIGN = Withdrawal("full", 240.0, "x < 1")
INDEX = np.arange(400)


def cohort(lost_on: np.ndarray, died_on: np.ndarray | None = None) -> Cohort:
    """Patients whose response begins on day 5 and is lost on a day of their own."""
    n = len(lost_on)
    x = np.where((DAYS >= 5) & (lost_on[:, None] > DAYS), 0.5, 2.0)
    ended = np.full(n, np.nan) if died_on is None else died_on * 24
    return Cohort(
        times=DAYS * 24, recorded={"x": x}, reduced=pd.DataFrame(index=range(n)), parameters={},
        ended=ended, by_treatment=np.zeros(n, dtype=bool),
        given=np.zeros((n, 0), dtype=np.int8), drugs=(), failed=np.zeros(n, dtype=bool),
    )  # fmt: skip


def run(on: Cohort, off: Cohort, design: Withdrawal = DESIGN, condition: Condition | None = LOW):
    return analyse(design, {GOES_ON: on, STOPS: off}, condition, INDEX[: len(on)], seed=1)


def test_only_those_who_respond_at_the_time_are_drawn():
    lost = np.where(INDEX % 4 == 0, 8.0, 99.0)  # a quarter has lost it before day 10
    got = run(cohort(lost), cohort(lost))
    assert (got.treated, got.drawn) == (400, 300)
    assert not (got.patients["patient"] % 4 == 0).any()
    assert not got.patients["event"].any()


def test_each_patient_is_drawn_to_one_arm_about_half_to_each():
    got = run(cohort(np.full(400, 99.0)), cohort(np.full(400, 99.0)))
    assert got.patients["patient"].is_unique
    assert 160 < (got.patients["arm"] == STOPS).sum() < 240


def test_days_count_from_the_draw_to_the_loss_of_the_response():
    got = run(cohort(np.full(400, 25.0)), cohort(np.full(400, 13.0)))
    days = got.patients.groupby("arm")["day"]
    assert days.min()[GOES_ON] == days.max()[GOES_ON] == 15
    assert days.min()[STOPS] == days.max()[STOPS] == 3
    assert got.patients["event"].all()


def test_who_keeps_the_response_is_censored_at_the_end():
    got = run(cohort(np.full(400, 99.0)), cohort(np.full(400, 13.0)))
    on = got.patients[got.patients["arm"] == GOES_ON]
    assert not on["event"].any()
    assert set(on["day"]) == {20.0}
    assert got.curves[STOPS].median.value == 3
    assert got.test.p < 1e-6


def test_death_ends_a_response():
    died = np.full(400, 18.0)
    got = run(cohort(np.full(400, 99.0), died), cohort(np.full(400, 99.0), died))
    assert got.patients["event"].all()
    assert set(got.patients["day"]) == {8.0}


def test_without_a_condition_everybody_alive_is_drawn():
    died = np.where(INDEX < 100, 4.0, np.nan)
    got = run(cohort(np.zeros(400), died), cohort(np.zeros(400), died), condition=None)
    assert got.drawn == 300


def test_going_on_and_stopping_alike_differ_by_chance_only():
    rng = np.random.default_rng(2)
    lost = rng.integers(11, 30, size=400).astype(float)
    got = run(cohort(lost), cohort(lost))
    assert got.hazard_ratio.low < 1 < got.hazard_ratio.high


def test_nobody_who_responds_is_refused():
    with pytest.raises(TrialError, match="0 respond on day 10"):
        run(cohort(np.zeros(400)), cohort(np.zeros(400)))


def test_the_arms_are_the_same_but_for_the_stop(trial):
    plan = arms(trial, Withdrawal("full", 1008.0))
    on, off = (a.regimen for a in plan.arms)
    assert (on.items, on.rules) == (off.items, off.rules[:-1])
    assert str(off.rules[-1]) == "stop pill when day >= 42"
    assert 1008.0 in plan.record
    assert [a.n for a in plan.arms] == [12, 12]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arm": "ful"}, "Did you mean full"),
        ({"stop": ("pil",)}, "Did you mean pill"),
        ({"at": 99_999.0}, "Follow them longer"),
    ],
)
def test_a_withdrawal_that_cannot_be_run_is_refused(trial, change, message):
    two = (*trial.arms, Arm("b", "B", Regimen.none, 5))
    with pytest.raises(TrialError, match=message):
        arms(replace(trial, arms=two), replace(Withdrawal("full", 240.0), **change))


def test_a_withdrawal_before_the_start_is_refused():
    with pytest.raises(TrialError, match="later time"):
        Withdrawal("full", 0.0)


def test_a_withdrawal_is_run_by_its_design(trial):
    daily = Arm("full", "Full dose", Regimen.parse("pill 0.2 mg/kg IV over 1 h q8h x 44"), 20)
    design = Withdrawal("full", 240.0, "drug.plasma > 0.0001 mg/L")
    plan = replace(
        trial, arms=(daily,), design=design, targets=(), support=(), visits=None, until=360.0,
        record=tuple(float(h) for h in range(0, 361, 8)), rules_see="state",
    )  # fmt: skip
    got = run_trial(plan, pool=60, replicates=50, sweep=False).design
    assert isinstance(got, Withdrawn)
    lost = got.patients.groupby("arm")["event"].mean()
    assert got.drawn > 50
    assert lost[GOES_ON] < 0.2
    assert lost[STOPS] == 1.0
    assert got.test.p < 1e-6
    assert got.n == 20
    assert got.power
    assert got.power.n == round(20 * got.drawn / 60 / 2)
    assert got.power.share > 0.9
    assert got.as_dict()["log_rank"]["p"] == got.test.p
    nobody = replace(plan, design=replace(design, when="drug.plasma > 9 mg/L"))
    with pytest.raises(TrialError, match="0 respond on day 10"):
        run_trial(nobody, pool=30, replicates=5, sweep=False)


def test_who_is_lost_is_not_drawn_or_censored():
    left = np.where(INDEX % 4 == 0, 5.0, np.where(INDEX % 4 == 1, 12.0, np.inf)) * 24
    lost = np.full(400, 20.0)
    got = analyse(
        DESIGN, {GOES_ON: cohort(lost), STOPS: cohort(lost)}, LOW, INDEX, seed=1, left=left
    ).patients
    assert not (got["patient"] % 4 == 0).any()
    gone = got[got["patient"] % 4 == 1]
    assert set(gone["day"]) == {2.0}
    assert not gone["event"].any()
    assert got.loc[got["patient"] % 4 > 1, "event"].all()
