"""Platelets in blood and spleen, and the megakaryocytes that shed them."""

from __future__ import annotations

from immunarium.core import (
    Covariate,
    Module,
    Needs,
    Parameter,
    Species,
    exp,
    hill,
    nothing,
    quantity,
    reaction,
)


class Platelets(Module):
    """Platelets: shed in the marrow, pooled by the spleen, aged, eaten where antibody coats them.

    Assumes: a third lies in the spleen and exchanges within the hour; every platelet has the same
    hazard; phagocytes eat coated platelets in blood and coated megakaryocytes in the marrow, and a
    part of that needs no Fcγ receptor; a megakaryocyte that is spared sheds platelets days later;
    thrombopoietin follows the count at once.
    Leaves out: bleeding, consumption, cytotoxic T cells, thrombopoietin-receptor agonists.
    Read: Harker and Finch 1969, J Clin Invest 48:963; Aster 1966, J Clin Invest 45:645;
    Houwerzijl 2004, Blood 103:500.
    """

    blood = Species("cell", "platelets in blood", scale=1e12, exchangeable="volume")
    spleen = Species("cell", "platelets in the spleen", scale=5e11)
    megakaryocytes = Species("1", "megakaryocytes, of those in health")
    ripe = Species("1", "megakaryocytes that shed, of those in health")

    antibody = Needs("1", "antibody on platelets, of the untreated patient's")
    unneutralised = Needs("1", "share of it that no anti-idiotype holds")
    phi = Needs("1", "activity of phagocytes that is left")

    studied_count = Covariate("1", "count at which production was measured, of the healthy")
    studied_output = Covariate("1", "platelets that reached the blood there, of the healthy")

    volume = Parameter("L", "plasma that carries them, for exchange")
    blood_volume = Parameter("L", "blood in which they are counted")
    healthy_count = Parameter("cell/L", "count of this person in health")
    untreated_count = Parameter("cell/L", "count of this person untreated")
    life = Parameter("h", "mean life where nothing eats them")
    shedding = Parameter("cell/h", "production of this person in health", balances=blood)
    splenic = Parameter("1", "share of all platelets that lies in the spleen")
    k_spleen = Parameter("1/h", "exchange between blood and spleen")
    k_marrow = Parameter("1/h", "turnover of megakaryocytes")
    k_ripe = Parameter("1/h", "turnover of those that shed")
    marrow_gain = Parameter("1", "gain of megakaryocytes without platelets, over a high count")
    K_marrow = Parameter("cell/L", "count at half that gain")
    eaten_rate = Parameter("1/h", "hazard from antibody, untreated")
    marrow_hazard = Parameter("1", "hazard of megakaryocytes from antibody, untreated")
    independent = Parameter("1", "share of that destruction that needs no Fcγ receptor")
    written = Parameter("cell/L", "what a laboratory writes down as 1")

    @quantity("cell/L")
    def count(self):
        """Platelet count."""
        return self.blood / self.blood_volume

    @quantity("1")
    def billions(self):
        """Platelet count in 1e9/L, as laboratories write it."""
        return self.count / self.written

    @quantity("1")
    def attack(self):
        """Destruction by antibody, of the untreated patient's."""
        eaten = self.independent + (1 - self.independent) * self.phi
        return self.antibody * self.unneutralised * eaten

    @quantity("1")
    def output(self):
        """Platelets that reach the blood, of what did in health."""
        return self.ripe

    @quantity("1")
    def spared(self):
        """Megakaryocytes that antibody lets ripen, of those in health."""
        return self.megakaryocytes * exp(-self.marrow_hazard * self.attack)

    @quantity("h")
    def mean_life(self):
        """Mean life of a platelet."""
        return 1 / (1 / self.life + self.eaten_rate * self.attack)

    @reaction(nothing >> blood)
    def shed(self):
        return self.shedding * self.ripe

    @reaction(blood >> spleen)
    def pooled(self):
        return self.k_spleen * self.splenic * self.blood

    @reaction(spleen >> blood)
    def released(self):
        return self.k_spleen * (1 - self.splenic) * self.spleen

    @reaction(blood >> nothing)
    def lost_from_blood(self):
        return self.blood / self.mean_life

    @reaction(spleen >> nothing)
    def lost_from_spleen(self):
        return self.spleen / self.mean_life

    @reaction(nothing >> megakaryocytes)
    def grown(self):
        called = hill(self.healthy_count, self.K_marrow, 2) - hill(self.count, self.K_marrow, 2)
        return self.k_marrow * (1 + self.marrow_gain * called)

    @reaction(megakaryocytes >> nothing)
    def spent(self):
        return self.k_marrow * self.megakaryocytes

    @reaction(nothing >> ripe)
    def ripened(self):
        return self.k_ripe * self.spared

    @reaction(ripe >> nothing)
    def shed_out(self):
        return self.k_ripe * self.ripe
