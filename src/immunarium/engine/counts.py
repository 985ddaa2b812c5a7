"""Quantiles over any number of patients: whole numbers counted in bins, so in any order the same.

A bin holds the numbers that share sign, exponent and the first seven bits of the fraction: at most
1/128 of a number wide, without a logarithm that could differ between machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int16]
ERROR = 2.0**-8  # largest distance from a number to what stands for its bin, of the number

_SHIFT = 52 - 7
_FIRST = (1023 - 127) << 7  # bin of 2^-127; what is smaller counts as 0
_MOST = 254 << 7  # bins of either sign: up to 2^127
_NONE = np.int16(-(2**15))  # not a number: a patient who died or failed


def encode(values: Floats) -> Codes:
    """Return the bin of each number, in the order of the numbers; NaN has its own.

    Parameters
    ----------
    values : ndarray
        Numbers below 2^-127 in size count as 0, those above 2^127 as 2^127.
    """
    bits = np.ascontiguousarray(np.abs(values)).view(np.int64) >> _SHIFT
    size = np.clip(bits - _FIRST + 1, 0, _MOST)
    codes = np.where(values < 0, -size, size).astype(np.int16)
    codes[np.isnan(values)] = _NONE
    return codes


def decode(codes: NDArray[np.integer]) -> Floats:
    """Return the number that stands for each bin: its middle."""
    size = np.abs(codes.astype(np.int64))
    edges = ((size + d + _FIRST << _SHIFT).view(np.float64) for d in (-1, 0))
    middle = np.where(size > 0, sum(edges) / 2, 0.0)
    return np.where(codes < 0, -middle, middle)


class Counts:
    """How many patients were in each bin, for each output at each time.

    Parameters
    ----------
    names : iterable of str
        Outputs.
    times : int
        Number of times.
    """

    def __init__(self, names: Iterable[str], times: int) -> None:
        self._tables = {name: np.zeros((times, 0), dtype=np.int32) for name in names}
        self._first = dict.fromkeys(self._tables, 0)  # bin of each table's first column

    def add(self, codes: Mapping[str, Codes]) -> None:
        """Count patients in.

        Parameters
        ----------
        codes : mapping of str to ndarray of int16, shape (patients, times)
            Bins, by output.
        """
        for name, found in codes.items():
            there = found != _NONE
            if not there.any():
                continue
            inside = found[there].astype(np.int64)
            self._widen(name, int(inside.min()), int(inside.max()))
            table = self._tables[name]
            row = np.broadcast_to(np.arange(found.shape[1]) * table.shape[1], found.shape)[there]
            np.add.at(table.reshape(-1), row + (inside - self._first[name]), 1)

    def _widen(self, name: str, low: int, high: int) -> None:
        table, first = self._tables[name], self._first[name]
        last = first + table.shape[1]
        if table.shape[1] and first <= low and high < last:
            return
        start, end = (min(low, first), max(high + 1, last)) if table.shape[1] else (low, high + 1)
        wider = np.zeros((len(table), end - start), dtype=table.dtype)
        if table.shape[1]:
            wider[:, first - start : last - start] = table
        self._tables[name], self._first[name] = wider, start

    def quantiles(self, shares: Sequence[float]) -> dict[str, Floats]:
        """Quantiles of each output, shape (shares, times); NaN where nobody is left.

        Between two patients a quantile is interpolated, and it is off by at most ``ERROR`` of the
        larger of the two.
        """
        return {name: self._quantiles(name, np.asarray(shares)) for name in self._tables}

    def _quantiles(self, name: str, shares: Floats) -> Floats:
        below = np.cumsum(self._tables[name], axis=1, dtype=np.int64)
        if not below.shape[1]:
            return np.full((len(shares), len(below)), np.nan)
        last = below[:, -1] - 1
        at = shares[:, None] * np.maximum(last, 0)
        low = np.floor(at).astype(np.int64)
        a, b = (self._ranked(name, below, r) for r in (low, np.minimum(low + 1, last)))
        return np.where(last >= 0, a + (at - low) * (b - a), np.nan)

    def _ranked(self, name: str, below: NDArray[np.int64], rank: NDArray[np.int64]) -> Floats:
        """Value of the patient of each rank (from 0), shape of ``rank``."""
        columns = [np.sum(below <= r[:, None], axis=1) for r in rank]
        return decode(np.minimum(columns, below.shape[1] - 1) + self._first[name])

    def save(self, file: Path) -> None:
        """Write the counts that are not 0."""
        arrays: dict[str, NDArray] = {}
        for name, table in self._tables.items():
            places = np.flatnonzero(table)
            arrays[f"{name}/shape"] = np.array([*table.shape, self._first[name]])
            arrays[f"{name}/places"] = places.astype(np.int32)
            arrays[f"{name}/counts"] = table.reshape(-1)[places]
        with file.open("wb") as f:
            np.savez(f, allow_pickle=False, **arrays)

    def load(self, file: Path) -> None:
        """Read what ``save`` wrote.

        Raises
        ------
        OSError, ValueError, KeyError
            The file is damaged.
        """
        with np.load(file, allow_pickle=False) as stored:
            for name in self._tables:
                times, width, first = stored[f"{name}/shape"].tolist()
                table = np.zeros(times * width, dtype=np.int32)
                table[stored[f"{name}/places"]] = stored[f"{name}/counts"]
                self._tables[name], self._first[name] = table.reshape(times, width), first
