"""Power of a trial: its endpoint in virtual patients of two arms, and trials drawn from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Graph, did_you_mean
from immunarium.core.progress import Progress
from immunarium.population import Population
from immunarium.trial import assess
from immunarium.trial.bench import Bench
from immunarium.trial.design import Parallel
from immunarium.trial.endpoint import Endpoint, EndpointError
from immunarium.trial.enrolment import enrolled
from immunarium.trial.outcome import observe
from immunarium.trial.power import Outcomes, Power, SampleSize, power, sample_size
from immunarium.trial.protocol import Arm, Trial, TrialError
from immunarium.trial.watch import ArmData

Pair = tuple[Outcomes, Outcomes]


@dataclass(frozen=True)
class Powered:
    """Power of a trial for one endpoint.

    Attributes
    ----------
    study : Trial
    endpoint : Endpoint
    arms : pair of Arm
        The second is the reference.
    alpha : float
        Two-sided.
    pool : pair of float
        What the arms come to in all virtual patients: the share, the mean, or for a time the share
        of patients with the event.
    error : float
        Standard error of their difference that comes from the size of the pool, in which the same
        patients are in both arms.
    asked : tuple of Power
        At the sizes that were asked for.
    found : SampleSize, optional
        The smallest trial with the power that was wanted.
    """

    study: Trial
    endpoint: Endpoint
    arms: tuple[Arm, Arm]
    alpha: float
    pool: tuple[float, float]
    error: float
    asked: tuple[Power, ...]
    found: SampleSize | None
    manifest: Mapping[str, Any]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sizes that were asked for or found."""
        found = self.found.n if self.found else None
        return tuple(sorted({*(p.n for p in self.asked), *([found] if found else [])}))

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        found = self.found
        return {
            "study": self.study.name,
            "endpoint": self.endpoint.name,
            "estimand": self.endpoint.sentence((self.arms[0].label, self.arms[1].label)),
            "arms": [a.name for a in self.arms],
            "alpha": self.alpha,
            "pool": list(self.pool),
            "pool_error": self.error,
            "power": [vars(p) for p in self.asked],
            "sample_size": found and vars(found) | {"looked": [vars(p) for p in found.looked]},
            "manifest": dict(self.manifest),
        }


