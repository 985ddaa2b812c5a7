"""Inclusion-body myositis, on which immunoglobulin has no link."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.decline import Decline
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import ADULT, Plasma


def build() -> Model:
    """Put strength beside plasma, without a wire between them."""
    plasma = Plasma()
    return Model(*plasma.modules, Decline("strength"), wires=plasma.wires)


inclusion_body_myositis = Disease(
    name="inclusion_body_myositis",
    summary="Inclusion-body myositis: muscle that degenerates whatever is given.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(
        ADULT,
        Bound("strength.before", 20.0, 95.0, "weak, and not paralysed"),
        Bound("strength.later", 0.0, 100.0, "nobody gets stronger than full"),
    ),
    scores={"strength": "strength.score"},
    evidence_class="I, not effective",
)
