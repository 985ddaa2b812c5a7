"""Where every number behind virtual patients comes from, correlations among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from immunarium.core import Disease
from immunarium.parameters import WEAKEST_FIRST, Tables, provenance
from immunarium.population.correlation import Correlation, disease_correlations


def sources(
    disease: Disease, tables: Mapping[str, Tables], correlated: Iterable[Correlation] = ()
) -> pd.DataFrame:
    """List every number and correlation as stated, assumed ones first.

    Parameters
    ----------
    correlated : iterable of Correlation
        Those of a study, beside the disease's own.

    Returns
    -------
    DataFrame
        As ``parameters.provenance``.
    """
    numbers = provenance(tables)
    layers = (("disease", disease_correlations(disease, tables)), ("study", correlated))
    rows = [
        {
            "path": " with ".join(pair), "value": f"{rho:g}", "unit": "1", "cv": None,
            "evidence": c.evidence, "source": c.source, "layer": layer, "note": c.note,
        }
        for layer, stated in layers
        for c in stated
        for pair, rho in c.pairs().items()
    ]  # fmt: skip
    if not rows:
        return numbers
    table = pd.DataFrame([*numbers.to_dict("records"), *rows], columns=numbers.columns)
    rank = table["evidence"].map(WEAKEST_FIRST.index)
    return table.iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)
