"""Follow an ensemble of patients through a plan, on every processor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from immunarium.engine.journey import Journey
from immunarium.engine.kernel import Kernel
from immunarium.engine.plan import Doses, Plan, Timetable, check, dose_row
from immunarium.engine.result import RunResult


def run(
    kernel: Kernel,
    initial: NDArray[np.float64],
    parameters: NDArray[np.float64],
    plan: Plan,
    *,
    rtol: float = 1e-6,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> RunResult:
    """Follow every patient to the end of a plan.

    A patient's result does not depend, to the last bit, on the other patients, their order or the
    number of workers.

    Parameters
    ----------
    kernel : Kernel
        The model.
    initial : ndarray, shape (patients, states)
        Amounts at tick 0, before anything happens at it.
    parameters : ndarray, shape (patients, parameters)
        Values in the model's own units.
    plan : Plan
        What happens.
    rtol : float
        Relative tolerance of a step; the absolute one is rtol x 1e-3 x scale of each state.
    workers : int, optional
        Threads; all processors if not given.
    progress : callable, optional
        Called with the numbers of patients done and failed, now and then.

    Returns
    -------
    RunResult
        Every patient, failed ones too.

    Raises
    ------
    ImmunoError
        Arrays of another shape, or a plan that does not fit the model.
    """
    check(plan, len(initial))
    journey = Journey(
        kernel, initial, parameters, end=plan.end, record_at=plan.record_at,
        reduces=plan.reduces, ends_when=plan.ends_when, rtol=rtol, workers=workers,
    )  # fmt: skip
    n = len(journey)
    amounts = np.array([d.amounts for d in plan.doses], np.float64).reshape(-1, n)
    journey.add_doses(np.ascontiguousarray(amounts.T))
    doses = Doses(
        np.array([d.tick for d in plan.doses], np.int64),
        np.array([d.duration for d in plan.doses], np.int64),
        np.array([dose_row(d.target, d.duration > 0, kernel) for d in plan.doses], np.int64),
    )
    timetable = Timetable.of(kernel, doses, plan.rules, plan.reduces, plan.end)
    to_the_end = np.full(n, plan.end, np.int64)
    journey.go(np.arange(n), [timetable], np.zeros(n, np.intp), to_the_end, progress)
    return journey.result()
