"""All IgG together, whatever its subclass and wherever it came from."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, quantity


class TotalIgG(Module):
    """IgG of the four subclasses, of the patient and of donors, as a laboratory measures it.

    Assumes: all IgG leaves plasma for tissue and returns at the same two rates.
    Leaves out: the fresh tag and autoantibodies, which are part of it or too little to count.
    Read: Ein & Waldmann 1969, J Immunol 103:345.
    """

    own = Needs("mg", "IgG of the patient in plasma")
    given = Needs("mg", "IgG of donors in plasma")
    infusion = Needs("mg/h", "IgG of donors that is infused now")
    made = Needs("mg/h", "synthesis of all subclasses")
    volume = Needs("L", "plasma volume")

    weight = Parameter("mg", "body weight")
    baseline = Parameter("mg/L", "IgG in plasma, untreated")
    f_iv = Parameter("1", "share of the body's IgG that is in plasma")
    k12 = Parameter("1/h", "leaving plasma for tissue")
    k21 = Parameter("1/h", "returning from tissue")
    ka = Parameter("1/h", "absorption from under the skin")
    F_sc = Parameter("1", "share of a dose under the skin that is absorbed")

    @quantity("mg/h")
    def infused_now(self):
        """IgG of donors that enters the vein now."""
        return self.infusion

    @quantity("mg/L")
    def endogenous(self):
        """IgG of the patient's own."""
        return self.own / self.volume

    @quantity("mg/L")
    def infused(self):
        """IgG of donors."""
        return self.given / self.volume

    @quantity("1/h")
    def synthesis(self):
        """Synthesis, of body weight."""
        return self.made / self.weight

    @quantity("mg/L")
    def total(self):
        """IgG in plasma."""
        return self.endogenous + self.infused

    @quantity("1")
    def fold(self):
        """IgG in plasma, of the untreated patient's."""
        return self.total / self.baseline
