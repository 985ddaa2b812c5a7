"""Peripheral nerve under an attack that never ends: stripped, repaired, stripped again."""

from __future__ import annotations

from immunarium.core import (
    Covariate,
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    exp,
    nothing,
    quantity,
    reaction,
    saturation,
)


class ChronicNerve(Module):
    """Antibody, C3b and macrophages strip myelin; Schwann cells repair it where they are let.

    Assumes: one nerve stands for all; fibres conduct again when two steps of repair are done, and
    until then are stripped more easily; some nodes of the others are closed, which follows the
    attack within days and is the wearing-off between infusions; what a patient can do follows
    strength with a delay; macrophages and C3b share what bound antibody does; damage feeds the
    infiltrate; untreated, all rests but for the fluctuation.
    Leaves out: the blood-nerve barrier, sensory fibres, regrowth of axons, corticosteroids.
    Read: Mathey 2015 JNNP 86:973; Latov 2010 Arch Neurol 67:802; Lewis 2020 JPNS 25:230.
    """

    stripped = Species("1", "fibres without myelin, of all", scale=0.1)
    repairing = Species("1", "fibres with young myelin that do not conduct yet", scale=0.1)
    lost = Species("1", "axons lost", scale=0.1)
    closed = Species("1", "nodes closed by the attack, of the untreated patient's")
    disability = Species("1", "what the patient cannot do, of everything", scale=0.1)
    infiltrate = Species("1", "macrophages and T cells in the nerve, of the untreated patient's")

    ab = Needs("1", "autoantibody in plasma, of the untreated patient's")
    idiotype = Needs("1", "autoantibody that anti-idiotypes leave free")
    phi = Needs("1", "phagocyte activity left")
    inflammation = Needs("1", "macrophage secretion left")
    c3b = Needs("1", "C3b on a target, of the untreated patient's")
    help = Needs("1", "help by T cells, of the untreated")
    fluctuation = Needs("1", "natural course, in standard deviations")

    blocked = Covariate("1", "fibres stripped or repairing per fibre that conducts, untreated")
    refractory = Covariate("1", "1 where most of the attack is none of IgG's business")
    untouched_plain = Covariate("1", "share of the attack that IgG cannot touch, in most")
    untouched_refractory = Covariate("1", "the same, in the refractory")
    regain = Covariate("h", "delay of disability behind strength")

    attack_rate = Parameter("1/h", "stripping of healthy fibres, untreated")
    repair = Parameter("1/h", "each of the two steps of repair")
    frailty = Parameter("1", "stripping of repairing fibres, over that of healthy ones")
    axon_cut = Parameter("1", "stripped fibres that lose their axon, per stripping of healthy ones")
    k_regain = Parameter("1/h", "disability following strength")
    nodal = Parameter("1", "share of myelinated fibres with closed nodes, untreated")
    k_node = Parameter("1/h", "closing and opening of nodes")
    bound_half = Parameter("1", "autoantibody at half of full binding")
    untouched = Parameter("1", "share of the attack that IgG cannot touch")
    macrophage_share = Parameter("1", "share of macrophages in the rest; C3b has the remainder")
    secretion_share = Parameter("1", "share of the macrophages' harm that is secreted")
    swing = Parameter("1", "natural fluctuation, as SD of the logarithm of the attack")
    k_infiltrate = Parameter("1/h", "turnover of the infiltrate")
    fed = Parameter("1", "share of its recruitment that damage feeds")
    healthy_grip = Parameter("1", "grip strength of this person in health, in kg")
    mrc_slope = Parameter("1", "share of the MRC sum lost where no fibre conducts")

    damage_0 = Start(stripped)
    young_0 = Start(repairing)

    @quantity("1")
    def binding(self):
        """Autoantibody bound to the nerve, of the untreated patient's."""
        return (1 + self.bound_half) * saturation(self.ab * self.idiotype, self.bound_half)

    @quantity("1")
    def harm(self):
        """What macrophages and C3b do to the nerve, of the untreated patient's."""
        secreted = self.secretion_share * self.inflammation
        macrophages = self.phi * (1 - self.secretion_share + secreted)
        share = self.macrophage_share
        touched = self.binding * (share * macrophages + (1 - share) * self.c3b)
        return self.untouched + (1 - self.untouched) * touched

    @quantity("1/h")
    def attack(self):
        """Stripping of healthy fibres."""
        course = exp(self.swing * self.fluctuation)
        return self.attack_rate * course * self.infiltrate * self.harm

    @quantity("1")
    def myelinated(self):
        """Fibres with old myelin, of all."""
        return 1 - self.stripped - self.repairing - self.lost

    @quantity("1")
    def strength(self):
        """Strength, of health."""
        return self.myelinated * (1 - self.nodal * self.closed)

    @quantity("1")
    def incat(self):
        """INCAT disability, in points of 10, before it is rounded."""
        return 10 * self.disability

    @quantity("1")
    def mrc_sum(self):
        """MRC sum score, in points of 60."""
        return 60 * (1 - self.mrc_slope * (1 - self.strength))

    @quantity("1")
    def grip(self):
        """Grip strength, in kg."""
        return self.healthy_grip * self.strength

    @reaction(nothing >> stripped)
    def strips(self):
        return self.attack * self.myelinated

    @reaction(repairing >> stripped)
    def strips_again(self):
        return self.frailty * self.attack * self.repairing

    @reaction(stripped >> repairing)
    def ensheathes(self):
        return self.repair * self.stripped

    @reaction(repairing >> nothing)
    def conducts_again(self):
        return self.repair * self.repairing

    @reaction(stripped >> lost)
    def cuts_axons(self):
        return self.axon_cut * self.attack * self.stripped

    @reaction(nothing >> closed)
    def closes_nodes(self):
        return self.k_node * self.infiltrate * self.harm

    @reaction(closed >> nothing)
    def opens_nodes(self):
        return self.k_node * self.closed

    @reaction(nothing >> disability)
    def disabled(self):
        return self.k_regain * (1 - self.strength)

    @reaction(disability >> nothing)
    def regained(self):
        return self.k_regain * self.disability

    @reaction(nothing >> infiltrate)
    def recruited(self):
        damage = (self.stripped + self.repairing) / (self.damage_0 + self.young_0)
        return self.k_infiltrate * (1 - self.fed + self.fed * damage * self.help)

    @reaction(infiltrate >> nothing)
    def leaves(self):
        return self.k_infiltrate * self.infiltrate
