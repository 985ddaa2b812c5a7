"""Endpoints by hand: events, censoring, intercurrent events, denominators, comparisons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from immunarium.trial import statistics as st
from immunarium.trial.bench import Bench
from immunarium.trial.endpoint import (
    CROSSED,
    RESCUE,
    STOPPED,
    Dropout,
    Endpoint,
    EndpointError,
    Estimand,
)
from immunarium.trial.estimate import evaluate, round_days
from immunarium.trial.outcome import observe
from immunarium.trial.watch import ArmData, Watch

UNTIL = 365.0  # days
EVERY = 30.0
PFS = Endpoint("PFS", "time", "progression or death")
OS = Endpoint("OS", "time", "death")
ORR = Endpoint("ORR", "share", "response")
AE = Endpoint("AE", "share", "rash grade >= 3")
BEST = ("CR", "PR", "SD", "PD")


def arm(*rows: dict[str, Any], name: str = "a") -> ArmData:
    """Patients, a mapping each: codes of visits every 30 days, ``-`` not seen; days of events."""
    patients, visits = [], []
    for i, row in enumerate(rows):
        codes = row.get("codes", "SD SD SD SD SD SD SD SD SD SD SD SD").split()
        seen = [c for c in codes if c in BEST]
        died = row.get("death", np.nan)
        patients.append({
            "response": min(seen, key=BEST.index) if seen else "NE", "death_day": died,
            "death": "" if np.isnan(died) else row.get("cause", "disease"),
            "dropout_day": row.get("left", np.inf), "doses_given": row.get("doses", 3),
            "failed": row.get("failed", False),
        })  # fmt: skip
        visits.append((i, 0, 0.0, 0.0, True, ""))
        visits += [
            (i, v, EVERY * v, EVERY * v + row.get("late", 0.0), c != "-", "NE" if c == "-" else c)
            for v, c in enumerate(codes, 1)
        ]
    columns = pd.Index(["patient", "visit", "planned_day", "day", "seen", "code"])
    events = (STOPPED, RESCUE, CROSSED, "rash grade >= 3")
    days = {e: np.array([row.get(e, np.nan) for row in rows], dtype=float) for e in events}
    return ArmData(name, name.upper(), 4, pd.DataFrame(patients),
                   pd.DataFrame(visits, columns=columns), days)  # fmt: skip


def seen(endpoint: Endpoint, **row: Any) -> tuple[float, bool, str]:
    """Day, whether it is the event, and the reason, of one patient."""
    data = arm(row)
    found = observe(endpoint, data, [data], UNTIL)
    return float(found.value[0]), bool(found.event[0]), str(found.reason[0])


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({}, (365, False, "end of follow-up")),
        ({"death": 200.0}, (200, True, "death")),
        ({"left": 100.0}, (100, False, "drop-out")),
        ({"left": 100.0, "death": 200.0}, (100, False, "drop-out")),
        ({"left": 200.0, "death": 100.0}, (100, True, "death")),
        ({"death": 365.0}, (365, True, "death")),
    ],
)
def test_survival_ends_with_death_or_when_the_patient_is_last_known_alive(row, wanted):
    assert seen(OS, **row) == wanted


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({"codes": "SD SD PD"}, (90, True, "progression")),
        ({"codes": "SD SD PD", "late": 2.0}, (92, True, "progression")),
        ({"codes": "SD SD SD"}, (90, False, "end of follow-up")),
        ({"codes": "SD SD SD", "death": 100.0}, (100, True, "death")),
        # one visit missed: the progression counts on the day it is found
        ({"codes": "SD - PD"}, (90, True, "progression")),
        ({"codes": "SD NE PD"}, (90, True, "progression")),
        # two missed: it may have come at any of them
        ({"codes": "SD - - PD"}, (30, False, "two missed visits")),
        ({"codes": "SD NE - PD"}, (30, False, "two missed visits")),
        ({"codes": "- - PD"}, (0, False, "two missed visits")),
        ({"codes": "SD - -", "death": 100.0}, (30, False, "two missed visits")),
        ({"codes": "SD - SD - SD PD"}, (180, True, "progression")),
        # after the last planned visit the next ones are missed in thought
        ({"codes": "SD SD SD", "death": 149.0}, (149, True, "death")),
        ({"codes": "SD SD SD", "death": 151.0}, (90, False, "two missed visits")),
        ({"codes": "SD SD SD", "left": 75.0}, (60, False, "drop-out")),
        ({"codes": "SD SD PD", "left": 75.0}, (60, False, "drop-out")),
        ({"codes": "- - -"}, (0, False, "end of follow-up")),
        ({"codes": "-", "death": 20.0}, (20, True, "death")),
    ],
)
def test_progression_is_censored_at_the_last_adequate_assessment(row, wanted):
    assert seen(PFS, **row) == wanted


def test_progression_alone_is_censored_at_the_last_assessment_before_death():
    endpoint = Endpoint("TTP", "time", "progression")
    assert seen(endpoint, codes="SD SD SD", death=100.0) == (90, False, "death")


def test_duration_of_response_runs_from_the_response_of_responders_only():
    endpoint = Endpoint("DoR", "time", "duration of response")
    data = arm({"codes": "SD PR PR PR PD"}, {"codes": "SD SD SD"}, {"codes": "PR PR PR"})
    found = observe(endpoint, data, [data], UNTIL)
    assert found.value.tolist() == pytest.approx([90, np.nan, 60], nan_ok=True)
    assert found.start.tolist() == pytest.approx([60, np.nan, 30], nan_ok=True)
    assert found.event.tolist() == [True, False, False]


def test_time_to_response_is_the_day_of_the_first_one_or_the_confirmed_one_if_it_is_known():
    endpoint = Endpoint("TTR", "time", "response")
    assert seen(endpoint, codes="SD PR SD PR PR") == (60, True, "response")
    data = arm({"codes": "SD PR SD PR PR"})
    known = replace(data, patients=data.patients.assign(response_day=120.0))
    assert observe(endpoint, known, [known], UNTIL).value.tolist() == [120]


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        ("treatment policy", (300, True, "death")),
        ("hypothetical", (120, False, "cross over")),
        ("while on treatment", (120, False, "cross over")),
        ("composite", (120, True, "cross over")),
    ],
)
def test_each_strategy_says_what_a_cross_over_means_for_survival(strategy, wanted):
    endpoint = replace(OS, estimand=Estimand(strategies={CROSSED: strategy}))
    row: dict[str, Any] = {"death": 300.0, CROSSED: 120.0}
    assert seen(endpoint, **row) == wanted
    assert seen(endpoint, death=300.0) == (300, True, "death")


def test_a_principal_stratum_is_who_is_free_of_the_event_in_every_arm():
    endpoint = replace(OS, estimand=Estimand(strategies={RESCUE: "principal stratum"}))
    a, b = arm({}, {RESCUE: 50.0}, {}), arm({RESCUE: 9.0}, {}, {}, name="b")
    for one in (a, b):
        assert observe(endpoint, one, [a, b], UNTIL).part.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        ("treatment policy", [1, 1, 0, 0]),
        ("hypothetical", [np.nan, 1, np.nan, 0]),
        ("while on treatment", [0, 1, 0, 0]),
        ("composite", [0, 1, 0, 0]),
    ],
)
def test_each_strategy_says_what_a_rescue_means_for_a_response(strategy, wanted):
    endpoint = replace(ORR, estimand=Estimand(strategies={RESCUE: strategy}))
    data = arm(
        {"codes": "SD PR PR", RESCUE: 40.0}, {"codes": "SD PR PR", RESCUE: 70.0},
        {"codes": "SD SD", RESCUE: 10.0}, {"codes": "SD SD"},
    )  # fmt: skip
    assert observe(endpoint, data, [data], UNTIL).value == pytest.approx(wanted, nan_ok=True)


def test_who_has_progressed_is_no_responder_whatever_would_have_been_without_the_event():
    endpoint = replace(ORR, estimand=Estimand(strategies={CROSSED: "hypothetical"}))
    data = arm(
        {"codes": "SD PD SD", CROSSED: 60.0}, {"codes": "SD PD SD", CROSSED: 75.0},
        {"codes": "SD PD SD", CROSSED: 45.0}, {"codes": "SD PR PR", CROSSED: 95.0},
    )  # fmt: skip
    found = observe(endpoint, data, [data], UNTIL).value
    assert found == pytest.approx([0, 0, np.nan, 1], nan_ok=True)


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        ("while on treatment", [1, 0, 0, 0]),
        ("composite", [1, 1, 1, 0]),
        ("hypothetical", [1, np.nan, np.nan, 0]),
    ],
)
def test_each_strategy_says_what_death_means_for_a_toxicity(strategy, wanted):
    endpoint = replace(AE, estimand=Estimand(strategies={"death": strategy}))
    rash = "rash grade >= 3"
    data = arm({rash: 9.0, "death": 10.0}, {rash: 20.0, "death": 10.0}, {"death": 10.0}, {})
    assert observe(endpoint, data, [data], UNTIL).value == pytest.approx(wanted, nan_ok=True)


def test_populations_differ_in_their_denominators():
    data = arm({"codes": "PR PR"}, {"codes": "- -"}, {"codes": "SD SD", "doses": 0}, {"failed": 1})
    sizes = {}
    for population in ("intention to treat", "all treated", "evaluable"):
        endpoint = replace(ORR, estimand=Estimand(population))
        found = observe(endpoint, data, [data], UNTIL)
        sizes[population] = (int(found.event.sum()), len(found.known))
    assert sizes == {"intention to treat": (1, 3), "all treated": (1, 2), "evaluable": (1, 2)}


def test_shares_are_counted_up_to_their_time_and_while_the_patient_is_seen():
    rash = "rash grade >= 3"
    data = arm({rash: 40.0}, {rash: 40.0, "left": 30.0}, {rash: 9.0}, {"death": 5.0}, {"left": 5.0})
    early = replace(AE, at=20 * 24.0)
    assert observe(AE, data, [data], UNTIL).value.tolist() == [1, 0, 1, 0, 0]
    assert observe(early, data, [data], UNTIL).value.tolist() == [0, 0, 1, 0, 0]
    alive = Endpoint("alive", "share", "alive", at=20 * 24.0)
    wanted = [1, 1, 1, 0, np.nan]
    assert observe(alive, data, [data], UNTIL).value == pytest.approx(wanted, nan_ok=True)


def test_disease_control_counts_stable_disease_and_complete_response_counts_no_partial_one():
    data = arm({"codes": "CR"}, {"codes": "PR"}, {"codes": "SD"}, {"codes": "PD"}, {"codes": "-"})
    shares = {
        of: observe(Endpoint(of, "share", of), data, [data], UNTIL).value.tolist()
        for of in ("complete response", "response", "disease control")
    }
    assert shares == {
        "complete response": [1, 0, 0, 0, 0],
        "response": [1, 1, 0, 0, 0],
        "disease control": [1, 1, 1, 0, 0],
    }


# ------------------------------------------------------------------------- estimates


def pool(name: str, rate: float, n: int = 200) -> ArmData:
    rng = np.random.default_rng(5)
    death = rng.exponential(1 / rate, n)
    left = Dropout(0.2, 24 * UNTIL).days(3, np.arange(n))
    rows = [
        {"codes": "SD PR PR" if i % 3 == 0 else "SD SD PD", "death": d, "left": out}
        for i, (d, out) in enumerate(zip(death, left, strict=True))
    ]
    for row in rows:
        row["death"] = row["death"] if row["death"] < UNTIL else np.nan
    return arm(*rows, name=name)


@pytest.fixture(scope="module")
def arms() -> list[ArmData]:
    return [pool("a", 1 / 400), pool("b", 1 / 150)]


@pytest.fixture(scope="module")
def results(arms):
    return evaluate([ORR, PFS, OS], arms, until=24 * UNTIL, replicates=20, n=80)


def test_the_tables_hold_what_the_statistics_say(arms, results):
    a, b = (observe(OS, x, arms, UNTIL) for x in arms)
    rows = results.comparisons.set_index(["endpoint", "measure"])
    time, event = np.concatenate([b.known, a.known]), np.concatenate([b.event, a.event])
    ratio = st.hazard_ratio(time, event, np.repeat([0, 1], 200))
    found = rows.loc[("OS", "hazard ratio")]
    assert (found["value"], found["p"]) == (ratio.value, ratio.p)
    assert found["value"] < 0.6
    assert found["power"] > 0.6
    share = results.estimates.set_index(["endpoint", "arm", "measure"]).loc[("ORR", "a", "share")]
    exact = st.proportion(share["events"], 200)
    assert (share["value"], share["low"]) == (100 * exact.value, 100 * exact.low)
    assert share["patients"] == 200
    median = results.estimates.set_index(["endpoint", "arm", "measure"]).loc[("OS", "b", "median")]
    assert median["value"] == st.kaplan_meier(b.known, b.event).median.value


def test_a_drawn_trial_has_the_numbers_that_its_patients_have_when_they_are_taken_out(arms):
    from immunarium.trial.draws import Draws

    results = evaluate([OS], arms, until=24 * UNTIL, replicates=3, n=60, seed=4)
    draws = Draws(4, 3)
    observed = {x.name: observe(OS, x, arms, UNTIL) for x in arms}
    got = results.trials[results.trials["trial"] == 2].set_index(["arm", "measure"])
    part = {k: draws.rows(k, 200, 60)[2] for k in observed}
    time = np.concatenate([observed[k].value[part[k]] for k in ("b", "a")])
    event = np.concatenate([observed[k].event[part[k]] for k in ("b", "a")])
    arms_of = np.repeat([0, 1], 60)
    ratio, test = st.hazard_ratio(time, event, arms_of), st.log_rank(time, event, arms_of)
    assert got.loc[("a", "hazard ratio"), "value"] == pytest.approx(ratio.value, abs=1e-12)
    assert got.loc[("a", "hazard ratio"), "p"] == pytest.approx(ratio.p, abs=1e-12)
    assert got.loc[("a", "log-rank"), "value"] == pytest.approx(test.value, abs=1e-9)
    assert got.loc[("a", "log-rank"), "p"] == pytest.approx(test.p, abs=1e-12)
    curves = [st.kaplan_meier(observed[k].value[part[k]], observed[k].event[part[k]]) for k in "ab"]
    assert got.loc[("b", "median"), "value"] == curves[1].median.value
    (said,) = results.comparisons.query("measure.str.startswith('difference')")["reason"]
    horizon = float(said.removeprefix("up to day "))
    assert horizon < UNTIL
    wanted = st.restricted_mean_difference(curves[0], curves[1], horizon)
    row: Any = got.loc[("a", "difference of restricted means")]
    assert row["value"] == pytest.approx(wanted.value, rel=1e-5)  # the day is printed to 6 digits
    assert row["p"] == pytest.approx(wanted.p, rel=1e-4)


def test_identical_arms_differ_by_exactly_nothing(arms):
    twin = replace(arms[0], name="twin")
    results = evaluate((ORR, PFS, OS), [arms[0], twin],
                       until=24 * UNTIL, replicates=5, n=60, paired=True)  # fmt: skip
    rows = results.comparisons.set_index("measure")
    none = {"hazard ratio": 1.0, "odds ratio": 1.0}
    assert all(value == none.get(str(m), 0.0) for m, value in rows["value"].items())
    trials = results.trials[results.trials["against"] != ""]
    equal = trials["measure"].map(none).fillna(0.0)
    assert (trials["value"] == equal).all()


def test_another_arm_changes_nothing_in_the_others(arms, results):
    brief = pool("c", 1 / 20)  # hardly anybody is followed for long
    more = evaluate([ORR, PFS, OS], [*arms, brief], until=24 * UNTIL, replicates=20, n=80)
    for name in ("estimates", "comparisons", "trials", "times", "curves"):
        table = getattr(more, name)
        other = table["arm"] == "c"
        if "against" in table:
            other |= table["against"] == "c"
        wanted = getattr(results, name)
        pd.testing.assert_frame_equal(table[~other].reset_index(drop=True), wanted)


def test_the_same_seed_draws_the_same_trials_and_another_one_others(arms, results):
    again = evaluate([ORR, PFS, OS], arms, until=24 * UNTIL, replicates=20, n=80)
    pd.testing.assert_frame_equal(again.trials, results.trials)
    other = evaluate([ORR], arms, until=24 * UNTIL, replicates=20, n=80, seed=2)
    assert not np.array_equal(other.trials["value"], again.trials["value"][: len(other.trials)])


def test_without_an_effect_one_trial_in_twenty_finds_one(arms):
    twin = replace(arms[0], name="twin")
    results = evaluate([OS, ORR], [arms[0], twin], until=24 * UNTIL, replicates=1000, n=100)
    power = results.comparisons.set_index(["endpoint", "measure"])["power"]
    for row in (("OS", "hazard ratio"), ("OS", "log-rank"), ("ORR", "difference of proportions")):
        assert 0.03 < power[row] < 0.075


def test_weights_move_the_share_and_the_trials_to_the_weighted_patients(arms):
    responds = observe(ORR, arms[0], arms, UNTIL).event
    weights = np.where(responds, 3.0, 1.0)
    results = evaluate([ORR], arms, until=24 * UNTIL, replicates=200, weights=weights)
    row = results.estimates.iloc[0]
    assert row["value"] == pytest.approx(100 * weights[responds].sum() / weights.sum())
    drawn = results.trials[(results.trials["arm"] == "a") & (results.trials["against"] == "")]
    assert drawn["value"].mean() == pytest.approx(row["value"], abs=4)


def test_an_arm_without_patients_in_the_population_gives_a_reason(arms):
    nobody = replace(arms[1], patients=arms[1].patients.assign(doses_given=0))
    treated = Estimand("all treated")
    both = [replace(ORR, estimand=treated), replace(OS, estimand=treated)]
    results = evaluate(both, [arms[0], nobody], until=24 * UNTIL, replicates=3)
    empty = results.estimates[results.estimates["arm"] == "b"]
    assert set(empty["reason"]) == {"no patients"}
    assert results.comparisons["value"].isna().all()
    assert (results.comparisons["reason"] != "").all()


def test_a_mean_is_restricted_to_what_a_tenth_of_the_arm_or_of_both_is_followed_to(arms, results):
    rows = results.estimates.query("measure == 'restricted mean'").set_index(["endpoint", "arm"])
    gaps = results.comparisons.set_index(["endpoint", "measure"])["reason"]
    told = [gaps["OS", "difference of restricted means"], *rows.loc["OS", "reason"]]
    horizon, *own = (float(words.removeprefix("up to day ")) for words in told)
    assert horizon == min(own) < max(own)
    for x in arms:
        found = observe(OS, x, arms, UNTIL)
        assert (found.known >= horizon - 0.01).sum() >= 20
    assert (observe(OS, arms[1], arms, UNTIL).known > horizon + 0.01).sum() < 20
    named = evaluate([replace(OS, at=24 * 100.0)], arms, until=24 * UNTIL, replicates=2)
    told = named.estimates.set_index(["arm", "measure"])
    assert told.loc[("b", "restricted mean"), "reason"] == "up to day 100"
    alive = st.kaplan_meier(*_seen(arms[1], arms)).at(100.0)
    assert told.loc[("b", "without event on day 100"), "value"] == 100 * alive.value


def _seen(one: ArmData, arms: list[ArmData]) -> tuple[Any, Any]:
    found = observe(OS, one, arms, UNTIL)
    return found.known, found.event


def test_numbers_at_risk_stand_on_a_round_grid():
    assert round_days(84.0).tolist() == [0, 14, 28, 42, 56, 70, 84]
    months = round_days(720.0) / 30.4375
    assert months == pytest.approx([0, 3, 6, 9, 12, 15, 18, 21])


def test_curves_and_times_hold_every_patient_once(results):
    times = results.times[results.times["endpoint"] == "OS"]
    assert not times.duplicated(["arm", "patient"]).any()
    assert len(times) == 400
    first = results.at_risk[results.at_risk["day"] == 0]
    assert set(first["at_risk"]) == {200}


# ----------------------------------------------------------------------------- drop-out


def test_drop_out_reaches_its_share_within_its_time_and_is_each_patients_own():
    dropout = Dropout(0.1, 84 * 24.0)
    days = dropout.days(1, np.arange(20_000))
    assert (days <= 84).mean() == pytest.approx(0.1, abs=0.006)
    assert dropout.days(1, np.array([7, 3])).tolist() == [days[7], days[3]]
    assert np.isinf(Dropout(0.0, 24.0).days(1, np.arange(3))).all()


# ----------------------------------------------------------------------- from a real run


@pytest.fixture(scope="module")
def endpoints() -> list[Endpoint]:
    return [
        Endpoint("hypotension", "share", "hypotension grade >= 3"),
        Endpoint("any", "share", "grade >= 3"),
        Endpoint("pressure", "time", "haemodynamics.SBP < 90 mmHg"),
        Endpoint("fall", "mean", "haemodynamics.SBP", at=24.0),
    ]


def test_endpoints_of_a_run_agree_with_the_patients_table(trial, endpoints):
    from immunarium.population import Population
    from immunarium.trial import assess

    patients = Population.sample(trial.disease, 60, 1, shares=trial.shares)
    bench = Bench.of(trial, patients.graph)
    watch = Watch.of(endpoints, bench.graph, bench.grades, trial.until)
    outputs = {**bench.outputs, **watch.outputs}
    reduces = {r.name: r for r in (*bench.reduces, *watch.reduces)}
    bench = replace(bench, outputs=outputs, reduces=tuple(reduces.values()))
    cohort = bench.follow(trial.arms[0].regimen, patients, workers=1)
    table = assess.patient_table(cohort, bench, patients)
    data = ArmData.of("full", "Full dose", 25, cohort, watch, table)
    found = {e.name: observe(e, data, [data], trial.until / 24) for e in endpoints}
    severe = table["grade.Hypotension"] >= 3
    assert found["hypotension"].value.tolist() == severe.astype(float).tolist()
    assert severe.mean() > 0
    worst = table[[c for c in table if str(c).startswith("grade.")]].max(axis=1)
    assert found["any"].value.tolist() == (worst >= 3).astype(float).tolist()
    low = cohort.reduced["nadir of haemodynamics.SBP"] < 90
    assert found["pressure"].event.tolist() == low.tolist()
    at = int(np.argmin(np.abs(cohort.times - 24.0)))
    change = (
        cohort.recorded["haemodynamics.SBP"][:, at] - cohort.recorded["haemodynamics.SBP"][:, 0]
    )
    assert found["fall"].value == pytest.approx(change, nan_ok=True)
    assert data.units == {"fall": "mmHg"}


# ------------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("kind", "of", "more", "says"),
    [
        ("share", "responze", {}, "Did you mean response"),
        ("part", "response", {}, "Known: mean, share, time"),
        ("time", "", {}, "says not of what"),
        ("time", "response or disease control", {}, "unknown event 'disease control'"),
        ("share", "disease control", {"at": 24.0}, "Leave out 'at'"),
        ("share", "complete response or death", {}, "goes with no other event"),
        ("mean", "tumour.burden", {}, "write when it is read"),
        ("time", "death", {"compare": ("a", "a")}, "Write two different arms"),
        ("time", "death", {"at": -1.0}, "Write a later"),
        ("time", "progression", {"estimand": Estimand(strategies={"death": "treatment policy"})},
         "not seen after death"),
        ("time", "death", {"estimand": Estimand(summary="odds ratio")}, "Unknown summary"),
        ("mean", "x.y", {"at": 24.0, "estimand": Estimand(strategies={RESCUE: "composite"})},
         "no value that a composite"),
    ],
)  # fmt: skip
def test_an_endpoint_that_cannot_be_evaluated_says_what_to_write(kind, of, more, says):
    with pytest.raises(EndpointError, match=says):
        Endpoint("mine", kind, of, **more)


def test_an_estimand_or_a_drop_out_that_cannot_be_says_what_to_write():
    with pytest.raises(EndpointError, match="Did you mean all treated"):
        Estimand("all treatd")
    with pytest.raises(EndpointError, match="Did you mean cross over"):
        Estimand(strategies={"crossover": "composite"})
    with pytest.raises(EndpointError, match="Did you mean hypothetical"):
        Estimand(strategies={RESCUE: "hypothetic"})
    with pytest.raises(EndpointError, match="less than 100 %"):
        Dropout(1.0, 24.0)


def test_endpoints_that_lack_their_assessment_or_their_arm_say_so(arms):
    blind = [replace(a, visits=None) for a in arms]
    with pytest.raises(EndpointError, match=r"the trial has none\. Write visits"):
        evaluate([PFS], blind, until=24 * UNTIL)
    with pytest.raises(EndpointError, match=r"which is no arm\. Known: a, b"):
        evaluate([replace(OS, compare=("a", "zz"))], arms, until=24 * UNTIL)


def test_the_sentence_names_all_five_attributes():
    endpoint = replace(
        PFS, compare=("a", "b"), estimand=Estimand("all treated", {CROSSED: "hypothetical"})
    )
    assert endpoint.sentence(("Drug", "Placebo")) == (
        "PFS: the hazard ratio of the time from the start of treatment to progression or death, "
        "Drug against Placebo, in all patients who had a dose (treatment policy: treatment "
        "stopped, rescue; hypothetical: cross over)."
    )
