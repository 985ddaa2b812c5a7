"""Endpoints of arms estimated and compared: in the pool, and in trials drawn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Graph
from immunarium.core.expr import Expr
from immunarium.engine import Reduce
from immunarium.trial.cohort import Cohort
from immunarium.trial.conditions import Condition
from immunarium.trial.ctcae import Grades
from immunarium.trial.endpoint import Endpoint

Floats = NDArray[np.float64]


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
    """

    conditions: Mapping[str, Condition]
    outputs: Mapping[str, Expr]
    reduces: tuple[Reduce, ...]
    times: tuple[float, ...]

    @classmethod
    def of(cls, endpoints: Sequence[Endpoint], graph: Graph, grades: Grades, until: float) -> Watch:
        """Read every condition and quantity of the endpoints.

        Raises
        ------
        ImmunoError
            A quantity, unit or term that the model does not know.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class ArmData:
    """What is known of the patients of one arm.

    Attributes
    ----------
    name, label : str
    n : int
        Patients in the published trial.
    patients : DataFrame
        As ``assess.patient_table``; ``dropout_day`` where patients may leave.
    visits : DataFrame, optional
        As ``assess.visit_table``.
    days : mapping of str to ndarray, shape (patients,)
        Day on which each condition first held and each intercurrent event came; NaN for never.
    changes : mapping of str to ndarray
        By the name of an endpoint that is a mean: the change from the baseline.
    """

    name: str
    label: str
    n: int
    patients: pd.DataFrame
    visits: pd.DataFrame | None = None
    days: Mapping[str, Floats] = field(default_factory=dict)
    changes: Mapping[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(
        cls, name: str, label: str, n: int, cohort: Cohort, watch: Watch, patients: pd.DataFrame,
        visits: pd.DataFrame | None = None,
    ) -> ArmData:  # fmt: skip
        """Read from a cohort what the endpoints need."""
        raise NotImplementedError


@dataclass(frozen=True)
class EndpointResults:
    """What endpoints came to.

    Attributes
    ----------
    estimates : DataFrame
        Row: endpoint, arm and measure; columns ``endpoint arm measure patients events value low
        high unit trial_low trial_high reason``: in the pool with its 95 % interval, and the
        interval that holds 90 % of the trials.
    comparisons : DataFrame
        Row: endpoint, two arms and measure; columns ``endpoint arm against measure value low high
        p unit trial_low trial_high power reason``; ``power`` is the share of trials with p below
        alpha.
    curves : DataFrame
        Kaplan–Meier, a row a step: ``endpoint arm day survival low high at_risk events``.
    at_risk : DataFrame
        ``endpoint arm day at_risk`` on a round grid of days.
    trials : DataFrame
        Row: endpoint, pair of arms, measure and trial; ``endpoint arm against measure trial value
        p``.
    times : DataFrame
        Row: endpoint, arm and patient: ``endpoint arm patient start day event reason``; ``event``
        is False where the day is a censoring, and ``reason`` says what it was in either case.
    sentences : mapping of str to str
        By endpoint: its estimand.
    """

    estimates: pd.DataFrame
    comparisons: pd.DataFrame
    curves: pd.DataFrame
    at_risk: pd.DataFrame
    trials: pd.DataFrame
    times: pd.DataFrame
    sentences: Mapping[str, str]


def evaluate(
    endpoints: Sequence[Endpoint],
    arms: Sequence[ArmData],
    *,
    until: float,
    seed: int = 1,
    replicates: int = 100,
    n: int | None = None,
    alpha: float = 0.05,
    paired: bool = False,
    weights: Floats | None = None,
) -> EndpointResults:
    """Estimate endpoints in each arm, and compare arms.

    Parameters
    ----------
    until : float
        Hours of follow-up: the end of every patient who is not lost before.
    n : int, optional
        Patients per arm of each simulated trial; by default each arm's own.
    paired : bool
        Whether the trials have the same patients in every arm (crossover); else each arm has
        patients of its own.
    weights : ndarray, shape (patients,), optional
        Prevalence weights.
    """
    raise NotImplementedError


def default_endpoints(visits: bool) -> tuple[Endpoint, ...]:
    """Endpoints of a trial that names none: response, survival and worst toxicity."""
    raise NotImplementedError
