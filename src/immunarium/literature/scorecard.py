"""The scorecard: every target of many studies, observed beside simulated, by what it stands for."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from immunarium.core import ImmunoError
from immunarium.literature.study import load_study, studies
from immunarium.trial import Trial, TrialResult, run_trial
from immunarium.trial.protocol import DOCUMENTS, Layer, Tier
from immunarium.trial.result import Score

Progress = Callable[[str, int, int], None]
POOL = 1000
BY = ("study", "document", "tier", "layer")
"""What targets are grouped by."""
COLUMNS = (
    "study", "document", "id", "name", "arm", "layer", "role", "tier", "n", "unit",
    "observed", "simulated", "error", "low", "high", "window_low", "window_high",
    "tail", "tail_low", "tail_high", "inside", "percentile", "in_interval", "close", "overlap",
    "source", "note",
)  # fmt: skip
NOT_STATED = "not stated"
_ORDER = {"document": DOCUMENTS, "tier": get_args(Tier), "layer": get_args(Layer)}
_ROLES = {"predicted": "predict", "calibrated": "calibrate"}
_Z90 = 1.6448536269514722
"""Of 90 % of a normal distribution, both sides."""


@dataclass(frozen=True)
class Problem:
    """A study that could not be read or run, and why."""

    study: str
    message: str


@dataclass(frozen=True)
class Scorecard:
    """Targets of many studies, scored; calibrated and predicted ones are never added up.

    Attributes
    ----------
    scores : DataFrame
        Row: target. Columns: ``COLUMNS``. ``low`` and ``high`` hold 90 % of simulated trials of the
        published size ``n``; ``percentile`` is where the observed value lies among them;
        ``error`` is the standard error of ``simulated`` from the size of the pool; ``close``: the
        verdict could turn with another pool; ``overlap``: another target from the same source has
        been calibrated on.
    trials : mapping of str to Trial
        The studies that were run, by name.
    problems : tuple of Problem
        Of the others.
    sources : DataFrame
        Row: a number of the models that were run, as in ``TrialResult.sources``.
    manifest : mapping
        What decides the numbers.
    results : mapping of str to TrialResult
        Of each study, by name.
    """

    scores: pd.DataFrame
    trials: Mapping[str, Trial]
    problems: tuple[Problem, ...]
    sources: pd.DataFrame
    manifest: Mapping[str, Any]
    results: Mapping[str, TrialResult] = field(default_factory=dict, repr=False)

    def totals(self, by: str | None = None) -> pd.DataFrame:
        """Count targets inside, by one of ``BY``, or all of them.

        Returns
        -------
        DataFrame
            Row: group, in order; columns ``predicted_inside predicted calibrated_inside calibrated
            shown``. A target without a document or layer stands under ``not stated``.
        """
        return _by(self.scores, by, _counts)

    def coverage(self, by: str | None = None) -> pd.DataFrame:
        """Count observed values inside their 90 % predictive interval, predicted ones apart.

        Returns
        -------
        DataFrame
            Row: group; columns ``<role>_covered <role> <role>_low <role>_high`` for ``predicted``
            and ``calibrated``: how many, of how many, and the 90 % interval of that share [%]
            (Wilson), as if targets were independent.
        """
        return _by(self.scores, by, _covered)

    def overlaps(self) -> pd.DataFrame:
        """Return sources that have both been calibrated on and predicted.

        Returns
        -------
        DataFrame
            Row: source; columns ``source calibrated predicted`` (ids, with commas).
        """
        scores = self.scores[self.scores["role"] != "report"]
        rows = []
        for source in scores.loc[scores["overlap"].astype(bool), "source"].unique():
            same = scores[scores["source"].map(_same) == _same(source)]
            ids = {k: ", ".join(same.loc[same["role"] == r, "id"]) for k, r in _ROLES.items()}
            rows.append({"source": source, **ids})
        return pd.DataFrame(rows, columns=pd.Index(["source", "calibrated", "predicted"]))

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON; the keys are in docs/scorecard.md."""
        return {
            "manifest": dict(self.manifest),
            "totals": _records(self.totals())[0],
            "by": {by: _records(self.totals(by).reset_index()) for by in BY},
            "coverage": _records(self.coverage())[0],
            "overlaps": _records(self.overlaps()),
            "studies": [
                {"study": t.name, "title": t.title, "citation": t.citation, "document": t.document}
                for t in self.trials.values()
            ],
            "targets": _records(self.scores),
            "problems": [vars(p) for p in self.problems],
        }


