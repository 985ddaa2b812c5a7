"""What lifelines fits: curves, and Cox models of several covariates.

lifelines is imported here only, and when it is first used: it takes seconds to load.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from immunarium.trial.statistics.estimate import LEVEL, Floats

Bools = NDArray[np.bool_]


def fit_curve(time: Floats, event: Bools, weights: Floats) -> Any:
    """Return a Kaplan–Meier curve, fitted."""
    from lifelines import KaplanMeierFitter

    with _quiet():
        return KaplanMeierFitter(alpha=1 - LEVEL).fit(time, event, weights=weights)


def fit_cox(
    time: Floats,
    event: Bools,
    covariates: pd.DataFrame,
    strata: ArrayLike | None,
    weights: Floats | None,
) -> Any | None:
    """Return a Cox model, fitted; None where the likelihood has no maximum."""
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    table = covariates.reset_index(drop=True).astype(float)
    table["(time)"], table["(event)"] = time, event
    more: dict[str, Any] = {}
    if strata is not None:
        table["(stratum)"] = np.asarray(strata)
        more["strata"] = ["(stratum)"]
    if weights is not None:
        table["(weight)"] = weights
        more |= {"weights_col": "(weight)", "robust": True}
    # lifelines also stops at a step whose square is below the precision, and steps 0.95 of the way
    options = {"step_size": 1.0, "precision": 1e-20, "r_precision": 0.0}
    try:
        with _quiet():
            warnings.simplefilter("error", ConvergenceWarning)
            return CoxPHFitter().fit(table, "(time)", "(event)", fit_options=options, **more)
    except (ConvergenceError, ConvergenceWarning):
        return None


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence lifelines: it warns of weights that are no whole numbers, as ours mostly are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
