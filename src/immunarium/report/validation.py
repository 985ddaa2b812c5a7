"""The page of a scorecard: what it says, whatever it is written in."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from immunarium.literature.scorecard import records
from immunarium.report import credibility, output, page, scorecard, sources, terminal
from immunarium.report.contents import NOTICE
from immunarium.report.figures.percentiles import percentiles
from immunarium.report.style import svg
from immunarium.report.text import number, span

if TYPE_CHECKING:
    import pandas as pd

    from immunarium.inference import LeftOut
    from immunarium.literature import Scorecard

DOCUMENTS = {
    "000": "High-dose IL-2 and LAK cells",
    "001": "What IL-2 does",
    "002": "IVIg and plasma exchange",
    "003": "Low-dose IL-2 in autoimmune disease",
    "004": "Natural killer cells against metastasis",
}
CLINICAL = ("response", "survival")
"""Layers of targets that a clinical trial is about."""
BY = {"document": "Founding document", "layer": "Layer", "tier": "Tier", "study": "Study"}


@dataclass(frozen=True)
class Total:
    """Targets of one group, counted."""

    name: str
    predicted: str
    calibrated: str
    shown: str
    covered: str


@dataclass(frozen=True)
class Study:
    """A study with its targets, by role."""

    name: str
    title: str
    citation: str
    source: str
    source_url: str
    document: str
    groups: list[scorecard.ScoreGroup]


def render(card: Scorecard, suffix: str, left: Mapping[str, LeftOut] | None = None) -> str:
    """Return the page as text, HTML or Markdown by the suffix of its file.

    Parameters
    ----------
    left : mapping of str to LeftOut, optional
        Records of trials that were left out of a fit and predicted, by calibration.
    """
    words = contents(card, f"scorecard{suffix}", left or {})
    if suffix == ".md":
        return page.markdown("scorecard.md.j2", words)
    scored = card.scores[card.scores["role"] != "report"]
    drawn = len(scored["percentile"].dropna()) > 0
    figure = svg(percentiles(card.scores), "f0", "Percentiles of observed values") if drawn else ""
    return page.html("scorecard.html.j2", words | {"figure": figure})


def write(card: Scorecard, path: Path, left: Mapping[str, LeftOut] | None = None) -> None:
    """Write the page; its suffix is ``.html`` or ``.md``."""
    path.write_text(render(card, path.suffix.lower(), left), encoding="utf-8")


def write_tables(card: Scorecard, folder: Path) -> None:
    """Write ``scorecard.json``, and its targets, totals and sources as CSV."""
    (folder / "scorecard.json").write_text(output.to_json(card.as_dict()), encoding="utf-8")
    card.scores.to_csv(folder / "targets.csv", index=False)
    for by in BY:
        card.totals(by).to_csv(folder / f"totals.{by}.csv")
    card.sources.to_csv(folder / "sources.csv", index=False)


def summary(card: Scorecard, left: Mapping[str, LeftOut] | None = None) -> RenderableType:
    """Sum a scorecard up for a terminal: every target, then totals, then what is outside."""
    out = terminal.plain(
        "target", "", "observed", "simulated", "90 % of trials", "percentile", "window", "",
        right=(2, 3, 5),
    )  # fmt: skip
    for study in _studies(card):
        out.add_row(Text(study.name, "bold"), Text(study.title, "bold"))
        for group in study.groups:
            out.add_row("", Text(f"{group.title}: {group.tally}", "dim"))
            for row in group.rows:
                out.add_row(
                    row.id, row.name, row.observed, row.simulated, row.interval, row.percentile,
                    row.window, terminal.MARKS[row.inside],
                )  # fmt: skip
    counts = terminal.plain("", "predicted", "calibrated", "shown", right=(3,))
    for by, title in BY.items():
        counts.add_row(Text(f"by {title.lower()}", "bold"))
        for total in totals(card, by):
            counts.add_row(total.name, total.predicted, total.calibrated, total.shown)
    why = [
        Text(f"{row.id} is outside. {row.note}".rstrip(), "yellow")
        for group in _missed(card)
        for row in group.rows
    ]
    said = left_out(card, left or {})
    predicted = [Text(said["answer"], "bold")] if said["rows"] else []
    return Group(out, "", counts, "", *why, Text(answer(card), "bold"), *predicted)


def left_out(card: Scorecard, left: Mapping[str, LeftOut]) -> dict[str, Any]:
    """Say how clinical trials were predicted by numbers that were not fitted to them.

    Of the founding documents that have records of trials left out.
    """
    refitted = [t for record in left.values() for t in record.trials if t.study in card.trials]
    again = {t.study for t in refitted}
    documents = {card.trials[study].document for study in again}
    clinical = (
        card.scores["layer"].isin(CLINICAL)
        & (card.scores["role"] == "predict")
        & card.scores["document"].isin(documents)
    )
    never = card.scores[clinical & ~card.scores["study"].isin(again)]
    trials = [(t.study, [_left_row(n, x) for n, x in t.targets.items()]) for t in refitted]
    trials += [(str(s), [_never_row(r) for _, r in of.iterrows()]) for s, of in
               never.groupby("study", sort=False)]  # fmt: skip
    every = [row for _, rows in trials for row in rows]
    inside = sum(all(r["inside"] for r in rows) for _, rows in trials)
    answer = (
        f"{inside} of {len(trials)} clinical trials are inside with all their targets where no "
        f"number was fitted to them, and {sum(r['inside'] for r in every)} of their {len(every)} "
        f"targets: {len(refitted)} trials were left out of the fit that predicts them, "
        f"{len(trials) - len(refitted)} were never in one."
    )
    rows = [r | {"study": study if k == 0 else ""} for study, rs in trials
            for k, r in enumerate(rs)]  # fmt: skip
    return {"rows": rows if refitted else [], "answer": answer}


def _left_row(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    low, high = told["window"]
    return {
        "target": name, "how": "left out", "observed": number(told["observed"]),
        "predicted": number(told["predicted"]), "window": span((low, high)),
        "inside": told["inside"],
    }  # fmt: skip


def _never_row(score: pd.Series) -> dict[str, Any]:
    window = (float(score["window_low"]), float(score["window_high"]))
    return {
        "target": score["id"], "how": "never fitted", "observed": number(score["observed"]),
        "predicted": number(score["simulated"]), "window": span(window),
        "inside": bool(score["inside"]),
    }  # fmt: skip


def contents(card: Scorecard, file: str, left: Mapping[str, LeftOut]) -> dict[str, Any]:
    """Gather everything that is printed."""
    every = [s for r in card.results.values() for s in r.scores]
    return {
        "title": "Scorecard",
        "notice": NOTICE,
        "answer": answer(card),
        "tiles": list(_tiles(card)),
        "problems": card.problems,
        "missed": list(_missed(card)),
        "left_out": left_out(card, left),
        "tables": {title: list(totals(card, by)) for by, title in BY.items()},
        "studies": _studies(card),
        "documents": DOCUMENTS,
        "explained": list(scorecard.explained(every)),
        "coverage": _coverage(card),
        "close": list(card.scores.loc[card.scores["close"].astype(bool), "id"]),
        "overlaps": card.overlaps().to_dict("records"),
        "categories": credibility.categories(card),
        "guidance": credibility.GUIDANCE,
        "levels": credibility.LEVELS,
        "dossiers": [credibility.page(card, name) for name in card.dossiers],
        "sources": sources.bibliography(card.sources),
        "command": command(card, file),
        "manifest": {k: v for k, v in card.manifest.items() if k != "asked"},
    }


def answer(card: Scorecard) -> str:
    """Say in two sentences how it went."""
    total, covered = _all(card)
    return (
        f"{total['predicted_inside']} of {total['predicted']} predicted targets are inside, and "
        f"{total['calibrated_inside']} of {total['calibrated']} calibrated ones. The 90 % "
        f"predictive interval holds the observed value of {covered['predicted_covered']} of "
        f"{covered['predicted']} predicted and {covered['calibrated_covered']} of "
        f"{covered['calibrated']} calibrated targets."
    )


def _all(card: Scorecard) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the totals and the coverage of all targets; counts stay whole numbers."""
    (total,), (covered,) = records(card.totals()), records(card.coverage())
    return total, covered


