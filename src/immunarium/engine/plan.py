"""What happens to the patients of a run, and when: doses, titrations, records and reductions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    ``course`` say which dose is meant.
    """

    tick: int
    duration: int
    target: str
    amounts: NDArray[np.float64]
    group: str
    course: int = 1


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
    rules: tuple[Titrate, ...]
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
        ("dose", np.int64),  # its column
        ("end", np.int64),
        ("up", np.int64),
        ("down", np.int64),
        ("step", np.float64),
        ("maximum", np.float64),
    ]
)
TIMETABLE = np.dtype([("infusions", np.int64), ("after", np.int64)])  # its infusions, from and to
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
    """Timetables as arrays, one behind the other, for the compiled driver."""

    stops: Any  # of dtype STOP: every tick at which something happens, in order
    events: Any  # of dtype EVENT, by tick, titrations before doses
    infusions: Any  # those events that are infusions
    timetables: Any  # of dtype TIMETABLE
    reduces: Any  # of dtype REDUCE
    record_at: NDArray[np.int64]  # (1 or patients, times)


class Doses(NamedTuple):
    """Columns of doses as a group of patients gets them, each of shape (columns,)."""

    tick: NDArray[np.int64]  # below 0: they do not get it
    duration: NDArray[np.int64]
    row: NDArray[np.int64]  # of the workspace


@dataclass(frozen=True)
class Timetable:
    """All stops of patients to whom the same happens at the same ticks."""

    stops: NDArray[np.void]
    events: NDArray[np.void]
    infusions: NDArray[np.void]

    @classmethod
    def of(
        cls,
        kernel: Kernel,
        doses: Doses,
        titrations: Sequence[Titrate],
        reduces: Sequence[Reduce],
        end: int,
        soft: Collection[int] = (),
    ) -> Timetable:
        """Put doses and titrations on the clock, from 0 to the end.

        Parameters
        ----------
        soft : collection of int
            More ticks at which a run may pause; they cut no step of one that does not.
        """
        given = np.flatnonzero(doses.tick >= 0)
        events = np.zeros(len(given), dtype=EVENT)
        events["kind"], events["dose"] = DOSE, given
        events["tick"], events["row"] = doses.tick[given], doses.row[given]
        events["end"] = events["tick"] + doses.duration[given]
        infused = events["end"] > events["tick"]
        edges = {*events["tick"][infused].tolist(), *events["end"][infused].tolist()}
        firm = {0, end, *edges, *events["tick"].tolist()}
        firm.update(tick for r in reduces for tick in (r.start, r.end))
        events = np.concatenate([*(_titrations(t, end, kernel) for t in titrations), events])
        events = events[np.lexsort((events["kind"], events["tick"]))]
        infusions = events[events["end"] > events["tick"]]
        return cls(_stops(firm, edges, events["tick"], end, soft), events, infusions)

    def part(self, start: int, until: int) -> Timetable:
        """Return what a run from one of its stops to another one needs."""
        ticks = self.stops["tick"]
        first = int(np.searchsorted(ticks, start))
        last = int(self.stops["firm"][np.searchsorted(ticks, until)])
        stops = self.stops[first : last + 1].copy()
        low, high = int(stops["first"][0]), int(stops["first"][-1])
        stops["first"] -= low
        stops["firm"] -= first
        running = (self.infusions["end"] > start) & (self.infusions["tick"] <= stops["tick"][-1])
        return Timetable(stops, self.events[low:high], self.infusions[running])


def together(
    timetables: Sequence[Timetable],
    kernel: Kernel,
    reduces: Sequence[Reduce],
    record_at: NDArray[np.int64],
) -> tuple[Tables, NDArray[np.int64]]:
    """Put timetables behind each other; also return where the stops of each begin."""
    stops, ranges = [], np.zeros(len(timetables), dtype=TIMETABLE)
    first = np.cumsum([0, *(len(t.stops) for t in timetables)])
    before = np.cumsum([0, *(len(t.events) for t in timetables)])
    infusions = np.cumsum([0, *(len(t.infusions) for t in timetables)])
    ranges["infusions"], ranges["after"] = infusions[:-1], infusions[1:]
    for t, stop, event in zip(timetables, first, before, strict=False):
        moved = t.stops.copy()
        moved["first"] += event
        moved["firm"] += stop
        stops.append(moved)
    tables = Tables(
        np.concatenate(stops),
        np.concatenate([t.events for t in timetables]),
        np.concatenate([t.infusions for t in timetables]),
        ranges,
        np.array([_reduce(r, kernel) for r in reduces], REDUCE),
        record_at,
    )
    return tables, first[:-1]


