"""Escalation on virtual patients: everybody at every level once, then drawn trials."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from immunarium.dosing import Regimen
from immunarium.trial import Observable, Trial, TrialError, run_trial
from immunarium.trial.design import Escalation
from immunarium.trial.escalated import Escalated, score
from immunarium.trial.ladder import escalate
from immunarium.trial.powered import study_power

DOSES = ("0.05 mg/kg", "0.1 mg/kg", "0.2 mg/kg", "0.4 mg/kg", "0.8 mg/kg")


def ladder(toxicity: str = "haemodynamics.SBP < 90 mmHg", rule: str = "", **more) -> Escalation:
    levels = {d: Regimen.parse(f"pill {d} IV over 1 h q8h x 3{rule}") for d in DOSES}
    return Escalation(levels, toxicity, 72.0, **more)


@pytest.fixture
def plan(trial: Trial) -> Trial:
    return replace(trial, support=(), design=ladder(), rules_see="state")


@pytest.fixture
def found(plan: Trial) -> Escalated:
    return escalate(plan, pool=80, replicates=300)


def test_toxicity_rises_with_dose_and_the_dose_found_is_where_it_begins(found):
    toxic = found.levels["toxic"].to_numpy()
    assert (np.diff(toxic) >= 0).all()
    assert toxic[0] < 5
    assert toxic[-1] > 95
    assert found.dose in found.design.amounts
    assert abs(np.log(found.dose / found.true_dose)) <= np.log(2.01)


def test_what_the_trials_name_adds_up(found):
    assert found.levels["named"].sum() + found.none == pytest.approx(100)
    assert found.levels["treated"].sum() == pytest.approx(found.patients.mean())
    assert (found.levels["named_low"] <= found.levels["named"]).all()
    assert set(found.doses) <= {0.0, *found.design.amounts}


def test_the_same_seed_gives_the_same_trials_and_another_one_others(plan, found):
    again = escalate(plan, pool=80, replicates=300)
    assert (again.named == found.named).all()
    assert (escalate(plan, pool=80, replicates=300, seed=2).named != found.named).any()


def test_a_level_more_changes_no_patient_at_the_others(plan, found):
    levels = dict(found.design.levels)
    levels.pop(DOSES[-1])
    fewer = escalate(replace(plan, design=replace(found.design, levels=levels)), pool=80)
    assert (fewer.levels["toxic"] == found.levels["toxic"][:-1]).all()


def test_boin_by_name_looks_for_its_target(plan):
    got = escalate(plan, method="BOIN", pool=80, replicates=100)
    assert got.design.method == "BOIN"
    assert got.patients.max() <= got.design.most


def test_parts_of_the_toxicity_are_shown_apart(plan):
    both = "haemodynamics.SBP < 90 mmHg or haemodynamics.SBP < 60 mmHg"
    got = escalate(replace(plan, design=ladder(both)), pool=40, replicates=10)
    first, second, death = (got.parts[c].to_numpy() for c in got.parts)
    assert got.parts.columns[2] == "death by treatment"
    assert (second <= first).all()
    assert (np.maximum(first, death) <= got.levels["toxic"]).all()


def test_a_stop_of_treatment_may_be_the_toxicity(plan):
    rule = "; hold pill when drug.plasma > 0.2 mg/L; stop after 1 hold"
    got = escalate(replace(plan, design=ladder("pill stopped", rule)), pool=40, replicates=10)
    assert got.parts["pill stopped"].iloc[0] == 0
    assert got.parts["pill stopped"].iloc[-1] > 50


def test_the_dose_is_scored_against_a_published_one(found, target):
    published = replace(
        target, observed=0.2, unit="mg/kg", window=(0.1, 0.4), role="predict", arm="full"
    )
    got = score(published, found)
    assert got.inside == (0.1 <= found.dose <= 0.4)
    assert got.interval90[0] <= got.simulated <= got.interval90[1]
    assert score(replace(published, window=(9.0, 10.0)), found).inside is False
    assert got.percentile == 100 * ((found.doses < 0.2).mean() + (found.doses == 0.2).mean() / 2)


def test_a_published_dose_is_scored_among_the_other_targets(plan, target):
    dose = Observable("median", "maximum tolerated dose", of="pill")
    published = replace(
        target, id="MTD", observable=dose, observed=0.2, unit="mg/kg", window=(0.15, 0.4),
        role="predict", layer="toxicity",
    )  # fmt: skip
    asked = replace(plan, targets=(target, published))
    first, got = run_trial(asked, pool=80, replicates=300, sweep=False).scores
    alone = escalate(asked, pool=80, replicates=300)
    assert first.id == "T1"
    assert got == alone.scores[0]
    assert got.simulated == alone.dose
    assert got.layer == "toxicity"
    assert got.error >= 0
    with pytest.raises(TrialError, match="does not escalate"):
        replace(asked, design=None)
    with pytest.raises(TrialError, match="Write unit: mg/kg"):
        replace(asked, targets=(replace(published, unit="mg"),))
    with pytest.raises(TrialError, match="in place of a tail"):
        replace(asked, targets=(replace(published, window=None, tail=(0.1, 0.9)),))


def test_power_is_of_arms_in_parallel(plan):
    with pytest.raises(TrialError, match="immunarium trial tiny-2000"):
        study_power(plan, pool=8)


def test_everything_can_be_written_as_json(found):
    said = found.as_dict()
    assert said["dose"] == found.dose
    assert [r["dose"] for r in said["levels"]] == list(DOSES)


@pytest.mark.parametrize(
    ("design", "message"),
    [
        (None, "no dose escalation"),
        (ladder("pil stopped"), "Did you mean pill"),
        (ladder("haemodynamics.SPB < 90 mmHg"), "SBP"),
    ],
)
def test_an_escalation_that_cannot_be_run_is_refused(plan, design, message):
    with pytest.raises(ValueError, match=message):
        escalate(replace(plan, design=design), pool=40)


def test_numbers_and_methods_that_cannot_be_are_refused(plan):
    with pytest.raises(TrialError, match="the pool has 20"):
        escalate(plan, pool=20)
    with pytest.raises(TrialError, match=r"Did you mean 3\+3"):
        escalate(plan, method="3x3", pool=40)
    with pytest.raises(TrialError, match="replicates is 0"):
        escalate(plan, replicates=0, pool=40)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"levels": {"1 mg": Regimen.none}}, "two doses"),
        ({"levels": {"2 mg": Regimen.none, "1 mg": Regimen.none}}, "lowest first"),
        ({"levels": {"2": Regimen.none, "3 mg": Regimen.none}}, "a number and a unit"),
        ({"toxicity": " "}, "dose-limiting"),
        ({"within": 0.0}, "within"),
        ({"target": 0.8}, "like 30 %"),
        ({"cohort": 40}, "do not fit"),
    ],
)
def test_an_escalation_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(TrialError, match=message):
        replace(ladder(), **change)
