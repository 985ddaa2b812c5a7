"""Water of the lung and oxygen saturation."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    nothing,
    positive,
    quantity,
    ramp,
    reaction,
)


class Lung(Module):
    """Leaky and overfilled capillaries wet the lung; a wet lung takes up less oxygen.

    Assumes: the lung leaks like the rest of the body, more so when the body is swollen.
    Leaves out: left heart failure, pleural effusion, infection, oxygen given.
    Read: Krieg 2010.
    """

    water = Species("1", "extravascular lung water, of rest")

    permeability = Needs("1", "capillary permeability above rest")
    oedema = Needs("1", "rise of interstitial volume, of its start")

    k_water = Parameter("1/h", "clock of lung water")
    leak = Parameter("1", "water per permeability")
    oedema_gain = Parameter("1", "rise of that per oedema")
    oedema_width = Parameter("1", "oedema from which the lung answers in proportion")
    SaO2_rest = Parameter("1", "oxygen saturation at rest")
    water_tolerated = Parameter("1", "lung water from which oxygen falls")
    shunt = Parameter("1", "fall of oxygen saturation per lung water")

    @quantity("1")
    def SaO2(self):
        """Arterial oxygen saturation."""
        return self.SaO2_rest - self.shunt * positive(self.water - self.water_tolerated)

    @reaction(nothing >> water)
    def seeps(self):
        swollen = 1 + self.oedema_gain * ramp(self.oedema, self.oedema_width)
        return self.k_water * (1 + self.leak * self.permeability * swollen)

    @reaction(water >> nothing)
    def drains(self):
        return self.k_water * self.water
