"""Infused IgG that still binds complement."""

from __future__ import annotations

from immunarium.core import Inflow, Module, Needs, Parameter, Species, nothing, quantity, reaction


class FreshIgG(Module):
    """The part of infused IgG that still binds nascent C3b: dimers and antibodies to C3b.

    Assumes: a tag on the infused IgG, no mass of its own; it travels and is broken down as IgG
    and loses its hold on C3b at one rate everywhere.
    Leaves out: what becomes of the complexes.
    Read: pmid:14504108 (Lutz 2004).
    """

    skin = Species("mg", "fresh IgG under the skin", scale=1e3, doseable=True)
    plasma = Species("mg", "fresh IgG in plasma", scale=1e3, exchangeable="volume")
    tissue = Species("mg", "fresh IgG in tissue", scale=1e3)

    infusion = Inflow(plasma)

    catabolism = Needs("1/h", "fractional catabolic rate of IgG")
    k12 = Needs("1/h", "leaving plasma for tissue")
    k21 = Needs("1/h", "returning from tissue")
    ka = Needs("1/h", "absorption from under the skin")
    volume = Needs("L", "plasma volume")

    kdis = Parameter("1/h", "loss of the hold on C3b")

    @quantity("mg/L")
    def concentration(self):
        """Infused IgG in plasma that still binds C3b."""
        return self.plasma / self.volume

    @reaction(skin >> plasma)
    def absorbed(self):
        return self.ka * self.skin

    @reaction(plasma >> nothing)
    def catabolised(self):
        return self.catabolism * self.plasma

    @reaction(plasma >> tissue)
    def distributed(self):
        return self.k12 * self.plasma

    @reaction(tissue >> plasma)
    def returned(self):
        return self.k21 * self.tissue

    @reaction(plasma >> nothing)
    def aged(self):
        return self.kdis * self.plasma

    @reaction(tissue >> nothing)
    def aged_in_tissue(self):
        return self.kdis * self.tissue
