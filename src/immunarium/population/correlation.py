"""Correlated numbers: a Gaussian copula on the draws of rows; each marginal stays as it is."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Disease, ImmunoError, did_you_mean
from immunarium.core.tables import EVIDENCE
from immunarium.parameters import Tables

Floats = NDArray[np.float64]
Matrix = tuple[tuple[float, ...], ...]
_COUNTS = ("bernoulli", "poisson")
_COLUMNS = ("of", "rho", "evidence", "source", "note")


class CorrelationError(ImmunoError):
    """Correlations that cannot be read, or that cannot all hold."""


@dataclass(frozen=True)
class Correlation:
    """How some numbers go together between patients.

    Attributes
    ----------
    of : tuple of str
        Paths of rows that patients differ in, by a law without steps. Each correlation moves the
        draws of the later ones only.
    rho : float or tuple of tuple of float
        Spearman's rank correlation: of each pair, or a matrix in the order of ``of``. Pairs that
        nobody states have none.
    source : str
        A doi: or pmid:, or 'this work' with a note.
    evidence, note : str
        As in the tables of numbers.

    Raises
    ------
    CorrelationError
        Fewer than two paths, a correlation beyond -1 and 1, a matrix of another shape, no source.
    """

    of: tuple[str, ...]
    rho: float | Matrix
    source: str
    evidence: str = "assumed"
    note: str = ""

    def __post_init__(self) -> None:
        name = " and ".join(self.of)
        if len(set(self.of)) < 2 or len(set(self.of)) < len(self.of):
            raise CorrelationError(
                f"A correlation is of two numbers or more, each once, not of {name or 'none'}."
            )
        if not self.source.strip():
            raise CorrelationError(
                f"The correlation of {name} has no source. "
                f"Write a doi: or pmid:, or 'this work' with a note."
            )
        if self.evidence not in EVIDENCE:
            raise CorrelationError(
                f"The correlation of {name} has the evidence {self.evidence!r}."
                f"{did_you_mean(self.evidence, EVIDENCE)}"
            )
        self._check_matrix(name)

    def _check_matrix(self, name: str) -> None:
        k = len(self.of)
        if isinstance(self.rho, tuple):
            matrix = self.rho
            if len(matrix) != k or any(len(row) != k for row in matrix):
                raise CorrelationError(
                    f"The correlations of {name} should be a matrix of {k} rows of {k}."
                )
            whole = np.array(matrix)
            if (whole != whole.T).any() or (np.diag(whole) != 1).any():
                raise CorrelationError(
                    f"The correlations of {name} should be a matrix with 1 on its diagonal and "
                    f"the same number above and below it."
                )
        for (a, b), rho in self.pairs().items():
            if not -1 < rho < 1:
                raise CorrelationError(
                    f"The correlation of {a} and {b} is {rho:g}. Write one between -1 and 1; "
                    f"where one number follows from another, write a formula in its row."
                )

    def pairs(self) -> dict[tuple[str, str], float]:
        """Rank correlation of each pair, the earlier path first."""
        out: dict[tuple[str, str], float] = {}
        for i, a in enumerate(self.of):
            for j in range(i + 1, len(self.of)):
                rho = self.rho[i][j] if isinstance(self.rho, tuple) else self.rho
                out[a, self.of[j]] = rho
        return out


class Copula:
    """The normal scores of correlated numbers.

    The scores of a path are a mixture of its own keyed draws and those of the paths before it, in
    the order in which correlations name them: the first one keeps its draws, and so does everything
    that no correlation names.

    Parameters
    ----------
    correlated : iterable of Correlation
        A later one replaces what an earlier one says of a pair.
    tables : mapping of str to Tables
        The numbers of each histology.

    Raises
    ------
    CorrelationError
        A path without a row, without a draw of its own, or with a law that counts; correlations
        that cannot all hold.
    """

    def __init__(self, correlated: Iterable[Correlation], tables: Mapping[str, Tables]) -> None:
        correlated = tuple(correlated)
        pairs: dict[frozenset[str], float] = {}
        for c in correlated:
            for path in c.of:
                _check_row(path, tables)
            pairs |= {frozenset(pair): rho for pair, rho in c.pairs().items()}
        self.paths = tuple(dict.fromkeys(path for c in correlated for path in c.of))
        self.matrix = np.eye(len(self.paths))
        for i, a in enumerate(self.paths):
            for j, b in enumerate(self.paths[:i]):
                rho = pairs.get(frozenset((a, b)), 0.0)
                self.matrix[i, j] = self.matrix[j, i] = 2 * np.sin(np.pi * rho / 6)
        self._mixed = _mixtures(self.paths, self.matrix)

    def scores(self, path: str, own: Callable[[str], Floats]) -> Floats | None:
        """Scores of one path, or None where it keeps its own draws.

        Parameters
        ----------
        own : callable
            Scores of a path's own draws.
        """
        if path not in self._mixed:
            return None
        return np.sum([share * own(p) for p, share in self._mixed[path].items()], axis=0)


def _check_row(path: str, tables: Mapping[str, Tables]) -> None:
    for histology, numbers in tables.items():
        where = f" in {histology}" if histology else ""
        if path not in numbers:
            raise CorrelationError(
                f"Cannot correlate {path!r}: this model has no such number."
                f"{did_you_mean(path, numbers)}"
            )
        number = numbers[path]
        if not number.varied:
            value = number.row.value
            follows = f"; it is {value}" if value.startswith("=") else ""
            raise CorrelationError(
                f"Cannot correlate {path}: patients do not differ in it by a draw of its "
                f"own{where}{follows}. Give its row a cv, or correlate what it is made of."
            )
        if number.law in _COUNTS:
            raise CorrelationError(
                f"Cannot correlate {path}: its law, {number.law}, counts, and ranks with ties do "
                f"not give the correlation that is asked for. Correlate numbers of other laws."
            )


def _mixtures(paths: Sequence[str], matrix: Floats) -> dict[str, dict[str, float]]:
    """Share of each path's own draws in the scores of those that are moved: Cholesky's factor."""
    lower = np.eye(len(paths))
    for k in range(1, len(paths)):
        before = np.linalg.solve(lower[:k, :k], matrix[:k, k])
        left = 1 - before @ before
        if left < 1e-9:
            raise CorrelationError(_impossible(paths, matrix, k))
        lower[k, :k], lower[k, k] = before, np.sqrt(left)
    return {
        path: {p: float(x) for p, x in zip(paths, row, strict=True) if x}
        for path, row in zip(paths, lower, strict=True)
        if np.count_nonzero(row) > 1
    }


def _impossible(paths: Sequence[str], matrix: Floats, k: int) -> str:
    """Say which correlations cannot hold together, and what one of them could be."""
    others = [j for j in range(k) if abs(matrix[j, k]) > 0]
    named = ", ".join(f"{paths[j]} ({_rank(matrix[j, k]):.2g})" for j in others)
    text = (
        f"The correlations cannot all hold: given those among the others, {paths[k]} cannot go "
        f"together with {named} as stated; pairs that nobody states count as 0."
    )
    for j in reversed(range(k)):
        rest = [i for i in range(k) if i != j]
        inner = matrix[np.ix_(rest, rest)]
        a, b = matrix[rest, j], matrix[rest, k]
        with_b = np.linalg.solve(inner, b)
        room = (1 - a @ np.linalg.solve(inner, a)) * (1 - b @ with_b)
        if 1 - b @ with_b > 1e-9 and room > 0:
            middle, half = float(a @ with_b), float(np.sqrt(room))
            low, high = _rank(middle - half), _rank(middle + half)
            return (
                f"{text} State one between {low:.2f} and {high:.2f} "
                f"for {paths[j]} and {paths[k]}, or weaker ones."
            )
    return f"{text} State weaker ones."


def _rank(normal: float) -> float:
    """Spearman's correlation of two numbers whose scores have this correlation."""
    return float(6 / np.pi * np.arcsin(np.clip(normal, -2, 2) / 2))


