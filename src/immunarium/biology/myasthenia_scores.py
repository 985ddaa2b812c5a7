"""What a patient with myasthenia and an examiner write down."""

from __future__ import annotations

from typing import Any

from immunarium.core import Module, Needs, Parameter, quantity


class MyastheniaScores(Module):
    """MG-ADL, QMG and MMS: maps of transmission.

    This is measurement, not biology. A share of each deficit is fixed: no transmission repairs it
    (contracted or atrophic muscle, long-standing ptosis). What placebo arms gain is no law here:
    who enters a trial is in a bad week, or was rated worse than the truth.

    Assumes: one transmission for all muscles; MMS has lost the same share of its range as QMG.
    Leaves out: single items, fatigue within a day, cholinesterase inhibitors, corticosteroids.
    Read: doi:10.1002/mus.22140 (MG-ADL), Barohn 1998 Ann N Y Acad Sci 841:769 (QMG).
    """

    transmission = Needs("1", "endplate potential, of the untreated patient's in an ordinary week")

    adl_rest = Parameter("1", "MG-ADL of the untreated patient in an ordinary week")
    qmg_rest = Parameter("1", "QMG of the untreated patient in an ordinary week")
    ocular = Parameter("1", "points of MG-ADL that are of the eyes, in such a week")
    mms_lost = Parameter("1", "points that the untreated patient then lacks on the MMS")
    fixed = Parameter("1", "share of the deficit that transmission does not repair")
    slope = Parameter("1", "steepness of scores in transmission")
    qmg_gain = Parameter("1", "share of the QMG law that an examiner sees")

    def _repaired(self, rest: Any, most: float) -> Any:
        """Points that transmission takes away from a score, from ``rest`` of ``most``."""
        now = most / (1 + (most / rest - 1) * self.transmission**self.slope)
        return (1 - self.fixed) * (rest - now)

    @quantity("1")
    def mg_adl(self):
        """MG activities of daily living, before the error of rating."""
        return self.adl_rest - self._repaired(self.adl_rest, 24.0)

    @quantity("1")
    def worsening(self):
        """Points of MG-ADL above those of the untreated patient in an ordinary week."""
        return self.mg_adl - self.adl_rest

    @quantity("1")
    def of_eyes(self):
        """Share of MG-ADL that is of the eyes."""
        return self.ocular / self.mg_adl

    @quantity("1")
    def not_of_eyes(self):
        """Points of MG-ADL that are not of the eyes."""
        return self.mg_adl - self.ocular

    @quantity("1")
    def qmg(self):
        """Quantitative MG score, before the error of rating."""
        return self.qmg_rest - self.qmg_gain * self._repaired(self.qmg_rest, 39.0)

    @quantity("1")
    def mms(self):
        """Myasthenic muscular score, of 100, before the error of rating."""
        return 100 - self.mms_lost * self.qmg / self.qmg_rest
