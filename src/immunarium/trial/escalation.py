"""Dose-finding rules: the 3+3 rule and the Bayesian optimal interval design (BOIN).

3+3: Storer, Biometrics 1989; 45: 925 (doi:10.2307/2531693), as usually run: six at the dose named.
BOIN: Liu and Yuan, J R Stat Soc C 2015; 64: 507 (doi:10.1111/rssc.12089).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.trial.protocol import TrialError

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
NONE = -1
"""In place of a level: not even the first is tolerated."""


@dataclass(frozen=True)
class Conducted:
    """One escalation, from the first cohort to its end.

    Attributes
    ----------
    treated, toxic : ndarray of int, shape (levels,)
        Patients at each level, and how many had a dose-limiting toxicity.
    named : int
        Level of the maximum tolerated dose; -1 where even the first is not tolerated.
    """

    treated: Counts
    toxic: Counts
    named: int


class _Ward:
    """Patients in the order in which they come; each is treated once."""

    def __init__(self, outcomes: Bools) -> None:
        self.outcomes, self.next = outcomes, 0
        self.treated = np.zeros(len(outcomes), dtype=np.int64)
        self.toxic = np.zeros(len(outcomes), dtype=np.int64)

    def treat(self, level: int, n: int) -> None:
        """Give the next ``n`` patients the dose of a level."""
        came = self.outcomes[level, self.next : self.next + n]
        if len(came) < n:
            raise TrialError(
                f"The escalation has run out of patients after {self.next}. Draw a larger pool."
            )
        self.next += n
        self.treated[level] += n
        self.toxic[level] += came.sum()

    def conducted(self, named: int) -> Conducted:
        return Conducted(self.treated, self.toxic, named)


@dataclass(frozen=True)
class ThreePlusThree:
    """Three at a level: none toxic, up; one, three more; two, the dose is too high.

    The maximum tolerated dose is the highest level at which at most one of six had a dose-limiting
    toxicity: a level with three patients is filled up before it is named.
    """

    def most(self, levels: int) -> int:
        """Patients that suffice for every escalation."""
        return 6 * levels

    def conduct(self, outcomes: Bools) -> Conducted:
        """Run one escalation.

        Parameters
        ----------
        outcomes : ndarray of bool, shape (levels, patients)
            Whether each patient, in the order of arrival, would have a dose-limiting toxicity at
            each level.

        Raises
        ------
        TrialError
            There are too few patients.
        """
        ward, last = _Ward(outcomes), len(outcomes) - 1
        level = 0
        while True:
            ward.treat(level, 3)
            if ward.toxic[level] == 1:
                ward.treat(level, 3)
            if ward.toxic[level] >= 2 or level == last:
                break
            level += 1
        return ward.conducted(self._named(ward, level))

    def _named(self, ward: _Ward, level: int) -> int:
        """Come down to a level that six patients tolerate."""
        while level >= 0:
            if ward.treated[level] == 3 and ward.toxic[level] <= 1:
                ward.treat(level, 3)
            if ward.toxic[level] <= 1:
                return level
            level -= 1
        return NONE


@dataclass(frozen=True)
class Boin:
    """Compare the share of toxic patients at the present dose with two fixed boundaries.

    Attributes
    ----------
    target : float
        The share that is looked for.
    cohort, size : int
        Patients in a cohort, and in the trial.
    safe, harmful : float
        Shares that mean too low and too high a dose, of ``target``.
    certain : float
        A dose and all above are left for good when it is as probable that the target is exceeded.
    """

    target: float = 0.30
    cohort: int = 3
    size: int = 30
    safe: float = 0.6
    harmful: float = 1.4
    certain: float = 0.95

    @property
    def boundaries(self) -> tuple[float, float]:
        """Go up at or below the first share, down at or above the second."""
        low, phi, high = self.safe * self.target, self.target, self.harmful * self.target
        up = log((1 - low) / (1 - phi)) / log(phi * (1 - low) / (low * (1 - phi)))
        down = log((1 - phi) / (1 - high)) / log(high * (1 - phi) / (phi * (1 - high)))
        return up, down

    def eliminates(self, toxic: int, treated: int) -> bool:
        """Whether a dose is too toxic beyond doubt (uniform prior, three patients or more)."""
        if treated < 3:
            return False
        from scipy.stats import beta  # takes a second to load

        return bool(beta.sf(self.target, 1 + toxic, 1 + treated - toxic) > self.certain)

    def table(self) -> pd.DataFrame:
        """Return the decisions that a protocol prints: a row per number treated.

        Columns ``escalate`` (at most so many toxic), ``deescalate`` and ``eliminate`` (at least so
        many; NA where no number does).
        """
        up, down = self.boundaries
        rows = []
        for n in range(self.cohort, self.size + 1, self.cohort):
            counts = range(n + 1)
            rows.append(
                {
                    "treated": n,
                    "escalate": max((k for k in counts if k / n <= up), default=pd.NA),
                    "deescalate": min((k for k in counts if k / n >= down), default=pd.NA),
                    "eliminate": min((k for k in counts if self.eliminates(k, n)), default=pd.NA),
                }
            )
        return pd.DataFrame(rows).set_index("treated").astype("Int64")

    def most(self, levels: int) -> int:
        """Patients that suffice for every escalation."""
        return self.size

    def conduct(self, outcomes: Bools) -> Conducted:
        """Run one escalation; as for ``ThreePlusThree``."""
        ward, (up, down) = _Ward(outcomes), self.boundaries
        level, top = 0, len(outcomes) - 1
        while ward.next + self.cohort <= self.size:
            ward.treat(level, self.cohort)
            toxic, treated = int(ward.toxic[level]), int(ward.treated[level])
            if self.eliminates(toxic, treated):
                top = level - 1
                if top < 0:
                    break
            share = toxic / treated
            step = (share <= up) - (share >= down)
            level = min(max(level + step, 0), top)
        return ward.conducted(self.name(ward.treated, ward.toxic))

    def name(self, treated: Counts, toxic: Counts) -> int:
        """Return the level whose share, made monotone, is closest to the target; -1 for none.

        Of levels that are equally close, the highest where they lie below the target, the lowest
        where they lie above.
        """
        tried = [i for i in self._kept(treated, toxic) if treated[i]]
        if not tried:
            return NONE
        shares = monotone(toxic[tried], treated[tried])
        shares = shares + 1e-10 * np.arange(1, len(tried) + 1)
        return tried[int(np.argmin(np.abs(shares - self.target)))]

    def _kept(self, treated: Counts, toxic: Counts) -> Iterator[int]:
        for i, (k, n) in enumerate(zip(toxic, treated, strict=True)):
            if self.eliminates(int(k), int(n)):
                return
            yield i


def monotone(toxic: NDArray, treated: NDArray) -> Floats:
    """Return shares that do not fall with dose: isotonic regression, weighted by precision.

    A little is added to each count (0.05 toxic, 0.1 treated), as the authors of BOIN do.
    """
    from scipy.optimize import isotonic_regression

    shares = (toxic + 0.05) / (treated + 0.1)
    variance = shares * (treated - toxic + 0.05) / (treated + 0.1) / (treated + 0.1 + 1)
    return isotonic_regression(shares, weights=1 / variance).x
