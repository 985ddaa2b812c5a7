"""Outputs: what of a trial is asked about, for each patient and for a cohort of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Graph, did_you_mean
from immunarium.inference.indices import SensitivityError
from immunarium.population import Population
from immunarium.trial import Observable, Target, Trial, assess, hours
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort
from immunarium.trial.protocol import FORETELLING
from immunarium.trial.rated import read_score
from immunarium.trial.score import summarise

Floats = NDArray[np.float64]
ENDPOINTS = (
    "response", "complete response", "grade >= 3", "treatment death", "death", "doses given",
)  # fmt: skip
_ASSESSED = ("response", "complete response")
_READINGS = ("peak", "nadir", "time of peak", "time of nadir", "value", "fold")
_READING = re.compile(
    rf"(?P<take>{'|'.join(sorted(_READINGS, key=len, reverse=True))}) of (?P<of>\w+\.\w+)"
    r"(?: at (?P<at>.+?))?(?: in (?P<unit>\S+))?"
)


@dataclass(frozen=True)
class Output:
    """One number that is read from a cohort.

    Attributes
    ----------
    name : str
        As asked.
    unit : str
        Percent of patients for what a patient has or has not; else that of the reading.
    target : Target, optional
        How it is read from a patient; None for an endpoint of the table of patients.
    """

    name: str
    unit: str
    target: Target | None = None

    @property
    def share(self) -> bool:
        """Whether it is a share of patients, not a median."""
        return self.target is None or self.target.observable.statistic == "share"

    def of_cohort(self, values: Floats) -> Floats:
        """Put the last axis, the patients, together: percent, or median."""
        found = summarise(values, self.target.observable.summary if self.target else "share")
        return 100 * found if self.share else found


def outputs(names: Iterable[str], trial: Trial, graph: Graph, arm: str) -> tuple[Output, ...]:
    """Read what is asked about.

    Parameters
    ----------
    names : iterable of str
        An endpoint (``response``, ``grade >= 3``), the id of a target of the trial, a reading
        (``nadir of haemodynamics.MAP``, ``value of lak.host at 14 d``), what is said of a score
        (``QMG improved by 3 at 14 d``; at any visit without a time) or a condition
        (``hypotension grade >= 3``).

    Raises
    ------
    ImmunoError
        It is none of these.
    """
    found = tuple(_output(" ".join(n.split()), trial, graph, arm) for n in names)
    if not found:
        raise SensitivityError("No output is named. Write one, like --endpoint response.")
    if twice := {o.name for o in found if [x.name for x in found].count(o.name) > 1}:
        raise SensitivityError(f"The output {twice.pop()!r} is named twice.")
    return found


def _output(name: str, trial: Trial, graph: Graph, arm: str) -> Output:
    if name in ENDPOINTS:
        if name == "complete response" and not any(p.startswith("lesion_") for p in graph.units):
            raise SensitivityError(
                f"{trial.disease.name} has no lesions, so nobody has a complete response. Ask "
                f"about 'response', a target or a reading."
            )
        if name in _ASSESSED and trial.visits is None:
            raise SensitivityError(
                f"{trial.name} has no visits, so nobody has a response. Ask about another "
                f"endpoint, or a reading like 'nadir of haemodynamics.MAP'."
            )
        return Output(name, "% of patients")
    targets = {t.id: t for t in trial.targets}
    if name in targets:
        return _of_target(targets[name], arm)
    if found := _READING.fullmatch(name):
        return _of_reading(name, found, graph, arm)
    said, _, at = name.partition(" at ")
    if read_score(said):
        observable = Observable("share", said, at=hours(at) if at else float("nan"))
        return Output(name, "% of patients", _target(name, observable, "%", arm))
    if not re.search(r"[<>=]", name):
        near = did_you_mean(name, [*ENDPOINTS, *targets])
        raise SensitivityError(
            f"Unknown endpoint {name!r}.{near} Write one of {', '.join(ENDPOINTS)}, the id of a "
            f"target, a reading like 'nadir of haemodynamics.MAP', what is said of a score like "
            f"'QMG improved by 3 at 14 d', or a condition like 'hypotension grade >= 3'."
        )
    return Output(name, "% of patients", _target(name, Observable("share", name), "%", arm))


def _of_target(target: Target, arm: str) -> Output:
    other = target.against or target.ratio_to
    if other:
        raise SensitivityError(
            f"Target {target.id} is of two arms, {target.arm!r} and {other!r}, and one is followed "
            f"here. Name a target of one arm, or what it is of, like "
            f"'QMG improved by 3 at 14 d', with --arm {target.arm}."
        )
    if target.arm != arm:
        raise SensitivityError(
            f"Target {target.id} is of the arm {target.arm!r}, and {arm!r} is followed. Write "
            f"--arm {target.arm}"
        )
    if target.observable.take in ENDPOINTS:
        return Output(target.observable.take, "% of patients")
    if target.observable.statistic in FORETELLING:
        raise SensitivityError(
            f"Target {target.id} compares patients with each other, so no patient has a value of "
            f"it. Name another target, or a reading like 'nadir of haemodynamics.MAP'."
        )
    share = target.observable.statistic == "share"
    unit = "% of patients" if share else target.unit
    return Output(f"{target.id}: {target.name}", unit, target)


def _of_reading(name: str, found: re.Match[str], graph: Graph, arm: str) -> Output:
    path, take = found["of"], found["take"]
    if path not in graph.units:
        raise SensitivityError(f"This model has no {path!r}.{did_you_mean(path, graph.units)}")
    own = "h" if take.startswith("time") else "1" if take == "fold" else graph.units[path]
    unit = found["unit"] or own
    at = hours(found["at"]) if found["at"] else float("nan")
    return Output(name, unit, _target(name, Observable("median", take, path, at=at), unit, arm))


def _target(name: str, observable: Observable, unit: str, arm: str) -> Target:
    return Target(
        id=name, name=name, arm=arm, observable=observable, observed=float("nan"), unit=unit,
        tier="memory", role="report", source="asked",
    )  # fmt: skip


class Reader:
    """A trial's bench that reads some outputs.

    Parameters
    ----------
    trial : Trial
        Its targets, alternatives and window are left out.
    graph : Graph
        Of the model.
    """

    def __init__(self, trial: Trial, graph: Graph, outputs: tuple[Output, ...], arm: str) -> None:
        targets = tuple(replace(o.target, arm=arm) for o in outputs if o.target)
        self.outputs = outputs
        self.bench = Bench.of(replace(trial, targets=targets, assumed=(), window={}), graph)
        self._read = {p.target.id: p for p in self.bench.probes}

    def __call__(self, cohort: Cohort, patients: Population) -> tuple[Floats, pd.DataFrame]:
        """Values of each patient, shape (patients, outputs), and the table of patients.

        NaN where the engine could not follow a patient.
        """
        table = assess.patient_table(cohort, self.bench, patients)
        values = np.stack([self._values(o, cohort, table) for o in self.outputs], axis=1)
        return np.where(cohort.failed[:, None], np.nan, values), table

    def _values(self, output: Output, cohort: Cohort, table: pd.DataFrame) -> Floats:
        if output.target is None:
            return assess.endpoints(table)[output.name]
        target = replace(output.target, unit="1") if output.share else output.target
        probe = replace(self._read[output.target.id], target=target)
        return assess.target_values(probe, cohort, table, len(cohort))
