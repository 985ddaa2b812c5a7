"""A tissue under an antibody, with or without complement, behind a barrier or not."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class AntibodyLesion(Module):
    """Antibody that reaches a tissue blocks it, or lets complement destroy it; tissue repairs.

    Assumes: antibody at the tissue follows over days what anti-idiotypes leave free in plasma; a
    share may be made on the spot, where they hardly come (IgG of the fluid is 0.2 % of plasma's);
    sites saturate; complement needs two C3b to go on to C5.
    Leaves out: a barrier to complement, and to the IgG that scavenges it, which act as in plasma; T
    cells, relapses, scars; steroids. Evidence for immunoglobulin in the diseases
    that use it is class IV: it makes no claim about the size of an effect.
    Read: document 002, table of evidence.
    """

    local = Species("1", "free antibody at the tissue, of the untreated patient's")
    working = Species("1", "share of the tissue that works")

    antibody = Needs("1", "autoantibody in plasma, of the untreated patient's")
    unneutralised = Needs("1", "share of it that no anti-idiotype holds")
    scavenging = Needs("1", "complement that infused IgG leaves")
    c3 = Needs("1", "C3 in plasma, of own baseline")
    c5 = Needs("1", "free C5, of own baseline")

    k_enter = Parameter("1/h", "exchange with plasma")
    on_the_spot = Parameter("1", "share of the local antibody that is made there")
    half = Parameter("1", "antibody, of the untreated, at half of saturation of its sites")
    by_complement = Parameter("1", "share of the damage that needs complement")
    k_repair = Parameter("1/h", "repair of the tissue")
    working_0 = Parameter("1", "share that works in the untreated patient")
    k_harm = Parameter("1/h", "harm in the untreated patient", balances=working)

    @quantity("1")
    def attack(self):
        """Harm by antibody, of the untreated patient's."""
        bound = self.local * (1 + self.half) / (self.local + self.half)
        opsonin = self.scavenging * self.c3
        lysis = opsonin * opsonin * self.c5
        return bound * (1 - self.by_complement + self.by_complement * lysis)

    @quantity("1")
    def score(self):
        """Function of the tissue, in percent of full."""
        return 100 * self.working

    @reaction(nothing >> local)
    def enters(self):
        free = self.antibody * self.unneutralised
        inside = self.on_the_spot + (1 - self.on_the_spot) * free
        return self.k_enter * inside

    @reaction(local >> nothing)
    def leaves(self):
        return self.k_enter * self.local

    @reaction(nothing >> working)
    def is_repaired(self):
        return self.k_repair * (1 - self.working)

    @reaction(working >> nothing)
    def is_harmed(self):
        return self.k_harm * self.attack * self.working
