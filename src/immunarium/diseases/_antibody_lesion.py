"""Cells that an autoantibody harms with complement: one wiring for the diseases of that kind."""

from __future__ import annotations

from immunarium.biology.antibody_lesion import AntibodyLesion
from immunarium.core import Bound, Model
from immunarium.diseases._plasma import ADULT, Plasma

PLAUSIBLE = (ADULT, Bound("antibody_lesion.working_0", 0.1, 0.9, "ill, and not all is lost"))


def build() -> Model:
    """Wire the cells to the antibody and to complement."""
    plasma, lesion = Plasma(), AntibodyLesion("antibody_lesion")
    return Model(
        *(*plasma.modules, lesion),
        wires={
            **plasma.wires,
            lesion.antibody: plasma.autoantibody.plasma,
            lesion.unneutralised: plasma.idiotype.free,
            lesion.scavenging: plasma.complement.scavenging,
            lesion.c3: plasma.complement.c3,
            lesion.c5: plasma.c5_blocker.c5_free,
        },
    )
