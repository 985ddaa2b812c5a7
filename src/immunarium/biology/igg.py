"""One subclass of IgG, the patient's own and that of a product."""

from __future__ import annotations

from immunarium.core import Inflow, Module, Needs, Parameter, Species, nothing, quantity, reaction


class IgG(Module):
    """A subclass of IgG in plasma and tissue: made at a constant rate, saved by FcRn, distributed.

    Assumes: synthesis does not answer to the level (none seen in agammaglobulinaemia or after
    exchange); catabolism is from plasma; subclasses differ in what FcRn saves of them; IgG of
    donor plasma that an exchange returns is as the patient's own, and stands with it.
    Leaves out: allotypes, glycoforms, lymph on its way.
    Read: Morell 1970, J Clin Invest 49:673; Junghans 1997, Blood 90:3815.
    """

    skin = Species("mg", "a product's IgG under the skin", scale=1e3, doseable=True)
    endo = Species("mg", "own IgG in plasma", scale=1e3, exchangeable="volume")
    endo_tissue = Species("mg", "own IgG in tissue", scale=1e3)
    infused = Species("mg", "a product's IgG in plasma", scale=1e3, exchangeable="volume")
    infused_tissue = Species("mg", "a product's IgG in tissue", scale=1e3)

    infusion = Inflow(infused)
    returned = Inflow(endo)

    lost = Needs("1/h", "fraction of plasma IgG that cells take up or that is lost")
    salvage = Needs("1/h", "fraction that FcRn returns, of mixed IgG")
    k12 = Needs("1/h", "leaving plasma for tissue")
    k21 = Needs("1/h", "returning from tissue")
    ka = Needs("1/h", "absorption from under the skin")
    volume = Needs("L", "plasma volume")

    share = Parameter("1", "share of the untreated patient's IgG")
    affinity = Parameter("1", "salvage, relative to mixed IgG")
    synthesis = Parameter("mg/h", "synthesis")

    @quantity("1/h")
    def catabolism(self):
        """Fractional catabolic rate of this subclass in plasma."""
        return self.lost - self.affinity * self.salvage

    @reaction(nothing >> endo)
    def made(self):
        return self.synthesis

    @reaction(skin >> infused)
    def absorbed(self):
        return self.ka * self.skin

    @reaction(endo >> nothing)
    def own_catabolised(self):
        return self.catabolism * self.endo

    @reaction(infused >> nothing)
    def infused_catabolised(self):
        return self.catabolism * self.infused

    @reaction(endo >> endo_tissue)
    def own_distributed(self):
        return self.k12 * self.endo

    @reaction(endo_tissue >> endo)
    def own_returned(self):
        return self.k21 * self.endo_tissue

    @reaction(infused >> infused_tissue)
    def infused_distributed(self):
        return self.k12 * self.infused

    @reaction(infused_tissue >> infused)
    def infused_returned(self):
        return self.k21 * self.infused_tissue
