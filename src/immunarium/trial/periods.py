"""Regimens one after the other, each at the start of its period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Disease, Model, Row
from immunarium.dosing import Regimen, resolve
from immunarium.dosing.parts import Give, Once, OnDays
from immunarium.dosing.ticks import DAY, HOUR, time_text
from immunarium.population import Population
from immunarium.trial.design import Crossover
from immunarium.trial.protocol import Arm, Trial, TrialError


def ends(regimen: Regimen, trial: Trial) -> NDArray[np.int64]:
    """When each dose has run in [ticks]: as asked, or as labels let it in the typical patient."""
    planned = regimen.doses
    out = np.array([d.tick + d.dose.duration for d in planned], dtype=np.int64)
    if all(d.dose.enters(trial.therapies).label is None for d in planned):
        return out
    disease, rows = trial.disease, tuple(r for r in trial.rows if r.instance == "patient")
    patient = _typical(disease.build, disease.overlay, rows)
    for dose in resolve(regimen, trial.therapies, patient.table, patient.graph):
        out[dose.number] = max(out[dose.number], dose.tick + dose.duration)
    return out


@lru_cache(maxsize=32)
def _typical(build: Callable[[], Model], overlay: Path | None, rows: tuple[Row, ...]) -> Population:
    return Population.typical(Disease("typical", "", build, overlay), study=rows)


def in_turn(arms: Sequence[Arm], design: Crossover, trial: Trial) -> Regimen:
    """Return one treatment after the other, each at the start of its period.

    Raises
    ------
    TrialError
        A treatment is longer than its period.
    """
    total = Regimen.none
    for arm, start in zip(arms, design.starts, strict=True):
        _check_length(arm, design, trial)
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


def _check_length(arm: Arm, design: Crossover, trial: Trial) -> None:
    last = ends(arm.regimen, trial).max(initial=0)
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
