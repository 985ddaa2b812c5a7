"""Nitric oxide, measured as plasma nitrite and nitrate."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, Start, nothing, reaction


class NitricOxide(Module):
    """Inducible NO synthase answers IFN-γ and TNF over days; NOx in plasma shows it.

    Assumes: induction and clearance of NOx share one slow clock.
    Leaves out: nitrate of the diet, renal failure as a cause of high NOx.
    Read: Miles 1994 Eur J Clin Invest (NOx maximum on day 5 of continuous IL-2).
    """

    nox = Species("nmol/L", "nitrite and nitrate in plasma", scale=3e4)

    ifn_effect = Needs("1", "effect of IFN-γ, of its maximum")
    tnf_effect = Needs("1", "effect of TNF, of its maximum")

    k = Parameter("1/h", "clock of induction and clearance")
    gain = Parameter("1", "rise at full effect of TNF, in multiples of rest")
    ifn_weight = Parameter("1", "weight of IFN-γ, TNF = 1")

    nox_0 = Start(nox)

    @reaction(nothing >> nox)
    def synthesis(self):
        induced = self.gain * (self.ifn_weight * self.ifn_effect + self.tnf_effect)
        return self.k * self.nox_0 * (1 + induced)

    @reaction(nox >> nothing)
    def clearance(self):
        return self.k * self.nox
