"""The motor endplate under antibody to its receptor."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    exp,
    nothing,
    quantity,
    reaction,
)


class Endplate(Module):
    """Receptors and folds of the motor endplate, which antibody and complement take away.

    Antibody cross-links receptors, which are then degraded faster; complement destroys receptors
    and flattens folds; antibody also blocks what is left. Transmission is the product of the three,
    and has its good and bad weeks.

    Assumes: one endplate stands for all; synthesis of receptors does not answer the loss; the
    attack goes with two bound antibodies (cross-links, and C1q on two Fc); who fixes more of
    complement has flatter folds; good and bad weeks come and go whatever the treatment.
    Leaves out: presynaptic compensation, the fast pool of new receptors (a fifth, 19 h), ageing.
    Read: doi:10.1126/science.6623057 (half-life), doi:10.1126/science.850793 (cross-linking).
    """

    receptor = Species("1", "acetylcholine receptors, of a healthy endplate")
    fold = Species("1", "postjunctional folds, of a healthy endplate")

    antibody = Needs("1", "autoantibody in plasma, of the untreated patient")
    unneutralised = Needs("1", "share of it that no anti-idiotype holds")
    attack = Needs("1", "membrane attack on a target, of the untreated patient")
    fluctuation = Needs("1", "natural course, in standard deviations")

    receptor_rest = Parameter("1", "receptors of the untreated patient")
    k_receptor = Parameter("1/h", "turnover of receptors")
    k_fold = Parameter("1/h", "repair of folds")
    complement_share = Parameter("1", "share of lost receptors that complement takes")
    flattening = Parameter("1", "loss of folds, of their repair, if complement took all")
    Kb = Parameter("1", "antibody at half of the most that can be bound")
    block = Parameter("1", "share of receptors that saturating antibody blocks")
    swing = Parameter("1", "natural fluctuation, as SD of the logarithm of transmission")

    @quantity("1")
    def titre(self):
        """Antibody that can bind."""
        return self.antibody * self.unneutralised

    @quantity("1")
    def bound(self):
        """Bound antibody, of the untreated patient."""
        return self.titre * (1 + self.Kb) / (self.Kb + self.titre)

    @quantity("1")
    def complement(self):
        """Membrane attack on the endplate, of the untreated patient."""
        return self.bound**2 * self.attack

    @quantity("1")
    def potential(self):
        """Endplate potential in an ordinary week, of a healthy endplate."""
        blocked = self.block * self.titre / (self.Kb + self.titre)
        return self.receptor * self.fold * (1 - blocked)

    potential_0 = Start(potential)

    @quantity("1")
    def transmission(self):
        """Endplate potential, of the untreated patient's in an ordinary week."""
        return self.potential / self.potential_0 * exp(-self.swing * self.fluctuation)

    @quantity("1/h")
    def k_attack(self):
        """Loss of receptors to antibody and complement in the untreated patient."""
        return self.k_receptor * (1 / self.receptor_rest - 1)

    @reaction(nothing >> receptor)
    def inserted(self):
        return self.k_receptor

    @reaction(receptor >> nothing)
    def turned_over(self):
        return self.k_receptor * self.receptor

    @reaction(receptor >> nothing)
    def cross_linked(self):
        return self.k_attack * (1 - self.complement_share) * self.bound * self.receptor

    @reaction(receptor >> nothing)
    def lysed(self):
        return self.k_attack * self.complement_share * self.complement * self.receptor

    @reaction(nothing >> fold)
    def folded(self):
        return self.k_fold

    @reaction(fold >> nothing)
    def remodelled(self):
        return self.k_fold * self.fold

    @reaction(fold >> nothing)
    def flattened(self):
        return self.k_fold * self.flattening * self.complement_share * self.complement * self.fold
