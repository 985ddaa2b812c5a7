"""Intercurrent events from the rule that brings them about to the estimate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from immunarium import registry
from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial import Arm, Trial, run_trial
from immunarium.trial.ctcae import read_grades, told_apart
from immunarium.trial.endpoint import CROSSED, RESCUE, STOPPED, Endpoint, Estimand
from immunarium.trial.watch import Watch

DAILY = "pill 0.2 mg/kg IV over 1 h daily x 40"
RULES = {
    RESCUE: "rescue with (pill 0.3 mg/kg IV once) when visit = 1",
    STOPPED: "stop pill when day >= 28",
    CROSSED: "cross over to less when visit = 2",
}


def run(trial: Trial, event: str, strategy: str):
    arms = (
        Arm("full", "Full dose", Regimen.parse(f"{DAILY}; {RULES[event]}"), 12),
        Arm("less", "Less", Regimen.parse("pill 0.05 mg/kg IV over 1 h daily x 40"), 12),
    )
    endpoint = Endpoint(
        "overall survival", "time", "death", estimand=Estimand(strategies={event: strategy})
    )
    plan = replace(trial, arms=arms, targets=(), support=(), endpoints=(endpoint,))
    result = run_trial(plan, pool=30, replicates=10, sweep=False)
    assert result.endpoints is not None
    times = result.endpoints.times
    mine = times[times["arm"] == "full"].set_index("patient")
    begun = result.arms["full"].decisions.groupby("patient")["day"].min()
    return mine, begun


@pytest.mark.parametrize("event", [RESCUE, STOPPED, CROSSED])
def test_what_a_rule_does_censors_a_hypothetical_estimand(trial: Trial, event: str) -> None:
    mine, begun = run(trial, event, "hypothetical")
    assert len(begun) > 3
    assert not mine.loc[begun.index, "event"].any()
    assert set(mine.loc[begun.index, "reason"]) == {event}
    np.testing.assert_allclose(mine.loc[begun.index, "day"], begun)


def test_by_treatment_policy_the_same_rescue_changes_nothing(trial: Trial) -> None:
    mine, begun = run(trial, RESCUE, "treatment policy")
    assert len(begun) > 3
    assert RESCUE not in set(mine["reason"])
    assert (mine.loc[begun.index, "day"] > begun).all()


def test_any_grade_leaves_cell_counts_apart() -> None:
    graph = Population.typical(registry.disease("metastatic_cancer")).graph
    grades = read_grades(graph)
    severe = Endpoint("severe toxicity", "share", "grade >= 3")
    rows = Watch.of([severe], graph, grades, 24.0).grades.values()
    asked = {c.name for term in rows for cs in term.values() for c in cs}
    counts = {c.name for t in told_apart() & set(grades) for cs in grades[t].values() for c in cs}
    assert "haemodynamics.MAP" in asked
    assert counts
    assert not counts & asked
