"""A trial's patients: eligible, correlated, weighted as its file says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from immunarium.population import Correlation, Marginal, MarginalError, Population
from immunarium.trial import ConditionError, Trial
from immunarium.trial.enrolment import enrol, enrolled, weigh


def test_a_trial_without_conditions_takes_the_patients_of_its_disease(trial: Trial) -> None:
    plain = Population.sample(trial.disease, 40, 3, shares=trial.shares, study=trial.rows)
    assert enrol(trial, 40, 3).table.equals(plain.table)
    assert weigh(trial, plain) is None


def test_conditions_in_words_choose_patients_by_covariates_and_quantities(trial: Trial) -> None:
    asked = replace(trial, eligible=("patient.weight > 60 kg", "haemodynamics.SBP > 120 mmHg"))
    patients = enrol(asked, 30, 3)
    assert patients.table["patient.weight"].min() > 60
    assert patients.at_start("haemodynamics.SBP").min() > 120
    assert sum(patients.reasons[text] for text in asked.eligible) > 0


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("patient.wieght > 60 kg", "Did you mean patient.weight"),
        ("patient.weight > 60 mmHg", "does not convert"),
        ("patient.weight > 60 kg for 24 h", "present moment only"),
    ],
)
def test_a_condition_that_cannot_be_read_is_refused(trial: Trial, text: str, saying: str) -> None:
    with pytest.raises(ConditionError, match=saying):
        enrol(replace(trial, eligible=(text,)), 5, 1)


def test_patients_are_weighted_to_what_the_trial_published(trial: Trial) -> None:
    match = (Marginal("patient.weight", "invented", "kg", mean=75, sd=9),)
    asked = replace(trial, match=match)
    weights = weigh(asked, enrol(asked, 150, 3))
    assert weights is not None
    assert weights.fit["weighted"].to_list() == pytest.approx([75, 9], abs=0.01)


def test_the_pool_of_a_trial_is_selected_to_what_it_published_and_nobody_comes_twice(
    trial: Trial,
) -> None:
    match = (Marginal("patient.weight", "invented", "kg", mean=75, sd=12),)
    patients, fit = enrolled(replace(trial, match=match), 120, 3)
    assert patients.table.index.is_unique
    assert len(patients) == fit["patients"].iloc[0] > 100
    assert fit["distance_selected"].max() <= 0.05
    assert patients.table["patient.weight"].mean() == pytest.approx(75, abs=0.6)


def test_a_trial_that_matches_nothing_takes_its_pool_as_it_is_drawn(trial: Trial) -> None:
    patients, fit = enrolled(trial, 20, 3)
    assert patients.table.equals(enrol(trial, 20, 3).table)
    assert fit.empty


def test_a_response_of_the_patients_may_be_matched_too(trial: Trial) -> None:
    match = (Marginal("change", "invented", "%", shares={"< 0": 0.3, ">= 0": 0.7}),)
    asked = replace(trial, match=match)
    patients = enrol(asked, 60, 3)
    changes = pd.DataFrame({"change": [-10.0] * 30 + [5.0] * 30})
    weights = weigh(asked, patients, changes)
    assert weights is not None
    assert weights.values[:30].sum() == pytest.approx(0.3)  # noqa: PD011
    with pytest.raises(MarginalError, match=r"0\.300 away"):
        weigh(asked, patients, changes.abs())


def test_correlated_numbers_of_a_trial_go_together(trial: Trial) -> None:
    pair = ("drug.clearance", "haemodynamics.rest")
    together = replace(trial, correlated=(Correlation(pair, 0.8, "invented"),))
    tables = [enrol(t, 300, 3).table[list(pair)].rank() for t in (trial, together)]
    apart, joined = (np.corrcoef(table.to_numpy().T)[0, 1] for table in tables)
    assert joined > 0.6 > 0.2 > apart
