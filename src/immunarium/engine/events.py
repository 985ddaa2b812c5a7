"""What happens to a patient at a stop: titrations, doses, the rules that hold them, infusions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunarium.engine.context import Context, finish, inner
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
_HELD, _GIVEN, _STOPPED = int(Outcome.HELD), int(Outcome.GIVEN), int(Outcome.STOPPED)
_OK, _ENDED = int(Status.OK), int(Status.ENDED)


@inner
def settle(c: Context, tables: Tables, recorded: NDArray[np.float64]) -> None:
    """Let what happens at their stops happen to the lanes that stand there."""
    observe_start(c)
    for lane in range(LANES):
        at = c.lanes[lane]
        at.jumped = at.waits
        if at.waits:
            take_sample(c, c.job.watched, lane)
            while at.record_tick <= 0:
                write_record(c, tables.record_at, recorded, lane)
            _depart(c, tables, lane)
    watch_jump(c, tables.reduces)
    for lane in range(LANES):
        if c.lanes[lane].jumped and not np.isnan(c.lanes[lane].ended_at):
            finish(c, lane, _ENDED, -1)


@inner
def _depart(c: Context, tables: Tables, lane: int) -> None:
    """Apply the events of a stop and set out for the next one, or finish."""
    at, stops, s = c.lanes[lane], tables.stops, c.lanes[lane].stop
    at.tick, at.elapsed, at.step = stops[s].tick, 0.0, 0.0
    if s == len(stops) - 1:
        finish(c, lane, _OK, -1)
        return
    moved = s == 0
    for i in range(stops[s].first, stops[s + 1].first):
        event = tables.events[i]
        if event.kind == DOSE:
            moved = _dose(c, event, tables.holds, lane) or moved
        else:
            _titrate(c, event, lane)
    if stops[s].infusing:
        moved = _infuse(c, tables.infusions, lane) or moved
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
    """Whether a titration at the lane's stop would change something, at θ."""
    theta, s, n = c.w[c.job.theta, lane], c.lanes[lane].stop, c.job.n_states
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
