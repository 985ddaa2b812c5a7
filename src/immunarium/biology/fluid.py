"""Water and albumin between plasma and interstitium."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    nothing,
    positive,
    quantity,
    reaction,
    smooth_step,
)


class Fluid(Module):
    """Plasma leaks water and albumin into the tissues (Starling); lymph brings them back.

    Assumes: one capillary bed, one interstitium; oncotic pressure is linear in albumin; support
    fluids stay in plasma until filtered; all gain of weight is water.
    Leaves out: cells as a water store, electrolytes, red cells, body size (but in ``weight_gain``).
    Read: Guyton and Hall, Textbook of Medical Physiology (capillaries); pmid:6774543 (fever).
    """

    plasma = Species("L", "plasma volume", scale=3.0)
    interstitium = Species("L", "interstitial volume", scale=12.0)
    albumin_plasma = Species("mg", "albumin in plasma", scale=1e5)
    albumin_interstitial = Species("mg", "albumin in the interstitium", scale=1e5)

    permeability = Needs("1", "capillary permeability above rest")
    pressure = Needs("mmHg", "mean arterial pressure")
    diuresis = Needs("1/h", "urine flow per plasma volume")
    support = Needs("L/h", "intravenous fluids given as support")
    temperature = Needs("K", "core temperature")
    tnf_effect = Needs("1", "effect of TNF, of its maximum")

    body_weight = Parameter("mg", "body weight")
    density = Parameter("mg/L", "density of water")
    intake = Parameter("L/h", "water drunk, eaten and made", balances=plasma)
    insensible = Parameter("L/h", "water lost by skin and airways at rest")
    sweat = Parameter("L/(h K)", "more water lost by skin and airways with fever")
    sigma = Parameter("1", "reflection of albumin at rest")
    sigma_leak = Parameter("1", "fall of reflection with permeability")
    Lp = Parameter("L/(h mmHg)", "hydraulic conductance at rest")
    Lp_leak = Parameter("1", "rise of conductance with permeability")
    PS = Parameter("L/h", "diffusive exchange of albumin at rest", balances=albumin_interstitial)
    PS_leak = Parameter("1", "rise of exchange with permeability")
    Pc = Parameter("mmHg", "capillary pressure at rest")
    Pc_arterial = Parameter("1", "share of arterial pressure that reaches the capillary")
    Pc_volume = Parameter("mmHg", "capillary pressure per doubling of plasma volume")
    P_interstitial = Parameter("mmHg", "interstitial pressure at rest")
    collapse = Parameter("1", "plasma volume, of its start, below which capillaries close")
    elastance = Parameter("mmHg/L", "interstitial pressure per volume, at rest")
    slackening = Parameter("1/L", "loss of elastance with oedema")
    oncotic = Parameter("mmHg L/mg", "oncotic pressure per albumin")
    lymph_rest = Parameter("L/h", "lymph flow at rest")
    lymph_gain = Parameter("1", "largest rise of lymph flow with oedema")
    K_lymph = Parameter("L", "oedema at half the largest rise")
    turnover = Parameter("h", "mean life of albumin in the body's exchange with liver")
    synthesis_block = Parameter("1", "fall of albumin synthesis at full effect of TNF")

    plasma_0 = Start(plasma)
    interstitium_0 = Start(interstitium)
    albumin_0 = Start(albumin_plasma)
    pressure_0 = Start(pressure)
    temperature_0 = Start(temperature)

    @quantity("mg/L")
    def albumin(self):
        """Albumin in plasma."""
        return self.albumin_plasma / self.plasma

    @quantity("mg/L")
    def tissue_albumin(self):
        """Albumin in interstitial fluid."""
        return self.albumin_interstitial / self.interstitium

    @quantity("1")
    def plasma_ratio(self):
        """Plasma volume, of its start."""
        return self.plasma / self.plasma_0

    @quantity("1")
    def oedema(self):
        """Rise of interstitial volume, of its start."""
        return self.interstitium / self.interstitium_0 - 1

    @quantity("1")
    def weight_gain(self):
        """Gain of weight, of body weight."""
        gain = self.plasma - self.plasma_0 + self.interstitium - self.interstitium_0
        return gain * self.density / self.body_weight

    @quantity("1")
    def reflection(self):
        """Reflection of albumin."""
        return self.sigma / (1 + self.sigma_leak * self.permeability)

    @quantity("L/h")
    def evaporation(self):
        """Water lost by skin and airways."""
        fever = self.sweat * (self.temperature - self.temperature_0)
        return (self.insensible + fever) * self.plasma_ratio

    @quantity("L/h")
    def filtration(self):
        """Net flow out of the capillaries."""
        arterial = self.Pc_arterial * (self.pressure - self.pressure_0)
        capillary = self.Pc + arterial + self.Pc_volume * (self.plasma_ratio - 1)
        swelling = self.interstitium - self.interstitium_0
        stretch = self.elastance * swelling / (1 + self.slackening * positive(swelling))
        tissue = self.P_interstitial + stretch
        pull = self.reflection * self.oncotic * (self.albumin - self.tissue_albumin)
        return self.Lp * (1 + self.Lp_leak * self.permeability) * (capillary - tissue - pull)

    @quantity("L/h")
    def outflow(self):
        """Filtration out of the capillaries, which close as plasma runs out."""
        return positive(self.filtration) * smooth_step(self.plasma_ratio, 0, self.collapse)

    @quantity("L/h")
    def lymph(self):
        """Lymph flow; dries up when the tissues have lost K_lymph / lymph_gain."""
        swelling = self.interstitium - self.interstitium_0
        rise = self.lymph_gain * swelling / (self.K_lymph + positive(swelling))
        return self.lymph_rest * positive(1 + rise) * (1 - positive(-self.oedema) ** 2)

    @quantity("L/h")
    def exchange(self):
        """Diffusive exchange of albumin."""
        return self.PS * (1 + self.PS_leak * self.permeability)

    @reaction(nothing >> plasma)
    def taken(self):
        return self.intake + self.support

    @reaction(plasma >> nothing)
    def passed(self):
        return self.diuresis * self.plasma

    @reaction(plasma >> nothing)
    def evaporated(self):
        return self.evaporation

    @reaction(plasma >> interstitium)
    def filtered(self):
        return self.outflow

    @reaction(interstitium >> plasma)
    def reabsorbed(self):
        return positive(-self.filtration) + self.lymph

    @reaction(nothing >> albumin_plasma)
    def synthesised(self):
        return self.albumin_0 * (1 - self.synthesis_block * self.tnf_effect) / self.turnover

    @reaction(albumin_plasma >> nothing)
    def degraded(self):
        return self.albumin_plasma / self.turnover

    @reaction(albumin_plasma >> albumin_interstitial)
    def escapes(self):
        swept = self.outflow * (1 - self.reflection)
        return (swept + self.exchange) * self.albumin

    @reaction(albumin_interstitial >> albumin_plasma)
    def returns(self):
        swept = positive(-self.filtration) * (1 - self.reflection)
        return (swept + self.exchange + self.lymph) * self.tissue_albumin
