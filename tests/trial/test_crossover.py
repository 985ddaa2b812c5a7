"""Crossover trials: regimens in turn, and the comparison within patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial import Arm, Trial, TrialError, run_trial
from immunarium.trial.bench import Bench
from immunarium.trial.crossover import (
    _Fit,
    allocated,
    by_sequence,
    compare,
    readings,
    sequences,
)
from immunarium.trial.design import Crossover
from immunarium.trial.designed import CrossedOver
from immunarium.trial.endpoint import Dropout, Endpoint, Estimand
from immunarium.trial.periods import later

WEEK = 168.0
DESIGN = Crossover((("pill", "none"), ("none", "pill")), WEEK, WEEK)


def days(regimen: Regimen) -> list[float]:
    return [d.tick / 86_400_000 for d in regimen.doses]


def table(rows: list[tuple[str, float, float]]) -> pd.DataFrame:
    """Two periods of each patient: which order, and the two values."""
    out = []
    for patient, (order, *values) in enumerate(rows):
        for period, (treatment, value) in enumerate(zip(order, values, strict=True)):
            out.append((patient, int(order == "BA"), period, treatment, value))
    names = ["patient", "sequence", "period", "treatment", "value"]
    return pd.DataFrame(out, columns=pd.Index(names))


HAND = table(
    [("AB", 6.0, 4.0), ("AB", 8.0, 5.0), ("AB", 7.0, 6.0), ("BA", 5.0, 9.0), ("BA", 4.0, 6.0)]
)


def test_the_difference_is_that_of_hills_and_armitage():
    # first less second period: AB 2, 3, 1 (mean 2); BA -4, -2 (mean -3); half of 2 - (-3) is 2.5
    got = compare(HAND, "A", "B")
    assert got.difference.value == pytest.approx(2.5)
    # pooled variance (2 + 2) / 3; error 0.5 * sqrt(4/3 * (1/3 + 1/2)) = 0.52705; t(3) = 3.18245
    assert got.difference.high - got.difference.value == pytest.approx(3.182446 * 0.527046, 1e-5)


def test_the_unadjusted_difference_is_the_mean_of_the_patients():
    assert compare(HAND, "A", "B").paired.value == pytest.approx((2 + 3 + 1 + 4 + 2) / 5)


def test_the_effect_of_the_period_is_half_the_sum_of_the_sequences():
    # second less first: AB -2, BA +3; half of the sum is 0.5
    assert compare(HAND, "A", "B").period.value == pytest.approx(0.5)


def test_carry_over_of_two_periods_compares_sums_between_patients():
    # AB 10, 13, 13 (mean 12); BA 14, 10 (mean 12)
    assert compare(HAND, "A", "B").carry_over.value == pytest.approx(0.0)


def test_carry_over_of_three_periods_is_found_within_patients():
    rng = np.random.default_rng(3)
    rows = []
    for patient in range(60):
        order = ("ABB", "BAA")[patient % 2]
        person = rng.normal(0, 5)
        for period, t in enumerate(order):
            left = 2.0 if period and order[period - 1] == "A" else 0.0
            value = person + 0.7 * period + (3.0 if t == "A" else 0.0) + left
            rows.append((patient, patient % 2, period, t, value))
    names = ["patient", "sequence", "period", "treatment", "value"]
    got = compare(pd.DataFrame(rows, columns=pd.Index(names)), "A", "B")
    assert got.difference.value == pytest.approx(3.0)
    assert got.carry_over.value == pytest.approx(2.0)


def test_a_difference_that_everybody_has_is_certain():
    got = compare(table([("AB", 2.0, 1.0), ("AB", 5.0, 4.0), ("BA", 1.0, 2.0)]), "A", "B")
    assert got.difference.value == pytest.approx(1.0)
    assert got.difference.p == pytest.approx(0.0, abs=1e-12)


def test_one_sequence_of_two_periods_cannot_tell_treatment_from_period():
    got = compare(table([("AB", 2.0, 1.0), ("AB", 5.0, 3.0)]), "A", "B")
    assert np.isnan(got.difference.value)
    assert "cannot tell" in got.difference.reason


def test_a_later_regimen_keeps_its_steps():
    plain = Regimen.parse("pill 1 mg IV q8h x 3")
    assert str(later(plain, 336.0)) == "pill 1 mg IV q8h x 3 from day 14"
    dated = Regimen.parse("pill 1 mg IV on days 0, 2; pill 2 mg IV once from day 3")
    assert days(later(dated, WEEK)) == [7, 9, 10]
    courses = Regimen.parse("pill 1 mg IV daily x 2; rest 1 d; repeat 1")
    assert days(later(courses, 48.0)) == [d + 2 for d in days(courses)]


def test_treatments_follow_each_other_at_the_start_of_each_period(trial):
    pill = Regimen.parse("pill 0.2 mg/kg IV over 1 h q8h x 3")
    arms = (Arm("a", "A", pill, 20), Arm("b", "B", Regimen.parse("pill 0.1 mg/kg IV once"), 20))
    design = Crossover((("a", "b"), ("b", "a")), 2 * WEEK, WEEK)
    got = sequences(replace(trial, arms=arms, targets=()), design)
    first, second = (a.regimen for a in got.arms)
    assert days(first) == pytest.approx([0, 1 / 3, 2 / 3, 21])
    assert days(second) == pytest.approx([0, 21, 21 + 1 / 3, 21 + 2 / 3])
    assert [a.name for a in got.arms] == ["a then b", "b then a"]
    assert [a.n for a in got.arms] == [10, 10]
    assert {504.0, 840.0} <= set(got.record)


@pytest.fixture
def crossed(trial):
    pill = Arm("pill", "Pill", Regimen.parse("pill 0.2 mg/kg IV over 1 h q8h x 20"), 20)
    none = Arm("none", "Nothing", Regimen.none, 20)
    return replace(trial, arms=(pill, none), targets=(), visits=None, courses=("drug.plasma",))


def run(trial, design: Crossover, n: int = 60):
    """Read the drug two hours into each period."""
    plan = sequences(trial, design)
    plan = replace(plan, record=(*plan.record, *(t + 2.0 for t in design.starts)))
    patients = Population.sample(plan.disease, n, 1, shares=plan.shares)
    bench = Bench.of(plan, patients.graph)
    cohorts = {a.name: bench.follow(a.regimen, patients) for a in plan.arms}
    drawn = allocated(patients.table.index.to_numpy(), 1, len(design.sequences))
    values = readings(design, by_sequence(design, cohorts), "drug.plasma", 2.0, drawn)
    return compare(values, "pill", "none"), values


def test_carry_over_comes_out_of_the_body_and_a_wash_out_ends_it(crossed):
    def after_the_drug(values: pd.DataFrame) -> pd.Series:
        return values[(values["sequence"] == 0) & (values["period"] == 1)]["value"]

    clean, values = run(crossed, DESIGN)
    assert after_the_drug(values).abs().max() < 1e-6
    dirty, values = run(crossed, replace(DESIGN, period=155.0, washout=0.0))
    assert after_the_drug(values).min() > 1e-4  # the last dose was four hours ago
    assert 0 < dirty.difference.value < clean.difference.value


def crossover_of(plan: Trial, **options) -> CrossedOver:
    found = run_trial(plan, **{"pool": 60, "replicates": 50, "sweep": False, **options}).design
    assert isinstance(found, CrossedOver)
    return found


@pytest.fixture
def early(crossed: Trial) -> Trial:
    endpoint = Endpoint("level after two hours", "mean", "drug.plasma", at=2.0)
    return replace(crossed, design=DESIGN, endpoints=(endpoint,), targets=())


def test_a_crossover_is_run_by_its_endpoints(crossed, early):
    found = crossover_of(early)
    (got,) = found.endpoints.values()
    again, values = run(crossed, DESIGN)
    assert got.treatments == ("pill", "none")
    assert got.difference.value == pytest.approx(again.difference.value, rel=1e-3)
    assert len(got.table) == len(values)
    assert got.power() > 0.9
    (table,) = found.tables().values()
    assert set(table["sequence"]) == {"pill then none", "none then pill"}
    assert set(table["period"]) == {1, 2}


def test_trials_drawn_from_a_crossover_lie_around_its_difference():
    rng = np.random.default_rng(4)
    rows = [
        (("AB", "BA")[i % 2], rng.normal(), rng.normal() + (0.8 if i % 2 else 0.0))
        for i in range(300)
    ]
    got = compare(table(rows), "A", "B", n=300, replicates=400)
    low, high = got.interval90
    assert low < got.difference.value < high
    wide = got.difference.high - got.difference.low
    assert high - low == pytest.approx(wide * 1.645 / 1.96, rel=0.15)
    few = compare(table(rows), "A", "B", n=8, replicates=400)
    assert few.power() < got.power()
    assert np.isnan(compare(table(rows), "A", "B").power())


def test_one_trial_of_the_same_patients_is_the_estimate_itself():
    fit = _Fit(HAND, "A", "B")
    value, error, freedom, known = fit.solved(np.ones((1, 5)), 0)
    got = compare(HAND, "A", "B").difference
    assert known.all()
    assert freedom == 3
    assert value == pytest.approx(got.value)
    assert error == pytest.approx((got.high - got.value) / 3.182446, rel=1e-5)


def test_who_drops_out_before_the_last_reading_is_left_out(early):
    most = crossover_of(replace(early, dropout=Dropout(0.5, 21 * 24.0)))
    (some,), (everybody,) = (f.endpoints.values() for f in (most, crossover_of(early)))
    assert 0 < some.table["patient"].nunique() < 0.8 * everybody.table["patient"].nunique()


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        (None, "compares nothing"),
        ({"at": 200.0}, "within the period"),
        ({"of": "drug.plasm"}, "Did you mean drug.plasma"),
        ({"compare": ("pill", "third")}, "no sequence gives"),
        ({"estimand": Estimand(strategies={"rescue": "hypothetical"})}, "leave it out"),
    ],
)
def test_endpoints_that_a_crossover_cannot_compare_are_refused_at_once(early, endpoint, message):
    third = replace(early.arms[0], name="third")
    (mean,) = early.endpoints
    means = () if endpoint is None else (replace(mean, **endpoint),)
    with pytest.raises(TrialError, match=message):
        crossover_of(replace(early, arms=(*early.arms, third), endpoints=means))


def test_each_patient_is_in_one_sequence_and_in_every_period(crossed):
    _, values = run(crossed, DESIGN)
    assert (values.groupby("patient").size() == 2).all()
    assert (
        values.groupby("patient")["sequence"].agg(["min", "max"]).diff(axis=1)["max"] == 0
    ).all()
    assert 15 < values.drop_duplicates("patient")["sequence"].sum() < 45


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sequences": (("pill", "nome"), ("nome", "pill"))}, "Did you mean"),
        ({"period": 24.0}, "ends on day"),
        ({"period": 5000.0}, "Write until"),
    ],
)
def test_a_crossover_that_cannot_be_run_is_refused(crossed, change, message):
    with pytest.raises(TrialError, match=message):
        sequences(crossed, replace(DESIGN, **change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"period": 0.0}, "period above 0"),
        ({"sequences": (("a", "b"),)}, "two sequences"),
        ({"sequences": (("a", "b"), ("b",))}, "same number of periods"),
        ({"sequences": (("a", "a"), ("b", "b"))}, "compares nothing"),
    ],
)
def test_a_crossover_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(TrialError, match=message):
        replace(DESIGN, **change)
