"""CD8 T cells."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    nothing,
    quantity,
    ramp,
    reaction,
)


class CD8(Module):
    """CD8 T cells: they divide on IL-2 that holds long enough to open the mTOR gate.

    Assumes: one class; the excess contracts when IL-2 is gone.
    Leaves out: specificity (that is ``antigen``), exhaustion, naive against memory.
    Read: doi:10.1073/pnas.2308511120 (Sender 2023).
    """

    blood = Species("cell", "CD8 T cells in blood", scale=3e9)
    organ = Species("cell", "CD8 T cells in organs", scale=1.6e11)

    growth = Needs("1", "pSTAT5 through the mTOR gate")
    cell_uptake = Needs("L/(cell h)", "IL-2 uptake of one organ cell")
    cell_uptake_blood = Needs("L/(cell h)", "IL-2 uptake of one blood cell")
    out = Needs("1/h", "leaving blood")
    back = Needs("1/h", "returning, per blood cell at rest")

    k_div = Parameter("1/h", "division at rest")
    k_il2 = Parameter("1/h", "division added by IL-2 at full signal")
    crowding = Parameter("1", "steepness of death in crowding")
    k_contract = Parameter("1/h", "death of a doubled pool's excess")
    excess_width = Parameter("1", "excess below which the pool does not contract")
    blood_0 = Start(blood)
    organ_0 = Start(organ)
    growth_0 = Start(growth)

    @quantity("L/h")
    def uptake_organ(self):
        """IL-2 uptake of organ CD8."""
        return self.cell_uptake * self.organ

    @quantity("L/h")
    def uptake_blood(self):
        """IL-2 uptake of blood CD8."""
        return self.cell_uptake_blood * self.blood

    @reaction(blood >> organ)
    def leave(self):
        return self.out * self.blood

    @reaction(organ >> blood)
    def come_back(self):
        return self.back * self.blood_0 / self.organ_0 * self.organ

    @reaction(organ >> 2 * organ)
    def divide(self):
        return (self.k_div + self.k_il2 * (self.growth - self.growth_0)) * self.organ

    @reaction(organ >> nothing)
    def die(self):
        return self.k_div * (self.organ / self.organ_0) ** self.crowding * self.organ

    @reaction(organ >> nothing)
    def contract(self):
        excess = ramp(self.organ / self.organ_0 - 1, self.excess_width)
        return self.k_contract * excess * self.organ
