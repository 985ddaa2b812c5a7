"""Death of treatment."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, positive, quantity, reaction


class TreatmentDeath(Module):
    """Deep hypotension and a flooded lung carry a hazard of death that adds up over time.

    Assumes: hazards of pressure and lung add; nothing else kills within the course.
    Leaves out: sepsis, which the deaths of the registration trials were, arrhythmia, infarction.
    Read: Fyfe 1995 J Clin Oncol 13:688 (4 %); Atkins 1999 J Clin Oncol 17:2105 (2 %).
    """

    cumulative = Species("1", "integrated hazard of death of treatment", scale=1.0)

    MAP = Needs("mmHg", "mean arterial pressure")
    water = Needs("1", "lung water, of rest")

    MAP_safe = Parameter("mmHg", "pressure below which the hazard begins")
    pressure_hazard = Parameter("1/(h mmHg**2)", "hazard per squared shortfall of pressure")
    water_safe = Parameter("1", "lung water above which the hazard begins")
    water_hazard = Parameter("1/h", "hazard per excess of lung water")

    @quantity("1/h")
    def hazard(self):
        """Hazard of death of treatment."""
        pressure = self.pressure_hazard * positive(self.MAP_safe - self.MAP) ** 2
        return pressure + self.water_hazard * positive(self.water - self.water_safe)

    @reaction(nothing >> cumulative)
    def adds_up(self):
        return self.hazard
