"""Many studies run and scored; one that fails does not hide the others."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from immunarium.core import ImmunoError
from immunarium.core.progress import Progress
from immunarium.literature.applicability import evidence
from immunarium.literature.credibility import Dossier, assess
from immunarium.literature.scorecard import Failure, Scorecard, table
from immunarium.literature.study import load_study, studies
from immunarium.parameters.provenance import WEAKEST_FIRST
from immunarium.trial import Trial, TrialResult, run_trial

POOL = 1000
_NUMBER = ("path", "value", "unit", "cv", "evidence", "source", "layer", "note")


def validate(
    asked: Iterable[str | Path] = (),
    *,
    pool: int = POOL,
    replicates: int = 1000,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
    dossiers: bool = False,
) -> Scorecard:
    """Run studies and score every target.

    A study that cannot be read or run is a problem of the scorecard, and the others are scored.

    Parameters
    ----------
    asked : iterable of str or Path
        Names in the library and study files; the whole library if there is none.
    pool : int
        Virtual patients of each study.
    replicates : int
        Simulated trials drawn from the pool.
    seed : int
        Same seed, same bytes.
    workers : int, optional
        Processor cores; they change no number.
    progress : callable
        Told the work in hand, patients done, and of how many (0: not known).
    dossiers : bool
        Whether to assess the credibility of each study, which also runs the alternatives of what
        is assumed.

    Raises
    ------
    ImmunoError
        pool or replicates is not positive, or the seed negative.
    """
    for name, value, least in (("pool", pool, 1), ("replicates", replicates, 1), ("seed", seed, 0)):
        if value < least:
            raise ImmunoError(f"{name} is {value}. Write at least {least}.")
    every: list[str | Path] = [*asked]
    trials, problems = _loaded(every or studies())
    how = dict(replicates=replicates, seed=seed, pool=pool, workers=workers, sweep=dossiers)
    results = _run(trials, problems, progress, how)
    scores = table(results)
    found: dict[str, Dossier] = {}
    if dossiers:
        found = _dossiers(results, scores, problems, seed, workers, progress)
    return Scorecard(
        scores=scores,
        trials=_trials(results),
        problems=tuple(problems),
        sources=_sources(results),
        manifest=_manifest(every, pool, replicates, seed, results),
        results=results,
        dossiers=found,
    )


def _run(
    trials: Mapping[str, Trial],
    problems: list[Failure],
    progress: Progress | None,
    how: Mapping[str, Any],
) -> dict[str, TrialResult]:
    """Run each study; one that fails is a problem, and what others came to is kept."""
    results: dict[str, TrialResult] = {}
    for name, trial in trials.items():
        told = _told(progress, f"{name} ({len(results) + len(problems) + 1} of {len(trials)})")
        try:
            results[name] = run_trial(trial, progress=told, **how)
        except Exception as e:
            problems.append(Failure(name, _said(e)))
    return results


def _trials(results: Mapping[str, TrialResult]) -> dict[str, Trial]:
    return {name: r.study for name, r in results.items()}


def _dossiers(
    results: Mapping[str, TrialResult],
    scores: pd.DataFrame,
    problems: list[Failure],
    seed: int,
    workers: int | None,
    progress: Progress | None,
) -> dict[str, Dossier]:
    found: dict[str, Dossier] = {}
    trials = _trials(results)
    known = evidence(trials, scores)
    for name, result in results.items():
        if progress:
            progress(f"{name}: checking its arithmetic", 0, 0)
        try:
            found[name] = assess(result, trials, scores, known, seed=seed, workers=workers)
        except Exception as e:  # the scores stand without it
            problems.append(Failure(name, f"Its credibility was not assessed: {_said(e)}"))
    return found


def _loaded(every: Sequence[str | Path]) -> tuple[dict[str, Trial], list[Failure]]:
    trials: dict[str, Trial] = {}
    problems: list[Failure] = []
    for study in every:
        try:
            trial = load_study(study)
        except ImmunoError as e:
            problems.append(Failure(str(study), str(e)))
            continue
        if trial.name in trials:
            again = f"Another study is called {trial.name!r}. Rename the file."
            problems.append(Failure(str(study), again))
        else:
            trials[trial.name] = trial
    return trials, problems


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, ImmunoError) else f"{type(error).__name__}: {error}"


def _told(progress: Progress | None, study: str) -> Progress | None:
    if progress is None:
        return None
    return lambda label, done, total: progress(f"{study}: {label}", done, total)


def _sources(results: Mapping[str, TrialResult]) -> pd.DataFrame:
    """Every number once; one that a study sets for itself has a line for each value."""
    tables = [r.sources for r in results.values()]
    if not tables:
        return pd.DataFrame(columns=pd.Index(_NUMBER))
    every = pd.concat(tables, ignore_index=True).drop_duplicates(["path", "value", "source"])
    return every.sort_values("evidence", key=_rank, kind="stable", ignore_index=True)


def _rank(evidence: pd.Series) -> pd.Series:
    return evidence.map(WEAKEST_FIRST.index)


def _manifest(
    asked: Sequence[str | Path],
    pool: int,
    replicates: int,
    seed: int,
    results: Mapping[str, TrialResult],
) -> dict[str, Any]:
    per = [r.manifest for r in results.values()]
    return {
        "asked": [str(a) for a in asked],
        "studies": len(results),
        "seed": seed,
        "pool": pool,
        "replicates": replicates,
        "relative tolerance": per[0]["relative tolerance"] if per else None,
        "failed patients": sum(m["failed patients"] for m in per),
        "immunarium": version("immunarium"),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
