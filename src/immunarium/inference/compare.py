"""Regimens beside each other, in the same virtual patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from immunarium.core import Disease, ImmunoError, Therapy, UnknownNameError, did_you_mean
from immunarium.core.progress import Progress
from immunarium.core.units import factor
from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial.simulation import Simulation

Floats = NDArray[np.float64]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
RTOL = 1e-4
READINGS = ("start", "lowest", "day of lowest", "highest", "end", "average")


class ComparisonError(ImmunoError):
    """Regimens that cannot be compared as asked."""


@dataclass(frozen=True)
class Look:
    """A quantity that is compared.

    Attributes
    ----------
    path : str
        Of the model, or the name of a score of the disease.
    unit : str
        Of the result; empty: the model's own.
    label : str
        As figures call it.
    """

    path: str
    unit: str = ""
    label: str = ""

    @classmethod
    def parse(cls, text: str) -> Look:
        """Read ``igg.total``, or ``igg.total in g/L``."""
        path, _, unit = text.partition(" in ")
        return cls(path.strip(), unit.strip())


@dataclass(frozen=True)
class Compared:
    """What became of the patients under each regimen.

    Attributes
    ----------
    regimens : mapping of str to str
        Text of each, by label; the first is what the others are held against.
    table : DataFrame
        A row per quantity and regimen: medians over patients of ``READINGS``, and the average over
        the time as a percentage of the first regimen's in the same patient (``of_first``, with
        ``of_first_low`` and ``of_first_high`` around 90 % of patients; NaN where the first has
        none). ``alive`` is the percentage of patients who are at the end: ``end`` is of them, and
        an average is over the time that each lived.
    courses : Dataset
        Quantiles over patients; dims ``(regimen, quantile, time)``, time in d.
    """

    title: str
    disease: str
    regimens: Mapping[str, str]
    looks: tuple[Look, ...]
    table: pd.DataFrame
    courses: xr.Dataset
    days: float
    patients: int
    failed: int
    seed: int
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the table and what was asked, ready for JSON."""
        rows = self.table.to_dict("records")
        return {
            "title": self.title, "disease": self.disease, "days": self.days,
            "patients": self.patients, "failed": self.failed, "seed": self.seed,
            "regimens": dict(self.regimens), "note": self.note,
            "table": [{str(k): v for k, v in row.items()} for row in rows],
        }  # fmt: skip


