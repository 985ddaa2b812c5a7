"""The neonatal Fc receptor, which saves IgG from catabolism until there is too much of it."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, quantity


class FcRn(Module):
    """Cells drink plasma IgG and return what the neonatal Fc receptor holds, up to a capacity.

    Assumes: one saturable law for all IgG, own, infused or autoantibody; a blocker competes for
    the same sites; the receptor itself stays as it is.
    Leaves out: albumin, which binds elsewhere; endosomes; the asymptote of 16-18 %/d above 40 g/L.
    Read: Waldmann & Strober 1969, Prog Allergy 13:1; Hansen 2002, Thromb Haemost 88:898.
    """

    endogenous = Needs("mg/L", "own IgG in plasma")
    infused = Needs("mg/L", "infused IgG in plasma")
    competition = Needs("1", "weight of infused IgG as a competitor")
    occupancy = Needs("1", "blocker over its inhibition constant")
    extra_loss = Needs("1/h", "loss of plasma IgG by the disease")

    kup = Parameter("1/h", "fractional uptake of plasma IgG by cells")
    Km = Parameter("mg/L", "IgG at half of the salvage capacity")
    floor = Parameter("1/h", "catabolism where hardly any IgG competes")
    capacity = Parameter("mg/L/h", "most that is saved")
    fcr0 = Parameter("1/h", "catabolism at the untreated patient's IgG")

    @quantity("1/h")
    def salvage(self):
        """Fraction of plasma IgG that the receptor returns."""
        competing = self.endogenous + self.competition * self.infused
        return self.capacity / (self.Km * (1 + self.occupancy) + competing)

    @quantity("1/h")
    def lost(self):
        """Fraction of plasma IgG that cells take up, or that the disease loses."""
        return self.kup + self.extra_loss

    @quantity("1/h")
    def catabolism(self):
        """Fractional catabolic rate of plasma IgG."""
        return self.lost - self.salvage
