"""Conditions in words, over the quantities of a model and the grades of CTCAE."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from immunarium.core import (
    Expr,
    Graph,
    ImmunoError,
    UnitError,
    const,
    did_you_mean,
    indicator,
    symbol,
    symbols,
)
from immunarium.core.units import compatible, factor, unit

BASELINE = "baseline"
_WORDS = ("or", "in", "for", "grade", BASELINE)
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_%][\w.]*)"
    r"|(?P<sign><=|>=|<|>|\+|-|\*|/|\(|\)))"
)
_UNIT = re.compile(r"\s*(?P<unit>[A-Za-z%][\w^*]*(?:/[A-Za-z][\w^*]*)*)(?![\w.])")
_EXAMPLE = "A condition looks like 'haemodynamics.MAP < 60 mmHg or kidney.creatinine > 4.5 mg/dL'."


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
    """

    name: str
    left: Expr
    op: str
    right: Expr
    unit: str
    change: float = 0.0
    lasting: float = 0.0

    @property
    def above(self) -> bool:
        """Whether large values satisfy it."""
        return self.op in (">", ">=")

    @property
    def momentary(self) -> bool:
        """Whether the present state decides it, without memory."""
        return not (self.change or self.lasting or BASELINE in symbols(self.right))

    def truth(self) -> Expr:
        """1 where it holds, else 0."""
        if not self.momentary:
            raise ConditionError(
                "A rule sees the present moment only; 'in', 'for' and 'baseline' belong to "
                "assessments. Compare a quantity with a number."
            )
        gap = self.left - self.right if self.above else self.right - self.left
        return 1 - indicator(-gap) if "=" in self.op else indicator(gap)


@dataclass(frozen=True)
class Condition:
    """Comparisons of which one is enough."""

    text: str
    any_of: tuple[Comparison, ...]

    def truth(self) -> Expr:
        """1 where it holds now, else 0: for rules."""
        return 1 - reduce(lambda x, c: x * (1 - c.truth()), self.any_of, const(1.0))


@dataclass(frozen=True)
class _Value:
    expr: Expr
    unit: str


