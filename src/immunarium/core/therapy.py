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
    """

    path: str
    bioavailability: str | None = None
    lag: str | None = None


@dataclass(frozen=True)
class LabelledRegimen:
    """A published way to give a therapy, as regimen text, with its source."""

    name: str
    text: str
    source: str


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
        Its numbers: a row for each unit of its own (what one of it is, in the row's unit), and
        ``molar_mass``. None where the species' own unit is enough.
    """

    name: str
    summary: str
    unit: str
    routes: Mapping[str, RouteTarget]
    regimens: tuple[LabelledRegimen, ...] = ()
    table: Path | None = None

    @cached_property
    def rows(self) -> dict[str, Row]:
        """The numbers of the table, by name."""
        return {r.name: r for r in read_rows(self.table)} if self.table else {}

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
        known = [u for u in self.rows if u != _MOLAR_MASS] + ["mg"] * bool(mass) + [self.unit]
        raise UnitError(
            f"{self.name} is not measured in [{unit}]. Write it in {' or '.join(known)}."
        )

    def _own(self, unit: str) -> tuple[Row, float] | None:
        if unit in self.rows:
            return self.rows[unit], 1.0
        if unit[:1] in _PREFIXES and unit[1:] in self.rows:
            return self.rows[unit[1:]], _PREFIXES[unit[0]]
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
