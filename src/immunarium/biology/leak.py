"""Permeability of the capillaries."""

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


class Leak(Module):
    """IFN-γ, TNF and IL-2 itself open the capillaries within a day; closing takes longer.

    Assumes: one permeability for all vessels; the three causes add.
    Leaves out: complement, angiopoietin-2, neutrophils, differences between organs.
    Read: Krieg 2010 (IL-2 on lung endothelium).
    """

    permeability = Species("1", "permeability above rest; 1 opens pores about two-fold")

    ifn_effect = Needs("1", "effect of IFN-γ, of its maximum")
    tnf_effect = Needs("1", "effect of TNF, of its maximum")
    il2 = Needs("nmol/L", "IL-2 in plasma")

    common = Parameter("1", "frailty of this patient's vessels, common to all three weights")
    ifn = Parameter("1", "weight of IFN-γ")
    tnf = Parameter("1", "weight of TNF")
    endothelial_il2 = Parameter("1", "weight of IL-2 on endothelium")
    K_il2 = Parameter("nmol/L", "IL-2 at half its effect on endothelium")
    il2_width = Parameter("nmol/L", "IL-2 above rest from which endothelium answers in proportion")
    k_on = Parameter("1/h", "clock of opening")
    k_off = Parameter("1/h", "clock of closing")
    drive_width = Parameter("1", "excess of drive over which closing turns into opening")

    il2_0 = Start(il2)

    @quantity("1")
    def drive(self):
        """Permeability towards which the vessels move."""
        # Cells that eat IL-2 may take it below rest; the ramp keeps the drive from falling below 0.
        il2 = saturation(ramp(self.il2 - self.il2_0, self.il2_width), self.K_il2)
        return self.ifn * self.ifn_effect + self.tnf * self.tnf_effect + self.endothelial_il2 * il2

    @reaction(nothing >> permeability)
    def opens(self):
        faster = ramp(self.drive - self.permeability, self.drive_width)
        return self.k_off * self.drive + (self.k_on - self.k_off) * faster

    @reaction(permeability >> nothing)
    def closes(self):
        return self.k_off * self.permeability
