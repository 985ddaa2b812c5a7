"""Lymphokine-activated killer cells: the host's own under IL-2, and those grown and infused."""

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
    saturation,
)


class LAK(Module):
    """Lasting IL-2 turns NK and some CD8 cells into LAK cells; infused ones pass the lung first.

    Assumes: both live on IL-2, heard through CD56bright pSTAT5; Treg restrain killing a little,
    and as much before therapy as the rates say; the product does not divide.
    Leaves out: recirculation of the product, its rejection (it is the patient's own).
    Read: doi:10.1056/NEJM198512053132327 (Rosenberg 1985).
    """

    host = Species("cell", "host cells with LAK activity", scale=1e9)
    lung = Species("cell", "infused LAK cells in the lung", scale=1e10, doseable=True)
    blood = Species("cell", "infused LAK cells in blood", scale=1e10)
    tissue = Species("cell", "infused LAK cells in tissue", scale=1e10)

    nk_gate = Needs("1", "mTOR gate of CD56dim NK cells")
    nk_cells = Needs("cell", "CD56dim NK cells in organs")
    cd8_gate = Needs("1", "mTOR gate of CD8 T cells")
    cd8_cells = Needs("cell", "CD8 T cells in organs")
    survival_signal = Needs("1", "pSTAT5 of CD56bright NK cells")
    treg = Needs("cell", "Treg in organs")

    k_activate = Parameter("1/h", "activation of NK cells whose mTOR gate is open")
    cd8_share = Parameter("1", "CD8 cells that can become LAK cells, of NK cells that can")
    gate_width = Parameter("1", "opening of the gate below which nothing is activated")
    nk_cost = Parameter("1", "NK cells that leave their pool, per LAK cell")
    k_loss = Parameter("1/h", "death of host LAK cells without IL-2")
    il2_survival = Parameter("1", "share of that death that IL-2 can spare")
    K_survival = Parameter("1", "pSTAT5 at half survival")
    k_lung = Parameter("1/h", "infused cells leave the lung")
    k_blood = Parameter("1/h", "infused cells leave blood")
    k_product_loss = Parameter("1/h", "death of infused cells without IL-2")
    product_survival = Parameter("1", "share of that death that IL-2 can spare")
    treg_restraint = Parameter("1", "loss of killing per Treg, of Treg at rest")
    nk_gate_0 = Start(nk_gate)
    cd8_gate_0 = Start(cd8_gate)
    treg_0 = Start(treg)

    @quantity("1/h")
    def activation(self):
        """Share of CD56dim NK cells that becomes LAK cells."""
        return self.k_activate * ramp(self.nk_gate - self.nk_gate_0, self.gate_width)

    @quantity("1/h")
    def recruited(self):
        """Share of CD56dim NK cells that leaves its pool."""
        return self.nk_cost * self.activation

    @quantity("1")
    def fed(self):
        """IL-2 heard by LAK cells."""
        return saturation(self.survival_signal, self.K_survival)

    @quantity("cell")
    def product(self):
        """Infused LAK cells alive."""
        return self.lung + self.blood + self.tissue

    @quantity("1")
    def freedom(self):
        """Killing that Treg leaves, of that before therapy."""
        return (1 + self.treg_restraint) / (1 + self.treg_restraint * self.treg / self.treg_0)

    @quantity("cell")
    def host_killers(self):
        """Host LAK cells, as they kill."""
        return self.host * self.freedom

    @quantity("cell")
    def infused_killers(self):
        """Infused LAK cells, as they kill."""
        return self.product * self.freedom

    @reaction(nothing >> host)
    def activated(self):
        cd8 = self.k_activate * ramp(self.cd8_gate - self.cd8_gate_0, self.gate_width)
        return self.activation * self.nk_cells + self.cd8_share * cd8 * self.cd8_cells

    @reaction(host >> nothing)
    def host_die(self):
        return self.k_loss * (1 - self.il2_survival * self.fed) * self.host

    @reaction(lung >> blood)
    def leave_lung(self):
        return self.k_lung * self.lung

    @reaction(blood >> tissue)
    def settle(self):
        return self.k_blood * self.blood

    @reaction(tissue >> nothing)
    def product_die(self):
        return self.k_product_loss * (1 - self.product_survival * self.fed) * self.tissue
