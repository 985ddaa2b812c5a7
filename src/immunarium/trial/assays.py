"""What an instrument or a laboratory makes of a true value: errors of measurement, from a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from immunarium.core import TableError
from immunarium.core.tables import cells
from immunarium.core.units import compatible, factor
from immunarium.population import normals

Floats = NDArray[np.float64]
_TABLE = Path(__file__).with_name("assays.tsv")
EVIDENCE = ("measured", "label", "assumed")  # label: what a standard or a maker states


@dataclass(frozen=True)
class Assay:
    """Error of one measurement: normal, with a constant and a proportional part.

    Attributes
    ----------
    path : str
        The quantity.
    unit : str
        Of ``sd`` and ``most``.
    sd, cv : float
        Standard deviation, and share of the value.
    most : float
        Highest reading.
    """

    path: str
    unit: str
    sd: float
    cv: float
    most: float
    evidence: str
    source: str
    note: str


@cache
def assays() -> dict[str, Assay]:
    """Every assay, by the path of what it measures.

    Raises
    ------
    TableError
        A row without evidence or source, or without an error.
    """
    rows = cells(_TABLE)
    out = {}
    for line, r in enumerate(rows, start=2):
        sd, cv = float(r["sd"] or 0), float(r["cv"] or 0)
        if r["evidence"] not in EVIDENCE or not r["source"] or not max(sd, cv) > 0:
            raise TableError(
                f"assays.tsv, row {line} ({r['path']}): write an sd or a cv above 0, evidence "
                f"({', '.join(EVIDENCE)}) and a source."
            )
        most = float(r["most"] or math.inf)
        out[r["path"]] = Assay(
            r["path"], r["unit"], sd, cv, most, r["evidence"], r["source"], r["note"]
        )
    return out


def measured(
    values: Floats,
    path: str,
    seed: int,
    index: NDArray[np.intp],
    occasion: str,
    unit: str = "",
) -> Floats:
    """Measure one quantity in each patient.

    A quantity that is not in the table (a dose, a parameter, a cumulative volume) has no error.

    Parameters
    ----------
    values : ndarray, shape (patients,)
        True values, NaN where there is none.
    seed : int
    index : ndarray of int, shape (patients,)
        The patients' own numbers.
    occasion : str
        Names the measurement, like ``day 28`` or ``hour 16``: the same one read twice is the same.
    unit : str, optional
        Of the values; as in the table, if left out.

    Returns
    -------
    ndarray, shape (patients,)
        Not below 0 where the true value is not, nor above what the instrument can show.
    """
    assay = assays().get(path)
    if assay is None or (unit and not compatible(assay.unit, unit)):
        return values
    scale = factor(assay.unit, unit) if unit else 1.0
    draw = normals(seed, f"error of {path}, {occasion}", index)
    with np.errstate(invalid="ignore"):
        read = values + np.hypot(assay.sd * scale, assay.cv * values) * draw
        return np.minimum(np.where(values >= 0, np.maximum(read, 0.0), read), assay.most * scale)
