"""Death of the disease."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction, sqrt


class Survival(Module):
    """The hazard of death grows with the square root of tumour volume.

    Assumes: burden carries survival; a small constant hazard besides.
    Leaves out: performance status, later therapies, the organ that fails.
    Read: docs/decisions/0003-joining-the-two-physiologies.md.
    """

    cumulative = Species("1", "integrated hazard of death", scale=1.0)

    burden = Needs("L", "scanned volume of all lesions")

    background = Parameter("1/h", "hazard without tumour")
    tumour_hazard = Parameter("1/h", "hazard added at the reference burden")
    reference = Parameter("L", "burden at which that is quoted")
    blunt = Parameter("1", "share of it below which the hazard is linear")

    @quantity("1/h")
    def hazard(self):
        """Hazard of death."""
        burden = self.burden / self.reference
        return self.background + self.tumour_hazard * burden / sqrt(burden + self.blunt)

    @reaction(nothing >> cumulative)
    def adds_up(self):
        return self.hazard
