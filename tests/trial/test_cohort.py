"""Grades and events, read from what a cohort went through."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from immunarium.core import Graph, evaluate, symbol
from immunarium.core.expr import const
from immunarium.trial.assess import endpoints
from immunarium.trial.cohort import Cohort
from immunarium.trial.conditions import Comparison, read_condition
from immunarium.trial.ctcae import grade_rows, read_grades, told_apart
from immunarium.trial.onsets import severe

HOURS = np.arange(0.0, 49.0, 4.0)


def cohort(**recorded: list[float]) -> Cohort:
    """One patient with courses every 4 h; peaks and nadirs lie on the grid."""
    values = {k: np.array([v], dtype=float) for k, v in recorded.items()}
    reduced = {f"peak of {k}": v.max(axis=1) for k, v in values.items()}
    reduced |= {f"nadir of {k}": v.min(axis=1) for k, v in values.items()}
    reduced |= {f"peak of {k}.time": HOURS[v.argmax(axis=1)] for k, v in values.items()}
    reduced |= {f"nadir of {k}.time": HOURS[v.argmin(axis=1)] for k, v in values.items()}
    none = np.zeros(1, dtype=bool)
    return Cohort(
        HOURS, values, pd.DataFrame(reduced), {"limit": np.array([3.0])}, np.array([np.nan]), none,
        np.zeros((1, 0), np.int8), (), none,
    )  # fmt: skip


def compare(op: str, right, **how: Any) -> Comparison:
    right = right if hasattr(right, "op") else const(right)
    return Comparison("x", symbol("x"), op, right, "1", **how)


def test_ever_looks_at_peaks_and_nadirs() -> None:
    c = cohort(x=[1, 2, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    assert c.ever(compare(">", symbol("limit"))).tolist() == [True]
    assert c.ever(compare(">", 4.0)).tolist() == [False]
    assert c.ever(compare(">=", 4.0)).tolist() == [True]
    assert c.ever(compare("<", 0.5)).tolist() == [True]
    assert c.ever(compare(">", 3 * symbol("baseline"))).tolist() == [True]


def test_what_comes_after_drop_out_is_not_seen() -> None:
    high, low = compare(">", 3.0), compare(">", 1.5)
    c = cohort(x=[1, 2, 2, 2, 1, 4, 4, 0, 0, 0, 0, 0, 0])
    gone = replace(c, left=np.array([16.0]))  # the peak is at 20 h
    assert c.ever(high).tolist() == c.ever(low).tolist() == [True]
    assert gone.ever(high).tolist() == [False]
    assert gone.ever(low).tolist() == [True]  # which was so before, if not at the peak
    grades = {"Term": {1: (low,), 3: (high,)}}
    assert (c.worst(grades)["Term"], gone.worst(grades)["Term"]) == ([3], [1])
    assert gone.graded(grades)["Term"][0].tolist() == [0, 1, 1, 1] + [0] * 9
    assert np.isnan(severe(gone, grades, 3)).all()


def test_who_has_left_is_not_seen_to_die() -> None:
    rows = {"death": "treatment", "death_day": 9.0, "dropout_day": [8.0, 10.0], "grade.x": 0}
    found = endpoints(pd.DataFrame(rows | {"doses_given": 1, "doses_asked": 1}))
    assert found["death"].tolist() == found["treatment death"].tolist() == [0.0, 1.0]


def test_a_change_looks_back_and_not_before_the_start() -> None:
    urine = np.concatenate([np.full(6, 0.1), np.full(7, 0.01)]).cumsum()
    c = cohort(x=urine.tolist())
    held = c.during(compare("<", 0.05, change=8.0))[0]
    assert held.tolist() == [False] * 7 + [True] * 6
    assert not c.ever(compare("<", 0.05, change=24.0)).any()


def test_a_lasting_condition_must_hold_the_whole_time() -> None:
    c = cohort(x=[0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    held = c.during(compare(">", 0.5, lasting=24.0))[0]
    assert held.tolist() == [False] * 10 + [True] * 3
    assert not c.ever(compare(">", 0.5, lasting=36.0)).any()


def test_the_worst_grade_is_the_highest_that_was_reached() -> None:
    c = cohort(x=[0, 1, 2, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0])
    grades = {"Term": {1: (compare(">", 0.5),), 3: (compare(">", 2.5), compare("<", -1.0))}}
    assert c.worst(grades)["Term"].tolist() == [3]
    assert c.graded(grades)["Term"][0].tolist() == [0, 1, 1, 3, 1, 1, 0, 0, 0, 0, 0, 0, 0]


def test_a_grade_that_a_patient_comes_with_is_no_event_until_it_is_worse() -> None:
    grades = {"Term": {g: (compare("<", 5.0 - g),) for g in (1, 2, 3)}}
    before = cohort(x=[2.5, 2.5, 3.5, 4.5, 3.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5])
    assert before.at_entry(grades)["Term"].tolist() == [2]
    assert before.worst(grades)["Term"].tolist() == [0]
    assert not before.graded(grades)["Term"].any()
    assert np.isnan(severe(before, grades, 1)).all()
    worse = cohort(x=[2.5, 2.5, 3.5, 4.5, 3.5, 2.5, 1.5, 1.5, 2.5, 2.5, 2.5, 2.5, 2.5])
    assert worse.worst(grades)["Term"].tolist() == [3]
    assert worse.graded(grades)["Term"][0].tolist() == [0] * 6 + [3, 3] + [0] * 5
    assert severe(worse, {"Term": {3: grades["Term"][3]}}, 3) == pytest.approx(1.0)


def test_every_row_of_ctcae_is_sourced_and_its_grades_rise() -> None:
    rows = pd.DataFrame(grade_rows())
    assert (rows["source"] != "").all()
    assert (rows.loc[rows["evidence"] == "assumed", "note"] != "").all()
    for _, term in rows.groupby("term"):
        assert term["grade"].astype(int).is_monotonic_increasing


def test_every_term_has_one_system_organ_class() -> None:
    rows = pd.DataFrame(grade_rows())
    assert (rows["soc"] != "").all()
    assert len(rows[["term", "soc"]].drop_duplicates()) == len(set(rows["term"]))


def test_cell_counts_and_what_exchange_takes_are_not_among_grades_of_any_term() -> None:
    assert told_apart() == {
        "Lymphocyte count decreased", "Lymphocyte count increased", "CD4 lymphocytes decreased",
        "Neutrophil count decreased", "Platelet count decreased", "Fibrinogen decreased",
        "Hypogammaglobulinemia", "Hypocalcemia",
    }  # fmt: skip
    terms = ["Lymphocyte count decreased", "Hypotension"]
    worst = pd.DataFrame([[4, 2], [4, 3]], columns=[f"grade.{t}" for t in terms])
    worst = worst.assign(death="", death_day=np.nan, doses_given=1, doses_asked=1)
    assert endpoints(worst)["grade >= 3"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("term", "values", "grade"),
    [
        ("Lymphocyte count decreased", {"blood_counts.lymphocytes": 1.01e9 / 1.19}, 0),
        ("Lymphocyte count decreased", {"blood_counts.lymphocytes": 0.79e9 / 1.19}, 2),
        ("Lymphocyte count decreased", {"blood_counts.lymphocytes": 0.49e9 / 1.19}, 3),
        ("Lymphocyte count decreased", {"blood_counts.lymphocytes": 0.19e9 / 1.19}, 4),
        ("Lymphocyte count increased", {"blood_counts.lymphocytes": 4.1e9 / 1.19}, 2),
        ("CD4 lymphocytes decreased", {"blood_counts.cd4": 0.19e9}, 3),
        ("Sinus tachycardia", {"haemodynamics.HR": 6000.0}, 0),
        ("Sinus tachycardia", {"haemodynamics.HR": 6060.0}, 1),
        ("Sinus tachycardia", {"haemodynamics.HR": 9060.0}, 3),
        ("Cytokine release syndrome", {"fever.temperature": 311.2}, 1),
        ("Cytokine release syndrome", {"support.fluids": 0.08}, 2),
        ("Cytokine release syndrome", {"support.pressor": 0.1}, 3),
        ("Cytokine release syndrome", {"lung.SaO2": 0.87}, 3),
        ("Cytokine release syndrome", {"haemodynamics.MAP": 45.0}, 4),
        ("Generalized edema", {"fluid.oedema": 0.3}, 1),
        ("Generalized edema", {"fluid.weight_gain": 0.16}, 3),
        ("Dyspnea", {"lung.water": 1.6}, 1),
        ("Respiratory failure", {"lung.water": 5.1}, 4),
        ("Respiratory failure", {"lung.water": 4.9}, 0),
    ],
)
def test_a_value_has_the_grade_of_ctcae(term: str, values: dict, grade: int) -> None:
    units = {
        "blood_counts.lymphocytes": "cell/L", "blood_counts.cd4": "cell/L",
        "haemodynamics.HR": "1/h", "haemodynamics.MAP": "mmHg", "fever.temperature": "K",
        "support.fluids": "L/h", "support.pressor": "1", "lung.SaO2": "1", "lung.water": "1",
        "fluid.oedema": "1", "fluid.weight_gain": "1",
    }  # fmt: skip
    at_rest = {"blood_counts.lymphocytes": 1.85e9, "blood_counts.cd4": 8.3e8, "lung.SaO2": 0.97,
               "haemodynamics.HR": 4500.0, "haemodynamics.MAP": 90.0,
               "fever.temperature": 310.15, "lung.water": 1.0}  # fmt: skip
    known = {**dict.fromkeys(units, 0.0), **at_rest, **values}
    graph = Graph((), tuple(units), (), (), {}, {}, np.zeros(0), units, {})
    rows = [r for r in grade_rows() if r["term"] == term]
    truths = [read_condition(r["condition"], graph).truth() for r in rows]
    held = [int(r["grade"]) for r, t in zip(rows, evaluate(truths, known), strict=True) if t > 0.5]
    assert max(held, default=0) == grade


def test_terms_the_model_cannot_show_are_left_out_whole(trial) -> None:
    graph: Graph = trial.disease.build().graph
    assert set(read_grades(graph)) == {"Hypotension"}


@pytest.mark.parametrize("op", ["<", "<=", ">", ">="])
def test_the_dead_meet_no_condition(op: str) -> None:
    c = cohort(x=[1.0] * 6 + [np.nan] * 7)
    assert not c.during(compare(op, 1.5 if op[0] == "<" else 0.5))[0, 6:].any()
