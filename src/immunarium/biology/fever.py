"""Core temperature."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, Start, quantity, relaxes, saturation


class Fever(Module):
    """IL-6 raises the set point of the hypothalamus.

    Assumes: the body follows its set point within hours.
    Leaves out: antipyretics, IL-1 and TNF as pyrogens of their own.
    Read: Proleukin label (chills 52 %, fever under-reported).
    """

    temperature = Species("K", "core temperature", scale=310.0)

    il6 = Needs("mg/L", "IL-6 in plasma")

    k = Parameter("1/h", "clock of warming")
    rise = Parameter("K", "largest rise of the set point")
    K_il6 = Parameter("mg/L", "IL-6 at half the largest rise")
    chill_threshold = Parameter("K", "temperature from which this patient reports chills")

    temperature_0 = Start(temperature)
    il6_0 = Start(il6)

    @quantity("K")
    def set_point(self):
        """Temperature that the hypothalamus defends."""
        return self.temperature_0 + self.rise * saturation(self.il6 - self.il6_0, self.K_il6)

    @relaxes(temperature)
    def warms(self):
        return self.k * (self.set_point - self.temperature)
