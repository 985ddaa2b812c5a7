"""One tumour lesion: a clone that T cells see, one that they do not, and what is left of both."""

from __future__ import annotations

from typing import Any

from immunarium.core import (
    Covariate,
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    log,
    nothing,
    positive,
    quantity,
    ramp,
    reaction,
    smooth_step,
    sqrt,
)


def at_most(x: Any, most: Any) -> Any:
    """x, bent smoothly to stay under ``most``."""
    r = x / most
    return x / sqrt(sqrt(1 + r * r * r * r))


class Lesion(Module):
    """Two clones grow more slowly as they grow large; T cells arrive in days and stay for weeks.

    An empty slot has no volume and keeps none. A clone of less than one cell does not grow.

    Assumes: effectors reach all of a lesion; LAK cells kill both clones and reach lung lesions
    more; the dead are cleared; a scar stays and is measured.
    Leaves out: new resistance, spread, vessels, lesions that share an organ's cells.
    Read: docs/decisions/0003-joining-the-two-physiologies.md.
    """

    sensitive = Species("L", "clone that T cells see", scale=1e-3)
    resistant = Species("L", "clone that T cells do not see", scale=1e-3)
    dead = Species("L", "dead tumour", scale=1e-3)
    infiltrate = Species("1", "T cells in the lesion, of those before therapy")

    effectors = Needs("1", "tumour-reactive effectors")
    reach = Needs("1", "what PD-1 and Treg leave of effector function")
    host_killers = Needs("cell", "host LAK cells, as they kill")
    infused_killers = Needs("cell", "infused LAK cells, as they kill")

    growth = Parameter("1/h", "growth at the reference volume")
    reference = Parameter("L", "volume at which growth is quoted")
    capacity = Parameter("L", "volume at which growth stops")
    fastest = Parameter("1/h", "fastest growth of a tumour")
    one_cell = Parameter("L", "tumour volume of one cell")
    potency = Parameter("1/h", "killing by one unit of effectors")
    access = Parameter("1", "effectors that reach the lesion, of the average lesion")
    k_arrive = Parameter("1/h", "arrival of T cells")
    k_leave = Parameter("1/h", "departure of resident T cells")
    arrival_width = Parameter("1", "call for T cells below which arrival is slow")
    homing = Parameter("1/L", "share of the body's killers in a litre of tumour")
    first_pass = Parameter("1", "infused killers in lung lesions, of other lesions")
    in_lung = Parameter("1", "1 for a lung lesion")
    kills = Parameter("1/(cell h)", "tumour cells killed by one LAK cell")
    k_clear = Parameter("1/h", "clearance of dead tumour")
    scar = Parameter("L", "scar that remains")
    effectors_0 = Start(effectors)

    slot = Covariate("1", "number of the slot; slots fill in order")
    place = Covariate("1", "draw of the organ")
    organ = Covariate("1", "1 lung, 2 liver, 3 lymph node, 4 skin and soft tissue, 5 other")
    diameter = Covariate("mm", "diameter, if the lesion is measurable")
    measurable = Covariate("L", "volume at the start, if measurable")
    size_draw = Covariate("1", "draw of the size, if the lesion is occult")
    occult = Covariate("L", "volume at the start, if occult")
    start = Covariate("L", "viable volume at the start")
    resistant_share = Covariate("1", "resistant share at the start")

    @quantity("L")
    def viable(self):
        """Living tumour."""
        return self.sensitive + self.resistant

    @quantity("L")
    def volume(self):
        """Volume that a scan shows."""
        return self.viable + self.dead + self.scar

    @quantity("1/h")
    def growth_rate(self):
        """Growth at the present volume."""
        room = positive(log(self.capacity / (positive(self.viable) + self.one_cell)))
        return at_most(self.growth * room / log(self.capacity / self.reference), self.fastest)

    @quantity("1/h")
    def killing_T(self):
        """Share of the sensitive clone killed by T cells."""
        return self.potency * self.reach * self.access * self.effectors_0 * self.infiltrate

    @quantity("1/h")
    def killing_LAK(self):
        """Share of both clones killed by LAK cells."""
        infused = self.infused_killers * (1 + (self.first_pass - 1) * self.in_lung)
        return self.kills * self.one_cell * self.homing * (self.host_killers + infused)

    @quantity("L/h")
    def killed(self):
        """Tumour killed."""
        return self.killing_T * self.sensitive + self.killing_LAK * self.viable

    @quantity("L/h")
    def grown(self):
        """Tumour grown."""
        return self._grown(self.sensitive) + self._grown(self.resistant)

    def _grown(self, clone: Any) -> Any:
        return self.growth_rate * smooth_step(clone, self.one_cell, 2 * self.one_cell) * clone

    @reaction(sensitive >> 2 * sensitive)
    def sensitive_grow(self):
        return self._grown(self.sensitive)

    @reaction(resistant >> 2 * resistant)
    def resistant_grow(self):
        return self._grown(self.resistant)

    @reaction(sensitive >> dead)
    def sensitive_die(self):
        return (self.killing_T + self.killing_LAK) * self.sensitive

    @reaction(resistant >> dead)
    def resistant_die(self):
        return self.killing_LAK * self.resistant

    @reaction(dead >> nothing)
    def cleared(self):
        return self.k_clear * self.dead

    @reaction(nothing >> infiltrate)
    def arrive(self):
        called = self.effectors / self.effectors_0
        fast = (self.k_arrive - self.k_leave) * ramp(called - self.infiltrate, self.arrival_width)
        return self.k_leave * called + fast

    @reaction(infiltrate >> nothing)
    def leave(self):
        return self.k_leave * self.infiltrate
