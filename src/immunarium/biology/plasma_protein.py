"""A protein of plasma that FcRn does not save, or does not need to."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    log,
    nothing,
    quantity,
    reaction,
)


class PlasmaProtein(Module):
    """A protein made at a constant rate, lost from plasma, in exchange with one tissue space.

    Assumes: relative to the patient's own baseline; loss is first order.
    Leaves out: what regulates its synthesis; release from stores.
    Read: Barth 1964, J Clin Invest 43:1036 (IgM); pmid:4717094 (IgA).
    """

    plasma = Species("1", "in plasma, of own baseline", exchangeable="volume")
    tissue = Species("1", "in tissue, in amounts of plasma")

    use = Needs("1/h", "loss beyond its own catabolism")
    volume = Needs("L", "plasma volume")

    fcr = Parameter("1/h", "fractional catabolic rate")
    f_iv = Parameter("1", "share of the body's that is in plasma")
    k12 = Parameter("1/h", "leaving plasma for tissue")
    k21 = Parameter("1/h", "returning from tissue")

    @quantity("h")
    def half_life(self):
        """Half-life in the body, of a tracer that has spread."""
        return log(2.0) / (self.fcr * self.f_iv)

    @reaction(nothing >> plasma)
    def made(self):
        return self.fcr

    @reaction(plasma >> nothing)
    def catabolised(self):
        return self.fcr * self.plasma

    @reaction(plasma >> nothing)
    def used(self):
        return self.use * self.plasma

    @reaction(plasma >> tissue)
    def distributed(self):
        return self.k12 * self.plasma

    @reaction(tissue >> plasma)
    def returned(self):
        return self.k21 * self.tissue
