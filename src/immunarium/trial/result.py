"""What a trial gives back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from immunarium.population import Population
from immunarium.trial import adam
from immunarium.trial.estimate import EndpointResults
from immunarium.trial.protocol import Layer, Role, Tier, Trial

if TYPE_CHECKING:
    from immunarium.trial.designed import Found


@dataclass(frozen=True)
class Score:
    """One published number beside the simulated one.

    Attributes
    ----------
    simulated : float
        In all virtual patients of the pool.
    interval90 : pair of float
        Of simulated trials of the published size.
    window : pair of float, optional
        Where ``simulated`` must lie, or ``tail``.
    inside : bool, optional
        Whether it agrees; None where the target is only reported.
    tail : float, optional
        Share of simulated trials above the observed one, ties counted half.
    tail_limits : pair of float, optional
        Where ``tail`` must lie.
    n : int
        Published size of the arm.
    percentile : float
        Percent of simulated trials below the observed one, ties counted half; NaN where there is
        none with a value.
    error : float
        Standard error of ``simulated`` that comes from the size of the pool.
    """

    id: str
    name: str
    observed: float
    unit: str
    simulated: float
    interval90: tuple[float, float]
    window: tuple[float, float] | None
    inside: bool | None
    role: Role
    tier: Tier
    source: str
    note: str
    arm: str = ""
    tail: float | None = None
    tail_limits: tuple[float, float] | None = None
    layer: Layer | None = None
    n: int = 0
    percentile: float = math.nan
    error: float = math.nan

    @property
    def in_interval(self) -> bool:
        """Whether the observed value lies among the middle 90 % of simulated trials."""
        low, high = self.interval90
        return bool(low <= self.observed <= high)


@dataclass(frozen=True)
class ArmResult:
    """One arm, in all virtual patients of the pool.

    Attributes
    ----------
    patients : DataFrame
        Row: patient. Columns: ``histology who recist response best_change doses_asked doses_given
        death_day death failed``; ``grade.<TERM>``, the worst grade; and ``event.<TERM>``, the day
        of an adverse event by hazard.
    grades : DataArray (term, grade, time)
        Share of patients at each grade; time in days.
    courses : Dataset (quantile, time)
        Quantiles of the living; time in days, with units and long names.
    tumour : DataFrame
        Row: day; column: patient; size of the target lesions, of the baseline's.
    doses : DataFrame
        Row: asked dose; columns ``day drug text course given held stopped ended`` (shares).
    endpoints : DataFrame
        Row: endpoint; columns ``percent low high``: in the pool, and the interval that holds 90 %
        of trials of the published size.
    visits : DataFrame
        Row: patient and visit, as ``assess.visit_table``; empty without visits.
    decisions : DataFrame
        Row: what a rule decided, ``patient day rule action drug reason``.
    episodes : DataFrame
        Row: an adverse event of a patient from its start to its end, as ``episodes.episodes``.
    labs : DataFrame
        Row: patient, visit and test, as ``labs.laboratory``; empty without visits.
    ratings : DataFrame
        Row: patient, visit and scale, as ``Ratings.table``; empty where nobody rates.
    """

    name: str
    label: str
    regimen: str
    patients: pd.DataFrame
    grades: xr.DataArray
    courses: xr.Dataset
    tumour: pd.DataFrame
    doses: pd.DataFrame
    endpoints: pd.DataFrame = field(default_factory=pd.DataFrame)
    visits: pd.DataFrame = field(default_factory=pd.DataFrame)
    decisions: pd.DataFrame = field(default_factory=pd.DataFrame)
    episodes: pd.DataFrame = field(default_factory=pd.DataFrame)
    labs: pd.DataFrame = field(default_factory=pd.DataFrame)
    ratings: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class TrialResult:
    """All arms on the same virtual patients, scored and explained.

    Attributes
    ----------
    study : Trial
        As it was run.
    attribution : DataFrame
        Row: term; columns ``<arm>.any`` and ``<arm>.severe``: % of patients with any grade, and
        with grade 3 or worse.
    window : DataFrame
        Row: dose; columns ``dose response severe deaths given`` (%).
    assumptions : DataFrame
        Row: another choice for something assumed; ``effect`` and ``severe`` are changes of the
        response rate and of grade 3 or worse [percentage points].
    sources : DataFrame
        Row: a number of the model; assumed ones first.
    endpoints : EndpointResults, optional
        What was estimated and compared.
    fit : DataFrame
        Row: a published number that the patients are selected to; as ``enrolment.enrolled``.
    population : Population, optional
        The virtual patients.
    design : CrossedOver, Withdrawn or Escalated, optional
        What the design comes to, where it is more than arms side by side.
    """

    study: Trial
    arms: Mapping[str, ArmResult]
    scores: list[Score]
    attribution: pd.DataFrame
    window: pd.DataFrame
    assumptions: pd.DataFrame
    sources: pd.DataFrame
    manifest: Mapping[str, Any]
    endpoints: EndpointResults | None = None
    fit: pd.DataFrame = field(default_factory=pd.DataFrame)
    population: Population | None = None
    design: Found | None = None

    def adam(self) -> dict[str, pd.DataFrame]:
        """Return the tables in ADaM's shape: ``ADSL ADTTE ADRS ADAE ADLB ADQS``."""
        assert self.endpoints is not None
        assert self.population is not None
        return adam.tables(
            self.study.name,
            [
                adam.Subjects(a.name, a.label, a.patients, a.visits, a.episodes, a.labs, a.ratings)
                for a in self.arms.values()
            ],
            self.endpoints.times,
            until=self.study.until,
            covariates=self.population.table,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the scorecard and the tables of the arms, ready for JSON.

        ``worst_grade`` holds, by term, how many patients had each grade (0 to 5) as their worst.
        """
        return {
            "study": self.study.name,
            "title": self.study.title,
            "citation": self.study.citation,
            "manifest": dict(self.manifest),
            "targets": [_score(s) for s in self.scores],
            "arms": {name: _arm(a, self.attribution) for name, a in self.arms.items()},
            "design": self.design.as_dict() if self.design else {"kind": "parallel"},
            "endpoints": _endpoints(self.endpoints) if self.endpoints else {},
            "fit": _records(self.fit),
            "window": _records(self.window),
            "assumptions": _records(self.assumptions),
        }


def _score(score: Score) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in vars(score).items()}


def _arm(arm: ArmResult, attribution: pd.DataFrame) -> dict[str, Any]:
    terms = attribution.index
    worst = {
        str(t): {str(g): int((arm.patients[f"grade.{t}"] == g).sum()) for g in range(6)}
        for t in terms
    }
    return {
        "label": arm.label,
        "regimen": arm.regimen,
        "patients": len(arm.patients),
        "endpoints": _records(arm.endpoints.reset_index()),
        "worst_grade": worst,
        "decisions": _records(arm.decisions),
    }


def _endpoints(found: EndpointResults) -> dict[str, Any]:
    return {
        "estimands": dict(found.sentences),
        "estimates": _records(found.estimates),
        "comparisons": _records(found.comparisons),
        "curves": _records(found.curves),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in r.items()} for r in table.to_dict("records")]
