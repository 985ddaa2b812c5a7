"""Complement: C3, who amplifies and who restrains it, and what infused IgG scavenges."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class Complement(Module):
    """C3 is consumed by its own amplification, which factor B drives and factors H and I stop.

    Assumes: all relative to the patient's own; a convertase of C5 needs two C3b; fresh infused IgG
    takes nascent C3b and C4b away from targets and uses C4 up in doing so.
    Leaves out: pathways that start it (a disease brings its own), properdin, synthesis in
    inflammation.
    Read: pmid:14504108 (Lutz 2004); Orlin & Berkman 1980, Blood 56:1055.
    """

    c3 = Species("1", "C3 in plasma, of own baseline", exchangeable="volume")
    c3_tissue = Species("1", "C3 in tissue, in amounts of plasma")
    fb = Species("1", "factor B in plasma, of own baseline", exchangeable="volume")
    fh = Species("1", "factor H in plasma, of own baseline", exchangeable="volume")
    fi = Species("1", "factor I in plasma, of own baseline", exchangeable="volume")

    fresh = Needs("mg/L", "infused IgG that still binds C3b")
    weight = Needs("1", "weight of scavenging")
    c5_free = Needs("1", "free C5, of own baseline")
    volume = Needs("L", "plasma volume")

    fcr_c3 = Parameter("1/h", "catabolism of C3")
    amplified = Parameter("1", "share of it by amplification")
    k_c3 = Parameter("1/h", "leaving plasma for tissue")
    back_c3 = Parameter("1/h", "returning from tissue")
    fcr_fb = Parameter("1/h", "turnover of factor B")
    fcr_fh = Parameter("1/h", "turnover of factor H")
    fcr_fi = Parameter("1/h", "turnover of factor I")
    least = Parameter("1", "least product of FH and FI, from cells and tissue")
    K = Parameter("mg/L", "fresh IgG that takes half of nascent C3b")
    use = Parameter("L/mg/h", "C4 that fresh IgG uses up")

    @quantity("1")
    def scavenging(self):
        """Nascent C3b and C4b that scavenging leaves for a target."""
        return 1 / (1 + self.weight * self.fresh / self.K)

    @quantity("1")
    def opsonin(self):
        """C3b on a target, of the untreated patient's."""
        return self.scavenging * self.c3

    @quantity("1")
    def convertase(self):
        """Convertase of C5 on a target: two C3b, of the untreated patient's."""
        return self.opsonin * self.opsonin

    @quantity("1")
    def attack(self):
        """Membrane attack complex on a target, of the untreated patient's."""
        return self.convertase * self.c5_free

    @quantity("1/h")
    def c4_use(self):
        """C4 that complexes with fresh IgG use up."""
        return self.weight * self.use * self.fresh

    @quantity("1")
    def amplification(self):
        """Amplification of C3 cleavage, of the untreated patient's."""
        return (1 + self.least) * self.fb / (self.fh * self.fi + self.least)

    @reaction(nothing >> c3)
    def c3_made(self):
        return self.fcr_c3

    @reaction(c3 >> nothing)
    def c3_consumed(self):
        activity = 1 - self.amplified + self.amplified * self.amplification
        return self.fcr_c3 * activity * self.c3

    @reaction(c3 >> c3_tissue)
    def c3_distributed(self):
        return self.k_c3 * self.c3

    @reaction(c3_tissue >> c3)
    def c3_returned(self):
        return self.back_c3 * self.c3_tissue

    @reaction(nothing >> fb)
    def fb_made(self):
        return self.fcr_fb

    @reaction(fb >> nothing)
    def fb_lost(self):
        return self.fcr_fb * self.fb

    @reaction(nothing >> fh)
    def fh_made(self):
        return self.fcr_fh

    @reaction(fh >> nothing)
    def fh_lost(self):
        return self.fcr_fh * self.fh

    @reaction(nothing >> fi)
    def fi_made(self):
        return self.fcr_fi

    @reaction(fi >> nothing)
    def fi_lost(self):
        return self.fcr_fi * self.fi