class _Reader:
    """Reads one condition, left to right."""

    def __init__(
        self, text: str, graph: Graph, grades: Mapping[str, Mapping[int, Sequence[Comparison]]]
    ) -> None:
        self.text, self.graph, self.grades, self.at = text, graph, grades, 0
        self.left: _Value | None = None

    def fail(self, why: str, at: int | None = None) -> ConditionError:
        rest = self.text[self.at if at is None else at :].strip()
        where = f"at {rest!r}" if rest else "at its end"
        return ConditionError(f"Cannot read the condition {self.text!r} {where}: {why} {_EXAMPLE}")

    def peek(self) -> tuple[str, str]:
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            if self.text[self.at :].strip():
                raise self.fail("this is no word, number or sign.")
            return "end", ""
        kind = str(found.lastgroup)
        return kind, found.group(kind)

    def take(self) -> str:
        found = _TOKEN.match(self.text, self.at)
        assert found is not None  # peek has looked
        self.at = found.end()
        return found.group(str(found.lastgroup))

    def took(self, *wanted: str) -> str | None:
        return self.take() if self.peek()[1] in wanted else None

    def condition(self) -> Condition:
        parts = list(self.comparison())
        while self.took("or"):
            parts.extend(self.comparison())
        if self.peek()[0] != "end":
            raise self.fail("expected 'or' or the end.")
        return Condition(self.text, tuple(parts))

    def comparison(self) -> Sequence[Comparison]:
        graded = self.graded()
        if graded is not None:
            return graded
        self.left, start = None, self.at
        left = self.sum()
        name = self.text[start : self.at].strip()
        change = self.hours() if self.took("in") else 0.0
        op = self.took("<", "<=", ">", ">=")
        if op is None:
            raise self.fail("expected one of < <= > >=.")
        self.left, at = left, self.at
        right = self.together(self.sum(), left.unit, at)
        lasting = self.hours() if self.took("for") else 0.0
        return (Comparison(name, left.expr, op, right.expr, left.unit, change, lasting),)

    def graded(self) -> Sequence[Comparison] | None:
        """``hypotension grade >= 3``: every row of that grade and above."""
        found = re.match(r"\s*([A-Za-z][A-Za-z ]*?)\s+grade\s*>=\s*([1-5])\b", self.text[self.at :])
        if found is None:
            return None
        known = {t.lower(): t for t in self.grades}
        term = known.get(found[1].lower())
        if term is None:
            raise self.fail(f"there is no term {found[1]!r}.{did_you_mean(found[1], self.grades)}")
        rows = [c for g, cs in self.grades[term].items() if g >= int(found[2]) for c in cs]
        if not rows:
            raise self.fail(f"{term} has no grade {found[2]} here; the highest is "
                            f"{max(self.grades[term])}.")  # fmt: skip
        self.at += found.end()
        return rows

    def hours(self) -> float:
        at, value = self.at, self.atom()
        if value.expr.op != "const" or not compatible(value.unit, "h"):
            raise self.fail("expected a time, like 24 h.", at)
        return float(value.expr.value or 0.0) * factor(value.unit, "h")

    def together(self, value: _Value, wanted: str, at: int) -> _Value:
        if value.unit == wanted or value.expr is const(0.0):
            return _Value(value.expr, wanted)
        try:
            return _Value(value.expr * factor(value.unit, wanted), wanted)
        except UnitError:
            raise self.fail(f"[{value.unit}] does not convert to [{wanted}].", at) from None

    def sum(self) -> _Value:
        total = self.product()
        while sign := self.took("+", "-"):
            at = self.at
            other = self.together(self.product(), total.unit, at).expr
            total = _Value(total.expr + other if sign == "+" else total.expr - other, total.unit)
        return total

    def product(self) -> _Value:
        total = self.atom()
        while sign := self.took("*", "/"):
            other = self.atom()
            expr = total.expr * other.expr if sign == "*" else total.expr / other.expr
            total = _Value(expr, _joined(total.unit, sign, other.unit))
        return total

    def atom(self) -> _Value:
        kind, word = self.peek()
        if kind == "number":
            return self.number()
        if word == "(":
            self.take()
            inner = self.sum()
            if not self.took(")"):
                raise self.fail("expected a closing bracket.")
            return inner
        if kind != "word" or (word in _WORDS and word != BASELINE):
            raise self.fail("expected a quantity or a number.")
        if word == BASELINE:
            if self.left is None:
                raise self.fail("'baseline' is what the left side is at the start.")
            self.take()
            return _Value(symbol(BASELINE), self.left.unit)
        if word not in self.graph.units:
            near = did_you_mean(word, self.graph.units)
            raise self.fail(f"this model has no quantity {word!r}.{near}")
        self.take()
        return _Value(self.graph.value(word), self.graph.units[word])

    def number(self) -> _Value:
        value = float(self.take())
        found = _UNIT.match(self.text, self.at)
        if found is None or found["unit"] in _WORDS:
            return _Value(const(value), "1")
        try:
            unit(found["unit"])
        except UnitError as e:
            raise self.fail(str(e)) from None
        self.at = found.end()
        return _Value(const(value), found["unit"])


def _joined(a: str, sign: str, b: str) -> str:
    if b == "1":
        return a
    if a == "1" and sign == "*":
        return b
    return str(unit(a) * unit(b) if sign == "*" else unit(a) / unit(b))


def read_condition(
    text: str,
    graph: Graph,
    grades: Mapping[str, Mapping[int, Sequence[Comparison]]] | None = None,
) -> Condition:
    """Read a condition.

    Parameters
    ----------
    text : str
        Comparisons joined by ``or``. A side is a sum of quantities and of numbers with units;
        ``kidney.urine in 24 h`` is a change over a time, ``… for 24 h`` a duration, and
        ``baseline`` what the left side is at the start. ``hypotension grade >= 3`` is a grade.
    graph : Graph
        Its quantities, states and parameters may be named.
    grades : mapping, optional
        Comparisons by CTCAE term and grade.

    Raises
    ------
    ConditionError
        Points at the word.
    """
    return _Reader(text, graph, grades or {}).condition()
