"""Immune thrombocytopenia in an adult."""

from __future__ import annotations

from pathlib import Path

from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import Plasma


def build() -> Model:
    """Wire platelets to the antibody on them and to the phagocytes that eat them.

    What fills the receptors of phagocytes in the spleen are dimers of IgG (Teeling 2001, Blood
    98:1095), which come apart in plasma as what binds C3b does.
    """
    plasma = Plasma()
    platelets = plasma.platelets
    return Model(
        *plasma.modules,
        wires={
            **plasma.wires,
            platelets.antibody: plasma.autoantibody.plasma,
            platelets.unneutralised: plasma.idiotype.free,
            platelets.phi: plasma.fc_receptor.phi,
            plasma.fc_receptor.infused: plasma.fresh_igg.concentration,
        },
    )


immune_thrombocytopenia = Disease(
    name="immune_thrombocytopenia",
    summary="Chronic immune thrombocytopenia with a count that is to be raised.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(
        Bound("platelets.untreated_count", at_least=2e9, why="fewer is a count of none"),
        Bound("platelets.untreated_count", at_most=1e11, why="more is no thrombocytopenia"),
    ),
    scores={"platelet count": "platelets.billions"},
    # standard care, but not in the table of neurological indications that names the classes
    evidence_class="I",
)
