"""What makes a study credible for what it is asked: data it states, and facts computed from runs.

After ASME V&V 40-2018 and the FDA's guidance of 2023 on computational modeling in submissions.
Nothing here is a judgement: what a study does not state is not filled in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import pandas as pd

from immunarium.literature.applicability import Evidence, applicability, related
from immunarium.trial import Trial, TrialResult
from immunarium.trial.protocol import Credibility, Layer, Weight
from immunarium.trial.verification import Check, Refined, refine, verify

_WEIGHTS = get_args(Weight)


@dataclass(frozen=True)
class Dossier:
    """One study: what it is asked to support, and what there is to support it.

    Attributes
    ----------
    stated : Credibility
        From the study file.
    checks : tuple of Check
        Code verification.
    refined : Refined
        Calculation verification.
    inputs : DataFrame
        Row: kind of evidence; columns ``evidence numbers varied``: how many numbers of the model,
        and how many of them differ between patients.
    assumptions : DataFrame
        As ``TrialResult.assumptions``: what is left open, and how far other choices move results.
    validation : DataFrame
        Row: layer. Columns ``layer asked predicted_inside predicted calibrated_inside calibrated
        shown reading``; ``asked``: targets of this study. Of all studies that give one of its
        drugs in its disease.
    applicability : DataFrame
        Row: a drug and route, a combination, a histology, or the follow-up, as
        ``applicability.applicability``.
    """

    stated: Credibility
    checks: tuple[Check, ...]
    refined: Refined
    inputs: pd.DataFrame
    assumptions: pd.DataFrame
    validation: pd.DataFrame
    applicability: pd.DataFrame

    @property
    def risk(self) -> int | None:
        """Model risk, 1 (lowest) to 5, where influence and consequence are both stated."""
        return model_risk(self.stated.influence, self.stated.consequence)

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        tables = {
            "tolerance": self.refined.targets,
            "patients at a hundredth of the tolerance": self.refined.patients,
            "inputs": self.inputs,
            "assumptions": self.assumptions,
            "validation": self.validation,
            "applicability": self.applicability,
        }
        return {
            "stated": vars(self.stated),
            "risk": self.risk,
            "checks": [vars(c) | {"passed": c.passed} for c in self.checks],
            **{name: t.to_dict("records") for name, t in tables.items()},
        }


def model_risk(influence: Weight | None, consequence: Weight | None) -> int | None:
    """Put influence and consequence together: each step of either is a step of risk.

    Examples
    --------
    >>> model_risk("low", "low"), model_risk("medium", "high"), model_risk("high", None)
    (1, 4, None)
    """
    if influence is None or consequence is None:
        return None
    return 1 + _WEIGHTS.index(influence) + _WEIGHTS.index(consequence)


def assess(
    result: TrialResult,
    trials: Mapping[str, Trial],
    scores: pd.DataFrame,
    known: Sequence[Evidence],
    *,
    seed: int = 1,
    workers: int | None = None,
) -> Dossier:
    """Gather what supports a study.

    Parameters
    ----------
    result : TrialResult
        Of the study.
    trials : mapping of str to Trial
        Every study of the scorecard, by name.
    scores : DataFrame
        Their targets, as ``Scorecard.scores``.
    known : sequence of Evidence
        What they ask, and what of it has been compared.
    """
    trial = result.study
    others = related(trial, trials)
    return Dossier(
        stated=trial.credibility,
        checks=verify(trial, seed=seed, workers=workers),
        refined=refine(trial, seed=seed, workers=workers),
        inputs=_inputs(result.sources),
        assumptions=result.assumptions,
        validation=_validation(scores[scores["study"].isin(others)], trial.name),
        applicability=applicability(trial.name, [e for e in known if e.study in others]),
    )


def _inputs(sources: pd.DataFrame) -> pd.DataFrame:
    spread = pd.to_numeric(sources["cv"], errors="coerce")
    rows = []
    for kind in sources["evidence"].unique():
        mine = sources["evidence"] == kind
        varied = int((mine & (spread > 0)).sum())
        rows.append({"evidence": str(kind), "numbers": int(mine.sum()), "varied": varied})
    return pd.DataFrame(rows)


def _validation(scores: pd.DataFrame, study: str) -> pd.DataFrame:
    rows = []
    for layer in (*get_args(Layer), ""):
        mine = scores[scores["layer"] == layer]
        if mine.empty:
            continue
        counts = {
            f"{name}{suffix}": int(mine.loc[mine["role"] == role, column].astype(bool).sum())
            for name, role in (("predicted", "predict"), ("calibrated", "calibrate"))
            for suffix, column in (("_inside", "inside"), ("", "role"))
        }
        asked = int((mine["study"] == study).sum())
        shown = int((mine["role"] == "report").sum())
        rows.append({"layer": layer or "not stated", "asked": asked, **counts, "shown": shown})
        rows[-1]["reading"] = _reading(counts)
    return pd.DataFrame(rows)


def _reading(counts: Mapping[str, int]) -> str:
    if counts["predicted"]:
        return "predicted"
    return "calibrated only" if counts["calibrated"] else "shown only"
