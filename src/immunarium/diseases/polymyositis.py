"""Polymyositis: class IV evidence for immunoglobulin."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.cytotoxic_muscle import CytotoxicMuscle
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import ADULT, Plasma


def build() -> Model:
    """Wire cytotoxic T cells in muscle to help and cytokines, and to no antibody."""
    plasma, muscle = Plasma(), CytotoxicMuscle("cytotoxic_muscle")
    return Model(
        *(*plasma.modules, muscle),
        wires={
            **plasma.wires,
            muscle.help: plasma.t_help.level,
            muscle.adhesion: plasma.icam1.level,
            muscle.shown: plasma.mhc1.level,
        },
    )


polymyositis = Disease(
    name="polymyositis",
    summary="Polymyositis: CD8 T cells in muscle, which only cytokines and T-cell help reach.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(ADULT, Bound("cytotoxic_muscle.strength_0", 0.2, 0.9, "weak, and not paralysed")),
    scores={"strength": "cytotoxic_muscle.score"},
    evidence_class="IV",
)
