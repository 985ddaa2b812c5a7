"""Which tolerance to try next, and the throughput at an accuracy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

TARGETS = (1e-3, 1e-4, 1e-6)
LOOSEST, TIGHTEST = 1e-2, 1e-12
_NEAR = {True: 11.0, False: 3.5}  # how far apart the tolerances around a target may be


def next_rtol(points: Sequence[tuple[float, float]], coarse: bool) -> float | None:
    """Return the next tolerance for the first target that is not bracketed, or None.

    Parameters
    ----------
    points : sequence of (rtol, error)
        What was measured.
    coarse : bool
        Whether a decade around a target is near enough.
    """
    if not points:
        return 1e-4
    for target in TARGETS:
        loose = min((r for r, e in points if e > target), default=None)
        tight = max((r for r, e in points if e <= target), default=None)
        if tight is None and loose is not None and loose > 1.01 * TIGHTEST:
            return max(loose / 10, TIGHTEST)
        if loose is None and tight is not None and tight < 0.99 * LOOSEST:
            return min(tight * 10, LOOSEST)
        if tight is not None and loose is not None and loose / tight > _NEAR[coarse]:
            return float(np.sqrt(loose * tight))
    return None


def at_accuracy(points: Sequence[tuple[float, float]], target: float) -> float | None:
    """Interpolate the throughput at an error, on logarithmic axes, or return None.

    Parameters
    ----------
    points : sequence of (error, rate)

    Returns
    -------
    float or None
        The best between two neighbours of the frontier (points that no other beats in both). A
        target looser than every point has the fastest point; beyond the tightest there is none.
    """
    front: list[tuple[float, float]] = []
    for error, rate in sorted(p for p in points if np.isfinite(p[0])):
        if not front or rate > front[-1][1]:
            front.append((max(error, 1e-300), rate))
    if not front or front[0][0] > target:
        return None
    errors, rates = np.log(np.array(front)).T
    return float(np.exp(np.interp(np.log(target), errors, rates)))
