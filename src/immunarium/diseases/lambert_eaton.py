"""Lambert-Eaton myasthenic syndrome in an adult."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.presynaptic import Presynaptic
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import Plasma


def build() -> Model:
    """Wire the nerve terminal to antibody."""
    plasma, terminal = Plasma(), Presynaptic()
    return Model(
        *(*plasma.modules, terminal),
        wires={
            **plasma.wires,
            terminal.antibody: plasma.autoantibody.plasma,
            terminal.unneutralised: plasma.idiotype.free,
        },
    )


lambert_eaton = Disease(
    name="lambert_eaton",
    summary="Lambert-Eaton myasthenic syndrome, weak in spite of its standing treatment.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(
        Bound("presynaptic.limb_strength", at_most=0.9, why="a patient's limbs are weak"),
        Bound("presynaptic.limb_strength", at_least=0.1, why="a patient can still be measured"),
        Bound("patient.age", 18.0, 88.0, "adults, as the trials took them"),
    ),
    evidence_class="I",
)
