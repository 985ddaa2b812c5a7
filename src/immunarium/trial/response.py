"""Tumour response as it is assessed: diameters with error at visits, WHO and RECIST 1.1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immunarium.trial.visits import Visits as Visits

Floats = NDArray[np.float64]
Codes = NDArray[np.str_]
CR, PR, SD, PD, NE = "CR", "PR", "SD", "PD", "NE"
LEVELS = {CR: 2, PR: 1, SD: 0, PD: -1, NE: -2}
MM_OF_ML = 10.0  # a sphere of 0.52 mL is 10 mm across


def diameter(volume: Floats) -> Floats:
    """Diameter [mm] of a sphere of ``volume`` [L]."""
    return MM_OF_ML * np.cbrt(np.maximum(volume, 0.0) * 1000 / 0.52)


@dataclass(frozen=True)
class Readings:
    """What the radiologist wrote down; axes patient, visit (the first is the baseline).

    Attributes
    ----------
    products, diameters : ndarray
        Sum over the target lesions of products [mm²] and of longest diameters [mm].
    gone : ndarray of bool
        No lesion is seen.
    new : ndarray of bool
        A lesion is seen that was not there at the baseline.
    seen : ndarray of bool
        The patient came.
    """

    products: Floats
    diameters: Floats
    gone: NDArray[np.bool_]
    new: NDArray[np.bool_]
    seen: NDArray[np.bool_]


def read_lesions(volumes: Floats, noise: Floats, visits: Visits) -> Readings:
    """Measure lesions.

    Parameters
    ----------
    volumes : ndarray, shape (patients, visits, lesions) [L]
        NaN where the patient did not come.
    noise : ndarray, shape (2, patients, visits, lesions)
        Standard normal draws, for two perpendicular diameters.
    """
    true = diameter(volumes)
    sd = np.hypot(visits.error, visits.relative_error * true)
    long, short = np.maximum(true + sd * noise, 0.0)
    mean = (long + short) / 2
    visible = _visible(mean, visits)
    largest = np.argsort(np.argsort(-mean[:, 0], axis=1, kind="stable"), axis=1, kind="stable")
    target = (mean[:, 0] >= visits.measurable) & (largest < visits.targets)
    counted = visible & target[:, None, :]
    return Readings(
        products=np.where(counted, long * short, 0.0).sum(axis=2),
        diameters=np.where(counted, long, 0.0).sum(axis=2),
        gone=np.asarray(~visible.any(axis=2)),
        new=np.asarray((visible & ~visible[:, :1, :]).any(axis=2)),
        seen=np.asarray(~np.isnan(volumes).any(axis=2)),
    )


def _visible(mean: Floats, visits: Visits) -> NDArray[np.bool_]:
    """Whether each lesion is seen; one that is not seen is seen again only when measurable.

    Without this, a remnant as large as the detection limit would come and go with the error.
    """
    visible = np.asarray(mean >= visits.detection)
    for i in range(1, mean.shape[1]):
        visible[:, i] &= visible[:, i - 1] | (mean[:, i] >= visits.measurable)
    return visible


def who(readings: Readings) -> Codes:
    """Response at each visit by WHO 1981: sums of products, -50 % and +25 % from the nadir."""
    sums = readings.products
    nadir = _nadir(readings, sums)
    return _overall(readings, sums, 0.5, (sums >= 1.25 * nadir) & (sums > nadir))


def recist(readings: Readings) -> Codes:
    """Response at each visit by RECIST 1.1: sums of diameters, -30 %; +20 % and 5 mm from nadir."""
    sums = readings.diameters
    nadir = _nadir(readings, sums)
    return _overall(readings, sums, 0.7, (sums >= 1.2 * nadir) & (sums - nadir >= 5.0))


CRITERIA = {"WHO": who, "RECIST 1.1": recist}


def _nadir(readings: Readings, sums: Floats) -> Floats:
    """Smallest sum at the visits before each."""
    lowest = np.minimum.accumulate(np.where(readings.seen, sums, np.inf), axis=1)
    return np.hstack([lowest[:, :1], lowest[:, :-1]])


def _overall(readings: Readings, sums: Floats, partial: float, grown: NDArray[np.bool_]) -> Codes:
    baseline = sums[:, :1]
    code = np.where(sums <= partial * baseline, PR, SD)
    code = np.where(readings.gone, CR, code)
    code = np.where(grown | readings.new, PD, code)
    return np.where(readings.seen & (baseline > 0), code, NE)[:, 1:]


def best_response(codes: Codes, visits: Visits) -> Codes:
    """Best response of each patient before progression; one that is not confirmed is SD.

    Parameters
    ----------
    codes : ndarray, shape (patients, visits)
        Without the baseline.
    """
    level = np.select([codes == c for c in LEVELS], list(LEVELS.values()))
    days = np.array(visits.days)
    best = np.full(len(codes), LEVELS[NE])
    for i, day in enumerate(days):
        later = np.flatnonzero(days >= day + visits.confirm)
        held = level[:, i : later[0] + 1].min(axis=1) if later.size else np.zeros(len(codes), int)
        here = np.where(level[:, i] > 0, np.maximum(held, 0), level[:, i])
        before = (codes[:, :i] == PD).any(axis=1)
        best = np.where(before, best, np.maximum(best, here))
    return np.select([best == v for v in LEVELS.values()], list(LEVELS), NE)


def best_change(sums: Floats, codes: Codes, seen: NDArray[np.bool_]) -> Floats:
    """Deepest change from the baseline up to progression, as a share; NaN if never measured."""
    late = np.cumsum(codes == PD, axis=1) - (codes == PD) > 0
    with np.errstate(all="ignore"):
        change = sums[:, 1:] / sums[:, :1] - 1
    change = np.where(seen[:, 1:] & ~late & (sums[:, :1] > 0), change, np.inf)
    deepest = change.min(axis=1, initial=np.inf)
    return np.where(np.isfinite(deepest), deepest, np.nan)
