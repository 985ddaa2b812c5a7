"""Numbers as a reader wants them."""

from __future__ import annotations

import math
from collections.abc import Sequence

Pair = tuple[float, float]


def number(value: float) -> str:
    """Write three significant figures, without an exponent where a reader needs none.

    Examples
    --------
    >>> number(0.06234), number(11.0), number(10987.0), number(float("nan"))
    ('0.0623', '11', '11,000', '–')
    """
    if not math.isfinite(value):
        return "–"
    if value != 0 and not 1e-4 <= abs(value) < 1e7:
        return f"{value:.2e}"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.10f}".rstrip("0").rstrip(".")


def percent(value: float) -> str:
    """Write a share of patients, which are never so many that a second decimal means anything.

    Examples
    --------
    >>> percent(36.24), percent(2.4), percent(0.0)
    ('36 %', '2.4 %', '0 %')
    """
    return f"{value:.1f} %" if 0.05 <= value < 9.95 else f"{value:.0f} %"


def change(value: float) -> str:
    """Write a change in percentage points.

    Examples
    --------
    >>> change(4.21), change(-0.8), change(0.0)
    ('+4.2', '-0.8', '0')
    """
    if math.isnan(value):
        return "–"
    return "0" if abs(value) < 0.05 else f"{value:+.1f}"


def span(pair: Pair | None) -> str:
    """Write an interval.

    Examples
    --------
    >>> span((5.0, 13.0)), span((-3.0, 2.0)), span((0.0, 0.0)), span(None)
    ('5–13', '-3 to 2', '0', '–')
    """
    if pair is None:
        return "–"
    low, high = number(pair[0]), number(pair[1])
    return low if low == high else f"{low}{'–' if pair[0] >= 0 else ' to '}{high}"


def unit_read(unit: str) -> str:
    """Write a unit as a laboratory does, after a number; nothing for none.

    Examples
    --------
    >>> unit_read("cell/nL"), unit_read("d"), unit_read("1")
    (' × 10⁹/L', ' d', '')
    """
    return "" if unit in ("", "1") else f" {_READ.get(unit, unit)}"


_READ = {"cell/nL": "× 10⁹/L", "cell/uL": "/µL"}


def listed(words: Sequence[str]) -> str:
    """Write some words in a row; there is at least one.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
