"""What a patient with myasthenia and an examiner write down."""

from __future__ import annotations

from typing import Any

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class MyastheniaScores(Module):
    """MG-ADL, QMG and MMS: maps of transmission, and what all arms of a trial gain alike.

    This is measurement, not biology. A share of each deficit is fixed: no transmission repairs it
    (contracted or atrophic muscle, long-standing ptosis). The expected fall is what placebo arms
    show: it is the same in every arm, grows over weeks and differs widely between patients.

    Assumes: one transmission for all muscles; MMS has lost the same share of its range as QMG.
    Leaves out: single items, fatigue within a day, cholinesterase inhibitors, corticosteroids.
    Read: doi:10.1002/mus.22140 (MG-ADL), Barohn 1998 Ann N Y Acad Sci 841:769 (QMG).
    """

    expectation = Species("1", "share of the expected fall of scores that has come")

    transmission = Needs("1", "endplate potential, of the untreated patient")

    adl_rest = Parameter("1", "MG-ADL of the untreated patient")
    qmg_rest = Parameter("1", "QMG of the untreated patient")
    mms_lost = Parameter("1", "points that the untreated patient lacks on the MMS")
    fixed = Parameter("1", "share of the deficit that transmission does not repair")
    slope = Parameter("1", "steepness of scores in transmission")
    qmg_gain = Parameter("1", "share of the QMG law that an examiner sees")
    k_expectation = Parameter("1/h", "how fast the expected fall comes")
    expecting = Parameter("1", "the patient's own expected fall, of the mean")
    expectation_power = Parameter("1", "steepness of the expected fall in the baseline")
    adl_expected = Parameter("1", "mean expected fall of MG-ADL from 9 points")
    adl_reference = Parameter("1", "MG-ADL at which that is quoted")
    qmg_expected = Parameter("1", "mean expected fall of QMG from 15 points")
    qmg_reference = Parameter("1", "QMG at which that is quoted")

    def _repaired(self, rest: Any, most: float) -> Any:
        """Points that transmission takes away from a score, from ``rest`` of ``most``."""
        now = most / (1 + (most / rest - 1) * self.transmission**self.slope)
        return (1 - self.fixed) * (rest - now)

    def _expected(self, rest: Any, mean: Any, reference: Any) -> Any:
        fall = mean * self.expecting * (rest / reference) ** self.expectation_power
        return fall * self.expectation

    @quantity("1")
    def mg_adl(self):
        """MG activities of daily living, before the error of rating."""
        fall = self._expected(self.adl_rest, self.adl_expected, self.adl_reference)
        return self.adl_rest - self._repaired(self.adl_rest, 24.0) - fall

    @quantity("1")
    def qmg_fall(self):
        """Points by which QMG has fallen."""
        fall = self._expected(self.qmg_rest, self.qmg_expected, self.qmg_reference)
        return self.qmg_gain * self._repaired(self.qmg_rest, 39.0) + fall

    @quantity("1")
    def qmg(self):
        """Quantitative MG score, before the error of rating."""
        return self.qmg_rest - self.qmg_fall

    @quantity("1")
    def mms(self):
        """Myasthenic muscular score, of 100, before the error of rating."""
        return 100 - self.mms_lost * (1 - self.qmg_fall / self.qmg_rest)

    @reaction(nothing >> expectation)
    def comes(self):
        return self.k_expectation * (1 - self.expectation)
