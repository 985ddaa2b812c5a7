"""What macrophages secrete."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, quantity, saturation


class Inflammation(Module):
    """Macrophages secrete less of IL-1β and TNF under infused IgG.

    Assumes: at once, saturating.
    Leaves out: everything else yet.
    Read: Sharief 1999, J Neuroimmunol.
    """

    infused = Needs("mg/L", "infused IgG in plasma")
    weight = Needs("1", "weight of the link")

    Emax = Parameter("1", "secretion that much IgG takes away")
    EC50 = Parameter("mg/L", "infused IgG at half of it")

    @quantity("1")
    def activity(self):
        """Secretion by macrophages that is left."""
        return 1 - self.weight * self.Emax * saturation(self.infused, self.EC50)
