"""Hydroxyethyl starch after its infusion."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class Hes(Module):
    """Starch in plasma is cut and leaves by the kidney; some is stored, and leaves slowly.

    Assumes: first order throughout; storage gives nothing back to plasma.
    Leaves out: molecular weight, amylase, oncotic pressure, injury of the kidney, itching.
    Read: doi:10.2165/00003088-200544070-00002 (pharmacokinetics of hydroxyethyl starch).
    """

    plasma = Species("mg", "hydroxyethyl starch in plasma", scale=1e4, exchangeable="volume")
    stored = Species("mg", "hydroxyethyl starch in macrophages", scale=1e4)

    volume = Needs("L", "plasma volume")

    k_kidney = Parameter("1/h", "leaving plasma by the kidney")
    k_store = Parameter("1/h", "uptake by macrophages")
    k_slow = Parameter("1/h", "leaving the store")

    @quantity("mg/L")
    def concentration(self):
        """Hydroxyethyl starch in plasma."""
        return self.plasma / self.volume

    @reaction(plasma >> nothing)
    def excreted(self):
        return self.k_kidney * self.plasma

    @reaction(plasma >> stored)
    def taken_up(self):
        return self.k_store * self.plasma

    @reaction(stored >> nothing)
    def metabolised(self):
        return self.k_slow * self.stored
