"""Regimens: who gets what, when. As text, as objects and as a table, and always the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import pandas as pd

from immunarium.core import Therapy
from immunarium.dosing.parts import Dose, Every, Give, Item, Repeat, Rest
from immunarium.dosing.rules import Rule, regimen_problems
from immunarium.dosing.text import read
from immunarium.dosing.ticks import HOUR, RegimenError
from immunarium.dosing.timeline import PlannedDose, lay_out


@dataclass(frozen=True)
class Regimen:
    """A plan of doses, with the rules that change them. One that exists can be given.

    Parameters
    ----------
    items : tuple[Give | Rest | Repeat, ...]
        In the order of the text.
    rules : tuple[Rule, ...]
        What becomes of doses when a condition holds.

    Examples
    --------
    >>> course = Regimen.parse("aldesleukin 600000 IU/kg IV over 15 min q8h x 14")
    >>> print(course.then(course, after="9 d"))
    aldesleukin 600000 IU/kg IV over 15 min q8h x 14; rest 9 d; \
aldesleukin 600000 IU/kg IV over 15 min q8h x 14
    """

    items: tuple[Item, ...] = ()
    rules: tuple[Rule, ...] = ()

    none: ClassVar[Regimen]
    """No dose at all."""

    def __post_init__(self) -> None:
        lay_out(self.items)
        if problems := regimen_problems(self.items, self.rules):
            raise RegimenError("\n".join(problems))

    @classmethod
    def parse(cls, text: str, drug: str | None = None) -> Regimen:
        """Read regimen text.

        Parameters
        ----------
        text : str
            Statements ``drug AMOUNT UNIT ROUTE [over TIME] SCHEDULE [from day N]``, ``procedure
            VOLUME over TIME SCHEDULE [with FLUID] [from day N]``, ``rest TIME``, ``then``,
            ``repeat N`` and rules such as ``hold drug when CONDITION; stop after N holds``, joined
            by ``;``. Or ``none``.
        drug : str or None
            The drug meant where a statement names none.

        Raises
        ------
        RegimenError
            Points at the first word it could not read.
        """
        return cls(*read(text, drug, cls))

    @classmethod
    def repeat(cls, dose: Dose, *, every: str, times: int) -> Regimen:
        """Give one dose at the start of each of so many intervals."""
        return cls((Give(dose, Every(every, times)),))

    def then(self, other: Regimen, after: str = "0 d") -> Regimen:
        """Return this regimen, a rest from the end of its last interval, then the other one.

        Raises
        ------
        RegimenError
            The other one has days of its own: they count from the start of the study.
        """
        if not (self.items and other.items):
            raise RegimenError("There is nothing to rest between: one of the regimens is empty.")
        if dated := [g for g in other.items if isinstance(g, Give) and g.dated]:
            raise RegimenError(
                f"'{dated[0]}' counts from the start of the study, so it cannot follow another "
                f"regimen. Combine them with |."
            )
        items = (*self.items, Rest(after), *_unrolled(other.items))
        return Regimen(items, _joined(self.rules, other.rules))

    def combine(self, other: Regimen) -> Regimen:
        """Return both regimens side by side, each from the start of the study; also ``a | b``.

        Raises
        ------
        RegimenError
            Both have courses: which dose would belong to which?
        """
        first, second = (other, self) if other._has_courses else (self, other)
        if second._has_courses:
            raise RegimenError(
                "Only one of two combined regimens may rest or repeat. Write the doses of the "
                "other with 'from day N'."
            )
        dated = second.items
        if first._has_courses:
            dated = tuple(
                replace(g, start="0 d") if isinstance(g, Give) and not g.dated else g for g in dated
            )
        return Regimen((*first.items, *dated), _joined(first.rules, second.rules))

    __or__ = combine

    @property
    def drugs(self) -> tuple[str, ...]:
        """Names of the drugs, in the order of the text."""
        return tuple(dict.fromkeys(g.dose.drug for g in self.items if isinstance(g, Give)))

    @cached_property
    def doses(self) -> tuple[PlannedDose, ...]:
        """Every dose, in the order of time."""
        return lay_out(self.items)

    def table(self, therapies: Mapping[str, Therapy] | None = None) -> pd.DataFrame:
        """Return the event table: a row a dose, NONMEM columns and what they are measured in.

        Parameters
        ----------
        therapies : Mapping[str, Therapy] or None
            Say which compartment a route enters (``CMT``); without them it is ``.``.
        """
        rows = [_event(d, therapies) for d in self.doses]
        return pd.DataFrame(rows, columns=pd.Index(_COLUMNS))

    @property
    def _has_courses(self) -> bool:
        return any(not isinstance(item, Give) for item in self.items)

    def __str__(self) -> str:
        return "; ".join(map(str, (*self.items, *self.rules))) or "none"


Regimen.none = Regimen()

_COLUMNS = (
    "TIME", "AMT", "RATE", "DUR", "EVID", "MDV", "CMT",
    "DRUG", "ROUTE", "FLUID", "AMTU", "RATEU", "TIMEU", "COURSE",
)  # fmt: skip


def _event(planned: PlannedDose, therapies: Mapping[str, Therapy] | None) -> tuple[object, ...]:
    dose, hours = planned.dose, planned.dose.duration / HOUR
    target = (dose.enters(therapies).path if therapies else "") or "."
    return (
        planned.tick / HOUR, dose.amount, dose.amount / hours if hours else 0.0, hours,
        1, 1, target, dose.drug, dose.route or ".", dose.fluid or ".", dose.unit,
        f"{dose.unit}/h", "h", planned.course,
    )  # fmt: skip


def _unrolled(items: Iterable[Item]) -> list[Item]:
    """Write repeats out, so that they cannot reach back."""
    done: list[Item] = []
    block: list[Item] = []
    for item in items:
        if not isinstance(item, Repeat):
            block.append(item)
            continue
        lead = [block.pop(0)] if done else []
        rest = block.pop() if isinstance(block[-1], Rest) else Rest()
        done += [*lead, *block, *[rest, *block] * item.count]
        block = []
    return done + block


def _joined(a: tuple[Rule, ...], b: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(dict.fromkeys((*a, *b)))
