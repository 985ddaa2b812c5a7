"""A disease: a wired model, the tables that differ from health, and who can have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from immunarium.core.model import Model


@dataclass(frozen=True)
class Bound:
    """A plausible patient keeps ``path`` below ``at_most`` and above ``at_least`` at the start."""

    path: str
    at_least: float = float("-inf")
    at_most: float = float("inf")
    why: str = ""


@dataclass(frozen=True)
class Disease:
    """Modules wired into a model, with overlay tables and no equations of its own.

    Attributes
    ----------
    name, summary : str
        Its name in commands, and one sentence.
    build : callable
        Makes the model.
    overlay : Path or None
        Rows that differ from health.
    histologies : mapping of str to Path or None
        Subtypes, each with the rows that differ from the disease.
    shares : mapping of str to float
        How common each histology is where a study does not say.
    plausible : tuple of Bound
        What a patient who presents with the disease must satisfy, untreated.
    correlated : Path or None
        Which numbers go together between patients.
    scores : mapping of str to str
        By scale of ``trial/scales.tsv``: path of the quantity, in the points of the scale, that
        raters write down at visits.
    lead_in : float
        Hours that patients are followed untreated before day 0, at which a trial meets them; their
        initial amounts are those at its start.
    evidence_class : str
        Of immunoglobulin in it: ``I``, ``IV``, ``I, not effective``; empty where nobody says.
    """

    name: str
    summary: str
    build: Callable[[], Model]
    overlay: Path | None = None
    histologies: Mapping[str, Path | None] = field(default_factory=lambda: {"": None})
    shares: Mapping[str, float] = field(default_factory=lambda: {"": 1.0})
    plausible: tuple[Bound, ...] = ()
    correlated: Path | None = None
    scores: Mapping[str, str] = field(default_factory=dict[str, str])
    lead_in: float = 0.0
    evidence_class: str = ""

    @property
    def caveat(self) -> str:
        """What must be said wherever this disease is run; empty where the evidence carries it."""
        if self.evidence_class != "IV":
            return ""
        return (
            f"Evidence for immunoglobulin in {self.name} is class IV: what follows shows how the "
            f"mechanism would work, and claims nothing about its size."
        )

    @cached_property
    def model(self) -> Model:
        """The model, made once: checking its units takes a while."""
        return self.build()
