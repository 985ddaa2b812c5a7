"""Peripheral nerve under one attack of antibody, complement and macrophages."""

from __future__ import annotations

from immunarium.core import (
    Covariate,
    Module,
    Needs,
    Parameter,
    Species,
    exp,
    nothing,
    positive,
    quantity,
    reaction,
    saturation,
)


class AcuteNerve(Module):
    """A single attack closes nodes, strips the myelin about them, and cuts axons.

    Assumes: one nerve stands for all; the attack rises and wanes by itself; cells do a share of it
    that no antibody leads; of the rest, macrophages and C3b have each a part; a closed node opens
    within weeks if it is let, one that is attacked on is stripped and takes months; membrane
    attack, by its convertase of two C3b, cuts only blocked fibres; who is weak loses IgG.
    Leaves out: relapse and treatment-related fluctuation, autonomic nerves, cranial variants.
    Read: Willison 2016 Lancet 388:717; Hughes 2005 Lancet 366:1653; Yoon 2023 J Electrodiagn
    Neuromuscul Dis 25:3 (reversible conduction failure).
    """

    elapsed = Species("h", "time since the lead-in began", scale=24.0)
    closed = Species("1", "fibres with closed nodes, of all", scale=0.1)
    stripped = Species("1", "fibres without myelin, of all", scale=0.1)
    axon_loss = Species("1", "axons lost, of all fibres", scale=0.1)

    ab = Needs("1", "autoantibody in plasma, of the untreated patient's")
    idiotype = Needs("1", "autoantibody left free by anti-idiotypes")
    phi = Needs("1", "phagocyte activity left")
    scavenging = Needs("1", "nascent C3b left by infused IgG")
    c3 = Needs("1", "C3 in plasma, of baseline")
    c5_free = Needs("1", "free C5, of baseline")
    inflammation = Needs("1", "macrophage secretion left")

    diarrhoea = Covariate("1", "1 where diarrhoea came before")
    axonal = Covariate("1", "1 in the axonal subgroup")
    axonal_plain = Covariate("1", "share of the axonal subgroup without diarrhoea")
    axonal_diarrhoea = Covariate("1", "share of it with diarrhoea")
    axonal_cut = Covariate("1", "factor on axon loss in the axonal subgroup")
    axonal_regrowth = Covariate("1", "factor on regrowth in the axonal subgroup")
    immune_response = Covariate("1", "IgG at the onset, after the infection, of rest")
    age_reference = Covariate("year", "age at which rates are quoted")
    age_cut = Covariate("1/year", "axon loss with age")
    age_repair = Covariate("1/year", "repair and regrowth with age")

    amplitude_typical = Parameter("1/h", "attack of the typical patient, had it not waned")
    cut_typical = Parameter("1", "axon loss of blocked fibres per attack at the reference age")
    reopening_typical = Parameter("1/h", "opening of closed nodes at the reference age")
    repair_typical = Parameter("1/h", "repair of stripped fibres at the reference age")
    regrowth_typical = Parameter("1/h", "regrowth of axons at the reference age")
    loss_draw = Parameter("1/h", "loss of IgG of this patient, had he no strength at all, drawn")
    loss_most = Parameter("1/h", "most loss of IgG")
    lead_in = Parameter("h", "length of the lead-in, as the disease has it")
    presentation = Parameter("h", "from onset to day 0")
    amplitude = Parameter("1/h", "attack, had it not waned")
    rise = Parameter("h", "time constant of its rise")
    wane = Parameter("h", "time constant of its fall")
    bound_half = Parameter("1", "autoantibody at half of full binding")
    cellular = Parameter("1", "share of the attack that needs no antibody")
    macrophage_share = Parameter("1", "share of macrophages in the rest; C3b has the remainder")
    secretion_share = Parameter("1", "share of the macrophages' harm that is secreted")
    convertase_power = Parameter("1", "order in C3b of membrane attack")
    cut = Parameter("1", "axon loss of blocked fibres per attack")
    stripping = Parameter("1", "stripping of closed nodes, over closing of healthy ones")
    reopening = Parameter("1/h", "opening of closed nodes")
    repair = Parameter("1/h", "repair of stripped fibres")
    regrowth = Parameter("1/h", "regrowth of axons")
    loss = Parameter("1/h", "loss of IgG without any strength")

    @quantity("h")
    def ill(self):
        """Time since the onset of weakness."""
        return positive(self.elapsed + self.presentation - self.lead_in)

    @quantity("1/h")
    def attack(self):
        """Attack, before antibody, complement and macrophages have their say."""
        wave = exp(-self.ill / self.wane) * (1 - exp(-self.ill / self.rise))
        return self.amplitude * wave

    @quantity("1")
    def bound(self):
        """Antibody on the nerve, of the untreated patient's."""
        free = self.ab * self.idiotype
        return saturation(free, self.bound_half) * (1 + self.bound_half)

    @quantity("1")
    def macrophages(self):
        """Harm that macrophages do, of untreated."""
        secreted = self.secretion_share * self.inflammation
        return self.phi * (1 - self.secretion_share + secreted)

    @quantity("1")
    def c3b(self):
        """C3b on the nerve, of untreated."""
        return self.scavenging * self.c3

    @quantity("1/h")
    def closing(self):
        """Closing of healthy nodes."""
        share = self.macrophage_share
        harm = share * self.macrophages + (1 - share) * self.c3b
        return self.attack * (self.cellular + (1 - self.cellular) * self.bound * harm)

    @quantity("1/h")
    def membrane_attack(self):
        """Membrane attack complex on the nerve."""
        complexes = self.bound * positive(self.c3b) ** self.convertase_power
        return self.attack * complexes * self.c5_free

    @quantity("1")
    def block(self):
        """Reversible conduction block, of all fibres."""
        return self.closed + self.stripped

    @quantity("1")
    def strength(self):
        """Strength, of the healthy."""
        return 1 - self.block - self.axon_loss

    @quantity("1/h")
    def extra_loss(self):
        """Loss of IgG that the disease adds: of the gravely ill, until they are strong again."""
        return self.loss * (1 - self.strength)

    @reaction(nothing >> elapsed)
    def passes(self):
        return 1

    @reaction(nothing >> closed)
    def closes(self):
        return self.closing * self.strength

    @reaction(closed >> nothing)
    def reopens(self):
        return self.reopening * self.closed

    @reaction(closed >> stripped)
    def strips(self):
        return self.stripping * self.closing * self.closed

    @reaction(stripped >> nothing)
    def remyelinated(self):
        return self.repair * self.stripped

    @reaction(closed >> axon_loss)
    def cuts_closed(self):
        return self.cut * self.membrane_attack * self.closed

    @reaction(stripped >> axon_loss)
    def cuts_stripped(self):
        return self.cut * self.membrane_attack * self.stripped

    @reaction(axon_loss >> nothing)
    def regrown(self):
        return self.regrowth * self.axon_loss
