"""Patients on their way: followed from pause to pause, with what they get decided in between."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunarium.core import ImmunoError
from immunarium.engine.context import PATIENT, Results, Sizes, make_context
from immunarium.engine.driver import integrate
from immunarium.engine.events import FIRST_STEP
from immunarium.engine.ir import LANES
from immunarium.engine.kernel import Kernel
from immunarium.engine.plan import Reduce, Timetable, check_record, ender, together
from immunarium.engine.result import Outcome, RunResult, Status, reduced_table

_CHUNK = 16 * LANES  # patients handed to a thread at a time
_TIGHT = 1e-5  # below it the error estimate is filtered and the largest one counts

Rows = NDArray[np.intp]
Ticks = NDArray[np.int64]
Progress = Callable[[int, int], None]


class Journey:
    """Patients of one kernel, each at a tick of their own.

    How far and how often a patient is followed changes no bit of it, as long as it gets the same:
    it pauses only where something may happen to it.

    Parameters
    ----------
    initial : ndarray, shape (patients, states)
        Amounts at tick 0, before anything happens at it.
    parameters : ndarray, shape (patients, parameters)
        Values in the model's own units.
    end : int
        Last tick.
    record_at, reduces, ends_when
        As of a `Plan`.
    rtol, workers
        As of `run`.

    Attributes
    ----------
    tick : ndarray of int64, shape (patients,)
        Where each stands.
    known : Results
        What is known of all.

    Raises
    ------
    ImmunoError
        Arrays of another shape.
    """

    def __init__(
        self,
        kernel: Kernel,
        initial: NDArray[np.float64],
        parameters: NDArray[np.float64],
        *,
        end: int,
        record_at: Ticks,
        reduces: Sequence[Reduce],
        ends_when: str | None,
        rtol: float = 1e-6,
        workers: int | None = None,
    ) -> None:
        initial, self.parameters = _checked(kernel, initial, parameters, rtol)
        n = len(initial)
        check_record(record_at, end, n)
        self.kernel, self.end, self.rtol = kernel, end, rtol
        self.record_at = np.atleast_2d(np.ascontiguousarray(record_at, np.int64))
        self.reduces, self.ender = tuple(reduces), ender(ends_when, kernel)
        self.workers = workers or os.cpu_count() or 1
        self.tick = np.zeros(n, np.int64)
        patients = np.zeros(n, dtype=PATIENT)
        patients["h"] = FIRST_STEP
        outputs = len(kernel.outputs)
        self.known = Results(
            patients=patients,
            y=initial.copy(),
            inputs=np.zeros((n, len(kernel.inputs))),
            now=np.full((n, outputs), np.nan),
            recorded=np.full((n, self.record_at.shape[1], outputs), np.nan),
            best=np.full((n, len(reduces)), np.nan),
            when=np.full((n, len(reduces)), np.nan),
            amounts=np.zeros((n, 0)),
            outcomes=np.zeros((n, 0), dtype=np.int8),
        )

    def __len__(self) -> int:
        return len(self.tick)

    @property
    def ended(self) -> NDArray[np.bool_]:
        """Who is no longer followed: at the end, dead, or failed."""
        return (self.known.patients["status"] != Status.OK) | (self.tick >= self.end)

    def add_doses(self, amounts: NDArray[np.float64]) -> None:
        """Make room for more doses: one column each, amounts of shape (patients, doses)."""
        never = np.full(amounts.shape, Outcome.ENDED, dtype=np.int8)
        self.known = self.known._replace(
            amounts=np.hstack([self.known.amounts, amounts]),
            outcomes=np.hstack([self.known.outcomes, never]),
        )

    def go(
        self,
        rows: Rows,
        timetables: Sequence[Timetable],
        which: NDArray[np.intp],
        until: Ticks,
        progress: Progress | None = None,
    ) -> None:
        """Follow some patients, each by its own timetable up to its own tick.

        Parameters
        ----------
        rows : ndarray of int, shape (some,)
            Who; none of them has ended.
        which : ndarray of int, shape (some,)
            Their timetables.
        until : ndarray of int64, shape (some,)
            A tick of the timetable's stops; what happens at it is still to come.
        progress : callable, optional
            Called with the numbers of patients done and failed, now and then.
        """
        tables, first = together(timetables, self.kernel, self.reduces, self.record_at)
        patients = self.known.patients
        for k, timetable in enumerate(timetables):
            mine, ticks = which == k, timetable.stops["tick"]
            some = rows[mine]
            patients["timetable"][some] = k
            patients["stop"][some] = first[k] + np.searchsorted(ticks, self.tick[some])
            patients["pause"][some] = first[k] + np.searchsorted(ticks, until[mine])
        self._follow(tables, np.sort(rows).astype(np.int64), progress)
        self.tick[rows] = until

    def _follow(self, tables: Any, order: NDArray[np.int64], progress: Progress | None) -> None:
        size = Sizes(self.known.amounts.shape[1], len(self.reduces), self.ender)
        tight = self.rtol < _TIGHT
        norm = self.kernel.functions.tight if tight else self.kernel.functions.loose
        rtol = 0.3 * self.rtol if tight else self.rtol
        share = -(-len(order) // (self.workers * LANES)) * LANES
        step = min(_CHUNK, max(LANES, share))

        def follow(some: NDArray[np.int64]) -> NDArray[np.int64]:
            context = make_context(self.kernel, size, rtol, norm)
            integrate(context, tables, self.parameters, self.known, some)
            return some

        chunks = [order[low : low + step] for low in range(0, len(order), step)]
        done = failed = 0
        pool = ThreadPoolExecutor(self.workers)
        try:
            for future in as_completed([pool.submit(follow, chunk) for chunk in chunks]):
                some = future.result()
                done += len(some)
                failed += int((self.known.patients["status"][some] > Status.ENDED).sum())
                if progress:
                    progress(done, failed)
        finally:  # Ctrl-C waits for the chunks in hand only
            pool.shutdown(cancel_futures=True)

    def keep(self, rows: Rows) -> Kept:
        """Keep how some patients stand, so that they can be put back."""
        return Kept(self, rows)

    def result(self) -> RunResult:
        """Return what is known of all patients."""
        known = self.known
        fields = ("ended_at", "status", "stopped_at", "culprit", "steps", "rejected")
        lost = known.patients["status"] > Status.ENDED
        best, when = (np.where(lost[:, None], np.nan, x) for x in (known.best, known.when))
        return RunResult(
            record_at=self.record_at[0] if len(self.record_at) == 1 else self.record_at,
            states=self.kernel.states,
            outputs=self.kernel.outputs,
            recorded=known.recorded,
            reduced=reduced_table(self.reduces, best, when),
            doses=known.outcomes,
            **{name: known.patients[name].copy() for name in fields},
        )


class Kept:
    """How some patients stood."""

    def __init__(self, journey: Journey, rows: Rows) -> None:
        self.rows = rows
        self.tick = journey.tick[rows].copy()
        self.known = {
            name: getattr(journey.known, name)[rows].copy()
            for name in journey.known._fields
            if name != "recorded"
        }

    def put_back(self, journey: Journey, some: NDArray[np.bool_]) -> None:
        """Let some of them stand there again; what was recorded since is forgotten."""
        rows = self.rows[some]
        journey.tick[rows] = self.tick[some]
        for name, values in self.known.items():
            getattr(journey.known, name)[rows] = values[some]
        recorded = journey.known.recorded
        later = np.arange(recorded.shape[1]) >= self.known["patients"]["record"][some][:, None]
        recorded[rows] = np.where(later[:, :, None], np.nan, recorded[rows])


def _checked(
    kernel: Kernel, initial: NDArray[np.float64], parameters: NDArray[np.float64], rtol: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # writable too: for arrays that are not, Numba would compile the driver once more
    initial = np.require(initial, np.float64, ["C", "W"])
    parameters = np.require(parameters, np.float64, ["C", "W"])
    n = len(initial)
    for name, array, columns in (
        ("initial", initial, len(kernel.states)),
        ("parameters", parameters, len(kernel.parameters)),
    ):
        if array.shape != (n, columns) or not n:
            raise ImmunoError(
                f"{name} has shape {array.shape}; this model wants (patients, {columns}), with "
                f"the same patients in both arrays and at least one."
            )
    if not 1e-12 <= rtol <= 0.1:
        raise ImmunoError(f"rtol is {rtol:g}; give one between 1e-12 and 0.1.")
    return initial, parameters
