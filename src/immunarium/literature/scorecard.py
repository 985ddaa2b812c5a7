"""The scorecard: every target of many studies, observed beside simulated, by what it stands for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import pandas as pd

from immunarium.literature.credibility import Dossier
from immunarium.trial import Trial, TrialResult
from immunarium.trial.protocol import DOCUMENTS, Layer, Tier
from immunarium.trial.result import Score

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
class Failure:
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
    dossiers : mapping of str to Dossier
        What makes each study credible, by name; empty where it was not asked for.
    """

    scores: pd.DataFrame
    trials: Mapping[str, Trial]
    problems: tuple[Failure, ...]
    sources: pd.DataFrame
    manifest: Mapping[str, Any]
    results: Mapping[str, TrialResult] = field(default_factory=dict, repr=False)
    dossiers: Mapping[str, Dossier] = field(default_factory=dict, repr=False)

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
            "totals": records(self.totals())[0],
            "by": {by: records(self.totals(by).reset_index()) for by in BY},
            "coverage": records(self.coverage())[0],
            "overlaps": records(self.overlaps()),
            "studies": [
                {"study": t.name, "title": t.title, "citation": t.citation, "document": t.document}
                for t in self.trials.values()
            ],
            "targets": records(self.scores),
            "problems": [vars(p) for p in self.problems],
            "credibility": {name: d.as_dict() for name, d in self.dossiers.items()},
        }


def table(results: Mapping[str, TrialResult]) -> pd.DataFrame:
    """Return the targets of studies, as in ``Scorecard.scores``."""
    rows = [_row(r.study, s) for r in results.values() for s in r.scores]
    out = pd.DataFrame(rows, columns=pd.Index(COLUMNS))
    calibrated = set(out.loc[out["role"] == "calibrate", "source"].map(_same))
    out["overlap"] = (out["role"] == "predict") & out["source"].map(_same).isin(calibrated)
    return out


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


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as dictionaries."""
    return [{str(k): v for k, v in r.items()} for r in table.to_dict("records")]
