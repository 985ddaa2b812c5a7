"""Lesions as the radiologist reads them: which are seen, and two diameters of each, with error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immunarium.trial.visits import Visits

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.str_]
CR, PR, SD, PD, NE = "CR", "PR", "SD", "PD", "NE"
NN = "non-CR/non-PD"  # lesions that are followed without being measured, and are still there
NONE = ""  # no lesion of that kind
NODE = 3  # the organ that is lymph nodes: lesion_<k>.organ
MM_OF_ML = 10.0  # a sphere of 0.52 mL is 10 mm across


@dataclass(frozen=True)
class Readings:
    """What the radiologist wrote down; axes patient, visit (the first is the baseline), lesion.

    Attributes
    ----------
    long, short : ndarray, shape (patients, visits, lesions) [mm]
        Two perpendicular diameters; NaN where nobody looked.
    seen : ndarray of bool, shape (patients, visits, lesions)
        The lesion is seen.
    organ : ndarray of int, shape (patients, lesions)
        Number of the organ, 0 where it is not known; `NODE` is lymph nodes.
    """

    long: Floats
    short: Floats
    seen: Bools
    organ: NDArray[np.intp]

    @property
    def looked(self) -> Bools:
        """Whether each lesion was looked at."""
        return ~np.isnan(self.long)

    @property
    def came(self) -> Bools:
        """Whether each patient came, shape (patients, visits)."""
        return np.asarray(self.looked.any(axis=2))


@dataclass(frozen=True)
class Assessment:
    """Responses by some criteria; ``visits`` counts without the baseline.

    Attributes
    ----------
    sums : ndarray, shape (patients, 1 + visits)
        Of the target lesions: diameters [mm], or products [mm²]; NaN where one is not known.
    nadir : ndarray, shape (patients, 1 + visits)
        Smallest sum before each visit, the baseline's included.
    target, nontarget : ndarray of str, shape (patients, visits)
        Responses of the lesions that are measured, and of the others; "" where there are none.
    new : ndarray of bool, shape (patients, visits)
        A lesion is seen that was not there at the baseline.
    code : ndarray of str, shape (patients, visits)
        Overall response of each visit.
    size : ndarray, shape (patients, 1 + visits, lesions)
        What each lesion adds if it is a target [mm or mm²]: 0 unseen, NaN where nobody looked.
    measured, followed : ndarray of bool, shape (patients, lesions)
        Target, and non-target lesions.
    """

    sums: Floats
    nadir: Floats
    target: Codes
    nontarget: Codes
    new: Bools
    code: Codes
    size: Floats
    measured: Bools
    followed: Bools

    @property
    def change(self) -> Floats:
        """Change of the sums from the baseline, as a share; NaN where there is none."""
        base = self.sums[:, :1]
        return np.where(base > 0, self.sums / np.where(base > 0, base, 1.0) - 1, np.nan)


def diameter(volume: Floats) -> Floats:
    """Diameter [mm] of a sphere of ``volume`` [L]."""
    return MM_OF_ML * np.cbrt(np.maximum(volume, 0.0) * 1000 / 0.52)


def read_lesions(
    volumes: Floats, noise: Floats, visits: Visits, organ: NDArray[np.intp] | None = None
) -> Readings:
    """Measure lesions.

    Parameters
    ----------
    volumes : ndarray, shape (patients, visits, lesions) [L]
        NaN where the patient did not come.
    noise : ndarray, shape (2, patients, visits, lesions)
        Standard normal draws, for two perpendicular diameters.
    organ : ndarray of int, shape (patients, lesions), optional
    """
    true = diameter(volumes)
    sd = np.hypot(visits.error, visits.relative_error * true)
    long, short = np.maximum(true + sd * noise, 0.0)
    if organ is None:
        organ = np.zeros((len(volumes), volumes.shape[2]), dtype=np.intp)
    mean = (long + short) / 2
    seen = there(mean, visits.detection, visits.detection, visits.measurable)
    return Readings(long, short, seen, organ)


def there(size: Floats, first: float, stays: float, returns: float) -> Bools:
    """Whether each lesion is there; one that is not is there again only when large enough.

    Without this, a remnant as large as the detection limit would come and go with the error.

    Parameters
    ----------
    size : ndarray, shape (patients, visits, lesions) [mm]
        NaN where nobody looked: it is not seen then, and what was known before still holds after.
    first, stays, returns : float [mm]
        Least size to be there at the baseline, to stay, and to come (again).
    """
    out = np.zeros(size.shape, dtype=bool)
    last = out[:, 0] = size[:, 0] >= first
    for i in range(1, size.shape[1]):
        now = size[:, i]
        looked = ~np.isnan(now)
        out[:, i] = looked & np.where(last, now >= stays, now >= returns)
        last = np.where(looked, out[:, i], last)
    return out


def total(values: Floats, which: Bools) -> tuple[Floats, Bools]:
    """Sum over some lesions, and whether all of them were looked at.

    Parameters
    ----------
    values : ndarray, shape (patients, visits, lesions)
        NaN where nobody looked; such a lesion adds nothing.
    which : ndarray of bool, shape (patients, lesions)

    Returns
    -------
    tuple of ndarray, shape (patients, visits)
    """
    mine, unknown = which[:, None, :], np.isnan(values)
    missed = np.asarray((mine & unknown).any(axis=2))
    return np.where(mine & ~unknown, values, 0.0).sum(axis=2), ~missed


def smallest_before(sums: Floats) -> Floats:
    """Smallest sum at the visits before each; the baseline's own at the baseline.

    Parameters
    ----------
    sums : ndarray, shape (patients, visits)
        NaN where it is not known.
    """
    lowest = np.minimum.accumulate(np.where(np.isnan(sums), np.inf, sums), axis=1)
    return np.hstack([lowest[:, :1], lowest[:, :-1]])
