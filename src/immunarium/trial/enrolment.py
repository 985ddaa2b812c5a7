"""Who is in a trial: eligible virtual patients, weighted to published distributions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Graph
from immunarium.population import (
    Eligible,
    Population,
    Weights,
    baseline_graph,
    fit_weights,
    select_nearest,
)
from immunarium.trial.conditions import read_condition
from immunarium.trial.protocol import Trial, TrialError
from immunarium.trial.rated import IMPROVED, WORSENED, check_scales, read_score
from immunarium.trial.ratings import at_baseline

Columns = dict[str, NDArray[np.float64]]

_CANDIDATES = 4
"""Times as many patients are weighted as are wanted."""


def enrol(trial: Trial, n: int, seed: int) -> Population:
    """Draw n eligible patients of a trial.

    Raises
    ------
    ImmunoError
        A condition of eligibility or a correlation cannot be read or held, or hardly a patient is
        plausible and eligible.
    """
    graph = baseline_graph(trial.disease.model)
    return Population.sample(
        trial.disease,
        n,
        seed,
        shares=trial.shares,
        study=trial.rows,
        correlated=trial.correlated,
        eligible=[_eligible(text, trial, graph) for text in trial.eligible],
    )


def _eligible(text: str, trial: Trial, graph: Graph) -> Eligible:
    """Read a condition on the patients that a trial takes: of a state, or of what a rater sees."""
    said = read_score(text)
    if said is None:
        return Eligible(text, read_condition(text, graph).truth())
    check_scales(said, set(trial.disease.scores), trial.disease.name)
    if changed := [s for s in said.any_of if s.what in (IMPROVED, WORSENED)]:
        raise TrialError(
            f"'{text}' is of a change, and patients are taken before there is one. Write "
            f"'{changed[0].scale} >= …'."
        )
    paths = {name: trial.disease.scores[name] for name in said.scales}

    def rated(seen: Columns, seed: int, index: NDArray[np.intp]) -> NDArray[np.bool_]:
        return said.holds(at_baseline({n: seen[p] for n, p in paths.items()}, seed, index))[:, 0]

    return Eligible(text, rated=rated, paths=tuple(paths.values()))


def enrolled(trial: Trial, pool: int, seed: int) -> tuple[Population, pd.DataFrame]:
    """Draw the pool of a trial: eligible patients, selected to the distributions that it matches.

    Where it matches any, more patients are drawn, weighted, and selected by weight, nobody twice.

    Returns
    -------
    Population, DataFrame
        At most ``pool`` patients; and how they agree, as ``Weights.fit`` with the columns
        ``selected`` and ``distance_selected``, ``ess`` and ``patients`` (empty without).

    Raises
    ------
    MarginalError
        No weights reach a distribution, or so few patients carry them that hardly any is left.
    """
    if not trial.match:
        return enrol(trial, pool, seed), pd.DataFrame()
    candidates = enrol(trial, _CANDIDATES * pool, seed)
    weights = weigh(trial, candidates)
    assert weights is not None  # there is something to match
    n = min(pool, int(1 / weights.largest))
    values = candidates.values(trial.match)
    rows, fit = select_nearest(weights, values, trial.match, n, seed)
    return candidates.keep(rows), fit.assign(ess=weights.ess, patients=n)


def weigh(
    trial: Trial, patients: Population, responses: pd.DataFrame | None = None
) -> Weights | None:
    """Weight patients to the distributions that a trial matches; None where it matches none.

    Parameters
    ----------
    responses : DataFrame, optional
        What simulated patients answered, a row each in the order of ``patients``, in the units of
        the distributions: columns that are not at the start.

    Raises
    ------
    MarginalError
        No weights reach a distribution.
    """
    if not trial.match:
        return None
    if responses is None:
        responses = pd.DataFrame(index=patients.table.index)
    values = patients.values(m for m in trial.match if m.of not in responses)
    responses = responses.set_axis(values.index)
    return fit_weights(pd.concat([values, responses], axis=1), trial.match)
