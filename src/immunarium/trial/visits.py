"""Visits: when they are planned, on which day each patient comes, and which are missed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from immunarium.core import ImmunoError, did_you_mean
from immunarium.population import uniforms

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
WHO, RECIST = "WHO", "RECIST 1.1"
LASTS = {WHO: 28.0, RECIST: 42.0}  # days that stable disease must last: WHO 1979; RECIST 4.3.4
_AROUND = 1e-6  # hours: two times nearer than this are one


@dataclass(frozen=True)
class Visits:
    """When and how lesions and scores are assessed after the baseline.

    Attributes
    ----------
    days : tuple of float
        Planned visits [d].
    criteria : str
        ``WHO`` or ``RECIST 1.1``: which one a response in this study means.
    detection, measurable : float
        Smallest diameter that is seen, and that can be followed [mm].
    targets : int
        Most lesions that are followed.
    error, relative_error : float
        Standard deviation of one measured diameter [mm, share].
    confirm : float
        Days after which a response must still be there; 0: it need not.
    window : float
        Whole days that a visit may be early or late.
    missing : float
        Share of visits that are missed.
    stable : float, optional
        Days that stable disease must last to be a best response: as the criteria say, if left out.
    """

    days: tuple[float, ...]
    criteria: str = RECIST
    detection: float = 4.0
    measurable: float = 10.0
    targets: int = 5
    error: float = 0.9
    relative_error: float = 0.06
    confirm: float = 28.0
    window: float = 0.0
    missing: float = 0.0
    stable: float | None = None

    def __post_init__(self) -> None:
        if wrong := _wrong(self):
            raise ImmunoError(" ".join(wrong))

    def lasts(self, criteria: str) -> float:
        """Days that stable disease must last by some criteria."""
        return LASTS[criteria] if self.stable is None else self.stable


def _wrong(visits: Visits) -> list[str]:
    """What cannot be, each in a sentence."""
    out = []
    if visits.criteria not in LASTS:
        out.append(
            f"Unknown response criteria {visits.criteria!r}. Known: {', '.join(LASTS)}."
            f"{did_you_mean(visits.criteria, LASTS)}"
        )
    if list(visits.days) != sorted(set(visits.days)) or min(visits.days, default=1) <= 0:
        out.append("Visits must be later than the baseline and in order.")
    if visits.window < 0 or visits.window != round(visits.window):
        out.append(f"A visit window is whole days, like 3 d; found {visits.window:g} d.")
    gap = min((b - a for a, b in pairwise((0.0, *visits.days))), default=np.inf)
    if visits.window and gap <= 2 * visits.window:
        out.append(
            f"Windows of ±{visits.window:g} d run into each other where visits are {gap:g} d "
            f"apart. Write a window below {gap / 2:g} d."
        )
    if not 0 <= visits.missing < 1:
        out.append(f"The share of missed visits is {visits.missing:g}. Write it in 0..1, like 5 %.")
    positive = ("detection", "measurable", "targets")
    out += [f"{n} is {getattr(visits, n):g}: it must be above 0." for n in positive
            if getattr(visits, n) <= 0]  # fmt: skip
    least = ("error", "relative_error", "confirm")
    out += [f"{n} is {getattr(visits, n):g}: it must not be negative." for n in least
            if getattr(visits, n) < 0]  # fmt: skip
    if visits.measurable < visits.detection:
        out.append("What can be measured must be seen: detection is above measurable.")
    return out


def visit_days(visits: Visits, seed: int, index: NDArray[np.intp], until: float = np.inf) -> Floats:
    """Day on which each patient's visit falls, whether or not they come.

    Parameters
    ----------
    seed : int
    index : ndarray of int, shape (patients,)
        The patients' own numbers: each has their own draw for each visit.
    until : float
        Last day of follow-up; a visit planned by then is not later.

    Returns
    -------
    ndarray, shape (patients, visits) [d]
        Whole days around the plan, every day of the window as likely.
    """
    planned = np.array(visits.days)
    days = np.tile(planned, (len(index), 1))
    if visits.window:
        width = 2 * int(visits.window) + 1
        for i, day in enumerate(visits.days):
            draw = uniforms(seed, f"day of the visit planned on day {day:g}", index)
            days[:, i] += np.floor(draw * width) - visits.window
    return np.minimum(days, np.maximum(until, planned)) if np.isfinite(until) else days


def attendance(
    visits: Visits,
    seed: int,
    index: NDArray[np.intp],
    days: Floats,
    left: Floats | None = None,
) -> Bools:
    """Whether each patient comes to each visit.

    Parameters
    ----------
    index : ndarray of int, shape (patients,)
        The patients' own numbers.
    days : ndarray, shape (patients, visits) [d]
        From `visit_days`.
    left : ndarray, shape (patients,) [d], optional
        When each died or dropped out; NaN for who did not. They come to no later visit.

    Returns
    -------
    ndarray of bool, shape (patients, visits)
    """
    comes = np.ones(days.shape, dtype=bool)
    if visits.missing:
        for i, day in enumerate(visits.days):
            draw = uniforms(seed, f"missed visit planned on day {day:g}", index)
            comes[:, i] = draw >= visits.missing
    return comes if left is None else comes & ~(days > left[:, None])


def visit_hours(visits: Visits) -> Floats:
    """Hours that must be recorded so that a visit on any day of its window can be read."""
    around = np.arange(-visits.window, visits.window + 1)
    return 24.0 * np.unique(np.add.outer(np.array(visits.days), around))


def places(times: Floats, days: Floats) -> NDArray[np.intp]:
    """Columns of a record at some days.

    Parameters
    ----------
    times : ndarray, shape (times,) [h]
    days : ndarray, any shape [d]

    Raises
    ------
    ImmunoError
        A day was not recorded.
    """
    at = np.searchsorted(times, days * 24 - _AROUND)
    near = np.minimum(at, len(times) - 1)
    lost = np.abs(times[near] - days * 24) > _AROUND
    if np.any(lost):
        raise ImmunoError(
            f"A visit on day {days[lost].min():g} was not recorded; the record ends on day "
            f"{times[-1] / 24:g}. Plan visits within the follow-up."
        )
    return near
