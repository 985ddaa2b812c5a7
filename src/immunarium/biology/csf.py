"""IgG in cerebrospinal fluid."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, reaction


class CSF(Module):
    """IgG in lumbar fluid, which follows plasma at a low ratio within days.

    Assumes: one proportional passage through an unchanged barrier, and local synthesis.
    Leaves out: a barrier that opens for a time; Reiber's hyperbola.
    Read: PMC5945966 (Bonnan 2018).
    """

    igg = Species("mg/L", "IgG in lumbar fluid", scale=10.0)

    plasma = Needs("mg/L", "IgG in plasma")

    k = Parameter("1/h", "turnover")
    Q = Parameter("1", "ratio of fluid to plasma")
    intrathecal = Parameter("mg/L", "IgG in the fluid that is made there")

    @reaction(nothing >> igg)
    def enters(self):
        return self.k * (self.Q * self.plasma + self.intrathecal)

    @reaction(igg >> nothing)
    def leaves(self):
        return self.k * self.igg
