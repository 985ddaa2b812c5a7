"""Multifocal motor neuropathy."""

from __future__ import annotations

from pathlib import Path

from immunarium.biology.node_block import NodeBlock
from immunarium.core import Bound, Disease, Model
from immunarium.diseases._plasma import Plasma


def build() -> Model:
    """Wire the node to IgM and complement of the kernel, and to nothing that IgG's receptors do."""
    plasma, node = Plasma(), NodeBlock("node_block")
    return Model(
        *(*plasma.modules, node),
        wires={
            **plasma.wires,
            node.igm: plasma.igm.plasma,
            node.idiotype: plasma.idiotype.free,
            node.c3b: plasma.complement.opsonin,
            node.c5_free: plasma.c5_blocker.c5_free,
            node.amplification: plasma.complement.amplification,
        },
    )


mmn = Disease(
    name="mmn",
    summary="Multifocal motor neuropathy with conduction block and anti-GM1 IgM, untreated.",
    build=build,
    overlay=Path(__file__).with_name("mmn.tsv"),
    plausible=(
        Bound("node_block.block", at_least=0.15, why="weak enough to be treated"),
        Bound("patient.age", 18.0, 90.0, "adults, as the trials took them"),
    ),
    scores={"grip (kg)": "node_block.grip"},
    evidence_class="I",
)
