"""One regimen in one population, with no support by rules, and what of it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from immunarium import NOTICE
from immunarium.core import Disease, Graph, Therapy, UnknownNameError, did_you_mean
from immunarium.dosing import Regimen, resolve, told
from immunarium.engine.counts import Codes, encode
from immunarium.engine.store import Variable
from immunarium.population import Population, Sampler
from immunarium.trial import assess
from immunarium.trial.bench import Bench, Progress
from immunarium.trial.cohort import Cohort
from immunarium.trial.ctcae import read_grades
from immunarium.trial.notices import overlapping, stretched
from immunarium.trial.observe import ticks
from immunarium.trial.protocol import Arm, Trial, TrialError
from immunarium.trial.risks import with_draws

FULL, QUANTILES = "full", "quantiles"
_FINE, _COARSE, _AFTER = 1.0, 6.0, 24.0  # h: grid until a day after the last dose, and later
_MOST = 5e8  # numbers: 4 GB
_PATH = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*")


@dataclass(frozen=True)
class Rows:
    """What is kept of some patients.

    Attributes
    ----------
    variables : dict of str to Variable
        First dimension: ``patient``.
    codes : dict of str to ndarray of int16, shape (patients, times)
        Bins of the courses that are counted, not kept.
    """

    variables: dict[str, Variable]
    codes: dict[str, Codes] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.variables["patient"].data)

    @property
    def failed(self) -> int:
        """How many of them could not be followed."""
        return int(self.variables["failed"].data.sum()) if len(self) else 0

    @property
    def weight(self) -> int:
        """Bytes that the variables take."""
        return sum(v.data.nbytes for v in self.variables.values())

    def first(self, n: int) -> Rows:
        """Return the first ``n`` patients."""
        if n >= len(self):
            return self
        variables = {k: v._replace(data=v.data[:n]) for k, v in self.variables.items()}
        return Rows(variables, {k: v[:n] for k, v in self.codes.items()})

    @staticmethod
    def together(parts: Sequence[Rows]) -> dict[str, Variable]:
        """Return the variables of patients one after the other."""
        return {
            k: v._replace(data=np.concatenate([p.variables[k].data for p in parts]))
            for k, v in parts[0].variables.items()
        }


class Simulation:
    """A disease, a regimen and a time, ready to be followed in any patients.

    Parameters
    ----------
    days : float
        How long.
    seed : int
        Same seed, same bytes.
    rtol : float
        Relative tolerance of the engine.
    keep : str
        ``full``: every state, quantity and parameter. ``quantiles``: courses as quantiles over
        patients. Or the paths to keep, with commas. Grades, doses and death are always kept.

    Raises
    ------
    ImmunoError
        No time, an unknown path, or a regimen that this disease cannot take.
    """

    def __init__(
        self,
        disease: Disease,
        therapies: Mapping[str, Therapy],
        regimen: Regimen,
        *,
        days: float,
        seed: int = 1,
        rtol: float = 1e-6,
        keep: str = FULL,
    ) -> None:
        if not 0 < days <= 36525:
            raise TrialError(
                f"Cannot follow patients for {days:g} days. Write a number up to 36525."
            )
        if not 1e-12 <= rtol <= 0.1:
            raise TrialError(f"rtol is {rtol:g}; give one between 1e-12 and 0.1.")
        self.disease, self.regimen, self.therapies = disease, regimen, therapies
        self.days, self.seed, self.rtol, self.keep = days, seed, rtol, keep
        self.sampler = Sampler(disease, seed)
        graph = self.sampler.population(pd.DataFrame()).graph
        self.doses = resolve(regimen, therapies, self.sampler.typical().table, graph)
        self.paths, self.values = self._kept(graph)
        arm = Arm("asked", "as asked", regimen, 1)
        trial = Trial(
            name="simulation", title=str(regimen), citation="", source="this work",
            disease=disease, therapies=therapies, arms=(arm,), shares=disease.shares,
            record=_grid(regimen, 24 * days), until=24 * days, courses=self.paths,
        )  # fmt: skip
        self.bench = Bench.of(trial, graph)

    def _kept(self, graph: Graph) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Paths whose courses are kept, and those with one value per patient."""
        courses = (*graph.states, *graph.quantities)
        covariates = tuple(self.sampler.model.covariates)
        if self.keep == FULL:
            return courses, (*covariates, *with_draws(graph).parameters)
        if self.keep == QUANTILES:
            return self._telling(graph), ()
        asked = list(dict.fromkeys(filter(None, map(str.strip, self.keep.split(",")))))
        known = (*courses, *covariates, *graph.parameters)
        for path in asked or [self.keep]:
            if path not in known:
                near = did_you_mean(path, (*known, FULL, QUANTILES))
                raise UnknownNameError(
                    f"Cannot keep {path!r}: this model has none.{near} Write {FULL}, {QUANTILES} "
                    f"or paths with commas."
                )
        return tuple(p for p in asked if p in courses), tuple(p for p in asked if p not in courses)

    def _telling(self, graph: Graph) -> tuple[str, ...]:
        """What grades, bounds and rules look at, and the quantities of modules that are dosed."""
        grades = [c.name for g in read_grades(graph).values() for cs in g.values() for c in cs]
        looked_at = [*grades, *(x for r in self.regimen.rules for x in (r.when, r.until))]
        paths = {path for text in looked_at for path in _PATH.findall(text)}
        paths |= {b.path for b in self.disease.plausible}
        dosed = {d.target.removeprefix("clear:").split(".")[0] for d in self.doses}
        told = [p for p in (*graph.states, *graph.quantities) if p in paths]
        of_drug = [q for q in graph.quantities if q.split(".")[0] in dosed and q not in paths]
        return (*told, *of_drug)

    @cached_property
    def _moments(self) -> Any:
        return self.bench.moments(self.regimen)

    @cached_property
    def time(self) -> Variable:
        """Hours at which courses are recorded."""
        hours = self._moments / ticks(1.0)
        return Variable(("time",), hours, {"units": "h", "long_name": "since the first day"})

    @property
    def size(self) -> int:
        """Bytes that a patient takes while it is followed."""
        return 8 * len(self._moments) * len(self.bench.outputs) + 8 * len(self.values)

    def attributes(self) -> dict[str, Any]:
        """What the run is, for its store."""
        return {
            "disease": self.disease.name,
            "regimen": str(self.regimen),
            "seed": self.seed,
            "rtol": self.rtol,
            "immunarium": version("immunarium"),
            "notice": NOTICE,
            "coordinates": "histology",
            "warnings": "\n".join(
                filter(
                    None,
                    (
                        *told(self.doses),
                        *stretched(self.doses),
                        *overlapping(self.doses, self.therapies),
                        *self._cautions(),
                        self.disease.caveat,
                    ),
                )
            ),
        }

    def _cautions(self) -> list[str]:
        drugs = sorted({d.drug for d in self.doses})
        return [
            f"Warning: {drug} {caution.why} ({caution.path})."
            for drug in drugs
            for caution in self.therapies[drug].cautions
            if caution.path in self.bench.graph.units
        ]

    def rows(
        self, first: int, last: int, *, workers: int = 1, progress: Progress | None = None
    ) -> Rows:
        """Follow the plausible patients among the draws from ``first`` up to ``last``."""
        table = self.sampler.table(first, last)
        return self.follow(self.sampler.population(table), workers=workers, progress=progress)

    def follow(
        self, patients: Population, *, workers: int | None, progress: Progress | None = None
    ) -> Rows:
        """Follow patients to the end, and keep what was asked for."""
        if not len(patients):
            return Rows({"patient": Variable(("patient",), np.zeros(0, np.int64), {})})
        cohort = self.bench.follow(
            self.regimen, patients, rtol=self.rtol, workers=workers, progress=progress
        )
        variables = {
            "patient": _one_each(patients.table.index.to_numpy(np.int64), "1"),
            "histology": _one_each(patients.table["histology"].to_numpy(object), "1"),
            **self._values(cohort, patients),
            **_endpoints(cohort, self.bench, patients),
        }
        if self.keep == QUANTILES:
            followed = np.where(cohort.failed, np.nan, 1.0)[:, None]
            codes = {p: encode(cohort.recorded[p] * followed) for p in self.paths}
            return Rows(variables, codes)
        courses = {
            p: Variable(("patient", "time"), cohort.recorded[p], self.labels(p)) for p in self.paths
        }
        return Rows(courses | variables)

    def labels(self, path: str) -> dict[str, str]:
        """Unit and name of a course."""
        graph = self.bench.graph
        return {"units": graph.units[path], "long_name": graph.docs[path] or path}

    def _values(self, cohort: Cohort, patients: Population) -> dict[str, Variable]:
        covariates = self.sampler.model.covariates
        out: dict[str, Variable] = {}
        for path in self.values:
            if path in covariates:
                values = patients.table[path].to_numpy()
                out[path] = _one_each(values, covariates[path].unit)
            else:
                out[path] = _one_each(cohort.parameters[path], self.bench.graph.units[path])
        return out


