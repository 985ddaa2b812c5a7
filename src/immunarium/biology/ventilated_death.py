"""Death on the ventilator."""

from __future__ import annotations

from immunarium.core import (
    Covariate,
    Module,
    Needs,
    Parameter,
    Species,
    nothing,
    quantity,
    reaction,
    smooth_step,
)


class VentilatedDeath(Module):
    """Who is ventilated carries a hazard of death that rises with age.

    Assumes: pneumonia, sepsis and embolism strike while breathing fails, at a constant rate.
    Leaves out: dysautonomia, death at home after discharge, the skill of the unit.
    Read: van den Berg 2013 Neurology 80:1650 (deaths of Guillain-Barré syndrome).
    """

    cumulative = Species("1", "integrated hazard of death", scale=1.0)

    disability = Needs("1", "disability, 5 ventilated")

    age_reference = Covariate("year", "age at which it is quoted")
    age_slope = Covariate("1/year", "hazard with age")

    typical = Parameter("1/h", "hazard while ventilated at the reference age")
    ventilated_hazard = Parameter("1/h", "hazard while ventilated")
    onset = Parameter("1", "disability at which ventilation may begin")
    full = Parameter("1", "disability at which it has begun")

    @quantity("1/h")
    def hazard(self):
        """Hazard of death."""
        return self.ventilated_hazard * smooth_step(self.disability, self.onset, self.full)

    @reaction(nothing >> cumulative)
    def adds_up(self):
        return self.hazard
