"""The IL-2 receptor of one kind of cell, and the two signals it sends inside."""

from __future__ import annotations

from typing import Any

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    hill,
    nothing,
    quantity,
    ramp,
    reaction,
    saturation,
)


class Receptor(Module):
    """CD25 and CD122 of one kind of cell: they bind IL-2, are eaten with it, and signal.

    pSTAT5 (s) follows bound and endosomal complexes; the mTOR gate (m) opens on lasting pSTAT5.
    Loss of CD122 with its ligand, and gain of both chains by signalling, make the EC50 drift.

    Assumes: binding is fast against endocytosis, which enters the affinity; the γ chain is never
    short; CD25 recycles; blood cells carry the receptors of organ cells.
    Leaves out: spread between the cells of a class, soluble CD25, IL-15.
    Read: doi:10.1021/bp000097t (Fallon 2000), doi:10.1016/j.celrep.2021.109044 (Farhat 2021).
    """

    a = Species("1", "CD25 at the surface, of that at rest")
    b = Species("1", "CD122 at the surface, of that at rest")
    c = Species("1", "endosomal complexes, of surface CD122 at rest")
    s = Species("1", "pSTAT5, of the most that resting receptors can give")
    m = Species("1", "open share of the PI3K-AKT-mTOR gate")

    il2 = Needs("nmol/L", "IL-2 where the cells signal")
    il2_blood = Needs("nmol/L", "IL-2 in plasma")

    CD25 = Parameter("nmol/cell", "CD25 per cell at rest")
    CD122 = Parameter("nmol/cell", "CD122 per cell at rest")
    Kd_alpha = Parameter("nmol/L", "dissociation from CD25 alone")
    Kd_betagamma = Parameter("nmol/L", "dissociation from CD122 with γ chain")
    K_cross = Parameter("nmol/cell", "CD25 with which the trimer holds IL-2 as CD25 alone does")
    kon_trimer = Parameter("L/(nmol h)", "association with the trimer")
    kon_dimer = Parameter("L/(nmol h)", "association with the dimer")
    k_endo_trimer = Parameter("1/h", "endocytosis of the bound trimer")
    k_endo_dimer = Parameter("1/h", "endocytosis of the bound dimer")
    k_turnover = Parameter("1/h", "turnover of free CD122")
    k_lysosome = Parameter("1/h", "degradation of endosomal complexes")
    endosome_weight = Parameter("1", "signal of an endosomal complex against a surface one")
    beta_induction = Parameter("1", "rise of CD122 synthesis at full pSTAT5")
    beta_activation = Parameter("1", "rise of CD122 synthesis on activation")
    K_activation = Parameter("1", "extra CD25 at half that rise")
    activation_width = Parameter("1", "extra CD25 below which activation is not counted")
    k_CD25 = Parameter("1/h", "turnover of CD25")
    CD25_max = Parameter("1", "CD25 synthesis added at full pSTAT5")
    K_CD25 = Parameter("1", "pSTAT5 at half that synthesis")
    shedding = Parameter("1", "rise of CD25 loss at full pSTAT5")
    n = Parameter("1", "steepness of pSTAT5 in complexes")
    K_signal = Parameter("1", "complexes at half pSTAT5")
    k_stat5 = Parameter("1/h", "pSTAT5 turnover")
    mtor = Parameter("1", "widest opening of the mTOR gate")
    K_mtor = Parameter("1", "pSTAT5 at half opening")
    k_mtor = Parameter("1/h", "opening and closing of the mTOR gate")
    syn_a = Parameter("1", "CD25 synthesis at rest", balances=a)
    syn_b = Parameter("1/h", "CD122 synthesis at rest", balances=b)

    @quantity("L/nmol")
    def trimer(self):
        """Affinity of CD122 that finds CD25, endocytosis included."""
        cd25 = self.CD25 * self.a
        lost = self.k_endo_trimer / self.kon_trimer
        return cd25 / (self.Kd_alpha * self.K_cross + cd25 * lost)

    @quantity("L/nmol")
    def dimer(self):
        """Affinity of CD122 without CD25, endocytosis included."""
        return 1 / (self.Kd_betagamma + self.k_endo_dimer / self.kon_dimer)

    def _bound(self, il2: Any) -> Any:
        x = il2 * (self.trimer + self.dimer)
        return x / (1 + x)

    def _cleared(self, il2: Any) -> Any:
        eaten = self.k_endo_trimer * self.trimer + self.k_endo_dimer * self.dimer
        return self.b * eaten / (1 + il2 * (self.trimer + self.dimer))

    @quantity("1")
    def occupancy(self):
        """Share of CD122 in complexes, in organs."""
        return self._bound(self.il2)

    @quantity("1")
    def complexes_blood(self):
        """Complexes on blood cells, of CD122 at rest."""
        return self._bound(self.il2_blood) * self.b

    @quantity("L/(cell h)")
    def uptake(self):
        """Volume that one organ cell clears of IL-2."""
        return self.CD122 * self._cleared(self.il2)

    @quantity("L/(cell h)")
    def uptake_blood(self):
        """Volume that one blood cell clears of IL-2."""
        return self.CD122 * self._cleared(self.il2_blood)

    @quantity("1")
    def complexes(self):
        """Signalling complexes, at the surface and in endosomes."""
        return self.occupancy * self.b + self.endosome_weight * self.c

    @quantity("1")
    def growth(self):
        """pSTAT5 through the open mTOR gate: what effectors divide on."""
        return self.s * self.m

    @reaction(nothing >> a)
    def cd25_made(self):
        return self.k_CD25 * (self.syn_a + self.CD25_max * hill(self.s, self.K_CD25, 2))

    @reaction(a >> nothing)
    def cd25_lost(self):
        return self.k_CD25 * self.a * (1 + self.shedding * self.s)

    @reaction(nothing >> b)
    def cd122_made(self):
        active = saturation(ramp(self.a - 1, self.activation_width), self.K_activation)
        return self.syn_b * (1 + self.beta_induction * self.s + self.beta_activation * active)

    @reaction(b >> nothing)
    def cd122_lost(self):
        return self.k_turnover * (1 - self.occupancy) * self.b

    @reaction(b >> c)
    def cd122_eaten(self):
        return self.il2 * self._cleared(self.il2)

    @reaction(c >> nothing)
    def degraded(self):
        return self.k_lysosome * self.c

    @reaction(nothing >> s)
    def phosphorylated(self):
        return (
            self.k_stat5 * hill(self.complexes, self.K_signal, self.n) * (1 + self.K_signal**self.n)
        )

    @reaction(s >> nothing)
    def dephosphorylated(self):
        return self.k_stat5 * self.s

    @reaction(nothing >> m)
    def gate_opens(self):
        return self.k_mtor * self.mtor * hill(self.s, self.K_mtor, 2)

    @reaction(m >> nothing)
    def gate_closes(self):
        return self.k_mtor * self.m
