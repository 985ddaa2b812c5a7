"""Observables on curves whose answer is known, and scores on values whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from immunarium.trial import Observable, Target, Trial, TrialError
from immunarium.trial.cohort import Cohort
from immunarium.trial.observe import probe
from immunarium.trial.score import Replicates, score

PLASMA = "drug.plasma"


@pytest.fixture
def read(trial: Trial, target: Target):
    graph = trial.disease.build().graph

    def reading(observable: Observable, unit: str = "mg/L", assay: str = "", curve=None, **reduced):
        t = replace(target, observable=observable, unit=unit, assay=assay)
        p = probe(t, graph, {}, 100.0)
        times = np.unique([0.0, *p.times])
        values = np.array([curve(times)]) if curve else np.zeros((1, len(times)))
        none = np.zeros(1, dtype=bool)
        frame = pd.DataFrame({k.replace("__", "."): [v] for k, v in reduced.items()})
        cohort = Cohort(
            times, {PLASMA: values}, frame, {}, np.array([np.nan]), none,
            np.array([[1, 0, 1, 1]], dtype=np.int8), ("pill", "pill", "other", "pill"), none,
        )  # fmt: skip
        assert p.read is not None
        return float(p.read(cohort)[0])

    return reading


def two_phases(t: np.ndarray) -> np.ndarray:
    return 10 * 0.5 ** (t / 0.2) + 0.5**t


def test_half_lives_by_peeling(read) -> None:
    slow = Observable("median", "half-life", PLASMA, span=(3.0, 6.0))
    fast = Observable("median", "half-life", PLASMA, span=(0.1, 0.7), second=(3.0, 6.0))
    assert read(slow, "min", curve=two_phases) == pytest.approx(60, rel=1e-2)
    assert read(fast, "min", curve=two_phases) == pytest.approx(12, rel=1e-2)


def test_values_and_folds_are_read_at_their_time(read) -> None:
    assert read(Observable("median", "value", PLASMA, at=3.0), "g/L", curve=lambda t: t) == 0.003
    assert read(Observable("median", "fold", PLASMA, at=3.0), "1", curve=lambda t: 1 + t) == 4.0


def test_an_assay_says_what_its_unit_is_worth(read) -> None:
    peak = Observable("median", "peak", PLASMA)
    assert read(peak, "IU/mL", "0.5 mg/L", T1=3.0) == 6.0


def test_reductions_are_converted(read) -> None:
    assert read(Observable("median", "peak", PLASMA), "g/L", T1=3.0) == pytest.approx(0.003)
    day = Observable("median", "time of peak", PLASMA)
    assert read(day, "d", T1__time=36.0) == pytest.approx(1.5)
    above = Observable("median", "time above", PLASMA, above="1 mg/L")
    assert read(above, "min", T1=0.5) == pytest.approx(30.0)
    ratio = Observable("median", "ratio of peaks", PLASMA, span=(0, 8), second=(8, 16))
    assert read(ratio, "1", **{"T1": 6.0, "T1, first": 2.0}) == 3.0


def test_a_fold_and_a_ratio_are_in_the_unit_of_their_target(read) -> None:
    fold = Observable("median", "fold", PLASMA, at=3.0)
    assert read(fold, "%", curve=lambda t: 1 + t) == pytest.approx(400.0)
    ratio = Observable("median", "ratio of peaks", PLASMA, span=(0, 8), second=(8, 16))
    assert read(ratio, "%", **{"T1": 6.0, "T1, first": 2.0}) == pytest.approx(300.0)
    with pytest.raises(TrialError, match="g/L"):
        read(fold, "g/L", curve=lambda t: 1 + t)


def test_doses_given_are_those_of_the_drug(read) -> None:
    assert read(Observable("median", "doses given", "pill"), "1") == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"statistic": "mode", "take": "peak"},
        {"statistic": "median", "take": "summit"},
        {"statistic": "median", "take": "value"},
        {"statistic": "share", "take": "alive"},
    ],
)
def test_impossible_observables_are_refused(wrong: dict) -> None:
    with pytest.raises(TrialError):
        Observable(**wrong)


def test_a_target_without_a_window_is_only_reported(target: Target) -> None:
    with pytest.raises(TrialError, match="window"):
        replace(target, window=None)
    with pytest.raises(TrialError, match="one of them"):
        replace(target, tail=(0.02, 0.98))
    shown = replace(target, window=None, role="report")
    assert score(shown, np.ones(20), 5, Replicates(1, 10)).inside is None


def test_the_interval_is_that_of_trials_of_the_published_size(target: Target) -> None:
    values = np.repeat([0.0, 100.0], 500)
    s = score(target, values, 25, Replicates(1, 4000))
    assert s.simulated == 50.0
    assert s.interval90 == pytest.approx((32.0, 68.0), abs=4.1)  # binomial, n = 25, p = 0.5


def test_a_tail_counts_ties_half(target: Target) -> None:
    likely = replace(target, window=None, tail=(0.02, 0.98), observed=0.0)
    none = score(likely, np.zeros(100), 25, Replicates(1, 100))
    assert (none.tail, none.inside) == (0.5, True)
    far = score(likely, np.full(100, 4.0), 25, Replicates(1, 100))
    assert (far.tail, far.inside) == (1.0, False)
    assert far.tail_limits == (0.02, 0.98)


def test_a_reading_that_fails_in_one_patient_spoils_no_median(target: Target) -> None:
    t = replace(target, observable=Observable("median", "peak", PLASMA))
    assert score(t, np.array([1.0, 2.0, np.nan, 3.0]), 3, Replicates(1, 50)).simulated == 2.0


@pytest.mark.parametrize("when", [{"at": 24.0}, {"span": (0.0, 24.0)}])
def test_a_share_of_a_condition_is_not_read_at_a_time(trial: Trial, target: Target, when) -> None:
    asked = Observable("share", "drug.plasma > 1 mg/L", **when)
    with pytest.raises(TrialError, match="over the whole follow-up"):
        probe(replace(target, observable=asked, unit="%"), trial.disease.model.graph, {}, 100.0)
