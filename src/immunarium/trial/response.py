"""Tumour response over all visits: the criteria by name, the best response, the deepest change."""

from __future__ import annotations

import numpy as np

from immunarium.trial.lesions import CR, NE, NN, PD, PR, SD, Codes, Floats
from immunarium.trial.recist import recist
from immunarium.trial.visits import RECIST, WHO
from immunarium.trial.visits import Visits as Visits
from immunarium.trial.who import who

CRITERIA = {WHO: who, RECIST: recist}
LEVELS = {CR: 2, PR: 1, SD: 0, NN: 0, PD: -1, NE: -2}


def best_response(codes: Codes, days: Floats, confirm: float, stable: float) -> Codes:
    """Best response of each patient before progression [RECIST 1.1, table 3].

    A response counts if it is still one at a visit ``confirm`` days later, with nothing but
    responses and missed visits between. One that does not count is stable disease, if it was seen
    ``stable`` days after the baseline or later; else the patient is not evaluable, or progressed.

    Parameters
    ----------
    codes : ndarray of str, shape (patients, visits)
        Without the baseline.
    days : ndarray, shape (patients, visits) [d]
        On which each visit fell.
    confirm, stable : float [d]
        0: not asked for.
    """
    progressed = np.cumsum(codes == PD, axis=1) > 0
    level = np.select([codes == c for c in LEVELS], list(LEVELS.values()), LEVELS[NE])
    level = np.where(progressed, LEVELS[NE], level)
    best = np.full(len(codes), LEVELS[NE])
    for i in range(codes.shape[1]):
        held = _held(level, days, i, confirm)
        kept = (level[:, i] >= 0) & (days[:, i] >= stable)
        best = np.maximum(best, np.where(held > 0, held, np.where(kept, 0, LEVELS[NE])))
    steady = np.where((codes == NN).any(axis=1), NN, SD)
    cases = [best == LEVELS[CR], best == LEVELS[PR], best == 0, progressed[:, -1]]
    return np.select(cases, [CR, PR, steady, PD], NE)


def _held(level: Floats, days: Floats, i: int, confirm: float) -> Floats:
    """Lowest level from visit i until it is confirmed; 0 where it never is."""
    lowest, sure = level[:, i].copy(), np.full(len(level), confirm == 0)
    for j in range(i + 1, level.shape[1]):
        asked = ~sure & (level[:, j] > LEVELS[NE])
        lowest = np.where(asked, np.minimum(lowest, level[:, j]), lowest)
        sure |= asked & (days[:, j] >= days[:, i] + confirm)
    return np.where(sure, lowest, 0)


def best_change(change: Floats, codes: Codes) -> Floats:
    """Deepest change from the baseline up to progression, as a share; NaN if never measured.

    Parameters
    ----------
    change : ndarray, shape (patients, visits)
        NaN where it is not known.
    codes : ndarray of str, shape (patients, visits)
    """
    late = np.cumsum(codes == PD, axis=1) - (codes == PD) > 0
    deepest = np.where(late | np.isnan(change), np.inf, change).min(axis=1, initial=np.inf)
    return np.where(np.isfinite(deepest), deepest, np.nan)
