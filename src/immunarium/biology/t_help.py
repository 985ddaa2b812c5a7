"""Help by T cells."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, quantity, saturation


class THelp(Module):
    """T cells help less where the product's soluble CD4, CD8, HLA and TGF-β hold them back.

    Assumes: at once, saturating; dendritic cells prime them.
    Leaves out: everything else yet.
    Read: Maddur 2014, J Clin Immunol 34.
    """

    infused = Needs("mg/L", "infused IgG in plasma")
    weight = Needs("1", "weight of the link")
    maturation = Needs("1", "maturation of dendritic cells")

    E_T = Parameter("1", "help that much of the product takes away")
    EC50 = Parameter("mg/L", "infused IgG at half of it")

    @quantity("1")
    def level(self):
        """Help by T cells, of the untreated."""
        return self.maturation * (1 - self.weight * self.E_T * saturation(self.infused, self.EC50))
