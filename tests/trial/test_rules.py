"""Rules in force: what each action does to doses and patients, and what the log says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from immunarium import registry
from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial import Arm, Asked, Ensemble, Trial, TrialError
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort

N = 24
DOSES = "pill 0.2 mg/kg IV over 1 h daily x 6"
LOW = "haemodynamics.SBP < 118 mmHg"
Follow = Callable[..., Cohort]


@pytest.fixture
def follow(trial: Trial) -> Follow:
    patients = Population.sample(trial.disease, N, 3)

    def run(text: str, *others: str, sees: str = "state", **changes) -> Cohort:
        arms = tuple(
            Arm(name, name, Regimen.parse(t), 5)
            for name, t in zip("ABC", (text, *others), strict=False)
        )
        short = replace(trial, arms=arms, targets=(), rules_see=sees, **changes)
        return Bench.of(short, patients.graph).follow(arms[0].regimen, patients)

    return run


def courses(a: Cohort, b: Cohort) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Courses that both have, at the times that both have."""
    mine, theirs = np.isin(a.times, b.times), np.isin(b.times, a.times)
    for name in a.recorded.keys() & b.recorded.keys():
        yield name, a.recorded[name][:, mine], b.recorded[name][:, theirs]


def same(a: Cohort, b: Cohort) -> bool:
    """Whether two cohorts went through the same, to the last bit."""
    reduced = all(
        np.array_equal(a.reduced[k], b.reduced[k], equal_nan=True)
        for k in set(a.reduced) & set(b.reduced)
    )
    recorded = all(np.array_equal(x, y, equal_nan=True) for _, x, y in courses(a, b))
    return recorded and reduced and np.array_equal(a.ended, b.ended, equal_nan=True)


def close(a: Cohort, b: Cohort) -> None:
    """The same, but for where the solver puts its steps."""
    for name, x, y in courses(a, b):
        if name in ("drug.plasma", "haemodynamics.SBP", "lesion_1.volume"):
            np.testing.assert_allclose(x, y, rtol=5e-3, atol=1e-6, err_msg=name)


NEVER = [
    "hold pill when drug.amount > 1e9 mg until drug.amount < 1 mg; stop after 2 holds",
    "reduce pill to 50 % when day >= 999",
    "delay pill by 1 d when drug.amount > 1e9 mg",
    "slow pill to 50 % when response = PD and day >= 999",
    "stop pill when hypotension grade >= 3 and drug.amount > 1e9 mg",
    "rescue with (pill 1 mg/kg IV once) when drug.amount > 1e9 mg",
    "add (pill 1 mg/kg IV once) when visit = 99",
    "cross over to B when response = PD and day >= 999",
]


@pytest.mark.parametrize("rule", NEVER)
def test_a_rule_that_never_fires_changes_nothing(rule: str, follow: Follow) -> None:
    with_rule, without = follow(f"{DOSES}; {rule}", "none"), follow(DOSES, "none")
    assert same(with_rule, without)
    assert np.array_equal(with_rule.given, without.given)
    assert not len(with_rule.decisions)


def test_to_hold_every_dose_is_to_give_none(follow: Follow) -> None:
    held = follow(f"{DOSES}; hold pill when day >= 0")
    close(held, follow("none", DOSES))
    assert (held.given[np.isnan(held.ended)] == 0).all()


def test_to_reduce_from_the_first_dose_is_to_give_smaller_doses(follow: Follow) -> None:
    reduced = follow(f"{DOSES}; reduce pill to 50 % when day >= 0")
    half = follow(DOSES.replace("0.2", "0.1"), DOSES)
    assert same(reduced, half)
    assert (reduced.decisions["action"] == "reduced").sum() == N
    assert (reduced.doses.query("outcome == 'given'")["share"] == 0.5).all()


def test_to_slow_is_to_infuse_for_longer(follow: Follow) -> None:
    slowed = follow(f"{DOSES}; slow pill to 50 % when day >= 0")
    longer = follow(DOSES.replace("1 h", "2 h"), DOSES)
    close(slowed, longer)
    assert (slowed.doses.query("outcome == 'given'")["hours"] == 2).all()


