"""Generalised myasthenia gravis in an adult, with antibody to the receptor or to MuSK."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from immunarium.biology.c5_peptide import C5Peptide
from immunarium.biology.endplate import Endplate
from immunarium.biology.fcrn_blocker import FcRnBlocker
from immunarium.biology.fluctuation import Fluctuation
from immunarium.biology.myasthenia_scores import MyastheniaScores
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import Plasma

SWINGS = 6


def build() -> Model:
    """Wire the endplate to antibody and complement, its own two drugs, and the scores to it."""
    plasma = Plasma()
    fcrn, c5 = plasma.fcrn, plasma.c5_blocker
    rozanolixizumab: Any = FcRnBlocker("rozanolixizumab")
    zilucoplan: Any = C5Peptide("zilucoplan")
    endplate, scores = Endplate(), MyastheniaScores("myasthenia_scores")
    swings = [Fluctuation(f"swing_{k}") for k in range(1, SWINGS + 1)]
    wires = plasma.wires
    return Model(
        *(*plasma.modules, rozanolixizumab, zilucoplan, endplate, scores, *swings),
        wires={
            **wires,
            fcrn.occupancy: [*wires[fcrn.occupancy], rozanolixizumab.occupancy],
            c5.antibody: [*wires[c5.antibody], zilucoplan.paired],
            endplate.antibody: plasma.autoantibody.plasma,
            endplate.unneutralised: plasma.idiotype.free,
            endplate.attack: plasma.complement.attack,
            endplate.fluctuation: [s.level for s in swings],
            scores.transmission: endplate.transmission,
        },
    )


_HERE = Path(__file__).parent

myasthenia_gravis = Disease(
    name="myasthenia_gravis",
    summary="Generalised myasthenia gravis under its standing treatment, as a clinic sees it.",
    build=build,
    overlay=_HERE / "myasthenia_gravis.tsv",
    histologies={"AChR": None, "MuSK": _HERE / "myasthenia_gravis_musk.tsv"},
    shares={"AChR": 1.0, "MuSK": 0.0},
    plausible=(
        Bound("myasthenia_scores.adl_rest", at_least=1.0, why="a patient has a symptom"),
        Bound("myasthenia_scores.adl_rest", at_most=23.0, why="the worst would be ventilated"),
        Bound("myasthenia_scores.qmg_rest", at_least=1.0, why="a patient has a sign"),
        Bound("myasthenia_scores.qmg_rest", at_most=38.0, why="the worst would be ventilated"),
        Bound("patient.age", 18.0, 88.0, "adults, as the trials took them"),
    ),
    scores={
        "MG-ADL": "myasthenia_scores.mg_adl",
        "QMG": "myasthenia_scores.qmg",
        "MMS": "myasthenia_scores.mms",
    },
    evidence_class="I",
)
