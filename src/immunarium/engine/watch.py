"""What is seen of a step from its dense output: records, peaks, crossings and ends."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunarium.engine.context import Context, call_on, inner
from immunarium.engine.ir import LANES
from immunarium.engine.plan import TICKS_PER_HOUR

_NADIR, _UP, _DOWN = 1, 2, 3  # places in KINDS
_GAIN = 1e-9  # a peak between the samples is looked up if it exceeds them by this share of them
_OVERSHOOT = 0.32  # most by which a cubic exceeds its four samples, of their range
_NEVER = 2**62


@inner
def hours(c: Context, lane: int, theta: float) -> float:
    """Time at a place in the step [h]."""
    at = c.lanes[lane]
    return at.tick / TICKS_PER_HOUR + (at.elapsed + theta * at.step)


@inner
def _sample(c: Context, s: int, output: int, lane: int) -> float:
    return c.w[c.job.samples + s * c.job.n_watched + output, lane]


@inner
def take_sample(c: Context, row: int, lane: int) -> None:
    """Keep the outputs of a lane that lie in the rows from ``row`` as sample 0."""
    for k in range(c.job.n_outputs):
        c.w[c.job.samples + k, lane] = c.w[row + k, lane]


@inner
def observe(c: Context) -> None:
    """Take outputs and conditions at each lane's θ."""
    call_on(c, c.job.observe, c.job.watched)


@inner
def observe_start(c: Context) -> None:
    """Take outputs and conditions where the lanes stand."""
    for lane in range(LANES):
        c.w[c.job.theta, lane] = 0.0
    observe(c)


@inner
def _active(c: Context, r: Any, lane: int) -> bool:
    return r.start <= c.lanes[lane].tick < r.end


@inner
def _crosses(kind: int, threshold: float, before: float, after: float) -> bool:
    if kind == _DOWN:
        return before >= threshold > after
    return before <= threshold < after


@inner
def _keep(c: Context, i: int, sign: float, lane: int, value: float, when: float) -> None:
    """Keep a value of reduction i if it is the best yet; sign is -1 for a nadir."""
    best = c.w[c.job.best + i, lane]
    if sign * value > sign * best or (np.isnan(best) and not np.isnan(value)):
        c.w[c.job.best + i, lane] = value
        c.w[c.job.when + i, lane] = when


@inner
def _root(c: Context, output: int, lane: int, threshold: float, s: int) -> float:
    """Where an output crosses a threshold between samples s and s + 1 (false position)."""
    reach = c.lanes[lane].reach
    a, b = s / 3 * reach, (s + 1) / 3 * reach
    fa = _sample(c, s, output, lane) - threshold
    fb = _sample(c, s + 1, output, lane) - threshold
    side = 0
    while b - a > 1e-11:
        theta = b - fb * (b - a) / (fb - fa)
        if abs(side) > 2 or not a < theta < b:
            theta, side = 0.5 * (a + b), 0
        if not a < theta < b:
            return b
        c.w[c.job.theta, lane] = theta
        observe(c)
        f = c.w[c.job.watched + output, lane] - threshold
        if (f > 0.0) == (fb > 0.0) and (f < 0.0) == (fb < 0.0):
            b, fb = theta, f
            side = max(side, 0) + 1
            fa *= 0.5 if side > 1 else 1.0
        else:
            a, fa = theta, f
            side = min(side, 0) - 1
            fb *= 0.5 if side < -1 else 1.0
    return b


@inner
def _first_crossing(c: Context, output: int, lane: int, kind: int, threshold: float) -> float:
    """Where an output first crosses a threshold in the step, or -1."""
    for s in range(3):
        before, after = _sample(c, s, output, lane), _sample(c, s + 1, output, lane)
        if _crosses(kind, threshold, before, after):
            return _root(c, output, lane, threshold, s)
    return -1.0


@inner
def _vertex(g0: float, g1: float, g2: float, g3: float, best: float) -> float:
    """Place of the highest point of the cubic through four samples; -1 if no gain is in it."""
    d1, d2, d3 = g1 - g0, g2 - 2 * g1 + g0, g3 - 3 * g2 + 3 * g1 - g0
    a, b, slope = d3 / 2, d2 - d3, d1 - d2 / 2 + d3 / 3
    inside = b * b - 4 * a * slope
    if not inside > 0.0:
        return -1.0
    below = np.sqrt(inside) - b
    s = 2 * slope / below if below != 0.0 else -1.0
    if not 0.0 < s < 3.0:
        return -1.0
    top = g0 + s * (d1 + (s - 1) / 2 * (d2 + (s - 2) / 3 * d3))
    return s / 3 if top > best + _GAIN * abs(best) else -1.0


@inner
def _below(c: Context, i: int, r: Any, sign: float, lane: int) -> bool:
    """Whether the step cannot hold a new best."""
    low = high = sign * _sample(c, 0, r.output, lane)
    for s in range(1, 4):
        value = sign * _sample(c, s, r.output, lane)
        low, high = min(low, value), max(high, value)
    return high + _OVERSHOOT * (high - low) <= sign * c.w[c.job.best + i, lane]


