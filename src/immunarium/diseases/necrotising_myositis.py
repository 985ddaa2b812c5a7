"""Necrotising autoimmune myositis: class IV evidence for immunoglobulin."""

from __future__ import annotations

from pathlib import Path

from immunarium.core import Disease
from immunarium.diseases._antibody_lesion import PLAUSIBLE, build

necrotising_myositis = Disease(
    name="necrotising_myositis",
    summary="Necrotising autoimmune myositis: antibody to HMGCR or SRP, with complement on fibres.",
    build=build,
    overlay=Path(__file__).with_suffix(".tsv"),
    plausible=PLAUSIBLE,
    scores={"strength": "antibody_lesion.score"},
    evidence_class="IV",
)
