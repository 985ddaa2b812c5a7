"""Capillaries of muscle under complement, and the fibres that starve behind them."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, Start, nothing, quantity, reaction


class MuscleCapillary(Module):
    """Dermatomyositis: membrane attack complex thins out capillaries; ischaemia keeps it going.

    Assumes: inflammation behind the vessel is fed by complement and by ischaemia alike, and its
    cells come in by ICAM-1, which cytokines induce; strength and skin follow it at once; in some
    patients something else carries most of it (T cells, type I interferon).
    Leaves out: that something else, lung, calcinosis, damage that stays.
    Read: doi:10.1056/NEJM199312303292704; Emslie-Smith 1990, Ann Neurol 27:343.
    """

    capillaries = Species("1", "capillaries, of those in healthy muscle")
    activity = Species("1", "inflammation of muscle and skin, of the untreated patient's")

    antibody = Needs("1", "antibody on endothelium, of the untreated patient's")
    unneutralised = Needs("1", "share of it that no anti-idiotype holds")
    complement = Needs("1", "membrane attack of complement, of the untreated patient's")
    adhesion = Needs("1", "ICAM-1 on vessels, of the untreated patient's")

    resistant = Parameter("1", "share of inflammation that complement does not carry")
    k_capillary = Parameter("1/h", "regrowth of capillaries")
    loss = Parameter("1/h", "loss of capillaries, untreated", balances=capillaries)
    k_activity = Parameter("1/h", "turnover of inflammation")
    direct = Parameter("1", "share of the rest that complement feeds without ischaemia")
    weakness_0 = Parameter("1", "share of strength that is lost, untreated")
    mrc_full = Parameter("1", "sum of the tested muscles at full strength")
    cdasi_0 = Parameter("1", "activity of the skin, untreated")

    capillaries_0 = Start(capillaries)

    @quantity("1")
    def mac(self):
        """Membrane attack complex on capillaries, of the untreated patient's."""
        return self.antibody * self.unneutralised * self.complement

    @quantity("1")
    def ischaemia(self):
        """Capillaries that are missing, of those missing in the untreated patient."""
        return (1 - self.capillaries) / (1 - self.capillaries_0)

    @quantity("1")
    def weakness(self):
        """Share of strength that is lost."""
        return self.weakness_0 * self.activity

    @quantity("1")
    def mrc(self):
        """Sum of the tested muscles."""
        return self.mrc_full * (1 - self.weakness)

    @quantity("1")
    def cdasi(self):
        """Activity of the skin."""
        return self.cdasi_0 * self.activity

    @reaction(nothing >> capillaries)
    def regrown(self):
        return self.k_capillary * (1 - self.capillaries)

    @reaction(capillaries >> nothing)
    def destroyed(self):
        return self.loss * self.mac * self.capillaries

    @reaction(nothing >> activity)
    def inflamed(self):
        fed = self.direct * self.mac + (1 - self.direct) * self.ischaemia
        carried = (1 - self.resistant) * self.adhesion * fed
        return self.k_activity * (self.resistant + carried)

    @reaction(activity >> nothing)
    def calmed(self):
        return self.k_activity * self.activity
