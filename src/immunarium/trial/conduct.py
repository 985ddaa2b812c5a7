"""Patients followed from decision to decision: rules look, and change what is given from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.dosing import Regimen, Rule
from immunarium.dosing.rules import ADD, CROSS, DELAY, HOLD, ON_DOSES, REDUCE, RESCUE, SLOW, STOP
from immunarium.dosing.ticks import DAY, ticks
from immunarium.engine import Doses, Journey, Timetable, Titrate, dose_row
from immunarium.engine.journey import Kept
from immunarium.trial.chart import ENDED, HELD, NEVER, PENDING, STOPPED, Chart, Key
from immunarium.trial.cohort import DECISIONS
from immunarium.trial.predicates import Test
from immunarium.trial.protocol import TrialError
from immunarium.trial.sight import Measure, Record, Sight

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]
Ticks = NDArray[np.int64]
Spans = list[tuple[int, int]]
SAID = {
    HOLD: "held", REDUCE: "reduced", DELAY: "delayed", SLOW: "slowed", STOP: "stopped",
    RESCUE: "rescue begun", ADD: "background added", CROSS: "crossed over",
}  # fmt: skip
RESUMED = "resumed"
START: Key = ("arm", 0, 0)
_LATE = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Reading:
    """A rule whose conditions have been read."""

    rule: Rule
    when: Test
    until: Test | None

    @property
    def most(self) -> int:
        """Times that a patient can be decided on."""
        once = self.rule.action in (RESCUE, ADD, CROSS)
        return self.rule.at_most or (1 if once else _LATE)

    @property
    def begins(self) -> bool:
        """Whether it begins doses, in place of changing those that are due."""
        return self.rule.action not in ON_DOSES


@dataclass(frozen=True)
class Treatment:
    """An arm as patients are led through it."""

    name: str
    regimen: Regimen
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Calls:
    """When rules that begin doses look between doses, and what is known then.

    Attributes
    ----------
    ticks : ndarray of int64, shape (patients, visits)
    came : ndarray of bool, shape (patients, visits)
    known : callable
        Given rows, a tick, and ``visit`` or ``response``: what it is for them, as numbers.
    """

    ticks: Ticks
    came: Bools
    known: Callable[[Rows, int, str], Floats]


class Log:
    """What was decided, in the order of the decisions."""

    def __init__(self, numbers: NDArray[np.intp]) -> None:
        self.numbers = numbers
        self.rows: list[tuple[int, float, str, str, str, str]] = []

    def note(
        self, rows: Rows, tick: int, rule: Rule, said: str, reasons: Iterable[str], drug: str = ""
    ) -> None:
        """Write down one decision for some patients."""
        text, drug = str(rule), drug or rule.drug
        self.rows += [
            (int(number), tick / DAY, text, said, drug, reason)
            for number, reason in zip(self.numbers[rows], reasons, strict=True)
        ]

    def table(self) -> pd.DataFrame:
        """Return the decisions, by patient and day."""
        table = pd.DataFrame(self.rows, columns=DECISIONS)
        return table.sort_values(["patient", "day"], kind="stable", ignore_index=True)


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
        self.treatments, self.calls, self.support = treatments, calls, support
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
        self.timetables = Timetables(self)

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

    # On the way

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
        looked &= self.chart.code[rows] == PENDING
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
                    fires = self._fires(r, rows, sight) & ~self._runs(r, rows, tick)
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

    def _fires(self, r: int, rows: Rows, sight: Sight) -> Bools:
        """Of whom a rule's condition holds, as often as it may."""
        return sight.holds(self.rules[r].when) & (self.times[rows, r] < self.rules[r].most)

    def _note(
        self, r: int, rows: Rows, which: Bools, sight: Sight, said: str, test: Test, drug: str = ""
    ) -> None:
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
            which = self._fires(r, rows, sight) & ~gone
            self._note(r, rows, which, sight, SAID[CROSS], self.rules[r].when)
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
            which = self._fires(r, rows, sight) & ~self._runs(r, rows, sight.tick)
            self._note(
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
        now = of.chart.pending(rows, sight.tick) & (of.chart.tick[rows] == sight.tick)
        self.now = now & self.columns
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

    def _set(self, which: Bools, code: int) -> None:
        i, j = np.nonzero(self.now & which[:, None])
        self.of.chart.code[self.rows[i], j] = code

    def _stop(self, r: int) -> None:
        which = self.of._fires(r, self.rows, self.sight) & self.due
        self.of._note(r, self.rows, which, self.sight, SAID[STOP], self.of.rules[r].when)
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
        new = of._fires(r, rows, self.sight) & self.due & ~was
        over = np.zeros_like(was)
        if reading.until is not None:
            over = was & self.sight.holds(reading.until) & ~true
            of._note(r, rows, over, self.sight, RESUMED, reading.until)
            of.active[rows, r] = (of.active[rows, r] & ~over) | new
            of.resumed_at[rows[over], r] = reading.rule.share or 1.0
        held = (was & ~over) | new
        of._note(r, rows, held & true, self.sight, SAID[HOLD], reading.when)
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
        courses = {c: self._course(c) for c in np.unique(np.nonzero(self.now[full])[1]).tolist()}
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
        which = of._fires(r, self.rows, self.sight) & self.due & ~self.held
        of._note(r, self.rows, which, self.sight, SAID[DELAY], of.rules[r].when)
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
        when = of._fires(r, rows, self.sight) & left
        was = of.active[rows, r]
        if reading.until is not None:
            over = was & left & self.sight.holds(reading.until) & ~when
            of._note(r, rows, over, self.sight, RESUMED, reading.until)
            of.active[rows[over], r] = False
        new = when & ~was
        of._note(r, rows, new, self.sight, SAID[reading.rule.action], reading.when)
        of.times[rows[new], r] += 1
        of.active[rows[new], r] = True


class Timetables:
    """Timetables of patients, made once for all to whom the same happens."""

    def __init__(self, of: Conductor) -> None:
        self.of = of
        self.plan = np.full(len(of.journey), -1, np.intp)
        self._numbers: dict[bytes, int] = {}
        self._plans: list[tuple[Doses, list[Titrate]]] = []
        self._made: dict[tuple[int, frozenset[int]], Timetable] = {}

    def forget(self, rows: Rows) -> None:
        """Note that the doses of some patients have moved."""
        self.plan[rows] = -1

    def of_patients(self, rows: Rows, until: Ticks) -> tuple[list[Timetable], NDArray[np.intp]]:
        """Return timetables for the way from where patients stand, and whose is which."""
        for row in rows[self.plan[rows] < 0].tolist():
            self.plan[row] = self._number(row)
        ways = np.stack([self.plan[rows], self.of.journey.tick[rows], until], axis=1)
        unique, which = np.unique(ways, axis=0, return_inverse=True)
        return [self._way(*way) for way in unique.tolist()], which.reshape(-1)

    def _number(self, row: int) -> int:
        """Return the number of what happens to a patient."""
        chart = self.of.chart
        used = np.flatnonzero(chart.tick[row] != NEVER)
        tick, duration = chart.tick[row, used], chart.duration[row, used]
        key = b"".join(x.tobytes() for x in (used, tick, duration))
        if key not in self._numbers:
            self._numbers[key] = len(self._plans)
            kernel, columns = self.of.journey.kernel, chart.columns
            rows = [dose_row(c.target, c.duration > 0, kernel) for c in columns]
            doses = Doses(
                chart.tick[row].copy(), chart.duration[row].copy(), np.array(rows, np.int64)
            )
            self._plans.append((doses, self.of.support(self._spans(row))))
        return self._numbers[key]

    def _spans(self, row: int) -> Spans:
        """First dose of each course, and when its last one has ended."""
        chart = self.of.chart
        due = [(int(t) - c.lag, k) for k, (t, c) in enumerate(zip(chart.tick[row], chart.columns,
               strict=True)) if t != NEVER]  # fmt: skip
        spans: dict[object, tuple[int, int]] = {}
        later: list[tuple[int, int]] = []
        for tick, k in sorted(due):
            column, end = chart.columns[k], tick + int(chart.duration[row, k])
            if column.regimen[0] == "arm":
                course = (column.regimen, column.course)
                spans[course] = (spans.get(course, (tick, 0))[0], end)
            else:
                later.append((tick, end))
        for tick, end in later:  # in the course that it falls into
            running = [c for c, (first, _) in spans.items() if first <= tick]
            course = max(running, key=lambda c: spans[c][0], default="before")
            first, last = spans.get(course, (tick, 0))
            spans[course] = (first, max(last, end))
        return sorted(spans.values())

    def _way(self, plan: int, start: int, until: int) -> Timetable:
        whole = self._timetable(plan, frozenset())
        more = frozenset({start, until} - set(whole.stops["tick"].tolist()))
        return self._timetable(plan, more).part(start, until)

    def _timetable(self, plan: int, soft: frozenset[int]) -> Timetable:
        if (plan, soft) not in self._made:
            journey, (doses, titrations) = self.of.journey, self._plans[plan]
            self._made[plan, soft] = Timetable.of(
                journey.kernel, doses, titrations, journey.reduces, journey.end, soft
            )
        return self._made[plan, soft]
