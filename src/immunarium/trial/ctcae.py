"""Adverse events by CTCAE v5.0: each grade is a condition on the physiology or on the support."""

from __future__ import annotations

import re
from pathlib import Path

from immunarium.core import Graph, TableError
from immunarium.core.tables import cells
from immunarium.trial.conditions import Comparison, read_condition

Grades = dict[str, dict[int, tuple[Comparison, ...]]]
_TABLE = Path(__file__).with_name("ctcae.tsv")
_PATH = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*")


def grade_rows() -> list[dict[str, str]]:
    """Rows of the table: term, system organ class, grade, condition, apart, evidence, source, note.

    Raises
    ------
    TableError
        A row without evidence or source.
    """
    rows = cells(_TABLE)
    for line, row in enumerate(rows, start=2):
        if row["evidence"] not in ("criteria", "assumed") or not row["source"]:
            raise TableError(
                f"ctcae.tsv, row {line}: evidence is criteria or assumed, and the source is given."
            )
    return rows


def told_apart() -> frozenset[str]:
    """Terms that reports of trials give apart, and "grade 3 or worse of any term" leaves out.

    Counts of white cells and platelets, and what an exchange takes out with the plasma:
    IL-2 empties the blood of lymphocytes in everybody and an exchange that of fibrinogen and IgG,
    which would hide all other toxicity.
    """
    return frozenset(r["term"] for r in grade_rows() if r["apart"])


def read_grades(graph: Graph) -> Grades:
    """Return what decides each grade of each term that this model can show.

    A term of which one quantity is missing from the model is left out whole.
    """
    rows = grade_rows()
    lacking = {
        r["term"] for r in rows if not graph.units.keys() >= set(_PATH.findall(r["condition"]))
    }
    out: Grades = {}
    for row in rows:
        if row["term"] not in lacking:
            condition = read_condition(row["condition"], graph)
            out.setdefault(row["term"], {})[int(row["grade"])] = condition.any_of
    return out
