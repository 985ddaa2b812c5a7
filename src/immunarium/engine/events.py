"""What happens to a patient at a stop: titrations, doses, the rules that hold them, infusions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunarium.engine.context import Context, finish, inner
from immunarium.engine.ir import LANES
from immunarium.engine.plan import DOSE, TICKS_PER_HOUR, Tables
from immunarium.engine.result import Outcome, Status
from immunarium.engine.watch import observe_start, take_sample, watch_jump, write_record

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
            take_sample(c, 0, lane)
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
            moved = _titrate(c, event, lane) or moved
    if stops[s].infusing:
        moved = _infuse(c, tables.infusions, lane) or moved
    if moved:
        at.h, at.error = FIRST_STEP, 1.0
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
