"""Factors: what a sensitivity analysis moves, how far, and why that far."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from immunarium.core import ImmunoError, UnknownNameError, did_you_mean, evaluate
from immunarium.dosing import Regimen
from immunarium.inference.indices import SensitivityError
from immunarium.inference.moved import LOG, ODDS, Shift, follow
from immunarium.inference.ranges import (
    about,
    fits,
    from_scale,
    quantiles,
    scale_for,
    stated,
    to_scale,
)
from immunarium.inference.schedules import changed, written
from immunarium.parameters import Tables
from immunarium.parameters.tables import Number
from immunarium.population import Population

Floats = NDArray[np.float64]
Kind = Literal["number", "dose", "interval", "doses"]
WITHIN = 0.30  # of the centre, where a screening meets a row without a spread
_REGIMEN = {"dose": (0.25, 2.0), "interval": (0.5, 2.0), "doses": (0.25, 1.0)}


@dataclass(frozen=True)
class Factor:
    """One thing that moves: a row of the tables, for every patient at once, or the regimen.

    Attributes
    ----------
    name : str
        Path of the number (with ``*`` where a row serves many), or words like ``dose of x``.
    kind : str
        ``number``, ``dose``, ``interval`` or ``doses``.
    of : tuple of str
        Paths that move together, or the drug.
    low, centre, high : float
        Of the typical patient, in ``unit``; ``centre`` is what the trial has.
    unit : str
    scale : str
        ``log`` (ratios), ``linear`` or ``odds``: on which steps are even, and patients keep their
        distances.
    basis : str
        Where the range is from.
    evidence : str
        Of the row; blank for the regimen.
    """

    name: str
    kind: Kind
    of: tuple[str, ...]
    low: float
    centre: float
    high: float
    unit: str
    scale: str
    basis: str
    evidence: str = ""

    def at(self, share: Floats) -> Floats:
        """Value at a share of the way from low to high.

        Examples
        --------
        >>> Factor("dose", "dose", ("x",), 0.25, 1, 4, "1", "log", "").at(np.array([0.5]))
        array([1.])
        """
        share = np.asarray(share, dtype=np.float64)
        if self.kind == "doses":
            return np.minimum(np.floor(self.low + share * (self.high - self.low + 1)), self.high)
        a, b = to_scale(self.low, self.scale), to_scale(self.high, self.scale)
        return from_scale(a + share * (b - a), self.scale)


# ------------------------------------------------------------------------------ which there are


class Factors:
    """The factors that a trial offers.

    Parameters
    ----------
    typical : Population
        The typical patient, who has a value of everything.
    regimen : Regimen
        Of the arm.
    """

    def __init__(self, typical: Population, regimen: Regimen) -> None:
        self.typical, self.regimen = typical, regimen
        self.tables = typical.tables
        self.first = self.tables[str(typical.table["histology"].iloc[0])]
        self.rows = rows_of(self.tables)

    def screened(self, within: float = WITHIN) -> list[Factor]:
        """Return every row that patients differ in, or that is assumed or fitted.

        Parameters
        ----------
        within : float
            Range of those without a spread, as a share of their centre.
        """
        out: list[Factor] = []
        for name, paths in self.rows.items():
            number = self.first[paths[0]]
            weak = number.row.evidence in ("assumed", "fitted")
            weak &= not number.row.note.startswith("by definition")
            if (number.varied or weak) and self._moves(number, paths[0]):
                out.append(self._number(name, paths, None, within))
        return out

    def _moves(self, number: Number, path: str) -> bool:
        """Whether it has a centre of its own that can move: no draw, start or plain formula."""
        centre = self._centre(path)
        scale = scale_for(number, centre)
        nothing = centre == 0 and (scale == LOG or not number.varied)
        formula = number.row.formula is not None and not number.varied
        return not (number.rest or scale is None or nothing or formula)

    def asked(self, text: str, within: float | None = None) -> list[Factor]:
        """Read a list of factors.

        Parameters
        ----------
        text : str
            ``il2.CL, leak.k_*, tumour.kill = ±30 %, il2.V1 = 3..6 L, dose = 25..200 %, interval of
            aldesleukin = 6..12 h, doses of aldesleukin = 5..14``.
        within : float, optional
            Range of the rows without a spread, as a share of their centre.

        Raises
        ------
        ImmunoError
            An unknown name, a range that cannot be read, or a row that has none.
        """
        out: dict[str, Factor] = {}
        for part in filter(None, map(str.strip, text.split(","))):
            name, _, span = map(str.strip, part.partition("="))
            for factor in self._named(name, span or None, within):
                out[factor.name] = factor
        if not out:
            raise SensitivityError("No factor is named. Write some, like --over il2.CL,dose.")
        return list(out.values())

    def _named(self, name: str, span: str | None, within: float | None) -> list[Factor]:
        kind, _, drug = name.partition(" of ")
        if kind in _REGIMEN and "." not in name:
            return [
                self._regimen(cast(Kind, kind), d, span) for d in self._drugs(drug.strip(), name)
            ]
        known = {p: n for n, paths in self.rows.items() for p in paths}
        found = {known[p] for p in known if fnmatchcase(p, name)}
        found |= {n for n in self.rows if n == name}
        if not found:
            near = did_you_mean(name, [*known, *_REGIMEN])
            raise UnknownNameError(f"No number is called {name!r}.{near} Or write dose, interval "
                                   f"or doses for those of the regimen.")  # fmt: skip
        if name not in known and name not in self.rows:  # a pattern takes what can be moved
            found = {n for n in found if self._moves(self.first[self.rows[n][0]], self.rows[n][0])}
            if not found:
                raise SensitivityError(
                    f"Nothing that {name!r} names has a value that can be moved."
                )
        return [self._number(n, self.rows[n], span, within) for n in self.rows if n in found]

    # ----------------------------------------------------------------------- numbers of the tables

    def _centre(self, path: str) -> float:
        columns = {str(c): self.typical.table[c].to_numpy() for c in self.typical.table}
        (value,) = evaluate([self.first[path].centre], columns)
        return float(np.ravel(value)[0])

    def _number(
        self, name: str, paths: tuple[str, ...], span: str | None, within: float | None
    ) -> Factor:
        number, centre = self.first[paths[0]], self._centre(paths[0])
        scale = scale_for(number, centre)
        if number.rest:
            raise SensitivityError(
                f"{name} is solved for, so that each patient starts at rest: it has no range of "
                f"its own. Name a number that it depends on."
            )
        if scale is None:
            raise SensitivityError(
                f"{name} has the law {number.law!r}, which has no centre that could move. Leave "
                f"it out."
            )
        low, high, basis = self._range(name, number, centre, scale, span, within)
        if not fits(low, high, scale):
            raise SensitivityError(
                f"{name} cannot go from {low:g} to {high:g} {number.unit}: write two numbers, the "
                f"lower first{', above 0' if scale == LOG else ''}"
                f"{', between 0 and 1' if scale == ODDS else ''}."
            )
        return Factor(
            name, "number", paths, low, centre, high, number.unit, scale, basis,
            number.row.evidence,
        )  # fmt: skip

    def _range(
        self, name: str, number: Number, centre: float, scale: str,
        span: str | None, within: float | None,
    ) -> tuple[float, float, str]:  # fmt: skip
        if span is not None:
            return *stated(name, span, centre, number.unit, scale), "stated"
        if found := quantiles(number, centre):
            return *found, "5–95 % of patients"
        if within is not None:
            return *about(centre, within, scale), f"±{100 * within:g} %"
        raise SensitivityError(
            f"{name} has no spread in the tables, so its range is not known. Write one: "
            f"'{name} = ±30 %', or '{name} = {0.5 * centre:.3g}..{2 * centre:.3g} {number.unit}'; "
            f"or give all such rows one with --within 30."
        )

    # -------------------------------------------------------------------------------- the regimen

    def _drugs(self, drug: str, name: str) -> list[str]:
        drugs = self.regimen.drugs
        if not drugs:
            raise SensitivityError(f"This arm gives no drug, so {name!r} cannot be moved.")
        if drug and drug not in drugs:
            raise UnknownNameError(f"This arm gives no {drug!r}.{did_you_mean(drug, drugs)}")
        return [drug] if drug else list(drugs)

    def _regimen(self, kind: Kind, drug: str, span: str | None) -> Factor:
        name = f"{kind} of {drug}"
        centre, unit = 1.0, "1"
        if kind != "dose":
            centre = written(self.regimen, drug, kind, name)
            unit = "h" if kind == "interval" else "1"
        low, high = (x * centre for x in _REGIMEN[kind])
        if kind == "doses":
            low = max(1.0, math.ceil(low))
        if span is not None:
            low, high = stated(name, span, centre, unit, LOG)
        if kind == "doses":
            low, high = float(round(low)), float(round(high))
        if not 0 < low < high or (kind == "doses" and low < 1):
            raise SensitivityError(
                f"{name} cannot go from {low:g} to {high:g}. Write another range."
            )
        basis = "stated" if span else "default"
        out = Factor(name, kind, (drug,), low, centre, high, unit, LOG, basis)
        for end in (low, high):
            try:
                given(self.regimen, {name: (out, end)})
            except ImmunoError as e:
                raise SensitivityError(f"{name} cannot be {end:g} {unit}: {e}") from None
        return out


def rows_of(tables: Mapping[str, Tables]) -> dict[str, tuple[str, ...]]:
    """Paths that each row of the tables gives, by a name for all of them: ``lesion_*.kill``."""
    groups: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for path in next(iter(tables.values())):
        row = tuple((t[path].row.file, t[path].row.line) for t in tables.values())
        groups.setdefault(row, []).append(path)
    return {_together(paths): tuple(paths) for paths in groups.values()}


def _together(paths: list[str]) -> str:
    """Name a row that serves many modules, like ``lesion_*.kill``."""
    if len(paths) == 1:
        return paths[0]
    modules, things = zip(*(p.split(".", 1) for p in paths), strict=True)
    start = _common(modules)
    end = _common([m[len(start) :][::-1] for m in modules])[::-1]
    return f"{start}*{end}.{things[0]}"


def _common(words: Iterable[str]) -> str:
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*words, strict=False))
    return "".join(letters[0] for letters in alike)


def given(regimen: Regimen, moved: Mapping[str, tuple[Factor, float]]) -> Regimen:
    """Return a regimen with other intervals and numbers of doses, by the values of factors."""
    for factor, value in moved.values():
        regimen = changed(regimen, factor.of[0], factor.kind, value / factor.centre)
    return regimen


def shift(factor: Factor, values: Floats) -> Shift:
    """Return how the centre of one path moves, for patients with these values of the factor."""

    def moved(centre: Floats, rows: NDArray[np.intp]) -> Floats:
        old = np.full(len(centre), factor.centre)
        return follow(centre, old, values[rows], factor.scale)

    return moved


def paths_of(factors: Iterable[Factor]) -> set[str]:
    """Return every path that some factors move."""
    return {p for f in factors if f.kind == "number" for p in f.of}
