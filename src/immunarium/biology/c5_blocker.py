"""C5 and what antibodies leave of it."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction, sqrt


class C5Blocker(Module):
    """C5 in plasma, bound tightly by antibodies with two sites each.

    Assumes: binding is quick; bound C5 is lost as fast as free C5.
    Leaves out: C5 in tissue; variants of C5 that the antibodies do not bind.
    Read: Lin 2024.
    """

    c5 = Species("nmol", "C5 in plasma, free and bound", scale=100.0, exchangeable="volume")

    antibody = Needs("nmol/L", "antibodies to C5 in plasma")
    volume = Needs("L", "plasma volume")

    baseline = Parameter("nmol/L", "C5 in plasma, untreated")
    kdeg = Parameter("1/h", "turnover of C5")
    KD = Parameter("nmol/L", "dissociation constant of one site")

    @quantity("nmol/L")
    def total(self):
        """C5 in plasma, free and bound."""
        return self.c5 / self.volume

    @quantity("nmol/L")
    def free(self):
        """C5 in plasma that no antibody holds."""
        b = self.total - 2 * self.antibody - self.KD
        return (b + sqrt(b * b + 4 * self.KD * self.total)) / 2

    @quantity("1")
    def c5_free(self):
        """Free C5, of own baseline."""
        return self.free / self.baseline

    @reaction(nothing >> c5)
    def made(self):
        return self.kdeg * self.baseline * self.volume

    @reaction(c5 >> nothing)
    def lost(self):
        return self.kdeg * self.c5
