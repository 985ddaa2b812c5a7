"""IFN-γ, TNF and IL-6 in plasma: the cascade from lymphocytes to macrophages to fever."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    nothing,
    quantity,
    reaction,
    saturation,
)


class Cytokine(Module):
    """IFN-γ of lymphocytes primes macrophages; IL-2 and primed macrophages give TNF, then IL-6.

    Assumes: plasma speaks for the tissues; TNF needs both IL-2 and macrophages, a part of which is
    always ready.
    Leaves out: IL-1, IL-10, soluble TNF receptors, lymphotoxin.
    Read: Konrad 1992 J Immunother 12:55; Mier 1988; Gemlo 1988.
    """

    ifn = Species("U/L", "IFN-γ in plasma", scale=1e3)
    il12 = Species("1", "IL-12 and IL-18 of macrophages, of their maximum")
    macrophage = Species("1", "macrophages that IFN-γ has armed, share of all")
    tnf = Species("mg/L", "TNF in plasma", scale=1e-4)
    il6 = Species("mg/L", "IL-6 in plasma", scale=1e-4)

    secretion = Needs("1", "IFN-γ secretion of lymphocytes, of its unprimed maximum")
    il2 = Needs("nmol/L", "IL-2 in plasma")

    ifn_max = Parameter("U/(L h)", "unprimed maximum of IFN-γ secretion")
    ifn_rest = Parameter("U/(L h)", "IFN-γ secretion at rest", balances=ifn)
    ifn_loss = Parameter("1/h", "loss of IFN-γ")
    k_il12 = Parameter("1/h", "clock of IL-12 and IL-18")
    K_il12 = Parameter("U/L", "IFN-γ at half-maximal IL-12 and IL-18")
    k_macrophage = Parameter("1/h", "clock of macrophage arming")
    K_macrophage = Parameter("U/L", "IFN-γ at half-maximal arming of macrophages")
    macrophage_weight = Parameter("1", "TNF of armed macrophages")
    ready = Parameter("1", "TNF of all other macrophages")
    tnf_max = Parameter("mg/(L h)", "TNF secretion at unit weight and saturating IL-2")
    tnf_rest = Parameter("mg/(L h)", "TNF secretion without IL-2", balances=tnf)
    K_tnf = Parameter("nmol/L", "IL-2 at half-maximal TNF secretion")
    tnf_loss = Parameter("1/h", "loss of TNF")
    il6_by_tnf = Parameter("1/h", "IL-6 secretion per TNF above rest")
    il6_by_ifn = Parameter("mg/(L h)", "IL-6 secretion at saturating IFN-γ")
    K_il6_ifn = Parameter("U/L", "IFN-γ at half-maximal IL-6 secretion")
    il6_rest = Parameter("mg/(L h)", "IL-6 secretion at rest", balances=il6)
    il6_loss = Parameter("1/h", "loss of IL-6")
    K_ifn_effect = Parameter("U/L", "IFN-γ at half its effect on vessels and organs")
    K_tnf_effect = Parameter("mg/L", "TNF at half its effect on vessels and organs")

    ifn_0 = Start(ifn)
    tnf_0 = Start(tnf)

    @quantity("1")
    def ifn_effect(self):
        """Effect of IFN-γ on vessels and organs, of its maximum."""
        return saturation(self.ifn - self.ifn_0, self.K_ifn_effect)

    @quantity("1")
    def tnf_effect(self):
        """Effect of TNF on vessels and organs, of its maximum."""
        return saturation(self.tnf - self.tnf_0, self.K_tnf_effect)

    @reaction(nothing >> ifn)
    def ifn_secreted(self):
        return self.ifn_rest + self.ifn_max * self.secretion

    @reaction(ifn >> nothing)
    def ifn_lost(self):
        return self.ifn_loss * self.ifn

    @reaction(nothing >> il12)
    def il12_secreted(self):
        return self.k_il12 * saturation(self.ifn - self.ifn_0, self.K_il12)

    @reaction(il12 >> nothing)
    def il12_lost(self):
        return self.k_il12 * self.il12

    @reaction(nothing >> macrophage)
    def macrophages_armed(self):
        return self.k_macrophage * saturation(self.ifn - self.ifn_0, self.K_macrophage)

    @reaction(macrophage >> nothing)
    def macrophages_calmed(self):
        return self.k_macrophage * self.macrophage

    @reaction(nothing >> tnf)
    def tnf_secreted(self):
        macrophages = self.ready + self.macrophage_weight * self.macrophage
        return self.tnf_rest + self.tnf_max * saturation(self.il2, self.K_tnf) * macrophages

    @reaction(tnf >> nothing)
    def tnf_lost(self):
        return self.tnf_loss * self.tnf

    @reaction(nothing >> il6)
    def il6_secreted(self):
        by_tnf = self.il6_by_tnf * (self.tnf - self.tnf_0)
        by_ifn = self.il6_by_ifn * saturation(self.ifn - self.ifn_0, self.K_il6_ifn)
        return self.il6_rest + by_tnf + by_ifn

    @reaction(il6 >> nothing)
    def il6_lost(self):
        return self.il6_loss * self.il6
