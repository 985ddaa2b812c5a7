"""Response by RECIST 1.1: targets, non-targets, new lesions, and the tables that join them.

Read: Eisenhauer 2009 (doi:10.1016/j.ejca.2008.10.026), the section of each rule in brackets, and
the questions and clarifications of its authors at recist.eortc.org.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from immunarium.trial.lesions import (
    CR,
    NE,
    NN,
    NODE,
    NONE,
    PD,
    PR,
    SD,
    Assessment,
    Bools,
    Codes,
    Floats,
    Readings,
    smallest_before,
    there,
    total,
)
from immunarium.trial.visits import Visits

SHRUNK, GROWN, LEAST = 0.7, 1.2, 5.0  # -30 %; +20 % and 5 mm [4.3.1]
TOO_SMALL = 5.0  # mm written down for what is seen and too small to measure [4.3.2]
NORMAL_NODE, TARGET_NODE = 10.0, 15.0  # mm of short axis [4.1]
PER_ORGAN = 2  # targets [4.2]
_ROUNDING = 1e-9  # mm: 30 % of 100 mm is 70 mm


class Targets(NamedTuple):
    """Target lesions over the visits.

    Attributes
    ----------
    sums, nadir : ndarray, shape (patients, 1 + visits) [mm]
        NaN where a lesion was not looked at; smallest before each visit.
    code : ndarray of str, shape (patients, visits)
    """

    sums: Floats
    nadir: Floats
    code: Codes


def recist(readings: Readings, visits: Visits) -> Assessment:
    """Assess all lesions by RECIST 1.1.

    A lesion counts as not there until it can be measured (a node: until it could be a target), so
    that new lesions and those that come back are unequivocal [4.3.5].
    """
    node = readings.organ == NODE
    size = sizes(readings)
    present = _present(size, readings.seen, node)
    first = present[:, 0]
    target = choose_targets(size[:, 0], readings.organ, first, visits)
    other = first & ~target
    targets = follow_targets(size, target, node)
    nontarget = follow_others(size, present, target, other)
    new = np.asarray((present & ~first[:, None, :]).any(axis=2))[:, 1:]
    code = time_points(targets.code, nontarget, new)
    return Assessment(*targets, nontarget, new, code, size, target, other)


def sizes(readings: Readings) -> Floats:
    """Diameter that counts of each lesion: the longest, of a node the short axis.

    Returns
    -------
    ndarray, shape (patients, visits, lesions) [mm]
        0 where it is not seen, 5 mm at least where it is; NaN where nobody looked.
    """
    node = (readings.organ == NODE)[:, None, :]
    size = np.maximum(np.where(node, readings.short, readings.long), TOO_SMALL)
    return np.where(readings.looked, np.where(readings.seen, size, 0.0), np.nan)


def _present(size: Floats, seen: Bools, node: NDArray[np.bool_]) -> Bools:
    """Whether each lesion is disease: seen, and a node not of normal size."""
    enlarged = there(size, NORMAL_NODE, NORMAL_NODE, TARGET_NODE)
    return np.where(node[:, None, :], enlarged, seen)


def choose_targets(size: Floats, organ: NDArray[np.intp], there: Bools, visits: Visits) -> Bools:
    """Choose the lesions to be measured: of each organ the largest, then the second largest.

    Parameters
    ----------
    size : ndarray, shape (patients, lesions) [mm]
        At the baseline.
    organ : ndarray of int, shape (patients, lesions)
        0 where it is not known: no limit by organ then.
    there : ndarray of bool, shape (patients, lesions)
        Disease at the baseline.
    """
    least = np.where(organ == NODE, max(TARGET_NODE, visits.measurable), visits.measurable)
    may = there & (size >= least)
    height = np.where(may, size, -np.inf)
    number = np.arange(size.shape[1])
    same = (organ[:, :, None] == organ[:, None, :]) & (organ[:, :, None] > 0)
    before = _larger(height, number) & same
    within = np.where(organ > 0, before.sum(axis=2), 0)
    may &= within < PER_ORGAN
    order = np.lexsort((np.broadcast_to(number, size.shape), -height, np.where(may, within, 99)))
    rank = np.argsort(order, axis=1)
    return may & (rank < visits.targets)


def _larger(height: Floats, number: NDArray[np.intp]) -> Bools:
    """Whether lesion j is before lesion i by size, shape (patients, i, j); ties go by number."""
    mine, other = height[:, :, None], height[:, None, :]
    return (other > mine) | ((other == mine) & (number[None, :] < number[:, None]))


def follow_targets(size: Floats, target: Bools, node: Bools) -> Targets:
    """Response of the target lesions [4.3.1].

    Parameters
    ----------
    size : ndarray, shape (patients, 1 + visits, lesions) [mm]
        0 where a lesion has disappeared, NaN where nobody looked.
    target, node : ndarray of bool, shape (patients, lesions)
    """
    known, complete = total(size, target)
    sums = np.where(complete, known, np.nan)
    nadir = smallest_before(sums)
    normal = np.where(node[:, None, :], size < NORMAL_NODE, size == 0) | ~target[:, None, :]
    cases = {
        CR: complete & normal.all(axis=2),
        PD: grown(known, nadir),  # even if one was not looked at [4.4.2]
        NE: ~complete,
        PR: known <= SHRUNK * known[:, :1] + _ROUNDING,
    }
    code = np.select(list(cases.values()), list(cases), SD)[:, 1:]
    code[~target.any(axis=1)] = NONE
    return Targets(sums, nadir, code)


def grown(sums: Floats, nadir: Floats) -> Bools:
    """Whether sums have grown by 20 % and 5 mm from the smallest."""
    return (sums >= GROWN * nadir - _ROUNDING) & (sums - nadir >= LEAST - _ROUNDING)


def follow_others(size: Floats, present: Bools, target: Bools, other: Bools) -> Codes:
    """Response of the non-target lesions [4.3.3, 4.3.4].

    Progression is unequivocal if their sum has grown as much as targets must, and so has the sum
    of all lesions: the whole burden worsens, as the paper asks.

    Parameters
    ----------
    size : ndarray, shape (patients, 1 + visits, lesions) [mm]
    present : ndarray of bool, shape (patients, 1 + visits, lesions)
    target, other : ndarray of bool, shape (patients, lesions)
    """
    counted = np.where(np.isnan(size), np.nan, np.where(present, size, 0.0))
    worse = np.ones(size.shape[:2], dtype=bool)
    for which in (other, other | target):
        known, all_known = total(counted, which)
        worse &= grown(known, smallest_before(np.where(all_known, known, np.nan)))
    _, complete = total(size, other)
    still = (present & other[:, None, :]).any(axis=2)
    code = np.select([worse, still, ~complete], [PD, NN, NE], CR)[:, 1:]
    code[~other.any(axis=1)] = NONE
    return code


def time_points(target: Codes, nontarget: Codes, new: Bools) -> Codes:
    """Overall response of each visit [tables 1 and 2].

    Parameters
    ----------
    target, nontarget : ndarray of str, shape (patients, visits)
        "" where there are no lesions of that kind.
    new : ndarray of bool, shape (patients, visits)

    Returns
    -------
    ndarray of str, shape (patients, visits)
        Disease that is seen again after a complete response is progression [table 3, note].
    """
    measured = np.where((target == CR) & np.isin(nontarget, (NN, NE)), PR, target)
    without = np.where(nontarget == NONE, NE, nontarget)
    code = np.where(target == NONE, without, measured)
    code = np.where((target == PD) | (nontarget == PD) | new, PD, code)
    was_complete = np.zeros(len(code), dtype=bool)
    for i in range(code.shape[1]):
        back = np.isin(target[:, i], (PR, SD)) | (nontarget[:, i] == NN)
        code[was_complete & back, i] = PD
        was_complete |= code[:, i] == CR
    return code
