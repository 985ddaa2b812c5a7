"""Stiff-person syndrome in an adult with antibodies to glutamic acid decarboxylase."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.inhibition import Inhibition
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import Plasma


def build() -> Model:
    """Wire inhibition to the antibody and to phagocytes."""
    plasma, inhibition = Plasma(), Inhibition()
    return Model(
        *(*plasma.modules, inhibition),
        wires={
            **plasma.wires,
            inhibition.antibody: plasma.autoantibody.plasma,
            inhibition.unneutralised: plasma.idiotype.free,
            inhibition.phi: plasma.fc_receptor.phi,
            inhibition.inflammation: plasma.inflammation.activity,
        },
    )


stiff_person = Disease(
    name="stiff_person",
    summary="Stiff-person syndrome with anti-GAD antibodies, under benzodiazepines.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(
        Bound("inhibition.areas_0", at_least=1.0, why="a patient has a stiff area"),
        Bound("inhibition.areas_0", at_most=6.0, why="the index counts six"),
    ),
    scores={"stiffness": "inhibition.stiffness"},
    evidence_class="I",
)
