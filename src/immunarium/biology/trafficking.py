"""Lymphocytes between blood and organs."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    hill,
    nothing,
    quantity,
    reaction,
    saturation,
)


class Trafficking(Module):
    """How fast lymphocytes leave blood and come back: IL-2 and IFN-γ make vessels sticky.

    Assumes: all vessels respond alike, within minutes; with lasting IL-2 they tire over days, and
    on less IL-2 than they act on, so that cells come back under it; Treg also follow the IL-2 they
    bind.
    Leaves out: chemokines, homing of each class to its own organs.
    Read: Lotze 1985, J Immunol 135:2865.
    """

    desensitised = Species("1", "lost share of the vessels' response")

    il2 = Needs("nmol/L", "IL-2 in plasma")
    ifn = Needs("U/L", "IFN-γ in plasma")
    treg_complexes = Needs("1", "complexes on blood Treg")

    k_out_T = Parameter("1/h", "T cells leave blood")
    k_out_NK = Parameter("1/h", "NK cells leave blood")
    K_adhesion = Parameter("nmol/L", "IL-2 at half adhesion")
    ifn_weight = Parameter("1", "most that IFN-γ adds to adhesion")
    K_ifn = Parameter("U/L", "IFN-γ at half that")
    k_tire = Parameter("1/h", "tiring and recovery of the vessels")
    K_tire = Parameter("1", "active vessels at half tiring")
    tired = Parameter("1", "adhesion lost when fully tired")
    margination = Parameter("1", "rise of the way out of blood at full adhesion")
    egress_block = Parameter("1", "slowing of the way back at full adhesion")
    treg_margination = Parameter("1", "rise of the way out of blood for Treg with IL-2")
    treg_complexes_0 = Start(treg_complexes)
    ifn_0 = Start(ifn)

    @quantity("1")
    def endothelium(self):
        """Vessels that IL-2 has activated."""
        return hill(self.il2, self.K_adhesion, 2)

    endothelium_0 = Start(endothelium)

    @quantity("1")
    def adhesion(self):
        """Stickiness of the vessels above rest."""
        more_ifn = self.ifn - self.ifn_0
        sticky = self.endothelium - self.endothelium_0
        sticky = sticky + self.ifn_weight * saturation(more_ifn, self.K_ifn)
        return (1 - self.tired * self.desensitised) * sticky

    @reaction(nothing >> desensitised)
    def tire(self):
        return self.k_tire * saturation(self.endothelium, self.K_tire)

    @reaction(desensitised >> nothing)
    def recover(self):
        return self.k_tire * self.desensitised

    @quantity("1/h")
    def T_out(self):
        """Share of blood T cells that leaves."""
        return self.k_out_T * (1 + self.margination * self.adhesion)

    @quantity("1/h")
    def treg_out(self):
        """Share of blood Treg that leaves."""
        seeking = self.treg_margination * (self.treg_complexes - self.treg_complexes_0)
        return self.T_out + self.k_out_T * seeking

    @quantity("1/h")
    def T_back(self):
        """Return of T cells, per blood cell at rest."""
        return self.k_out_T / (1 + self.egress_block * self.adhesion)

    @quantity("1/h")
    def NK_out(self):
        """Share of blood NK cells that leaves."""
        return self.k_out_NK * (1 + self.margination * self.adhesion)

    @quantity("1/h")
    def NK_back(self):
        """Return of NK cells, per blood cell at rest."""
        return self.k_out_NK / (1 + self.egress_block * self.adhesion)
