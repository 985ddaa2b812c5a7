"""Procedures: what is drawn from plasma, and the fluids that are given back for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from immunarium.core.errors import TableError, UnitError, UnknownNameError, did_you_mean
from immunarium.core.tables import Row, read_rows
from immunarium.core.therapy import RouteTarget, Therapy
from immunarium.core.units import compatible, factor

PLASMA_VOLUMES = "PV"
_REST = "other"


@dataclass(frozen=True)
class Fluid:
    """A replacement fluid, or what may be added to one.

    Parameters
    ----------
    name : str
        As regimens write it, such as ``albumin 5 %``.
    summary : str
        What it is, and what it may bring along, in one sentence.
    """

    name: str
    summary: str


@dataclass(frozen=True)
class Fluids:
    """The fluids that there are, and what is in them.

    Parameters
    ----------
    fluids, additives : tuple of Fluid
        An additive stands behind ``with``: ``albumin 5 % with calcium``.
    table : Path
        Composition: rows of ``instance`` (the fluid) and ``name`` (path of a species). A unit per
        volume is a concentration; the species' own unit is a level in plasma. What has no row is
        not in it.
    """

    fluids: tuple[Fluid, ...]
    additives: tuple[Fluid, ...]
    table: Path

    def named(self, name: str, known: Iterable[Fluid] | None = None) -> Fluid:
        """Find a fluid, in any case of letters.

        Raises
        ------
        UnknownNameError
            There is none of that name; suggests the nearest.
        """
        by_name = {f.name.lower(): f for f in (self.fluids if known is None else known)}
        if name.lower() not in by_name:
            near = did_you_mean(name.lower(), by_name)
            names = ", ".join(f.name for f in by_name.values())
            raise UnknownNameError(f"No fluid is called {name!r}.{near} There are {names}.")
        return by_name[name.lower()]

    def composition(self, name: str) -> list[Row]:
        """Return what is in a fluid, rows of species: ``albumin 5 %`` or ``… with calcium``.

        Raises
        ------
        UnknownNameError
            There is no such fluid or additive.
        """
        base, _, added = name.partition(" with ")
        parts = [self.named(base)]
        if added:
            parts.append(self.named(added, self.additives))
        return [row for f in parts for row in self.rows_of(f)]

    def rows_of(self, fluid: Fluid) -> list[Row]:
        """Return what is in a fluid or an additive."""
        return self._rows.get(fluid.name, [])

    @cached_property
    def _rows(self) -> dict[str, list[Row]]:
        out: dict[str, list[Row]] = {}
        for row in read_rows(self.table):
            out.setdefault(row.instance, []).append(row)
        names = {f.name for f in (*self.fluids, *self.additives)}
        if lost := [r for n, rows in out.items() if n not in names for r in rows]:
            raise TableError(f"{lost[0].where} is of {lost[0].instance!r}, which is no fluid.")
        return out


@dataclass(frozen=True, eq=False)
class Procedure(Therapy):
    """Plasma is drawn, and replaced by as much fluid or given back without what is wanted out.

    It is measured in volumes of plasma: ``PV`` (the patient's own plasma volume), L or mL/kg. It
    draws every species that a model declares exchangeable.

    Parameters
    ----------
    table : Path
        Sieving [1]: rows of a species' path, or of a module for all its species; the row
        ``other`` is of all the rest, 1 without one. Above 1 where more is lost than is drawn.
    adds : Path or None
        What each litre of drawn plasma brings into the body besides the fluid: the anticoagulant.
        Rows of a species' path, in its unit per litre.
    fluids : Fluids or None
        What may replace the plasma; None where it is given back.
    """

    unit: str = "L"
    routes: Mapping[str, RouteTarget] = field(default_factory=lambda: {"": RouteTarget("")})
    adds: Path | None = None
    fluids: Fluids | None = None

    def amount_of(self, unit: str) -> float:
        """Litres in one ``unit``; of a plasma volume, 1.

        Raises
        ------
        UnitError
            It is no volume.
        """
        if unit == PLASMA_VOLUMES:
            return 1.0
        try:
            return factor(unit, "L")
        except UnitError:
            raise UnitError(
                f"{self.name} is not measured in [{unit}]. Write plasma volumes PV, mL/kg or L."
            ) from None

    def sieving(self, path: str) -> float:
        """Return how much of a species is drawn with the plasma it is in, over what is in it."""
        module = path.partition(".")[0]
        found = (self.rows[name] for name in (path, module, _REST) if name in self.rows)
        row = next(found, None)
        return 1.0 if row is None else float(row.value) * factor(row.unit, "1")

    @cached_property
    def added(self) -> list[Row]:
        """What each litre of drawn plasma brings into the body besides the fluid."""
        return read_rows(self.adds) if self.adds else []


def is_level(row: Row, unit: str) -> bool:
    """Whether a row of a composition is a level of a species in plasma, not a concentration.

    Raises
    ------
    TableError
        It is neither.
    """
    if compatible(row.unit, f"({unit or '1'})/L"):
        return False
    if compatible(row.unit, unit):
        return True
    raise TableError(
        f"{row.name} is [{row.unit}] ({row.where}), and the model's is [{unit}]. Write [{unit}/L], "
        f"or [{unit}] for its level in plasma."
    )
