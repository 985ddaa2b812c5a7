"""Measurements at visits: what was recorded of a patient, as an instrument reads it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from immunarium.core.tables import cells
from immunarium.core.units import factor
from immunarium.trial.assays import assays, measured
from immunarium.trial.cohort import Cohort, Floats
from immunarium.trial.visits import places

_TABLE = Path(__file__).with_name("labs.tsv")
LABS = ("patient", "visit", "planned_day", "day", "test", "name", "unit", "value")


@cache
def codes() -> dict[str, tuple[str, str, str]]:
    """Code (as CDISC has it, where it has one), name and unit of each measurement, by path."""
    return {r["path"]: (r["code"], r["name"], r["unit"]) for r in cells(_TABLE)}


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
    seen = visits[visits["seen"].astype(bool)].reset_index(drop=True)
    rows = pd.Series(np.arange(len(cohort)), index=visits["patient"].unique())
    row = rows[seen["patient"]].to_numpy()
    at = places(cohort.times, seen["day"].to_numpy(dtype=np.float64))
    values = [
        _read(cohort.recorded[p][row, at], p, units[p], seen, seed)
        * factor(units[p], codes()[p][2])
        for p in paths
    ]
    which = np.repeat(np.arange(len(paths)), len(seen))
    table = pd.concat([seen[list(LABS[:4])]] * len(paths), ignore_index=True) if paths else seen
    for i, name in enumerate(("test", "name", "unit")):
        words = np.array([codes()[p][i] for p in paths], dtype=object)
        table[name] = words[which] if paths else ""
    table["value"] = np.concatenate(values) if paths else np.nan
    return table.loc[table["value"].notna(), list(LABS)].reset_index(drop=True)


def _read(true: Floats, path: str, unit: str, seen: pd.DataFrame, seed: int) -> Floats:
    """Read one quantity at every visit; a visit is an occasion of its own."""
    out = np.full(len(seen), np.nan)
    for planned, where in seen.groupby("planned_day").indices.items():
        number = seen["patient"].to_numpy()[where]
        out[where] = measured(true[where], path, seed, number, f"day {planned:g}", unit)
    return out
