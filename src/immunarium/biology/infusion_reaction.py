"""Reactions to an infusion of immunoglobulin: headache, chills, muscle ache, chest pain."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    exp,
    nothing,
    quantity,
    reaction,
    saturation,
)


class InfusionReaction(Module):
    """Infused IgG frees mediators the faster it runs, from a reserve that an infusion exhausts.

    Assumes: aggregates activate complement in proportion to a power of the rate; the reserve is
    spent while anything is infused and refills within days; symptoms last as long as mediators;
    a first course meets antigens that later ones no longer do.
    Leaves out: which mediator it is; differences between batches; lipids; the fluid load.
    Read: document 002, adverse effects; Orbach 2005, Clin Rev Allergy Immunol 29:173.
    """

    reserve = Species("1", "mediators that an infusion can still free")
    mediator = Species("1", "mediators in blood, 1 at the reference rate and a full reserve")
    cumulative = Species("1", "integrated hazard of a reaction while infused")

    infused = Needs("mg/h", "IgG infused now")
    given = Needs("1", "IgG infused so far, of body weight")

    weight = Parameter("mg", "body weight")
    reference = Parameter("1/h", "rate, of body weight, at which the release is quoted")
    trace = Parameter("1/h", "rate at which an infusion counts as running by half")
    power = Parameter("1", "how steeply release follows the rate")
    k_spend = Parameter("1/h", "spending of the reserve while infused")
    k_refill = Parameter("1/h", "refilling of the reserve")
    k_clear = Parameter("1/h", "clearance of mediators")
    hazard_0 = Parameter("1/h", "hazard at the reference rate with a full reserve, not naive")
    susceptibility = Parameter("1", "how easily this patient reacts")
    naive = Parameter("1", "what a first infusion adds to the hazard")
    naive_dose = Parameter("1", "dose, of body weight, that makes a patient no longer naive")
    premedicated = Parameter("1", "1 with antihistamine and paracetamol before, 0 without")
    premedication = Parameter("1", "share of the hazard that is left by premedication")
    migraine = Parameter("1", "1 with a history of migraine, 0 without")
    migraine_risk = Parameter("1", "headache in migraine, of that without")
    propranolol = Parameter("1", "1 with propranolol before, 0 without")
    propranolol_left = Parameter("1", "share of the excess by migraine that propranolol leaves")
    of_headache = Parameter("1", "share of reactions that are headache, without migraine")
    of_chills = Parameter("1", "share that are chills")
    of_myalgia = Parameter("1", "share that are muscle ache")
    of_chest_pain = Parameter("1", "share that are chest pain or tightness")

    @quantity("1/h")
    def rate(self):
        """IgG infused, of body weight."""
        return self.infused / self.weight

    @quantity("1/h")
    def hazard(self):
        """Hazard of a reaction, in a patient without migraine."""
        naive = 1 + self.naive * exp(-self.given / self.naive_dose)
        prepared = 1 - self.premedicated * (1 - self.premedication)
        return self.hazard_0 * self.susceptibility * naive * prepared * self.mediator

    @quantity("1")
    def migraine_factor(self):
        """How much more often this patient has a headache."""
        left = 1 - self.propranolol * (1 - self.propranolol_left)
        return 1 + self.migraine * (self.migraine_risk - 1) * left

    @quantity("1")
    def headache(self):
        """Integrated hazard of headache while infused."""
        return self.of_headache * self.migraine_factor * self.cumulative

    @quantity("1")
    def chills(self):
        """Integrated hazard of chills."""
        return self.of_chills * self.cumulative

    @quantity("1")
    def myalgia(self):
        """Integrated hazard of muscle ache."""
        return self.of_myalgia * self.cumulative

    @quantity("1")
    def chest_pain(self):
        """Integrated hazard of chest pain."""
        return self.of_chest_pain * self.cumulative

    @reaction(nothing >> reserve)
    def refills(self):
        return self.k_refill

    @reaction(reserve >> nothing)
    def turns_over(self):
        return self.k_refill * self.reserve

    @reaction(reserve >> nothing)
    def is_spent(self):
        return self.k_spend * saturation(self.rate, self.trace) * self.reserve

    @reaction(nothing >> mediator)
    def is_freed(self):
        return self.k_clear * (self.rate / self.reference) ** self.power * self.reserve

    @reaction(mediator >> nothing)
    def is_cleared(self):
        return self.k_clear * self.mediator

    @reaction(nothing >> cumulative)
    def adds_up(self):
        return self.hazard
