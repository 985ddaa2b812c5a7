"""The numbers of each histology, and the names of patients who cannot be drawn."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from immunarium.core import Disease, ImmunoError, Model, Row
from immunarium.parameters import Tables

Overlay = tuple[str, Path | Iterable[Row]]


class PopulationError(ImmunoError):
    """Patients that cannot be drawn, written or read."""


def layered(
    disease: Disease, model: Model, histologies: Iterable[str], study: Iterable[Row] = ()
) -> dict[str, Tables]:
    """Return the numbers of each histology: base, disease, histology and study, in that order."""
    overlays: dict[str, list[Overlay]] = {}
    rows = list(study)
    for histology in histologies:
        if histology not in disease.histologies:
            raise PopulationError(
                f"{disease.name} has no histology {histology!r}. "
                f"Known: {', '.join(h for h in disease.histologies if h)}."
            )
        layers: list[Overlay] = []
        if disease.overlay is not None:
            layers.append(("disease", disease.overlay))
        own = disease.histologies[histology]
        if own is not None:
            layers.append(("histology", own))
        if rows:
            layers.append(("study", rows))
        overlays[histology] = layers
    return Tables.each(model, overlays)
