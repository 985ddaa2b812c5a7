"""An endpoint in each patient: when the event came, or why and when the patient was censored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.trial.endpoint import (
    DEATH,
    DURATION,
    PROGRESSION,
    Endpoint,
    EndpointError,
)
from immunarium.trial.watch import ArmData, dropout_days

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Words = NDArray[np.object_]
MISSED = 2  # visits before an event that make it count no more [FDA 2007, cancer endpoints, app. 3]
END, LEFT, UNSEEN = "end of follow-up", "drop-out", "two missed visits"
LAST = "last adequate assessment"
RESPONSES = ("CR", "PR")
CONTROLLED = ("CR", "PR", "SD", "non-CR/non-PD")
_SETS = {
    "response": RESPONSES, "complete response": ("CR",), "disease control": CONTROLLED,
}  # fmt: skip


@dataclass(frozen=True)
class Observed:
    """One endpoint in each patient of an arm.

    Attributes
    ----------
    value : ndarray, shape (patients,)
        Days to the event or to the censoring; 1 or 0; or a change. NaN for who is no part of it.
    event : ndarray of bool
        False where the value is a censoring; of a share, who has the outcome.
    reason : ndarray of str
        What the event was, or why the patient was censored; empty but for times.
    start : ndarray
        Day from which a time runs.
    """

    value: Floats
    event: Bools
    reason: Words
    start: Floats

    @property
    def part(self) -> Bools:
        """Who is part of it."""
        return ~np.isnan(self.value)

    @property
    def known(self) -> Floats:
        """Values of those who are part of it."""
        return self.value[self.part]


def observe(
    endpoint: Endpoint, arm: ArmData, compared: Sequence[ArmData], until: float
) -> Observed:
    """Read an endpoint from what is known of an arm.

    Parameters
    ----------
    compared : sequence of ArmData
        The arms of the comparison: a principal stratum is who is free of the event in all of them.
    until : float
        Day on which follow-up ends.

    Raises
    ------
    EndpointError
        It is assessed at visits, and there are none.
    """
    if endpoint.assessed and arm.visits is None:
        raise EndpointError(
            f"Endpoint {endpoint.name!r} is assessed at visits, and the trial has none. Write "
            f"visits, with their days and criteria."
        )
    one = _Reader(endpoint, arm, until)
    if endpoint.kind == "time":
        found = one.time()
    elif endpoint.kind == "share":
        found = one.share()
    else:
        changes = arm.changes[endpoint.name]
        found = replace(_plain(changes), event=np.zeros(len(changes), dtype=bool))
    value = np.where(_belongs(endpoint, arm, compared), found.value, np.nan)
    return Observed(value, found.event & ~np.isnan(value), found.reason, found.start)


def _plain(value: Floats) -> Observed:
    nothing = np.full(len(value), "", dtype=object)
    return Observed(value, value == 1, nothing, np.zeros(len(value)))


def _belongs(endpoint: Endpoint, arm: ArmData, compared: Sequence[ArmData]) -> Bools:
    """Who is in the population of the estimand, and in its principal stratum."""
    table = arm.patients
    yes = ~table["failed"].to_numpy(dtype=bool) if "failed" in table else np.ones(len(table), bool)
    if endpoint.estimand.population == "all treated":
        yes &= (table["doses_given"] > 0).to_numpy()
    if endpoint.estimand.population == "evaluable" and arm.visits is not None:
        yes &= Schedule.of(arm.visits, table).adequate.any(axis=1)
    for event in endpoint.intercurrent("principal stratum"):
        for other in compared:
            yes &= np.isnan(other.day(event))
    return yes


@dataclass(frozen=True)
class Schedule:
    """Visits after the baseline, shape (patients, visits).

    Attributes
    ----------
    day : ndarray [d]
    adequate : ndarray of bool
        The patient came, and could be assessed.
    code : ndarray of str
    planned : ndarray, shape (visits,) [d]
    """

    day: Floats
    adequate: Bools
    code: Words
    planned: Floats

    @classmethod
    def of(cls, visits: pd.DataFrame, patients: pd.DataFrame) -> Schedule:
        """Put the visits of each patient in a row; who has dropped out comes no more."""
        after = visits[visits["visit"] > 0]
        if "code" not in after:  # nobody has lesions: who came could be assessed
            after = after.assign(code="came")
        rows = after.set_index(["patient", "visit"])[["day", "seen", "code"]]
        wide = rows.unstack("visit").reindex(patients.index)  # noqa: PD010  a pivot_table sums up
        day = wide["day"].to_numpy(dtype=np.float64)
        code = wide["code"].to_numpy(dtype=object)
        seen = wide["seen"].to_numpy(dtype=object) == True  # noqa: E712  missing rows are NaN
        adequate = seen & ~np.isin(code.astype(str), ("", "NE", "nan"))
        adequate &= ~(day > dropout_days(patients)[:, None])
        planned = after.groupby("visit")["planned_day"].first().to_numpy(dtype=np.float64)
        return cls(day, adequate, code, planned)

    def first(self, codes: tuple[str, ...]) -> Floats:
        """Day of the first visit with one of some responses; infinite for never."""
        found = self.adequate & np.isin(self.code.astype(str), codes)
        return np.where(found, self.day, np.inf).min(axis=1, initial=np.inf)

    def last_before(self, day: Floats, itself: bool) -> Floats:
        """Day of the last adequate assessment before a day (or on it); 0 for none."""
        before = self.day <= day[:, None] if itself else self.day < day[:, None]
        return np.where(self.adequate & before, self.day, 0.0).max(axis=1, initial=0.0)

    def missed(self, since: Floats, day: Floats) -> NDArray[np.int64]:
        """Visits missed between two days; after the last one they go on, in thought, as before."""
        inside = (self.day > since[:, None]) & (self.day < day[:, None]) & ~self.adequate
        every = float(np.diff(np.append(0.0, self.planned))[-1])
        with np.errstate(invalid="ignore"):
            later = np.floor(np.maximum(day - self.planned[-1], 0.0) / every)
        return inside.sum(axis=1) + np.where(np.isfinite(later), later, 0).astype(np.int64)


class _Reader:
    """Reads one endpoint from one arm."""

    def __init__(self, endpoint: Endpoint, arm: ArmData, until: float) -> None:
        self.endpoint, self.arm, self.until = endpoint, arm, until
        self.left = dropout_days(arm.patients)
        died = arm.day(DEATH)
        self.died = np.where(np.isnan(died), np.inf, died)
        self.end = np.minimum(self.left, until)

    @cached_property
    def schedule(self) -> Schedule:
        assert self.arm.visits is not None  # looked at by ``observe``
        return Schedule.of(self.arm.visits, self.arm.patients)

    def day(self, event: str) -> Floats:
        """Day of an event as it is seen; infinite for never."""
        if event == PROGRESSION:
            day = self.schedule.first(("PD",))
        elif event in _SETS:
            day = self.responded(event)
        else:
            day = self.arm.day(event)
        seen = np.minimum(self.end, self.died) if event != DEATH else self.end
        return np.where(day <= seen, day, np.inf)

    def responded(self, outcome: str) -> Floats:
        """Day of the first response of those whose best response is one."""
        table = self.arm.patients
        if outcome == "response" and "response_day" in table:
            day = table["response_day"].fillna(np.inf).to_numpy(dtype=np.float64)
        else:
            day = self.schedule.first(_SETS[outcome])
        return np.where(table["response"].isin(_SETS[outcome]), day, np.inf)

    # ------------------------------------------------------------------------------- times

    def time(self) -> Observed:
        days = {e: self.day(e) for e in self.endpoint.events}
        days |= {e: self.day(e) for e in self.endpoint.intercurrent("composite")}
        day, what = _earliest(days)
        stop, why = self.censoring()
        if self.endpoint.assessed and self.arm.visits is not None:
            day, stop, why = self.as_assessed(day, stop, why, days)
        event = day <= stop
        value = np.where(event, day, stop)
        start = np.zeros(len(value))
        if self.endpoint.of == DURATION:
            start = self.responded("response")
            value = np.where(np.isfinite(start), np.maximum(value - start, 0.0), np.nan)
            start = np.where(np.isfinite(start), start, np.nan)
        return Observed(value, event, np.where(event, what, why), start)

    def censoring(self) -> tuple[Floats, Words]:
        """Day up to which each patient is followed, and what ends it."""
        ends = {END: np.full(len(self.end), self.until), LEFT: self.left}
        for event in self.endpoint.intercurrent("hypothetical", "while on treatment"):
            ends[event] = self.day(event)
        return _earliest(ends)

    def as_assessed(
        self, day: Floats, stop: Floats, why: Words, days: dict[str, Floats]
    ) -> tuple[Floats, Floats, Words]:
        """Censor at the last adequate assessment, also before an event after two missed visits."""
        seen = self.schedule.last_before(stop, itself=True)
        event = day <= stop
        last = self.schedule.last_before(np.where(event, day, np.inf), itself=False)
        lost = event & (self.schedule.missed(last, np.where(event, day, 0.0)) >= MISSED)
        if PROGRESSION not in days:
            lost = np.zeros(len(day), dtype=bool)
        day = np.where(lost | ~event, np.inf, day)
        stop = np.where(lost, last, np.where(event, stop, seen))
        return day, stop, np.where(lost, UNSEEN, why)

    # ------------------------------------------------------------------------------ shares

    def share(self) -> Observed:
        endpoint = self.endpoint
        at = min(self.until, endpoint.at / 24) if not np.isnan(endpoint.at) else self.until
        if endpoint.of == "alive":
            yes, day = self.died > at, np.full(len(self.died), at)
            value = np.where(~yes | (self.left >= at), yes, np.nan)
        elif endpoint.rated and not np.isnan(endpoint.at):
            day, value = np.full(len(self.died), at), self.at_visit(at)
        else:
            day = np.minimum.reduce([self.day(e) for e in endpoint.events])
            yes = day <= at
            value = yes.astype(np.float64)
        return _plain(self.with_intercurrent(np.asarray(value, dtype=np.float64), day, at))

    def at_visit(self, at: float) -> Floats:
        """Whether something is so at a visit; another event counts if it has come by then."""
        assert self.arm.ratings is not None  # as `Watch.of` has seen
        asked = {said.text: said for said in self.endpoint.rated}
        ratings = self.arm.ratings.since(self.endpoint.since / 24)
        held = [s.share(ratings, at) for s in asked.values()]
        held += [self.day(e) <= at for e in self.endpoint.events if e not in asked]
        return np.maximum.reduce([np.asarray(h, dtype=np.float64) for h in held])

    def with_intercurrent(self, value: Floats, day: Floats, at: float) -> Floats:
        """What intercurrent events make of it that come before it is known.

        Progression rules a response out: from then on the outcome is known.
        """
        known = np.minimum(day, self.day(PROGRESSION)) if self.endpoint.of in _SETS else day
        for strategy in ("composite", "hypothetical", "while on treatment"):
            for event in self.endpoint.intercurrent(strategy):
                came = self.day(event)
                first = (came <= at) & (came < day)
                if strategy == "composite":
                    value = np.where(first, 0.0 if self.endpoint.good else 1.0, value)
                elif strategy == "hypothetical":
                    value = np.where(first & (came < known), np.nan, value)
                else:
                    value = np.where(first & (value == 1), 0.0, value)
        return value


def _earliest(days: dict[str, Floats]) -> tuple[Floats, Words]:
    """Earliest of some days, and which one it is; of two on one day, the first that is named."""
    stacked = np.stack(list(days.values()))
    return stacked.min(axis=0), np.array(list(days), dtype=object)[stacked.argmin(axis=0)]
