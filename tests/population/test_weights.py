"""Weights reproduce what was published, cost as few patients as can be, or are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ecdf, lognorm, norm

from immunarium import registry
from immunarium.population import (
    Marginal,
    MarginalError,
    Population,
    fit_weights,
    select,
    select_nearest,
)
from immunarium.population.weights import FARTHEST, Weights, distance

X = "this work"
R = np.random.default_rng(5)
POOL = pd.DataFrame(
    {
        "age": R.normal(50, 11, 1500),
        "weight": 72 * np.exp(0.2 * R.normal(size=1500)),
        "sex": (R.random(1500) < 0.65).astype(float),
        "histology": np.where(R.random(1500) < 0.5, "melanoma", "renal").astype(object),
    }
)
POOL["peak"] = 3 * POOL["weight"] + R.normal(0, 30, 1500)  # a response, seen after treatment


def simulated(values: pd.Series, weights: Weights) -> float:
    return float(weights.values @ values)  # noqa: PD011


@pytest.fixture(scope="module")
def cancer() -> Population:
    return Population.sample(registry.disease("metastatic_cancer"), 600, 2)


PUBLISHED = (
    Marginal("patient.age", X, "year", mean=52, sd=9),
    Marginal("patient.weight", X, "kg", mean=78, sd=14, law="lognormal"),
    Marginal("histology", X, shares={"melanoma": 0.3, "renal": 0.7}),
    Marginal("patient.sex", X, shares={"1": 0.7, "0": 0.3}),
    Marginal("tumour.burden", X, "mL", quantiles={0.25: 15, 0.75: 110}, median=40),
    Marginal("patient.bmi", X, "kg/m**2", shares={"< 22": 0.2, "22 to 26": 0.4, ">= 26": 0.4}),
)


def test_weights_reproduce_six_published_distributions_of_cancer(cancer: Population) -> None:
    weights = fit_weights(cancer.values(PUBLISHED), PUBLISHED)
    print(weights.fit.to_string(), f"effective sample size {weights.ess:.0f} of {len(cancer)}")
    assert weights.fit["distance"].max() <= 0.05
    assert weights.fit["distance_unweighted"].max() > 0.15
    assert 50 < weights.ess < len(cancer)
    wanted = weights.fit[weights.fit["number"].isin(["mean", "median"])]
    assert np.allclose(wanted["weighted"], wanted["published"], rtol=0.03)


def test_the_distance_is_that_of_kolmogorov_and_smirnov(cancer: Population) -> None:
    m = Marginal("patient.age", X, "year", mean=52, sd=9)
    x = cancer.at_start("patient.age")
    equal = np.full(len(x), 1 / len(x))
    at = ecdf(x).cdf.quantiles
    steps = np.concatenate([[0.0], ecdf(x).cdf.probabilities])
    below = norm(52, 9).cdf(at)
    wanted = max(np.abs(steps[1:] - below).max(), np.abs(steps[:-1] - below).max())
    assert distance(m, x, equal) == pytest.approx(wanted, abs=1e-12)


def test_a_mean_and_sd_are_met(cancer: Population) -> None:
    m = Marginal("patient.age", X, "year", mean=50, sd=10)
    weights = fit_weights(cancer.values([m]), [m])
    assert weights.fit["weighted"].to_list() == pytest.approx([50, 10], abs=1e-4)


def test_a_lognormal_distribution_is_met_in_its_shape() -> None:
    m = Marginal("weight", X, "kg", mean=80, sd=12, law="lognormal")
    weights = fit_weights(POOL, [m])
    spread = np.sqrt(np.log1p((12 / 80) ** 2))
    law = lognorm(spread, scale=80 * np.exp(-(spread**2) / 2))
    assert law.mean() == pytest.approx(80)
    for share in (0.1, 0.5, 0.9):
        below = simulated(POOL["weight"] <= law.ppf(share), weights)
        assert below == pytest.approx(share, abs=0.02)


def test_patients_who_are_as_published_keep_equal_weights() -> None:
    quartiles = {q: float(np.quantile(POOL["age"], q)) for q in (0.25, 0.5, 0.75)}
    shares = {h: float((POOL["histology"] == h).mean()) for h in ("melanoma", "renal")}
    asked = [Marginal("age", X, quantiles=quartiles), Marginal("histology", X, shares=shares)]
    weights = fit_weights(POOL, asked)
    assert weights.ess == pytest.approx(len(POOL), rel=1e-6)
    assert np.allclose(weights.values, 1 / len(POOL), rtol=1e-4)


def test_no_published_distribution_leaves_everybody_alike() -> None:
    assert fit_weights(POOL, []).ess == pytest.approx(len(POOL))


def test_shares_of_two_categories_give_the_weights_one_would_compute_by_hand() -> None:
    weights = fit_weights(POOL, [Marginal("histology", X, shares={"melanoma": 0.2, "renal": 0.8})])
    melanoma = (POOL["histology"] == "melanoma").to_numpy()
    by_hand = np.where(melanoma, 0.2 / melanoma.sum(), 0.8 / (~melanoma).sum())
    assert np.allclose(weights.values, by_hand, rtol=1e-6)
    assert weights.ess == pytest.approx(1 / (by_hand @ by_hand), rel=1e-6)


def test_a_response_of_simulated_patients_can_be_matched() -> None:
    m = Marginal("peak", X, "IU/mL", mean=240, sd=50)
    weights = fit_weights(POOL, [m])
    assert simulated(POOL["peak"], weights) == pytest.approx(240, abs=0.01)
    assert simulated(POOL["weight"], weights) > POOL["weight"].mean() + 3  # who peaks is heavier


def test_a_share_of_nought_leaves_those_patients_out() -> None:
    weights = fit_weights(POOL, [Marginal("histology", X, shares={"melanoma": 0, "renal": 1})])
    assert simulated(POOL["histology"] == "melanoma", weights) == 0
    assert set(POOL["histology"].to_numpy()[select(weights, 200, 1)]) == {"renal"}
    assert set(POOL["histology"].to_numpy()[weights.rows(np.linspace(0, 1, 500))]) == {"renal"}


@given(
    st.floats(44, 56),
    st.floats(7, 13),
    st.floats(0.2, 0.9),
    st.floats(0.2, 0.9),
    st.integers(0, 99),
)
@settings(max_examples=30, deadline=None)
def test_what_weights_say_they_reach_they_reach(
    mean: float, sd: float, melanoma: float, men: float, seed: int
) -> None:
    asked = [
        Marginal("age", X, "year", mean=mean, sd=sd),
        Marginal("histology", X, shares={"melanoma": melanoma, "renal": 1 - melanoma}),
        Marginal("sex", X, shares={"1": men, "0": 1 - men}),
    ]
    pool = POOL.sample(400, random_state=seed)
    try:
        weights = fit_weights(pool, asked)
    except MarginalError as e:
        assert "effective sample size" in str(e)  # noqa: PT017 - few of 400 may be in the tails
        return
    values = weights.values  # noqa: PD011
    assert values.min() >= 0
    assert values.sum() == pytest.approx(1)
    assert weights.ess == pytest.approx(1 / (values @ values))
    assert weights.fit["distance"].max() <= FARTHEST
    assert simulated(pool["sex"], weights) == pytest.approx(men, abs=1e-4)
    assert simulated(pool["age"], weights) == pytest.approx(mean, abs=0.05 * sd)


@pytest.mark.parametrize(
    ("asked", "saying"),
    [
        (
            Marginal("age", X, "year", mean=120, sd=5),
            r"at best they are 1.000 away .*90 % of the pool",
        ),
        (Marginal("age", X, "year", mean=50, sd=40), "No weights of these 1500 patients"),
        (Marginal("age", X, "year", median=150), "effective sample size"),
        (Marginal("age", X, "year", mean=88, sd=1), "would count|away"),
        (Marginal("histology", X, shares={"melanoma": 0.5, "renl": 0.5}), "to none of its shares"),
        (Marginal("histology", X, mean=1, sd=1), "its values are words"),
        (Marginal("sx", X, shares={"1": 1.0}), "no 'sx' .* Did you mean sex"),
        (Marginal("age", X, shares={"< 50": 0.5, "40 to 60": 0.5}), "to none of its shares"),
        (Marginal("age", X, shares={"< 50": 0.5, ">= 40": 0.5}), "to two of its shares"),
        (Marginal("age", X, shares={"young": 1.0}), "no interval"),
    ],
)
def test_what_no_weights_reach_is_refused_with_how_far_it_is(asked: Marginal, saying: str) -> None:
    with pytest.raises(MarginalError, match=saying):
        fit_weights(POOL, [asked])


def test_distributions_that_contradict_one_another_are_refused() -> None:
    heavy = Marginal("weight", X, "kg", mean=90, sd=10)
    low = Marginal("peak", X, "IU/mL", mean=150, sd=20)
    with pytest.raises(MarginalError, match="the other distributions"):
        fit_weights(POOL, [heavy, low])


def test_patients_without_a_value_are_refused() -> None:
    holes = POOL.assign(peak=POOL["peak"].where(POOL["sex"] == 1))
    with pytest.raises(MarginalError, match="of 1500 patients have no value"):
        fit_weights(holes, [Marginal("peak", X, mean=240, sd=50)])


def test_one_thing_has_one_distribution() -> None:
    with pytest.raises(MarginalError, match="two published distributions"):
        fit_weights(POOL, [Marginal("age", X, median=50), Marginal("age", X, mean=50, sd=9)])


@pytest.mark.parametrize(
    ("more", "saying"),
    [
        ({}, "none of three ways"),
        ({"mean": 5.0}, "without an sd"),
        ({"mean": 5.0, "sd": 0.0}, "an sd is above 0"),
        ({"mean": 5.0, "sd": 1.0, "law": "lognormall"}, "Did you mean lognormal"),
        ({"mean": -5.0, "sd": 1.0, "law": "lognormal"}, "write one above 0"),
        ({"mean": 5.0, "sd": 1.0, "median": 4.0}, "2 of three ways"),
        ({"quantiles": {0.0: 18.0, 0.5: 50.0, 1.0: 71.0}}, "the range of n patients"),
        ({"quantiles": {0.25: 50.0, 0.75: 40.0}}, "do not rise"),
        ({"quantiles": {0.5: 50.0}, "median": 40.0}, "a median beside another"),
        ({"shares": {"1": 60.0, "0": 40.0}}, "They are of 1, not of 100"),
    ],
)
def test_a_distribution_that_makes_no_sense_is_refused(more: dict, saying: str) -> None:
    with pytest.raises(MarginalError, match=saying):
        Marginal("age", X, "year", **more)


def test_a_distribution_without_a_source_is_refused() -> None:
    with pytest.raises(MarginalError, match="has no source"):
        Marginal("age", " ", median=50)


@pytest.fixture(scope="module")
def weighted() -> Weights:
    return fit_weights(POOL, [Marginal("age", X, "year", mean=55, sd=9)])


def test_selection_takes_each_patient_as_often_as_its_weight_says(weighted: Weights) -> None:
    times = np.bincount(select(weighted, 700, 3), minlength=len(POOL))
    asked = 700 * weighted.values  # noqa: PD011
    assert times.sum() == 700
    assert (np.abs(times - asked) < 1).all()


def test_selected_patients_are_distributed_as_published(weighted: Weights) -> None:
    chosen = POOL["age"].to_numpy()[select(weighted, 700, 3)]
    m = Marginal("age", X, "year", mean=55, sd=9)
    assert distance(m, chosen, np.full(700, 1 / 700)) < 0.05


def test_the_best_of_many_selections_is_nearer_and_says_how_near() -> None:
    asked = [
        Marginal("age", X, "year", mean=55, sd=9),
        Marginal("histology", X, shares={"melanoma": 0.3, "renal": 0.7}),
    ]
    weights = fit_weights(POOL, asked)
    rows, fit = select_nearest(weights, POOL, asked, 60, 3)
    equal = np.full(60, 1 / 60)
    chosen, plain = POOL.iloc[rows], POOL.iloc[select(weights, 60, 3)]
    far, further = (
        [distance(m, table[m.of].to_numpy(), equal) for m in asked] for table in (chosen, plain)
    )
    assert max(far) < max(further)
    assert fit["distance_selected"].to_list() == pytest.approx([far[0], far[0], far[1], far[1]])
    assert fit["selected"].iloc[0] == pytest.approx(chosen["age"].mean())


def test_the_same_seed_selects_the_same_patients(weighted: Weights) -> None:
    a, b, c = select(weighted, 300, 3), select(weighted, 300, 3), select(weighted, 300, 4)
    assert a.tobytes() == b.tobytes()
    assert (a != c).any()
    again = fit_weights(POOL, [Marginal("age", X, "year", mean=55, sd=9)])
    assert again.values.tobytes() == weighted.values.tobytes()  # noqa: PD011


def test_rows_drawn_by_weight_have_the_weighted_mean(weighted: Weights) -> None:
    rows = weighted.rows(np.random.default_rng(1).random((200, 300)))
    assert rows.shape == (200, 300)
    assert POOL["age"].to_numpy()[rows].mean() == pytest.approx(55, abs=0.15)


def test_nobody_selected_is_refused(weighted: Weights) -> None:
    with pytest.raises(MarginalError, match="Cannot select 0"):
        select(weighted, 0, 1)