def study_power(
    trial: Trial,
    endpoint: str | None = None,
    *,
    sizes: Sequence[int] = (),
    find: float | None = None,
    alpha: float = 0.05,
    replicates: int = 1000,
    seed: int = 1,
    pool: int = 500,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Powered:
    """Simulate two arms of a trial once, and draw trials of several sizes from them.

    Each drawn trial has other patients in each arm, as a real one has.

    Parameters
    ----------
    endpoint : str, optional
        By name; the first by default.
    sizes : sequence of int
        Patients per arm; the published number where nothing is asked.
    find : float, optional
        Also find the smallest trial with this power.
    pool : int
        Virtual patients, each followed in both arms.
    progress : callable
        Told the work in hand, patients done, and of how many.

    Raises
    ------
    ImmunoError
        An unknown endpoint, or one that compares no two arms.
    """
    say = progress or _silent
    say(f"sampling {pool:,} virtual patients", 0, 0)
    patients, _ = enrolled(trial, pool, seed)
    say("compiling", 0, 0)
    bench, wanted, arms = prepared(trial, patients, endpoint)
    first, second = outcomes(bench, wanted, arms, patients, workers=workers, progress=say)
    drawing = {"replicates": replicates, "alpha": alpha, "seed": seed}
    if not sizes and find is None:
        sizes = (arms[0].n,)
    asked = []
    for i, n in enumerate(sizes):
        say("drawing trials", i, len(sizes))
        asked.append(power(first, second, n, **drawing))
    found = sample_size(first, second, find, progress=say, **drawing) if find else None
    return Powered(
        study=trial, endpoint=wanted, arms=arms, alpha=alpha,
        pool=(average(first), average(second)),
        error=_error(first, second),
        asked=tuple(asked), found=found,
        manifest={
            "study": trial.file or trial.name, "endpoint": wanted.name,
            "seed": seed, "pool": len(patients), "replicates": replicates, "alpha": alpha,
            "immunarium": version("immunarium"),
        },
    )  # fmt: skip


def read_sizes(text: str) -> tuple[int, ...]:
    """Read sizes with commas.

    Examples
    --------
    >>> read_sizes("50, 100")
    (50, 100)

    Raises
    ------
    TrialError
        One is no whole number of 2 or more.
    """
    words = [w.strip() for w in text.split(",") if w.strip()]
    for word in words:
        if not word.isdecimal() or int(word) < 2:
            raise TrialError(f"Cannot read {word!r} patients per arm. Write --n 50,100,200")
    return tuple(map(int, words))


def prepared(
    trial: Trial, patients: Population, endpoint: str | None, graph: Graph | None = None
) -> tuple[Bench, Endpoint, tuple[Arm, Arm]]:
    """Compile a trial for one endpoint and the two arms that it compares."""
    if not isinstance(trial.design, Parallel | None):
        raise TrialError(
            f"{trial.name} is no trial of arms in parallel, which this power is of. "
            f"What its own design can tell, and how often: immunarium trial {trial.name} --n 50"
        )
    plain = replace(trial, targets=(), assumed=(), window={})
    bench = Bench.of(plain, graph or patients.graph)
    known = {e.name: e for e in bench.endpoints}
    wanted = bench.endpoints[0] if endpoint is None else known.get(endpoint)
    if wanted is None:
        raise EndpointError(
            f"{trial.name} has no endpoint {endpoint!r}.{did_you_mean(str(endpoint), known)}"
        )
    return bench, wanted, _compared(trial, wanted)


def _compared(trial: Trial, endpoint: Endpoint) -> tuple[Arm, Arm]:
    """Arms that an endpoint compares; the first two of the trial where it does not say."""
    arms = {a.name: a for a in trial.arms}
    names = endpoint.compare or tuple(arms)[:2]
    if len(names) != 2:
        raise TrialError(f"{trial.name} has one arm, and power compares two. Write another arm.")
    missing = [n for n in names if n not in arms]
    if missing:
        raise TrialError(
            f"The endpoint {endpoint.name!r} compares {missing[0]!r}, which is no arm."
            f"{did_you_mean(missing[0], arms)}"
        )
    return arms[names[0]], arms[names[1]]


def outcomes(
    bench: Bench,
    endpoint: Endpoint,
    arms: tuple[Arm, Arm],
    patients: Population,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Pair:
    """Follow patients in two arms and read an endpoint in each."""
    data = []
    for arm in arms:

        def told(done: int, _: int, label: str = arm.label) -> None:
            (progress or _silent)(label, done, len(patients))

        cohort = bench.follow(arm.regimen, patients, workers=workers, progress=told)
        table = assess.patient_table(cohort, bench, patients)
        visits = assess.visit_table(cohort, bench, patients)
        data.append(
            ArmData.of(
                arm.name, arm.label, arm.n, cohort, bench.watch, table, visits, cohort.decisions
            )
        )
    first, second = (_outcome(endpoint, one, data, bench.trial.until / 24) for one in data)
    return first, second


def _outcome(endpoint: Endpoint, arm: ArmData, compared: list[ArmData], until: float) -> Outcomes:
    seen = observe(endpoint, arm, compared, until)
    return Outcomes(endpoint.kind, seen.value, seen.event if endpoint.kind == "time" else None)


def _seen(arm: Outcomes) -> NDArray[np.float64]:
    """Return what is averaged: the share, the number, or whether the event came; NaN without."""
    if arm.events is None:
        return arm.values
    return np.where(np.isfinite(arm.values), arm.events.astype(np.float64), np.nan)


def average(arm: Outcomes) -> float:
    """Return the share, the mean, or for a time the share of patients with the event."""
    return float(np.nanmean(_seen(arm)))


def _error(first: Outcomes, second: Outcomes) -> float:
    gaps = _seen(first) - _seen(second)
    gaps = gaps[np.isfinite(gaps)]
    return float(gaps.std(ddof=1) / len(gaps) ** 0.5) if len(gaps) > 1 else float("nan")


def _silent(label: str, done: int, total: int) -> None:
    """Say nothing."""
