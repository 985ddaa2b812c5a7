"""Observables: what is read from each patient of an arm."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Expr, Graph, UnitError, did_you_mean
from immunarium.core.units import compatible, factor
from immunarium.engine import TICKS_PER_HOUR, Reduce
from immunarium.trial.cohort import Cohort, needed
from immunarium.trial.conditions import Comparison, Condition, read_condition
from immunarium.trial.ctcae import Grades
from immunarium.trial.observe_rated import among, came_of, event, of_score
from immunarium.trial.probes import Probe, Raters
from immunarium.trial.protocol import (
    EVENT,
    FORETELLING,
    OUTCOMES,
    TOLERATED,
    Observable,
    Target,
    TrialError,
    level,
)
from immunarium.trial.scales import points

Floats = NDArray[np.float64]
POINTS = 13  # a blood sample every few minutes, as kinetic studies take them


def probe(
    target: Target, graph: Graph, grades: Grades, until: float, raters: Raters | None = None
) -> Probe:
    """Work out what a target needs of a run.

    Parameters
    ----------
    raters : Raters, optional
        What scores there are.

    Raises
    ------
    ImmunoError
        An unknown quantity, scale or event, a unit that does not convert, or a day without a visit.
    """
    raters = raters or Raters()
    found = _probe(target, graph, grades, until, raters)
    return replace(found, among=among(target.among, raters)) if target.among else found


def _probe(target: Target, graph: Graph, grades: Grades, until: float, raters: Raters) -> Probe:
    o = target.observable
    if o.take == TOLERATED:  # which an escalation finds
        return Probe(target, {}, (), (), None)
    if o.statistic in FORETELLING:
        return _foretelling(target, graph, until, raters)
    if found := of_score(target, raters):
        return found
    if not (np.isnan([o.by, o.until, o.since]).all() and o.running == 1):
        raise TrialError(
            "'by', 'running', 'until' and 'since' are of scores: write a share like 'QMG "
            "improved by 3'."
        )
    if o.take.startswith(EVENT):
        return event(target, graph)
    if o.take in OUTCOMES:
        return Probe(target, {}, (), (o.at,) if o.take == "alive" else (), None)
    if o.statistic == "share":
        return _share(target, read_condition(o.take, graph, grades), until)
    if o.take == "doses given":
        return _doses_given(target)
    return _reading(target, graph, until)


def _foretelling(target: Target, graph: Graph, until: float, raters: Raters) -> Probe:
    """Read what foretells beside what came of it."""
    o = target.observable
    if target.unit != "1":
        raise TrialError(f"The unit of {o.statistic} is 1, not {target.unit!r}.")
    units = {name: points(name) for name in raters.scores} | dict(graph.units)
    if o.of not in units:
        raise TrialError(f"This model has no {o.of!r}.{did_you_mean(o.of, units)}")
    reading = Observable("mean", o.read, of=o.of, at=o.when)
    unit = "1" if o.read == "fold" else units[o.of]
    first = _probe(replace(target, observable=reading, unit=unit), graph, {}, until, raters)
    second = came_of(target, raters)

    def read(cohort: Cohort) -> Floats:
        assert first.read is not None
        assert second.read is not None
        return np.stack([first.read(cohort), second.read(cohort)], axis=-1)

    return Probe(target, first.outputs, first.reduces, first.times, read)


def extremes(comparisons: Iterable[Comparison], until: float) -> tuple[Reduce, ...]:
    """Peaks and nadirs that tell whether comparisons ever held."""
    out: dict[str, Reduce] = {}
    for c in comparisons:
        if not (c.change or c.lasting):
            kind = "peak" if c.above else "nadir"
            name = f"{kind} of {c.name}"
            out[name] = Reduce(name, c.name, kind, 0, ticks(until))
    return tuple(out.values())


def ticks(time: float) -> int:
    """Hours as engine ticks."""
    return round(time * TICKS_PER_HOUR)


def _share(target: Target, condition: Condition, until: float) -> Probe:
    o = target.observable
    if o.span != (0.0, math.inf) or not math.isnan(o.at):
        raise TrialError(
            f"The share of patients with {o.take!r} is over the whole follow-up: leave out "
            f"'within' and 'at', or say it in the condition, like 'and day >= 14'."
        )

    def read(cohort: Cohort) -> Floats:
        return cohort.ever_any(condition).astype(np.float64)

    reduces = extremes(condition.comparisons, until)
    return Probe(target, needed(condition.comparisons), reduces, (), read)


def _doses_given(target: Target) -> Probe:
    scale = factor("1", target.unit)

    def read(cohort: Cohort) -> Floats:
        mine = [i for i, drug in enumerate(cohort.drugs) if drug == target.observable.of]
        return scale * (cohort.given[:, mine] == 1).mean(axis=1)

    return Probe(target, {}, (), (), read)


def _reading(target: Target, graph: Graph, until: float) -> Probe:
    o = target.observable
    outputs = {o.of: graph.value(o.of)}
    start, end = o.span[0], min(o.span[1], until)
    match o.take:
        case "peak" | "nadir":
            scale = _scale(target, graph)
            reduce = Reduce(target.id, o.of, o.take, ticks(start), ticks(end))
            return Probe(target, outputs, (reduce,), (), lambda c: scale * _column(c, target.id))
        case "time of peak" | "time of nadir":
            kind = "peak" if o.take == "time of peak" else "nadir"
            scale = factor("h", target.unit)
            reduce = Reduce(target.id, o.of, kind, ticks(start), ticks(end))
            return Probe(
                target, outputs, (reduce,), (), lambda c: scale * _column(c, f"{target.id}.time")
            )
        case "time above":
            scale, above = factor("h", target.unit), level(o.above, graph.units[o.of])
            reduce = Reduce(target.id, o.of, "crossing_up", ticks(start), ticks(end), above)
            return Probe(target, outputs, (reduce,), (), lambda c: scale * _column(c, target.id))
        case "ratio of peaks":
            return _ratio(target, outputs, (start, end))
        case "half-life":
            return _half_life(target, outputs, (start, end))
        case _:
            return _value(target, graph, outputs)


def _ratio(target: Target, outputs: dict[str, Expr], first: tuple[float, float]) -> Probe:
    o, below = target.observable, f"{target.id}, first"
    if o.second is None:
        raise TrialError("A ratio of peaks is of two spans: write second = ['8 d', '9 d'].")
    reduces = tuple(
        Reduce(name, o.of, "peak", ticks(a), ticks(b))
        for name, (a, b) in ((below, first), (target.id, o.second))
    )
    scale = _without_assay("1", target.unit)
    return Probe(
        target, outputs, reduces, (), lambda c: scale * _column(c, target.id) / _column(c, below)
    )


def _half_life(target: Target, outputs: dict[str, Expr], span: tuple[float, float]) -> Probe:
    """Half-life by the slope of the logarithm, after taking off the later phase (curve peeling)."""
    o, scale = target.observable, factor("h", target.unit)
    spans = (span, o.second) if o.second else (span,)
    times = tuple(np.unique(np.concatenate([np.linspace(a, b, POINTS) for a, b in spans])))

    def read(cohort: Cohort) -> Floats:
        values = cohort.recorded[o.of]
        if o.second:
            slope, height = _line(cohort.times, values, o.second)
            values = values - np.exp(height[:, None] + slope[:, None] * cohort.times)
        slope, _ = _line(cohort.times, values, span)
        return -np.log(2) / slope * scale

    return Probe(target, outputs, (), times, read)


def _line(times: Floats, values: Floats, span: tuple[float, float]) -> tuple[Floats, Floats]:
    """Slope and height at 0 of log values within a span, by least squares."""
    inside = (times >= span[0] - 1e-9) & (times <= span[1] + 1e-9)
    x = times[inside]
    with np.errstate(all="ignore"):
        y = np.log(values[:, inside])
    slope = ((x - x.mean()) * (y - y.mean(axis=1, keepdims=True))).sum(axis=1)
    slope = slope / ((x - x.mean()) ** 2).sum()
    return slope, y.mean(axis=1) - slope * x.mean()


def _value(target: Target, graph: Graph, outputs: dict[str, Expr]) -> Probe:
    o = target.observable
    scale = _without_assay("1", target.unit) if o.take == "fold" else _scale(target, graph)

    def read(cohort: Cohort) -> Floats:
        values = cohort.recorded[o.of]
        at = values[:, int(np.argmin(np.abs(cohort.times - o.at)))]
        if o.take == "fold":
            return scale * at / values[:, 0]
        return scale * (at - values[:, 0] if o.take == "change" else at)

    return Probe(target, outputs, (), (o.at,), read)


def _column(cohort: Cohort, name: str) -> Floats:
    return cohort.reduced[name].to_numpy(dtype=np.float64)


def _scale(target: Target, graph: Graph) -> float:
    """Return what one model unit is in the target's unit."""
    own = graph.units[target.observable.of]
    if target.observable.statistic == "cv":
        if target.unit != "%":
            raise TrialError(f"A cv is in %, not in {target.unit!r}.")
        return 1.0
    if not target.assay:
        return _without_assay(own, target.unit)
    if not any(compatible(target.unit, activity) for activity in ("U/L", "IU/L")):
        raise TrialError(f"There is an assay, so the unit is U/mL or IU/mL, not {target.unit}.")
    return 1 / level(target.assay, own)


def _without_assay(own: str, wanted: str) -> float:
    try:
        return factor(own, wanted)
    except UnitError as e:
        raise TrialError(
            f"{e} Write a unit that does, or say what one {wanted} is: assay = '… {own}'."
        ) from None