def _tiles(card: Scorecard) -> Iterator[dict[str, str]]:
    total, covered = _all(card)
    yield _tile(
        "Predicted",
        total["predicted_inside"],
        total["predicted"],
        "inside; no number was chosen by looking at them",
    )
    yield _tile(
        "Calibrated on",
        total["calibrated_inside"],
        total["calibrated"],
        "inside; numbers were chosen by looking at them",
    )
    yield _tile(
        "Intervals, predicted",
        covered["predicted_covered"],
        covered["predicted"],
        _expected(covered, "predicted"),
    )
    yield _tile(
        "Intervals, calibrated",
        covered["calibrated_covered"],
        covered["calibrated"],
        _expected(covered, "calibrated"),
    )
    note = "seen before, too small, or an identity"
    yield {"title": "Shown, not scored", "value": str(total["shown"]), "note": note}


def _tile(title: str, inside: int, of: int, note: str) -> dict[str, str]:
    return {"title": title, "value": f"{inside} / {of}" if of else "–", "note": note}


def _expected(row: dict[str, Any], role: str) -> str:
    if not row[role]:
        return "none scored"
    return (
        f"hold the observed value: {row[f'{role}_low']:.0f}–{row[f'{role}_high']:.0f} % "
        f"(90 % interval), where 90 % would be right"
    )


