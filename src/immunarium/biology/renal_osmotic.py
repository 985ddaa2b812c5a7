"""The kidney's tubules under sucrose and a protein load."""

from __future__ import annotations

from immunarium.core import (
    Covariate,
    Module,
    Needs,
    Parameter,
    Species,
    nothing,
    quantity,
    reaction,
)


class RenalOsmotic(Module):
    """Tubule cells take up sucrose that they cannot break down, swell, and may fail for days.

    Assumes: the burden of tubules is what was filtered, lost over days; faster infusion burdens
    more; the protein itself is a small burden; risks multiply.
    Leaves out: creatinine as a state; maltose and glucose, which are metabolised. A cohort saw no
    difference between two contents of sucrose (Levy 2000, 8 of 119 patients).
    Read: pmid:11077032 (Levy 2000); MMWR 1999, 48:518 (reports to the FDA).
    """

    sucrose = Species("mg", "sucrose in extracellular fluid", scale=1e3, doseable=True)
    burden = Species("1", "swelling of tubules, 1 after a course of a product without sucrose")
    passed = Species("1", "swelling that has gone by")

    infused = Needs("mg/h", "IgG infused now")
    weight = Needs("mg", "body weight")

    k_filter = Parameter("1/h", "filtration of sucrose")
    per_sucrose = Parameter("1/mg", "burden per sucrose filtered, in a standard adult")
    course = Parameter("1", "dose of body weight that makes a burden of 1")
    reference = Parameter("1/h", "rate, of body weight, at which that holds")
    power = Parameter("1", "how steeply the burden follows the rate")
    k_recover = Parameter("1/h", "loss of the burden")
    hazard_0 = Parameter("1", "hazard of acute kidney injury per burden")
    renal_disease = Parameter("1", "1 with kidney disease before, 0 without")
    old = Covariate("year", "age above which kidneys fail more easily")
    elderly = Parameter("1", "1 above 65 years, 0 below")
    diabetes = Parameter("1", "1 with diabetes, 0 without")
    dehydrated = Parameter("1", "1 when dehydrated, 0 when not")
    by_renal_disease = Parameter("1", "hazard with kidney disease, of that without")
    by_other = Parameter("1", "hazard with age, diabetes or dehydration, each, of that without")

    @quantity("1")
    def risk(self):
        """How much more easily this patient's kidneys fail."""
        kidneys = self.by_renal_disease**self.renal_disease
        return kidneys * self.by_other ** (self.elderly + self.diabetes + self.dehydrated)

    @quantity("1")
    def injury(self):
        """Integrated hazard of acute kidney injury."""
        return self.hazard_0 * self.risk * self.passed

    @reaction(sucrose >> nothing)
    def is_filtered(self):
        return self.k_filter * self.sucrose

    @reaction(nothing >> burden)
    def swells_by_sucrose(self):
        return self.per_sucrose * self.k_filter * self.sucrose

    @reaction(nothing >> burden)
    def swells_by_protein(self):
        rate = self.infused / self.weight
        return rate * (rate / self.reference) ** self.power / self.course

    @reaction(burden >> passed)
    def recovers(self):
        return self.k_recover * self.burden
