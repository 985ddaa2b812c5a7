"""What an arm of virtual patients went through, and how conditions are read from it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Expr, evaluate
from immunarium.trial.chart import DOSES
from immunarium.trial.conditions import BASELINE, Comparison, Condition, ConditionError
from immunarium.trial.ctcae import Grades
from immunarium.trial.decisions import COLUMNS as DECISIONS
from immunarium.trial.predicates import COMPARE, grade_of, holds
from immunarium.trial.ratings import Ratings

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Cohort:
    """The patients of one arm, followed to the end.

    Attributes
    ----------
    times : ndarray, shape (times,) [h]
    recorded : mapping of str to ndarray, shape (patients, times)
        NaN after the patient's end.
    reduced : DataFrame
        Peaks, nadirs and crossings, free of the grid; row = patient.
    parameters : mapping of str to ndarray, shape (patients,)
    ended : ndarray [h]
        Death, NaN for who is alive at the end.
    by_treatment : ndarray of bool
        Whether the treatment was the cause.
    given : ndarray, shape (patients, doses)
        1 given, 0 held, 2 course stopped, 3 patient dead.
    drugs : tuple of str
        Of each dose.
    failed : ndarray of bool
        The solver gave up on the patient.
    why : list of str
        How the run of each patient that failed went, and "" for the others.
    decisions : DataFrame
        What rules decided: a row per decision, columns ``patient day rule action drug reason``;
        patient by its number, ``reason`` what was seen.
    doses : DataFrame
        Where there are rules, what became of each dose, also of those that rules began: columns
        ``patient day drug dose hours share outcome``.
    ratings : Ratings, optional
        Scores written down at visits, where the disease has any.
    events, over : mapping of str to ndarray, shape (patients,) [h]
        By term of an adverse event: when it came, and when it was over; NaN for never.
    at_start : mapping of str to ndarray of bool, shape (patients,)
        By condition that targets ask for: whether it held at the start.
    left : ndarray, shape (patients,) [h], optional
        When each dropped out, infinite for who stays; None: nobody may. Conditions, grades and
        adverse events are not seen after it; what is recorded goes on.
    """

    times: Floats
    recorded: Mapping[str, Floats]
    reduced: pd.DataFrame
    parameters: Mapping[str, Floats]
    ended: Floats
    by_treatment: Bools
    given: NDArray[np.int8]
    drugs: tuple[str, ...]
    failed: Bools
    why: list[str] = field(default_factory=list)
    decisions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=DECISIONS))
    doses: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=DOSES))
    ratings: Ratings | None = None
    events: Mapping[str, Floats] = field(default_factory=dict)
    over: Mapping[str, Floats] = field(default_factory=dict)
    at_start: Mapping[str, Bools] = field(default_factory=dict)
    left: Floats | None = None

    def __len__(self) -> int:
        return len(self.ended)

    @classmethod
    def together(cls, parts: Sequence[tuple[Bools, Cohort]]) -> Cohort:
        """Put patients in their places: of each part, where they are among all, and they."""
        first = parts[0][1]
        if len(parts) == 1:
            return first
        order = np.argsort(np.concatenate([np.flatnonzero(rows) for rows, _ in parts]))
        cohorts = [c for _, c in parts]

        def all_of(read: Callable[[Cohort], Any]) -> Any:
            return np.concatenate([read(c) for c in cohorts])[order]

        reduced = {
            name: all_of(lambda c, n=name: c.reduced[n].to_numpy()) for name in first.reduced
        }
        return cls(
            times=first.times,
            recorded={n: all_of(lambda c, n=n: c.recorded[n]) for n in first.recorded},
            reduced=pd.DataFrame(reduced, index=pd.RangeIndex(len(order), name="patient")),
            parameters={n: all_of(lambda c, n=n: c.parameters[n]) for n in first.parameters},
            ended=all_of(lambda c: c.ended),
            by_treatment=all_of(lambda c: c.by_treatment),
            given=all_of(lambda c: c.given),
            drugs=first.drugs,
            failed=all_of(lambda c: c.failed),
            why=list(all_of(lambda c: np.array(c.why, dtype=object))),
            decisions=_by_patient([c.decisions for c in cohorts]),
            doses=_by_patient([c.doses for c in cohorts]),
            ratings=Ratings.together([c.ratings for c in cohorts if c.ratings], order),
            events={n: all_of(lambda c, n=n: c.events[n]) for n in first.events},
            over={n: all_of(lambda c, n=n: c.over[n]) for n in first.over},
            at_start={n: all_of(lambda c, n=n: c.at_start[n]) for n in first.at_start},
            left=None if first.left is None else all_of(lambda c: c.left),
        )

    def extreme(self, name: str, above: bool) -> Floats:
        """Peak (or nadir) of an output, free of the grid."""
        return self.reduced[f"{'peak' if above else 'nadir'} of {name}"].to_numpy()

    def extreme_time(self, name: str, above: bool) -> Floats:
        """Hour of the peak (or nadir) of an output."""
        return self.reduced[f"{'peak' if above else 'nadir'} of {name}.time"].to_numpy()

    def limit(self, comparison: Comparison) -> Floats:
        """Right side of a comparison, for each patient."""
        known = {**self.parameters, BASELINE: self.recorded[comparison.name][:, 0]}
        (value,) = evaluate([comparison.right], known)
        return np.broadcast_to(value, (len(self),))

    def during(self, comparison: Comparison) -> Bools:
        """Whether it is seen to hold at each recorded time, shape (patients, times)."""
        left = self.recorded[comparison.name]
        if comparison.change:
            left = left - _delayed(self.times, left, comparison.change)
        with np.errstate(invalid="ignore"):
            true = COMPARE[comparison.op](left, self.limit(comparison)[:, None])
        held = _lasting(self.times, np.asarray(true), comparison.lasting)
        return held if self.left is None else held & (self.times <= self.left[:, None])

    def ever(self, comparison: Comparison) -> Bools:
        """Whether it was seen to hold at any moment, shape (patients,).

        Of who has dropped out after the extreme, as free of the grid as of who stays; of who had
        done so before, at the recorded times.
        """
        if comparison.change or comparison.lasting:
            return np.asarray(self.during(comparison).any(axis=1))
        extreme = self.extreme(comparison.name, comparison.above)
        held = np.asarray(COMPARE[comparison.op](extreme, self.limit(comparison)))
        if self.left is None:
            return held
        late = ~(self.extreme_time(comparison.name, comparison.above) <= self.left)
        return np.where(late & held, self.during(comparison).any(axis=1), held)

    def ever_any(self, condition: Condition) -> Bools:
        """Whether a condition held at any moment; one with ``and``, at any recorded time."""
        if condition.plain:
            return np.logical_or.reduce([self.ever(c) for c in condition.any_of])
        return np.asarray(holds(condition.test, self.during, self._known).any(axis=1))

    def _known(self, what: str) -> Floats:
        if what != "day":
            raise ConditionError(f"A {what} is known to rules; take a response as an outcome.")
        return np.broadcast_to(self.times / 24, (len(self), len(self.times)))

    def at_entry(self, grades: Grades) -> dict[str, NDArray[np.int8]]:
        """Grade of each term on day 0, before anything is given."""
        return {term: grade_of(rows, self._at_first) for term, rows in grades.items()}

    def _at_first(self, comparison: Comparison) -> Bools:
        if comparison.change or comparison.lasting:
            return np.zeros(len(self), dtype=np.bool_)
        left = self.recorded[comparison.name][:, 0]
        return np.asarray(COMPARE[comparison.op](left, self.limit(comparison)))

    def worst(self, grades: Grades) -> dict[str, NDArray[np.int8]]:
        """Worst grade of each term; 0 where it was never worse than on day 0."""
        out: dict[str, NDArray[np.int8]] = {}
        for term, before in self.at_entry(grades).items():
            worst = grade_of(grades[term], self.ever)
            out[term] = emergent(worst, before)
        return out

    def graded(self, grades: Grades) -> dict[str, NDArray[np.int8]]:
        """Grade of each term at each recorded time; 0 where it is not worse than on day 0."""
        before = self.at_entry(grades)
        return {
            term: emergent(grade_of(rows, self.during), before[term][:, None])
            for term, rows in grades.items()
        }


def emergent(grade: NDArray[np.int8], before: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return grades that are events: those worse than on day 0, as in trials; others are 0."""
    return np.where(grade > before, grade, np.int8(0))


def _by_patient(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put tables of different patients together, in the order of their numbers."""
    filled = [t for t in tables if len(t)] or tables[:1]
    return pd.concat(filled).sort_values("patient", kind="stable", ignore_index=True)


def needed(comparisons: Iterable[Comparison]) -> dict[str, Expr]:
    """Return what a cohort must have recorded so that comparisons can be read."""
    return {c.name: c.left for c in comparisons}


def _delayed(times: Floats, values: Floats, delay: float) -> Floats:
    """Value ``delay`` hours before each time; NaN before the start."""
    before = times - delay
    j = np.clip(np.searchsorted(times, before, side="right"), 1, len(times) - 1)
    share = (before - times[j - 1]) / (times[j] - times[j - 1])
    out = values[:, j - 1] * (1 - share) + values[:, j] * share
    return np.where(before < 0, np.nan, out)


def _lasting(times: Floats, true: Bools, lasting: float) -> Bools:
    """Whether it has held at every recorded time for ``lasting`` hours."""
    if not lasting:
        return true
    last_false = np.maximum.accumulate(np.where(true, times[0], times), axis=1)
    return true & (times - last_false >= lasting)
