"""How well a reading tells what will become of patients: area under the curve, and hazard ratio."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from immunarium.trial.statistics import hazard_ratio

Floats = NDArray[np.float64]


def area_under_curve(pairs: Floats) -> Floats:
    """Area under the receiver operating characteristic, by ranks; ties count half.

    Chance that who has the outcome reads higher than who has not (Mann and Whitney). NaN where all
    have it, or nobody.

    Parameters
    ----------
    pairs : ndarray, shape (..., patients, 2)
        Reading, and 1 for who has the outcome, else 0; NaN for who does not count.
    """
    from scipy.stats import rankdata  # takes a second to load

    known = ~np.isnan(pairs).any(axis=-1)
    has = known & (pairs[..., 1] == 1)
    ranks = rankdata(np.where(known, pairs[..., 0], np.nan), axis=-1, nan_policy="omit")
    yes = has.sum(axis=-1)
    no = known.sum(axis=-1) - yes
    above = np.where(has, ranks, 0.0).sum(axis=-1) - yes * (yes + 1) / 2
    return np.asarray(np.where(yes * no > 0, above / np.maximum(yes * no, 1), np.nan))


def ratio_of_quarters(pairs: Floats) -> Floats:
    """Cox hazard ratio of an event: the highest quarter of patients by a reading over the lowest.

    NaN where readings do not part the patients, or no event comes in one of the two.

    Parameters
    ----------
    pairs : ndarray, shape (..., patients, 2)
        Reading, and time to the event, below 0 where it is censored; NaN for who does not count.
    """
    each = pairs.reshape(-1, *pairs.shape[-2:])
    return np.array([_of_quarters(one) for one in each]).reshape(pairs.shape[:-2])


def _of_quarters(pairs: Floats) -> float:
    reading, time = pairs[~np.isnan(pairs).any(axis=1)].T
    if not reading.size:
        return np.nan
    low, high = np.quantile(reading, (0.25, 0.75))
    if low == high:
        return np.nan
    some = (reading <= low) | (reading >= high)
    reading, time = reading[some], time[some]
    return hazard_ratio(np.abs(time), time >= 0, reading >= high).value
