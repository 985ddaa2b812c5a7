"""What replaces the plasma of a procedure, as regimens write it: one fluid, or a mixture."""

from __future__ import annotations

import re
from math import isclose

from immunarium.dosing.ticks import RegimenError, number_in, number_text

EXAMPLE = "albumin 5 %, or 70 % albumin 5 % and 30 % saline"
_PERCENT = re.compile(r"(?<=\d)\s*%")


def parts_of(fluid: str) -> list[tuple[float, str]]:
    """Return the share and the name of each part of a mixture.

    Raises
    ------
    RegimenError
        A part without a share or a name, or shares that do not sum to 100 %.

    Examples
    --------
    >>> parts_of("70 % albumin 5 % and 30 % saline")
    [(0.7, 'albumin 5 %'), (0.3, 'saline')]
    """
    texts = [" ".join(_PERCENT.sub(" %", t).split()) for t in re.split(r"\sand\s", fluid)]
    if len(texts) == 1 and not _leads(texts[0]):
        if not texts[0] or texts[0].startswith("%"):
            raise RegimenError(f"A fluid is wanted here: {EXAMPLE}.")
        return [(1.0, texts[0])]
    parts = [_part(text) for text in texts]
    total = sum(share for share, _ in parts)
    if not isclose(total, 100.0):
        raise RegimenError(f"The parts of a mixture make {total:g} %, not 100 %.")
    return [(share / 100, name) for share, name in parts]


def fluid_text(fluid: str) -> str:
    """Write a fluid as the house does."""
    parts = parts_of(fluid)
    if len(parts) == 1:
        return parts[0][1]
    return " and ".join(f"{number_text(round(100 * s, 9))} % {name}" for s, name in parts)


def _leads(text: str) -> bool:
    """Whether a text begins with a share."""
    first, _, rest = text.partition(" ")
    return number_in(first) is not None and rest.startswith("%")


def _part(text: str) -> tuple[float, str]:
    share, _, rest = text.partition(" % ")
    value = number_in(share)
    if value is None or not 0 < value <= 100 or not rest:
        raise RegimenError(
            f"{text!r} has no share. Each part of a mixture is its share and its name: {EXAMPLE}."
        )
    return float(value), rest
