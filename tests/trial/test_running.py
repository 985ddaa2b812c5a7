"""Arms on the same patients, deterministic and independent of one another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from immunarium.dosing import Regimen
from immunarium.trial import Trial, TrialError, TrialResult, run_trial


def run(trial: Trial, **options) -> TrialResult:
    return run_trial(trial, **{"pool": 40, "replicates": 50, "sweep": False, **options})


def test_every_arm_is_assessed_and_every_target_scored(trial: Trial) -> None:
    result = run(trial)
    full, none = result.arms["full"], result.arms["none"]
    assert not full.patients["failed"].any()
    assert (full.patients["doses_asked"] == 18).all()
    assert full.patients["doses_given"].between(1, 18).all()
    assert set(full.patients["who"]) <= {"CR", "PR", "SD", "PD", "NE"}
    assert full.endpoints["percent"]["response"] > none.endpoints["percent"]["response"]
    assert [s.id for s in result.scores] == ["T1", "T2", "T3"]
    assert full.grades.sum("grade").to_numpy() == pytest.approx(1.0)
    shares = full.doses[["given", "held", "stopped", "ended"]].to_numpy()
    assert shares.sum(axis=1) == pytest.approx(1.0)


def test_identical_arms_differ_by_exactly_nothing(trial: Trial) -> None:
    twin = replace(trial.arms[0], name="twin")
    result = run(replace(trial, arms=(trial.arms[0], twin)))
    pd.testing.assert_frame_equal(
        result.arms["full"].patients, result.arms["twin"].patients, check_exact=True
    )
    assert result.arms["full"].courses.identical(result.arms["twin"].courses)


def test_adding_an_arm_changes_no_other(trial: Trial) -> None:
    """Also one whose infusions end at times that no other arm has."""
    other = Regimen.parse("pill 0.1 mg/kg IV over 45 min q7h x 5")
    odd = replace(trial.arms[0], name="odd", label="odd", regimen=other)
    one, two = (
        run(replace(trial, arms=trial.arms[:1])),
        run(replace(trial, arms=(trial.arms[0], odd))),
    )
    mine, same = one.arms["full"], two.arms["full"]
    assert mine.courses.identical(same.courses)
    assert mine.grades.identical(same.grades)
    for table in ("patients", "doses", "visits", "decisions", "episodes", "labs", "tumour"):
        pd.testing.assert_frame_equal(getattr(mine, table), getattr(same, table), check_exact=True)
    assert one.endpoints is not None
    assert two.endpoints is not None
    times = two.endpoints.times
    alone = times[times["arm"] == "full"].reset_index(drop=True)
    pd.testing.assert_frame_equal(one.endpoints.times, alone, check_exact=True)
    assert one.scores == two.scores


def test_same_seed_same_bytes_whatever_the_workers(trial: Trial) -> None:
    a, b, c = run(trial, workers=1), run(trial, workers=2), run(trial, seed=2)
    bytes_ = [r.arms["full"].courses["drug.plasma"].to_numpy().tobytes() for r in (a, b, c)]
    assert bytes_[0] == bytes_[1] != bytes_[2]
    assert a.scores == b.scores != c.scores


def test_a_larger_pool_begins_with_the_smaller_one(trial: Trial) -> None:
    small, large = run(trial).arms["full"].patients, run(trial, pool=60).arms["full"].patients
    pd.testing.assert_frame_equal(small, large.iloc[:40], check_exact=True)


def test_nobody_has_a_dose_or_an_event_without_treatment(trial: Trial) -> None:
    patients = run(trial).arms["none"].patients
    assert (patients["doses_asked"] == 0).all()
    assert not (patients["grade.Hypotension"] > 0).any()


def test_death_ends_doses_and_visits(trial: Trial) -> None:
    patients = run(trial, pool=200).arms["full"].patients
    dead = patients["death"] == "treatment"
    assert 0 < dead.sum() < 200
    assert (patients.loc[dead, "grade.Death NOS"] == 5).all()
    assert (patients.loc[dead & (patients["death_day"] < 28), "response"] == "NE").all()


@pytest.mark.parametrize("option", ["n", "replicates", "pool"])
def test_none_is_refused(trial: Trial, option: str) -> None:
    with pytest.raises(TrialError, match="at least 1"):
        run(trial, **{option: 0})


def test_intervals_widen_in_smaller_trials(trial: Trial) -> None:
    def width(n: int) -> float:
        low, high = run(trial, n=n, replicates=400).scores[1].interval90
        return high - low

    assert width(5) > width(100)


def test_the_result_is_plain_data(trial: Trial) -> None:
    import json

    data = json.loads(json.dumps(run(trial).as_dict(), allow_nan=True))
    assert {"id", "observed", "simulated", "interval90", "window", "inside", "role"} <= set(
        data["targets"][0]
    )
    worst = data["arms"]["full"]["worst_grade"]["Hypotension"]
    assert sum(worst.values()) == 40
    assert list(worst) == ["0", "1", "2", "3", "4", "5"]
    assert np.isfinite(data["targets"][0]["simulated"])


def test_nothing_is_counted_while_patients_are_sampled(trial: Trial) -> None:
    told: list[tuple[str, int, int]] = []
    run(trial, progress=lambda *words: told.append(words))
    assert told[0][0].startswith("sampling")
    assert told[0][1:] == (0, 0)
    assert [done for _, done, total in told if total == 40][-1] == 40
