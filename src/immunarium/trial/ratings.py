"""Scores as raters write them down: at the baseline and at the visits of the patients of an arm."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import ImmunoError
from immunarium.trial.scales import scale, scored
from immunarium.trial.visits import attendance, places, visit_days

if TYPE_CHECKING:
    from immunarium.trial.protocol import Trial

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
COLUMNS = ("patient", "visit", "planned_day", "day", "seen", "score", "value")
_NEAR = 1e-6  # days: two nearer than this are one


@dataclass(frozen=True)
class Ratings:
    """What was written down of the patients of an arm.

    Attributes
    ----------
    planned : tuple of float [d]
        The baseline, day 0 if not an observable's `since`, and the visits.
    days : ndarray, shape (patients, 1 + visits) [d]
    came : ndarray of bool, shape (patients, 1 + visits)
    scores : mapping of str to ndarray, shape (patients, 1 + visits)
        By scale. NaN for who did not come; the dead have what their scale gives them.
    left : ndarray, shape (patients,) [d]
        When each dropped out; infinite for who did not, or died before.
    died : ndarray of bool, shape (patients,), optional
        Who died, and had not dropped out; None: nobody.
    """

    planned: tuple[float, ...]
    days: Floats
    came: Bools
    scores: Mapping[str, Floats]
    left: Floats
    died: Bools | None = None

    def column(self, day: float) -> int:
        """Place of the visit planned on a day.

        Raises
        ------
        ImmunoError
            None is.
        """
        return visit_at(self.planned, day)

    @classmethod
    def together(cls, parts: Sequence[Ratings], order: NDArray[np.intp]) -> Ratings | None:
        """Put ratings of different patients one after the other, then in an order."""
        if not parts:
            return None

        def all_of(read: Callable[[Ratings], Any]) -> NDArray:
            return np.concatenate([read(p) for p in parts])[order]

        first = parts[0]
        scores = {n: all_of(lambda p, n=n: p.scores[n]) for n in first.scores}
        return cls(
            first.planned, all_of(lambda p: p.days), all_of(lambda p: p.came), scores,
            all_of(lambda p: p.left), None if first.died is None else all_of(lambda p: p.died),
        )  # fmt: skip

    def since(self, day: float) -> Ratings:
        """Return the ratings from a visit on, which becomes the baseline; NaN: all of them."""
        if np.isnan(day):
            return self
        at = self.column(day)
        return Ratings(
            self.planned[at:], self.days[:, at:], self.came[:, at:],
            {name: values[:, at:] for name, values in self.scores.items()}, self.left, self.died,
        )  # fmt: skip

    def table(self, patients: NDArray[np.intp]) -> pd.DataFrame:
        """Write down each rating: ``patient visit planned_day day seen score value``."""
        shape, names = self.days.shape, list(self.scores)
        one = {
            "patient": np.broadcast_to(patients[:, None], shape),
            "visit": np.broadcast_to(np.arange(shape[1]), shape),
            "planned_day": np.broadcast_to(self.planned, shape),
            "day": self.days,
            "seen": self.came,
        }
        tables = [
            pd.DataFrame({k: np.ravel(v) for k, v in one.items()}).assign(
                score=name, value=np.ravel(self.scores[name])
            )
            for name in names
        ]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def visit_at(planned: tuple[float, ...], day: float) -> int:
    """Place of the visit planned on a day, among the baseline and the visits.

    Raises
    ------
    ImmunoError
        None is.
    """
    at = int(np.argmin(np.abs(np.asarray(planned) - day)))
    if abs(planned[at] - day) > _NEAR:
        known = ", ".join(f"{d:g}" for d in planned[:12]) + (" …" if len(planned) > 12 else "")
        raise ImmunoError(
            f"Nobody is rated on day {day:g}: visits are on days {known}. Write the day of a "
            f"visit, or add one to visits."
        )
    return at


def calendar(
    trial: Trial, seed: int, index: NDArray[np.intp], ended: Floats
) -> tuple[Floats, Bools]:
    """Days of the baseline and of each visit, and who comes; shape (patients, 1 + visits).

    Parameters
    ----------
    ended : ndarray, shape (patients,) [d]
        Death; NaN for the living.
    """
    assert trial.visits is not None  # callers ask only where there are any
    days = visit_days(trial.visits, seed, index, trial.until / 24)
    left = np.fmin(np.where(np.isnan(ended), np.inf, ended), dropped_out(trial, seed, index) / 24)
    came = attendance(trial.visits, seed, index, days, left)
    first = np.zeros((len(index), 1))
    return np.hstack([first, days]), np.hstack([first == 0, came])


def dropped_out(trial: Trial, seed: int, index: NDArray[np.intp]) -> Floats:
    """Hour at which each patient drops out; infinite for who does not."""
    if not trial.dropout:
        return np.full(len(index), np.inf)
    left = 24 * trial.dropout.days(seed, index)
    return np.where(left < trial.until, left, np.inf)


def rate(
    trial: Trial, seed: int, index: NDArray[np.intp], times: Floats,
    recorded: Mapping[str, Floats], ended: Floats,
) -> Ratings:  # fmt: skip
    """Rate every patient at the baseline and at each visit that they come to.

    Parameters
    ----------
    times : ndarray, shape (times,) [h]
    recorded : mapping of str to ndarray, shape (patients, times)
        The quantities of ``disease.scores``, in the points of their scales.
    ended : ndarray, shape (patients,) [d]
        Death; NaN for the living.
    """
    assert trial.visits is not None
    days, came = calendar(trial, seed, index, ended)
    planned = (0.0, *trial.visits.days)
    rows, at = np.arange(len(index))[:, None], places(times, days)
    left = dropped_out(trial, seed, index) / 24
    with np.errstate(invalid="ignore"):
        left = np.where(ended < left, np.inf, left)
        died = ~np.isnan(ended) & np.isinf(left)
        dead = (days > ended[:, None]) & died[:, None]
    scores = {}
    for name, path in trial.disease.scores.items():
        values = scored(
            name, np.where(came, recorded[path][rows, at], np.nan), seed, index, planned
        )
        scores[name] = np.where(dead, scale(name).dead, values)
    return Ratings(planned, days, came, scores, left, died)


def at_baseline(values: Mapping[str, Floats], seed: int, index: NDArray[np.intp]) -> Ratings:
    """Rate patients at the baseline alone: as they will be found there.

    Parameters
    ----------
    values : mapping of str to ndarray, shape (patients,)
        By scale.
    """
    first = np.zeros((len(index), 1))
    scores = {n: scored(n, v[:, None], seed, index, (0.0,)) for n, v in values.items()}
    return Ratings((0.0,), first, first == 0, scores, np.full(len(index), np.inf))
