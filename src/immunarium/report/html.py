"""The report of a trial as one HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from immunarium.report import charts, page
from immunarium.report.contents import contents
from immunarium.report.style import RESPONSES, variable

if TYPE_CHECKING:
    from immunarium.trial.result import TrialResult

SECTIONS = {
    "outcome": "Outcome",
    "scores": "Scores",
    "design": "Design",
    "endpoints": "Endpoints",
    "regimen": "Regimen",
    "plasma": "Plasma",
    "cells": "Drug and cells",
    "leak": "Cytokines and leak",
    "tumour": "Tumour",
    "toxicity": "Toxicity",
    "attribution": "Which treatment",
    "decisions": "Decisions",
    "window": "Window",
    "scorecard": "Scorecard",
    "assumptions": "Assumptions",
    "sources": "Sources",
    "manifest": "Reproduce",
}
NEEDS = {
    "regimen": "lane",
    "tumour": "waterfalls",
    "toxicity": "strips",
    "assumptions": "tornado",
}
"""A section is left out when the trial has nothing for it."""
GRADE_NAMES = {1: "mild", 2: "moderate", 3: "severe", 4: "life-threatening", 5: "death"}
RESPONSE_NAMES = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable",
    "PD": "progression",
}


def render(result: TrialResult) -> str:
    """Return the page as text."""
    drawn, words = charts.draw(result), contents(result, "report.html")
    return page.html(
        "report.html.j2",
        words
        | {
            "sections": {s: name for s, name in SECTIONS.items() if _has(drawn, words, s)},
            "charts": drawn,
            "responses": [(k, variable(RESPONSES[k]), v) for k, v in RESPONSE_NAMES.items()],
            "grades": GRADE_NAMES,
        },
    )


def _has(drawn: dict[str, list[charts.Chart]], words: dict[str, Any], section: str) -> bool:
    """Whether a section has something to show."""
    if section in ("design", "endpoints", "decisions", "scorecard"):
        return bool(words[section])
    return bool(drawn.get(NEEDS.get(section, section), [1]))
