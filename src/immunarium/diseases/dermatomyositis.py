"""Dermatomyositis in an adult who does not do well enough on standard treatment."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.muscle_capillary import MuscleCapillary
from immunarium.biology.total_improvement import TotalImprovement
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import Plasma


def build() -> Model:
    """Wire capillaries to antibody and complement, and the score to what becomes of them."""
    plasma = Plasma()
    muscle = MuscleCapillary("muscle_capillary")
    improvement = TotalImprovement("total_improvement")
    return Model(
        *(*plasma.modules, muscle, improvement),
        wires={
            **plasma.wires,
            muscle.antibody: plasma.autoantibody.plasma,
            muscle.unneutralised: plasma.idiotype.free,
            muscle.complement: plasma.complement.attack,
            muscle.adhesion: plasma.icam1.level,
            improvement.activity: muscle.activity,
            improvement.weakness: muscle.weakness,
        },
    )


dermatomyositis = Disease(
    name="dermatomyositis",
    summary="Active dermatomyositis under corticosteroids or immunosuppressants.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(
        Bound("muscle_capillary.weakness_0", at_least=0.03, why="a patient has a weak muscle"),
        Bound("muscle_capillary.weakness_0", at_most=0.6, why="who is weaker is in intensive care"),
        Bound("muscle_capillary.cdasi_0", at_most=95.0, why="the scale ends at 100"),
    ),
    scores={
        "TIS": "total_improvement.score",
        "MRC 90": "muscle_capillary.mrc",
        "CDASI": "muscle_capillary.cdasi",
    },
    evidence_class="I",
)
