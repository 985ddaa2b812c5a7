"""Fcγ receptors of the macrophages that eat what antibodies mark."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, hill, nothing, quantity, reaction


class FcReceptor(Module):
    """Phagocytes whose Fcγ receptors infused IgG fills, and in which FcγRIIB then rises.

    Assumes: filling is at once and steep in infused IgG; FcγRIIB follows in days and lowers what
    is left; FcRn has no part in it.
    Leaves out: single Fcγ receptors and their polymorphisms; sialylated Fc.
    Read: Crow 2011, Blood 118:6403; Samuelsson 2001, Science 291:484.
    """

    iib = Species("1", "FcγRIIB above its resting level, of the most", scale=0.1)

    infused = Needs("mg/L", "infused IgG in plasma")
    saturating = Needs("1", "weight of saturation")
    inhibiting = Needs("1", "weight of FcγRIIB")

    EC50 = Parameter("mg/L", "infused IgG that fills half")
    n = Parameter("1", "steepness")
    k_on = Parameter("1/h", "rise of FcγRIIB on filled cells")
    k_off = Parameter("1/h", "its fall")
    most = Parameter("1", "phagocytosis that FcγRIIB can take away")

    @quantity("1")
    def filled(self):
        """Share of Fcγ receptors that infused IgG fills."""
        return hill(self.infused, self.EC50, self.n)

    @quantity("1")
    def newly_filled(self):
        """Share of Fcγ receptors that are filled and have not adapted by FcγRIIB."""
        return self.filled * (1 - self.iib)

    @quantity("1")
    def phi(self):
        """Phagocytic activity that is left."""
        return (1 - self.saturating * self.filled) * (1 - self.inhibiting * self.most * self.iib)

    @reaction(nothing >> iib)
    def raised(self):
        return self.k_on * self.filled * (1 - self.iib)

    @reaction(iib >> nothing)
    def fell(self):
        return self.k_off * self.iib