def test_to_delay_is_to_give_everything_later(follow: Follow) -> None:
    delayed = follow(f"{DOSES}; delay pill by 36 h when day >= 0 at most 1 time")
    later = follow(f"{DOSES} from 36 h", DOSES)
    close(delayed, later)
    days = delayed.doses.groupby("patient")["day"].min()
    assert (days == 1.5).all()
    assert (delayed.decisions["action"] == "delayed").sum() == N


def test_to_cross_over_on_the_first_day_is_to_be_in_the_other_arm(follow: Follow) -> None:
    other = f"pill 0.1 mg/kg IV over 2 h q12h x 7; hold pill when {LOW}; stop after 2 holds"
    crossed = follow(f"{DOSES}; cross over to B when day >= 0", other)
    there = follow(other, DOSES)
    assert same(crossed, there)
    assert (crossed.given == 2).all()
    assert (crossed.decisions["action"] == "crossed over").sum() == N
    held = (crossed.decisions["action"] == "held").sum()
    assert held == (there.given == 0).sum() > 0


def test_to_add_on_the_first_day_is_to_combine(follow: Follow) -> None:
    added = follow(f"{DOSES}; add (pill 0.1 mg/kg IV daily x 3) when day >= 0")
    both = follow(f"{DOSES}; pill 0.1 mg/kg IV daily x 3 from day 0", DOSES)
    close(added, both)
    assert (added.decisions["action"] == "background added").sum() == N


def test_rescue_begins_at_the_visit_at_which_the_tumour_has_grown(follow: Follow) -> None:
    rescued = follow("none; rescue with (pill 0.2 mg/kg IV daily x 3) when response = PD")
    told = rescued.decisions
    assert set(told["action"]) == {"rescue begun"}
    assert set(told["day"]) <= {28.0, 56.0, 84.0}
    assert (told["reason"] == "response PD").all()
    begun = rescued.doses.groupby("patient")["day"].min()
    assert begun.to_dict() == told.set_index("patient")["day"].to_dict()
    others = np.setdiff1d(np.arange(N), told["patient"])
    none = follow("none", DOSES)
    for _, x, y in courses(rescued, none):
        assert np.array_equal(x[others], y[others], equal_nan=True)
        assert np.array_equal(x[:, :80], y[:, :80], equal_nan=True)  # before the first visit


def test_a_drug_is_held_until_it_is_safe_again_and_resumed_at_a_share(follow: Follow) -> None:
    q4h = "pill 0.2 mg/kg IV over 1 h q4h x 12"
    rule = "hold pill when drug.plasma > 0.25 mg/L until drug.plasma < 0.1 mg/L, resume at 25 %"
    cohort = follow(f"{q4h}; {rule}", q4h)
    assert {"held", "resumed"} <= set(cohort.decisions["action"])
    for patient in range(N):
        doses = cohort.doses[cohort.doses["patient"] == patient]
        told = cohort.decisions[cohort.decisions["patient"] == patient]
        held = doses[doses["outcome"] == "held"]["day"].tolist()
        assert told[told["action"] == "held"]["day"].tolist() == held
        resumed = told[told["action"] == "resumed"]["day"]
        given = doses[doses["outcome"] == "given"]
        if len(resumed):
            assert (given[given["day"] >= resumed.min()]["share"] == 0.25).all()
            assert (given[given["day"] < resumed.min()]["share"] == 1.0).all()


def test_holds_have_hysteresis(follow: Follow) -> None:
    q4h = "pill 0.2 mg/kg IV over 1 h q4h x 12"
    momentary = follow(f"{q4h}; hold pill when drug.plasma > 0.25 mg/L", q4h)
    lasting = follow(
        f"{q4h}; hold pill when drug.plasma > 0.25 mg/L until drug.plasma < 0.1 mg/L", q4h
    )
    assert (lasting.given == 0).sum() > (momentary.given == 0).sum() > 0
    assert lasting.decisions["reason"].str.startswith("not yet").any()


