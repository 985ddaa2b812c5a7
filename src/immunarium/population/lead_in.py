"""Patients followed untreated from the start of their disease to day 0, where trials begin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Disease, Graph, Model, symbol
from immunarium.engine import TICKS_PER_HOUR, Kernel, Plan, compile_model, run

Floats = NDArray[np.float64]
_RTOL = 1e-6  # a patient's day 0 does not depend on how closely a trial is followed


@dataclass(frozen=True, eq=False)
class LeadIn:
    """The time before day 0.

    Attributes
    ----------
    hours : float
        How long.
    graph : Graph
        The model's.
    """

    hours: float
    graph: Graph

    @property
    def _kernel(self) -> Kernel:
        return compile_model(self.graph, {s: symbol(s) for s in self.graph.states}, {})

    def follow(self, initial: Floats, parameters: Floats) -> Floats:
        """Return where untreated patients stand at day 0.

        Parameters
        ----------
        initial : ndarray, shape (patients, states)
            Amounts at the start of the lead-in.
        parameters : ndarray, shape (patients, parameters)

        Returns
        -------
        ndarray, shape (patients, states)
            NaN for who could not be followed.
        """
        if not len(initial):
            return initial
        end = round(self.hours * TICKS_PER_HOUR)
        plan = Plan((), (), end, np.array([end]), (), None)
        return run(self._kernel, initial, parameters, plan, rtol=_RTOL).recorded[:, 0]


def led_in(disease: Disease, model: Model) -> LeadIn | None:
    """Return the lead-in of a disease; None where it has none."""
    return LeadIn(disease.lead_in, model.graph) if disease.lead_in else None
