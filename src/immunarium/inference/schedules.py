"""A regimen with other intervals, or other numbers of doses."""

from __future__ import annotations

from dataclasses import replace

from immunarium.dosing import Every, Give, Once, OnDays, Regimen
from immunarium.dosing.ticks import HOUR
from immunarium.inference.indices import SensitivityError

Schedule = Once | Every | OnDays


def written(regimen: Regimen, drug: str, kind: str, name: str) -> float:
    """Hours between doses, or doses of a course, as the regimen has them first.

    Raises
    ------
    SensitivityError
        There is nothing to change: one dose, or doses on named days.
    """
    found = [g.schedule for g in regimen.items if isinstance(g, Give) and g.dose.drug == drug]
    if kind == "interval":
        every = [s for s in found if isinstance(s, Every)]
        if not every:
            raise SensitivityError(f"{name} cannot be moved: {drug} is given on named days.")
        return every[0].length / every[0].count / HOUR
    if len(found[0].times) < 2:
        raise SensitivityError(f"{name} cannot be moved: there is one dose.")
    return float(len(found[0].times))


def changed(regimen: Regimen, drug: str, kind: str, share: float) -> Regimen:
    """Return a regimen in which a drug's interval, or number of doses, is a share of what it was.

    A rest keeps its length, so that courses that follow one another move. Of doses on named days
    the first are given.

    Raises
    ------
    ImmunoError
        An infusion would not end before the next.
    """
    items = tuple(
        replace(item, schedule=_changed(item.schedule, kind, share))
        if isinstance(item, Give) and item.dose.drug == drug
        else item
        for item in regimen.items
    )
    return replace(regimen, items=items)


def _changed(schedule: Schedule, kind: str, share: float) -> Schedule:
    if isinstance(schedule, Every) and kind == "interval":
        minutes = max(1, round(schedule.length / schedule.count / HOUR * 60 * share))
        return Every(f"{minutes} min", schedule.count)
    if isinstance(schedule, Every):
        return Every(schedule.interval, max(1, round(schedule.count * share)))
    if isinstance(schedule, OnDays) and kind == "doses":
        return OnDays(schedule.days[: max(1, round(len(schedule.days) * share))])
    return schedule
