"""Power by simulated trials, assurance over what is assumed, and the smallest that suffices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Outcomes:
    """One endpoint in each virtual patient of an arm.

    Attributes
    ----------
    kind : str
        ``share`` (0 or 1), ``mean`` (a number) or ``time``.
    values : ndarray, shape (patients,)
        NaN where there is none; of a time, when the event came or the patient was last seen.
    events : ndarray of bool, shape (patients,), optional
        Of a time: whether the event came.
    """

    kind: Literal["share", "mean", "time"]
    values: Floats
    events: Bools | None = None


@dataclass(frozen=True)
class Power:
    """Share of simulated trials in which the arms differ.

    Attributes
    ----------
    n : int
        Patients per arm.
    share, low, high : float
        With its 95 % Monte Carlo interval (Wilson).
    replicates : int
    """

    n: int
    share: float
    low: float
    high: float
    replicates: int


def power(
    first: Outcomes,
    second: Outcomes,
    n: int,
    *,
    replicates: int = 1000,
    alpha: float = 0.05,
    seed: int = 1,
) -> Power:
    """Draw trials of ``n`` patients per arm, other patients in each arm, and compare the arms.

    Two-sided: Fisher's exact test of shares, Welch's t-test of means, the log-rank test of times.
    """
    raise NotImplementedError
