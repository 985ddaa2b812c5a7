"""Immune thrombocytopenia in an adult."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.fluctuation import Fluctuation
from immunarium.biology.platelet_antibody import PlateletAntibody
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import Plasma

SWINGS = 6


def build() -> Model:
    """Wire platelets to the antibody on them and to the phagocytes that eat them.

    Infused IgG fills the receptors of phagocytes, dimers better than monomers (Teeling 2001, Blood
    98:1095; Nagelkerke 2014, Blood 124:3709). They come apart in plasma as what binds C3b does, so
    IgG counts once, and as long as it is fresh once more.
    """
    plasma, antibody = Plasma(), PlateletAntibody("platelet_antibody")
    swings = [Fluctuation(f"swing_{k}") for k in range(1, SWINGS + 1)]
    platelets = plasma.platelets
    return Model(
        *(*plasma.modules, antibody, *swings),
        wires={
            **plasma.wires,
            antibody.titre: plasma.autoantibody.plasma,
            antibody.fluctuation: [s.level for s in swings],
            platelets.antibody: antibody.coat,
            platelets.unneutralised: plasma.idiotype.free,
            platelets.phi: plasma.fc_receptor.phi,
            plasma.fc_receptor.infused: [plasma.igg.infused, plasma.fresh_igg.concentration],
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
        Bound("patient.age", 18.0, 90.0, "adults"),
        Bound("platelets.eaten_rate", at_least=0.0, why="antibody lengthens no platelet's life"),
    ),
    scores={"platelet count": "platelets.billions"},
    # standard care, but not in the table of neurological indications that names the classes
    evidence_class="I",
)
