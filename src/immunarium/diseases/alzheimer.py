"""Alzheimer disease, on which immunoglobulin has no link."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.decline import Decline
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import Plasma


def build() -> Model:
    """Put cognition and function beside plasma, without a wire between them."""
    plasma = Plasma()
    return Model(*plasma.modules, Decline("cognition"), Decline("function"), wires=plasma.wires)


alzheimer = Disease(
    name="alzheimer",
    summary="Mild to moderate Alzheimer disease: a decline that nothing here changes.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(
        Bound("patient.age", 50.0, 89.0, "as the trial took them"),
        Bound("cognition.before", 8.0, 50.0, "mild to moderate"),
        Bound("function.before", 20.0, 78.0, "the scale ends at 78"),
        Bound("cognition.later", 0.0, 70.0, "the scale ends at 70"),
        Bound("function.later", 0.0, 78.0, "the scale ends at 0 and 78"),
    ),
    scores={"ADAS-Cog": "cognition.score", "ADCS-ADL": "function.score"},
    evidence_class="I, not effective",
)
