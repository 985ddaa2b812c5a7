"""The credibility of a study in words: each sentence is made of what was stated or computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from immunarium.literature.scorecard import records
from immunarium.report import arguments
from immunarium.report.text import number

if TYPE_CHECKING:
    from immunarium.literature import Scorecard

NOT_STATED = "not stated"
GUIDANCE = {
    "ASME V&V 40-2018, Assessing Credibility of Computational Modeling through Verification and "
    "Validation: Application to Medical Devices": "https://webstore.ansi.org/standards/asme/asme402018",
    "FDA, Assessing the Credibility of Computational Modeling and Simulation in Medical Device "
    "Submissions, 17 November 2023 (FDA-2021-D-0980)": "https://www.fda.gov/regulatory-information/"
    "search-fda-guidance-documents/assessing-credibility-computational-modeling-and-simulation-"
    "medical-device-submissions",
    "ICH M15, General Principles for Model-Informed Drug Development": "https://www.ema.europa.eu/"
    "en/ich-m15-guideline-general-principles-model-informed-drug-development-step-2b-scientific-"
    "guideline",
    "FDA, Considerations for the Use of Artificial Intelligence to Support Regulatory "
    "Decision-Making for Drug and Biological Products, draft, January 2025": "https://www.fda.gov/"
    "regulatory-information/search-fda-guidance-documents/considerations-use-artificial-"
    "intelligence-support-regulatory-decision-making-drug-and-biological",
}
"""What the questions are after, and where it can be read."""
LEVELS = ("low", "medium", "high")


@dataclass(frozen=True)
class Category:
    """One of the FDA's eight categories of credibility evidence, and what there is of it here."""

    number: int
    name: str
    here: str


def categories(card: Scorecard) -> list[Category]:
    """Say of each category of evidence what this page has of it."""
    total = card.totals().iloc[0]
    checks = [c for d in card.dossiers.values() for c in d.checks]
    passed = sum(c.passed for c in checks)
    studies = len(card.trials)
    inside = {r: f"{total[f'{r}_inside']} of {total[r]}" for r in ("predicted", "calibrated")}
    texts = {
        "Code verification": f"{passed} of {len(checks)} checks passed, run with this page.",
        "Model calibration": f"{inside['calibrated']} calibrated targets inside. This is no "
        f"evidence of prediction.",
        "Bench test validation": "Not on this page: its studies are of patients.",
        "In vivo validation": f"{inside['predicted']} predicted targets inside, of {studies} "
        f"studies of patients.",
        "Population-based validation": "The same targets: each is a share or a median of the "
        "patients of an arm.",
        "Emergent behaviour": "Not assessed.",
        "Model plausibility": "Not assessed. The numbers of the model by evidence: below, for each "
        "study.",
        "Calculation verification and uncertainty": "Below, for each study.",
    }
    return [Category(i, name, here) for i, (name, here) in enumerate(texts.items(), 1)]


@dataclass(frozen=True)
class Page:
    """A study's credibility as printed."""

    study: str
    title: str
    stated: list[tuple[str, str]]
    risk: int | None
    risk_text: str
    for_it: list[str]
    against_it: list[str]
    checks: list[dict[str, Any]]
    tolerance: list[dict[str, Any]]
    differ: list[dict[str, Any]]
    inputs: list[dict[str, Any]]
    assumptions: list[dict[str, Any]]
    validation: list[dict[str, Any]]
    applicability: list[dict[str, Any]]
    uncertainty: list[str]


def page(card: Scorecard, study: str) -> Page:
    """Print what is known of one study."""
    d, trial = card.dossiers[study], card.trials[study]
    stated = d.stated
    said = {
        "Question of interest": stated.question,
        "Context of use": stated.context,
        "Model influence": stated.influence or "",
        "Decision consequence": stated.consequence or "",
    }
    return Page(
        study=study,
        title=trial.title,
        stated=[(name, text or NOT_STATED) for name, text in said.items()],
        risk=d.risk,
        risk_text=f"{d.risk} of 5" if d.risk else NOT_STATED,
        for_it=list(arguments.speaks_for(card, study)),
        against_it=list(arguments.speaks_against(card, study)),
        checks=[
            {
                "name": c.name, "what": c.what, "found": number(c.found),
                "limit": number(c.limit), "passed": c.passed,
            }
            for c in d.checks
        ],
        tolerance=[_tolerance(r) for r in d.refined.targets.to_dict("records")],
        differ=records(d.refined.patients),
        inputs=records(d.inputs),
        assumptions=records(_largest_first(d.assumptions)),
        validation=records(d.validation),
        applicability=[_aspect(r) for r in d.applicability.to_dict("records")],
        uncertainty=list(arguments.uncertainty(card, study)),
    )  # fmt: skip


def _tolerance(row: dict[Any, Any]) -> dict[str, Any]:
    unit = "" if row["unit"] == "1" else f" {row['unit']}"
    names = ("as_run", "halved", "hundredth")
    return {
        "id": row["id"], "name": row["name"], "share": f"{100 * arguments.moved(row):.2g} %",
        **{k: number(row[k]) + unit for k in names},
    }  # fmt: skip


def _aspect(row: dict[Any, Any]) -> dict[str, Any]:
    def reach(low: float, high: float) -> str:
        if np.isnan(low):
            return "–"
        return number(low) if number(low) == number(high) else f"{number(low)} – {number(high)}"

    return {
        **row,
        "range": reach(row["least"], row["most"]),
        "compared": reach(row["compared_least"], row["compared_most"]),
    }


def _largest_first(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return table
    reach = table[["effect", "severe"]].abs().max(axis=1)
    return table.loc[reach.sort_values(ascending=False, kind="stable").index]
