"""What a trial can establish about its own arithmetic, on a few of its patients, when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import CLEAR, Expr, Graph, evaluate, substitute, symbol
from immunarium.core.expr import ZERO
from immunarium.dosing import Regimen, resolve
from immunarium.dosing.resolve import ResolvedDose
from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, RunResult, compile_model, run
from immunarium.population import Population
from immunarium.trial.bench import RTOL
from immunarium.trial.protocol import TOLERATED, Trial
from immunarium.trial.result import TrialResult
from immunarium.trial.run import run_trial

Floats = NDArray[np.float64]
FEW = 16
"""Patients, the first of the pool, whose arithmetic is checked."""
SOME = 64
"""Patients, the first of the pool, in whom the tolerance is tightened."""
TIGHTER = (2, 100)
_DAY = 24 * TICKS_PER_HOUR
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Check:
    """One property that the code must have, and how far it is from it.

    Attributes
    ----------
    found, limit : float
        The largest departure in any patient, and the most that is rounding.
    """

    name: str
    what: str
    found: float
    limit: float

    @property
    def passed(self) -> bool:
        """Whether it is at most rounding; what is not a number is not."""
        return bool(self.found <= self.limit)


@dataclass(frozen=True)
class Refined:
    """The same patients at tighter tolerances of the engine.

    Attributes
    ----------
    targets : DataFrame
        Row: target. Columns ``id name unit as_run halved hundredth width``, the last of the
        interval that holds 90 % of simulated trials.
    patients : DataFrame
        Row: arm. Columns ``arm patients response death doses grades``: how many patients differ at
        a hundredth of the tolerance in their best response, death, doses given and worst grades.
    """

    targets: pd.DataFrame
    patients: pd.DataFrame


def verify(trial: Trial, *, seed: int = 1, workers: int | None = None) -> tuple[Check, ...]:
    """Check machine code, bookkeeping of amounts, and that a patient does not depend on others.

    Every arm is given without rules and support, until a day after its last dose.
    """
    patients = Population.sample(trial.disease, FEW, seed, shares=trial.shares, study=trial.rows)
    runs = [_Ran.of(trial, arm.regimen, patients, workers) for arm in trial.arms]
    return (
        Check(
            "equations",
            "Rates of change by the machine code, and by the equations as written evaluated "
            "without it; largest difference, of the state's scale per hour or of the rate.",
            max(r.equations() for r in runs),
            _ROUNDING,
        ),
        Check(
            "amounts",
            "Of every species that is dosed: amount at the end, plus what left it, less the "
            "amount at the start, against the sum of the doses; largest difference, of the dose.",
            max(r.amounts() for r in runs),
            _ROUNDING,
        ),
        Check(
            "company",
            "The first patients followed alone and among others, by one processor and by all; "
            "largest difference.",
            max(r.alone() for r in runs),
            0.0,
        ),
    )


@dataclass(frozen=True)
class _Ran:
    """An arm in a graph with one more state for each dosed species: what its reactions made."""

    graph: Graph
    patients: Population
    doses: Sequence[ResolvedDose]
    follow: Callable[[slice, int | None], RunResult]
    workers: int | None

    @classmethod
    def of(cls, trial: Trial, regimen: Regimen, patients: Population, workers: int | None) -> _Ran:
        resolved = resolve(regimen, trial.therapies, patients.table, patients.graph)
        doses = [one for d in resolved for one in _apart(d)]
        every = {r.path for t in trial.therapies.values() for r in t.routes.values()}
        every |= {d.target for d in doses}
        graph = _accounts(patients.graph, sorted(every & set(patients.graph.states)))
        kernel = compile_model(graph, _read(graph), {})
        end = max((d.tick + d.duration for d in doses), default=0) + _DAY
        initial, parameters = patients.initial(), patients.parameters()
        initial = np.pad(initial, ((0, 0), (0, len(graph.states) - initial.shape[1])))

        def follow(rows: slice, workers: int | None) -> RunResult:
            plan = Plan(
                doses=tuple(
                    Dose(d.tick, d.duration, d.target, d.amounts[rows], d.drug, d.course)
                    for d in doses
                ),
                rules=(), end=end, record_at=np.array([0, end]), reduces=(), ends_when=None,
            )  # fmt: skip
            return run(kernel, initial[rows], parameters[rows], plan, rtol=RTOL, workers=workers)

        return cls(graph, patients, doses, follow, workers)

    @cached_property
    def _all(self) -> RunResult:
        return self.follow(slice(None), self.workers)

    def equations(self) -> float:
        """Difference of the rates that were recorded from those of the graph."""
        got = self._all.recorded
        n = len(self.graph.states)
        worst = 0.0
        parameters = dict(zip(self.graph.parameters, self.patients.parameters().T, strict=True))
        for when in range(got.shape[1]):
            states = dict(zip(self.graph.states, got[:, when, :n].T, strict=True))
            slopes = evaluate(_slopes(self.graph), {**parameters, **states})
            wanted = np.stack([np.broadcast_to(s, len(got)) for s in slopes], axis=1)
            room = np.maximum(np.abs(wanted), self.graph.scales)
            worst = max(worst, float(np.max(np.abs(got[:, when, n:] - wanted) / room)))
        return worst

    def amounts(self) -> float:
        """Difference of each dosed species' account from the sum of its doses."""
        got, at = self._all.recorded, self.graph.states.index
        worst = 0.0
        for species in {d.target for d in self.doses} & set(self.graph.states):
            moved = got[:, 1] - got[:, 0]
            given = np.sum([d.amounts for d in self.doses if d.target == species], axis=0)
            kept = moved[:, at(species)] - moved[:, at(_account(species))]
            worst = max(worst, float(np.max(np.abs(kept - given) / given)))
        return worst

    def alone(self) -> float:
        """Difference of the first patients from themselves in company."""
        some = slice(FEW // 3)
        together, alone = self._all.recorded[some], self.follow(some, 1).recorded
        return float(np.max(np.abs(together - alone)))


def _apart(dose: ResolvedDose) -> Iterator[ResolvedDose]:
    """Split a dose that patients get at times of their own into doses of those who get it alike."""
    if dose.after is None or dose.lasts is None:
        yield dose
        return
    times, which = np.unique(
        np.stack([dose.after, dose.lasts], axis=1), axis=0, return_inverse=True
    )
    for i, (after, lasts) in enumerate(times):
        if lasts >= 0:
            amounts = np.where(which.ravel() == i, dose.amounts, 0.0)
            yield replace(
                dose, tick=dose.tick + int(after), duration=int(lasts), amounts=amounts,
                after=None, lasts=None,
            )  # fmt: skip


def _accounts(graph: Graph, dosed: Sequence[str]) -> Graph:
    """Give a graph one more state for each dosed species: what all but its doses added."""
    at = graph.states.index
    none = {i: ZERO for i in graph.inputs if not i.startswith(CLEAR)}  # what is drawn, counts
    return replace(
        graph,
        states=(*graph.states, *map(_account, dosed)),
        rates=(*graph.rates, *(substitute(graph.rates[at(s)], none) for s in dosed)),
        scales=np.append(graph.scales, [graph.scales[at(s)] for s in dosed]),
        units=graph.units | {_account(s): graph.units[s] for s in dosed},
    )


def _account(species: str) -> str:
    return f"account.{species}"


def _slopes(graph: Graph) -> list[Expr]:
    none = dict.fromkeys(graph.inputs, ZERO)
    memo: dict[int, Expr] = {}
    return [substitute(r, none, memo) for r in graph.rates]


def _read(graph: Graph) -> dict[str, Expr]:
    slopes = zip(graph.states, _slopes(graph), strict=True)
    return {s: symbol(s) for s in graph.states} | {f"slope of {s}": x for s, x in slopes}


def refine(trial: Trial, *, seed: int = 1, workers: int | None = None) -> Refined:
    """Run a trial in a few patients at its tolerance, half of it and a hundredth of it.

    Its arms side by side: a dose that an escalation names moves by steps only.
    """
    read = tuple(t for t in trial.targets if t.observable.take != TOLERATED)
    trial = replace(trial, design=None, targets=read)
    as_run, halved, hundredth = (
        run_trial(
            trial, pool=SOME, seed=seed, workers=workers, sweep=False, rtol=RTOL / by,
            replicates=trials,
        )
        for by, trials in ((1, 1000), *((by, 2) for by in TIGHTER))  # of one the interval is shown
    )  # fmt: skip
    rows = [
        {
            "id": s.id, "name": s.name, "unit": s.unit, "as_run": s.simulated,
            "halved": h.simulated, "hundredth": c.simulated,
            "width": s.interval90[1] - s.interval90[0],
        }
        for s, h, c in zip(as_run.scores, halved.scores, hundredth.scores, strict=True)
    ]  # fmt: skip
    return Refined(pd.DataFrame(rows), _differ(as_run, hundredth))


def _differ(one: TrialResult, other: TrialResult) -> pd.DataFrame:
    rows = []
    for name, arm in one.arms.items():
        a, b = arm.patients, other.arms[name].patients
        grades = [c for c in a if str(c).startswith("grade.")]
        rows.append(
            {
                "arm": arm.label,
                "patients": len(a),
                "response": int((a["response"] != b["response"]).sum()) if "response" in a else 0,
                "death": int((a["death"] != b["death"]).sum()),
                "doses": int((a["doses_given"] != b["doses_given"]).sum()),
                "grades": int((a[grades] != b[grades]).any(axis=1).sum()),
            }
        )
    return pd.DataFrame(rows)
