"""The score of improvement in myositis: six measures, each with its points."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    hill,
    nothing,
    quantity,
    reaction,
)


class TotalImprovement(Module):
    """What raters make of a patient's muscles and skin: the total improvement score (0 to 100).

    Assumes: each measure improves by what the disease activity gives up of it, of its range; the
    published steps of points are read as smooth curves through them; in a trial raters and patients
    see less activity than there is, in every arm alike.
    Leaves out: worsening of one measure while others improve; damage.
    Read: doi:10.1136/annrheumdis-2017-211400 (ACR/EULAR criteria 2016).
    """

    expectation = Species("1", "share of activity that being in a trial hides from its raters")

    activity = Needs("1", "inflammation, of the untreated patient's")
    weakness = Needs("1", "share of strength that is lost")

    hope = Parameter("1", "expectation in the end")
    k_hope = Parameter("1/h", "clock of expectation")
    severity = Parameter("1", "activity at the start, of the typical patient's")
    physician_0 = Parameter("1", "physician's global activity, of its range")
    patient_0 = Parameter("1", "patient's global activity, of its range")
    disability_0 = Parameter("1", "health assessment questionnaire, of its range")
    elsewhere_0 = Parameter("1", "activity outside muscle, of its range")
    enzyme_0 = Parameter("1", "most abnormal muscle enzyme, of its range")

    most_physician = Parameter("1", "points of the physician's global activity")
    most_patient = Parameter("1", "points of the patient's global activity")
    most_strength = Parameter("1", "points of manual muscle testing")
    most_disability = Parameter("1", "points of the questionnaire")
    most_elsewhere = Parameter("1", "points of activity outside muscle")
    most_enzyme = Parameter("1", "points of enzymes")

    half_physician = Parameter("1", "improvement, of the range, at half of its points")
    half_patient = Parameter("1", "improvement, of the range, at half of its points")
    half_strength = Parameter("1", "improvement, of the range, at half of its points")
    half_disability = Parameter("1", "improvement, of the range, at half of its points")
    half_elsewhere = Parameter("1", "improvement, of the range, at half of its points")
    half_enzyme = Parameter("1", "improvement, of the range, at half of its points")
    steepness = Parameter("1", "steepness of those curves")

    weakness_0 = Start(weakness)

    @quantity("1")
    def seen(self):
        """Share of the activity that raters see gone."""
        return 1 - self.activity * (1 - self.expectation)

    @quantity("1")
    def strength(self):
        """Points of manual muscle testing."""
        better = self.weakness_0 - self.weakness * (1 - self.expectation)
        return self.most_strength * hill(better, self.half_strength, self.steepness)

    @quantity("1")
    def globals(self):
        """Points of the physician's and the patient's global activity."""
        better, n = self.severity * self.seen, self.steepness
        physician = self.most_physician * hill(self.physician_0 * better, self.half_physician, n)
        patient = self.most_patient * hill(self.patient_0 * better, self.half_patient, n)
        return physician + patient

    @quantity("1")
    def others(self):
        """Points of disability, of activity outside muscle, and of enzymes."""
        better, n = self.severity * self.seen, self.steepness
        disability = hill(self.disability_0 * better, self.half_disability, n)
        elsewhere = hill(self.elsewhere_0 * better, self.half_elsewhere, n)
        enzyme = hill(self.enzyme_0 * self.severity * (1 - self.activity), self.half_enzyme, n)
        points = self.most_disability * disability + self.most_elsewhere * elsewhere
        return points + self.most_enzyme * enzyme

    @quantity("1")
    def score(self):
        """Total improvement score."""
        return self.strength + self.globals + self.others

    @reaction(nothing >> expectation)
    def hoped(self):
        return self.k_hope * self.hope

    @reaction(expectation >> nothing)
    def forgotten(self):
        return self.k_hope * self.expectation
