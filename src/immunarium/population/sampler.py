"""Draws patients: each number from its own stream, correlated as stated, plausible, at rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Disease, Row, evaluate, symbols
from immunarium.parameters import Tables
from immunarium.population.checks import Check, Eligible, checks, refused
from immunarium.population.correlation import Copula, Correlation, disease_correlations
from immunarium.population.layers import PopulationError, layered
from immunarium.population.lead_in import led_in
from immunarium.population.population import Population
from immunarium.population.rest import Columns, Rest
from immunarium.population.streams import draw, middle, score, uniforms

_DAY0 = "day 0: "
"""What the column of a state at day 0 begins with, on its way from a draw to a population."""


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
        shares, eligible = dict(shares or disease.shares), tuple(eligible)
        self.disease, self.seed, self.model = disease, seed, disease.model
        self.tables = layered(disease, self.model, shares, study)
        self._edges = _edges(shares)
        alike: dict[tuple[str, ...], list[int]] = {}  # histologies solved for together
        for i, tables in enumerate(self.tables.values()):
            alike.setdefault(tuple(_unknown(tables)), []).append(i)
        self._rests = [(Rest(self.model, list(u)), group) for u, group in alike.items()]
        own = disease_correlations(disease, self.tables)
        self._copula = Copula((*own, *correlated), self.tables)
        self._lead_in = led_in(disease, self.model)
        led = self._lead_in is not None
        self._checks = checks(disease.plausible, eligible, self.model, led)
        self._raters = [e for e in eligible if e.rated]

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
        started = None
        if self._lead_in is not None and len(table):
            states = list(self.model.graph.states)
            columns = [f"{_DAY0}{s}" for s in states]
            started = table[columns].set_axis(states, axis=1)
            table = table.drop(columns=columns)
        return Population(
            self.model, table, self.tables, self.seed, refused, reasons, self.disease.name,
            self._lead_in, started,
        )  # fmt: skip

    def typical(self) -> Population:
        """Return one patient of the first histology with the median of everything."""
        histology, tables = next(iter(self.tables.items()))
        columns = _columns(tables, np.arange(1), None)
        next(rest for rest, group in self._rests if 0 in group).solve(columns)
        table = pd.DataFrame({"histology": [histology], **columns})
        return Population(
            self.model, table, self.tables, self.seed, disease=self.disease.name,
            lead_in=self._lead_in,
        )  # fmt: skip

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
        early = [self._early(c, rest, columns) for c in self._checks]
        why = refused(self._checks, columns, early)  # by what rest cannot move
        keep = why < 0
        columns = {p: v[keep] for p, v in columns.items()}
        settled, index = rest.solve(columns), np.concatenate(members)
        histology = np.repeat([names[i] for i in group], [len(m) for m in members])
        part = pd.DataFrame(columns, index=index[keep])
        part.insert(0, "histology", histology.astype(object)[keep])
        part, seen, followed = self._seen(part)
        settled &= followed
        late = refused(self._checks, seen, [not e for e in early])
        why[keep] = np.where(settled, late, len(self._checks))
        good = why < 0
        return part[good[keep]], pd.Series(why[~good], index=index[~good])

    def _early(self, check: Check, rest: Rest, columns: Columns) -> bool:
        """Whether a check looks only at what neither rest nor a lead-in moves."""
        asked = symbols(check.value)
        moved = set(rest.unknown)
        if self._lead_in is not None:
            moved |= {*self.model.graph.states, *self.model.graph.derived}
        return check.rated is None and not asked & moved

    def _seen(self, part: pd.DataFrame) -> tuple[pd.DataFrame, Columns, NDArray[np.bool_]]:
        """Return patients with their states at day 0, what checks see, and who was followed."""
        if self._lead_in is None and not self._raters:
            columns = {str(c): part[c].to_numpy() for c in part if c != "histology"}
            return part, columns, np.ones(len(part), dtype=bool)
        patients = Population(self.model, part, self.tables, self.seed, lead_in=self._lead_in)
        states, index = self.model.graph.states, part.index.to_numpy()
        seen = dict(patients.baseline)
        for e in self._raters:
            assert e.rated is not None  # those are the raters
            looked = {p: patients.at_start(p) for p in e.paths}
            seen[e.text] = e.rated(looked, self.seed, index).astype(np.float64)
        if self._lead_in is None:
            return part, seen, np.ones(len(part), dtype=bool)
        led = pd.DataFrame(patients.initial(), part.index, [f"{_DAY0}{s}" for s in states])
        return (
            pd.concat([part, led], axis=1),
            seen,
            np.asarray(np.isfinite(led.to_numpy()).all(axis=1)),
        )


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
