"""What a condition is made of: comparisons, grades and what is known of a patient, joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Expr, ImmunoError, const, indicator, symbols

BASELINE = "baseline"
COMPARE: dict[str, Callable[..., Any]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "=": np.equal,
}  # fmt: skip
RESPONSES = {"PD": 0.0, "SD": 1.0, "PR": 2.0, "CR": 3.0}
"""From worst to best; not evaluable is NaN, and neither better nor worse."""

_ZERO = const(0.0)
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class ConditionError(ImmunoError):
    """A condition that cannot be read."""


@dataclass(frozen=True)
class Comparison:
    """One comparison: ``left op right``.

    Attributes
    ----------
    name : str
        The left side as written.
    left, right : Expr
        In one unit. ``right`` may hold the symbol ``baseline``: what ``left`` is at the start.
    unit : str
        Of both sides.
    change : float
        Look at the change of ``left`` over this many hours (0: at its value).
    lasting : float
        It must hold for this many hours (0: at any moment).
    left_seen, right_seen : Expr
        The sides over the paths as written, where ``left`` and ``right`` are over the states.
    """

    name: str
    left: Expr
    op: str
    right: Expr
    unit: str
    change: float = 0.0
    lasting: float = 0.0
    left_seen: Expr = _ZERO
    right_seen: Expr = _ZERO

    @property
    def above(self) -> bool:
        """Whether large values satisfy it."""
        return self.op in (">", ">=")

    @property
    def momentary(self) -> bool:
        """Whether the present state decides it, without memory."""
        return not (self.change or self.lasting or BASELINE in symbols(self.right))

    @property
    def paths(self) -> set[str]:
        """What it reads, as written."""
        return symbols(self.left_seen, self.right_seen) - {BASELINE}

    def truth(self) -> Expr:
        """1 where it holds, else 0."""
        if not self.momentary:
            raise ConditionError(
                "Support sees the present moment only; 'in', 'for' and 'baseline' belong to rules "
                "and assessments. Compare a quantity with a number."
            )
        gap = self.left - self.right if self.above else self.right - self.left
        return 1 - indicator(-gap) if "=" in self.op else indicator(gap)


@dataclass(frozen=True)
class Graded:
    """A comparison of the grade of a toxicity; ``rows`` decide each grade."""

    term: str
    op: str
    grade: int
    rows: Mapping[int, tuple[Comparison, ...]]

    def from_grade(self, grade: int) -> list[Comparison]:
        """Rows of a grade and above."""
        return [c for g, cs in self.rows.items() if g >= grade for c in cs]


@dataclass(frozen=True)
class Known:
    """A comparison of what is known of a patient: ``day``, ``visit`` or ``response``."""

    what: str
    op: str
    value: float


@dataclass(frozen=True)
class Joined:
    """Parts of which all must hold (``and``), or one (``or``)."""

    word: str
    parts: tuple[Test, ...]


Test = Comparison | Graded | Known | Joined
Compare = Callable[[Comparison], Bools]
Know = Callable[[str], Floats]


@dataclass(frozen=True)
class Condition:
    """A condition as written, and as read."""

    text: str
    test: Test

    @classmethod
    def of_any(cls, text: str, comparisons: Iterable[Comparison]) -> Condition:
        """Return comparisons of which one is enough."""
        return cls(text, Joined("or", tuple(comparisons)))

    @property
    def comparisons(self) -> list[Comparison]:
        """All comparisons in it, those that decide grades too."""
        return [c for part in _leaves(self.test) for c in _comparisons(part)]

    @property
    def knows(self) -> set[str]:
        """What it must know of a patient besides quantities."""
        return {part.what for part in _leaves(self.test) if isinstance(part, Known)}

    @property
    def plain(self) -> bool:
        """Whether it is comparisons of which one is enough."""
        test = self.test
        parts = test.parts if isinstance(test, Joined) and test.word == "or" else (test,)
        return all(
            isinstance(p, Comparison) or (isinstance(p, Graded) and p.op == ">=") for p in parts
        )

    @property
    def any_of(self) -> tuple[Comparison, ...]:
        """Comparisons of which one is enough.

        Raises
        ------
        ConditionError
            It takes more to say it.
        """
        if not self.plain:
            raise ConditionError(
                f"Only comparisons joined by 'or', and grades with >=, can be read here, not "
                f"'{self.text}'."
            )
        return tuple(
            c
            for part in _leaves(self.test)
            for c in (part.from_grade(part.grade) if isinstance(part, Graded) else (part,))
            if isinstance(c, Comparison)
        )

    def truth(self) -> Expr:
        """1 where it holds now, else 0: for support."""
        return _truth(self.test)


def holds(test: Test, compare: Compare, know: Know) -> Bools:
    """Say of each patient whether a test holds.

    Parameters
    ----------
    compare : callable
        Whether a comparison holds, as an array of bool of any shape.
    know : callable
        ``day``, ``visit`` or ``response`` as numbers of the same shape, NaN where not known.
    """
    match test:
        case Comparison():
            return compare(test)
        case Graded():
            return np.asarray(COMPARE[test.op](grade_of(test.rows, compare), test.grade))
        case Known():
            known = know(test.what)
            if np.isnan(test.value):
                return np.isnan(known)
            with np.errstate(invalid="ignore"):
                return np.asarray(COMPARE[test.op](known, test.value)) & ~np.isnan(known)
        case Joined():
            join = np.logical_and if test.word == "and" else np.logical_or
            return np.asarray(join.reduce([holds(p, compare, know) for p in test.parts]))


def grade_of(rows: Mapping[int, tuple[Comparison, ...]], compare: Compare) -> NDArray[np.int8]:
    """Return the highest grade of which a row holds; 0 for none."""
    out: Any = None
    for grade in sorted(rows):
        here = np.logical_or.reduce([compare(c) for c in rows[grade]])
        out = np.where(here, grade, 0 if out is None else out)
    return np.asarray(out, dtype=np.int8)


def _leaves(test: Test) -> Iterator[Comparison | Graded | Known]:
    if isinstance(test, Joined):
        for part in test.parts:
            yield from _leaves(part)
    else:
        yield test


def _comparisons(part: Comparison | Graded | Known) -> list[Comparison]:
    if isinstance(part, Graded):
        return part.from_grade(0)
    return [part] if isinstance(part, Comparison) else []


def _truth(test: Test) -> Expr:
    match test:
        case Comparison():
            return test.truth()
        case Known():
            raise ConditionError(
                f"Support does not know the {test.what} of a patient; rules do. Compare a quantity "
                f"with a number."
            )
        case Graded():
            at_least = _any(c.truth() for c in test.from_grade(test.grade))
            more = _any(c.truth() for c in test.from_grade(test.grade + 1))
            return {
                ">=": at_least, ">": more, "<": 1 - at_least, "<=": 1 - more,
                "=": at_least * (1 - more),
            }[test.op]  # fmt: skip
        case Joined(word="and"):
            return reduce(lambda x, p: x * _truth(p), test.parts, const(1.0))
        case Joined():
            return _any(map(_truth, test.parts))


def _any(truths: Any) -> Expr:
    return 1 - reduce(lambda x, t: x * (1 - t), truths, const(1.0))
