"""A fixed cohort of virtual patients, run with other numbers and other regimens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Graph, Therapy, did_you_mean, written
from immunarium.dosing import resolve
from immunarium.inference.factors import Factor, given, paths_of, shift
from immunarium.inference.indices import SensitivityError
from immunarium.inference.moved import Mover
from immunarium.inference.outputs import Output, Reader
from immunarium.parameters import Tables
from immunarium.population import Population
from immunarium.trial import Arm, Trial
from immunarium.trial.asked import short_hash
from immunarium.trial.bench import Progress
from immunarium.trial.ctcae import grade_rows
from immunarium.trial.enrolment import enrolled
from immunarium.trial.scales import scale

Floats = NDArray[np.float64]


def arm_of(trial: Trial, name: str | None, endpoints: Sequence[str] = ()) -> Arm:
    """Return an arm by its name; by default that of the first target asked about, or the first.

    Raises
    ------
    SensitivityError
        There is none of that name.
    """
    arms = {a.name: a for a in trial.arms}
    if name is not None and name not in arms:
        raise SensitivityError(f"{trial.name} has no arm {name!r}.{did_you_mean(name, arms)}")
    own = (t.arm for e in endpoints for t in trial.targets if t.id == e.strip())
    return arms[name or next(own, trial.arms[0].name)]


def cohort_of(trial: Trial, n: int, seed: int) -> Population:
    """Virtual patients of a trial, or the typical one."""
    if n == 0:
        return Population.typical(trial.disease, next(iter(trial.shares)), trial.rows)
    return enrolled(trial, n, seed)[0]


class Experiment:
    """How the outputs of an arm answer when factors move.

    The same patients in every run, each with their own draws (also of measurement errors and of
    death), so that a factor that nothing reads changes nothing at all.

    Parameters
    ----------
    patients : Population
        The cohort.
    """

    def __init__(
        self, trial: Trial, arm: Arm, outputs: tuple[Output, ...], factors: Sequence[Factor],
        patients: Population,
    ) -> None:  # fmt: skip
        self.arm, self.factors, self.patients = arm, tuple(factors), patients
        doses = {f.of[0] for f in factors if f.kind == "dose"}
        self.asked, self.trial = trial, replace(trial, therapies=_scalable(trial.therapies, doses))
        graph = moving_graph(patients, paths_of(factors))
        self.reader = Reader(self.trial, graph, outputs, arm.name)
        self.mover = Mover(patients)

    def __call__(
        self, unit: Floats, workers: int | None = None, progress: Progress | None = None
    ) -> tuple[Floats, NDArray[np.int64]]:
        """Run samples.

        Parameters
        ----------
        unit : ndarray, shape (samples, factors)
            Each from 0 to 1, from low to high.

        Returns
        -------
        ndarray, shape (samples, outputs); ndarray of int, shape (samples,)
            Over the cohort, and how many of its patients could not be followed.
        """
        values = [f.at(unit[:, j]) for j, f in enumerate(self.factors)]
        return self._run(len(unit), dict(zip(self.factors, values, strict=True)), workers, progress)

    def as_it_is(self, workers: int | None = None) -> Floats:
        """Return the outputs of the trial as it is written, shape (outputs,)."""
        found, _ = self._run(1, {f: np.array([f.centre]) for f in self.factors}, workers, None)
        return found[0]

    def _run(
        self, samples: int, values: Mapping[Factor, Floats], workers: int | None,
        progress: Progress | None,
    ) -> tuple[Floats, NDArray[np.int64]]:  # fmt: skip
        n = len(self.patients)
        table = pd.concat([self.patients.table] * samples)
        each = {f: np.repeat(v, n) for f, v in values.items()}
        shifts = {p: shift(f, v) for f, v in each.items() if f.kind == "number" for p in f.of}
        moved, settled = self.mover.move(self.patients.with_table(table), shifts)
        scaled = {f: v for f, v in each.items() if f.kind == "dose"}
        moved = replace(moved, table=_with_doses(moved.table, self.asked.therapies, scaled))
        out = np.full((samples * n, len(self.reader.outputs)), np.nan)
        done = failed = 0

        def told(now_done: int, now_failed: int) -> None:
            if progress:
                progress(done + now_done, failed + now_failed)

        for rows, regimen in self._regimens(samples * n, each):
            some = moved if rows.all() else moved.keep(rows)
            cohort = self.reader.bench.follow(regimen, some, workers=workers, progress=told)
            out[rows], _ = self.reader(cohort, some)
            done, failed = done + len(some), failed + int(cohort.failed.sum())
        out[~settled] = np.nan
        by_sample = out.reshape(samples, n, -1)
        lost = np.isnan(by_sample).all(axis=2).sum(axis=1)
        found = [o.of_cohort(by_sample[:, :, i]) for i, o in enumerate(self.reader.outputs)]
        return np.stack(found, axis=1), lost.astype(np.int64)

    def _regimens(self, n: int, each: Mapping[Factor, Floats]) -> Any:
        """Yield who gets the same regimen, and that."""
        timed = {f: v for f, v in each.items() if f.kind in ("interval", "doses")}
        if not timed:
            yield np.ones(n, dtype=bool), self.arm.regimen
            return
        keys = np.stack(list(timed.values()), axis=1)
        distinct, which = np.unique(keys, axis=0, return_inverse=True)
        for i, key in enumerate(distinct):
            moved = {f.name: (f, float(v)) for f, v in zip(timed, key, strict=True)}
            yield np.asarray(which.ravel() == i), given(self.arm.regimen, moved)

    def manifest(self) -> dict[str, Any]:
        """Say what decides the outputs, without the samples."""
        bench, trial = self.reader.bench, self.trial
        graph = bench.graph
        looked_at = sorted(bench.conditions)  # they come from a set
        read = [*bench.outputs.values(), *(bench.conditions[c] for c in looked_at)]
        numbers = [
            f"{h} {path} {x.spread!r} {x.law} {x.shape!r} {x.rest}"
            for h, tables in self.patients.tables.items()
            for path, x in tables.items()
        ]
        centres = [x.centre for t in self.patients.tables.values() for x in t.values()]
        table = _with_doses(
            self.patients.table, self.asked.therapies,
            {f: np.ones(len(self.patients)) for f in self.factors if f.kind == "dose"},
        )  # fmt: skip
        doses = resolve(self.arm.regimen, trial.therapies, table, bench.graph)
        model = written([*graph.rates, *graph.derived.values(), *read])
        rest = [str(trial.support), str(trial.visits), str(trial.until), str(trial.record),
                *(str(grade) for grade in grade_rows()), *looked_at, trial.rules_see,
                str(trial.dropout), *(str(a.regimen) for a in trial.arms),
                *(repr(e) for e in bench.hazards.events), str(trial.disease.lead_in),
                *(repr(scale(s)) for s in trial.disease.scores)]  # fmt: skip
        return {
            "study": trial.name,
            "arm": self.arm.name,
            "regimen": str(self.arm.regimen),
            "outputs": [o.name for o in self.reader.outputs],
            "factors": [[f.name, f.low, f.centre, f.high, f.unit] for f in self.factors],
            "patients": len(self.patients),
            "seed": self.patients.seed,
            "model": short_hash(repr(graph.parameters), repr(graph.states), *model),
            "numbers": short_hash(*numbers, *written(centres)),
            "cohort": short_hash(self.patients.table.to_csv(float_format="%.17g")),
            "protocol": short_hash(
                *rest,
                *(
                    f"{d.tick} {d.duration} {d.target} {d.amounts.tolist()} {_own(d.after)} "
                    f"{_own(d.lasts)}"
                    for d in doses
                ),
            ),
        }


def _own(times: NDArray[np.int64] | None) -> list[int] | None:
    """Times that patients have of their own, to be written."""
    return None if times is None else times.tolist()


def moving_graph(patients: Population, moved: set[str]) -> Graph:
    """Return the model's graph, in which what is moved is no constant.

    Parameters
    ----------
    moved : set of str
        Paths of numbers, which patients then have each of their own.
    """
    tables = {
        h: Tables(
            (p, replace(n, spread=n.spread or 1.0) if p in moved else n) for p, n in t.items()
        )
        for h, t in patients.tables.items()
    }
    return replace(patients, tables=tables).graph


def _column(drug: str, route: str) -> str:
    return f"given.{drug} {route}"


def _scalable(therapies: Mapping[str, Therapy], drugs: set[str]) -> dict[str, Therapy]:
    """Therapies, some of whose amounts each patient's own number is multiplied with."""
    out = dict(therapies)
    for drug in drugs:
        routes = {
            word: replace(route, bioavailability=_column(drug, word))
            for word, route in therapies[drug].routes.items()
        }
        out[drug] = replace(therapies[drug], routes=routes)
    return out


def _with_doses(
    table: pd.DataFrame, therapies: Mapping[str, Therapy], scaled: Mapping[Factor, Floats]
) -> pd.DataFrame:
    columns: dict[str, Floats] = {}
    for factor, values in scaled.items():
        drug = factor.of[0]
        for word, route in therapies[drug].routes.items():
            share = table.get(route.bioavailability, 1.0)
            columns[_column(drug, word)] = np.asarray(values * share)
    return table.assign(**columns) if columns else table
