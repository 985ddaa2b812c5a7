"""Virtual patients: a row a patient, a column a number, in the model's own units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Disease, Graph, ImmunoError, Model, Row, evaluate
from immunarium.parameters import Tables
from immunarium.population.rest import Columns, solve_rest
from immunarium.population.streams import draw, middle, stream

Overlay = tuple[str, Path | Iterable[Row]]
MOST_PATIENTS = 10_000_000


class PopulationError(ImmunoError):
    """Patients that cannot be drawn."""


@dataclass(frozen=True)
class Population:
    """Virtual patients of one model, each at rest.

    Attributes
    ----------
    model : Model
    table : DataFrame
        Row: patient (index = number of the draw). Columns: ``histology`` and every path that has
        a row in the tables, in model units (covariates in their own).
    tables : dict of str to Tables
        The numbers behind each histology.
    seed : int
    refused : int
        Draws that were not plausible patients.
    """

    model: Model
    table: pd.DataFrame
    tables: Mapping[str, Tables]
    seed: int
    refused: int = 0

    def __len__(self) -> int:
        return len(self.table)

    @classmethod
    def sample(
        cls,
        disease: Disease,
        n: int,
        seed: int,
        *,
        shares: Mapping[str, float] | None = None,
        study: Iterable[Row] = (),
    ) -> Population:
        """Draw plausible patients.

        Parameters
        ----------
        n : int
            How many.
        shares : mapping of str to float, optional
            Share of each histology; the disease's own by default.
        study : iterable of Row
            Rows that differ in this study.

        Raises
        ------
        PopulationError
            n is not positive, a histology is unknown, or hardly a draw is plausible.
        """
        if not 0 < n <= MOST_PATIENTS:
            raise PopulationError(f"Cannot draw {n} patients. Write a number from 1 to 10,000,000.")
        model = disease.build()
        shares = dict(shares or disease.shares)
        tables = layered(disease, model, shares, study)
        edges = _edges(shares)
        kept: list[pd.DataFrame] = []
        drawn = 0
        while sum(map(len, kept)) < n:
            if drawn > 200 * n + 2000:
                raise PopulationError(
                    f"Only {sum(map(len, kept))} of {drawn} draws for {disease.name} are plausible "
                    f"patients. Look at the bounds of the disease and its spreads."
                )
            block = np.arange(drawn, drawn + n + 8)
            kept.append(_plausible_of(disease, model, tables, edges, block, seed))
            drawn += len(block)
        table = pd.concat(kept).iloc[:n].copy()
        return cls(model, table, tables, seed, int(table.index[-1]) + 1 - n)

    @classmethod
    def typical(
        cls, disease: Disease, histology: str | None = None, study: Iterable[Row] = ()
    ) -> Population:
        """Return one patient with the median of everything."""
        model = disease.build()
        histology = histology if histology is not None else next(iter(disease.histologies))
        tables = layered(disease, model, {histology: 1.0}, study)
        columns, _ = _columns(model, tables[histology], np.arange(1), None)
        table = pd.DataFrame({"histology": [histology], **columns})
        return cls(model, table, tables, 0)

    @cached_property
    def _derived(self) -> Columns:
        columns = {c: self.table[c].to_numpy() for c in self.table.columns if c != "histology"}
        graph = self.model.graph
        names = list(graph.derived)
        values = evaluate([graph.derived[p] for p in names], columns)
        n = len(self)
        return {p: np.broadcast_to(v, (n,)) for p, v in zip(names, values, strict=True)}

    def parameters(self) -> NDArray[np.float64]:
        """Parameters of the model's graph, shape (patients, parameters), derived ones included."""
        derived = self._derived
        cols = [
            derived[p] if p in derived else self.table[p].to_numpy()
            for p in self.model.graph.parameters
        ]
        return np.ascontiguousarray(np.stack(cols, axis=1), dtype=np.float64)

    def initial(self) -> NDArray[np.float64]:
        """Initial amounts, shape (patients, states)."""
        return np.ascontiguousarray(
            self.table[list(self.model.graph.states)].to_numpy(dtype=np.float64)
        )

    @cached_property
    def graph(self) -> Graph:
        """The model's graph, with the exponents that nobody differs in written as numbers."""
        shared: dict[str, float] = {}
        first, *others = self.tables.values()
        for path, number in first.items():
            alike = all(t[path].centre is number.centre and not t[path].varied for t in others)
            if number.centre.op == "const" and not number.varied and alike:
                shared[path] = float(number.centre.value or 0.0)
        return self.model.graph.with_powers(shared)

    def keep(self, rows: NDArray[np.bool_] | slice) -> Population:
        """Return the same population with only some of its patients."""
        return Population(self.model, self.table[rows], self.tables, self.seed, self.refused)

    def with_values(self, **columns: NDArray[np.float64]) -> Population:
        """Return the same patients with some numbers replaced; paths with ``__`` for the dot."""
        new = self.table.assign(**{k.replace("__", ".", 1): v for k, v in columns.items()})
        return Population(self.model, new, self.tables, self.seed, self.refused)


