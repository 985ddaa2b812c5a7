"""Conventional CD4 T cells."""

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


class Tconv(Module):
    """Conventional CD4 T cells, naive and memory: hard to reach with IL-2.

    Assumes: naive cells come from the thymus and divide rarely; memory cells divide on IL-2 as
    CD8 cells do.
    Leaves out: helper polarisation (Tfh, Th17), long-lived CD25+ cells made by repeated courses.
    Read: doi:10.1172/JCI28941 (Vukmanovic-Stejic 2006).
    """

    naive_blood = Species("cell", "naive CD4 in blood", scale=2e9)
    naive_organ = Species("cell", "naive CD4 in organs", scale=1.5e11)
    memory_blood = Species("cell", "memory CD4 in blood", scale=2e9)
    memory_organ = Species("cell", "memory CD4 in organs", scale=1.4e11)

    growth = Needs("1", "pSTAT5 through the mTOR gate")
    cell_uptake = Needs("L/(cell h)", "IL-2 uptake of one organ cell")
    cell_uptake_blood = Needs("L/(cell h)", "IL-2 uptake of one blood cell")
    out = Needs("1/h", "leaving blood")
    back = Needs("1/h", "returning, per blood cell at rest")

    thymic_output = Parameter("cell/h", "naive CD4 from the thymus")
    k_div_naive = Parameter("1/h", "division of naive cells")
    k_div_memory = Parameter("1/h", "division of memory cells at rest")
    k_il2 = Parameter("1/h", "division added by IL-2 at full signal")
    crowding = Parameter("1", "steepness of death in crowding")
    k_contract = Parameter("1/h", "death of a doubled pool's excess")
    excess_width = Parameter("1", "excess below which the pool does not contract")
    naive_blood_0 = Start(naive_blood)
    naive_organ_0 = Start(naive_organ)
    memory_blood_0 = Start(memory_blood)
    memory_organ_0 = Start(memory_organ)
    growth_0 = Start(growth)

    @quantity("L/h")
    def uptake_organ(self):
        """IL-2 uptake of organ CD4."""
        return self.cell_uptake * (self.naive_organ + self.memory_organ)

    @quantity("L/h")
    def uptake_blood(self):
        """IL-2 uptake of blood CD4."""
        return self.cell_uptake_blood * (self.naive_blood + self.memory_blood)

    @reaction(naive_blood >> naive_organ)
    def naive_leave(self):
        return self.out * self.naive_blood

    @reaction(naive_organ >> naive_blood)
    def naive_come_back(self):
        return self.back * self.naive_blood_0 / self.naive_organ_0 * self.naive_organ

    @reaction(memory_blood >> memory_organ)
    def memory_leave(self):
        return self.out * self.memory_blood

    @reaction(memory_organ >> memory_blood)
    def memory_come_back(self):
        return self.back * self.memory_blood_0 / self.memory_organ_0 * self.memory_organ

    @reaction(nothing >> naive_organ)
    def from_thymus(self):
        return self.thymic_output

    @reaction(naive_organ >> 2 * naive_organ)
    def naive_divide(self):
        return self.k_div_naive * self.naive_organ

    @reaction(naive_organ >> nothing)
    def naive_die(self):
        crowd = (self.naive_organ / self.naive_organ_0) ** self.crowding
        rate = self.k_div_naive + self.thymic_output / self.naive_organ_0
        return rate * crowd * self.naive_organ

    @reaction(memory_organ >> 2 * memory_organ)
    def memory_divide(self):
        rate = self.k_div_memory + self.k_il2 * (self.growth - self.growth_0)
        return rate * self.memory_organ

    @reaction(memory_organ >> nothing)
    def memory_die(self):
        crowd = (self.memory_organ / self.memory_organ_0) ** self.crowding
        return self.k_div_memory * crowd * self.memory_organ

    @reaction(memory_organ >> nothing)
    def memory_contract(self):
        excess = ramp(self.memory_organ / self.memory_organ_0 - 1, self.excess_width)
        return self.k_contract * excess * self.memory_organ
