"""Relapsing multiple sclerosis, on which immunoglobulin has no link."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.decline import Decline
from immunarium.biology.relapses import Relapses
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import ADULT, Plasma


def build() -> Model:
    """Put disability and relapses beside plasma, without a wire between them."""
    plasma = Plasma()
    return Model(*plasma.modules, Decline("disability"), Relapses(), wires=plasma.wires)


multiple_sclerosis = Disease(
    name="multiple_sclerosis",
    summary="Relapsing multiple sclerosis: disability and relapses that nothing here changes.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(
        ADULT,
        Bound("disability.before", 0.0, 9.5, "of the scale; 10 is death"),
        Bound("disability.later", 0.0, 9.5, "and so it stays in a trial"),
    ),
    scores={"EDSS": "disability.score"},
    evidence_class="I, not effective",
)