def test_the_full_dose_returns_when_a_reduction_ends(follow: Follow) -> None:
    rule = "reduce pill to 50 % when day < 2 until day >= 3 at most 1 time"
    cohort = follow(f"{DOSES}; {rule}", DOSES)
    shares = cohort.doses.query("patient == 0")["share"].tolist()
    alive = cohort.doses.query("patient == 0")["outcome"] == "given"
    assert shares == np.where(alive, [0.5, 0.5, 0.5, 1, 1, 1], 0).tolist()
    assert cohort.decisions.query("patient == 0")["action"].tolist() == ["reduced", "resumed"]


def test_a_rule_decides_at_most_so_many_times(follow: Follow) -> None:
    cohort = follow(f"{DOSES}; hold pill when day >= 1 at most 2 times", DOSES)
    alive = np.isnan(cohort.ended)
    assert cohort.given[alive].tolist() == [[1, 0, 0, 1, 1, 1]] * alive.sum()


def test_a_stopped_drug_is_given_no_more_and_a_stopped_course_only_ends(follow: Follow) -> None:
    two = "pill 0.2 mg/kg IV over 1 h daily x 3; rest 4 d; repeat 1"
    drug = follow(f"{two}; stop pill when day >= 1", two)
    course = follow(f"{two}; hold pill when day >= 1 at most 1 time; stop after 1 hold", two)
    alive = np.isnan(drug.ended) & np.isnan(course.ended)
    assert drug.given[alive].tolist() == [[1, 2, 2, 2, 2, 2]] * alive.sum()
    assert course.given[alive].tolist() == [[1, 0, 2, 1, 1, 1]] * alive.sum()


def test_the_log_gives_the_reason_in_numbers(follow: Follow) -> None:
    cohort = follow(f"{DOSES}; hold pill when {LOW}; stop pill when hypotension grade >= 3", DOSES)
    reasons = cohort.decisions.groupby("action")["reason"].first()
    assert reasons["held"].startswith("haemodynamics.SBP ")
    assert reasons["held"].endswith(" < 118 mmHg")
    for _, row in cohort.decisions.query("action == 'held'").iterrows():
        seen = float(row["reason"].split()[1])
        at = int(np.argmin(np.abs(cohort.times - 24 * row["day"])))
        true = cohort.recorded["haemodynamics.SBP"][row["patient"], at]
        assert seen == pytest.approx(true, rel=1e-3)


def test_grades_that_need_memory_can_be_seen_by_rules(follow: Follow) -> None:
    lasting = follow(f"{DOSES}; stop pill when drug.amount >= 0 mg for 48 h", DOSES)
    alive = np.isnan(lasting.ended)
    assert lasting.given[alive].tolist() == [[1, 1, 2, 2, 2, 2]] * alive.sum()
    rise = follow(f"{DOSES}; hold pill when lesion_1.volume in 24 h < 0 mL", DOSES)
    fell = (
        rise.recorded["lesion_1.volume"][:, rise.times == 24]
        < (rise.recorded["lesion_1.volume"][:, rise.times == 0])
    )
    assert np.array_equal(rise.given[:, 1] == 0, fell[:, 0])
    base = follow(f"{DOSES}; hold pill when haemodynamics.SBP < 0.9 * baseline", DOSES)
    assert not (base.given[:, 0] == 0).any()


def test_measured_values_decide_otherwise_than_the_hidden_state(follow: Follow) -> None:
    rule = f"{DOSES}; hold pill when {LOW}"
    hidden, measured = follow(rule, DOSES), follow(rule, DOSES, sees="measurements")
    assert not np.array_equal(hidden.given, measured.given)
    again = follow(rule, DOSES, sees="measurements")
    assert measured.decisions.equals(again.decisions)


