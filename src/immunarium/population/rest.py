"""Each patient starts at rest: initial amounts solved for, derived parameters computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Expr, Model, Recipe, gradient

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Columns = dict[str, NDArray[np.float64]]


class Rest:
    """Where the rates of some initial amounts are zero, for the patients of a model.

    Newton's method in the logarithm of the amounts, all patients at once; what one patient gets
    does not depend on the others.

    Parameters
    ----------
    unknown : list of str
        Paths of the amounts.
    """

    def __init__(self, model: Model, unknown: list[str]) -> None:
        self.unknown = unknown
        rates = [model.rate_of(p) for p in unknown]
        slopes: list[Expr] = []
        self._entries: list[tuple[int, int]] = []  # rows and columns of the slopes
        for i, rate in enumerate(rates):
            found = gradient(rate, unknown)
            for j, path in enumerate(unknown):
                if path in found:
                    slopes.append(found[path])
                    self._entries.append((i, j))
        self._recipe = Recipe([*rates, *slopes], unknown)

    def solve(self, columns: Columns, most: int = 80) -> Bools:
        """Move the unknown amounts to rest.

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
        if not self.unknown or not n:
            return settled
        x = np.log(np.stack([columns[p] for p in self.unknown], axis=1))
        still = self._recipe.still(columns)
        settled[:], moving = False, np.arange(n)
        for _ in range(most):
            step = self._newton(still, np.exp(x[moving]))
            done = np.asarray((np.abs(step) < 1e-13).all(axis=1))
            settled[moving] = (np.abs(step) < 1e-10).all(axis=1)
            x[moving] -= np.where(np.isfinite(step), np.clip(step, -1.0, 1.0), 0.0)
            if done.any():
                moving, still = moving[~done], self._recipe.among(still, ~done)
            if moving.size == 0:
                break
        columns.update({p: np.exp(x[:, i]) for i, p in enumerate(self.unknown)})
        return settled

    def _newton(self, still: list, amounts: Floats) -> Floats:
        """One step in the logarithm of the unknowns; NaN where there is none."""
        n, k = amounts.shape
        columns = np.ascontiguousarray(amounts.T)
        values = self._recipe(still, dict(zip(self.unknown, columns, strict=True)))
        f, jacobian = np.empty((n, k)), np.zeros((n, k, k))
        for i, value in enumerate(values[:k]):
            f[:, i] = value
        for (i, j), value in zip(self._entries, values[k:], strict=True):
            jacobian[:, i, j] = value
        with np.errstate(all="ignore"):
            return _solve(jacobian * amounts[:, None, :], f)


def solve_rest(model: Model, columns: Columns, unknown: list[str]) -> Bools:
    """Move the initial amounts named in ``unknown`` to where their own rates are zero."""
    return Rest(model, unknown).solve(columns)


def _solve(jacobian: Floats, f: Floats) -> Floats:
    bad = np.asarray(~np.isfinite(jacobian).all(axis=(1, 2)) | ~np.isfinite(f).all(axis=1))
    jacobian = np.where(bad[:, None, None], np.eye(f.shape[1]), jacobian)
    right = np.where(bad[:, None], 0.0, f)[..., None]
    try:
        out = np.linalg.solve(jacobian, right)[..., 0]
    except np.linalg.LinAlgError:  # one is singular; the others must not notice
        pairs = zip(jacobian, right, strict=True)
        out = np.stack([_solve_one(j, b) for j, b in pairs])[..., 0]
    return np.where(bad[:, None], np.nan, out)


def _solve_one(jacobian: Floats, f: Floats) -> NDArray:
    try:
        return np.linalg.solve(jacobian, f)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(jacobian) @ f
