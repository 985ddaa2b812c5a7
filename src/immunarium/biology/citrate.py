"""Citrate in the body, and the calcium that it binds."""

from __future__ import annotations

from immunarium.core import Covariate, Module, Parameter, Species, nothing, quantity, reaction


class Citrate(Module):
    """Citrate from the circuit and from donor plasma binds calcium until the liver burns it.

    Assumes: one space for citrate and calcium; binding at once; bone and kidney pull calcium back
    to its set point at a constant rate; plasma takes away more calcium than is ionised in it.
    Leaves out: magnesium, bicarbonate from citrate, parathyroid hormone by name, liver failure.
    Read: J Clin Apher 2007, 22:265 (581 exchanges); pmid:39591926.
    """

    citrate = Species("nmol", "citrate", scale=1e6, exchangeable="space")
    calcium = Species("nmol", "calcium, free or on citrate", scale=1e7, exchangeable="apparent")

    per_kg = Covariate("L/kg", "space of citrate and calcium, of body weight")
    space = Parameter("L", "space of citrate and calcium")
    half_life = Parameter("h", "half-life of citrate")
    k_burnt = Parameter("1/h", "metabolism of citrate")
    K = Parameter("nmol/L", "citrate that binds half of the calcium")
    set_point = Parameter("nmol/L", "ionised calcium at rest")
    k_bone = Parameter("1/h", "return to the set point, by bone and kidney")

    @quantity("1")
    def bound(self):
        """Calcium, free or on citrate, over free calcium."""
        return 1 + self.citrate / (self.K * self.space)

    @quantity("L")
    def apparent(self):
        """The space as free calcium sees it."""
        return self.space * self.bound

    @quantity("nmol/L")
    def ionised_calcium(self):
        """Ionised calcium."""
        return self.calcium / self.apparent

    @reaction(citrate >> nothing)
    def burnt(self):
        return self.k_burnt * self.citrate

    @reaction(nothing >> calcium)
    def from_bone(self):
        return self.k_bone * self.set_point * self.space

    @reaction(calcium >> nothing)
    def into_bone(self):
        return self.k_bone * self.calcium
