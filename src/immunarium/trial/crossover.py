"""Crossover trials: sequences of treatments as arms, and the comparison within patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from immunarium.core import did_you_mean
from immunarium.dosing import Regimen
from immunarium.dosing.parts import Give, Once, OnDays
from immunarium.dosing.ticks import DAY, HOUR, time_text
from immunarium.population import uniforms
from immunarium.trial.cohort import Cohort
from immunarium.trial.design import Crossover
from immunarium.trial.protocol import Arm, Trial, TrialError
from immunarium.trial.statistics import Estimate, mean_difference, none, paired_difference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Crossed:
    """What a crossover comes to, for one quantity.

    Attributes
    ----------
    values : DataFrame
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
    """

    values: pd.DataFrame
    means: pd.DataFrame
    difference: Estimate
    paired: Estimate
    period: Estimate
    carry_over: Estimate


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
        out.append(Arm(" then ".join(names), label, _in_turn(mine, design), n))
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
) -> pd.DataFrame:
    """Read a quantity in each period of each patient, as ``Crossed.values``.

    Parameters
    ----------
    cohorts : sequence of Cohort
        All patients in each sequence; the one to which a patient is allocated is read.
    at : float
        Hours from the start of a period, at most its length.
    allocation : ndarray of int, shape (patients,)
    """
    if not 0 < at <= design.period:
        raise TrialError(
            f"The quantity {path} is read {at:g} h into periods of {design.period:g} h. Write a "
            f"time within the period."
        )
    rows = []
    for s, (names, cohort) in enumerate(zip(design.sequences, cohorts, strict=True)):
        mine = np.flatnonzero((allocation == s) & ~cohort.failed)
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


def compare(values: pd.DataFrame, first: str, second: str) -> Crossed:
    """Compare two treatments within patients.

    Least squares with an effect of each patient, each period and each treatment, and, with three
    periods or more, of the treatment before.

    Parameters
    ----------
    values : DataFrame
        As ``Crossed.values``; complete for every patient.
    """
    grouped = values.pivot_table(index="patient", columns="treatment", values="value")
    means = values.pivot_table(index="sequence", columns="period", values="value")
    fit = _Fit(values, first, second)
    return Crossed(
        values=values,
        means=means,
        difference=fit.estimate("treatment"),
        paired=paired_difference(grouped[first], grouped[second]),
        period=fit.estimate("period"),
        carry_over=fit.estimate("carry") if values["period"].max() > 1 else _between(values, first),
    )  # fmt: skip


class _Fit:
    """Least squares within patients."""

    def __init__(self, values: pd.DataFrame, first: str, second: str) -> None:
        treatment = values["treatment"].to_numpy()
        other = [t for t in pd.unique(values["treatment"]) if t not in (first, second)]
        last = int(values["period"].max())
        columns = {"treatment": np.asarray(treatment == first, dtype=float)}
        columns |= {f"treatment {t}": np.asarray(treatment == t, dtype=float) for t in other}
        period = values["period"].to_numpy()
        columns["period"] = np.asarray(period == last, dtype=float)
        columns |= {f"period {i}": np.asarray(period == i, dtype=float) for i in range(1, last)}
        if last > 1:
            before = values.groupby("patient")["treatment"].shift()
            for name, t in (("carry", first), *((f"carry {t}", t) for t in other)):
                columns[name] = (before == t).to_numpy(dtype=float)
            columns["nothing before"] = before.isna().to_numpy(dtype=float)
        table = pd.DataFrame(columns).groupby(values["patient"].to_numpy()).transform(_centred)
        y = values.groupby("patient")["value"].transform(_centred).to_numpy()
        x = table.to_numpy()
        self.names = list(columns)
        self.inverse = np.linalg.pinv(x.T @ x)
        self.beta = self.inverse @ (x.T @ y)
        self.estimable = np.abs(self.inverse @ (x.T @ x) - np.eye(len(self.names))).max(axis=1)
        patients = values["patient"].nunique()
        self.freedom = len(y) - patients - int(np.linalg.matrix_rank(x))
        self.residual = float(((y - x @ self.beta) ** 2).sum())

    def estimate(self, name: str) -> Estimate:
        i = self.names.index(name)
        if self.estimable[i] > 1e-8:
            return none("these sequences cannot tell it from the others")
        if self.freedom < 1:
            return none("too few patients")
        error = float(np.sqrt(self.residual / self.freedom * self.inverse[i, i]))
        return _student(float(self.beta[i]), error, self.freedom)


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


# ---------------------------------------------------------------------------------- regimens


def _in_turn(arms: Sequence[Arm], design: Crossover) -> Regimen:
    """One treatment after the other, each at the start of its period."""
    total = Regimen.none
    for arm, start in zip(arms, design.starts, strict=True):
        _check_length(arm, design)
        if not arm.regimen.items:
            continue
        if not total.items:
            total = later(arm.regimen, start)
        elif any(isinstance(g, Give) and g.dated for g in arm.regimen.items):
            total = total | later(arm.regimen, start)
        else:  # which makes it a course of its own
            end = total.then(arm.regimen).doses[len(total.doses)].tick
            total = total.then(arm.regimen, after=time_text(round(start * HOUR) - end))
    return total


def _check_length(arm: Arm, design: Crossover) -> None:
    last = max((d.tick + d.dose.duration for d in arm.regimen.doses), default=0)
    if last > design.period * HOUR:
        raise TrialError(
            f"The treatment of {arm.name!r} ends on day {last / DAY:g}, after its period of "
            f"{design.period / 24:g} d. Write a longer period or fewer doses."
        )


def later(regimen: Regimen, hours: float) -> Regimen:
    """Return a regimen that starts so many hours later.

    Doses of a regimen that rests or repeats are written out, one by one.
    """
    shift = round(hours * HOUR)
    if not shift or not regimen.items:
        return regimen
    if all(isinstance(item, Give) for item in regimen.items):
        items = tuple(_shifted(g, shift) for g in regimen.items if isinstance(g, Give))
    else:
        items = tuple(Give(d.dose, Once(), time_text(d.tick + shift)) for d in regimen.doses)
    return Regimen(items, regimen.rules)


def _shifted(give: Give, shift: int) -> Give:
    if isinstance(give.schedule, OnDays):
        days = tuple(d + shift / DAY for d in give.schedule.days)
        return replace(give, schedule=OnDays(days))
    start = give.schedule.times[0] if give.start is None else _ticks(give)
    return replace(give, start=time_text(start + shift))


def _ticks(give: Give) -> int:
    return Regimen((give,)).doses[0].tick


def by_sequence(design: Crossover, cohorts: Mapping[str, Cohort]) -> list[Cohort]:
    """Put the cohorts of the arms that ``sequences`` made in the order of the sequences."""
    return [cohorts[" then ".join(names)] for names in design.sequences]
