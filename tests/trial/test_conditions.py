"""Conditions in words: what they mean, and where their errors point."""

from __future__ import annotations

import numpy as np
import pytest

from immunarium.core import Graph, evaluate
from immunarium.trial import ConditionError, Trial, read_condition
from immunarium.trial.ctcae import read_grades


@pytest.fixture
def graph(trial: Trial) -> Graph:
    return trial.disease.build().graph


def truth(text: str, graph: Graph, **values: float) -> bool:
    condition = read_condition(text, graph, read_grades(graph)).truth()
    known = dict.fromkeys([*graph.states, *graph.parameters], 1.0)
    known |= {k.replace("__", "."): v for k, v in values.items()}
    return bool(evaluate([condition], known)[0] > 0.5)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("drug.amount > 1 mg", True),
        ("drug.amount > 2 mg", False),
        ("drug.amount >= 2 mg", True),
        ("drug.amount < 0.002 g + 1 mg", True),
        ("drug.amount > 3 mg or drug.clearance > 10 mL/min", True),
        ("drug.amount > 3 mg or drug.clearance > 20 mL/min", False),
        ("drug.amount / drug.space > 1 mg/L", True),
        ("2 * (drug.amount - 1 mg) >= 2 mg", True),
        ("drug.amount > 1 mg + 0.5 mg * patient.tolerance", True),
        ("drug.amount > 5 mg - 1 mg * patient.tolerance", False),
        ("support.fluids > 0", False),
    ],
)
def test_comparisons_mean_what_they_say(text: str, holds: bool, graph: Graph) -> None:
    values = {"drug__amount": 2.0, "drug__clearance": 1.0, "support__fluids": 0.0}
    assert truth(text, graph, **values) is holds


def test_a_grade_is_any_row_of_it_and_above(graph: Graph) -> None:
    zero = ("support__fluids", "haemodynamics__fall", "support__pressor")
    low = dict.fromkeys(zero, 0.0) | {"haemodynamics__pulse": 0.3, "haemodynamics__rest": 95.0}
    helped = low | {"support__pressor": 0.1}
    assert truth("hypotension grade >= 1", graph, **low)
    assert not truth("hypotension grade >= 2", graph, **low)
    assert truth("hypotension grade >= 2", graph, **helped)
    assert truth("drug.amount > 9 g or hypotension grade >= 3", graph, **helped)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("haemodynamics.SPB < 90 mmHg", r"at 'haemodynamics\.SPB .*mean haemodynamics\.SBP"),
        ("drug.amount < 90 mmHg", r"at '90 mmHg': \[mmHg\] does not convert to \[mg\]"),
        ("drug.amount + 1 L < 3 mg", r"at '1 L < 3 mg': \[L\] does not convert to \[mg\]"),
        ("drug.amount < 3 mgg", "at 'mgg': Cannot read the unit 'mgg'"),
        ("drug.amount ~ 3", "at '~ 3'"),
        ("drug.amount 3 mg", "at '3 mg': expected one of < <= > >="),
        ("drug.amount < 3 mg but", "at 'but': expected 'and', 'or' or the end"),
        ("drug.amount <", "at its end: expected a quantity or a number"),
        ("", "at its end"),
        ("(drug.amount < 3 mg", "at '< 3 mg': expected a closing bracket"),
        ("hypotenson grade >= 3", "no term 'hypotenson'. Did you mean Hypotension"),
        ("hypotension grade >= 5", "has no grade 5 here; the highest is 4"),
        ("baseline < 3 mg", "what the left side is at the start"),
        ("drug.amount in 3 L < 1 mg", "at '3 L < 1 mg': expected a time"),
    ],
)
def test_errors_point_at_the_word(text: str, message: str, graph: Graph) -> None:
    with pytest.raises(ConditionError, match=message):
        read_condition(text, graph, read_grades(graph))


@pytest.mark.parametrize(
    "text",
    ["drug.amount in 8 h < 1 mg", "drug.amount > 1 mg for 24 h", "drug.amount > 2 * baseline"],
)
def test_a_rule_has_no_memory(text: str, graph: Graph) -> None:
    condition = read_condition(text, graph)
    with pytest.raises(ConditionError, match="present moment"):
        condition.truth()


def test_times_and_baselines_are_kept(graph: Graph) -> None:
    (c,) = read_condition("drug.amount in 1 d < 1.5 * baseline for 30 min", graph).any_of
    assert (c.change, c.lasting) == pytest.approx((24.0, 0.5))
    assert c.name == "drug.amount"
    assert evaluate([c.right], {"baseline": np.array([2.0, 4.0])})[0].tolist() == [3.0, 6.0]
