"""The control of the integration: patients, lanes and steps, compiled once by Numba."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from immunarium.engine.cache import checksum
from immunarium.engine.context import RUNNING, Context, Results, call, call_on, finish, inner
from immunarium.engine.events import FIRST_STEP, pass_titrations, settle
from immunarium.engine.ir import LANES
from immunarium.engine.plan import Tables
from immunarium.engine.result import Status
from immunarium.engine.watch import hours, next_record, record_step, watch_step

_LEAST_STEP = 1e-13  # [h]
_MOST_STEPS = 200_000  # of one patient
_SAFETY, _GROWTH, _SHRINK = 0.85, 6.0, 0.2
_POWER = 1 / 5  # of the error in the next step

# plain numbers, which Numba can freeze
_ENDED = int(Status.ENDED)
_TOO_SMALL, _TOO_MANY = int(Status.STEP_TOO_SMALL), int(Status.TOO_MANY_STEPS)
_NOT_FINITE = int(Status.NOT_FINITE)


@inner
def _follow(
    c: Context,
    tables: Tables,
    parameters: NDArray[np.float64],
    out: Results,
    order: NDArray[np.int64],
) -> None:
    """Follow patients, by their numbers, to their pauses, as many abreast as there are lanes."""
    coming = 0
    while True:
        loaded = running = waiting = False
        for lane in range(LANES):
            at = c.lanes[lane]
            if at.patient >= 0 and at.status != RUNNING:
                _unload(c, out, lane)
            if at.patient < 0 and coming < len(order):
                _load(c, tables, parameters, out, lane, order[coming])
                next_record(c, tables.record_at, lane)
                coming += 1
                loaded = True
            running = running or at.patient >= 0
            waiting = waiting or at.waits
        if not running:
            return
        if loaded:
            call(c, c.job.prepare)
        if waiting:
            settle(c, tables, out)
        else:
            _advance(c, tables, out.recorded)


# ------------------------------------------------------------------------ patients come and go


@inner
def _load(
    c: Context,
    tables: Tables,
    parameters: NDArray[np.float64],
    out: Results,
    lane: int,
    patient: int,
) -> None:
    for row in range(c.job.y1, c.w.shape[0]):
        c.w[row, lane] = 0.0
    for i in range(c.job.n_states):
        c.w[c.job.y + i, lane] = out.y[patient, i]
    for i in range(c.job.n_inputs):
        c.w[c.job.inputs + i, lane] = out.inputs[patient, i]
    for i in range(parameters.shape[1]):
        c.w[c.job.raw + i, lane] = parameters[patient, i]
    for i in range(c.job.n_doses):
        c.w[c.job.amounts + i, lane] = out.amounts[patient, i]
        c.w[c.job.outcomes + i, lane] = out.outcomes[patient, i]
    for i in range(c.job.n_reduces):
        c.w[c.job.best + i, lane] = out.best[patient, i]
        c.w[c.job.when + i, lane] = out.when[patient, i]
    at, of = c.lanes[lane], out.patients[patient]
    at.patient, at.status, at.culprit, at.ended_at = patient, RUNNING, -1, np.nan
    at.waits, at.rejected, at.stop, at.record = True, False, of.stop, of.record
    at.pause, at.timetable, at.h = of.pause, of.timetable, of.h
    at.tick, at.elapsed, at.step = tables.stops[of.stop].tick, 0.0, 0.0
    at.steps, at.rejections = of.steps, of.rejected


@inner
def _unload(c: Context, out: Results, lane: int) -> None:
    at = c.lanes[lane]
    to = out.patients[at.patient]
    to.status, to.culprit, to.ended_at = at.status, at.culprit, at.ended_at
    to.stopped_at = at.ended_at if at.status == _ENDED else hours(c, lane, 0.0)
    to.steps, to.rejected, to.record, to.h = at.steps, at.rejections, at.record, at.h
    for i in range(c.job.n_states):
        out.y[at.patient, i] = c.w[c.job.y + i, lane]
    for i in range(c.job.n_inputs):
        out.inputs[at.patient, i] = c.w[c.job.inputs + i, lane]
    for i in range(c.job.n_doses):
        out.outcomes[at.patient, i] = c.w[c.job.outcomes + i, lane]
    if at.status <= _ENDED:
        for i in range(c.job.n_reduces):
            out.best[at.patient, i] = c.w[c.job.best + i, lane]
            out.when[at.patient, i] = c.w[c.job.when + i, lane]
    at.patient = -1
    c.w[c.job.h, lane] = FIRST_STEP


# -------------------------------------------------------------------------------------- steps


@inner
def _advance(c: Context, tables: Tables, recorded: NDArray[np.float64]) -> None:
    """Try a step in every lane."""
    for lane in range(LANES):
        at = c.lanes[lane]
        if at.patient >= 0:
            left = at.length - at.elapsed
            at.step = left if at.h >= left else min(at.h, 0.5 * left)
            c.w[c.job.h, lane] = at.step
    call(c, c.job.step)
    call(c, c.job.norm)
    progress = False
    for lane in range(LANES):
        c.lanes[lane].accepted = False
        if c.lanes[lane].patient >= 0:
            _judge(c, lane, c.w[c.job.error, lane])
        progress = progress or c.lanes[lane].accepted
        c.w[c.job.accept, lane] = 1.0 if c.lanes[lane].accepted else 0.0
    if progress:
        call(c, c.job.dense)
        cut = pass_titrations(c, tables)
        watch_step(c, tables.reduces)
        record_step(c, tables.record_at, recorded)
        if cut:
            for lane in range(LANES):
                c.w[c.job.theta, lane] = c.lanes[lane].reach
            call(c, c.job.land)
        call(c, c.job.commit)
        for lane in range(LANES):
            if c.lanes[lane].accepted:
                _arrive(c, lane)


@inner
def _judge(c: Context, lane: int, error: float) -> None:
    """Accept or reject a step, and choose the next one."""
    at = c.lanes[lane]
    at.steps += 1
    if not error <= 1.0:
        _reject(c, lane, error)
        return
    at.accepted = True
    at.waits = at.step == at.length - at.elapsed
    factor = min(_SAFETY * error**-_POWER, 1.0 if at.rejected else _GROWTH)
    shortened = at.step < at.h  # by the next stop
    at.h = max(at.h, at.step * factor) if shortened else at.step * factor
    at.rejected = False


@inner
def _reject(c: Context, lane: int, error: float) -> None:
    """Take a smaller step, or give up."""
    at = c.lanes[lane]
    at.rejections += 1
    at.rejected = True
    finite = np.isfinite(error)
    at.h = at.step * (max(_SHRINK, _SAFETY * error**-_POWER) if finite else _SHRINK)
    broken = -1 if finite else _first_broken(c, lane)
    if broken >= 0:
        finish(c, lane, _NOT_FINITE, broken)
    elif at.h < _LEAST_STEP + 4e-16 * at.elapsed:
        if finite:
            finish(c, lane, _TOO_SMALL, _worst(c, lane))
        else:
            finish(c, lane, _NOT_FINITE, _first_not_finite(c, lane, c.job.y1))
    elif at.steps >= _MOST_STEPS:
        finish(c, lane, _TOO_MANY, _worst(c, lane))


@inner
def _first_not_finite(c: Context, lane: int, row: int) -> int:
    for i in range(c.job.n_states):
        if not np.isfinite(c.w[row + i, lane]):
            return i
    return -1


@inner
def _first_broken(c: Context, lane: int) -> int:
    """First state that is not finite, or whose rate is not, where the patient stands."""
    for i in range(c.job.n_states):
        for other in range(LANES):
            c.w[c.job.u + i, other] = c.w[c.job.y + i, other]
            c.w[c.job.d + i, other] = 0.0
    call_on(c, c.job.rate, c.job.d)
    state = _first_not_finite(c, lane, c.job.y)
    return state if state >= 0 else _first_not_finite(c, lane, c.job.d)


@inner
def _worst(c: Context, lane: int) -> int:
    """State with the largest error over its size."""
    worst, most = -1, -1.0
    for i in range(c.job.n_states):
        error = abs(c.w[c.job.d - c.job.n_states + i, lane])
        if error > most * (1e-300 + abs(c.w[c.job.y + i, lane])):
            worst, most = i, error / (1e-300 + abs(c.w[c.job.y + i, lane]))
    return worst


@inner
def _arrive(c: Context, lane: int) -> None:
    """Move a lane's clock past the accepted step."""
    at = c.lanes[lane]
    if not np.isnan(at.ended_at):
        finish(c, lane, _ENDED, -1)
        return
    at.elapsed = at.length if at.waits else at.elapsed + at.step
    at.step = 0.0


def _cached(version: int) -> Callable[..., None]:
    """Return the driver, kept on disk by Numba until one of this room's files changes."""

    @njit(cache=True, nogil=True, error_model="numpy")
    def integrate(
        c: Context,
        tables: Tables,
        parameters: NDArray[np.float64],
        out: Results,
        order: NDArray[np.int64],
    ) -> None:
        _ = version  # now part of the key of Numba's cache
        _follow(c, tables, parameters, out, order)

    return integrate


_PARTS = ("context", "driver", "events", "ir", "plan", "result", "watch")
integrate = _cached(checksum(_PARTS) * 16 + LANES)