def validate(
    asked: Iterable[str | Path] = (),
    *,
    pool: int = POOL,
    replicates: int = 1000,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
    sweep: bool = False,
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
    sweep : bool
        Whether to run the alternatives of what is assumed.
    """
    every: list[str | Path] = [*asked] or [*studies()]
    trials, problems = _loaded(every)
    results: dict[str, TrialResult] = {}
    for i, (name, trial) in enumerate(trials.items(), 1):
        try:
            results[name] = run_trial(
                trial, replicates=replicates, seed=seed, pool=pool, workers=workers,
                progress=_told(progress, f"{name} ({i} of {len(trials)})"), sweep=sweep,
            )  # fmt: skip
        except Exception as e:  # what has been computed for the others is kept
            problems.append(Problem(name, _said(e)))
    ran = {name: trials[name] for name in results}
    return Scorecard(
        scores=_table(results),
        trials=ran,
        problems=tuple(problems),
        sources=_sources(results),
        manifest=_manifest(every, pool, replicates, seed, results),
        results=results,
    )


def _loaded(every: Iterable[str | Path]) -> tuple[dict[str, Trial], list[Problem]]:
    trials: dict[str, Trial] = {}
    problems: list[Problem] = []
    for study in every:
        try:
            trial = load_study(study)
        except ImmunoError as e:
            problems.append(Problem(str(study), str(e)))
            continue
        if trial.name in trials:
            problems.append(
                Problem(str(study), f"Another study is called {trial.name!r}. Rename the file.")
            )
        else:
            trials[trial.name] = trial
    return trials, problems


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, ImmunoError) else f"{type(error).__name__}: {error}"


def _told(progress: Progress | None, study: str) -> Progress | None:
    if progress is None:
        return None
    return lambda label, done, total: progress(f"{study}: {label}", done, total)


def _table(results: Mapping[str, TrialResult]) -> pd.DataFrame:
    rows = [_row(r.study, s) for r in results.values() for s in r.scores]
    table = pd.DataFrame(rows, columns=pd.Index(COLUMNS))
    calibrated = set(table.loc[table["role"] == "calibrate", "source"].map(_same))
    table["overlap"] = (table["role"] == "predict") & table["source"].map(_same).isin(calibrated)
    return table


def _row(study: Trial, s: Score) -> dict[str, Any]:
    nowhere = (math.nan, math.nan)
    (low, high), (tail_low, tail_high) = s.window or nowhere, s.tail_limits or nowhere
    return {
        "study": study.name, "document": study.document, "id": s.id, "name": s.name, "arm": s.arm,
        "layer": s.layer or "", "role": s.role, "tier": s.tier, "n": s.n, "unit": s.unit,
        "observed": s.observed, "simulated": s.simulated, "error": s.error,
        "low": s.interval90[0], "high": s.interval90[1], "window_low": low, "window_high": high,
        "tail": math.nan if s.tail is None else s.tail, "tail_low": tail_low,
        "tail_high": tail_high, "inside": s.inside, "percentile": s.percentile,
        "in_interval": s.in_interval, "close": _close(s), "source": s.source, "note": s.note,
    }  # fmt: skip


def _close(s: Score) -> bool:
    """Whether an edge of the window lies within two standard errors of the pool's size."""
    return s.window is not None and any(abs(s.simulated - edge) < 2 * s.error for edge in s.window)


def _same(source: str) -> str:
    return " ".join(source.casefold().split()).rstrip(".")


def _sources(results: Mapping[str, TrialResult]) -> pd.DataFrame:
    """Every number once; one that a study sets for itself has a line for each value."""
    tables = [r.sources for r in results.values()]
    if not tables:
        return pd.DataFrame(columns=pd.Index(["path", "evidence", "source"]))
    every = pd.concat(tables, ignore_index=True).drop_duplicates(["path", "value", "source"])
    rank = {kind: i for i, kind in enumerate(every["evidence"].unique())}
    return every.sort_values(
        "evidence", key=lambda e: e.map(rank), kind="stable", ignore_index=True
    )


def _manifest(
    asked: list[str | Path],
    pool: int,
    replicates: int,
    seed: int,
    results: Mapping[str, TrialResult],
) -> dict[str, Any]:
    per = [r.manifest for r in results.values()]
    return {
        "asked": [str(a) for a in asked] if asked != studies() else [],
        "seed": seed,
        "pool": pool,
        "replicates": replicates,
        "relative tolerance": per[0]["relative tolerance"] if per else None,
        "failed patients": sum(m["failed patients"] for m in per),
        "immunarium": version("immunarium"),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _by(
    scores: pd.DataFrame, by: str | None, count: Callable[[pd.DataFrame], dict[str, Any]]
) -> pd.DataFrame:
    if by is None:
        return pd.DataFrame([count(scores)], index=["all"])
    groups = dict(_groups(scores, by))
    table = pd.DataFrame.from_dict({k: count(g) for k, g in groups.items()}, orient="index")
    return table.rename_axis(by)


def _groups(scores: pd.DataFrame, by: str) -> Iterator[tuple[str, pd.DataFrame]]:
    order = _ORDER.get(by, ())
    found = list(dict.fromkeys(scores[by]))
    known = [x for x in order if x in found] if order else [x for x in found if x]
    for name in [*known, *([""] if "" in found else [])]:
        yield name or NOT_STATED, scores[scores[by] == name]


def _counts(scores: pd.DataFrame) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, role in _ROLES.items():
        inside = scores.loc[scores["role"] == role, "inside"]
        out |= {f"{name}_inside": int(inside.astype(bool).sum()), name: len(inside)}
    return out | {"shown": int((scores["role"] == "report").sum())}


def _covered(scores: pd.DataFrame) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, role in _ROLES.items():
        covered = scores.loc[scores["role"] == role, "in_interval"].astype(bool)
        k, n = int(covered.sum()), len(covered)
        low, high = wilson(k, n)
        out |= {f"{name}_covered": k, name: n, f"{name}_low": low, f"{name}_high": high}
    return out


def wilson(k: int, n: int) -> tuple[float, float]:
    """Return Wilson's 90 % interval of a share [%], NaN where there is nothing."""
    if not n:
        return math.nan, math.nan
    share, z = k / n, _Z90
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in r.items()} for r in table.to_dict("records")]
