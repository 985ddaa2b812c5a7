"""A monoclonal antibody against C5."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class C5Antibody(Module):
    """An antibody to C5 in plasma and tissue, lost as the IgG that it is.

    Assumes: linear but for IgG catabolism, which sets its clearance relative to the untreated.
    Leaves out: antibodies against it.
    Read: prescribing information.
    """

    plasma = Species("nmol", "antibody in plasma", scale=1e3, exchangeable="V")
    tissue = Species("nmol", "antibody in tissue", scale=1e3)

    catabolism = Needs("1/h", "fractional catabolic rate of IgG")
    catabolism_0 = Needs("1/h", "the same, untreated")

    V = Parameter("L", "volume of distribution in plasma")
    V_tissue = Parameter("L", "volume of tissue")
    CL = Parameter("L/h", "clearance, untreated")
    Q = Parameter("L/h", "exchange with tissue")

    @quantity("nmol/L")
    def concentration(self):
        """Antibody in plasma."""
        return self.plasma / self.V

    @reaction(plasma >> nothing)
    def cleared(self):
        return self.CL * self.catabolism / self.catabolism_0 * self.concentration

    @reaction(plasma >> tissue)
    def distributed(self):
        return self.Q * self.concentration

    @reaction(tissue >> plasma)
    def returned(self):
        return self.Q * self.tissue / self.V_tissue
