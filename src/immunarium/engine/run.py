"""Follow an ensemble of patients through a plan, on every processor."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import ImmunoError
from immunarium.engine.context import PATIENT, Results, make_context
from immunarium.engine.driver import integrate
from immunarium.engine.ir import LANES
from immunarium.engine.kernel import Kernel
from immunarium.engine.plan import Plan, schedule
from immunarium.engine.result import RunResult, Status

_CHUNK = 16 * LANES  # patients handed to a thread at a time
_TIGHT = 1e-5  # below it the error estimate is filtered and the largest one counts


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
    initial, parameters = _checked(kernel, initial, parameters, rtol)
    n = len(initial)
    ready = schedule(plan, kernel, n)
    times, reduces = ready.tables.record_at.shape[1], len(plan.reduces)
    out = Results(
        patients=np.zeros(n, dtype=PATIENT),
        recorded=np.full((n, times, len(kernel.outputs)), np.nan),
        best=np.full((n, reduces), np.nan),
        when=np.full((n, reduces), np.nan),
        outcomes=np.zeros((n, len(plan.doses)), dtype=np.int8),
    )
    tight = rtol < _TIGHT
    norm = kernel.functions.tight if tight else kernel.functions.loose
    workers = workers or os.cpu_count() or 1
    size = min(_CHUNK, max(LANES, -(-n // (workers * LANES)) * LANES))
    chunks = [(low, min(low + size, n)) for low in range(0, n, size)]

    def follow(chunk: tuple[int, int]) -> tuple[int, int]:
        context = make_context(kernel, ready, 0.3 * rtol if tight else rtol, norm)
        integrate(context, ready.tables, initial, parameters, out, chunk)
        return chunk

    done = failed = 0
    pool = ThreadPoolExecutor(workers)
    try:
        for future in as_completed([pool.submit(follow, chunk) for chunk in chunks]):
            low, high = future.result()
            done += high - low
            failed += int((out.patients["status"][low:high] > Status.ENDED).sum())
            if progress:
                progress(done, failed)
    finally:  # Ctrl-C waits for the chunks in hand only
        pool.shutdown(cancel_futures=True)
    return _result(kernel, plan, out)


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


def _result(kernel: Kernel, plan: Plan, out: Results) -> RunResult:
    columns: dict[str, NDArray[np.float64]] = {}
    for i, r in enumerate(plan.reduces):
        if r.kind in ("peak", "nadir"):
            columns |= {r.name: out.best[:, i], f"{r.name}.time": out.when[:, i]}
        else:
            columns[r.name] = out.when[:, i]
    patients = pd.RangeIndex(len(out.patients), name="patient")
    return RunResult(
        plan=plan,
        states=kernel.states,
        outputs=kernel.outputs,
        recorded=out.recorded,
        reduced=pd.DataFrame(columns, index=patients),
        doses=out.outcomes,
        **{name: out.patients[name].copy() for name in PATIENT.fields or ()},
    )
