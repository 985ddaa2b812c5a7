"""Neuropathy with IgM against myelin-associated glycoprotein."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.monoclonal_igm import MonoclonalIgM
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import ADULT, Plasma


def build() -> Model:
    """Give the monoclonal IgM its volume, which exchange can clear, and nothing else."""
    plasma, igm = Plasma(), MonoclonalIgM("monoclonal_igm")
    wires = {**plasma.wires, igm.volume: plasma.plasma.volume}
    return Model(*plasma.modules, igm, wires=wires)


anti_mag_neuropathy = Disease(
    name="anti_mag_neuropathy",
    summary="Anti-MAG neuropathy: a monoclonal IgM that immunoglobulin does not reach.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(ADULT, Bound("monoclonal_igm.lost_0", 0.05, 0.8, "disabled, and not all is lost")),
    scores={"INCAT": "monoclonal_igm.incat"},
    evidence_class="I, not effective",
)
