"""Adverse events by hazard: who has one, when it begins, and how long it lasts.

A module integrates a cumulative hazard; the event comes where it passes the patient's own unit
exponential draw. The table ``adverse_events.tsv`` has a row a term.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Expr, Graph, TableError, did_you_mean, symbol
from immunarium.core.tables import cells
from immunarium.engine import TICKS_PER_HOUR, Reduce
from immunarium.population import normals, uniforms
from immunarium.trial.protocol import TrialError, hours

Floats = NDArray[np.float64]
_TABLE = Path(__file__).with_name("adverse_events.tsv")
EVIDENCE = ("measured", "label", "fitted", "borrowed", "assumed", "derived")


@dataclass(frozen=True)
class AdverseEvent:
    """A term whose first occurrence in a patient is drawn from a hazard.

    Attributes
    ----------
    hazard : str
        Path of the cumulative hazard [1]; 0 before any treatment.
    grade : int
        Of CTCAE, 1 to 5.
    recovery : float
        Median of its duration [h]; infinite: it stays.
    cv : float
        Spread of the duration between patients (lognormal).
    denominator : str
        Of what the published numbers are shares, in words.
    """

    term: str
    soc: str
    hazard: str
    grade: int
    onset_note: str
    recovery: float
    cv: float
    denominator: str
    evidence: str
    source: str
    note: str

    @property
    def draw(self) -> str:
        """Parameter that has the patient's draw."""
        return f"draw.{self.term.lower().replace(' ', '_')}"

    @property
    def output(self) -> str:
        """How far the hazard is beyond the draw."""
        return f"event of {self.term}"

    def lasts(self, seed: int, index: NDArray[np.intp]) -> Floats:
        """Duration in each patient [h]."""
        if not np.isfinite(self.recovery):
            return np.full(len(index), np.inf)
        score = normals(seed, f"recovery from {self.term}", index)
        return self.recovery * np.exp(np.sqrt(np.log1p(self.cv**2)) * score)


@cache
def adverse_events() -> tuple[AdverseEvent, ...]:
    """Every row of the table.

    Raises
    ------
    TableError
        A row without evidence or source, a grade that is none, or a duration that is no time.
    """
    out = []
    for line, r in enumerate(cells(_TABLE), start=2):
        try:
            lasts = hours(r["recovery_median"]) if r["recovery_median"] else np.inf
            grade, cv = int(r["grade"]), float(r["recovery_cv"] or 0)
        except ValueError as e:
            raise TableError(f"adverse_events.tsv, row {line} ({r['term']}): {e}") from None
        if not 1 <= grade <= 5 or r["evidence"] not in EVIDENCE or not r["source"]:
            raise TableError(
                f"adverse_events.tsv, row {line} ({r['term']}): write a grade from 1 to 5, "
                f"evidence ({', '.join(EVIDENCE)}) and a source."
            )
        out.append(AdverseEvent(
            r["term"], r["soc"], r["hazard"], grade, r["onset_note"], lasts, cv,
            r["denominator"], r["evidence"], r["source"], r["note"],
        ))  # fmt: skip
    return tuple(out)


def present(graph: Graph) -> tuple[AdverseEvent, ...]:
    """Terms whose hazard a model has."""
    return tuple(e for e in adverse_events() if e.hazard in graph.units)


def event_of(term: str, graph: Graph) -> AdverseEvent:
    """Find a term that a model can show, whatever the case of its letters.

    Raises
    ------
    TrialError
        There is none of that name.
    """
    known = {e.term.lower(): e for e in present(graph)}
    word = " ".join(term.split()).lower()
    if word not in known:
        raise TrialError(f"This model has no adverse event {word!r}.{did_you_mean(word, known)}")
    return known[word]


def events_of(terms: str, graph: Graph) -> tuple[AdverseEvent, ...]:
    """Find terms that are joined by 'or'.

    Raises
    ------
    TrialError
        There is none of one of these names.
    """
    return tuple(event_of(term, graph) for term in terms.split(" or "))


@dataclass(frozen=True)
class Hazards:
    """The adverse events of a model: what they need of a run, and what comes of it."""

    events: tuple[AdverseEvent, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Parameters that hold the draws."""
        return tuple(e.draw for e in self.events)

    def outputs(self, graph: Graph) -> dict[str, Expr]:
        """How far each hazard is beyond what the patient bears."""
        return {e.output: graph.value(e.hazard) - symbol(e.draw) for e in self.events}

    def reduces(self, until: float) -> Iterable[Reduce]:
        """Where each passes the draw for the first time."""
        end = round(until * TICKS_PER_HOUR)
        for e in self.events:
            yield Reduce(e.output, e.output, "crossing_up", 0, end)

    def draws(self, seed: int, index: NDArray[np.intp]) -> list[Floats]:
        """Unit exponential draws, one array of shape (patients,) a term."""
        return [-np.log1p(-uniforms(seed, f"event {e.term}", index)) for e in self.events]

    def came(self, reduced: pd.DataFrame, left: Floats) -> dict[str, Floats]:
        """Hour of each event in each patient; NaN for never, or after the patient left [h]."""
        came = {e.term: reduced[e.output].to_numpy(dtype=np.float64) for e in self.events}
        return {term: np.where(hour > left, np.nan, hour) for term, hour in came.items()}

    def ends(
        self, came: Mapping[str, Floats], seed: int, index: NDArray[np.intp]
    ) -> dict[str, Floats]:
        """Hour at which each event is over; infinite where it stays."""
        return {e.term: came[e.term] + e.lasts(seed, index) for e in self.events}
