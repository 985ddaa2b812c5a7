"""What macrophages secrete: TNF, interleukin-1β and interleukin-10."""

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


class Inflammation(Module):
    """Macrophages secrete TNF and IL-1β, in part because Fc receptors drive them, and IL-10.

    Diseases read ``activity``, the two cytokines, or what these induce in tissue; one whose
    macrophages see antibody counts their Fc receptors itself, and plasma does so here.

    Assumes: infused IgG acts on secretion at once; dendritic cells add their share of cytokines as
    they mature; IL-10 answers to Fc receptors that have just been filled, until FcγRIIB has risen;
    IL-1 of the document is IL-1β, counted once.
    Leaves out: what IL-10 restrains, as it is up for a day or two only; receptors of TNF in plasma,
    IL-6, chemokines; fresh antibodies to cytokines.
    Read: pmid:14742928 (Reuben 2003); Sharief 1999, Neurology 52:1833.
    """

    tnf = Species("1", "TNF of a macrophage that sees no antibody, of the untreated")
    il1b = Species("1", "IL-1β of such a macrophage, of the untreated")
    il10 = Species("1", "IL-10 in plasma, of the untreated")

    infused = Needs("mg/L", "infused IgG in plasma")
    weight = Needs("1", "weight of the link")
    phi = Needs("1", "activity of Fc receptors that is left")
    newly_filled = Needs("1", "share of Fc receptors filled, without those that have adapted")
    superantigen = Needs("1", "T cells that a superantigen has activated, as a drive")
    maturation = Needs("1", "matured dendritic cells, of the untreated")

    Emax = Parameter("1", "secretion that much IgG takes away")
    EC50 = Parameter("mg/L", "infused IgG at half of it")
    by_fc = Parameter("1", "share of TNF in plasma that Fc receptors drive")
    by_dendritic = Parameter(
        "1", "share of secretion that is of dendritic cells, or called by them"
    )
    rise = Parameter("1", "rise of IL-10 by newly filled receptors, at full weight")
    k_tnf = Parameter("1/h", "clearance of TNF")
    k_il1b = Parameter("1/h", "clearance of IL-1β")
    k_il10 = Parameter("1/h", "clearance of IL-10")
    tnf_0 = Parameter("mg/L", "TNF in plasma, untreated")

    @quantity("1")
    def spared(self):
        """Share of secretion that infused IgG leaves."""
        return 1 - self.weight * self.Emax * saturation(self.infused, self.EC50)

    @quantity("1")
    def secretion(self):
        """Secretion by a macrophage that sees no antibody, of the untreated."""
        dendritic = 1 + self.by_dendritic * (self.maturation - 1)
        return self.spared * dendritic * (1 + self.superantigen)

    @quantity("1")
    def activity(self):
        """Harm by the cytokines of a macrophage, TNF and IL-1β alike, of the untreated."""
        return (self.tnf + self.il1b) / 2

    @quantity("mg/L")
    def tnf_plasma(self):
        """TNF in plasma."""
        return self.tnf_0 * self.tnf * (1 + self.by_fc * (self.phi - 1))

    @reaction(nothing >> tnf)
    def tnf_secreted(self):
        return self.k_tnf * self.secretion

    @reaction(tnf >> nothing)
    def tnf_cleared(self):
        return self.k_tnf * self.tnf

    @reaction(nothing >> il1b)
    def il1b_secreted(self):
        return self.k_il1b * self.secretion

    @reaction(il1b >> nothing)
    def il1b_cleared(self):
        return self.k_il1b * self.il1b

    @reaction(nothing >> il10)
    def il10_secreted(self):
        return self.k_il10 * (1 + self.weight * self.rise * self.newly_filled)

    @reaction(il10 >> nothing)
    def il10_cleared(self):
        return self.k_il10 * self.il10
