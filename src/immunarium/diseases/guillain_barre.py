"""Guillain-Barré syndrome in an adult who cannot walk unaided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from immunarium.biology.acute_nerve import AcuteNerve
from immunarium.biology.gbs_disability import GBSDisability
from immunarium.biology.ventilated_death import VentilatedDeath
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import Plasma

LEAD_IN = 14 * 24.0  # as long as the longest delay


def build() -> Model:
    """Wire the plasma to one attacked nerve."""
    nerve: Any = AcuteNerve("acute_nerve")
    grade: Any = GBSDisability("gbs_disability")
    death: Any = VentilatedDeath("survival")
    plasma = Plasma(extra_loss=nerve.extra_loss)
    return Model(
        *plasma.modules,
        *(nerve, grade, death),
        wires={
            **plasma.wires,
            nerve.ab: plasma.autoantibody.plasma,
            nerve.idiotype: plasma.idiotype.free,
            nerve.phi: plasma.fc_receptor.phi,
            nerve.scavenging: plasma.complement.scavenging,
            nerve.c3: plasma.complement.c3,
            nerve.c5_free: plasma.c5_blocker.c5_free,
            nerve.inflammation: plasma.inflammation.activity,
            grade.strength: nerve.strength,
            death.disability: grade.disability,
        },
    )


guillain_barre = Disease(
    name="guillain_barre",
    summary="Guillain-Barré syndrome: one attack on peripheral nerve. Not Miller Fisher syndrome.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(
        Bound("patient.age", 16.0, 88.0, "adults, as the trials took them"),
        Bound("acute_nerve.presentation", 48.0, LEAD_IN, "within two weeks of onset"),
    ),
    scores={
        "GBS disability": "gbs_disability.disability",
        "EGOS": "gbs_disability.egos",
        "mEGOS": "gbs_disability.megos",
        "serum IgG": "igg.total",
    },
    lead_in=LEAD_IN,
    evidence_class="I",
)
