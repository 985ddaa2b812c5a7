"""Autoimmune encephalitis: class IV evidence for immunoglobulin."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.antibody_lesion import AntibodyLesion
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import Plasma


def build() -> Model:
    """Wire synapses to the antibody and to complement."""
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


autoimmune_encephalitis = Disease(
    name="autoimmune_encephalitis",
    summary="Autoimmune encephalitis: antibody in cerebrospinal fluid blocks synapses.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(Bound("antibody_lesion.working_0", 0.1, 0.9, "ill, and not all is lost"),),
    scores={"function": "antibody_lesion.score"},
    evidence_class="IV",
)
