"""Power of a trial: its endpoint in two arms, and trials drawn from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from immunarium.trial import Arm, Trial, TrialError
from immunarium.trial.endpoint import Endpoint, EndpointError
from immunarium.trial.enrolment import enrolled
from immunarium.trial.power import Outcomes, power
from immunarium.trial.powered import outcomes, prepared, read_sizes, study_power

SHARE = Endpoint("hypotension", "share", "haemodynamics.SBP < 90 mmHg")
TIME = Endpoint("survival", "time", "death")
MEAN = Endpoint("pressure", "mean", "haemodynamics.SBP", at=9.0)


@pytest.fixture
def plan(trial: Trial) -> Trial:
    return replace(trial, targets=(), support=(), endpoints=(SHARE, TIME, MEAN), rules_see="state")


def test_each_kind_of_endpoint_has_a_power(plan):
    for name in ("hypotension", "survival", "pressure"):
        got = study_power(plan, name, sizes=(20,), replicates=200, pool=60)
        assert got.endpoint.name == name
        assert [p.n for p in got.asked] == [20]
        assert 0 <= got.asked[0].low <= got.asked[0].share <= got.asked[0].high <= 1


def test_power_is_that_of_the_endpoint_in_the_pool(plan):
    got = study_power(plan, "hypotension", sizes=(12,), replicates=300, pool=60)
    patients, _ = enrolled(plan, 60, 1)
    bench, endpoint, arms = prepared(plan, patients, "hypotension")
    first, second = outcomes(bench, endpoint, arms, patients)
    assert got.pool == (first.values.mean(), second.values.mean())
    assert got.asked[0] == power(first, second, 12, replicates=300)


def test_identical_arms_are_told_apart_no_more_often_than_alpha(plan):
    full = plan.arms[0]
    same = replace(plan, arms=(full, Arm("again", "Again", full.regimen, 25)))
    got = study_power(same, "hypotension", sizes=(40,), replicates=2000, pool=80)
    assert got.error == 0
    assert got.asked[0].share < 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / 2000)


def test_the_published_size_is_looked_at_where_none_is_asked(plan):
    assert study_power(plan, replicates=50, pool=30).asked[0].n == 25


def test_the_error_of_the_pool_is_that_of_the_paired_difference():
    from immunarium.trial.powered import _error

    a = Outcomes("mean", np.array([1.0, 2.0, np.nan, 4.0]))
    b = Outcomes("mean", np.array([0.0, 2.0, 3.0, 1.0]))
    assert _error(a, b) == pytest.approx(np.std([1, 0, 3], ddof=1) / 3**0.5)


def test_an_endpoint_or_arm_that_is_not_there_is_refused(plan):
    with pytest.raises(EndpointError, match="Did you mean survival"):
        study_power(plan, "survivall", pool=10)
    with pytest.raises(TrialError, match="one arm"):
        study_power(replace(plan, arms=plan.arms[:1]), pool=10)


def test_sizes_are_read_with_commas():
    assert read_sizes("50, 100") == (50, 100)
    for wrong in ("5o", "1", "-3", "2.5"):
        with pytest.raises(TrialError, match="--n 50,100,200"):
            read_sizes(wrong)
