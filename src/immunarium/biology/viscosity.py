"""Viscosity of serum under immunoglobulin, and the clots of arteries that follow."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    exp,
    nothing,
    quantity,
    reaction,
)


class Viscosity(Module):
    """Serum thickens exponentially with the IgG added, and thick serum clots arteries.

    Assumes: viscosity is that of protein in solution, and the hazard follows it at once, whatever
    the infusion rate; what thickens serum before adds to it.
    Leaves out: factor XIa in products; veins, where a self-controlled study saw no excess
    (relative rate 1.07, 0.34 to 3.48); red cells and fibrinogen, which make up blood's viscosity.
    Read: doi:10.1212/wnl.44.2.223 (Dalakas 1994); doi:10.1007/s11239-021-02610-4 (Ammann 2021).
    """

    exposure = Species("h", "time weighted by the relative hazard of clots", scale=100.0)

    igg = Needs("mg/L", "IgG in plasma")

    igg_0 = Start(igg)

    # 1 is water's; centipoise are read as multiples of water's viscosity at 20 °C, which is 1 cP
    serum_0 = Parameter("1", "viscosity of serum before, in cP")
    hypercholesterolaemia = Parameter("1", "1 with, 0 without")
    cryoglobulin = Parameter("1", "1 with cryoglobulins or hypergammaglobulinaemia, 0 without")
    by_cholesterol = Parameter("1", "what cholesterol adds, in cP")
    by_cryoglobulin = Parameter("1", "what cryoglobulins or hypergammaglobulinaemia add, in cP")
    by_igg = Parameter("L/mg", "relative rise per IgG added")
    reference = Parameter("1", "viscosity at which the hazard is quoted, in cP")
    steepness = Parameter("1", "rise of the logarithm of the hazard per cP")
    arterial_0 = Parameter("1/h", "hazard of an arterial clot at the reference")
    vascular_disease = Parameter("1", "1 with a clot or vascular disease before, 0 without")
    vascular_risk = Parameter("1", "hazard with vascular disease, of that without")

    @quantity("1")
    def before(self):
        """Viscosity of serum without treatment, in cP."""
        lipids = self.by_cholesterol * self.hypercholesterolaemia
        return self.serum_0 + lipids + self.by_cryoglobulin * self.cryoglobulin

    @quantity("1")
    def serum(self):
        """Viscosity of serum, in cP."""
        return self.before * exp(self.by_igg * (self.igg - self.igg_0))

    @quantity("1")
    def rise(self):
        """Rise of the viscosity of serum, in cP."""
        return self.serum - self.before

    @quantity("1")
    def relative_hazard(self):
        """Hazard of arterial clots, of that at the reference."""
        return exp(self.steepness * (self.serum - self.reference))

    @quantity("1")
    def arterial(self):
        """Integrated hazard of stroke or infarction."""
        risk = 1 + self.vascular_disease * (self.vascular_risk - 1)
        return self.arterial_0 * risk * self.exposure

    @reaction(nothing >> exposure)
    def adds_up(self):
        return self.relative_hazard
