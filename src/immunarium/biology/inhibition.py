"""Inhibition of motor neurons by GABA, and the antibody that marks its loss."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, Start, nothing, quantity, reaction


class Inhibition(Module):
    """Stiff-person syndrome: an immune attack takes GABA away; stiffness is what it leaves open.

    Assumes: anti-GAD in plasma stands for the antibodies that matter; most of the attack needs
    phagocytes and rises and falls over weeks; what remains of it is of no antibody; inhibition is
    rebuilt slowly; stiffness is inversely proportional to it.
    Leaves out: intrathecal synthesis, spasms, benzodiazepines, progression over years.
    Read: doi:10.1056/NEJMoa01167; doi:10.1186/s12883-018-1232-z.
    """

    drive = Species("1", "attack on inhibitory neurons, of the untreated patient's")
    gaba = Species("1", "inhibition by GABA, of that in health")

    antibody = Needs("1", "anti-GAD, of the untreated patient's")
    unneutralised = Needs("1", "share of it that no anti-idiotype holds")
    phi = Needs("1", "activity of phagocytes that is left")
    inflammation = Needs("1", "secretion of macrophages, of the untreated patient's")

    k_drive = Parameter("1/h", "clock of the attack")
    phagocytic = Parameter("1", "share of the attack that needs Fcγ receptors")
    fixed = Parameter("1", "share of the attack that antibodies do not carry")
    k_gaba = Parameter("1/h", "rebuilding of inhibition")
    loss = Parameter("1/h", "loss of inhibition, untreated", balances=gaba)
    areas_0 = Parameter("1", "stiff areas of six, untreated")

    gaba_0 = Start(gaba)

    @quantity("1")
    def stiffness(self):
        """Stiffness, of the untreated patient's."""
        return self.gaba_0 / self.gaba

    @quantity("1")
    def index(self):
        """Distribution-of-stiffness index: stiff areas of six."""
        return self.areas_0 * self.stiffness

    @reaction(nothing >> drive)
    def kindled(self):
        seen = 1 - self.phagocytic + self.phagocytic * self.phi * self.inflammation
        return self.k_drive * self.antibody * self.unneutralised * seen

    @reaction(drive >> nothing)
    def faded(self):
        return self.k_drive * self.drive

    @reaction(nothing >> gaba)
    def rebuilt(self):
        return self.k_gaba * (1 - self.gaba)

    @reaction(gaba >> nothing)
    def lost(self):
        return self.loss * (self.fixed + (1 - self.fixed) * self.drive) * self.gaba
