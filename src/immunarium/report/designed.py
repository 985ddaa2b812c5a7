"""What the design of a trial comes to, in words: for a terminal and for the trial's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from immunarium.report.endpoints import probability
from immunarium.report.figures import designed as figures
from immunarium.report.figures import designs as ladders
from immunarium.report.text import number, percent, span
from immunarium.trial.designed import CrossedOver
from immunarium.trial.escalated import Escalated
from immunarium.trial.withdrawal import GOES_ON, STOPS, Withdrawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from immunarium.trial.crossover import Crossed
    from immunarium.trial.result import TrialResult
    from immunarium.trial.statistics import Estimate

LEVELS = ("dose", "treated per trial", "toxic", "95 %", "trials that name it", "95 %")
ARMS = ("drawn to", "patients", "lost it", "median, d", "95 %")
EFFECTS = {
    "difference": "difference within patients",
    "paired": "not adjusted for periods",
    "period": "last period less the first",
    "carry_over": "carry-over",
}


@dataclass(frozen=True)
class Table:
    """A table as printed; its first column is text, the others are numbers."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class Told:
    """A design as printed."""

    heading: str
    answer: str
    lines: list[str]
    tables: list[Table]
    notes: list[str]


def told(result: TrialResult) -> Told | None:
    """Say what a design came to; None for arms in parallel."""
    match result.design:
        case CrossedOver() as found:
            return _crossover(found)
        case Withdrawn() as found:
            return _withdrawal(found, _label(result))
        case Escalated() as found:
            return _escalation(found)
    return None


def drawn(result: TrialResult) -> Iterator[tuple[Figure, str]]:
    """Draw it, and say what each figure shows."""
    match result.design:
        case CrossedOver() as found:
            for name in found.endpoints:
                yield figures.crossover(found, name), f"{name}: patients over the periods, effects"
        case Withdrawn() as found:
            yield figures.withdrawal(found), "Response kept over time, going on and stopping"
        case Escalated() as found:
            yield ladders.escalation(found), "Toxicity over dose, and doses named"


# ------------------------------------------------------------------------------ crossover


def _crossover(found: CrossedOver) -> Told:
    labels = {a.name: a.label for a in found.study.arms}
    first, *_ = found.endpoints
    tables = []
    for name, crossed in found.endpoints.items():
        rows = [_effect(found, name, key) for key in EFFECTS]
        columns = (name, "", "95 %", f"90 % of trials of {found.n}", "p", "power")
        tables.append(Table(_capital(name), columns, rows))
        unit = f", {found.units[name]}" if found.units[name] != "1" else ""
        periods = tuple(f"period {p + 1}" for p in range(len(crossed.means.columns)))
        means = (f"mean by sequence{unit}", *periods, "patients")
        tables.append(Table(f"Means: {name}", means, _means(found, crossed, labels)))
    return Told(
        heading="Crossover: each patient compared with themselves",
        answer=_compared(found, first, labels),
        lines=[_compared(found, name, labels) for name in found.endpoints if name != first],
        tables=tables,
        notes=list(_crossover_notes(found)),
    )


def _effect(found: CrossedOver, name: str, key: str) -> tuple[str, ...]:
    crossed = found.endpoints[name]
    e: Estimate = getattr(crossed, key)
    unit = "" if found.units[name] == "1" else f" {found.units[name]}"
    if not np.isfinite(e.value):
        return EFFECTS[key], e.reason or "–", "–", "", "", ""
    trials = power = ""
    if key == "difference":
        trials, power = span(crossed.interval90), percent(100 * crossed.power())
    p = "" if np.isnan(e.p) else probability(e.p)
    return EFFECTS[key], number(e.value) + unit, span((e.low, e.high)), trials, p, power


def _means(found: CrossedOver, crossed: Crossed, labels: dict[str, str]) -> list[tuple[str, ...]]:
    sizes = crossed.table.drop_duplicates("patient")["sequence"].value_counts()
    return [
        (
            " → ".join(labels[name] for name in found.design.sequences[int(str(i))]),
            *map(number, row),
            f"{sizes[i]:,}",
        )
        for i, row in zip(crossed.means.index, crossed.means.to_numpy(), strict=True)
    ]


def _compared(found: CrossedOver, name: str, labels: dict[str, str]) -> str:
    crossed = found.endpoints[name]
    a, b = (labels[t] for t in crossed.treatments)
    e = crossed.difference
    unit = "" if found.units[name] == "1" else f" {found.units[name]}"
    if not np.isfinite(e.value):
        return f"{_capital(name)}: {e.reason}."
    return (
        f"{_capital(name)}: {a} less {b} is {number(e.value)}{unit} within patients "
        f"(95 % {span((e.low, e.high))})."
    )


def _crossover_notes(found: CrossedOver) -> Iterator[str]:
    design = found.design
    yield (
        f"{len(design.sequences)} sequences of {len(design.starts)} periods of "
        f"{number(design.period / 24)} d, {number(design.washout / 24)} d apart; each patient is "
        f"in one of them. What one treatment leaves for the next comes out of the model."
    )
    sizes = {c.table["patient"].nunique() for c in found.endpoints.values()}
    yield (
        f"{min(sizes):,} patients were seen in every period. 95 % and p are those of all of them; "
        f"power is the share of trials of {found.n} with p below 0.05."
    )
    if len(design.starts) == 2:
        yield "With two periods carry-over is a comparison between patients, and imprecise."


# ----------------------------------------------------------------------------- withdrawal


