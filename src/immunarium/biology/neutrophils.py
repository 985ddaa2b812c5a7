"""Neutrophils of blood under immunoglobulin."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, hill, nothing, quantity, reaction


class Neutrophils(Module):
    """High IgG makes neutrophils leave the blood; they return as it falls.

    Assumes: margination, not death or less production; a threshold near the peak of a course.
    Leaves out: antibodies to neutrophils; steroids; growth factors.
    Read: doi:10.1097/MD.0000000000018624 (Oh 2020); Matsuda 2003, Clin Neuropharmacol 26:306.
    """

    blood = Species("1", "neutrophils in blood, of the patient's own baseline")

    infused = Needs("mg/L", "infused IgG in plasma")

    count_0 = Parameter("cell/L", "neutrophils before")
    k_leave = Parameter("1/h", "turnover of blood neutrophils")
    most = Parameter("1", "how much faster they leave under much IgG")
    half = Parameter("mg/L", "infused IgG at half of it")
    steepness = Parameter("1", "Hill coefficient")

    @quantity("cell/L")
    def count(self):
        """Absolute neutrophil count."""
        return self.count_0 * self.blood

    @reaction(nothing >> blood)
    def enter(self):
        return self.k_leave

    @reaction(blood >> nothing)
    def leave(self):
        faster = self.most * hill(self.infused, self.half, self.steepness)
        return self.k_leave * (1 + faster) * self.blood
