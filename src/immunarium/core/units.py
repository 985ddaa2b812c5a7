"""Units: the model's own, one per dimension, and conversion of everything else into them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from immunarium.core.errors import UnitError, did_you_mean

OWN_UNITS = ("nmol", "L", "h", "mg", "cell", "U", "mmHg", "K")
"""One unit per dimension, so no conversion can hide inside a model."""

_ALIASES = {"1": "dimensionless", "": "dimensionless", "%": "percent"}


@lru_cache(maxsize=1)
def registry() -> Any:
    """Return the one unit registry; made when first asked for, since pint loads slowly."""
    import pint

    make: Any = pint.UnitRegistry
    units = make(cache_folder=None)
    units.define("cell = [cells] = cells")
    units.define("U = [activity]")
    units.define("IU = [international_activity]")
    units.define("MIU = 1e6 * IU")
    units.define("kIU = 1e3 * IU")
    units.define("molecule = mole / 6.02214076e23 = molecules")
    units.define("nM = 1e-9 mole / liter")
    units.define("pM = 1e-12 mole / liter")
    return units


@lru_cache(maxsize=4096)
def unit(text: str) -> Any:
    """Read a unit.

    Raises
    ------
    UnitError
        Nobody knows it.
    """
    import pint

    try:
        return registry().Unit(_ALIASES.get(text.strip(), text.strip()))
    except (pint.UndefinedUnitError, pint.DefinitionSyntaxError, ValueError, TypeError) as e:
        known = ("mL/min", "nmol/L", "pg/mL", "IU/kg", "mg/dL", "1/h", "mmHg", "cell")
        raise UnitError(
            f"Cannot read the unit {text!r}.{did_you_mean(text, known)} "
            f"A unit looks like mL/min, nmol/L or 1/h; a pure number has the unit 1."
        ) from e
    except Exception as e:
        raise UnitError(f"Cannot read the unit {text!r}. A unit looks like mL/min.") from e


@lru_cache(maxsize=4096)
def factor(source: str, target: str) -> float:
    """How many ``target`` one ``source`` is.

    Raises
    ------
    UnitError
        The two measure different things.

    Examples
    --------
    >>> factor("mL/min", "L/h")
    0.06
    """
    import pint

    try:
        got = registry().Quantity(1.0, unit(source)).to(unit(target)).magnitude
    except pint.DimensionalityError:
        raise UnitError(f"[{source}] does not convert to [{target}].") from None
    return float(f"{got:.15g}")


def compatible(a: str, b: str) -> bool:
    """Whether two units measure the same thing."""
    return unit(a).dimensionality == unit(b).dimensionality


@lru_cache(maxsize=4096)
def is_own(text: str) -> bool:
    """Whether a unit is made of the model's own units only."""
    own = {str(unit(u)) for u in OWN_UNITS}
    return all(name in own for name in unit(text)._units)
