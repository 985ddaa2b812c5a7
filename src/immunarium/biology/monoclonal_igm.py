"""A monoclonal IgM against myelin, and the nerve that it splits."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    nothing,
    quantity,
    reaction,
    saturation,
)


class MonoclonalIgM(Module):
    """A clone makes IgM against myelin-associated glycoprotein, far more than nerve can bind.

    Assumes: FcRn does not save IgM; its binding widens myelin by itself, at a rate that the next
    step limits; disability follows the loss of myelin.
    Leaves out: complement and phagocytes, which do not limit the damage; treatment of the clone.
    It needs nothing but the volume that it is dissolved in.
    Read: Dalakas 1996, Ann Neurol 40:792; Comi 2002, J Neurol 249:1370.
    """

    plasma = Species("1", "monoclonal IgM in plasma, of own baseline", exchangeable="volume")
    tissue = Species("1", "monoclonal IgM in tissue, in amounts of plasma")
    lost = Species("1", "share of myelin lost", scale=0.1)

    volume = Needs("L", "plasma volume")

    fcr = Parameter("1/h", "fractional catabolic rate")
    k12 = Parameter("1/h", "leaving plasma for tissue")
    k21 = Parameter("1/h", "returning from tissue")
    half = Parameter("1", "IgM, of baseline, at which half of nerve's sites are taken")
    lost_0 = Parameter("1", "share of myelin lost at the start")
    k_lose = Parameter("1/h", "loss of myelin where every site is taken")
    incat_all = Parameter("1", "INCAT points where all myelin is lost")

    @quantity("1")
    def incat(self):
        """Disability, in points of INCAT."""
        return self.incat_all * self.lost

    @reaction(nothing >> plasma)
    def made(self):
        return self.fcr

    @reaction(plasma >> nothing)
    def catabolised(self):
        return self.fcr * self.plasma

    @reaction(plasma >> tissue)
    def distributed(self):
        return self.k12 * self.plasma

    @reaction(tissue >> plasma)
    def returned(self):
        return self.k21 * self.tissue

    @reaction(nothing >> lost)
    def is_split(self):
        return self.k_lose * saturation(self.plasma, self.half) * (1 - self.lost)
