"""What a therapy declares: where a dose enters the body, and what its units are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from immunarium.core.errors import TableError, UnitError
from immunarium.core.tables import Row, read_rows
from immunarium.core.units import compatible, factor

_PREFIXES = {"k": 1e3, "M": 1e6, "G": 1e9}
_MOLAR_MASS = "molar_mass"
LABEL = (
    "concentration", "start_rate", "rate_factor", "step_time", "most_rate", "most_rate_per_kg",
)  # fmt: skip
"""Rows of a therapy's table that a `Label` reads."""


@dataclass(frozen=True)
class Entry:
    """What a dose carries into one more species.

    Parameters
    ----------
    path : str
        The doseable species; a model without it takes the dose without this entry.
    content : str
        Row of the therapy's table: how much of the species comes with one unit of the therapy,
        such as ``nmol/mg``, or ``L/mg`` where the species is a level and ``within`` is given.
    within : str
        Path of a volume [L] of the patient that the amount is divided by; none where empty.
    """

    path: str
    content: str
    within: str = ""


@dataclass(frozen=True)
class Label:
    """How fast a label lets an infusion run: rows of the therapy's table, by name.

    A dose without ``over`` starts at ``start_rate`` and is stepped up by ``rate_factor`` after
    every ``step_time``, up to the lower of ``most_rate`` and ``most_rate_per_kg``. One with
    ``over`` runs at one rate, and for longer where that would be above the limit. Rates are
    volumes per time (and kg), so that a dose needs its ``concentration``.

    Parameters
    ----------
    limit : str
        Path of the share of the limit at which a patient may be infused: below 1 in cardiac or
        renal disease. 1 where empty.
    """

    limit: str = ""


@dataclass(frozen=True)
class RouteTarget:
    """Where a dose by one route enters the model.

    Parameters
    ----------
    path : str
        The doseable species.
    bioavailability : str or None
        Path of the share of the dose that arrives there; none where all of it does.
    lag : str or None
        Path of the time [h] before it does.
    content : str
        As of an `Entry`: what of ``path`` is in one unit of the therapy. All of it where empty.
    also : tuple of Entry
        What else a dose carries, with the same bioavailability and lag.
    label : Label or None
        How fast it may be infused; None where as fast as asked.
    """

    path: str
    bioavailability: str | None = None
    lag: str | None = None
    content: str = ""
    also: tuple[Entry, ...] = ()
    label: Label | None = None

    @property
    def contents(self) -> set[str]:
        """Rows of the table that its entries read."""
        return {self.content, *(e.content for e in self.also)} - {""}


@dataclass(frozen=True)
class LabelledRegimen:
    """A published way to give a therapy, as regimen text, with its source."""

    name: str
    text: str
    source: str


@dataclass(frozen=True)
class Caution:
    """Patients who are better not given a therapy; they may be, and it is written down.

    Parameters
    ----------
    path : str
        A number of the patient; those who have it above 0 are warned of.
    why : str
        What follows the therapy's name in the warning.
    """

    path: str
    why: str


@dataclass(frozen=True, eq=False)
class Therapy:
    """A drug or a cell product.

    Parameters
    ----------
    name : str
        The word used in regimens; also the name of its file.
    summary : str
        One sentence.
    unit : str
        Unit of the species it enters: nmol for a molecule, cell for cells.
    routes : Mapping[str, RouteTarget]
        By the regimen's word for the route.
    regimens : tuple[LabelledRegimen, ...]
        Published regimens.
    table : Path or None
        Its numbers: a row for each unit of its own (what one of it is, in the row's unit),
        ``molar_mass``, and what its routes read. None where the species' own unit is enough.
    about : tuple[str, ...]
        Rows of the table that only describe the product.
    cautions : tuple[Caution, ...]
        Who is better not given it.
    """

    name: str
    summary: str
    unit: str
    routes: Mapping[str, RouteTarget]
    regimens: tuple[LabelledRegimen, ...] = ()
    table: Path | None = None
    about: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()

    @cached_property
    def rows(self) -> dict[str, Row]:
        """The numbers of the table, by name."""
        return {r.name: r for r in read_rows(self.table)} if self.table else {}

    @cached_property
    def own_units(self) -> dict[str, Row]:
        """The rows that are units."""
        routes = self.routes.values()
        read = {name for r in routes for name in r.contents}.union(
            self.about, LABEL if any(r.label for r in routes) else ()
        )
        return {name: row for name, row in self.rows.items() if name not in read}

    def number(self, name: str, unit: str) -> float:
        """Return a number of the table.

        Raises
        ------
        TableError
            There is no such row, or it is a formula.
        UnitError
            It does not convert to ``unit``.
        """
        if name not in self.rows:
            raise TableError(f"{self.name} has no row {name!r}; its routes read one [{unit}].")
        return _number(self.rows[name]) * factor(self.rows[name].unit, unit)

    def amount_of(self, unit: str) -> float:
        """How much one ``unit`` of this therapy is, in the unit of its species.

        Parameters
        ----------
        unit : str
            One of its own (``IU``, also ``kIU``, ``MIU``, ``GIU``), or any that converts.

        Raises
        ------
        UnitError
            It is no measure of this therapy.
        """
        amount, here, passed = 1.0, unit, {_MOLAR_MASS}
        while (found := self._own(here)) and found[0].name not in passed:
            row, prefix = found
            amount, here = amount * prefix * _number(row), row.unit
            passed.add(row.name)
        if _converts(here, self.unit):
            return amount * factor(here, self.unit)
        mass = self.rows.get(_MOLAR_MASS)
        if mass and _converts(here, "g"):
            moles = factor(here, "g") / (_number(mass) * factor(mass.unit, "g/mol"))
            return amount * moles * factor("mol", self.unit)
        known = [u for u in self.own_units if u != _MOLAR_MASS] + ["mg"] * bool(mass) + [self.unit]
        raise UnitError(
            f"{self.name} is not measured in [{unit}]. Write it in {' or '.join(known)}."
        )

    def _own(self, unit: str) -> tuple[Row, float] | None:
        if unit in self.own_units:
            return self.own_units[unit], 1.0
        if unit[:1] in _PREFIXES and unit[1:] in self.own_units:
            return self.own_units[unit[1:]], _PREFIXES[unit[0]]
        return None


def _converts(unit: str, into: str) -> bool:
    try:
        return compatible(unit, into)
    except UnitError:
        return False


def _number(row: Row) -> float:
    if row.formula is not None:
        raise TableError(f"{row.name} is a formula ({row.where}); a therapy needs the number.")
    return float(row.value)
