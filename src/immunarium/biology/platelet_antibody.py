"""Antibody on platelets, as its titre and the natural course of the disease have it."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Start, exp, quantity


class PlateletAntibody(Module):
    """Antibody that coats platelets: the titre in plasma, and what it does in good and bad weeks.

    Assumes: patients are met on a bad day, on which counts are at rest; activity then returns
    towards its mean by swings that IgG does not touch.
    Leaves out: lasting remission, cyclic thrombocytopenia.
    Read: FDA review of eltrombopag, Oncology 2009; 23 (13) (counts on placebo).
    """

    titre = Needs("1", "autoantibody in plasma, of the untreated patient's")
    fluctuation = Needs("1", "natural course, in standard deviations")

    swing = Parameter("1", "natural fluctuation, as SD of the logarithm of what antibody does")

    met = Start(fluctuation)

    @quantity("1")
    def coat(self):
        """Antibody on platelets, of that on the day the patient is met."""
        return self.titre * exp(self.swing * (self.fluctuation - self.met))
