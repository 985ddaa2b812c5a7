"""Power by simulated trials, and the smallest trial that has enough of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from immunarium.core.progress import Progress
from immunarium.population import stream
from immunarium.trial.protocol import TrialError
from immunarium.trial.statistics import many

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
FEWEST, MOST = 8, 5000  # patients per arm that a search looks at
_TOGETHER = 4_000_000  # cells of a table of replicates that are held at a time


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

    def __post_init__(self) -> None:
        if self.kind == "time" and self.events is None:
            raise TrialError(
                "A time needs its events: which patients had it, and who was censored."
            )
        if not np.isfinite(self.values).any():
            raise TrialError("Nobody in the pool has a value of this endpoint.")

    def rows(self, uniform: Floats) -> Ints:
        """Patients that uniform draws stand for.

        A trial enrols those without a value too; they count for nothing when arms are compared.
        """
        return (uniform * len(self.values)).astype(np.int64)


@dataclass(frozen=True)
class Power:
    """Share of simulated trials in which the arms differ.

    Attributes
    ----------
    n : int
        Patients enrolled per arm; fewer count where some have no value.
    share, low, high : float
        With its 95 % Monte Carlo interval (Wilson).
    replicates : int
    """

    n: int
    share: float
    low: float
    high: float
    replicates: int


@dataclass(frozen=True)
class SampleSize:
    """The smallest trial with the power that is wanted.

    Attributes
    ----------
    n : int or None
        Patients per arm; None where even ``MOST`` do not suffice.
    low, high : int or None
        Where the upper and the lower limit of the power cross what is wanted (95 %).
    looked : tuple of Power
        Every size that was looked at, in order.
    """

    wanted: float
    n: int | None
    low: int | None
    high: int | None
    looked: tuple[Power, ...]


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

    Parameters
    ----------
    alpha : float
        Two-sided: the score test of two shares, Welch's test of means, the log-rank test of times.

    Raises
    ------
    TrialError
        The arms have endpoints of two kinds, or a number is out of range.
    """
    _check(first, second, n, replicates, alpha)
    differ = 0
    for a, b in _trials(first, second, n, replicates, seed):
        differ += int((_p_values(first, second, a, b) < alpha).sum())
    from scipy.stats import binomtest  # takes a second to load

    interval = binomtest(differ, replicates).proportion_ci(method="wilson")
    return Power(n, differ / replicates, float(interval.low), float(interval.high), replicates)


def sample_size(
    first: Outcomes,
    second: Outcomes,
    wanted: float = 0.8,
    *,
    replicates: int = 1000,
    alpha: float = 0.05,
    seed: int = 1,
    most: int = MOST,
    progress: Progress | None = None,
) -> SampleSize:
    """Find the smallest number of patients per arm with a power of ``wanted``.

    Doubles, then halves the gap; what was looked at is made monotone, and the answer is read off.
    The same draws serve every size, so that the curve is smoother than its Monte Carlo error.
    """
    if not alpha < wanted < 1:
        raise TrialError(f"A power of {wanted:g} is wanted. Write one above alpha and below 1.")
    looked: dict[int, Power] = {}

    def enough(n: int) -> bool:
        if progress is not None:
            progress(f"power of {n:,} patients per arm", 0, 0)
        looked[n] = power(first, second, n, replicates=replicates, alpha=alpha, seed=seed)
        return looked[n].share >= wanted

    low, high = FEWEST // 2, FEWEST
    while not enough(high) and high < most:
        low, high = high, min(2 * high, most)
    while high - low > max(1, high // 50):
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    sizes = tuple(looked[n] for n in sorted(looked))
    n, few, many = (_crossing(sizes, wanted, which) for which in ("share", "high", "low"))
    return SampleSize(wanted, n, few, many, sizes)


def _check(first: Outcomes, second: Outcomes, n: int, replicates: int, alpha: float) -> None:
    if first.kind != second.kind:
        raise TrialError(f"A {first.kind} cannot be compared with a {second.kind}.")
    if n < 2 or replicates < 1:
        raise TrialError(
            f"{replicates} trials of {n} per arm. Write at least 1 trial of 2 per arm."
        )
    if not 0 < alpha < 1:
        raise TrialError(f"alpha is {alpha:g}. Write a number between 0 and 1, like 0.05.")


def _crossing(sizes: Sequence[Power], wanted: float, which: str) -> int | None:
    """Return the size at which the curve, made monotone, reaches what is wanted."""
    n = np.array([p.n for p in sizes], dtype=np.float64)
    from scipy.optimize import isotonic_regression

    curve = isotonic_regression(np.array([getattr(p, which) for p in sizes])).x
    reached = np.flatnonzero(curve >= wanted)
    if not len(reached):
        return None
    j = int(reached[0])
    if j == 0:
        return int(n[0])
    share = (wanted - curve[j - 1]) / (curve[j] - curve[j - 1])
    return math.ceil(n[j - 1] + share * (n[j] - n[j - 1]) - 1e-9)


def _trials(
    first: Outcomes, second: Outcomes, n: int, replicates: int, seed: int
) -> Iterator[tuple[Ints, Ints]]:
    """Rows of the pool of each arm, shape (trials, n), some trials at a time.

    Patient i of trial r is the same whatever n is.
    """
    widest = max(n, len(first.values) if first.kind == "time" else 0)
    step = max(1, _TOGETHER // widest)
    for start in range(0, replicates, step):
        some = min(step, replicates - start)
        rows = (
            arm.rows(_uniform(seed, f"patients of arm {i} of trials", start, some, n))
            for i, arm in enumerate((first, second))
        )
        yield next(rows), next(rows)


def _uniform(seed: int, purpose: str, start: int, trials: int, n: int) -> Floats:
    return np.stack(
        [stream(seed, f"{purpose}, {r}").random(n) for r in range(start, start + trials)]
    )


def _p_values(first: Outcomes, second: Outcomes, a: Ints, b: Ints) -> Floats:
    """Two-sided p of each trial; 1 where nothing can be compared."""
    if first.events is not None and second.events is not None:
        events = (first.events, second.events)
        return many.log_rank((first.values, second.values), events, (a, b))
    x, y = first.values[a], second.values[b]
    with np.errstate(divide="ignore", invalid="ignore"):
        if first.kind == "share":
            p = many.score_test(many.counts(x), many.counts(y))
        else:
            p = _welch(x, y)
    return np.where(np.isnan(p), 1.0, p)


def _welch(x: Floats, y: Floats) -> Floats:
    """Welch's test; of values that are all alike, whether the arms have the same one."""
    of_x, of_y = many.moments(x), many.moments(y)
    same = of_x[1] + of_y[1] == 0
    return np.where(same, of_x[0] == of_y[0], many.welch(of_x, of_y))
