"""A trial's model, compiled once with everything its arms, rules and targets read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Expr, Graph
from immunarium.dosing import Regimen
from immunarium.engine import Journey, Kernel, Reduce, Titrate
from immunarium.population import Population
from immunarium.trial.adverse_events import Hazards, present
from immunarium.trial.assays import measured
from immunarium.trial.calls import calls
from immunarium.trial.chart import Chart
from immunarium.trial.cohort import Cohort, needed
from immunarium.trial.conditions import Comparison, read_condition
from immunarium.trial.conduct import START, Conductor
from immunarium.trial.ctcae import Grades, read_grades
from immunarium.trial.endpoint import Endpoint
from immunarium.trial.estimate import default_endpoints, rated_endpoints
from immunarium.trial.observe import extremes, ticks
from immunarium.trial.periods import ends
from immunarium.trial.probes import Probe
from immunarium.trial.protocol import Trial, TrialError, level
from immunarium.trial.ratings import Ratings, dropped_out, rate
from immunarium.trial.risks import END, causes_of, deaths, draws, with_draws
from immunarium.trial.rulebook import RuleBook
from immunarium.trial.sight import Measure, Record, Rows, hidden
from immunarium.trial.slots import Slots
from immunarium.trial.targets import at_start, check_lesions, probe_of, raters_of
from immunarium.trial.visits import visit_hours
from immunarium.trial.watch import Watch

RTOL = 1e-3  # changes no response, dose or death: docs/decisions/0002-engine.md
_LESION = re.compile(r"lesion_(\d+)\.volume")
Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Bench:
    """The model of a trial, and what is read from it.

    Attributes
    ----------
    graph : Graph
        The model's, with one more parameter for each cause of death: the patient's draw.
    lesions : tuple of str
        Volumes, in the order of their numbers.
    outputs, conditions : mapping of str to Expr
        What is recorded or reduced, and what support looks at.
    times : ndarray of int64
        Ticks that are recorded whatever is given.
    endpoints : tuple of Endpoint
        Of the trial, or those of a trial that names none.
    watch : Watch
        What the endpoints need.
    rules : RuleBook
        The rules of all regimens.
    hazards : Hazards
        Adverse events that are drawn.
    at_start : mapping of str to Expr
        Conditions of targets on patients at the start.
    """

    trial: Trial
    graph: Graph
    grades: Grades
    probes: tuple[Probe, ...]
    lesions: tuple[str, ...]
    causes: tuple[str, ...]
    outputs: Mapping[str, Expr]
    conditions: Mapping[str, Expr]
    times: NDArray[np.int64]
    reduces: tuple[Reduce, ...]
    endpoints: tuple[Endpoint, ...]
    watch: Watch
    rules: RuleBook
    hazards: Hazards = field(default_factory=Hazards)
    at_start: Mapping[str, Expr] = field(default_factory=dict)

    @classmethod
    def of(cls, trial: Trial, model_graph: Graph) -> Bench:
        """Read every condition.

        Raises
        ------
        ImmunoError
            A quantity or unit in a rule or target that the model does not know.
        """
        causes = causes_of(model_graph)
        graph = with_draws(model_graph)
        grades = read_grades(graph)
        raters = raters_of(trial)
        probes = tuple(probe_of(trial, t, graph, grades, raters) for t in trial.targets)
        lesions, hazards, scores = _lesions(graph), Hazards(present(graph)), trial.disease.scores
        if trial.visits and not lesions and not scores:
            raise TrialError(
                f"{trial.name} has visits, and {trial.disease.name} has no lesions to measure and "
                f"no scores to rate."
            )
        graded = [c for rows in grades.values() for cs in rows.values() for c in cs]
        outputs: dict[str, Expr] = {
            **needed(graded),
            **{path: graph.value(path) for path in (*trial.courses, *lesions)},
            **deaths(graph, causes),
            **hazards.outputs(graph),
        }
        if trial.visits:
            outputs |= {path: graph.value(path) for path in scores.values()}
        for p in probes:
            outputs |= p.outputs
        endpoints = trial.endpoints or default_endpoints(
            bool(trial.visits and lesions), rated_endpoints(trial)
        )
        check_lesions(endpoints, lesions, trial)
        watch = Watch.of(endpoints, graph, grades, trial.until, raters)
        outputs |= watch.outputs
        rules = RuleBook.of(trial, graph, grades)
        outputs |= {p: x for p, x in rules.outputs(graph).items() if p not in outputs}
        conditions = {
            text: read_condition(text, graph, grades).truth() for text in _conditions(trial)
        }
        reduces = {
            r.name: r
            for r in (
                *_reduces(trial, graded, causes, probes),
                *watch.reduces,
                *hazards.reduces(trial.until),
            )
        }
        return cls(
            trial, graph, grades, probes, lesions, causes, outputs, conditions,
            _times(trial, (*probes, watch)), tuple(reduces.values()), endpoints, watch, rules,
            hazards, at_start(trial),
        )  # fmt: skip

    @cached_property
    def slots(self) -> Slots:
        """The models with all that is read from them, compiled when first asked for."""
        return Slots(self.graph, self.lesions, self.outputs, self.conditions)

    def follow(
        self,
        regimen: Regimen,
        patients: Population,
        *,
        rtol: float = RTOL,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Cohort:
        """Give a regimen to patients and follow them to the end.

        Parameters
        ----------
        rtol : float
            Relative tolerance of the engine.
        progress : callable
            Told how many patients are done, and how many of those failed.
        """
        parts: list[tuple[NDArray[np.bool_], Cohort]] = []
        done = failed = 0

        def told(now_done: int, now_failed: int) -> None:
            if progress:
                progress(done + now_done, failed + now_failed)

        for rows, kernel, columns in self.slots.groups(patients.initial()):
            some = patients if rows.all() else patients.keep(rows)
            part = self._follow(kernel, columns, regimen, some, rtol, workers, told)
            parts.append((rows, part))
            done, failed = done + len(part), failed + int(part.failed.sum())
        return Cohort.together(parts)

    def _follow(
        self,
        kernel: Kernel,
        columns: NDArray[np.intp],
        regimen: Regimen,
        patients: Population,
        rtol: float,
        workers: int | None,
        progress: Progress,
    ) -> Cohort:
        """Follow patients in one kernel, which has some of the graph's states."""
        treatments = self.rules.treatments(regimen)
        grid = self.moments(regimen)
        times = np.union1d(grid, self.rules.memory(treatments))
        parameters = np.hstack([patients.parameters(), draws(self.causes, self.hazards, patients)])
        known = {p: parameters[:, i] for i, p in enumerate(self.graph.parameters)}
        journey = Journey(
            kernel, patients.initial()[:, columns], parameters, end=ticks(self.trial.until),
            record_at=times, reduces=self.reduces, ends_when=END if self.causes else None,
            rtol=rtol, workers=workers,
        )  # fmt: skip
        places = {name: i for i, name in enumerate(self.outputs)}
        record = Record(times, journey.known.recorded, journey.known.now, places, known)
        chart = Chart(self.trial.therapies, patients.table, self.graph)
        numbers = patients.table.index.to_numpy()
        conductor = Conductor(
            journey, chart, treatments, record, self._measure(patients),
            calls(self, patients, record), self._support, numbers,
        )  # fmt: skip
        conductor.lead(progress)
        mine, got = chart.doses_of(START), journey.result()
        asked = np.isin(times, grid)
        values = got.recorded if asked.all() else got.recorded[:, asked]
        recorded = {name: values[:, :, i] for i, name in enumerate(self.outputs)}
        left = dropped_out(self.trial, patients.seed, numbers)
        came = self.hazards.came(got.reduced, left)
        return Cohort(
            times=grid / ticks(1.0),
            recorded=recorded,
            reduced=got.reduced,
            parameters=known,
            ended=got.ended_at,
            by_treatment=self._by_treatment(got.reduced, got.ended_at),
            given=chart.code[:, mine],
            drugs=tuple(chart.columns[k].drug for k in mine),
            failed=got.failed,
            why=[got.why(i) if failed else "" for i, failed in enumerate(got.failed)],
            decisions=conductor.log.table(),
            doses=chart.table(numbers if conductor.rules else numbers[:0]),
            ratings=self._ratings(patients, grid / ticks(1.0), recorded, got.ended_at / 24),
            events=came,
            over=self.hazards.ends(came, patients.seed, numbers),
            at_start={text: patients.holds(x) for text, x in self.at_start.items()},
            left=left if self.trial.dropout else None,
        )

    def _ratings(
        self, patients: Population, times: Floats, recorded: Mapping[str, Floats], ended: Floats
    ) -> Ratings | None:
        """Rate the scores of the disease, where there are visits."""
        if not (self.trial.visits and self.trial.disease.scores):
            return None
        index = patients.table.index.to_numpy()
        return rate(self.trial, patients.seed, index, times, recorded, ended)

    def moments(self, regimen: Regimen) -> NDArray[np.int64]:
        """Ticks that are recorded: also where infusions of the regimen end, so that peaks show.

        Not those of other arms, so that an arm is the same in any company.
        """
        last = ends(regimen, self.trial)
        return np.union1d(self.times, last[last <= ticks(self.trial.until)])

    def _measure(self, patients: Population) -> Measure:
        """What rules see of a value: it with the error of its assay, or it."""
        if self.trial.rules_see == "state":
            return hidden
        index = patients.table.index.to_numpy()

        def measure(values: Floats, path: str, rows: Rows, when: str) -> Floats:
            return measured(values, path, patients.seed, index[rows], when, self.graph.units[path])

        return measure

    def _by_treatment(self, reduced: pd.DataFrame, ended: Floats) -> NDArray[np.bool_]:
        """Whether treatment was the cause: its hazard is the one that reached its draw."""
        if "treatment" not in self.causes:
            return np.zeros(len(ended), dtype=bool)
        margins = [reduced[f"peak of death of {c}"].to_numpy() for c in self.causes]
        most = np.argmax(np.stack(margins, axis=1), axis=1)
        return ~np.isnan(ended) & (most == self.causes.index("treatment"))

    def _support(self, courses: Sequence[tuple[int, int]]) -> list[Titrate]:
        """Rules of support, from the first dose of each course until some time after its last."""
        starts = [*(first for first, _ in courses), ticks(self.trial.until)]
        return [
            Titrate(
                start, min(last + ticks(s.after), following), ticks(s.every),
                s.target, s.start, s.stop,
                level(s.step, self.graph.units[s.target]),
                level(s.maximum, self.graph.units[s.target]),
            )
            for s in self.trial.support
            for (start, last), following in zip(courses, starts[1:], strict=True)
        ]  # fmt: skip


def _lesions(graph: Graph) -> tuple[str, ...]:
    found = {p: m for p in graph.units if (m := _LESION.fullmatch(p))}
    return tuple(sorted(found, key=lambda p: int(found[p][1])))


def _conditions(trial: Trial) -> set[str]:
    """Every condition that support looks at."""
    return {text for s in trial.support for text in (s.start, s.stop)}


def _reduces(
    trial: Trial, graded: list[Comparison], causes: tuple[str, ...], probes: tuple[Probe, ...]
) -> Iterable[Reduce]:
    yield from extremes(graded, trial.until)
    for cause in causes:
        name = f"death of {cause}"
        yield Reduce(f"peak of {name}", name, "peak", 0, ticks(trial.until))
    for p in probes:
        yield from p.reduces


def _times(trial: Trial, probes: tuple[Probe | Watch, ...]) -> NDArray[np.int64]:
    """Ticks that are recorded whatever is given."""
    visits = visit_hours(trial.visits) if trial.visits else []
    wanted = {0.0, trial.until, *trial.record, *visits, *(t for p in probes for t in p.times)}
    marks = np.array([ticks(t) for t in wanted], dtype=np.int64)
    return np.unique(marks[marks <= ticks(trial.until)])
