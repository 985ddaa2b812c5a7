"""Observables of scores and of adverse events; and which patients count."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Graph
from immunarium.core.units import factor
from immunarium.trial.adverse_events import events_of
from immunarium.trial.cohort import Cohort
from immunarium.trial.probes import Probe, Raters
from immunarium.trial.protocol import (
    EVENT,
    TIME_TO,
    VARIATION,
    Observable,
    Target,
    TrialError,
    hours,
)
from immunarium.trial.rated import NEAR, Reached, read_score
from immunarium.trial.ratings import Ratings, visit_at
from immunarium.trial.scales import points, scales

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def of_score(target: Target, raters: Raters) -> Probe | None:
    """Read a target that is of scores; None for any other."""
    o = target.observable
    if o.take == TIME_TO:
        return time_to(target, raters)
    known = o.of in raters.scores or (o.take in ("value", "change") and o.of in scales())
    if known or o.take == VARIATION:
        return rating(target, raters)
    if o.statistic == "share" and (said := read_score(o.take)):
        return reached(target, said, raters)
    return None


def reached(target: Target, said: Reached, raters: Raters) -> Probe:
    """Share of patients of whom something is said at visits."""
    o = target.observable
    raters.check(said)
    check_visits(raters.planned, o, said)

    def read(cohort: Cohort) -> Floats:
        ratings = _rated(cohort).since(o.since / 24)
        return said.share(ratings, o.at / 24, o.by / 24, o.running, o.until / 24)

    return Probe(target, {}, (), (), read)


def check_visits(planned: tuple[float, ...], o: Observable, said: Reached | None = None) -> None:
    """Refuse times at which nobody is rated, and those in an order in which nobody can have it.

    Parameters
    ----------
    planned : tuple of float [d]
        The baseline and the visits.
    said : Reached, optional
        What is said then: nobody has got better or worse at the baseline itself.

    Raises
    ------
    ImmunoError
        Says which.
    """
    at, by, until, since = (t / 24 for t in (o.at, o.by, o.until, o.since))
    for day in (at, until, since):
        if not np.isnan(day):
            visit_at(planned, day)
    baseline = planned[0] if np.isnan(since) else since
    later = [d for d in planned if d > baseline + NEAR]
    seen = [at] if not np.isnan(at) else [d for d in later if not d > by + NEAR]
    if not seen:
        raise TrialError(
            f"No visit is after day {baseline:g} and by day {by:g}: the first is on day "
            f"{min(later, default=baseline):g}. Write a later 'by'."
        )
    if seen[0] < baseline - NEAR:
        raise TrialError(f"at is day {at:g}, before the baseline on day {baseline:g}. Write later.")
    if said is not None and said.moved and abs(at - baseline) < NEAR:
        raise TrialError(
            f"at is day {at:g}, the baseline itself, and {said.text!r} is since then. Write the "
            f"day of a later visit."
        )
    if until < seen[0] - NEAR:
        raise TrialError(
            f"until is day {until:g}, before day {seen[0]:g}, the first on which it may be so. "
            f"Write a later 'until'."
        )
    left = sum(d > seen[0] - NEAR for d in planned)
    if o.running > left:
        raise TrialError(
            f"running is {o.running}, and from day {seen[0]:g} on there are {left} visits. Write "
            f"at most {left}, or add visits."
        )


def time_to(target: Target, raters: Raters) -> Probe:
    """When something is first so of a score."""
    said, scale = read_score(target.observable.of), factor("d", target.unit)
    if said is None:
        raise TrialError(
            f"A 'time to' is of what is said of a score, not {target.observable.of!r}. Write "
            f"of = 'GBS disability <= 2'."
        )
    if not np.isnan(target.observable.since):
        raise TrialError("A 'time to' is counted from day 0: leave 'since' out.")
    raters.check(said)
    check_visits(raters.planned, target.observable)
    running = target.observable.running
    return Probe(target, {}, (), (), lambda c: scale * said.time(_rated(c), running))


def foretold(text: str) -> Reached:
    """Read what is said of a score.

    Raises
    ------
    TrialError
        It is of no score.
    """
    said = read_score(text)
    if said is None:
        raise TrialError(
            f"What is foretold is said of a score, not {text!r}. Write it "
            f"like 'GBS disability <= 2'."
        )
    return said


def came_of(target: Target, raters: Raters) -> Probe:
    """What is foretold: whether something is said of a score, or when it is first so."""
    o = target.observable
    if o.statistic == "auc":
        return reached(target, foretold(o.take), raters)
    event = Observable("median", TIME_TO, of=o.take, running=o.running)
    return time_to(replace(target, observable=event, unit="d"), raters)


def rating(target: Target, raters: Raters) -> Probe:
    """Value, change or fold of a score at a visit."""
    o = target.observable
    raters.check(o.of)
    if o.take == VARIATION:
        return _variation(target, raters)
    if o.take not in ("value", "change", "fold"):
        raise TrialError(f"Of a score 'value', 'change' and 'fold' are read, not {o.take!r}.")
    at = visit_at(raters.planned, o.at / 24)
    first = 0 if np.isnan(o.since) else visit_at(raters.planned, o.since / 24)
    scale = factor("1" if o.take == "fold" else points(o.of), target.unit)

    def read(cohort: Cohort) -> Floats:
        values = _rated(cohort).scores[o.of]
        then, now = values[:, first], values[:, at]
        with np.errstate(divide="ignore", invalid="ignore"):  # who starts at 0 has no fold
            return scale * {"value": now, "change": now - then, "fold": now / then}[o.take]

    return Probe(target, {}, (), (), read)


def _variation(target: Target, raters: Raters) -> Probe:
    """Coefficient of variation, within each patient, of a change that comes again."""
    o, planned = target.observable, raters.planned
    if np.isnan([o.at, o.since, o.every]).any() or not 0 < o.at - o.since < o.every:
        raise TrialError(
            "A variation is of a change that comes again: write since = '0 d', at = '1 d' and "
            "every = '3 week'."
        )
    last = (planned[-1] * 24 - o.at) / o.every
    if last < 1:
        raise TrialError("The change does not come again before the last visit.")
    turns = o.every / 24 * np.arange(int(last + 1e-9) + 1)
    before, after = (
        [visit_at(planned, start / 24 + turn) for turn in turns] for start in (o.since, o.at)
    )
    scale = factor("1", target.unit)

    def read(cohort: Cohort) -> Floats:
        values = _rated(cohort).scores[o.of]
        changes = values[:, after] - values[:, before]
        with np.errstate(divide="ignore", invalid="ignore"):
            return scale * changes.std(axis=1, ddof=1) / np.abs(changes.mean(axis=1))

    return Probe(target, {}, (), (), read)


def _rated(cohort: Cohort) -> Ratings:
    assert cohort.ratings is not None  # as `Raters.check` has seen
    return cohort.ratings


def event(target: Target, graph: Graph) -> Probe:
    """Share of patients with an adverse event, or with any of several."""
    o = target.observable
    terms = [e.term for e in events_of(o.take.removeprefix(EVENT), graph)]
    start, end = o.span

    def read(cohort: Cohort) -> Floats:
        came = np.array([cohort.events[term] for term in terms])
        within: Bools = (came >= start) & (came <= end)
        return np.any(within, axis=0).astype(np.float64)

    return Probe(target, {}, (), (), read)


_TIME = r"\d+\.?\d*\s*[a-z]+"
_AMONG = re.compile(
    rf"(?P<said>.+?)\s(?P<when>at|by)\s(?P<time>{_TIME})"
    rf"(?:\suntil\s(?P<until>{_TIME})(?!.*\suntil\s)|\ssince\s(?P<since>{_TIME})(?!.*\ssince\s))*"
)
_Who = Callable[[Cohort], Bools]


def _parts(text: str) -> list[tuple[str, re.Match[str] | None, Reached | None]]:
    """Each thing that is said of who counts, its times, and it read where it is of a score."""
    parts = [p.strip() for p in re.split(r"\band\b", text)]
    found = [_AMONG.fullmatch(p) for p in parts]
    return [(p, f, read_score(f["said"] if f else p)) for p, f in zip(parts, found, strict=True)]


def is_rated(text: str) -> bool:
    """Whether a condition on who counts is said of a score."""
    return any(said is not None for _, _, said in _parts(text))


def among(text: str, raters: Raters) -> _Who:
    """Say which patients count: by scores before the arms part, or by a condition at the start.

    Raises
    ------
    ImmunoError
        It is said of a score, and not when; or nobody is rated then.
    """
    if not is_rated(text):  # a condition at the start, which the bench has read
        return lambda cohort: cohort.at_start[text]
    parts = _parts(text)
    if not all(part for part, _, _ in parts):
        where = "followed" if parts[0][0] else "preceded"
        raise TrialError(f"In {text!r} 'and' is {where} by nothing. Write what, or leave it out.")
    who = [_scored(part, found, said, raters) for part, found, said in parts]
    return lambda cohort: np.logical_and.reduce([w(cohort) for w in who])


def _scored(part: str, found: re.Match[str] | None, said: Reached | None, raters: Raters) -> _Who:
    """Who has what is said of a score at some visits."""
    if said is None:
        raise TrialError(f"'{part}' is of no score, and stands beside one: write of scores alone.")
    raters.check(said)
    if found is None:
        day = raters.planned[-1] if said.moved else 0
        raise TrialError(f"'{part}' is said of a score: write when, like '{part} at {day:g} d'.")
    until, since = (hours(found[n]) / 24 if found[n] else np.nan for n in ("until", "since"))
    day = hours(found["time"]) / 24
    at, by = (day, np.nan) if found["when"] == "at" else (np.nan, day)
    asked = Observable("share", part, at=24 * at, by=24 * by, until=24 * until, since=24 * since)
    check_visits(raters.planned, asked, said)
    return lambda cohort: said.share(_rated(cohort).since(since), at, by, 1, until) == 1
