"""Harm of plasma exchange: citrate, pressure, the line, and what is taken with the plasma."""

from __future__ import annotations

from immunarium.core import (
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


class ExchangeSafety(Module):
    """Sessions and the line carry hazards; so do low calcium, fibrinogen, platelets and IgG.

    Assumes: trouble with access comes by the session, a fall of pressure by the volume; the same
    patients have them again; low calcium is felt while it falls, in a session; a line is placed at
    the first and removed some days after the last; bleeding and infection begin below a safe level
    of fibrinogen or platelets, and of IgG, in proportion to what is missing; reactions to donor
    plasma go with its amount, of which its IgG is the measure.
    Leaves out: viruses, starch, heparin, the site of the line; peripheral access, with which
    many are treated.
    Read: J Clin Apher 2007, 22:265 (581 exchanges); Keller 1979, Br J Haematol 42:593;
    doi:10.1046/j.1537-2995.1989.29289146829.x (5235 exchanges in 627 patients).
    """

    session = Species("1", "a session is on")
    sessions = Species("1", "sessions begun so far")
    line = Species("1", "a central line in place")
    line_time = Species("h", "time with a line", scale=100.0)
    tingling = Species("1", "integrated hazard of symptoms of low calcium")
    bleeding = Species("1", "integrated hazard of bleeding")
    infection = Species("1", "integrated hazard of infection for want of IgG")
    allergy = Species("1", "integrated hazard of a reaction to donor plasma")

    flow = Needs("L/h", "plasma drawn now")
    drawn = Needs("L", "plasma drawn so far")
    filtered = Needs("L", "of that, through a membrane")
    volume = Needs("L", "plasma volume")
    calcium = Needs("nmol/L", "ionised calcium")
    fibrinogen = Needs("1", "fibrinogen, of own baseline")
    platelets = Needs("cell/L", "platelet count")
    igg = Needs("mg/L", "IgG in plasma")
    donor_igg = Needs("mg/h", "IgG that donor plasma brings now")

    trace = Parameter("L/h", "flow at which a session counts as running by half")
    k_begin = Parameter("1/h", "how soon after its begin a session counts")
    reactive = Parameter("1", "how easily this patient reacts to a session, of the median one")
    veins = Parameter("1", "how easily access fails in this patient, of the median one")
    k_place = Parameter("1/h", "placing of the line")
    k_remove = Parameter("1/h", "removal of the line when nothing is exchanged")
    hypotension_0 = Parameter("1", "hazard of hypotension a plasma volume, centrifuged")
    by_membrane = Parameter("1", "hazard when filtered, of that when centrifuged")
    access_0 = Parameter("1", "hazard of trouble with access a session")
    death_0 = Parameter("1", "hazard of death a session")
    sepsis_0 = Parameter("1/h", "hazard of infection of the line while it is in place")
    clot_0 = Parameter("1/h", "hazard of a clot at the line while it is in place")
    pneumothorax_0 = Parameter("1", "hazard of pneumothorax a line")
    placed = Parameter("1", "plasma volumes exchanged by which the line is surely in place")
    tingling_0 = Parameter("1/h", "hazard of symptoms without ionised calcium")
    calcium_safe = Parameter("nmol/L", "ionised calcium below which symptoms begin")
    allergy_0 = Parameter("1/mg", "hazard of a reaction to donor plasma, per IgG in it")
    fibrinogen_0 = Parameter("mg/L", "fibrinogen at baseline")
    fibrinogen_safe = Parameter("mg/L", "fibrinogen below which bleeding begins")
    platelets_safe = Parameter("cell/L", "platelet count below which bleeding begins")
    bleeding_0 = Parameter("1/h", "hazard of bleeding without fibrinogen")
    purpura_0 = Parameter("1/h", "hazard of bleeding without platelets")
    igg_safe = Parameter("mg/L", "IgG below which infections begin")
    infection_0 = Parameter("1/h", "hazard of infection without IgG")

    @quantity("mg/L")
    def fibrinogen_level(self):
        """Fibrinogen in plasma."""
        return self.fibrinogen_0 * self.fibrinogen

    @quantity("1")
    def exchanged(self):
        """Plasma volumes exchanged so far."""
        return self.drawn / self.volume

    @quantity("1")
    def hypotension(self):
        """Integrated hazard of hypotension."""
        more = (self.by_membrane - 1) * self.filtered / self.volume
        return self.hypotension_0 * self.reactive * (self.exchanged + more)

    @quantity("1")
    def access(self):
        """Integrated hazard of trouble with access."""
        return self.access_0 * self.veins * self.sessions

    @quantity("1")
    def death(self):
        """Integrated hazard of death of the procedure."""
        return self.death_0 * self.sessions

    @quantity("1")
    def line_sepsis(self):
        """Integrated hazard of infection of the line."""
        return self.sepsis_0 * self.line_time

    @quantity("1")
    def line_clot(self):
        """Integrated hazard of a clot at the line."""
        return self.clot_0 * self.line_time

    @quantity("1")
    def pneumothorax(self):
        """Integrated hazard of pneumothorax, which is there once the line is."""
        return self.pneumothorax_0 * (1 - exp(-self.exchanged / self.placed))

    @quantity("1")
    def running(self):
        """1 while plasma is drawn, 0 outside."""
        return saturation(self.flow, self.trace)

    @reaction(nothing >> session)
    def begins(self):
        return self.k_begin * self.running * (1 - self.session)

    @reaction(session >> nothing)
    def ends(self):
        return self.k_begin * (1 - self.running) * self.session

    @reaction(nothing >> sessions)
    def is_counted(self):
        return self.k_begin * self.running * (1 - self.session)

    @reaction(nothing >> line)
    def is_placed(self):
        return self.k_place * self.running * (1 - self.line)

    @reaction(line >> nothing)
    def is_removed(self):
        return self.k_remove * (1 - self.running) * self.line

    @reaction(nothing >> line_time)
    def stays(self):
        return self.line

    @reaction(nothing >> tingling)
    def tingles(self):
        low = positive(1 - self.calcium / self.calcium_safe)
        return self.tingling_0 * self.reactive * self.running * low

    @reaction(nothing >> allergy)
    def reacts_to_donors(self):
        return self.allergy_0 * self.reactive * self.donor_igg

    @reaction(nothing >> bleeding)
    def bleeds(self):
        clots = positive(1 - self.fibrinogen_level / self.fibrinogen_safe)
        plugs = positive(1 - self.platelets / self.platelets_safe)
        return self.bleeding_0 * clots + self.purpura_0 * plugs

    @reaction(nothing >> infection)
    def infects(self):
        return self.infection_0 * positive(1 - self.igg / self.igg_safe)
