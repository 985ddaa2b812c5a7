"""Warnings at the end of a trial: once each, with counts."""

from types import SimpleNamespace
from typing import Any

import pandas as pd

from immunarium.report.warned import extrapolated, warned
from immunarium.trial.decisions import COLUMNS, STRETCHED, WARNED

TAKEN = "it begins 20 h after ivig and removes much of it: exchange first, or wait for 2 days"


def result(rows: list[tuple[Any, ...]], ages: list[float]) -> Any:
    arm = SimpleNamespace(label="Both", decisions=pd.DataFrame(rows, columns=COLUMNS))
    table = pd.DataFrame({"patient.age": ages})
    study, people = SimpleNamespace(targets=()), SimpleNamespace(table=table)
    return SimpleNamespace(arms={"both": arm}, population=people, study=study, scores=())


def test_each_warning_is_said_once_with_its_patients_and_its_first_day():
    rows = [(i, day, "plasma_exchange", WARNED, "ivig", TAKEN) for i in (1, 2, 3) for day in (5, 7)]
    rows += [(1, 0.0, "rate limit of ivig", STRETCHED, "ivig", "at most 100 mL/h: over 3 h")]
    rows += [(1, 0.0, "hold ivig when …", "held", "ivig", "something else")]
    lines = warned(result(rows, [40.0, 50.0]))
    assert lines == [
        "Warning: Both: plasma_exchange begins 20 h after ivig and removes much of it: exchange "
        "first, or wait for 2 days (3 patients, 2 times each; first on day 5).",
        "Warning: Both: infusions of ivig take longer than asked, by its label: at most 100 mL/h: "
        "over 3 h (1 patient; first on day 0).",
    ]


def test_a_caution_names_the_product_once():
    why = "ivig_sucrose is rich in IgA, which some lack and have antibodies to: anaphylaxis"
    (line,) = warned(result([(4, 0.0, "caution", WARNED, "ivig_sucrose", why)], [40.0]))
    assert line == f"Warning: Both: {why} (1 patient; first on day 0)."


def test_children_are_said_to_be_extrapolated():
    assert extrapolated([18.0, 40.0]) == []
    (line,) = extrapolated([17.9, 4.0, 40.0])
    assert line.startswith("Extrapolated: 2 of 3 patients are younger than 18")
