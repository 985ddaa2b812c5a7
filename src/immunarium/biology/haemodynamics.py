"""Blood pressure and heart rate."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, Start, quantity, relaxes


class Haemodynamics(Module):
    """Nitric oxide widens the vessels and leak empties them; the baroreflex holds the pressure.

    Assumes: pressure is resistance times output, both relative to rest; systolic pressure follows
    the mean; cardiac output follows plasma volume.
    Leaves out: heart disease, arrhythmia, venous tone, adrenal failure.
    Read: Guyton and Hall, Textbook of Medical Physiology; Miles 1994 Eur J Clin Invest.
    """

    baroreflex = Species("1", "sympathetic drive above rest", scale=0.1)

    plasma_ratio = Needs("1", "plasma volume, of its start")
    nox = Needs("nmol/L", "nitrite and nitrate in plasma")
    ifn_effect = Needs("1", "effect of IFN-γ, of its maximum")
    tnf_effect = Needs("1", "effect of TNF, of its maximum")
    temperature = Needs("K", "core temperature")
    pressor = Needs("1", "rise of resistance by vasopressors")

    MAP_rest = Parameter("mmHg", "mean arterial pressure at rest")
    pulse = Parameter("1", "systolic pressure per mean pressure")
    HR_rest = Parameter("1/h", "heart rate at rest")
    k_baro = Parameter("1/h", "clock of the baroreflex")
    baro_gain = Parameter("1", "drive per share of pressure lost")
    baro_svr = Parameter("1", "resistance per drive")
    baro_output = Parameter("1", "cardiac output per drive")
    baro_heart = Parameter("1", "heart rate per drive")
    fever_heart = Parameter("1/K", "heart rate per fever")
    preload = Parameter("1", "exponent of plasma volume in cardiac output")
    no_svr = Parameter("1", "dilation per rise of NOx")
    ifn_svr = Parameter("1", "dilation at full effect of IFN-γ")
    tnf_svr = Parameter("1", "dilation at full effect of TNF")
    tnf_cardiac = Parameter("1", "fall of output at full effect of TNF")

    nox_0 = Start(nox)
    temperature_0 = Start(temperature)

    @quantity("1")
    def SVR(self):
        """Systemic vascular resistance, of rest."""
        tone = 1 + self.baro_svr * self.baroreflex + self.pressor
        dilation = self.no_svr * (self.nox / self.nox_0 - 1)
        dilation = dilation + self.ifn_svr * self.ifn_effect + self.tnf_svr * self.tnf_effect
        return tone / (1 + dilation)

    @quantity("1")
    def CO(self):
        """Cardiac output, of rest."""
        heart = (1 + self.baro_output * self.baroreflex) * (1 - self.tnf_cardiac * self.tnf_effect)
        return self.plasma_ratio**self.preload * heart

    @quantity("1")
    def pressure_ratio(self):
        """Mean arterial pressure, of rest."""
        return self.SVR * self.CO

    @quantity("mmHg")
    def MAP(self):
        """Mean arterial pressure."""
        return self.MAP_rest * self.pressure_ratio

    @quantity("mmHg")
    def SBP(self):
        """Systolic pressure."""
        return self.pulse * self.MAP

    @quantity("1/h")
    def HR(self):
        """Heart rate."""
        fever = self.fever_heart * (self.temperature - self.temperature_0)
        return self.HR_rest * (1 + self.baro_heart * self.baroreflex + fever)

    @relaxes(baroreflex)
    def settles(self):
        return self.k_baro * (self.baro_gain * (1 - self.pressure_ratio) - self.baroreflex)
