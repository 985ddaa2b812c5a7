"""A disability that goes its own way."""

from __future__ import annotations

from immunarium.core import Module, Parameter, Species, quantity, relaxes


class Decline(Module):
    """A score that moves at the patient's own rate, and needs nothing from anybody.

    Assumes: the change is linear over ``horizon``, the time of a trial, in which no patient comes
    to the end of the scale: a disease makes that a condition of its patients.
    Leaves out: what drives it. It has no needs on purpose: nothing that immunoglobulin, complement
    or an Fc receptor does can be wired to it.
    Read: design/physiology-antibodies.md, 2.14.
    """

    change = Species("1", "change of the score since the start", scale=1.0)

    before = Parameter("1", "score at the start")
    rate = Parameter("1/h", "change of the score per time")
    horizon = Parameter("h", "time over which it is followed")

    @quantity("1")
    def score(self):
        """The score, in its own points."""
        return self.before + self.change

    @quantity("1")
    def later(self):
        """What the score comes to at the horizon."""
        return self.before + self.rate * self.horizon

    @relaxes(change)
    def moves(self):
        return self.rate
