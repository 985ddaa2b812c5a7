"""What is said of a score: 'QMG improved by 3', 'GBS disability <= 2'; and when it is reached."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from immunarium.core import did_you_mean
from immunarium.trial.predicates import COMPARE, ConditionError
from immunarium.trial.ratings import Ratings
from immunarium.trial.scales import scales

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
IMPROVED, WORSENED, LEFT = "improved", "worsened", "drop-out"
_ROUNDING = 1e-9
NEAR = 1e-6  # days: two nearer than this are one


@dataclass(frozen=True)
class Said:
    """One thing said of a score.

    Attributes
    ----------
    scale : str
    what : str
        ``improved`` or ``worsened`` (by so much since the baseline), or a sign of comparison.
    number : float
        In the points of the scale; a share of the baseline where ``relative``.
    """

    scale: str
    what: str
    number: float
    relative: bool = False

    @property
    def good(self) -> bool:
        """Whether a patient is glad of it."""
        lower = scales()[self.scale].lower
        return self.what == IMPROVED or self.what in (("<", "<=") if lower else (">", ">="))

    def holds(self, ratings: Ratings) -> Bools:
        """Whether it holds, shape (patients, 1 + visits); not where nobody rated."""
        values = ratings.scores[self.scale]
        with np.errstate(invalid="ignore"):
            if self.what in COMPARE:
                if self.what == "=":
                    return np.asarray(np.abs(values - self.number) < _ROUNDING)
                near = _ROUNDING if self.what in ("<", ">=") else -_ROUNDING
                return np.asarray(COMPARE[self.what](values + near, self.number))
            good = (values - values[:, :1]) * (-1.0 if scales()[self.scale].lower else 1.0)
            wanted = self.number * np.abs(values[:, :1]) if self.relative else self.number
            return np.asarray((good if self.what == IMPROVED else -good) >= wanted - _ROUNDING)


@dataclass(frozen=True)
class Reached:
    """What is said of scores: one of some things, at a visit or by then.

    Attributes
    ----------
    text : str
        As written.
    any_of : tuple of Said
        One is enough.
    or_left : bool
        Whether patients who have dropped out count as having it.
    """

    text: str
    any_of: tuple[Said, ...]
    or_left: bool = False

    @property
    def scales(self) -> set[str]:
        """Scales that must be rated."""
        return {s.scale for s in self.any_of}

    @property
    def moved(self) -> bool:
        """Whether some of it is since the baseline."""
        return any(s.what in (IMPROVED, WORSENED) for s in self.any_of)

    def holds(self, ratings: Ratings) -> Bools:
        """Whether it holds at the baseline and at each visit, shape (patients, 1 + visits)."""
        return np.logical_or.reduce([s.holds(ratings) for s in self.any_of])

    def share(
        self,
        ratings: Ratings,
        at: float = np.nan,
        by: float = np.nan,
        running: int = 1,
        until: float = np.nan,
    ) -> Floats:
        """1 for who has it, else 0; NaN for who had left before the baseline, who does not count.

        Parameters
        ----------
        at : float
            Day of the visit; NaN: any visit up to day ``by`` (NaN: the last).
        running : int
            Visits in a row, from that one on, at which it must hold.
        until : float
            Day up to which it must hold at every visit from that one on; NaN: not asked.
        """
        good = _from_here(self.holds(ratings), running, ratings, until)
        planned = np.asarray(ratings.planned)
        if not np.isnan(at):
            out, last = good[:, ratings.column(at)], at
        else:
            last = planned[-1] if np.isnan(by) else by
            out = (good & ((planned > planned[0]) & (planned <= last + NEAR))).any(axis=1)
        if self.or_left:
            out = out | (ratings.left <= (last if np.isnan(until) else until))
        return np.where(ratings.left < planned[0], np.nan, out)

    def first_day(self, ratings: Ratings, running: int = 1) -> Floats:
        """Day of the first visit from which it holds at so many in a row; infinite for never."""
        good = _from_here(self.holds(ratings), running, ratings, np.nan)[:, 1:]
        day = np.where(good, ratings.days[:, 1:], np.inf).min(axis=1, initial=np.inf)
        return np.asarray(np.minimum(day, ratings.left) if self.or_left else day)

    def time(self, ratings: Ratings, running: int = 1) -> Floats:
        """Day of the first such visit; below 0 for who is censored, at the day less its sign.

        Who was never there is censored at the last visit made; the dead, who never will be, at
        their last one if they had lived.
        """
        day = self.first_day(ratings, running)
        last = np.where(ratings.came, ratings.days, 0.0).max(axis=1)
        if ratings.died is not None:
            last = np.where(ratings.died, ratings.days[:, -1], last)
        return np.where(np.isfinite(day), day, -np.maximum(last, NEAR))


def _from_here(good: Bools, running: int, ratings: Ratings, until: float) -> Bools:
    """Where it holds from a visit on, so many times in a row and up to a day."""
    out = good.copy()
    for k in range(1, running):
        out[:, :-k] &= good[:, k:]
        out[:, -k:] = False
    if not np.isnan(until):
        last = ratings.column(until)
        held = np.logical_and.accumulate(good[:, last::-1], axis=1)[:, ::-1]
        out[:, : last + 1] &= held
        out[:, last + 1 :] = False
    return out


@cache
def _pattern() -> re.Pattern[str]:
    names = "|".join(re.escape(n) for n in sorted(scales(), key=len, reverse=True))
    return re.compile(
        rf"(?P<scale>{names})\s*"
        r"(?:(?P<op><=|>=|<|>|=)|\s(?P<moved>improved|worsened)\s+by\b)\s*"
        r"(?P<number>\d+\.?\d*)\s*(?P<percent>%)?"
    )


def read_score(text: str) -> Reached | None:
    """Read what is said of scores; None where a text is not about a scale.

    Raises
    ------
    ConditionError
        It names a scale, and the rest cannot be read.

    Examples
    --------
    >>> read_score("INCAT worsened by 1 or drop-out")
    """
    parts = [p.strip() for p in re.split(r"\bor\b", text)]
    if not any(p.startswith(n) for p in parts for n in scales()):
        return None
    said = []
    for part in (p for p in parts if p != LEFT):
        found = _pattern().fullmatch(part)
        if found is None:
            raise ConditionError(
                f"Cannot read {part!r}. Write what is said of a score like 'QMG improved by 3', "
                f"'INCAT worsened by 1', 'GBS disability <= 2', and 'or' between two."
            )
        relative = found["percent"] is not None
        if relative and found["op"]:
            raise ConditionError(
                f"{part!r} compares a score with a percentage. Write 'improved by 20 %', or points."
            )
        number = float(found["number"]) / (100 if relative else 1)
        said.append(Said(found["scale"], found["op"] or found["moved"], number, relative))
    return Reached(text, tuple(said), LEFT in parts)


def check_scales(asked: Reached | str, rated: set[str], who: str) -> None:
    """Refuse scales that a disease has not.

    Raises
    ------
    ConditionError
        Names those that it has.
    """
    for name in sorted(asked.scales if isinstance(asked, Reached) else {asked}):
        if name not in rated:
            near = did_you_mean(name, rated) if rated else " It has none."
            raise ConditionError(f"{who} is not rated on the scale {name!r}.{near}")
