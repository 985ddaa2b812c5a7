"""Randomness that belongs to a named thing: one stream per (seed, purpose), one draw a patient."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator of one purpose; patient i takes draw i, whoever else is drawn.

    A new parameter, arm or patient moves no other draw, because no other stream is touched.
    """
    digest = hashlib.blake2b(f"{seed}:{purpose}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


def draw(
    seed: int,
    path: str,
    index: NDArray[np.intp],
    centre: Floats,
    spread: float,
    law: str,
    shape: tuple[float, float],
) -> Floats:
    """Draw one number for each patient.

    Parameters
    ----------
    index : ndarray of int, shape (n,)
        Numbers of the draws; patient i takes draw i of the stream of ``path``.
    centre : ndarray, shape (n,)
        Median of each patient's distribution (mean, for ``exponential`` and ``poisson``).
    spread : float
        Coefficient of variation for the blank (lognormal) law; else as the law reads it.
    """
    r, n = stream(seed, path), int(index[-1]) + 1
    match law:
        case "":
            return centre * np.exp(np.sqrt(np.log1p(spread**2)) * r.standard_normal(n)[index])
        case "sdlog":
            return centre * np.exp(spread * r.standard_normal(n)[index])
        case "normal":
            return centre + spread * r.standard_normal(n)[index]
        case "logit":
            x = np.log(centre / (1 - centre)) + spread * r.standard_normal(n)[index]
            return 1 / (1 + np.exp(-x))
        case "uniform":
            return centre + spread * (2 * r.random(n)[index] - 1)
        case "loguniform":
            return centre * np.exp(spread * (2 * r.random(n)[index] - 1))
        case "exponential":
            return -centre * np.log1p(-r.random(n)[index])
        case "bernoulli":
            return (r.random(n)[index] < centre).astype(np.float64)
        case "poisson":
            return _poisson(centre, r.random(n)[index])
        case _:
            return r.beta(*shape, size=n)[index]


def _poisson(mean: Floats, u: Floats) -> Floats:
    """Invert the distribution, so that each patient takes exactly one draw."""
    count = np.zeros_like(mean)
    term = np.exp(-mean)
    below = term.copy()
    for k in range(1, 200):
        more = u > below
        if not more.any():
            break
        count += more
        term = term * mean / k
        below = below + term
    return count


def middle(centre: Floats, law: str, shape: tuple[float, float]) -> Floats:
    """Return the typical value of a law: its median, rounded where it counts things."""
    if law == "poisson":
        return np.round(centre)
    if law == "bernoulli":
        return (centre > 0.5).astype(np.float64)
    if law == "exponential":
        return centre * np.log(2.0)
    if law == "beta":
        a, b = shape
        return np.full_like(centre, (a - 1 / 3) / (a + b - 2 / 3))
    return centre
