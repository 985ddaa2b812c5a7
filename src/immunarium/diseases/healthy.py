"""Nobody is ill: the antibody kernel by itself, on which kinetics are tested."""

from __future__ import annotations

from immunarium.core import Disease, Model
from immunarium.diseases._plasma import Plasma


def build() -> Model:
    """Wire the kernel."""
    plasma = Plasma()
    return Model(*plasma.modules, wires=plasma.wires)


healthy = Disease("healthy", "A healthy adult: the antibody kernel without a disease.", build)
