"""Endpoints as printed: each with its estimand, its estimates and its comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from immunarium.report.text import number, span, unit_read

if TYPE_CHECKING:
    from immunarium.trial.result import TrialResult

_NAMES = {"log-rank": "log-rank, χ²"}


@dataclass(frozen=True)
class Estimated:
    """One number of one arm, or of two compared."""

    who: str
    measure: str
    value: str
    interval: str
    trials: str
    p: str = ""
    power: str = ""


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as printed; ``key`` is its name in the trial."""

    key: str
    name: str
    sentence: str
    estimates: list[Estimated]
    comparisons: list[Estimated]


def endpoints(result: TrialResult) -> Iterator[Endpoint]:
    """Print every endpoint, in the order of the trial."""
    found = result.endpoints
    if found is None:
        return
    labels = {name: arm.label for name, arm in result.arms.items()}
    for name, sentence in found.sentences.items():
        estimates = found.estimates[found.estimates["endpoint"] == name]
        comparisons = found.comparisons[found.comparisons["endpoint"] == name]
        yield Endpoint(
            name,
            name[:1].upper() + name[1:],
            sentence,
            [_estimated(row, labels[row["arm"]]) for row in estimates.to_dict("records")],
            [
                _estimated(row, f"{labels[row['arm']]} against {labels[row['against']]}")
                for row in comparisons.to_dict("records")
            ],
        )


def _estimated(row: dict[Any, Any], who: str) -> Estimated:
    apart = row["unit"] == "%" and row["measure"].startswith("difference")
    unit = unit_read("points" if apart else row["unit"])
    if pd.isna(row["value"]):
        return Estimated(who, row["measure"], row["reason"] or "–", "", "")
    p, measure = row.get("p"), _NAMES.get(row["measure"], row["measure"])
    apart_by_chance = row["measure"] == "log-rank"  # the interval of a χ² says nothing
    return Estimated(
        who=who,
        measure=f"{measure} {row['reason']}".rstrip(),
        value=number(row["value"]) + unit,
        interval=_interval(row, "low", "high"),
        trials="" if apart_by_chance else _interval(row, "trial_low", "trial_high"),
        p="" if p is None or pd.isna(p) else probability(p),
        power="" if pd.isna(row.get("power")) else f"{100 * row['power']:.0f} %",
    )


def _interval(row: dict[Any, Any], low: str, high: str) -> str:
    """Write an interval; an end that is not reached is a dash, and none is nothing."""
    ends = row[low], row[high]
    if any(map(pd.isna, ends)):
        return "" if all(map(pd.isna, ends)) else f"{number(ends[0])} to {number(ends[1])}"
    return span(ends)


def probability(p: float) -> str:
    """Write a p value.

    Examples
    --------
    >>> probability(0.0312), probability(0.00002)
    ('0.031', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.2g}"


@dataclass(frozen=True)
class Decided:
    """What a rule did in an arm."""

    arm: str
    rule: str
    action: str
    patients: str
    times: str
    first: str
    example: str


def decisions(result: TrialResult) -> Iterator[Decided]:
    """Sum up the decisions of each rule: in how many patients, how often, from which day on."""
    for arm in result.arms.values():
        if not len(arm.decisions):
            continue
        for (rule, action), rows in arm.decisions.groupby(["rule", "action"], sort=False):
            first = rows.groupby("patient")["day"].min()
            share = 100 * len(first) / len(arm.patients)
            yield Decided(
                arm=arm.label,
                rule=str(rule),
                action=str(action),
                patients=f"{share:.0f} %" if share >= 1 else f"{len(first):,}",
                times=number(len(rows) / len(first)),
                first=number(float(first.median())),
                example=str(rows["reason"].iloc[0]),
            )
