"""Power by simulated trials, against closed forms, and the tests against the usual ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, norm

from immunarium.trial import power as room
from immunarium.trial.power import Outcomes, power, sample_size
from immunarium.trial.protocol import TrialError
from immunarium.trial.statistics import (
    log_rank,
    mean_difference,
    proportion_difference,
    proportion_z,
)

POOL = 4000


def share(p: float) -> Outcomes:
    """Exactly a share p of the pool."""
    return Outcomes("share", (np.arange(POOL) < round(p * POOL)).astype(float))


def times(scale: float, censor: float, seed: int) -> Outcomes:
    rng = np.random.default_rng(seed)
    event, lost = rng.exponential(scale, POOL), rng.uniform(0, censor, POOL)
    day = np.ceil(np.minimum(event, lost))  # whole days, so that there are ties
    return Outcomes("time", day, event <= lost)


def numbers(mean: float, seed: int = 0) -> Outcomes:
    return Outcomes("mean", mean + np.random.default_rng(seed).normal(size=POOL))


def exact_power(p: float, q: float, n: int, alpha: float = 0.05) -> float:
    """Power of the score test of two shares, by every pair of counts."""
    k = np.arange(n + 1)
    z = proportion_z(k[:, None], n, k[None, :], n)
    mass = binom.pmf(k, n, p)[:, None] * binom.pmf(k, n, q)[None, :]
    return float(mass[2 * norm.sf(np.abs(z)) < alpha].sum())


def formula(p: float, q: float, wanted: float, alpha: float = 0.05) -> float:
    """Patients per arm for two shares (Fleiss, without correction for continuity)."""
    za, zb, m = norm.ppf(1 - alpha / 2), norm.ppf(wanted), (p + q) / 2
    spread = za * np.sqrt(2 * m * (1 - m)) + zb * np.sqrt(p * (1 - p) + q * (1 - q))
    return float((spread / (p - q)) ** 2)


@pytest.mark.parametrize(
    "arm", [share(0.3), numbers(0.0), times(100, 300, 1)], ids=lambda o: o.kind
)
def test_identical_arms_are_told_apart_as_often_as_alpha_says(arm):
    got = power(arm, arm, 80, replicates=10_000, seed=5)
    assert abs(got.share - 0.05) < 3.5 * np.sqrt(0.05 * 0.95 / 10_000)


def test_power_of_two_shares_is_the_exact_one():
    for n in (30, 90):
        truth = exact_power(0.2, 0.4, n)
        got = power(share(0.2), share(0.4), n, replicates=4000, seed=2)
        assert abs(got.share - truth) < 3.5 * np.sqrt(truth * (1 - truth) / 4000)


def test_the_interval_is_wilsons():
    got = power(share(0.2), share(0.4), 60, replicates=200)
    p, z, n = got.share, 1.959964, 200
    middle, wide = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert (got.low, got.high) == pytest.approx(
        ((middle - wide) / (1 + z**2 / n), (middle + wide) / (1 + z**2 / n)), abs=1e-6
    )


def test_power_of_two_means_is_that_of_the_normal_formula():
    got = power(numbers(0.0, 1), numbers(0.5, 2), 64, replicates=4000)
    a, b = numbers(0.0, 1).values, numbers(0.5, 2).values
    error = np.sqrt((a.var() + b.var()) / 64)
    truth = norm.sf(1.979 - abs(a.mean() - b.mean()) / error)  # t quantile of 126
    assert abs(got.share - truth) < 0.03


def test_power_of_a_log_rank_test_is_schoenfelds():
    first, second = times(60, 1e9, 3), times(100, 1e9, 4)  # nobody is censored
    got = power(first, second, 60, replicates=3000)
    log_ratio = np.log(second.values.mean() / first.values.mean())
    truth = norm.cdf(np.sqrt(2 * 60 / 4) * abs(log_ratio) - 1.96)
    assert abs(got.share - truth) < 0.04


def drawn(first: Outcomes, second: Outcomes, n: int = 40, trials: int = 6):
    return next(room._trials(first, second, n, trials, seed=9))


def test_each_trials_p_is_that_of_the_usual_test():
    first, second = times(60, 200, 3), times(100, 200, 4)
    a, b = drawn(first, second)
    assert first.events is not None
    assert second.events is not None
    for got, i, j in zip(room._p_values(first, second, a, b), a, b, strict=True):
        day = np.concatenate([first.values[i], second.values[j]])
        event = np.concatenate([first.events[i], second.events[j]])
        assert got == pytest.approx(log_rank(day, event, np.repeat([0, 1], 40)).p, rel=1e-9)
    first, second = numbers(0, 1), numbers(0.3, 2)
    a, b = drawn(first, second)
    for got, i, j in zip(room._p_values(first, second, a, b), a, b, strict=True):
        assert got == pytest.approx(mean_difference(first.values[i], second.values[j]).p, rel=1e-9)
    first, second = share(0.2), share(0.5)
    a, b = drawn(first, second)
    for got, i, j in zip(room._p_values(first, second, a, b), a, b, strict=True):
        yes = first.values[i].sum(), second.values[j].sum()
        assert got == pytest.approx(proportion_difference(yes[0], 40, yes[1], 40).p, rel=1e-9)


def test_the_smallest_trial_is_the_formulas():
    for p, q, wanted in ((0.2, 0.4, 0.8), (0.1, 0.3, 0.9)):
        got = sample_size(share(p), share(q), wanted, replicates=2000)
        truth = formula(p, q, wanted)
        assert got.n is not None
        assert got.low is not None
        assert got.high is not None
        assert got.low <= truth <= got.high
        assert abs(got.n - truth) < 0.1 * truth


def test_the_first_patients_of_a_trial_are_the_same_whatever_its_size():
    first, second = share(0.2), share(0.4)
    (small, _), (large, _) = drawn(first, second, 10), drawn(first, second, 30)
    assert (small == large[:, :10]).all()


def test_the_two_arms_have_other_patients():
    a, b = drawn(share(0.2), share(0.4))
    assert (a != b).mean() > 0.99


def test_chunks_of_trials_change_nothing(monkeypatch):
    first, second = times(60, 200, 3), times(100, 200, 4)
    whole = power(first, second, 30, replicates=20)
    monkeypatch.setattr(room, "_TOGETHER", 3 * POOL)
    assert power(first, second, 30, replicates=20) == whole


def lost(arm: Outcomes) -> Outcomes:
    """Every second patient of a pool without a value."""
    values = arm.values.copy()
    values[::2] = np.nan
    events = None if arm.events is None else arm.events & ~np.isnan(values)
    return replace(arm, values=values, events=events)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (share(0.2), share(0.4)),
        (numbers(0.0), numbers(0.5)),
        (times(60, 200, 3), times(100, 200, 4)),
    ],
)
def test_a_trial_enrols_patients_without_a_value_and_is_as_strong_as_the_others_make_it(
    first, second
):
    whole = power(first, second, 50, replicates=2000)
    half = power(lost(first), lost(second), 100, replicates=2000)
    assert half.share == pytest.approx(whole.share, abs=0.05)
    assert power(lost(first), lost(second), 50, replicates=2000).share < whole.share - 0.1


def test_arms_that_do_not_differ_have_no_smallest_trial():
    got = sample_size(share(0.3), share(0.3), 0.8, replicates=100, most=64)
    assert (got.n, got.high) == (None, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 1}, "at least 1 trial of 2"),
        ({"alpha": 1.0}, "like 0.05"),
        ({"second": numbers(0)}, "cannot be compared"),
    ],
)
def test_what_cannot_be_asked_is_refused(change, message):
    asked = {"first": share(0.2), "second": share(0.3), "n": 20} | change
    with pytest.raises(TrialError, match=message):
        power(**asked)