def layered(
    disease: Disease, model: Model, histologies: Iterable[str], study: Iterable[Row] = ()
) -> dict[str, Tables]:
    """Return the numbers of each histology: base, disease, histology and study, in that order."""
    out: dict[str, Tables] = {}
    rows = list(study)
    for histology in histologies:
        if histology not in disease.histologies:
            raise PopulationError(
                f"{disease.name} has no histology {histology!r}. "
                f"Known: {', '.join(h for h in disease.histologies if h)}."
            )
        layers: list[Overlay] = []
        if disease.overlay is not None:
            layers.append(("disease", disease.overlay))
        own = disease.histologies[histology]
        if own is not None:
            layers.append(("histology", own))
        if rows:
            layers.append(("study", rows))
        out[histology] = Tables.of(model, layers)
    return out


def _edges(shares: Mapping[str, float]) -> NDArray[np.float64]:
    weights = np.array(list(shares.values()), dtype=np.float64)
    if (weights < 0).any() or weights.sum() <= 0:
        raise PopulationError("Shares of histologies must be 0 or more, and one above 0.")
    return np.cumsum(weights / weights.sum())


def _columns(
    model: Model, tables: Tables, index: NDArray[np.intp], seed: int | None
) -> tuple[Columns, NDArray[np.bool_]]:
    """Every number of some draws (typical values where seed is None), and whether each rests."""
    columns: Columns = {}
    for path, number in tables.items():
        (centre,) = evaluate([number.centre], columns)
        centre = np.array(np.broadcast_to(centre, index.shape), dtype=np.float64)
        if not number.varied:
            columns[path] = centre
        elif seed is None:
            columns[path] = middle(centre, number.law, number.shape)
        else:
            columns[path] = draw(seed, path, index, centre, number.spread, number.law, number.shape)
    unknown = [p for p, number in tables.items() if number.rest]
    rests = solve_rest(model, columns, unknown)
    return columns, rests


def _plausible_of(
    disease: Disease,
    model: Model,
    tables: Mapping[str, Tables],
    edges: NDArray[np.float64],
    block: NDArray[np.intp],
    seed: int,
) -> pd.DataFrame:
    """Return the plausible patients among a block of draws."""
    uniform = stream(seed, "histology").random(block[-1] + 1)[block]
    which = np.minimum(np.searchsorted(edges, uniform, side="right"), len(edges) - 1)
    parts: list[pd.DataFrame] = []
    for i, histology in enumerate(tables):
        mine = block[which == i]
        if mine.size == 0:
            continue
        columns, rests = _columns(model, tables[histology], mine, seed)
        part = pd.DataFrame(columns, index=mine)
        part.insert(0, "histology", histology)
        parts.append(part[rests & _plausible(disease, model, columns)])
    return pd.concat(parts).sort_index()


def _plausible(disease: Disease, model: Model, columns: Columns) -> NDArray[np.bool_]:
    n = len(next(iter(columns.values())))
    keep = np.ones(n, dtype=bool)
    if not disease.plausible:
        return keep
    graph = model.graph
    derived = evaluate(list(graph.derived.values()), columns)
    known = {**columns, **dict(zip(graph.derived, derived, strict=True))}
    for bound in disease.plausible:
        (value,) = evaluate([graph.value(bound.path)], known)
        keep &= (value >= bound.at_least) & (value <= bound.at_most)
    return keep
