"""Virtual patients in words and tables: who was drawn, who was refused, and how weights fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from immunarium.population.correlation import read_correlations
from immunarium.report.terminal import plain
from immunarium.report.text import number

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from rich.table import Table

    from immunarium.core import Disease
    from immunarium.population import Population, Weights


def population(
    patients: Population, disease: Disease, weights: Weights | None, out: Path | None
) -> RenderableType:
    """Show covariates and bounded quantities of patients, the fit of weights, and refused draws."""
    parts: list[RenderableType] = [_marginals(patients, disease, weights), ""]
    if weights is not None:
        ess = f"Effective sample size: {weights.ess:.0f} of {len(patients):,} patients."
        parts += [fit(weights), Text(ess, "bold"), ""]
    drawn = len(patients) + patients.refused
    parts.append(f"{len(patients):,} patients of {drawn:,} draws, seed {patients.seed}. Refused:")
    parts += [Text(f"{count:7,}  {why}", "dim") for why, count in patients.reasons.items()]
    if out is not None:
        beside = f"{out.stem}.columns.csv (units, sources) and {out.stem}.json (seed, versions)"
        parts += ["", Text(f"Written to {out}; beside it {beside}.")]
    return Group(*parts)


def _marginals(patients: Population, disease: Disease, weights: Weights | None) -> Table:
    covariates = patients.model.covariates
    columns = ["at the start", "unit", "median", "5 – 95 %"]
    out = plain(
        *columns, *(["weighted"] if weights else []), "meaning", right=range(2, 5 if weights else 4)
    )
    equal = np.full(len(patients), 1 / len(patients))
    each = [equal] if weights is None else [equal, weights.values]
    for histology, share in patients.table["histology"].value_counts().sort_index().items():
        mine = (patients.table["histology"] == histology).to_numpy(np.float64)
        if share < len(patients):
            cells = [f"{100 * w @ mine:.0f} %" for w in each]
            out.add_row(str(histology), "", cells[0], "", *cells[1:], "histology")
    for path in _telling(patients, disease, weights):
        values = patients.at_start(path)
        if np.ptp(values):
            ref = covariates.get(path)
            doc = ref.thing.doc if ref else patients.model.graph.docs[path]
            unit = ref.unit if ref else patients.model.graph.units[path]
            out.add_row(path, unit.removesuffix("1") or "1", *_cells(values, each), doc)
    return out


def _telling(patients: Population, disease: Disease, weights: Weights | None) -> list[str]:
    """Who the patient is, what goes together or is bounded, and what was published."""
    paths = [path for path in patients.model.covariates if path.startswith("patient.")]
    if disease.correlated is not None:
        paths += [path for c in read_correlations(disease.correlated) for path in c.of]
    paths += [bound.path for bound in disease.plausible]
    paths += list(weights.fit["of"]) if weights is not None else []
    return [path for path in dict.fromkeys(paths) if path != "histology"]


def _cells(values: NDArray[np.float64], each: Iterable[NDArray[np.float64]]) -> list[str]:
    """Median and interval, the weighted median last; the share of ones where there are but two."""
    first, *weighted = each
    if set(np.unique(values)) <= {0.0, 1.0}:
        share, *shares = (f"{100 * w @ values:.0f} % are 1" for w in (first, *weighted))
        return [share, "", *shares]
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    medians = (np.quantile(values, 0.5, weights=w, method="inverted_cdf").item() for w in weighted)
    return [number(middle), f"{number(low)} – {number(high)}", *map(number, medians)]


def fit(weights: Weights) -> Table:
    """Show published numbers beside those of patients with and without weights."""
    out = plain(
        "published distribution", "", "unit", "published", "unweighted", "weighted",
        "KS", "KS weighted", "source", right=(3, 4, 5, 6, 7),
    )  # fmt: skip
    said = ""
    for row in weights.fit.to_dict("records"):
        first = row["of"] != said
        said = row["of"]
        far = [f"{row[k]:.3f}" if first else "" for k in ("distance_unweighted", "distance")]
        numbers = (number(row[k]) for k in ("published", "unweighted", "weighted"))
        source = row["source"] if first else ""
        out.add_row(said if first else "", row["number"], row["unit"], *numbers, *far, source)
    return out
