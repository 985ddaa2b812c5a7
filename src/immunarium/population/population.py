"""Virtual patients: a row a patient, a column a number, in the model's own units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import (
    Bound,
    Disease,
    Expr,
    Graph,
    ImmunoError,
    Model,
    Row,
    did_you_mean,
    evaluate,
    substitute,
    symbols,
)
from immunarium.core.units import factor
from immunarium.parameters import Tables
from immunarium.population.correlation import Copula, Correlation
from immunarium.population.marginal import Marginal
from immunarium.population.rest import Columns, Rest
from immunarium.population.streams import draw, middle, score, uniforms
from immunarium.population.weights import Weights

Overlay = tuple[str, Path | Iterable[Row]]
MOST_PATIENTS = 10_000_000


class PopulationError(ImmunoError):
    """Patients that cannot be drawn."""


@dataclass(frozen=True)
class Eligible:
    """A condition on which a trial takes patients, at the start and before any treatment.

    Attributes
    ----------
    text : str
        As written: ``kidney.creatinine < 1.5 mg/dL``.
    holds : Expr
        1 where it holds, else 0; over states, parameters and covariates (``baseline_graph``).
    """

    text: str
    holds: Expr


def baseline_graph(model: Model) -> Graph:
    """Return the graph of a model with its covariates, for conditions on patients at the start."""
    covariates = {path: ref.unit for path, ref in model.covariates.items()}
    docs = {path: ref.thing.doc for path, ref in model.covariates.items()}
    graph = model.graph
    return replace(graph, units={**graph.units, **covariates}, docs={**graph.docs, **docs})


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
        Draws that were not plausible or not eligible patients.
    reasons : dict of str to int
        How many each bound or condition refused, the first that did; where they were counted.
    """

    model: Model
    table: pd.DataFrame
    tables: Mapping[str, Tables]
    seed: int
    refused: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

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
        correlated: Iterable[Correlation] = (),
        eligible: Iterable[Eligible] = (),
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
        correlated : iterable of Correlation
            Numbers that go together in this study.
        eligible : iterable of Eligible
            Conditions on which the study takes patients.

        Raises
        ------
        PopulationError
            n is not positive, a histology is unknown, or hardly a draw is plausible.
        """
        if not 0 < n <= MOST_PATIENTS:
            raise PopulationError(f"Cannot draw {n} patients. Write a number from 1 to 10,000,000.")
        sampler = Sampler(
            disease, seed, shares=shares, study=study, correlated=correlated, eligible=eligible
        )
        kept: list[pd.DataFrame] = []
        refused: list[pd.Series] = []
        drawn = found = 0
        while found < n:
            sampler.check(found, drawn)
            table, whys = sampler.draws(drawn, drawn + n + 8)
            kept.append(table)
            refused.append(whys)
            drawn, found = drawn + n + 8, found + len(table)
        return sampler.population(pd.concat(kept).iloc[:n].copy(), pd.concat(refused))

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

    def keep(self, rows: NDArray[np.bool_] | NDArray[np.int64] | slice) -> Population:
        """Return the same population with only some of its patients, in the order asked for."""
        return replace(self, table=self.table.iloc[rows])

    def at_start(self, path: str, unit: str = "") -> NDArray[Any]:
        """Return the histology, a covariate, a parameter or a quantity before any treatment.

        Parameters
        ----------
        unit : str
            Of the numbers; the model's own by default.

        Returns
        -------
        ndarray, shape (patients,)
            Numbers; texts for ``histology``.

        Raises
        ------
        PopulationError
            The model has no such path.
        UnitError
            The unit does not convert.
        """
        if path == "histology":
            return self.table[path].to_numpy(object)
        graph = baseline_graph(self.model)
        if path not in graph.units:
            near = did_you_mean(path, ("histology", *graph.units))
            raise PopulationError(f"This model has no {path!r}.{near}")
        columns = {c: self.table[c].to_numpy() for c in self.table.columns if c != "histology"}
        (value,) = evaluate([_at_start(graph.value(path), self.model)], columns)
        scale = factor(graph.units[path], unit) if unit else 1.0
        return np.array(np.broadcast_to(value, (len(self),)), dtype=np.float64) * scale

    def values(self, marginals: Iterable[Marginal]) -> pd.DataFrame:
        """Return what published distributions are of, in their units: for ``fit_weights``.

        A response of simulated patients is no column of a population; put it beside these.
        """
        columns = {m.of: self.at_start(m.of, m.unit) for m in marginals}
        return pd.DataFrame(columns, index=self.table.index)

    def save(self, path: Path, weights: Weights | None = None) -> None:
        """Write the patients as one table that R and Excel open, ``.csv`` or ``.parquet``.

        Beside it ``<name>.columns.csv`` (unit, meaning, evidence and source of each column) and
        ``<name>.json`` (disease, seed, versions). The first column is ``patient``, the number of
        the draw; with weights the last one is ``weight``.

        Raises
        ------
        PopulationError
            The name has another ending, or the file cannot be written.
        """
        raise NotImplementedError

    @classmethod
    def load(cls, path: Path, disease: Disease, study: Iterable[Row] = ()) -> Population:
        """Read patients that ``save`` wrote; a column ``weight`` is left out.

        Raises
        ------
        PopulationError
            No such file, patients of another disease or of another version of its model.
        """
        raise NotImplementedError

    def with_values(self, **columns: NDArray[np.float64]) -> Population:
        """Return the same patients with some numbers replaced; paths with ``__`` for the dot."""
        new = self.table.assign(**{k.replace("__", ".", 1): v for k, v in columns.items()})
        return replace(self, table=new)


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
    correlated : iterable of Correlation
        Numbers that go together in this study, beside those of the disease.
    eligible : iterable of Eligible
        Conditions on which the study takes patients, beside the bounds of the disease.

    Raises
    ------
    PopulationError
        A histology is unknown, a share or the seed negative.
    CorrelationError
        Correlations of what is not drawn, or that cannot all hold.
    """

    def __init__(
        self,
        disease: Disease,
        seed: int,
        *,
        shares: Mapping[str, float] | None = None,
        study: Iterable[Row] = (),
        correlated: Iterable[Correlation] = (),
        eligible: Iterable[Eligible] = (),
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
        self._copula = Copula(correlated, self.tables)
        self._checks = [
            *(_bounded(bound, self.model) for bound in disease.plausible),
            *(Check(e.text, _at_start(e.holds, self.model), 0.5, np.inf) for e in eligible),
        ]

    def table(self, start: int, end: int) -> pd.DataFrame:
        """Return the plausible patients among the draws from ``start`` up to ``end``."""
        return self.draws(start, end)[0]

    def draws(self, start: int, end: int) -> tuple[pd.DataFrame, pd.Series]:
        """Return those patients, and by draw the number of the check that refused each other."""
        block = np.arange(start, end)
        uniform = uniforms(self.seed, "histology", block)
        which = np.searchsorted(self._edges, uniform, side="right")
        which = np.minimum(which, len(self._edges) - 1)
        parts = [self._part(rest, group, block, which) for rest, group in self._rests]
        tables, whys = zip(*parts, strict=True)
        return pd.concat(tables).sort_index(), pd.concat(whys)

    def population(self, table: pd.DataFrame, whys: pd.Series | None = None) -> Population:
        """Return patients of this sampler's draws, from the first draw on."""
        refused = int(table.index[-1]) + 1 - len(table) if len(table) else 0
        reasons: dict[str, int] = {}
        if whys is not None and len(table):
            counts = whys[whys.index <= table.index[-1]].value_counts()
            names = [*(check.name for check in self._checks), "has no state of rest"]
            reasons = {name: int(counts.get(i, 0)) for i, name in enumerate(names)}
        return Population(self.model, table, self.tables, self.seed, refused, reasons)

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
            conditions = [check.name for check in self._checks[len(self.disease.plausible) :]]
            who = "plausible and eligible" if conditions else "plausible"
            where = f"the conditions ({'; '.join(conditions)}), " if conditions else ""
            raise PopulationError(
                f"Only {found} of {drawn} draws for {self.disease.name} are {who} patients. "
                f"Look at {where}the bounds of the disease and its spreads."
            )

    def _part(
        self, rest: Rest, group: list[int], block: NDArray[np.intp], which: NDArray[np.intp]
    ) -> tuple[pd.DataFrame, pd.Series]:
        """Return the plausible patients of some histologies, which are solved for together."""
        names = list(self.tables)
        group = [i for i in group if (which == i).any()] or group[:1]
        members = [block[which == i] for i in group]
        drawn = [
            _columns(self.tables[names[i]], m, self.seed, self._copula)
            for i, m in zip(group, members, strict=True)
        ]
        columns = {p: np.concatenate([d[p] for d in drawn]) for p in drawn[0]}
        early = [not symbols(c.value) & set(rest.unknown) for c in self._checks]
        why = self._refused(columns, early)  # by what rest cannot move
        keep = why < 0
        columns = {p: v[keep] for p, v in columns.items()}
        settled = rest.solve(columns)
        late = self._refused(columns, [not e for e in early])
        why[keep] = np.where(settled, late, len(self._checks))
        index, good = np.concatenate(members), why < 0
        part = pd.DataFrame(columns, index=index[keep])
        histology = np.repeat([names[i] for i in group], [len(m) for m in members])
        part.insert(0, "histology", histology.astype(object)[keep])
        return part[good[keep]], pd.Series(why[~good], index=index[~good])

    def _refused(self, columns: Columns, looked_at: list[bool]) -> NDArray[np.intp]:
        """Return the number of the first check that refuses each patient; -1 where none does."""
        why = np.full(len(next(iter(columns.values()))), -1)
        values = iter(evaluate((c.value for c in compress(self._checks, looked_at)), columns))
        for i, check in compress(enumerate(self._checks), looked_at):
            value = next(values)
            inside = np.asarray((value >= check.at_least) & (value <= check.at_most))
            why[(why < 0) & ~inside] = i
        return why


@dataclass(frozen=True)
class Check:
    """What a patient must satisfy at the start, over the columns of the table."""

    name: str
    value: Expr
    at_least: float
    at_most: float


def _bounded(bound: Bound, model: Model) -> Check:
    unit = model.graph.units[bound.path].removesuffix("1")
    limits = ((">=", bound.at_least), ("<=", bound.at_most))
    limit = ", ".join(f"{op} {x:g} {unit}".rstrip() for op, x in limits if np.isfinite(x))
    why = f" ({bound.why})" if bound.why else ""
    value = _at_start(model.graph.value(bound.path), model)
    return Check(f"{bound.path} {limit}{why}", value, bound.at_least, bound.at_most)


def _at_start(value: Expr, model: Model) -> Expr:
    """Write a quantity over the columns of the table."""
    return substitute(value, model.graph.derived)


def _unknown(tables: Tables) -> list[str]:
    return [p for p, number in tables.items() if number.rest]


def _columns(
    tables: Tables, index: NDArray[np.intp], seed: int | None, copula: Copula | None = None
) -> Columns:
    """Every number of some draws (typical values where seed is None), before rest."""
    columns: Columns = {}

    def own(path: str) -> NDArray[np.float64]:
        return score(seed or 0, path, index, tables[path].law, tables[path].shape)

    for path, number in tables.items():
        constant = number.centre.op == "const"  # as most are
        (centre,) = [number.centre.value] if constant else evaluate([number.centre], columns)
        centre = np.array(np.broadcast_to(np.asarray(centre), index.shape), dtype=np.float64)
        if not number.varied:
            columns[path] = centre
        elif seed is None:
            columns[path] = middle(centre, number.law, number.shape)
        else:
            mixed = copula.scores(path, own) if copula is not None else None
            columns[path] = draw(
                seed, path, index, centre, number.spread, number.law, number.shape, mixed
            )
    return columns
