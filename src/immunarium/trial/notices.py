"""What is told of the doses that were given: infusions stretched, drugs that an exchange takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from immunarium.core import Therapy
from immunarium.dosing import ResolvedDose
from immunarium.dosing.ticks import time_text
from immunarium.dosing.warnings import JUST_BEFORE, why_taken
from immunarium.trial.chart import GIVEN, NEVER, Bools, Chart, Ticks
from immunarium.trial.decisions import STRETCHED, WARNED, Log

_TOGETHER = "begins while the dose before it runs: together they go faster than labelled"
_LATE = np.iinfo(np.int64).max


def stretched(doses: Sequence[ResolvedDose]) -> list[str]:
    """Say which infusions a label makes longer than was asked, in the first patient, by drug."""
    said: dict[str, str] = {}
    for dose in doses:
        if not dose.counts or dose.limit is None or not len(dose.limit):
            continue
        lasts = int(dose.duration if dose.lasts is None else dose.lasts[0])
        if lasts > dose.asked > 0:
            said.setdefault(
                dose.drug,
                f"Warning: {dose.drug} over {time_text(dose.asked)} is faster than labelled "
                f"(at most {dose.limit[0]:.0f} mL/h in the typical patient), so it is given over "
                f"{time_text(lasts)}.",
            )
    return list(said.values())


def overlapping(doses: Sequence[ResolvedDose], therapies: Mapping[str, Therapy]) -> list[str]:
    """Say which infusions run together faster than labelled, in the first patient, by drug."""
    runs: dict[str, dict[int, tuple[int, int]]] = {}
    infused = {d.number for d in doses if d.counts and d.target in _labelled(therapies[d.drug])}
    for d in doses:
        if d.number in infused:
            mine, end = runs.setdefault(d.drug, {}), d.tick + d.duration
            first, last = mine.get(d.number, (d.tick, end))
            mine[d.number] = min(first, d.tick), max(last, end)
    return [
        f"Warning: {drug} {_TOGETHER}."
        for drug, mine in runs.items()
        if any(a[1] > b[0] for a, b in pairwise(sorted(mine.values())))
    ]


def _labelled(therapy: Therapy) -> set[str]:
    """Return the species into which a drug is infused by its label."""
    return {route.path for route in therapy.routes.values() if route.label is not None}


def note(log: Log, chart: Chart) -> None:
    """Write down what a label or an exchange made of the doses that patients were given.

    Doses that were held, stopped or missed are not told of, and doses of all regimens that a
    patient was on are looked at together.
    """
    given = (chart.code == GIVEN) & (chart.tick != NEVER) & chart.counts
    lasts = chart.lasts()
    _stretched(log, chart, given)
    _overlapping(log, chart, given, lasts)
    for drug, (who, why) in chart.cautions().items():
        first = np.where(given & chart.of_drug(drug), chart.tick, _LATE).min(axis=1, initial=_LATE)
        _say(log, who & (first < _LATE), first, "caution", drug, [f"{drug} {why}"] * len(first))
    for session, paths in chart.drawn().items():
        _taken(log, chart, given, lasts, session, paths)


def _stretched(log: Log, chart: Chart, given: Bools) -> None:
    for k, column in enumerate(chart.columns):
        dose = column.dose
        if dose.limit is None or not given[:, k].any():
            continue
        lasts = np.full(len(dose.limit), dose.duration) if dose.lasts is None else dose.lasts
        why = [
            f"at most {most:.0f} mL/h: over {time_text(int(long))}"
            for most, long in zip(dose.limit, lasts, strict=True)
        ]
        slow = given[:, k] & (lasts > dose.asked)
        _say(log, slow, chart.tick[:, k], f"rate limit of {dose.drug}", dose.drug, why, STRETCHED)


def _overlapping(log: Log, chart: Chart, given: Bools, lasts: Ticks) -> None:
    for drug in {c.drug for c in chart.columns}:
        mine = chart.enters(_labelled(chart.therapies[drug]))
        mine = [k for k in mine if chart.columns[k].drug == drug]
        starts = np.where(given[:, mine], chart.tick[:, mine], _LATE)
        order = np.argsort(starts, axis=1, kind="stable")
        starts = np.take_along_axis(starts, order, axis=1)
        ends = np.where(starts < _LATE, starts + np.take_along_axis(lasts[:, mine], order, 1), 0)
        busy = np.maximum.accumulate(ends, axis=1)
        for j in range(1, len(mine)):
            who = (starts[:, j] < _LATE) & (starts[:, j] < busy[:, j - 1])
            why = [f"it {_TOGETHER}"] * len(who)
            _say(log, who, starts[:, j], f"rate limit of {drug}", drug, why)


def _taken(
    log: Log, chart: Chart, given: Bools, lasts: Ticks, session: int, paths: set[str]
) -> None:
    """Warn of what one session takes of the drugs that run, or have just run."""
    start = chart.tick[:, session]
    nearest: dict[str, Ticks] = {}
    for k in chart.enters(paths):
        drug, begins = chart.columns[k].drug, chart.tick[:, k]
        since = np.where(begins < start + lasts[:, session], start - begins - lasts[:, k], _LATE)
        since = np.where(given[:, k] & given[:, session], since, _LATE)
        nearest[drug] = np.minimum(nearest.get(drug, since), since)
    name = chart.columns[session].drug
    for drug, since in nearest.items():
        why = [f"it {why_taken(drug, int(s))}" if s < _LATE else "" for s in since]
        _say(log, since < JUST_BEFORE, start, name, drug, why, WARNED)


def _say(
    log: Log, who: Bools, when: Ticks, rule: str, drug: str, why: list[str], said: str = WARNED
) -> None:
    for tick in np.unique(when[who]).tolist():
        rows = np.flatnonzero(who & (when == tick))
        log.say(rows, tick, rule, said, drug, [why[r] for r in rows])
