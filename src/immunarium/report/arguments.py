"""What speaks for and against a study's credibility: sentences made of what was computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from immunarium.report.text import change, number

if TYPE_CHECKING:
    from immunarium.literature import Scorecard
    from immunarium.literature.credibility import Dossier

LITTLE = 0.1
"""Of a predictive interval: a change by the engine's tolerance that does not matter."""
_ASKED = ("question", "context", "influence", "consequence")


def moved(row: dict[Any, Any]) -> float:
    """Change at a hundredth of the tolerance, of the width of the predictive interval."""
    gap = abs(row["hundredth"] - row["as_run"])
    return 0.0 if gap == 0 else float(gap / row["width"]) if row["width"] else np.inf


def speaks_for(card: Scorecard, study: str) -> Iterator[str]:
    """Name checks passed and targets predicted, here and elsewhere."""
    d = card.dossiers[study]
    if all(c.passed for c in d.checks):
        found = {c.name: c.found for c in d.checks}
        yield (
            f"The machine code agrees with the equations to {found['equations']:.0e}, amounts of "
            f"drug add up to {found['amounts']:.0e}, and a patient does not depend on company."
        )
    if (most := _most_moved(d)) <= LITTLE:
        moves = f"by more than {100 * most:.2g} % of its predictive interval" if most else "at all"
        yield f"At a hundredth of the engine's tolerance no target moves {moves}."
    own = card.scores[card.scores["study"] == study]
    predicted = own.loc[own["role"] == "predict", "inside"].astype(bool)
    if predicted.any():
        yield f"{predicted.sum()} of its {len(predicted)} predicted targets are inside."
    rows = (r for r in d.applicability.to_dict("records") if r["aspect"] != "time")
    if elsewhere := [r["asked"] for r in rows if r["predicted_elsewhere"]]:
        yield f"Other studies predict targets of the same layers with {', '.join(elsewhere)}."


def speaks_against(card: Scorecard, study: str) -> Iterator[str]:
    """Name what is not stated, failed, missed, not compared or assumed."""
    d = card.dossiers[study]
    if missing := [k for k in _ASKED if not getattr(d.stated, k)]:
        yield f"The study file does not state: {', '.join(missing)}."
    for c in d.checks:
        if not c.passed:
            yield f"The check of {c.name} failed: {number(c.found)}, at most {number(c.limit)}."
    if (most := _most_moved(d)) > LITTLE:
        percent = f"{100 * most:.2g} %"
        yield f"At a hundredth of the tolerance a target moves by {percent} of its interval."
    yield from _missed(card, study)
    yield from _not_compared(d)
    yield from _open(d)


def _missed(card: Scorecard, study: str) -> Iterator[str]:
    own = card.scores[card.scores["study"] == study]
    for role, name in (("predict", "predicted"), ("calibrate", "calibrated")):
        scored = own[own["role"] == role]
        if missed := list(scored.loc[~scored["inside"].astype(bool), "id"]):
            yield f"Outside, {name}: {', '.join(missed)}."
        if beyond := list(scored.loc[~scored["in_interval"].astype(bool), "id"]):
            yield f"Observed outside the 90 % predictive interval, {name}: {', '.join(beyond)}."
    if own["overlap"].any():
        yield "Some of its numbers are predicted from a source that others were calibrated on."


def _not_compared(d: Dossier) -> Iterator[str]:
    only = d.validation[(d.validation["asked"] > 0) & (d.validation["reading"] != "predicted")]
    if len(only):
        yield f"Asked, and predicted in no study: {', '.join(only['layer'])}."
    found: dict[str, list[str]] = {}
    for r in d.applicability.to_dict("records"):
        found.setdefault(r["reading"], []).append(r["asked"])
    for reading, asked in found.items():
        if reading != "predicted elsewhere":
            yield f"{reading[:1].upper()}{reading[1:]}: {', '.join(asked)}."


def _open(d: Dossier) -> Iterator[str]:
    counts = dict(zip(d.inputs["evidence"], d.inputs["numbers"], strict=True))
    if assumed := counts.get("assumed", 0):
        yield f"{assumed:,} of the {sum(counts.values()):,} numbers of the model are assumed."
    if d.assumptions.empty:
        return
    for column, what in (("effect", "the response rate"), ("severe", "grade 3 or worse")):
        row = max(d.assumptions.to_dict("records"), key=lambda r: abs(r[column]))
        if abs(row[column]) >= 0.05:
            yield (
                f"Of what the sources leave open, {row['assumed']} ({row['alternative']}) moves "
                f"{what} most: {change(row[column])} points."
            )


def _most_moved(d: Dossier) -> float:
    return max((moved(r) for r in d.refined.targets.to_dict("records")), default=0.0)


def uncertainty(card: Scorecard, study: str) -> Iterator[str]:
    """Say what the intervals hold and what they leave out."""
    m, inputs = card.manifest, card.dossiers[study].inputs
    yield (
        f"The interval holds 90 % of {m['replicates']:,} trials of the published size, drawn from "
        f"{m['pool']:,} virtual patients: it is of chance, and of differences between patients."
    )
    yield (
        f"{inputs['varied'].sum():,} of {inputs['numbers'].sum():,} numbers differ between "
        f"patients. That a typical value may be wrong is in no interval; they are too narrow by it."
    )
