"""Natural killer cells."""

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
    relaxes,
)


class NK(Module):
    """NK cells: marrow makes CD56bright, which ripen into CD56dim; IL-2 feeds every step.

    Assumes: CD56bright carry the trimer and so hear little IL-2; CD56dim need nanomolar IL-2 and
    an open mTOR gate to divide; some activated CD56dim leave the pool as LAK cells.
    Leaves out: tissue-resident NK cells, exhaustion, IL-15.
    Read: doi:10.1111/j.1365-2567.2007.02573.x (Zhang 2007), doi:10.1172/JCI116161 (Caligiuri 1993).
    """

    progenitor = Species("1", "marrow precursors, of those at rest")
    bright_blood = Species("cell", "CD56bright NK in blood", scale=1.5e8)
    bright_organ = Species("cell", "CD56bright NK in organs", scale=1e9)
    dim_blood = Species("cell", "CD56dim NK in blood", scale=1.75e9)
    dim_organ = Species("cell", "CD56dim NK in organs", scale=1.5e10)

    bright_s = Needs("1", "pSTAT5 of CD56bright")
    dim_growth = Needs("1", "pSTAT5 of CD56dim through the mTOR gate")
    recruited = Needs("1/h", "share of CD56dim that leaves the pool as LAK cells")
    bright_uptake = Needs("L/(cell h)", "IL-2 uptake of one CD56bright in organs")
    bright_uptake_blood = Needs("L/(cell h)", "IL-2 uptake of one CD56bright in blood")
    dim_uptake = Needs("L/(cell h)", "IL-2 uptake of one CD56dim in organs")
    dim_uptake_blood = Needs("L/(cell h)", "IL-2 uptake of one CD56dim in blood")
    out = Needs("1/h", "leaving blood")
    back = Needs("1/h", "returning, per blood cell at rest")

    k_progenitor = Parameter("1/h", "turnover of precursors")
    progenitor_gain = Parameter("1", "rise of precursors at full signal")
    s50_bright = Parameter("1", "pSTAT5 at half signal of CD56bright")
    bright_div = Parameter("1/h", "division of CD56bright at rest")
    bright_gain = Parameter("1", "rise of that division at full signal")
    bright_loss = Parameter("1/h", "death of CD56bright")
    k_mature = Parameter("1/h", "CD56bright become CD56dim")
    dim_div = Parameter("1/h", "division of CD56dim at rest")
    dim_il2 = Parameter("1/h", "division added by IL-2 at full signal")
    dim_loss = Parameter("1/h", "death of CD56dim at rest")
    crowding = Parameter("1", "steepness of CD56dim death in crowding")
    bright_origin = Parameter("cell/h", "CD56bright from marrow at rest", balances=bright_organ)
    dim_origin = Parameter("cell/h", "CD56dim from marrow directly", balances=dim_organ)
    bright_blood_0 = Start(bright_blood)
    bright_organ_0 = Start(bright_organ)
    dim_blood_0 = Start(dim_blood)
    dim_organ_0 = Start(dim_organ)
    bright_s_0 = Start(bright_s)
    dim_growth_0 = Start(dim_growth)

    @quantity("1")
    def bright_drive(self):
        """Signal of CD56bright and their precursors above rest."""
        return (self.bright_s - self.bright_s_0) / (self.bright_s + self.s50_bright)

    @quantity("L/h")
    def uptake_organ(self):
        """IL-2 uptake of organ NK cells."""
        return self.bright_uptake * self.bright_organ + self.dim_uptake * self.dim_organ

    @quantity("L/h")
    def uptake_blood(self):
        """IL-2 uptake of blood NK cells."""
        return self.bright_uptake_blood * self.bright_blood + self.dim_uptake_blood * self.dim_blood

    @relaxes(progenitor)
    def precursors(self):
        more = self.progenitor_gain * self.bright_drive - (self.progenitor - 1)
        return self.k_progenitor * self.progenitor * more

    @reaction(bright_blood >> bright_organ)
    def bright_leave(self):
        return self.out * self.bright_blood

    @reaction(bright_organ >> bright_blood)
    def bright_come_back(self):
        return self.back * self.bright_blood_0 / self.bright_organ_0 * self.bright_organ

    @reaction(dim_blood >> dim_organ)
    def dim_leave(self):
        return self.out * self.dim_blood

    @reaction(dim_organ >> dim_blood)
    def dim_come_back(self):
        return self.back * self.dim_blood_0 / self.dim_organ_0 * self.dim_organ

    @reaction(nothing >> bright_organ)
    def bright_arise(self):
        return self.bright_origin * self.progenitor

    @reaction(bright_organ >> 2 * bright_organ)
    def bright_divide(self):
        return self.bright_div * (1 + self.bright_gain * self.bright_drive) * self.bright_organ

    @reaction(bright_organ >> nothing)
    def bright_die(self):
        return self.bright_loss * self.bright_organ

    @reaction(bright_organ >> dim_organ)
    def mature(self):
        return self.k_mature * self.bright_organ

    @reaction(nothing >> dim_organ)
    def dim_arise(self):
        return self.dim_origin

    @reaction(dim_organ >> 2 * dim_organ)
    def dim_divide(self):
        rate = self.dim_div + self.dim_il2 * (self.dim_growth - self.dim_growth_0)
        return rate * self.dim_organ

    @reaction(dim_organ >> nothing)
    def dim_die(self):
        crowd = (self.dim_organ / self.dim_organ_0) ** self.crowding
        return self.dim_loss * crowd * self.dim_organ

    @reaction(dim_organ >> nothing)
    def become_lak(self):
        return self.recruited * self.dim_organ
