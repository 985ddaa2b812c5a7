"""Response by the World Health Organization: sums of products, -50 % and +25 %.

Read: Miller 1981 Cancer 47:207; WHO Handbook for Reporting Results of Cancer Treatment, 1979.
"""

from __future__ import annotations

import numpy as np

from immunarium.trial.lesions import (
    CR,
    NE,
    NN,
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
    total,
)
from immunarium.trial.visits import Visits

SHRUNK, GROWN = 0.5, 1.25  # of the baseline's sum, and of the smallest


def who(readings: Readings, visits: Visits) -> Assessment:
    """Assess the largest measurable lesions, and whether any other is seen.

    Progression is growth of the sum, a new lesion, or disease that is seen again after a complete
    response.
    """
    mean = (readings.long + readings.short) / 2
    largest = np.argsort(np.argsort(-mean[:, 0], axis=1, kind="stable"), axis=1, kind="stable")
    target = (mean[:, 0] >= visits.measurable) & (largest < visits.targets)
    seen = np.where(readings.seen, readings.long * readings.short, 0.0)
    products = np.where(readings.looked, seen, np.nan)
    known, complete = total(products, target)
    sums = np.where(complete & readings.came, known, np.nan)
    nadir = smallest_before(sums)
    grown = (known >= GROWN * nadir) & (known > nadir)
    targets = _targets(known, sums, nadir, grown)
    others, new = _others(readings, target)
    code = _overall(targets, others, new)
    code[~target.any(axis=1)] = NE
    other = readings.seen[:, 0] & ~target
    return Assessment(sums, nadir, targets, others, new, code, products, target, other)


def _targets(known: Floats, sums: Floats, nadir: Floats, grown: Bools) -> Codes:
    """Response of the measured lesions at each visit."""
    cases = [grown, np.isnan(sums), sums == 0, sums <= SHRUNK * sums[:, :1]]
    return np.select(cases, [PD, NE, CR, PR], SD)[:, 1:]


def _others(readings: Readings, target: Bools) -> tuple[Codes, Bools]:
    """Whether the lesions that are not measured are still there, and whether there are new ones."""
    first = readings.seen[:, 0]
    other = (first & ~target)[:, None, :]
    seen = (readings.seen & other).any(axis=2)
    looked = (readings.looked | ~other).all(axis=2) & readings.came
    codes = np.select([~looked, ~other.any(axis=2), seen], [NE, NONE, NN], CR)[:, 1:]
    new = (readings.seen & ~first[:, None, :]).any(axis=2)
    return codes, np.asarray(new)[:, 1:]


def _overall(targets: Codes, others: Codes, new: Bools) -> Codes:
    code = np.where((targets == CR) & ((others == NN) | (others == NE)), PR, targets)
    code = np.where(new, PD, code)
    was_complete = np.zeros(len(code), dtype=bool)
    for i in range(code.shape[1]):
        back = np.isin(code[:, i], (PR, SD)) & was_complete
        code[back, i] = PD
        was_complete |= code[:, i] == CR
    return code