def totals(card: Scorecard, by: str) -> Iterator[Total]:
    """Count targets by group; of the whole library, also the documents that have none."""
    counts = card.totals(by).to_dict("index")
    covered = card.coverage(by).to_dict("index")
    names = [str(name) for name in counts]
    if by == "document" and not card.manifest["asked"]:
        names = [*DOCUMENTS, *(n for n in names if n not in DOCUMENTS)]
    for name in names:
        title = f"{name} {DOCUMENTS[name]}" if name in DOCUMENTS else name
        if name in counts:
            yield _total(title, counts[name], covered[name])
        else:
            yield Total(title, "–", "–", "–", "no study")


def _total(title: str, n: dict[Any, Any], c: dict[Any, Any]) -> Total:
    held = [f"{c[f'{r}_covered']} of {c[r]} {r}" for r in ("predicted", "calibrated") if c[r]]
    return Total(
        title,
        _of(n["predicted_inside"], n["predicted"]),
        _of(n["calibrated_inside"], n["calibrated"]),
        str(n["shown"]) if n["shown"] else "–",
        ", ".join(held) or "–",
    )


def _of(inside: int, of: int) -> str:
    return f"{inside} of {of}" if of else "–"


def _missed(card: Scorecard) -> Iterator[scorecard.ScoreGroup]:
    """Targets outside, predicted ones first, with the study they belong to."""
    for role, title in (("predict", "Predicted"), ("calibrate", "Calibrated on")):
        rows = [
            scorecard.row(s, name)
            for name, result in card.results.items()
            for s in result.scores
            if s.role == role and s.inside is False
        ]
        if rows:
            yield scorecard.ScoreGroup(title, f"{len(rows)} outside", rows)


def _studies(card: Scorecard) -> list[Study]:
    every = [
        Study(
            name, t.title, t.citation, t.source, sources.link(t.source), t.document,
            list(scorecard.groups(card.results[name].scores)),
        )
        for name, t in card.trials.items()
    ]  # fmt: skip
    return sorted(every, key=lambda s: (s.document or "zzz", s.name))


def _coverage(card: Scorecard) -> list[dict[str, str]]:
    rows = []
    for c in records(card.coverage("layer").reset_index()):
        cells = {"layer": str(c["layer"])}
        for role in ("predicted", "calibrated"):
            span = f"{c[f'{role}_low']:.0f}–{c[f'{role}_high']:.0f} %"
            cells |= {
                role: _of(c[f"{role}_covered"], c[role]),
                f"{role}_span": span if c[role] else "–",
            }
        rows.append(cells)
    return rows


def command(card: Scorecard, file: str) -> str:
    """Write the command that makes these numbers again."""
    m = card.manifest
    asked = "".join(f" {shlex.quote(a)}" for a in m["asked"])
    kind = "--html" if file.endswith(".html") else "--markdown"
    return (
        f"immunarium validate{asked} --pool {m['pool']} --replicates {m['replicates']} "
        f"--seed {m['seed']} {kind} {file}"
    )
