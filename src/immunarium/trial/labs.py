"""Measurements at visits: what was recorded of a patient, as an instrument reads it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from immunarium.core.units import factor
from immunarium.trial.assays import assays, measured
from immunarium.trial.cohort import Cohort
from immunarium.trial.visits import places

_TABLE = Path(__file__).with_name("labs.tsv")
LABS = ("patient", "visit", "planned_day", "day", "test", "name", "unit", "value")


@cache
def codes() -> dict[str, tuple[str, str, str]]:
    """Code (as CDISC has it, where it has one), name and unit of each measurement, by path."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {r["path"]: (r["code"], r["name"], r["unit"]) for r in rows}


def laboratory(
    cohort: Cohort, visits: pd.DataFrame, units: Mapping[str, str], seed: int
) -> pd.DataFrame:
    """Measure everything that was recorded and has an assay, at every visit that was made.

    Parameters
    ----------
    visits : DataFrame
        As ``assess.visit_table``; with its baseline.
    units : mapping of str to str
        Of quantities in the model, by path: a graph's.

    Returns
    -------
    DataFrame
        ``patient visit planned_day day test name unit value``, in the units of labs.tsv.
    """
    if visits.empty:
        return pd.DataFrame(columns=pd.Index(LABS))
    paths = [p for p in codes() if p in cohort.recorded and p in assays()]
    seen = visits[visits["seen"].astype(bool)]
    rows = pd.Series(np.arange(len(cohort)), index=visits["patient"].unique())
    parts = []
    for planned, here in seen.groupby("planned_day", sort=True):
        row, day = rows[here["patient"]].to_numpy(), here["day"].to_numpy(dtype=np.float64)
        at, number = places(cohort.times, day), here["patient"].to_numpy()
        for path in paths:
            code, name, unit = codes()[path]
            true = cohort.recorded[path][row, at]
            read = measured(true, path, seed, number, f"day {planned:g}", units[path])
            parts.append(here[["patient", "visit", "planned_day", "day"]].assign(
                test=code, name=name, unit=unit, value=read * factor(units[path], unit)
            ))  # fmt: skip
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=pd.Index(LABS))
    return table[table["value"].notna()].reset_index(drop=True)
