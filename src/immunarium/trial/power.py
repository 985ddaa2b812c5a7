"""Power by simulated trials, and the smallest trial that has enough of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import chdtrc, ndtr, stdtr
from scipy.stats import binomtest

from immunarium.population import stream
from immunarium.trial.protocol import TrialError
from immunarium.trial.statistics import proportion_z

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Progress = Callable[[str, int, int], None]
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
    weights : ndarray, shape (patients,), optional
        How often a patient like this one comes; all alike by default.
    """

    kind: Literal["share", "mean", "time"]
    values: Floats
    events: Bools | None = None
    weights: Floats | None = None

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
        if self.weights is None:
            return (uniform * len(self.values)).astype(np.int64)
        edges = np.cumsum(self.weights)
        return np.searchsorted(edges / edges[-1], uniform, side="right")


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
    if first.kind == "time":
        return _log_rank(first, second, a, b)
    x, y = first.values[a], second.values[b]
    with np.errstate(divide="ignore", invalid="ignore"):
        p = _score_test(x, y) if first.kind == "share" else _welch(x, y)
    return np.where(np.isnan(p), 1.0, p)


def _score_test(x: Floats, y: Floats) -> Floats:
    n_x, n_y = (np.isfinite(v).sum(axis=1) for v in (x, y))
    z = proportion_z(np.nansum(x, axis=1), n_x, np.nansum(y, axis=1), n_y)
    return 2 * ndtr(-np.abs(z))


def _welch(x: Floats, y: Floats) -> Floats:
    (mean_x, of_x, n_x), (mean_y, of_y, n_y) = _moments(x), _moments(y)
    gap, both = mean_x - mean_y, of_x + of_y
    freedom = both**2 / (of_x**2 / (n_x - 1) + of_y**2 / (n_y - 1))
    p = 2 * stdtr(freedom, -np.abs(gap) / np.sqrt(both))
    return np.where(both == 0, (gap == 0).astype(np.float64), p)


def _moments(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean of each trial, the square of its standard error, and how many have a value."""
    n = np.isfinite(x).sum(axis=1).astype(np.float64)
    mean = np.nansum(x, axis=1) / n
    return mean, np.nansum((x - mean[:, None]) ** 2, axis=1) / (n - 1) / n, n


def _log_rank(first: Outcomes, second: Outcomes, a: Ints, b: Ints) -> Floats:
    """Log-rank tests of many trials at once, from how often each patient of the pool is drawn."""
    assert first.events is not None
    assert second.events is not None
    moments = np.unique(np.concatenate([o.values[o.events] for o in (first, second)]))
    n_a, d_a = _at_risk(first.values, first.events, a, moments)
    n_b, d_b = _at_risk(second.values, second.events, b, moments)
    n, d = n_a + n_b, d_a + d_b
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, n_a / n, 0.0)
        left = np.where(n > 1, (n - d) / (n - 1), 0.0)
    gap = (d_a - d * share).sum(axis=1)
    variance = (d * left * share * (1 - share)).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 1e-12, chdtrc(1, gap**2 / variance), 1.0)


def _at_risk(time: Floats, event: Bools, rows: Ints, moments: Floats) -> tuple[Floats, Floats]:
    """Patients at risk and events at each moment, shape (trials, moments)."""
    trials, size = len(rows), len(moments) + 1
    last = np.searchsorted(moments, time, side="right")  # at risk at the moments before it
    last[np.isnan(time)] = 0  # never
    cells = np.arange(trials)[:, None] * size + last[rows]
    leaves = np.bincount(cells.ravel(), minlength=trials * size).reshape(trials, size)
    dies = np.bincount(cells[event[rows]], minlength=trials * size).reshape(trials, size)
    at_risk = np.cumsum(leaves[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return at_risk.astype(np.float64), dies[:, 1:].astype(np.float64)
