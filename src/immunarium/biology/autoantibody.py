"""The autoantibody of a disease."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, reaction


class Autoantibody(Module):
    """An IgG against the patient's own tissue, relative to its untreated level.

    Assumes: too little of it to change total IgG; its catabolism and distribution are those of IgG.
    Leaves out: affinity, isotypes other than IgG, loss on antigen.
    Read: Bleeker 2001, Blood 98:3136.
    """

    plasma = Species(
        "1", "autoantibody in plasma, of the untreated patient's", exchangeable="volume"
    )
    tissue = Species("1", "autoantibody in tissue, in amounts of the untreated patient's plasma")

    catabolism = Needs("1/h", "fractional catabolic rate of IgG")
    secretion = Needs("1", "secretion by plasma cells, of the untreated patient's")
    k12 = Needs("1/h", "leaving plasma for tissue")
    k21 = Needs("1/h", "returning from tissue")
    volume = Needs("L", "plasma volume")

    synthesis = Parameter("1/h", "synthesis, untreated")

    @reaction(nothing >> plasma)
    def secreted(self):
        return self.synthesis * self.secretion

    @reaction(plasma >> nothing)
    def catabolised(self):
        return self.catabolism * self.plasma

    @reaction(plasma >> tissue)
    def distributed(self):
        return self.k12 * self.plasma

    @reaction(tissue >> plasma)
    def returned(self):
        return self.k21 * self.tissue
