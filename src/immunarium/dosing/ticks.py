"""Time as whole milliseconds, so that eight hours times fourteen is exact."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache

from immunarium.core import ImmunoError, did_you_mean

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
LONGEST = 36_525 * DAY
"""A century: no regimen is longer."""

UNITS = {
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("h", "hr", "hour", "hours"), HOUR),
    **dict.fromkeys(("min", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("s", "sec", "second", "seconds"), SECOND),
    "ms": 1,
    **dict.fromkeys(("w", "wk", "week", "weeks"), 7 * DAY),
}
_WRITTEN = ("d", "h", "min", "s", "ms")


class RegimenError(ImmunoError):
    """A regimen that cannot be read or given.

    Parameters
    ----------
    message : str
        What is wrong, and what to write.
    item : int or None
        Which part of the regimen is meant, for whoever knows where it was written.
    """

    def __init__(self, message: str, item: int | None = None) -> None:
        super().__init__(message)
        self.item = item


@lru_cache(maxsize=1024)
def ticks(text: str) -> int:
    """Read a time such as ``15 min``.

    Returns
    -------
    int
        [ms], exact.

    Raises
    ------
    RegimenError
        No number, no unit, below zero, above a century, or not a whole millisecond.

    Examples
    --------
    >>> ticks("1.5 h")
    5400000
    """
    number, _, word = text.strip().partition(" ")
    if number_in(number) is None or not word:
        raise RegimenError(f"{text!r} is not a time. Write a number and a unit, such as '15 min'.")
    if word not in UNITS:
        raise RegimenError(f"{word!r} is not a unit of time.{did_you_mean(word, UNITS)}")
    return whole(number, UNITS[word], text)


def whole(number: str, size: int, text: str) -> int:
    """Return ``number`` times ``size`` ticks, where that is a time a regimen can have."""
    value = number_in(number)
    if value is None or value < 0 or value.adjusted() > 15 or value * size > LONGEST:
        raise RegimenError(f"{text} is not a time between 0 and a century.")
    if value * size != int(value * size):
        raise RegimenError(f"{text} is not a whole number of milliseconds.")
    return int(value * size)


def number_in(word: str) -> Decimal | None:
    """Return the finite number a word is, or None."""
    try:
        value = Decimal(word) if word.isascii() and "_" not in word else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def time_text(time: int) -> str:
    """Write ticks in the largest unit that leaves a whole number.

    Examples
    --------
    >>> time_text(777_600_000)
    '9 d'
    """
    unit = next(u for u in _WRITTEN if time % UNITS[u] == 0)
    return f"{time // UNITS[unit]} {unit}"


def number_text(value: float) -> str:
    """Write a number shortly, so that it reads back equal.

    Examples
    --------
    >>> number_text(720000.0), number_text(1.5e10)
    ('720000', '1.5e10')
    """
    short = f"{value:.6g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
    return short if float(short) == value else repr(value)
