"""Conditions in words, over the quantities of a model and the grades of CTCAE."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from immunarium.core import (
    Expr,
    Graph,
    UnitError,
    const,
    did_you_mean,
    substitute,
    symbol,
    symbols,
)
from immunarium.core.units import compatible, factor, unit
from immunarium.trial.predicates import BASELINE as BASELINE
from immunarium.trial.predicates import RESPONSES, Graded, Joined, Known, Test
from immunarium.trial.predicates import Comparison as Comparison
from immunarium.trial.predicates import Condition as Condition
from immunarium.trial.predicates import ConditionError as ConditionError

_WORDS = ("or", "and", "in", "for", "grade", BASELINE)
_SIGNS = ("<", "<=", ">", ">=", "=")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_%][\w.]*)"
    r"|(?P<sign><=|>=|<|>|=|\+|-|\*|/|\(|\)))"
)
_UNIT = re.compile(r"\s*(?P<unit>[A-Za-z%][\w^*]*(?:/[A-Za-z][\w^*]*)*)(?![\w.])")
_GRADE = re.compile(r"\s*([A-Za-z][A-Za-z ]*?)\s+grade\s*(<=|>=|<|>|=)\s*([0-5])\b")
_EXAMPLE = "A condition looks like 'haemodynamics.MAP < 60 mmHg or kidney.creatinine > 4.5 mg/dL'."


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
        parts = [self.all_of()]
        while self.took("or"):
            parts.append(self.all_of())
        if self.peek()[0] != "end":
            raise self.fail("expected 'and', 'or' or the end.")
        return Condition(self.text, _joined_by("or", parts))

    def all_of(self) -> Test:
        parts = [self.test()]
        while self.took("and"):
            parts.append(self.test())
        return _joined_by("and", parts)

    def test(self) -> Test:
        return self.graded() or self.known() or self.comparison()

    def comparison(self) -> Comparison:
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
        return Comparison(
            name, self.over_states(left.expr), op, self.over_states(right.expr), left.unit,
            change, lasting, left.expr, right.expr,
        )  # fmt: skip

    def over_states(self, expr: Expr) -> Expr:
        """Put in what the model has for each path."""
        paths = symbols(expr) - {BASELINE}
        return substitute(expr, {p: self.graph.value(p) for p in paths})

    def graded(self) -> Graded | None:
        """``hypotension grade >= 3``."""
        found = _GRADE.match(self.text[self.at :])
        if found is None:
            return None
        known = {t.lower(): t for t in self.grades}
        term, grade = known.get(found[1].lower()), int(found[3])
        if term is None:
            raise self.fail(f"there is no term {found[1]!r}.{did_you_mean(found[1], self.grades)}")
        rows = {g: tuple(cs) for g, cs in self.grades[term].items()}
        if grade > max(rows):
            raise self.fail(f"{term} has no grade {grade} here; the highest is {max(rows)}.")
        self.at += found.end()
        return Graded(term, found[2], grade, rows)

    def known(self) -> Known | None:
        """``day >= 84``, ``visit = 3`` or ``response >= PR``."""
        what = self.peek()[1]
        if what not in ("day", "visit", "response"):
            return None
        self.take()
        op = self.took(*_SIGNS)
        if op is None:
            raise self.fail(f"expected one of {' '.join(_SIGNS)}.")
        return Known(what, op, self.response(op) if what == "response" else self.whole(what))

    def response(self, op: str) -> float:
        code = self.peek()[1]
        if code == "NE" and op == "=":
            self.take()
            return float("nan")
        if code not in RESPONSES:
            raise self.fail(f"expected {', '.join(RESPONSES)}, or '= NE'.")
        return RESPONSES[self.take()]

    def whole(self, what: str) -> float:
        if self.peek()[0] != "number":
            raise self.fail(f"expected the number of a {what}.")
        return float(self.take())

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
        return _Value(symbol(word), self.graph.units[word])

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


def _joined_by(word: str, parts: list[Test]) -> Test:
    return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))


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
        Comparisons joined by ``and`` and ``or``; ``and`` binds tighter. A side is a sum of
        quantities and of numbers with units; ``kidney.urine in 24 h`` is a change over a time,
        ``… for 24 h`` a duration, and ``baseline`` what the left side is at the start.
        ``hypotension grade >= 3`` is a grade; ``day >= 84``, ``visit = 3`` and
        ``response >= PR`` are what is known at that time.
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
