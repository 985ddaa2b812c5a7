"""Relapses that come at the patient's own rate."""

from __future__ import annotations

from immunarium.core import Module, Parameter, Species, nothing, reaction


class Relapses(Module):
    """A hazard of relapse, constant in a patient and very different between patients.

    Assumes: past relapses say nothing of the next beyond the patient's own rate.
    Leaves out: what drives them. It has no needs on purpose: immunoglobulin has no link to it.
    Read: doi:10.1016/s0140-6736(96)09377-4 (Fazekas 1997).
    """

    expected = Species("1", "relapses expected since the start")

    rate = Parameter("1/h", "relapses per time")

    @reaction(nothing >> expected)
    def adds_up(self):
        return self.rate
