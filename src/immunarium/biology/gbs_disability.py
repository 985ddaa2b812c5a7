"""How a neurologist grades Guillain-Barré syndrome."""

from __future__ import annotations

from immunarium.core import (
    Covariate,
    Module,
    Needs,
    Parameter,
    indicator,
    positive,
    quantity,
    smooth_step,
)


class GBSDisability(Module):
    """Strength read on the disability scale of Guillain-Barré syndrome, and what it foretells.

    Assumes: one strength decides walking and breathing, and patients differ in how much of it they
    need to breathe; between the cut points the grade is linear in strength, so that rounding it
    gives the cut points; the MRC sum is a power of strength.
    Leaves out: sensation, pain, autonomic failure; grade 6, death, which the trial gives.
    Read: Hughes 1978 Lancet 2:750; doi:10.1016/S1474-4422(07)70130-8 (EGOS);
    doi:10.1212/WNL.0b013e3182104407 (mEGOS).
    """

    strength = Needs("1", "strength, of the healthy")

    diarrhoea = Covariate("1", "1 where diarrhoea came before")
    middle_age = Covariate("year", "age above which the outcome scores add")
    old_age = Covariate("year", "age above which they add once more")

    healthy = Parameter("1", "strength of the healthy")
    minor = Parameter("1", "strength below which there are signs: grade 1")
    running = Parameter("1", "strength below which one cannot run: grade 2")
    walking = Parameter("1", "strength below which one walks only with help: grade 3")
    standing = Parameter("1", "strength below which one is bound to bed: grade 4")
    breathing = Parameter("1", "strength below which this patient is ventilated: grade 5")
    margin = Parameter("1", "strength over which breathing fails, to either side")
    bedridden = Parameter("1", "grade without any strength, had one breathed")
    lowest = Parameter("1", "grade of the ventilated")
    mrc_full = Parameter("1", "MRC sum of the healthy")
    mrc_power = Parameter("1", "exponent of strength in the MRC sum")
    mrc_mild = Parameter("1", "MRC sum at or below which mEGOS adds")
    mrc_middle = Parameter("1", "MRC sum at or below which it adds once more")
    mrc_severe = Parameter("1", "MRC sum at or below which it adds a third time")
    mrc_points = Parameter("1", "points of each step of the MRC sum in mEGOS at one week")
    age_points = Parameter("1", "points of EGOS for age")
    diarrhoea_points = Parameter("1", "points of EGOS and mEGOS for diarrhoea")

    @quantity("1")
    def legs(self):
        """Disability by what the legs can do, 0 healthy to 4 bound to bed, continuous."""
        knots = (self.healthy, self.minor, self.running, self.walking, self.standing)
        grades = (0, 0.5, 1.5, 2.5, 3.5)
        total, slope = 0, 0
        for i, knot in enumerate(knots):
            below = knots[i + 1] if i < 4 else 0
            above = grades[i + 1] if i < 4 else self.bedridden
            steeper = (above - grades[i]) / (knot - below)
            total = total + (steeper - slope) * positive(knot - self.strength)
            slope = steeper
        return total

    @quantity("1")
    def ventilated(self):
        """1 where the patient is ventilated."""
        return smooth_step(self.breathing - self.strength, -self.margin, self.margin)

    @quantity("1")
    def disability(self):
        """Disability, 0 healthy to 5 ventilated, continuous."""
        return self.legs + self.ventilated * (self.lowest - self.legs)

    @quantity("1")
    def mrc(self):
        """MRC sum score, continuous."""
        return self.mrc_full * positive(self.strength) ** self.mrc_power

    @quantity("1")
    def egos(self):
        """Erasmus GBS Outcome Score, 1 to 7, as it would be at this moment; made for two weeks."""
        grade = 1
        for half in (1.5, 2.5, 3.5, 4.5):
            grade = grade + indicator(self.disability - half)
        return grade + self.age_points + self.diarrhoea_points

    @quantity("1")
    def megos(self):
        """Modified score, 0 to 12, as it would be at this moment; made for one week."""
        steps = 0
        for cut in (self.mrc_mild, self.mrc_middle, self.mrc_severe):
            steps = steps + indicator(cut + 0.5 - self.mrc)
        return self.mrc_points * steps + 2 * self.age_points + self.diarrhoea_points
