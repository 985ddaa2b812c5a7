"""The slow ups and downs of a relapsing disease: swings of unlike period that add up."""

from __future__ import annotations

from immunarium.core import Module, Parameter, Species, relaxes


class Fluctuation(Module):
    """One swing of disease activity; six of unlike period and of random start make its course.

    Assumes: activity has mean 0 and variance 1 between patients, and its correlation between two
    days falls as exp(-time between / ``tau``), which the six swings of the table, weighted as its
    spectrum, follow for six ``tau``. How the swings stand at the start fixes a patient's course.
    Leaves out: triggers (infection, vaccination, pregnancy), seasons.
    Read: Doob 1942, Ann Math 43:351 (the process that is approximated).
    """

    level = Species("1", "disease activity, in standard deviations from its mean")
    ahead = Species("1", "the same, a quarter of a period later")

    tau = Parameter("h", "time over which activity is remembered")
    pace = Parameter("1", "angular frequency, times tau")

    @relaxes(level)
    def swings(self):
        return self.pace / self.tau * self.ahead

    @relaxes(ahead)
    def turns(self):
        return -self.pace / self.tau * self.level
