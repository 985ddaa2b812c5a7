"""Calibration: numbers of the tables moved until published targets are met."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from immunarium.core import ImmunoError, Row, UnknownNameError, did_you_mean
from immunarium.core import evaluate as evaluated
from immunarium.core.progress import Progress
from immunarium.core.units import factor
from immunarium.population import Population
from immunarium.trial import Score, Target, Trial, score_targets

FOLDER = Path(__file__).with_name("calibrations")


class CalibrationError(ImmunoError):
    """A calibration that cannot be run as it is written."""


@dataclass(frozen=True)
class Free:
    """A number that may move: its path, unit, and the bounds it must keep.

    Attributes
    ----------
    sd : float, optional
        Of the logarithm, about ``start``: what is known of the number without the targets. By
        default nothing is.
    note : str, optional
        Where ``start`` and ``sd`` come from.
    """

    path: str
    unit: str
    start: float
    low: float
    high: float
    sd: float = math.inf
    note: str = ""

    def __post_init__(self) -> None:
        if not (0 < self.low <= self.start <= self.high and self.sd > 0):
            raise CalibrationError(
                f"{self.path}: start {self.start:g} from {self.low:g} to {self.high:g}, sd "
                f"{self.sd:g}. Wanted 0 < low <= start <= high, and an sd above 0."
            )

    def surprise(self, value: float) -> float:
        """How far a value lies from what is known of it without the targets, squared."""
        return (math.log(value / self.start) / self.sd) ** 2


@dataclass(frozen=True)
class Calibration:
    """What may move, and which published targets it is moved for.

    Attributes
    ----------
    targets : mapping of str to tuple of str
        By study: the targets that enter the objective. All must have the role ``calibrate``.
    """

    name: str
    title: str
    pool: int
    seed: int
    evaluations: int
    targets: Mapping[str, tuple[str, ...]]
    free: tuple[Free, ...]


@dataclass(frozen=True)
class Evaluation:
    """One run of the studies: the objective, the free numbers [as the plan] and the scores."""

    objective: float
    values: np.ndarray
    scores: list[Score]


@dataclass(frozen=True)
class Record:
    """What a calibration did: enough to see what moved, and whether it was worth it."""

    calibration: str
    seed: int
    pool: int
    evaluations: int
    objective_start: float
    objective_end: float
    numbers: dict[str, dict[str, Any]]
    targets: dict[str, dict[str, Any]]

    def json(self) -> str:
        """Return the record as text, the same for the same run."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def calibrations() -> list[str]:
    """Names of the calibrations of the library."""
    return sorted(p.stem for p in FOLDER.glob("*.toml"))


def load_calibration(name: str) -> Calibration:
    """Read a calibration of the library.

    Raises
    ------
    UnknownNameError
        There is none of that name.
    CalibrationError
        It is no TOML, or lacks something.
    """
    if name not in calibrations():
        raise UnknownNameError(
            f"No calibration is called {name!r}.{did_you_mean(name, calibrations())}"
        )
    try:
        content = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        return Calibration(
            name=name,
            title=content["title"],
            pool=content["pool"],
            seed=content["seed"],
            evaluations=content["evaluations"],
            targets={s: tuple(ids) for s, ids in content["targets"].items()},
            free=tuple(Free(**f) for f in content["free"]),
        )
    except (KeyError, TypeError, tomllib.TOMLDecodeError) as e:
        raise CalibrationError(f"{name}.toml: {e}. Look at another calibration file.") from None


