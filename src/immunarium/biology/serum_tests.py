"""Laboratory values that infused immunoglobulin shifts without harm."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Start, exp, quantity


class SerumTests(Module):
    """Protein speeds the sinking of red cells and takes the place of plasma water.

    Assumes: sedimentation rises exponentially with IgG added; sodium is measured per plasma, and
    dissolved in its water only.
    Leaves out: the free water infused; haematocrit in the sedimentation rate; antibodies of
    donors in serology; maltose in glucose meters.
    Read: document 002, adverse effects.
    """

    igg = Needs("mg/L", "IgG in plasma")

    igg_0 = Start(igg)

    by_igg = Parameter("L/mg", "rise of the logarithm of the sedimentation rate per IgG added")
    sodium_0 = Parameter("nmol/L", "sodium of plasma before")
    displaced = Parameter("L/mg", "share of sodium that protein added hides")

    @quantity("1")
    def sedimentation(self):
        """Erythrocyte sedimentation rate, of the patient's own."""
        return exp(self.by_igg * (self.igg - self.igg_0))

    @quantity("nmol/L")
    def sodium(self):
        """Sodium as an indirect electrode reads it."""
        return self.sodium_0 * (1 - self.displaced * (self.igg - self.igg_0))
