"""The report: one HTML file that needs nothing else, on screen, on paper and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from immunarium.core import ImmunoError
from immunarium.report import charts
from immunarium.report.contents import contents
from immunarium.report.style import PALETTE, RESPONSES, variable
from immunarium.report.text import change

if TYPE_CHECKING:
    from immunarium.trial.result import TrialResult

SECTIONS = {
    "outcome": "Outcome",
    "endpoints": "Endpoints",
    "regimen": "Regimen",
    "cells": "Drug and cells",
    "leak": "Cytokines and leak",
    "tumour": "Tumour",
    "toxicity": "Toxicity",
    "attribution": "Which drug",
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


def write_report(result: TrialResult, path: Path) -> Path:
    """Write the page.

    Raises
    ------
    ImmunoError
        The file cannot be written.
    """
    page = render(result)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as e:
        raise ImmunoError(f"Cannot write the report to {path}: {e.strerror}.") from None
    return path


def render(result: TrialResult) -> str:
    """Return the page as text."""
    environment = Environment(
        loader=PackageLoader("immunarium.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["change"] = change
    drawn, words = charts.draw(result), contents(result, "report.html")
    return environment.get_template("report.html.j2").render(
        words,
        palette=PALETTE,
        sections={s: name for s, name in SECTIONS.items() if _has(drawn, words, s)},
        charts=drawn,
        responses=[(k, variable(RESPONSES[k]), v) for k, v in RESPONSE_NAMES.items()],
        grades=GRADE_NAMES,
    )


def _has(drawn: dict[str, list[charts.Chart]], words: dict[str, Any], section: str) -> bool:
    """Whether a section has something to show."""
    if section in ("endpoints", "decisions", "scorecard"):
        return bool(words[section])
    return bool(drawn.get(NEEDS.get(section, section), [1]))
