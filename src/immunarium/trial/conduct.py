"""Patients followed from decision to decision: rules look, and change what is given from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from immunarium.dosing import Regimen
from immunarium.dosing.rules import CROSS, DELAY, HOLD, REDUCE, SLOW, STOP
from immunarium.dosing.ticks import DAY, ticks
from immunarium.engine import Journey, Titrate
from immunarium.engine.journey import Kept
from immunarium.trial.chart import ENDED, NEVER, PENDING, STOPPED, Bools, Chart, Key, Rows, Ticks
from immunarium.trial.decisions import SAID, Calls, Log, Treatment
from immunarium.trial.due import DueDoses
from immunarium.trial.notices import note
from immunarium.trial.predicates import Test
from immunarium.trial.protocol import TrialError
from immunarium.trial.sight import Floats, Measure, Record, Sight
from immunarium.trial.timetables import Spans, Timetables

START: Key = ("arm", 0, 0)
_LATE = np.iinfo(np.int64).max


class Conductor:
    """Leads patients through an arm.

    Parameters
    ----------
    journey : Journey
        Where nobody has set out yet.
    chart : Chart
        Of the same patients, still empty.
    treatments : sequence of Treatment
        The first is begun by everybody, the others are those that patients may cross over to.
    record : Record
        What is recorded on the way.
    measure : callable
        What rules see of it.
    calls : Calls
    support : callable
        Given spans of courses: the titrations of support.
    numbers : ndarray of int, shape (patients,)
        The patients' own, for the log.
    """

    def __init__(
        self,
        journey: Journey,
        chart: Chart,
        treatments: Sequence[Treatment],
        record: Record,
        measure: Measure,
        calls: Calls,
        support: Callable[[Spans], list[Titrate]],
        numbers: NDArray[np.intp],
    ) -> None:
        self.journey, self.chart, self.record, self.measure = journey, chart, record, measure
        self.treatments, self.calls = treatments, calls
        self.names = [t.name for t in treatments]
        self.log = Log(numbers)
        n, self.rules = len(journey), [r for t in treatments for r in t.readings]
        counts = [len(t.readings) for t in treatments]
        ends = np.cumsum([0, *counts])
        self.own = [range(a, b) for a, b in pairwise(ends.tolist())]
        self.arm = np.zeros(n, np.intp)
        self.times = np.zeros((n, len(self.rules)), np.int64)
        self.active = np.zeros((n, len(self.rules)), dtype=bool)
        self.in_a_row = np.zeros((n, len(self.rules)), np.int64)
        self.resumed_at = np.ones((n, len(self.rules)))
        self.decided = np.full(n, NEVER, np.int64)
        self.call_at = np.full(n, NEVER, np.int64)
        self.timetables = Timetables(journey, chart, support)

    def lead(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Follow everybody to their end."""
        journey, everyone = self.journey, np.arange(len(self.journey))
        self.begin(START, self.treatments[0].regimen, everyone, 0)
        self._check_end()
        while len(rows := np.flatnonzero(~journey.ended)):
            until = self.next_pause(rows)
            first = until == until.min()  # together, so that each look is at many patients
            rows = rows[first]
            self.go(rows, until[first], None if self.rules else progress)
            rows = rows[~journey.ended[rows]]
            if progress and self.rules:
                progress(self._done(), int((journey.known.patients["status"] > 1).sum()))
            self.decide(rows[self.decided[rows] != journey.tick[rows]])
        self._close()

    def _check_end(self) -> None:
        end = self.journey.end
        for column in self.chart.columns:
            if column.start >= end:
                raise TrialError(
                    f"A dose of {column.drug} is due on day {column.start / DAY:g}, and patients "
                    f"are followed for {end / DAY:g} days. Follow them for longer."
                )

    def _done(self) -> int:
        """How many patients the work done so far would have brought to their end."""
        chart, ended = self.chart, self.journey.ended
        left = ((chart.tick > self.journey.tick[:, None]) & (chart.code == PENDING)).sum(axis=1)
        planned = np.maximum((chart.tick != NEVER).sum(axis=1), 1)
        return int(np.where(ended, 1.0, 1 - (left + 1) / (planned + 1)).sum())

    def _close(self) -> None:
        """Say of every dose what became of it."""
        chart, got = self.chart, self.journey.known.outcomes
        reached = (chart.code == PENDING) & (chart.tick != NEVER)
        chart.code[reached] = got[reached]
        late = (got == ENDED) & (chart.tick != NEVER)  # the patient had died, or it came too late
        chart.code[late] = ENDED
        note(self.log, chart)

    def looks_between(self, rows: Rows) -> Bools:
        """Whether a rule that begins doses may still be followed, for some patients."""
        out = np.zeros(len(rows), dtype=bool)
        for arm, own in enumerate(self.own):
            for r in own:
                if self._may_begin(r, arm):
                    out |= (self.arm[rows] == arm) & (self.times[rows, r] < self.rules[r].most)
        return out

    def next_pause(self, rows: Rows) -> Ticks:
        """Tick at which rules look next."""
        tick = self.journey.tick[rows]
        between, start = self.looks_between(rows), self.decided[rows] == NEVER
        drugs = [{self.rules[r].rule.drug for r in own} for own in self.own]
        ruled = np.array([[c.drug in ds for c in self.chart.columns] for ds in drugs], dtype=bool)
        looked = ruled.reshape(len(drugs), -1)[self.arm[rows]] | between[:, None]
        looked &= (self.chart.code[rows] == PENDING) & self.chart.counts
        due = self.chart.tick[rows]
        later = np.where(start[:, None], due >= tick[:, None], due > tick[:, None])
        out = np.where(looked & later, due, self.journey.end).min(axis=1, initial=self.journey.end)
        out[start & between] = 0
        called = self.call_at[rows]
        return np.where(called > tick, called, np.minimum(out, self.journey.end))

    def go(self, rows: Rows, until: Ticks, progress: Callable[[int, int], None] | None) -> None:
        """Follow some patients to where rules look next; back to a visit where one decides."""
        start, journey = self.journey.tick[rows].copy(), self.journey
        waiting = self.looks_between(rows) & (self.calls.ticks.shape[1] > 0)
        kept = journey.keep(rows[waiting]) if waiting.any() else None
        timetables, which = self.timetables.of_patients(rows, until)
        journey.known.amounts[:] = self.chart.amounts()
        journey.go(rows, timetables, which, until, progress)
        if kept is not None:
            self._visits(kept, start[waiting], until[waiting])

    def _visits(self, kept: Kept, start: Ticks, until: Ticks) -> None:
        """Let rules look at the visits on the way; who is decided on goes back to the visit."""
        rows, back = kept.rows, np.full(len(kept.rows), _LATE, np.int64)
        when, came = self.calls.ticks[rows], self.calls.came[rows]
        due = came & (when > start[:, None]) & (when < until[:, None])
        due &= when < self._last_seen(rows)[:, None]
        for tick in np.unique(when[due]):
            some = np.flatnonzero((due & (when == tick)).any(axis=1) & (back == _LATE))
            if len(some):
                back[some[self._decides(rows[some], int(tick))]] = tick
        again = back < _LATE
        if again.any():
            kept.put_back(self.journey, again)
            self.call_at[rows[again]] = back[again]

    def _last_seen(self, rows: Rows) -> Ticks:
        """Tick up to which each patient was followed."""
        known = self.journey.known.patients
        stopped = np.ceil(known["stopped_at"][rows] * ticks("1 h")).astype(np.int64)
        return np.where(known["status"][rows] == 0, _LATE, stopped)

    def _decides(self, rows: Rows, tick: int) -> Bools:
        """Whether a rule that begins doses would do so."""
        sight, out = self.sight(rows, tick), np.zeros(len(rows), dtype=bool)
        for arm, own in enumerate(self.own):
            for r in own:
                if self._may_begin(r, arm):
                    fires = self.fires(r, rows, sight) & ~self._runs(r, rows, tick)
                    out |= fires & (self.arm[rows] == arm)
        return out

    def _may_begin(self, r: int, arm: int) -> bool:
        """Whether a rule begins doses for patients of an arm; nobody crosses over to their own."""
        rule = self.rules[r].rule
        return self.rules[r].begins and (rule.action != CROSS or rule.arm != self.names[arm])

    def sight(self, rows: Rows, tick: int) -> Sight:
        """What rules see of some patients."""

        def known(what: str) -> Floats:
            return self.calls.known(rows, tick, what)

        return Sight(self.record, rows, tick, self.measure, known)

    # Decisions

    def decide(self, rows: Rows) -> None:
        """Let rules look at patients where they stand, and change what they get."""
        for tick in np.unique(self.journey.tick[rows]).tolist():
            here = rows[self.journey.tick[rows] == tick]
            self.decided[here] = tick
            self._cross(here, tick)
            for arm in np.unique(self.arm[here]):
                mine = here[self.arm[here] == arm]
                sight = self.sight(mine, tick)
                self._add(mine, arm, sight)
                self._on_doses(mine, arm, sight)

    def fires(self, r: int, rows: Rows, sight: Sight) -> Bools:
        """Of whom a rule's condition holds, as often as it may."""
        return sight.holds(self.rules[r].when) & (self.times[rows, r] < self.rules[r].most)

    def note(
        self, r: int, rows: Rows, which: Bools, sight: Sight, said: str, test: Test, drug: str = ""
    ) -> None:
        """Write down what a rule decided, with the reason of each."""
        places = np.flatnonzero(which).tolist()
        reasons = [sight.reason(test, i) for i in places]
        self.log.note(rows[places], sight.tick, self.rules[r].rule, said, reasons, drug)

    def begin(self, key: Key, regimen: Regimen, rows: Rows, tick: int) -> None:
        """Put patients on a regimen."""
        before = self.chart.tick.shape[1]
        self.chart.begin(key, regimen, rows, tick)
        if more := self.chart.tick.shape[1] - before:
            self.journey.add_doses(np.zeros((len(self.journey), more)))
        self.timetables.forget(rows)

    def _cross(self, rows: Rows, tick: int) -> None:
        """Let patients cross over, until nobody does."""
        for _ in self.treatments:
            crossed = [
                self._cross_from(rows[self.arm[rows] == arm], arm, tick)
                for arm in np.unique(self.arm[rows])
            ]
            rows = np.concatenate(crossed) if crossed else rows[:0]

    def _cross_from(self, rows: Rows, arm: int, tick: int) -> Rows:
        sight, gone = self.sight(rows, tick), np.zeros(len(rows), dtype=bool)
        for r in self.own[arm]:
            rule = self.rules[r].rule
            if rule.action != CROSS or not self._may_begin(r, arm):
                continue
            which = self.fires(r, rows, sight) & ~gone
            self.note(r, rows, which, sight, SAID[CROSS], self.rules[r].when)
            some, to = rows[which], self.names.index(rule.arm)
            self.times[some, r] += 1
            self._leave(some, tick)
            self.arm[some] = to
            if len(some):
                self.begin(("arm", to, 0), self.treatments[to].regimen, some, tick)
            gone |= which
        return rows[gone]

    def _leave(self, rows: Rows, tick: int) -> None:
        """Take away what is still to come of the arm's own regimen."""
        chart = self.chart
        own = np.array([c.regimen[0] == "arm" for c in chart.columns], dtype=bool)
        left = chart.pending(rows, tick) & own
        chart.code[rows] = np.where(left, np.int8(STOPPED), chart.code[rows])
        chart.tick[rows] = np.where(left, NEVER, chart.tick[rows])

    def _add(self, rows: Rows, arm: int, sight: Sight) -> None:
        """Begin rescue and background therapy."""
        for r in self.own[arm]:
            rule = self.rules[r].rule
            if rule.give is None:
                continue
            which = self.fires(r, rows, sight) & ~self._runs(r, rows, sight.tick)
            self.note(
                r, rows, which, sight, SAID[rule.action], self.rules[r].when,
                ", ".join(rule.give.drugs),
            )  # fmt: skip
            some = rows[which]
            for times in np.unique(self.times[some, r]).tolist():
                now = some[self.times[some, r] == times]
                self.begin(("rule", r, times), rule.give, now, sight.tick)
            self.times[some, r] += 1

    def _runs(self, r: int, rows: Rows, tick: int) -> Bools:
        """Of whom the regimen that a rule begins is still under way."""
        own = np.array([c.regimen[:2] == ("rule", r) for c in self.chart.columns], dtype=bool)
        return np.asarray((self.chart.pending(rows, tick) & own).any(axis=1))

    def _on_doses(self, rows: Rows, arm: int, sight: Sight) -> None:
        """Change the doses that are due."""
        own = [r for r in self.own[arm] if not self.rules[r].begins]
        for drug in dict.fromkeys(self.rules[r].rule.drug for r in own):
            mine = [r for r in own if self.rules[r].rule.drug == drug]
            change = DueDoses(self, rows, drug, sight)
            for action in (STOP, HOLD, DELAY, REDUCE, SLOW):
                for r in mine:
                    if self.rules[r].rule.action == action:
                        change.follow(r)
            change.give(mine)
