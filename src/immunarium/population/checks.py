"""What a patient must satisfy at the start: bounds of a disease, conditions of a trial."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Bound, Expr, Graph, Model, const, evaluate, substitute, symbol
from immunarium.population.rest import Columns

Rated = Callable[[Columns, int, NDArray[np.intp]], NDArray[np.bool_]]


@dataclass(frozen=True)
class Eligible:
    """A condition on which a trial takes patients, at the start and before any treatment.

    Attributes
    ----------
    text : str
        As written: ``kidney.creatinine < 1.5 mg/dL``.
    holds : Expr, optional
        1 where it holds, else 0; over states, parameters and covariates (``baseline_graph``).
    rated : callable, optional
        Instead, where a rater decides: given what patients have at day 0, by path, the seed and
        their numbers, who is taken.
    paths : tuple of str
        What a rater looks at.
    """

    text: str
    holds: Expr | None = None
    rated: Rated | None = None
    paths: tuple[str, ...] = ()


def baseline_graph(model: Model) -> Graph:
    """Return the graph of a model with its covariates, for conditions on patients at the start."""
    covariates = {path: ref.unit for path, ref in model.covariates.items()}
    docs = {path: ref.thing.doc for path, ref in model.covariates.items()}
    graph = model.graph
    return replace(graph, units={**graph.units, **covariates}, docs={**graph.docs, **docs})


@dataclass(frozen=True)
class Check:
    """What a patient must satisfy at the start, over the columns of the table.

    Where there is a lead-in, states and parameters are looked at as they are at day 0.
    """

    name: str
    value: Expr
    at_least: float
    at_most: float
    rated: Rated | None = None


def bounded(bound: Bound, model: Model, led: bool = False) -> Check:
    """Return the check of a bound of the disease."""
    graph = baseline_graph(model)
    unit = graph.units[bound.path].removesuffix("1")
    limits = ((">=", bound.at_least), ("<=", bound.at_most))
    limit = ", ".join(f"{op} {x:g} {unit}".rstrip() for op, x in limits if np.isfinite(x))
    why = f" ({bound.why})" if bound.why else ""
    value = at_start(graph.value(bound.path), model, led)
    return Check(f"{bound.path} {limit}{why}", value, bound.at_least, bound.at_most)


def at_start(value: Expr, model: Model, led: bool = False) -> Expr:
    """Write a quantity over the columns of a population's table; nothing is being given."""
    nothing_given = dict.fromkeys(model.graph.inputs, const(0.0))
    return substitute(value, {**({} if led else model.graph.derived), **nothing_given})


def checks(
    bounds: Iterable[Bound], eligible: Iterable[Eligible], model: Model, led: bool = False
) -> list[Check]:
    """Return every check of a disease's bounds and a trial's conditions.

    Parameters
    ----------
    led : bool
        Whether the disease has a lead-in, so that parameters that are derived from initial amounts
        are columns of their own.
    """
    conditions = (Check(e.text, _asked(e, model, led), 0.5, np.inf, e.rated) for e in eligible)
    return [*(bounded(bound, model, led) for bound in bounds), *conditions]


def _asked(eligible: Eligible, model: Model, led: bool) -> Expr:
    """Return what a condition looks at: 1 where it holds, or a column that a rater fills."""
    if eligible.holds is None:
        return symbol(eligible.text)
    return at_start(eligible.holds, model, led)


def refused(checks: list[Check], columns: Columns, looked_at: list[bool]) -> NDArray[np.intp]:
    """Return the number of the first check that refuses each patient; -1 where none does."""
    why = np.full(len(next(iter(columns.values()))), -1)
    values = iter(evaluate((c.value for c in compress(checks, looked_at)), columns))
    for i, check in compress(enumerate(checks), looked_at):
        value = next(values)
        inside = np.asarray((value >= check.at_least) & (value <= check.at_most))
        why[(why < 0) & ~inside] = i
    return why
