"""The report: one HTML file that needs nothing else, on screen, on paper and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from immunarium.core import ImmunoError
from immunarium.report import charts, outcome, scorecard, sources
from immunarium.report.figures import terms
from immunarium.report.style import PALETTE, RESPONSES, variable
from immunarium.report.text import change, number, percent

if TYPE_CHECKING:
    from immunarium.trial.result import TrialResult

NOTICE = (
    "For research and teaching only. These patients are virtual; nothing here may guide the care "
    "of a real one."
)
SECTIONS = {
    "outcome": "Outcome",
    "regimen": "Regimen",
    "cells": "Drug and cells",
    "leak": "Cytokines and leak",
    "tumour": "Tumour",
    "toxicity": "Toxicity",
    "attribution": "Which drug",
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
    drawn = charts.draw(result)
    study = result.study
    return environment.get_template("report.html.j2").render(
        palette=PALETTE,
        title=study.title,
        citation=study.citation,
        source=study.source,
        source_url=sources.link(study.source),
        answer=outcome.answer(result),
        notice=NOTICE,
        contents={s: name for s, name in SECTIONS.items() if drawn.get(NEEDS.get(s, s), [1])},
        population=outcome.population(result),
        tiles=outcome.tiles(result),
        arms=outcome.arms(result),
        charts=drawn,
        pool=result.manifest["pool"],
        criteria=study.visits.criteria if study.visits else "",
        responses=[(k, variable(RESPONSES[k]), v) for k, v in RESPONSE_NAMES.items()],
        grades=GRADE_NAMES,
        attribution=_attribution(result),
        window=_window(result),
        scorecard=list(scorecard.groups(result.scores)),
        explained=list(scorecard.explained(result.scores)),
        assumptions=result.assumptions.to_dict("records"),
        sources=sources.bibliography(result.sources),
        command=_command(result),
        manifest=result.manifest,
    )


def _attribution(result: TrialResult) -> list[tuple[str, list[str]]]:
    """Print the attribution table: a row per term, two cells per arm."""
    columns = [f"{arm}.{what}" for arm in result.arms for what in ("any", "severe")]
    table = result.attribution.loc[terms(result), columns]
    return [(str(term), [f"{x:.0f}" for x in row]) for term, *row in table.itertuples()]


def _window(result: TrialResult) -> list[dict[str, Any]]:
    """Print the table of doses."""
    columns = ["response", "severe", "deaths", "given"]
    return [
        {"dose": number(row["dose"]), "shares": [percent(row[c]) for c in columns]}
        for row in result.window.to_dict("records")
    ]


def _command(result: TrialResult) -> str:
    """Write the command that makes these numbers again."""
    m = result.manifest
    sizes = {arm.n for arm in result.study.arms}
    n = f" --n {sizes.pop()}" if len(sizes) == 1 else ""
    return (
        f"immunarium trial {result.study.name}{n} --replicates {m['replicates']} "
        f"--pool {m['pool']} --seed {m['seed']} --report report.html"
    )
