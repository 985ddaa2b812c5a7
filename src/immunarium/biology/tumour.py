"""All lesions of a patient together, and what they have in common."""

from __future__ import annotations

from immunarium.core import Covariate, Module, Needs, Parameter, Start, quantity


class Tumour(Module):
    """Burden and killing over all lesions; the patient's own growth, resistance and spread.

    Assumes: lesions present at the start are all there will be; occult ones are as large as
    steady seeding with exponential growth leaves them (log-uniform).
    Leaves out: seeding over time.
    Read: docs/decisions/0003-joining-the-two-physiologies.md.
    """

    volume = Needs("L", "scanned volume of all lesions")
    viable_volume = Needs("L", "living volume of all lesions")
    sensitive_volume = Needs("L", "sensitive volume of all lesions")
    killed = Needs("L/h", "tumour killed in all lesions")
    grown = Needs("L/h", "tumour grown in all lesions")

    trace = Parameter("L", "tumour below which its rates are not counted")

    growth = Covariate("1/day", "growth of a typical lesion at 30 mm")
    resistant = Covariate("1", "resistant share of a typical lesion")
    none_possible = Covariate("1", "resistant share below which there may be no resistant cell")
    none_draw = Covariate("1", "1 where there is none, if possible")
    has_resistant = Covariate("1", "0 where no resistant cell pre-exists")
    diameter = Covariate("mm", "diameter of a typical measurable lesion")
    more_lesions = Covariate("1", "measurable lesions beyond the first, as drawn")
    most_lesions = Covariate("1", "most measurable lesions")
    lesions = Covariate("1", "measurable lesions")
    measurable = Covariate("L", "volume of the measurable lesions")
    occult_rate = Covariate("1", "occult lesions at the reference volume")
    occult_reference = Covariate("L", "measurable volume at which that is quoted")
    occult_power = Covariate("1", "steepness of occult lesions in measurable volume")
    occult_draw = Covariate("1", "occult lesions, as drawn")
    most_occult = Covariate("1", "most occult lesions")
    slots = Covariate("1", "lesions that the model can hold")
    occult = Covariate("1", "occult lesions")
    smallest = Covariate("L", "smallest occult lesion")
    detectable = Covariate("L", "smallest lesion that a scan shows")
    share_lung = Covariate("1", "share of lesions in the lung")
    share_liver = Covariate("1", "share of lesions in the liver")
    share_node = Covariate("1", "share of lesions in lymph nodes")
    share_skin = Covariate("1", "share of lesions in skin and soft tissue")
    scar = Covariate("1", "scar, of the volume at the start")

    @quantity("L")
    def burden(self):
        """Scanned volume of all lesions."""
        return self.volume

    burden_0 = Start(burden)

    @quantity("L")
    def viable(self):
        """Living tumour."""
        return self.viable_volume

    @quantity("L")
    def sensitive(self):
        """Tumour that T cells see."""
        return self.sensitive_volume

    @quantity("1/h")
    def killing(self):
        """Share of living tumour killed."""
        return self.killed / (self.viable_volume + self.trace)

    @quantity("1/h")
    def net_growth(self):
        """Share of living tumour gained."""
        return (self.grown - self.killed) / (self.viable_volume + self.trace)
