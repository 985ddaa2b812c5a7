"""Interleukin-2: where it is, where it goes and who eats it."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class IL2(Module):
    """Interleukin-2 in plasma and tissue: filtered by the kidney, eaten by the cells that bind it.

    Assumes: plasma is well mixed; one organ space, quickly exchanged with plasma, holds nearly all
    lymphocytes; a dose under the skin is what survives the site (F_sc, lag_sc are read by dosing).
    Leaves out: soluble CD25, antibodies to IL-2, passage into tumours.
    Read: pmid:2317789 (Konrad 1990).
    """

    depot = Species("nmol", "IL-2 under the skin", doseable=True)
    transit = Species("nmol", "IL-2 on its way from the skin")
    central = Species("nmol", "IL-2 in plasma", doseable=True)
    peripheral = Species("nmol", "IL-2 in slowly exchanging tissue")
    organ = Species("nmol", "IL-2 among the lymphocytes of organs", scale=0.1)

    uptake_blood = Needs("L/h", "plasma cleared of IL-2 by blood cells")
    uptake_organ = Needs("L/h", "fluid cleared of IL-2 by organ cells")
    secretion = Needs("nmol/h", "IL-2 from activated helper cells")

    V_central = Parameter("L", "plasma volume of distribution")
    V_peripheral = Parameter("L", "volume of slowly exchanging tissue")
    V_organ = Parameter("L", "lymphoid and organ interstitium")
    CL = Parameter("L/h", "renal clearance")
    Q = Parameter("L/h", "exchange with slow tissue")
    Q_organ = Parameter("L/h", "exchange with lymphoid organs")
    F_sc = Parameter("1", "share of a subcutaneous dose that is absorbed")
    lag_sc = Parameter("h", "delay before absorption from the skin")
    lymph_fraction = Parameter("1", "share of an absorbed dose that arrives by lymph")
    k_transit = Parameter("1/h", "leaving the depot")
    k_absorb = Parameter("1/h", "absorption, the slower step")
    organ_baseline = Parameter("nmol/L", "IL-2 in organs at rest")
    secretion_0 = Parameter("nmol/h", "constitutive secretion", balances=organ)

    @quantity("nmol/L")
    def plasma(self):
        """IL-2 in plasma."""
        return self.central / self.V_central

    @quantity("nmol/L")
    def peripheral_free(self):
        """IL-2 in slowly exchanging tissue."""
        return self.peripheral / self.V_peripheral

    @quantity("nmol/L")
    def organ_free(self):
        """IL-2 that organ cells see."""
        return self.organ / self.V_organ

    @reaction(depot >> transit)
    def dissolved(self):
        return self.k_transit * self.depot

    @reaction(transit >> central)
    def absorbed_by_blood(self):
        return (1 - self.lymph_fraction) * self.k_absorb * self.transit

    @reaction(transit >> organ)
    def absorbed_by_lymph(self):
        return self.lymph_fraction * self.k_absorb * self.transit

    @reaction(central >> nothing)
    def filtered(self):
        return self.CL * self.plasma

    @reaction(central >> peripheral)
    def distributed(self):
        return self.Q * self.plasma

    @reaction(peripheral >> central)
    def redistributed(self):
        return self.Q * self.peripheral_free

    @reaction(central >> organ)
    def enters_organs(self):
        return self.Q_organ * self.plasma

    @reaction(organ >> central)
    def leaves_organs(self):
        return self.Q_organ * self.organ_free

    @reaction(central >> nothing)
    def eaten_in_blood(self):
        return self.uptake_blood * self.plasma

    @reaction(organ >> nothing)
    def eaten_in_organs(self):
        return self.uptake_organ * self.organ_free

    @reaction(nothing >> organ)
    def secreted_at_rest(self):
        return self.secretion_0

    @reaction(nothing >> organ)
    def secreted_by_helpers(self):
        return self.secretion
