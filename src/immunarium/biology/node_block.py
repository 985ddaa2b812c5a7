"""Nodes of motor axons that IgM and complement block."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    nothing,
    positive,
    quantity,
    reaction,
    saturation,
)


class NodeBlock(Module):
    """Anti-GM1 IgM fixes C3b at the node, where the convertase of C5 closes it to the impulse.

    Assumes: all of it at the node; IgM binds far below saturation of nothing but its own titre,
    which no IgG changes; where plasma is exchanged, what C3 is left is amplified the more for the
    regulators that left with it; part of the closing is the pore of C5b-9, for which little free C5
    is enough, and the rest what C3b and IgM do by themselves; the untreated patient is at rest.
    Leaves out: FcRn and macrophages (IgM has neither), axon loss, corticosteroids, which do
    nothing to any of this and so nothing to the patient; the harm that some report of them.
    Read: Lutz 2004 Blood 103:465; Harschnitz 2014 J Neurol Neurosurg Psychiatry 85:1267;
    Fitzpatrick 2011 J Peripher Nerv Syst 16:84; Rawal 2001 J Immunol 166:2635.
    """

    block = Species("1", "motor nodes that do not conduct, of all", scale=0.1)

    igm = Needs("1", "IgM in plasma, of own baseline")
    idiotype = Needs("1", "antibody that anti-idiotypes leave free")
    c3b = Needs("1", "C3b on a target, of the untreated patient's")
    c5_free = Needs("1", "free C5, of the patient's own")
    amplification = Needs("1", "amplification of C3 cleavage, of the untreated patient's")

    closing = Parameter("1/h", "closing of open nodes, untreated")
    opening = Parameter("1/h", "recovery of closed nodes")
    bound_half = Parameter("1", "IgM at half of full binding")
    order = Parameter("1", "order of the closing in C3b")
    terminal = Parameter("1", "share of the closing that C5b-9 does")
    c5_half = Parameter("1", "free C5 at half the speed of its convertase, of the patient's own")
    reach = Parameter("1", "share of grip that goes with all nodes closed")
    healthy_grip = Parameter("1", "grip strength of the weaker side in health, in kg")

    @quantity("1")
    def binding(self):
        """IgM bound to the node, of the untreated patient's."""
        return (1 + self.bound_half) * saturation(self.igm * self.idiotype, self.bound_half)

    @quantity("1")
    def deposit(self):
        """C3b on the node, of the untreated patient's."""
        return self.binding * self.c3b * self.amplification

    @quantity("1")
    def pores(self):
        """What closes a node under the same C3b, of the untreated patient's."""
        c5 = (1 + self.c5_half) * saturation(self.c5_free, self.c5_half)
        return 1 - self.terminal + self.terminal * c5

    @quantity("1")
    def grip(self):
        """Grip strength of the weaker side, in kg."""
        return self.healthy_grip * (1 - self.reach * self.block)

    @reaction(nothing >> block)
    def closes(self):
        return self.closing * positive(self.deposit) ** self.order * self.pores * (1 - self.block)

    @reaction(block >> nothing)
    def opens(self):
        return self.opening * self.block
