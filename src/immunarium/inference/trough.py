"""The dose, patient by patient, that keeps a trough: for each interval between doses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import Disease, ImmunoError, Therapy, UnknownNameError, did_you_mean
from immunarium.core.progress import Progress
from immunarium.core.units import factor
from immunarium.dosing import Regimen, ticks
from immunarium.inference.compare import RTOL
from immunarium.population import Population
from immunarium.trial.simulation import Simulation

Floats = NDArray[np.float64]
LONG = 24 * 7 * 24.0  # h: troughs are read after about half a year, at the steady state
POINTS = 8
WIDEST = 200.0  # between the smallest and the largest dose that is tried


class TroughError(ImmunoError):
    """A trough that cannot be looked for as asked."""


@dataclass(frozen=True)
class Trough:
    """Doses that keep a quantity at a level until the next dose.

    Attributes
    ----------
    path, unit : str
        The quantity, and the unit of ``level``.
    dose : str
        What is given, with ``?`` for the amount.
    tried : ndarray, shape (doses,)
        Amounts that were given to everybody, none of it first.
    troughs : mapping of str to ndarray, shape (patients, doses)
        By interval: just before the last dose.
    needed : DataFrame
        Row: patient; column: interval. The amount that keeps the level; NaN where the largest tried
        does not, 0 where none is needed.
    table : DataFrame
        Row: interval. Doses given before the trough, quantiles of the amount needed, the amount per
        28 d at the median, and the shares of patients who need none, and whom the largest amount
        keeps there.
    """

    disease: str
    path: str
    level: float
    unit: str
    dose: str
    amount_unit: str
    tried: Floats
    troughs: Mapping[str, Floats]
    needed: pd.DataFrame
    table: pd.DataFrame
    patients: int
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """Return everything but single patients, ready for JSON."""
        rows = self.table.reset_index().to_dict("records")
        return {
            "disease": self.disease, "of": self.path, "level": self.level, "unit": self.unit,
            "dose": self.dose, "patients": self.patients, "seed": self.seed,
            "tried": self.tried.tolist(),
            "intervals": [{str(k): v for k, v in row.items()} for row in rows],
        }  # fmt: skip


def trough(
    disease: Disease,
    therapies: Mapping[str, Therapy],
    dose: str,
    *,
    of: str,
    level: float,
    unit: str,
    intervals: Sequence[str],
    between: tuple[float, float],
    patients: int = 200,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Trough:
    """Find for each patient the dose whose trough is a level, for each of some intervals.

    Everybody is given nothing, and doses of a geometric grid; the trough rises with the dose, so
    that each patient's own dose lies between two of them.

    Parameters
    ----------
    dose : str
        Regimen text of one dose with ``?`` for its amount, like ``ivig ? g/kg IV``.
    of : str
        Path of the quantity.
    level : float
        Least trough [unit].
    intervals : sequence of str
        Like ``3 w``.
    between : pair of float
        Smallest and largest amount that is tried.

    Raises
    ------
    ImmunoError
        A text without ``?``, an amount, interval, quantity or unit that cannot be.
    """
    _check(disease, dose, of, level, intervals, between)
    tried = np.append(0.0, np.geomspace(*between, POINTS))
    who = Population.sample(disease, patients, seed)
    hours = {i: ticks(i) / ticks("1 h") for i in intervals}
    counts = {i: max(2, round(LONG / h)) for i, h in hours.items()}
    troughs: dict[str, Floats] = {}
    for interval, n in counts.items():
        told = _telling(progress, f"every {interval}")
        troughs[interval] = _troughs(
            disease, therapies, f"{dose} every {interval} x {n}", tried, who, of, unit,
            n * hours[interval], workers, told,
        )  # fmt: skip
    needed = pd.DataFrame(
        {i: [_needed(tried, row, level) for row in t] for i, t in troughs.items()},
        index=who.table.index,
    )
    return Trough(
        disease=disease.name, path=of, level=level, unit=unit, dose=dose, amount_unit=_unit(dose),
        tried=tried, troughs=troughs, needed=needed, table=_table(needed, counts),
        patients=patients, seed=seed,
    )  # fmt: skip


def _telling(progress: Progress | None, label: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(label, done, total) if progress else None


def _check(
    disease: Disease,
    dose: str,
    of: str,
    level: float,
    intervals: Sequence[str],
    between: tuple[float, float],
) -> None:
    """Refuse what cannot be looked for."""
    if dose.count("?") != 1:
        raise TroughError(
            f"'{dose}' should have one '?' for the amount that is looked for, like "
            f"'ivig ? g/kg IV'."
        )
    low, high = between
    if not 0 < low < high or high / low > WIDEST:
        raise TroughError(
            f"The doses {low:g} to {high:g} cannot be tried. Write two that rise, the first above "
            f"0, at most {WIDEST:g}-fold apart, like 0.1..2."
        )
    if not math.isfinite(level):
        raise TroughError(f"The trough {level:g} is no level. Write a number, like 8.")
    if not intervals or not all(map(ticks, intervals)):
        raise TroughError(
            f"Doses cannot be given every {', '.join(intervals) or '…'}. Write intervals, like "
            f"'3 w, 4 w'."
        )
    units = disease.model.graph.units
    if of not in units:
        raise UnknownNameError(f"{disease.name} has no {of!r}.{did_you_mean(of, units)}")


def _unit(dose: str) -> str:
    return dose.split("?", 1)[1].split()[0]


def _troughs(
    disease: Disease,
    therapies: Mapping[str, Therapy],
    text: str,
    tried: Floats,
    who: Population,
    of: str,
    unit: str,
    until: float,
    workers: int | None,
    told: Callable[[int, int], None],
) -> Floats:
    """Value at the end of the last interval, shape (patients, doses)."""
    out: list[Floats] = []
    for k, amount in enumerate(tried):
        given = text.replace("?", f"{amount:.6g}") if amount else "none"
        regimen = Regimen.parse(given)
        run = Simulation(disease, therapies, regimen, days=until / 24, rtol=RTOL, keep=of)
        scale = factor(run.bench.graph.units[of], unit)
        told(k * len(who), len(tried) * len(who))
        out.append(run.follow(who, workers=workers).variables[of].data[:, -1] * scale)
    return np.stack(out, axis=1)


def _needed(tried: Floats, troughs: Floats, level: float) -> float:
    """Amount at which the trough is the level, between the two tried amounts around it."""
    rising = np.maximum.accumulate(troughs)
    if np.isnan(troughs).any() or rising[-1] < level:
        return np.nan
    if rising[0] >= level:
        return 0.0
    return float(np.interp(level, rising, tried))


def _table(needed: pd.DataFrame, counts: Mapping[str, int]) -> pd.DataFrame:
    rows = []
    for interval in needed:
        amounts = needed[interval].to_numpy(float)
        enough = np.where(np.isnan(amounts), np.inf, amounts)
        low, middle, high = np.quantile(enough, (0.05, 0.5, 0.9), method="higher")
        days = ticks(str(interval)) / ticks("1 d")
        rows.append({
            "interval": interval, "doses": counts[str(interval)], "low": low, "median": middle,
            "for_90_percent": high, "median_per_28_d": middle * 28 / days,
            "none": float((amounts == 0).mean()), "kept": float(np.isfinite(enough).mean()),
        })  # fmt: skip
    return pd.DataFrame(rows).set_index("interval")


def wanted(least: str, every: str, doses: str) -> dict[str, Any]:
    """Read what a command asks: the level, the intervals and the amounts that are tried.

    Raises
    ------
    TroughError
        One of them cannot be read.
    """
    number, _, unit = least.strip().partition(" ")
    low, _, high = doses.partition("..")
    try:
        return {
            "level": float(number), "unit": unit.strip(),
            "intervals": tuple(filter(None, map(str.strip, every.split(",")))),
            "between": (float(low), float(high)),
        }  # fmt: skip
    except ValueError:
        raise TroughError(
            f"Cannot read the trough {least!r} or the doses {doses!r}. Write a number and a unit, "
            f"like '8 g/L', and two amounts, like 0.1..2."
        ) from None