def compare(
    disease: Disease,
    therapies: Mapping[str, Therapy],
    regimens: Mapping[str, Regimen],
    looks: Sequence[Look],
    *,
    days: float,
    patients: int = 200,
    seed: int = 1,
    title: str = "",
    note: str = "",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Compared:
    """Give the same virtual patients one regimen after the other, each from the start.

    Parameters
    ----------
    regimens : mapping of str to Regimen
        By label, at least two.
    looks : sequence of Look
        What is looked at.

    Raises
    ------
    ImmunoError
        One regimen only, an unknown quantity or unit, or a regimen that the disease cannot take.
    """
    _check(regimens, looks, patients)
    units = disease.model.graph.units
    looks = tuple(_known(look, disease, units) for look in looks)
    paths = [_path(look, disease) for look in looks]
    who = Population.sample(disease, patients, seed)
    runs = {
        label: Simulation(
            disease, therapies, regimen, days=days, seed=seed, rtol=RTOL, keep=",".join(paths)
        )
        for label, regimen in regimens.items()
    }
    grid = np.unique(np.concatenate([run.time.data for run in runs.values()]))
    values, failed = _followed(runs, who, paths, grid, workers, progress)
    times, kept = grid / 24, ~failed
    if not kept.any():
        raise ComparisonError("Nobody could be followed to the end under every regimen.")
    return Compared(
        title=title or "Regimens compared",
        disease=disease.name,
        regimens={label: str(r) for label, r in regimens.items()},
        looks=looks,
        table=_table(looks, paths, units, values, times, kept),
        courses=_courses(looks, paths, units, values, times, kept),
        days=days,
        patients=patients,
        failed=int(failed.sum()),
        seed=seed,
        note=note,
    )


def _check(regimens: Mapping[str, Regimen], looks: Sequence[Look], patients: int) -> None:
    """Refuse what cannot be compared."""
    if len(regimens) < 2:
        raise ComparisonError("There is nothing to compare: write at least two regimens.")
    if not looks:
        raise ComparisonError("Say what is compared, like --of igg.total")
    if patients < 1:
        raise ComparisonError(f"patients is {patients}. Write at least 1.")


def _followed(
    runs: Mapping[str, Simulation],
    who: Population,
    paths: Sequence[str],
    grid: Floats,
    workers: int | None,
    progress: Progress | None,
) -> tuple[dict[str, dict[str, Floats]], NDArray[np.bool_]]:
    """Values by regimen and path, shape (patients, times), and who failed under any regimen."""
    values: dict[str, dict[str, Floats]] = {}
    failed = np.zeros(len(who), dtype=bool)
    for label, run in runs.items():

        def told(done: int, _: int, label: str = label) -> None:
            if progress:
                progress(label, done, len(who))

        rows = run.follow(who, workers=workers, progress=told).variables
        failed |= rows["failed"].data.astype(bool)
        values[label] = {p: _onto(grid, run.time.data, rows[p].data) for p in paths}
    return values, failed


def _known(look: Look, disease: Disease, units: Mapping[str, str]) -> Look:
    """Return a look whose quantity and unit exist."""
    path = _path(look, disease)
    if path not in units:
        near = did_you_mean(look.path, [*disease.scores, *units])
        raise UnknownNameError(f"{disease.name} has no {look.path!r}.{near}")
    if look.unit:
        factor(units[path], look.unit)
    return look


def _path(look: Look, disease: Disease) -> str:
    return disease.scores.get(look.path, look.path)


def _onto(grid: Floats, times: Floats, values: Floats) -> Floats:
    """Values on the grid of all regimens: each has more times where its own infusions end."""
    return np.stack([np.interp(grid, times, row) for row in values])


def _scale(look: Look, unit: str) -> float:
    return factor(unit, look.unit) if look.unit else 1.0


def _averages(values: Floats, times: Floats) -> Floats:
    """Average over the time that each patient lived, by trapezoids."""
    width = np.diff(times)
    middle = (values[:, 1:] + values[:, :-1]) / 2
    lived = np.where(np.isnan(middle), 0.0, width).sum(axis=1)
    return np.where(lived > 0, np.nansum(middle * width, axis=1) / np.maximum(lived, 1e-9), np.nan)


def _table(
    looks: Sequence[Look],
    paths: Sequence[str],
    units: Mapping[str, str],
    values: Mapping[str, Mapping[str, Floats]],
    times: Floats,
    kept: NDArray[np.bool_],
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    first = next(iter(values))
    for look, path in zip(looks, paths, strict=True):
        scale = _scale(look, units[path])
        reference = _averages(values[first][path][kept], times)
        for label, by_path in values.items():
            v = by_path[path][kept] * scale
            average = _averages(v, times)
            has = (np.abs(reference) > 1e-12) & ~np.isnan(average)
            alive = ~np.isnan(v[:, -1])
            share = 100 * average[has] / (reference[has] * scale)
            low, middle, high = (
                np.quantile(share, (0.05, 0.5, 0.95)) if share.size else [np.nan] * 3
            )
            rows.append({
                "quantity": look.label or look.path, "unit": look.unit or units[path],
                "regimen": label,
                "start": np.median(v[:, 0]), "lowest": np.median(np.nanmin(v, axis=1)),
                "day of lowest": np.median(times[np.nanargmin(v, axis=1)]),
                "highest": np.median(np.nanmax(v, axis=1)), "end": _median(v[:, -1]),
                "average": _median(average), "alive": 100 * alive.mean(),
                "of_first": middle, "of_first_low": low, "of_first_high": high,
            })  # fmt: skip
    return pd.DataFrame(rows)


def _median(values: Floats) -> float:
    """Median of those who have a value; NaN where nobody has."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else np.nan


def _bands(values: Floats) -> Floats:
    """Quantiles over those alive, shape (quantiles, times); NaN where nobody is."""
    out = np.full((len(QUANTILES), values.shape[1]), np.nan)
    some = ~np.isnan(values).all(axis=0)
    out[:, some] = np.nanquantile(values[:, some], QUANTILES, axis=0)
    return out


def _courses(
    looks: Sequence[Look],
    paths: Sequence[str],
    units: Mapping[str, str],
    values: Mapping[str, Mapping[str, Floats]],
    times: Floats,
    kept: NDArray[np.bool_],
) -> xr.Dataset:
    out: dict[str, xr.Variable] = {}
    for look, path in zip(looks, paths, strict=True):
        scale = _scale(look, units[path])
        bands = [_bands(v[path][kept] * scale) for v in values.values()]
        attrs = {"units": look.unit or units[path], "long_name": look.label or look.path}
        out[look.path] = xr.Variable(("regimen", "quantile", "time"), np.stack(bands), attrs)
    coords = {"regimen": list(values), "quantile": list(QUANTILES), "time": times}
    return xr.Dataset(out, coords)
