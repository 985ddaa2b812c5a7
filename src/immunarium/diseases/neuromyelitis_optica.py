"""Neuromyelitis optica: class IV evidence for immunoglobulin."""

from __future__ import annotations

from pathlib import Path

from immunarium.core import Disease
from immunarium.diseases._antibody_lesion import PLAUSIBLE, build

neuromyelitis_optica = Disease(
    name="neuromyelitis_optica",
    summary="Neuromyelitis optica: antibody to aquaporin-4 lyses astrocytes by complement.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=PLAUSIBLE,
    scores={"function": "antibody_lesion.score"},
    evidence_class="IV",
)
