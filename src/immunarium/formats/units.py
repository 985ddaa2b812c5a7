"""The model's own units, spelled in SBML's base units."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from immunarium.core.units import OWN_UNITS, unit


class Base(NamedTuple):
    """One of the model's own units: SBML's kind, and how many of it."""

    kind: str
    multiplier: float = 1.0
    scale: int = 0


BASES = {
    "nmol": Base("mole", scale=-9),
    "L": Base("litre"),
    "h": Base("second", 3600.0),
    "mg": Base("gram", scale=-3),
    "cell": Base("item"),
    "U": Base("dimensionless"),  # SBML knows no activity
    "mmHg": Base("pascal", 133.322387415),
    "K": Base("kelvin"),
}
_SUBSTANCES = ("nmol", "mg", "cell", "U")


@cache
def powers(text: str) -> dict[str, float]:
    """Return the own units that a unit is made of, with their exponents; none for a pure number."""
    parts = unit(text)._units
    return {own: float(parts[str(unit(own))]) for own in OWN_UNITS if str(unit(own)) in parts}


def unit_id(text: str) -> str:
    """Return the identifier of a unit.

    Examples
    --------
    >>> unit_id("mmHg L/mg"), unit_id("1")
    ('L_mmHg_per_mg', 'dimensionless')
    """
    over = [_power(u, p) for u, p in powers(text).items() if p > 0]
    under = [_power(u, -p) for u, p in powers(text).items() if p < 0]
    return "_".join([*over, *["per"] * bool(under), *under]) or "dimensionless"


def is_substance(text: str) -> bool:
    """Whether SBML lets a species be measured in it."""
    found = powers(text)
    return not found or any(found == {s: 1.0} for s in _SUBSTANCES)


def _power(own: str, power: float) -> str:
    return own if power == 1 else f"{own}{power:g}".replace(".", "_")
