"""What a report of a trial says, whatever it is written in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from immunarium.report import designed, endpoints, outcome, scorecard, sources
from immunarium.report.figures import score_names, terms
from immunarium.report.text import number, percent
from immunarium.report.warned import warned

if TYPE_CHECKING:
    from immunarium.trial.result import TrialResult

NOTICE = (
    "For research and teaching only. These patients are virtual; nothing here may guide the care "
    "of a real one."
)


_VISITS = 8
"""Most visits of a score that are printed."""


def contents(result: TrialResult, page: str) -> dict[str, Any]:
    """Gather everything that is printed, in the order of the report.

    Parameters
    ----------
    page : str
        Name of the file, for the command that makes it again.
    """
    study, design = result.study, designed.told(result)
    return {
        "title": study.title,
        "citation": study.citation,
        "source": study.source,
        "source_url": sources.link(study.source),
        "answer": design.answer if design and not result.scores else outcome.answer(result),
        "design": design,
        "notice": " ".join(filter(None, (NOTICE, study.disease.caveat))),
        "population": outcome.population(result),
        "warned": warned(result),
        "tiles": outcome.tiles(result),
        "arms": outcome.arms(result),
        "pool": result.manifest["pool"],
        "scores": list(_scores(result)),
        "criteria": study.visits.criteria if study.visits else "",
        "endpoints": list(endpoints.endpoints(result)),
        "decisions": list(endpoints.decisions(result)),
        "fit": _fit(result),
        "attribution": _attribution(result),
        "window": _window(result),
        "scorecard": list(scorecard.groups(result.scores)),
        "explained": list(scorecard.explained(result.scores)),
        "assumptions": result.assumptions.to_dict("records"),
        "sources": sources.bibliography(result.sources),
        "command": _command(result, page),
        "manifest": result.manifest,
    }


def _attribution(result: TrialResult) -> list[tuple[str, list[str]]]:
    """Print the attribution table: a row per term, two cells per arm."""
    columns = [f"{arm}.{what}" for arm in result.arms for what in ("any", "severe")]
    table = result.attribution.loc[terms(result), columns]
    return [(str(term), [_share(x) for x in row]) for term, *row in table.itertuples()]


def _scores(result: TrialResult) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Print the means of each score: its name, and by day a cell an arm."""
    for name in score_names(result):
        mine = ((a.name, a.ratings[a.ratings["score"] == name]) for a in result.arms.values())
        means = {arm: rated.groupby("planned_day")["value"].mean() for arm, rated in mine}
        days = next(iter(means.values())).index
        few = days[np.unique(np.linspace(0, len(days) - 1, _VISITS).astype(int))]
        yield name, [(f"{d:g}", [number(m.get(d, np.nan)) for m in means.values()]) for d in few]


def _share(percent: float) -> str:
    return "<1" if 0 < percent < 0.5 else f"{percent:.0f}"


def _fit(result: TrialResult) -> list[dict[str, Any]]:
    """Print how the patients agree with the published distributions they were selected to."""
    numbers = (
        "published",
        "unweighted",
        "selected",
        "distance_unweighted",
        "distance_selected",
        "ess",
    )
    return [
        {str(k): number(v) if k in numbers else v for k, v in row.items()}
        for row in result.fit.to_dict("records")
    ]


def _window(result: TrialResult) -> list[dict[str, Any]]:
    """Print the table of doses."""
    columns = ["response", "severe", "deaths", "given"]
    return [
        {"dose": number(row["dose"]), "shares": [percent(row[c]) for c in columns]}
        for row in result.window.to_dict("records")
    ]


def _command(result: TrialResult, page: str) -> str:
    """Write the command that makes these numbers again."""
    m = result.manifest
    sizes = {arm.n for arm in result.study.arms}
    n = f" --n {sizes.pop()}" if len(sizes) == 1 else ""
    return (
        f"immunarium trial {m['study']}{n} --replicates {m['replicates']} "
        f"--pool {m['pool']} --seed {m['seed']} --report {page}"
    )
