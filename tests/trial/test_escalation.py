"""The 3+3 rule and BOIN, against hand-worked sequences, enumeration and the published table."""

from __future__ import annotations

import math
from functools import cache
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immunarium.trial.escalation import NONE, Boin, ThreePlusThree, monotone
from immunarium.trial.ladder import dose_at, drawn
from immunarium.trial.protocol import TrialError

TRUE = (0.05, 0.15, 0.30, 0.55)


def outcomes(levels: int, toxic: dict[int, str]) -> np.ndarray:
    """By level, the outcomes of the patients in the order of arrival: '.' or 'x'."""
    out = np.zeros((levels, 6 * levels), dtype=bool)
    for level, word in toxic.items():
        out[level, : len(word)] = [c == "x" for c in word]
    return out


def run(levels: int, came: str) -> tuple[list[int], list[int], int]:
    """Run 3+3 where the i-th patient is toxic at any level if the i-th letter is x."""
    table = outcomes(levels, dict.fromkeys(range(levels), came))
    got = ThreePlusThree().conduct(table)
    return got.treated.tolist(), got.toxic.tolist(), got.named


def test_no_toxicity_climbs_to_the_top_and_fills_it_to_six():
    assert run(3, "") == ([3, 3, 6], [0, 0, 0], 2)


def test_one_of_three_is_expanded_and_one_of_six_goes_up():
    assert run(2, "x........") == ([6, 6], [1, 0], 1)


def test_two_of_three_at_the_first_level_names_nothing():
    assert run(3, "xx.") == ([3, 0, 0], [2, 0, 0], NONE)


def test_two_of_six_stops_and_the_level_below_is_filled_to_six():
    assert run(2, "...x..x..") == ([3 + 3, 6], [0, 2], 0)


def test_the_level_below_may_fail_its_second_three_and_the_one_below_it_is_named():
    # level 0: 0/3; level 1: 0/3; level 2: 2/3; back to level 1: 2/3 more; back to level 0: 0/3 more
    assert run(3, "......xx.xx....") == ([6, 6, 3], [0, 2, 2], 0)


def test_a_level_below_that_had_six_already_is_named_without_more():
    assert run(2, "x.....xxx") == ([6, 3], [1, 3], 0)


def test_the_top_filled_to_six_may_fail():
    assert run(2, "......xx.") == ([6, 6], [0, 2], 0)


def exact(rates: tuple[float, ...]) -> list[float]:
    """Probability that 3+3 names each level (and none, last), by enumeration of cohorts."""

    @cache
    def cohort(level: int) -> tuple[float, ...]:
        p = rates[level]
        return tuple(comb(3, k) * p**k * (1 - p) ** (3 - k) for k in range(4))

    top = len(rates) - 1
    out = [0.0] * (len(rates) + 1)

    def down(level: int, six: frozenset[int], p: float) -> None:
        if level < 0:
            out[-1] += p
        elif level in six:
            out[level] += p
        else:
            ok = cohort(level)[0] + cohort(level)[1]
            out[level] += p * ok
            down(level - 1, six, p * (1 - ok))

    def up(level: int, six: frozenset[int], p: float) -> None:
        none, one = cohort(level)[:2]
        down(level - 1, six, p * (1 - none - one * none))
        if level == top:
            ok = none + one
            out[top] += p * (none * ok + one * none)
            down(top - 1, six, p * none * (1 - ok))
        else:
            up(level + 1, six, p * none)
            up(level + 1, six | {level}, p * one * none)

    up(0, frozenset(), 1.0)
    return out


def test_enumeration_adds_up_to_one():
    assert sum(exact(TRUE)) == pytest.approx(1, abs=1e-12)


def test_two_levels_enumerated_by_every_sequence_of_patients_agree_with_the_recursion():
    rates = (0.2, 0.4)
    rule, mass = ThreePlusThree(), [0.0, 0.0, 0.0]
    # patient i at level d is toxic with rates[d]; at most 12 patients, each at one level only
    seen: dict[tuple[tuple[bool, ...], ...], float] = {}
    for first in product((False, True), repeat=6):
        for second in product((False, True), repeat=6):
            table = np.zeros((2, 12), dtype=bool)
            weight = 1.0
            for level, letters in enumerate((first, second)):
                weight *= math.prod(rates[level] if x else 1 - rates[level] for x in letters)
            named = rule.conduct(_by_visit(table, (first, second))).named
            seen[first, second] = weight
            mass[named] += weight
    assert sum(seen.values()) == pytest.approx(1)
    assert mass == pytest.approx(exact(rates), abs=1e-12)


class _by_visit(np.ndarray):
    """Outcomes where the k-th patient *of a level* has the k-th letter, whenever he comes."""

    letters: tuple
    used: dict[int, int]

    def __new__(cls, table, letters):
        out = table.view(cls)
        out.letters, out.used = letters, {}
        return out

    def __getitem__(self, key):
        level, slot = key
        start = self.used.get(level, 0)
        self.used[level] = start + slot.stop - slot.start
        return np.array(self.letters[level][start : self.used[level]])


