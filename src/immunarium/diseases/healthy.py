"""Nobody is ill: the antibody kernel by itself, on which kinetics are tested."""

from __future__ import annotations

from pathlib import Path

from immunarium.core import Disease, Model
from immunarium.diseases._plasma import ADULT, Plasma


def build() -> Model:
    """Wire the kernel."""
    plasma = Plasma()
    return Model(*plasma.modules, wires=plasma.wires)


healthy = Disease(
    name="healthy",
    summary="A healthy adult: the antibody kernel without a disease.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(ADULT,),
)