def calibrate(
    plan: Calibration,
    trials: Mapping[str, Trial],
    *,
    evaluations: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Record:
    """Move the free numbers until the simulated targets come as close as they can.

    Nelder-Mead in logarithms, on the same virtual patients at every evaluation, so that the
    objective has no noise. The objective adds, over the targets, the squared distance from the
    observed value in half-windows (1 is the edge of the window), and over the free numbers that
    have one, the squared distance from their prior in standard deviations.

    Parameters
    ----------
    trials : mapping of str to Trial
        The studies that ``plan`` names.
    evaluations : int, optional
        How often the studies are run; by default as the plan says. 1 moves nothing: it scores the
        tables as they stand, which need not hold the numbers that a fit starts from.

    Raises
    ------
    CalibrationError
        A target may not be fitted (its role is not ``calibrate``), or SciPy is missing.
    """
    for study, ids in plan.targets.items():
        _allowed(trials[study], ids)
    asked = plan.evaluations if evaluations is None else evaluations
    seen: list[Evaluation] = []

    def evaluate(values: np.ndarray, rows: tuple[Row, ...]) -> float:
        scores = scores_of(plan, trials, rows, workers)
        far = sum(distance(s) ** 2 for s in scores)
        known = sum(f.surprise(v) for f, v in zip(plan.free, values, strict=True))
        seen.append(Evaluation(far + known, values, scores))
        if progress is not None:
            best = min(e.objective for e in seen)
            progress(f"objective {best:.3g}", len(seen), asked)
        return seen[-1].objective

    def objective(x: np.ndarray) -> float:
        values = np.exp(x)
        return evaluate(values, free_rows(plan, values))

    if asked <= 1:
        evaluate(_standing(plan, next(iter(trials.values()))), ())
    else:
        _minimise(objective, np.log([f.start for f in plan.free]), plan, asked)
    return _record(plan, seen[0], min(seen, key=lambda e: e.objective), len(seen))


def _standing(plan: Calibration, trial: Trial) -> np.ndarray:
    """Free numbers as the tables of a study hold them, in the units of the plan."""
    typical = Population.typical(trial.disease, next(iter(trial.shares)), trial.rows)
    tables = next(iter(typical.tables.values()))
    values = {path: typical.table[path].to_numpy(dtype=np.float64) for path in tables}
    numbers = [(tables[f.path], f.unit) for f in plan.free]  # a share of patients is its chance
    held = [np.ravel(evaluated([n.centre], values)[0])[0] * factor(n.unit, u) for n, u in numbers]
    return np.array(held)


def _minimise(
    objective: Callable[[np.ndarray], float], start: np.ndarray, plan: Calibration, asked: int
) -> None:
    from scipy.optimize import minimize

    step = 0.15
    corners = np.vstack([start, *(start + step * row for row in np.eye(len(start)))])
    bounds = [(math.log(f.low), math.log(f.high)) for f in plan.free]
    minimize(
        objective,
        start,
        method="Nelder-Mead",
        bounds=bounds,
        options={"maxfev": asked, "initial_simplex": corners, "xatol": 1e-3, "fatol": 1e-4},
    )


def distance(score: Score) -> float:
    """How far a simulated value lies from the observed one, in half-windows.

    Examples
    --------
    A value at the edge of its window has the distance 1, whichever edge it is.
    """
    if score.window is None or not math.isfinite(score.simulated):
        return 10.0
    low, high = score.window
    edge = high if score.simulated > score.observed else low
    return abs(score.simulated - score.observed) / max(abs(edge - score.observed), 1e-12)


def _allowed(trial: Trial, ids: tuple[str, ...]) -> None:
    known: dict[str, Target] = {t.id: t for t in trial.targets}
    for target in ids:
        if target not in known:
            raise CalibrationError(
                f"{trial.name} has no target {target!r}.{did_you_mean(target, known)}"
            )
        if known[target].role != "calibrate":
            raise CalibrationError(
                f"{target} of {trial.name} has the role {known[target].role!r}. Only targets with "
                f"the role 'calibrate' may be fitted."
            )


def scores_of(
    plan: Calibration, trials: Mapping[str, Trial], rows: tuple[Row, ...], workers: int | None
) -> list[Score]:
    """Run the studies of a plan with some rows on top of their tables."""
    out: list[Score] = []
    for study, ids in plan.targets.items():
        wanted = tuple(t for t in trials[study].targets if t.id in ids)
        read = {a for t in wanted for a in (t.arm, t.against, t.ratio_to)}
        arms = tuple(a for a in trials[study].arms if a.name in read)
        trial = replace(
            trials[study],
            rows=(*trials[study].rows, *rows),
            targets=wanted,
            arms=arms,
            assumed=(),
            window={},
        )
        out += score_targets(trial, pool=plan.pool, seed=plan.seed, workers=workers)
    return out


def free_rows(plan: Calibration, values: Iterable[float]) -> tuple[Row, ...]:
    """Return the free numbers of a plan as rows on top of the tables."""
    return tuple(_row(f, v, plan.name) for f, v in zip(plan.free, values, strict=True))


def _row(free: Free, value: float, name: str) -> Row:
    instance, _, thing = free.path.rpartition(".")
    return Row(
        instance=instance,
        name=thing,
        value=f"{value:.12g}",
        unit=free.unit,
        spread=None,
        law="",
        evidence="fitted",
        source=f"immunarium calibrate {name}",
        note="",
        file=f"{name}.toml",
        line=0,
    )


def _record(plan: Calibration, first: Evaluation, best: Evaluation, evaluations: int) -> Record:
    return Record(
        calibration=plan.name,
        seed=plan.seed,
        pool=plan.pool,
        evaluations=evaluations,
        objective_start=round(first.objective, 6),
        objective_end=round(best.objective, 6),
        numbers={
            f.path: {"start": float(f"{a:.4g}"), "end": float(f"{v:.4g}"), "unit": f.unit}
            | ({"prior": f.start, "sd": f.sd} if math.isfinite(f.sd) else {})
            for f, a, v in zip(plan.free, first.values, best.values, strict=True)
        },
        targets={
            s.id: {
                "observed": s.observed,
                "window": list(s.window or ()),
                "start": float(f"{a.simulated:.5g}"),
                "end": float(f"{s.simulated:.5g}"),
                "inside": s.inside,
            }
            for a, s in zip(first.scores, best.scores, strict=True)
        },
    )
