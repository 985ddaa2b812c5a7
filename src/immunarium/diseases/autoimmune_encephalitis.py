"""Autoimmune encephalitis: class IV evidence for immunoglobulin."""

from __future__ import annotations

from pathlib import Path

from immunarium.core import Disease
from immunarium.diseases._antibody_lesion import PLAUSIBLE, build

autoimmune_encephalitis = Disease(
    name="autoimmune_encephalitis",
    summary="Autoimmune encephalitis: antibody in cerebrospinal fluid blocks synapses.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=PLAUSIBLE,
    scores={"function": "antibody_lesion.score"},
    evidence_class="IV",
)