@inner
def _extreme(c: Context, i: int, r: Any) -> None:
    """Bring a peak or nadir up to the end of the step, in all lanes."""
    sign = -1.0 if r.kind == _NADIR else 1.0
    look = False
    for lane in range(LANES):
        c.w[c.job.theta, lane] = -1.0
        if not c.lanes[lane].accepted or not _active(c, r, lane) or _below(c, i, r, sign, lane):
            continue
        reach = c.lanes[lane].reach
        for s in range(1, 4):
            when = hours(c, lane, s / 3 * reach)
            _keep(c, i, sign, lane, _sample(c, s, r.output, lane), when)
        theta = _vertex(
            sign * _sample(c, 0, r.output, lane),
            sign * _sample(c, 1, r.output, lane),
            sign * _sample(c, 2, r.output, lane),
            sign * _sample(c, 3, r.output, lane),
            sign * c.w[c.job.best + i, lane],
        )
        c.w[c.job.theta, lane] = theta * reach
        look = look or theta > 0.0
    if not look:
        return
    observe(c)
    for lane in range(LANES):
        theta = c.w[c.job.theta, lane]
        if theta > 0.0:
            value = c.w[c.job.watched + r.output, lane]
            _keep(c, i, sign, lane, value, hours(c, lane, theta))


@inner
def _crossing(c: Context, i: int, r: Any) -> None:
    """Look for the first crossing of a threshold, in all lanes."""
    for lane in range(LANES):
        row = c.job.when + i
        if c.lanes[lane].accepted and _active(c, r, lane) and np.isnan(c.w[row, lane]):
            theta = _first_crossing(c, r.output, lane, r.kind, r.threshold)
            if theta >= 0.0:
                c.w[row, lane] = hours(c, lane, theta)


@inner
def _sample_step(c: Context) -> None:
    """Take the outputs at three places of what was lived of the step."""
    for s in range(1, 4):
        for lane in range(LANES):
            c.w[c.job.theta, lane] = c.lanes[lane].reach * (s / 3)
        call_on(c, c.job.observe, c.job.samples + s * c.job.n_watched)


@inner
def _find_ends(c: Context) -> None:
    """Find the patients that end in this step, and where."""
    found = False
    for lane in range(LANES):
        if c.lanes[lane].accepted:
            theta = _first_crossing(c, c.job.ender, lane, _UP, 0.0)
            if theta >= 0.0:
                c.lanes[lane].reach = theta
                c.lanes[lane].ended_at = hours(c, lane, theta)
                found = True
    if found:
        _sample_step(c)


@inner
def watch_step(c: Context, reduces: Any) -> None:
    """Reduce the step that was just accepted, and find who ends in it."""
    if c.job.ender < 0 and c.job.n_reduces == 0:
        return
    _sample_step(c)
    if c.job.ender >= 0:
        _find_ends(c)
    for i in range(c.job.n_reduces):
        if reduces[i].kind >= _UP:
            _crossing(c, i, reduces[i])
        else:
            _extreme(c, i, reduces[i])
    for k in range(c.job.samples, c.job.samples + c.job.n_outputs):
        for lane in range(LANES):
            if c.w[c.job.accept, lane] > 0.0:
                c.w[k, lane] = c.w[k + 3 * c.job.n_watched, lane]


@inner
def watch_jump(c: Context, reduces: Any) -> None:
    """Take the outputs just after the events of a stop; sample 0 holds them just before."""
    if c.job.ender < 0 and c.job.n_reduces == 0:
        return
    observe_start(c)
    for lane in range(LANES):
        if c.lanes[lane].jumped:
            for i in range(c.job.n_reduces):
                if _active(c, reduces[i], lane):
                    _jump(c, i, reduces[i], lane)
            take_sample(c, c.job.watched, lane)
            if c.job.ender >= 0 and _sample(c, 0, c.job.ender, lane) > 0.0:
                c.lanes[lane].ended_at = hours(c, lane, 0.0)


@inner
def _jump(c: Context, i: int, r: Any, lane: int) -> None:
    before, after = _sample(c, 0, r.output, lane), c.w[c.job.watched + r.output, lane]
    when = hours(c, lane, 0.0)
    if r.kind < _UP:
        _keep(c, i, -1.0 if r.kind == _NADIR else 1.0, lane, after, when)
    elif np.isnan(c.w[c.job.when + i, lane]) and _crosses(r.kind, r.threshold, before, after):
        c.w[c.job.when + i, lane] = when


@inner
def next_record(c: Context, record_at: NDArray[np.int64], lane: int) -> None:
    """Look up when the lane is recorded next."""
    at = c.lanes[lane]
    at.record_tick = _NEVER
    if at.record < record_at.shape[1]:
        row = at.patient if record_at.shape[0] > 1 else 0
        at.record_tick = record_at[row, at.record]


@inner
def write_record(
    c: Context, record_at: NDArray[np.int64], recorded: NDArray[np.float64], lane: int
) -> None:
    """Record the outputs as they stand in the workspace."""
    at = c.lanes[lane]
    for k in range(c.job.n_outputs):
        recorded[at.patient, at.record, k] = c.w[c.job.watched + k, lane]
    at.record += 1
    next_record(c, record_at, lane)


@inner
def _place_of_record(c: Context, lane: int) -> float:
    """Where in the step a lane is recorded next, or -1."""
    at = c.lanes[lane]
    if not at.accepted or at.record_tick == _NEVER:
        return -1.0
    due = (at.record_tick - at.tick) / TICKS_PER_HOUR
    theta = max((due - at.elapsed) / at.step, 0.0)
    if at.waits and due <= at.length:
        theta = min(theta, 1.0)
    return theta if theta <= at.reach else -1.0


@inner
def record_step(c: Context, record_at: NDArray[np.int64], recorded: NDArray[np.float64]) -> None:
    """Record all that falls into the step."""
    while True:
        found = False
        for lane in range(LANES):
            theta = _place_of_record(c, lane)
            c.w[c.job.theta, lane] = theta
            found = found or theta >= 0.0
        if not found:
            return
        observe(c)
        for lane in range(LANES):
            if c.w[c.job.theta, lane] >= 0.0:
                write_record(c, record_at, recorded, lane)