def test_a_patient_is_decided_on_alike_in_any_company(trial: Trial) -> None:
    text = (
        f"{DOSES}; delay pill by 7 h when {LOW} at most 2 times; slow pill to 70 % when day >= 2; "
        f"hold pill when haemodynamics.SBP < 112 mmHg; cross over to B when response = PD; "
        f"rescue with (pill 0.1 mg/kg IV once) when day >= 3"
    )
    arms = (Arm("A", "A", Regimen.parse(text), 5), Arm("B", "B", Regimen.parse(DOSES), 5))
    trial = replace(trial, arms=arms, targets=())
    patients = Population.sample(trial.disease, N, 3)
    bench = Bench.of(trial, patients.graph)
    whole = bench.follow(arms[0].regimen, patients, workers=1)
    assert whole.decisions["action"].nunique() >= 4
    few = patients.keep(np.arange(N) % 3 == 0)
    some = bench.follow(arms[0].regimen, few, workers=2)
    for name, values in some.recorded.items():
        assert values.tobytes() == whole.recorded[name][::3].tobytes()
    mine = whole.decisions["patient"] % 3 == 0
    assert whole.decisions[mine].reset_index(drop=True).equals(some.decisions)


def test_who_progresses_crosses_over_at_that_visit_and_follows_the_other_arm(
    follow: Follow,
) -> None:
    other = "pill 0.2 mg/kg IV over 1 h daily x 3"
    cohort = follow("none; cross over to B when response = PD", other)
    told = cohort.decisions.set_index("patient")["day"]
    assert 0 < len(told) <= N
    begun = cohort.doses.groupby("patient")["day"].min()
    assert begun.to_dict() == told.to_dict()


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ("hold pill when kidney.creatinine > 3 mg/dL", "no quantity 'kidney.creatinine'"),
        ("cross over to Z when day >= 3", "there is no arm 'Z'"),
        (
            "rescue with (prednisone 1 mg IV once) when day >= 3",
            "No therapy is called 'prednisone'",
        ),
    ],
)
def test_a_rule_that_this_trial_cannot_follow_is_refused(
    rules: str, why: str, follow: Follow
) -> None:
    with pytest.raises(TrialError, match=why):
        follow(f"{DOSES}; {rules}", DOSES)


def test_everything_wrong_with_rules_is_said_at_once(follow: Follow) -> None:
    bad = "hold pill when kidney.creatinine > 3 mg/dL; cross over to Z when day >= 3"
    with pytest.raises(TrialError) as e:
        follow(f"{DOSES}; {bad}", f"{DOSES}; cross over to A when response = PD")
    assert "creatinine" in str(e.value)
    assert "'Z'" in str(e.value)


def test_a_response_needs_visits(follow: Follow) -> None:
    with pytest.raises(TrialError, match="There are no visits"):
        follow(f"{DOSES}; stop pill when response = PD", visits=None)


def test_pieces_and_threads_change_no_byte_of_a_run_with_rules(tmp_path: Path) -> None:
    text = (
        "aldesleukin 600000 IU/kg IV over 15 min q8h x 3; hold aldesleukin when "
        "haemodynamics.SBP < 125 mmHg until haemodynamics.SBP > 130 mmHg; "
        "rescue with (lak_cells 1e10 cells IV over 30 min on days 0, 1) when day >= 0.3"
    )
    asked = Asked(
        registry.content, "metastatic_cancer", text, n=20, days=2, rtol=1e-3, keep="lak.host"
    )
    stores = []
    for piece, workers in ((1000, 1), (3, 2)):
        folder = tmp_path / str(piece)
        Ensemble(asked, folder).run(workers=workers, piece=piece)
        files = (p for p in folder.rglob("*") if p.is_file())
        stores.append({str(p.relative_to(folder)): p.read_bytes() for p in files})
    assert stores[0] == stores[1]
    given = Ensemble(asked, tmp_path / "1000").open()
    assert 0 < float(given["doses_given"].mean()) < 3
    assert float(given["lak.host"].max()) > 0
