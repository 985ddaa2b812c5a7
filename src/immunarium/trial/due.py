"""Doses of one drug that are due, and what rules make of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from immunarium.dosing.rules import DELAY, HOLD, REDUCE, SLOW, STOP
from immunarium.dosing.ticks import ticks
from immunarium.trial.chart import HELD, STOPPED, Bools, Rows
from immunarium.trial.decisions import RESUMED, SAID
from immunarium.trial.sight import Sight

if TYPE_CHECKING:
    from immunarium.trial.conduct import Conductor


class DueDoses:
    """Doses of one drug that are due, and what the rules make of them.

    Attributes
    ----------
    due : ndarray of bool, shape (some,)
        Who is still to get one now.
    """

    def __init__(self, of: Conductor, rows: Rows, drug: str, sight: Sight) -> None:
        self.of, self.rows, self.drug, self.sight = of, rows, drug, sight
        self.columns = of.chart.of_drug(drug)
        pending = of.chart.pending(rows, sight.tick)
        begins = pending & (of.chart.tick[rows] == sight.tick) & of.chart.counts & self.columns
        self.now = begins[:, of.chart.of] & pending  # with their further entries
        self.due = np.asarray(self.now.any(axis=1))
        self.held = np.zeros(len(rows), dtype=bool)

    def follow(self, r: int) -> None:
        """Follow one rule."""
        action = self.of.rules[r].rule.action
        {STOP: self._stop, HOLD: self._hold, DELAY: self._delay}.get(action, self._lessen)(r)

    def give(self, rules: Iterable[int]) -> None:
        """Give what is left to be given: as much and as fast as the rules say."""
        of, chart = self.of, self.of.chart
        self._set(self.held, HELD)
        share, speed = np.ones(len(self.rows)), np.ones(len(self.rows))
        for r in rules:
            rule, active = of.rules[r].rule, of.active[self.rows, r]
            if rule.action == REDUCE:
                share = np.where(active, np.minimum(share, rule.share or 1.0), share)
            elif rule.action == SLOW:
                speed = np.where(active, np.minimum(speed, rule.share or 1.0), speed)
            elif rule.action == HOLD:
                share = np.minimum(share, of.resumed_at[self.rows, r])
        i, j = np.nonzero(self.now & (self.due & ~self.held)[:, None])
        rows = self.rows[i]
        chart.share[rows, j] = share[i]
        slower = np.ceil(chart.duration[rows, j] / speed[i]).astype(np.int64)
        of.timetables.forget(rows[slower != chart.duration[rows, j]])
        chart.duration[rows, j] = slower
        after = chart.tick[rows, j] - self.sight.tick  # of a stretch of it
        chart.tick[rows, j] = self.sight.tick + np.ceil(after / speed[i]).astype(np.int64)

    def _set(self, which: Bools, code: int) -> None:
        i, j = np.nonzero(self.now & which[:, None])
        self.of.chart.code[self.rows[i], j] = code

    def _stop(self, r: int) -> None:
        which = self.of.fires(r, self.rows, self.sight) & self.due
        self.of.note(r, self.rows, which, self.sight, SAID[STOP], self.of.rules[r].when)
        self.of.times[self.rows[which], r] += 1
        self._end(which, self.columns)
        self.due &= ~which

    def _end(self, which: Bools, columns: Bools, after: int = 0) -> None:
        """Stop the doses in some columns that are still to come."""
        rows = self.rows[which]
        left = self.of.chart.pending(rows, self.sight.tick + after) & columns
        self.of.chart.code[rows] = np.where(left, np.int8(STOPPED), self.of.chart.code[rows])

    def _hold(self, r: int) -> None:
        of, rows, reading = self.of, self.rows, self.of.rules[r]
        true = self.sight.holds(reading.when) & self.due
        was = of.active[rows, r] & self.due
        new = of.fires(r, rows, self.sight) & self.due & ~was
        over = np.zeros_like(was)
        if reading.until is not None:
            over = was & self.sight.holds(reading.until) & ~true
            of.note(r, rows, over, self.sight, RESUMED, reading.until)
            of.active[rows, r] = (of.active[rows, r] & ~over) | new
            of.resumed_at[rows[over], r] = reading.rule.share or 1.0
        held = (was & ~over) | new
        of.note(r, rows, held & true, self.sight, SAID[HOLD], reading.when)
        self._goes_on(r, held & ~true)
        of.times[rows[new], r] += 1
        of.in_a_row[rows[self.due], r] = np.where(held, of.in_a_row[rows, r] + 1, 0)[self.due]
        self.held |= held
        self._enough(r, held)

    def _goes_on(self, r: int, which: Bools) -> None:
        """Note the doses that are held until a condition that does not hold yet."""
        of, rule = self.of, self.of.rules[r].rule
        reasons = [f"not yet {rule.until}"] * int(which.sum())
        of.log.note(self.rows[which], self.sight.tick, rule, SAID[HOLD], reasons)

    def _enough(self, r: int, held: Bools) -> None:
        """End the course of whom so many doses in a row were held."""
        of, rule = self.of, self.of.rules[r].rule
        if not rule.stop_after:
            return
        full = held & (of.in_a_row[self.rows, r] == rule.stop_after)
        reasons = [f"{rule.stop_after} doses held in a row"] * int(full.sum())
        of.log.note(self.rows[full], self.sight.tick, rule, SAID[STOP], reasons)
        of.in_a_row[self.rows[full], r] = 0
        due = self.now[full] & of.chart.counts
        courses = {c: self._course(c) for c in np.unique(np.nonzero(due)[1]).tolist()}
        for column, mates in courses.items():
            self._end(full & self.now[:, column], mates, after=1)

    def _course(self, column: int) -> Bools:
        """Columns of the same drug and course."""
        columns, one = self.of.chart.columns, self.of.chart.columns[column]
        return np.array(
            [(c.regimen, c.course, c.drug) == (one.regimen, one.course, one.drug) for c in columns]
        )

    def _delay(self, r: int) -> None:
        of, rule = self.of, self.of.rules[r].rule
        which = of.fires(r, self.rows, self.sight) & self.due & ~self.held
        of.note(r, self.rows, which, self.sight, SAID[DELAY], of.rules[r].when)
        rows = self.rows[which]
        of.times[rows, r] += 1
        later = of.chart.pending(rows, self.sight.tick) & self.columns
        of.chart.tick[rows] += np.where(later, ticks(rule.by), 0)
        of.timetables.forget(rows)
        self.due &= ~which

    def _lessen(self, r: int) -> None:
        """Give less, or more slowly, from here on."""
        of, rows, reading = self.of, self.rows, self.of.rules[r]
        left = self.due & ~self.held
        when = of.fires(r, rows, self.sight) & left
        was = of.active[rows, r]
        if reading.until is not None:
            over = was & left & self.sight.holds(reading.until) & ~when
            of.note(r, rows, over, self.sight, RESUMED, reading.until)
            of.active[rows[over], r] = False
        new = when & ~was
        of.note(r, rows, new, self.sight, SAID[reading.rule.action], reading.when)
        of.times[rows[new], r] += 1
        of.active[rows[new], r] = True
