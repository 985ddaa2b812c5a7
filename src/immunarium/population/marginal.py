"""Published distributions that a virtual population is weighted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from immunarium.core import ImmunoError

Floats = NDArray[np.float64]


class MarginalError(ImmunoError):
    """A published distribution that cannot be read, or that no weights of a population reach."""


@dataclass(frozen=True)
class Marginal:
    """A published distribution of one thing between patients. One of three ways to state it.

    Attributes
    ----------
    of : str
        A column: a covariate, a parameter, a quantity at the start, ``histology``, or a response
        of the simulated patients.
    source : str
        A doi: or pmid:, or 'this work'.
    unit : str
        Of the numbers.
    mean, sd : float
        With ``law``: normal or lognormal (mean and sd are those of the numbers themselves).
    quantiles : mapping of float to float
        Value below which a share lies: ``{0.25: 42, 0.5: 51, 0.75: 60}``.
    median : float
        Short for the quantile at 0.5.
    shares : mapping of str to float
        Of categories (``{"melanoma": 0.5, "renal": 0.5}``) or of intervals
        (``{"< 40": 0.2, "40 to 60": 0.5, ">= 60": 0.3}``; the upper end belongs to the next).
        They add up to 1.

    Raises
    ------
    MarginalError
        None of the three, more than one, or numbers that are no distribution.
    """

    of: str
    source: str
    unit: str = "1"
    mean: float | None = None
    sd: float | None = None
    law: str = "normal"
    median: float | None = None
    quantiles: Mapping[float, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
