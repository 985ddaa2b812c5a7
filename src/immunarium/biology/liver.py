"""Bilirubin."""

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


class Liver(Module):
    """Cytokines and activated killer cells in the liver block the excretion of bilirubin.

    Assumes: bilirubin rises in proportion to the block; no liver cell is lost.
    Leaves out: transaminases, liver metastases, haemolysis.
    Read: Proleukin label (bilirubinaemia 40 %).
    """

    cholestasis = Species("1", "block of excretion")
    bilirubin = Species("mg/L", "bilirubin in plasma", scale=6.0)

    ifn_effect = Needs("1", "effect of IFN-γ, of its maximum")
    tnf_effect = Needs("1", "effect of TNF, of its maximum")
    killers = Needs("cell", "host cells with LAK activity")

    gain = Parameter("1", "block at full effect of one cause of unit weight")
    ifn_weight = Parameter("1", "weight of IFN-γ")
    tnf_weight = Parameter("1", "weight of TNF")
    killer_weight = Parameter("1", "weight of LAK cells")
    K_killers = Parameter("cell", "LAK cells at half their effect")
    k_cholestasis = Parameter("1/h", "clock of the block")
    k_bilirubin = Parameter("1/h", "clock of bilirubin")

    bilirubin_0 = Start(bilirubin)

    @quantity("1")
    def injury(self):
        """Block towards which the liver moves."""
        cytokines = self.tnf_weight * self.tnf_effect + self.ifn_weight * self.ifn_effect
        killers = self.killer_weight * saturation(self.killers, self.K_killers)
        return self.gain * (cytokines + killers)

    @reaction(nothing >> cholestasis)
    def blocked(self):
        return self.k_cholestasis * self.injury

    @reaction(cholestasis >> nothing)
    def unblocked(self):
        return self.k_cholestasis * self.cholestasis

    @reaction(nothing >> bilirubin)
    def retained(self):
        return self.k_bilirubin * self.bilirubin_0 * (1 + self.cholestasis)

    @reaction(bilirubin >> nothing)
    def excreted(self):
        return self.k_bilirubin * self.bilirubin