def test_replicates_agree_with_the_exact_probabilities_within_monte_carlo_error():
    rng = np.random.default_rng(7)
    pool = rng.random((len(TRUE), 4000)) < np.array(TRUE)[:, None]
    truth = np.array(exact(tuple(pool.mean(axis=1))))
    named = np.array([t.named for t in drawn(ThreePlusThree(), pool, 4000, seed=3)])
    got = np.array([(named == i).mean() for i in (0, 1, 2, 3, NONE)])
    error = np.sqrt(truth * (1 - truth) / 4000)
    assert (np.abs(got - truth) < 3.5 * error + 1e-3).all()


def test_a_drawn_trial_treats_nobody_twice():
    each_patient_marked = np.stack([np.arange(60) == i for i in range(60)])
    assert len(drawn(_Marks(), each_patient_marked, 5, seed=1)) == 5


class _Marks(ThreePlusThree):
    def most(self, levels):
        return 18

    def conduct(self, outcomes):
        assert (outcomes.sum(axis=1) <= 1).all()  # no patient appears twice
        assert outcomes.sum() == 18
        return super().conduct(outcomes[:1] & False)


def test_boundaries_for_a_target_of_30_percent_are_the_published_ones():
    up, down = Boin(0.30).boundaries
    assert round(up, 3) == 0.236
    assert round(down, 3) == 0.359


@pytest.mark.parametrize(
    ("target", "up", "down"),
    [(0.10, 0.078, 0.119), (0.20, 0.157, 0.238), (0.25, 0.197, 0.298), (0.40, 0.316, 0.480)],
)
def test_boundaries_of_other_targets_are_the_published_ones(target, up, down):
    assert Boin(target).boundaries == pytest.approx((up, down), abs=1.01e-3)


def test_the_decision_table_is_the_published_one():
    # As printed by the authors' package for a target of 30 %, ten cohorts of three.
    table = Boin(0.30, cohort=3, size=30).table()
    assert table.index.tolist() == list(range(3, 31, 3))
    assert table["escalate"].tolist() == [0, 1, 2, 2, 3, 4, 4, 5, 6, 7]
    assert table["deescalate"].tolist() == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert table["eliminate"].tolist() == [3, 4, 5, 7, 8, 9, 10, 11, 12, 14]


def test_boin_stops_when_the_first_dose_is_too_toxic_beyond_doubt():
    got = Boin().conduct(np.ones((3, 30), dtype=bool))
    assert (got.treated.tolist(), got.named) == ([3, 0, 0], NONE)


def test_boin_never_returns_to_an_eliminated_dose():
    table = np.zeros((2, 30), dtype=bool)
    table[1] = True
    got = Boin().conduct(table)
    assert got.treated.tolist() == [27, 3]
    assert got.named == 0


def test_boin_treats_no_more_than_its_size_and_skips_no_dose():
    rng = np.random.default_rng(1)
    for _ in range(50):
        got = Boin(size=21).conduct(rng.random((5, 21)) < 0.3)
        assert got.treated.sum() <= 21
        tried = np.flatnonzero(got.treated)
        assert tried.tolist() == list(range(len(tried)))


def test_of_doses_equally_far_from_the_target_the_higher_is_named_below_it_and_the_lower_above():
    rule = Boin()
    assert rule.name(np.array([6, 6, 6]), np.array([1, 1, 1])) == 2
    assert rule.name(np.array([6, 6, 6]), np.array([3, 3, 3])) == 0


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_monotone_shares_never_fall_and_keep_the_weighted_mean(pairs):
    treated = np.array([n for n, _ in pairs])
    toxic = np.minimum([k for _, k in pairs], treated)
    got = monotone(toxic, treated)
    assert (np.diff(got) >= -1e-12).all()
    raw = (toxic + 0.05) / (treated + 0.1)
    weights = 1 / (raw * (treated - toxic + 0.05) / (treated + 0.1) / (treated + 1.1))
    assert np.average(got, weights=weights) == pytest.approx(np.average(raw, weights=weights))


def test_a_pool_that_one_trial_could_use_up_is_refused():
    with pytest.raises(TrialError, match="Draw a larger pool"):
        drawn(ThreePlusThree(), np.zeros((3, 17), dtype=bool), 1, seed=1)


def test_the_dose_with_the_target_rate_is_read_between_levels_on_a_log_scale():
    assert dose_at((1, 10, 100), np.array([0.1, 0.2, 0.4]), 0.3) == pytest.approx(10**1.5)
    assert dose_at((1, 10, 100), np.array([0.1, 0.3, 0.4]), 0.3) == 10
    assert np.isnan(dose_at((1, 10), np.array([0.4, 0.5]), 0.3))
    assert np.isnan(dose_at((1, 10), np.array([0.1, 0.2]), 0.3))