def _place(word: str, known: Sequence[str], what: str) -> int:
    try:
        return known.index(word)
    except ValueError:
        hint = did_you_mean(word, known)
        raise UnknownNameError(f"{what} {word} is not in this model.{hint}") from None


def _condition(name: str, kernel: Kernel) -> int:
    at = kernel.layout
    return at.watched + at.n_outputs + _place(name, kernel.conditions, "The condition")


def _output(name: str, kernel: Kernel) -> int:
    return _place(name, kernel.outputs, "The output")


def _state(name: str, kernel: Kernel, what: str) -> int:
    return kernel.layout.y + _place(name, kernel.states, what)


def _reduce(r: Reduce, kernel: Kernel) -> tuple[int, int, int, int, float]:
    return KINDS.index(r.kind), _output(r.output, kernel), r.start, r.end, r.threshold


def dose_row(target: str, infused: bool, kernel: Kernel) -> int:
    """Row of the workspace that a dose changes.

    Raises
    ------
    UnknownNameError
        The model has no such state, or no such input.
    """
    if infused:
        return kernel.layout.inputs + _place(f"@{target}", kernel.inputs, "The infusion target")
    return _state(target, kernel, "The dose target")


def ender(name: str | None, kernel: Kernel) -> int:
    """Return the place of the output whose rise above 0 ends a patient; -1 for none."""
    return -1 if name is None else _output(name, kernel)


def _titrations(rule: Titrate, end: int, kernel: Kernel) -> NDArray[np.void]:
    ticks = np.arange(rule.start, min(rule.end + 1, end), rule.every)
    events = np.zeros(len(ticks), dtype=EVENT)
    events["tick"], events["kind"] = ticks, TITRATE
    events["row"] = _state(rule.target, kernel, "The titrated state")
    events["up"], events["down"] = _condition(rule.up, kernel), _condition(rule.down, kernel)
    events["step"], events["maximum"] = rule.step, rule.maximum
    return events


def _stops(
    firm: set[int], edges: set[int], when: NDArray[np.int64], end: int, soft: Collection[int]
) -> NDArray[np.void]:
    """Every tick at which something happens to anyone."""
    ticks = np.array(sorted(t for t in firm.union(when.tolist(), soft) if t <= end), np.int64)
    stops = np.zeros(len(ticks), dtype=STOP)
    stops["tick"] = ticks
    stops["first"] = np.searchsorted(when, ticks)
    stops["infusing"] = np.isin(ticks, list(edges))
    fixed = np.flatnonzero(np.isin(ticks, list(firm)))
    stops["firm"] = fixed[np.searchsorted(fixed, np.arange(len(stops)))]
    return stops


def check(plan: Plan, n: int) -> None:
    """Check a plan for a number of patients.

    Raises
    ------
    ImmunoError
        A tick or amount that does not fit the run.
    """
    if plan.end <= 0:
        raise ImmunoError(f"The run ends at tick {plan.end}; it must end after 0.")
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


def check_record(record_at: NDArray[np.int64], end: int, n: int) -> None:
    """Check the ticks of records for a number of patients.

    Raises
    ------
    ImmunoError
        They lie outside of the run, do not rise, or are of other patients.
    """
    record = np.atleast_2d(np.asarray(record_at, dtype=np.int64))
    if record.shape[0] not in (1, n):
        raise ImmunoError(f"record_at has {record.shape[0]} rows for {n} patients; give 1 or {n}.")
    if record.size and (record.min() < 0 or record.max() > end):
        raise ImmunoError(f"Records must lie between tick 0 and the end of the run, {end}.")
    if (np.diff(record, axis=1) < 0).any():
        raise ImmunoError("The ticks of record_at must rise.")
