"""A drug that takes the place of IgG on the neonatal Fc receptor."""

from __future__ import annotations

from immunarium.core import (
    Covariate,
    Module,
    Parameter,
    Species,
    nothing,
    quantity,
    reaction,
    saturation,
)


class FcRnBlocker(Module):
    """A blocker of FcRn in plasma, lost by itself and, where it is an antibody, with its target.

    Assumes: one space; Ki is an effective constant of the salvage law, fitted to IgG, and no
    affinity of a test tube; target-mediated loss is at quasi-steady state.
    Leaves out: delay between plasma and endosome, antibodies against it.
    Read: doi:10.1002/psp4.70109 (Valenzuela 2025); Ulrichts 2018, J Clin Invest 128:4372.
    """

    plasma = Species(
        "nmol",
        "blocker in plasma and what mixes with it",
        scale=1e3,
        doseable=True,
        exchangeable="V",
    )

    V_per_kg = Covariate("L/kg", "volume of distribution per body weight")

    V = Parameter("L", "volume of distribution")
    k = Parameter("1/h", "elimination without target")
    target_synthesis = Parameter("nmol/L/h", "target made, so lost with the drug at most")
    target_turnover = Parameter("1/h", "turnover of the free target")
    target_loss = Parameter("1/h", "loss of the bound target")
    K_target = Parameter("nmol/L", "drug that holds half of the target")
    Ki = Parameter("nmol/L", "drug that doubles the IgG at half of the salvage capacity")

    @quantity("nmol/L")
    def concentration(self):
        """Blocker in plasma."""
        return self.plasma / self.V

    @quantity("1")
    def occupancy(self):
        """Blocker over its inhibition constant."""
        return self.concentration / self.Ki

    @reaction(plasma >> nothing)
    def cleared(self):
        return self.k * self.plasma

    @reaction(plasma >> nothing)
    def lost_with_target(self):
        held = saturation(self.concentration, self.K_target)
        turnover = self.target_turnover * (1 - held) + self.target_loss * held
        return self.V * self.target_synthesis * self.target_loss * held / turnover
