"""What endpoints need of a run, and what is then known of the patients of an arm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Expr, Graph, ImmunoError, did_you_mean
from immunarium.dosing import rules
from immunarium.engine import Reduce
from immunarium.trial.adverse_events import adverse_events, event_of
from immunarium.trial.cohort import Cohort, needed
from immunarium.trial.conditions import Condition, read_condition
from immunarium.trial.ctcae import Grades, told_apart
from immunarium.trial.decisions import SAID
from immunarium.trial.endpoint import (
    ANY_GRADE,
    CROSSED,
    RESCUE,
    STOPPED,
    Endpoint,
    EndpointError,
)
from immunarium.trial.observe import extremes
from immunarium.trial.onsets import onset, severe
from immunarium.trial.probes import Raters
from immunarium.trial.protocol import EVENT
from immunarium.trial.rated import read_score
from immunarium.trial.ratings import Ratings, visit_at
from immunarium.trial.scales import scale

Floats = NDArray[np.float64]
_DECIDED = {STOPPED: SAID[rules.STOP], RESCUE: SAID[rules.RESCUE], CROSSED: SAID[rules.CROSS]}
"""By intercurrent event: what the log of decisions calls it."""


@dataclass(frozen=True)
class Watch:
    """What endpoints need of a run.

    Attributes
    ----------
    conditions : mapping of str to Condition
        By their text.
    outputs : mapping of str to Expr
        What must be recorded.
    reduces : tuple of Reduce
    times : tuple of float
        Hours that must be on the grid.
    means : mapping of str to Endpoint
        Endpoints that are means, by name.
    units : mapping of str to str
        Of the means.
    severe : mapping of str to int
        By the text of an endpoint that asks for any toxicity of a grade: that grade.
    grades : Grades
        Terms of which one is enough for it.
    """

    conditions: Mapping[str, Condition]
    outputs: Mapping[str, Expr]
    reduces: tuple[Reduce, ...]
    times: tuple[float, ...]
    means: Mapping[str, Endpoint] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    severe: Mapping[str, int] = field(default_factory=dict)
    grades: Grades = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        endpoints: Sequence[Endpoint],
        graph: Graph,
        grades: Grades,
        until: float,
        raters: Raters | None = None,
    ) -> Watch:
        """Read every condition and quantity of the endpoints.

        Parameters
        ----------
        until : float
            Hours of follow-up.
        raters : Raters, optional
            What scores there are.

        Raises
        ------
        ImmunoError
            A quantity, unit or term that the model does not know, or a time after the follow-up.
        """
        conditions: dict[str, Condition] = {}
        means = {e.name: e for e in endpoints if e.kind == "mean"}
        for e in endpoints:
            _check(e, graph, until)
            check_scores(e, raters or Raters())
            for event in e.adverse:
                event_of(event.removeprefix(EVENT), graph)
            conditions |= {text: _read(e, text, graph, grades) for text in e.conditions}
        asked = {text for e in endpoints for text in e.grades}
        counted = {t: rows for t, rows in grades.items() if asked and t not in told_apart()}
        compared = [c for x in conditions.values() for c in x.any_of]
        compared += [c for rows in counted.values() for cs in rows.values() for c in cs]
        return cls(
            conditions,
            needed(compared) | {e.of: graph.value(e.of) for e in means.values() if not e.scale},
            extremes(compared, until),
            tuple({e.at for e in means.values() if not e.scale}),
            means,
            {e.name: scale(e.scale).unit if e.scale else graph.units[e.of] for e in means.values()},
            {text: _least(text) for text in asked},
            counted,
        )


def _check(endpoint: Endpoint, graph: Graph, until: float) -> None:
    if endpoint.at > until:
        raise EndpointError(
            f"Endpoint {endpoint.name!r} is read on day {endpoint.at / 24:g}, and the follow-up "
            f"ends on day {until / 24:g}. Write an earlier time, or follow longer."
        )
    if endpoint.kind == "mean" and not endpoint.scale and endpoint.of not in graph.units:
        raise EndpointError(
            f"Endpoint {endpoint.name!r}: this model has no quantity {endpoint.of!r}."
            f"{did_you_mean(endpoint.of, graph.units)}"
        )


def check_scores(endpoint: Endpoint, raters: Raters) -> None:
    """Refuse scores that nobody rates, or not on that day.

    Raises
    ------
    EndpointError
        Says which endpoint.
    """
    said = endpoint.rated
    try:
        for asked in (*said, *filter(None, [endpoint.scale])):
            raters.check(asked)
        if (said or endpoint.scale) and not np.isnan(endpoint.at) and endpoint.kind != "time":
            visit_at(raters.planned, endpoint.at / 24)
        if not np.isnan(endpoint.since):
            visit_at(raters.planned, endpoint.since / 24)
    except ImmunoError as e:
        raise EndpointError(f"Endpoint {endpoint.name!r}: {e}") from None


def _read(endpoint: Endpoint, text: str, graph: Graph, grades: Grades) -> Condition:
    try:
        return read_condition(text, graph, grades)
    except ImmunoError as e:
        raise EndpointError(f"Endpoint {endpoint.name!r}: {e}") from None


def _least(text: str) -> int:
    found = ANY_GRADE.fullmatch(text)
    assert found is not None  # the endpoint has matched it
    return int(found[1])


@dataclass(frozen=True)
class ArmData:
    """What is known of the patients of one arm.

    Attributes
    ----------
    name, label : str
    n : int
        Patients in the published trial.
    patients : DataFrame
        As ``assess.patient_table``; also ``dropout_day`` (infinite or NaN: stays) where patients
        may leave, and ``response_day`` where the day of the first confirmed response is known.
    visits : DataFrame, optional
        As ``assess.visit_table``.
    days : mapping of str to ndarray, shape (patients,)
        Day on which each condition first held and each intercurrent event came; NaN for never.
    changes : mapping of str to ndarray, shape (patients,)
        By the name of an endpoint that is a mean: the change from the baseline.
    units : mapping of str to str
        Of the changes.
    ratings : Ratings, optional
        Scores at visits.
    """

    name: str
    label: str
    n: int
    patients: pd.DataFrame
    visits: pd.DataFrame | None = None
    days: Mapping[str, Floats] = field(default_factory=dict)
    changes: Mapping[str, Floats] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    ratings: Ratings | None = None

    @classmethod
    def of(
        cls,
        name: str,
        label: str,
        n: int,
        cohort: Cohort,
        watch: Watch,
        patients: pd.DataFrame,
        visits: pd.DataFrame | None = None,
        decisions: pd.DataFrame | None = None,
    ) -> ArmData:
        """Read from a cohort what the endpoints need.

        Parameters
        ----------
        decisions : DataFrame, optional
            What rules decided: ``patient day rule action …``.
        """
        index = patients.index.to_numpy()
        days = {event: decided(decisions, said, index) for event, said in _DECIDED.items()}
        days |= {text: onset(cohort, c) for text, c in watch.conditions.items()}
        days |= {text: severe(cohort, watch.grades, g) for text, g in watch.severe.items()}
        days |= {f"{EVENT}{term.lower()}": came / 24 for term, came in cohort.events.items()}
        left = dropout_days(patients)
        changes = {k: _change(cohort, e, days, left) for k, e in watch.means.items()}
        visits = None if visits is None or visits.empty else visits
        return cls(name, label, n, patients, visits, days, changes, watch.units, cohort.ratings)

    def day(self, event: str) -> Floats:
        """Day on which an event came that is neither a response nor a progression."""
        match event:
            case "death":
                return self.patients["death_day"].to_numpy(dtype=np.float64)
            case "treatment death":
                died = self.patients["death_day"].to_numpy(dtype=np.float64)
                return np.where(self.patients["death"] == "treatment", died, np.nan)
            case "drop-out":
                left = dropout_days(self.patients)
                return np.where(np.isinf(left), np.nan, left)
            case _ if found := ANY_GRADE.fullmatch(event):
                severe = (e.term for e in adverse_events() if e.grade >= int(found[1]))
                came = [self.day(f"{EVENT}{term}") for term in severe]
                own = np.fmin(self.days[event], self.day("treatment death"))  # which is grade 5
                return np.fmin.reduce([own, *came])
            case _ if event.startswith(EVENT):
                return self.days.get(event.lower(), np.full(len(self.patients), np.nan))
            case _ if said := read_score(event):
                assert self.ratings is not None  # as `Watch.of` has seen
                day = said.first_day(self.ratings)
                return np.where(np.isinf(day), np.nan, day)
            case _:
                return self.days.get(event, np.full(len(self.patients), np.nan))


def dropout_days(patients: pd.DataFrame) -> Floats:
    """Day on which each patient leaves; infinite for who stays."""
    if "dropout_day" not in patients:
        return np.full(len(patients), np.inf)
    return patients["dropout_day"].fillna(np.inf).to_numpy(dtype=np.float64)


def decided(decisions: pd.DataFrame | None, action: str, index: NDArray[np.intp]) -> Floats:
    """Day on which a rule first did something to each patient; NaN for never."""
    if decisions is None or decisions.empty:
        return np.full(len(index), np.nan)
    mine = decisions[decisions["action"] == action]
    return mine.groupby("patient")["day"].min().reindex(index).to_numpy(dtype=np.float64)


def _change(cohort: Cohort, endpoint: Endpoint, days: Mapping[str, Floats], left: Floats) -> Floats:
    """Change from the baseline at the endpoint's time, or at the event that ends treatment."""
    at, first = np.full(len(cohort), endpoint.at), 0
    for event in _named(endpoint, days, "while on treatment"):
        at = np.fmin(at, 24 * days[event])
    if endpoint.scale:  # of a visit whose day may be another than is planned
        assert cohort.ratings is not None  # as `Watch.of` has seen
        values, left = cohort.ratings.scores[endpoint.scale], cohort.ratings.left
        if not np.isnan(endpoint.since):
            first = cohort.ratings.column(endpoint.since / 24)
        planned = np.where(at < endpoint.at, 24 * cohort.ratings.days.T, 24 * _planned(cohort)).T
        column = (planned <= at[:, None] + 1e-6).sum(axis=1) - 1
    else:
        values = cohort.recorded[endpoint.of]
        column = np.searchsorted(cohort.times, at + 1e-6, side="right") - 1
    change = values[np.arange(len(values)), column] - values[:, first]
    change = np.where(column < first, np.nan, change)  # the event came before the baseline
    if endpoint.strategy("death") == "while on treatment":
        change = np.where(cohort.ended <= at, np.nan, change)
    for event in _named(endpoint, days, "hypothetical"):
        change = np.where(24 * days[event] <= at, np.nan, change)
    return np.where(24 * left < at, np.nan, change)


def _planned(cohort: Cohort) -> Floats:
    """Planned days of the visits, shape (visits, 1)."""
    assert cohort.ratings is not None
    return np.array(cohort.ratings.planned)[:, None]


def _named(endpoint: Endpoint, days: Mapping[str, Floats], strategy: str) -> Iterable[str]:
    return (e for e in endpoint.intercurrent(strategy) if e in days)
