"""Muscle under cytotoxic T cells."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class CytotoxicMuscle(Module):
    """CD8 T cells invade fibres that show them MHC class I, as long as cytokines and help last.

    Assumes: killing follows the number of T cells and the MHC class I that fibres show; T cells
    come as help wakes them and ICAM-1 lets them out of vessels; both molecules are there because
    of cytokines; neither antibody nor complement has a part.
    Leaves out: the antigen, steroids, other immunosuppressants. Evidence for immunoglobulin is
    class IV: this module makes no claim about its size.
    Read: document 002, table of evidence.
    """

    killers = Species("1", "CD8 T cells in muscle, of the untreated patient's")
    strength = Species("1", "muscle strength, of full")

    help = Needs("1", "T-cell help that is left")
    adhesion = Needs("1", "ICAM-1 on vessels, of the untreated")
    shown = Needs("1", "MHC class I on fibres, of the untreated")

    k_killers = Parameter("1/h", "turnover of T cells in muscle")
    k_repair = Parameter("1/h", "regeneration of fibres")
    strength_0 = Parameter("1", "strength of the untreated patient, of full")
    k_kill = Parameter("1/h", "killing by the untreated patient's T cells", balances=strength)

    @quantity("1")
    def score(self):
        """Muscle strength, in percent of full."""
        return 100 * self.strength

    @reaction(nothing >> killers)
    def expand(self):
        return self.k_killers * self.help * self.adhesion

    @reaction(killers >> nothing)
    def die(self):
        return self.k_killers * self.killers

    @reaction(nothing >> strength)
    def regenerates(self):
        return self.k_repair * (1 - self.strength)

    @reaction(strength >> nothing)
    def is_killed(self):
        return self.k_kill * self.killers * self.shown * self.strength
