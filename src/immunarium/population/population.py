"""Virtual patients: a row a patient, a column a number, in the model's own units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import (
    Disease,
    Graph,
    ImmunoError,
    Model,
    Row,
    evaluate,
    substitute,
    symbols,
)
from immunarium.parameters import Tables
from immunarium.population.rest import Columns, Rest
from immunarium.population.streams import draw, middle, uniforms

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
        sampler = Sampler(disease, seed, shares=shares, study=study)
        kept: list[pd.DataFrame] = []
        drawn = found = 0
        while found < n:
            sampler.check(found, drawn)
            kept.append(sampler.table(drawn, drawn + n + 8))
            drawn, found = drawn + n + 8, found + len(kept[-1])
        return sampler.population(pd.concat(kept).iloc[:n].copy())

    @classmethod
    def typical(
        cls, disease: Disease, histology: str | None = None, study: Iterable[Row] = ()
    ) -> Population:
        """Return one patient with the median of everything."""
        histology = histology if histology is not None else next(iter(disease.histologies))
        return Sampler(disease, 0, shares={histology: 1.0}, study=study).typical()

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
        names = self.model.graph.parameters
        out = np.empty((len(self), len(names)))
        own = [i for i, p in enumerate(names) if p not in self._derived]
        out[:, own] = self.table[[names[i] for i in own]].to_numpy(np.float64)
        for i, p in enumerate(names):
            if p in self._derived:
                out[:, i] = self._derived[p]
        return out

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
    overlays: dict[str, list[Overlay]] = {}
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
        overlays[histology] = layers
    return Tables.each(model, overlays)


def _edges(shares: Mapping[str, float]) -> NDArray[np.float64]:
    weights = np.array(list(shares.values()), dtype=np.float64)
    if (weights < 0).any() or weights.sum() <= 0:
        raise PopulationError("Shares of histologies must be 0 or more, and one above 0.")
    return np.cumsum(weights / weights.sum())


class Sampler:
    """Draws the patients of a disease, from any draw to any other.

    Parameters
    ----------
    shares : mapping of str to float, optional
        Share of each histology; the disease's own by default.
    study : iterable of Row
        Rows that differ in this study.

    Raises
    ------
    PopulationError
        A histology is unknown, a share or the seed negative.
    """

    def __init__(
        self,
        disease: Disease,
        seed: int,
        *,
        shares: Mapping[str, float] | None = None,
        study: Iterable[Row] = (),
    ) -> None:
        if seed < 0:
            raise PopulationError(f"The seed is {seed}. Write 0 or a positive whole number.")
        shares = dict(shares or disease.shares)
        self.disease, self.seed, self.model = disease, seed, disease.build()
        self.tables = layered(disease, self.model, shares, study)
        self._edges = _edges(shares)
        alike: dict[tuple[str, ...], list[int]] = {}  # histologies solved for together
        for i, tables in enumerate(self.tables.values()):
            alike.setdefault(tuple(_unknown(tables)), []).append(i)
        self._rests = [(Rest(self.model, list(u)), group) for u, group in alike.items()]
        bounds, derived = disease.plausible, self.model.graph.derived
        self._bounds = [substitute(self.model.graph.value(b.path), derived) for b in bounds]

    def table(self, start: int, end: int) -> pd.DataFrame:
        """Return the plausible patients among the draws from ``start`` up to ``end``."""
        block = np.arange(start, end)
        uniform = uniforms(self.seed, "histology", block)
        which = np.searchsorted(self._edges, uniform, side="right")
        which = np.minimum(which, len(self._edges) - 1)
        parts = [self._part(rest, group, block, which) for rest, group in self._rests]
        return pd.concat(parts).sort_index()

    def population(self, table: pd.DataFrame) -> Population:
        """Return patients of this sampler's draws, from the first draw on."""
        refused = int(table.index[-1]) + 1 - len(table) if len(table) else 0
        return Population(self.model, table, self.tables, self.seed, refused)

    def typical(self) -> Population:
        """Return one patient of the first histology with the median of everything."""
        histology, tables = next(iter(self.tables.items()))
        columns = _columns(tables, np.arange(1), None)
        next(rest for rest, group in self._rests if 0 in group).solve(columns)
        table = pd.DataFrame({"histology": [histology], **columns})
        return Population(self.model, table, self.tables, self.seed)

    def check(self, found: int, drawn: int) -> None:
        """Give up where hardly a draw is plausible.

        Raises
        ------
        PopulationError
            Of thousands of draws, less than one in 200 was.
        """
        if drawn > 200 * found + 2000:
            raise PopulationError(
                f"Only {found} of {drawn} draws for {self.disease.name} are plausible patients. "
                f"Look at the bounds of the disease and its spreads."
            )

    def _part(
        self, rest: Rest, group: list[int], block: NDArray[np.intp], which: NDArray[np.intp]
    ) -> pd.DataFrame:
        """Return the plausible patients of some histologies, which are solved for together."""
        names = list(self.tables)
        group = [i for i in group if (which == i).any()] or group[:1]
        members = [block[which == i] for i in group]
        drawn = [
            _columns(self.tables[names[i]], m, self.seed)
            for i, m in zip(group, members, strict=True)
        ]
        columns = {p: np.concatenate([d[p] for d in drawn]) for p in drawn[0]}
        early = [not symbols(bound) & set(rest.unknown) for bound in self._bounds]
        keep = self._within(columns, early)  # whom a bound that rest cannot move refuses
        columns = {p: v[keep] for p, v in columns.items()}
        rests = rest.solve(columns)
        rests &= self._within(columns, [not e for e in early])
        part = pd.DataFrame(columns, index=np.concatenate(members)[keep])
        histology = np.repeat([names[i] for i in group], [len(m) for m in members])
        part.insert(0, "histology", histology.astype(object)[keep])
        return part[rests]

    def _within(self, columns: Columns, looked_at: list[bool]) -> NDArray[np.bool_]:
        keep = np.ones(len(next(iter(columns.values()))), dtype=bool)
        values = iter(evaluate(compress(self._bounds, looked_at), columns))
        for bound in compress(self.disease.plausible, looked_at):
            value = next(values)
            keep &= np.asarray((value >= bound.at_least) & (value <= bound.at_most))
        return keep


def _unknown(tables: Tables) -> list[str]:
    return [p for p, number in tables.items() if number.rest]


def _columns(tables: Tables, index: NDArray[np.intp], seed: int | None) -> Columns:
    """Every number of some draws (typical values where seed is None), before rest."""
    columns: Columns = {}
    for path, number in tables.items():
        constant = number.centre.op == "const"  # as most are
        (centre,) = [number.centre.value] if constant else evaluate([number.centre], columns)
        centre = np.array(np.broadcast_to(np.asarray(centre), index.shape), dtype=np.float64)
        if not number.varied:
            columns[path] = centre
        elif seed is None:
            columns[path] = middle(centre, number.law, number.shape)
        else:
            columns[path] = draw(seed, path, index, centre, number.spread, number.law, number.shape)
    return columns
