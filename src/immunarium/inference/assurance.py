"""Assurance: power averaged over what is not known of the model's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core.progress import Progress
from immunarium.inference.experiment import moving_graph
from immunarium.inference.factors import Factor, Factors, paths_of, shift
from immunarium.inference.indices import SensitivityError
from immunarium.inference.moved import Mover
from immunarium.population import Population, stream
from immunarium.trial import Trial, TrialError
from immunarium.trial.endpoint import Endpoint
from immunarium.trial.enrolment import enrolled
from immunarium.trial.power import Outcomes, power
from immunarium.trial.powered import average, outcomes, prepared

Floats = NDArray[np.float64]
ASSUMED = "assumed"


@dataclass(frozen=True)
class Assurance:
    """Power over draws of uncertain numbers.

    Attributes
    ----------
    endpoint : Endpoint
    factors : tuple of Factor
        What is drawn, each evenly between its ends (on its scale) and by itself.
    sizes : DataFrame
        Row: patients per arm; columns ``power`` (with the numbers as they are), ``assurance low
        high`` (mean over the draws, with its 95 % interval), ``worst best`` (5 and 95 % of the
        draws).
    draws : DataFrame
        Row: draw; columns ``first second`` (what the arms come to) and the power at each size.
    """

    study: Trial
    endpoint: Endpoint
    factors: tuple[Factor, ...]
    sizes: pd.DataFrame
    draws: pd.DataFrame
    manifest: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "study": self.study.name,
            "endpoint": self.endpoint.name,
            "factors": [
                {"name": f.name, "low": f.low, "high": f.high, "unit": f.unit} for f in self.factors
            ],
            "sizes": self.sizes.reset_index().to_dict("records"),
            "draws": self.draws.to_dict("records"),
            "manifest": self.manifest,
        }


def assurance(
    trial: Trial,
    endpoint: str | None = None,
    *,
    sizes: Sequence[int],
    over: str = ASSUMED,
    within: float = 0.30,
    draws: int = 12,
    alpha: float = 0.05,
    replicates: int = 1000,
    seed: int = 1,
    pool: int = 500,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Assurance:
    """Average power over draws of numbers that are not known well.

    Each draw moves the centre of every number; all patients move with it, and the same patients
    are in every draw and in both arms. What a draw leaves is the difference of the arms in that
    world; trials are then drawn from it as for power.

    Parameters
    ----------
    sizes : sequence of int
        Patients per arm.
    over : str
        ``assumed``: every number of the tables whose evidence is that; or numbers by name, with
        their ranges, as for a sensitivity analysis.
    within : float
        How far an assumed number may lie from its value, as a share of it.
    draws : int
        A Latin hypercube of so many.
    pool : int
        Virtual patients of each draw.

    Raises
    ------
    ImmunoError
        Nothing is assumed, a name is unknown, or a number is out of range.
    """
    if draws < 2 or not sizes:
        raise TrialError("An assurance needs two draws or more, and a size. Write --n 100")
    if not 0 < within < 1:
        raise TrialError(f"Numbers within {100 * within:g} % of their value: write 0 to 100.")
    say = progress or _silent
    say(f"sampling {pool:,} virtual patients", 0, 0)
    patients, _ = enrolled(trial, pool, seed)
    factors = _factors(trial, patients, over, within)
    say("compiling", 0, 0)
    graph = moving_graph(patients, paths_of(factors))
    bench, wanted, arms = prepared(trial, patients, endpoint, graph)
    drawing = {"replicates": replicates, "alpha": alpha, "seed": seed}
    worlds, settled = _worlds(patients, factors, draws, seed)

    def of_world(i: int) -> dict[Any, float]:
        say("draws of what is assumed", i, draws + 1)
        rows = slice(i * len(patients), (i + 1) * len(patients))
        pair = outcomes(bench, wanted, arms, worlds.keep(rows), workers=workers)
        first, second = (_known(arm, settled[rows]) for arm in pair)
        found = {n: power(first, second, n, **drawing).share for n in sizes}
        return {"first": average(first), "second": average(second)} | found

    table = [of_world(i) for i in range(draws + 1)]
    moved = pd.DataFrame(table[1:])
    drawn = {"pool": len(patients), "draws": draws, "within": within, "over": over}
    return Assurance(
        study=trial,
        endpoint=wanted,
        factors=factors,
        sizes=pd.DataFrame([_over_draws(n, moved[n], table[0][n]) for n in sizes]).set_index("n"),
        draws=moved,
        manifest={"study": trial.name, "endpoint": wanted.name, "immunarium": version("immunarium")}
        | drawn
        | drawing,
    )


def _factors(trial: Trial, patients: Population, over: str, within: float) -> tuple[Factor, ...]:
    typical = Population.typical(trial.disease, next(iter(trial.shares)), trial.rows)
    known = Factors(typical, trial.arms[0].regimen)
    if over != ASSUMED:
        found = known.asked(over, within)
        if any(f.kind != "number" for f in found):
            raise SensitivityError("An assurance moves numbers of the tables, not the regimen.")
        return tuple(found)
    covariates = set(patients.model.covariates)
    names = [
        f.name
        for f in known.screened(within)
        if f.evidence == ASSUMED and f.centre and not covariates & set(f.of)
    ]
    if not names:
        raise SensitivityError(f"No number behind {trial.name} is assumed. Name some with --over.")
    return tuple(known.asked(", ".join(f"{n} = ±{100 * within:g} %" for n in names)))


def _worlds(
    patients: Population, factors: Sequence[Factor], draws: int, seed: int
) -> tuple[Population, NDArray[np.bool_]]:
    """Return the patients as they are, then once in every draw, and who found their rest."""
    rng = stream(seed, "draws of an assurance")
    values = {f: f.at((rng.permutation(draws) + rng.random(draws)) / draws) for f in factors}
    n = len(patients)
    each = {f: np.repeat(np.append(f.centre, v), n) for f, v in values.items()}
    shifts = {path: shift(f, v) for f, v in each.items() for path in f.of}
    table = pd.concat([patients.table] * (draws + 1))
    return Mover(patients).move(patients.with_table(table), shifts)


def _known(arm: Outcomes, settled: NDArray[np.bool_]) -> Outcomes:
    return replace(arm, values=np.where(settled, arm.values, np.nan))


def _over_draws(n: int, shares: pd.Series, as_it_is: float) -> dict[str, float]:
    error = 1.96 * float(shares.std(ddof=1)) / len(shares) ** 0.5
    middle = float(shares.mean())
    return {
        "n": n, "power": as_it_is, "assurance": middle,
        "low": max(0.0, middle - error), "high": min(1.0, middle + error),
        "worst": float(shares.quantile(0.05)), "best": float(shares.quantile(0.95)),
    }  # fmt: skip


def _silent(label: str, done: int, total: int) -> None:
    """Say nothing."""
