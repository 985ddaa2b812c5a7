"""Where every number of a model comes from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from immunarium.parameters.tables import Tables

WEAKEST_FIRST = ("assumed", "fitted", "borrowed", "derived", "label", "measured")


def provenance(tables: Mapping[str, Tables]) -> pd.DataFrame:
    """List every number as written, assumed ones first.

    Parameters
    ----------
    tables : mapping of str to Tables
        By histology; a number that a histology sets for itself has a line for each.

    Returns
    -------
    DataFrame
        Columns ``path value unit cv evidence source layer note``.
    """
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for histology, numbers in tables.items():
        for path, number in numbers.items():
            row, place = number.row, histology if number.layer == "histology" else ""
            rows[path, place] = {
                "path": f"{path} ({place})" if place else path,
                "value": row.value, "unit": row.unit, "cv": row.spread, "evidence": row.evidence,
                "source": row.source, "layer": number.layer, "note": row.note,
            }  # fmt: skip
    table = pd.DataFrame(list(rows.values()))
    rank = table["evidence"].map(WEAKEST_FIRST.index)
    return table.iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)
