"""A dose of several entries is one dose: counted once, and held, reduced and slowed as a whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from immunarium.core import Entry, Label, RouteTarget, Therapy
from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial import Arm, Trial, TrialError
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort
from immunarium.trial.crossover import sequences
from immunarium.trial.design import Crossover

N = 12
DOSES = "pill 0.2 mg/kg IV over 1 h daily x 4"
LABEL = (
    ("some", 0.25, "mg/mg"), ("rest", 0.75, "mg/mg"), ("concentration", 0.1, "mg/mL"),
    ("start_rate", 0.5, "mL/kg/h"), ("rate_factor", 2, "1"), ("step_time", 30, "min"),
    ("most_rate", 100, "mL/h"), ("most_rate_per_kg", 2, "mL/kg/h"),
)  # fmt: skip


@pytest.fixture
def pills(tmp_path: Path) -> dict[str, Therapy]:
    table = tmp_path / "pill.tsv"
    rows = [
        "name\tvalue\tunit\tevidence\tsource",
        *(f"{a}\t{b}\t{c}\tlabel\tt" for a, b, c in LABEL),
    ]
    table.write_text("\n".join(rows), encoding="utf-8")
    split = RouteTarget("drug.amount", content="some", also=(Entry("drug.amount", "rest"),))
    return {
        name: Therapy("pill", "The drug.", "mg", {"IV": route}, table=table)
        for name, route in (
            ("whole", RouteTarget("drug.amount")),
            ("split", split),
            ("label", replace(split, label=Label())),
        )
    }


@pytest.fixture
def follow(trial: Trial, pills: dict[str, Therapy]):
    patients = Population.sample(trial.disease, N, 3)

    def run(kind: str, text: str) -> Cohort:
        arms = (Arm("A", "A", Regimen.parse(text), 5),)
        short = replace(
            trial, arms=arms, targets=(), rules_see="state", therapies={"pill": pills[kind]}
        )
        return Bench.of(short, patients.graph).follow(arms[0].regimen, patients)

    return run


@pytest.mark.parametrize(
    "rule",
    [
        "hold pill when haemodynamics.SBP < 118 mmHg; stop after 2 holds",
        "reduce pill to 50 % when day >= 1",
        "slow pill to 50 % when day >= 2",
        "delay pill by 5 h when day >= 1 at most 1 times",
        "stop pill when day >= 2",
    ],
)
def test_a_split_dose_is_the_dose_it_is_made_of_whatever_rules_do(rule: str, follow):
    whole, split = (follow(kind, f"{DOSES}; {rule}") for kind in ("whole", "split"))
    assert split.given.tolist() == whole.given.tolist()
    assert split.drugs == whole.drugs == ("pill",) * 4
    assert split.decisions.equals(whole.decisions)
    assert split.doses.equals(whole.doses)
    np.testing.assert_allclose(
        split.recorded["drug.plasma"], whole.recorded["drug.plasma"], rtol=5e-3, atol=1e-9
    )


def test_an_infusion_that_is_stepped_up_is_counted_once_and_slowed_as_a_whole(follow):
    text = "pill 0.2 mg/kg IV daily x 3"
    usual = follow("label", f"{text}; slow pill to 50 % when day >= 9")
    slow = follow("label", f"{text}; slow pill to 50 % when day >= 0")
    held = follow("label", f"{text}; hold pill when day >= 1")
    assert usual.drugs == ("pill",) * 3
    hours = usual.doses.query("outcome == 'given'")["hours"].to_numpy()
    assert (hours > 1).all()  # 2 mL/kg at no more than 2 mL/kg/h
    assert (hours < 2.5).all()
    assert slow.doses["hours"].to_numpy() == pytest.approx(2 * usual.doses["hours"].to_numpy())
    assert (held.given == [1, 0, 0]).all(axis=1).sum() == (held.given[:, 0] == 1).sum()
    drug = np.nan_to_num(held.recorded["drug.plasma"])  # nobody is there after a death
    assert drug[:, held.times > 72].max() < 0.01 * drug.max()


def test_a_stretched_infusion_is_written_down_with_its_reason(follow):
    cohort = follow("label", "pill 0.2 mg/kg IV over 30 min daily x 2; hold pill when day >= 99")
    told = cohort.decisions
    assert set(told["action"]) == {"stretched"}
    assert len(told) == 2 * N
    assert told["reason"].str.fullmatch(r"at most \d+ mL/h: over \d+ min|at most .* h").all()
    assert (cohort.doses.query("outcome == 'given'")["hours"] >= 1).all()
    assert follow("label", DOSES.replace("1 h", "20 h")).decisions.empty


def test_the_end_of_an_infusion_by_its_label_is_recorded(follow):
    cohort = follow("label", "pill 0.2 mg/kg IV once; hold pill when day >= 9")
    label = cohort.doses["hours"].median()
    asked = follow("whole", "pill 0.2 mg/kg IV over 1 h once")
    new = sorted(set(cohort.times) - set(asked.times))
    assert len(new) == 1
    assert new[0] == pytest.approx(label, rel=0.25)


def test_a_period_is_as_long_as_a_label_lets_its_treatment_run(trial, pills):
    arms = tuple(Arm(x, x, Regimen.parse(f"pill {a} mg/kg IV once"), 5) for x, a in ("a1", "b2"))
    short = replace(trial, arms=arms, targets=(), therapies={"pill": pills["label"]})
    with pytest.raises(TrialError, match="after its period"):
        sequences(short, Crossover((("a", "b"), ("b", "a")), 1.0, 0.0))
    assert sequences(short, Crossover((("a", "b"), ("b", "a")), 24.0, 0.0)).arms


def test_what_is_stopped_is_the_next_dose_not_the_rest_of_one_that_runs(follow):
    stopped = follow("label", "pill 0.2 mg/kg IV q1h x 2; stop pill when day > 0")
    once = follow("label", "pill 0.2 mg/kg IV once; hold pill when day >= 9")
    assert (once.doses["hours"] > 1).all()  # it runs when the next is due
    assert (stopped.given[:, 1] == 2).all()
    drug, alone = (c.recorded["drug.plasma"][:, c.times == 4.0] for c in (stopped, once))
    np.testing.assert_allclose(drug, alone, rtol=5e-3, atol=1e-9)


def test_what_is_given_at_once_has_no_pace_to_slow(follow):
    with pytest.raises(TrialError, match="is no infusion, so it has no pace"):
        follow("split", "pill 0.2 mg/kg IV daily x 3; slow pill to 50 % when day >= 1")