def simulate(
    disease: Disease,
    therapies: Mapping[str, Therapy],
    regimen: Regimen,
    *,
    n: int,
    days: float,
    seed: int = 1,
    rtol: float = 1e-6,
    keep: str = FULL,
    workers: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Follow virtual patients of a disease through a regimen, with no support by rules.

    Everything stays in memory; an ``Ensemble`` is written to disk as it goes.

    Parameters
    ----------
    n : int
        Patients.
    days : float
        How long.
    seed : int
        Same seed, same bytes.
    rtol : float
        Relative tolerance of the engine.
    keep : str
        ``full``, or the paths to keep, with commas.
    progress : callable
        Told how many patients are done, and how many of those failed.

    Returns
    -------
    Dataset
        Every state and quantity, dims ``(patient, time)``, time in h: hourly until a day after the
        last dose, then every six hours; NaN after death. Every parameter, worst grade, number of
        doses and day of death, dims ``(patient,)``. Units on each.

    Raises
    ------
    ImmunoError
        No time, no patients, more numbers than fit, or a regimen that this disease cannot take.
    """
    asked = Simulation(disease, therapies, regimen, days=days, seed=seed, rtol=rtol, keep=keep)
    if keep == QUANTILES:
        raise TrialError("Quantiles over patients are for runs on disk: use an Ensemble.")
    numbers = len(asked.time.data) * max(len(asked.paths), 1)
    if n * numbers > _MOST:
        raise TrialError(
            f"{n} patients for {days:g} days do not fit into memory. "
            f"Write at most {_MOST / numbers:.0f} patients."
        )
    patients = Population.sample(disease, n, seed)
    rows = asked.follow(patients, workers=workers, progress=progress)
    attributes = asked.attributes() | {"implausible draws": patients.refused}
    del attributes["coordinates"]  # which a store needs, and xarray takes from it
    return dataset({**rows.variables, "time": asked.time}, attributes)


def dataset(variables: Mapping[str, Variable], attributes: Mapping[str, Any]) -> xr.Dataset:
    """Put variables together; those that name patients and times become coordinates."""
    data = xr.Dataset({name: tuple(v) for name, v in variables.items()}, attrs=dict(attributes))
    return data.set_coords(["histology"])


def _grid(regimen: Regimen, until: float) -> tuple[float, ...]:
    last = max((d.tick + d.dose.duration for d in regimen.doses), default=0) / ticks(1.0)
    turn = min(until, np.ceil(last) + _AFTER)
    hours = [*np.arange(0.0, turn, _FINE), *np.arange(turn, until, _COARSE), until]
    return tuple(map(float, hours))


def _endpoints(cohort: Cohort, bench: Bench, patients: Population) -> dict[str, Variable]:
    """Worst grades, doses, death and failure: one value per patient each."""
    table = assess.patient_table(cohort, bench, patients).drop(columns="histology")
    table["why_failed"] = pd.Series(cohort.why, index=table.index, dtype=object)
    out: dict[str, Variable] = {}
    for name in map(str, table):
        column = table[name]
        plain = column.to_numpy(object if column.dtype.kind not in "biuf" else None)
        out[name] = _one_each(plain, "d" if name == "death_day" else "1")
    return out


def _one_each(values: Any, unit: str) -> Variable:
    return Variable(("patient",), np.asarray(values), {"units": unit})


def quantile_variables(
    asked: Simulation, quantiles: Mapping[str, Any], shares: Sequence[float], paths: Iterable[str]
) -> dict[str, Variable]:
    """Label the quantiles over patients of each course."""
    out = {p: Variable(("quantile", "time"), quantiles[p], asked.labels(p)) for p in paths}
    return {**out, "quantile": Variable(("quantile",), np.array(shares), {"units": "1"})}
