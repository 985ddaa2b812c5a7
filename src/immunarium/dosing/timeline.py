"""When each dose of a regimen is due, and in which course."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from immunarium.dosing.parts import MOST_DOSES, Dose, Give, Item, Repeat, Rest
from immunarium.dosing.ticks import LONGEST, RegimenError, ticks


@dataclass(frozen=True)
class PlannedDose:
    """A dose as asked: when [ticks], what, and in which course (1, 2, …)."""

    tick: int
    dose: Dose
    course: int


def lay_out(items: Iterable[Item]) -> tuple[PlannedDose, ...]:
    """Put every dose on the clock.

    A course begins at the start, after every rest and at every repeat; a dated dose belongs to
    the course it falls into.

    Raises
    ------
    RegimenError
        Its ``item`` says which part cannot stand where it stands.
    """
    clock = _Clock()
    last = -1
    for last, item in enumerate(items):
        try:
            clock.add(item)
        except RegimenError as e:
            raise RegimenError(str(e), last) from None
    if clock.rested:
        raise RegimenError("A rest needs doses, or a repeat, after it.", last)
    begins = sorted(clock.begins)
    doses = sorted(clock.doses, key=lambda d: d[0])
    return tuple(PlannedDose(t, dose, bisect_right(begins, t)) for t, dose in doses)


class _Clock:
    """How far the regimen has come.

    ``at``: where the next undated dose starts, None after a repeat; ``end``: of the last interval;
    ``block``: what a repeat would repeat, as its start and its first dose and course; None after a
    repeat.
    """

    def __init__(self) -> None:
        self.doses: list[tuple[int, Dose]] = []
        self.begins = [0]
        self.at: int | None = 0
        self.end = 0
        self.block: tuple[int, int, int] | None = (0, 0, 0)
        self.rested = False

    def add(self, item: Item) -> None:
        if isinstance(item, Give):
            self.give(item)
        elif isinstance(item, Rest):
            self.rest(item)
        else:
            self.repeat(item)
        if self.end > LONGEST:
            raise RegimenError("The regimen would last longer than a century.")

    def give(self, item: Give) -> None:
        start = self.at
        if item.dated:
            start = ticks(item.start) if item.start else 0
        if start is None:
            raise RegimenError(
                "After a repeat, say when: put 'then' or 'rest 9 d' before it, or 'from day 12' "
                "behind it."
            )
        due = [(start + t, item.dose) for t in item.schedule.times]
        self.keep(due)
        self.end = max(self.end, start + item.schedule.length, due[-1][0] + item.dose.duration)
        self.rested = False

    def rest(self, item: Rest) -> None:
        if self.rested or not self.doses:
            raise RegimenError("A rest needs doses before it.")
        self.at = self.end + ticks(item.length)
        self.block = self.block or (self.at, len(self.doses), len(self.begins))
        self.begins.append(self.at)
        self.rested = True

    def repeat(self, item: Repeat) -> None:
        if self.block is None or not self.doses:
            raise RegimenError("A repeat needs doses before it that are not yet repeated.")
        start, first_dose, first_begin = self.block
        after = self.begins.pop() if self.rested else self.end
        period = after - start
        if period <= 0:
            raise RegimenError("The repeated doses would fall on the first; put a rest before.")
        doses, begins = self.doses[first_dose:], self.begins[first_begin:]
        if len(self.doses) + item.count * len(doses) > MOST_DOSES:
            raise RegimenError(f"That is more than {MOST_DOSES} doses.")
        for k in range(1, item.count + 1):
            self.keep([(t + k * period, dose) for t, dose in doses])
            self.begins += [t + k * period for t in begins]
        self.end += item.count * period
        self.at, self.block, self.rested = None, None, False

    def keep(self, due: list[tuple[int, Dose]]) -> None:
        if len(self.doses) + len(due) > MOST_DOSES:
            raise RegimenError(f"That is more than {MOST_DOSES} doses.")
        self.doses += due
