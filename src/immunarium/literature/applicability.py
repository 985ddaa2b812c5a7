"""How far what a study asks is from what has been compared with observations."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from immunarium.dosing import Regimen, arriving
from immunarium.population import Population
from immunarium.trial import Trial

_DAY = 86_400_000
COLUMNS = (
    "aspect", "asked", "unit", "least", "most", "compared_least", "compared_most",
    "calibrated", "predicted_here", "predicted_elsewhere", "reading",
)  # fmt: skip


Target = tuple[str, str]
"""Role and layer of a target."""


@dataclass(frozen=True)
class Evidence:
    """Something of a study, and which of its targets are compared where it holds."""

    aspect: str
    what: str
    unit: str
    study: str
    amount: float
    targets: Sequence[Target]

    def count(self, role: str, layers: Collection[str]) -> int:
        """Count targets of a role that are of some layers."""
        return sum(1 for r, layer in self.targets if r == role and layer in layers)


def evidence(trials: Mapping[str, Trial], scores: pd.DataFrame) -> list[Evidence]:
    """Return what studies ask, and what of it has been compared with observations.

    Parameters
    ----------
    scores : DataFrame
        Their targets, as ``Scorecard.scores``.
    """
    compared: dict[tuple[str, str], list[Target]] = {}
    for row in scores.to_dict("records"):
        compared.setdefault((row["study"], row["arm"]), []).append((row["role"], row["layer"]))
    typical: dict[str, pd.DataFrame] = {}
    out: list[Evidence] = []
    for name, trial in trials.items():
        if trial.disease.name not in typical:
            typical[trial.disease.name] = Population.typical(trial.disease).table
        targets = {a.name: compared.get((name, a.name), []) for a in trial.arms}
        for of in (_doses, _combinations, _histologies, _follow_up):
            out += of(_Asked(trial, targets, typical[trial.disease.name]))
    return out


def related(trial: Trial, trials: Mapping[str, Trial]) -> list[str]:
    """Return the studies, this one with them, that give one of its drugs in its disease."""
    drugs = _drugs(trial)
    return [
        name
        for name, other in trials.items()
        if other.disease.name == trial.disease.name and (drugs & _drugs(other) or other is trial)
    ]


def applicability(study: str, known: Sequence[Evidence]) -> pd.DataFrame:
    """Compare what a study asks with where targets of the same layers are compared.

    A dose at which only kinetics have been compared says nothing of a response at that dose, so
    targets of other layers than the study's own do not count (all do where it has none).

    Parameters
    ----------
    known : sequence of Evidence
        Of the study and of those that are related to it.

    Returns
    -------
    DataFrame
        Row: an aspect that is ``asked``. ``least`` and ``most`` of it in ``unit``, in the arms and
        the therapeutic window of this study; ``compared_least`` and ``compared_most`` where any
        study has a target that is scored. ``calibrated``, ``predicted_here`` and
        ``predicted_elsewhere`` count targets; ``reading`` says which is the best there is, and
        how far outside the compared range the asked one reaches.
    """
    asked = dict.fromkeys((e.aspect, e.what) for e in known if e.study == study)
    own = {layer for e in known if e.study == study for _, layer in e.targets}
    layers = own or {layer for e in known for _, layer in e.targets}
    rows = [
        _row(study, layers, [e for e in known if (e.aspect, e.what) == (aspect, what)])
        for aspect, what in asked
    ]
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


def _row(study: str, layers: Collection[str], same: Sequence[Evidence]) -> dict[str, Any]:
    asked = [e.amount for e in same if e.study == study]
    calibrated = sum(e.count("calibrate", layers) for e in same)
    predicted_here = sum(e.count("predict", layers) for e in same if e.study == study)
    predicted_elsewhere = sum(e.count("predict", layers) for e in same if e.study != study)
    scored = (e for e in same if e.count("calibrate", layers) + e.count("predict", layers))
    compared = [e.amount for e in scored]
    row = {
        "aspect": same[0].aspect, "asked": same[0].what, "unit": same[0].unit,
        "least": min(asked), "most": max(asked),
        "compared_least": min(compared, default=math.nan),
        "compared_most": max(compared, default=math.nan),
        "calibrated": calibrated, "predicted_here": predicted_here,
        "predicted_elsewhere": predicted_elsewhere,
    }  # fmt: skip
    best = (
        "predicted elsewhere" if predicted_elsewhere
        else "predicted here only" if predicted_here
        else "calibrated only" if calibrated
        else "nothing compared"
    )  # fmt: skip
    return row | {"reading": "; ".join([best, *_beyond(row)])}


def _beyond(row: Mapping[str, Any]) -> Iterator[str]:
    """Say how far the range that is asked reaches out of the one that was compared."""
    if row["aspect"] not in ("drug and route", "time") or math.isnan(row["compared_most"]):
        return
    if row["least"] < 0.99 * row["compared_least"]:
        yield f"down to {row['least'] / row['compared_least']:.2g} times the least compared"
    if row["most"] > 1.01 * row["compared_most"]:
        yield f"up to {row['most'] / row['compared_most']:.2g} times the most compared"


@dataclass(frozen=True)
class _Asked:
    """A study, with the targets of each arm and the typical patient of its disease."""

    trial: Trial
    targets: Mapping[str, Sequence[Target]]
    typical: pd.DataFrame

    def evidence(
        self, aspect: str, what: str, unit: str, amount: float, targets: Sequence[Target]
    ) -> Evidence:
        return Evidence(aspect, what, unit, self.trial.name, amount, tuple(targets))

    @property
    def every(self) -> list[Target]:
        """Targets of all arms."""
        return [t for targets in self.targets.values() for t in targets]


def _doses(asked: _Asked) -> Iterator[Evidence]:
    """Most of each drug in a day, by route; doses of the window have no target."""
    regimens = [(a.regimen, asked.targets[a.name]) for a in asked.trial.arms]
    regimens += [(r, []) for r in asked.trial.window.values()]
    for regimen, targets in regimens:
        for (drug, route), amount in _daily(asked, regimen).items():
            unit = f"{asked.trial.therapies[drug].unit} in a day, typical patient"
            yield asked.evidence("drug and route", f"{drug} {route}", unit, amount, targets)


def _combinations(asked: _Asked) -> Iterator[Evidence]:
    for arm in asked.trial.arms:
        drugs = sorted(arm.regimen.drugs)
        what = f"{drugs[0]} alone" if len(drugs) == 1 else " + ".join(drugs) or "no treatment"
        yield asked.evidence("combination", what, "", math.nan, asked.targets[arm.name])


def _histologies(asked: _Asked) -> Iterator[Evidence]:
    total = sum(asked.trial.shares.values())
    for histology, share in asked.trial.shares.items():
        if histology and share:
            percent = 100 * share / total
            yield asked.evidence("histology", histology, "% of patients", percent, asked.every)


def _follow_up(asked: _Asked) -> Iterator[Evidence]:
    yield asked.evidence("time", "follow-up", "d", asked.trial.until / 24, asked.every)


def _drugs(trial: Trial) -> set[str]:
    regimens = [a.regimen for a in trial.arms] + list(trial.window.values())
    return {drug for r in regimens for drug in r.drugs}


def _daily(asked: _Asked, regimen: Regimen) -> dict[tuple[str, str], float]:
    """Return the most that a typical patient is given in one day, by drug and route."""
    given = {
        d: float(arriving(d, asked.trial.therapies, asked.typical)[0])
        for d in {p.dose for p in regimen.doses}
    }
    days: dict[tuple[str, str, int], float] = {}
    for p in regimen.doses:
        key = p.dose.drug, p.dose.route, p.tick // _DAY
        days[key] = days.get(key, 0.0) + given[p.dose]
    out: dict[tuple[str, str], float] = {}
    for (drug, route, _), amount in days.items():
        out[drug, route] = max(out.get((drug, route), 0.0), amount)
    return out
