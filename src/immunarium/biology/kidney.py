"""Urine and creatinine."""

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


class Kidney(Module):
    """Urine follows pressure and plasma volume steeply; filtration falls less, until both are low.

    Assumes: antidiuretic hormone, renin and aldosterone act through the two exponents; muscle makes
    creatinine steadily.
    Leaves out: diuretics, dopamine, tubular injury that outlasts the low pressure.
    Read: Guyton and Hall, Textbook of Medical Physiology, on pressure natriuresis.
    """

    urine = Species("L", "urine passed since the start")
    creatinine = Species("mg/L", "creatinine in plasma", scale=9.0)

    pressure_ratio = Needs("1", "mean arterial pressure, of rest")
    plasma = Needs("L", "plasma volume")
    tnf_effect = Needs("1", "effect of TNF, of its maximum")

    urine_rest = Parameter("L/h", "urine flow at rest")
    pressure_power = Parameter("1", "exponent of pressure in urine flow")
    volume_power = Parameter("1", "exponent of plasma volume in urine flow")
    ceiling = Parameter("1", "blunting of diuresis above rest")
    width = Parameter("1", "change of urine drive over which blunting and oliguria set in")
    GFR_rest = Parameter("L/h", "glomerular filtration at rest")
    GFR_power = Parameter("1", "exponent of oliguria in filtration")
    tnf_GFR = Parameter("1", "fall of filtration at full effect of TNF")
    V_creatinine = Parameter("L", "volume of distribution of creatinine")

    creatinine_0 = Start(creatinine)
    plasma_0 = Start(plasma)

    @quantity("1")
    def drive(self):
        """Pressure and volume as the kidney feels them, of rest."""
        pressure = self.pressure_ratio**self.pressure_power
        return pressure * (self.plasma / self.plasma_0) ** self.volume_power

    @quantity("L/h")
    def urine_flow(self):
        """Urine flow."""
        return self.urine_rest * self.drive / (1 + self.ceiling * ramp(self.drive - 1, self.width))

    @quantity("1/h")
    def diuresis(self):
        """Urine flow per plasma volume."""
        return self.urine_flow / self.plasma

    @quantity("L/h")
    def GFR(self):
        """Glomerular filtration."""
        oliguria = (1 - ramp(1 - self.drive, self.width)) ** self.GFR_power
        return self.GFR_rest * self.pressure_ratio * oliguria / (1 + self.tnf_GFR * self.tnf_effect)

    @reaction(nothing >> urine)
    def passed(self):
        return self.urine_flow

    @reaction(nothing >> creatinine)
    def made(self):
        return self.GFR_rest * self.creatinine_0 / self.V_creatinine

    @reaction(creatinine >> nothing)
    def filtered(self):
        return self.GFR * self.creatinine / self.V_creatinine
