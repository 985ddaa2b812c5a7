"""T cells: help for B cells, and the regulatory cells that restrain it."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    nothing,
    quantity,
    reaction,
    saturation,
)


class THelp(Module):
    """Dendritic cells wake Th1, Th17 and helper cells; an immunoglobulin holds them, raises Treg.

    Assumes: soluble CD4, CD8, HLA and TGF-β of a product, and antibodies to them, are spread
    evenly in it and stay as long as its IgG.
    Leaves out: clones; T cells that kill; interleukin-2 (another model).
    Read: Maddur 2014, J Neuroinflammation; Maddur 2017.
    """

    effector = Species("1", "Th1, Th17 and follicular helper cells, of the untreated")
    regulatory = Species("1", "regulatory T cells, of the untreated")

    infused = Needs("mg/L", "infused IgG in plasma")
    weight = Needs("1", "weight of the link")
    maturation = Needs("1", "matured dendritic cells, of the untreated")
    superantigen = Needs("1", "T cells that a superantigen has activated, as a drive")

    E_T = Parameter("1", "expansion that much of the product takes away")
    E_reg = Parameter("1", "regulatory cells that much of the product adds")
    EC50 = Parameter("mg/L", "infused IgG at half of it")
    k_effector = Parameter("1/h", "turnover of effector cells")
    k_regulatory = Parameter("1/h", "turnover of regulatory cells")

    @quantity("1")
    def held(self):
        """Share of the most that the product holds back."""
        return self.weight * saturation(self.infused, self.EC50)

    @quantity("1")
    def level(self):
        """Help by T cells, of the untreated."""
        return self.effector * 2 / (1 + self.regulatory)

    @reaction(nothing >> effector)
    def woken(self):
        waking = self.maturation * (1 + self.superantigen)
        return self.k_effector * waking * (1 - self.E_T * self.held)

    @reaction(effector >> nothing)
    def rested(self):
        return self.k_effector * self.effector

    @reaction(nothing >> regulatory)
    def raised(self):
        return self.k_regulatory * (1 + self.E_reg * self.held)

    @reaction(regulatory >> nothing)
    def lost(self):
        return self.k_regulatory * self.regulatory
