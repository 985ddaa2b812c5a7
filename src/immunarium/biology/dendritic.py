"""Dendritic cells, which wake T cells."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    nothing,
    reaction,
    saturation,
)


class Dendritic(Module):
    """Dendritic cells differentiate and mature less under infused IgG.

    Assumes: what infused IgG takes away saturates; matured cells last for days.
    Leaves out: their kinds and places; their cytokines, which are counted with macrophages.
    Read: Bayry 2003, Blood 101:758.
    """

    maturation = Species("1", "matured dendritic cells, of the untreated")

    infused = Needs("mg/L", "infused IgG in plasma")
    weight = Needs("1", "weight of the link")

    E_DC = Parameter("1", "maturation that much IgG takes away")
    EC50 = Parameter("mg/L", "infused IgG at half of it")
    k = Parameter("1/h", "turnover of matured cells")

    @reaction(nothing >> maturation)
    def matured(self):
        left = 1 - self.weight * self.E_DC * saturation(self.infused, self.EC50)
        return self.k * left

    @reaction(maturation >> nothing)
    def died(self):
        return self.k * self.maturation
