"""Priming of T cells against the tumour: the core that IL-2, LAK cells and killing share."""

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
    smooth_step,
)


class Priming(Module):
    """Effectors grow when antigen drive, stem-like pool and reach multiply to more than one.

    IL-2 and infused killers enlarge the stem-like pool, killing of any kind feeds antigen, PD-1
    and Treg hold both back. Responders are the patients who cross one; nothing labels them.

    Assumes: pools relative to the stem-like pool at rest; primed cells carry CD25 (half of full
    occupancy at 50 pM); infused killers prime through dendritic cells.
    Leaves out: lymphodepletion, exhaustion, priming by the host's own LAK cells.
    Read: docs/decisions/0003-joining-the-two-physiologies.md.
    """

    signal = Species("cell", "dendritic-cell signal, in allogeneic NK cells' worth", scale=1e9)
    memory = Species("1", "stem-like pool, of that at rest")
    effectors = Species("1", "tumour-reactive effectors", scale=0.1)

    il2 = Needs("nmol/L", "IL-2 in lymphoid organs")
    product = Needs("cell", "infused killers alive")
    treg = Needs("cell", "Treg in organs")
    sensitive = Needs("L", "tumour with antigen")
    killing = Needs("1/h", "share of viable tumour killed")

    k_signal = Parameter("1/h", "turnover of the dendritic-cell signal")
    f_signal = Parameter("1", "adjuvant effect of the product, of allogeneic NK cells'")
    K_signal = Parameter("cell", "signal at half priming")
    prime = Parameter("1/h", "stem-like cells made at full priming")
    K_il2 = Parameter("nmol/L", "IL-2 at half occupancy of primed cells")
    il2_width = Parameter("1", "occupancy above rest below which nothing divides")
    expand = Parameter("1/h", "division of stem-like cells and effectors at full occupancy")
    crowding = Parameter("1", "stem-like pool at half that division")
    k_memory = Parameter("1/h", "return of the stem-like pool to rest")
    immunogenicity = Parameter("1", "antigen drive of the patient's tumour")
    checkpoint = Parameter("1", "share of reach that PD-1 takes")
    treg_restraint = Parameter("1", "loss of reach per Treg, of Treg at rest")
    a_rest = Parameter("1", "antigen released without killing, of the most")
    K_killing = Parameter("1/h", "killing at half of the rest of the antigen")
    V_antigen = Parameter("L", "tumour at half presentation")
    k_effector = Parameter("1/h", "turnover of effectors")
    trickle = Parameter("1", "effectors that arise without drive")
    effector_limit = Parameter("1", "most effectors")
    limit_width = Parameter("1", "room below the limit at which growth slows")
    treg_0 = Start(treg)

    @quantity("1")
    def occupancy(self):
        """IL-2 receptors of primed T cells that are occupied."""
        return saturation(self.il2, self.K_il2)

    occupancy_0 = Start(occupancy)

    @quantity("1")
    def reach(self):
        """What PD-1 and Treg leave of effector function."""
        treg = self.treg / self.treg_0
        return (1 - self.checkpoint) * (1 + self.treg_restraint) / (1 + self.treg_restraint * treg)

    @quantity("1")
    def antigen(self):
        """Antigen that dying tumour gives to dendritic cells."""
        released = self.a_rest + (1 - self.a_rest) * saturation(self.killing, self.K_killing)
        return released * self.presence

    @quantity("1")
    def presence(self):
        """Whether there is tumour to present."""
        return saturation(self.sensitive, self.V_antigen)

    @quantity("1")
    def drive(self):
        """Growth of effectors against their loss; above 1 they grow."""
        return self.immunogenicity * self.memory * self.reach * self.antigen

    @quantity("1")
    def drive_untreated(self):
        """Drive by the tumour alone, without killing."""
        return self.immunogenicity * self.reach * self.a_rest

    @quantity("1/h")
    def expansion(self):
        """Division that IL-2 adds."""
        extra = ramp(self.occupancy - self.occupancy_0, self.il2_width)
        return self.expand * extra / (1 + self.memory / self.crowding)

    @quantity("1")
    def room(self):
        """Room below the most effectors."""
        return smooth_step(self.effector_limit - self.effectors, 0, self.limit_width)

    @reaction(nothing >> signal)
    def recruits(self):
        return self.k_signal * self.f_signal * self.product

    @reaction(signal >> nothing)
    def fades(self):
        return self.k_signal * self.signal

    @reaction(nothing >> memory)
    def renewed(self):
        return self.k_memory

    @reaction(nothing >> memory)
    def primed(self):
        return self.prime * self.reach * saturation(self.signal, self.K_signal) * self.presence

    @reaction(memory >> 2 * memory)
    def memory_divides(self):
        return self.expansion * self.memory

    @reaction(memory >> nothing)
    def memory_lost(self):
        return self.k_memory * self.memory

    @reaction(nothing >> effectors)
    def arise(self):
        return self.k_effector * self.trickle

    @reaction(effectors >> 2 * effectors)
    def effectors_grow(self):
        return (self.k_effector * self.drive + self.expansion) * self.room * self.effectors

    @reaction(effectors >> nothing)
    def effectors_lost(self):
        return self.k_effector * (1 + self.effectors) * self.effectors