def _label(result: TrialResult) -> str:
    found = result.design
    assert isinstance(found, Withdrawn)
    return next(a.label for a in result.study.arms if a.name == found.design.arm)


def _withdrawal(found: Withdrawn, label: str) -> Told:
    hazard, test = found.hazard_ratio, found.test
    shares = found.patients.groupby("arm")["event"].mean()
    kept = (
        f"The response is lost in {percent(100 * shares[GOES_ON])} of those who go on and in "
        f"{percent(100 * shares[STOPS])} of those who stop"
    )
    p = f" (log-rank p {_p(test.p)})." if np.isfinite(test.p) else "."
    ratio = (
        f"The hazard of losing it, going on against stopping, is {number(hazard.value)} "
        f"(95 % {span((hazard.low, hazard.high))})."
        if np.isfinite(hazard.value)
        else f"There is no hazard ratio: {hazard.reason}."
    )
    return Told(
        heading=f"Randomised withdrawal: {label}",
        answer=kept + p,
        lines=[ratio, *_withdrawal_power(found)],
        tables=[Table("Going on and stopping", ARMS, _arms(found))],
        notes=list(_withdrawal_notes(found)),
    )


def _arms(found: Withdrawn) -> list[tuple[str, ...]]:
    rows = []
    for arm in (GOES_ON, STOPS):
        mine, median = found.patients[found.patients["arm"] == arm], found.curves[arm].median
        lost = f"{int(mine['event'].sum()):,} ({percent(100 * mine['event'].mean())})"
        if np.isfinite(median.value):
            ends = ["?" if np.isnan(x) else number(x) for x in (median.low, median.high)]
            rows.append((arm, f"{len(mine):,}", lost, number(median.value), " to ".join(ends)))
        else:
            rows.append((arm, f"{len(mine):,}", lost, median.reason or "–", "–"))
    return rows


def _p(p: float) -> str:
    said = probability(p)
    return said if said.startswith("<") else f"= {said}"


def _withdrawal_power(found: Withdrawn) -> Iterator[str]:
    if found.power is None:
        yield f"A trial that treats {found.n} draws too few to tell the two apart."
        return
    p = found.power
    yield (
        f"Of trials that treat {found.n} and draw {p.n} to each arm, {percent(100 * p.share)} "
        f"have p < 0.05."
    )


def _withdrawal_notes(found: Withdrawn) -> Iterator[str]:
    design = found.design
    who = f"in whom {design.when} held" if design.when else "who were alive"
    yield (
        f"{found.treated:,} virtual patients were treated; on day {number(design.at / 24)} the "
        f"{found.drawn:,} {who} were drawn, half of them to stop."
    )
    yield "A response is lost when it is not there at a recorded time, or by death."


# ----------------------------------------------------------------------------- escalation


def _escalation(found: Escalated) -> Told:
    answer, *lines = answers(found)
    return Told(
        heading=f"Dose escalation by {found.design.method}",
        answer=answer,
        lines=lines,
        tables=[
            Table("Level by level", LEVELS, list(levels(found))),
            Table("What limits the dose", ("% with", *found.levels["dose"]), list(parts(found))),
        ],
        notes=list(notes(found)),
    )


def levels(found: Escalated) -> Iterator[tuple[str, ...]]:
    """Print level by level, as ``LEVELS``."""
    for row in found.levels.to_dict("records"):
        yield (
            row["dose"], f"{row['treated']:.1f}", percent(row["toxic"]),
            f"{row['low']:.0f}–{row['high']:.0f}", percent(row["named"]),
            f"{row['named_low']:.0f}–{row['named_high']:.0f}",
        )  # fmt: skip


def parts(found: Escalated) -> Iterator[tuple[str, ...]]:
    """Print each toxicity over the levels."""
    for part in found.parts:
        yield (str(part), *(f"{x:.0f}" for x in found.parts[part]))


def answers(found: Escalated) -> Iterator[str]:
    """Say the dose that is found, and how sure that is."""
    unit, trials = found.design.unit, len(found.named)
    if found.dose:
        yield (
            f"The maximum tolerated dose is {number(found.dose)} {unit}: the median of "
            f"{trials:,} drawn trials."
        )
    else:
        yield f"Not even the lowest dose is tolerated in most of {trials:,} drawn trials."
    target = percent(100 * found.design.target)
    if np.isnan(found.true_dose):
        rates = found.levels["toxic"]
        side = "below" if rates.iloc[0] > 100 * found.design.target else "above"
        yield f"The dose with {target} of dose-limiting toxicity lies {side} the ladder."
    else:
        yield (
            f"In the pool {target} have a dose-limiting toxicity at {number(found.true_dose)} "
            f"{unit}."
        )
    yield (
        f"{percent(found.none)} of the trials tolerate no dose, {percent(found.top)} end at the "
        f"top; a trial takes {found.patients.mean():.1f} patients."
    )


def notes(found: Escalated) -> Iterator[str]:
    """Say what limits the dose, and in whom."""
    yield (
        f"Dose-limiting: {found.design.toxicity}, or death by treatment, within "
        f"{number(found.design.within / 24)} d."
    )
    yield (
        f"{found.manifest['pool']:,} virtual patients, each followed once at every dose; a trial "
        f"draws its cohorts from them and treats nobody twice."
    )
    if found.manifest["failed patients"]:
        yield f"{found.manifest['failed patients']} patients could not be followed: left out."


def _capital(text: Any) -> str:
    return f"{str(text)[:1].upper()}{str(text)[1:]}"
