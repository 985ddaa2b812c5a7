"""One molecule of inflamed tissue, as a biopsy counts it."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, reaction


class TissueMarker(Module):
    """TGF-β mRNA, MHC-I, ICAM-1 or LFA-1 in tissue: a part of it is there because of cytokines.

    Assumes: what cytokines induce follows them at the turnover of the molecule. Tissue TGF-β mRNA,
    which falls, is another pool than the TGF-β that a product carries.
    Leaves out: which cells carry it.
    Read: Dalakas 1993, N Engl J Med 329:1993.
    """

    level = Species("1", "amount in tissue, of the untreated")

    stimulus = Needs("1", "cytokines that induce it, of the untreated")

    induced = Parameter("1", "share that cytokines induce")
    k = Parameter("1/h", "turnover")

    @reaction(nothing >> level)
    def expressed(self):
        return self.k * (1 - self.induced + self.induced * self.stimulus)

    @reaction(level >> nothing)
    def lost(self):
        return self.k * self.level
