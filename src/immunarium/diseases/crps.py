"""Complex regional pain syndrome (reflex sympathetic dystrophy): class IV evidence."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.cytokine_pain import CytokinePain
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import ADULT, Plasma


def build() -> Model:
    """Wire pain to cytokines, in the small part that they keep up."""
    plasma, pain = Plasma(), CytokinePain("cytokine_pain")
    wires = {**plasma.wires, pain.il1b: plasma.inflammation.il1b}
    return Model(*plasma.modules, pain, wires=wires)


crps = Disease(
    name="crps",
    summary="Complex regional pain syndrome; a later trial of immunoglobulin was negative.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(ADULT, Bound("cytokine_pain.before", 10.0, 95.0, "pain worth treating, of 100")),
    scores={"pain": "cytokine_pain.pain"},
    evidence_class="IV",
)
