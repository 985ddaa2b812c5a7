"""Adverse events as episodes: from the first day of a spell to its last, with the worst grade."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.trial.adverse_events import AdverseEvent
from immunarium.trial.cohort import Cohort
from immunarium.trial.conditions import Comparison
from immunarium.trial.ctcae import Grades
from immunarium.trial.watch import dropout_days

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
APART = 24.0  # hours without the term between two episodes of it: a diary has days


def episodes(
    cohort: Cohort,
    grades: Grades,
    patients: pd.DataFrame,
    events: Iterable[AdverseEvent] = (),
) -> pd.DataFrame:
    """Write down each spell of each term in each patient.

    Parameters
    ----------
    patients : DataFrame
        As ``assess.patient_table``; who has dropped out reports no more.
    events : iterable of AdverseEvent
        Those by hazard.

    Returns
    -------
    DataFrame
        ``patient term grade start_day end_day``, a row a spell, ordered by patient and start;
        ``grade`` is the worst of the spell, ``end_day`` NaN where it was not over when the
        patient was last seen. Spells less than a day apart are one. Death by treatment is a spell
        of grade 5.
    """
    left = 24 * dropout_days(patients)
    until = np.fmin(np.where(np.isnan(cohort.ended), np.inf, cohort.ended), left)
    last = np.searchsorted(cohort.times, until, side="right") - 1
    index = patients.index.to_numpy()
    graded = _graded(cohort, grades).items()
    found = [_spells(cohort.times, last, term, now, index) for term, now in graded]
    found += [_drawn(cohort, event, until, index) for event in events]
    table = pd.concat([*found, _deaths(patients)], ignore_index=True)
    return table.sort_values(["patient", "start_day", "term"], ignore_index=True)


def _graded(cohort: Cohort, grades: Grades) -> dict[str, NDArray[np.int8]]:
    """Grade of each term at each recorded time, and at the extremes that fell between two."""
    now, before = cohort.graded(grades), cohort.at_entry(grades)
    for term, rows in grades.items():
        for grade, comparisons in rows.items():
            for c in comparisons:
                if not (c.change or c.lasting):
                    _at_extremes(cohort, c, grade, now[term], before[term])
    return now


def _at_extremes(
    cohort: Cohort, c: Comparison, grade: int, now: NDArray[np.int8], before: NDArray[np.int8]
) -> None:
    when = cohort.extreme_time(c.name, c.above)
    seen = True if cohort.left is None else when <= cohort.left
    rows = np.flatnonzero(cohort.ever(c) & seen & (grade > before))
    at = np.searchsorted(cohort.times, when[rows] + 1e-6, side="right") - 1
    now[rows, at] = np.maximum(now[rows, at], grade)


def _spells(
    times: Floats, seen: Ints, term: str, now: NDArray[np.int8], index: NDArray[np.intp]
) -> pd.DataFrame:
    """Spells of one term: runs of grades above 0, those less than a day apart joined.

    Parameters
    ----------
    seen : ndarray of int, shape (patients,)
        Column of the last time at which each patient is seen.
    """
    size = len(times) + 1
    flat = np.pad(now, ((0, 0), (0, 1))).ravel()  # a 0 after each patient's last time
    edges = np.flatnonzero(np.diff(flat > 0, prepend=False))
    starts, ends = edges[::2], edges[1::2]  # an end is the first time without
    who, begin, last = starts // size, times[starts % size], (ends - 1) % size
    new = np.ones(len(who), dtype=bool)
    new[1:] = (who[1:] != who[:-1]) | (begin[1:] - times[last[:-1]] >= APART)
    first = np.flatnonzero(new)
    final = np.append(first, len(who))[1:] - 1
    grade = np.maximum.reduceat(flat, edges)[::2] if len(who) else flat[:0]
    over = last[final] < seen[who[final]]
    return pd.DataFrame({
        "patient": index[who[first]],
        "term": term,
        "grade": np.maximum.reduceat(grade, first) if len(first) else grade,
        "start_day": begin[first] / 24,
        "end_day": np.where(over, times[last[final]] / 24, np.nan),
    })  # fmt: skip


def _drawn(
    cohort: Cohort, event: AdverseEvent, until: Floats, index: NDArray[np.intp]
) -> pd.DataFrame:
    """Spells of an adverse event by hazard; ``until`` [h] is when each was last seen."""
    came, over = cohort.events[event.term], cohort.over[event.term]
    seen = np.flatnonzero(came <= until)
    last = np.minimum(until, cohort.times[-1])
    return pd.DataFrame({
        "patient": index[seen], "term": event.term, "grade": np.int8(event.grade),
        "start_day": came[seen] / 24,
        "end_day": np.where(over <= last, over, np.nan)[seen] / 24,
    })  # fmt: skip


def _deaths(patients: pd.DataFrame) -> pd.DataFrame:
    died = patients[(patients["death"] == "treatment")
                    & (patients["death_day"] <= dropout_days(patients))]  # fmt: skip
    return pd.DataFrame({
        "patient": died.index.to_numpy(), "term": "Death NOS", "grade": np.int8(5),
        "start_day": died["death_day"].to_numpy(), "end_day": died["death_day"].to_numpy(),
    })  # fmt: skip
