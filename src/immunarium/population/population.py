"""Virtual patients: a row a patient, a column a number, in the model's own units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Disease, Expr, Graph, Model, Row, did_you_mean, evaluate
from immunarium.core.units import factor
from immunarium.parameters import Tables
from immunarium.population import saved
from immunarium.population.checks import Eligible, baseline_graph
from immunarium.population.correlation import Correlation
from immunarium.population.layers import PopulationError, layered
from immunarium.population.lead_in import LeadIn, led_in
from immunarium.population.marginal import Marginal
from immunarium.population.rest import Columns
from immunarium.population.weights import Weights

MOST_PATIENTS = 10_000_000


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
    disease : str
        Its name.
    lead_in : LeadIn, optional
        How they are followed, untreated, from the initial amounts of ``table`` to day 0.
    started : DataFrame, optional
        Row: patient; column: state, at day 0, where that has been computed.
    """

    model: Model
    table: pd.DataFrame
    tables: Mapping[str, Tables]
    seed: int
    refused: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    disease: str = ""
    lead_in: LeadIn | None = None
    started: pd.DataFrame | None = field(default=None, repr=False, compare=False)

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
        from immunarium.population.sampler import Sampler

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
        from immunarium.population.sampler import Sampler

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
        """Amounts at day 0, shape (patients, states).

        Where the disease has a lead-in they are those to which it has come, untreated: computed
        once, and the same in every arm.
        """
        if self.started is not None:
            return self.started.to_numpy(dtype=np.float64)
        return self._led

    @cached_property
    def _led(self) -> NDArray[np.float64]:
        own = self.table[list(self.model.graph.states)].to_numpy(dtype=np.float64)
        own = np.ascontiguousarray(own)
        return own if self.lead_in is None else self.lead_in.follow(own, self.parameters())

    @cached_property
    def baseline(self) -> Columns:
        """Every covariate and parameter, and every state and input at day 0; shape (patients,)."""
        columns = {c: self.table[c].to_numpy() for c in self.table.columns if c != "histology"}
        graph, at_day_0 = self.model.graph, self.initial().T
        nothing_given = dict.fromkeys(graph.inputs, np.zeros(len(self)))
        states = dict(zip(graph.states, at_day_0, strict=True))
        return columns | self._derived | states | nothing_given

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
        started = self.started
        if started is None and self.lead_in is not None and "_led" in self.__dict__:
            started = pd.DataFrame(self._led, self.table.index, list(self.model.graph.states))
        kept = None if started is None else started.iloc[rows]
        return replace(self, table=self.table.iloc[rows], started=kept)

    def with_table(self, table: pd.DataFrame) -> Population:
        """Return patients with other rows or numbers, whose day 0 is to be found again."""
        return replace(self, table=table, started=None)

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
        (value,) = evaluate([graph.value(path)], self.baseline)
        scale = factor(graph.units[path], unit) if unit else 1.0
        return np.array(np.broadcast_to(value, (len(self),)), dtype=np.float64) * scale

    def holds(self, condition: Expr) -> NDArray[np.bool_]:
        """Say of each patient whether a condition holds before any treatment.

        Parameters
        ----------
        condition : Expr
            1 where it holds, else 0; over states, parameters and covariates (``baseline_graph``).
        """
        (value,) = evaluate([condition], self.baseline)
        return np.broadcast_to(np.asarray(value) > 0.5, (len(self),))

    def values(self, marginals: Iterable[Marginal]) -> pd.DataFrame:
        """Return what published distributions are of, in their units: for ``fit_weights``.

        A response of simulated patients is no column of a population; put it beside these.
        """
        columns = {m.of: self.at_start(m.of, m.unit) for m in marginals}
        return pd.DataFrame(columns, index=self.table.index)

    def save(self, path: Path, weights: Weights | None = None, study: str = "") -> None:
        """Write the patients as one table that R and Excel open, ``.csv`` or ``.parquet``.

        Beside it ``<name>.columns.csv`` (unit, meaning, evidence and source of each column) and
        ``<name>.json`` (disease, study, seed, versions). The first column is ``patient``, the
        number of the draw; with weights the last one is ``weight``. Numbers keep their last digit.

        Raises
        ------
        PopulationError
            The name has another ending, or the file cannot be written.
        """
        manifest = {
            "disease": self.disease,
            "study": study,
            "patients": len(self),
            "seed": self.seed,
            "refused": self.refused,
            "reasons": dict(self.reasons),
            "histologies": list(self.tables),
            **saved.versions(),
        }
        columns = saved.about_columns(self.model, self.tables)
        saved.write(path, self.table, columns, manifest, weights)

    @classmethod
    def load(cls, path: Path, disease: Disease, study: Iterable[Row] = ()) -> Population:
        """Read patients that ``save`` wrote; a column ``weight`` is left out.

        Raises
        ------
        PopulationError
            No such file, patients of another disease or of another version of its model.
        """
        table, about = saved.read(path)
        if about.get("disease") != disease.name:
            raise PopulationError(
                f"The patients in {path.name} have {about.get('disease')}, not {disease.name}."
            )
        model = disease.model
        tables = layered(disease, model, about["histologies"], study)
        table = saved.checked(table, tables, path.name)
        return cls(
            model, table, tables, int(about["seed"]), int(about["refused"]),
            about.get("reasons", {}), disease.name, led_in(disease, model),
        )  # fmt: skip

    def with_values(self, **columns: NDArray[np.float64]) -> Population:
        """Return the same patients with some numbers replaced; paths with ``__`` for the dot."""
        new = self.table.assign(**{k.replace("__", ".", 1): v for k, v in columns.items()})
        return self.with_table(new)
