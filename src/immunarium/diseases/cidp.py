"""Chronic inflammatory demyelinating polyneuropathy."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.chronic_nerve import ChronicNerve
from immunarium.biology.fluctuation import Fluctuation
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import Plasma

SWINGS = 6


def build() -> Model:
    """Wire the nerve to antibody, complement, macrophages and T cells of the kernel."""
    plasma, nerve = Plasma(), ChronicNerve("chronic_nerve")
    swings = [Fluctuation(f"swing_{k}") for k in range(1, SWINGS + 1)]
    return Model(
        *(*plasma.modules, nerve, *swings),
        wires={
            **plasma.wires,
            nerve.ab: plasma.autoantibody.plasma,
            nerve.idiotype: plasma.idiotype.free,
            nerve.phi: plasma.fc_receptor.phi,
            nerve.inflammation: plasma.inflammation.activity,
            nerve.c3b: plasma.complement.opsonin,
            nerve.help: plasma.t_help.level,
            nerve.fluctuation: [s.level for s in swings],
        },
    )


cidp = Disease(
    name="cidp",
    summary="Chronic inflammatory demyelinating polyneuropathy, active and untreated.",
    build=build,
    overlay=Path(__file__).with_name("cidp.tsv"),
    plausible=(
        Bound("chronic_nerve.incat", at_least=1.5, at_most=9.5, why="disabled, and not bed-bound"),
        Bound("patient.age", 18.0, 90.0, "adults, as the trials took them"),
    ),
    scores={
        "INCAT": "chronic_nerve.incat",
        "grip (kg)": "chronic_nerve.grip",
        "MRC sum": "chronic_nerve.mrc_sum",
        "IgG (turbidimetry)": "igg.total",
    },
    evidence_class="I",
)
