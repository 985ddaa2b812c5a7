"""A peptide that holds C5."""

from __future__ import annotations

from immunarium.core import Module, Parameter, Species, nothing, quantity, reaction


class C5Peptide(Module):
    """A peptide in plasma that holds one C5 each, lost by itself.

    Assumes: one space; absorbed within hours, so at once; held C5 does not change its loss.
    Leaves out: its active metabolite.
    Read: Zilbrysq summary of product characteristics, section 5.2.
    """

    plasma = Species("nmol", "peptide in plasma", scale=1e3, doseable=True, exchangeable="V")

    V = Parameter("L", "apparent volume of distribution")
    CL = Parameter("L/h", "apparent clearance")

    @quantity("nmol/L")
    def concentration(self):
        """Peptide in plasma."""
        return self.plasma / self.V

    @quantity("nmol/L")
    def paired(self):
        """Antibody with two sites that would hold as much C5."""
        return self.concentration / 2

    @reaction(plasma >> nothing)
    def cleared(self):
        return self.CL * self.concentration
