"""What an infusion of immunoglobulin does hours to days later, whatever its rate."""

from __future__ import annotations

from immunarium.core import Module, Needs, Parameter, Species, nothing, quantity, reaction


class DelayedReactions(Module):
    """Each gram given acts in turn: on monocytes for hours, on meninges for a day, then on skin.

    Assumes: what counts is the dose per weight, not its rate; each stage is passed once, and a
    symptom may begin when it is.
    Leaves out: the product; repeated rash in the same patient; cytokines as states.
    Read: doi:10.7326/0003-4819-121-4-199408150-00004 (Sekul 1994).
    """

    acute = Species("1", "dose, of body weight, before it has acted on monocytes", scale=1e-3)
    meningeal = Species("1", "dose before it has acted on meninges", scale=1e-3)
    sensitising = Species("1", "dose that lymphocytes still take up", scale=1e-3)
    cutaneous = Species("1", "dose before lymphocytes have reached the skin", scale=1e-3)
    passed = Species("1", "dose that has done with acting", scale=1e-3)

    infused = Needs("mg/h", "IgG infused now")
    prompt_headache = Needs("1", "integrated hazard of headache while infused")
    migraine_factor = Needs("1", "how much more often this patient has a headache")
    migraine = Needs("1", "1 with a history of migraine, 0 without")
    weight = Needs("mg", "body weight")

    k_acute = Parameter("1/h", "passing of the first hours")
    k_meningeal = Parameter("1/h", "passing of the meninges")
    k_skin = Parameter("1/h", "passing of each of two stages before the skin")
    late = Parameter("1", "hazard of a late symptom per dose of body weight")
    of_fatigue = Parameter("1", "share of late symptoms that are fatigue")
    of_fever = Parameter("1", "share that are fever")
    of_nausea = Parameter("1", "share that are nausea")
    of_headache = Parameter("1", "share that are headache, without migraine")
    meningitis_0 = Parameter("1", "hazard of aseptic meningitis per dose of body weight")
    meningitis_risk = Parameter("1", "meningitis in migraine, of that without")
    rash_0 = Parameter("1", "hazard of rash per dose of body weight")

    @quantity("1")
    def given(self):
        """IgG infused so far, of body weight."""
        before_skin = self.acute + self.meningeal + self.sensitising
        return before_skin + self.cutaneous + self.passed

    @quantity("1")
    def late_hazard(self):
        """Integrated hazard of any late symptom, without migraine."""
        return self.late * (self.given - self.acute)

    @quantity("1")
    def fatigue(self):
        """Integrated hazard of fatigue."""
        return self.of_fatigue * self.late_hazard

    @quantity("1")
    def fever(self):
        """Integrated hazard of fever."""
        return self.of_fever * self.late_hazard

    @quantity("1")
    def nausea(self):
        """Integrated hazard of nausea."""
        return self.of_nausea * self.late_hazard

    @quantity("1")
    def headache(self):
        """Integrated hazard of headache, while infused and afterwards."""
        return self.prompt_headache + self.of_headache * self.migraine_factor * self.late_hazard

    @quantity("1")
    def meningitis(self):
        """Integrated hazard of aseptic meningitis."""
        risk = 1 + self.migraine * (self.meningitis_risk - 1)
        done = self.sensitising + self.cutaneous + self.passed
        return self.meningitis_0 * risk * done

    @quantity("1")
    def rash(self):
        """Integrated hazard of rash."""
        return self.rash_0 * self.passed

    @reaction(nothing >> acute)
    def is_given(self):
        return self.infused / self.weight

    @reaction(acute >> meningeal)
    def hours_pass(self):
        return self.k_acute * self.acute

    @reaction(meningeal >> sensitising)
    def a_day_passes(self):
        return self.k_meningeal * self.meningeal

    @reaction(sensitising >> cutaneous)
    def lymphocytes_divide(self):
        return self.k_skin * self.sensitising

    @reaction(cutaneous >> passed)
    def lymphocytes_arrive(self):
        return self.k_skin * self.cutaneous
