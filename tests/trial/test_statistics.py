"""Statistics against statsmodels, lifelines and published numbers."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from immunarium.trial import statistics as st

EIGHT = 1e-8
CASES = Path(__file__).parents[3] / "shared" / "cases"
KINDS = ("no ties", "ties", "few events", "unequal arms")


def sample(kind: str) -> tuple[Any, ...]:
    """Time, event, treated, age and centre of invented patients."""
    rng = np.random.default_rng(KINDS.index(kind))
    n = 300
    treated = rng.random(n) < (0.15 if kind == "unequal arms" else 0.5)
    time, leaves = rng.exponential(100 + 60 * treated), rng.uniform(20, 300, n)
    if kind == "ties":
        time, leaves = np.ceil(time / 20), np.ceil(leaves / 20)
    if kind == "few events":
        leaves = leaves / 10
    age, centre = rng.normal(60, 8, n), rng.integers(0, 4, n)
    return np.minimum(time, leaves), time <= leaves, treated, age, centre


@pytest.fixture(params=KINDS)
def data(request):
    return sample(request.param)


def test_kaplan_meier_and_its_greenwood_interval_agree_with_statsmodels(data):
    from statsmodels.duration.survfunc import SurvfuncRight

    time, event, *_ = data
    theirs: Any = SurvfuncRight(time, event.astype(int))
    table = st.kaplan_meier(time, event).table
    mine = table[table["events"] > 0].set_index("day").loc[theirs.surv_times]
    assert mine["survival"].to_numpy() == pytest.approx(theirs.surv_prob, abs=EIGHT)
    assert mine["at_risk"].to_numpy() == pytest.approx(theirs.n_risk, abs=EIGHT)
    inside = theirs.surv_prob > 1e-9
    s, error = theirs.surv_prob[inside], theirs.surv_prob_se[inside]
    wide = 1.959963984540054 * error / np.abs(s * np.log(s))
    assert mine["low"].to_numpy()[inside] == pytest.approx(s ** np.exp(wide), abs=EIGHT)
    assert mine["high"].to_numpy()[inside] == pytest.approx(s ** np.exp(-wide), abs=EIGHT)


def test_the_median_and_its_interval_agree_with_statsmodels(data):
    from statsmodels.duration.survfunc import SurvfuncRight

    time, event, *_ = data
    theirs: Any = SurvfuncRight(time, event.astype(int))
    mine = st.kaplan_meier(time, event).median
    if np.isnan(mine.value):
        assert mine.reason == "not reached"
        return
    assert mine.value == pytest.approx(theirs.quantile(0.5), abs=EIGHT)
    low, high = theirs.quantile_ci(0.5, method="cloglog")
    assert (mine.low, mine.high) == pytest.approx((low, high), abs=EIGHT)


@pytest.mark.parametrize("stratified", [False, True])
def test_the_log_rank_test_agrees_with_statsmodels(data, stratified):
    from statsmodels.duration.survfunc import survdiff

    time, event, treated, _, centre = data
    strata = centre if stratified else None
    chi, p = survdiff(time, event.astype(int), treated.astype(int), strata=strata)
    mine = st.log_rank(time, event, treated, strata)
    assert mine.value == pytest.approx(chi, rel=EIGHT)
    assert mine.p == pytest.approx(p, abs=EIGHT)


def test_the_log_rank_test_of_four_groups_agrees_with_statsmodels_and_lifelines(data):
    from lifelines.statistics import multivariate_logrank_test
    from statsmodels.duration.survfunc import survdiff

    time, event, _, _, centre = data
    mine = st.log_rank(time, event, centre)
    chi, p = survdiff(time, event.astype(int), centre)
    assert mine.value == pytest.approx(chi, rel=EIGHT)
    assert mine.p == pytest.approx(p, abs=EIGHT)
    theirs = multivariate_logrank_test(time, centre, event)
    assert mine.value == pytest.approx(theirs.test_statistic, rel=EIGHT)


def their_cox(time, event, columns, strata=None):
    from statsmodels.duration.hazard_regression import PHReg

    model = PHReg(time, columns, status=event.astype(int), ties="efron", strata=strata)
    fitted = model.fit(tol=1e-12)
    return fitted.params, fitted.conf_int()


def test_the_hazard_ratio_agrees_with_statsmodels(data):
    time, event, treated, *_ = data
    (beta,), limits = their_cox(time, event, treated[:, None].astype(float))
    mine = st.hazard_ratio(time, event, treated)
    assert np.log(mine.value) == pytest.approx(beta, abs=EIGHT)
    assert np.log([mine.low, mine.high]) == pytest.approx(limits[0], abs=EIGHT)


@pytest.mark.parametrize("stratified", [False, True])
def test_cox_with_covariates_agrees_with_statsmodels(data, stratified):
    time, event, treated, age, centre = data
    table = pd.DataFrame({"treated": treated.astype(float), "age": age})
    strata = centre if stratified else None
    beta, limits = their_cox(time, event, table.to_numpy(), strata)
    mine = st.cox(time, event, table, strata)
    for i, name in enumerate(("treated", "age")):
        assert np.log(mine[name].value) == pytest.approx(beta[i], abs=EIGHT)
        got = np.log([mine[name].low, mine[name].high])
        assert got == pytest.approx(limits[i], abs=EIGHT)


def test_the_own_cox_of_two_arms_is_that_of_lifelines_also_with_weights(data):
    time, event, treated, *_ = data
    weights = np.random.default_rng(9).uniform(0.2, 3.0, len(time))
    one = pd.DataFrame({"treated": treated.astype(float)})
    plain, weighted = st.cox(time, event, one), st.cox(time, event, one, weights=weights)
    mine = st.hazard_ratio(time, event, treated)
    assert vars(mine) == pytest.approx(vars(plain["treated"]), abs=EIGHT)
    heavy = st.hazard_ratio(time, event, treated, weights)
    assert heavy.value == pytest.approx(weighted["treated"].value, abs=EIGHT)
    assert abs(heavy.value - mine.value) > 1e-4


def survival_of(trial: str):
    path = CASES / "data" / "survival_immunotherapy.csv"
    if not path.exists():
        pytest.skip(f"the published cases are not at {CASES}")
    with path.open() as file:
        rows = [r for r in csv.DictReader(file) if r["name"] == trial]
    time, event = (np.array([float(r[k]) for r in rows]) for k in ("time", "event"))
    return time, event == 1, np.array([r["arm"] == "nivolumab" for r in rows])


def test_the_hazard_ratio_of_checkmate_017_is_the_published_reconstruction():
    time, event, treated = survival_of("Checkmate017_1")
    mine = st.hazard_ratio(time, event, treated)
    assert round(mine.value, 3) == 0.589
    assert mine.high < 1
    (beta,), _ = their_cox(time, event, treated[:, None].astype(float))
    assert np.log(mine.value) == pytest.approx(beta, abs=EIGHT)
    assert st.log_rank(time, event, treated).p < 0.001


def test_the_restricted_mean_and_medians_of_the_lung_cancer_data_are_those_of_r():
    # R survival, print(survfit(Surv(time, status) ~ sex, lung), rmean = "common"):
    # men 326 (22.9) and 270 days; women 426 days, and followed less long than the men
    from lifelines.datasets import load_lung

    lung = load_lung()
    men, women = (st.kaplan_meier(rows["time"], rows["status"]) for _, rows in lung.groupby("sex"))
    mean = st.restricted_mean(men, 1022.0)
    assert round(mean.value) == 326
    assert (mean.high - mean.value) / 1.959963984540054 == pytest.approx(22.9, abs=0.05)
    assert (men.median.value, women.median.value) == (270, 426)
    assert st.restricted_mean(women, 1022.0).reason == "nobody is followed to day 1022"


def test_restricted_means_without_censoring_are_means():
    time = np.array([1.0, 2.0, 4.0, 9.0])
    mean = st.restricted_mean(st.kaplan_meier(time, np.ones(4)), 5.0)
    assert mean.value == pytest.approx(np.minimum(time, 5.0).mean())
    error = (mean.high - mean.low) / (2 * 1.959963984540054)
    assert error == pytest.approx(np.minimum(time, 5.0).std() / 2)


@pytest.mark.parametrize(("yes", "n"), [(0, 7), (3, 7), (7, 7), (41, 200)])
def test_intervals_of_proportions_agree_with_statsmodels(yes, n):
    from statsmodels.stats.proportion import proportion_confint

    for method, theirs in (("exact", "beta"), ("wilson", "wilson")):
        mine = st.proportion(yes, n, method)
        low, high = proportion_confint(yes, n, method=theirs)
        low, high = (0.0 if yes == 0 else low), (1.0 if yes == n else high)
        assert (mine.low, mine.high) == pytest.approx((low, high), abs=EIGHT)


@pytest.mark.parametrize("cells", [(12, 40, 5, 38), (0, 20, 3, 25), (200, 500, 180, 500)])
def test_differences_of_proportions_agree_with_statsmodels(cells):
    from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep

    mine = st.proportion_difference(*cells)
    low, high = confint_proportions_2indep(*cells, compare="diff", method="newcomb")
    assert (mine.low, mine.high) == pytest.approx((low, high), abs=EIGHT)
    theirs: Any = test_proportions_2indep(*cells, compare="diff", method="score", correction=False)
    assert mine.p == pytest.approx(theirs.pvalue, abs=EIGHT)


def test_the_odds_ratio_agrees_with_statsmodels():
    from statsmodels.stats.contingency_tables import Table2x2

    theirs = Table2x2(np.array([[12, 28], [5, 33]]))
    mine = st.odds_ratio(12, 40, 5, 38)
    assert (mine.low, mine.high) == pytest.approx(theirs.oddsratio_confint(), abs=EIGHT)
    assert mine.p == pytest.approx(theirs.oddsratio_pvalue(), abs=EIGHT)


def test_differences_of_means_agree_with_statsmodels():
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    rng = np.random.default_rng(3)
    a, b = rng.normal(1, 2, 40), rng.normal(0, 1, 30)
    theirs = CompareMeans(DescrStatsW(a), DescrStatsW(b))
    mine = st.mean_difference(np.append(a, np.nan), b)
    limits = theirs.tconfint_diff(usevar="unequal")
    assert (mine.low, mine.high) == pytest.approx(limits, abs=EIGHT)
    assert mine.p == pytest.approx(theirs.ttest_ind(usevar="unequal")[1], abs=EIGHT)
    pairs = DescrStatsW(a[:30] - b)
    got = st.paired_difference(a[:30], b)
    assert (got.low, got.high) == pytest.approx(pairs.tconfint_mean(), abs=EIGHT)


def test_what_cannot_be_estimated_says_why_and_nothing_warns():
    time, nobody = np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4, dtype=bool)
    arms = np.array([0, 0, 1, 1])
    curve = st.kaplan_meier(time, nobody)
    assert curve.table["survival"].to_numpy() == pytest.approx(1.0)
    assert curve.median.reason == "not reached"
    assert st.hazard_ratio(time, nobody, arms).reason == "no event in either arm"
    assert st.hazard_ratio(time, arms == 1, arms).reason == "no event in the second arm"
    assert "overlap" in st.hazard_ratio(time, ~nobody, arms).reason
    assert st.log_rank(time, nobody, arms).reason == "no event"
    assert st.log_rank(time, ~nobody, np.zeros(4)).reason == "one group only"
    assert st.hazard_ratio(time, ~nobody, np.zeros(4)).reason == "one group only"
    assert st.kaplan_meier([], []).median.reason == "no patients"
    assert st.restricted_mean(st.kaplan_meier([], []), 3.0).reason == "no patients"
    assert st.restricted_mean(curve, 5.0).reason == "nobody is followed to day 5"
    assert st.proportion(0, 0).reason == "no patients"
    assert st.odds_ratio(0, 4, 2, 4).reason.startswith("in one of the arms nobody")
    assert st.mean([np.nan, 1.0]).reason == "fewer than two patients have a value"
    one = pd.DataFrame({"arm": arms.astype(float)})
    assert st.cox(time, nobody, one)["arm"].reason == "no event"
    assert st.cox(time, ~nobody, one)["arm"].reason == "the likelihood has no maximum"


def test_the_last_event_of_all_leaves_a_curve_at_zero():
    curve = st.kaplan_meier([1.0, 2.0], [True, True])
    assert curve.at(2.0).value == 0.0
    assert curve.at(99.0).value == 0.0
    assert curve.at(1.5).value == 0.5
    assert curve.median.value == 1.0
    assert curve.at_risk([0, 1, 1.5, 2, 3]).tolist() == [2, 2, 1, 1, 0]


def test_identical_arms_differ_by_exactly_nothing(data):
    time, event, *_ = data
    twice, events = np.concatenate([time, time]), np.concatenate([event, event])
    arms = np.repeat([0, 1], len(time))
    weights = np.tile(np.random.default_rng(1).random(len(time)), 2)
    for w in (None, weights):
        ratio = st.hazard_ratio(twice, events, arms, w)
        assert (ratio.value, ratio.p) == (1.0, 1.0)
        assert st.log_rank(twice, events, arms, weights=w).value == 0.0
    curve = st.kaplan_meier(time, event)
    assert st.restricted_mean_difference(curve, curve, 15.0).value == 0.0
    assert st.proportion_difference(3, 9, 3, 9).value == 0.0
    assert st.mean_difference(time, time).value == 0.0
    assert st.paired_difference(time, time).p == 1.0


def test_equal_weights_change_nothing_and_unequal_ones_widen_the_interval():
    time, event, *_ = sample("no ties")
    plain = st.kaplan_meier(time, event)
    equal = st.kaplan_meier(time, event, np.full(len(time), 0.3))
    assert equal.table.to_numpy() == pytest.approx(plain.table.to_numpy(), nan_ok=True)
    weights = np.where(np.arange(len(time)) % 2 == 0, 1.0, 0.05)
    half = st.kaplan_meier(time, event, weights).at(60.0)
    full = plain.at(60.0)
    assert half.high - half.low > 1.2 * (full.high - full.low)


def test_lifelines_is_loaded_only_when_a_curve_is_asked_for():
    code = "import sys, immunarium.trial.statistics; sys.exit('lifelines' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
