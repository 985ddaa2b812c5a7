"""On which day a condition first held in each patient, and a toxicity first was of a grade."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from immunarium.trial.cohort import Cohort
from immunarium.trial.conditions import Comparison, Condition
from immunarium.trial.ctcae import Grades

Floats = NDArray[np.float64]


def onset(cohort: Cohort, condition: Condition) -> Floats:
    """Day on which a condition first held; NaN for never.

    To the recorded grid; where it held between two recorded times only, the time of the extreme.
    """
    first = np.minimum.reduce([_onset(cohort, c) for c in condition.any_of])
    return np.where(np.isinf(first), np.nan, first / 24)


def severe(cohort: Cohort, grades: Grades, least: int) -> Floats:
    """Day on which a term first had a grade, or a worse one, that it had not on day 0."""
    first = np.full(len(cohort), np.inf)
    for term, before in cohort.at_entry(grades).items():
        for grade, comparisons in grades[term].items():
            for c in comparisons if grade >= least else ():
                came = np.where(before < grade, _onset(cohort, c), np.inf)
                first = np.minimum(first, came)
    return np.where(np.isinf(first), np.nan, first / 24)


def _onset(cohort: Cohort, c: Comparison) -> Floats:
    first = _first(cohort.times, cohort.during(c))
    if c.change or c.lasting:
        return first
    extreme = cohort.extreme_time(c.name, c.above)
    return np.where(cohort.ever(c), np.fmin(first, extreme), first)


def _first(times: Floats, true: NDArray[np.bool_]) -> Floats:
    return np.where(true.any(axis=1), times[true.argmax(axis=1)], np.inf)
