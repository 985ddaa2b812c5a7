"""Antibodies of donors against the variable regions of an autoantibody."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, quantity, saturation


class Idiotype(Module):
    """Anti-idiotypes neutralise a part of the autoantibody at once and hold its B cells back.

    Assumes: binding is quick and reversible, so that it follows infused IgG; B cells that carry
    the same idiotype get less signal.
    Leaves out: single idiotypes, memory of the binding, breadth by number of donors.
    Read: facts of document 002, section 4.1.
    """

    infused = Needs("mg/L", "infused IgG in plasma")
    neutralising = Needs("1", "weight of neutralisation")
    inhibiting = Needs("1", "weight of the effect on B cells")

    known = Parameter("1", "share of the autoantibody whose idiotype donors' antibodies know")
    K = Parameter("mg/L", "infused IgG that neutralises half")
    E_B = Parameter("1", "largest loss of activation of B cells")
    EC50 = Parameter("mg/L", "infused IgG at half of it")

    @quantity("1")
    def free(self):
        """Share of the autoantibody that anti-idiotypes leave free."""
        neutralised = saturation(self.neutralising * self.infused, self.K)
        return 1 - self.known * neutralised

    @quantity("1")
    def b_cells(self):
        """Activation of B cells that anti-idiotypes leave."""
        held_back = self.E_B * saturation(self.infused, self.EC50)
        return 1 - self.known * self.inhibiting * held_back
