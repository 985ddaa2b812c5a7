"""Dendritic cells."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, quantity, saturation


class Dendritic(Module):
    """Dendritic cells mature less under infused IgG.

    Assumes: at once, saturating.
    Leaves out: their kinds and places.
    Read: Bayry 2003, Blood 101:758.
    """

    infused = Needs("mg/L", "infused IgG in plasma")
    weight = Needs("1", "weight of the link")

    E_DC = Parameter("1", "maturation that much IgG takes away")
    EC50 = Parameter("mg/L", "infused IgG at half of it")

    @quantity("1")
    def maturation(self):
        """Maturation of dendritic cells that is left."""
        return 1 - self.weight * self.E_DC * saturation(self.infused, self.EC50)
