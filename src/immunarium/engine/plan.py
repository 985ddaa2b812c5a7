"""What happens to the patients of a run, and when: doses, rules, records and reductions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from immunarium.core import ImmunoError, UnknownNameError, did_you_mean
from immunarium.engine.kernel import Kernel

TICKS_PER_HOUR = 3_600_000  # a tick is one millisecond

Kind = Literal["peak", "nadir", "crossing_up", "crossing_down"]
KINDS: tuple[Kind, ...] = ("peak", "nadir", "crossing_up", "crossing_down")
TITRATE, DOSE = 0, 1


@dataclass(frozen=True)
class Dose:
    """An amount given to every patient at a tick, at once or over ``duration`` ticks.

    ``amounts`` holds one amount per patient, in the unit of the species ``target``; ``group`` and
    ``course`` are what rules hold and stop.
    """

    tick: int
    duration: int
    target: str
    amounts: NDArray[np.float64]
    group: str
    course: int


@dataclass(frozen=True)
class Hold:
    """Leave out a dose of a group if a condition holds just before it.

    After ``stop_after`` doses in a row were left out by this rule, the course ends; 0 is never.
    """

    group: str
    condition: str
    stop_after: int


@dataclass(frozen=True)
class Titrate:
    """Every so often, raise a state by a step if ``up`` holds, else lower it if ``down`` holds."""

    start: int
    end: int
    every: int
    target: str
    up: str
    down: str
    step: float
    maximum: float


@dataclass(frozen=True)
class Reduce:
    """One number of a window, found between the steps and never on a grid.

    The window runs from just after what happens at ``start`` to just before what happens at
    ``end``. A crossing is the first one, and one that a dose at ``start`` makes counts.
    """

    name: str
    output: str
    kind: Kind
    start: int
    end: int
    threshold: float = 0.0


@dataclass(frozen=True)
class Plan:
    """Everything that happens in a run.

    A record at a tick is what is seen just before anything happens at it. ``ends_when`` names an
    output: a patient ends where it rises above 0.
    """

    doses: tuple[Dose, ...]
    rules: tuple[Hold | Titrate, ...]
    end: int
    record_at: NDArray[np.int64]
    reduces: tuple[Reduce, ...]
    ends_when: str | None


STOP = np.dtype(
    [
        ("tick", np.int64),
        ("first", np.int64),  # its events: from here to the first of the next stop
        ("infusing", np.bool_),  # an infusion starts or ends
        ("firm", np.int64),  # the next stop, from here on, at which more than titration is due
    ],
    align=True,
)
EVENT = np.dtype(  # a dose or a titration; rows are of the workspace
    [
        ("tick", np.int64),
        ("kind", np.int64),
        ("row", np.int64),  # state, or input of an infusion
        ("dose", np.int64),  # its place in the plan
        ("end", np.int64),
        ("course", np.int64),
        ("holds", np.uint64),  # bit mask of the rules that look at it
        ("up", np.int64),
        ("down", np.int64),
        ("step", np.float64),
        ("maximum", np.float64),
    ]
)
HOLD = np.dtype([("condition", np.int64), ("limit", np.int64)])
REDUCE = np.dtype(
    [
        ("kind", np.int64),  # place in KINDS
        ("output", np.int64),
        ("start", np.int64),
        ("end", np.int64),
        ("threshold", np.float64),
    ]
)


class Tables(NamedTuple):
    """A plan as arrays, for the compiled driver."""

    stops: Any  # of dtype STOP: every tick at which something happens, from 0 to the end
    events: Any  # of dtype EVENT, by tick, titrations before doses
    infusions: Any  # those events that are infusions
    holds: Any  # of dtype HOLD
    reduces: Any  # of dtype REDUCE
    amounts: NDArray[np.float64]  # (doses, patients)
    record_at: NDArray[np.int64]  # (1 or patients, times)


@dataclass(frozen=True)
class Schedule:
    """A plan made ready for one kernel and a number of patients."""

    tables: Tables
    courses: int  # number of (group, course)
    ender: int  # output whose rise above 0 ends a patient, or -1


def _place(word: str, known: Sequence[str], what: str) -> int:
    try:
        return known.index(word)
    except ValueError:
        hint = did_you_mean(word, known)
        raise UnknownNameError(f"{what} {word} is not in this model.{hint}") from None


def schedule(plan: Plan, kernel: Kernel, n: int) -> Schedule:
    """Turn a plan for ``n`` patients into arrays.

    Raises
    ------
    ImmunoError
        A name, tick or amount that does not fit the model and the run.
    """
    _check(plan, n)
    holds = [r for r in plan.rules if isinstance(r, Hold)]
    courses = list(dict.fromkeys((d.group, d.course) for d in plan.doses))
    events = [_dose(d, i, holds, courses, kernel) for i, d in enumerate(plan.doses)]
    for rule in plan.rules:
        if isinstance(rule, Titrate):
            events += _titrations(rule, plan.end, kernel)
    events.sort(key=lambda e: (e["tick"], e["kind"]))
    table = np.zeros(len(events), dtype=EVENT)
    for i, event in enumerate(events):
        for field, value in event.items():
            table[i][field] = value
    tables = Tables(
        stops=_stops(plan, table["tick"]),
        events=table,
        infusions=table[table["end"] > table["tick"]],
        holds=np.array([(_condition(h.condition, kernel), h.stop_after) for h in holds], HOLD),
        reduces=np.array([_reduce(r, kernel) for r in plan.reduces], REDUCE),
        amounts=np.array([d.amounts for d in plan.doses], np.float64).reshape(-1, n),
        record_at=np.atleast_2d(np.ascontiguousarray(plan.record_at, np.int64)),
    )
    ender = -1 if plan.ends_when is None else _output(plan.ends_when, kernel)
    return Schedule(tables, len(courses), ender)


def _condition(name: str, kernel: Kernel) -> int:
    at = kernel.layout
    return at.watched + at.n_outputs + _place(name, kernel.conditions, "The condition")


def _output(name: str, kernel: Kernel) -> int:
    return _place(name, kernel.outputs, "The output")


def _state(name: str, kernel: Kernel, what: str) -> int:
    return kernel.layout.y + _place(name, kernel.states, what)


def _reduce(r: Reduce, kernel: Kernel) -> tuple[int, int, int, int, float]:
    return KINDS.index(r.kind), _output(r.output, kernel), r.start, r.end, r.threshold


def _dose(
    dose: Dose, i: int, holds: list[Hold], courses: list[tuple[str, int]], kernel: Kernel
) -> dict[str, Any]:
    if dose.duration:
        source = _place(f"@{dose.target}", kernel.inputs, "The infusion target")
        row = kernel.layout.inputs + source
    else:
        row = _state(dose.target, kernel, "The dose target")
    return {
        "tick": dose.tick,
        "kind": DOSE,
        "row": row,
        "dose": i,
        "end": dose.tick + dose.duration,
        "course": courses.index((dose.group, dose.course)),
        "holds": sum(1 << k for k, h in enumerate(holds) if h.group == dose.group),
    }


def _titrations(rule: Titrate, end: int, kernel: Kernel) -> list[dict[str, Any]]:
    event = {
        "kind": TITRATE,
        "row": _state(rule.target, kernel, "The titrated state"),
        "up": _condition(rule.up, kernel),
        "down": _condition(rule.down, kernel),
        "step": rule.step,
        "maximum": rule.maximum,
    }
    ticks = range(rule.start, min(rule.end + 1, end), rule.every)
    return [{"tick": tick, **event} for tick in ticks]


def _stops(plan: Plan, when: NDArray[np.int64]) -> Any:
    """Every tick at which something happens to anyone."""
    edges = {t for d in plan.doses if d.duration for t in (d.tick, d.tick + d.duration)}
    firm = {0, plan.end, *edges, *(d.tick for d in plan.doses)}
    firm.update(tick for r in plan.reduces for tick in (r.start, r.end))
    ticks = firm | set(when.tolist())
    stops = np.zeros(sum(t <= plan.end for t in ticks), dtype=STOP)
    stops["tick"] = sorted(t for t in ticks if t <= plan.end)
    stops["first"] = np.searchsorted(when, stops["tick"])
    stops["infusing"] = np.isin(stops["tick"], list(edges))
    fixed = np.flatnonzero(np.isin(stops["tick"], list(firm)))
    stops["firm"] = fixed[np.searchsorted(fixed, np.arange(len(stops)))]
    return stops


def _check(plan: Plan, n: int) -> None:
    record = np.atleast_2d(np.asarray(plan.record_at, dtype=np.int64))
    if sum(isinstance(r, Hold) for r in plan.rules) > 64:
        raise ImmunoError("A plan may have 64 rules that hold doses; join some conditions.")
    if plan.end <= 0:
        raise ImmunoError(f"The run ends at tick {plan.end}; it must end after 0.")
    if record.shape[0] not in (1, n):
        raise ImmunoError(f"record_at has {record.shape[0]} rows for {n} patients; give 1 or {n}.")
    if record.size and (record.min() < 0 or record.max() > plan.end):
        raise ImmunoError(f"Records must lie between tick 0 and the end of the run, {plan.end}.")
    if (np.diff(record, axis=1) < 0).any():
        raise ImmunoError("The ticks of record_at must rise.")
    for dose in plan.doses:
        _check_dose(dose, plan.end, n)
    for r in plan.reduces:
        if not 0 <= r.start < r.end <= plan.end:
            raise ImmunoError(
                f"The window of {r.name} is {r.start} to {r.end}; it must lie in 0 to {plan.end}."
            )


def _check_dose(dose: Dose, end: int, n: int) -> None:
    if not 0 <= dose.tick < end:
        raise ImmunoError(f"A dose of {dose.group} at tick {dose.tick} is not within 0 to {end}.")
    amounts = np.asarray(dose.amounts)
    if amounts.shape != (n,):
        raise ImmunoError(
            f"A dose of {dose.group} has amounts of shape {amounts.shape}; "
            f"give one per patient, ({n},)."
        )
    if dose.duration < 0 or not np.isfinite(amounts).all() or (amounts < 0).any():
        raise ImmunoError(
            f"A dose of {dose.group} at tick {dose.tick} has an amount or duration that is "
            f"negative or not a number."
        )