def read_correlations(path: Path) -> tuple[Correlation, ...]:
    """Read a table of correlations.

    Parameters
    ----------
    path : Path
        Tab-separated, with a header: ``of`` (paths with commas) ``rho evidence source note``.

    Raises
    ------
    CorrelationError
        A missing cell or column, or a rho that is no number.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or tuple(lines[0].split("\t")) != _COLUMNS:
        raise CorrelationError(f"The columns of {path.name} should be {', '.join(_COLUMNS)}.")
    rows = enumerate(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), start=2)
    return tuple(_correlation(row, f"{path.name}, row {i}") for i, row in rows)


def _correlation(cells: dict[str, str], where: str) -> Correlation:
    try:
        paths = tuple(path.strip() for path in cells["of"].split(","))
        return Correlation(
            paths, float(cells["rho"]), cells["source"], cells["evidence"], cells["note"] or ""
        )
    except CorrelationError as e:
        raise CorrelationError(f"{where}: {e}") from None
    except (TypeError, ValueError):
        raise CorrelationError(f"{where}: cannot read the rho {cells['rho']!r}.") from None


def disease_correlations(disease: Disease, tables: Mapping[str, Tables]) -> tuple[Correlation, ...]:
    """Return the correlations of a disease, less those of numbers that a study holds fixed."""
    if disease.correlated is None:
        return ()
    stated = read_correlations(disease.correlated)
    return tuple(
        c for c in stated if all(t[p].varied for t in tables.values() for p in c.of if p in t)
    )
