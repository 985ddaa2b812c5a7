"""What patients may die of, and the hazard that each bears before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Expr, Graph, positive, symbol
from immunarium.population import Population, uniforms
from immunarium.trial.adverse_events import Hazards, present

HAZARDS = {"treatment": "treatment_death.cumulative", "disease": "survival.cumulative"}
END = "death"


def causes_of(graph: Graph) -> tuple[str, ...]:
    """Causes of death that a model has."""
    return tuple(c for c, path in HAZARDS.items() if path in graph.units)


def with_draws(graph: Graph) -> Graph:
    """Give a model's graph the patient's draws: a parameter for each cause of death and event."""
    names = (*map(_draw, causes_of(graph)), *(e.draw for e in present(graph)))
    return replace(
        graph,
        parameters=(*graph.parameters, *names),
        units=graph.units | dict.fromkeys(names, "1"),
        docs=graph.docs | {n: "hazard that the patient bears" for n in names},
    )


def _draw(cause: str) -> str:
    return f"draw.{cause}"


def deaths(graph: Graph, causes: tuple[str, ...]) -> dict[str, Expr]:
    """How far each hazard is beyond what the patient survives; the first beyond is death."""
    margins = {f"death of {c}": graph.value(HAZARDS[c]) - symbol(_draw(c)) for c in causes}
    if not margins:
        return {}
    largest, *others = margins.values()
    for m in others:
        largest = largest + positive(m - largest)
    return {**margins, END: largest}


def draws(causes: Sequence[str], hazards: Hazards, patients: Population) -> NDArray[np.float64]:
    """Hazard that each patient bears, by cause of death and adverse event: unit exponentials.

    They count from day 0, whatever a hazard has come to before.
    """
    seed, index = patients.seed, patients.table.index.to_numpy()
    columns = [-np.log1p(-uniforms(seed, f"death of {c}", index)) for c in causes]
    columns += hazards.draws(seed, index)
    if patients.lead_in is not None:
        paths = [HAZARDS[c] for c in causes] + [e.hazard for e in hazards.events]
        columns = [c + patients.at_start(p) for c, p in zip(columns, paths, strict=True)]
    return np.stack(columns, axis=1) if columns else np.empty((len(index), 0))
