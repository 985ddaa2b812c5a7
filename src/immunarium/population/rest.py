"""Each patient starts at rest: initial amounts solved for, derived parameters computed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Expr, Model, evaluate, gradient, symbols

Bools = NDArray[np.bool_]
Columns = dict[str, NDArray[np.float64]]


def solve_rest(model: Model, columns: Columns, unknown: list[str], most: int = 80) -> Bools:
    """Move the initial amounts named in ``unknown`` to where their own rates are zero.

    Newton's method in the logarithm of the amounts, all patients at once.

    Parameters
    ----------
    columns : dict of str to ndarray, shape (n,)
        Values by path; the unknown ones hold the first guess and are changed in place.

    Returns
    -------
    ndarray of bool, shape (n,)
        Whether each patient has such a state.
    """
    n = len(next(iter(columns.values())))
    settled = np.ones(n, dtype=bool)
    if not unknown:
        return settled
    rates = [model.rate_of(p) for p in unknown]
    slopes = [[g.get(q) for q in unknown] for g in (gradient(r, unknown) for r in rates)]
    used = set().union(*(symbols(r) for r in rates))
    x = np.log(np.stack([columns[p] for p in unknown], axis=1))
    settled[:], moving = False, np.arange(n)
    for _ in range(most):
        mine = {p: columns[p][moving] for p in used}
        mine.update({p: np.exp(x[moving, i]) for i, p in enumerate(unknown)})
        step = _newton(rates, slopes, mine, unknown)
        done = np.asarray((np.abs(step) < 1e-13).all(axis=1))
        settled[moving] = (np.abs(step) < 1e-10).all(axis=1)
        x[moving] -= np.where(np.isfinite(step), np.clip(step, -1.0, 1.0), 0.0)
        moving = moving[~done]
        if moving.size == 0:
            break
    columns.update({p: np.exp(x[:, i]) for i, p in enumerate(unknown)})
    return settled


def _newton(
    rates: list[Expr], slopes: list[list[Expr | None]], columns: Columns, unknown: list[str]
) -> NDArray[np.float64]:
    """One step in the logarithm of the unknowns; NaN where there is none."""
    flat = [s for row in slopes for s in row if s is not None]
    amounts = np.stack([columns[p] for p in unknown], axis=1)
    f, jacobian = _residual(rates, slopes, flat, columns, len(amounts))
    with np.errstate(all="ignore"):
        return _solve(jacobian * amounts[:, None, :], f)


def _residual(
    rates: list[Expr],
    slopes: list[list[Expr | None]],
    flat: list[Expr],
    columns: Mapping[str, NDArray],
    n: int,
) -> tuple[NDArray, NDArray]:
    k = len(rates)
    values = evaluate([*rates, *flat], columns)
    f = np.stack([np.broadcast_to(v, (n,)) for v in values[:k]], axis=1).astype(np.float64)
    jacobian, rest = np.zeros((n, k, k)), iter(values[k:])
    for i, row in enumerate(slopes):
        for j, s in enumerate(row):
            if s is not None:
                jacobian[:, i, j] = next(rest)
    return f, jacobian


def _solve(jacobian: NDArray, f: NDArray) -> NDArray:
    bad = np.asarray(~np.isfinite(jacobian).all(axis=(1, 2)) | ~np.isfinite(f).all(axis=1))
    jacobian = np.where(bad[:, None, None], np.eye(f.shape[1]), jacobian)
    try:
        out = np.linalg.solve(jacobian, np.where(bad[:, None], 0.0, f)[..., None])[..., 0]
    except np.linalg.LinAlgError:
        out = np.linalg.pinv(jacobian) @ f[..., None]
        out = out[..., 0]
    return np.where(bad[:, None], np.nan, out)
