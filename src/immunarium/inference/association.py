"""How two groups of patients differ over many numbers at once, and how far by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.inference.indices import SensitivityError
from immunarium.population import stream

Floats = NDArray[np.float64]
_PERMUTATIONS = 2000
_FEWEST = 3  # patients of each group


def differences(numbers: pd.DataFrame, had: Floats, seed: int) -> pd.DataFrame:
    """Compare those who had an outcome with those who had not.

    Parameters
    ----------
    numbers : DataFrame
        Row = patient, column = number.
    had : ndarray, shape (patients,)
        1, 0, or NaN for who is left out.

    Returns
    -------
    DataFrame
        Row = number, largest difference first; columns ``yes no`` (medians), ``smd``
        (difference of means in pooled standard deviations; of logarithms where all are above 0),
        ``auc`` (chance that a patient who had it has the larger number), ``p`` by permutation, and
        ``p_adjusted``: the chance that any number at all differs as much (Westfall and Young).

    Raises
    ------
    SensitivityError
        One of the groups is too small to compare.
    """
    known = ~np.isnan(had)
    yes, table = had[known] == 1, numbers[known]
    if min(yes.sum(), (~yes).sum()) < _FEWEST:
        raise SensitivityError(
            f"{int(yes.sum())} of {len(yes)} patients had the outcome; to compare, "
            f"{_FEWEST} must have had it and {_FEWEST} not. Write a larger --pool."
        )
    ranks = table.rank().to_numpy()
    auc = _auc(ranks, yes[None, :])[0]
    null = _auc(ranks, _labels(yes, seed))
    spread = np.maximum(null.std(axis=0), 1e-12)  # ties make it smaller
    own, others = np.abs(auc - 0.5) / spread, np.abs(null - 0.5) / spread
    most = others.max(axis=1)
    p = (1 + (others >= own - 1e-9).sum(axis=0)) / (1 + len(null))
    adjusted = (1 + (most[:, None] >= own - 1e-9).sum(axis=0)) / (1 + len(null))
    out = pd.DataFrame({
        "yes": table[yes].median(), "no": table[~yes].median(), "smd": _smd(table, yes),
        "auc": auc, "p": p, "p_adjusted": adjusted,
    })  # fmt: skip
    return out.iloc[np.argsort(-own, kind="stable")].rename_axis("number")


def _labels(yes: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    rng = stream(seed, "labels of patients")
    return np.stack([rng.permutation(yes) for _ in range(_PERMUTATIONS)])


def _auc(ranks: Floats, yes: NDArray[np.bool_]) -> Floats:
    """Mann-Whitney's statistic as a share, shape (labels, numbers)."""
    n, k = yes.shape[1], int(yes[0].sum())
    sums = yes.astype(np.float64) @ ranks
    return (sums - k * (k + 1) / 2) / (k * (n - k))


def _smd(table: pd.DataFrame, yes: NDArray[np.bool_]) -> Floats:
    values = table.to_numpy(np.float64)
    positive = (values > 0).all(axis=0)
    values = np.where(positive, np.log(np.where(positive, values, 1.0)), values)
    a, b = values[yes], values[~yes]
    pooled = np.sqrt((a.var(axis=0, ddof=1) + b.var(axis=0, ddof=1)) / 2)
    gap = a.mean(axis=0) - b.mean(axis=0)
    return np.divide(gap, pooled, out=np.zeros_like(gap), where=pooled > 0)
