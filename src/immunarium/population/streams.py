"""Randomness that belongs to a named thing: one stream per (seed, purpose), one draw a patient."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BLOCK = 16_384  # draws of one generator: patient 1,000,000 costs no more than patient 10,000


def stream(seed: int, purpose: str, block: int = 0) -> np.random.Generator:
    """Return the generator of one purpose; patient i takes draw i, whoever else is drawn.

    A new parameter, arm or patient moves no other draw, because no other stream is touched. Each
    block of draws after the first has a generator of its own.
    """
    name = f"{seed}:{purpose}:{block}" if block else f"{seed}:{purpose}"
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


def each(
    seed: int,
    purpose: str,
    index: NDArray[np.intp],
    take: Callable[[np.random.Generator, int], Floats],
) -> Floats:
    """Take one draw for each patient.

    Parameters
    ----------
    index : ndarray of int, shape (n,)
        Numbers of the draws, in any order.
    take : callable
        Given a generator and a number, returns that many draws.

    Examples
    --------
    >>> each(1, "death of disease", np.arange(3), lambda r, n: r.random(n))
    """
    block, within = np.divmod(index, BLOCK)
    out = np.empty(len(index))
    for b in np.unique(block):
        mine = block == b
        places = within[mine]
        out[mine] = take(stream(seed, purpose, int(b)), int(places.max()) + 1)[places]
    return out


def normals(seed: int, purpose: str, index: NDArray[np.intp]) -> Floats:
    """Take a standard normal draw for each patient."""
    return each(seed, purpose, index, lambda r, n: r.standard_normal(n))


def uniforms(seed: int, purpose: str, index: NDArray[np.intp]) -> Floats:
    """Take a draw between 0 and 1 for each patient."""
    return each(seed, purpose, index, lambda r, n: r.random(n))


def draw(
    seed: int,
    path: str,
    index: NDArray[np.intp],
    centre: Floats,
    spread: float,
    law: str,
    shape: tuple[float, float],
    given: Floats | None = None,
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
    given : ndarray, shape (n,), optional
        Standard normal scores to take in place of draws of its own.
    """
    own = given is None
    z = partial(normals, seed, path, index) if own else partial(np.asarray, given)
    u = partial(uniforms, seed, path, index) if own else partial(_share_below, given)
    match law:
        case "":
            return centre * np.exp(np.sqrt(np.log1p(spread**2)) * z())
        case "sdlog":
            return centre * np.exp(spread * z())
        case "normal":
            return centre + spread * z()
        case "logit":
            x = np.log(centre / (1 - centre)) + spread * z()
            return 1 / (1 + np.exp(-x))
        case "uniform":
            return centre + spread * (2 * u() - 1)
        case "loguniform":
            return centre * np.exp(spread * (2 * u() - 1))
        case "exponential":
            return -centre * np.log1p(-u())
        case "bernoulli":
            return (u() < centre).astype(np.float64)
        case "poisson":
            return _poisson(centre, u())
        case _:
            return _beta(seed, path, index, shape) if own else _beta_below(shape, u())


def score(
    seed: int, path: str, index: NDArray[np.intp], law: str, shape: tuple[float, float]
) -> Floats:
    """Return the standard normal scores of draws: the higher, the higher the number drawn.

    Only for laws without steps.
    """
    from scipy.special import betainc, ndtri

    if law in ("uniform", "loguniform", "exponential"):
        return ndtri(uniforms(seed, path, index))
    if law == "beta":
        return ndtri(betainc(*shape, _beta(seed, path, index, shape)))
    return normals(seed, path, index)


def _beta(seed: int, path: str, index: NDArray[np.intp], shape: tuple[float, float]) -> Floats:
    return each(seed, path, index, lambda r, n: r.beta(*shape, size=n))


def _beta_below(shape: tuple[float, float], u: Floats) -> Floats:
    from scipy.special import betaincinv

    return betaincinv(*shape, u)


def _share_below(scores: Floats) -> Floats:
    from scipy.special import ndtr

    return np.minimum(ndtr(scores), np.nextafter(1.0, 0.0))


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
