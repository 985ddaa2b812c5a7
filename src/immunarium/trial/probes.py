"""What a target needs of a run, and how it is read; and what raters there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Expr
from immunarium.engine import Reduce
from immunarium.trial.cohort import Cohort
from immunarium.trial.protocol import Target, TrialError
from immunarium.trial.rated import Reached, check_scales

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Probe:
    """One target's observable, read against a model: what it needs, and how it is read.

    Attributes
    ----------
    outputs : dict of str to Expr
        What must be recorded.
    reduces : tuple of Reduce
        What must be reduced.
    times : tuple of float
        Hours that must be on the grid.
    read : callable
        Value of each patient of a cohort in the target's unit; NaN where there is none; where
        a reading foretells, both it and what came of it, shape (patients, 2). ``None``
        for an outcome, which is read from the table of patients, and for a dose that an escalation
        finds.
    among : callable, optional
        Which patients count.
    """

    target: Target
    outputs: dict[str, Expr]
    reduces: tuple[Reduce, ...]
    times: tuple[float, ...]
    read: Callable[[Cohort], Floats] | None
    among: Callable[[Cohort], Bools] | None = None

    def counted(self, cohort: Cohort, values: Floats) -> Floats:
        """Return values of those who count, NaN for the others and who could not be followed."""
        some = ~cohort.failed if self.among is None else ~cohort.failed & self.among(cohort)
        return np.where(some if values.ndim == 1 else some[:, None], values, np.nan)


@dataclass(frozen=True)
class Raters:
    """What raters write down in a trial.

    Attributes
    ----------
    who : str
        The disease.
    scores : mapping of str to str
        By scale: path of the quantity.
    planned : tuple of float [d]
        The baseline and the visits; nothing where there are none.
    """

    who: str = "this disease"
    scores: Mapping[str, str] = field(default_factory=dict)
    planned: tuple[float, ...] = ()

    def check(self, asked: Reached | str) -> None:
        """Refuse scales that nobody rates, and any where there are no visits."""
        check_scales(asked, set(self.scores), self.who)
        if not self.planned:
            raise TrialError(
                "Scores are rated at visits, and there are none. Write visits, with their days."
            )
