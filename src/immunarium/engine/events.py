"""What happens to a patient at a stop: titrations, doses, infusions; or its run pauses there."""

from __future__ import annotations

from typing import Any

import numpy as np

from immunarium.engine.context import Context, Results, finish, inner
from immunarium.engine.ir import LANES
from immunarium.engine.plan import DOSE, TICKS_PER_HOUR, Tables
from immunarium.engine.result import Outcome, Status
from immunarium.engine.watch import (
    observe,
    observe_start,
    take_sample,
    watch_jump,
    write_record,
)

FIRST_STEP = 5e-3  # [h] after an event; a rejected step costs less than many small ones

# plain numbers, which Numba can freeze
_GIVEN = int(Outcome.GIVEN)
_OK, _ENDED = int(Status.OK), int(Status.ENDED)


@inner
def settle(c: Context, tables: Tables, out: Results) -> None:
    """Let what happens at their stops happen to the lanes that stand there."""
    observe_start(c)
    for lane in range(LANES):
        at = c.lanes[lane]
        at.jumped = at.waits
        if at.waits:
            take_sample(c, c.job.watched, lane)
            while at.record_tick <= 0:
                write_record(c, tables.record_at, out.recorded, lane)
            _depart(c, tables, out, lane)
    watch_jump(c, tables.reduces)
    for lane in range(LANES):
        if c.lanes[lane].jumped and not np.isnan(c.lanes[lane].ended_at):
            finish(c, lane, _ENDED, -1)


@inner
def _depart(c: Context, tables: Tables, out: Results, lane: int) -> None:
    """Apply the events of a stop and set out for the next one, or pause."""
    at, stops, s = c.lanes[lane], tables.stops, c.lanes[lane].stop
    at.tick, at.elapsed, at.step = stops[s].tick, 0.0, 0.0
    if s == at.pause:
        for k in range(c.job.n_outputs):
            out.now[at.patient, k] = c.w[c.job.watched + k, lane]
        finish(c, lane, _OK, -1)
        return
    moved = at.tick == 0
    for i in range(stops[s].first, stops[s + 1].first):
        event = tables.events[i]
        if event.kind == DOSE:
            moved = _dose(c, event, lane) or moved
        else:
            _titrate(c, event, lane)
    if stops[s].infusing:
        moved = _infuse(c, tables, lane) or moved
    if moved:
        at.h = FIRST_STEP
    at.length = (stops[stops[s + 1].firm].tick - at.tick) / TICKS_PER_HOUR
    at.stop, at.waits = s + 1, False


@inner
def _titrate(c: Context, event: Any, lane: int) -> None:
    c.w[event.row, lane] = _titrated(c, event, lane, c.w[event.row, lane])


@inner
def _titrated(c: Context, event: Any, lane: int, old: float) -> float:
    """What becomes of a state, under the conditions as they stand."""
    if c.w[event.up, lane] > 0.5:
        return min(old + event.step, event.maximum)
    if c.w[event.down, lane] > 0.5:
        return max(old - event.step, 0.0)
    return old


@inner
def pass_titrations(c: Context, tables: Tables) -> bool:
    """Pass the titrations within the step; cut it at the first one that changes something.

    It is cut where the run pauses, too.

    Tells whether a lane was cut.
    """
    for lane in range(LANES):
        c.lanes[lane].reach, c.lanes[lane].cut = 1.0, False
    cut = False
    while True:
        found = False
        for lane in range(LANES):
            theta = _place_of_titration(c, tables.stops, lane)
            c.w[c.job.theta, lane] = theta
            found = found or theta >= 0.0
        if not found:
            return cut
        observe(c)
        for lane in range(LANES):
            at = c.lanes[lane]
            if c.w[c.job.theta, lane] < 0.0:
                continue
            if _acts(c, tables, lane):
                at.reach, at.cut, at.waits = c.w[c.job.theta, lane], True, True
                at.length = (tables.stops[at.stop].tick - at.tick) / TICKS_PER_HOUR
                cut = True
            else:
                at.stop += 1


@inner
def _place_of_titration(c: Context, stops: Any, lane: int) -> float:
    """Where in the step only titrations are due next, or -1."""
    at = c.lanes[lane]
    if not at.accepted or at.cut or stops[at.stop].firm == at.stop:
        return -1.0
    due = (stops[at.stop].tick - at.tick) / TICKS_PER_HOUR
    theta = max((due - at.elapsed) / at.step, 0.0)
    if at.waits:
        return min(theta, 1.0)
    return theta if theta <= 1.0 else -1.0


@inner
def _acts(c: Context, tables: Tables, lane: int) -> bool:
    """Whether the lane's stop ends the step: a titration would change something there, at θ."""
    theta, s, n = c.w[c.job.theta, lane], c.lanes[lane].stop, c.job.n_states
    if s == c.lanes[lane].pause:
        return True
    for i in range(tables.stops[s].first, tables.stops[s + 1].first):
        event = tables.events[i]
        d = event.row - c.job.y + c.job.d
        slope = c.w[d, lane] + theta * (c.w[d + n, lane] + theta * c.w[d + 2 * n, lane])
        end = c.w[event.row - c.job.y + c.job.y1, lane]
        old = theta * (end + (1 - theta) * slope) + (1 - theta) * c.w[event.row, lane]
        if _titrated(c, event, lane, old) != old:
            return True
    return False


@inner
def _dose(c: Context, event: Any, lane: int) -> bool:
    """Give a dose; an infusion is only marked as given."""
    c.w[c.job.outcomes + event.dose, lane] = _GIVEN
    if event.end > event.tick:
        return False
    amount = c.w[c.job.amounts + event.dose, lane]
    c.w[event.row, lane] += amount
    return amount != 0.0


@inner
def _infuse(c: Context, tables: Tables, lane: int) -> bool:
    """Sum up the infusions that run from now on; tell whether anything changed."""
    now, changed = c.lanes[lane].tick, False
    mine = tables.timetables[c.lanes[lane].timetable]
    for row in range(c.job.inputs, c.job.inputs + c.job.n_inputs):
        rate = 0.0
        for i in range(mine.infusions, mine.after):
            dose = tables.infusions[i]
            runs = dose.row == row and dose.tick <= now < dose.end
            if runs and c.w[c.job.outcomes + dose.dose, lane] == _GIVEN:
                span = (dose.end - dose.tick) / TICKS_PER_HOUR
                rate += c.w[c.job.amounts + dose.dose, lane] / span
        changed = changed or rate != c.w[row, lane]
        c.w[row, lane] = rate
    return changed
