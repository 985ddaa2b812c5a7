"""Regulatory T cells."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    nothing,
    quantity,
    reaction,
    saturation,
)


class Treg(Module):
    """Regulatory T cells: they divide on the least IL-2, and crowd one another.

    Assumes: pSTAT5 alone drives division (PTEN keeps their mTOR gate nearly shut); death rises with
    crowding.
    Leaves out: ICOS+ and CD8+ Treg, naive against memory Treg, loss of FOXP3.
    Read: doi:10.1172/JCI28941 (Vukmanovic-Stejic 2006).
    """

    blood = Species("cell", "Treg in blood", scale=2.5e8)
    organ = Species("cell", "Treg in organs", scale=1.8e10)

    s = Needs("1", "pSTAT5")
    cell_uptake = Needs("L/(cell h)", "IL-2 uptake of one organ cell")
    cell_uptake_blood = Needs("L/(cell h)", "IL-2 uptake of one blood cell")
    out = Needs("1/h", "leaving blood")
    back = Needs("1/h", "returning, per blood cell at rest")

    k_div = Parameter("1/h", "division at rest")
    s50 = Parameter("1", "pSTAT5 at half the fastest division")
    thymic_share = Parameter("1", "thymic output against division at rest")
    crowding = Parameter("1", "steepness of death in crowding")
    blood_0 = Start(blood)
    organ_0 = Start(organ)

    @quantity("1")
    def drive(self):
        """Share of the fastest division."""
        return saturation(self.s, self.s50)

    drive_0 = Start(drive)

    @quantity("L/h")
    def uptake_organ(self):
        """IL-2 uptake of organ Treg."""
        return self.cell_uptake * self.organ

    @quantity("L/h")
    def uptake_blood(self):
        """IL-2 uptake of blood Treg."""
        return self.cell_uptake_blood * self.blood

    @reaction(blood >> organ)
    def leave(self):
        return self.out * self.blood

    @reaction(organ >> blood)
    def come_back(self):
        return self.back * self.blood_0 / self.organ_0 * self.organ

    @reaction(nothing >> organ)
    def from_thymus(self):
        return self.k_div * self.thymic_share * self.organ_0

    @reaction(organ >> 2 * organ)
    def divide(self):
        return self.k_div * self.drive / self.drive_0 * self.organ

    @reaction(organ >> nothing)
    def die(self):
        crowd = (self.organ / self.organ_0) ** self.crowding
        return self.k_div * (1 + self.thymic_share) * crowd * self.organ
