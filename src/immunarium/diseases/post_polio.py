"""Post-polio syndrome: strength and fatigue without a link, pain with one."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.cytokine_pain import CytokinePain
from immunarium.biology.decline import Decline
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import ADULT, Plasma


def build() -> Model:
    """Wire pain to cytokines; leave strength and fatigue to themselves."""
    plasma, pain = Plasma(), CytokinePain("cytokine_pain")
    return Model(
        *(*plasma.modules, pain, Decline("strength"), Decline("fatigue")),
        wires={**plasma.wires, pain.il1b: plasma.inflammation.il1b},
    )


post_polio = Disease(
    name="post_polio",
    summary="Post-polio syndrome: pain follows cytokines, strength and fatigue follow nothing.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=(
        ADULT,
        Bound("cytokine_pain.before", 10.0, 95.0, "pain worth treating, on a scale to 100"),
        Bound("strength.before", 20.0, 95.0, "weak, and not paralysed"),
        Bound("fatigue.before", 1.0, 7.0, "the scale goes from 1 to 7"),
        Bound("fatigue.later", 1.0, 7.0, "and so it stays in a trial"),
    ),
    scores={
        "pain": "cytokine_pain.pain",
        "strength": "strength.score",
        "FSS": "fatigue.score",
    },
    evidence_class="I, not effective",
)
