"""Pain that cytokines keep up."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class CytokinePain(Module):
    """Nociceptors are sensitised by IL-1β of macrophages and calm down over weeks without.

    Assumes: a part of the pain follows IL-1β, the rest follows nothing.
    Leaves out: analgesics, mood, expectation.
    Read: doi:10.1111/j.1468-1331.2006.01552.x (Farbu 2007).
    """

    sensitised = Species("1", "sensitisation, of the untreated patient's")

    il1b = Needs("1", "IL-1β, of the untreated patient's")

    k = Parameter("1/h", "change of sensitisation")
    before = Parameter("1", "pain at the start, in mm of a visual analogue scale")
    by_cytokines = Parameter("1", "share of pain that cytokines keep up")

    @quantity("1")
    def pain(self):
        """Pain, in mm of a visual analogue scale."""
        return self.before * (1 - self.by_cytokines * (1 - self.sensitised))

    @reaction(nothing >> sensitised)
    def is_kept_up(self):
        return self.k * self.il1b

    @reaction(sensitised >> nothing)
    def calms_down(self):
        return self.k * self.sensitised
