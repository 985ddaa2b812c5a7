"""The control of the integration: steps, events and refilling of lanes, compiled once by Numba."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numba import njit
from numpy.typing import NDArray

from immunarium.engine.context import RUNNING, Context, Results, call, call_rate, inner
from immunarium.engine.ir import LANES
from immunarium.engine.plan import DOSE, TICKS_PER_HOUR, Tables
from immunarium.engine.result import Outcome, Status
from immunarium.engine.watch import (
    hours,
    next_record,
    observe_start,
    record_step,
    take_sample,
    watch_jump,
    watch_step,
    write_record,
)

_FIRST_STEP = 5e-3  # [h], the very first; later restarts take what fitted after the last event
_LEAST_STEP = 1e-13  # [h]
_MOST_STEPS = 200_000  # of one patient
_SAFETY, _GROWTH, _SHRINK = 0.9, 6.0, 0.2
_NOW, _BEFORE = 1 / 5, 0.3 / 5  # exponents of the controller

# plain numbers, which Numba can freeze
_HELD, _GIVEN, _STOPPED = int(Outcome.HELD), int(Outcome.GIVEN), int(Outcome.STOPPED)
_NEVER = int(Outcome.ENDED)
_OK, _ENDED = int(Status.OK), int(Status.ENDED)
_TOO_SMALL, _TOO_MANY = int(Status.STEP_TOO_SMALL), int(Status.TOO_MANY_STEPS)
_NOT_FINITE = int(Status.NOT_FINITE)


@inner
def _follow(
    c: Context,
    tables: Tables,
    initial: NDArray[np.float64],
    parameters: NDArray[np.float64],
    out: Results,
    span: tuple[int, int],
) -> None:
    """Follow the patients from span[0] up to span[1], eight at a time."""
    coming = span[0]
    while True:
        loaded = running = waiting = False
        for lane in range(LANES):
            at = c.lanes[lane]
            if at.patient >= 0 and at.status != RUNNING:
                _unload(c, out, lane)
            if at.patient < 0 and coming < span[1]:
                _load(c, tables.amounts, initial, parameters, lane, coming)
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
            _settle(c, tables, out.recorded)
        else:
            _advance(c, tables, out.recorded)


# ------------------------------------------------------------------------ patients come and go


@inner
def _load(
    c: Context,
    amounts: NDArray[np.float64],
    initial: NDArray[np.float64],
    parameters: NDArray[np.float64],
    lane: int,
    patient: int,
) -> None:
    for row in range(c.job.y1, c.w.shape[0]):
        c.w[row, lane] = 0.0
    for i in range(c.job.n_states):
        c.w[c.job.y + i, lane] = initial[patient, i]
    for i in range(parameters.shape[1]):
        c.w[c.job.raw + i, lane] = parameters[patient, i]
    for i in range(c.job.n_doses):
        c.w[c.job.amounts + i, lane] = amounts[i, patient]
        c.w[c.job.outcomes + i, lane] = _NEVER
    for i in range(c.job.n_reduces):
        c.w[c.job.best + i, lane] = c.w[c.job.when + i, lane] = np.nan
    at = c.lanes[lane]
    at.patient, at.status, at.culprit, at.ended_at = patient, RUNNING, -1, np.nan
    at.waits, at.rejected, at.stop, at.record = True, False, 0, 0
    at.tick, at.elapsed, at.step = 0, 0.0, 0.0
    at.restart = at.h = _FIRST_STEP
    at.steps = at.rejections = 0


@inner
def _finish(c: Context, lane: int, status: int, culprit: int) -> None:
    at = c.lanes[lane]
    at.status, at.culprit, at.waits, at.accepted, at.jumped = status, culprit, False, False, False


@inner
def _unload(c: Context, out: Results, lane: int) -> None:
    at = c.lanes[lane]
    to = out.patients[at.patient]
    to.status, to.culprit, to.ended_at = at.status, at.culprit, at.ended_at
    to.stopped_at = at.ended_at if at.status == _ENDED else hours(c, lane, 0.0)
    to.steps, to.rejected = at.steps, at.rejections
    for i in range(c.job.n_doses):
        out.outcomes[at.patient, i] = c.w[c.job.outcomes + i, lane]
    if at.status <= _ENDED:
        for i in range(c.job.n_reduces):
            out.best[at.patient, i] = c.w[c.job.best + i, lane]
            out.when[at.patient, i] = c.w[c.job.when + i, lane]
    at.patient = -1
    c.w[c.job.h, lane] = _FIRST_STEP


# ------------------------------------------------------------------------------------- events


@inner
def _settle(c: Context, tables: Tables, recorded: NDArray[np.float64]) -> None:
    """Let what happens at their stops happen to the lanes that stand there."""
    observe_start(c)
    for lane in range(LANES):
        at = c.lanes[lane]
        at.jumped = at.waits
        if at.waits:
            take_sample(c, 0, lane)
            while at.record_tick <= 0:
                write_record(c, tables.record_at, recorded, lane)
            _depart(c, tables, lane)
    watch_jump(c, tables.reduces)
    for lane in range(LANES):
        if c.lanes[lane].jumped and not np.isnan(c.lanes[lane].ended_at):
            _finish(c, lane, _ENDED, -1)


@inner
def _depart(c: Context, tables: Tables, lane: int) -> None:
    """Apply the events of a stop and set out for the next one, or finish."""
    at, stops, s = c.lanes[lane], tables.stops, c.lanes[lane].stop
    at.tick, at.elapsed, at.step = stops[s].tick, 0.0, 0.0
    if s == len(stops) - 1:
        _finish(c, lane, _OK, -1)
        return
    moved = s == 0
    for i in range(stops[s].first, stops[s + 1].first):
        event = tables.events[i]
        if event.kind == DOSE:
            moved = _dose(c, event, tables.holds, lane) or moved
        else:
            moved = _titrate(c, event, lane) or moved
    if stops[s].infusing:
        moved = _infuse(c, tables.infusions, lane) or moved
    if moved:
        at.h, at.restarted, at.error = at.restart, True, 1.0
    at.length = (stops[s + 1].tick - at.tick) / TICKS_PER_HOUR
    at.stop, at.waits = s + 1, False


@inner
def _titrate(c: Context, event: Any, lane: int) -> bool:
    old = new = c.w[event.row, lane]
    if c.w[event.up, lane] > 0.5:
        new = min(old + event.step, event.maximum)
    elif c.w[event.down, lane] > 0.5:
        new = max(old - event.step, 0.0)
    c.w[event.row, lane] = new
    return new != old


@inner
def _dose(c: Context, event: Any, holds: Any, lane: int) -> bool:
    """Give a dose unless a rule says no; an infusion is only marked as given."""
    outcome = c.job.outcomes + event.dose
    if c.w[c.job.stopped + event.course, lane] > 0.0:
        c.w[outcome, lane] = _STOPPED
        return False
    held = False
    for rule in range(len(holds)):
        if event.holds >> rule & 1:
            held = _holds(c, rule, holds[rule], event.course, lane) or held
    c.w[outcome, lane] = _HELD if held else _GIVEN
    if held or event.end > event.tick:
        return False
    amount = c.w[c.job.amounts + event.dose, lane]
    c.w[event.row, lane] += amount
    return amount != 0.0


@inner
def _holds(c: Context, rule: int, hold: Any, course: int, lane: int) -> bool:
    """Whether a rule holds a dose; counts how often in a row, and ends the course."""
    row = c.job.held + rule
    if not c.w[hold.condition, lane] > 0.5:
        c.w[row, lane] = 0.0
        return False
    c.w[row, lane] += 1.0
    if c.w[row, lane] == hold.limit:
        c.w[row, lane] = 0.0
        c.w[c.job.stopped + course, lane] = 1.0
    return True


@inner
def _infuse(c: Context, infusions: Any, lane: int) -> bool:
    """Sum up the infusions that run from now on; tell whether anything changed."""
    now, changed = c.lanes[lane].tick, False
    for row in range(c.job.inputs, c.job.inputs + c.job.n_inputs):
        rate = 0.0
        for i in range(len(infusions)):
            dose = infusions[i]
            runs = dose.row == row and dose.tick <= now < dose.end
            if runs and c.w[c.job.outcomes + dose.dose, lane] == _GIVEN:
                span = (dose.end - dose.tick) / TICKS_PER_HOUR
                rate += c.w[c.job.amounts + dose.dose, lane] / span
        changed = changed or rate != c.w[row, lane]
        c.w[row, lane] = rate
    return changed


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
        watch_step(c, tables.reduces)
        record_step(c, tables.record_at, recorded)
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
    error = max(error, 1e-2)
    factor = _SAFETY * error**-_NOW * at.error**_BEFORE
    factor = min(max(factor, _SHRINK), 1.0 if at.rejected else _GROWTH)
    if at.step < at.h:  # cut short by the next stop
        at.h = max(at.h, at.step * factor)
    else:
        at.h, at.error = at.step * factor, error
    if at.restarted:
        at.restart = at.h
    at.restarted = at.rejected = False


@inner
def _reject(c: Context, lane: int, error: float) -> None:
    """Take a smaller step, or give up."""
    at = c.lanes[lane]
    at.rejections += 1
    at.rejected = True
    finite = np.isfinite(error)
    at.h = at.step * (max(_SHRINK, _SAFETY * error**-_NOW) if finite else _SHRINK)
    broken = -1 if finite else _first_broken(c, lane)
    if broken >= 0:
        _finish(c, lane, _NOT_FINITE, broken)
    elif at.h < _LEAST_STEP + 4e-16 * at.elapsed:
        if finite:
            _finish(c, lane, _TOO_SMALL, _worst(c, lane))
        else:
            _finish(c, lane, _NOT_FINITE, _first_not_finite(c, lane, c.job.y1))
    elif at.steps >= _MOST_STEPS:
        _finish(c, lane, _TOO_MANY, _worst(c, lane))


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
    call_rate(c, c.job.d)
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
        _finish(c, lane, _ENDED, -1)
        return
    at.elapsed = at.length if at.waits else at.elapsed + at.step
    at.step = 0.0


def _cached(sources: int) -> Callable[..., None]:
    """Return the driver, kept on disk by Numba until one of this room's files changes."""

    @njit(cache=True, nogil=True, error_model="numpy")
    def integrate(
        c: Context,
        tables: Tables,
        initial: NDArray[np.float64],
        parameters: NDArray[np.float64],
        out: Results,
        span: tuple[int, int],
    ) -> None:
        sources  # noqa: B018 - so that it is part of the key of Numba's cache
        _follow(c, tables, initial, parameters, out, span)

    return integrate


integrate = _cached(
    crc32(b"".join(f.read_bytes() for f in sorted(Path(__file__).parent.glob("*.py"))))
)
