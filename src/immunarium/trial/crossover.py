"""Crossover trials: sequences of treatments as arms, and the comparison within patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from immunarium.core import did_you_mean
from immunarium.population import stream, uniforms
from immunarium.trial.cohort import Cohort
from immunarium.trial.design import Crossover
from immunarium.trial.periods import in_turn
from immunarium.trial.protocol import Arm, Trial, TrialError
from immunarium.trial.statistics import Estimate, mean_difference, none, paired_difference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
ROUND = 1e-12  # what is left of a sum of squares below this share of it is rounding


@dataclass(frozen=True)
class Crossed:
    """What a crossover comes to, for one quantity.

    Attributes
    ----------
    treatments : pair of str
        Names of the two arms that are compared; the second is the reference.
    table : DataFrame
        Row: patient and period; columns ``patient sequence period treatment value``.
    means : DataFrame
        Row: sequence; column: period; mean of the patients of the sequence.
    difference : Estimate
        First treatment less the second, within patients, adjusted for periods.
    paired : Estimate
        The same without the adjustment: the mean of each patient's difference.
    period : Estimate
        Last period less the first, whatever the treatment.
    carry_over : Estimate
        What the first treatment leaves behind in the next period, less what the second does. With
        two periods it is a comparison between patients (Grizzle 1965) and as imprecise as that.
    trials : ndarray, shape (trials, 2)
        The difference and its p in trials drawn from the pool; NaN where one cannot tell.
    """

    treatments: tuple[str, str]
    table: pd.DataFrame
    means: pd.DataFrame
    difference: Estimate
    paired: Estimate
    period: Estimate
    carry_over: Estimate
    trials: Floats = field(default_factory=lambda: np.empty((0, 2)))

    @property
    def interval90(self) -> tuple[float, float]:
        """Interval that holds the difference in 90 % of the drawn trials."""
        found = self.trials[np.isfinite(self.trials[:, 0]), 0]
        low, high = np.quantile(found, (0.05, 0.95)) if len(found) else (np.nan, np.nan)
        return float(low), float(high)

    def power(self, alpha: float = 0.05) -> float:
        """Share of the drawn trials with p below alpha; NaN without any."""
        return float((self.trials[:, 1] < alpha).mean()) if len(self.trials) else float("nan")


def sequences(trial: Trial, design: Crossover) -> Trial:
    """Return a trial whose arms are the sequences of a crossover.

    Raises
    ------
    TrialError
        A sequence names an arm that is none, a treatment is longer than its period, or the trial
        ends before the last period.
    """
    arms = {a.name: a for a in trial.arms}
    for name in {name for s in design.sequences for name in s}:
        if name not in arms:
            raise TrialError(
                f"The crossover of {trial.name} names {name!r}, which is no arm."
                f"{did_you_mean(name, arms)}"
            )
    end = design.starts[-1] + design.period
    if trial.until < end:
        raise TrialError(
            f"{trial.name} is followed for {trial.until / 24:g} d, and its crossover lasts "
            f"{end / 24:g} d. Write until: {end / 24:g} d or more."
        )
    out = []
    for names in design.sequences:
        mine = [arms[name] for name in names]
        label = " → ".join(a.label for a in mine)
        n = max(1, round(sum(a.n for a in mine) / len(mine) / len(design.sequences)))
        out.append(Arm(" then ".join(names), label, in_turn(mine, design, trial), n))
    times = {t for start in design.starts for t in (start, start + design.period)}
    record = tuple(sorted({*trial.record, *times}))
    return replace(
        trial, arms=tuple(out), record=record, targets=(), endpoints=(), assumed=(), window={},
        design=None,
    )  # fmt: skip


def allocated(patients: Ints, seed: int, count: int) -> Ints:
    """Draw a sequence for each patient: 0 to ``count - 1``."""
    return (uniforms(seed, "sequence of a crossover", patients) * count).astype(np.int64)


def readings(
    design: Crossover,
    cohorts: Sequence[Cohort],
    path: str,
    at: float,
    allocation: Ints,
    left: Floats | None = None,
) -> pd.DataFrame:
    """Read a quantity in each period of each patient, as ``Crossed.table``.

    Parameters
    ----------
    cohorts : sequence of Cohort
        All patients in each sequence; the one to which a patient is allocated is read.
    at : float
        Hours from the start of a period, at most its length.
    allocation : ndarray of int, shape (patients,)
    left : ndarray, shape (patients,), optional
        Hour at which each patient is lost; who is not seen to the last period is left out.
    """
    if not 0 < at <= design.period:
        raise TrialError(
            f"The quantity {path} is read {at:g} h into periods of {design.period:g} h. Write a "
            f"time within the period."
        )
    rows = []
    stays = np.ones(len(allocation), bool) if left is None else left >= design.starts[-1] + at
    for s, (names, cohort) in enumerate(zip(design.sequences, cohorts, strict=True)):
        mine = np.flatnonzero((allocation == s) & stays & ~cohort.failed)
        for period, (start, treatment) in enumerate(zip(design.starts, names, strict=True)):
            values = cohort.recorded[path][mine, int(np.argmin(np.abs(cohort.times - start - at)))]
            rows.append(
                pd.DataFrame(
                    {
                        "patient": mine, "sequence": s, "period": period,
                        "treatment": treatment, "value": values,
                    }
                )
            )  # fmt: skip
    out = pd.concat(rows, ignore_index=True)
    lost = out.groupby("patient")["value"].transform(lambda v: v.isna().any())
    return out[~lost].sort_values(["patient", "period"], ignore_index=True)


def compare(
    values: pd.DataFrame,
    first: str,
    second: str,
    *,
    n: int = 0,
    replicates: int = 0,
    seed: int = 1,
) -> Crossed:
    """Compare two treatments within patients.

    Least squares with an effect of each patient, each period and each treatment, and, with three
    periods or more, of the treatment before.

    Parameters
    ----------
    values : DataFrame
        As ``Crossed.table``; complete for every patient.
    n, replicates : int
        Patients of each trial that is drawn from them, with replacement, and how many trials.
    """
    grouped = values.pivot_table(index="patient", columns="treatment", values="value")
    means = values.pivot_table(index="sequence", columns="period", values="value")
    fit = _Fit(values, first, second)
    return Crossed(
        treatments=(first, second),
        table=values,
        means=means,
        difference=fit.estimate("treatment"),
        paired=paired_difference(grouped[first], grouped[second]),
        period=fit.estimate("period"),
        carry_over=fit.estimate("carry") if values["period"].max() > 1 else _between(values, first),
        trials=fit.drawn("treatment", n, replicates, seed),
    )


class _Fit:
    """Least squares within patients, from what each patient adds to the sums of squares."""

    def __init__(self, values: pd.DataFrame, first: str, second: str) -> None:
        values = values.sort_values(["patient", "period"])
        columns = _effects(values, first, second)
        self.names = list(columns)
        patients = values["patient"].to_numpy()
        x = pd.DataFrame(columns).groupby(patients).transform(_centred).to_numpy()
        y = values.groupby("patient")["value"].transform(_centred).to_numpy()
        self.patients, starts = np.unique(patients, return_index=True)
        self.periods = len(y) // len(self.patients)
        self.xx = np.add.reduceat(x[:, :, None] * x[:, None, :], starts)
        self.xy = np.add.reduceat(x * y[:, None], starts)
        self.yy = np.add.reduceat(y * y, starts)

    def solved(self, times: Floats, i: int) -> tuple[Floats, Floats, Floats, Bools]:
        """Value, standard error and degrees of freedom of an effect, and whether there is one.

        Parameters
        ----------
        times : ndarray, shape (trials, patients)
            How often each patient is in each trial.
        """
        k = len(self.names)
        xx = (times @ self.xx.reshape(-1, k * k)).reshape(-1, k, k)
        xy, yy = times @ self.xy, times @ self.yy
        inverse = np.linalg.pinv(xx, hermitian=True)
        beta = (inverse @ xy[:, :, None])[:, :, 0]
        own = np.einsum("tj,tjk->tk", inverse[:, i], xx) - np.eye(k)[i]
        rank = np.linalg.matrix_rank(xx, hermitian=True)
        freedom = times.sum(axis=1) * (self.periods - 1) - rank
        residual = yy - (beta * xy).sum(axis=1)
        residual = np.where(residual > ROUND * yy, residual, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.sqrt(residual / freedom * inverse[:, i, i])
        return beta[:, i], error, freedom, np.abs(own).max(axis=1) < 1e-8

    def estimate(self, name: str) -> Estimate:
        """Estimate an effect in all patients."""
        everybody = np.ones((1, len(self.patients)))
        value, error, freedom, known = (x[0] for x in self.solved(everybody, self._at(name)))
        if not known:
            return none("these sequences cannot tell it from the others")
        if freedom < 1:
            return none("too few patients")
        return _student(float(value), float(error), float(freedom))

    def drawn(self, name: str, n: int, replicates: int, seed: int) -> Floats:
        """Return an effect and its p in trials of n patients, drawn with replacement."""
        pool = len(self.patients)
        picked = (stream(seed, "patients of each crossover").random((replicates, n)) * pool).astype(
            np.int64
        )
        times = np.zeros((replicates, pool))
        np.add.at(times, (np.arange(replicates)[:, None], picked), 1.0)
        value, error, freedom, known = self.solved(times, self._at(name))
        known &= (freedom >= 1) & (error > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            p = 2 * stdtr(freedom, -np.abs(value / error))
        return np.where(known[:, None], np.column_stack([value, p]), np.nan)

    def _at(self, name: str) -> int:
        return self.names.index(name)


def _effects(values: pd.DataFrame, first: str, second: str) -> dict[str, Floats]:
    """Return a column for each effect: treatments, periods, and what came before."""
    treatment, period = values["treatment"].to_numpy(), values["period"].to_numpy()
    other = [t for t in pd.unique(values["treatment"]) if t not in (first, second)]
    last = int(period.max())
    columns = {"treatment": (treatment == first).astype(float)}
    columns |= {f"treatment {t}": (treatment == t).astype(float) for t in other}
    columns["period"] = (period == last).astype(float)
    columns |= {f"period {i}": (period == i).astype(float) for i in range(1, last)}
    if last > 1:
        before = values.groupby("patient")["treatment"].shift()
        for name, t in (("carry", first), *((f"carry {t}", t) for t in other)):
            columns[name] = (before == t).to_numpy(dtype=float)
        columns["nothing before"] = before.isna().to_numpy(dtype=float)
    return columns


def _centred(values: pd.Series) -> pd.Series:
    return values - values.mean()


def _between(values: pd.DataFrame, first: str) -> Estimate:
    """Sums of both periods, those who had ``first`` first less the others (Grizzle)."""
    began = values[values["period"] == 0].set_index("patient")["treatment"]
    sums = values.groupby("patient")["value"].sum()
    return mean_difference(sums[began == first], sums[began != first])


def _student(value: float, error: float, freedom: float) -> Estimate:
    if not error > 0:
        return Estimate(value, value, value, 1.0 if value == 0 else 0.0)
    wide = float(stdtrit(freedom, 0.975)) * error
    return Estimate(
        value, value - wide, value + wide, float(2 * stdtr(freedom, -abs(value / error)))
    )


def by_sequence(design: Crossover, cohorts: Mapping[str, Cohort]) -> list[Cohort]:
    """Put the cohorts of the arms that ``sequences`` made in the order of the sequences."""
    return [cohorts[" then ".join(names)] for names in design.sequences]
